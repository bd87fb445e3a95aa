//! Searches over runs that no fixed plan knows beforehand: pure functions of a simulator and a seed.
//!
//! - [`smc_abc`], [`AbcRule`], [`Posterior`], [`Particle`], [`Target`]: parameters that meet targets.
//! - [`optimise`], [`OptimiseRule`], [`Optimum`]: the best values of levers.

mod abc;
mod gaussian_process;
mod optimise;

pub use abc::{AbcRule, Particle, Posterior, Target, smc_abc};
pub use optimise::{OptimiseRule, Optimum, optimise};

use crate::design::{DRAWS, Purpose};
use crate::stats::normal_quantile;
use clock::{Draws, Group, Seeds};

/// Random numbers of a search, one after another.
pub(crate) struct Numbers(Draws);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Seeds::new(seed).draws(Group::Optimiser, DRAWS, Purpose::Search as u16, 0, 0))
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    pub(crate) fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform().clamp(1e-15, 1.0 - 1e-15))
    }
}

/// A quantile of values with weights.
pub(crate) fn weighted_quantile(pairs: &[(f64, f64)], p: f64) -> f64 {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|x| x.1).sum();
    let mut sum = 0.0;
    for (value, weight) in &sorted {
        sum += weight;
        if sum >= p * total {
            return *value;
        }
    }
    sorted.last().map_or(f64::NAN, |x| x.0)
}
