//! Simulated time: whole microseconds from the scenario's `start`, and the grid of settlement
//! periods.

use crate::Hours;
use crate::nearest::nearest;
use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Sub};

/// An instant: microseconds from the scenario's `start` (a local midnight). Negative during warm-up
/// days.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

/// A difference of instants in microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub i64);

/// The phases of one instant, in order. A handler sends only to a later time or to a later phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Phase {
    /// The period that ends: delivered energy, real price, refunds, penalties.
    Settle = 1,
    /// Series, weather, a partner's inputs.
    Exogenous = 2,
    /// Messages, arrivals, departures, plugging in and out.
    Deliver = 3,
    /// Prices are published, then users plan and tickets are decided.
    Decide = 4,
    /// Set points, zone reports, targets, plant and power flow for the period that begins.
    Dispatch = 5,
}

impl Time {
    /// The scenario's `start`.
    pub const START: Self = Self(0);
    /// No instant; null in the tables.
    pub const NONE: Self = Self(i64::MIN);
    /// Later than everything.
    pub const FAR: Self = Self(i64::MAX / 4);
    /// The instant `hours` after the start.
    #[inline]
    pub fn from_hours(hours: f64) -> Self {
        Self(nearest(hours * 3.6e9))
    }
    /// Hours after the start.
    pub fn hours(self) -> f64 {
        self.0 as f64 / 3.6e9
    }
    /// Local hour of the day, 0..24.
    #[inline]
    pub fn hour_of_day(self) -> f64 {
        self.0.rem_euclid(Span::DAY.0) as f64 / 3.6e9
    }
    /// Local day number; the day that begins at `start` is 0.
    #[inline]
    pub fn day(self) -> i64 {
        self.0.div_euclid(Span::DAY.0)
    }
    /// The local midnight at which `day` begins.
    #[inline]
    pub fn midnight(day: i64) -> Self {
        Self(day * Span::DAY.0)
    }
}

impl Span {
    /// One second.
    pub const SECOND: Self = Self(1_000_000);
    /// One minute.
    pub const MINUTE: Self = Self(60_000_000);
    /// One hour.
    pub const HOUR: Self = Self(3_600_000_000);
    /// One day of 86,400 s.
    pub const DAY: Self = Self(86_400_000_000);
    /// A span of real minutes, rounded to the microsecond.
    pub fn from_minutes(m: f64) -> Self {
        Self(nearest(m * 6e7))
    }
    /// A span of real hours, rounded to the microsecond.
    pub fn from_hours(h: f64) -> Self {
        Self(nearest(h * 3.6e9))
    }
    /// A span of real seconds, rounded to the microsecond.
    pub fn from_seconds(s: f64) -> Self {
        Self(nearest(s * 1e6))
    }
    /// In hours, for products with power.
    pub fn hours(self) -> Hours {
        Hours(self.0 as f64 / 3.6e9)
    }
    /// In minutes.
    pub fn minutes(self) -> f64 {
        self.0 as f64 / 6e7
    }
    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
    /// A share of the span, rounded to the microsecond.
    pub fn share(self, k: f64) -> Self {
        Self(nearest(self.0 as f64 * k))
    }
    /// `n` times the span.
    pub fn times(self, n: i64) -> Self {
        Self(self.0 * n)
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, s: Span) -> Self {
        Self(self.0 + s.0)
    }
}
impl AddAssign<Span> for Time {
    fn add_assign(&mut self, s: Span) {
        self.0 += s.0;
    }
}
impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, s: Span) -> Self {
        Self(self.0 - s.0)
    }
}
impl Sub for Time {
    type Output = Span;
    fn sub(self, o: Self) -> Span {
        Span(self.0 - o.0)
    }
}
impl Add for Span {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(self.0 + o.0)
    }
}
impl Sub for Span {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self(self.0 - o.0)
    }
}

/// Settlement periods: period `k` covers `[k dt, (k+1) dt)` from the scenario's start; `k` is
/// negative in warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodGrid {
    /// Periods in a day: 96, 48 or 24.
    pub per_day: i64,
}

impl PeriodGrid {
    /// A period's length.
    pub fn length(self) -> Span {
        Span(Span::DAY.0 / self.per_day)
    }
    /// A period's length in hours.
    pub fn hours(self) -> Hours {
        self.length().hours()
    }
    /// The period that contains an instant.
    #[inline]
    pub fn at(self, t: Time) -> i64 {
        t.0.div_euclid(self.length().0)
    }
    /// The first period that starts at or after an instant.
    #[inline]
    pub fn ceil(self, t: Time) -> i64 {
        -((-t.0).div_euclid(self.length().0))
    }
    /// A period's start.
    #[inline]
    pub fn start(self, period: i64) -> Time {
        Time(period * self.length().0)
    }
    /// A period's end.
    #[inline]
    pub fn end(self, period: i64) -> Time {
        self.start(period + 1)
    }
    /// A period's position in its day, `0..per_day`.
    #[inline]
    pub fn of_day(self, period: i64) -> usize {
        period.rem_euclid(self.per_day) as usize
    }
}
