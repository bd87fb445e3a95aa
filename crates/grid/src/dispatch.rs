//! Low-carbon economic dispatch of the whole feeder (P0 section 2.3, eq. 1-8 and 27-34).
//!
//! `min purchase + diesel + carbon + curtailment` over a horizon, with DistFlow, voltage band,
//! branch currents, node limits, capacitor steps and EV stores. The relaxation is exact only with a
//! price on losses (see [`DispatchPrices::loss_cny_per_kwh`]); its gap is checked after every
//! solve, and every period is verified by AC power flow, from which all reported figures come.
//! Capacitor steps are relaxed (with all EVs pooled, which hardly moves reactive power), rounded
//! and the rest solved.

mod assess;
mod checks;
mod cluster;
mod error;
mod infeasible;
mod interzone;
mod model;
mod model_evs;
mod problem;
mod store;
mod targets;

pub use assess::{
    Assessment, CostBreakdown, Schedule, VoltageViolation, assess, curtail_pro_rata,
    curtail_surplus, idle_schedule, net_consumption, renewable_power, uncontrolled,
};
pub use cluster::{ClusterParams, EvStay, HorizonEnd, cluster_stays, cluster_stays_by_kind};
pub use error::{DispatchError, HardLimit};
pub use interzone::{InterZoneParams, least_interzone_losses};
pub use problem::{
    CapacitorBank, DaySoFar, Diesel, DieselMode, DispatchPrices, DispatchProblem, NodeLimit,
    PurchaseRule, Renewable, RenewableKind,
};
pub use store::{DispatchGrid, EvFlexibility, Store, V2g, ZoneShares};
pub use targets::{ZoneTargets, zone_targets};

use domain::Cny;
use model::{Capacitors, Flexibility, Limits, Model};
use optim::conic::{Column, ConicSolution, ConicStatus, Settings};

/// Largest `l v - P^2 - Q^2` that counts as exact \[p.u.^2 on 1 MVA\].
const LARGEST_GAP_PU2: f64 = 1e-4;
/// Largest difference between the losses of the program and those of the AC power flow in a period:
/// this share of them, or so many kW.
const LARGEST_LOSS_ERROR: (f64, f64) = (1e-3, 0.1);
/// What exceeding a hard limit costs in the objective, where no dispatch keeps them all
/// \[CNY/kWh\]: far above what any energy or import peak costs in an hour.
const EXCESS_CNY_PER_KWH: f64 = 20.0;
/// Excess that the solver's tolerance may leave \[p.u. on 1 MVA\].
const SLIGHT_EXCESS: f64 = 1e-5;
/// Solver tolerance where only capacitor steps are read off.
const ROUNDING_TOLERANCE: f64 = 1e-3;
/// Solver tolerances of the final solve: the second is tried where the first leaves a gap (it can,
/// in branches of little resistance).
const TOLERANCES: [f64; 2] = [1e-6, 1e-8];

/// Power of one store, step by step of its window.
#[derive(Clone, Debug, PartialEq)]
pub struct StorePower {
    /// Charging \[kW\].
    pub charge_kw: Vec<f64>,
    /// Discharging \[kW\], nothing without V2G.
    pub discharge_kw: Vec<f64>,
}

/// An optimised horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    /// Set points.
    pub schedule: Schedule,
    /// What they cost and do, by AC power flow.
    pub verified: Assessment,
    /// EV power of each zone with EVs in each period \[kW\], discharging negative.
    pub zone_ev_kw: Vec<Vec<f64>>,
    /// Power of each store.
    pub stores: Vec<StorePower>,
    /// How the solver and the network agree.
    pub quality: Quality,
}

/// How exactly the program describes the network in a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeriodQuality {
    /// Largest `l v - P^2 - Q^2` of a branch with resistance \[p.u.^2 on 1 MVA\].
    pub gap_pu2: f64,
    /// Losses of the program less those of the AC power flow \[kW\].
    pub loss_error_kw: f64,
}

/// How good a solution is.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Objective of the program: reported cost plus wear, loss price and voltage slack.
    pub objective: Cny,
    /// Largest `l v - P^2 - Q^2` \[p.u.^2 on 1 MVA\].
    pub gap_pu2: f64,
    /// Losses of the program relative to those of the AC power flow, less 1.
    pub loss_error: f64,
    /// The same period by period.
    pub periods: Vec<PeriodQuality>,
    /// Interior-point iterations of the last solve.
    pub iterations: u32,
}

