//! Columns in memory: rows on their way to a row group.

mod bits;
mod buffer;

pub(crate) use buffer::{Buffer, new_buffers, reserve};
