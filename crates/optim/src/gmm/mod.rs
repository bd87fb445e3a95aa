//! Gaussian mixtures: `p(x) = sum_k pi_k N(x; mu_k, Sigma_k)` in any dimension, with diagonal or
//! full covariance.
//!
//! * [`Mixture`]: density, responsibilities, marginal survival, probability of a box, moments,
//!   sampling;
//! * [`ThresholdMixture`]: three independent coordinates (mass, threshold, phase) as in P3 eq. 28,
//!   with the class probabilities, the conditional survival and the joint density that are built on
//!   it;
//! * [`fit`] and [`fit_by_bic`]: expectation-maximisation (Dempster, Laird, Rubin 1977) from
//!   k-means++ seeds (Arthur and Vassilvitskii 2007), in log space, with a floor under the
//!   variances, and the number of components by the Bayesian information criterion (Schwarz 1978).

mod cholesky;
mod em;
#[cfg(test)]
mod em_tests;
mod mixture;
mod seeding;
mod threshold;

pub use em::{Convergence, CovarianceForm, Fit, FitError, FitParams, fit, fit_by_bic};
pub use mixture::{Component, Covariance, Mixture, MixtureError};
pub use threshold::{ThresholdClass, ThresholdMixture, Truncation};