/// Solves the economic dispatch `x^D` of a horizon: a day ahead, or from any period on with stores
/// partly filled.
///
/// # Errors
/// An ill-formed problem; limits that cannot be kept (which, when); fictitious losses; a period
/// without power flow.
pub fn dispatch(problem: &DispatchProblem<'_>) -> Result<Dispatch, DispatchError> {
    problem.check()?;
    if problem.capacitors.is_empty() {
        return solve_fixed(problem, &[]);
    }
    let relaxed = model::build(problem, Capacitors::Relaxed, Flexibility::Pooled, Limits::Hard);
    let solution = solved(problem, &relaxed, Capacitors::Relaxed, ROUNDING_TOLERANCE)?;
    solve_fixed(problem, &rounded_steps(problem, &relaxed, &solution.x))
}

/// Solves the economic dispatch with given capacitor steps, bank after bank for each period: those
/// of the schedule in force when a rolling horizon leaves switching to the day-ahead plan.
///
/// # Errors
/// As [`dispatch`].
pub fn dispatch_with_steps(
    problem: &DispatchProblem<'_>,
    steps: &[Vec<u32>],
) -> Result<Dispatch, DispatchError> {
    problem.check()?;
    checks::expect_length("capacitor steps", steps.len(), problem.capacitors.len())?;
    for row in steps {
        checks::expect_length("capacitor steps of a bank", row.len(), problem.grid.periods)?;
    }
    solve_fixed(problem, steps)
}

/// A hard limit that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exceeded {
    /// Which.
    pub limit: HardLimit,
    /// When.
    pub period: usize,
    /// By how much, in the limit's unit.
    pub excess: f64,
}

/// The dispatch with given capacitor steps in which hard limits may be exceeded at a price, dear
/// enough that none is which can be kept; and those that are.
///
/// # Errors
/// As [`dispatch`], but for infeasible limits.
pub fn dispatch_exceeding(
    problem: &DispatchProblem<'_>,
    steps: &[Vec<u32>],
) -> Result<(Dispatch, Vec<Exceeded>), DispatchError> {
    problem.check()?;
    let mut model =
        model::build(problem, Capacitors::Fixed(steps), Flexibility::Stores, Limits::Priced);
    let mut cost = model.program.cost().to_vec();
    for column in model.limits.iter().filter_map(|row| row.excess) {
        cost[column] = EXCESS_CNY_PER_KWH * problem.grid.period_h;
    }
    model.program.set_cost(cost);
    let (found, solution) = solve_exactly(problem, &model, steps)?;
    let exceeded = model.limits.iter().filter_map(|row| {
        let excess = row.excess.map(|column| solution.x[column]).filter(|x| *x > SLIGHT_EXCESS)?;
        let excess = infeasible::in_unit(problem, row.limit, excess);
        Some(Exceeded { limit: row.limit, period: row.period, excess })
    });
    let exceeded = exceeded.collect();
    Ok((found, exceeded))
}

fn solve_fixed(
    problem: &DispatchProblem<'_>,
    steps: &[Vec<u32>],
) -> Result<Dispatch, DispatchError> {
    let model = model::build(problem, Capacitors::Fixed(steps), Flexibility::Stores, Limits::Hard);
    solve_exactly(problem, &model, steps).map(|(found, _)| found)
}

/// Solves and verifies; returns the solver's solution too.
fn solve_exactly(
    problem: &DispatchProblem<'_>,
    model: &Model,
    steps: &[Vec<u32>],
) -> Result<(Dispatch, ConicSolution), DispatchError> {
    let at = |tolerance: f64| {
        let solution = solved(problem, model, Capacitors::Fixed(steps), tolerance)?;
        finished(problem, model, &solution, steps).map(|found| (found, solution))
    };
    match at(TOLERANCES[0]) {
        Err(DispatchError::Gap { .. } | DispatchError::Losses { .. }) => at(TOLERANCES[1]),
        first => first,
    }
}

/// Runs the solver; where no point meets the limits, finds out which one.
fn solved(
    problem: &DispatchProblem<'_>,
    model: &Model,
    capacitors: Capacitors<'_>,
    tolerance: f64,
) -> Result<ConicSolution, DispatchError> {
    let settings = Settings { tolerance, ..Settings::default() };
    let solution = model.program.solve(&settings).map_err(DispatchError::Solver)?;
    match solution.status.clone() {
        ConicStatus::Solved | ConicStatus::AlmostSolved => Ok(solution),
        ConicStatus::Infeasible => Err(infeasible::explain(problem, capacitors)),
        status => Err(DispatchError::Solver(format!("{status:?}"))),
    }
}

