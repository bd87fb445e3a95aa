//! Solving by Clarabel's interior-point method.
//!
//! Clarabel's form is min `1/2 x' P x + q' x` subject to `A x + s = b`, s in a product of cones,
//! with multipliers z. Raising `b_i` by one changes the optimum by `-z_i`, from which the shadow
//! prices follow.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use serde::{Deserialize, Serialize};

use super::build::{Program, ProgramError, Sense, Variable};
use super::outcome::{Accuracy, Duals, Outcome, Solution};

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

/// Sparse matrix under construction.
#[derive(Default)]
struct Triplets(Vec<(usize, usize, f64)>);

impl Triplets {
    /// Compressed columns; repeated places are summed.
    fn into_csc(mut self, rows: usize, columns: usize) -> CscMatrix<f64> {
        self.0.sort_by_key(|&(row, column, _)| (column, row));
        let mut starts = vec![0; columns + 1];
        let mut row_of = Vec::with_capacity(self.0.len());
        let mut values: Vec<f64> = Vec::with_capacity(self.0.len());
        let mut last = None;
        for (row, column, value) in self.0 {
            if last == Some((row, column)) {
                // The place was pushed just before, so there is a last value.
                if let Some(sum) = values.last_mut() {
                    *sum += value;
                }
                continue;
            }
            last = Some((row, column));
            starts[column + 1] += 1;
            row_of.push(row);
            values.push(value);
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        CscMatrix::new(rows, columns, starts, row_of, values)
    }
}

/// Where a conic row comes from, and the sign that turns `z` into a shadow price.
enum Origin {
    Row(usize, f64),
    Bound(usize, f64),
    Cone,
}

/// The rows `A x + s = b` in the order of the cones.
#[derive(Default)]
struct Conic {
    matrix: Triplets,
    rhs: Vec<f64>,
    origins: Vec<Origin>,
}

impl Conic {
    fn push(&mut self, terms: impl Iterator<Item = (Variable, f64)>, rhs: f64, origin: Origin) {
        let row = self.rhs.len();
        self.matrix.0.extend(terms.map(|(variable, value)| (row, variable.0, value)));
        self.rhs.push(rhs);
        self.origins.push(origin);
    }

    fn push_bound(&mut self, variable: usize, sign: f64, bound: f64) {
        let term = std::iter::once((Variable(variable), sign));
        self.push(term, sign * bound, Origin::Bound(variable, -sign));
    }
}

impl Program {
    /// Solve by the interior-point method.
    ///
    /// # Errors
    /// When the programme is malformed or the solver refuses it (for one: a cost that is not convex
    /// is found out only by failing).
    ///
    /// ```
    /// use optim::program::{Outcome, Program, Sense, Settings};
    /// // min x + 2 y with x + y >= 3, x <= 2: x = 2, y = 1, objective 4; a unit more on the right costs 2.
    /// let mut program = Program::new();
    /// let x = program.add_variable(1.0, 0.0, 2.0);
    /// let y = program.add_variable(2.0, 0.0, f64::INFINITY);
    /// program.add_row(Sense::AtLeast, 3.0, &[(x, 1.0), (y, 1.0)]);
    /// let Outcome::Solved(solution) = program.solve(&Settings::default())? else { panic!() };
    /// assert!((solution.objective - 4.0).abs() < 1e-6);
    /// assert!((solution.duals.unwrap().rows[0] - 2.0).abs() < 1e-6);
    /// # Ok::<(), optim::program::ProgramError>(())
    /// ```
    pub fn solve(&self, settings: &Settings) -> Result<Outcome, ProgramError> {
        self.check()?;
        let (conic, cones) = self.conic_form();
        let n = self.variables();
        let matrix = conic.matrix.into_csc(conic.rhs.len(), n);
        let chosen = DefaultSettings {
            max_iter: settings.max_iterations,
            tol_gap_abs: settings.tolerance,
            tol_gap_rel: settings.tolerance,
            tol_feas: settings.tolerance,
            verbose: false,
            ..DefaultSettings::default()
        };
        let mut solver =
            DefaultSolver::new(&self.hessian(), &self.costs, &matrix, &conic.rhs, &cones, chosen)
                .map_err(|error| ProgramError::Refused(error.to_string()))?;
        solver.solve();
        let found = &solver.solution;
        let solved = |accuracy| {
            Outcome::Solved(Solution {
                objective: found.obj_val,
                values: found.x.clone(),
                duals: Some(shadow_prices(self, &conic.origins, &found.z)),
                iterations: found.iterations as usize,
                accuracy,
            })
        };
        Ok(match found.status {
            SolverStatus::Solved => solved(Accuracy::Full),
            SolverStatus::AlmostSolved => solved(Accuracy::Reduced),
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
                Outcome::Infeasible
            }
            SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => Outcome::Unbounded,
            SolverStatus::MaxIterations => Outcome::MaxIterations,
            other => Outcome::Numerical(format!("{other:?}")),
        })
    }

