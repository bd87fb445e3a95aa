//! A directory that is to be exported.

use crate::ExchangeError;
use record::{Frame, Manifest, RunStatus, TableFile};
use std::path::{Path, PathBuf};

/// The directory of a run or study that has ended.
#[derive(Debug)]
pub struct Source {
    /// Where it is.
    pub directory: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

impl Source {
    /// Opens a directory.
    ///
    /// # Errors
    /// [`ExchangeError::Record`] if it has no manifest, [`ExchangeError::Missing`] if it is still
    /// being written.
    pub fn open(directory: &Path) -> Result<Self, ExchangeError> {
        let manifest = Manifest::read(directory)?;
        if manifest.status == RunStatus::Running {
            let message = "is still being written; wait for its end";
            return Err(ExchangeError::missing(directory, message));
        }
        Ok(Self { directory: directory.to_owned(), manifest })
    }

    /// The tables that lie there.
    pub fn tables(&self) -> &[TableFile] {
        &self.manifest.tables
    }

    /// The file of a table, if the table was written.
    pub fn table(&self, name: &str) -> Option<PathBuf> {
        let found = self.tables().iter().find(|t| t.table == name)?;
        Some(self.directory.join(&found.file))
    }

    /// The file of a table without which there is nothing to export.
    pub(crate) fn needed(&self, name: &str) -> Result<PathBuf, ExchangeError> {
        self.table(name).ok_or_else(|| {
            let message = format!(
                "has no table `{name}`; run with `--set record.tables=[]` left out, or keep it by \
                 `[output] tables` in a study"
            );
            ExchangeError::missing(&self.directory, message)
        })
    }

    /// Hands some columns of a table to `each`; does nothing if the table was not written.
    pub(crate) fn scan(
        &self,
        table: &str,
        columns: &[&str],
        each: impl FnMut(&Frame),
    ) -> Result<(), ExchangeError> {
        match self.table(table) {
            Some(path) => Ok(record::scan_columns(&path, columns, each)?),
            None => Ok(()),
        }
    }
}

/// Makes a directory that must not be there yet.
pub fn new_directory(path: &Path) -> Result<(), ExchangeError> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(ExchangeError::io(parent))?;
    }
    match std::fs::create_dir(path) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(ExchangeError::Exists(path.to_owned()))
        }
        other => other.map_err(ExchangeError::io(path)),
    }
}

/// Writes a small text file.
pub fn write_text(path: &Path, text: &str) -> Result<(), ExchangeError> {
    std::fs::write(path, text).map_err(ExchangeError::io(path))
}
