//! How unequal, how concentrated, how late: figures of a whole list of numbers.

/// A ratio; NaN over nothing.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { f64::NAN } else { part / whole }
}

/// Gini coefficient of non-negative numbers, `2 sum(i x_i) / (n sum x) - (n + 1) / n` over the
/// sorted list; NaN without any amount.
pub(super) fn gini(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len() as f64;
    let total: f64 = values.iter().sum();
    let ranked: f64 = values.iter().enumerate().map(|(i, x)| (i + 1) as f64 * x).sum();
    if total == 0.0 { f64::NAN } else { 2.0 * ranked / (n * total) - (n + 1.0) / n }
}

/// Herfindahl-Hirschman index of counts: the sum of squared shares, 1/n when equal, 1 when one has
/// all; NaN without any.
pub(super) fn hhi(counts: impl Iterator<Item = u32>) -> f64 {
    let (mut total, mut squares) = (0.0, 0.0);
    for count in counts {
        total += f64::from(count);
        squares += f64::from(count) * f64::from(count);
    }
    ratio(squares, total * total)
}

/// Quantile `q` of a sorted list, linear between neighbours (type 7, `quantile_cont` of SQL); NaN
/// of an empty list.
pub(super) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = q * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * (at - at.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gini_is_nothing_for_equals_and_near_one_for_one_who_has_all() {
        assert!(gini(&mut [2.0, 2.0, 2.0]).abs() < 1e-15);
        // Sorted 0 0 0 8: 2 x 32 / (4 x 8) - 5/4 = 0.75.
        assert!((gini(&mut [8.0, 0.0, 0.0, 0.0]) - 0.75).abs() < 1e-15);
        assert!(gini(&mut [0.0]).is_nan());
    }

    #[test]
    fn shares_of_three_quarters_and_one_quarter_have_an_index_of_ten_sixteenths() {
        assert!((hhi([3, 0, 1].into_iter()) - 0.625).abs() < 1e-15);
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!(quantile(&[5.0], 0.05), 5.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
