//! Differences of two policies under common random numbers.

use super::interval::half_width;
use super::mean_interval::{IntervalKind, mean_interval};
use super::summary::{mean, variance};
use super::tests_of_means::p_value;

/// Mean difference b - a over pairs that share their random numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// Pairs in which both values are finite.
    pub n: usize,
    /// Mean of a over these pairs.
    pub mean_a: f64,
    /// Mean of b over these pairs.
    pub mean_b: f64,
    /// Mean of b - a.
    pub difference: f64,
    /// Standard deviation of b - a over the pairs.
    pub sd: f64,
    /// Lower end of the confidence interval of the mean difference; NaN if there is none.
    pub ci_low: f64,
    /// Upper end of the confidence interval of the mean difference; NaN if there is none.
    pub ci_high: f64,
    /// How the interval was made.
    pub interval: IntervalKind,
    /// Two-sided p value of no difference (Student's t); NaN where there is no interval.
    pub p: f64,
    /// (var a + var b) / var(b - a): how many times fewer runs the pairs need than independent runs
    /// would. NaN where nothing varies, infinite where the difference is the same in every pair.
    pub variance_reduction: f64,
}

/// The paired difference of b and a; pair i is `(a[i], b[i])`.
///
/// ```
/// // differences 1, 2, 3: mean 2, variance 1; var a = 1, var b = 4: (1 + 4) / 1
/// let d = study::stats::paired_difference(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0], 0.95);
/// assert_eq!((d.n, d.difference, d.sd, d.variance_reduction), (3, 2.0, 1.0, 5.0));
/// // t(0.975; 2) = 4.302653 over sqrt(3)
/// assert!((d.ci_high - 2.0 - 2.484_138).abs() < 1e-5);
/// ```
pub fn paired_difference(a: &[f64], b: &[f64], confidence: f64) -> PairedDifference {
    let pairs: Vec<(f64, f64)> = a
        .iter()
        .copied()
        .zip(b.iter().copied())
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let differences: Vec<f64> = pairs.iter().map(|(x, y)| y - x).collect();
    let spread = variance(&differences);
    let apart = variance(&a) + variance(&b);
    // Differences in the last bits of equal numbers are neither a difference nor spread.
    let size = a.iter().chain(&b).fold(0.0, |most: f64, x| most.max(x.abs()));
    let bits = 1e-13 * size;
    let difference =
        if differences.iter().all(|d| d.abs() <= bits) { 0.0 } else { mean(&differences) };
    let spread = if spread <= (apart * 1e-24).max(bits * bits) { 0.0 } else { spread };
    let (sd, n) = (spread.sqrt(), differences.len());
    let i = if sd == 0.0 {
        mean_interval(&vec![difference; n], confidence)
    } else {
        mean_interval(&differences, confidence)
    };
    let p = if i.kind == IntervalKind::None { f64::NAN } else { p_value(difference, sd, n) };
    PairedDifference {
        n,
        mean_a: mean(&a),
        mean_b: mean(&b),
        difference,
        sd,
        ci_low: i.low,
        ci_high: i.high,
        interval: i.kind,
        p,
        variance_reduction: apart / spread,
    }
}

/// Runs (pairs) that a confidence interval of half-width `wanted` needs if the standard deviation
/// is `sd`: the least n with t(n - 1) sd / sqrt(n) <= `wanted`. None if `wanted` is not above 0,
/// `sd` not finite, or no number of runs would do.
///
/// ```
/// // sd 10, half-width 2: 1.96 x 10 / 2 = 9.8 squared = 96.04; with t(98) = 1.984 it takes 99
/// assert_eq!(study::stats::runs_needed(10.0, 2.0, 0.95), Some(99));
/// ```
pub fn runs_needed(sd: f64, wanted: f64, confidence: f64) -> Option<u64> {
    if !(wanted > 0.0 && sd.is_finite()) {
        return None;
    }
    let enough = |n: u64| half_width(sd, n as usize, confidence) <= wanted;
    // The half-width falls with n: double until it suffices, then halve the gap.
    let mut most = 2_u64;
    while !enough(most) {
        most = most.checked_mul(2).filter(|n| *n < 1 << 52)?;
    }
    let mut least = most / 2;
    while most - least > 1 {
        let middle = u64::midpoint(least, most);
        if enough(middle) { most = middle } else { least = middle }
    }
    Some(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_noise_cancels() {
        // The same noise on both sides: the difference is exact, the reduction without bound.
        let noise = [0.5, -1.0, 2.0, 0.25];
        let shifted: Vec<f64> = noise.iter().map(|x| x + 1.0).collect();
        let d = paired_difference(&noise, &shifted, 0.95);
        assert_eq!((d.difference, d.sd, d.ci_low, d.ci_high), (1.0, 0.0, 1.0, 1.0));
        assert!(d.variance_reduction.is_infinite());
    }

    #[test]
    fn a_pair_with_a_missing_side_is_left_out() {
        let d = paired_difference(&[1.0, f64::NAN, 3.0], &[2.0, 9.0, f64::NAN], 0.95);
        assert_eq!((d.n, d.mean_a, d.mean_b), (1, 1.0, 2.0));
        assert!(d.sd.is_nan() && d.ci_low.is_nan());
    }

    proptest! {
        #[test]
        fn the_number_of_runs_is_the_least_that_suffices(sd in 0.01..100.0f64, wanted in 0.05..10.0f64) {
            let n = runs_needed(sd, wanted, 0.95).expect("positive");
            prop_assert!(half_width(sd, n as usize, 0.95) <= wanted);
            prop_assert!(n == 2 || half_width(sd, n as usize - 1, 0.95) > wanted);
        }
    }
}
