//! One-dimensional laws that turn one uniform number into one draw by inversion of the
//! distribution.
//!
//! | law | quantile |
//! |---|---|
//! | [`Normal`] | `mean + sd Phi^-1(u)` |
//! | [`LogNormal`] | `exp(mu + sigma Phi^-1(u))` |
//! | [`TruncatedNormal`] | `mean + sd Phi^-1(Phi(a) + u (Phi(b) - Phi(a)))` |
//! | [`WrappedNormal`] | the normal quantile modulo the period |

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::normal;

/// Why a law cannot be built from the numbers given.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LawError {
    /// A location or bound is NaN or infinite where a number is needed.
    #[error("the {name} must be a finite number, not {value}")]
    NotFinite {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A spread, median, mean or period is not positive.
    #[error("the {name} must be a positive number, not {value}")]
    NotPositive {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The truncation leaves no room, or no probability that `f64` can represent.
    #[error("nothing of the law lies between {lower} and {upper}")]
    EmptyRange {
        /// Lower end of the truncation.
        lower: f64,
        /// Upper end of the truncation.
        upper: f64,
    },
}

fn finite(name: &'static str, value: f64) -> Result<f64, LawError> {
    if value.is_finite() { Ok(value) } else { Err(LawError::NotFinite { name, value }) }
}

fn positive(name: &'static str, value: f64) -> Result<f64, LawError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(LawError::NotPositive { name, value })
    }
}

/// Normal law `N(mean, sd^2)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    /// Law with the given mean and standard deviation, both in the variable's unit.
    ///
    /// # Errors
    /// When the mean is not finite or the standard deviation not positive.
    pub fn new(mean: f64, sd: f64) -> Result<Self, LawError> {
        Ok(Self { mean: finite("mean", mean)?, sd: positive("standard deviation", sd)? })
    }

    /// Mean of the law.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation of the law.
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        normal::pdf((x - self.mean) / self.sd) / self.sd
    }

    /// Probability of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        normal::cdf((x - self.mean) / self.sd)
    }

    /// Probability of more than `x`.
    pub fn survival(&self, x: f64) -> f64 {
        normal::survival((x - self.mean) / self.sd)
    }

    /// The value that the variable stays below with probability `u`.
    pub fn quantile(&self, u: f64) -> f64 {
        self.mean + self.sd * normal::quantile(u)
    }
}

/// Lognormal law: `ln X` is `N(mu, sigma^2)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogNormal {
    mu: f64,
    sigma: f64,
}

impl LogNormal {
    /// Law with mean `mu` and standard deviation `sigma` of the logarithm.
    ///
    /// # Errors
    /// When `mu` is not finite or `sigma` not positive.
    pub fn new(mu: f64, sigma: f64) -> Result<Self, LawError> {
        Ok(Self {
            mu: finite("mean of the logarithm", mu)?,
            sigma: positive("standard deviation of the logarithm", sigma)?,
        })
    }

    /// Law with the given median, `mu = ln median`.
    ///
    /// # Errors
    /// When the median or `sigma` is not positive.
    ///
    /// ```
    /// let law = optim::laws::LogNormal::from_median(12.0, 0.6).unwrap();
    /// assert!((law.quantile(0.5) - 12.0).abs() < 1e-12);
    /// ```
    pub fn from_median(median: f64, sigma: f64) -> Result<Self, LawError> {
        Self::new(positive("median", median)?.ln(), sigma)
    }

    /// Law with the given arithmetic mean, `mu = ln mean - sigma^2 / 2`.
    ///
    /// # Errors
    /// When the mean or `sigma` is not positive.
    ///
    /// ```
    /// let law = optim::laws::LogNormal::from_mean(24.0, 0.5).unwrap();
    /// assert!((law.mean() - 24.0).abs() < 1e-12);
    /// ```
    pub fn from_mean(mean: f64, sigma: f64) -> Result<Self, LawError> {
        Self::new(positive("mean", mean)?.ln() - 0.5 * sigma * sigma, sigma)
    }

    /// Arithmetic mean `exp(mu + sigma^2 / 2)`.
    pub fn mean(&self) -> f64 {
        (self.mu + 0.5 * self.sigma * self.sigma).exp()
    }

