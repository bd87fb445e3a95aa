//! The one place that speaks to Clarabel, the interior-point solver (Goulart and Chen 2024).
//!
//! min `1/2 x' P x + c' x` subject to `A x = b`, `G x <= h`, and expressions in second-order cones.
//! Columns are free; bounds are rows. Rows reach the solver in the order written, equalities first,
//! then inequalities, then cones, so that equal programmes give equal bits.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use serde::{Deserialize, Serialize};

/// A column of the programme, by its number.
pub type Column = usize;

/// A column or a known number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Term {
    /// The value of a column.
    Variable(Column),
    /// A known number.
    Constant(f64),
}

/// Settings of the interior-point method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Most iterations.
    pub max_iterations: u32,
    /// Tolerance of the duality gap (absolute and relative) and of feasibility.
    pub tolerance: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_iterations: 200, tolerance: 1e-8 }
    }
}

/// A programme while it is written down; it can be changed and solved again.
#[derive(Clone, Debug, Default)]
pub struct ConicProgram {
    cost: Vec<f64>,
    /// Entries of the upper triangle of P: column, row (not above it), value.
    curvature: Vec<(Column, Column, f64)>,
    equal: Rows,
    at_most: Rows,
    cones: Rows,
    cone_sizes: Vec<usize>,
}

/// Rows of `(row, column, value)` entries, rising by row, and their right-hand sides.
#[derive(Clone, Debug, Default)]
struct Rows {
    entries: Vec<(usize, Column, f64)>,
    rhs: Vec<f64>,
}

impl Rows {
    fn push(&mut self, terms: impl IntoIterator<Item = (Column, f64)>, rhs: f64) {
        let row = self.rhs.len();
        self.entries.extend(terms.into_iter().map(|(column, value)| (row, column, value)));
        self.rhs.push(rhs);
    }
}

/// How the solver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConicStatus {
    /// To the asked tolerance.
    Solved,
    /// To the solver's reduced tolerance only (5e-5 for the gap, 1e-4 for feasibility).
    AlmostSolved,
    /// No point meets all rows.
    Infeasible,
    /// The objective falls without end.
    Unbounded,
    /// The iterations ran out.
    MaxIterations,
    /// Anything else, with the solver's word for it.
    Failed(String),
}

/// A solution, or how far the solver came.
#[derive(Clone, Debug, PartialEq)]
pub struct ConicSolution {
    /// How the solver ended.
    pub status: ConicStatus,
    /// Values of the columns.
    pub x: Vec<f64>,
    /// Multipliers of the equal rows, then of the at-most rows, then of the cones' expressions:
    /// raising a right side by one changes the optimum by minus its multiplier.
    pub multipliers: Vec<f64>,
    /// Objective at `x`.
    pub objective: f64,
    /// Iterations taken.
    pub iterations: u32,
}

impl ConicProgram {
    /// A new free column with its cost per unit.
    pub fn column(&mut self, cost: f64) -> Column {
        self.cost.push(cost);
        self.cost.len() - 1
    }

    /// Adds `value x_i x_j` (for `i = j`: `value / 2 x_i^2`) to the objective, an entry of P.
    pub fn curve(&mut self, i: Column, j: Column, value: f64) {
        self.curvature.push((i.max(j), i.min(j), value));
    }

    /// The cost of every column.
    pub fn cost(&self) -> &[f64] {
        &self.cost
    }

    /// Replaces the cost of every column.
    pub fn set_cost(&mut self, cost: Vec<f64>) {
        debug_assert_eq!(cost.len(), self.cost.len());
        self.cost = cost;
    }

    /// Number of rows, those of cones included.
    pub fn rows(&self) -> usize {
        self.equal.rhs.len() + self.at_most.rhs.len() + self.cones.rhs.len()
    }

    /// `sum of terms = rhs`.
    pub fn equal(&mut self, terms: &[(Column, f64)], rhs: f64) {
        self.equal.push(terms.iter().copied(), rhs);
    }

    /// `sum of terms <= rhs`.
    pub fn at_most(&mut self, terms: &[(Column, f64)], rhs: f64) {
        self.at_most.push(terms.iter().copied(), rhs);
    }

