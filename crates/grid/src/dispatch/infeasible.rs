//! Which limit cannot be kept: the dispatch is solved again with every hard limit exceedable at a
//! price, and the one that has to be exceeded most is named.

use crate::dispatch::assess::{Schedule, assess};
use crate::dispatch::error::{DispatchError, HardLimit};
use crate::dispatch::model::{self, Capacitors, Flexibility, LimitRow, Limits};
use crate::dispatch::problem::DispatchProblem;
use optim::conic::{ConicStatus, Settings};

/// Names the limit that makes a problem infeasible.
pub(crate) fn explain(problem: &DispatchProblem<'_>, capacitors: Capacitors<'_>) -> DispatchError {
    let mut model = model::build(problem, capacitors, Flexibility::Stores, Limits::Priced);
    // Only excess counts, with just enough of a price on losses to keep fictitious ones out.
    let mut cost: Vec<f64> = model.program.cost().iter().map(|c| 1e-3 * c).collect();
    for column in model.limits.iter().filter_map(|row| row.excess) {
        cost[column] = 1.0;
    }
    model.program.set_cost(cost);
    let settings = Settings { tolerance: 1e-6, ..Settings::default() };
    let solution = match model.program.solve(&settings) {
        Ok(solution) => solution,
        Err(refused) => return DispatchError::Solver(refused),
    };
    if !matches!(solution.status, ConicStatus::Solved | ConicStatus::AlmostSolved) {
        return DispatchError::Solver(
            "no point meets the balances, whatever limits are exceeded: load beyond capacity"
                .to_owned(),
        );
    }
    let excess = |row: &LimitRow| row.excess.map_or(0.0, |column| solution.x[column]);
    let worst = model.limits.iter().reduce(|a, b| if excess(b) > excess(a) { b } else { a });
    match worst {
        Some(row) if excess(row) > 1e-7 => DispatchError::Infeasible {
            limit: row.limit,
            period: row.period,
            excess: in_unit(problem, row.limit, excess(row)),
        },
        _ => DispatchError::Solver(
            "infeasible, but no single limit is missed: limits at the solver's tolerance"
                .to_owned(),
        ),
    }
}

/// Whether a relaxation with fictitious losses hides a surplus that cannot be curtailed: then power
/// flows back through the substation even with all PV and wind off.
pub(crate) fn explain_export(
    problem: &DispatchProblem<'_>,
    schedule: &Schedule,
) -> Option<DispatchError> {
    const SLIGHT_KW: f64 = 0.1;
    let mut least = schedule.clone();
    least.used_kw.iter_mut().flatten().for_each(|used| *used = 0.0);
    let states = assess(problem, &least).ok()?.states;
    let import = |period: usize| states[period].import.value();
    let period = (0..states.len()).reduce(|a, b| if import(b) < import(a) { b } else { a })?;
    let excess = -import(period);
    (excess > SLIGHT_KW).then_some(DispatchError::Infeasible {
        limit: HardLimit::Export,
        period,
        excess,
    })
}

/// Excess in the limit's own unit; currents are squared in the program.
pub(crate) fn in_unit(problem: &DispatchProblem<'_>, limit: HardLimit, excess: f64) -> f64 {
    match limit {
        HardLimit::BranchCurrent(id) => {
            let branch = problem.feeder.branches().iter().find(|b| b.id == id);
            let base_a = problem.feeder.base_a() * branch.map_or(1.0, |b| b.own_a);
            let rating = branch.and_then(|b| b.rating_a).unwrap_or(0.0) / base_a;
            ((rating * rating + excess).sqrt() - rating) * base_a
        }
        _ => excess * 1000.0,
    }
}
