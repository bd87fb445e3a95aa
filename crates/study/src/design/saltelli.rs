//! Saltelli's design for Sobol' indices (Saltelli 2002; Saltelli et al. 2010).

use super::SobolSequence;

/// Points of the unit cube for first-order and total indices, `n` (`factors` + 2) of them, or for
/// second-order indices too, `n` (2 `factors` + 2): per base row A, then A with one column of B
/// after the other, then (second order) B with one column of A, then B. The two samples are the
/// halves of a Sobol' sequence in 2 `factors` dimensions; unscrambled it is SALib's design.
///
/// ```
/// let points = study::design::saltelli(2, 2, false, None);
/// assert_eq!(points.len(), 8);
/// assert_eq!(points[4], [0.5, 0.5]);
/// ```
pub fn saltelli(
    factors: usize,
    n: usize,
    second_order: bool,
    scramble: Option<u64>,
) -> Vec<Vec<f64>> {
    let mut points = Vec::with_capacity(n * (2 * factors + 2));
    for row in SobolSequence::new(2 * factors, scramble).take(n) {
        let (a, b) = row.split_at(factors);
        points.push(a.to_vec());
        points.extend((0..factors).map(|j| with_column(a, b, j)));
        if second_order {
            points.extend((0..factors).map(|j| with_column(b, a, j)));
        }
        points.push(b.to_vec());
    }
    points
}

/// A sample's row with one column of another's.
fn with_column(row: &[f64], other: &[f64], column: usize) -> Vec<f64> {
    let mut mixed = row.to_vec();
    mixed[column] = other[column];
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mixed_row_differs_in_one_column() {
        let points = saltelli(3, 8, true, Some(1));
        assert_eq!(points.len(), 8 * 8);
        for block in points.chunks_exact(8) {
            let (a, b) = (&block[0], &block[7]);
            for j in 0..3 {
                for i in 0..3 {
                    assert_eq!(block[1 + j][i], if i == j { b[i] } else { a[i] });
                    assert_eq!(block[4 + j][i], if i == j { a[i] } else { b[i] });
                }
            }
        }
    }
}
