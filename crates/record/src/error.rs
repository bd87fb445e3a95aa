//! What can go wrong with files.

use std::path::{Path, PathBuf};

/// A file or directory could not be written or read as wanted.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}{}", path.display(), remedy(source))]
    Io {
        /// What was tried: `write`, `create`, `read`, ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The Parquet library refused.
    #[error("{}: {message}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What it said.
        message: String,
    },
    /// A row carries a number of a name that the run's list of names lacks.
    #[error("table {table}, column {column}: number {number}, but only {known} names are known")]
    UnknownName {
        /// Table.
        table: String,
        /// Column.
        column: String,
        /// The number.
        number: u16,
        /// How many names there are.
        known: usize,
    },
    /// A row does not fit its table.
    #[error("table {table}, column `{column}`: {message}")]
    Row {
        /// Table.
        table: String,
        /// Column; empty if the row as a whole does not fit.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// Runs must come in ascending order.
    #[error("rows of run {got} after rows of run {last}: runs must be written in ascending order")]
    RunOrder {
        /// The last run written.
        last: i64,
        /// The run offered.
        got: i64,
    },
    /// A saved writer does not belong to these tables or files.
    #[error("cannot resume the tables: {0}")]
    Resume(String),
    /// The writer has already stopped because of an earlier error.
    #[error("the writer of the tables has stopped because of an earlier error")]
    Stopped,
    /// A directory must not be written to.
    #[error("{} already exists; choose another directory with -o, or --overwrite to replace it", .0.display())]
    Exists(PathBuf),
    /// Another process writes to a directory.
    #[error("{} is being written to by {holder}; wait for it, or choose another directory with -o", directory.display())]
    Locked {
        /// The directory.
        directory: PathBuf,
        /// Who: process, host, since when.
        holder: String,
    },
    /// A path that should be a directory is a file.
    #[error("{} is not a directory; choose another directory with -o", .0.display())]
    NotADirectory(PathBuf),
    /// A directory without a manifest was to be read or resumed.
    #[error("{} holds no gridflock manifest (manifest.json); is it the directory of a run?", .0.display())]
    NoManifest(PathBuf),
    /// A file's content is not as it should be.
    #[error("{}{}: {message}", path.display(), place(*line, column.as_deref()))]
    Content {
        /// The file.
        path: PathBuf,
        /// 1-based line (CSV) or row (Parquet), if the error has one.
        line: Option<u64>,
        /// Column, if the error has one.
        column: Option<String>,
        /// What is wrong, and what is allowed.
        message: String,
    },
}

fn place(line: Option<u64>, column: Option<&str>) -> String {
    let line = line.map(|l| format!(":{l}")).unwrap_or_default();
    let column = column.map(|c| format!(" column `{c}`")).unwrap_or_default();
    format!("{line}{column}")
}

fn remedy(source: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{
        FileTooLarge, NotFound, PermissionDenied, ReadOnlyFilesystem, StorageFull,
    };
    match source.kind() {
        StorageFull => "; free some space or choose a directory on another disk with -o",
        FileTooLarge => "; raise the file size limit (ulimit -f) or write fewer tables",
        PermissionDenied | ReadOnlyFilesystem => {
            "; choose a directory that you may write to with -o"
        }
        NotFound => "; has the directory been moved or deleted?",
        _ => "",
    }
}

impl RecordError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
    /// A Parquet error; an I/O error inside of it comes out as such.
    pub(crate) fn parquet(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.to_owned();
        move |error| match error {
            parquet::errors::ParquetError::External(inner) => {
                match inner.downcast::<std::io::Error>() {
                    Ok(source) => Self::Io { action, path, source: *source },
                    Err(other) => Self::Parquet { path, message: other.to_string() },
                }
            }
            other => Self::Parquet { path, message: other.to_string() },
        }
    }
    pub(crate) fn content(
        path: &Path,
        line: Option<u64>,
        column: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        Self::Content {
            path: path.to_owned(),
            line,
            column: column.map(str::to_owned),
            message: message.into(),
        }
    }
}