    /// `low <= column <= high`; infinite ends are none.
    pub fn bounds(&mut self, column: Column, low: f64, high: f64) {
        if low.is_finite() {
            self.at_most(&[(column, -1.0)], -low);
        }
        if high.is_finite() {
            self.at_most(&[(column, 1.0)], high);
        }
    }

    /// `0 <= column`.
    pub fn not_negative(&mut self, column: Column) {
        self.bounds(column, 0.0, f64::INFINITY);
    }

    /// `|| (y_2 .. y_k) || <= y_1` with each `y` a sum of terms and a constant.
    pub fn cone<'a>(&mut self, expressions: impl IntoIterator<Item = (&'a [(Column, f64)], f64)>) {
        let before = self.cones.rhs.len();
        for (terms, constant) in expressions {
            self.cones.push(terms.iter().map(|&(column, value)| (column, -value)), constant);
        }
        self.cone_sizes.push(self.cones.rhs.len() - before);
    }

    /// `p^2 + q^2 <= l v`, written as `||(2 p, 2 q, l - v)|| <= l + v`.
    pub fn power_cone(&mut self, p: Column, q: Column, l: Column, v: Term) {
        let (v_term, v_known) = match v {
            Term::Variable(v) => (Some(v), 0.0),
            Term::Constant(known) => (None, known),
        };
        let with_v = |sign: f64| -> Vec<(Column, f64)> {
            let mut terms = vec![(l, 1.0)];
            terms.extend(v_term.map(|v| (v, sign)));
            terms
        };
        self.cone([
            (with_v(1.0).as_slice(), v_known),
            (&[(p, 2.0)], 0.0),
            (&[(q, 2.0)], 0.0),
            (with_v(-1.0).as_slice(), -v_known),
        ]);
    }

    /// Solves the programme.
    ///
    /// # Errors
    /// The solver's words where it refuses its input.
    pub fn solve(&self, settings: &Settings) -> Result<ConicSolution, String> {
        let columns = self.cost.len();
        let blocks = [&self.equal, &self.at_most, &self.cones];
        let matrix = compressed(columns, blocks);
        let rhs: Vec<f64> = blocks.iter().flat_map(|block| block.rhs.iter().copied()).collect();
        let chosen = DefaultSettings {
            max_iter: settings.max_iterations,
            tol_gap_abs: settings.tolerance,
            tol_gap_rel: settings.tolerance,
            tol_feas: settings.tolerance,
            verbose: false,
            ..DefaultSettings::default()
        };
        let hessian = self.hessian();
        let mut solver =
            DefaultSolver::new(&hessian, &self.cost, &matrix, &rhs, &self.kinds(), chosen)
                .map_err(|error| error.to_string())?;
        solver.solve();
        let found = solver.solution;
        let status = match found.status {
            SolverStatus::Solved => ConicStatus::Solved,
            SolverStatus::AlmostSolved => ConicStatus::AlmostSolved,
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
                ConicStatus::Infeasible
            }
            SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => {
                ConicStatus::Unbounded
            }
            SolverStatus::MaxIterations => ConicStatus::MaxIterations,
            other => ConicStatus::Failed(format!("{other:?}")),
        };
        Ok(ConicSolution {
            status,
            objective: found.obj_val,
            iterations: found.iterations,
            x: found.x,
            multipliers: found.z,
        })
    }

    /// The cones of the rows, in blocks.
    fn kinds(&self) -> Vec<SupportedConeT<f64>> {
        let mut kinds = Vec::with_capacity(2 + self.cone_sizes.len());
        if !self.equal.rhs.is_empty() {
            kinds.push(SupportedConeT::ZeroConeT(self.equal.rhs.len()));
        }
        if !self.at_most.rhs.is_empty() {
            kinds.push(SupportedConeT::NonnegativeConeT(self.at_most.rhs.len()));
        }
        kinds.extend(self.cone_sizes.iter().map(|&size| SupportedConeT::SecondOrderConeT(size)));
        kinds
    }

    /// The upper triangle of P; repeated places are summed in the order written.
    fn hessian(&self) -> CscMatrix<f64> {
        let columns = self.cost.len();
        let mut entries = self.curvature.clone();
        entries.sort_by_key(|&(column, row, _)| (column, row));
        let mut start = vec![0; columns + 1];
        let mut row_of: Vec<usize> = Vec::with_capacity(entries.len());
        let mut value_of: Vec<f64> = Vec::with_capacity(entries.len());
        let mut last = None;
        for (column, row, value) in entries {
            if last == Some((column, row))
                && let Some(sum) = value_of.last_mut()
            {
                *sum += value;
                continue;
            }
            last = Some((column, row));
            start[column + 1] += 1;
            row_of.push(row);
            value_of.push(value);
        }
        for column in 0..columns {
            start[column + 1] += start[column];
        }
        CscMatrix::new(columns, columns, start, row_of, value_of)
    }
}

