//! `gridflock compare` and `gridflock study`.

use super::findings::{print_comparison, print_study};
use super::live::StudyPage;
use super::{figure, interrupted, interruption, table, watch_signals};
use crate::cli::{CompareArgs, Global, StudyAction};
use crate::output::{note, say, warn, warnings_json};
use gridflock::{Code, Failure, software};
use indicatif::ProgressBar;
use keys::Problem;
use live::Address;
use record::{Claim, DirectoryMode, Manifest, RunStatus, claim_directory, is_same_directory};
use std::path::{Path, PathBuf};
use study::{
    BUILTIN_STUDIES, BuiltinStudy, CompareRequest, Comparison, ContrastRow, Estimate,
    ExecuteOptions, OppositeDays, Outcome, Plan, Progress, RatioRow, Runner, SensitivityRow,
    Settling, Shard, SimulationRunner, StudyError, StudyFile, Until,
};

/// Compares two variants by paired runs.
pub fn compare(args: &CompareArgs, global: &Global) -> Result<(), Failure> {
    let until = args.until_ci.as_deref().map(Until::parse).transpose().map_err(failure)?;
    if args.plan && until.is_none() {
        let help = "add --until-ci INDICATOR:HALF_WIDTH";
        return Err(Failure::with_help(
            Code::Usage,
            "--plan needs an indicator and the half-width that is wanted",
            help,
        ));
    }
    let request = CompareRequest {
        scenario: args.scenario.clone(),
        a: sets(&args.a),
        b: sets(&args.b),
        n: args.n,
        until: if args.plan { None } else { until.clone() },
        seed: args.seed,
    };
    let plan = request.plan().map_err(failure)?;
    warn(&plan.warnings, args.strict)?;
    let name = Path::new(&args.scenario)
        .file_stem()
        .map_or_else(|| "scenario".into(), |s| s.to_string_lossy().into_owned());
    let wanted = directory_of(args.output.as_deref(), &format!("compare-{name}"));
    let mode = DirectoryMode::of(args.output.is_some(), args.overwrite);
    let claim = prepare(&wanted, mode)?;
    let directory = claim.directory.clone();
    let runner = SimulationRunner::new(&plan).map_err(failure)?;
    tracing::info!("{} pairs of runs of {}, into {}", args.n, args.scenario, directory.display());
    let options = ExecuteOptions { threads: args.threads, ..options() };
    let comparison =
        watched(&plan, &runner, &directory, args.live, global, &mut |runner, show| {
            study::compare(&plan, runner, &directory, &options, show)
        })?;
    if interrupted() {
        return Err(interruption(&format!(
            "interrupted; `gridflock study resume {}` goes on",
            directory.display()
        )));
    }
    if let (true, Some(until)) = (args.plan, &until) {
        return print_plan(&comparison.rows, until, &comparison.outcome, global);
    }
    if global.json {
        say!(
            "{}",
            serde_json::json!({ "directory": directory, "contrasts": comparison.rows.iter().map(json).collect::<Vec<_>>(),
            "warnings": warnings_json(&plan.warnings) })
        );
    } else {
        print_comparison(&comparison.rows);
        say!(
            "{} pairs of runs; tables in {}",
            comparison.outcome.replications,
            directory.display()
        );
    }
    report(args.report, &directory, global)?;
    failed_runs(&comparison.outcome)
}

/// Runs a study with a progress bar, and with a page where one is wanted.
fn watched<T: Ended>(
    plan: &Plan,
    runner: &SimulationRunner<'_>,
    directory: &Path,
    live: Option<Address>,
    global: &Global,
    run: &mut dyn FnMut(&dyn Runner, &mut dyn FnMut(&Progress) -> bool) -> Result<T, StudyError>,
) -> Result<T, Failure> {
    watch_signals();
    let page =
        live.map(|address| StudyPage::start(address, plan, runner, directory)).transpose()?;
    let bar = super::run::bar(global);
    let runner: &dyn Runner = match &page {
        Some(page) => page,
        None => runner,
    };
    let result = run(runner, &mut |p| {
        if let Some(page) = &page {
            page.show(p);
        }
        show(&bar, p)
    });
    bar.finish_and_clear();
    let result = result.map_err(failure);
    if let Some(page) = page {
        page.end(super::live::ending(result.as_ref().map(Ended::complete)));
    }
    result
}

