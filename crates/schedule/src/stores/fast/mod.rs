//! Policy `fast`: the programme of [`lp`](super::lp), solved by its structure in milliseconds.
//!
//! The programme is stores that know nothing of each other, tied together only by the total of each
//! period. So a primal-dual interior-point method (Mehrotra's predictor and corrector) needs, in
//! each iteration,
//!
//! 1. for each store one tridiagonal system: its energy at the end of each period is the only
//!    unknown, since the powers follow from two neighbouring energies (module `block`);
//! 2. one small dense system, periods x periods, for the prices `lambda_t` in \[-1, 1\] of a kW in
//!    each period (module `coupling`); the tridiagonal inverses enter it entry by entry through
//!    their two-term recurrence.
//!
//! The cost is O(S W^2 + T^3) an iteration for stores with W periods each in a horizon of T, some
//! ten to twenty iterations, whatever the numbers. It stops when the gap between primal and dual is
//! under a share of `sum |P_dem|`, and the energies found are then followed exactly ([`Plan`]):
//! whatever the accuracy, every limit of every store holds.
//!
//! Where several plans are equally near, `fast` spreads the power evenly over them (an interior
//! point) instead of going by the order of the stores; throughput is weighted as in the benchmark.
//!
//! | symbol | here |
//! |---|---|
//! | `c, d, e` | charge, discharge \[kW\], energy at the period's end \[kWh\] |
//! | `s, z` | slack and multiplier of each inequality |
//! | `u, v` | surplus left over, and passed \[kW\]: `Y + u - v = P_dem` |

mod block;
mod coupling;
mod reach;
mod state;
#[cfg(test)]
mod tests;

use super::corridor::Corridors;
use super::{Plan, Problem, StoresError};
use coupling::Coupling;
use state::State;

/// Gap at which the method stops, as a share of `sum |P_dem|`: well inside the promised 0.1 %.
const GAP_SHARE: f64 = 2e-4;
/// Infeasibility left at which the method may stop, as a share of the starting point's.
const INFEASIBILITY_LEFT: f64 = 1e-4;
/// Iterations after which the best so far is followed.
const ITERATIONS_MAX: usize = 60;
/// Share of the way to the nearest bound that a step may go.
const STEP_SHARE: f64 = 0.99;

/// Memory of [`decide`], kept between solves so that nothing is allocated. It carries no answer
/// over: equal problems give equal plans, whatever was solved before.
#[derive(Debug, Default, Clone)]
pub struct Workspace {
    corridors: Corridors,
    state: State,
    coupling: Coupling,
    wishes_kwh: Vec<f64>,
}

/// A plan within 0.1 % of `sum |P_dem|` of the benchmark's distance.
///
/// # Errors
/// What [`Problem::check`] finds.
///
/// ```
/// use schedule::stores::{fast, Problem, Span, Store, Taper};
/// let store = Store {
///     charge: Span::new(0, 3), discharge: Span::new(0, 3), charge_kw_max: 10.0, discharge_kw_max: 10.0,
///     energy_kwh: 20.0, ceiling_kwh: 50.0, floor_kwh: 10.0, target_kwh: 25.0,
///     charge_efficiency: 1.0, discharge_efficiency: 1.0, taper: Taper::NONE,
/// };
/// let problem = Problem::new(1.0, &[-4.0, 6.0, 6.0], std::slice::from_ref(&store));
/// let plan = fast::decide(&problem, &mut fast::Workspace::default()).unwrap();
/// assert!((plan.distance_kw - 3.0).abs() < 0.016); // 0.1 % of 16
/// ```
pub fn decide(problem: &Problem, workspace: &mut Workspace) -> Result<Plan, StoresError> {
    problem.check()?;
    let Workspace { corridors, state, coupling, wishes_kwh } = workspace;
    corridors.rebuild(problem);
    wishes_kwh.clear();
    wishes_kwh
        .extend(corridors.stages.iter().map(|stage| f64::midpoint(stage.low_kwh, stage.high_kwh)));
    state.build(problem, corridors, wishes_kwh);
    coupling.build(problem, corridors, state, wishes_kwh);
    optimise(state, coupling);
    state.read_energies(wishes_kwh);
    Ok(Plan::following(problem, corridors, wishes_kwh))
}

fn optimise(state: &mut State, coupling: &mut Coupling) {
    if state.blocks.is_empty() {
        return;
    }
    let scale_kw = coupling.scale_kw();
    let (mut primal_left, mut dual_left) = (1.0, 1.0);
    for _ in 0..ITERATIONS_MAX {
        let pairs = (state.rows.len() + coupling.pairs()) as f64;
        let gap = state.gap() + coupling.gap();
        if !gap.is_finite()
            || (gap <= GAP_SHARE * scale_kw
                && f64::max(primal_left, dual_left) <= INFEASIBILITY_LEFT)
        {
            return;
        }
        let centre = gap / pairs;
        // Predictor: straight at the optimum.
        coupling.clear_response();
        state.predict(coupling);
        if !coupling.factor() {
            return;
        }
        coupling.solve(0.0, false);
        let reach = state.move_with(coupling).and(coupling.reach());
        let ahead = reach.gap_after(reach.steps(1.0)) / pairs;
        // Corrector: back towards the centre, with the second-order term of the predictor.
        let aim = centre * (ahead / centre).powi(3);
        state.correct(aim, coupling);
        coupling.solve(aim, true);
        let (primal, dual) = state.move_with(coupling).and(coupling.reach()).steps(STEP_SHARE);
        state.step(primal, dual);
        coupling.step(primal, dual);
        primal_left *= 1.0 - primal;
        dual_left *= 1.0 - dual;
    }
}
