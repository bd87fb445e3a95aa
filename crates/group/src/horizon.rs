//! The periods over which a day is planned, and what a span of real time covers of them.

use crate::GroupError;
use serde::{Deserialize, Serialize};

/// Parts of a period shorter than this \[h\] are not seen (a ten-thousandth of a second).
const MOMENT_H: f64 = 1e-8;

/// What lies beyond the last period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ends {
    /// The first period: a typical day that repeats, so that a night's stay wraps around midnight
    /// (our reading of the published one-day curves).
    Cyclic,
    /// Nothing: what a stay has left after the horizon is not planned.
    Open,
}

/// Consecutive periods of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Horizon {
    /// Hour at which period 0 begins; stays count their hours on the same axis \[h\].
    pub start_h: f64,
    /// Number of periods.
    pub periods: usize,
    /// Length of a period \[h\].
    pub period_h: f64,
    /// What lies beyond the end.
    pub ends: Ends,
}

/// A period of a stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Period of the horizon, from 0.
    pub period: usize,
    /// Part of the period that is covered \[h\].
    pub hours: f64,
}

impl Horizon {
    /// A repeating day of `periods` equal periods that begins at midnight.
    ///
    /// ```
    /// assert_eq!(group::Horizon::day(96).period_h, 0.25);
    /// ```
    pub fn day(periods: usize) -> Self {
        Self { start_h: 0.0, periods, period_h: 24.0 / periods as f64, ends: Ends::Cyclic }
    }

    /// A span of `periods` periods from `start_h` on, with nothing after it.
    pub fn open(start_h: f64, periods: usize, period_h: f64) -> Self {
        Self { start_h, periods, period_h, ends: Ends::Open }
    }

    /// Refuses a horizon without length, and a cyclic one that is not a day.
    ///
    /// # Errors
    /// [`GroupError::Horizon`].
    pub fn check(&self) -> Result<(), GroupError> {
        let refuse = |reason| {
            Err(GroupError::Horizon { periods: self.periods, period_h: self.period_h, reason })
        };
        if self.periods == 0 {
            return refuse("it needs at least one period");
        }
        if !(self.period_h > 0.0 && self.period_h.is_finite() && self.start_h.is_finite()) {
            return refuse("its start and a positive period must be finite");
        }
        if self.ends == Ends::Cyclic && (self.length_h() - 24.0).abs() > 1e-6 {
            return refuse("a cyclic horizon must be 24 h long");
        }
        Ok(())
    }

    /// Length of the horizon \[h\].
    pub fn length_h(&self) -> f64 {
        self.periods as f64 * self.period_h
    }

    /// Hour of the day, 0..24, in the middle of a period.
    pub fn middle_hour(&self, period: usize) -> f64 {
        (self.start_h + (period as f64 + 0.5) * self.period_h).rem_euclid(24.0)
    }

    /// Values of equal steps of the day (24 for hours), read at the middle of each period.
    ///
    /// ```
    /// assert_eq!(group::Horizon::open(23.0, 4, 0.5).of_day(&[10.0, 20.0]), [20.0, 20.0, 10.0, 10.0]);
    /// ```
    pub fn of_day(&self, steps: &[f64]) -> Vec<f64> {
        let step = |period: usize| (self.middle_hour(period) / 24.0 * steps.len() as f64) as usize;
        (0..self.periods).filter_map(|period| steps.get(step(period)).copied()).collect()
    }

    /// Periods between two hours in the order of time, each with the part that is covered. No
    /// period occurs twice; a span longer than a cyclic day is cut to the day, one outside an open
    /// horizon to the horizon.
    ///
    /// ```
    /// use group::{Cell, Horizon};
    /// // 22:30 to 01:15 of the next day.
    /// let cells = Horizon::day(24).cover(22.5, 25.25);
    /// assert_eq!(cells, [22, 23, 0, 1].iter().zip([0.5, 1.0, 1.0, 0.25]).map(|(&period, hours)| Cell { period, hours }).collect::<Vec<_>>());
    /// ```
    pub fn cover(&self, from_h: f64, to_h: f64) -> Vec<Cell> {
        let (from, to) = match self.ends {
            Ends::Cyclic => {
                let from = (from_h - self.start_h).rem_euclid(self.length_h());
                (from, from + (to_h - from_h).min(self.length_h()))
            }
            Ends::Open => {
                ((from_h - self.start_h).max(0.0), (to_h - self.start_h).min(self.length_h()))
            }
        };
        let mut cells: Vec<Cell> = Vec::new();
        let mut step = (from / self.period_h) as usize;
        while (step as f64) * self.period_h < to {
            let begin = step as f64 * self.period_h;
            let hours = to.min(begin + self.period_h) - from.max(begin);
            let period = step % self.periods;
            step += 1;
            if hours <= MOMENT_H {
                continue;
            }
            match cells.first_mut() {
                Some(first) if first.period == period => {
                    first.hours = (first.hours + hours).min(self.period_h);
                }
                _ => cells.push(Cell { period, hours }),
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(cells: &[Cell]) -> Vec<(usize, f64)> {
        cells.iter().map(|cell| (cell.period, (cell.hours * 1e6).round() / 1e6)).collect()
    }

    #[test]
    fn a_full_day_from_noon_returns_to_its_first_period_once() {
        let cells = Horizon::day(24).cover(12.5, 36.5);
        assert_eq!(cells.len(), 24);
        assert_eq!(pairs(&cells)[0], (12, 1.0)); // half an hour at each end of the same hour
        let longer = Horizon::day(24).cover(12.5, 40.0);
        assert_eq!(cells, longer);
    }

    #[test]
    fn an_open_horizon_cuts_both_ends() {
        let night = Horizon::open(18.0, 4, 0.5); // 18:00 to 20:00
        assert_eq!(pairs(&night.cover(17.0, 18.75)), [(0, 0.5), (1, 0.25)]);
        assert_eq!(pairs(&night.cover(19.75, 32.0)), [(3, 0.25)]);
        assert!(night.cover(20.0, 32.0).is_empty());
        assert_eq!(night.middle_hour(0), 18.25);
    }

    #[test]
    fn malformed_horizons_are_refused() {
        assert!(Horizon { periods: 0, ..Horizon::day(24) }.check().is_err());
        assert!(
            Horizon { period_h: 0.5, ..Horizon::day(24) }
                .check()
                .unwrap_err()
                .to_string()
                .contains("24 h long")
        );
        assert!(Horizon::open(8.0, 5, f64::NAN).check().is_err());
        assert!(Horizon::day(96).check().is_ok() && Horizon::open(8.0, 5, 0.25).check().is_ok());
    }

    proptest! {
        #[test]
        fn covered_hours_sum_to_the_span(from in -30.0_f64..60.0, length in 0.01_f64..24.0, periods in 1_usize..97) {
            let horizon = Horizon::day(periods);
            let cells = horizon.cover(from, from + length);
            let sum: f64 = cells.iter().map(|cell| cell.hours).sum();
            prop_assert!((sum - length).abs() < 1e-5);
            let mut seen = vec![false; periods];
            for cell in cells {
                prop_assert!(!std::mem::replace(&mut seen[cell.period], true));
                prop_assert!(cell.hours <= horizon.period_h + 1e-12);
            }
        }
    }
}
