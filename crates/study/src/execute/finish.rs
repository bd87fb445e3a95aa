//! From blocks of runs to the tables of a study.

use super::blocks::{BlockReceipt, receipts_in, table_options};
use super::stored::{RunCount, Stored};
use crate::analysis::{
    ContrastRow, Estimate, Figures, FlipRow, OppositeDays, RatioRow, RegretRow, SensitivityRow,
    contrast_rows, flips, opposite_days, overview, ratio_rows, regrets, sensitivities,
};
use crate::directory::{self, PersonsTable};
use crate::{Plan, Shard, StudyError};
use domain::Names;
use record::{Manifest, PartWriter, RunStatus, Software, TableFile, join_table};
use simulation::Prepared;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What came of a study or of a part of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where its tables are.
    pub directory: PathBuf,
    /// How its runs ended.
    pub runs: RunCount,
    /// The question that it answers.
    pub about: String,
    /// Runs that were done this time, not before a resume.
    pub executed: u64,
    /// Whether it got to its end.
    pub complete: bool,
    /// Replications of each point.
    pub replications: u32,
    /// The first failed run and its reason.
    pub first_failure: Option<(u64, String)>,
    /// The contrasts, with intervals; none for a part of a study.
    pub contrasts: Vec<ContrastRow>,
    /// Drawn days on which the primary outcome says the opposite of its mean.
    pub opposite: Vec<OppositeDays>,
    /// Ratios and odds ratios that the study asks for.
    pub ratios: Vec<RatioRow>,
    /// Means and quantiles where one table says all: of the only point, or over a sample of points.
    pub estimates: Vec<Estimate>,
    /// Sobol' indices or Morris measures.
    pub sensitivities: Vec<SensitivityRow>,
    /// Regret of each policy of a cross design.
    pub regrets: Vec<RegretRow>,
    /// Where rankings of its policies flip.
    pub flips: Vec<FlipRow>,
    /// Wall-clock time of all runs together, in s: about the CPU time, since each run has one
    /// thread.
    pub run_s: f64,
    /// The closed tables.
    pub tables: Vec<TableFile>,
}

impl Outcome {
    pub(super) fn of_part(directory: &Path, runs: RunCount, replications: u32) -> Self {
        Self {
            directory: directory.to_owned(),
            runs,
            complete: false,
            replications,
            first_failure: None,
            about: String::new(),
            executed: 0,
            contrasts: Vec::new(),
            opposite: Vec::new(),
            ratios: Vec::new(),
            estimates: Vec::new(),
            sensitivities: Vec::new(),
            regrets: Vec::new(),
            flips: Vec::new(),
            run_s: 0.0,
            tables: Vec::new(),
        }
    }
}

