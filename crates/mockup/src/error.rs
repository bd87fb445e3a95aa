//! Why a unit gives no numbers.

use std::path::{Path, PathBuf};

/// Why a unit gives no numbers, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", path.display())]
pub struct UnitError {
    /// The unit.
    pub path: PathBuf,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl UnitError {
    /// What is wrong with a unit, and what to do.
    pub(crate) fn new(path: &Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into(), help: help.into() }
    }
}
