//! A linear objective under linear rows and second-order cones, handed to the interior-point
//! solver.
//!
//! `min c'x` subject to `A x = b`, `G x <= h` and `P^2 + Q^2 <= l v` (written as `||(2P, 2Q, l -
//! v)|| <= l + v`).

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
};

/// A column of the program.
pub(crate) type Column = usize;

/// A column or a known number.
#[derive(Clone, Copy)]
pub(crate) enum Term {
    Variable(Column),
    Constant(f64),
}

/// The program while it is written down.
#[derive(Clone, Default)]
pub(crate) struct ConicProgram {
    cost: Vec<f64>,
    equal: Rows,
    at_most: Rows,
    cones: Rows,
}

/// Rows of `(row, column, value)` entries, rising by row, and their right-hand sides.
#[derive(Clone, Default)]
struct Rows {
    entries: Vec<(usize, Column, f64)>,
    rhs: Vec<f64>,
}

impl Rows {
    fn push(&mut self, terms: &[(Column, f64)], rhs: f64) {
        let row = self.rhs.len();
        self.entries.extend(terms.iter().map(|&(column, value)| (row, column, value)));
        self.rhs.push(rhs);
    }
}

/// How the solver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConicStatus {
    /// To the asked tolerance.
    Solved,
    /// To a looser tolerance only.
    AlmostSolved,
    /// No point meets all rows.
    Infeasible,
    /// Anything else, with the solver's word for it.
    Failed(SolverStatus),
}

/// A solution, or how far the solver came.
pub(crate) struct ConicSolution {
    pub status: ConicStatus,
    pub x: Vec<f64>,
    pub objective: f64,
    pub iterations: u32,
}

impl ConicProgram {
    /// A new variable with its cost per unit.
    pub fn column(&mut self, cost: f64) -> Column {
        self.cost.push(cost);
        self.cost.len() - 1
    }

    /// The cost of every variable.
    pub fn cost(&self) -> &[f64] {
        &self.cost
    }

    /// Replaces the cost of every variable.
    pub fn set_cost(&mut self, cost: Vec<f64>) {
        debug_assert_eq!(cost.len(), self.cost.len());
        self.cost = cost;
    }

    /// `sum of terms = rhs`.
    pub fn equal(&mut self, terms: &[(Column, f64)], rhs: f64) {
        self.equal.push(terms, rhs);
    }

    /// `sum of terms <= rhs`.
    pub fn at_most(&mut self, terms: &[(Column, f64)], rhs: f64) {
        self.at_most.push(terms, rhs);
    }

    /// `low <= column <= high`.
    pub fn bounds(&mut self, column: Column, low: f64, high: f64) {
        self.at_most.push(&[(column, -1.0)], -low);
        self.at_most.push(&[(column, 1.0)], high);
    }

    /// `0 <= column`.
    pub fn not_negative(&mut self, column: Column) {
        self.at_most.push(&[(column, -1.0)], 0.0);
    }

    /// `p^2 + q^2 <= l v`.
    pub fn power_cone(&mut self, p: Column, q: Column, l: Column, v: Term) {
        let (v_term, v_known) = match v {
            Term::Variable(v) => (Some(v), 0.0),
            Term::Constant(known) => (None, known),
        };
        let with_v = |sign: f64| -> Vec<(Column, f64)> {
            let mut terms = vec![(l, -1.0)];
            terms.extend(v_term.map(|v| (v, -sign)));
            terms
        };
        self.cones.push(&with_v(1.0), v_known);
        self.cones.push(&[(p, -2.0)], 0.0);
        self.cones.push(&[(q, -2.0)], 0.0);
        self.cones.push(&with_v(-1.0), -v_known);
    }

    /// Solves to a relative and absolute tolerance.
    pub fn solve(&self, tolerance: f64) -> ConicSolution {
        let (n, rows) = (self.cost.len(), [&self.equal, &self.at_most, &self.cones]);
        let a = compressed(n, rows);
        let b: Vec<f64> = rows.iter().flat_map(|r| r.rhs.iter().copied()).collect();
        let mut cones = vec![
            SupportedConeT::ZeroConeT(self.equal.rhs.len()),
            SupportedConeT::NonnegativeConeT(self.at_most.rhs.len()),
        ];
        cones.extend((0..self.cones.rhs.len() / 4).map(|_| SupportedConeT::SecondOrderConeT(4)));
        let settings = DefaultSettingsBuilder::default()
            .verbose(false)
            .tol_gap_abs(tolerance)
            .tol_gap_rel(tolerance)
            .tol_feas(tolerance)
            .presolve_enable(false)
            .build()
            .expect("invariant: the settings are within their ranges");
        let p = CscMatrix::zeros((n, n));
        let mut solver = DefaultSolver::new(&p, &self.cost, &a, &b, &cones, settings)
            .expect("invariant: dimensions agree");
        solver.solve();
        let status = match solver.solution.status {
            SolverStatus::Solved => ConicStatus::Solved,
            SolverStatus::AlmostSolved => ConicStatus::AlmostSolved,
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
                ConicStatus::Infeasible
            }
            other => ConicStatus::Failed(other),
        };
        let objective = solver.solution.obj_val;
        ConicSolution {
            status,
            objective,
            iterations: solver.solution.iterations,
            x: solver.solution.x,
        }
    }
}

/// All rows below each other, column by column (a counting sort; entries come rising by row).
fn compressed(columns: usize, blocks: [&Rows; 3]) -> CscMatrix<f64> {
    let mut start = vec![0_usize; columns + 1];
    for &(_, column, _) in blocks.iter().flat_map(|b| &b.entries) {
        start[column + 1] += 1;
    }
    for column in 0..columns {
        start[column + 1] += start[column];
    }
    let count = start[columns];
    let (mut next, mut row_of, mut value_of) = (start.clone(), vec![0; count], vec![0.0; count]);
    let mut above = 0;
    for block in blocks {
        for &(row, column, value) in &block.entries {
            let at = next[column];
            (row_of[at], value_of[at]) = (above + row, value);
            next[column] += 1;
        }
        above += block.rhs.len();
    }
    CscMatrix::new(above, columns, start, row_of, value_of)
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
        let solution = program.solve(1e-9);
        assert_eq!(solution.status, ConicStatus::Solved);
        assert!((solution.x[l] - 0.25).abs() < 1e-6 && (solution.objective - 0.25).abs() < 1e-6);
    }

    #[test]
    fn contradicting_rows_are_infeasible() {
        let mut program = ConicProgram::default();
        let x = program.column(1.0);
        program.bounds(x, 2.0, 3.0);
        program.at_most(&[(x, 1.0)], 1.0);
        assert_eq!(program.solve(1e-8).status, ConicStatus::Infeasible);
    }
}
