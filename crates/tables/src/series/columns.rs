//! Which columns a series is read from.

use super::SeriesAsk;
use super::stamp::{Stamp, looks_like_time, stamp};
use crate::number::{comma_number, point_number};
use crate::{Cell, TableError, TableFile};

/// The columns of a series.
#[derive(Debug)]
pub(super) struct Chosen {
    pub values: String,
    /// One column of times, or one of days and one of hours.
    pub times: Vec<String>,
    pub notes: Vec<String>,
}

/// What the first cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sort {
    Number,
    Instant,
    Local,
    /// Days that differ.
    Days,
    Hours,
    /// One day, again and again.
    OneDay,
    /// Times that are written in an unknown way.
    Unread,
    Other,
}

/// Names of columns that can only be times.
const TIME_NAMES: [&str; 8] =
    ["time", "timestamp", "datetime", "date_time", "date", "zeit", "datum", "zeitstempel"];

pub(super) fn choose(file: &TableFile, ask: &SeriesAsk<'_>) -> Result<Chosen, TableError> {
    let first = file.first_cells()?;
    let sorts: Vec<(&str, Sort)> =
        first.iter().map(|(name, cells)| (name.as_str(), sort(cells, ask.time_format))).collect();
    let mut notes = Vec::new();
    let times = times(file, ask, &sorts, &first, &mut notes)?;
    let empty = first.iter().all(|(_, cells)| cells.is_empty());
    let values = values(file, ask, &sorts, &times, empty)?;
    Ok(Chosen { values, times, notes })
}

fn sort(cells: &[Cell], format: Option<&str>) -> Sort {
    let Some(first) = cells.first() else { return Sort::Other };
    let (a, b) = (stamp(first, format), cells.iter().rev().find_map(|c| stamp(c, format)));
    match (a, first) {
        (Some(Stamp::Instant(_)), _) => Sort::Instant,
        (Some(Stamp::Local(_)), _) => Sort::Local,
        (Some(Stamp::Hour(_)), _) => Sort::Hours,
        (Some(Stamp::Day(_)), _) if cells.len() > 1 && a == b => Sort::OneDay,
        (Some(Stamp::Day(_)), _) => Sort::Days,
        (None, Cell::Number(_) | Cell::Whole(_)) => Sort::Number,
        (None, Cell::Text(text)) if is_number(text) => Sort::Number,
        (None, Cell::Text(text)) if looks_like_time(text) => Sort::Unread,
        _ => Sort::Other,
    }
}

fn is_number(text: &str) -> bool {
    point_number(text).is_some() || comma_number(text).is_some()
}

/// The columns of times: the one that is named, or the one that tells most.
fn times(
    file: &TableFile,
    ask: &SeriesAsk<'_>,
    sorts: &[(&str, Sort)],
    first: &[(String, Vec<Cell>)],
    notes: &mut Vec<String>,
) -> Result<Vec<String>, TableError> {
    if let Some(name) = ask.time_column {
        file.read(&[name]).map(|_| vec![name.to_owned()])?;
        return Ok(vec![name.to_owned()]);
    }
    let of = |sort: Sort| -> Vec<&str> {
        sorts
            .iter()
            .filter(|(name, s)| *s == sort && ask.column != Some(*name))
            .map(|(name, _)| *name)
            .collect()
    };
    for sort in [Sort::Instant, Sort::Local] {
        if let [found, others @ ..] = of(sort).as_slice() {
            if !others.is_empty() {
                notes.push(format!("times are those of column `{found}`"));
            }
            return Ok(vec![(*found).to_owned()]);
        }
    }
    let (days, one_day, hours) = (of(Sort::Days), of(Sort::OneDay), of(Sort::Hours));
    match (days.as_slice(), one_day.as_slice(), hours.as_slice()) {
        ([day], [], [hour]) | ([], [day], [hour]) => {
            return Ok(vec![(*day).to_owned(), (*hour).to_owned()]);
        }
        ([], _, [hour]) => return Ok(vec![(*hour).to_owned()]),
        ([day], _, []) => return Ok(vec![(*day).to_owned()]),
        ([], [] | [_, ..], []) => {}
        _ => {
            let message = format!(
                "several columns may be the times; say which with `time_column`: {}",
                file.listed()
            );
            return Err(TableError::file(file.path(), message));
        }
    }
    for name in one_day {
        notes.push(format!("column `{name}` holds one day without hours and is not used"));
    }
    let unread = sorts.iter().zip(first).find(|((name, sort), _)| {
        let named = TIME_NAMES.contains(&name.to_lowercase().as_str());
        ask.column != Some(*name) && (*sort == Sort::Unread || (named && *sort == Sort::Other))
    });
    if let Some(((name, _), (_, cells))) = unread
        && let Some(cell) = cells.first()
    {
        let message = format!(
            "`{}` is not understood as a time; write ISO 8601 such as 2026-03-01T08:15, or say how \
             it is written, such as time_format = \"%d.%m.%Y %H:%M\"",
            cell.text()
        );
        return Err(TableError::content(file.path(), None, Some(name), message));
    }
    Ok(Vec::new())
}

/// The column of values: the one that is named, or the only one of numbers.
fn values(
    file: &TableFile,
    ask: &SeriesAsk<'_>,
    sorts: &[(&str, Sort)],
    times: &[String],
    empty: bool,
) -> Result<String, TableError> {
    if let Some(name) = ask.column {
        return Ok(name.to_owned());
    }
    let numbers: Vec<&str> = sorts
        .iter()
        .filter(|(name, sort)| {
            *sort == Sort::Number && !name.is_empty() && !times.iter().any(|t| t == name)
        })
        .map(|(name, _)| *name)
        .collect();
    let named: Vec<&str> = file.names().filter(|n| !times.iter().any(|t| t == n)).collect();
    match (numbers.as_slice(), named.as_slice()) {
        // The only column besides the times may hold nothing: what is wrong is said when it is read.
        ([one], _) | ([], [one]) => Ok((*one).to_owned()),
        ([], _) if empty => Err(TableError::file(file.path(), "the series has no values")),
        _ => {
            let message = format!(
                "has {} columns of numbers; say which with `column`: {}",
                numbers.len(),
                file.listed()
            );
            Err(TableError::file(file.path(), message))
        }
    }
}
