//! The distribution feeder: network, plant at buses, partition, dispatch, carbon, elasticity, zonal
//! trades.

mod costs;
mod network;
mod plant;

use domain::{BusId, Kw};
use grid::{
    CapacitorBank, CarbonRule, ClusterParams, Diesel, DispatchPrices, InterZoneParams, NodeLimit,
    PartitionParams, RenewableKind,
};
use keys::Table;
use market::clearing::TradeRules;
use market::elastic::ElasticRules;
pub use network::{Network, ReadFeeder};
use plant::network_and_plant;
use std::path::Path;

/// The feeder of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct FeederRules {
    /// The network.
    pub network: Network,
    /// Base load relative to the network's nominal load; the load series is a share of it.
    pub load_level: f64,
    /// PV plants and wind turbines.
    pub renewables: Vec<RenewablePlant>,
    /// Diesel sets.
    pub diesels: Vec<Diesel>,
    /// Switched capacitors.
    pub capacitors: Vec<CapacitorBank>,
    /// Bounds on buses.
    pub node_limits: Vec<NodeLimit>,
    /// Most import, if limited.
    pub import_limit: Option<Kw>,
    /// Where EVs live.
    pub homes: HomeRule,
    /// How zones are made.
    pub partition: PartitionParams,
    /// What the dispatch minimises.
    pub prices: DispatchPrices,
    /// How the DSO acts.
    pub dso: DsoRules,
    /// How EVs are gathered for the dispatch.
    pub clusters: ClusterParams,
    /// The solution of least losses between zones.
    pub interzone: InterZoneParams,
    /// Carbon cost.
    pub carbon: CarbonRule,
    /// How demand answers to prices.
    pub elasticity: ElasticRules,
    /// Trades between zones.
    pub trades: TradeRules,
    /// Time between two gates of a period, at which set points may change and zones trade (min).
    pub gates_min: u32,
}

/// A PV plant or wind turbine; its series is a share of its power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenewablePlant {
    /// Where it feeds in.
    pub bus: BusId,
    /// PV or wind.
    pub kind: RenewableKind,
    /// Installed power (kW).
    pub power_kw: f64,
}

/// Where EVs live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HomeRule {
    /// In proportion to nominal load.
    ByLoad,
    /// The same number at each bus with load.
    Even,
}

/// How the DSO agent acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DsoRules {
    /// Whether it dispatches at all; without it EVs charge on arrival and surplus is curtailed pro
    /// rata ("before").
    pub enabled: bool,
    /// Periods between two dispatches of the rest of the day.
    pub redispatch_every: u32,
    /// Whether zones are held to targets.
    pub targets: bool,
    /// What consuming more than it is allowed costs a zone in its own decisions (CNY/kWh).
    pub excess_cny_per_kwh: f64,
    /// Whether zones move their own vehicles inside a period to keep to their targets.
    pub own_correction: bool,
    /// What is known of users who are still to come.
    pub foresight: Foresight,
}

impl Default for DsoRules {
    /// Hourly dispatch with targets. Our reading of the price of an excess: what a kW of import
    /// peak costs under the published capacity charge, for an hour, 32 / 0.85 / 30 CNY.
    fn default() -> Self {
        Self {
            enabled: true,
            redispatch_every: 1,
            targets: true,
            excess_cny_per_kwh: 1.255,
            own_correction: true,
            foresight: Foresight::Usual,
        }
    }
}

/// What aggregators know of users who are still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foresight {
    /// The stays of a usual day: as many people by the same laws, but other people.
    Usual,
    /// Their plans.
    Perfect,
}

/// `[feeder]`, `[partition]`, `[dispatch]`, `[carbon]`, `[elasticity]`, `[trades]`.
pub(crate) fn feeder(t: &mut Table<'_>, folder: &Path) -> FeederRules {
    let base = t.table("feeder", "the distribution feeder", |t| network_and_plant(t, folder));
    let partition = t.table("partition", "how zones are made", costs::partition);
    let dispatch =
        t.table("dispatch", "what the distribution network operator minimises", costs::dispatch);
    let carbon = t.table("carbon", "stepwise cost of carbon", costs::carbon);
    let elasticity = t.table("elasticity", "how demand answers to prices", costs::elasticity);
    let (trades, gates_min) = t.table("trades", "trades between zones", costs::trades);
    FeederRules {
        partition,
        prices: dispatch.0,
        dso: dispatch.1,
        clusters: dispatch.2,
        interzone: dispatch.3,
        carbon,
        elasticity,
        trades,
        gates_min,
        ..base
    }
}