/// What may have come to its end.
trait Ended {
    fn complete(&self) -> bool;
}

impl Ended for Outcome {
    fn complete(&self) -> bool {
        self.complete
    }
}

impl Ended for Comparison {
    fn complete(&self) -> bool {
        self.outcome.complete
    }
}

/// Writes the report of a study, if it is wanted.
fn report(wanted: bool, directory: &Path, global: &Global) -> Result<(), Failure> {
    if !wanted {
        return Ok(());
    }
    let path = super::look::write(directory, None)?;
    if !global.json {
        say!("look at it:  {}", path.display());
    }
    Ok(())
}

/// What manifests say of this process.
pub(super) fn options() -> ExecuteOptions {
    ExecuteOptions { argv: super::argv(), software: software(), ..ExecuteOptions::default() }
}

fn print_plan(
    rows: &[ContrastRow],
    until: &Until,
    outcome: &Outcome,
    global: &Global,
) -> Result<(), Failure> {
    let Some(needed) = study::plan_runs(rows, until) else {
        return Err(Failure::new(
            Code::Failed,
            format!("the pilot has no figure `{}`", until.indicator),
        ));
    };
    let Some(pairs) = needed.paired else {
        return Err(Failure::new(
            Code::Failed,
            format!("the pilot is too small to tell how `{}` varies", until.indicator),
        ));
    };
    let independent = needed.independent.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let runs = outcome.runs.succeeded.max(1) as f64;
    let cpu_s = outcome.run_s / runs * 2.0 * pairs as f64;
    let disk =
        outcome.tables.iter().map(|t| t.bytes).sum::<u64>() as f64 / runs * 2.0 * pairs as f64;
    if global.json {
        let object = serde_json::json!({ "indicator": until.indicator, "half_width": until.half_width, "sd": needed.sd, "pairs": pairs,
            "independent_runs_each": needed.independent, "cpu_s": cpu_s, "disk_bytes": disk, "pilot": outcome.directory });
        say!("{object}");
    } else {
        say!(
            "{} within ±{}: {pairs} pairs of runs ({independent} of each side if they were not paired), about {} of CPU, {} on disk",
            until.indicator,
            until.half_width,
            duration(cpu_s),
            size(disk)
        );
        say!("from a pilot of {} pairs in {}", outcome.replications, outcome.directory.display());
    }
    Ok(())
}

