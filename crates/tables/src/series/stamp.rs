//! What a cell says about time.

use crate::Cell;
use crate::cell::date;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::Offset;

/// What a cell says about time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stamp {
    /// An instant (microseconds since 1970 UTC).
    Instant(i64),
    /// A reading of a local clock.
    Local(DateTime),
    /// A day without an hour.
    Day(Date),
    /// An hour of some day.
    Hour(Time),
}

/// What a cell says; none if it is no time.
pub(super) fn stamp(cell: &Cell, format: Option<&str>) -> Option<Stamp> {
    match cell {
        Cell::Instant { us, utc: true } => {
            Timestamp::from_microsecond(*us).is_ok().then_some(Stamp::Instant(*us))
        }
        Cell::Instant { us, utc: false } => {
            Timestamp::from_microsecond(*us).ok().map(|t| Stamp::Local(Offset::UTC.to_datetime(t)))
        }
        Cell::Date(days) => date(*days).map(Stamp::Day),
        Cell::Text(text) => match format {
            Some(format) => formatted(text, format),
            None => iso(text),
        },
        Cell::Whole(_) | Cell::Number(_) => {
            format.and_then(|format| formatted(&cell.text(), format))
        }
        Cell::Empty | Cell::Flag(_) => None,
    }
}

fn iso(text: &str) -> Option<Stamp> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.contains(['-', ':']) {
        return None;
    }
    if let Ok(t) = text.parse::<Timestamp>() {
        return Some(Stamp::Instant(t.as_microsecond()));
    }
    if let (10, Ok(day)) = (text.len(), text.parse::<Date>()) {
        return Some(Stamp::Day(day));
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return Some(Stamp::Local(local));
    }
    text.parse::<Time>().ok().map(Stamp::Hour)
}

fn formatted(text: &str, format: &str) -> Option<Stamp> {
    let parts = strtime::parse(format, text).ok()?;
    if parts.offset().is_some() || format.contains("%s") {
        return parts.to_timestamp().ok().map(|t| Stamp::Instant(t.as_microsecond()));
    }
    match (parts.to_date(), parts.to_time()) {
        (Ok(day), Ok(_)) if parts.hour().is_none() => Some(Stamp::Day(day)),
        (Ok(day), Ok(time)) => Some(Stamp::Local(day.to_datetime(time))),
        (Ok(day), Err(_)) => Some(Stamp::Day(day)),
        (Err(_), Ok(time)) if parts.hour().is_some() => Some(Stamp::Hour(time)),
        _ => None,
    }
}

/// Whether a text looks like a time that is not ISO 8601: `29.05.2016 00:00`, `5/29/16`.
pub(super) fn looks_like_time(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_digit());
    let all = text.chars().all(|c| c.is_ascii_alphanumeric() || " .:/-+,".contains(c));
    let marks = |c: char| text.matches(c).count();
    starts && all && (marks(':') > 0 || marks('/') == 2 || marks('.') == 2 || marks('-') == 2)
}
