//! `gridflock run`.

use super::{figure, interrupted, interruption, table, watch_signals};
use crate::cli::{Global, RunArgs};
use crate::output::{note, say, warn, warnings_json};
use domain::{IndicatorRow, Scope, Span};
use gridflock::{Code, Failure, Outcome, PolicySet, Progress, Run, RunOptions, Viewer};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use indicators::Definition;
use keys::Problem;
use std::io::IsTerminal;
use study::{BuiltinStudy, is_other_reading};

/// Runs a scenario, or goes on with one.
pub fn run(args: &RunArgs, global: &Global) -> Result<(), Failure> {
    let asserts = args.assert.iter().map(|a| Assertion::parse(a)).collect::<Result<Vec<_>, _>>()?;
    let options = RunOptions {
        directory: args.output.clone(),
        sets: args.changes.sets(),
        threads: args.threads,
        overwrite: args.overwrite,
        checkpoint_every: args.checkpoint_every.as_deref().map(parse_span).transpose()?,
        inputs: args.inputs.clone(),
        fed: false,
        argv: super::argv(),
        own: PolicySet::default(),
    };
    let mut run = match (&args.resume, &args.scenario) {
        (Some(dir), _) => Run::resume(
            dir,
            &RunOptions {
                checkpoint_every: options.checkpoint_every.or(Some(Span::from_hours(6.0))),
                ..options
            },
        )?,
        (None, Some(scenario)) => {
            Run::load(scenario, &options).map_err(|failure| or_a_study(scenario, failure))?
        }
        (None, None) => return Err(Failure::new(Code::Usage, "name a scenario")),
    };
    for a in &asserts {
        a.check_name()?;
    }
    let warnings = run.warnings().to_vec();
    let currency = run.scenario().currency.clone();
    warn(&warnings, args.strict)?;
    let (evs, zones, periods) = run.size();
    let plural = if zones == 1 { "" } else { "s" };
    note!("{}: {evs} EVs, {zones} zone{plural}, {periods} periods", run.scenario().name);
    run.notes().iter().for_each(|note| note!("note: {note}"));
    watch_signals();
    let live = args.live.map(|address| super::live::of_run(address, args, &run)).transpose()?;
    let wanted = run.directory().to_owned();
    let prepared = run.prepare()?;
    let directory = run.directory().to_owned();
    if let record::Prepared::Replaced(status) = prepared {
        note!("{} held an earlier run ({status}), which is replaced", wanted.display());
    } else if directory != wanted {
        let (wanted, taken) = (wanted.display(), directory.display());
        note!("{wanted} holds something already: tables go to {taken}");
    }
    tracing::info!(
        "scenario {} ({} EVs, {zones} zones) from {:?}, seed {}, into {}",
        run.scenario().name,
        evs,
        args.scenario.as_deref().unwrap_or("its checkpoint"),
        run.scenario().seeds.seed,
        directory.display()
    );
    if let Some(live) = &live {
        live.goes_to(&directory);
        super::live::offer(live.url());
        run.show(Viewer { rows: live.watcher(), look: live.looker() });
    }
    let bar = bar(global);
    let mut day = i64::MIN;
    let outcome = run.execute(&mut |p| {
        show(&bar, p);
        if p.now.day() > day {
            day = p.now.day();
            tracing::debug!("day {day} begins");
        }
        if let Some(live) = &live {
            live.hold(p);
        }
        !interrupted()
    });
    bar.finish_and_clear();
    if let Some(live) = live {
        live.end(super::live::ending(outcome.as_ref().map(|o| o.complete)));
    }
    let outcome = outcome?;
    if !outcome.complete {
        let what = format!(
            "interrupted; the tables in {} hold what was finished",
            outcome.directory.display()
        );
        return Err(interruption(&what));
    }
    for table in &outcome.tables {
        tracing::debug!("table {}: {} rows", table.file, table.rows);
    }
    let report = args.report.then(|| super::look::write(&outcome.directory, None)).transpose()?;
    print(&outcome, &warnings, (args.all, &currency), global);
    if let Some(path) = report
        && !global.json
    {
        say!("look at it:  {}", path.display());
    }
    check(&asserts, &outcome)
}

