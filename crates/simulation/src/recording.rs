//! Where the rows of a run go: through the indicators into memory or into tables on disk.

use crate::assemble::Prepared;
use crate::error::SimulationError;
use crate::inputs::{self, InputRow};
use crate::world::Sink;
use agents::Log;
use domain::{IndicatorRow, Rows};
use indicators::Accumulator;
use record::{Provenance, RecordError, RunTables, Table, TableFile, Writer, WriterState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What is kept of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Nothing, not even indicators: rows are thrown away when [watchers](crate::Simulation::watch)
    /// have seen them.
    Nothing,
    /// The same, and most rows are not even written: watchers see balances, bookings, stays and
    /// ledger, no prices, and no facts but those that say who was turned away too late.
    Settlements,
    /// Indicators; the rows behind them are forgotten.
    #[default]
    Indicators,
    /// Indicators, and the rows of these tables in memory.
    Memory(BTreeSet<Table>),
    /// Indicators, and the tables that the scenario selects in a directory, which is
    /// [ready](record::claim_directory).
    Directory {
        /// The directory.
        path: PathBuf,
        /// Whether [`save`](crate::Simulation::save) is to work: row groups are kept as part files
        /// until the end. The tables come out the same.
        resumable: bool,
    },
}

impl Recording {
    /// All tables in memory.
    pub fn all_in_memory() -> Self {
        Self::Memory(Table::ALL.iter().copied().collect())
    }

    /// Which rows are written for it.
    pub(crate) fn log(&self) -> Log {
        if *self == Self::Settlements { Log::Settlements } else { Log::Full }
    }

    /// The kind in words, for messages.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Settlements => "no record",
            Self::Indicators => "indicators alone",
            Self::Memory(_) => "tables in memory",
            Self::Directory { .. } => "tables in a directory",
        }
    }
}

/// What is left when a run is finished.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// The indicators; none if nothing was recorded.
    pub indicators: Vec<IndicatorRow>,
    /// The tables that were written.
    pub tables: Vec<TableFile>,
    /// The inputs that were accepted, in the order in which they act.
    pub inputs: Vec<InputRow>,
    /// The rows that were kept in memory.
    pub rows: Rows,
    /// Whether the run got to its end.
    pub complete: bool,
}

/// Who sees the rows of each window as they come, besides whoever keeps them.
pub type Watcher = Box<dyn FnMut(&Rows) + Send + Sync>;

/// Takes the rows of one run.
pub(crate) struct Recorder {
    indicators: Option<Box<Accumulator>>,
    kept: Kept,
    watcher: Option<Watcher>,
}

enum Kept {
    Nothing,
    Memory { tables: BTreeSet<Table>, full: Vec<Arc<Rows>>, last: Box<Rows> },
    Directory { path: PathBuf, writer: Box<Writer>, resumable: bool },
}

/// Rows in memory are kept in pieces of so many, which forks share.
const PIECE: usize = 4096;

/// A recorder's part of a saved state.
#[derive(Serialize, Deserialize)]
pub(crate) enum Saved {
    Nothing,
    Indicators(Box<Accumulator>),
    Memory(Box<Accumulator>, BTreeSet<Table>, Box<Rows>),
    Directory(Box<Accumulator>, WriterState),
}

impl Recorder {
    /// A recorder at the beginning of a run.
    pub fn open(
        recording: &Recording,
        prepared: &Prepared,
        indicators: Accumulator,
    ) -> Result<Self, RecordError> {
        let kept = match recording {
            Recording::Nothing | Recording::Settlements | Recording::Indicators => Kept::Nothing,
            Recording::Memory(tables) => {
                Kept::Memory { tables: tables.clone(), full: Vec::new(), last: Box::default() }
            }
            Recording::Directory { path, resumable } => {
                let options = prepared.table_options();
                let tables = if *resumable {
                    RunTables::create_resumable(path, &options)?
                } else {
                    RunTables::create(path, &options)?
                };
                Kept::Directory {
                    path: path.clone(),
                    writer: Box::new(Writer::spawn(tables)?),
                    resumable: *resumable,
                }
            }
        };
        let counts = !matches!(recording, Recording::Nothing | Recording::Settlements);
        let indicators = counts.then(|| Box::new(indicators));
        Ok(Self { indicators, kept, watcher: None })
    }

    /// A recorder that goes on from a saved state.
    pub fn restore(
        saved: Saved,
        recording: &Recording,
        prepared: &Prepared,
    ) -> Result<Self, SimulationError> {
        let was = match &saved {
            Saved::Nothing => "no record",
            Saved::Indicators(_) => "indicators alone",
            Saved::Memory(..) => "tables in memory",
            Saved::Directory(..) => "tables in a directory",
        };
        let (indicators, kept) = match (saved, recording) {
            (Saved::Nothing, Recording::Nothing | Recording::Settlements) => (None, Kept::Nothing),
            (Saved::Indicators(i), Recording::Indicators) => (Some(i), Kept::Nothing),
            (Saved::Memory(i, tables, rows), Recording::Memory(wanted)) if tables == *wanted => {
                (Some(i), Kept::Memory { tables, full: Vec::new(), last: rows })
            }
            (Saved::Directory(i, state), Recording::Directory { path, .. }) => {
                let tables = RunTables::resume(path, &prepared.table_options(), state)?;
                let writer = Box::new(Writer::spawn(tables)?);
                (Some(i), Kept::Directory { path: path.clone(), writer, resumable: true })
            }
            _ => {
                return Err(SimulationError::OtherRecording {
                    saved: was,
                    wanted: recording.words(),
                });
            }
        };
        Ok(Self { indicators, kept, watcher: None })
    }

