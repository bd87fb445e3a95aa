//! A column of numbers with its times: where each row lies, how long it lasts, what is missing.
//!
//! A row's time is the beginning of its step. Local times become instants by the rules of their
//! zone; of the two readings of a doubled hour the first row is the earlier one.

mod columns;
mod mend;
mod regular;
mod stamp;

use crate::{TableError, TableFile};
use std::path::{Path, PathBuf};

pub use mend::{Gaps, Means, Mending};

/// What is wanted from a file.
#[derive(Clone, Debug)]
pub struct SeriesAsk<'a> {
    /// The column of values; not needed if the file has a single column of numbers.
    pub column: Option<&'a str>,
    /// The column of times; not needed if the file has a single one.
    pub time_column: Option<&'a str>,
    /// How times are written, as `%d.%m.%Y %H:%M`; not needed for ISO 8601.
    pub time_format: Option<&'a str>,
    /// The zone of times without an offset: `Europe/Berlin`, `+08:00`.
    pub zone: &'a str,
    /// Length of a row (min), if it is said.
    pub step_min: Option<u32>,
    /// Whether rows may be in any order.
    pub order: Order,
}

/// In which order rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Times rise; anything else is refused.
    Rising,
    /// Rows are sorted by time; rows that stand twice with equal values count once.
    Sorted,
}

/// Where rows lie in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Row 0 begins at an instant.
    Instants {
        /// Microseconds since 1970 UTC.
        first_us: i64,
        /// Offset of the file's own clock there (s).
        offset_s: i64,
    },
    /// Row 0 begins at an hour of some day (s after midnight).
    HourOfDay(i64),
    /// The file says nothing: row 0 begins at midnight.
    Rows,
}

/// A series on a regular grid.
#[derive(Clone, Debug)]
pub struct TimedSeries {
    pub(super) path: PathBuf,
    /// Name of the column of values.
    pub column: String,
    /// One per step; none where the file has no value.
    pub values: Vec<Option<f64>>,
    /// By step: the line in the file; for a missing row that of the row after it.
    pub(super) lines: Vec<u64>,
    /// By step: whether the file has a row.
    pub(super) has_row: Vec<bool>,
    /// Length of a row (s); none if neither the file nor the caller says it.
    pub step_s: Option<i64>,
    /// Where the rows lie.
    pub clock: Clock,
    /// How the file was understood.
    pub notes: Vec<String>,
}

impl TimedSeries {
    /// Reads a series.
    ///
    /// # Errors
    /// [`TableError::Io`] if the file cannot be read; [`TableError::Content`] with the line of the
    /// first cell, time or row that is not as it should be.
    pub fn read(path: &Path, ask: &SeriesAsk<'_>) -> Result<Self, TableError> {
        Self::of(&TableFile::open(path)?, ask)
    }

    /// Reads several columns of a file, which share its times.
    ///
    /// # Errors
    /// As for [`TimedSeries::read`].
    pub fn read_columns(
        path: &Path,
        names: &[&str],
        ask: &SeriesAsk<'_>,
    ) -> Result<Vec<Self>, TableError> {
        let file = TableFile::open(path)?;
        let ask = SeriesAsk { column: names.first().copied(), ..ask.clone() };
        let mut chosen = columns::choose(&file, &ask)?;
        let mut wanted = names.to_vec();
        wanted.extend(chosen.times.iter().map(String::as_str));
        let table = file.read(&wanted)?;
        let mut notes: Vec<String> = file.dialect().into_iter().collect();
        notes.append(&mut chosen.notes);
        let one = |name: &&str| {
            (*name).clone_into(&mut chosen.values);
            if table.rows() == 0 {
                let message = "the series has no values";
                return Err(TableError::content(file.path(), None, Some(name), message));
            }
            let mut series = regular::regular(&table, &chosen, &ask)?;
            series.notes.splice(0..0, std::mem::take(&mut notes));
            Ok(series)
        };
        names.iter().map(one).collect()
    }

    /// Reads a series from CSV text; `path` names it in errors.
    ///
    /// # Errors
    /// As for [`TimedSeries::read`].
    pub fn parse_csv(path: &Path, text: &str, ask: &SeriesAsk<'_>) -> Result<Self, TableError> {
        Self::of(&TableFile::parse_csv(path, text)?, ask)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn of(file: &TableFile, ask: &SeriesAsk<'_>) -> Result<Self, TableError> {
        let chosen = columns::choose(file, ask)?;
        let mut wanted = vec![chosen.values.as_str()];
        wanted.extend(chosen.times.iter().map(String::as_str));
        let table = file.read(&wanted)?;
        if table.rows() == 0 {
            let message = "the series has no values";
            return Err(TableError::content(file.path(), None, Some(&chosen.values), message));
        }
        let mut series = regular::regular(&table, &chosen, ask)?;
        series.notes.splice(0..0, file.dialect());
        if table.has_decimal_commas() {
            series.notes.push("numbers have decimal commas".into());
        }
        series.notes.extend(chosen.notes);
        Ok(series)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod variants;
