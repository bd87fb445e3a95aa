//! `gridflock fork`.

use super::study::{prepare, sets};
use super::{interrupted, interruption, table, watch_signals};
use crate::cli::{ForkArgs, Global};
use crate::output::{note, say, warn, warnings_json};
use gridflock::{Failure, Fork, ForkOptions};
use record::DirectoryMode;
use serde_json::{Value, json};
use std::path::Path;
use study::{Effect, FORK_FIGURES, Forked, IDENTIFIED};

/// Runs to an instant, forks, changes policy, goes on.
pub fn fork(args: &ForkArgs, global: &Global) -> Result<(), Failure> {
    let arm = |text: &String| {
        let (name, changes) = text.split_once(':').unwrap_or((text, ""));
        (name.trim().to_owned(), sets(changes))
    };
    let options = ForkOptions {
        at: args.at.clone(),
        arms: args.arm.iter().map(arm).collect(),
        sets: args.changes.sets(),
        n: args.n,
        threads: args.threads,
        argv: super::argv(),
    };
    let fork = Fork::load(&args.scenario, &options)?;
    warn(fork.warnings(), args.strict)?;
    let name = &fork.scenario().name;
    let default = || format!("output/fork-{name}").into();
    let wanted = args.output.clone().unwrap_or_else(default);
    let claim = prepare(&wanted, DirectoryMode::of(args.output.is_some(), args.overwrite))?;
    watch_signals();
    let names: Vec<&str> = fork.request().arms.iter().map(|arm| arm.name.as_str()).collect();
    let (evs, n, arms) = (fork.evs(), args.n, names.len());
    note!("{name}: {evs} EVs, {n} x {arms} runs from {} on: {}", args.at, names.join(", "));
    tracing::info!("a fork of {name} at {}, into {}", args.at, claim.directory.display());
    let forked = fork.execute(&claim.directory, &|| !interrupted())?;
    if !forked.complete {
        let what = "interrupted; the outcomes of what was finished are in";
        return Err(interruption(&format!("{what} {}", claim.directory.display())));
    }
    print(&forked, &claim.directory, &fork, global);
    Ok(())
}

fn print(forked: &Forked, directory: &Path, fork: &Fork, global: &Global) {
    let effects = forked.effects();
    if global.json {
        let object = json!({
            "directory": directory,
            "arms": forked.arms,
            "evs": forked.evs,
            "replications": forked.n,
            "identified": IDENTIFIED,
            "effects": effects.iter().map(|e| effect_json(e, forked)).collect::<Vec<_>>(),
            "warnings": warnings_json(fork.warnings()),
        });
        return say!("{object}");
    }
    for arm in 1..forked.arms.len() {
        let [this, first] = [arm, 0].map(|k| &forked.arms[k]);
        say!("{this} against {first} (whose mean stands first), a person:");
        let head = ["figure", "mean", "effect", "95 % interval", "changed", "unit"];
        let mut rows = table(&head, &[1, 2, 3, 4]);
        for e in effects.iter().filter(|e| e.arm as usize == arm) {
            let (name, unit, _) = FORK_FIGURES[e.figure];
            let p = &e.paired;
            let interval = if p.n > 1 {
                format!("{:.4} to {:.4}", p.ci_low, p.ci_high)
            } else {
                "-".to_owned()
            };
            rows.add_row([
                name.to_owned(),
                format!("{:.4}", p.mean_a),
                format!("{:+.4}", p.difference),
                interval,
                format!("{:.1} %", 100.0 * e.changed_share),
                if unit.is_empty() { "1".to_owned() } else { unit.to_owned() },
            ]);
        }
        say!("{rows}");
    }
    say!("{IDENTIFIED}");
    let path = directory.join("outcomes.parquet");
    say!("{} rows, one a person and arm, in {}", forked.outcomes.len(), path.display());
}

fn effect_json(e: &Effect, forked: &Forked) -> Value {
    let (name, unit, _) = FORK_FIGURES[e.figure];
    let p = &e.paired;
    let number = |x: f64| if x.is_finite() { json!(x) } else { Value::Null };
    json!({
        "arm": forked.arms[e.arm as usize],
        "figure": name,
        "unit": if unit.is_empty() { "1" } else { unit },
        "mean": number(p.mean_a),
        "effect": number(p.difference),
        "ci_low": number(p.ci_low),
        "ci_high": number(p.ci_high),
        "changed_share": number(e.changed_share),
    })
}
