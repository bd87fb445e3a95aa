//! Blocks of runs on disk: a journal while a block is open, part files and one receipt when it is
//! closed.

use super::journal::{Journal, Receipt, frame, read_frame};
use crate::{PersonRow, Plan, Shard, StudyError};
use domain::{IndicatorRow, Rows};
use record::{PartWriter, Selection, Table, TableFile, TableOptions, names, write_atomically};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A finished run without its kept rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FinishedRun {
    pub run_id: u64,
    /// Why it failed; none if it succeeded.
    pub error: Option<String>,
    /// Wall-clock time of the run \[s\].
    pub wall_s: f64,
    pub indicators: Vec<IndicatorRow>,
    /// What became of each person, if it is kept.
    pub persons: Vec<PersonRow>,
}

/// What is known of a closed block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BlockReceipt {
    /// In ascending order.
    pub runs: Vec<FinishedRun>,
    pub files: Vec<TableFile>,
}

impl BlockReceipt {
    pub fn read(path: &Path) -> Result<Self, StudyError> {
        let mut file = File::open(path).map_err(StudyError::io("read", path))?;
        let damaged =
            || StudyError::failed(format!("{} is damaged", path.display()), "start the study anew");
        read_frame(&mut file, u64::MAX).map(|(receipt, _)| receipt).ok_or_else(damaged)
    }
}

/// The blocks of one shard in one directory.
pub(crate) struct Blocks<'p> {
    plan: &'p Plan,
    parts: PathBuf,
    options: TableOptions,
    open: BTreeMap<u64, Journal>,
    closed: BTreeMap<u64, PathBuf>,
    finished: Finished,
    /// Held as long as the blocks are open; the system releases it when the process ends, however
    /// it does.
    _lock: File,
}

/// What becomes of runs that failed before a resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// They stay failed.
    Kept,
    /// They are done again.
    Again,
}

/// Which runs are finished.
pub(crate) struct Finished {
    runs: Vec<bool>,
    count: u64,
    failed: u64,
}

impl Finished {
    fn none(runs: u64) -> Self {
        Self { runs: vec![false; runs as usize], count: 0, failed: 0 }
    }

    /// The finished runs of a directory that another process may be working in; nothing is changed.
    pub fn in_directory(plan: &Plan, directory: &Path) -> Result<Self, StudyError> {
        let parts = directory.join(names::PARTS);
        let mut finished = Self::none(plan.most_runs());
        for block in 0..plan.most_runs().div_ceil(plan.block_runs()) {
            let (done, journal) =
                (parts.join(receipt_name(block)), parts.join(journal_name(block)));
            if done.is_file() {
                BlockReceipt::read(&done)?
                    .runs
                    .iter()
                    .for_each(|run| finished.note(run.run_id, run.error.is_some()));
            } else if journal.is_file() {
                Journal::peek(&journal, |r| finished.note(r.run_id, r.error.is_some()))?;
            }
        }
        Ok(finished)
    }

    fn note(&mut self, run: u64, failed: bool) {
        if let Some(known) = self.runs.get_mut(run as usize).filter(|known| !**known) {
            *known = true;
            self.count += 1;
            self.failed += u64::from(failed);
        }
    }

    /// Whether a run is finished.
    pub fn has(&self, run: u64) -> bool {
        self.runs[run as usize]
    }

    /// Finished runs, and how many of them failed.
    pub fn counts(&self) -> (u64, u64) {
        (self.count, self.failed)
    }
}

impl<'p> Blocks<'p> {
    /// The blocks as an earlier process left them, for a resume; otherwise none: what lies there is
    /// of another study.
    pub fn open(
        plan: &'p Plan,
        directory: &Path,
        shard: Shard,
        resume: bool,
        failed: Failed,
        options: TableOptions,
    ) -> Result<Self, StudyError> {
        let parts = directory.join(names::PARTS);
        std::fs::create_dir_all(&parts).map_err(StudyError::io("create", &parts))?;
        let lock = lock(&parts)?;
        if !resume {
            record::remove_part_files(directory)?;
        }
        let finished = Finished::none(plan.most_runs());
        let mut blocks = Self {
            plan,
            parts,
            options,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
            finished,
            _lock: lock,
        };
        for block in (0..plan.most_runs().div_ceil(plan.block_runs())).filter(|b| shard.holds(*b)) {
            blocks.find(block, failed)?;
        }
        Ok(blocks)
    }

    fn find(&mut self, block: u64, failed: Failed) -> Result<(), StudyError> {
        let (done, journal) =
            (self.parts.join(receipt_name(block)), self.parts.join(journal_name(block)));
        if failed == Failed::Again && journal.is_file() {
            // Being killed in between leaves a journal without a receipt, which goes on the same way.
            if done.is_file() {
                std::fs::remove_file(&done).map_err(StudyError::io("remove", &done))?;
            }
            Journal::drop_failed(&journal)?;
        }
        let finished = &mut self.finished;
        if done.is_file() {
            BlockReceipt::read(&done)?
                .runs
                .iter()
                .for_each(|run| finished.note(run.run_id, run.error.is_some()));
            self.closed.insert(block, done);
        } else if journal.is_file() {
            let journal = Journal::open(&journal, |r| finished.note(r.run_id, r.error.is_some()))?;
            self.open.insert(block, journal);
        }
        Ok(())
    }

