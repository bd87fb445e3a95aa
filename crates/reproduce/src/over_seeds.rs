//! A figure of every seed, and figures as people read them.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::fmt;
use study::stats;

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// A figure of every seed, in the order of the seeds. Figures of two variants are compared seed by
/// seed, since a seed stands for the same people and the same weather in both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverSeeds(Vec<f64>);

impl OverSeeds {
    /// From the values of the seeds.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        Self(values.into_iter().collect())
    }

    /// The values of the seeds.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Mean over the seeds; NaN of none.
    pub fn mean(&self) -> f64 {
        stats::mean(&self.0)
    }

    /// Half-width of the 95 % interval of the mean (Student's t); NaN of a single seed.
    ///
    /// ```
    /// // 1, 2, 3: sd 1, t(0.975; 2) = 4.302653 over sqrt(3)
    /// let three = reproduce::OverSeeds::of([1.0, 2.0, 3.0]);
    /// assert!((three.half_width() - 2.484_138).abs() < 1e-5);
    /// ```
    pub fn half_width(&self) -> f64 {
        self.half_width_at(CONFIDENCE)
    }

    /// Half-width of the interval at another confidence.
    pub fn half_width_at(&self, confidence: f64) -> f64 {
        // What differs in the last bits only does not differ.
        let mean = self.mean();
        let same =
            self.0.len() > 1 && self.0.iter().all(|x| (x - mean).abs() <= 1e-12 * mean.abs());
        if same {
            return 0.0;
        }
        stats::half_width(stats::variance(&self.0).sqrt(), self.0.len(), confidence)
    }

    /// Seed by seed, a function of this figure and another.
    pub fn with(&self, other: &Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self::of(self.0.iter().zip(&other.0).map(|(a, b)| of(*a, *b)))
    }

    /// Seed by seed, a function of this figure.
    pub fn map(&self, of: impl Fn(f64) -> f64) -> Self {
        Self::of(self.0.iter().map(|x| of(*x)))
    }

    /// This less another.
    ///
    /// ```
    /// use reproduce::OverSeeds;
    /// let gain = OverSeeds::of([5.0, 7.0]).less(&OverSeeds::of([4.0, 6.0]));
    /// assert_eq!((gain.mean(), gain.half_width()), (1.0, 0.0));
    /// ```
    pub fn less(&self, other: &Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    /// Relative change from another to this.
    pub fn change_from(&self, other: &Self) -> Self {
        self.with(other, |a, b| (a - b) / b.abs())
    }

    /// In percent, with a sign: `-12.3 ±0.4 %`.
    pub fn percent(&self) -> String {
        let (mean, half) = (100.0 * self.mean(), 100.0 * self.half_width());
        if half > 0.0 { format!("{mean:+.1} ±{half:.1} %") } else { format!("{mean:+.1} %") }
    }
}

impl fmt::Display for OverSeeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mean, half) = (self.mean(), self.half_width());
        if half > 1e-9 * mean.abs() {
            write!(f, "{} ±{}", figure(mean), figure(half))
        } else {
            f.write_str(&figure(mean))
        }
    }
}

/// As `{mean, half_width, seeds}`; what is no number is null.
impl Serialize for OverSeeds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let finite = |x: f64| x.is_finite().then_some(x);
        let mut s = serializer.serialize_struct("OverSeeds", 3)?;
        s.serialize_field("mean", &finite(self.mean()))?;
        s.serialize_field("half_width", &finite(self.half_width()))?;
        s.serialize_field("seeds", &self.0.len())?;
        s.end()
    }
}

/// A figure for people: as many digits as carry meaning.
///
/// ```
/// assert_eq!(["1672", "0.130", "12.5", "-"], [1671.6, 0.13, 12.48, f64::NAN].map(reproduce::figure).each_ref().map(String::as_str));
/// ```
pub fn figure(value: f64) -> String {
    let a = value.abs();
    if value.is_nan() {
        "-".to_owned()
    } else if value == value.round() || a >= 1000.0 {
        format!("{value:.0}")
    } else if a >= 10.0 {
        format!("{value:.1}")
    } else if a >= 0.001 {
        format!("{value:.3}")
    } else {
        format!("{value:.3e}")
    }
}
