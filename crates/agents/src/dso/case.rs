//! What the DSO and the aggregators of a feeder know of it: network, plant at buses, zones, prices.
//! It never changes during a run.

use crate::environment::{Environment, Series};
use domain::{BusId, Kw, Kwh, PerUnit, ZoneId};
use grid::{
    CapacitorBank, CarbonRule, ClusterParams, DaySoFar, Diesel, DispatchError, DispatchGrid,
    DispatchPrices, DispatchProblem, EvFlexibility, EvStay, Feeder, HorizonEnd, InterZoneParams,
    NodeLimit, Partitions, Renewable, RenewableKind, TradeRequest, V2g, cluster_stays_by_kind,
};
use market::clearing::{Tie, TradeRules};
use market::elastic::{ElasticRules, PerKind, PeriodKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A PV plant or wind turbine at a bus; its series is a share of its power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusPlant {
    /// Where it feeds in.
    pub bus: BusId,
    /// PV or wind.
    pub kind: RenewableKind,
    /// Installed power \[kW\].
    pub power_kw: f64,
}

/// How the DSO acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DsoConduct {
    /// Whether it dispatches at all.
    pub dispatches: bool,
    /// Periods between two dispatches.
    pub every: i64,
    /// Whether zones are held to targets.
    pub targets: bool,
    /// What consuming more than it is allowed costs a zone in its own decisions (P0 eq. 22)
    /// \[CNY/kWh\].
    pub excess_cny_per_kwh: f64,
    /// Whether zones move their own vehicles inside a period to keep to their targets.
    pub own_correction: bool,
    /// Whether users' plans are known in advance.
    pub plans_known: bool,
}

/// What a problem is made from: how load, PV and wind are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// As metered, when a period has ended.
    Metered,
    /// As it is at an instant.
    Now,
    /// The period at hand when this share of it has passed.
    AtGate(f64),
    /// As forecast at the beginning of a period.
    From(i64),
}

/// What the buses of a feeder consume without vehicles.
#[derive(Clone, Debug)]
pub enum BusLoads {
    /// All of them follow one series: `load_kw` and `load_kvar` times its share.
    OneSeries,
    /// Each has series of its own, in the feeder's order.
    Own {
        /// Active power \[kW\].
        kw: Vec<Series>,
        /// Reactive power \[kvar\].
        kvar: Vec<Series>,
    },
}

impl BusLoads {
    /// Active power of a bus, by position, in a period \[kW\]; `peaks` are those of the one series,
    /// which is `share` of them.
    pub fn kw_at(&self, at: usize, period: i64, peaks: &[f64], share: &Series) -> f64 {
        match self {
            Self::OneSeries => peaks[at] * share.at(period),
            Self::Own { kw, .. } => kw[at].at(period),
        }
    }
    /// Reactive power, likewise \[kvar\].
    fn kvar_at(&self, at: usize, period: i64, peaks: &[f64], share: &Series) -> f64 {
        match self {
            Self::OneSeries => peaks[at] * share.at(period),
            Self::Own { kvar, .. } => kvar[at].at(period),
        }
    }
}

/// A feeder with everything that stands at its buses. Vectors by bus are in the feeder's order.
#[derive(Clone, Debug)]
pub struct FeederCase {
    /// The network.
    pub feeder: Feeder,
    /// Its zones, and those of electrical distance alone.
    pub partitions: Partitions,
    /// Base load by bus at the peak of the load series, or its mean where buses have series of
    /// their own \[kW\].
    pub load_kw: Vec<f64>,
    /// Reactive base load by bus, likewise \[kvar\].
    pub load_kvar: Vec<f64>,
    /// How the load of each bus goes on in time.
    pub bus_loads: Arc<BusLoads>,
    /// Load, PV and wind as shares of what is installed.
    pub shares: [Series; 3],
    /// PV and wind.
    pub plants: Vec<BusPlant>,
    /// Diesel sets.
    pub diesels: Vec<Diesel>,
    /// Switched capacitors.
    pub capacitors: Vec<CapacitorBank>,
    /// Bounds on buses.
    pub node_limits: Vec<NodeLimit>,
    /// Most import, if limited.
    pub import_limit: Option<Kw>,
    /// Prices of the dispatch.
    pub prices: DispatchPrices,
    /// Carbon.
    pub carbon: CarbonRule,
    /// How stays are gathered into stores.
    pub clusters: ClusterParams,
    /// The solution of least losses between zones.
    pub interzone: InterZoneParams,
    /// How demand answers to prices.
    pub elasticity: ElasticRules,
    /// Trades between zones.
    pub trades: TradeRules,
    /// How the DSO acts.
    pub conduct: DsoConduct,
    /// By zone (index = zone - 1): the stays of a usual day as the aggregator expects them; other
    /// people than those who come.
    pub expected: Vec<Vec<StayOutlook>>,
    /// By zone: its neighbours.
    pub neighbours: Vec<Vec<ZoneId>>,
    /// Branches between zones.
    pub ties: Vec<Tie>,
    /// By zone: how its EVs spread over its buses (position, share).
    pub homes: Vec<Vec<(usize, f64)>>,
}

