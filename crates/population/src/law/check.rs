//! Which parameters make a law, and what is said about those that do not.

use super::{GaussianPart, Law, MixturePart};
use thiserror::Error;

/// Weights may miss 1 by this much before they are refused.
const WEIGHT_TOLERANCE: f64 = 1e-6;

/// Why a law cannot be drawn from.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LawError {
    /// A parameter is NaN or infinite where a number is needed.
    #[error("{law}: {parameter} = {value} is not a finite number")]
    NotFinite {
        /// The law's word.
        law: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: f64,
    },
    /// A spread, scale or median is zero or negative.
    #[error("{law}: {parameter} = {value} must be positive")]
    NotPositive {
        /// The law's word.
        law: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: f64,
    },
    /// The lower bound is not below the upper, or nothing of the law lies between them.
    #[error("{law}: nothing lies between low = {low} and high = {high}")]
    EmptyRange {
        /// The law's word.
        law: &'static str,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// A mixture without parts or an empirical law without values.
    #[error("{law}: has no entry")]
    Empty {
        /// The law's word.
        law: &'static str,
    },
    /// Weights that do not sum to 1.
    #[error(
        "{law}: the weights sum to {sum}, not to 1 (correct them, or let a gmm be scaled by normalise = true)"
    )]
    WeightSum {
        /// The law's word.
        law: &'static str,
        /// Their sum.
        sum: f64,
    },
    /// A weight below 0.
    #[error("{law}: weight number {index} is {value}; weights must be 0 or more")]
    NegativeWeight {
        /// The law's word.
        law: &'static str,
        /// Which, from 1.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// Empirical values that do not rise.
    #[error("{law}: value number {index} is smaller than the one before it")]
    NotSorted {
        /// The law's word.
        law: &'static str,
        /// Which, from 1.
        index: usize,
    },
}

impl Law {
    /// Whether the parameters make a law.
    ///
    /// # Errors
    /// The first parameter that does not, with its value.
    ///
    /// ```
    /// use population::Law;
    /// assert!(Law::normal(8.2, 0.9).check().is_ok());
    /// assert_eq!(Law::normal(8.2, -0.9).check().unwrap_err().to_string(), "normal: sd = -0.9 must be positive");
    /// ```
    pub fn check(&self) -> Result<(), LawError> {
        let law = self.word();
        match self {
            Self::Fixed { value } => finite(law, "value", *value),
            Self::Uniform { low, high } => {
                finite(law, "low", *low)?;
                finite(law, "high", *high)?;
                ordered(law, *low, *high)
            }
            Self::Normal { mean, sd } | Self::WrappedNormal { mean, sd } => {
                finite(law, "mean", *mean)?;
                positive(law, "sd", *sd)
            }
            Self::TruncatedNormal { mean, sd, low, high } => {
                check_truncated(law, *mean, *sd, *low, *high)
            }
            Self::Lognormal { median, sigma } => {
                positive(law, "median", *median)?;
                positive(law, "sigma", *sigma)
            }
            Self::Exponential { mean } => positive(law, "mean", *mean),
            Self::Gmm { parts, normalise } => check_gaussian_parts(law, parts, *normalise),
            Self::JohnsonSu { gamma, delta, xi, lambda } => {
                finite(law, "gamma", *gamma)?;
                positive(law, "delta", *delta)?;
                finite(law, "xi", *xi)?;
                positive(law, "lambda", *lambda)
            }
            Self::Mixture { parts } => check_parts(law, parts),
            Self::Empirical { sorted } => check_sorted(law, sorted),
        }
    }
}

fn finite(law: &'static str, parameter: &'static str, value: f64) -> Result<(), LawError> {
    if value.is_finite() { Ok(()) } else { Err(LawError::NotFinite { law, parameter, value }) }
}

fn positive(law: &'static str, parameter: &'static str, value: f64) -> Result<(), LawError> {
    finite(law, parameter, value)?;
    if value > 0.0 { Ok(()) } else { Err(LawError::NotPositive { law, parameter, value }) }
}

fn ordered(law: &'static str, low: f64, high: f64) -> Result<(), LawError> {
    if low < high { Ok(()) } else { Err(LawError::EmptyRange { law, low, high }) }
}

