//! A user's file, opened: the names of its columns, and the cells of those that are wanted.

use crate::csv::CsvText;
use crate::parquet::ParquetTable;
use crate::{Cell, DataTable, TableError, did_you_mean};
use std::path::{Path, PathBuf};

/// A `.csv` (also `.tsv`, `.txt`) or `.parquet` file whose header is read.
#[derive(Debug)]
pub struct TableFile {
    path: PathBuf,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Csv(CsvText),
    Parquet(ParquetTable),
}

impl TableFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`TableError::Io`] if it cannot be read; [`TableError::Content`] if it is not such a table,
    /// has no header or names a column twice.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let extension =
            path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let content = match extension.as_str() {
            "csv" | "tsv" | "txt" => {
                let bytes = std::fs::read(path).map_err(TableError::io(path))?;
                Content::Csv(CsvText::decode(path, bytes)?)
            }
            "parquet" | "pq" => Content::Parquet(ParquetTable::open(path)?),
            other => {
                let message =
                    format!("ends in `.{other}`; tables are read from `.csv` and `.parquet` files");
                return Err(TableError::file(path, message));
            }
        };
        Self { path: path.to_owned(), content }.checked()
    }

    /// CSV text; `path` names it in errors.
    ///
    /// # Errors
    /// As for [`TableFile::open`].
    pub fn parse_csv(path: &Path, text: &str) -> Result<Self, TableError> {
        let content = Content::Csv(CsvText::parse(path, text.to_owned())?);
        Self { path: path.to_owned(), content }.checked()
    }

    fn checked(self) -> Result<Self, TableError> {
        let names = self.all_names();
        let twice = names
            .iter()
            .enumerate()
            .find(|(k, name)| !name.is_empty() && names[..*k].contains(name))
            .map(|(_, name)| name.clone());
        match twice {
            Some(name) => {
                let message = "there are two columns of this name; give each a name of its own";
                Err(TableError::content(&self.path, None, Some(&name), message))
            }
            None => Ok(self),
        }
    }

    fn all_names(&self) -> &[String] {
        match &self.content {
            Content::Csv(csv) => &csv.names,
            Content::Parquet(parquet) => &parquet.names,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Column names, in the file's order; columns without a name are left out.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.all_names().iter().map(String::as_str).filter(|n| !n.is_empty())
    }

    /// Whether the first column has no name, as the index that pandas writes.
    pub fn has_index(&self) -> bool {
        self.all_names().len() > 1 && self.all_names().first().is_some_and(String::is_empty)
    }

    /// How the file is written, where that is not the usual way.
    pub fn dialect(&self) -> Option<String> {
        match &self.content {
            Content::Csv(csv) => csv.dialect(),
            Content::Parquet(_) => None,
        }
    }

    /// The names, as messages list them.
    pub fn listed(&self) -> String {
        listed(self.names())
    }

    /// The place of a column.
    ///
    /// # Errors
    /// [`TableError::Content`] with the nearest name there is.
    fn place(&self, name: &str) -> Result<usize, TableError> {
        self.all_names().iter().position(|n| n == name).ok_or_else(|| {
            let message = format!(
                "there is no column `{name}`{}; there are {}",
                did_you_mean(name, self.names()),
                self.listed()
            );
            TableError::file(&self.path, message)
        })
    }

    /// Reads the columns of these names and no others; the name of an index is empty.
    ///
    /// # Errors
    /// [`TableError::Content`] with the line if a row has too few or too many cells, or if a
    /// wanted column is of a type that has no meaning here.
    pub fn read(&self, names: &[&str]) -> Result<DataTable, TableError> {
        let places = names.iter().map(|n| self.place(n)).collect::<Result<Vec<_>, _>>()?;
        self.read_places(&places)
    }

    /// Reads all columns that have a name.
    ///
    /// # Errors
    /// As for [`TableFile::read`].
    pub fn read_all(&self) -> Result<DataTable, TableError> {
        let all = self.all_names();
        let places: Vec<usize> = (0..all.len()).filter(|&k| !all[k].is_empty()).collect();
        self.read_places(&places)
    }

    /// The first cells of every column that are not empty, an index included. Columns of types that
    /// are not read have none.
    ///
    /// # Errors
    /// [`TableError::Content`] if the file is damaged.
    pub(crate) fn first_cells(&self) -> Result<Vec<(String, Vec<Cell>)>, TableError> {
        match &self.content {
            Content::Csv(csv) => csv.first_cells(&self.path),
            Content::Parquet(parquet) => parquet.first_cells(&self.path),
        }
    }

    fn read_places(&self, places: &[usize]) -> Result<DataTable, TableError> {
        match &self.content {
            Content::Csv(csv) => csv.read(&self.path, places),
            Content::Parquet(parquet) => parquet.read(&self.path, places),
        }
    }
}

pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}
