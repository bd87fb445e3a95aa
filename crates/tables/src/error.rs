//! What can be wrong with a user's file.

use std::path::{Path, PathBuf};

/// A user's table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
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

impl TableError {
    /// The operating system refused to read a file.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
    /// A file as a whole is not as it should be.
    pub fn file(path: &Path, message: impl Into<String>) -> Self {
        Self::content(path, None, None, message)
    }
    /// A line, a column or a cell is not as it should be.
    pub fn content(
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
