//! Expectation-maximisation for Gaussian mixtures.
//!
//! E: `r_nk = exp(ln pi_k N(x_n; mu_k, Sigma_k) - ln p(x_n))`, by log-sum-exp. M: `n_k = sum_n
//! r_nk`, `pi_k = n_k / n`, `mu_k = sum r_nk x_n / n_k`, `Sigma_k = sum r_nk (x - mu_k)(x - mu_k)^T
//! / n_k` with a floor under the variances, a small share of each coordinate's variance over all
//! points, so that no component can collapse onto one point.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cholesky;
use super::mixture::{Component, Covariance, Mixture, MixtureError};
use super::seeding::cluster;

/// Shape of the fitted covariances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CovarianceForm {
    /// Coordinates independent inside a component.
    Diagonal,
    /// Any covariance.
    Full,
}

/// Settings of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FitParams {
    /// Shape of the covariances.
    pub form: CovarianceForm,
    /// Most EM steps per start.
    pub max_iterations: usize,
    /// A fit has converged when a step raises the mean log-likelihood per point by less than this.
    pub tolerance: f64,
    /// Least variance of a component as a share of the variance over all points \[-\].
    pub variance_floor: f64,
    /// Number of seedings tried; the one with the greatest likelihood is kept.
    pub starts: usize,
}

impl Default for FitParams {
    fn default() -> Self {
        Self {
            form: CovarianceForm::Full,
            max_iterations: 500,
            tolerance: 1e-7,
            variance_floor: 1e-4,
            starts: 3,
        }
    }
}

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Convergence {
    /// The likelihood stopped rising.
    Converged,
    /// The steps ran out first; the mixture is the best so far.
    MaxIterations,
}

/// A fitted mixture.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The mixture.
    pub mixture: Mixture,
    /// Log-likelihood of all points under it.
    pub log_likelihood: f64,
    /// `parameters ln n - 2 log-likelihood`: smaller is better.
    pub bic: f64,
    /// Log-likelihood before each step and after the last.
    pub history: Vec<f64>,
    /// How it ended.
    pub convergence: Convergence,
}

/// Why points cannot be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitError {
    /// The number of coordinates is not a multiple of the dimensions, or zero.
    #[error("{coordinates} coordinates do not make points of {dimensions} dimensions")]
    Shape {
        /// Numbers given.
        coordinates: usize,
        /// Dimensions asked for.
        dimensions: usize,
    },
    /// Fewer points than are needed, or no component asked for.
    #[error("{points} points cannot carry {components} components (each needs at least 2)")]
    TooFewPoints {
        /// Points given.
        points: usize,
        /// Components asked for.
        components: usize,
    },
    /// A coordinate is NaN or infinite.
    #[error("coordinate {axis} of point {point} is {value}")]
    NotFinite {
        /// Point number.
        point: usize,
        /// Coordinate number.
        axis: usize,
        /// Its value.
        value: f64,
    },
    /// A coordinate is the same for all points: it has no law.
    #[error("coordinate {axis} is the same for all points")]
    NoSpread {
        /// Coordinate number.
        axis: usize,
    },
    /// No start or a negative floor or tolerance.
    #[error("starts must be at least 1, variance_floor above 0 and tolerance not below 0")]
    BadParams,
    /// A step left the region where mixtures are defined.
    #[error("the fit broke down: {0}")]
    BrokeDown(#[from] MixtureError),
}

/// Fit a mixture of `components` Gaussians to points stored row by row (`dimensions` numbers each).
///
/// # Errors
/// When the points are malformed, too few, or without spread.
///
/// ```
/// use optim::gmm::{FitParams, fit};
/// let points = [0.0, 0.1, -0.1, 0.05, 5.0, 5.1, 4.9, 5.05];
/// let mut k = 0.0;
/// let fitted = fit(&points, 1, 2, &FitParams::default(), || { k += 0.37_f64; k % 1.0 })?;
/// let mut means: Vec<f64> = fitted.mixture.components().iter().map(|c| c.mean[0]).collect();
/// means.sort_by(f64::total_cmp);
/// assert!((means[0] - 0.0125).abs() < 1e-9 && (means[1] - 5.0125).abs() < 1e-9);
/// # Ok::<(), optim::gmm::FitError>(())
/// ```
pub fn fit(
    points: &[f64],
    dimensions: usize,
    components: usize,
    params: &FitParams,
    mut uniform: impl FnMut() -> f64,
) -> Result<Fit, FitError> {
    let data = Data::new(points, dimensions, components, params)?;
    let mut best = data.run(components, &mut uniform)?;
    for _ in 1..params.starts {
        let other = data.run(components, &mut uniform)?;
        if other.log_likelihood > best.log_likelihood {
            best = other;
        }
    }
    Ok(best)
}

