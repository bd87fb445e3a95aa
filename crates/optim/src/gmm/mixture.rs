//! A Gaussian mixture ready for use: checked, normalised, factored.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cholesky;
use crate::normal::{self, LN_SQRT_2PI};

/// Covariance of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Covariance {
    /// Independent coordinates: the variances.
    Diagonal(Vec<f64>),
    /// The whole symmetric matrix, row by row.
    Full(Vec<f64>),
}

impl Covariance {
    /// Variance of one coordinate.
    pub fn variance(&self, axis: usize, dimensions: usize) -> f64 {
        match self {
            Self::Diagonal(variances) => variances[axis],
            Self::Full(matrix) => matrix[axis * dimensions + axis],
        }
    }
}

/// One weighted Gaussian of a mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Weight `pi_k`; the mixture divides by the sum of all weights.
    pub weight: f64,
    /// Mean `mu_k`, one number per dimension.
    pub mean: Vec<f64>,
    /// Covariance `Sigma_k`.
    pub covariance: Covariance,
}

/// Why components do not make a mixture.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MixtureError {
    /// No component, or means without coordinates.
    #[error("a mixture needs at least one component of at least one dimension")]
    Empty,
    /// A weight is negative or not finite, or all are zero.
    #[error("weight {weight} of component {component} is not a positive share")]
    BadWeight {
        /// Component number.
        component: usize,
        /// Its weight.
        weight: f64,
    },
    /// Mean or covariance has another length than the first component's mean asks for.
    #[error("component {component} does not have the {dimensions} dimensions of the first one")]
    Dimensions {
        /// Component number.
        component: usize,
        /// Dimensions of the first component.
        dimensions: usize,
    },
    /// A mean is NaN or infinite.
    #[error("the mean of component {component} holds {value}")]
    BadMean {
        /// Component number.
        component: usize,
        /// The offending number.
        value: f64,
    },
    /// The covariance is not symmetric positive definite.
    #[error("the covariance of component {component} is not symmetric and positive definite")]
    NotPositiveDefinite {
        /// Component number.
        component: usize,
    },
}

/// What is derived once from a component.
#[derive(Debug, Clone, PartialEq)]
struct Prepared {
    /// `ln pi_k - ln sqrt((2 pi)^D det Sigma_k)`.
    log_scale: f64,
    /// Standard deviations (diagonal) or Cholesky factor (full).
    root: Vec<f64>,
}

/// A checked Gaussian mixture with weights that sum to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    dimensions: usize,
    components: Vec<Component>,
    prepared: Vec<Prepared>,
}

impl Mixture {
    /// Check the components and divide the weights by their sum.
    ///
    /// # Errors
    /// When there is no component, or one has a bad weight, shape, mean or covariance.
    ///
    /// ```
    /// use optim::gmm::{Component, Covariance, Mixture};
    /// let part = |weight, mean| Component { weight, mean: vec![mean], covariance: Covariance::Diagonal(vec![1.0]) };
    /// let mixture = Mixture::new(vec![part(1.0, -2.0), part(3.0, 2.0)])?;
    /// assert_eq!(mixture.components()[1].weight, 0.75);
    /// // At -2: 0.25 phi(0) + 0.75 phi(4) = 0.09974 + 0.00010.
    /// assert!((mixture.density(&[-2.0]) - 0.099_836).abs() < 1e-6);
    /// # Ok::<(), optim::gmm::MixtureError>(())
    /// ```
    pub fn new(mut components: Vec<Component>) -> Result<Self, MixtureError> {
        let dimensions = components.first().map_or(0, |c| c.mean.len());
        if dimensions == 0 {
            return Err(MixtureError::Empty);
        }
        let total: f64 = components.iter().map(|c| c.weight).sum();
        let negative = components.iter().position(|c| c.weight.is_nan() || c.weight < 0.0);
        if negative.is_some() || !(total > 0.0 && total.is_finite()) {
            let component = negative.unwrap_or(0);
            return Err(MixtureError::BadWeight {
                component,
                weight: components[component].weight,
            });
        }
        let mut prepared = Vec::with_capacity(components.len());
        for (k, component) in components.iter_mut().enumerate() {
            component.weight /= total;
            prepared.push(prepare(k, component, dimensions)?);
        }
        Ok(Self { dimensions, components, prepared })
    }

