//! Writing a programme down.

use thiserror::Error;

/// Number of a variable in the order added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable(pub usize);

/// Number of a row in the order added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub usize);

/// Relation of a row's left side to its right side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// `a' x <= b`.
    AtMost,
    /// `a' x = b`.
    Equal,
    /// `a' x >= b`.
    AtLeast,
}

/// Affine expression `sum of coefficient x variable + constant`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Affine {
    /// Variables and coefficients; a variable may occur more than once.
    pub terms: Vec<(Variable, f64)>,
    /// Constant part.
    pub constant: f64,
}

/// Why a programme cannot be handed to a solver.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProgramError {
    /// A coefficient, cost or right-hand side is NaN or infinite.
    #[error("{place} {index} holds {value}")]
    NotFinite {
        /// Kind of place.
        place: &'static str,
        /// Number of the variable, row or cone.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The bounds of a variable leave no value.
    #[error("variable {index} is bounded to {lower}..{upper}")]
    EmptyBounds {
        /// Number of the variable.
        index: usize,
        /// Lower bound.
        lower: f64,
        /// Upper bound.
        upper: f64,
    },
    /// A term names a variable that was not added.
    #[error("{place} {index} names variable {variable} of {variables}")]
    NoSuchVariable {
        /// Kind of place.
        place: &'static str,
        /// Number of the row, cone or cost term.
        index: usize,
        /// The variable named.
        variable: usize,
        /// Number of variables.
        variables: usize,
    },
    /// The simplex method was asked for a programme that is not linear.
    #[error(
        "the simplex method takes linear programmes; this one has {quadratic} quadratic terms and {cones} cones"
    )]
    NotLinear {
        /// Quadratic cost terms.
        quadratic: usize,
        /// Cones.
        cones: usize,
    },
    /// The solver refused its input or settings.
    #[error("the solver refused the programme: {0}")]
    Refused(String),
}

/// One linear row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LinearRow {
    pub sense: Sense,
    pub rhs: f64,
    pub terms: Vec<(Variable, f64)>,
}

/// A programme under construction; it can be changed and solved again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    pub(super) costs: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    pub(super) quadratic: Vec<(Variable, Variable, f64)>,
    pub(super) rows: Vec<LinearRow>,
    pub(super) cones: Vec<Vec<Affine>>,
}

impl Program {
    /// A programme without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Add a variable with its linear cost and bounds (infinite = none).
    pub fn add_variable(&mut self, cost: f64, lower: f64, upper: f64) -> Variable {
        self.costs.push(cost);
        self.lower.push(lower);
        self.upper.push(upper);
        Variable(self.costs.len() - 1)
    }

    /// Add `coefficient x_i x_j` to the objective (for `i = j`: `coefficient x_i^2`). The sum must
    /// be convex.
    pub fn add_quadratic_cost(&mut self, i: Variable, j: Variable, coefficient: f64) {
        self.quadratic.push((i, j, coefficient));
    }

    /// Add a row `terms (sense) rhs`.
    pub fn add_row(&mut self, sense: Sense, rhs: f64, terms: &[(Variable, f64)]) -> Row {
        self.rows.push(LinearRow { sense, rhs, terms: terms.to_vec() });
        Row(self.rows.len() - 1)
    }

    /// Add the second-order cone `|| (y_2 .. y_k) || <= y_1`.
    pub fn add_cone(&mut self, expressions: Vec<Affine>) {
        self.cones.push(expressions);
    }

    /// Change a variable's linear cost.
    pub fn set_cost(&mut self, variable: Variable, cost: f64) {
        self.costs[variable.0] = cost;
    }

    /// Change a variable's bounds.
    pub fn set_bounds(&mut self, variable: Variable, lower: f64, upper: f64) {
        self.lower[variable.0] = lower;
        self.upper[variable.0] = upper;
    }

    /// Change a row's right-hand side.
    pub fn set_rhs(&mut self, row: Row, rhs: f64) {
        self.rows[row.0].rhs = rhs;
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        self.costs.len()
    }

    pub(super) fn check(&self) -> Result<(), ProgramError> {
        for (index, &value) in self.costs.iter().enumerate() {
            finite("the cost of variable", index, value)?;
        }
        for (index, (&lower, &upper)) in self.lower.iter().zip(&self.upper).enumerate() {
            let not_numbers = lower.is_nan() || upper.is_nan();
            let no_value = lower == f64::INFINITY || upper == f64::NEG_INFINITY;
            if not_numbers || lower > upper || no_value {
                return Err(ProgramError::EmptyBounds { index, lower, upper });
            }
        }
        for (index, &(i, j, value)) in self.quadratic.iter().enumerate() {
            self.check_terms("quadratic term", index, &[(i, value), (j, value)])?;
        }
        for (index, row) in self.rows.iter().enumerate() {
            finite("the right side of row", index, row.rhs)?;
            self.check_terms("row", index, &row.terms)?;
        }
        for (index, cone) in self.cones.iter().enumerate() {
            for expression in cone {
                finite("the constant of cone", index, expression.constant)?;
                self.check_terms("cone", index, &expression.terms)?;
            }
        }
        Ok(())
    }

    fn check_terms(
        &self,
        place: &'static str,
        index: usize,
        terms: &[(Variable, f64)],
    ) -> Result<(), ProgramError> {
        for &(Variable(variable), value) in terms {
            finite(place, index, value)?;
            if variable >= self.variables() {
                return Err(ProgramError::NoSuchVariable {
                    place,
                    index,
                    variable,
                    variables: self.variables(),
                });
            }
        }
        Ok(())
    }
}

fn finite(place: &'static str, index: usize, value: f64) -> Result<(), ProgramError> {
    if value.is_finite() { Ok(()) } else { Err(ProgramError::NotFinite { place, index, value }) }
}
