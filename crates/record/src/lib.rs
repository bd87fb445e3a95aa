//! What happened, on disk: the tables of runs and everything that is read from tables.
//!
//! - [`Table`], [`ColumnSpec`]: the tables and their columns, in one place; [`tables_json`] and [`tables_markdown`] list them.
//! - [`Writer`]: writes the tables of a run on a thread of its own; [`RunTables`]: the same on the calling thread.
//! - [`WriterState`]: what a checkpoint keeps of the tables.
//! - [`PartWriter`], [`join_table`]: blocks of runs of a study, and their joining.
//! - [`Provenance`]: what every file says about its run.
//! - [`RecordError`]: what can go wrong.

mod columns;
mod error;
mod files;
mod provenance;
mod schema;
mod write;

pub use domain::Rows;
pub use error::RecordError;
pub use files::TableFile;
pub use provenance::Provenance;
pub use schema::{ColumnSpec, Encoding, Kind, NameList, Table, tables_json, tables_markdown};
pub use write::{PartFile, PartWriter, RunTables, Selection, TableOptions, TableState, Writer, WriterState, join_table};
