//! Laws of one quantity beside each other, by BIC.

use crate::johnson;
use crate::uniforms::Uniforms;
use optim::gmm::{FitParams, Mixture, fit};
use population::{GaussianPart, Law};

/// Most components of a mixture of one quantity.
const MOST_PARTS: usize = 6;
/// Values from which a mixture is found; more say no more.
const ENOUGH: usize = 4000;

/// What a law is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Hour of plugging in \[h\].
    Arrival,
    /// Length of stay \[h\].
    Stay,
    /// Metered energy \[kWh\].
    Energy,
}

impl Quantity {
    /// All of them, in the order of a session's numbers.
    pub const ALL: [Self; 3] = [Self::Arrival, Self::Stay, Self::Energy];
    /// Its name and unit.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Arrival => ("arrival", "h"),
            Self::Stay => ("stay", "h"),
            Self::Energy => ("energy", "kWh"),
        }
    }
}

/// One law of a quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is called.
    pub name: String,
    /// The law.
    pub law: Law,
    /// Bayesian information criterion, smaller is better.
    pub bic: f64,
}

/// Laws of one quantity, the best first. The first of all by BIC is not always the one that is
/// used: arrival, stay and energy come from one mixture of all three.
pub(crate) fn candidates(quantity: Quantity, values: &[f64]) -> Vec<Candidate> {
    let n = values.len() as f64;
    let mut all: Vec<Candidate> = Vec::new();
    let mut add = |name: String, law: Law, likelihood: f64, parameters: f64| {
        if law.check().is_ok() && likelihood.is_finite() {
            all.push(Candidate { name, law, bic: parameters * n.ln() - 2.0 * likelihood });
        }
    };
    let (mean, sd) = moments(values);
    add("normal".into(), Law::normal(mean, sd), normal_likelihood(n, sd), 2.0);
    match quantity {
        Quantity::Arrival => {
            let (mean, sd, likelihood) = wrapped(values);
            add("wrapped normal".into(), Law::wrapped_normal(mean, sd), likelihood, 2.0);
        }
        Quantity::Stay | Quantity::Energy => {
            let logs: Vec<f64> = values.iter().map(|x| x.ln()).collect();
            let (m, s) = moments(&logs);
            let likelihood = normal_likelihood(n, s) - logs.iter().sum::<f64>();
            add("lognormal".into(), Law::lognormal_median(m.exp(), s), likelihood, 2.0);
        }
    }
    if let Some((law, likelihood)) = johnson::fit(values) {
        add("Johnson S_U".into(), law, likelihood, 4.0);
    }
    for parts in 2..=MOST_PARTS {
        if let Some((law, likelihood)) = normals(values, parts) {
            add(format!("{parts} normals"), law, likelihood, 3.0 * parts as f64 - 1.0);
        }
    }
    all.sort_by(|a, b| a.bic.total_cmp(&b.bic));
    all
}

/// So many normal laws, lowest mean first, and their log-likelihood.
pub(crate) fn normals(values: &[f64], parts: usize) -> Option<(Law, f64)> {
    let step = values.len().div_ceil(ENOUGH).max(1);
    let some: Vec<f64> = values.iter().copied().step_by(step).collect();
    let mut u = Uniforms::seeded(parts as u64);
    let params =
        FitParams { starts: 2, max_iterations: 200, tolerance: 1e-6, ..FitParams::default() };
    let found = fit(&some, 1, parts, &params, || u.draw()).ok()?;
    let likelihood = values.iter().map(|x| found.mixture.log_density(&[*x])).sum();
    Some((law_of(&found.mixture), likelihood))
}

fn law_of(mixture: &Mixture) -> Law {
    let mut parts: Vec<GaussianPart> = mixture
        .components()
        .iter()
        .map(|c| GaussianPart {
            weight: c.weight,
            mean: c.mean[0],
            sd: c.covariance.variance(0, 1).sqrt(),
        })
        .collect();
    parts.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    Law::Gmm { parts, normalise: true }
}

/// Mean and standard deviation, never zero.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt().max(1e-6))
}

fn normal_likelihood(n: f64, sd: f64) -> f64 {
    -n * (sd.ln() + 0.5 * (1.0 + std::f64::consts::TAU.ln()))
}

/// Circular mean and deviation of hours, and the log-likelihood of the wrapped normal law.
fn wrapped(hours: &[f64]) -> (f64, f64, f64) {
    let turn = std::f64::consts::TAU / 24.0;
    let n = hours.len() as f64;
    let (c, s) =
        hours.iter().fold((0.0, 0.0), |(c, s), h| (c + (h * turn).cos(), s + (h * turn).sin()));
    let mean = (s.atan2(c) / turn).rem_euclid(24.0);
    let length = ((c * c + s * s).sqrt() / n).clamp(1e-9, 1.0 - 1e-12);
    let sd = (-2.0 * length.ln()).sqrt() / turn;
    let law = Law::wrapped_normal(mean, sd);
    let likelihood = hours
        .iter()
        .map(|h| law.clock_density(h.rem_euclid(24.0)).unwrap_or(0.0).max(1e-300).ln())
        .sum();
    (mean, sd, likelihood)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_that_made_the_values_is_the_best() {
        let mut u = Uniforms::seeded(11);
        let law = Law::lognormal_median(12.0, 0.6);
        let values: Vec<f64> = (0..3000).map(|_| law.quantile(u.draw())).collect();
        let best = &candidates(Quantity::Energy, &values)[0];
        assert_eq!(best.name, "lognormal");
        assert!((best.law.quantile(0.5) - 12.0).abs() < 0.5);
    }

    #[test]
    fn hours_around_midnight_have_a_mean_there() {
        let (mean, sd, _) = wrapped(&[23.0, 1.0, 23.5, 0.5]);
        assert!(mean.min(24.0 - mean) < 1e-9 && sd < 1.5, "{mean} {sd}");
    }
}
