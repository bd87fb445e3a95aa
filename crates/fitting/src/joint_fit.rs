//! The joint law of arrival, stay and energy: a Gaussian mixture over arrival, ln stay and ln energy,
//! with full or diagonal covariances, whichever has the least BIC.

use crate::uniforms::Uniforms;
use optim::gmm::{Component, Covariance, CovarianceForm, FitParams, fit};
use population::{JointLaw, JointPart};

/// Sessions from which the components are found.
const ENOUGH: usize = 6000;
/// Least standard deviations, in the units of the coordinates: a clump is no law.
const LEAST_SD: f64 = 0.02;

/// A fitted joint law.
#[derive(Clone, Debug, PartialEq)]
pub struct JointFit {
    /// The law.
    pub law: JointLaw,
    /// Its covariances are full, not diagonal.
    pub full: bool,
    /// Its BIC on the sessions that it was found from.
    pub bic: f64,
}

/// The best mixture of at most so many components; none for too few sessions or no spread.
pub(crate) fn joint(points: &[[f64; 3]], most: usize) -> Option<JointFit> {
    let step = points.len().div_ceil(ENOUGH).max(1);
    let flat: Vec<f64> = points.iter().step_by(step).flatten().copied().collect();
    let mut best: Option<JointFit> = None;
    for form in [CovarianceForm::Full, CovarianceForm::Diagonal] {
        let full = form == CovarianceForm::Full;
        let mut worse = 0;
        for parts in 1..=most {
            let mut u = Uniforms::seeded(100 + parts as u64);
            let params = FitParams {
                form,
                starts: 1,
                max_iterations: 120,
                tolerance: 1e-5,
                variance_floor: 1e-4,
            };
            let Ok(found) = fit(&flat, 3, parts, &params, || u.draw()) else { break };
            let better = best.as_ref().is_none_or(|b| found.bic < b.bic);
            worse = if better { 0 } else { worse + 1 };
            if better {
                let parts = found.mixture.components().iter().map(part).collect();
                best = Some(JointFit { law: JointLaw { parts }, full, bic: found.bic });
            }
            if worse >= 2 {
                break;
            }
        }
    }
    best.filter(|b| b.law.check().is_ok())
}

fn part(c: &Component) -> JointPart {
    let at = |i: usize, j: usize| match &c.covariance {
        Covariance::Diagonal(v) => {
            if i == j {
                v[i]
            } else {
                0.0
            }
        }
        Covariance::Full(m) => m[i * 3 + j],
    };
    let sd: [f64; 3] = std::array::from_fn(|i| at(i, i).sqrt().max(LEAST_SD));
    let correlation =
        [(0, 1), (0, 2), (1, 2)].map(|(i, j)| (at(i, j) / (sd[i] * sd[j])).clamp(-0.995, 0.995));
    let part =
        JointPart { weight: c.weight, mean: std::array::from_fn(|i| c.mean[i]), sd, correlation };
    // Rounding must not make three correlations impossible.
    let one = JointLaw { parts: vec![JointPart { weight: 1.0, ..part }] };
    if one.check().is_ok() {
        part
    } else {
        JointPart { correlation: correlation.map(|r| 0.9 * r), ..part }
    }
}
