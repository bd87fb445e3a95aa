//! Columns in memory: rows on their way to a row group.

mod buffer;
mod cell;
mod column;

pub(crate) use buffer::{Buffer, new_buffers};
pub(crate) use cell::Cell;
pub(crate) use column::{Column, Page};
