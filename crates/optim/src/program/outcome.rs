//! How a solve ends.

/// Result of a solve.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// An optimum.
    Solved(Solution),
    /// No point meets all rows, bounds and cones.
    Infeasible,
    /// The objective falls without limit.
    Unbounded,
    /// The iterations ran out before an optimum or a proof was found.
    MaxIterations,
    /// The solver stopped for numerical reasons; the text is its own word for it.
    Numerical(String),
}

impl Outcome {
    /// The solution, if there is one.
    pub fn solution(self) -> Option<Solution> {
        match self {
            Self::Solved(solution) => Some(solution),
            _ => None,
        }
    }
}

/// How exactly an optimum is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accuracy {
    /// All tolerances of the settings.
    Full,
    /// Only the solver's reduced tolerances (5e-5 for the gap, 1e-4 for feasibility).
    Reduced,
}

/// An optimum.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Objective `1/2 x' P x + c' x`.
    pub objective: f64,
    /// Values of the variables in the order added.
    pub values: Vec<f64>,
    /// Duals; none from the simplex method.
    pub duals: Option<Duals>,
    /// Iterations taken (0 where the solver does not say).
    pub iterations: usize,
    /// How exactly.
    pub accuracy: Accuracy,
}

/// Shadow prices: what the least objective gains per unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Duals {
    /// Per row, the derivative of the optimum by the right-hand side: `<= 0` for `<=` rows, `>= 0`
    /// for `>=` rows.
    pub rows: Vec<f64>,
    /// Per variable, the derivative of the optimum by the binding bound: `>= 0` at the lower, `<=
    /// 0` at the upper.
    pub bounds: Vec<f64>,
}
