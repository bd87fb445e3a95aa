//! Instants in users' tables: RFC 3339 with an offset, or local time in a given zone.

use crate::Cell;
use crate::cell::date;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// An instant with its local wall-clock reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970-01-01 UTC.
    pub utc_us: i64,
    /// Local wall clock, as microseconds since 1970-01-01 00:00 local.
    pub local_us: i64,
}

const DAY_US: i64 = 86_400_000_000;

impl Moment {
    /// Local hour of the day, `[0, 24)`.
    pub fn hour_of_day(self) -> f64 {
        self.local_us.rem_euclid(DAY_US) as f64 / 3.6e9
    }
    /// Local day, counted from 1970-01-01.
    pub fn day(self) -> i64 {
        self.local_us.div_euclid(DAY_US)
    }
    /// Day of the week, Monday = 0. 1970-01-01 was a Thursday.
    pub fn weekday(self) -> u8 {
        (self.day() + 3).rem_euclid(7) as u8
    }
    /// Hours from this instant to a later one.
    pub fn hours_to(self, later: Self) -> f64 {
        (later.utc_us - self.utc_us) as f64 / 3.6e9
    }
}

/// A zone: `+08:00`, `UTC`, or a name of the tz database such as `America/Los_Angeles`.
///
/// # Errors
/// If it is none of these, as a sentence.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if let Some(offset) = fixed_offset(name) {
        return Ok(TimeZone::fixed(offset));
    }
    TimeZone::get(name)
        .map_err(|_| format!("unknown time zone `{name}`; give an offset such as `+08:00` or a name such as `America/Los_Angeles`"))
}

fn fixed_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

/// The instant in a cell. Text with an offset stands for itself; without one it is local time of
/// `zone`.
///
/// # Errors
/// If it is none, as a sentence.
pub fn moment(cell: &Cell, zone: &TimeZone) -> Result<Option<Moment>, String> {
    let wall = |us: i64| {
        Timestamp::from_microsecond(us)
            .map(|t| Offset::UTC.to_datetime(t))
            .map_err(|e| e.to_string())
    };
    match cell {
        Cell::Empty => Ok(None),
        Cell::Instant { us, utc: true } => {
            Timestamp::from_microsecond(*us).map(|t| Some(at(t, zone))).map_err(|e| e.to_string())
        }
        Cell::Instant { us, utc: false } => local(wall(*us)?, zone).map(Some),
        Cell::Date(days) => match date(*days) {
            Some(day) => local(day.to_datetime(jiff::civil::Time::midnight()), zone).map(Some),
            None => Err(format!("{days} days after 1970 is no date")),
        },
        Cell::Text(text) => parse(text, zone).map(Some),
        Cell::Number(_) | Cell::Whole(_) | Cell::Flag(_) => Err(format!(
            "`{}` is no time; an instant such as 2026-03-01T08:15:00+08:00 is needed",
            cell.text()
        )),
    }
}

/// Whether a text is an instant, a local time, a day or an hour of a day.
pub(crate) fn is_instant(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && (text.parse::<Timestamp>().is_ok()
            || text.parse::<DateTime>().is_ok()
            || text.parse::<jiff::civil::Time>().is_ok())
}

fn parse(text: &str, zone: &TimeZone) -> Result<Moment, String> {
    if let Ok(t) = text.parse::<Timestamp>() {
        return Ok(at(t, zone));
    }
    // `Wed, 25 Apr 2018 11:08:04 GMT`, as web services write it.
    if text.contains(',')
        && let Ok(zoned) = jiff::fmt::rfc2822::parse(text)
    {
        return Ok(at(zoned.timestamp(), zone));
    }
    let wall = text
        .parse::<DateTime>()
        .map_err(|_| format!("`{text}` is not an instant such as 2026-03-01T08:15:00+08:00"))?;
    local(wall, zone)
}

fn local(wall: DateTime, zone: &TimeZone) -> Result<Moment, String> {
    // At the change of summer time a reading may occur twice (the earlier is taken) or never (it is
    // shifted).
    zone.to_zoned(wall).map(|z| at(z.timestamp(), zone)).map_err(|e| e.to_string())
}

fn at(t: Timestamp, zone: &TimeZone) -> Moment {
    let utc_us = t.as_microsecond();
    Moment { utc_us, local_us: utc_us + i64::from(zone.to_offset(t).seconds()) * 1_000_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, zone_name: &str, utc_us: i64, hour: f64) {
        let m = parse(text, &zone(zone_name).unwrap()).unwrap();
        assert_eq!(m.utc_us, utc_us, "{text}");
        assert!((m.hour_of_day() - hour).abs() < 1e-9, "{text}: {}", m.hour_of_day());
    }

    #[test]
    fn offsets_and_zones_agree() {
        // 2018-10-08T13:25Z = 1539005100 s; in Los Angeles (summer time) 06:25.
        let us = 1_539_005_100_000_000;
        check("2018-10-08T13:25:00Z", "America/Los_Angeles", us, 6.0 + 25.0 / 60.0);
        check("2018-10-08T06:25", "America/Los_Angeles", us, 6.0 + 25.0 / 60.0);
        check("2018-10-08 21:25:00", "+08:00", us, 21.0 + 25.0 / 60.0);
        check("2018-10-08T21:25:00+08:00", "UTC", us, 13.0 + 25.0 / 60.0);
        assert_eq!(parse("2018-10-08T13:25:00Z", &zone("UTC").unwrap()).unwrap().weekday(), 0); // a Monday
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        assert!(
            parse("8.10.2018", &TimeZone::UTC).unwrap_err().contains("2026-03-01T08:15:00+08:00")
        );
        assert!(zone("Shanghai").unwrap_err().contains("+08:00"));
    }
}
