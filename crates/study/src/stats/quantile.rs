//! Quantiles and the mean of a tail.

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