    /// Number of dimensions D.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The components, with weights that sum to one.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// `ln (pi_k N(x; mu_k, Sigma_k))` of each component into `out`; `work` has D elements.
    pub(super) fn log_joint(&self, x: &[f64], out: &mut [f64], work: &mut [f64]) {
        for ((component, prepared), out) in self.components.iter().zip(&self.prepared).zip(out) {
            let differences = x.iter().zip(&component.mean).map(|(x, mean)| x - mean);
            let squared = match component.covariance {
                Covariance::Diagonal(_) => {
                    differences.zip(&prepared.root).map(|(d, sd)| (d / sd) * (d / sd)).sum()
                }
                Covariance::Full(_) => {
                    cholesky::squared_distance(&prepared.root, differences, work)
                }
            };
            *out = prepared.log_scale - 0.5 * squared;
        }
    }

    /// Natural logarithm of the density at `x` (D numbers), by log-sum-exp: finite far out in the
    /// tails.
    pub fn log_density(&self, x: &[f64]) -> f64 {
        let mut terms = vec![0.0; self.components.len()];
        self.log_joint(x, &mut terms, &mut vec![0.0; self.dimensions]);
        log_sum_exp(&terms)
    }

    /// Density at `x` (D numbers).
    pub fn density(&self, x: &[f64]) -> f64 {
        self.log_density(x).exp()
    }

    /// Probability of each component given `x`; sums to one.
    pub fn responsibilities(&self, x: &[f64]) -> Vec<f64> {
        let mut terms = vec![0.0; self.components.len()];
        self.log_joint(x, &mut terms, &mut vec![0.0; self.dimensions]);
        let total = log_sum_exp(&terms);
        for term in &mut terms {
            *term = (*term - total).exp();
        }
        terms
    }

    /// Probability that coordinate `axis` exceeds `x`: `sum_k pi_k (1 - Phi((x - mu_k) /
    /// sigma_k))`.
    pub fn marginal_survival(&self, axis: usize, x: f64) -> f64 {
        let term = |c: &Component| {
            let sd = c.covariance.variance(axis, self.dimensions).sqrt();
            c.weight * normal::survival((x - c.mean[axis]) / sd)
        };
        self.components.iter().map(term).sum()
    }

    /// Density of coordinate `axis` alone at `x`.
    pub fn marginal_density(&self, axis: usize, x: f64) -> f64 {
        let term = |c: &Component| {
            let sd = c.covariance.variance(axis, self.dimensions).sqrt();
            c.weight * normal::pdf((x - c.mean[axis]) / sd) / sd
        };
        self.components.iter().map(term).sum()
    }

    /// Mean of coordinate `axis` among points where it exceeds `x`: `sum_k pi_k (mu_k S(z_k) +
    /// sigma_k phi(z_k)) / sum_k pi_k S(z_k)`, `z_k = (x - mu_k) / sigma_k`, S = 1 - Phi. With `x`
    /// = 0 this is the mean of a count law cut at zero.
    ///
    /// ```
    /// use optim::gmm::{Component, Covariance, Mixture};
    /// let covariance = Covariance::Diagonal(vec![4.0]);
    /// let mixture = Mixture::new(vec![Component { weight: 1.0, mean: vec![0.0], covariance }])?;
    /// // Half-normal with sigma 2: 2 sqrt(2 / pi) = 1.5958.
    /// assert!((mixture.mean_above(0, 0.0) - 1.595_769_121_605_731).abs() < 1e-12);
    /// # Ok::<(), optim::gmm::MixtureError>(())
    /// ```
    pub fn mean_above(&self, axis: usize, x: f64) -> f64 {
        let (mut moment, mut mass) = (0.0, 0.0);
        for c in &self.components {
            let sd = c.covariance.variance(axis, self.dimensions).sqrt();
            let z = (x - c.mean[axis]) / sd;
            let survival = normal::survival(z);
            moment += c.weight * (c.mean[axis] * survival + sd * normal::pdf(z));
            mass += c.weight * survival;
        }
        moment / mass
    }

    /// Mean of every coordinate.
    pub fn mean(&self) -> Vec<f64> {
        let of_axis = |axis| self.components.iter().map(|c| c.weight * c.mean[axis]).sum();
        (0..self.dimensions).map(of_axis).collect()
    }

    /// Variance of coordinate `axis`: within the components plus between their means.
    pub fn variance(&self, axis: usize) -> f64 {
        let mean: f64 = self.components.iter().map(|c| c.weight * c.mean[axis]).sum();
        let term = |c: &Component| {
            let apart = c.mean[axis] - mean;
            c.weight * (c.covariance.variance(axis, self.dimensions) + apart * apart)
        };
        self.components.iter().map(term).sum()
    }

    /// Component chosen by the uniform number `u`: the first whose cumulated weight exceeds `u`.
    pub fn pick(&self, u: f64) -> usize {
        let mut sum = 0.0;
        for (k, component) in self.components.iter().enumerate() {
            sum += component.weight;
            if u < sum {
                return k;
            }
        }
        self.components.len() - 1
    }