fn rounded_steps(problem: &DispatchProblem<'_>, model: &Model, x: &[f64]) -> Vec<Vec<u32>> {
    let of_bank = |(k, bank): (usize, &CapacitorBank)| {
        let steps = |period: &model::PeriodColumns| {
            let kvar = period.capacitor[k].map_or(0.0, |column| x[column] * 1000.0);
            (kvar / bank.step.value()).round().clamp(0.0, f64::from(bank.steps)) as u32
        };
        model.periods.iter().map(steps).collect()
    };
    problem.capacitors.iter().enumerate().map(of_bank).collect()
}

/// Reads a solution, checks its gap and verifies it by AC power flow.
fn finished(
    problem: &DispatchProblem<'_>,
    model: &Model,
    solution: &ConicSolution,
    steps: &[Vec<u32>],
) -> Result<Dispatch, DispatchError> {
    let x = &solution.x;
    let schedule = read_schedule(problem, model, x, steps);
    let gaps_pu2 = check_gap(problem, model, x)
        .map_err(|gap| infeasible::explain_export(problem, &schedule).unwrap_or(gap))?;
    let verified = assess(problem, &schedule)?;
    let losses_kw = program_losses_kw(problem, model, x);
    let periods = check_losses(&gaps_pu2, &losses_kw, &verified)?;
    let objective = Cny((solution.objective + model.known_cost) * 1000.0);
    let loss_kwh = losses_kw.iter().sum::<f64>() * problem.grid.period_h;
    let quality = Quality {
        objective,
        gap_pu2: gaps_pu2.iter().copied().fold(0.0, f64::max),
        loss_error: loss_kwh / verified.loss.value() - 1.0,
        periods,
        iterations: solution.iterations,
    };
    let kw = |column: &Column| (x[*column] * 1000.0).max(0.0);
    let zone_ev_kw = (0..problem.evs.zones.len())
        .map(|z| model.periods.iter().map(|t| x[t.ev[z]] * 1000.0).collect())
        .collect();
    let store = |columns: &model::StoreColumns| StorePower {
        charge_kw: columns.charge.iter().map(kw).collect(),
        discharge_kw: columns.discharge.iter().map(kw).collect(),
    };
    Ok(Dispatch {
        schedule,
        zone_ev_kw,
        stores: model.stores.iter().map(store).collect(),
        quality,
        verified,
    })
}

/// The largest gap of the cone relaxation in each period, an error where one is not closed.
fn check_gap(
    problem: &DispatchProblem<'_>,
    model: &Model,
    x: &[f64],
) -> Result<Vec<f64>, DispatchError> {
    let feeder = problem.feeder;
    let mut gaps = vec![0.0; model.periods.len()];
    let mut worst = None;
    for (period, columns) in model.periods.iter().enumerate() {
        for &bus in &feeder.outwards()[1..] {
            let Some(branch) = feeder.feeding_branch(bus) else { continue };
            // Without resistance nothing is lost, whatever the program's current is.
            if feeder.branches()[branch].r_ohm == 0.0 {
                continue;
            }
            let parent = feeder.feeding_bus(bus).filter(|&p| p != feeder.slack());
            let v = parent.map_or(feeder.slack_voltage().value().powi(2), |p| x[columns.v[p]]);
            let gap = x[columns.l[bus]] * v - x[columns.p[bus]].powi(2) - x[columns.q[bus]].powi(2);
            gaps[period] = gap.max(gaps[period]);
            if worst.is_none_or(|(_, _, largest)| gap > largest) {
                worst = Some((feeder.branches()[branch].id, period, gap));
            }
        }
    }
    match worst {
        Some((branch, period, gap_pu2)) if gap_pu2 > LARGEST_GAP_PU2 => {
            Err(DispatchError::Gap { branch, period, gap_pu2 })
        }
        _ => Ok(gaps),
    }
}

/// Gaps and loss errors of all periods, an error where the program's losses are not the network's.
fn check_losses(
    gaps_pu2: &[f64],
    losses_kw: &[f64],
    verified: &Assessment,
) -> Result<Vec<PeriodQuality>, DispatchError> {
    let of_period = |(period, (&gap_pu2, &program_kw)): (usize, (&f64, &f64))| {
        let loss_kw = verified.states[period].loss.value();
        let loss_error_kw = program_kw - loss_kw;
        if loss_error_kw.abs() > (LARGEST_LOSS_ERROR.0 * loss_kw).max(LARGEST_LOSS_ERROR.1) {
            return Err(DispatchError::Losses { period, program_kw, loss_kw });
        }
        Ok(PeriodQuality { gap_pu2, loss_error_kw })
    };
    gaps_pu2.iter().zip(losses_kw).enumerate().map(of_period).collect()
}

