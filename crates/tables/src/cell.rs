//! One cell of a user's table.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A real number (Parquet; in CSV every cell is text until it is asked for a number).
    Number(f64),
    /// A whole number (Parquet).
    Whole(i64),
    /// Yes or no (Parquet).
    Flag(bool),
    /// Text.
    Text(String),
    /// A day without an hour (Parquet), counted from 1970-01-01.
    Date(i32),
    /// An instant (Parquet) in microseconds since 1970, of UTC or else of local time.
    Instant {
        /// Microseconds since 1970-01-01.
        us: i64,
        /// Whether they count in UTC.
        utc: bool,
    },
}

impl Cell {
    /// The cell as text; an empty one is empty.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Number(x) => x.to_string(),
            Self::Whole(x) => x.to_string(),
            Self::Flag(x) => x.to_string(),
            Self::Text(text) => text.clone(),
            Self::Date(days) => date(*days).map_or_else(|| days.to_string(), |d| d.to_string()),
            Self::Instant { us, utc } => match Timestamp::from_microsecond(*us) {
                Ok(t) if *utc => t.to_string(),
                Ok(t) => Offset::UTC.to_datetime(t).to_string(),
                Err(_) => us.to_string(),
            },
        }
    }
}

/// The day that is so many days after 1970-01-01.
pub(crate) fn date(days: i32) -> Option<Date> {
    let us = i64::from(days).checked_mul(86_400_000_000)?;
    Some(Offset::UTC.to_datetime(Timestamp::from_microsecond(us).ok()?).date())
}
