//! Parquet files: their layout, encoding one row group, joining row groups by byte copy.

mod encode;
mod join;
mod layout;

pub(crate) use encode::encode_row_group;
pub(crate) use join::{FinishedFile, JoinFile, hexadecimal, with_suffix};
pub use join::TableFile;
pub(crate) use layout::Layout;