/// Runs, resumes, merges studies, or says how far one has come.
pub fn study(action: &StudyAction, global: &Global) -> Result<(), Failure> {
    match action {
        StudyAction::List => {
            list(global);
            Ok(())
        }
        StudyAction::Show { name } => match BuiltinStudy::named(name) {
            Some(builtin) => {
                super::print_text(builtin.name, builtin.toml, global);
                Ok(())
            }
            None => Err(Failure::with_help(
                Code::Scenario,
                format!("there is no built-in study `{name}`"),
                "`gridflock study list` lists them",
            )),
        },
        StudyAction::Run {
            study,
            output,
            threads,
            shard,
            dry_run,
            report,
            live,
            overwrite,
            strict,
        } => {
            let look = Look { report: *report, live: *live };
            let shard = match shard {
                Some(text) => Shard::parse(text).map_err(failure)?,
                None => Shard::from_environment(|name| std::env::var(name).ok())
                    .map_err(failure)?
                    .unwrap_or(Shard::WHOLE),
            };
            let file = StudyFile::load(study, &[]).map_err(failure)?;
            let name = file.name.clone();
            let plan = Plan::new(file).map_err(failure)?;
            warn(&plan.warnings, *strict)?;
            let options = ExecuteOptions { threads: *threads, shard, ..options() };
            if *dry_run {
                return print_cost(&plan, &options, global);
            }
            let directory = directory_of(output.as_deref(), &name);
            refuse_own_folder(study, &directory)?;
            let mode = DirectoryMode::of(output.is_some(), *overwrite);
            if study_goes_on(&directory, &plan, shard, mode)? {
                note!(
                    "{} holds this study, interrupted or with failed runs: it goes on",
                    directory.display()
                );
                let _claim = Claim::resume(&directory)?;
                let options = ExecuteOptions { resume: true, ..options };
                return execute(&plan, &directory, &options, look, global);
            }
            let claim = prepare(&directory, mode)?;
            execute(&plan, &claim.directory, &options, look, global)
        }
        StudyAction::Calibrate(args) => super::search::calibrate(args, global),
        StudyAction::Optimise(args) => super::search::optimise(args, global),
        StudyAction::Warmup { study, days, threads } => warmup(study, *days, *threads, global),
        StudyAction::Resume { dir, threads, report, live } => {
            let (plan, shard) = study::reopen(dir).map_err(failure)?;
            let options = ExecuteOptions { threads: *threads, shard, resume: true, ..options() };
            let _claim = Claim::resume(dir)?;
            execute(&plan, dir, &options, Look { report: *report, live: *live }, global)
        }
        StudyAction::Merge { dirs, output, overwrite } => {
            let mode = DirectoryMode::of(true, *overwrite);
            let argv: Vec<String> = super::argv();
            let make_room = || Ok(claim_directory(output, mode).map(drop)?);
            let outcome =
                study::merge(dirs, output, &argv, &software(), make_room).map_err(failure)?;
            print_outcome(&outcome, &[], global);
            failed_runs(&outcome)
        }
        StudyAction::Status { dir } => {
            let s = study::status(dir).map_err(failure)?;
            if global.json {
                say!(
                    "{}",
                    serde_json::json!({ "name": s.name, "status": s.status, "points": s.points, "succeeded": s.runs.succeeded,
                    "failed": s.runs.failed, "pending": s.runs.pending })
                );
            } else {
                let status = serde_json::to_value(s.status)
                    .ok()
                    .and_then(|word| Some(word.as_str()?.to_owned()))
                    .unwrap_or_default();
                let shard =
                    if s.shard.is_whole() { String::new() } else { format!(", shard {}", s.shard) };
                let (name, points, runs) = (s.name, s.points, s.runs);
                say!(
                    "{name}{shard}: {status}; {points} points; runs: {} succeeded, {} failed, {} pending",
                    runs.succeeded,
                    runs.failed,
                    runs.pending
                );
            }
            Ok(())
        }
    }
}

/// The built-in studies with their questions.
fn list(global: &Global) {
    let about =
        |b: &BuiltinStudy| StudyFile::load(b.name, &[]).map(|s| s.description).unwrap_or_default();
    if global.json {
        let list: Vec<_> = BUILTIN_STUDIES
            .iter()
            .map(|b| serde_json::json!({ "name": b.name, "description": about(b) }))
            .collect();
        say!("{}", serde_json::json!(list));
        return;
    }
    let mut out = table(&["study", "the question it answers"], &[]);
    for builtin in BUILTIN_STUDIES {
        out.add_row([builtin.name, &about(builtin)]);
    }
    say!("{out}");
}

/// How a study is to be looked at.
#[derive(Clone, Copy)]
struct Look {
    report: bool,
    live: Option<Address>,
}

