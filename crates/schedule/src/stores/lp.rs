//! Policy `lp`: the benchmark, P3 eq. 19-20 over the whole horizon by an interior-point solver.
//!
//! min `sum_t |P_dem(t) - sum_s Y_s(t)|` (all periods of the horizon, `Y` = charge - discharge on
//! the metered side), subject to energy at the deadline = target, floor and ceiling, powers, taper,
//! and no discharge without consent or outside a deficit. A target out of reach is replaced by the
//! most that can be reached and its shortfall reported.
//!
//! Ties \[I\], since the paper names none: least throughput, then store order (of two stores that
//! could change places the earlier one charges first).

use super::conic::{PowerCost, add_stores, energies, solve, totals};
use super::corridor::{Corridors, Stage};
use super::{Plan, Problem, StoresError};
use optim::conic::ConicProgram;

/// Largest weight of the store order beside a kW of distance \[-\]: far too small to change the
/// distance visibly.
const ORDER_WEIGHT: f64 = 1e-5;

fn order_weight(problem: &Problem, store: usize, stage: &Stage) -> f64 {
    let earlier = 1.0 - store as f64 / problem.stores.len() as f64;
    ORDER_WEIGHT * earlier * stage.period as f64 / problem.periods() as f64
}

/// The plan of least distance.
///
/// # Errors
/// What [`Problem::check`] finds, or [`StoresError::Solver`].
///
/// ```
/// use schedule::stores::{lp, Problem, Span, Store, Taper};
/// let store = Store {
///     charge: Span::new(0, 3), discharge: Span::new(0, 3), charge_kw_max: 10.0, discharge_kw_max: 10.0,
///     energy_kwh: 20.0, ceiling_kwh: 50.0, floor_kwh: 10.0, target_kwh: 25.0,
///     charge_efficiency: 1.0, discharge_efficiency: 1.0, taper: Taper::NONE,
/// };
/// // A deficit of 4 kWh is covered and charged again from the surplus: 4 + 5 = 9 kWh of the 12, one distance of 3 kW left.
/// let problem = Problem::new(1.0, &[-4.0, 6.0, 6.0], std::slice::from_ref(&store));
/// let plan = lp::decide(&problem).unwrap();
/// assert!((plan.distance_kw - 3.0).abs() < 1e-4);
/// assert!((plan.set_points_kw()[0] + 4.0).abs() < 1e-4);
/// ```
pub fn decide(problem: &Problem) -> Result<Plan, StoresError> {
    problem.check()?;
    let mut corridors = Corridors::default();
    corridors.rebuild(problem);
    let mut conic = ConicProgram::default();
    let cost = |store: usize, order: f64| PowerCost {
        linear: problem.throughput_weight(&problem.stores[store]) + order,
        quadratic: 0.0,
    };
    let columns = add_stores(
        &mut conic,
        problem,
        &corridors,
        |store, stage| cost(store, order_weight(problem, store, stage)),
        |store, _| cost(store, 0.0),
    );
    for (terms, surplus_kw) in
        totals(problem.periods(), &corridors, &columns).into_iter().zip(problem.surplus_kw)
    {
        if terms.is_empty() {
            continue;
        }
        let under = conic.column(1.0);
        let over = conic.column(1.0);
        conic.not_negative(under);
        conic.not_negative(over);
        let mut row = terms;
        row.extend([(under, 1.0), (over, -1.0)]);
        conic.equal(&row, *surplus_kw);
    }
    let values = solve(&conic)?;
    Ok(Plan::following(problem, &corridors, &energies(problem, &corridors, &columns, &values)))
}
