//! The instant at which a run begins: RFC 3339 with a fixed offset, a local midnight.

use domain::{Span, Time};
use keys::{Code, Table};

/// A local midnight with its offset from UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub unix_us: i64,
    /// Offset of local time from UTC (s).
    pub offset_s: i32,
    /// The instant as the scenario writes it.
    pub text: String,
}

/// Why a text is no start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Not RFC 3339.
    #[error("is not a date and time of RFC 3339")]
    Form,
    /// No offset.
    #[error("has no offset from UTC")]
    NoOffset,
    /// A date that the calendar does not have.
    #[error("is a date that the calendar does not have")]
    NoSuchDate,
    /// Not a midnight.
    #[error("is not a local midnight")]
    NotMidnight,
}

impl Start {
    /// Weekday of the first day; 0 is a Monday.
    ///
    /// ```
    /// let start = scenario::Start::parse("2016-05-29T00:00:00+08:00").unwrap();
    /// assert_eq!(start.weekday(), 6); // a Sunday
    /// ```
    pub fn weekday(&self) -> u8 {
        let local_s = self.unix_us.div_euclid(1_000_000) + i64::from(self.offset_s);
        // 1970-01-01 was a Thursday.
        (local_s.div_euclid(86_400) + 3).rem_euclid(7) as u8
    }

    /// Parse a start.
    ///
    /// # Errors
    /// When the text is not RFC 3339 with an offset, names no date, or is not a local midnight.
    ///
    /// ```
    /// use scenario::Start;
    /// let start = Start::parse("1970-01-02T00:00:00+08:00").unwrap();
    /// assert_eq!((start.unix_us, start.offset_s), (16 * 3_600_000_000, 28_800)); // 24 h - 8 h
    /// assert!(Start::parse("1970-01-02T06:00:00+08:00").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, StartError> {
        let moment = Moment::parse(text)?;
        let offset_s = moment.offset_s.ok_or(StartError::NoOffset)?;
        if moment.clock_us != 0 {
            return Err(StartError::NotMidnight);
        }
        let seconds = moment.day * 86_400 - i64::from(offset_s);
        Ok(Self { unix_us: seconds * 1_000_000, offset_s, text: text.to_owned() })
    }

    /// An instant of a run that begins here: a date and time of RFC 3339 (without an offset it is
    /// local time, without a time it is a midnight), or a span after the start such as `36h`, with
    /// unit `us`, `ms`, `s`, `min`, `h` or `d`.
    ///
    /// # Errors
    /// When the text is neither.
    ///
    /// ```
    /// use domain::Time;
    /// let start = scenario::Start::parse("2016-05-29T00:00:00+08:00").unwrap();
    /// let noon = Time::from_hours(36.0);
    /// for text in ["2016-05-30T12:00:00+08:00", "2016-05-30 04:00:00Z", "36h", "1.5d", "2160min"] {
    ///     assert_eq!(start.instant(text), Ok(noon), "{text}");
    /// }
    /// assert_eq!(start.instant("2016-05-30T12:00"), Ok(noon));
    /// assert_eq!(start.instant("2016-05-31"), Ok(Time::from_hours(48.0)));
    /// assert!(start.instant("noon").is_err() && start.instant("nand").is_err());
    /// ```
    pub fn instant(&self, text: &str) -> Result<Time, StartError> {
        let text = text.trim();
        if let Some(span) = span(text) {
            return Ok(Time::START + span);
        }
        let written = [text.to_owned(), format!("{text}:00"), format!("{text}T00:00:00")];
        let read = written.iter().map(|text| Moment::parse(text));
        let moment = read.reduce(|a, b| if matches!(a, Err(StartError::Form)) { b } else { a });
        let moment = moment.unwrap_or(Err(StartError::Form))?;
        let offset_s = i64::from(moment.offset_s.unwrap_or(self.offset_s));
        let unix_us = (moment.day * 86_400 - offset_s) * 1_000_000 + moment.clock_us;
        Ok(Time(unix_us - self.unix_us))
    }
}

/// A span such as `36h`.
fn span(text: &str) -> Option<Span> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let us = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "min" => 60e6,
        "h" => 3600e6,
        "d" => 86_400e6,
        _ => return None,
    };
    let us = number.trim().parse::<f64>().ok()? * us;
    // A hundred years hold every run.
    (us.abs() < 3.2e15).then_some(Span(us.round() as i64))
}

