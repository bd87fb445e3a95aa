//! The lower layer as quadratic programmes.
//!
//! Two after each other: the first finds the states of charge at departure and what nobody can
//! take, which are unique; the second the least sum of squared powers with both given.

use super::sharing::{Sharing, check_profile};
use crate::{GroupError, Loads};
use optim::program::{Outcome, Program, Sense, Settings, Variable};

/// Shares a profile \[kW\] (one value a period) among all the loads, exactly.
///
/// # Errors
/// A profile that does not fit, or a solver that gave up.
pub fn share_exactly(profile_kw: &[f64], loads: &Loads) -> Result<Sharing, GroupError> {
    check_profile(loads, profile_kw)?;
    if loads.cell_count() == 0 {
        return Ok(Sharing::settle(loads, profile_kw, &[]));
    }
    let nearest = nearest_ends(profile_kw, loads)?;
    let wishes_kw = least_squares(loads, &nearest)?;
    Ok(Sharing::settle(loads, profile_kw, &wishes_kw))
}

/// Cells of each period, in the order of the loads.
fn cells_by_period(loads: &Loads) -> Vec<Vec<usize>> {
    let mut cells = vec![Vec::new(); loads.horizon().periods];
    for (cell, &period) in loads.periods().iter().enumerate() {
        cells[period].push(cell);
    }
    cells
}

/// One bounded variable a cell, with the coefficient of its square.
fn cell_variables(program: &mut Program, loads: &Loads, square: f64) -> Vec<Variable> {
    let add = |&cap: &f64| {
        let variable = program.add_variable(0.0, 0.0, cap);
        if square > 0.0 {
            program.add_quadratic_cost(variable, variable, square);
        }
        variable
    };
    loads.caps_kw().iter().map(add).collect()
}

/// Powers of the cells in a solution of least squared error, with as much placed as can be.
fn nearest_ends(profile_kw: &[f64], loads: &Loads) -> Result<Vec<f64>, GroupError> {
    let mut program = Program::new();
    let cells = cell_variables(&mut program, loads, 0.0);
    let mut dearest = 0.0_f64;
    for (number, stay) in loads.stays().iter().enumerate() {
        // Error of the state of charge = start + per_kw x sum of powers.
        let per_kw = stay.efficiency * loads.horizon().period_h / stay.capacity_kwh;
        let start = stay.soc - stay.expected_soc;
        let room_kw = (stay.highest_soc - stay.soc).max(0.0) / per_kw;
        dearest = dearest.max(2.0 * per_kw * (start.abs() + per_kw * room_kw));
        let mut terms: Vec<(Variable, f64)> =
            loads.cells(number).map(|cell| (cells[cell], 1.0)).collect();
        program.add_row(Sense::AtMost, room_kw, &terms);
        let error = program.add_variable(0.0, f64::NEG_INFINITY, f64::INFINITY);
        program.add_quadratic_cost(error, error, 1.0);
        for (_, value) in &mut terms {
            *value = -per_kw;
        }
        terms.push((error, 1.0));
        program.add_row(Sense::Equal, start, &terms);
    }
    for (mine, &power_kw) in cells_by_period(loads).iter().zip(profile_kw) {
        // Leaving a kW to nobody costs more than any EV's error can gain by it.
        let left = program.add_variable(10.0 * dearest + 1e-3, 0.0, f64::INFINITY);
        let mut terms: Vec<(Variable, f64)> = mine.iter().map(|&cell| (cells[cell], 1.0)).collect();
        terms.push((left, 1.0));
        program.add_row(Sense::Equal, power_kw, &terms);
    }
    let mut values = solve(&program)?;
    values.truncate(loads.cell_count());
    Ok(values)
}

/// Powers of least squares with the same sums by stay and by period.
fn least_squares(loads: &Loads, nearest: &[f64]) -> Result<Vec<f64>, GroupError> {
    let mut program = Program::new();
    let cells = cell_variables(&mut program, loads, 1.0);
    let inside: Vec<f64> =
        nearest.iter().zip(loads.caps_kw()).map(|(power, &cap)| power.clamp(0.0, cap)).collect();
    let mut keep_sum = |mine: &[usize]| {
        let terms: Vec<(Variable, f64)> = mine.iter().map(|&cell| (cells[cell], 1.0)).collect();
        if !terms.is_empty() {
            program.add_row(Sense::Equal, mine.iter().map(|&cell| inside[cell]).sum(), &terms);
        }
    };
    for stay in 0..loads.len() {
        keep_sum(&loads.cells(stay).collect::<Vec<_>>());
    }
    for mine in cells_by_period(loads) {
        keep_sum(&mine);
    }
    solve(&program)
}

fn solve(program: &Program) -> Result<Vec<f64>, GroupError> {
    match program.solve(&Settings::default())? {
        Outcome::Solved(solution) => Ok(solution.values),
        other => Err(GroupError::Unsolved {
            variables: program.variables(),
            outcome: format!("{other:?}"),
        }),
    }
}