/// A study's name in the place of a scenario's is a slip that can be told.
fn or_a_study(name: &str, failure: Failure) -> Failure {
    match BuiltinStudy::named(name) {
        Some(study) => {
            let help = format!("run it with `gridflock study run {}`", study.name);
            Failure::with_help(failure.code(), format!("`{name}` is a study, not a scenario"), help)
        }
        None => failure,
    }
}

/// A span such as `6h`, `30min`, `1d`, `90s`.
pub fn parse_span(text: &str) -> Result<Span, Failure> {
    let split = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let unit = match text[split..].trim() {
        "s" => Some(Span::SECOND),
        "min" | "m" => Some(Span::MINUTE),
        "h" => Some(Span::HOUR),
        "d" => Some(Span::DAY),
        _ => None,
    };
    match (text[..split].trim().parse::<f64>(), unit) {
        (Ok(n), Some(unit)) if n.is_finite() && n > 0.0 && unit.share(n).0 > 0 => Ok(unit.share(n)),
        _ => Err(Failure::with_help(
            Code::Usage,
            format!("`{text}` is no span of time"),
            "write a number and s, min, h or d, e.g. 6h",
        )),
    }
}

pub fn bar(global: &Global) -> ProgressBar {
    if global.no_progress || global.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent} % ETA {eta}") {
        bar.set_style(style);
    }
    bar
}

pub(super) fn show(bar: &ProgressBar, p: Progress) {
    if bar.is_hidden() {
        return;
    }
    let share = (p.now - p.begin).0 as f64 / ((p.end - p.begin).0 as f64).max(1.0);
    let hours = p.now.hours();
    bar.set_message(format!(
        "day {} {:02}:{:02}",
        p.now.day() + 1,
        p.now.hour_of_day() as u32,
        ((hours * 60.0).rem_euclid(60.0)) as u32
    ));
    bar.set_position((share * 1000.0) as u64);
}

pub(super) fn print(
    outcome: &Outcome,
    warnings: &[Problem],
    (all, currency): (bool, &str),
    global: &Global,
) {
    let of_run = outcome.indicators.iter().filter(|i| i.scope == Scope::Run);
    if global.json {
        let indicators: serde_json::Map<String, serde_json::Value> =
            of_run.map(|i| (i.name.clone(), serde_json::json!(i.value))).collect();
        let tables: Vec<_> = outcome.tables.iter().map(|t| serde_json::json!(t)).collect();
        say!(
            "{}",
            serde_json::json!({
                "directory": outcome.directory, "indicators": indicators, "tables": tables,
                "warnings": warnings_json(warnings),
            })
        );
        return;
    }
    print_figures(&outcome.indicators, all, currency);
    for warning in warnings {
        say!("warning: {}", warning.message);
    }
    let rows: u64 = outcome.tables.iter().map(|t| t.rows).sum();
    say!("{rows} rows in {} tables in {}", outcome.tables.len(), outcome.directory.display());
    say!(
        "more figures, by zone and segment too, are in indicators.parquet; output/README.md says what each means"
    );
    say!(
        "open them:  duckdb -c \"SELECT kind, count(*) FROM '{}/facts.parquet' GROUP BY kind\"",
        outcome.directory.display()
    );
}

/// Figures that are printed unless all are asked for; those of other models are not there, or zero.
const HEADLINE: [&str; 20] = [
    "tracking_rate",
    "purchase_rate",
    "abandonment_rate",
    "co2_kg",
    "import_kwh",
    "peak_shaving_rate",
    "losses_kwh",
    "ev_energy_kwh",
    "v2g_kwh",
    "generation_cost_cny",
    "ev_cost_cny",
    "refund_cost_cny",
    "bookings",
    "rejection_rate",
    "no_show_rate",
    "tickets_awarded",
    "need_met_share",
    "voltage_violations",
    "voltage_min_pu",
    "zonal_trades",
];