    /// One draw of coordinate `axis` alone from one uniform number: `u` picks the component, and
    /// its place inside the component's share of `[0, 1)` is a uniform number again, which the
    /// normal quantile turns into the draw.
    pub fn draw_marginal(&self, axis: usize, u: f64) -> f64 {
        let k = self.pick(u);
        let component = &self.components[k];
        let before: f64 = self.components[..k].iter().map(|c| c.weight).sum();
        let inside =
            ((u - before) / component.weight).clamp(f64::EPSILON / 4.0, 1.0 - f64::EPSILON / 2.0);
        let sd = component.covariance.variance(axis, self.dimensions).sqrt();
        component.mean[axis] + sd * normal::quantile(inside)
    }

    /// One draw: a component by one uniform number, then D normal numbers by inversion, `1 + D`
    /// numbers in all.
    pub fn sample(&self, mut uniform: impl FnMut() -> f64) -> Vec<f64> {
        let k = self.pick(uniform());
        self.sample_component(k, uniform)
    }

    /// One draw from component `k`, by D uniform numbers.
    pub fn sample_component(&self, k: usize, mut uniform: impl FnMut() -> f64) -> Vec<f64> {
        let (component, root) = (&self.components[k], &self.prepared[k].root);
        let n = self.dimensions;
        // A uniform of exactly 0 would give minus infinity; half a unit of 53 bits is never drawn
        // otherwise.
        let z: Vec<f64> =
            (0..n).map(|_| normal::quantile(uniform().max(f64::EPSILON / 4.0))).collect();
        match component.covariance {
            Covariance::Diagonal(_) => (0..n).map(|i| component.mean[i] + root[i] * z[i]).collect(),
            Covariance::Full(_) => (0..n)
                .map(|i| component.mean[i] + (0..=i).map(|j| root[i * n + j] * z[j]).sum::<f64>())
                .collect(),
        }
    }
}

/// `ln sum exp(terms)` without overflow; minus infinity for an empty or impossible sum.
pub(super) fn log_sum_exp(terms: &[f64]) -> f64 {
    let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + terms.iter().map(|t| (t - top).exp()).sum::<f64>().ln()
}

fn prepare(k: usize, component: &Component, dimensions: usize) -> Result<Prepared, MixtureError> {
    let expected = match &component.covariance {
        Covariance::Diagonal(v) => v.len() == dimensions,
        Covariance::Full(m) => m.len() == dimensions * dimensions,
    };
    if !expected || component.mean.len() != dimensions {
        return Err(MixtureError::Dimensions { component: k, dimensions });
    }
    if let Some(&value) = component.mean.iter().find(|m| !m.is_finite()) {
        return Err(MixtureError::BadMean { component: k, value });
    }
    let refused = MixtureError::NotPositiveDefinite { component: k };
    let (root, half_log_det) = match &component.covariance {
        Covariance::Diagonal(variances) => {
            if !variances.iter().all(|v| v.is_finite() && *v > 0.0) {
                return Err(refused);
            }
            let sds: Vec<f64> = variances.iter().map(|v| v.sqrt()).collect();
            let half_log_det = sds.iter().map(|sd| sd.ln()).sum::<f64>();
            (sds, half_log_det)
        }
        Covariance::Full(matrix) => {
            if !symmetric(matrix, dimensions) {
                return Err(refused);
            }
            let root = cholesky::factor(matrix, dimensions).ok_or(refused)?;
            let half_log_det = cholesky::half_log_determinant(&root, dimensions);
            (root, half_log_det)
        }
    };
    Ok(Prepared {
        log_scale: component.weight.ln() - LN_SQRT_2PI * dimensions as f64 - half_log_det,
        root,
    })
}