fn execute(
    plan: &Plan,
    directory: &Path,
    options: &ExecuteOptions,
    look: Look,
    global: &Global,
) -> Result<(), Failure> {
    let runner = SimulationRunner::new(plan).map_err(failure)?;
    tracing::info!(
        "study {}: {} points, {} runs in blocks of {}, into {}",
        plan.study.name,
        plan.points.len(),
        plan.runs(plan.first_replications()),
        plan.block_runs(),
        directory.display()
    );
    let outcome = watched(plan, &runner, directory, look.live, global, &mut |runner, show| {
        study::execute(plan, runner, directory, options, show)
    })?;
    if interrupted() {
        return Err(interruption(&format!(
            "interrupted; `gridflock study resume {}` goes on",
            directory.display()
        )));
    }
    print_outcome(&outcome, &plan.warnings, global);
    if look.report && !options.shard.is_whole() {
        note!("a part of a study has no report: `gridflock study merge` joins the parts");
    }
    report(look.report && options.shard.is_whole(), directory, global)?;
    failed_runs(&outcome)
}

/// From which day on the primary outcome has settled, a line per point.
fn warmup(study: &str, days: u32, threads: usize, global: &Global) -> Result<(), Failure> {
    let plan = StudyFile::load(study, &[]).and_then(Plan::new).map_err(failure)?;
    watch_signals();
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let found = study::settling(&plan, days, threads, &|| !interrupted()).map_err(failure)?;
    if global.json {
        let json = |s: &Settling| {
            serde_json::json!({ "point": s.label, "warmup_days": s.warmup_days, "by_day": s.by_day,
            "drop": s.mser.map(|m| m.drop), "settled": s.mser.map(|m| m.settled) })
        };
        say!("{}", serde_json::json!(found.iter().map(json).collect::<Vec<_>>()));
        return Ok(());
    }
    let mean = |days: &[f64]| figure(study::stats::mean(days));
    let head = ["point", "days 1-5", "last 5 days", "MSER-5 drops", "warm-up of the study"];
    let mut out = table(&head, &[1, 2, 3, 4]);
    for s in &found {
        let drop = match s.mser {
            Some(m) if m.settled => format!("{} days", m.drop),
            _ => "not settled".to_owned(),
        };
        let (first, last) = (s.by_day.len().min(5), s.by_day.len().saturating_sub(5));
        out.add_row([
            s.label.clone(),
            mean(&s.by_day[..first]),
            mean(&s.by_day[last..]),
            drop,
            format!("{} days", s.warmup_days),
        ]);
    }
    let primary = plan.study.output.primary.as_deref().unwrap_or_default();
    let n = plan.study.replications.n;
    say!("{primary} by day, mean over {n} replications of {days} days from an empty start:\n{out}");
    Ok(())
}

fn print_cost(plan: &Plan, options: &ExecuteOptions, global: &Global) -> Result<(), Failure> {
    let runner = SimulationRunner::new(plan).map_err(failure)?;
    let c = study::cost(plan, &runner, options, 2).map_err(failure)?;
    if c.pilots == 0 {
        return Err(Failure::with_help(
            Code::Failed,
            "every pilot run failed: nothing to go by",
            "run the study to see why, or one point",
        ));
    }
    if global.json {
        say!(
            "{}",
            serde_json::json!({ "points": c.points, "replications": c.replications, "runs": c.runs, "most_runs": c.most_runs, "cpu_s": c.cpu_s,
            "wall_s": c.wall_s, "disk_bytes": c.disk_bytes, "memory_bytes": c.memory_bytes,
            "common_draws": plan.study.replications.common })
        );
    } else {
        let most = if c.most_runs > c.runs {
            format!(" (at most {})", c.most_runs)
        } else {
            String::new()
        };
        let points =
            if c.points == 1 { "1 point".to_owned() } else { format!("{} points", c.points) };
        say!(
            "{points} x {} replications = {} runs{most}; about {} of CPU, {} on this machine if it is idle, {} on disk{}",
            c.replications,
            c.runs,
            duration(c.cpu_s),
            duration(c.wall_s),
            size(c.disk_bytes as f64),
            if c.memory_bytes > 0 {
                format!(", {} of memory", size(c.memory_bytes as f64))
            } else {
                String::new()
            }
        );
        if !plan.study.replications.common {
            say!(
                "each point has people and days of its own (replications.common = true shares them)"
            );
        }
    }
    Ok(())
}

