//! Small dense linear systems: Cholesky's factor of a symmetric positive definite matrix.

/// The lower factor of a matrix given by rows; none if it is not positive definite.
///
/// ```
/// // [[4, 2], [2, 5]] = L L' with L = [[2, 0], [1, 2]]
/// let l = study::stats::cholesky(&[vec![4.0, 2.0], vec![2.0, 5.0]]).unwrap();
/// assert_eq!(l, [vec![2.0, 0.0], vec![1.0, 2.0]]);
/// ```
pub fn cholesky(a: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = a.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = a[i][j] - dot;
            if i == j {
                if rest <= 1e-14 * a[i][i].abs() || !rest.is_finite() {
                    return None;
                }
                l[i][i] = rest.sqrt();
            } else {
                l[i][j] = rest / l[j][j];
            }
        }
    }
    Some(l)
}

/// Solves L x = b.
pub(crate) fn forward_factored(l: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x = vec![0.0; b.len()];
    for i in 0..b.len() {
        let dot: f64 = (0..i).map(|k| l[i][k] * x[k]).sum();
        x[i] = (b[i] - dot) / l[i][i];
    }
    x
}

/// Solves L L' x = b.
pub(crate) fn solve_factored(l: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x = forward_factored(l, b);
    for i in (0..b.len()).rev() {
        let dot: f64 = (i + 1..b.len()).map(|k| l[k][i] * x[k]).sum();
        x[i] = (x[i] - dot) / l[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_singular_one_refused() {
        let a = [vec![4.0, 2.0, 0.5], vec![2.0, 5.0, 1.0], vec![0.5, 1.0, 3.0]];
        let l = cholesky(&a).expect("positive definite");
        let x = solve_factored(&l, &[1.0, -2.0, 0.25]);
        for (row, b) in a.iter().zip([1.0, -2.0, 0.25]) {
            let product: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((product - b).abs() < 1e-12);
        }
        assert!(cholesky(&[vec![1.0, 1.0], vec![1.0, 1.0]]).is_none());
    }
}
