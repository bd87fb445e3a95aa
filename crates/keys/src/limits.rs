//! The allowed range of a number.

use std::fmt;
use std::ops::{Bound, RangeBounds};

/// 0 to 1, both included.
pub const SHARE: std::ops::RangeInclusive<f64> = 0.0..=1.0;

/// More than 0, at most a billion: sizes, prices and spreads that cannot be nothing.
pub const ABOVE_ZERO: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Included(1e9));

/// The allowed range of a number, always finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Lower end.
    pub low: Bound<f64>,
    /// Upper end.
    pub high: Bound<f64>,
}

impl Limits {
    /// The limits of any kind of range.
    pub fn of(range: &impl RangeBounds<f64>) -> Self {
        Self { low: range.start_bound().cloned(), high: range.end_bound().cloned() }
    }

    /// Whether a number lies inside.
    pub fn contains(&self, x: f64) -> bool {
        (self.low, self.high).contains(&x)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low, self.high) {
            (Bound::Unbounded, Bound::Unbounded) => write!(f, "any finite number"),
            (Bound::Included(low), Bound::Included(high)) => write!(f, "{low} to {high}"),
            (Bound::Included(low), Bound::Excluded(high)) => {
                write!(f, "{low} or more and less than {high}")
            }
            (Bound::Excluded(low), Bound::Included(high)) => {
                write!(f, "more than {low} and at most {high}")
            }
            (Bound::Excluded(low), Bound::Excluded(high)) => {
                write!(f, "more than {low} and less than {high}")
            }
            (Bound::Included(low), Bound::Unbounded) => write!(f, "{low} or more"),
            (Bound::Excluded(low), Bound::Unbounded) => write!(f, "more than {low}"),
            (Bound::Unbounded, Bound::Included(high)) => write!(f, "at most {high}"),
            (Bound::Unbounded, Bound::Excluded(high)) => write!(f, "less than {high}"),
        }
    }
}