/// Seconds in words.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Bytes in words.
fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e6 => format!("{:.0} kB", (b / 1e3).max(1.0)),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

fn print_outcome(o: &Outcome, warnings: &[Problem], global: &Global) {
    if global.json {
        say!(
            "{}",
            serde_json::json!({ "directory": o.directory, "complete": o.complete, "executed": o.executed, "succeeded": o.runs.succeeded, "failed": o.runs.failed,
            "pending": o.runs.pending, "replications": o.replications, "contrasts": o.contrasts.iter().map(json).collect::<Vec<_>>(),
            "opposite_days": o.opposite.iter().map(json_opposite).collect::<Vec<_>>(),
            "ratios": o.ratios.iter().map(json_ratio).collect::<Vec<_>>(),
            "estimates": o.estimates.iter().map(json_estimate).collect::<Vec<_>>(),
            "sensitivities": o.sensitivities.iter().map(json_sensitivity).collect::<Vec<_>>(),
            "warnings": warnings_json(warnings) })
        );
        return;
    }
    print_study(o);
    let runs = o.runs.succeeded + o.runs.failed;
    let before = if o.executed > 0 && o.executed < runs {
        format!(" ({} of them before)", runs - o.executed)
    } else {
        String::new()
    };
    let failed =
        if o.runs.failed > 0 { format!(", {} failed", o.runs.failed) } else { String::new() };
    say!(
        "{runs} runs{before}{failed}, {} replications of each point; tables in {}",
        o.replications,
        o.directory.display()
    );
}

fn json(r: &ContrastRow) -> serde_json::Value {
    let d = &r.difference;
    serde_json::json!({ "contrast": r.pair.contrast, "a": r.pair.label_a, "b": r.pair.label_b, "indicator": r.figure.name, "scope": r.figure.scope.word(), "n": d.n,
        "mean_a": d.mean_a, "mean_b": d.mean_b, "difference": d.difference, "ci_low": d.ci_low, "ci_high": d.ci_high, "interval": d.interval.word(),
        "p": d.p, "p_holm": r.inference.p_holm, "p_fdr": r.inference.p_fdr, "family": r.inference.family.word(),
        "variance_reduction": d.variance_reduction })
}

fn json_opposite(r: &OppositeDays) -> serde_json::Value {
    let days = r.days.iter().map(|(day, x)| serde_json::json!({ "day": day, "difference": x }));
    serde_json::json!({ "indicator": r.figure.name, "a": r.pair.label_a, "b": r.pair.label_b, "difference": r.difference, "n": r.n,
        "days": days.collect::<Vec<_>>() })
}

fn json_ratio(r: &RatioRow) -> serde_json::Value {
    serde_json::json!({ "name": r.asked.name, "kind": r.asked.kind.word(), "a": r.pair.label_a, "b": r.pair.label_b, "n": r.n, "value_a": r.a, "value_b": r.b,
        "ratio": r.ratio, "ci_low": r.ci_low, "ci_high": r.ci_high, "within": r.asked.within, "verdict": r.verdict() })
}

fn json_estimate(e: &Estimate) -> serde_json::Value {
    let s = &e.summary;
    serde_json::json!({ "indicator": e.figure.name, "scope": e.figure.scope.word(), "n": s.n, "mean": s.mean, "sd": s.sd,
        "ci_low": s.ci_low, "ci_high": s.ci_high, "interval": s.interval.word(), "cvar": e.cvar, "cvar_tail": e.tail.word() })
}

fn json_sensitivity(r: &SensitivityRow) -> serde_json::Value {
    serde_json::json!({ "indicator": r.figure.name, "factor": r.factor, "factor_b": r.factor_b, "measure": r.measure, "value": r.value,
        "half_width": r.half_width })
}

