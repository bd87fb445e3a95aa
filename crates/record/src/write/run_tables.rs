//! All tables of a run (or of a block of runs), written side by side.

use super::TableOptions;
use super::table_writer::{KindMask, Sink, TableState, TableWriter};
use crate::encode::Encoder;
use crate::files::{JoinFile, Layout, TableFile};
use crate::{RecordError, Table, names, remove_parts};
use domain::Rows;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a checkpoint keeps of the tables. The row groups that are already closed stay where they
/// are, as part files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriterState {
    row_group: usize,
    tables: Vec<TableState>,
}

/// The tables of a run, written by the calling thread; [`crate::Writer`] does the same on a thread
/// of its own.
///
/// A file is called `<table>.parquet.tmp` until [`RunTables::close`] has written all of them.
pub struct RunTables {
    tables: Vec<TableWriter>,
    encoder: Encoder,
    row_group: usize,
    /// The run's directory, where it has part files.
    resumable: Option<PathBuf>,
}

impl RunTables {
    /// Starts the tables of `directory`, which must exist. Row groups go straight into the files;
    /// there are no checkpoints.
    ///
    /// # Errors
    /// [`RecordError::Io`] if a file cannot be created.
    pub fn create(directory: &Path, options: &TableOptions) -> Result<Self, RecordError> {
        Self::with_names(directory, options, Table::file_name)
    }
    /// The same with other file names.
    pub(super) fn with_names(
        directory: &Path,
        options: &TableOptions,
        name: impl Fn(Table) -> String,
    ) -> Result<Self, RecordError> {
        Self::with_sinks(options, |table, layout| {
            JoinFile::create(&directory.join(name(table)), layout)
                .map(|file| Sink::File(Box::new(file)))
        })
    }
    /// Starts the tables of `directory` so that [`RunTables::state`] is worth saving: each full row
    /// group becomes a part file under `parts/` and the files are joined at the end. They come out
    /// byte for byte the same.
    ///
    /// # Errors
    /// [`RecordError::Io`] if the directory of parts cannot be created.
    pub fn create_resumable(directory: &Path, options: &TableOptions) -> Result<Self, RecordError> {
        let parts = directory.join(names::PARTS);
        std::fs::create_dir_all(&parts).map_err(RecordError::io("create", &parts))?;
        let sink = |table: Table| Sink::Parts {
            directory: parts.clone(),
            path: directory.join(table.file_name()),
            parts: Vec::new(),
        };
        let tables = Self::with_sinks(options, |table, _| Ok(sink(table)))?;
        Ok(Self { resumable: Some(directory.to_owned()), ..tables })
    }
    /// Goes on with the tables of `directory` from a saved state.
    ///
    /// # Errors
    /// [`RecordError::Resume`] if the state belongs to other tables, or a part file is missing or
    /// has changed.
    pub fn resume(
        directory: &Path,
        options: &TableOptions,
        state: WriterState,
    ) -> Result<Self, RecordError> {
        let mut this = Self::create_resumable(directory, options)?;
        if state.row_group != this.row_group || state.tables.len() != this.tables.len() {
            return Err(RecordError::Resume(
                "the record settings (tables, row_group) have changed".to_owned(),
            ));
        }
        for (table, saved) in this.tables.iter_mut().zip(state.tables) {
            table.restore(saved)?;
        }
        Ok(this)
    }
    fn with_sinks(
        options: &TableOptions,
        sink: impl Fn(Table, &Layout) -> Result<Sink, RecordError>,
    ) -> Result<Self, RecordError> {
        let kinds = KindMask::new(options.selection.kinds.iter().copied());
        let mut tables = Vec::new();
        for &table in &options.selection.tables {
            let layout = Layout::of_table(table, &options.provenance)?;
            let sink = sink(table, &layout)?;
            tables.push(TableWriter::new(table, layout, options.row_group, kinds, sink));
        }
        Ok(Self { tables, encoder: Encoder::new()?, row_group: options.row_group, resumable: None })
    }
    /// Appends rows of run `run_id` to the tables that are written. Runs come in ascending order.
    ///
    /// # Errors
    /// [`RecordError::Io`] if a file cannot be written, [`RecordError::RunOrder`],
    /// [`RecordError::UnknownName`].
    pub fn append(&mut self, run_id: i64, rows: &Rows) -> Result<(), RecordError> {
        self.tables.iter_mut().try_for_each(|table| table.append(run_id, rows, &mut self.encoder))
    }
    /// The state for a checkpoint; only of use if the tables were
    /// [resumable](RunTables::create_resumable) from the start.
    pub fn state(&self) -> WriterState {
        WriterState {
            row_group: self.row_group,
            tables: self.tables.iter().map(TableWriter::state).collect(),
        }
    }
    /// Writes what is left, then gives all files their final names. If one cannot be written, none
    /// gets its name.
    ///
    /// # Errors
    /// [`RecordError::Io`] if a file cannot be written.
    pub fn close(self) -> Result<Vec<TableFile>, RecordError> {
        let resumable = self.resumable.clone();
        let files = self.suspend()?;
        resumable.map_or(Ok(()), |directory| remove_parts(&directory))?;
        Ok(files)
    }
    /// The same for a run that ends early: its part files stay, so that it can be taken up from its
    /// last checkpoint.
    ///
    /// # Errors
    /// [`RecordError::Io`] if a file cannot be written.
    pub fn suspend(self) -> Result<Vec<TableFile>, RecordError> {
        let mut encoder = self.encoder;
        let finished = self
            .tables
            .into_iter()
            .map(|table| table.finish(&mut encoder))
            .collect::<Result<Vec<_>, _>>()?;
        finished.into_iter().map(crate::files::FinishedFile::publish).collect()
    }
}
