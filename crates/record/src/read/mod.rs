//! Reading: the tables of a run.

mod facts;
mod frame;
mod run;

pub use facts::{RecordedFact, read_facts};
pub use frame::{Frame, FrameColumn, TableHead, WordColumn, read_head, scan_columns};
pub use run::{read_batches, read_file, read_table};