/// A study with failed runs ends with 1, after all others were done.
fn failed_runs(o: &Outcome) -> Result<(), Failure> {
    match (&o.first_failure, o.runs.failed) {
        (_, 0) => Ok(()),
        (Some((run, reason)), n) => {
            let help = format!(
                "runs.parquet names all of them with their reasons; `gridflock study resume {}` does them alone again",
                o.directory.display()
            );
            let message = format!("{n} runs failed, the first is run {run}: {reason}");
            Err(Failure::with_help(Code::Failed, message, help))
        }
        (None, n) => Err(Failure::new(Code::Failed, format!("{n} runs failed"))),
    }
}

/// A study's directory holds a copy of its file: that must not take the place of the file itself.
pub(super) fn refuse_own_folder(study: &str, directory: &Path) -> Result<(), Failure> {
    let path = Path::new(study);
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if path.exists() && is_same_directory(folder, directory) {
        let message = format!("{} is the folder of the study itself", directory.display());
        return Err(Failure::with_help(Code::Failed, message, "give another directory with -o"));
    }
    Ok(())
}

/// The directory that the user named, or the one of a study of this name.
pub(super) fn directory_of(output: Option<&Path>, name: &str) -> PathBuf {
    output.map_or_else(|| Path::new("output").join(name), Path::to_path_buf)
}

/// Whether a directory holds this study, interrupted, and it goes on there: by default, and for the
/// same shard of a study. Another interrupted study is not left behind without a word.
fn study_goes_on(
    directory: &Path,
    plan: &Plan,
    shard: Shard,
    mode: DirectoryMode,
) -> Result<bool, Failure> {
    let goes_on = match mode {
        DirectoryMode::Overwrite => false,
        DirectoryMode::Fresh => !shard.is_whole(),
        DirectoryMode::Default => true,
    };
    let Ok(manifest) = Manifest::read(directory) else { return Ok(false) };
    if !goes_on || manifest.kind != "study" {
        return Ok(false);
    }
    if manifest.status == RunStatus::Complete {
        // With failed runs it has not got to its end: they alone are done again.
        let failed = || study::status(directory).is_ok_and(|s| s.runs.failed > 0);
        let parts = directory.join(record::names::PARTS).is_dir();
        return Ok(parts && study::is_of(directory, plan, shard) && failed());
    }
    if study::is_of(directory, plan, shard) {
        return Ok(true);
    }
    let shown = directory.display();
    let message =
        format!("{shown} holds another study, {}, which is not finished", manifest.scenario);
    let help = format!(
        "finish that with `gridflock study resume {shown}`, replace it with --overwrite, or name \
         another directory with -o"
    );
    Err(Failure::with_help(Code::Failed, message, help))
}

pub fn prepare(directory: &Path, mode: DirectoryMode) -> Result<Claim, Failure> {
    let claim = claim_directory(directory, mode)?;
    let shown = directory.display();
    if let record::Prepared::Replaced(status) = claim.prepared {
        note!("{shown} held an earlier study ({status}), which is replaced");
    } else if claim.directory != directory {
        note!("{shown} holds something already: tables go to {}", claim.directory.display());
    }
    Ok(claim)
}

fn show(bar: &ProgressBar, p: &Progress) -> bool {
    tracing::debug!("{} of {} runs, {} failed", p.finished, p.runs, p.failed);
    bar.set_length(p.runs);
    bar.set_message(format!("{} of {} runs, {} failed", p.finished, p.runs, p.failed));
    bar.set_position(p.finished);
    !interrupted()
}

/// `key=V,key=V`; commas inside brackets and quotes belong to the value.
pub fn sets(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let (mut depth, mut quoted) = (0_i32, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 && !quoted {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all.into_iter().map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

pub fn failure(e: StudyError) -> Failure {
    e.into()
}

#[cfg(test)]
mod tests {
    use super::sets;

    #[test]
    fn commas_in_brackets_and_quotes_belong_to_the_value() {
        assert_eq!(sets("a=1, b=[1,2],c=\"x,y\""), ["a=1", "b=[1,2]", "c=\"x,y\""]);
        assert!(sets("").is_empty());
    }
}
