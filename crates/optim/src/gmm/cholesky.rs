//! Cholesky factor of a small covariance matrix.

/// Lower triangular factor `L` with `L L^T = a`, row-major, or `None` when `a` is not positive
/// definite.
pub(super) fn factor(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                l[i * n + i] = rest.sqrt();
            } else {
                l[i * n + j] = rest / l[j * n + j];
            }
        }
    }
    Some(l)
}

/// Squared length of `L^-1 difference`, by forward substitution; `work` has the length of
/// `difference`.
pub(super) fn squared_distance(
    l: &[f64],
    difference: impl Iterator<Item = f64>,
    work: &mut [f64],
) -> f64 {
    let n = work.len();
    let mut sum = 0.0;
    for (i, d) in difference.enumerate() {
        let dot: f64 = (0..i).map(|k| l[i * n + k] * work[k]).sum();
        work[i] = (d - dot) / l[i * n + i];
        sum += work[i] * work[i];
    }
    sum
}

/// `ln sqrt det(L L^T)`: the sum of the logarithms of the diagonal.
pub(super) fn half_log_determinant(l: &[f64], n: usize) -> f64 {
    (0..n).map(|i| l[i * n + i].ln()).sum()
}
