//! Differences of two policies under common random numbers.

use super::interval::{half_width, student_quantile};
use super::summary::{mean, variance};

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
    /// Lower end of the confidence interval of the mean difference (Student's t).
    pub ci_low: f64,
    /// Upper end of the confidence interval of the mean difference (Student's t).
    pub ci_high: f64,
    /// (var a + var b) / var(b - a): how many times fewer runs the pairs need than independent runs would. NaN where nothing varies,
    /// infinite where the difference is the same in every pair.
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
    let pairs: Vec<(f64, f64)> = a.iter().copied().zip(b.iter().copied()).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let differences: Vec<f64> = pairs.iter().map(|(x, y)| y - x).collect();
    let difference = mean(&differences);
    let spread = variance(&differences);
    let half = half_width(spread.sqrt(), differences.len(), confidence);
    PairedDifference {
        n: differences.len(),
        mean_a: mean(&a),
        mean_b: mean(&b),
        difference,
        sd: spread.sqrt(),
        ci_low: difference - half,
        ci_high: difference + half,
        variance_reduction: (variance(&a) + variance(&b)) / spread,
    }
}

/// Runs (pairs) that a confidence interval of half-width `wanted` needs if the standard deviation is `sd`: the least n with
/// t(n - 1) sd / sqrt(n) <= `wanted`. None if `wanted` is not above 0 or `sd` not finite.
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
    if enough(2) {
        return Some(2);
    }
    // The normal quantile is below every t quantile: a lower bound, soon reached for large n.
    let z = super::normal_quantile(f64::midpoint(1.0, confidence));
    let ratio = z * sd / wanted;
    if ratio > 1e6 {
        return Some((ratio * ratio).ceil() as u64);
    }
    let mut n = ((ratio * ratio).floor() as u64).max(3);
    while !enough(n) {
        // t^2 sd^2 / wanted^2 with the t of this n is the next guess; it never jumps over the answer by more than it must.
        let t = student_quantile(f64::midpoint(1.0, confidence), n as usize - 1);
        let guess = (t * sd / wanted).powi(2).floor() as u64;
        n = if guess > n + 1 && !enough(guess - 1) { guess } else { n + 1 };
    }
    Some(n)
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
