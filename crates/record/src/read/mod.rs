//! Reading: series, sessions, people, designs, and the tables of a run.

mod cells;
mod csv_file;
mod data_table;
mod facts;
mod frame;
mod instant;
mod parquet_file;
mod people;
mod run;
mod series;
mod sessions;

pub use data_table::{Cell, DataColumn, DataTable};
pub use facts::{RecordedFact, read_facts};
pub use frame::{Frame, FrameColumn, TableHead, WordColumn, read_head, scan_columns};
pub use people::{Allowed, PEOPLE_COLUMNS, PeopleColumn, read_people};
pub use run::{read_batches, read_table};
pub use series::{parse_series, read_series};
pub use sessions::{Moment, SessionRecord, parse_sessions, read_sessions};