/// Fits with 1, 2 .. `most` components; the one with the smallest BIC, and the BIC of each.
///
/// # Errors
/// As [`fit`].
pub fn fit_by_bic(
    points: &[f64],
    dimensions: usize,
    most: usize,
    params: &FitParams,
    mut uniform: impl FnMut() -> f64,
) -> Result<(Fit, Vec<f64>), FitError> {
    let mut best = fit(points, dimensions, 1, params, &mut uniform)?;
    let mut criteria = vec![best.bic];
    for components in 2..=most {
        let other = fit(points, dimensions, components, params, &mut uniform)?;
        criteria.push(other.bic);
        if other.bic < best.bic {
            best = other;
        }
    }
    Ok((best, criteria))
}

/// Checked points and what every start needs of them.
struct Data<'a> {
    points: &'a [f64],
    dimensions: usize,
    /// Standard deviation of each coordinate over all points.
    spread: Vec<f64>,
    params: &'a FitParams,
}

impl<'a> Data<'a> {
    fn new(
        points: &'a [f64],
        dimensions: usize,
        components: usize,
        params: &'a FitParams,
    ) -> Result<Self, FitError> {
        if dimensions == 0 || points.is_empty() || !points.len().is_multiple_of(dimensions) {
            return Err(FitError::Shape { coordinates: points.len(), dimensions });
        }
        let n = points.len() / dimensions;
        if components == 0 || n < 2 * components {
            return Err(FitError::TooFewPoints { points: n, components });
        }
        if params.starts == 0
            || params.variance_floor.is_nan()
            || params.variance_floor <= 0.0
            || params.tolerance.is_nan()
            || params.tolerance < 0.0
        {
            return Err(FitError::BadParams);
        }
        if let Some(at) = points.iter().position(|x| !x.is_finite()) {
            return Err(FitError::NotFinite {
                point: at / dimensions,
                axis: at % dimensions,
                value: points[at],
            });
        }
        let spread: Vec<f64> =
            (0..dimensions).map(|axis| standard_deviation(points, dimensions, axis)).collect();
        match spread.iter().position(|&s| s <= 0.0) {
            Some(axis) => Err(FitError::NoSpread { axis }),
            None => Ok(Self { points, dimensions, spread, params }),
        }
    }

    fn count(&self) -> usize {
        self.points.len() / self.dimensions
    }

    /// One start: seeding, then EM to convergence.
    fn run(&self, components: usize, uniform: &mut impl FnMut() -> f64) -> Result<Fit, FitError> {
        let n = self.count();
        let labels = cluster(self.points, &self.spread, components, uniform);
        let mut shares = vec![0.0; n * components];
        for (row, label) in shares.chunks_exact_mut(components).zip(labels) {
            row[label] = 1.0;
        }
        let mut mixture = self.maximise(&shares, components, None)?;
        let mut log_likelihood = self.expect(&mixture, &mut shares);
        let mut history = vec![log_likelihood];
        let mut convergence = Convergence::MaxIterations;
        for _ in 0..self.params.max_iterations {
            mixture = self.maximise(&shares, components, Some(&mixture))?;
            let risen = self.expect(&mixture, &mut shares);
            history.push(risen);
            let gain = (risen - log_likelihood) / n as f64;
            log_likelihood = risen;
            if gain < self.params.tolerance {
                convergence = Convergence::Converged;
                break;
            }
        }
        let parameters = self.parameters(components) as f64;
        Ok(Fit {
            mixture,
            log_likelihood,
            bic: parameters * (n as f64).ln() - 2.0 * log_likelihood,
            history,
            convergence,
        })
    }

    /// Free parameters of a mixture: weights, means, covariances.
    fn parameters(&self, components: usize) -> usize {
        let d = self.dimensions;
        let of_covariance = match self.params.form {
            CovarianceForm::Diagonal => d,
            CovarianceForm::Full => d * (d + 1) / 2,
        };
        components - 1 + components * (d + of_covariance)
    }