    /// Upper triangle of P, where the objective is `1/2 x' P x`.
    fn hessian(&self) -> CscMatrix<f64> {
        let mut triplets = Triplets::default();
        for &(i, j, value) in &self.quadratic {
            let (row, column) = (i.0.min(j.0), i.0.max(j.0));
            let entry = if row == column { 2.0 * value } else { value };
            triplets.0.push((row, column, entry));
        }
        triplets.into_csc(self.variables(), self.variables())
    }

    /// Equalities first, then inequalities, then cones, as Clarabel wants its cones in blocks.
    fn conic_form(&self) -> (Conic, Vec<SupportedConeT<f64>>) {
        let mut conic = Conic::default();
        let fixed = |i: usize| self.lower[i] == self.upper[i];
        for (k, row) in self.rows.iter().enumerate().filter(|(_, row)| row.sense == Sense::Equal) {
            conic.push(row.terms.iter().copied(), row.rhs, Origin::Row(k, -1.0));
        }
        for i in (0..self.variables()).filter(|&i| fixed(i)) {
            conic.push_bound(i, 1.0, self.upper[i]);
        }
        let equalities = conic.rhs.len();
        for (k, row) in self.rows.iter().enumerate().filter(|(_, row)| row.sense != Sense::Equal) {
            let sign = if row.sense == Sense::AtMost { 1.0 } else { -1.0 };
            let terms = row.terms.iter().map(|&(variable, value)| (variable, sign * value));
            conic.push(terms, sign * row.rhs, Origin::Row(k, -sign));
        }
        for i in (0..self.variables()).filter(|&i| !fixed(i)) {
            if self.upper[i].is_finite() {
                conic.push_bound(i, 1.0, self.upper[i]);
            }
            if self.lower[i].is_finite() {
                conic.push_bound(i, -1.0, self.lower[i]);
            }
        }
        let inequalities = conic.rhs.len() - equalities;
        let mut cones = Vec::with_capacity(2 + self.cones.len());
        if equalities > 0 {
            cones.push(SupportedConeT::ZeroConeT(equalities));
        }
        if inequalities > 0 {
            cones.push(SupportedConeT::NonnegativeConeT(inequalities));
        }
        for cone in &self.cones {
            for expression in cone {
                let terms = expression.terms.iter().map(|&(variable, value)| (variable, -value));
                conic.push(terms, expression.constant, Origin::Cone);
            }
            cones.push(SupportedConeT::SecondOrderConeT(cone.len()));
        }
        (conic, cones)
    }
}