fn check_truncated(
    law: &'static str,
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
) -> Result<(), LawError> {
    finite(law, "mean", mean)?;
    positive(law, "sd", sd)?;
    ordered(law, low, high)?;
    optim::laws::TruncatedNormal::new(mean, sd, low, high)
        .map(|_| ())
        .map_err(|_| LawError::EmptyRange { law, low, high })
}

fn check_weights(
    law: &'static str,
    weights: impl Iterator<Item = f64>,
    scaled: bool,
) -> Result<(), LawError> {
    let mut sum = 0.0;
    for (k, value) in weights.enumerate() {
        finite(law, "weight", value)?;
        if value < 0.0 {
            return Err(LawError::NegativeWeight { law, index: k + 1, value });
        }
        sum += value;
    }
    let close = (sum - 1.0).abs() <= WEIGHT_TOLERANCE;
    if close || (scaled && sum > 0.0) { Ok(()) } else { Err(LawError::WeightSum { law, sum }) }
}

fn check_gaussian_parts(
    law: &'static str,
    parts: &[GaussianPart],
    normalise: bool,
) -> Result<(), LawError> {
    if parts.is_empty() {
        return Err(LawError::Empty { law });
    }
    for part in parts {
        finite(law, "mean", part.mean)?;
        positive(law, "sd", part.sd)?;
    }
    check_weights(law, parts.iter().map(|p| p.weight), normalise)
}

fn check_parts(law: &'static str, parts: &[MixturePart]) -> Result<(), LawError> {
    if parts.is_empty() {
        return Err(LawError::Empty { law });
    }
    parts.iter().try_for_each(|p| p.law.check())?;
    check_weights(law, parts.iter().map(|p| p.weight), false)
}

fn check_sorted(law: &'static str, sorted: &[f64]) -> Result<(), LawError> {
    if sorted.is_empty() {
        return Err(LawError::Empty { law });
    }
    sorted.iter().try_for_each(|&value| finite(law, "value", value))?;
    match sorted.windows(2).position(|pair| pair[1] < pair[0]) {
        Some(k) => Err(LawError::NotSorted { law, index: k + 2 }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_laws_are_refused_with_parameter_and_value() {
        let part = |weight| GaussianPart { weight, mean: 0.0, sd: 1.0 };
        for (law, message) in [
            (Law::fixed(f64::NAN), "fixed: value = NaN is not a finite number"),
            (Law::uniform(2.0, 1.0), "uniform: nothing lies between low = 2 and high = 1"),
            (Law::normal(0.0, 0.0), "normal: sd = 0 must be positive"),
            (Law::lognormal_median(-1.0, 1.0), "lognormal: median = -1 must be positive"),
            (
                Law::Exponential { mean: f64::INFINITY },
                "exponential: mean = inf is not a finite number",
            ),
            (Law::Empirical { sorted: vec![] }, "empirical: has no entry"),
            (
                Law::Empirical { sorted: vec![1.0, 3.0, 2.0] },
                "empirical: value number 3 is smaller than the one before it",
            ),
            (
                Law::Gmm { parts: vec![part(0.5), part(0.49)], normalise: false },
                "gmm: the weights sum to 0.99, not to 1 (correct them, or let a gmm be scaled by normalise = true)",
            ),
            (
                Law::Gmm { parts: vec![part(1.5), part(-0.5)], normalise: true },
                "gmm: weight number 2 is -0.5; weights must be 0 or more",
            ),
            (
                Law::TruncatedNormal { mean: 0.0, sd: 1.0, low: 60.0, high: 61.0 },
                "truncated_normal: nothing lies between low = 60 and high = 61",
            ),
        ] {
            assert_eq!(law.check().expect_err("refused").to_string(), message);
        }
    }

    #[test]
    fn published_weights_pass_when_scaled() {
        let parts =
            [0.33, 0.43, 0.23].map(|weight| GaussianPart { weight, mean: 0.0, sd: 1.0 }).to_vec();
        assert!(Law::Gmm { parts, normalise: true }.check().is_ok());
    }
}
