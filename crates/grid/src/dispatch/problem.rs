//! What the network dispatch is given: plant, loads, EV flexibility, prices, limits.

use crate::carbon::CarbonRule;
use crate::dispatch::store::{DispatchGrid, EvFlexibility};
use crate::feeder::Feeder;
use domain::{BusId, Kvar, Kw, PerUnit, ZoneId};
use serde::Deserialize;

/// What a renewable source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RenewableKind {
    /// Photovoltaic.
    Pv,
    /// Wind turbine.
    Wind,
}

/// A PV plant or wind turbine whose power may be curtailed; unity power factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Renewable {
    /// Where it feeds in.
    pub bus: BusId,
    /// PV or wind.
    pub kind: RenewableKind,
    /// Available power in each period \[kW\].
    pub available_kw: Vec<f64>,
}

/// Whether a diesel set may rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DieselMode {
    /// Always at its full power (the published costs are those of a set that never rests).
    #[default]
    MustRun,
    /// Between nothing and its full power, as is cheapest.
    Free,
}

/// A diesel set; unity power factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Diesel {
    /// Where it feeds in.
    pub bus: BusId,
    /// Full power.
    pub power: Kw,
    /// Fuel cost \[CNY/kWh\].
    pub cost_cny_per_kwh: f64,
    /// Must it run.
    pub mode: DieselMode,
}

/// Switched capacitors at a bus (P0 eq. 33-34).
#[derive(Clone, Debug, PartialEq)]
pub struct CapacitorBank {
    /// Where it feeds in.
    pub bus: BusId,
    /// Reactive power of a step.
    pub step: Kvar,
    /// Number of steps.
    pub steps: u32,
}

/// Bounds on the net consumption of a bus (P0 eq. 29-30).
#[derive(Clone, Debug, PartialEq)]
pub struct NodeLimit {
    /// The bus.
    pub bus: BusId,
    /// Least and most active net consumption, feed-in negative.
    pub active: Option<(Kw, Kw)>,
    /// Least and most reactive net consumption.
    pub reactive: Option<(Kvar, Kvar)>,
}

/// Which purchase cost the dispatch minimises; both are always reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PurchaseRule {
    /// A charge on the day's import peak (the published figures are that, to the cent).
    #[default]
    Capacity,
    /// Energy at time-of-use prices (P0 eq. 1 as printed).
    Tou,
}

/// Prices and parameters of the network dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DispatchPrices {
    /// Which purchase cost is minimised.
    pub purchase: PurchaseRule,
    /// Capacity charge [CNY/(kVA month)] (P0 section 3.1: 32).
    pub demand_cny_per_kva_month: f64,
    /// Power factor that turns the import peak into kVA (the published costs are exact with 0.85).
    pub power_factor: f64,
    /// Cost of curtailed energy \[CNY/kWh\] (P0 section 3.1: 0.1).
    pub curtailment_cny_per_kwh: f64,
    /// Battery wear per energy discharged \[CNY/kWh\].
    pub wear_cny_per_kwh: f64,
    /// Price on losses in the objective, not in the reported cost \[CNY/kWh\]. Our reading: it must
    /// exceed the curtailment price plus the marginal carbon credit of renewables (0.1 + 0.7 x 0.2
    /// x 1.5 = 0.31), or the relaxation burns surplus in branches.
    pub loss_cny_per_kwh: f64,
    /// Price of leaving the voltage band in the objective, not in the reported cost [CNY/(p.u.^2
    /// h)].
    pub voltage_cny_per_pu2_h: f64,
    /// Lowest voltage that costs nothing \[p.u.\] (P0 eq. 27).
    pub vmin_pu: f64,
    /// Highest voltage that costs nothing \[p.u.\] (P0 eq. 27).
    pub vmax_pu: f64,
    /// EVs' energy stored per energy metered, and metered per energy taken out.
    pub ev_efficiency: f64,
    /// Days by which a month's capacity charge is divided.
    pub days_per_month: f64,
}

impl Default for DispatchPrices {
    fn default() -> Self {
        Self {
            purchase: PurchaseRule::Capacity,
            demand_cny_per_kva_month: 32.0,
            power_factor: 0.85,
            curtailment_cny_per_kwh: 0.1,
            wear_cny_per_kwh: 0.05,
            loss_cny_per_kwh: 0.35,
            voltage_cny_per_pu2_h: 20_000.0,
            vmin_pu: 0.95,
            vmax_pu: 1.05,
            ev_efficiency: 0.95,
            days_per_month: 30.0,
        }
    }
}

impl DispatchPrices {
    /// The day's capacity charge per kW of import peak \[CNY/kW\].
    ///
    /// ```
    /// // The published 6,274.51 CNY are a peak of 5,000 kW.
    /// let per_kw = grid::DispatchPrices::default().capacity_cny_per_kw();
    /// assert!((per_kw * 5000.0 - 6274.51).abs() < 0.01);
    /// assert!((per_kw * 1800.0 - 2258.82).abs() < 0.01);
    /// ```
    pub fn capacity_cny_per_kw(&self) -> f64 {
        self.demand_cny_per_kva_month / self.power_factor / self.days_per_month
    }
}

/// What earlier periods of the day leave behind, in a rolling horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DaySoFar {
    /// Import peak.
    pub import_peak: Kw,
    /// Emissions minus quota \[kg\], used where carbon is summed over the day.
    pub above_quota_kg: f64,
}

/// One network dispatch, day-ahead or the rest of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchProblem<'a> {
    /// The network.
    pub feeder: &'a Feeder,
    /// Time grid.
    pub grid: DispatchGrid,
    /// Base load without EVs \[kW\], period after period, buses in the feeder's order.
    pub load_kw: Vec<f64>,
    /// Reactive base load \[kvar\], likewise.
    pub load_kvar: Vec<f64>,
    /// PV and wind.
    pub renewables: Vec<Renewable>,
    /// Diesel sets.
    pub diesels: Vec<Diesel>,
    /// Electric vehicles.
    pub evs: EvFlexibility,
    /// Switched capacitors.
    pub capacitors: Vec<CapacitorBank>,
    /// Bounds on buses.
    pub node_limits: Vec<NodeLimit>,
    /// Most import, if limited. There is never any export.
    pub import_limit: Option<Kw>,
    /// Time-of-use price of the purchase in each period \[CNY/kWh\].
    pub tou_cny_per_kwh: Vec<f64>,
    /// Prices.
    pub prices: DispatchPrices,
    /// Carbon.
    pub carbon: CarbonRule,
    /// Earlier periods of the day.
    pub so_far: DaySoFar,
}

impl DispatchProblem<'_> {
    /// Position of a bus that the checks have seen.
    pub(crate) fn at(&self, bus: BusId) -> usize {
        self.feeder.position(bus).expect("invariant: buses were checked")
    }

    /// Place of a zone in the list of those with EVs.
    pub(crate) fn zone_index(&self, zone: ZoneId) -> Option<usize> {
        self.evs.zones.iter().position(|z| z.zone == zone)
    }

    /// The voltage band of a bus (by position): what holds everywhere, and its own limits.
    pub(crate) fn band(&self, bus: usize) -> (PerUnit, PerUnit) {
        self.feeder.band(bus, (PerUnit(self.prices.vmin_pu), PerUnit(self.prices.vmax_pu)))
    }
}
