//! Spans of time that the model counts in settlement periods. Their keys are in minutes or hours,
//! so that a day in 96, 48 or 24 periods is the same day; a span that does not fill whole periods
//! is rounded up. Beside each stands the older key in periods, unset by default: it overrides, and
//! both are refused.

use keys::Table;
use std::ops::RangeInclusive;

/// Whole periods that a span covers, one at least unless it is nothing.
fn whole_periods(minutes: f64, periods_per_day: u32) -> u32 {
    (minutes * f64::from(periods_per_day) / DAY_MIN - 1e-9).ceil().max(0.0) as u32
}

/// Minutes of a day.
pub(crate) const DAY_MIN: f64 = 1440.0;

/// Unit of a key.
#[derive(Clone, Copy)]
pub(crate) enum In {
    Minutes,
    Hours,
}

impl In {
    fn unit(self) -> &'static str {
        match self {
            Self::Minutes => "min",
            Self::Hours => "h",
        }
    }
    fn minutes(self) -> f64 {
        match self {
            Self::Minutes => 1.0,
            Self::Hours => 60.0,
        }
    }
}

/// A key in time, the older one in periods, and what they mean.
pub(crate) struct Keys<'k> {
    pub key: &'k str,
    pub unit: In,
    pub old: &'k str,
    pub doc: &'k str,
}

impl Keys<'_> {
    fn old_doc(&self) -> String {
        format!("{}, in settlement periods, in the place of `{}`", self.doc, self.key)
    }

    /// A span in periods. `default` and the longest span are in the key's unit; `periods` is the
    /// range of the older key, and its lower end the least that comes out.
    pub fn periods(
        &self,
        t: &mut Table<'_>,
        periods_per_day: u32,
        default: f64,
        longest: f64,
        periods: RangeInclusive<u32>,
    ) -> u32 {
        let chosen = t.one_of(&[self.key, self.old], self.key);
        let describing = t.is_describing();
        let mut value = whole_periods(default * self.unit.minutes(), periods_per_day);
        if chosen == self.key || describing {
            let given = t.number(self.key, default, 0.0..=longest, self.unit.unit(), self.doc);
            value = whole_periods(given * self.unit.minutes(), periods_per_day);
        }
        if chosen == self.old || describing {
            let range = u64::from(*periods.start())..=u64::from(*periods.end());
            let given = t.optional_count(self.old, range, "periods", &self.old_doc());
            value = given.map_or(value, |n| n as u32);
        }
        value.clamp(*periods.start(), *periods.end())
    }

    /// Several lengths in periods, rising, each once.
    pub fn lengths(
        &self,
        t: &mut Table<'_>,
        periods_per_day: u32,
        default: &[f64],
        longest: f64,
    ) -> Vec<u32> {
        let chosen = t.one_of(&[self.key, self.old], self.key);
        let describing = t.is_describing();
        let in_periods = |span: &f64| {
            whole_periods(span * self.unit.minutes(), periods_per_day).clamp(1, periods_per_day)
        };
        let mut lengths: Vec<u32> = default.iter().map(in_periods).collect();
        if chosen == self.key || describing {
            let unit = self.unit.unit();
            let given = t.numbers(self.key, default, 1..=96, 1.0..=longest, unit, self.doc);
            lengths = given.iter().map(in_periods).collect();
        }
        if chosen == self.old || describing {
            let given = t.optional_counts(
                self.old,
                1..=96,
                1..=periods_per_day,
                "periods",
                &self.old_doc(),
            );
            lengths = given.unwrap_or(lengths);
        }
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_up_to_whole_periods() {
        for (minutes, per_day, expected) in [
            (60.0, 96, 4),
            (60.0, 48, 2),
            (60.0, 24, 1),
            (240.0, 24, 4),
            (15.0, 24, 1),
            (61.0, 96, 5),
            (0.0, 96, 0),
        ] {
            assert_eq!(whole_periods(minutes, per_day), expected, "{minutes} min of {per_day}");
        }
    }
}
