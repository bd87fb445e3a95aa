//! The inter-zone solution `x^DI`: least losses on the branches that join two zones (P0 eq. 6), not
//! much dearer than `x^D`.
//!
//! Our reading: losses are `r I^2` (eq. 6 with voltage magnitudes is too low by a factor of 1.3 to
//! 6.7), and the cost may exceed that of `x^D` by 5 %. The loss price stays in the budget, and
//! losses inside zones keep a small weight, so that no branch can burn surplus for nothing.
//! Capacitors stay as in `x^D`.

use crate::dispatch::error::DispatchError;
use crate::dispatch::model::{self, Capacitors, Flexibility, Limits, Model};
use crate::dispatch::problem::DispatchProblem;
use crate::dispatch::{Dispatch, solve_exactly};
use domain::Cny;

/// Weight of the economic objective [1,000 CNY] beside losses [MWh]: it only decides among equals.
const TRACE: f64 = 1e-5;

/// Parameters of the inter-zone solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InterZoneParams {
    /// How much dearer than the economic solution it may be, as a share of that cost.
    pub allowance: f64,
    /// Weight of losses inside zones, those between zones having 1.
    pub inner_weight: f64,
}

impl Default for InterZoneParams {
    fn default() -> Self {
        Self { allowance: 0.05, inner_weight: 0.1 }
    }
}

/// Solves for least losses on the tie branches (by position), given the economic solution.
///
/// # Errors
/// As [`crate::dispatch()`].
pub fn least_interzone_losses(
    problem: &DispatchProblem<'_>,
    economic: &Dispatch,
    ties: &[usize],
    params: &InterZoneParams,
) -> Result<Dispatch, DispatchError> {
    problem.check()?;
    let steps = &economic.schedule.capacitor_steps;
    let most = economic.verified.cost.total() * (1.0 + params.allowance);
    let mut budget = economic.quality.objective + economic.verified.cost.total() * params.allowance;
    loop {
        let (model, prices) = with_budget(problem, steps, ties, params, budget);
        let (mut found, solution) = solve_exactly(problem, &model, steps)?;
        found.quality.objective = economic_objective(&model, &solution.x, &prices);
        let excess = found.verified.cost.total() - most;
        let shrunk = budget - excess * 1.1;
        // What losses fall by, the budget lets the cost rise by: take it back where the cost would
        // pass its bound.
        if excess.value() <= 0.01 || shrunk <= economic.quality.objective {
            return Ok(found);
        }
        budget = shrunk;
    }
}

/// The model under the budget with losses as its objective, and the costs that it had before.
fn with_budget(
    problem: &DispatchProblem<'_>,
    steps: &[Vec<u32>],
    ties: &[usize],
    params: &InterZoneParams,
    budget: Cny,
) -> (Model, Vec<f64>) {
    let mut model =
        model::build(problem, Capacitors::Fixed(steps), Flexibility::Stores, Limits::Hard);
    let prices = model.program.cost().to_vec();
    let economic: Vec<(usize, f64)> =
        prices.iter().copied().enumerate().filter(|(_, c)| *c != 0.0).collect();
    model.program.at_most(&economic, budget.value() / 1000.0 - model.known_cost);
    // A trace of the economic objective decides among equals.
    let mut cost: Vec<f64> = prices.iter().map(|c| TRACE * c).collect();
    for columns in &model.periods {
        for &bus in &problem.feeder.outwards()[1..] {
            if let Some(branch) = problem.feeder.feeding_branch(bus) {
                let weight = if ties.contains(&branch) { 1.0 } else { params.inner_weight };
                cost[columns.l[bus]] +=
                    weight * model::resistance(problem.feeder, branch) * problem.grid.period_h;
            }
        }
    }
    model.program.set_cost(cost);
    (model, prices)
}

/// What the economic objective is at a solution of another one.
fn economic_objective(model: &Model, x: &[f64], prices: &[f64]) -> Cny {
    Cny((prices.iter().zip(x).map(|(price, x)| price * x).sum::<f64>() + model.known_cost) * 1000.0)
}