fn shadow_prices(program: &Program, origins: &[Origin], z: &[f64]) -> Duals {
    let mut duals =
        Duals { rows: vec![0.0; program.rows.len()], bounds: vec![0.0; program.variables()] };
    for (origin, z) in origins.iter().zip(z) {
        match *origin {
            Origin::Row(row, sign) => duals.rows[row] += sign * z,
            Origin::Bound(variable, sign) => duals.bounds[variable] += sign * z,
            Origin::Cone => {}
        }
    }
    duals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Affine;

    fn solved(program: &Program) -> Solution {
        match program.solve(&Settings::default()).unwrap() {
            Outcome::Solved(solution) => solution,
            other => panic!("not solved: {other:?}"),
        }
    }

    #[test]
    fn projection_onto_a_line_by_a_quadratic_cost() {
        // min (x - 1)^2 + (y - 2)^2 with x + y = 1: (0, 1); objective without the constant 5: 2 - 5
        // = -3.
        let mut program = Program::new();
        let x = program.add_variable(-2.0, f64::NEG_INFINITY, f64::INFINITY);
        let y = program.add_variable(-4.0, f64::NEG_INFINITY, f64::INFINITY);
        program.add_quadratic_cost(x, x, 1.0);
        program.add_quadratic_cost(y, y, 1.0);
        let row = program.add_row(Sense::Equal, 1.0, &[(x, 1.0), (y, 1.0)]);
        let solution = solved(&program);
        assert!(solution.values[0].abs() < 1e-6 && (solution.values[1] - 1.0).abs() < 1e-6);
        assert!((solution.objective + 3.0).abs() < 1e-6);
        // Gradient at the optimum is (-2, -2): a unit more on the right gains 2.
        assert!((solution.duals.unwrap().rows[row.0] + 2.0).abs() < 1e-6);
        program.set_rhs(row, 3.0);
        assert!((solved(&program).objective + 5.0).abs() < 1e-6);
    }

    #[test]
    fn mixed_quadratic_terms_and_repeated_places_are_summed() {
        // x^2 + x y + y^2 - 3 x - 3 y: gradient 2 x + y = 3, x + 2 y = 3: (1, 1), objective -3.
        let mut program = Program::new();
        let x = program.add_variable(-3.0, -10.0, 10.0);
        let y = program.add_variable(-3.0, -10.0, 10.0);
        program.add_quadratic_cost(x, x, 0.5);
        program.add_quadratic_cost(x, x, 0.5);
        program.add_quadratic_cost(y, x, 1.0);
        program.add_quadratic_cost(y, y, 1.0);
        let solution = solved(&program);
        assert!(
            solution.values.iter().all(|v| (v - 1.0).abs() < 1e-6)
                && (solution.objective + 3.0).abs() < 1e-6
        );
    }

    #[test]
    fn second_order_cone_gives_the_nearest_point_of_a_disc() {
        // min -x - y in the unit disc: (1, 1) / sqrt 2.
        let mut program = Program::new();
        let x = program.add_variable(-1.0, f64::NEG_INFINITY, f64::INFINITY);
        let y = program.add_variable(-1.0, f64::NEG_INFINITY, f64::INFINITY);
        let variable = |v| Affine { terms: vec![(v, 1.0)], constant: 0.0 };
        program.add_cone(vec![Affine { terms: vec![], constant: 1.0 }, variable(x), variable(y)]);
        let solution = solved(&program);
        assert!(solution.values.iter().all(|v| (v - 0.5_f64.sqrt()).abs() < 1e-6));
    }

    #[test]
    fn duals_of_bounds_have_the_sign_of_the_binding_end() {
        // min x - y on [1, 2]^2: x at its lower bound (dual +1), y at its upper (dual -1); z is
        // fixed, dual 3.
        let mut program = Program::new();
        program.add_variable(1.0, 1.0, 2.0);
        program.add_variable(-1.0, 1.0, 2.0);
        program.add_variable(3.0, 5.0, 5.0);
        let bounds = solved(&program).duals.unwrap().bounds;
        assert!(
            (bounds[0] - 1.0).abs() < 1e-6
                && (bounds[1] + 1.0).abs() < 1e-6
                && (bounds[2] - 3.0).abs() < 1e-6
        );
    }

    #[test]
    fn infeasible_unbounded_and_unfinished_are_outcomes() {
        let mut program = Program::new();
        let x = program.add_variable(-1.0, 0.0, f64::INFINITY);
        assert_eq!(program.solve(&Settings::default()).unwrap(), Outcome::Unbounded);
        program.add_row(Sense::AtMost, 5.0, &[(x, 1.0)]);
        let hurried = Settings { max_iterations: 1, ..Settings::default() };
        assert_eq!(program.solve(&hurried).unwrap(), Outcome::MaxIterations);
        program.add_row(Sense::AtLeast, 6.0, &[(x, 1.0)]);
        assert_eq!(program.solve(&Settings::default()).unwrap(), Outcome::Infeasible);
    }
}
