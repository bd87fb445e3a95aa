//! Laws of uncertain factors.

use statrs::distribution::{ContinuousCDF, LogNormal, Normal};

/// How likely the values of a factor are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, above 0.
        sd: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Median, above 0.
        median: f64,
        /// Standard deviation of the logarithm, above 0.
        sigma: f64,
    },
    /// Triangular.
    Triangular {
        /// Least value.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Largest value.
        high: f64,
    },
}

/// A law, cut off at bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncated {
    /// The law.
    pub law: Distribution,
    /// Least value; may be infinite.
    pub least: f64,
    /// Largest value; may be infinite.
    pub most: f64,
}

/// Beyond these quantiles nothing is drawn: laws without ends have some.
const EDGE: f64 = 1e-4;

impl Distribution {
    fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Normal { mean, sd } => {
                Normal::new(mean, sd).map_or(f64::NAN, |law| law.inverse_cdf(u))
            }
            Self::Lognormal { median, sigma } => {
                LogNormal::new(median.ln(), sigma).map_or(f64::NAN, |law| law.inverse_cdf(u))
            }
            Self::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                if u * width <= rise {
                    low + (u * width * rise).sqrt()
                } else {
                    high - ((1.0 - u) * width * (high - mode)).sqrt()
                }
            }
        }
    }

    fn cdf(&self, x: f64) -> f64 {
        match *self {
            Self::Normal { mean, sd } => Normal::new(mean, sd).map_or(f64::NAN, |law| law.cdf(x)),
            Self::Lognormal { median, sigma } => {
                LogNormal::new(median.ln(), sigma).map_or(f64::NAN, |law| law.cdf(x))
            }
            Self::Triangular { low, mode, high } => {
                let (width, x) = (high - low, x.clamp(low, high));
                if x <= mode {
                    if mode > low { (x - low).powi(2) / (width * (mode - low)) } else { 0.0 }
                } else {
                    1.0 - (high - x).powi(2) / (width * (high - mode))
                }
            }
        }
    }
}

impl Truncated {
    /// The value at a place u in [0, 1]; what lies outside of the outermost ten-thousandths of a law
    /// without ends is not drawn.
    ///
    /// ```
    /// use study::{Distribution, Truncated};
    /// let law = Distribution::Triangular { low: 0.0, mode: 1.0, high: 2.0 };
    /// let free = Truncated { law, least: f64::NEG_INFINITY, most: f64::INFINITY };
    /// assert_eq!(free.at(0.5), 1.0);
    /// let upper = Truncated { least: 1.0, ..free };
    /// assert!((upper.at(0.0) - 1.0).abs() < 1e-12 && (upper.at(1.0) - 2.0).abs() < 1e-12);
    /// ```
    pub fn at(&self, u: f64) -> f64 {
        let (from, to) = (self.share_below(self.least, 0.0), self.share_below(self.most, 1.0));
        let place = from + u.clamp(0.0, 1.0) * (to - from);
        let place = match self.law {
            Distribution::Triangular { .. } => place,
            _ => place.clamp(EDGE, 1.0 - EDGE),
        };
        self.law.quantile(place).clamp(self.least, self.most)
    }

    /// Share of the law between its bounds.
    pub fn share(&self) -> f64 {
        self.share_below(self.most, 1.0) - self.share_below(self.least, 0.0)
    }

    fn share_below(&self, bound: f64, unbounded: f64) -> f64 {
        if bound.is_finite() { self.law.cdf(bound) } else { unbounded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quantile_has_its_share_below(u in 0.001..0.999f64) {
            let laws = [
                Distribution::Normal { mean: 2.0, sd: 0.5 },
                Distribution::Lognormal { median: 3.0, sigma: 0.8 },
                Distribution::Triangular { low: -1.0, mode: 0.5, high: 4.0 },
            ];
            for law in laws {
                prop_assert!((law.cdf(law.quantile(u)) - u).abs() < 1e-9);
                let cut = Truncated { law, least: 1.0, most: 3.0 };
                let x = cut.at(u);
                prop_assert!((1.0..=3.0).contains(&x));
                let below = (law.cdf(x) - law.cdf(1.0)) / cut.share();
                prop_assert!((below - u).abs() < 1e-3);
            }
        }
    }
}