/// The figures of the run in groups. Groups without a figure other than 0 do not concern the model;
/// money and energy that did not flow, undefined figures and other readings of a figure that is
/// shown are in the table on disk alone.
fn print_figures(indicators: &[IndicatorRow], all: bool, currency: &str) {
    let value = |name: &str| {
        indicators
            .iter()
            .find(|i| i.scope == Scope::Run && i.name == name)
            .map_or(f64::NAN, |i| i.value)
    };
    let booked = value("bookings") > 0.0;
    let mut out = table(&["indicator", "value", "unit"], &[1]);
    for (about, definitions) in indicators::groups() {
        let shown = |d: &Definition| all || HEADLINE.contains(&d.name);
        // Where nobody books, that no booking was cancelled tells nothing.
        let is_nothing = |d: &Definition| match d.unit {
            "CNY" | "kWh" => value(d.name).abs() < 1e-5,
            _ => value(d.name) == 0.0 && about == "bookings" && !booked,
        };
        let list: Vec<_> = definitions
            .iter()
            .filter(|d| shown(d) && !is_other_reading(d.name) && value(d.name).is_finite())
            .collect();
        if list.iter().all(|d| value(d.name) == 0.0) {
            continue;
        }
        out.add_row([about.to_uppercase(), String::new(), String::new()]);
        for d in list.iter().filter(|d| !is_nothing(d)) {
            out.add_row([
                format!("  {}", d.name),
                figure(value(d.name)),
                d.unit.replace("CNY", currency),
            ]);
        }
    }
    say!("{out}");
}

/// `INDICATOR<VALUE` and its like.
struct Assertion {
    text: String,
    name: String,
    relation: &'static str,
    value: f64,
}

impl Assertion {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            let help = "write e.g. --assert 'tracking_rate>0.4'; relations are < <= > >= ==";
            Failure::with_help(Code::Usage, format!("`{text}` is no assertion"), help)
        };
        for relation in ["<=", ">=", "==", "<", ">"] {
            if let Some((name, value)) = text.split_once(relation) {
                let value = value.trim().parse::<f64>().map_err(|_| wrong())?;
                return Ok(Self {
                    text: text.to_owned(),
                    name: name.trim().to_owned(),
                    relation,
                    value,
                });
            }
        }
        Err(wrong())
    }

    fn check_name(&self) -> Result<(), Failure> {
        if indicators::DEFINITIONS.iter().any(|d| d.name == self.name) {
            return Ok(());
        }
        let help = "`gridflock schema tables` lists the indicators";
        Err(Failure::with_help(Code::Usage, format!("there is no indicator `{}`", self.name), help))
    }

    fn holds(&self, value: f64) -> bool {
        match self.relation {
            "<" => value < self.value,
            "<=" => value <= self.value,
            ">" => value > self.value,
            ">=" => value >= self.value,
            _ => value == self.value,
        }
    }
}

fn check(asserts: &[Assertion], outcome: &Outcome) -> Result<(), Failure> {
    let value = |name: &str| -> Option<f64> {
        let found: Option<&IndicatorRow> =
            outcome.indicators.iter().find(|i| i.scope == Scope::Run && i.name == name);
        found.map(|i| i.value)
    };
    let failed: Vec<String> = asserts
        .iter()
        .filter_map(|a| match value(&a.name) {
            Some(v) if a.holds(v) => None,
            Some(v) => Some(format!("{} does not hold: it is {v}", a.text)),
            None => Some(format!("{} does not hold: this run has no such figure", a.text)),
        })
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(Code::Broken, failed.join("\n"))) }
}
