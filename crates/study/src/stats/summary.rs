//! Mean, spread and confidence interval of one sample.

use super::mean_interval::{IntervalKind, mean_interval};

/// What a sample says. Values that are not finite (a ratio over nothing) are left out and do not
/// count in `n`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Number of finite values.
    pub n: usize,
    /// Arithmetic mean, in the unit of the values; NaN if there is none.
    pub mean: f64,
    /// Standard deviation with n - 1 in the denominator, in the unit of the values; NaN for fewer
    /// than two.
    pub sd: f64,
    /// Lower end of the confidence interval of the mean; NaN if there is none.
    pub ci_low: f64,
    /// Upper end of the confidence interval of the mean; NaN if there is none.
    pub ci_high: f64,
    /// How the interval was made.
    pub interval: IntervalKind,
}

/// Arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance with n - 1 in the denominator, in two passes; NaN for fewer than two values.
pub fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let mean = mean(values);
    values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (values.len() - 1) as f64
}

/// Mean, standard deviation and confidence interval of the finite values.
///
/// ```
/// // 1, 2, 3, 4: mean 2.5, variance (2.25 + 0.25 + 0.25 + 2.25) / 3 = 5/3
/// let s = study::stats::summary(&[1.0, 2.0, f64::NAN, 3.0, 4.0], 0.95);
/// assert_eq!((s.n, s.mean), (4, 2.5));
/// assert!((s.sd * s.sd - 5.0 / 3.0).abs() < 1e-12);
/// // t(0.975; 3) = 3.182446; half-width 3.182446 x 1.290994 / 2 = 2.054260
/// assert!((s.ci_high - 4.554_260).abs() < 1e-5);
/// ```
pub fn summary(values: &[f64], confidence: f64) -> Summary {
    let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    let mean = mean(&finite);
    let sd = variance(&finite).sqrt();
    let i = mean_interval(&finite, confidence);
    Summary { n: finite.len(), mean, sd, ci_low: i.low, ci_high: i.high, interval: i.kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_has_no_mean_and_one_value_no_spread() {
        let none = summary(&[f64::NAN], 0.95);
        assert!(none.n == 0 && none.mean.is_nan());
        let one = summary(&[3.0], 0.95);
        assert!(one.n == 1 && one.mean == 3.0 && one.sd.is_nan() && one.ci_low.is_nan());
    }

    proptest! {
        #[test]
        fn a_shift_moves_the_mean_and_leaves_the_spread(values in prop::collection::vec(-1e3..1e3f64, 2..50), shift in -1e3..1e3f64) {
            let moved: Vec<f64> = values.iter().map(|x| x + shift).collect();
            let (a, b) = (summary(&values, 0.9), summary(&moved, 0.9));
            prop_assert!((b.mean - a.mean - shift).abs() < 1e-9);
            prop_assert!((b.sd - a.sd).abs() < 1e-9);
        }
    }
}
