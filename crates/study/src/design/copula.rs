//! Factors that go together: a Gaussian copula over the unit cube. Each factor keeps its own law.

use crate::stats::{cholesky, normal_cdf, normal_quantile};

/// Two factors and the correlation of their normal scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// Names of the factors.
    pub factors: [String; 2],
    /// -1 to 1, ends excluded.
    pub value: f64,
}

/// How the coordinates of a point are made to go together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copula {
    /// Lower factor of the matrix of correlations; empty if there are none.
    factor: Vec<Vec<f64>>,
}

impl Copula {
    /// The copula of some factors; none if the correlations contradict each other.
    pub fn new(names: &[&str], correlations: &[Correlation]) -> Option<Self> {
        if correlations.is_empty() {
            return Some(Self::default());
        }
        let n = names.len();
        let mut matrix: Vec<Vec<f64>> =
            (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
        for c in correlations {
            let at = |name: &str| names.iter().position(|n| *n == name);
            let (i, j) = (at(&c.factors[0])?, at(&c.factors[1])?);
            matrix[i][j] = c.value;
            matrix[j][i] = c.value;
        }
        cholesky(&matrix).map(|factor| Self { factor })
    }

    /// Makes the coordinates of a point of the unit cube go together.
    pub fn apply(&self, unit: &mut [f64]) {
        if self.factor.is_empty() {
            return;
        }
        let z: Vec<f64> =
            unit.iter().map(|u| normal_quantile(u.clamp(1e-12, 1.0 - 1e-12))).collect();
        for (u, row) in unit.iter_mut().zip(&self.factor) {
            *u = normal_cdf(row.iter().zip(&z).map(|(l, z)| l * z).sum());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::latin_hypercube;
    use crate::stats::{mean, variance};

    #[test]
    fn scores_go_together_as_asked_and_each_factor_stays_uniform() {
        let link = Correlation { factors: ["a".into(), "c".into()], value: 0.7 };
        let copula = Copula::new(&["a", "b", "c"], &[link]).expect("possible");
        let mut points = latin_hypercube(3, 2000, false, 1);
        points.iter_mut().for_each(|x| copula.apply(x));
        let z = |k: usize| points.iter().map(|x| normal_quantile(x[k])).collect::<Vec<_>>();
        let correlation = |a: &[f64], b: &[f64]| {
            let (ma, mb) = (mean(a), mean(b));
            a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>()
                / (a.len() - 1) as f64
                / (variance(a) * variance(b)).sqrt()
        };
        assert!((correlation(&z(0), &z(2)) - 0.7).abs() < 0.02);
        assert!(correlation(&z(0), &z(1)).abs() < 0.05);
        for k in 0..3 {
            let u: Vec<f64> = points.iter().map(|x| x[k]).collect();
            assert!((mean(&u) - 0.5).abs() < 0.01 && (variance(&u) - 1.0 / 12.0).abs() < 0.002);
        }
    }

    #[test]
    fn correlations_that_contradict_each_other_are_none() {
        let link = |a: &str, b: &str, value| Correlation { factors: [a.into(), b.into()], value };
        let links = [link("a", "b", 0.9), link("b", "c", 0.9), link("a", "c", -0.9)];
        assert_eq!(Copula::new(&["a", "b", "c"], &links), None);
    }
}
