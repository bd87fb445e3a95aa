//! One-dimensional laws from which people, days and delays are drawn.
//!
//! Every draw takes exactly one uniform number in (0, 1) and inverts the distribution function, so
//! that draws rise with the uniform number: `1 - u` gives the antithetic draw, and two scenarios
//! that share uniform numbers stay comparable draw by draw. The only exception is
//! [`Law::WrappedNormal`]: hours on a clock have no order, so it wraps the quantile of the straight
//! normal law.

mod check;
mod distribution;
mod moments;
mod quantile;

pub use check::LawError;
pub use quantile::wrap_hour;

use serde::{Deserialize, Serialize};

/// Hours of the day on which [`Law::WrappedNormal`] is wrapped.
pub const DAY_H: f64 = 24.0;

/// One component of a Gaussian mixture in one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaussianPart {
    /// Weight, 0..1.
    pub weight: f64,
    /// Mean, in the unit of the law.
    pub mean: f64,
    /// Standard deviation, positive, in the unit of the law.
    pub sd: f64,
}

/// One part of a [`Law::Mixture`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixturePart {
    /// Weight, 0..1.
    pub weight: f64,
    /// The law of this part; [`Law::Fixed`] makes a clump.
    pub law: Law,
}

/// A law of one number. The unit is that of the quantity drawn (hours of the day, km, kWh, minutes,
/// CNY).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// Always the same value.
    Fixed {
        /// The value.
        value: f64,
    },
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        low: f64,
        /// Upper bound, above the lower.
        high: f64,
    },
    /// Normal law.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, positive.
        sd: f64,
    },
    /// Normal law under the condition that it falls between two bounds.
    TruncatedNormal {
        /// Mean of the law before truncation.
        mean: f64,
        /// Standard deviation of the law before truncation, positive.
        sd: f64,
        /// Lower bound; `-inf` for none.
        low: f64,
        /// Upper bound; `inf` for none.
        high: f64,
    },
    /// Normal law wrapped on the 24-hour day (P4 eq. 6-7), values in `[0, 24)`.
    WrappedNormal {
        /// Mean hour.
        mean: f64,
        /// Standard deviation before wrapping \[h\], positive.
        sd: f64,
    },
    /// Lognormal law, by the median (P4 eq. 5 with median `exp(mu)`).
    Lognormal {
        /// Median, positive.
        median: f64,
        /// Standard deviation of the logarithm, positive.
        sigma: f64,
    },
    /// Exponential law.
    Exponential {
        /// Mean, positive.
        mean: f64,
    },
    /// Gaussian mixture.
    Gmm {
        /// Components.
        parts: Vec<GaussianPart>,
        /// Whether weights that do not sum to 1 are scaled (the published weights of P3 eq. 28 sum
        /// to 0.99) or refused.
        normalise: bool,
    },
    /// Johnson's S_U law: `xi + lambda sinh((Z - gamma) / delta)` with a standard normal Z.
    JohnsonSu {
        /// Shape: skewness (a negative value leans to the right).
        gamma: f64,
        /// Shape: tail weight, positive; smaller is heavier.
        delta: f64,
        /// Location.
        xi: f64,
        /// Scale, positive.
        lambda: f64,
    },
    /// Mixture of other laws, for instance a clump at one value and a spread around it.
    Mixture {
        /// Parts; weights sum to 1.
        parts: Vec<MixturePart>,
    },
    /// Observed values: the inverse of the empirical distribution, linear between neighbours.
    Empirical {
        /// Values in rising order.
        sorted: Vec<f64>,
    },
}

impl Law {
    /// Always the same value.
    pub const fn fixed(value: f64) -> Self {
        Self::Fixed { value }
    }
    /// Uniform between two bounds.
    pub const fn uniform(low: f64, high: f64) -> Self {
        Self::Uniform { low, high }
    }
    /// Normal law by mean and standard deviation.
    pub const fn normal(mean: f64, sd: f64) -> Self {
        Self::Normal { mean, sd }
    }
    /// Normal law wrapped on the day, by mean hour and standard deviation.
    pub const fn wrapped_normal(mean: f64, sd: f64) -> Self {
        Self::WrappedNormal { mean, sd }
    }
    /// Lognormal law by its median and the standard deviation of the logarithm.
    pub const fn lognormal_median(median: f64, sigma: f64) -> Self {
        Self::Lognormal { median, sigma }
    }
    /// Lognormal law by its mean and the standard deviation of the logarithm: the median is `mean
    /// exp(-sigma^2 / 2)`.
    ///
    /// ```
    /// let law = population::Law::lognormal_mean(24.0, 0.5);
    /// assert!((law.mean() - 24.0).abs() < 1e-12);
    /// assert!((law.quantile(0.5) - 21.1799).abs() < 1e-4); // 24 exp(-0.125)
    /// ```
    pub fn lognormal_mean(mean: f64, sigma: f64) -> Self {
        Self::Lognormal { median: mean * (-0.5 * sigma * sigma).exp(), sigma }
    }
    /// Observed values, in any order.
    pub fn empirical(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self::Empirical { sorted: values }
    }
    /// One draw from one uniform number in (0, 1).
    pub fn sample(&self, u: &mut impl FnMut() -> f64) -> f64 {
        self.quantile(u())
    }
    /// The law's word in scenario files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fixed { .. } => "fixed",
            Self::Uniform { .. } => "uniform",
            Self::Normal { .. } => "normal",
            Self::TruncatedNormal { .. } => "truncated_normal",
            Self::WrappedNormal { .. } => "wrapped_normal",
            Self::Lognormal { .. } => "lognormal",
            Self::Exponential { .. } => "exponential",
            Self::Gmm { .. } => "gmm",
            Self::JohnsonSu { .. } => "johnson_su",
            Self::Mixture { .. } => "mixture",
            Self::Empirical { .. } => "empirical",
        }
    }
}