/// A stay as an aggregator reports it: nobody's name. Hours count from the report's first period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StayOutlook {
    /// Bus of the pile.
    pub bus: u32,
    /// Arrival \[h\]; negative for a vehicle that is there already.
    pub arrive_h: f64,
    /// Departure \[h\].
    pub depart_h: f64,
    /// Charging power \[kW\].
    pub power_kw: f64,
    /// Energy in the battery on arrival or now \[kWh\].
    pub start_kwh: f64,
    /// Energy wanted at departure \[kWh\].
    pub target_kwh: f64,
    /// Energy that discharging must leave \[kWh\].
    pub floor_kwh: f64,
    /// Most energy in the battery \[kWh\].
    pub capacity_kwh: f64,
    /// Whether the owner accepts V2G.
    pub v2g: bool,
    /// Where demand answers to prices: energy that it will take in peak, flat and valley periods
    /// \[kWh at the pile\].
    pub answer_kwh: Option<PerKind>,
}

/// What must be charged of a stay that outlasts the horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
enum AtTheEnd {
    /// The share of its energy that is charged today at the same time of the day.
    AsToday(f64),
    /// The share of its time: nobody is there to compare with.
    ByTime,
}

impl AtTheEnd {
    /// Our reading: a horizon of 24 hours ends at the time of the day at which it begins, and then
    /// vehicles should lack no more than those lack that are there now.
    fn of(stays: &[Vec<StayOutlook>], horizon_h: f64) -> Self {
        let need = |s: &StayOutlook| s.target_kwh - s.start_kwh;
        let all = || stays.iter().flatten();
        let lacking: f64 = all().filter(|s| s.arrive_h <= 0.0).map(need).sum();
        let whole: f64 = all()
            .filter(|s| s.arrive_h > 0.0 && s.arrive_h < horizon_h && s.depart_h > horizon_h)
            .map(need)
            .sum();
        let there = all().any(|s| s.arrive_h <= 0.0);
        if there && whole > 0.0 {
            Self::AsToday((1.0 - lacking / whole).clamp(0.0, 1.0))
        } else {
            Self::ByTime
        }
    }
}

impl StayOutlook {
    /// The stay as far as the horizon goes.
    fn stay(&self, zone: ZoneId, horizon_h: f64, end: AtTheEnd) -> EvStay {
        let (from_h, depart_h) =
            (self.arrive_h.max(0.0), self.depart_h.min(self.arrive_h.max(0.0) + 24.0));
        let share = match end {
            _ if depart_h <= horizon_h => 1.0,
            AtTheEnd::AsToday(share) => share,
            AtTheEnd::ByTime => (horizon_h - from_h) / (depart_h - from_h),
        };
        EvStay {
            zone,
            bus: BusId(self.bus),
            arrive_h: self.arrive_h,
            depart_h: depart_h.min(horizon_h),
            power: Kw(self.power_kw),
            start: Kwh(self.start_kwh),
            target: Kwh(self.start_kwh + share * (self.target_kwh - self.start_kwh)),
            floor: Kwh(self.floor_kwh),
            capacity: Kwh(self.capacity_kwh),
            v2g: if self.v2g { V2g::Accepted } else { V2g::Declined },
            kind: None,
        }
    }

    /// The stay as parts that are each bound to the kind of period of their answer, and with V2G
    /// one that gives and takes back across kinds. What no kind takes may be charged whenever.
    fn parts(&self, zone: ZoneId, efficiency: f64, answer_kwh: PerKind) -> Vec<EvStay> {
        let whole = EvStay {
            zone,
            bus: BusId(self.bus),
            arrive_h: self.arrive_h,
            depart_h: self.depart_h,
            power: Kw(self.power_kw),
            start: Kwh(0.0),
            target: Kwh(0.0),
            floor: Kwh(0.0),
            capacity: Kwh(self.capacity_kwh),
            v2g: V2g::Declined,
            kind: None,
        };
        let need_kwh = self.target_kwh - self.start_kwh;
        let answered_kwh = answer_kwh.iter().sum::<f64>() * efficiency;
        let of_kind = |(kind, kwh): (u8, f64)| EvStay {
            target: Kwh(kwh * efficiency),
            kind: Some(kind),
            ..whole
        };
        let mut all: Vec<EvStay> =
            (0..).zip(answer_kwh).filter(|(_, kwh)| *kwh > 1e-6).map(of_kind).collect();
        let free_kwh = need_kwh - answered_kwh;
        if self.v2g {
            let (start, target) = (self.start_kwh, self.start_kwh + free_kwh);
            let (start, target) = (Kwh(start), Kwh(target));
            let floor = Kwh(self.floor_kwh);
            all.push(EvStay { start, target, floor, v2g: V2g::Accepted, ..whole });
        } else if free_kwh > 1e-6 {
            all.push(EvStay { target: Kwh(free_kwh), ..whole });
        }
        all
    }
}