/// All rows below each other, column by column (a counting sort; entries come rising by row, and
/// repeated places of a row are summed in the order written).
fn compressed(columns: usize, blocks: [&Rows; 3]) -> CscMatrix<f64> {
    let mut start = vec![0_usize; columns + 1];
    for &(_, column, _) in blocks.iter().flat_map(|block| &block.entries) {
        start[column + 1] += 1;
    }
    for column in 0..columns {
        start[column + 1] += start[column];
    }
    let count = start[columns];
    let (mut next, mut row_of, mut value_of) = (start.clone(), vec![0; count], vec![0.0; count]);
    let mut above = 0;
    let mut repeated = false;
    for block in blocks {
        for &(row, column, value) in &block.entries {
            let at = next[column];
            repeated |= at > start[column] && row_of[at - 1] == above + row;
            (row_of[at], value_of[at]) = (above + row, value);
            next[column] += 1;
        }
        above += block.rhs.len();
    }
    if repeated {
        merge_repeated(&mut start, &mut row_of, &mut value_of);
    }
    CscMatrix::new(above, columns, start, row_of, value_of)
}

/// Sums neighbours of a column that lie in one row.
fn merge_repeated(start: &mut [usize], row_of: &mut Vec<usize>, value_of: &mut Vec<f64>) {
    let mut write = 0;
    for column in 0..start.len() - 1 {
        let (from, to) = (start[column], start[column + 1]);
        start[column] = write;
        for read in from..to {
            if write > start[column] && row_of[write - 1] == row_of[read] {
                value_of[write - 1] += value_of[read];
            } else {
                (row_of[write], value_of[write]) = (row_of[read], value_of[read]);
                write += 1;
            }
        }
    }
    if let Some(end) = start.last_mut() {
        *end = write;
    }
    row_of.truncate(write);
    value_of.truncate(write);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_current_for_a_given_power() {
        // l >= (0.3^2 + 0.4^2) / 1 = 0.25
        let mut program = ConicProgram::default();
        let (p, q, l) = (program.column(0.0), program.column(0.0), program.column(1.0));
        program.equal(&[(p, 1.0)], 0.3);
        program.equal(&[(q, 1.0)], 0.4);
        program.power_cone(p, q, l, Term::Constant(1.0));
        let solution = program.solve(&Settings { tolerance: 1e-9, ..Settings::default() }).unwrap();
        assert_eq!(solution.status, ConicStatus::Solved);
        assert!((solution.x[l] - 0.25).abs() < 1e-6 && (solution.objective - 0.25).abs() < 1e-6);
    }

    #[test]
    fn contradicting_rows_are_infeasible() {
        let mut program = ConicProgram::default();
        let x = program.column(1.0);
        program.bounds(x, 2.0, 3.0);
        program.at_most(&[(x, 1.0)], 1.0);
        let solution = program.solve(&Settings::default()).unwrap();
        assert_eq!(solution.status, ConicStatus::Infeasible);
    }

    #[test]
    fn a_column_named_twice_in_a_row_counts_twice() {
        // x + x + y >= 4 with x, y <= 1 twice over would be infeasible if one x were lost.
        let mut program = ConicProgram::default();
        let (x, y) = (program.column(1.0), program.column(2.0));
        program.at_most(&[(x, -1.0), (y, -1.0), (x, -1.0)], -4.0);
        program.bounds(x, 0.0, 1.5);
        program.bounds(y, 0.0, f64::INFINITY);
        // x = 1.5, y = 1: 3.5.
        let solution = program.solve(&Settings::default()).unwrap();
        assert!((solution.objective - 3.5).abs() < 1e-6, "{solution:?}");
    }
}
