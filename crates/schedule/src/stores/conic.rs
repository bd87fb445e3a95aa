//! The constraints of P3 eq. 20 as a sparse programme for the conic solver, shared by `lp` and
//! `mpc`.

use super::corridor::{Corridors, Course, Stage};
use super::{Problem, Store, StoresError};
use optim::conic::{Column, ConicProgram, ConicStatus, Settings};

/// The values of the columns at the optimum.
pub(super) fn solve(conic: &ConicProgram) -> Result<Vec<f64>, StoresError> {
    let (variables, rows) = (conic.cost().len(), conic.rows());
    if rows == 0 {
        return Ok(vec![0.0; variables]);
    }
    let failure = |status: String| StoresError::Solver { status, variables, rows };
    let found = conic.solve(&Settings::default()).map_err(failure)?;
    match found.status {
        ConicStatus::Solved | ConicStatus::AlmostSolved => Ok(found.x),
        status => Err(failure(format!("{status:?}"))),
    }
}

/// A column of not negative power up to `highest_kw` with its cost.
fn power_column(conic: &mut ConicProgram, cost: PowerCost, highest_kw: f64) -> Column {
    let column = conic.column(cost.linear);
    if cost.quadratic != 0.0 {
        conic.curve(column, column, cost.quadratic);
    }
    conic.bounds(column, 0.0, highest_kw);
    column
}

/// The columns of one stage, where they exist.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StageColumns {
    pub charge: Option<usize>,
    pub discharge: Option<usize>,
}

/// Cost of one kW of charging or discharging in a stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct PowerCost {
    /// Coefficient of the power.
    pub linear: f64,
    /// Coefficient of half the power's square.
    pub quadratic: f64,
}

/// Adds all stores with their limits; returns the columns of each stage, in the order of the
/// corridors' list.
pub(super) fn add_stores(
    conic: &mut ConicProgram,
    problem: &Problem,
    corridors: &Corridors,
    charge_cost: impl Fn(usize, &Stage) -> PowerCost,
    discharge_cost: impl Fn(usize, &Stage) -> PowerCost,
) -> Vec<StageColumns> {
    let mut columns = Vec::with_capacity(corridors.stages.len());
    for course in &corridors.courses {
        let store = &problem.stores[course.store];
        for stage in corridors.of(course) {
            let charge = stage.charges.then(|| {
                power_column(conic, charge_cost(course.store, stage), store.charge_kw_max)
            });
            let discharge = stage.discharges.then(|| {
                power_column(conic, discharge_cost(course.store, stage), store.discharge_kw_max)
            });
            columns.push(StageColumns { charge, discharge });
        }
        let mine = &columns[course.first_stage..];
        if needs_energies(store, corridors.of(course)) {
            limit_energies(conic, problem, corridors, course, mine);
        } else {
            limit_sum(conic, problem, course, mine);
        }
    }
    columns
}

/// Whether the energy on the way matters: it may fall, or it limits the power.
fn needs_energies(store: &Store, stages: &[Stage]) -> bool {
    stages
        .iter()
        .any(|stage| stage.discharges || store.taper.limit_kw(stage.high_kwh) < store.charge_kw_max)
}

fn limit_sum(
    conic: &mut ConicProgram,
    problem: &Problem,
    course: &Course,
    columns: &[StageColumns],
) {
    let store = &problem.stores[course.store];
    let gain = store.gain_kwh_per_kw(problem.period_h);
    let terms: Vec<(usize, f64)> =
        columns.iter().filter_map(|columns| columns.charge.map(|column| (column, gain))).collect();
    if terms.is_empty() {
        return;
    }
    let (low, high) =
        (course.end_low_kwh - store.energy_kwh, course.end_high_kwh - store.energy_kwh);
    if low >= high {
        conic.equal(&terms, low);
    } else {
        let negative: Vec<(usize, f64)> =
            terms.iter().map(|&(column, value)| (column, -value)).collect();
        conic.at_most(&terms, high);
        conic.at_most(&negative, -low);
    }
}

fn limit_energies(
    conic: &mut ConicProgram,
    problem: &Problem,
    corridors: &Corridors,
    course: &Course,
    columns: &[StageColumns],
) {
    let store = &problem.stores[course.store];
    let gain = store.gain_kwh_per_kw(problem.period_h);
    let loss = store.loss_kwh_per_kw(problem.period_h);
    let mut before = None;
    for (place, (stage, columns)) in corridors.of(course).iter().zip(columns).enumerate() {
        let energy = conic.column(0.0);
        let mut terms = vec![(energy, 1.0)];
        let right = match before {
            Some(before) => {
                terms.push((before, -1.0));
                0.0
            }
            None => store.energy_kwh,
        };
        terms.extend(columns.charge.map(|column| (column, -gain)));
        terms.extend(columns.discharge.map(|column| (column, loss)));
        conic.equal(&terms, right);
        if place + 1 < course.stages {
            conic.bounds(energy, store.lowest_kwh(), store.highest_kwh());
        } else if course.end_low_kwh >= course.end_high_kwh {
            conic.equal(&[(energy, 1.0)], course.end_low_kwh);
        } else {
            conic.bounds(energy, course.end_low_kwh, course.end_high_kwh);
        }
        if let Some(charge) = columns.charge {
            for cut in store.taper.cuts() {
                if cut.at(stage.high_kwh) < store.charge_kw_max {
                    conic.at_most(
                        &[(charge, 1.0), (energy, -cut.slope_kw_per_kwh)],
                        cut.at_empty_kw,
                    );
                }
            }
        }
        before = Some(energy);
    }
}

/// The energies \[kWh\] at the end of each stage that the powers in `values` lead to.
pub(super) fn energies(
    problem: &Problem,
    corridors: &Corridors,
    columns: &[StageColumns],
    values: &[f64],
) -> Vec<f64> {
    let mut energies = Vec::with_capacity(columns.len());
    for course in &corridors.courses {
        let store = &problem.stores[course.store];
        let mut energy = store.energy_kwh;
        for columns in &columns[course.first_stage..course.first_stage + course.stages] {
            let power = |column: Option<usize>| column.map_or(0.0, |column| values[column]);
            energy += store.gain_kwh_per_kw(problem.period_h) * power(columns.charge);
            energy -= store.loss_kwh_per_kw(problem.period_h) * power(columns.discharge);
            energies.push(energy);
        }
    }
    energies
}

/// For each period the terms of the total net power, charge minus discharge.
pub(super) fn totals(
    periods: usize,
    corridors: &Corridors,
    columns: &[StageColumns],
) -> Vec<Vec<(usize, f64)>> {
    let mut totals = vec![Vec::new(); periods];
    for (stage, columns) in corridors.stages.iter().zip(columns) {
        totals[stage.period].extend(columns.charge.map(|column| (column, 1.0)));
        totals[stage.period].extend(columns.discharge.map(|column| (column, -1.0)));
    }
    totals
}
