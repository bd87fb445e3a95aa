//! The lower layer by particle swarm, the paper's method (P4 section 2.3: 100 particles, 1,000
//! iterations).
//!
//! A particle is the power of every cell. Each hour is scaled onto the profile before it is judged
//! (our reading of "all of P_k is used"); states of charge above their highest are charged for, and
//! cut when the best particle is settled.

use super::share_exactly;
use super::sharing::{Sharing, check_profile, squared_error};
use crate::{GroupError, Loads};
use optim::pso;
use serde::{Deserialize, Serialize};

/// Which method shares the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LowerSolver {
    /// Quadratic programme.
    Exact,
    /// Particle swarm, the paper's method.
    Swarm,
}

impl LowerSolver {
    /// The solver's name in scenario files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Swarm => "pso",
        }
    }
}

/// Settings of the lower layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LowerParams {
    /// Which method shares the profile.
    pub solver: LowerSolver,
    /// The swarm.
    pub swarm: pso::Params,
}

impl Default for LowerParams {
    /// The quadratic programme; the paper's swarm of 100 particles and 1,000 iterations (w 0.7, c1
    /// = c2 = 1.5, speed at most 0.3 of the cap: our reading).
    fn default() -> Self {
        Self {
            solver: LowerSolver::Exact,
            swarm: pso::Params { particles: 100, iterations: 1000, ..pso::Params::default() },
        }
    }
}

/// Weight of a squared state of charge above its highest, beside that of the error.
const CEILING_WEIGHT: f64 = 10.0;

/// Shares a profile \[kW\] by the method of the parameters. `u` feeds the swarm.
///
/// # Errors
/// A profile that does not fit, or a solver that gave up.
pub fn share_profile(
    profile_kw: &[f64],
    loads: &Loads,
    params: &LowerParams,
    u: impl FnMut() -> f64,
) -> Result<Sharing, GroupError> {
    match params.solver {
        LowerSolver::Exact => share_exactly(profile_kw, loads),
        LowerSolver::Swarm => share_by_swarm(profile_kw, loads, &params.swarm, u),
    }
}

/// Shares a profile \[kW\] (one value a period) among all the loads by particle swarm.
///
/// # Errors
/// A profile that does not fit, or parameters that the swarm refuses.
pub fn share_by_swarm(
    profile_kw: &[f64],
    loads: &Loads,
    params: &pso::Params,
    u: impl FnMut() -> f64,
) -> Result<Sharing, GroupError> {
    check_profile(loads, profile_kw)?;
    if loads.cell_count() == 0 {
        return Ok(Sharing::settle(loads, profile_kw, &[]));
    }
    let mut hours = Hours {
        loads,
        profile_kw,
        sums: vec![0.0; profile_kw.len()],
        spare: vec![0.0; profile_kw.len()],
    };
    let lower = vec![0.0; loads.cell_count()];
    let judge = |powers: &[f64]| judge(loads, powers);
    let best = pso::minimise(
        params,
        &lower,
        loads.caps_kw(),
        &[],
        |powers| hours.scale(powers),
        judge,
        u,
    )?;
    Ok(Sharing::settle(loads, profile_kw, &best.point))
}

/// Squared error of the states of charge at departure, and the charge for those above their
/// highest.
fn judge(loads: &Loads, powers_kw: &[f64]) -> f64 {
    let period_h = loads.horizon().period_h;
    let end = |number: usize| {
        let sum_kw: f64 = powers_kw[loads.cells(number)].iter().sum();
        loads.stays()[number].soc_after(sum_kw * period_h)
    };
    let end_soc: Vec<f64> = (0..loads.len()).map(end).collect();
    let above = |(end, highest): (&f64, f64)| (end - highest).max(0.0).powi(2);
    let ceilings: f64 =
        end_soc.iter().zip(loads.stays().iter().map(|stay| stay.highest_soc)).map(above).sum();
    squared_error(loads, &end_soc) + CEILING_WEIGHT * ceilings
}

struct Hours<'a> {
    loads: &'a Loads,
    profile_kw: &'a [f64],
    sums: Vec<f64>,
    spare: Vec<f64>,
}

impl Hours<'_> {
    /// Scales the powers of each period onto the profile: by one factor as far as the caps allow,
    /// the rest by the spare power.
    fn scale(&mut self, powers_kw: &mut [f64]) {
        let (periods, caps_kw) = (self.loads.periods(), self.loads.caps_kw());
        self.sums.fill(0.0);
        for (power, &period) in powers_kw.iter().zip(periods) {
            self.sums[period] += *power;
        }
        // From here on the factor of each period.
        for (sum, profile) in self.sums.iter_mut().zip(self.profile_kw) {
            *sum = if *sum > 0.0 { profile / *sum } else { 0.0 };
        }
        self.spare.fill(0.0);
        let mut missing = self.profile_kw.to_vec();
        for ((power, &cap), &period) in powers_kw.iter_mut().zip(caps_kw).zip(periods) {
            *power = (*power * self.sums[period]).min(cap);
            missing[period] -= *power;
            self.spare[period] += cap - *power;
        }
        for (spare, missing) in self.spare.iter_mut().zip(missing) {
            *spare = if *spare > 0.0 { (missing / *spare).clamp(0.0, 1.0) } else { 0.0 };
        }
        for ((power, &cap), &period) in powers_kw.iter_mut().zip(caps_kw).zip(periods) {
            *power += (cap - *power) * self.spare[period];
        }
    }
}
