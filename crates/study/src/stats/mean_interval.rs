//! The interval of a mean, by what the sample allows: Student's t; a bootstrap where the sample is
//! too skewed for it; none where too few values differ from the usual one.

use super::interval::{half_width, normal_quantile};
use super::quantile::quantile;
use super::summary::{mean, variance};
use crate::design::{DRAWS, Purpose};
use clock::{Group, Seeds};
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::BTreeMap;

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalKind {
    /// Student's t.
    Student,
    /// Bootstrap, bias-corrected and accelerated (Efron 1987).
    Bootstrap,
    /// None: too few values, or a rare event that too few of them have seen.
    None,
}

impl IntervalKind {
    /// The word in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Student => "t",
            Self::Bootstrap => "bootstrap",
            Self::None => "none",
        }
    }
}

/// An interval of a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// Lower end; NaN if there is none.
    pub low: f64,
    /// Upper end; NaN if there is none.
    pub high: f64,
    /// How it was made.
    pub kind: IntervalKind,
}

impl MeanInterval {
    const NONE: Self = Self { low: f64::NAN, high: f64::NAN, kind: IntervalKind::None };
}

/// Sample size from which the shape of a sample is looked at; below it cannot be told.
const SHAPE_FROM: usize = 10;
/// Values that must differ from the most frequent one.
const LEAST_OTHERS: usize = 5;
/// Resamples of the bootstrap.
const RESAMPLES: u64 = 1000;

/// The interval of the mean of finite values at a confidence level. From ten values on:
/// - none where fewer than five of them differ from the most frequent one (a rare event), unless all
///   are equal;
/// - a bootstrap where n < 25 g^2 with the sample's skewness g (Cochran 1977, section 2.15);
/// - else Student's t.
///
/// ```
/// use study::stats::{IntervalKind, mean_interval};
/// let rare = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
/// assert_eq!(mean_interval(&rare, 0.95).kind, IntervalKind::None);
/// let even: Vec<f64> = (0..20).map(f64::from).collect();
/// assert_eq!(mean_interval(&even, 0.95).kind, IntervalKind::Student);
/// ```
pub fn mean_interval(values: &[f64], confidence: f64) -> MeanInterval {
    let n = values.len();
    if n < 2 {
        return MeanInterval::NONE;
    }
    let (middle, sd) = (mean(values), variance(values).sqrt());
    let student = || {
        let half = half_width(sd, n, confidence);
        MeanInterval { low: middle - half, high: middle + half, kind: IntervalKind::Student }
    };
    // Differences at the last bits of the mean are no variation.
    if n < SHAPE_FROM || sd <= 1e-12 * middle.abs() {
        return student();
    }
    if others(values) < LEAST_OTHERS {
        return MeanInterval::NONE;
    }
    let g = skewness(values, middle, sd);
    if (n as f64) < 25.0 * g * g { bootstrap(values, confidence) } else { student() }
}

/// How many values differ from the most frequent one.
fn others(values: &[f64]) -> usize {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for x in values {
        // -0 is 0.
        *counts.entry((x + 0.0).to_bits()).or_default() += 1;
    }
    values.len() - counts.values().max().copied().unwrap_or(0)
}

fn skewness(values: &[f64], middle: f64, sd: f64) -> f64 {
    let n = values.len() as f64;
    values.iter().map(|x| ((x - middle) / sd).powi(3)).sum::<f64>() / n * (n / (n - 1.0)).powf(-1.5)
}

/// The bias-corrected and accelerated bootstrap interval of the mean.
fn bootstrap(values: &[f64], confidence: f64) -> MeanInterval {
    let middle = mean(values);
    let means = resampled(values, RESAMPLES, mean);
    let below = means.iter().filter(|m| **m < middle).count() as f64
        + 0.5 * means.iter().filter(|m| **m == middle).count() as f64;
    let z0 = normal_quantile((below / means.len() as f64).clamp(1e-4, 1.0 - 1e-4));
    // Acceleration: the jackknife of a mean has the skewness of the sample.
    let cubes: f64 = values.iter().map(|x| (middle - x).powi(3)).sum();
    let squares: f64 = values.iter().map(|x| (middle - x).powi(2)).sum();
    let a = -cubes / (6.0 * squares.powf(1.5)).max(f64::MIN_POSITIVE);
    let at = |p: f64| {
        let z = z0 + normal_quantile(p);
        Normal::standard().cdf(z0 + z / (1.0 - a * z))
    };
    let tail = f64::midpoint(1.0, -confidence);
    MeanInterval {
        low: quantile(&means, at(tail)),
        high: quantile(&means, at(1.0 - tail)),
        kind: IntervalKind::Bootstrap,
    }
}

/// A statistic of so many resamples of a sample, drawn with replacement; the same numbers for the
/// same length.
pub(super) fn resampled(values: &[f64], resamples: u64, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let (seeds, n) = (Seeds::new(0), values.len());
    let mut sample = vec![0.0; n];
    (0..resamples)
        .map(|k| {
            let mut draws =
                seeds.draws(Group::Optimiser, DRAWS, Purpose::Bootstrap as u16, n as u64, k);
            for x in &mut sample {
                *x = values[((draws.uniform() * n as f64) as usize).min(n - 1)];
            }
            of(&sample)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_sample_chooses_its_interval() {
        let skewed: Vec<f64> = (0..20).map(|k| (f64::from(k) / 4.0).exp()).collect();
        let i = mean_interval(&skewed, 0.95);
        assert_eq!(i.kind, IntervalKind::Bootstrap);
        // A bootstrap of a right-skewed sample reaches further up than down.
        let m = mean(&skewed);
        assert!(i.low < m && m < i.high && i.high - m > m - i.low);
        let constant = mean_interval(&[318.0; 20], 0.95);
        assert_eq!((constant.low, constant.high), (318.0, 318.0));
        assert_eq!(mean_interval(&[1.0], 0.95).kind, IntervalKind::None);
        // Of nine values the shape cannot be told.
        let mut nine = [0.0; 9];
        nine[3] = 1.0;
        assert_eq!(mean_interval(&nine, 0.95).kind, IntervalKind::Student);
    }

    #[test]
    fn the_same_sample_has_the_same_bootstrap() {
        let skewed: Vec<f64> = (0..15).map(|k| (f64::from(k) / 2.0).exp()).collect();
        assert_eq!(mean_interval(&skewed, 0.9), mean_interval(&skewed, 0.9));
    }
}
