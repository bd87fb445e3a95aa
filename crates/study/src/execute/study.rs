//! From a plan to a directory with its results.

use super::Progress;
use super::blocks::{Blocks, Failed, table_options};
use super::finish::{Outcome, assemble};
use super::pool::run_all;
use super::stored::{RunCount, Stored};
use crate::analysis::{Figures, is_narrow_enough};
use crate::{Plan, Runner, Shard, StudyError};
use record::{Manifest, RunStatus, Software};
use std::path::Path;
use std::time::Instant;

/// How a plan is run.
#[derive(Clone, Debug)]
pub struct ExecuteOptions {
    /// Threads, each with one run at a time; 0 takes what the machine has.
    pub threads: usize,
    /// The part of the study to run here.
    pub shard: Shard,
    /// Whether the directory holds an earlier part of the work, or runs that failed.
    pub resume: bool,
    /// The command line, for the manifest.
    pub argv: Vec<String>,
    /// The software, for the manifest.
    pub software: Software,
}

impl Default for ExecuteOptions {
    /// The whole study, from its beginning, on all threads.
    fn default() -> Self {
        let software = Software { version: crate::VERSION.to_owned(), ..Software::default() };
        Self { threads: 0, shard: Shard::WHOLE, resume: false, argv: Vec::new(), software }
    }
}

/// The plan and the part of it that a directory was begun with, for a resume.
///
/// # Errors
/// [`StudyError::Invalid`] if the directory is not a study's, or the study or its scenario has
/// changed since.
pub fn reopen(directory: &Path) -> Result<(Plan, Shard), StudyError> {
    let stored = Stored::read(directory)?;
    stored.check_unchanged()?;
    Ok((stored.plan()?, stored.shard))
}

/// Whether a directory was begun with this plan and this part of it.
pub fn is_of(directory: &Path, plan: &Plan, shard: Shard) -> bool {
    Stored::read(directory)
        .is_ok_and(|s| s.plan_hash == plan.hash && s.shard == shard && s.check_unchanged().is_ok())
}

