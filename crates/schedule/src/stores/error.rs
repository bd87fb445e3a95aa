//! What can be wrong with a problem of stores.

use thiserror::Error;

/// A problem that cannot be posed, or a solver that gave up. Stores are named by their position in
/// the problem.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StoresError {
    /// The horizon has no period.
    #[error("the horizon is empty: give at least one period of surplus")]
    EmptyHorizon,
    /// The period has no positive, finite length.
    #[error("the period is {hours} h long: it must be positive and finite")]
    PeriodLength {
        /// Length found \[h\].
        hours: f64,
    },
    /// A value of a curve is NaN or infinite.
    #[error("the {curve} of period {period} is {value}: it must be finite")]
    CurveNotFinite {
        /// Name of the curve.
        curve: &'static str,
        /// Period, from 0.
        period: usize,
        /// Value found.
        value: f64,
    },
    /// A curve is shorter or longer than the horizon.
    #[error("the {curve} has {found} values, the horizon {expected} periods")]
    CurveLength {
        /// Name of the curve.
        curve: &'static str,
        /// Values found.
        found: usize,
        /// Periods of the horizon.
        expected: usize,
    },
    /// A quantity of a store is out of its range.
    #[error("store {store}: {quantity} is {value}, it must be {range}")]
    StoreOutOfRange {
        /// Position of the store.
        store: usize,
        /// Quantity with its unit.
        quantity: &'static str,
        /// Value found.
        value: f64,
        /// Allowed range, in words.
        range: &'static str,
    },
    /// A taper curve that is not concave, not falling, or too long.
    #[error("taper: {reason}")]
    Taper {
        /// What is wrong and what would be right.
        reason: &'static str,
    },
    /// A weight of an objective is out of its range.
    #[error("the weight {weight} is {value}, it must be {range}")]
    Weight {
        /// Name of the weight.
        weight: &'static str,
        /// Value found.
        value: f64,
        /// Allowed range, in words.
        range: &'static str,
    },
    /// The cost of a period is not strictly convex, so that no water level exists.
    #[error(
        "period {period}: the cost's curvature is {curvature}, without a positive one there is no optimum: raise the weight of the squares or the price's slope"
    )]
    NoCurvature {
        /// Period, from 0.
        period: usize,
        /// Second derivative found.
        curvature: f64,
    },
    /// The conic solver did not reach its accuracy.
    #[error("the solver stopped with status {status} on {variables} variables and {rows} rows")]
    Solver {
        /// Status of the solver.
        status: String,
        /// Number of variables.
        variables: usize,
        /// Number of rows.
        rows: usize,
    },
}