/// Joins the parts of `receipts` (in the order of blocks) into the tables of `out`, and adds what
/// is told of them.
pub(super) fn assemble(
    plan: &Plan,
    out: &Path,
    receipts: &[PathBuf],
    replications: u32,
    begun: &str,
) -> Result<Outcome, StudyError> {
    let options = table_options(plan, Names::default());
    let mut tables = Vec::new();
    for &table in &options.selection.tables {
        let part = |(_, receipt): (u64, &PathBuf)| {
            let block = block_number(receipt)?;
            Some(receipt.with_file_name(PartWriter::file_name(table, block)))
        };
        let parts: Vec<PathBuf> = (0..).zip(receipts).filter_map(part).collect();
        tables.push(join_table(table, &options.provenance, &parts, &out.join(table.file_name()))?);
    }
    let runs = plan.runs(replications);
    let mut figures = Figures::new(runs as usize);
    let mut ends: Vec<Option<Option<String>>> = vec![None; runs as usize];
    let (mut first_failure, mut run_s) = (None, 0.0);
    let mut persons =
        if plan.study.output.persons { Some(PersonsTable::new(plan, names(plan)?)?) } else { None };
    for path in receipts {
        for run in BlockReceipt::read(path)?.runs {
            run_s += run.wall_s;
            if let (None, Some(reason)) = (&first_failure, &run.error) {
                first_failure = Some((run.run_id, reason.clone()));
            }
            figures.add(run.run_id, &run.indicators);
            if let Some(table) = &mut persons
                && run.run_id < runs
            {
                table.add(run.run_id, &run.persons)?;
            }
            if let Some(end) = ends.get_mut(run.run_id as usize) {
                *end = Some(run.error);
            }
        }
    }
    let failed = ends.iter().filter(|end| matches!(end, Some(Some(_)))).count() as u64;
    let contrasts = contrast_rows(plan, &figures, replications);
    tables.push(directory::write_runs(plan, out, &ends, Shard::WHOLE)?);
    tables.push(directory::write_contrasts(plan, out, &contrasts)?);
    tables.push(directory::write_estimates(plan, out, &figures, replications)?);
    let sensitivities = sensitivities(plan, &figures, replications);
    tables.extend(directory::write_sensitivity(plan, out, &sensitivities)?);
    let (regrets, flips) =
        (regrets(plan, &figures, replications), flips(plan, &figures, replications));
    if !regrets.is_empty() {
        tables.push(directory::write_regret(plan, out, &regrets)?);
    }
    if !flips.is_empty() {
        tables.push(directory::write_flips(plan, out, &flips)?);
    }
    let ratios = ratio_rows(plan, &figures, replications);
    if !ratios.is_empty() {
        tables.push(directory::write_ratios(plan, out, &ratios)?);
    }
    if let Some(table) = persons {
        tables.push(table.write(out)?);
    }
    if plan.study.output.wide {
        tables.push(directory::write_wide(plan, out, &figures, runs)?);
    }
    directory::write_descriptions(plan, out, &tables, replications, begun)?;
    Ok(Outcome {
        directory: out.to_owned(),
        runs: RunCount { succeeded: runs - failed, failed, pending: 0 },
        about: plan.study.description.clone(),
        executed: 0,
        complete: true,
        replications,
        first_failure,
        opposite: opposite_days(plan, &figures, &contrasts, replications),
        contrasts,
        ratios,
        estimates: overview(plan, &figures, replications),
        sensitivities,
        regrets,
        flips,
        run_s,
        tables,
    })
}

/// What segments and classes are called.
fn names(plan: &Plan) -> Result<Names, StudyError> {
    let first = plan.points.first().map(|p| plan.study.scenario(&p.sets)).transpose()?;
    let prepared = Prepared::read(first.as_ref().unwrap_or(&plan.base));
    Ok(prepared.map_err(|e| StudyError::invalid(e.to_string(), ""))?.names())
}

fn block_number(receipt: &Path) -> Option<u64> {
    receipt.file_stem()?.to_str()?.strip_prefix("block-")?.parse().ok()
}

