//! Writing the tables of runs.

mod own_table;
mod part;
mod run_tables;
mod selection;
mod table_writer;
mod thread;

pub(crate) use own_table::push_row;
pub use own_table::{OwnTable, Value};
pub use part::{PartWriter, join_table};
pub use run_tables::{RunTables, WriterState};
pub use selection::{Selection, TableOptions};
pub use table_writer::{PartFile, TableState};
pub use thread::Writer;
