//! Quantiles and the mean of a tail.

use super::mean_interval::resampled;
use statrs::distribution::{Binomial, DiscreteCDF};

/// Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the
/// default of R and NumPy): at h = (n - 1) p. Values that are not finite are left out; NaN if none
/// is left.
///
/// ```
/// // 1, 2, 3, 10: h = 3 x 0.75 = 2.25, so 3 + 0.25 x (10 - 3) = 4.75
/// assert_eq!(study::stats::quantile(&[10.0, 1.0, 3.0, 2.0], 0.75), 4.75);
/// ```
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let sorted = sorted(values);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let h = last as f64 * p.clamp(0.0, 1.0);
    let below = h.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (h - below as f64) * (sorted[above] - sorted[below])
}

/// Conditional value at risk of the upper tail: the mean of the worst (largest) 1 - `level` share
/// of the sample, in which the value at the edge counts with the part of it that belongs to the
/// tail (Rockafellar and Uryasev 2002). NaN if there is no finite value.
///
/// ```
/// // 1 ... 10 at 0.75: the tail holds 2.5 values: (10 + 9 + 8 / 2) / 2.5 = 9.2
/// let values: Vec<f64> = (1..=10).map(f64::from).collect();
/// assert!((study::stats::cvar(&values, 0.75) - 9.2).abs() < 1e-12);
/// ```
pub fn cvar(values: &[f64], level: f64) -> f64 {
    let sorted = sorted(values);
    if sorted.is_empty() {
        return f64::NAN;
    }
    let tail = (1.0 - level.clamp(0.0, 1.0)) * sorted.len() as f64;
    if tail <= 1.0 {
        return sorted[sorted.len() - 1];
    }
    let mut left = tail;
    let mut sum = 0.0;
    for x in sorted.iter().rev() {
        let weight = left.min(1.0);
        sum += weight * x;
        left -= weight;
        if left <= 0.0 {
            break;
        }
    }
    sum / tail
}

/// Conditional value at risk of the lower tail: the mean of the smallest 1 - `level` share of the
/// sample, for what is better the more there is.
///
/// ```
/// // 1 ... 10 at 0.75: the tail holds 2.5 values: (1 + 2 + 3 / 2) / 2.5 = 1.8
/// let values: Vec<f64> = (1..=10).map(f64::from).collect();
/// assert!((study::stats::cvar_lower(&values, 0.75) - 1.8).abs() < 1e-12);
/// ```
pub fn cvar_lower(values: &[f64], level: f64) -> f64 {
    let mirrored: Vec<f64> = values.iter().map(|x| -x).collect();
    -cvar(&mirrored, level)
}

/// The interval of a quantile from order statistics (David and Nagaraja 2003, section 7.1): it holds
/// whatever the law is. NaN on a side on which the sample is too small to say anything.
///
/// ```
/// // Of 20 values the 95 % interval of the median is that of the 6th to the 15th.
/// let values: Vec<f64> = (1..=20).map(f64::from).collect();
/// assert_eq!(study::stats::quantile_interval(&values, 0.5, 0.95), [6.0, 15.0]);
/// assert!(study::stats::quantile_interval(&values, 0.95, 0.95)[1].is_nan());
/// ```
pub fn quantile_interval(values: &[f64], p: f64, confidence: f64) -> [f64; 2] {
    let sorted = sorted(values);
    quantile_ranks(sorted.len() as u64, p, confidence)
        .map(|k| k.map_or(f64::NAN, |k| sorted[k as usize - 1]))
}

/// The order statistics, from 1, between which a quantile lies.
fn quantile_ranks(n: u64, p: f64, confidence: f64) -> [Option<u64>; 2] {
    let Ok(below) = Binomial::new(p.clamp(0.0, 1.0), n) else { return [None; 2] };
    if n == 0 || p <= 0.0 || p >= 1.0 {
        return [None; 2];
    }
    let tail = f64::midpoint(1.0, -confidence);
    // The k-th value lies above the quantile where at most k - 1 values lie below that.
    let first_where = |test: &dyn Fn(f64) -> bool| {
        let (mut from, mut to) = (1, n + 1);
        while from < to {
            let k = u64::midpoint(from, to);
            if test(below.cdf(k - 1)) { to = k } else { from = k + 1 }
        }
        from
    };
    let low = first_where(&|share| share > tail) - 1;
    let high = first_where(&|share| 1.0 - share <= tail);
    [(low >= 1).then_some(low), (high <= n).then_some(high)]
}

/// The bootstrap interval (percentiles of 1,000 resamples) of a mean of the worst 1 - `level` share,
/// which `of_tail` works out; NaN where that tail holds fewer than five values.
pub fn cvar_interval(
    values: &[f64],
    level: f64,
    confidence: f64,
    of_tail: impl Fn(&[f64]) -> f64,
) -> [f64; 2] {
    let finite = sorted(values);
    if (1.0 - level) * (finite.len() as f64) < 5.0 - 1e-9 {
        return [f64::NAN; 2];
    }
    let tails = resampled(&finite, 1000, of_tail);
    let tail = f64::midpoint(1.0, -confidence);
    [quantile(&tails, tail), quantile(&tails, 1.0 - tail)]
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_are_the_extremes() {
        let values = [5.0, -1.0, 2.0];
        assert_eq!(
            [quantile(&values, 0.0), quantile(&values, 0.5), quantile(&values, 1.0)],
            [-1.0, 2.0, 5.0]
        );
        assert_eq!(
            (cvar(&values, 1.0), cvar(&values, 0.0)),
            (5.0, 2.0),
            "the whole sample's tail is its mean"
        );
        assert!(quantile(&[], 0.5).is_nan() && cvar(&[f64::NAN], 0.5).is_nan());
    }

    proptest! {
        #[test]
        fn a_tail_is_no_better_than_its_quantile(values in prop::collection::vec(-1e3..1e3f64, 1..40), level in 0.0..1.0f64) {
            let tail = cvar(&values, level);
            prop_assert!(tail >= super::super::mean(&values) - 1e-9);
            prop_assert!(tail <= quantile(&values, 1.0) + 1e-9);
        }
    }
}
