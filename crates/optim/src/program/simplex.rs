//! Solving linear programmes by microlp's simplex method.

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem};

use super::build::{Program, ProgramError, Sense};
use super::outcome::{Accuracy, Outcome, Solution};

impl Program {
    /// Solve a linear programme by the simplex method: a vertex, without duals.
    ///
    /// # Errors
    /// When the programme is malformed, has quadratic costs or cones, or the solver refuses it.
    ///
    /// ```
    /// use optim::program::{Outcome, Program, Sense};
    /// // max x + y with x + 2 y <= 4, 3 x + y <= 6: x = 1.6, y = 1.2.
    /// let mut program = Program::new();
    /// let x = program.add_variable(-1.0, 0.0, f64::INFINITY);
    /// let y = program.add_variable(-1.0, 0.0, f64::INFINITY);
    /// program.add_row(Sense::AtMost, 4.0, &[(x, 1.0), (y, 2.0)]);
    /// program.add_row(Sense::AtMost, 6.0, &[(x, 3.0), (y, 1.0)]);
    /// let Outcome::Solved(solution) = program.solve_by_simplex()? else { panic!() };
    /// assert!((solution.objective + 2.8).abs() < 1e-12);
    /// # Ok::<(), optim::program::ProgramError>(())
    /// ```
    pub fn solve_by_simplex(&self) -> Result<Outcome, ProgramError> {
        self.check()?;
        if !self.quadratic.is_empty() || !self.cones.is_empty() {
            return Err(ProgramError::NotLinear {
                quadratic: self.quadratic.len(),
                cones: self.cones.len(),
            });
        }
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables: Vec<_> = (0..self.variables())
            .map(|i| problem.add_var(self.costs[i], (self.lower[i], self.upper[i])))
            .collect();
        for row in &self.rows {
            let sense = match row.sense {
                Sense::AtMost => ComparisonOp::Le,
                Sense::Equal => ComparisonOp::Eq,
                Sense::AtLeast => ComparisonOp::Ge,
            };
            let terms: Vec<_> = self
                .merged(&row.terms)
                .into_iter()
                .map(|(i, value)| (variables[i], value))
                .collect();
            problem.add_constraint(terms.as_slice(), sense, row.rhs);
        }
        match problem.solve() {
            Ok(found) => match found.into_solution() {
                Ok(found) => Ok(Outcome::Solved(Solution {
                    objective: found.objective(),
                    values: variables.iter().map(|&v| found.var_value(v)).collect(),
                    duals: None,
                    iterations: 0,
                    accuracy: Accuracy::Full,
                })),
                Err(_) => Ok(Outcome::MaxIterations),
            },
            Err(Error::Infeasible) => Ok(Outcome::Infeasible),
            Err(Error::Unbounded) => Ok(Outcome::Unbounded),
            Err(Error::InternalError(word)) => Ok(Outcome::Numerical(word)),
            Err(other) => Err(ProgramError::Refused(other.to_string())),
        }
    }

    /// Terms of a row with each variable once, by rising number.
    fn merged(&self, terms: &[(super::Variable, f64)]) -> Vec<(usize, f64)> {
        let mut sorted: Vec<(usize, f64)> = terms.iter().map(|&(v, value)| (v.0, value)).collect();
        sorted.sort_by_key(|&(i, _)| i);
        sorted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        debug_assert!(sorted.iter().all(|&(i, _)| i < self.variables()));
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Settings, Variable};
    use crate::uniforms::uniforms;

    /// A random transport problem: 4 sources, 5 sinks, enough supply.
    fn transport(seed: u64) -> Program {
        let mut uniform = uniforms(seed);
        let mut program = Program::new();
        let cells: Vec<Variable> =
            (0..20).map(|_| program.add_variable(1.0 + uniform(), 0.0, 4.0)).collect();
        for source in 0..4 {
            let terms: Vec<_> = (0..5).map(|sink| (cells[source * 5 + sink], 1.0)).collect();
            program.add_row(Sense::AtMost, 10.0, &terms);
        }
        for sink in 0..5 {
            let terms: Vec<_> = (0..4).map(|source| (cells[source * 5 + sink], 1.0)).collect();
            program.add_row(Sense::Equal, 2.0 + 5.0 * uniform(), &terms);
        }
        program
    }

    #[test]
    fn both_solvers_agree_on_random_transport_problems() {
        for seed in 0..20 {
            let program = transport(seed);
            let vertex = program.solve_by_simplex().unwrap().solution().unwrap();
            let interior = program.solve(&Settings::default()).unwrap().solution().unwrap();
            assert!((vertex.objective - interior.objective).abs() < 1e-5, "seed {seed}");
            // Strong duality: the objective is the sum of right sides and bounds times their shadow
            // prices.
            let duals = interior.duals.unwrap();
            let rows: f64 =
                program.rows.iter().zip(&duals.rows).map(|(row, dual)| row.rhs * dual).sum();
            let bounds: f64 = duals.bounds.iter().map(|dual| 4.0 * dual.min(0.0)).sum();
            assert!((rows + bounds - interior.objective).abs() < 1e-5, "seed {seed}");
        }
    }

    #[test]
    fn outcomes_and_errors_are_told_apart() {
        let mut program = Program::new();
        let x = program.add_variable(-1.0, 0.0, f64::INFINITY);
        assert_eq!(program.solve_by_simplex().unwrap(), Outcome::Unbounded);
        program.add_row(Sense::AtMost, -1.0, &[(x, 1.0)]);
        assert_eq!(program.solve_by_simplex().unwrap(), Outcome::Infeasible);
        program.add_quadratic_cost(x, x, 1.0);
        assert!(matches!(
            program.solve_by_simplex(),
            Err(ProgramError::NotLinear { quadratic: 1, cones: 0 })
        ));
        program.add_row(Sense::AtMost, 1.0, &[(Variable(7), 1.0)]);
        assert!(matches!(
            program.solve_by_simplex(),
            Err(ProgramError::NoSuchVariable { variable: 7, .. })
        ));
        program.set_bounds(x, 2.0, 1.0);
        assert!(matches!(
            program.solve_by_simplex(),
            Err(ProgramError::EmptyBounds { index: 0, .. })
        ));
        program.set_cost(x, f64::NAN);
        assert!(matches!(
            program.solve_by_simplex(),
            Err(ProgramError::NotFinite { index: 0, .. })
        ));
    }
}