/// Losses of each period as the program has them \[kW\].
fn program_losses_kw(problem: &DispatchProblem<'_>, model: &Model, x: &[f64]) -> Vec<f64> {
    let feeder = problem.feeder;
    let of = |columns: &model::PeriodColumns, bus: usize| {
        let series = feeder
            .feeding_branch(bus)
            .map_or(0.0, |branch| model::resistance(feeder, branch) * x[columns.l[bus]]);
        series + feeder.shunt_pu(bus).0 * x[columns.v[bus]]
    };
    let held = feeder.slack_voltage().value().powi(2);
    let at_substation = feeder.shunt_pu(feeder.slack()).0 * held;
    let of_period = |columns: &model::PeriodColumns| {
        let mw: f64 = feeder.outwards()[1..].iter().map(|&bus| of(columns, bus)).sum();
        (mw + at_substation) * 1000.0
    };
    model.periods.iter().map(of_period).collect()
}

fn read_schedule(
    problem: &DispatchProblem<'_>,
    model: &Model,
    x: &[f64],
    steps: &[Vec<u32>],
) -> Schedule {
    let buses = problem.feeder.buses().len();
    let mut schedule = idle_schedule(problem);
    schedule.capacitor_steps = steps.to_vec();
    for (t, columns) in model.periods.iter().enumerate() {
        for (zone, &ev) in problem.evs.zones.iter().zip(&columns.ev) {
            for &(bus, share) in &zone.shares {
                schedule.ev_kw[t * buses + problem.at(bus)] += x[ev] * 1000.0 * share;
            }
        }
        for (k, source) in problem.renewables.iter().enumerate() {
            schedule.used_kw[k][t] = columns.used[k]
                .map_or(0.0, |used| (x[used] * 1000.0).clamp(0.0, source.available_kw[t]));
        }
        for (k, set) in problem.diesels.iter().enumerate() {
            if let Some(power) = columns.diesel[k] {
                schedule.diesel_kw[k][t] = (x[power] * 1000.0).clamp(0.0, set.power.value());
            }
        }
    }
    schedule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published;
    use domain::{BusId, ZoneId};

    /// The published plant with three stores.
    fn problem(feeder: &crate::Feeder) -> DispatchProblem<'_> {
        let grid = DispatchGrid { periods: 24, period_h: 1.0 };
        let (load_kw, load_kvar) = published::base_load(feeder, grid);
        let store = |zone: u16, first: usize, hours: usize, v2g: V2g| Store {
            split: vec![(ZoneId(zone), 1.0)],
            first,
            power_kw: vec![1500.0; hours],
            v2g,
            start_kwh: 5000.0,
            target_kwh: 9000.0,
            floor_kwh: 2000.0,
            capacity_kwh: 10_000.0,
            bounds_kwh: Vec::new(),
            stays: 200,
        };
        let zone = |zone: u16, bus: u32| ZoneShares {
            zone: ZoneId(zone),
            shares: vec![(BusId(bus), 1.0)],
        };
        let stores = vec![
            store(1, 18, 13, V2g::Accepted),
            store(2, 19, 11, V2g::Declined),
            store(1, 8, 9, V2g::Accepted),
        ];
        DispatchProblem {
            feeder,
            grid,
            load_kw,
            load_kvar,
            renewables: published::renewables(grid),
            diesels: vec![published::diesel()],
            evs: EvFlexibility { step_periods: 1, zones: vec![zone(1, 24), zone(2, 30)], stores },
            capacitors: published::capacitors(),
            node_limits: Vec::new(),
            import_limit: None,
            tou_cny_per_kwh: published::tou_prices(grid),
            prices: DispatchPrices::default(),
            carbon: crate::CarbonRule::default(),
            so_far: DaySoFar::default(),
        }
    }

    #[test]
    fn rounding_capacitor_steps_costs_next_to_nothing() {
        let feeder = crate::ieee33();
        let problem = problem(&feeder);
        let relaxed =
            model::build(&problem, Capacitors::Relaxed, Flexibility::Stores, Limits::Hard);
        let settings = Settings { tolerance: TOLERANCES[0], ..Settings::default() };
        let solution = relaxed.program.solve(&settings).expect("a programme");
        let bound = (solution.objective + relaxed.known_cost) * 1000.0;
        let found = dispatch(&problem).expect("a dispatch").quality.objective.value();
        assert!(found > bound - 0.01 && found < bound * 1.001, "{found} against at least {bound}");
    }

    #[test]
    fn a_problem_without_evs_or_capacitors_is_solved_too() {
        let feeder = crate::ieee33();
        let mut problem = problem(&feeder);
        problem.evs = EvFlexibility::none();
        problem.capacitors.clear();
        let found = dispatch(&problem).expect("a dispatch");
        assert!(
            found.stores.is_empty()
                && found.zone_ev_kw.is_empty()
                && found.quality.gap_pu2 < LARGEST_GAP_PU2
        );
    }
}
