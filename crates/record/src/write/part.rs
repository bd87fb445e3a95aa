//! Studies: fixed blocks of runs as part files, joined in run order at the end.

use super::{RunTables, TableOptions};
use crate::files::{JoinFile, Layout, TableFile};
use crate::{Provenance, RecordError, Rows, Table, names};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Writes the tables of one block of runs as part files `<table>.<block>.parquet`.
///
/// Blocks are fixed ranges of runs, whichever shard or thread computes them, so the joined file is
/// always the same.
pub struct PartWriter {
    tables: RunTables,
}

impl PartWriter {
    /// Starts the parts of block `block` in `directory`, which must exist.
    ///
    /// # Errors
    /// [`RecordError::Io`] if a file cannot be created.
    pub fn create(
        directory: &Path,
        block: u64,
        options: &TableOptions,
    ) -> Result<Self, RecordError> {
        let tables =
            RunTables::with_names(directory, options, |table| Self::file_name(table, block))?;
        Ok(Self { tables })
    }
    /// The name of a block's part of a table.
    pub fn file_name(table: Table, block: u64) -> String {
        names::block_part(table, block)
    }
    /// Appends a run's rows. Runs come in ascending order.
    ///
    /// # Errors
    /// As for [`RunTables::append`].
    pub fn append(&mut self, run_id: i64, rows: &Rows) -> Result<(), RecordError> {
        self.tables.append(run_id, rows)
    }
    /// Closes the parts and gives them their names.
    ///
    /// # Errors
    /// As for [`RunTables::close`].
    pub fn close(self) -> Result<Vec<TableFile>, RecordError> {
        self.tables.close()
    }
}

/// Joins a table's parts, in the given order, into the file `path`. Column chunks are copied as
/// they are.
///
/// # Errors
/// [`RecordError::Io`] if a part cannot be read or the file not be written,
/// [`RecordError::Parquet`] if a part is of another table.
pub fn join_table(
    table: Table,
    provenance: &Provenance,
    parts: &[PathBuf],
    path: &Path,
) -> Result<TableFile, RecordError> {
    join(&Layout::of_table(table, provenance)?, parts, path)
}

pub(crate) fn join(
    layout: &Layout,
    parts: &[PathBuf],
    path: &Path,
) -> Result<TableFile, RecordError> {
    let mut file = JoinFile::create(path, layout)?;
    for part in parts {
        let content = File::open(part).map_err(RecordError::io("read", part))?;
        file.append(&content, part)?;
    }
    file.finish()?.publish()
}
