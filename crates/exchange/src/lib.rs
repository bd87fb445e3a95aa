//! A run or study in other people's formats.
//!
//! - [`write_ocel`]: an object-centric event log (OCEL 2.0), as process mining reads it.
//! - [`write_dataset`]: all tables in a documented dataset: Croissant, Data Package, RO-Crate; as
//!   Parquet, CSV or Feather, whole or in partitions.
//! - [`write_ocpi`], [`write_ocpi_terms`], [`read_terms`]: OCPI, the protocol of charge point
//!   operators, both ways; [`OcpiTariff`] says what a [`Use`] costs.
//! - [`ExchangeError`]: what can go wrong.

mod dataset;
mod error;
mod formats;
mod ocel;
mod ocpi;
mod plain;
mod source;

pub use dataset::{DatasetOptions, Partition, write_dataset};
pub use error::ExchangeError;
pub use formats::Format;
pub use ocel::{OcelFilter, write_ocel};
pub use ocpi::{
    Cost, ImportedTerms, OcpiExport, OcpiTariff, OcpiVersion, Reserved, ScenarioTerms, Stretch,
    Terms, Use, read_terms, write_ocpi, write_ocpi_terms,
};
pub use source::Source;

/// A file that was written, and how many rows or objects it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name in the directory that was asked for.
    pub file: String,
    /// Rows of a table, objects of a JSON Lines file.
    pub rows: u64,
}