    /// Probability of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        normal::cdf((x.ln() - self.mu) / self.sigma)
    }

    /// Probability of more than `x`.
    pub fn survival(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 1.0;
        }
        normal::survival((x.ln() - self.mu) / self.sigma)
    }

    /// The value that the variable stays below with probability `u`.
    pub fn quantile(&self, u: f64) -> f64 {
        (self.mu + self.sigma * normal::quantile(u)).exp()
    }
}

/// Normal law conditioned on lying in `[lower, upper]`; either end may be infinite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TruncatedNormal {
    base: Normal,
    lower: f64,
    upper: f64,
    /// Whether both ends lie above the mean: then probabilities are taken from the upper tail,
    /// which keeps accuracy.
    mirrored: bool,
    /// Probability beyond the end nearest to the tail that is worked from.
    outside: f64,
    /// Probability of the range under the untruncated law.
    mass: f64,
}

impl TruncatedNormal {
    /// Law `N(mean, sd^2)` cut to `[lower, upper]`.
    ///
    /// # Errors
    /// When a parameter is not finite, the spread not positive, or the range holds no representable
    /// probability.
    ///
    /// ```
    /// // Start values N(0.372, 0.10) cut to 0.2..0.6: the ends of the uniform map to the ends of the range.
    /// let law = optim::laws::TruncatedNormal::new(0.372, 0.10, 0.2, 0.6).unwrap();
    /// assert!((law.quantile(0.0) - 0.2).abs() < 1e-12);
    /// assert!((law.quantile(1.0) - 0.6).abs() < 1e-12);
    /// ```
    pub fn new(mean: f64, sd: f64, lower: f64, upper: f64) -> Result<Self, LawError> {
        let base = Normal::new(mean, sd)?;
        let mirrored = lower > mean;
        let (outside, inside_end) = if mirrored {
            (base.survival(upper), base.survival(lower))
        } else {
            (base.cdf(lower), base.cdf(upper))
        };
        let mass = inside_end - outside;
        if lower.is_nan() || upper.is_nan() || lower >= upper || mass.is_nan() || mass <= 0.0 {
            return Err(LawError::EmptyRange { lower, upper });
        }
        Ok(Self { base, lower, upper, mirrored, outside, mass })
    }

    /// Probability that the untruncated variable lies in the range.
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// Density at `x`, zero outside the range.
    pub fn pdf(&self, x: f64) -> f64 {
        if x < self.lower || x > self.upper { 0.0 } else { self.base.pdf(x) / self.mass }
    }

    /// Mean `mean + sd (phi(a) - phi(b)) / (Phi(b) - Phi(a))` with the standardised ends a and b.
    ///
    /// ```
    /// // Half-normal: the mean of |Z| is sqrt(2 / pi) = 0.7979.
    /// let law = optim::laws::TruncatedNormal::new(0.0, 1.0, 0.0, f64::INFINITY).unwrap();
    /// assert!((law.mean() - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-14);
    /// ```
    pub fn mean(&self) -> f64 {
        let standard = |x: f64| (x - self.base.mean) / self.base.sd;
        let density_drop = normal::pdf(standard(self.lower)) - normal::pdf(standard(self.upper));
        self.base.mean + self.base.sd * density_drop / self.mass
    }

    /// The value that the variable stays below with probability `u`, inside the range for every `u`
    /// in `[0, 1]`.
    pub fn quantile(&self, u: f64) -> f64 {
        let z = if self.mirrored {
            normal::survival_quantile(self.outside + (1.0 - u) * self.mass)
        } else {
            normal::quantile(self.outside + u * self.mass)
        };
        (self.base.mean + self.base.sd * z).clamp(self.lower, self.upper)
    }
}

/// Normal law wrapped on a circle of the given period: the law of `X mod period`, in `[0, period)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WrappedNormal {
    base: Normal,
    period: f64,
}

impl WrappedNormal {
    /// Law of `N(mean, sd^2)` modulo `period`.
    ///
    /// # Errors
    /// When the mean is not finite, or the spread or the period not positive.
    pub fn new(mean: f64, sd: f64, period: f64) -> Result<Self, LawError> {
        Ok(Self { base: Normal::new(mean, sd)?, period: positive("period", period)? })
    }

