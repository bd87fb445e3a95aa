//! `gridflock study calibrate` and `gridflock study optimise`.

use super::study::{directory_of, failure, options, prepare, refuse_own_folder};
use super::{figure, interrupted, interruption, table, watch_signals};
use crate::cli::{Global, SearchArgs};
use crate::output::{say, warn};
use gridflock::Failure;
use record::{DirectoryMode, Manifest, RunStatus};
use study::{Calibrated, ExecuteOptions, Optimised, Plan, StudyError, StudyFile};

/// Looks for parameters that meet the study's targets.
pub fn calibrate(args: &SearchArgs, global: &Global) -> Result<(), Failure> {
    let found = search(args, "calibrated", |plan, directory, options| {
        study::calibrate(plan, directory, options, &|| !interrupted())
            .map(|c| (c.tables.clone(), c))
    })?;
    if global.json {
        say!("{}", calibrated_json(&found));
    } else {
        print_calibrated(&found);
    }
    Ok(())
}

/// Looks for the best values of the study's levers.
pub fn optimise(args: &SearchArgs, global: &Global) -> Result<(), Failure> {
    let found = search(args, "optimised", |plan, directory, options| {
        study::optimise_levers(plan, directory, options, &|| !interrupted())
            .map(|o| (o.tables.clone(), o))
    })?;
    if global.json {
        say!("{}", optimised_json(&found));
    } else {
        print_optimised(&found);
    }
    Ok(())
}

/// Loads the study, runs the search in a directory of its own, and writes its manifest.
fn search<T>(
    args: &SearchArgs,
    word: &str,
    run: impl FnOnce(
        &Plan,
        &std::path::Path,
        &ExecuteOptions,
    ) -> Result<(Vec<record::TableFile>, T), StudyError>,
) -> Result<T, Failure> {
    let file = StudyFile::load(&args.study, &[]).map_err(failure)?;
    let asked =
        if word == "calibrated" { file.calibration.is_some() } else { file.optimisation.is_some() };
    if !asked {
        let key = if word == "calibrated" { "calibrate" } else { "optimise" };
        return Err(Failure::with_help(
            gridflock::Code::Scenario,
            format!("the study {} has no [{key}]", file.name),
            format!("add [{key}]: `gridflock schema study` lists its keys"),
        ));
    }
    let name = format!("{}-{word}", file.name);
    let plan = Plan::new(file).map_err(failure)?;
    warn(&plan.warnings, args.strict)?;
    let wanted = directory_of(args.output.as_deref(), &name);
    refuse_own_folder(&args.study, &wanted)?;
    let claim = prepare(&wanted, DirectoryMode::of(args.output.is_some(), args.overwrite))?;
    watch_signals();
    let options = ExecuteOptions { threads: args.threads, ..options() };
    let mut manifest = Manifest::new(word, &plan.study.name, &plan.hash, options.software.clone());
    manifest.inputs.clone_from(&plan.inputs);
    manifest.argv.clone_from(&options.argv);
    manifest.write(&claim.directory)?;
    let result = run(&plan, &claim.directory, &options);
    manifest.status = match &result {
        Ok(_) => RunStatus::Complete,
        Err(_) if interrupted() => RunStatus::Interrupted,
        Err(_) => RunStatus::Failed,
    };
    if let Ok((tables, _)) = &result {
        manifest.tables.clone_from(tables);
    }
    manifest.write(&claim.directory)?;
    if interrupted() {
        return Err(interruption("interrupted; a search begins anew"));
    }
    let (_, found) = result.map_err(failure)?;
    crate::output::note!("tables in {}", claim.directory.display());
    Ok(found)
}

fn print_calibrated(c: &Calibrated) {
    let mut out = table(&["parameter", "median", "90 % interval"], &[1, 2]);
    for (name, [middle, low, high]) in c.parameters.iter().zip(&c.intervals) {
        out.add_row([
            name.clone(),
            figure(*middle),
            format!("{} .. {}", figure(*low), figure(*high)),
        ]);
    }
    say!("{out}");
    let mut out = table(&["target", "wanted", "runs gave", "5 .. 95 %"], &[1, 2, 3]);
    for (name, wanted, [low, middle, high]) in &c.predicted {
        out.add_row([
            name.clone(),
            figure(*wanted),
            figure(*middle),
            format!("{} .. {}", figure(*low), figure(*high)),
        ]);
    }
    say!("{out}");
    say!(
        "{} simulations; distance accepted by generation: {}",
        c.posterior.simulations,
        c.posterior.accepted.iter().map(|x| figure(*x)).collect::<Vec<_>>().join(", ")
    );
}

fn calibrated_json(c: &Calibrated) -> serde_json::Value {
    let parameters: Vec<_> = c
        .parameters
        .iter()
        .zip(&c.intervals)
        .map(|(name, [median, low, high])| {
            serde_json::json!({ "name": name, "median": median, "low": low, "high": high })
        })
        .collect();
    let targets: Vec<_> = c
        .predicted
        .iter()
        .map(|(name, wanted, [low, median, high])| {
            serde_json::json!({ "indicator": name, "wanted": wanted, "median": median, "low": low, "high": high })
        })
        .collect();
    serde_json::json!({ "parameters": parameters, "targets": targets, "simulations": c.posterior.simulations })
}

fn print_optimised(o: &Optimised) {
    let mut out = table(&["lever", "best", "95 % interval"], &[1, 2]);
    for (name, [best, low, high]) in o.levers.iter().zip(&o.best) {
        out.add_row([
            name.clone(),
            figure(*best),
            format!("{} .. {}", figure(*low), figure(*high)),
        ]);
    }
    say!("{out}");
    let mut ends = o.optimum.value_interval.map(|x| o.sign * x);
    ends.sort_by(f64::total_cmp);
    say!(
        "value there {} ({} .. {}); taking it for the best gives away {} on average; {} runs at {} points",
        figure(o.sign * o.optimum.value),
        figure(ends[0]),
        figure(ends[1]),
        figure(o.optimum.regret),
        o.runs,
        o.optimum.visited.len()
    );
}

fn optimised_json(o: &Optimised) -> serde_json::Value {
    let levers: Vec<_> = o
        .levers
        .iter()
        .zip(&o.best)
        .map(|(name, [best, low, high])| {
            serde_json::json!({ "name": name, "best": best, "low": low, "high": high })
        })
        .collect();
    serde_json::json!({ "levers": levers, "value": o.sign * o.optimum.value, "regret": o.optimum.regret, "runs": o.runs })
}
