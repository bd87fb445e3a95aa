//! A user's own files: how tables are written, what stands in a cell, when it was.
//!
//! - [`TableFile`]: a CSV or Parquet file, its header read; [`DataTable`]: the cells of the wanted
//!   columns, each with its line; [`Cell`], [`DataColumn`]: what it is made of.
//! - [`TimedSeries`]: a column of numbers on a regular grid of time, asked for by [`SeriesAsk`];
//!   [`Clock`]: where its rows lie; [`Mending`], [`Gaps`], [`Order`]: what is made of missing and
//!   unordered rows; [`Unit`]: what its numbers are.
//! - [`parse_series`]: one column of numbers, row after row.
//! - [`SessionRecord`]: charging sessions, read by [`read_sessions`]; [`Moment`]: an instant with
//!   its local reading.
//! - [`TableError`]: what can be wrong, with file and line.

mod cell;
mod columns;
mod csv;
mod data_table;
mod error;
mod file;
mod instant;
mod number;
mod parquet;
mod series;
mod sessions;
mod unit;

pub use cell::Cell;
pub use columns::parse_series;
pub use data_table::{DataColumn, DataTable, did_you_mean};
pub use error::TableError;
pub use file::TableFile;
pub use instant::{Moment, moment, zone};
pub use jiff::tz::TimeZone;
pub use number::flag;
pub use series::{Clock, Gaps, Means, Mending, Order, SeriesAsk, TimedSeries};
pub use sessions::{SessionRecord, parse_sessions, read_sessions};
pub use unit::{Unit, unit_of_name};
