//! What every table file says about the run it comes from.

use domain::Names;
use serde::{Deserialize, Serialize};

/// Key of the scenario's start in a file's metadata.
pub(crate) const START_KEY: &str = "gridflock.start";
/// Key of the currency in a file's metadata.
const CURRENCY_KEY: &str = "gridflock.currency";
/// Key of the offset from UTC in a file's metadata.
const OFFSET_KEY: &str = "gridflock.utc_offset";

/// What amounts of money are called in a file; `CNY` where its metadata does not say.
pub(crate) fn currency(metadata: &std::collections::BTreeMap<String, String>) -> &str {
    metadata.get(CURRENCY_KEY).map_or("CNY", String::as_str)
}

/// Minutes of local time before UTC in a file: 480 for `+08:00`, 0 where its metadata does not say.
pub(crate) fn utc_offset_min(metadata: &std::collections::BTreeMap<String, String>) -> i32 {
    let Some(text) = metadata.get(OFFSET_KEY) else { return 0 };
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let parts = text.trim_start_matches(['-', '+']).split_once(':');
    let number = |part: &str| part.parse::<i32>().ok();
    let minutes = parts.and_then(|(h, m)| Some(60 * number(h)? + number(m)?));
    sign * minutes.unwrap_or(0)
}

/// Where rows come from. No path, wall-clock time or thread count: files of the same scenario and
/// seed stay byte-identical.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The scenario's name.
    pub scenario: String,
    /// Main seed.
    pub seed: u64,
    /// Version of gridflock.
    pub version: String,
    /// Fixed offset of local time from UTC (minutes).
    pub utc_offset_min: i32,
    /// The scenario's start (a local midnight), microseconds since 1970-01-01 UTC.
    pub start_utc_us: i64,
    /// What amounts of money are called: three letters, `CNY` by default.
    pub currency: String,
    /// What the numbers of segments, vehicle classes and behaviours are called.
    pub names: Names,
}

impl Provenance {
    /// The offset as `+08:00`.
    ///
    /// ```
    /// let p = record::Provenance { scenario: "park".into(), seed: 1, version: "0.1.0".into(), utc_offset_min: -210, start_utc_us: 0,
    ///     currency: "CNY".into(), names: domain::Names::default() };
    /// assert_eq!(p.utc_offset(), "-03:30");
    /// ```
    pub fn utc_offset(&self) -> String {
        let sign = if self.utc_offset_min < 0 { '-' } else { '+' };
        let minutes = self.utc_offset_min.unsigned_abs();
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
    /// The scenario's start as local time with its offset.
    ///
    /// ```
    /// let p = record::Provenance { scenario: "park".into(), seed: 1, version: "0.1.0".into(), utc_offset_min: 480,
    ///     start_utc_us: 1_772_294_400_000_000,
    ///     currency: "CNY".into(), names: domain::Names::default() };
    /// assert_eq!(p.start(), "2026-03-01T00:00:00+08:00");
    /// ```
    pub fn start(&self) -> String {
        let offset = jiff::tz::Offset::from_seconds(self.utc_offset_min * 60);
        let start = jiff::Timestamp::from_microsecond(self.start_utc_us);
        match (start, offset) {
            (Ok(start), Ok(offset)) => {
                format!("{}{}", offset.to_datetime(start), self.utc_offset())
            }
            // Beyond the years -9999 to 9999 there is no calendar.
            _ => format!("{} us after 1970-01-01T00:00:00Z", self.start_utc_us),
        }
    }
    /// Key-value metadata of a file, in the order in which they are written.
    pub(crate) fn key_values(&self) -> Vec<(String, String)> {
        [
            ("gridflock.scenario", self.scenario.clone()),
            ("gridflock.seed", self.seed.to_string()),
            ("gridflock.version", self.version.clone()),
            (CURRENCY_KEY, self.currency.clone()),
            (OFFSET_KEY, self.utc_offset()),
            (START_KEY, self.start()),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .to_vec()
    }
}
