//! A user's table, CSV or Parquet: named columns of cells that know their line.

use super::{csv_file, parquet_file};
use crate::RecordError;
use std::path::{Path, PathBuf};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A number (Parquet; in CSV every cell is text until it is asked for a number).
    Number(f64),
    /// Text.
    Text(String),
    /// An instant (Parquet) in microseconds since 1970, of UTC or else of local time.
    Instant {
        /// Microseconds since 1970-01-01.
        us: i64,
        /// Whether they count in UTC.
        utc: bool,
    },
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct DataColumn {
    /// Name in the head.
    pub name: String,
    /// One per row.
    pub cells: Vec<Cell>,
}

/// A user's table: a series, sessions, people, the points of a design.
#[derive(Clone, Debug, PartialEq)]
pub struct DataTable {
    path: PathBuf,
    columns: Vec<DataColumn>,
    lines: Vec<u64>,
}

impl DataTable {
    /// Reads a `.csv` (comma-separated, UTF-8, first line = names, `#` begins a comment line) or
    /// `.parquet` file.
    ///
    /// # Errors
    /// [`RecordError::Io`] if it cannot be read; [`RecordError::Content`] with the line if it is
    /// not such a table.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let extension =
            path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "csv" => {
                let text = std::fs::read(path).map_err(RecordError::io("read", path))?;
                let text = String::from_utf8(text).map_err(|e| {
                    let line = e.as_bytes()[..e.utf8_error().valid_up_to()]
                        .split(|b| *b == b'\n')
                        .count() as u64;
                    RecordError::content(
                        path,
                        Some(line),
                        None,
                        "not UTF-8 text; save the file as UTF-8",
                    )
                })?;
                Self::parse_csv(path, &text)
            }
            "parquet" => parquet_file::read(path),
            other => Err(RecordError::content(
                path,
                None,
                None,
                format!("ends in `.{other}`; tables are read from `.csv` and `.parquet` files"),
            )),
        }
    }
    /// Reads CSV text; `path` names it in errors.
    ///
    /// # Errors
    /// [`RecordError::Content`] with the line if it is not a table.
    pub fn parse_csv(path: &Path, text: &str) -> Result<Self, RecordError> {
        csv_file::parse(path, text)
    }
    pub(super) fn new(
        path: &Path,
        columns: Vec<DataColumn>,
        lines: Vec<u64>,
    ) -> Result<Self, RecordError> {
        for (i, column) in columns.iter().enumerate() {
            if columns[..i].iter().any(|c| c.name == column.name) {
                return Err(RecordError::content(
                    path,
                    None,
                    Some(&column.name),
                    "there are two columns of this name",
                ));
            }
        }
        Ok(Self { path: path.to_owned(), columns, lines })
    }
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }
    /// The line (CSV, from 1) or row (Parquet, from 1) of a row.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }
    /// All columns, in the file's order.
    pub fn columns(&self) -> &[DataColumn] {
        &self.columns
    }
    /// Column names, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }
    /// Whether there is a column of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }
    /// The column of a name.
    ///
    /// # Errors
    /// [`RecordError::Content`] with the nearest name there is.
    pub fn column(&self, name: &str) -> Result<&DataColumn, RecordError> {
        self.columns.iter().find(|c| c.name == name).ok_or_else(|| {
            let message = format!(
                "there is no column `{name}`{}; there are {}",
                did_you_mean(name, self.names()),
                self.listed()
            );
            RecordError::content(&self.path, None, None, message)
        })
    }
    /// A column of finite numbers without gaps.
    ///
    /// # Errors
    /// [`RecordError::Content`] with the line of the first cell that is empty or no finite number.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, RecordError> {
        let column = self.column(name)?;
        let number = |(row, cell): (usize, &Cell)| {
            self.number(row, name, cell)?
                .ok_or_else(|| self.error(row, name, "empty; a number is needed"))
        };
        column.cells.iter().enumerate().map(number).collect()
    }
    /// A column of finite numbers with gaps.
    ///
    /// # Errors
    /// [`RecordError::Content`] with the line of the first cell that is no finite number.
    pub fn optional_numbers(&self, name: &str) -> Result<Vec<Option<f64>>, RecordError> {
        self.column(name)?
            .cells
            .iter()
            .enumerate()
            .map(|(row, cell)| self.number(row, name, cell))
            .collect()
    }
    /// A column of texts; a missing one is empty.
    ///
    /// # Errors
    /// [`RecordError::Content`] if there is no such column.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, RecordError> {
        Ok(self.column(name)?.cells.iter().map(Cell::text).collect())
    }
    /// An error about a cell, for the caller's own checks.
    pub fn error(&self, row: usize, column: &str, message: impl Into<String>) -> RecordError {
        RecordError::content(&self.path, Some(self.line(row)), Some(column), message)
    }
    pub(super) fn number(
        &self,
        row: usize,
        column: &str,
        cell: &Cell,
    ) -> Result<Option<f64>, RecordError> {
        let refused = |shown: &str| {
            self.error(
                row,
                column,
                format!("`{shown}` is not a finite number (decimal point, no unit)"),
            )
        };
        match cell {
            Cell::Empty => Ok(None),
            Cell::Number(x) if x.is_finite() => Ok(Some(*x)),
            Cell::Number(x) => Err(refused(&x.to_string())),
            Cell::Text(text) => text
                .parse::<f64>()
                .ok()
                .filter(|x| x.is_finite())
                .map(Some)
                .ok_or_else(|| refused(text)),
            Cell::Instant { .. } => Err(self.error(row, column, "an instant; a number is needed")),
        }
    }
    pub(super) fn listed(&self) -> String {
        self.names().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
    }
}

impl Cell {
    /// The cell as text; an empty one is empty.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Number(x) => x.to_string(),
            Self::Text(text) => text.clone(),
            Self::Instant { us, .. } => us.to_string(),
        }
    }
}

/// `, did you mean ...?` with the nearest of some names, if one is near.
pub(super) fn did_you_mean<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wrong = wrong.to_lowercase();
    let near = names
        .map(|n| (strsim::jaro_winkler(&wrong, &n.to_lowercase()), n))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    near.filter(|(similarity, _)| *similarity > 0.7)
        .map(|(_, n)| format!(" (did you mean `{n}`?)"))
        .unwrap_or_default()
}