/// A date and a time of day as RFC 3339 writes them.
struct Moment {
    /// Days since 1970-01-01.
    day: i64,
    /// Time of day \[us\].
    clock_us: i64,
    /// Offset from UTC \[s\], if there is one.
    offset_s: Option<i32>,
}

impl Moment {
    fn parse(text: &str) -> Result<Self, StartError> {
        let (date, rest) = split_at_char(text, 10)?;
        let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(StartError::Form)?;
        let (clock, rest) = split_at_char(rest, 8)?;
        let (fraction, zone) = match rest.strip_prefix('.') {
            Some(rest) => {
                rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()))
            }
            None => ("", rest),
        };
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(clock, ':')?;
        let offset_s = if zone.is_empty() { None } else { Some(offset(zone)?) };
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return Err(StartError::NoSuchDate);
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err(StartError::Form);
        }
        let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
        let micros: i64 = micros.parse().map_err(|_| StartError::Form)?;
        Ok(Self {
            day: days_from_civil(year, month, day),
            clock_us: ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros,
            offset_s,
        })
    }
}

fn split_at_char(text: &str, at: usize) -> Result<(&str, &str), StartError> {
    text.split_at_checked(at).ok_or(StartError::Form)
}

fn numbers(text: &str, separator: char) -> Result<[i64; 3], StartError> {
    let parts: Vec<&str> = text.split(separator).collect();
    let parts: [&str; 3] = parts.try_into().map_err(|_| StartError::Form)?;
    let mut out = [0; 3];
    for (slot, part) in out.iter_mut().zip(parts) {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(StartError::Form);
        }
        *slot = part.parse().map_err(|_| StartError::Form)?;
    }
    Ok(out)
}

fn offset(text: &str) -> Result<i32, StartError> {
    if text.eq_ignore_ascii_case("z") {
        return Ok(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return Err(StartError::Form),
    };
    let [hours, minutes, _] = numbers(&format!("{}:0", &text[1..]), ':')?;
    if hours > 23 || minutes > 59 || text.len() != 6 {
        return Err(StartError::Form);
    }
    Ok(sign * (hours * 3600 + minutes * 60) as i32)
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

pub(crate) fn start(t: &mut Table<'_>) -> Start {
    let doc = "the local midnight at which the record opens, RFC 3339 with a fixed offset from UTC";
    let fallback = Start { unix_us: 0, offset_s: 0, text: "1970-01-01T00:00:00Z".into() };
    let Some(text) = t.required_moment("start", doc) else { return fallback };
    Start::parse(&text).unwrap_or_else(|error| {
        let shown: String = text.chars().take(40).collect();
        let help = "write a local midnight such as 2016-05-28T00:00:00+08:00";
        t.refuse_as(Code::OutOfRange, "start", format!("`start` = {shown} {error}"), help);
        fallback
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        // 2016-05-29 is 16,950 days after 1970-01-01; midnight at +08:00 is 16:00 UTC of the day
        // before.
        let start = Start::parse("2016-05-29T00:00:00+08:00").expect("valid");
        assert_eq!(start.unix_us, (16_950 * 86_400 - 28_800) * 1_000_000);
        assert_eq!(
            Start::parse("2000-02-29 00:00:00Z").expect("leap day").unix_us,
            951_782_400_000_000
        );
        assert_eq!(Start::parse("1970-01-01T00:00:00.000-05:30").expect("valid").offset_s, -19_800);
    }

    #[test]
    fn bad_starts_say_what_is_wrong() {
        let cases = [
            ("", StartError::Form),
            ("2016-05-28", StartError::Form),
            ("2016-05-28T00:00:00", StartError::NoOffset),
            ("2016-02-30T00:00:00Z", StartError::NoSuchDate),
            ("2016-13-01T00:00:00Z", StartError::NoSuchDate),
            ("2015-02-29T00:00:00Z", StartError::NoSuchDate),
            ("2016-05-28T08:00:00+08:00", StartError::NotMidnight),
            ("2016-05-28T00:00:00.5Z", StartError::NotMidnight),
            ("2016-05-28T00:00:00+8", StartError::Form),
            ("2016-05-28T00:00:00+08:00:00", StartError::Form),
            ("2016-05-28T00:00:00Asia/Shanghai", StartError::Form),
            ("ééééééééé", StartError::Form),
        ];
        for (text, wanted) in cases {
            assert_eq!(Start::parse(text), Err(wanted), "{text}");
        }
    }
}
