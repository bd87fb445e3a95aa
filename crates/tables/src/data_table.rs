//! A user's table, CSV or Parquet: named columns of cells that know their line.

use crate::file::listed;
use crate::instant::{moment, zone};
use crate::number::{comma_number, flag, point_number};
use crate::{Cell, TableError, TableFile};
use std::path::{Path, PathBuf};

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct DataColumn {
    /// Name in the header.
    pub name: String,
    /// One per row.
    pub cells: Vec<Cell>,
}

/// Some or all columns of a user's file: a series, sessions, people, the points of a design.
#[derive(Clone, Debug, PartialEq)]
pub struct DataTable {
    path: PathBuf,
    pub(crate) columns: Vec<DataColumn>,
    pub(crate) lines: Vec<u64>,
    /// Blank lines between rows, which are skipped.
    pub(crate) blank_lines: Vec<u64>,
    /// Whether a comma may be a decimal comma, as it does not separate columns.
    pub(crate) comma_decimals: bool,
    /// The first lines with a decimal point and with a decimal comma.
    pub(crate) first_point: Option<u64>,
    pub(crate) first_comma: Option<u64>,
}

impl DataTable {
    /// All columns of a `.csv` or `.parquet` file.
    ///
    /// # Errors
    /// As for [`TableFile::open`] and [`TableFile::read`].
    pub fn read(path: &Path) -> Result<Self, TableError> {
        TableFile::open(path)?.read_all()
    }
    /// All columns of a CSV text; `path` names it in errors.
    ///
    /// # Errors
    /// As for [`TableFile::parse_csv`] and [`TableFile::read`].
    pub fn parse_csv(path: &Path, text: &str) -> Result<Self, TableError> {
        TableFile::parse_csv(path, text)?.read_all()
    }
    pub(crate) fn empty(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            columns: Vec::new(),
            lines: Vec::new(),
            blank_lines: Vec::new(),
            comma_decimals: false,
            first_point: None,
            first_comma: None,
        }
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
    /// Blank lines between rows (CSV), which are skipped; in a file of one column they are rows.
    pub fn blank_lines(&self) -> &[u64] {
        &self.blank_lines
    }
    /// Whether numbers are written with decimal commas.
    pub fn has_decimal_commas(&self) -> bool {
        self.comma_decimals && self.first_comma.is_some()
    }
    /// The columns, in the order in which they were asked for.
    pub fn columns(&self) -> &[DataColumn] {
        &self.columns
    }
    /// Column names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(|c| c.name.as_str())
    }
    /// Whether there is a column of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }
    /// The column of a name.
    ///
    /// # Errors
    /// [`TableError::Content`] with the nearest name there is.
    pub fn column(&self, name: &str) -> Result<&DataColumn, TableError> {
        self.columns.iter().find(|c| c.name == name).ok_or_else(|| {
            let message = format!(
                "there is no column `{name}`{}; there are {}",
                did_you_mean(name, self.names()),
                self.listed()
            );
            TableError::file(&self.path, message)
        })
    }
    /// A column of finite numbers without gaps.
    ///
    /// # Errors
    /// [`TableError::Content`] with the line of the first cell that is empty or no finite number.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, TableError> {
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
    /// [`TableError::Content`] with the line of the first cell that is no finite number.
    pub fn optional_numbers(&self, name: &str) -> Result<Vec<Option<f64>>, TableError> {
        self.column(name)?
            .cells
            .iter()
            .enumerate()
            .map(|(row, cell)| self.number(row, name, cell))
            .collect()
    }
    /// A column of texts; a missing one is empty. Numbers with decimal commas are texts with a
    /// decimal point.
    ///
    /// # Errors
    /// [`TableError::Content`] if there is no such column, or if decimal points and commas are
    /// mixed.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, TableError> {
        let text = |(row, cell): (usize, &Cell)| match cell {
            Cell::Text(text) if self.comma_decimals && comma_number(text).is_some() => {
                self.number(row, name, cell)?;
                Ok(text.replacen(',', ".", 1))
            }
            cell => Ok(cell.text()),
        };
        self.column(name)?.cells.iter().enumerate().map(text).collect()
    }
    /// A column of instants, as microseconds since 1970 UTC; text without an offset is local time of
    /// `local`, such as `+08:00`.
    ///
    /// # Errors
    /// [`TableError::Content`] with the line of the first cell that is no instant.
    pub fn instants(&self, name: &str, local: &str) -> Result<Vec<i64>, TableError> {
        let local = zone(local).map_err(|message| TableError::file(&self.path, message))?;
        let instant = |(row, cell): (usize, &Cell)| match moment(cell, &local) {
            Ok(Some(moment)) => Ok(moment.utc_us),
            Ok(None) => Err(self.error(row, name, "empty; an instant is needed")),
            Err(message) => Err(self.error(row, name, message)),
        };
        self.column(name)?.cells.iter().enumerate().map(instant).collect()
    }
    /// An error about a cell, for the caller's own checks.
    pub fn error(&self, row: usize, column: &str, message: impl Into<String>) -> TableError {
        TableError::content(&self.path, Some(self.line(row)), Some(column), message)
    }
    /// The number in a cell; none where it is empty.
    ///
    /// # Errors
    /// [`TableError::Content`] with the line if it is no finite number.
    pub fn number(&self, row: usize, column: &str, cell: &Cell) -> Result<Option<f64>, TableError> {
        match cell {
            Cell::Empty => Ok(None),
            Cell::Whole(x) => Ok(Some(*x as f64)),
            Cell::Number(x) if x.is_finite() => Ok(Some(*x)),
            Cell::Number(x) => Err(self.no_number(row, column, &x.to_string())),
            Cell::Text(text) => self.text_number(row, column, text),
            Cell::Flag(_) => {
                Err(self.error(row, column, "yes or no stands here; a number is needed"))
            }
            Cell::Date(_) | Cell::Instant { .. } => {
                Err(self.error(row, column, "a time stands here; a number is needed"))
            }
        }
    }
    fn text_number(&self, row: usize, column: &str, text: &str) -> Result<Option<f64>, TableError> {
        let comma = self.comma_decimals.then(|| comma_number(text)).flatten();
        match (point_number(text), comma, self.first_point, self.first_comma) {
            (Some(_), _, Some(_), Some(other)) if text.contains('.') => {
                Err(self.mixed(row, column, text, "point", "comma", other))
            }
            (Some(x), ..) | (None, Some(x), None, _) => Ok(Some(x)),
            (None, Some(_), Some(other), _) => {
                Err(self.mixed(row, column, text, "comma", "point", other))
            }
            (None, None, ..) => Err(self.no_number(row, column, text)),
        }
    }
    fn no_number(&self, row: usize, column: &str, shown: &str) -> TableError {
        let message = format!("`{shown}` is not a finite number (decimal point, no unit)");
        self.error(row, column, message)
    }
    fn mixed(
        &self,
        row: usize,
        column: &str,
        text: &str,
        here: &str,
        there: &str,
        line: u64,
    ) -> TableError {
        let message = format!(
            "`{text}` has a decimal {here}, but line {line} has a decimal {there}; write all \
             numbers in one way, without separators of thousands"
        );
        self.error(row, column, message)
    }
    /// Yes or no in a cell, in any spelling; none where it is empty.
    ///
    /// # Errors
    /// [`TableError::Content`] with the line if it is neither.
    pub fn flag(&self, row: usize, column: &str, cell: &Cell) -> Result<Option<bool>, TableError> {
        let found = match cell {
            Cell::Empty => return Ok(None),
            Cell::Flag(x) => Some(*x),
            other => flag(&other.text()),
        };
        found.map(Some).ok_or_else(|| {
            self.error(row, column, format!("`{}` is neither true nor false", cell.text()))
        })
    }
    /// The names, as messages list them.
    pub fn listed(&self) -> String {
        listed(self.names())
    }
}

/// `, did you mean ...?` with the nearest of some names, if one is near.
pub fn did_you_mean<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wrong = wrong.to_lowercase();
    let near = names
        .map(|n| (strsim::jaro_winkler(&wrong, &n.to_lowercase()), n))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    near.filter(|(similarity, _)| *similarity > 0.7)
        .map(|(_, n)| format!(" (did you mean `{n}`?)"))
        .unwrap_or_default()
}
