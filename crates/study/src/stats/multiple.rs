//! Many tests at once.

/// Holm's step-down adjustment (Holm 1979): the probability of one false rejection in the family
/// stays below the level. Values that are not finite belong to no test and stay so.
///
/// ```
/// // sorted 0.01, 0.02, 0.03: 3 x 0.01, max(2 x 0.02), max(1 x 0.03)
/// let p = study::stats::holm(&[0.03, 0.01, f64::NAN, 0.02]);
/// assert!((p[0] - 0.04).abs() < 1e-12 && (p[1] - 0.03).abs() < 1e-12 && p[2].is_nan());
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let order = rising(p);
    let (m, mut adjusted, mut most) = (order.len(), vec![f64::NAN; p.len()], 0.0_f64);
    for (k, &i) in order.iter().enumerate() {
        most = most.max((p[i] * (m - k) as f64).min(1.0));
        adjusted[i] = most;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up adjustment (1995): the expected share of false ones among the
/// rejections stays below the level.
///
/// ```
/// // sorted 0.01, 0.02, 0.03: 3 / 1 x 0.01, 3 / 2 x 0.02, 0.03, the least from above
/// let p = study::stats::false_discovery(&[0.03, 0.01, 0.02]);
/// assert!(p.iter().all(|p| (p - 0.03).abs() < 1e-12));
/// ```
pub fn false_discovery(p: &[f64]) -> Vec<f64> {
    let order = rising(p);
    let (m, mut adjusted, mut least) = (order.len(), vec![f64::NAN; p.len()], 1.0_f64);
    for (k, &i) in order.iter().enumerate().rev() {
        // m / (k + 1) is at least 1; rounding must not lower a value.
        least = least.min((p[i] * m as f64 / (k + 1) as f64).max(p[i]));
        adjusted[i] = least;
    }
    adjusted
}

/// Places of the finite values, the least first.
fn rising(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| p[i].is_finite()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn adjusting_keeps_the_order_and_never_lowers(p in prop::collection::vec(0.0..1.0f64, 1..40)) {
            for adjusted in [holm(&p), false_discovery(&p)] {
                for (i, a) in adjusted.iter().enumerate() {
                    prop_assert!((p[i]..=1.0).contains(a));
                    prop_assert!(adjusted.iter().zip(&p).all(|(b, q)| *q < p[i] || b >= a));
                }
            }
            // A false discovery rate is less strict than a family-wise one.
            prop_assert!(holm(&p).iter().zip(false_discovery(&p)).all(|(h, f)| f <= *h + 1e-12));
        }
    }
}
