//! Solving by the interior-point method ([`crate::conic`]), with shadow prices from its
//! multipliers.

use super::build::{Program, ProgramError, Sense};
use super::outcome::{Accuracy, Duals, Outcome, Solution};
use crate::conic::{Column, ConicProgram, ConicStatus, Settings};

/// Where a conic row comes from, and the sign that turns its multiplier into a shadow price.
enum Origin {
    Row(usize, f64),
    Bound(usize, f64),
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
        let (conic, origins) = self.conic_form();
        let found = conic.solve(settings).map_err(ProgramError::Refused)?;
        let solved = |accuracy| {
            Outcome::Solved(Solution {
                objective: found.objective,
                values: found.x.clone(),
                duals: Some(shadow_prices(self, &origins, &found.multipliers)),
                iterations: found.iterations as usize,
                accuracy,
            })
        };
        Ok(match &found.status {
            ConicStatus::Solved => solved(Accuracy::Full),
            ConicStatus::AlmostSolved => solved(Accuracy::Reduced),
            ConicStatus::Infeasible => Outcome::Infeasible,
            ConicStatus::Unbounded => Outcome::Unbounded,
            ConicStatus::MaxIterations => Outcome::MaxIterations,
            ConicStatus::Failed(word) => Outcome::Numerical(word.clone()),
        })
    }

    /// The programme in the solver's form, and where its rows come from: those of equal rows, then
    /// those of at-most rows.
    fn conic_form(&self) -> (ConicProgram, Vec<Origin>) {
        let mut conic = ConicProgram::default();
        let mut origins = Vec::new();
        let fixed = |i: usize| self.lower[i] == self.upper[i];
        let signed = |row: &super::build::LinearRow, sign: f64| -> Vec<(Column, f64)> {
            row.terms.iter().map(|&(variable, value)| (variable.0, sign * value)).collect()
        };
        for &cost in &self.costs {
            conic.column(cost);
        }
        for &(i, j, value) in &self.quadratic {
            conic.curve(i.0, j.0, if i == j { 2.0 * value } else { value });
        }
        for (k, row) in self.rows.iter().enumerate().filter(|(_, row)| row.sense == Sense::Equal) {
            conic.equal(&signed(row, 1.0), row.rhs);
            origins.push(Origin::Row(k, -1.0));
        }
        for i in (0..self.variables()).filter(|&i| fixed(i)) {
            conic.equal(&[(i, 1.0)], self.upper[i]);
            origins.push(Origin::Bound(i, -1.0));
        }
        for (k, row) in self.rows.iter().enumerate().filter(|(_, row)| row.sense != Sense::Equal) {
            let sign = if row.sense == Sense::AtMost { 1.0 } else { -1.0 };
            conic.at_most(&signed(row, sign), sign * row.rhs);
            origins.push(Origin::Row(k, -sign));
        }
        for i in (0..self.variables()).filter(|&i| !fixed(i)) {
            for (sign, bound) in [(1.0, self.upper[i]), (-1.0, self.lower[i])] {
                if bound.is_finite() {
                    conic.at_most(&[(i, sign)], sign * bound);
                    origins.push(Origin::Bound(i, -sign));
                }
            }
        }
        for cone in &self.cones {
            let plain: Vec<(Vec<(Column, f64)>, f64)> = cone
                .iter()
                .map(|y| (y.terms.iter().map(|&(v, value)| (v.0, value)).collect(), y.constant))
                .collect();
            conic.cone(plain.iter().map(|(terms, constant)| (terms.as_slice(), *constant)));
        }
        (conic, origins)
    }
}

fn shadow_prices(program: &Program, origins: &[Origin], multipliers: &[f64]) -> Duals {
    let mut duals =
        Duals { rows: vec![0.0; program.rows.len()], bounds: vec![0.0; program.variables()] };
    for (origin, multiplier) in origins.iter().zip(multipliers) {
        match *origin {
            Origin::Row(row, sign) => duals.rows[row] += sign * multiplier,
            Origin::Bound(variable, sign) => duals.bounds[variable] += sign * multiplier,
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
