//! `gridflock fit`: laws of behaviour from recorded sessions.

use crate::cli::{FitArgs, Global};
use crate::output::{note, say};
use fitting::{
    FitOptions, Fitted, Quantity, Source, behaviour_toml, fit, json_summary, read_sessions,
    text_report,
};
use gridflock::{Code, Failure};
use jiff::civil::Date;
use report::chart::{Axis, Chart, Colour, Mark, Shape, svg};
use std::fmt::Write;
use std::path::Path;

/// Reads, fits, scores, and writes the laws as keys of a scenario.
pub fn run(args: &FitArgs, global: &Global) -> Result<(), Failure> {
    if args.output.exists() && !args.overwrite {
        let message =
            format!("{} exists already; give another -o, or --overwrite", args.output.display());
        return Err(Failure::new(Code::Failed, message));
    }
    tracing::info!("reading {}", args.sessions.display());
    let map = args.map.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
    let train_until = args.train_until.as_deref().map(day).transpose()?;
    let source = Source { path: &args.sessions, map: &map, time_zone: args.time_zone.as_deref() };
    let invalid = |message: String| Failure::new(Code::Scenario, message);
    let cleaned = read_sessions(&source).map_err(invalid)?;
    let fitted = fit(&cleaned, FitOptions { train_until }).map_err(invalid)?;
    let text = behaviour_toml(&fitted, &args.sessions.display().to_string());
    write(&args.output, &text)?;
    if args.report {
        write(&args.output.with_extension("html"), &page(&fitted, &args.sessions)?)?;
    }
    if global.json {
        say!("{}", json(&fitted, &args.output));
    } else {
        say!("{}", text_report(&fitted).trim_end());
        say!();
        say!("{}", args.output.display());
        note!("use it: [fleet] behaviour = \"{}\"", args.output.display());
    }
    Ok(())
}

fn pair(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((theirs, ours)) if !theirs.is_empty() && !ours.is_empty() => {
            Ok((theirs.to_owned(), ours.to_owned()))
        }
        _ => Err(Failure::new(
            Code::Usage,
            format!("--map {text}: write COLUMN=NAME, e.g. --map start=plug_in"),
        )),
    }
}

/// Days from 1970-01-01.
fn day(text: &str) -> Result<i64, Failure> {
    let epoch = Date::constant(1970, 1, 1);
    let date: Date = text.parse().map_err(|_| {
        Failure::new(Code::Usage, format!("--train-until {text}: write a date, e.g. 2019-07-01"))
    })?;
    let days = (date - epoch).get_days();
    Ok(i64::from(days))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    record::write_atomically(path, text.as_bytes())
        .map_err(|e| Failure::new(Code::Failed, format!("cannot write {}: {e}", path.display())))
}

fn json(fitted: &Fitted, output: &Path) -> serde_json::Value {
    let mut summary = json_summary(fitted);
    summary["file"] = serde_json::json!(output);
    summary
}

/// The report with its pictures, as one HTML file.
fn page(fitted: &Fitted, sessions: &Path) -> Result<String, Failure> {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Fitted behaviour</title>\
         <style>body{font:16px sans-serif;max-width:60rem;margin:2rem auto;color:#1c1c1c;background:#fff}\
         pre{background:#f4f4f4;padding:1rem;overflow:auto}figure{margin:1.5rem 0}</style>",
    );
    let _ = write!(
        html,
        "<h1>Behaviour fitted to {}</h1><pre>{}</pre>",
        escaped(&sessions.display().to_string()),
        escaped(&text_report(fitted))
    );
    for chart in charts(fitted) {
        let picture = svg(&chart).map_err(|e| Failure::new(Code::Failed, e.to_string()))?;
        let _ = write!(
            html,
            "<figure>{picture}<figcaption>{}</figcaption></figure>",
            escaped(&chart.note)
        );
    }
    html.push_str("</html>\n");
    Ok(html)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The density of stays and arrivals, and the PIT of every quantity.
fn charts(fitted: &Fitted) -> Vec<Chart> {
    let mut all = Vec::new();
    for kind in &fitted.kinds {
        let law = &kind.joint.law;
        for (quantity, one) in
            Quantity::ALL.into_iter().zip([law.arrival(), law.stay(), law.energy()])
        {
            let (name, unit) = quantity.words();
            let (low, high) = (one.quantile(0.001), one.quantile(0.995));
            let at = |k: u32| low + (high - low) * f64::from(k) / 200.0;
            let density =
                |k: u32| [at(k), (one.cdf(at(k + 1)) - one.cdf(at(k))) / (at(k + 1) - at(k))];
            all.push(Chart {
                name: "fitted-law",
                title: format!("{name} on a {}", kind.name),
                note: format!("Density of the fitted law of {name} on a {}.", kind.name),
                x: Axis::numbers(format!("{name} [{unit}]")),
                y: Axis::numbers(format!("density [1/{unit}]")),
                marks: vec![Mark::new(
                    "fitted",
                    Colour::nth(0),
                    Shape::Line((0..200).map(density).collect()),
                )],
                sql: String::new(),
                height: 260,
            });
        }
    }
    for card in &fitted.scores {
        for q in &card.quantities {
            let name = q.quantity.words().0;
            let bar =
                |(k, share): (usize, &f64)| [k as f64 / 10.0, (k as f64 + 1.0) / 10.0, 0.0, *share];
            all.push(Chart {
                name: "pit",
                title: format!("PIT of {name}, {} held out", card.kind),
                note: "Shares of held-out sessions by the fitted distribution function: 0.1 each for a law that is right.".into(),
                x: Axis::numbers("F(x)"),
                y: Axis::numbers("share"),
                marks: vec![
                    Mark::new("held out", Colour::nth(0), Shape::Boxes(q.pit.iter().enumerate().map(bar).collect())),
                    Mark::new("right law", Colour::nth(1), Shape::Dashes(vec![[0.0, 0.1], [1.0, 0.1]])),
                ],
                sql: String::new(),
                height: 220,
            });
        }
    }
    all
}