    /// Density at the point `x` of the circle: the sum of the normal density over `x + k period`.
    ///
    /// ```
    /// // Very wide laws become uniform: density 1 / 24 everywhere.
    /// let law = optim::laws::WrappedNormal::new(6.0, 30.0, 24.0).unwrap();
    /// assert!((law.pdf(18.0) - 1.0 / 24.0).abs() < 1e-10);
    /// ```
    pub fn pdf(&self, x: f64) -> f64 {
        // The nearest image lies within half a period of the mean; beyond nine spreads the density
        // underflows 1e-18.
        let offset =
            (x - self.base.mean + 0.5 * self.period).rem_euclid(self.period) - 0.5 * self.period;
        let images = (9.0 * self.base.sd / self.period).ceil() as i64;
        (-images..=images)
            .map(|k| normal::pdf((offset + k as f64 * self.period) / self.base.sd))
            .sum::<f64>()
            / self.base.sd
    }

    /// Draw on the circle from the uniform number `u`: the quantile of the normal law, wrapped.
    pub fn draw(&self, u: f64) -> f64 {
        let wrapped = self.base.quantile(u).rem_euclid(self.period);
        // rem_euclid may round a tiny negative number up to the period itself.
        if wrapped < self.period { wrapped } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::uniforms;

    #[test]
    fn truncated_quantile_inverts_the_conditional_distribution() {
        for (mean, sd, lower, upper) in [
            (0.372, 0.10, 0.2, 0.6),
            (0.0, 1.0, 6.0, 8.0),
            (0.0, 1.0, -9.0, -7.5),
            (5.0, 2.0, f64::NEG_INFINITY, 4.0),
        ] {
            let law = TruncatedNormal::new(mean, sd, lower, upper).unwrap();
            let base = Normal::new(mean, sd).unwrap();
            for k in 1..100 {
                let u = f64::from(k) / 100.0;
                let x = law.quantile(u);
                let back = if lower > mean {
                    1.0 - (base.survival(x) - base.survival(upper)) / law.mass()
                } else {
                    (base.cdf(x) - base.cdf(lower)) / law.mass()
                };
                assert!(
                    (back - u).abs() < 1e-11,
                    "{mean} {sd} {lower} {upper}: {u} -> {x} -> {back}"
                );
            }
        }
    }

    #[test]
    fn truncated_mean_matches_the_average_of_quantiles() {
        let law = TruncatedNormal::new(3.62, 6.0_f64.sqrt(), 0.0, f64::INFINITY).unwrap();
        let n = 200_000;
        let sum: f64 = (0..n).map(|k| law.quantile((f64::from(k) + 0.5) / f64::from(n))).sum();
        assert!((sum / f64::from(n) - law.mean()).abs() < 1e-4);
    }

    #[test]
    fn wrapped_density_integrates_to_one_and_draws_stay_on_the_circle() {
        let law = WrappedNormal::new(23.0, 3.4, 24.0).unwrap();
        let integral: f64 = (0..2400).map(|k| law.pdf(f64::from(k) * 0.01) * 0.01).sum();
        assert!((integral - 1.0).abs() < 1e-12);
        let mut uniform = uniforms(1);
        for _ in 0..10_000 {
            let x = law.draw(uniform().max(1e-16));
            assert!((0.0..24.0).contains(&x));
        }
    }

    #[test]
    fn impossible_laws_are_refused_with_their_numbers() {
        assert!(
            matches!(Normal::new(0.0, -1.0), Err(LawError::NotPositive { value, .. }) if value == -1.0)
        );
        assert!(matches!(Normal::new(f64::NAN, 1.0), Err(LawError::NotFinite { .. })));
        assert!(matches!(LogNormal::from_median(0.0, 1.0), Err(LawError::NotPositive { .. })));
        assert!(matches!(
            TruncatedNormal::new(0.0, 1.0, 2.0, 2.0),
            Err(LawError::EmptyRange { .. })
        ));
        assert!(matches!(
            TruncatedNormal::new(0.0, 1.0, 60.0, 61.0),
            Err(LawError::EmptyRange { .. })
        ));
        assert!(WrappedNormal::new(0.0, 1.0, 0.0).is_err());
    }
}