    /// What a saved state keeps of it; none where tables on disk are not resumable.
    pub fn save(&mut self) -> Result<Option<Saved>, RecordError> {
        let Some(indicators) = self.indicators.clone() else { return Ok(Some(Saved::Nothing)) };
        Ok(match &mut self.kept {
            Kept::Nothing => Some(Saved::Indicators(indicators)),
            Kept::Memory { tables, full, last } => Some(Saved::Memory(
                indicators,
                tables.clone(),
                Box::new(joined(full.clone(), (**last).clone())),
            )),
            Kept::Directory { resumable: false, .. } => None,
            Kept::Directory { writer, .. } => Some(Saved::Directory(indicators, writer.state()?)),
        })
    }

    /// A recorder for a fork: rows in memory are shared; tables on disk stay the original's, the
    /// fork counts into indicators.
    pub fn fork(&self) -> Self {
        let kept = match &self.kept {
            Kept::Memory { tables, full, last } => {
                Kept::Memory { tables: tables.clone(), full: full.clone(), last: last.clone() }
            }
            Kept::Nothing | Kept::Directory { .. } => Kept::Nothing,
        };
        Self { indicators: self.indicators.clone(), kept, watcher: None }
    }

    /// Shows the rows of each window to somebody.
    pub fn watch(&mut self, watcher: Option<Watcher>) {
        self.watcher = watcher;
    }

    /// The indicators so far, `waiting` rows included.
    pub fn figures(&self, waiting: &Rows) -> Option<Vec<IndicatorRow>> {
        let mut so_far = self.indicators.clone()?;
        so_far.absorb(waiting);
        Some(so_far.finish())
    }

    /// Writes the indicators as the last table and closes all of them. Of a run that ends early
    /// what its last saved state needs stays.
    pub fn finish(
        self,
        complete: bool,
        inputs: Vec<InputRow>,
        provenance: &Provenance,
    ) -> Result<Finished, RecordError> {
        let indicators = self.indicators.map_or_else(Vec::new, |i| i.finish());
        let mut finished = Finished { indicators, inputs, complete, ..Finished::default() };
        match self.kept {
            Kept::Nothing => {}
            Kept::Memory { tables, full, last } => {
                finished.rows = joined(full, *last);
                if tables.contains(&Table::Indicators) {
                    finished.rows.indicators.clone_from(&finished.indicators);
                }
            }
            Kept::Directory { path, mut writer, .. } => {
                let figures = finished.indicators.clone();
                writer.send(0, Rows { indicators: figures, ..Rows::default() })?;
                finished.tables = if complete { writer.close()? } else { writer.suspend()? };
                if !finished.inputs.is_empty() {
                    finished.tables.push(inputs::write(&path, &finished.inputs, provenance)?);
                }
            }
        }
        Ok(finished)
    }
}

impl Sink for Recorder {
    fn take(&mut self, rows: &mut Rows) -> Result<(), String> {
        if rows.count() == 0 {
            return Ok(());
        }
        if let Some(indicators) = &mut self.indicators {
            indicators.absorb(rows);
        }
        match &mut self.kept {
            Kept::Nothing => rows.clear(),
            Kept::Memory { tables, .. } if tables.is_empty() => rows.clear(),
            Kept::Memory { tables, full, last } => {
                forget_others(rows, tables);
                last.append(rows);
                if last.count() >= PIECE {
                    full.push(Arc::new(std::mem::take(&mut **last)));
                }
            }
            Kept::Directory { writer, .. } => {
                *rows = writer.send(0, std::mem::take(rows)).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    fn watches(&self) -> bool {
        self.watcher.is_some()
    }

    fn keeps(&self) -> bool {
        self.indicators.is_some() || !matches!(self.kept, Kept::Nothing)
    }

    fn see(&mut self, rows: &Rows) {
        if let Some(watcher) = &mut self.watcher {
            watcher(rows);
        }
    }
}

/// Pieces as one.
fn joined(full: Vec<Arc<Rows>>, mut last: Rows) -> Rows {
    let mut all = Rows::default();
    for piece in full {
        let mut piece = Arc::unwrap_or_clone(piece);
        all.append(&mut piece);
    }
    all.append(&mut last);
    all
}

/// Forgets the rows of tables that are not kept, and indicators.
pub fn forget_others(rows: &mut Rows, kept: &BTreeSet<Table>) {
    macro_rules! forget {
        ($($field:ident: $table:ident($row:ty),)*) => {
            $(if !kept.contains(&Table::$table) {
                rows.$field.clear();
            })*
        };
    }
    domain::each_table!(forget);
    rows.indicators.clear();
}
