//! Columns in memory: rows on their way to a row group.

mod buffer;
mod bits;

pub(crate) use buffer::{Buffer, new_buffers};
