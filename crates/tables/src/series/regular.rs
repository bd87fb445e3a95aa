//! Rows onto a regular grid: zones, order, step, missing rows.

use super::columns::Chosen;
use super::stamp::{Stamp, stamp};
use super::{Clock, Order, SeriesAsk, TimedSeries};
use crate::instant::zone;
use crate::{Cell, DataTable, TableError};
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// The most rows that one gap may have.
const WIDEST_GAP: i64 = 1_000_000;
const SECOND_US: i64 = 1_000_000;
const DAY_S: i64 = 86_400;

/// A row: when it begins (s; of 1970 UTC, or of some midnight), its value and its line.
type Row = (i64, Option<f64>, u64);

pub(super) fn regular(
    table: &DataTable,
    chosen: &Chosen,
    ask: &SeriesAsk<'_>,
) -> Result<TimedSeries, TableError> {
    let values = numbers(table, &chosen.values)?;
    if chosen.times.is_empty() {
        return rows(table, chosen, ask, values);
    }
    let stamps = stamps(table, &chosen.times, ask.time_format)?;
    let (times, clock) = times(table, chosen, ask, &stamps)?;
    let mut all: Vec<Row> = times
        .into_iter()
        .zip(values)
        .enumerate()
        .map(|(k, (t, v))| (t, v, table.line(k)))
        .collect();
    let mut notes = Vec::new();
    put_in_order(table, &chosen.times[0], ask.order, &mut all, &mut notes)?;
    let step_s = step(table, &chosen.times[0], ask, &all)?;
    let mut series = TimedSeries {
        path: table.path().to_owned(),
        column: chosen.values.clone(),
        values: Vec::with_capacity(all.len()),
        lines: Vec::with_capacity(all.len()),
        has_row: Vec::with_capacity(all.len()),
        step_s: Some(step_s),
        clock,
        notes,
    };
    fill(table, &chosen.times[0], step_s, &all, &mut series)?;
    Ok(series)
}

/// Values with gaps: an empty cell and NaN are the same.
fn numbers(table: &DataTable, name: &str) -> Result<Vec<Option<f64>>, TableError> {
    let is_nan = |cell: &Cell| match cell {
        Cell::Number(x) => x.is_nan(),
        Cell::Text(t) => ["nan", "na", "n/a", "null"].iter().any(|n| t.eq_ignore_ascii_case(n)),
        _ => false,
    };
    let cells = table.column(name)?.cells.iter().enumerate();
    cells
        .map(|(row, cell)| if is_nan(cell) { Ok(None) } else { table.number(row, name, cell) })
        .collect()
}

/// A series without times: its rows follow each other without a gap.
fn rows(
    table: &DataTable,
    chosen: &Chosen,
    ask: &SeriesAsk<'_>,
    values: Vec<Option<f64>>,
) -> Result<TimedSeries, TableError> {
    if let Some(line) = table.blank_lines().first() {
        let message = "a blank line between rows: without a column of times nobody knows whether a \
                       row is missing; take it out or fill it";
        return Err(TableError::content(table.path(), Some(*line), None, message));
    }
    Ok(TimedSeries {
        path: table.path().to_owned(),
        column: chosen.values.clone(),
        lines: (0..table.rows()).map(|k| table.line(k)).collect(),
        has_row: vec![true; values.len()],
        values,
        step_s: ask.step_min.map(|m| i64::from(m) * 60),
        clock: Clock::Rows,
        notes: Vec::new(),
    })
}

/// What each row says about time; a day and an hour in two columns are one time.
fn stamps(
    table: &DataTable,
    names: &[String],
    format: Option<&str>,
) -> Result<Vec<Stamp>, TableError> {
    let read = |name: &String| -> Result<Vec<Stamp>, TableError> {
        let cells = table.column(name)?.cells.iter().enumerate();
        let one = |(row, cell): (usize, &Cell)| {
            stamp(cell, format).ok_or_else(|| {
                let shown = cell.text();
                let message = if shown.is_empty() {
                    "empty; every row needs a time".to_owned()
                } else {
                    format!("`{shown}` is not understood as a time as the rows above are")
                };
                table.error(row, name, message)
            })
        };
        cells.map(one).collect()
    };
    let first = read(&names[0])?;
    let Some(name) = names.get(1) else { return Ok(first) };
    let both = |(row, (day, hour)): (usize, (Stamp, Stamp))| match (day, hour) {
        (Stamp::Day(day), Stamp::Hour(hour)) => Ok(Stamp::Local(day.to_datetime(hour))),
        _ => Err(table.error(row, name, "a day and an hour are needed")),
    };
    first.into_iter().zip(read(name)?).enumerate().map(both).collect()
}