impl FeederCase {
    /// Zone of a bus.
    pub fn zone_of(&self, bus: BusId) -> ZoneId {
        self.feeder.position(bus).map_or(ZoneId(0), |at| self.partitions.combined.zone_of[at])
    }
    /// Zone of each bus position.
    pub fn zones_by_bus(&self) -> &[ZoneId] {
        &self.partitions.combined.zone_of
    }
    /// Sums of a vector by bus over the buses of a zone.
    pub fn zone_sum(&self, zone: ZoneId, by_bus: &[f64]) -> f64 {
        self.zones_by_bus().iter().zip(by_bus).filter(|(z, _)| **z == zone).map(|(_, x)| x).sum()
    }
    /// The zones, by number.
    fn zones(&self) -> impl Iterator<Item = ZoneId> + use<> {
        let most = self.zones_by_bus().iter().map(|zone| zone.0).max().unwrap_or(0);
        (1..=most).map(ZoneId)
    }
    /// Base load of a bus, by position \[kW\].
    pub fn load_kw_at(&self, at: usize, period: i64) -> f64 {
        self.bus_loads.kw_at(at, period, &self.load_kw, &self.shares[0])
    }
    /// Reactive base load of a bus, by position \[kvar\].
    fn load_kvar_at(&self, at: usize, period: i64) -> f64 {
        self.bus_loads.kvar_at(at, period, &self.load_kvar, &self.shares[0])
    }
    /// Installed power of a zone's plants of a kind \[kW\].
    pub fn installed_kw(&self, zone: ZoneId, kind: RenewableKind) -> f64 {
        let own = self.plants.iter().filter(|p| p.kind == kind && self.zone_of(p.bus) == zone);
        own.map(|p| p.power_kw).sum()
    }
    /// Puts a zone's load of so many kW in the place of what stands in `row`: over its buses as
    /// `nominal` (active or reactive) is to the active load at the peak; where there is none, evenly
    /// `without_load` in all.
    fn spread_load(
        &self,
        zone: ZoneId,
        nominal: &[f64],
        kw: f64,
        without_load: f64,
        row: &mut [f64],
    ) {
        let peak_kw = self.zone_sum(zone, &self.load_kw);
        let buses = self.zones_by_bus().iter().filter(|z| **z == zone).count();
        let own = row.iter_mut().zip(nominal).zip(self.zones_by_bus());
        for ((value, nominal), _) in own.filter(|(_, z)| **z == zone) {
            *value =
                if peak_kw > 0.0 { kw * nominal / peak_kw } else { without_load / buses as f64 };
        }
    }
    /// The same case with another voltage at the substation \[p.u.\].
    pub fn with_substation(&self, vm_pu: f64) -> Self {
        Self { feeder: self.feeder.with_slack_voltage(PerUnit(vm_pu)), ..self.clone() }
    }
    /// Whether load or plant stands at the substation's own bus.
    pub fn stands_at_substation(&self) -> bool {
        let slack = self.feeder.slack();
        let here = |bus: BusId| self.feeder.position(bus) == Some(slack);
        self.load_kw[slack] != 0.0
            || self.plants.iter().any(|p| here(p.bus))
            || self.diesels.iter().any(|d| here(d.bus))
    }
    /// Power of the diesel sets of a zone that must run, and full power of the others: what a zone
    /// counts on as long as nothing was dispatched \[kW\].
    pub fn diesel_kw(&self, zone: ZoneId) -> f64 {
        self.diesels.iter().filter(|d| self.zone_of(d.bus) == zone).map(|d| d.power.value()).sum()
    }
    /// A trade as the network sees it: more at the EVs' buses of the buyer, less at those of the
    /// seller.
    pub fn trade_request(&self, buyer: u16, seller: u16, power_kw: f64) -> TradeRequest<'_> {
        TradeRequest {
            buyer: ZoneId(buyer),
            buyer_shares: &self.homes[usize::from(buyer) - 1],
            seller: ZoneId(seller),
            seller_shares: &self.homes[usize::from(seller) - 1],
            power: Kw(power_kw),
        }
    }
    /// Reported stays as stores of the dispatch; `kinds` has the kind of each period, where
    /// demand answers to prices.
    ///
    /// # Errors
    /// A stay with impossible numbers.
    pub fn flexibility(
        &self,
        stays: &[Vec<StayOutlook>],
        kinds: &[PeriodKind],
        grid: DispatchGrid,
    ) -> Result<EvFlexibility, DispatchError> {
        let efficiency = self.prices.ev_efficiency;
        let (horizon_h, end) = (grid.hours(), AtTheEnd::of(stays, grid.hours()));
        let by_zone = stays.iter().enumerate();
        let all: Vec<EvStay> = by_zone
            .flat_map(|(z, list)| {
                let zone = ZoneId(z as u16 + 1);
                list.iter().flat_map(move |s| match s.answer_kwh {
                    // What outlasts the horizon is bound by the next dispatches.
                    Some(answer) if s.depart_h <= horizon_h => s.parts(zone, efficiency, answer),
                    _ => vec![s.stay(zone, horizon_h, end)],
                })
            })
            .filter(|s| s.depart_h > s.arrive_h.max(0.0) + 1e-3)
            .collect();
        let kinds: Vec<u8> = kinds.iter().map(|kind| *kind as u8).collect();
        cluster_stays_by_kind(
            &all,
            &kinds,
            grid,
            &ClusterParams { end: HorizonEnd::Prorate, ..self.clusters },
        )
    }
    /// The dispatch of `periods` periods from `first` on.
    pub fn problem<'a>(
        &'a self,
        seen: Seen,
        first: i64,
        periods: usize,
        evs: EvFlexibility,
        so_far: DaySoFar,
        env: &Environment,
    ) -> DispatchProblem<'a> {
        let span = first..first + periods as i64;
        let factor = |zone: ZoneId, kind: usize, period: i64| match seen {
            Seen::Metered | Seen::Now => 1.0,
            Seen::AtGate(elapsed) => env.nowcast_factor(zone.0, kind, period, elapsed),
            Seen::From(now) => env.forecast_factor(zone.0, kind, now, period),
        };
        let given = |zone: ZoneId, kind: usize, period: i64| match seen {
            Seen::Metered | Seen::AtGate(_) => {
                env.outside.zone_mean_kw(zone.0, kind, period, env.grid)
            }
            Seen::Now => env.outside.zone_now_kw(zone.0, kind),
            Seen::From(_) => None,
        };
        let spread = |nominal: &[f64],
                      at: fn(&Self, usize, i64) -> f64,
                      without_load: fn(f64) -> f64|
         -> Vec<f64> {
            let row = |t: i64| {
                let row = self.zones_by_bus().iter().enumerate();
                let mut row: Vec<f64> =
                    row.map(|(b, z)| at(self, b, t) * factor(*z, 0, t)).collect();
                for zone in self.zones() {
                    if let Some(kw) = given(zone, 0, t) {
                        let kw = kw * factor(zone, 0, t);
                        self.spread_load(zone, nominal, kw, without_load(kw), &mut row);
                    }
                }
                row
            };
            span.clone().flat_map(row).collect()
        };
        let renewable = |p: &BusPlant| {
            let kind = if p.kind == RenewableKind::Pv { 1 } else { 2 };
            let zone = self.zone_of(p.bus);
            let power = |t: i64| match given(zone, kind, t) {
                Some(kw) => kw * p.power_kw / self.installed_kw(zone, p.kind),
                None => p.power_kw * self.shares[kind].at(t),
            };
            let available_kw =
                span.clone().map(|t| (power(t) * factor(zone, kind, t)).max(0.0)).collect();
            Renewable { bus: p.bus, kind: p.kind, available_kw }
        };
        DispatchProblem {
            feeder: &self.feeder,
            grid: DispatchGrid { periods, period_h: env.grid.hours().value() },
            load_kw: spread(&self.load_kw, Self::load_kw_at, |kw| kw),
            load_kvar: spread(&self.load_kvar, Self::load_kvar_at, |_| 0.0),
            renewables: self.plants.iter().map(renewable).collect(),
            diesels: self.diesels.clone(),
            evs,
            capacitors: self.capacitors.clone(),
            node_limits: self.node_limits.clone(),
            import_limit: self.import_limit,
            tou_cny_per_kwh: span.clone().map(|t| env.wholesale(t).value()).collect(),
            prices: self.prices,
            carbon: self.carbon,
            so_far,
        }
    }
}
