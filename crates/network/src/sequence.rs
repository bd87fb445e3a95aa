//! Positive-sequence values of phase quantities, and the few sums of complex numbers that they
//! need.
//!
//! For an impedance matrix of n phases the self and mutual impedances are averaged:
//! `Z1 = mean of Z_ii - mean of Z_ij` (Fortescue; exact for a transposed line). A single phase
//! keeps its own impedance. A neutral is eliminated first: `Z_pp - Z_pn Z_np / Z_nn` (Kron).

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Complex {
    pub re: f64,
    pub im: f64,
}

impl Complex {
    pub const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }
    pub fn plus(self, o: Self) -> Self {
        Self::new(self.re + o.re, self.im + o.im)
    }
    pub fn minus(self, o: Self) -> Self {
        Self::new(self.re - o.re, self.im - o.im)
    }
    pub fn times(self, o: Self) -> Self {
        Self::new(self.re * o.re - self.im * o.im, self.re * o.im + self.im * o.re)
    }
    pub fn scaled(self, k: f64) -> Self {
        Self::new(self.re * k, self.im * k)
    }
    /// `1 / self`; zero has none.
    pub fn inverse(self) -> Option<Self> {
        let square = self.re * self.re + self.im * self.im;
        (square > 0.0).then(|| Self::new(self.re / square, -self.im / square))
    }
    pub fn size(self) -> f64 {
        self.re.hypot(self.im)
    }
}

/// A square matrix of complex numbers, row by row.
pub(crate) type Matrix = Vec<Vec<Complex>>;

/// A matrix from its real and imaginary parts; missing entries are zero.
pub(crate) fn matrix(re: &[Vec<f64>], im: &[Vec<f64>]) -> Matrix {
    let n = re.len().max(im.len());
    let at = |m: &[Vec<f64>], i: usize, j: usize| {
        m.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0.0)
    };
    (0..n).map(|i| (0..n).map(|j| Complex::new(at(re, i, j), at(im, i, j))).collect()).collect()
}

/// The matrix without one conductor that is grounded at both ends (Kron). None where it has no
/// impedance of its own.
pub(crate) fn without(m: &Matrix, neutral: usize) -> Option<Matrix> {
    let inverse = m[neutral][neutral].inverse()?;
    let kept: Vec<usize> = (0..m.len()).filter(|&k| k != neutral).collect();
    let entry =
        |i: usize, j: usize| m[i][j].minus(m[i][neutral].times(inverse).times(m[neutral][j]));
    Some(kept.iter().map(|&i| kept.iter().map(|&j| entry(i, j)).collect()).collect())
}

/// The positive-sequence value of a matrix.
pub(crate) fn positive(m: &Matrix) -> Complex {
    let n = m.len() as f64;
    let (mut own, mut mutual) = (Complex::default(), Complex::default());
    for (i, row) in m.iter().enumerate() {
        for (j, z) in row.iter().enumerate() {
            if i == j { own = own.plus(*z) } else { mutual = mutual.plus(*z) }
        }
    }
    let pairs = n * (n - 1.0);
    let mutual = if pairs > 0.0 { mutual.scaled(1.0 / pairs) } else { mutual };
    own.scaled(1.0 / n.max(1.0)).minus(mutual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_line_has_self_minus_mutual_impedance() {
        let z = |re| Complex::new(re, 2.0 * re);
        let m: Matrix =
            (0..3).map(|i| (0..3).map(|j| z(if i == j { 3.0 } else { 1.0 })).collect()).collect();
        assert_eq!(positive(&m), Complex::new(2.0, 4.0));
        assert_eq!(positive(&vec![vec![z(3.0)]]), Complex::new(3.0, 6.0));
    }

    #[test]
    fn a_neutral_is_eliminated() {
        // Zpp = 3, Zpn = 1, Znn = 2: 3 - 1 x 1 / 2 = 2.5
        let r = |x| Complex::new(x, 0.0);
        let m = vec![vec![r(3.0), r(1.0)], vec![r(1.0), r(2.0)]];
        assert_eq!(without(&m, 1), Some(vec![vec![r(2.5)]]));
        assert_eq!(without(&vec![vec![r(3.0), r(1.0)], vec![r(1.0), r(0.0)]], 1), None);
    }
}