/// The beginning of each row (s) and the clock they count on.
fn times(
    table: &DataTable,
    chosen: &Chosen,
    ask: &SeriesAsk<'_>,
    stamps: &[Stamp],
) -> Result<(Vec<i64>, Clock), TableError> {
    let name = &chosen.times[0];
    if let Stamp::Hour(first) = stamps[0] {
        return hours(table, name, first, stamps);
    }
    let utc = name.to_lowercase().split(['_', ' ', '-']).any(|part| part == "utc");
    let zone = if utc {
        TimeZone::UTC
    } else {
        zone(ask.zone).map_err(|m| TableError::file(table.path(), m))?
    };
    // In a file that runs backwards, the second reading of a doubled hour comes first.
    let backwards = runs_backwards(stamps);
    let mut out = vec![0; stamps.len()];
    let mut before: Option<(i64, DateTime)> = None;
    for k in 0..stamps.len() {
        let row = if backwards { stamps.len() - 1 - k } else { k };
        let local = match stamps[row] {
            Stamp::Instant(us) => {
                out[row] = us.div_euclid(SECOND_US);
                continue;
            }
            Stamp::Local(local) => local,
            Stamp::Day(day) => day.to_datetime(Time::midnight()),
            Stamp::Hour(_) => {
                return Err(table.error(
                    row,
                    name,
                    "an hour without a day, other than the rows above",
                ));
            }
        };
        out[row] =
            instant(local, &zone, before).map_err(|message| table.error(row, name, message))?;
        before = Some((out[row], local));
    }
    let first_us = out.iter().min().copied().unwrap_or(0) * SECOND_US;
    let offset = Timestamp::from_microsecond(first_us).map_or(Offset::UTC, |t| zone.to_offset(t));
    let clock = Clock::Instants { first_us, offset_s: i64::from(offset.seconds()) };
    Ok((out, clock))
}

fn runs_backwards(stamps: &[Stamp]) -> bool {
    match (stamps.first(), stamps.last()) {
        (Some(Stamp::Local(a)), Some(Stamp::Local(b))) => b < a,
        (Some(Stamp::Day(a)), Some(Stamp::Day(b))) => b < a,
        _ => false,
    }
}

/// The instant of a reading of a local clock (s). A reading that comes twice is the later one where
/// the row before has already passed the earlier.
fn instant(
    local: DateTime,
    zone: &TimeZone,
    before: Option<(i64, DateTime)>,
) -> Result<i64, String> {
    let at = |offset: Offset| {
        offset.to_timestamp(local).map(jiff::Timestamp::as_second).map_err(|e| e.to_string())
    };
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => at(offset),
        AmbiguousOffset::Gap { .. } => Err(format!(
            "{local} does not exist in this time zone: clocks are put forward over it; is the \
             time zone right, or are these times without summer time (give an offset as time_zone)?"
        )),
        AmbiguousOffset::Fold { before: summer, after: winter } => {
            let earlier = at(summer)?;
            match before {
                Some((t, _)) if t >= earlier => at(winter),
                _ => Ok(earlier),
            }
        }
    }
}

/// Hours without a day: they rise, and after midnight begin again.
fn hours(
    table: &DataTable,
    name: &str,
    first: Time,
    stamps: &[Stamp],
) -> Result<(Vec<i64>, Clock), TableError> {
    let seconds =
        |t: Time| i64::from(t.hour()) * 3600 + i64::from(t.minute()) * 60 + i64::from(t.second());
    let mut out: Vec<i64> = Vec::with_capacity(stamps.len());
    let mut day = 0;
    for (row, stamp) in stamps.iter().enumerate() {
        let Stamp::Hour(time) = stamp else {
            return Err(table.error(row, name, "a day where the rows above have only hours"));
        };
        let mut at = day + seconds(*time);
        if out.last().is_some_and(|last| at < *last) {
            day += DAY_S;
            at += DAY_S;
        }
        out.push(at);
    }
    Ok((out, Clock::HourOfDay(seconds(first))))
}