fn symmetric(matrix: &[f64], n: usize) -> bool {
    (0..n).all(|i| {
        (0..i).all(|j| {
            let scale = (matrix[i * n + i] * matrix[j * n + j]).abs().sqrt();
            (matrix[i * n + j] - matrix[j * n + i]).abs() <= 1e-9 * scale
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::uniforms;

    fn diagonal(weight: f64, mean: [f64; 2], variances: [f64; 2]) -> Component {
        Component {
            weight,
            mean: mean.to_vec(),
            covariance: Covariance::Diagonal(variances.to_vec()),
        }
    }

    #[test]
    fn diagonal_and_full_forms_of_one_covariance_agree() {
        let full = Component {
            covariance: Covariance::Full(vec![2.0, 0.0, 0.0, 0.5]),
            ..diagonal(1.0, [1.0, -1.0], [1.0, 1.0])
        };
        let a = Mixture::new(vec![full]).unwrap();
        let b = Mixture::new(vec![diagonal(1.0, [1.0, -1.0], [2.0, 0.5])]).unwrap();
        for x in [[0.0, 0.0], [3.0, -2.0], [40.0, 7.0]] {
            assert!((a.log_density(&x) - b.log_density(&x)).abs() < 1e-12);
        }
    }

    #[test]
    fn correlated_density_matches_the_hand_formula() {
        // Sigma = [[1, 0.5], [0.5, 1]]: det 0.75, inverse [[4/3, -2/3], [-2/3, 4/3]]; at (1, 0):
        // exp(-2/3) / (2 pi sqrt 0.75).
        let part = Component {
            weight: 1.0,
            mean: vec![0.0, 0.0],
            covariance: Covariance::Full(vec![1.0, 0.5, 0.5, 1.0]),
        };
        let expected = (-2.0_f64 / 3.0).exp() / (std::f64::consts::TAU * 0.75_f64.sqrt());
        assert!((Mixture::new(vec![part]).unwrap().density(&[1.0, 0.0]) - expected).abs() < 1e-15);
    }

    #[test]
    fn responsibilities_sum_to_one_even_where_all_densities_underflow() {
        let mixture = Mixture::new(vec![
            diagonal(0.3, [0.0, 0.0], [1.0, 1.0]),
            diagonal(0.7, [5.0, 0.0], [1.0, 1.0]),
        ])
        .unwrap();
        let far = mixture.responsibilities(&[1e4, 0.0]);
        assert!((far.iter().sum::<f64>() - 1.0).abs() < 1e-12 && far[1] > 0.999);
        // Half way between equal Gaussians the weights decide.
        let half = mixture.responsibilities(&[2.5, 0.0]);
        assert!((half[0] - 0.3).abs() < 1e-12);
    }

    #[test]
    fn samples_have_the_mixture_s_mean_and_variance() {
        let mixture = Mixture::new(vec![
            diagonal(1.0, [0.0, 1.0], [1.0, 0.25]),
            diagonal(3.0, [4.0, 1.0], [2.0, 0.25]),
        ])
        .unwrap();
        // Mean 3; variance 0.25 x (1 + 9) + 0.75 x (2 + 1) = 4.75.
        assert!(
            (mixture.mean()[0] - 3.0).abs() < 1e-15 && (mixture.variance(0) - 4.75).abs() < 1e-15
        );
        let mut uniform = uniforms(9);
        let draws: Vec<f64> = (0..50_000).map(|_| mixture.sample(&mut uniform)[0]).collect();
        let mean = draws.iter().sum::<f64>() / 50_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 50_000.0;
        assert!((mean - 3.0).abs() < 0.03 && (variance - 4.75).abs() < 0.1, "{mean} {variance}");
        let spaced = (0..50_000).map(|k| mixture.draw_marginal(0, (f64::from(k) + 0.5) / 50_000.0));
        assert!((spaced.sum::<f64>() / 50_000.0 - 3.0).abs() < 1e-3);
        let above = draws.iter().filter(|x| **x > 4.0).count() as f64 / 50_000.0;
        assert!((above - mixture.marginal_survival(0, 4.0)).abs() < 0.01);
    }

    #[test]
    fn malformed_components_are_refused_with_their_number() {
        let fine = diagonal(1.0, [0.0, 0.0], [1.0, 1.0]);
        let with = |bad: Component| Mixture::new(vec![fine.clone(), bad]).unwrap_err();
        assert_eq!(Mixture::new(vec![]).unwrap_err(), MixtureError::Empty);
        assert!(matches!(
            with(diagonal(-1.0, [0.0; 2], [1.0; 2])),
            MixtureError::BadWeight { component: 1, .. }
        ));
        assert!(matches!(
            with(diagonal(1.0, [f64::NAN, 0.0], [1.0; 2])),
            MixtureError::BadMean { component: 1, .. }
        ));
        assert!(matches!(
            with(diagonal(1.0, [0.0; 2], [1.0, 0.0])),
            MixtureError::NotPositiveDefinite { .. }
        ));
        let lopsided =
            Component { covariance: Covariance::Full(vec![1.0, 0.5, 0.1, 1.0]), ..fine.clone() };
        assert!(matches!(with(lopsided), MixtureError::NotPositiveDefinite { .. }));
        let short = Component { mean: vec![0.0], ..fine.clone() };
        assert!(matches!(with(short), MixtureError::Dimensions { component: 1, .. }));
    }
}
