//! Parquet files: their layout, and joining row groups by byte copy.

mod join;
mod layout;

pub(crate) use join::{FinishedFile, JoinFile, hexadecimal, with_suffix};
pub use join::TableFile;
pub(crate) use layout::Layout;