fn put_in_order(
    table: &DataTable,
    name: &str,
    order: Order,
    rows: &mut Vec<Row>,
    notes: &mut Vec<String>,
) -> Result<(), TableError> {
    let wrong = rows.windows(2).position(|w| w[1].0 <= w[0].0);
    let Some(k) = wrong else { return Ok(()) };
    let refused = |line: u64, message: String| {
        Err(TableError::content(table.path(), Some(line), Some(name), message))
    };
    if order == Order::Rising {
        let same = rows[k].0 == rows[k + 1].0;
        let message = if same {
            format!("the same time as line {}", rows[k].2)
        } else {
            format!("an earlier time than line {}", rows[k].2)
        };
        let remedy = "rows must rise in time; order = \"sorted\" sorts them, and takes rows that \
                      stand twice with equal values once";
        return refused(rows[k + 1].2, format!("{message}; {remedy}"));
    }
    rows.sort_by_key(|r| r.0);
    if let Some(w) = rows.windows(2).find(|w| w[0].0 == w[1].0 && w[0].1 != w[1].1) {
        return refused(w[1].2, format!("the same time as line {}, with another value", w[0].2));
    }
    let before = rows.len();
    rows.dedup_by_key(|r| r.0);
    notes.push("rows are sorted by time".into());
    if before > rows.len() {
        notes.push(format!("{} rows that stand twice count once", before - rows.len()));
    }
    Ok(())
}

/// The length of a row: the most frequent distance of two rows.
fn step(
    table: &DataTable,
    name: &str,
    ask: &SeriesAsk<'_>,
    rows: &[Row],
) -> Result<i64, TableError> {
    let said = ask.step_min.map(|m| i64::from(m) * 60);
    let mut distances: Vec<i64> = rows.windows(2).map(|w| w[1].0 - w[0].0).collect();
    distances.sort_unstable();
    let most = distances
        .chunk_by(|a, b| a == b)
        .max_by(|a, b| a.len().cmp(&b.len()).then(b[0].cmp(&a[0])))
        .map(|run| run[0]);
    let refused =
        |message: String| Err(TableError::content(table.path(), None, Some(name), message));
    match (most, said) {
        (None, None) => refused("one row: how long it lasts must be said; give `step_min`".into()),
        (Some(found), Some(said)) if found != said => refused(format!(
            "the times are {} min apart, but `step_min` says {} min; leave `step_min` out",
            minutes(found),
            minutes(said)
        )),
        (Some(step), _) | (None, Some(step)) => {
            if DAY_S % step == 0 {
                Ok(step)
            } else {
                refused(format!(
                    "the times are {} min apart, which do not divide a day",
                    minutes(step)
                ))
            }
        }
    }
}

fn minutes(seconds: i64) -> f64 {
    seconds as f64 / 60.0
}

/// Rows with the missing ones between them.
fn fill(
    table: &DataTable,
    name: &str,
    step_s: i64,
    rows: &[Row],
    series: &mut TimedSeries,
) -> Result<(), TableError> {
    let mut expected = rows[0].0;
    for &(t, value, line) in rows {
        let refused = |message: String| {
            Err(TableError::content(table.path(), Some(line), Some(name), message))
        };
        let late = t - expected;
        if late % step_s != 0 {
            return refused(format!(
                "this row is {} min after the one before, the others are {} min apart",
                minutes(late + step_s),
                minutes(step_s)
            ));
        }
        let missing = late / step_s;
        if missing > WIDEST_GAP {
            return refused(format!(
                "{missing} rows are missing before this one; is the time right?"
            ));
        }
        for _ in 0..missing {
            series.push(None, line, false);
        }
        series.push(value, line, true);
        expected = t + step_s;
    }
    Ok(())
}

impl TimedSeries {
    fn push(&mut self, value: Option<f64>, line: u64, has_row: bool) {
        self.values.push(value);
        self.lines.push(line);
        self.has_row.push(has_row);
    }
}
