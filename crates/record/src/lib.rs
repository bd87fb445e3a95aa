//! What happened, on disk: the tables of runs and everything that is read from tables.
//!
//! - [`Table`], [`ColumnSpec`]: the tables and their columns, in one place; [`tables_json`] and
//!   [`tables_markdown`] list them.
//! - [`Writer`]: writes the tables of a run on a thread of its own; [`RunTables`]: the same on the
//!   calling thread.
//! - [`WriterState`]: what a checkpoint keeps of the tables.
//! - [`PartWriter`], [`join_table`]: blocks of runs of a study, and their joining.
//! - [`OwnTable`]: a small table with columns of the caller's choice.
//! - [`Provenance`]: what every file says about its run.
//! - [`Manifest`]: what a directory holds and which [`InputFile`]s it came from;
//!   [`claim_directory`]: when it may be written to, and by whom ([`DirectoryLock`]).
//! - [`names`]: what files of a run or study are called; [`remove_parts`]: ends of what is joined
//!   in the end.
//! - [`read_table`], [`read_facts`]: the tables of a run, read back; [`scan_columns`]: some columns
//!   of any of them; [`table_in_memory`], [`own_table_in_memory`]: one made from rows without a file, [`each_row`]: its
//!   cells.
//! - [`outlive_file_size_limit`]: lets a run end properly at `ulimit -f`.
//! - [`RecordError`]: what can go wrong.

mod columns;
mod directory;
mod encode;
mod error;
mod files;
mod limits;
mod lock;
mod manifest;
mod memory;
pub mod names;
mod provenance;
mod read;
mod schema;
mod write;

#[cfg(test)]
mod tests;

pub use arrow_array::RecordBatch;
pub use directory::{
    Claim, DirectoryMode, Prepared, claim_directory, is_same_directory, remove_part_files,
    remove_parts,
};
pub use domain::Rows;
pub use error::RecordError;
pub use files::TableFile;
pub use limits::outlive_file_size_limit;
pub use lock::DirectoryLock;
pub use manifest::{
    InputFile, MANIFEST, Manifest, RunStatus, Software, changed_input, sha256, write_atomically,
};
pub use memory::{each_row, own_table_in_memory, table_in_memory};
pub use provenance::Provenance;
pub use read::{
    Frame, FrameColumn, RecordedFact, TableHead, WordColumn, read_batches, read_facts, read_file,
    read_head, read_table, scan_columns,
};
pub use schema::{ColumnSpec, Encoding, Kind, NameList, Table, tables_json, tables_markdown};
pub use write::{
    OwnTable, PartFile, PartWriter, RunTables, Selection, TableOptions, TableState, Value, Writer,
    WriterState, join_table,
};
