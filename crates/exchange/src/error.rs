//! Why something was not exported.

use record::RecordError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why something was not exported.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// A table cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file cannot be written.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file cannot be written in its format.
    #[error("{path}: {message}")]
    Format {
        /// Which.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The directory lacks what the export is made of.
    #[error("{directory}: {message}")]
    Missing {
        /// Of the run or study.
        directory: PathBuf,
        /// What.
        message: String,
    },
    /// There is something already where the export was to go.
    #[error("{0} exists")]
    Exists(PathBuf),
    /// What was asked for does not fit.
    #[error("{0}")]
    Asked(String),
}

impl ExchangeError {
    /// For `map_err` on what touches a file.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Io { path: path.to_owned(), error }
    }

    /// For `map_err` on what encodes a file.
    pub(crate) fn format<E: ToString>(path: &Path) -> impl FnOnce(E) -> Self + '_ {
        move |error| Self::Format { path: path.to_owned(), message: error.to_string() }
    }

    pub(crate) fn missing(directory: &Path, message: impl Into<String>) -> Self {
        Self::Missing { directory: directory.to_owned(), message: message.into() }
    }
}
