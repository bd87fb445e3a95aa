//! What the network dispatch is given: plant, loads, EV flexibility, prices, limits; and the checks before anything is solved.

use crate::carbon::CarbonRule;
use crate::dispatch::store::{DispatchGrid, EvFlexibility, Store, V2g};
use crate::feeder::Feeder;
use crate::feeder_spec::BranchId;
use crate::power_flow::{Divergence, FlowError};
use domain::{BusId, Kvar, Kw, Kwh, PerUnit, ZoneId};
use serde::Deserialize;
use thiserror::Error;

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
    /// Available power in each period [kW].
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
    /// Fuel cost [CNY/kWh].
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
    /// Cost of curtailed energy [CNY/kWh] (P0 section 3.1: 0.1).
    pub curtailment_cny_per_kwh: f64,
    /// Battery wear per energy discharged [CNY/kWh].
    pub wear_cny_per_kwh: f64,
    /// Price on losses in the objective, not in the reported cost [CNY/kWh]. Our reading: it must exceed the curtailment price plus
    /// the marginal carbon credit of renewables (0.1 + 0.7 x 0.2 x 1.5 = 0.31), or the relaxation burns surplus in branches.
    pub loss_cny_per_kwh: f64,
    /// Price of leaving the voltage band in the objective, not in the reported cost [CNY/(p.u.^2 h)].
    pub voltage_cny_per_pu2_h: f64,
    /// Lowest voltage that costs nothing [p.u.] (P0 eq. 27).
    pub vmin_pu: f64,
    /// Highest voltage that costs nothing [p.u.] (P0 eq. 27).
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
    /// The day's capacity charge per kW of import peak [CNY/kW].
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
    /// Emissions minus quota [kg], used where carbon is summed over the day.
    pub above_quota_kg: f64,
}

/// One network dispatch, day-ahead or the rest of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchProblem<'a> {
    /// The network.
    pub feeder: &'a Feeder,
    /// Time grid.
    pub grid: DispatchGrid,
    /// Base load without EVs [kW], period after period, buses in the feeder's order.
    pub load_kw: Vec<f64>,
    /// Reactive base load [kvar], likewise.
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
    /// Time-of-use price of the purchase in each period [CNY/kWh].
    pub tou_cny_per_kwh: Vec<f64>,
    /// Prices.
    pub prices: DispatchPrices,
    /// Carbon.
    pub carbon: CarbonRule,
    /// Earlier periods of the day.
    pub so_far: DaySoFar,
}

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
    #[error("store {store}: {needed} needed in the batteries, at most {possible} can be charged from step {first} on")]
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
    #[error("no dispatch keeps all limits: {limit} in period {period} would have to be exceeded by {excess:.3}")]
    Infeasible {
        /// The limit that is missed most.
        limit: HardLimit,
        /// When.
        period: usize,
        /// By how much, in the limit's unit.
        excess: f64,
    },
    /// The solver stopped for another reason.
    #[error("the conic solver stopped without a solution ({0}); check the scale of loads and prices")]
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
        /// How far [p.u.^2 on 1 MVA].
        gap_pu2: f64,
    },
    /// A dispatched period has no power flow.
    #[error("period {period}: {divergence}")]
    Diverged {
        /// When.
        period: usize,
        /// Where.
        divergence: Divergence,
    },
    /// Loads that are not finite.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

