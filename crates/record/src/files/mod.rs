//! Parquet files: their layout, and joining row groups by byte copy.

mod join;
mod layout;

pub use join::TableFile;
pub(crate) use join::{FinishedFile, JoinFile, hexadecimal, with_suffix};
pub(crate) use layout::Layout;