/// Runs a plan (or a part of it) and writes its directory, which must exist. `progress` is asked
/// after every run and several times a second whether to go on; if it says no, the runs under way
/// are given up and the rest can be resumed. The results depend on the plan alone: not on threads,
/// shards, resumes or the order in which runs finish.
///
/// # Errors
/// Files that cannot be written; a directory of another plan. Runs that fail are no error: they are
/// rows with a reason.
pub fn execute(
    plan: &Plan,
    runner: &dyn Runner,
    directory: &Path,
    options: &ExecuteOptions,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Outcome, StudyError> {
    let shard = options.shard;
    if plan.study.stop.is_some() && !shard.is_whole() {
        let message = format!(
            "shard {shard} of a study with [stop]: whether to stop can be told from all runs only"
        );
        return Err(StudyError::usage(
            message,
            "run it without --shard, or give a fixed number of replications",
        ));
    }
    let mut stored = begin(plan, directory, options)?;
    // A study that came to its end with failed runs does them again, and nothing else.
    let failed = if stored.ended.take().is_some() { Failed::Again } else { Failed::Kept };
    if failed == Failed::Again {
        // A resume that is interrupted has not ended.
        stored.write(directory)?;
    }
    let mut manifest = manifest(plan, options);
    manifest.write(directory)?;
    let clock = Instant::now();
    let tables = table_options(plan, runner.names());
    let mut blocks = Blocks::open(plan, directory, shard, options.resume, failed, tables)?;
    let before = blocks.finished().counts().0;
    let done = run_batches(plan, runner, &mut blocks, options, progress);
    let executed = blocks.finished().counts().0 - before;
    let end = |manifest: &mut Manifest, status| {
        manifest.status = status;
        manifest.ended_at = Some(jiff::Timestamp::now().to_string());
        manifest.wall_s = Some(clock.elapsed().as_secs_f64());
    };
    let outcome = match done {
        Ok((replications, true)) => complete(plan, directory, &mut blocks, stored, replications),
        Ok((replications, false)) => interrupted(plan, directory, &mut blocks, shard, replications),
        Err(error) => Err(error),
    }
    .map(|outcome| Outcome { executed, ..outcome });
    match &outcome {
        Ok(outcome) => {
            manifest.tables.clone_from(&outcome.tables);
            end(
                &mut manifest,
                if outcome.complete { RunStatus::Complete } else { RunStatus::Interrupted },
            );
        }
        Err(error) => {
            manifest.error = Some(error.to_string());
            end(&mut manifest, RunStatus::Failed);
        }
    }
    let written = manifest.write(directory);
    let outcome = outcome?;
    written?;
    Ok(outcome)
}

/// Checks that the directory is new, or that of the same plan and part.
fn begin(plan: &Plan, directory: &Path, options: &ExecuteOptions) -> Result<Stored, StudyError> {
    if !options.resume {
        let stored = Stored::of(plan, options.shard);
        std::fs::create_dir_all(directory).map_err(StudyError::io("create", directory))?;
        stored.write(directory)?;
        return Ok(stored);
    }
    let stored = Stored::read(directory)?;
    if stored.plan_hash != plan.hash {
        let message = format!(
            "{} holds another study, or the study or its scenario has changed",
            directory.display()
        );
        return Err(StudyError::invalid(message, "start the study anew in another directory"));
    }
    if stored.shard != options.shard {
        let message =
            format!("{} holds shard {}, not {}", directory.display(), stored.shard, options.shard);
        return Err(StudyError::invalid(
            message,
            "resume takes the shard that the directory was begun with",
        ));
    }
    if stored.ended.is_some_and(|runs| runs.failed == 0) {
        return Err(StudyError::failed(
            format!("the study in {} is complete", directory.display()),
            "there is nothing to resume",
        ));
    }
    if stored.ended.is_some() && !directory.join(record::names::PARTS).is_dir() {
        let message = format!(
            "{} no longer has the parts that its failed runs belong to",
            directory.display()
        );
        return Err(StudyError::failed(
            message,
            "of a merged study resume the shards with failed runs and merge them again; else start it anew",
        ));
    }
    Ok(stored)
}

fn manifest(plan: &Plan, options: &ExecuteOptions) -> Manifest {
    let s = &plan.base.scenario;
    let mut manifest =
        Manifest::new("study", &plan.study.name, &plan.hash, options.software.clone());
    let seeds = plan.seeds(0);
    let main = plan.study.replications.seed.unwrap_or(s.seeds.seed);
    manifest.seeds = [
        ("main", main),
        ("population", seeds.population),
        ("behaviour", seeds.behaviour),
        ("exogenous", seeds.exogenous),
        ("optimiser", seeds.optimiser),
    ]
    .map(|(k, v)| (k.to_owned(), v))
    .into();
    manifest.inputs.clone_from(&plan.inputs);
    manifest.argv.clone_from(&options.argv);
    manifest.threads = threads(options);
    manifest.hosts = host().into_iter().collect();
    manifest.started_at = Some(jiff::Timestamp::now().to_string());
    manifest
}

pub(crate) fn threads(options: &ExecuteOptions) -> usize {
    match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}

fn host() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Runs batch after batch; gives the replications of each point and whether it got to its end.
fn run_batches(
    plan: &Plan,
    runner: &dyn Runner,
    blocks: &mut Blocks<'_>,
    options: &ExecuteOptions,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Result<(u32, bool), StudyError> {
    let clock = Instant::now();
    let before = blocks.finished().counts().0;
    let mut replications = plan.first_replications();
    loop {
        let ours = |run: &u64| options.shard.holds(plan.block_of(*run));
        let runs = (0..plan.runs(replications)).filter(ours).count() as u64;
        let to_do: Vec<u64> = (0..plan.runs(replications))
            .filter(|run| ours(run) && !blocks.finished().has(*run))
            .collect();
        let shared = std::cell::RefCell::new(&mut *blocks);
        let mut take = |receipt| shared.borrow_mut().keep(&receipt);
        let mut goes_on = || {
            let (finished, failed) = shared.borrow().finished().counts();
            progress(&Progress {
                runs,
                finished,
                failed,
                finished_now: finished - before,
                elapsed: clock.elapsed(),
            })
        };
        if !to_do.is_empty() {
            run_all(plan, runner, &to_do, threads(options), &mut take, &mut goes_on)?;
        }
        if to_do.iter().any(|run| !blocks.finished().has(*run)) {
            return Ok((replications, false));
        }
        let Some(stop) = &plan.study.stop else { return Ok((replications, true)) };
        // Decided between batches, from all runs of them: whoever ran them, whenever.
        if replications >= stop.max
            || is_narrow_enough(plan, stop, &figures(plan, blocks, replications)?, replications)
        {
            return Ok((replications, true));
        }
        replications = replications.saturating_add(stop.batch).min(stop.max);
    }
}

fn figures(plan: &Plan, blocks: &mut Blocks<'_>, replications: u32) -> Result<Figures, StudyError> {
    let mut figures = Figures::new(plan.runs(replications) as usize);
    blocks.each(|run| figures.add(run.run_id, &run.indicators))?;
    Ok(figures)
}

fn complete(
    plan: &Plan,
    directory: &Path,
    blocks: &mut Blocks<'_>,
    mut stored: Stored,
    replications: u32,
) -> Result<Outcome, StudyError> {
    blocks.close_finished(plan.runs(replications))?;
    let shard = stored.shard;
    let outcome = if shard.is_whole() {
        let receipts: Vec<_> = blocks.receipts().values().cloned().collect();
        let outcome = assemble(plan, directory, &receipts, replications, &stored.begun)?;
        // Parts of failed runs' blocks are what a resume begins from.
        if outcome.runs.failed == 0 {
            record::remove_parts(directory)?;
        }
        outcome
    } else {
        let (finished, failed) = blocks.finished().counts();
        let runs = RunCount { succeeded: finished - failed, failed, pending: 0 };
        Outcome { complete: true, ..Outcome::of_part(directory, runs, replications) }
    };
    stored.ended = Some(outcome.runs);
    stored.write(directory)?;
    Ok(outcome)
}

/// What was finished is closed properly; the list of runs says which are pending.
fn interrupted(
    plan: &Plan,
    directory: &Path,
    blocks: &mut Blocks<'_>,
    shard: Shard,
    replications: u32,
) -> Result<Outcome, StudyError> {
    let runs = plan.runs(replications);
    blocks.close_finished(runs)?;
    let ours = (0..runs).filter(|run| shard.holds(plan.block_of(*run)));
    let pending = ours.filter(|run| !blocks.finished().has(*run)).count() as u64;
    let (finished, failed) = blocks.finished().counts();
    let count = RunCount { succeeded: finished - failed, failed, pending };
    let mut ends = vec![None; runs as usize];
    blocks.each(|run| {
        if let Some(end) = ends.get_mut(run.run_id as usize) {
            *end = Some(run.error);
        }
    })?;
    let table = crate::directory::write_runs(plan, directory, &ends, shard)?;
    Ok(Outcome { tables: vec![table], ..Outcome::of_part(directory, count, replications) })
}
