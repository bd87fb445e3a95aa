//! The constraints of P3 eq. 20 as a sparse programme for the conic solver, shared by `lp` and
//! `mpc`.

use super::corridor::{Corridors, Course, Stage};
use super::{Problem, Store, StoresError};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT,
};

/// min sum(1/2 quadratic x^2 + linear x) subject to equal rows and at-most rows; columns are free.
#[derive(Debug, Default)]
pub(super) struct Conic {
    linear: Vec<f64>,
    quadratic: Vec<f64>,
    equal: Rows,
    at_most: Rows,
}

#[derive(Debug, Default)]
struct Rows {
    row: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
    right: Vec<f64>,
}

impl Rows {
    fn push(&mut self, terms: &[(usize, f64)], right: f64) {
        for &(column, value) in terms {
            self.row.push(self.right.len());
            self.column.push(column);
            self.value.push(value);
        }
        self.right.push(right);
    }
}

impl Conic {
    /// A new free column with its cost; returns its number.
    pub fn column(&mut self, linear: f64, quadratic: f64) -> usize {
        self.linear.push(linear);
        self.quadratic.push(quadratic);
        self.linear.len() - 1
    }

    /// sum(value * column) = right.
    pub fn equal(&mut self, terms: &[(usize, f64)], right: f64) {
        self.equal.push(terms, right);
    }

    /// sum(value * column) <= right.
    pub fn at_most(&mut self, terms: &[(usize, f64)], right: f64) {
        self.at_most.push(terms, right);
    }

    /// low <= column <= high.
    pub fn between(&mut self, column: usize, low: f64, high: f64) {
        self.at_most(&[(column, -1.0)], -low);
        if high.is_finite() {
            self.at_most(&[(column, 1.0)], high);
        }
    }

    /// The values of the columns at the optimum.
    pub fn solve(self) -> Result<Vec<f64>, StoresError> {
        let columns = self.linear.len();
        let equal_rows = self.equal.right.len();
        let rows = equal_rows + self.at_most.right.len();
        if rows == 0 {
            return Ok(vec![0.0; columns]);
        }
        let mut row = self.equal.row;
        row.extend(self.at_most.row.iter().map(|row| row + equal_rows));
        let mut column = self.equal.column;
        column.extend(self.at_most.column);
        let mut value = self.equal.value;
        value.extend(self.at_most.value);
        let mut right = self.equal.right;
        right.extend(self.at_most.right);
        let matrix = CscMatrix::new_from_triplets(rows, columns, row, column, value);
        let curved: Vec<usize> =
            (0..columns).filter(|&column| self.quadratic[column] != 0.0).collect();
        let curvature = curved.iter().map(|&column| self.quadratic[column]).collect();
        let hessian =
            CscMatrix::new_from_triplets(columns, columns, curved.clone(), curved, curvature);
        let cones = [ZeroConeT(equal_rows), NonnegativeConeT(rows - equal_rows)];
        let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
        let failure = |status: String| StoresError::Solver { status, variables: columns, rows };
        let mut solver =
            DefaultSolver::new(&hessian, &self.linear, &matrix, &right, &cones, settings)
                .map_err(|error| failure(error.to_string()))?;
        solver.solve();
        match solver.solution.status {
            SolverStatus::Solved | SolverStatus::AlmostSolved => Ok(solver.solution.x),
            status => Err(failure(status.to_string())),
        }
    }
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
    conic: &mut Conic,
    problem: &Problem,
    corridors: &Corridors,
    charge_cost: impl Fn(usize, &Stage) -> PowerCost,
    discharge_cost: impl Fn(usize, &Stage) -> PowerCost,
) -> Vec<StageColumns> {
    let mut columns = Vec::with_capacity(corridors.stages.len());
    for course in &corridors.courses {
        let store = &problem.stores[course.store];
        for stage in corridors.of(course) {
            let power = |conic: &mut Conic, cost: PowerCost, highest_kw| {
                let column = conic.column(cost.linear, cost.quadratic);
                conic.between(column, 0.0, highest_kw);
                column
            };
            let charge = stage
                .charges
                .then(|| power(conic, charge_cost(course.store, stage), store.charge_kw_max));
            let discharge = stage
                .discharges
                .then(|| power(conic, discharge_cost(course.store, stage), store.discharge_kw_max));
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

fn limit_sum(conic: &mut Conic, problem: &Problem, course: &Course, columns: &[StageColumns]) {
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
    conic: &mut Conic,
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
        let energy = conic.column(0.0, 0.0);
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
            conic.between(energy, store.lowest_kwh(), store.highest_kwh());
        } else if course.end_low_kwh >= course.end_high_kwh {
            conic.equal(&[(energy, 1.0)], course.end_low_kwh);
        } else {
            conic.between(energy, course.end_low_kwh, course.end_high_kwh);
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
