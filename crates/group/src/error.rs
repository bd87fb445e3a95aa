//! What can be wrong with a microgrid group.

use domain::EvId;
use optim::nsga2::Nsga2Error;
use optim::program::ProgramError;
use optim::pso::PsoError;
use population::FleetError;
use thiserror::Error;

/// Data from which no day can be planned, or a solver that gave up.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GroupError {
    /// A horizon without periods, or a cyclic one that is not a day long.
    #[error("the horizon has {periods} periods of {period_h} h: {reason}")]
    Horizon {
        /// Number of periods.
        periods: usize,
        /// Length of a period \[h\].
        period_h: f64,
        /// What it must be.
        reason: &'static str,
    },
    /// A curve is shorter or longer than areas x periods.
    #[error("the curve {curve} has {found} values, expected {expected}")]
    CurveLength {
        /// Name of the curve.
        curve: &'static str,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// A value of a curve is NaN or infinite.
    #[error("value {place} of the curve {curve} is {value}: it must be finite")]
    NotFinite {
        /// Name of the curve.
        curve: &'static str,
        /// Position, from 0 (area after area).
        place: usize,
        /// The value.
        value: f64,
    },
    /// A quantity is outside its range.
    #[error("{quantity} is {value}, it must be {range}")]
    OutOfRange {
        /// Quantity with its unit.
        quantity: &'static str,
        /// The value.
        value: f64,
        /// Allowed range, in words.
        range: &'static str,
    },
    /// A quantity of a stay is outside its range.
    #[error("EV {ev}: {quantity} is {value}, it must be {range}")]
    Stay {
        /// The vehicle.
        ev: EvId,
        /// Quantity with its unit.
        quantity: &'static str,
        /// The value.
        value: f64,
        /// Allowed range, in words.
        range: &'static str,
    },
    /// A stay in an area that the group has not.
    #[error("EV {ev} stays in area {area}, the group has areas 0 to {last}")]
    Area {
        /// The vehicle.
        ev: EvId,
        /// Area named, from 0.
        area: usize,
        /// Last area of the group.
        last: usize,
    },
    /// A segment of the fleet that belongs to no microgrid.
    #[error("segment {segment} names zone {zone:?}, it must name a microgrid from 1 to {areas}")]
    Segment {
        /// Name of the segment.
        segment: String,
        /// Zone named.
        zone: Option<u16>,
        /// Number of microgrids.
        areas: usize,
    },
    /// A number of tariffs that is neither 1 nor that of the areas.
    #[error("{found} tariffs for {areas} microgrids: give one for all or one each")]
    Tariffs {
        /// Tariffs given.
        found: usize,
        /// Number of microgrids.
        areas: usize,
    },
    /// A price under which more charging makes energy cheaper, or weights that leave no curvature.
    #[error(
        "area {area}, period {period}: the cost has curvature {curvature}, it must be positive"
    )]
    NoCurvature {
        /// Area, from 0.
        area: usize,
        /// Period, from 0.
        period: usize,
        /// Second derivative found.
        curvature: f64,
    },
    /// The fleet has no head count.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// NSGA-II could not start.
    #[error(transparent)]
    Nsga2(#[from] Nsga2Error),
    /// The particle swarm could not start.
    #[error(transparent)]
    Pso(#[from] PsoError),
    /// The quadratic programme could not be posed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The quadratic programme was not solved.
    #[error("the quadratic programme of {variables} variables ended without a solution: {outcome}")]
    Unsolved {
        /// Number of variables.
        variables: usize,
        /// How it ended.
        outcome: String,
    },
}

/// Refuses a curve of wrong length or with a value that is not finite.
pub(crate) fn check_curve(
    curve: &'static str,
    values: &[f64],
    expected: usize,
) -> Result<(), GroupError> {
    if values.len() != expected {
        return Err(GroupError::CurveLength { curve, found: values.len(), expected });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(GroupError::NotFinite { curve, place, value: values[place] }),
        None => Ok(()),
    }
}