    /// E step: responsibilities into `shares`; returns the log-likelihood.
    fn expect(&self, mixture: &Mixture, shares: &mut [f64]) -> f64 {
        let mut work = vec![0.0; self.dimensions];
        let rows = shares.chunks_exact_mut(mixture.components().len());
        let mut sum = 0.0;
        for (x, row) in self.points.chunks_exact(self.dimensions).zip(rows) {
            mixture.log_joint(x, row, &mut work);
            sum += into_shares(row);
        }
        sum
    }

    /// M step. A component that no point belongs to keeps its place, with weight zero.
    fn maximise(
        &self,
        shares: &[f64],
        components: usize,
        before: Option<&Mixture>,
    ) -> Result<Mixture, FitError> {
        let component = |k: usize| {
            let weight: f64 = shares.iter().skip(k).step_by(components).sum();
            let n = self.count() as f64;
            match before {
                Some(mixture) if weight < 1e-10 * n => {
                    Component { weight: 0.0, ..mixture.components()[k].clone() }
                }
                // An empty seed cluster becomes a wide component over all points.
                _ if weight < 1e-10 * n => self.moments(|_| 1.0, n, 1e-10),
                _ => self.moments(|i| shares[i * components + k], weight, weight / n),
            }
        };
        Ok(Mixture::new((0..components).map(component).collect())?)
    }

    /// Weighted mean and floored covariance.
    fn moments(&self, share: impl Fn(usize) -> f64, total: f64, weight: f64) -> Component {
        let d = self.dimensions;
        let mut mean = vec![0.0; d];
        for (i, x) in self.points.chunks_exact(d).enumerate() {
            let r = share(i) / total;
            mean.iter_mut().zip(x).for_each(|(m, x)| *m += r * x);
        }
        let covariance = match self.params.form {
            CovarianceForm::Diagonal => {
                let mut variances = vec![0.0; d];
                for (i, x) in self.points.chunks_exact(d).enumerate() {
                    let r = share(i) / total;
                    for ((v, x), m) in variances.iter_mut().zip(x).zip(&mean) {
                        *v += r * (x - m) * (x - m);
                    }
                }
                variances.iter_mut().enumerate().for_each(|(axis, v)| *v = v.max(self.floor(axis)));
                Covariance::Diagonal(variances)
            }
            CovarianceForm::Full => {
                let mut matrix = vec![0.0; d * d];
                for (i, x) in self.points.chunks_exact(d).enumerate() {
                    let r = share(i) / total;
                    for a in 0..d {
                        for b in 0..=a {
                            matrix[a * d + b] += r * (x[a] - mean[a]) * (x[b] - mean[b]);
                        }
                    }
                }
                self.symmetrise_and_floor(&mut matrix);
                Covariance::Full(matrix)
            }
        };
        Component { weight, mean, covariance }
    }

    fn floor(&self, axis: usize) -> f64 {
        self.params.variance_floor * self.spread[axis] * self.spread[axis]
    }

    /// Copy the lower triangle up; where a direction has less than the floor's variance, add the
    /// floor to all.
    fn symmetrise_and_floor(&self, matrix: &mut [f64]) {
        let d = self.dimensions;
        for a in 0..d {
            for b in 0..a {
                matrix[b * d + a] = matrix[a * d + b];
            }
        }
        let mut reduced = matrix.to_vec();
        for axis in 0..d {
            reduced[axis * d + axis] -= self.floor(axis);
        }
        if cholesky::factor(&reduced, d).is_none() {
            for axis in 0..d {
                matrix[axis * d + axis] += self.floor(axis);
            }
        }
    }
}

/// Turn log terms into shares that sum to one; returns the log of their sum. One exponential per
/// term.
fn into_shares(terms: &mut [f64]) -> f64 {
    let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for term in terms.iter_mut() {
        *term = (*term - top).exp();
        total += *term;
    }
    for term in terms {
        *term /= total;
    }
    top + total.ln()
}

fn standard_deviation(points: &[f64], dimensions: usize, axis: usize) -> f64 {
    let column = || points.iter().skip(axis).step_by(dimensions);
    let n = (points.len() / dimensions) as f64;
    let mean = column().sum::<f64>() / n;
    (column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt()
}
