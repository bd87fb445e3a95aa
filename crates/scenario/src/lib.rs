//! reader only
pub mod reader;
