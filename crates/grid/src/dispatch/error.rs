//! Why there is no dispatch: ill-formed input, limits that cannot be kept, or a solution that does
//! not describe the network.

use crate::feeder_spec::BranchId;
use crate::power_flow::{Divergence, FlowError};
use domain::{BusId, Kwh, ZoneId};
use thiserror::Error;

/// A hard limit of the dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HardLimit {
    /// Rated current of a branch (P0 eq. 28).
    BranchCurrent(BranchId),
    /// Active bound of a bus (P0 eq. 29).
    NodeActive(BusId),
    /// Reactive bound of a bus (P0 eq. 30).
    NodeReactive(BusId),
    /// Most import at the substation.
    Import,
    /// No export at the substation.
    Export,
}

impl std::fmt::Display for HardLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BranchCurrent(branch) => write!(f, "the rated current of branch {branch} [A]"),
            Self::NodeActive(bus) => write!(f, "the active bound of bus {bus} [kW]"),
            Self::NodeReactive(bus) => write!(f, "the reactive bound of bus {bus} [kvar]"),
            Self::Import => write!(f, "the import limit at the substation [kW]"),
            Self::Export => write!(f, "no export at the substation [kW]"),
        }
    }
}

/// Why there is no dispatch.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DispatchError {
    /// The wrong number of values.
    #[error("{found} values of {quantity} given, {expected} needed")]
    Length {
        /// Field.
        quantity: &'static str,
        /// What was given.
        found: usize,
        /// What is needed.
        expected: usize,
    },
    /// A bus that the feeder does not have.
    #[error("{what} {index} is at bus {bus}, which the feeder does not have")]
    UnknownBus {
        /// Kind of thing.
        what: &'static str,
        /// Its place in the list.
        index: usize,
        /// The missing bus.
        bus: BusId,
    },
    /// A store in a zone that has no buses.
    #[error("store {store} is in zone {zone}, for which no buses are given")]
    UnknownZone {
        /// Its place in the list.
        store: usize,
        /// The missing zone.
        zone: ZoneId,
    },
    /// A number that cannot be.
    #[error("{what} {index}: {quantity} = {value} is not possible ({rule})")]
    BadValue {
        /// Kind of thing.
        what: &'static str,
        /// Its place in the list.
        index: usize,
        /// Field.
        quantity: &'static str,
        /// What was given.
        value: f64,
        /// What is asked of it.
        rule: &'static str,
    },
    /// A charging need beyond the power of the stay.
    #[error(
        "store {store}: {needed} needed in the batteries, at most {possible} can be charged from step {first} on"
    )]
    UnreachableTarget {
        /// Its place in the list.
        store: usize,
        /// Energy asked for.
        needed: Kwh,
        /// Energy that full power gives.
        possible: Kwh,
        /// First step of the window.
        first: usize,
    },
    /// Limits that cannot all be kept.
    #[error(
        "no dispatch keeps all limits: {limit} in period {period} would have to be exceeded by {excess:.3}"
    )]
    Infeasible {
        /// The limit that is missed most.
        limit: HardLimit,
        /// When.
        period: usize,
        /// By how much, in the limit's unit.
        excess: f64,
    },
    /// The solver stopped for another reason.
    #[error(
        "the conic solver stopped without a solution ({0}); check the scale of loads and prices"
    )]
    Solver(String),
    /// The relaxation does not describe the network.
    #[error(
        "fictitious losses in branch {branch}, period {period}: l v - P^2 - Q^2 = {gap_pu2:.2e} p.u.^2; raise the loss price above \
         the curtailment price plus the marginal carbon credit"
    )]
    Gap {
        /// The branch.
        branch: BranchId,
        /// When.
        period: usize,
        /// How far \[p.u.^2 on 1 MVA\].
        gap_pu2: f64,
    },
    /// The program loses otherwise than the network.
    #[error(
        "period {period}: the program loses {program_kw:.3} kW, the network {loss_kw:.3} kW; raise the loss price above the \
         curtailment price plus the marginal carbon credit"
    )]
    Losses {
        /// When.
        period: usize,
        /// Losses of the program \[kW\].
        program_kw: f64,
        /// Losses by AC power flow \[kW\].
        loss_kw: f64,
    },
    /// A dispatched period has no power flow.
    #[error("period {period}: {divergence}")]
    Diverged {
        /// When.
        period: usize,
        /// Where.
        divergence: Divergence,
    },
    /// A trade that cannot be looked at.
    #[error(transparent)]
    Trade(#[from] crate::trade::TradeError),
    /// Loads that are not finite.
    #[error(transparent)]
    Flow(#[from] FlowError),
}