/// Joins the directories of a study's shards into `out`: byte for byte the tables of the study run
/// in one piece. `out` is made ready by `make_room`, which is called when all shards are known to
/// be good.
///
/// # Errors
/// [`StudyError::Invalid`] if a directory is no study's or of another plan; [`StudyError::Failed`]
/// if runs are missing.
pub fn merge(
    directories: &[PathBuf],
    out: &Path,
    argv: &[String],
    software: &Software,
    make_room: impl FnOnce() -> Result<(), StudyError>,
) -> Result<Outcome, StudyError> {
    if let Some(shard) = directories.iter().find(|dir| record::is_same_directory(dir, out)) {
        return Err(StudyError::usage(
            format!("{} is a shard and cannot be the whole, too", shard.display()),
            "give another directory with -o",
        ));
    }
    let parts = directories
        .iter()
        .map(|dir| Stored::read(dir).map(|stored| (dir, stored)))
        .collect::<Result<Vec<_>, _>>()?;
    let Some((first_dir, first)) = parts.first() else {
        return Err(StudyError::usage("no shards to merge", "name the directories of all shards"));
    };
    if let Some((dir, other)) = parts.iter().find(|(_, s)| s.plan_hash != first.plan_hash) {
        let message = format!(
            "{} (study {}, plan {}) and {} (study {}, plan {}) are parts of different plans",
            first_dir.display(),
            first.name,
            &first.plan_hash[..first.plan_hash.len().min(8)],
            dir.display(),
            other.name,
            &other.plan_hash[..other.plan_hash.len().min(8)],
        );
        return Err(StudyError::invalid(
            message,
            "merge the shards of one study, run by one version",
        ));
    }
    if let Some((dir, _)) = parts.iter().find(|(_, s)| s.shard.is_whole()) {
        let message = format!("{} holds a whole study, not a shard of one", dir.display());
        return Err(StudyError::invalid(message, "there is nothing to merge"));
    }
    let plan = first.plan()?;
    let mut receipts: BTreeMap<u64, PathBuf> = BTreeMap::new();
    for (dir, _) in &parts {
        receipts.extend(receipts_in(dir)?);
    }
    let replications = plan.first_replications();
    check_whole(&plan, replications, &receipts, &parts)?;
    make_room()?;
    let mut stored = first.clone();
    stored.shard = Shard::WHOLE;
    stored.begun = parts.iter().map(|(_, s)| s.begun.clone()).min().unwrap_or_default();
    let receipts: Vec<PathBuf> = receipts.into_values().collect();
    let outcome = assemble(&plan, out, &receipts, replications, &stored.begun)?;
    stored.ended = Some(outcome.runs);
    stored.write(out)?;
    merged_manifest(&plan, directories, &outcome, argv, software)?.write(out)?;
    Ok(outcome)
}

fn check_whole(
    plan: &Plan,
    replications: u32,
    receipts: &BTreeMap<u64, PathBuf>,
    parts: &[(&PathBuf, Stored)],
) -> Result<(), StudyError> {
    let blocks = plan.runs(replications).div_ceil(plan.block_runs());
    let missing: Vec<u64> = (0..blocks).filter(|b| !receipts.contains_key(b)).collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let count: u64 =
        missing.iter().map(|b| plan.block(*b, plan.runs(replications)).count() as u64).sum();
    let known = parts[0].1.shard.count;
    let absent: Vec<String> = (0..known)
        .map(|index| Shard { index, count: known })
        .filter(|shard| missing.iter().any(|b| shard.holds(*b)))
        .map(|shard| shard.to_string())
        .collect();
    let message = format!(
        "{count} of {} runs are missing, the first of them run {}",
        plan.runs(replications),
        plan.block(*first, u64::MAX).start
    );
    Err(StudyError::failed(
        message,
        format!(
            "run or resume shard {}, and name the directories of all shards",
            absent.join(", ")
        ),
    ))
}

fn merged_manifest(
    plan: &Plan,
    directories: &[PathBuf],
    outcome: &Outcome,
    argv: &[String],
    software: &Software,
) -> Result<Manifest, StudyError> {
    let manifests =
        directories.iter().map(|dir| Manifest::read(dir)).collect::<Result<Vec<_>, _>>()?;
    let mut manifest = Manifest::new("study", &plan.study.name, &plan.hash, software.clone());
    manifest.status = RunStatus::Complete;
    manifest.seeds = manifests.first().map(|m| m.seeds.clone()).unwrap_or_default();
    manifest.inputs.clone_from(&plan.inputs);
    manifest.argv = argv.to_vec();
    manifest.threads = manifests.iter().map(|m| m.threads).sum();
    manifest.hosts = manifests.iter().flat_map(|m| m.hosts.clone()).collect();
    manifest.hosts.sort();
    manifest.hosts.dedup();
    manifest.started_at = manifests.iter().filter_map(|m| m.started_at.clone()).min();
    manifest.ended_at = Some(jiff::Timestamp::now().to_string());
    manifest.wall_s = manifests
        .iter()
        .filter_map(|m| m.wall_s)
        .fold(None, |most: Option<f64>, s| Some(most.map_or(s, |m| m.max(s))));
    manifest.tables.clone_from(&outcome.tables);
    Ok(manifest)
}