    /// Which runs are finished.
    pub fn finished(&self) -> &Finished {
        &self.finished
    }

    /// Keeps a finished run; closes its block if it was the last of it.
    pub fn keep(&mut self, receipt: &Receipt) -> Result<(), StudyError> {
        let block = self.plan.block_of(receipt.run_id);
        if !self.open.contains_key(&block) {
            let journal = Journal::open(&self.parts.join(journal_name(block)), |_| ())?;
            self.open.insert(block, journal);
        }
        let journal = self.open.get_mut(&block).expect("invariant: just opened");
        journal.append(receipt)?;
        self.finished.note(receipt.run_id, receipt.error.is_some());
        // A block that a stopping rule may cut short is closed in the end.
        if journal.len() as u64 == self.plan.block_runs() { self.close(block) } else { Ok(()) }
    }

    /// Closes the blocks whose runs below `runs` are all finished.
    pub fn close_finished(&mut self, runs: u64) -> Result<(), StudyError> {
        let done = |block: &u64| self.plan.block(*block, runs).all(|run| self.finished.has(run));
        let blocks: Vec<u64> = self.open.keys().copied().filter(done).collect();
        blocks.into_iter().try_for_each(|block| self.close(block))
    }

    /// Writes a block's parts and its receipt, then forgets its journal. Being killed in between
    /// repeats this, not the runs.
    fn close(&mut self, block: u64) -> Result<(), StudyError> {
        let Some(mut journal) = self.open.remove(&block) else { return Ok(()) };
        let mut parts = PartWriter::create(&self.parts, block, &self.options)?;
        let mut runs = Vec::new();
        journal.in_order(|receipt| {
            let Receipt { run_id, error, wall_s, indicators, rows, persons } = receipt;
            let rows = Rows { indicators, ..rows };
            parts.append(run_id as i64, &rows)?;
            runs.push(FinishedRun { run_id, error, wall_s, indicators: rows.indicators, persons });
            Ok(())
        })?;
        let failed = runs.iter().any(|run| run.error.is_some());
        let receipt = BlockReceipt { runs, files: parts.close()? };
        let path = self.parts.join(receipt_name(block));
        write_atomically(&path, &frame(&receipt)?)?;
        // Failed runs may be done again, and the rows of the others are needed then.
        if !failed {
            journal.remove()?;
        }
        self.closed.insert(block, path);
        Ok(())
    }

    /// Every finished run, in the order of runs.
    pub fn each(&mut self, mut take: impl FnMut(FinishedRun)) -> Result<(), StudyError> {
        let blocks: std::collections::BTreeSet<u64> =
            self.open.keys().chain(self.closed.keys()).copied().collect();
        for block in blocks {
            if let Some(path) = self.closed.get(&block) {
                BlockReceipt::read(path)?.runs.into_iter().for_each(&mut take);
            } else if let Some(journal) = self.open.get_mut(&block) {
                journal.in_order(|r| {
                    take(FinishedRun {
                        run_id: r.run_id,
                        error: r.error,
                        wall_s: r.wall_s,
                        indicators: r.indicators,
                        persons: r.persons,
                    });
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// The receipts of the closed blocks.
    pub fn receipts(&self) -> &BTreeMap<u64, PathBuf> {
        &self.closed
    }
}

/// Two processes must not write the same blocks.
fn lock(parts: &Path) -> Result<File, StudyError> {
    let path = parts.join(names::LOCK);
    let file = File::create(&path).map_err(StudyError::io("create", &path))?;
    // A file system without locks gives another error: nothing better can be done there.
    if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
        let message = format!(
            "another process is running the study in {}",
            parts.parent().unwrap_or(parts).display()
        );
        return Err(StudyError::failed(
            message,
            "wait for it, or give each shard a directory of its own",
        ));
    }
    Ok(file)
}

/// The receipts of closed blocks in a study directory.
pub(crate) fn receipts_in(directory: &Path) -> Result<BTreeMap<u64, PathBuf>, StudyError> {
    let parts = directory.join(names::PARTS);
    let mut found = BTreeMap::new();
    if !parts.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(&parts).map_err(StudyError::io("read", &parts))? {
        let path = entry.map_err(StudyError::io("read", &parts))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let number = name
            .strip_prefix(names::BLOCK)
            .and_then(|n| n.strip_suffix(".done"))
            .and_then(|n| n.parse().ok());
        if let Some(block) = number {
            found.insert(block, path);
        }
    }
    Ok(found)
}

/// The tables that parts are written of: what the study keeps, and the indicators.
pub(crate) fn table_options(plan: &Plan, names: domain::Names) -> TableOptions {
    let mut tables = plan.study.output.tables.clone();
    tables.insert(Table::Indicators);
    let selection = Selection { tables, kinds: plan.base.scenario.record.selection.kinds.clone() };
    TableOptions { selection, ..TableOptions::new(plan.provenance(names)) }
}

fn journal_name(block: u64) -> String {
    format!("{}{block:06}.journal", names::BLOCK)
}

fn receipt_name(block: u64) -> String {
    format!("{}{block:06}.done", names::BLOCK)
}