impl DispatchProblem<'_> {
    /// Checks everything that can be checked before solving.
    pub(crate) fn check(&self) -> Result<(), DispatchError> {
        let (buses, periods) = (self.feeder.buses().len(), self.grid.periods);
        expect_length("load_kw", self.load_kw.len(), buses * periods)?;
        expect_length("load_kvar", self.load_kvar.len(), buses * periods)?;
        expect_length("tou_cny_per_kwh", self.tou_cny_per_kwh.len(), periods)?;
        self.check_prices()?;
        self.check_plant()?;
        self.check_flexibility()
    }

    fn check_prices(&self) -> Result<(), DispatchError> {
        let p = &self.prices;
        let positive = [("period_h", self.grid.period_h), ("power_factor", p.power_factor), ("days_per_month", p.days_per_month)];
        let not_negative = [
            ("demand_cny_per_kva_month", p.demand_cny_per_kva_month),
            ("curtailment_cny_per_kwh", p.curtailment_cny_per_kwh),
            ("wear_cny_per_kwh", p.wear_cny_per_kwh),
            ("loss_cny_per_kwh", p.loss_cny_per_kwh),
            ("voltage_cny_per_pu2_h", p.voltage_cny_per_pu2_h),
            ("carbon price_cny_per_kg", self.carbon.price_cny_per_kg),
            ("carbon growth", self.carbon.growth),
            ("carbon step_kg_per_h", self.carbon.step_kg_per_h),
        ];
        let bad = |quantity, value, rule| Err(DispatchError::BadValue { what: "dispatch", index: 0, quantity, value, rule });
        if let Some(&(quantity, value)) = positive.iter().find(|(_, v)| !(v.is_finite() && *v > 0.0)) {
            return bad(quantity, value, "above zero");
        }
        if let Some(&(quantity, value)) = not_negative.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
            return bad(quantity, value, "not negative");
        }
        if !(p.ev_efficiency > 0.0 && p.ev_efficiency <= 1.0) {
            return bad("ev_efficiency", p.ev_efficiency, "above 0, at most 1");
        }
        if !(p.vmin_pu > 0.0 && p.vmin_pu < p.vmax_pu) {
            return bad("vmin_pu", p.vmin_pu, "above zero and below vmax_pu");
        }
        if self.carbon.income_cny_per_kg > self.carbon.price_cny_per_kg {
            return bad("carbon income_cny_per_kg", self.carbon.income_cny_per_kg, "at most the price, or selling pays for buying");
        }
        Ok(())
    }

    fn check_plant(&self) -> Result<(), DispatchError> {
        for (index, source) in self.renewables.iter().enumerate() {
            self.position("renewable", index, source.bus)?;
            expect_length("available_kw", source.available_kw.len(), self.grid.periods)?;
            not_negative("renewable", index, "available_kw", source.available_kw.iter().copied())?;
        }
        for (index, set) in self.diesels.iter().enumerate() {
            self.position("diesel", index, set.bus)?;
            not_negative("diesel", index, "power", [set.power.value()])?;
        }
        for (index, bank) in self.capacitors.iter().enumerate() {
            self.position("capacitor", index, bank.bus)?;
            not_negative("capacitor", index, "step", [bank.step.value()])?;
        }
        for (index, limit) in self.node_limits.iter().enumerate() {
            self.position("node limit", index, limit.bus)?;
        }
        Ok(())
    }

    fn check_flexibility(&self) -> Result<(), DispatchError> {
        if self.evs.step_periods == 0 {
            let (what, quantity, rule) = ("EVs", "step_periods", "at least 1");
            return Err(DispatchError::BadValue { what, index: 0, quantity, value: 0.0, rule });
        }
        for (index, zone) in self.evs.zones.iter().enumerate() {
            for &(bus, _) in &zone.shares {
                self.position("zone", index, bus)?;
            }
            let whole: f64 = zone.shares.iter().map(|s| s.1).sum();
            if (whole - 1.0).abs() > 1e-9 {
                let (what, quantity, rule) = ("zone", "sum of shares", "1");
                return Err(DispatchError::BadValue { what, index, quantity, value: whole, rule });
            }
        }
        self.evs.stores.iter().enumerate().try_for_each(|(index, store)| self.check_store(index, store))
    }

    fn check_store(&self, index: usize, store: &Store) -> Result<(), DispatchError> {
        let bad = |quantity, value, rule| Err(DispatchError::BadValue { what: "store", index, quantity, value, rule });
        not_negative("store", index, "power_kw", store.power_kw.iter().copied())?;
        if let Some(&(zone, _)) = store.split.iter().find(|(zone, _)| self.zone_index(*zone).is_none()) {
            return Err(DispatchError::UnknownZone { store: index, zone });
        }
        let whole: f64 = store.split.iter().map(|s| s.1).sum();
        if (whole - 1.0).abs() > 1e-9 {
            return bad("sum of split", whole, "1");
        }
        let steps = self.grid.steps(self.evs.step_periods);
        if store.first >= steps {
            return bad("first", store.first as f64, "a step of the horizon");
        }
        if store.power_kw.is_empty() || store.power_kw.len() > steps {
            return bad("window", store.power_kw.len() as f64, "between one step and the horizon");
        }
        let needed = store.target_kwh - store.start_kwh;
        if store.v2g == V2g::Declined && needed < -1e-9 {
            return bad("target_kwh", store.target_kwh, "at least start_kwh without V2G");
        }
        let energy = store.power_kw.iter().zip(store.step_hours(self.grid, self.evs.step_periods)).map(|(power, hours)| power * hours);
        let possible = energy.sum::<f64>() * self.prices.ev_efficiency;
        if needed > possible + 1e-6 {
            let (needed, possible) = (Kwh(needed), Kwh(possible));
            return Err(DispatchError::UnreachableTarget { store: index, needed, possible, first: store.first });
        }
        if store.v2g == V2g::Accepted {
            for (quantity, value) in [("start_kwh", store.start_kwh), ("target_kwh", store.target_kwh)] {
                if value < store.floor_kwh - 1e-9 || value > store.capacity_kwh + 1e-9 {
                    return bad(quantity, value, "between floor_kwh and capacity_kwh");
                }
            }
        }
        Ok(())
    }

    pub(crate) fn position(&self, what: &'static str, index: usize, bus: BusId) -> Result<usize, DispatchError> {
        self.feeder.position(bus).ok_or(DispatchError::UnknownBus { what, index, bus })
    }

    /// Position of a bus that [`DispatchProblem::check`] has seen.
    pub(crate) fn at(&self, bus: BusId) -> usize {
        self.feeder.position(bus).expect("invariant: buses were checked")
    }

    /// Place of a zone in the list of those with EVs.
    pub(crate) fn zone_index(&self, zone: ZoneId) -> Option<usize> {
        self.evs.zones.iter().position(|z| z.zone == zone)
    }

    /// The voltage band.
    pub(crate) fn band(&self) -> (PerUnit, PerUnit) {
        (PerUnit(self.prices.vmin_pu), PerUnit(self.prices.vmax_pu))
    }
}

pub(crate) fn expect_length(quantity: &'static str, found: usize, expected: usize) -> Result<(), DispatchError> {
    if found == expected { Ok(()) } else { Err(DispatchError::Length { quantity, found, expected }) }
}

fn not_negative(
    what: &'static str,
    index: usize,
    quantity: &'static str,
    values: impl IntoIterator<Item = f64>,
) -> Result<(), DispatchError> {
    match values.into_iter().find(|v| !(v.is_finite() && *v >= 0.0)) {
        Some(value) => Err(DispatchError::BadValue { what, index, quantity, value, rule: "finite and not negative" }),
        None => Ok(()),
    }
}
