//! Where power flows: the distribution feeder and what is computed on it. Knows no agents, no
//! clock, no files.
//!
//! Buses and branches are addressed by their position in the feeder's lists inside arrays, and by
//! [`domain::BusId`] and [`BranchId`] in everything that is shown. Loads and consumption are
//! positive, generation is negative consumption.
//!
//! - [`Feeder`]: a checked radial network; [`FeederSpec`] and [`FeederError`] are its raw form and
//!   what can be wrong with it.
//! - [`ieee33`]: the IEEE 33-bus feeder.
//! - [`PowerFlow`]: backward/forward sweep for one load vector or a batch; [`FlowState`] is a
//!   solution, [`FlowOutcome`] an ending.
//! - [`VoltageSensitivity`]: how voltages answer to small changes of load.
//! - [`partition()`]: aggregation zones from electrical distance, EV potential and balance;
//!   [`Partition`], [`Scores`]; [`zone_needs`] gathers what it looks at.
//! - [`CarbonRule`]: stepwise carbon cost.
//! - [`dispatch()`]: low-carbon economic dispatch of a horizon; [`DispatchProblem`], [`Dispatch`],
//!   [`assess`], [`uncontrolled`].
//! - [`cluster_stays`]: EV flexibility per zone; [`zone_targets`]: what the zones are asked for.
//! - [`published`]: plant, shapes and capacitors of the published case.
//! - [`TradeAdmission`]: zonal trades by power flow; [`price_cap`], [`seller_floor`]: the price
//!   bounds of P0 eq. 11.
//! - [`text_picture`], [`svg_picture`]: the feeder with its zones, to look at; [`places`]: where its
//!   buses stand in them.

// Units stand in square brackets in the docs.

mod carbon;
mod cut_search;
mod cut_sets;
mod dispatch;
mod electrical;
mod feeder;
mod feeder_error;
mod feeder_spec;
mod feeder_tables;
mod flow_state;
mod ieee33;
mod partition;
mod picture;
mod power_flow;
pub mod published;
mod sensitivity;
mod sweep;
mod trade;
mod zone_needs;
mod zoning;

pub use carbon::{CarbonBasis, CarbonRule};
pub use dispatch::{
    Assessment, CapacitorBank, ClusterParams, CostBreakdown, DaySoFar, Diesel, DieselMode,
    Dispatch, DispatchError, DispatchGrid, DispatchPrices, DispatchProblem, EvFlexibility, EvStay,
    Exceeded, HardLimit, HorizonEnd, InterZoneParams, NodeLimit, PeriodQuality, PurchaseRule,
    Quality, Renewable, RenewableKind, Schedule, Store, StorePower, V2g, VoltageViolation,
    ZoneShares, ZoneTargets, assess, cluster_stays, cluster_stays_by_kind, curtail_pro_rata,
    curtail_surplus, dispatch, dispatch_exceeding, dispatch_with_steps, idle_schedule,
    least_interzone_losses, net_consumption, renewable_power, uncontrolled, zone_targets,
};
pub use electrical::ElectricalDistance;
pub use feeder::{Branch, Bus, Feeder};
pub use feeder_error::{FeederError, FeederProblems};
pub use feeder_spec::{BranchId, BranchSpec, BusSpec, FeederSpec, Switch};
pub use flow_state::{BranchFlow, FlowState};
pub use ieee33::ieee33;
pub use partition::{
    Partition, PartitionError, PartitionParams, Partitions, Scores, Search, ZoneNeeds, partition,
    score_zones,
};
pub use picture::{places, svg_picture, text_picture};
pub use power_flow::{
    BatchFlow, Divergence, Ended, FlowError, FlowOptions, FlowOutcome, PowerFlow,
};
pub use sensitivity::VoltageSensitivity;
pub use trade::{
    Admission, BrokenLimit, NetworkLimits, SellerSource, TradeAdmission, TradeError, TradeRequest,
    price_cap, seller_floor,
};
pub use zone_needs::zone_needs;
