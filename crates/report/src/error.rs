//! What can go wrong with reports and pictures.

use record::RecordError;
use std::fmt::Display;

/// A report or a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The tables cannot be read, or the page cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The library that draws refused.
    #[error("cannot draw: {0}")]
    Drawing(String),
    /// There is no chart of this name.
    #[error("there is no chart `{name}` of this directory; there are {}", .known.join(", "))]
    NoChart {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The file's ending names no kind of picture.
    #[error("{0}: a picture ends in .svg or .png")]
    NoPicture(String),
}

impl ReportError {
    pub(crate) fn drawing(error: impl Display) -> Self {
        Self::Drawing(error.to_string())
    }
}
