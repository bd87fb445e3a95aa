//! Gathering parking stays into stores.
//!
//! Stays of one zone that arrive in the same hour, leave in the same hour and agree on V2G share a
//! store. Small clusters of the same hours join across zones, with fixed shares of the zones: that
//! saves most of the stores and lends no vehicle hours that it does not have.

use crate::dispatch::error::DispatchError;
use crate::dispatch::store::{DispatchGrid, EvFlexibility, Store, V2g, ZoneShares};
use domain::{BusId, Kw, Kwh, ZoneId};
use std::collections::BTreeMap;

/// One parking stay with a charging need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvStay {
    /// Zone of the pile.
    pub zone: ZoneId,
    /// Bus of the pile.
    pub bus: BusId,
    /// Arrival \[h after the start of the horizon\]; zero or negative for a vehicle that is there
    /// already.
    pub arrive_h: f64,
    /// Departure \[h after the start of the horizon\].
    pub depart_h: f64,
    /// Largest charging power, and with V2G discharging power.
    pub power: Kw,
    /// Energy in the battery on arrival, or now for a vehicle that is there already.
    pub start: Kwh,
    /// Energy in the battery at departure.
    pub target: Kwh,
    /// Least energy that discharging may leave.
    pub floor: Kwh,
    /// Most energy in the battery.
    pub capacity: Kwh,
    /// Whether the battery may be discharged.
    pub v2g: V2g,
    /// The kind of period in which alone it takes energy; none: any.
    pub kind: Option<u8>,
}

/// When stays of a kind take energy, and all others always.
#[derive(Clone, Debug, Default)]
struct Allowed {
    /// By kind: hours of that kind from the start of the horizon to the start of each period.
    hours: BTreeMap<u8, Vec<f64>>,
    period_h: f64,
}

impl Allowed {
    fn new(kinds: &[u8], period_h: f64) -> Self {
        let mut hours = BTreeMap::new();
        for &kind in kinds {
            hours.entry(kind).or_insert_with(|| {
                let mut sum = 0.0;
                let after = kinds.iter().map(|&k| {
                    sum += if k == kind { period_h } else { 0.0 };
                    sum
                });
                std::iter::once(0.0).chain(after).collect::<Vec<f64>>()
            });
        }
        Self { hours, period_h }
    }

    /// Hours in which a stay may take energy between two moments \[h\].
    fn between(&self, stay: &EvStay, from_h: f64, to_h: f64) -> f64 {
        let Some(sums) = stay.kind.map(|kind| self.hours.get(&kind)) else {
            return (to_h - from_h).max(0.0);
        };
        let Some(sums) = sums else { return 0.0 };
        let until = |hour: f64| {
            let at = (hour / self.period_h).clamp(0.0, (sums.len() - 1) as f64);
            let (whole, part) = (at.floor() as usize, at.fract());
            let next = sums.get(whole + 1).copied().unwrap_or(sums[whole]);
            sums[whole] + part * (next - sums[whole])
        };
        (until(to_h) - until(from_h)).max(0.0)
    }
}

/// What happens to stays that outlast the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HorizonEnd {
    /// They go on at its beginning: the horizon is one day of many alike (day-ahead).
    Wrap,
    /// They end with it, and must by then have received their share of the energy by time
    /// (rolling).
    Prorate,
}

/// Which stays share a store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterParams {
    /// Arrivals and departures within the same window of so many hours share a store \[h\].
    pub window_h: f64,
    /// Clusters of fewer stays join those of the same hours in other zones, each zone keeping its
    /// share of the power.
    pub fewest_stays: usize,
    /// Only stays whose needs take about as long at full power share a store: needs between two
    /// neighbouring powers of this ratio. Vehicles that are full cannot stand in for others. 1 or
    /// less: all needs alike.
    pub need_ratio: f64,
    /// Stores hold their power over so many hours, whatever the length of a period \[h\].
    pub step_h: f64,
    /// Stays that outlast the horizon.
    pub end: HorizonEnd,
    /// Energy stored per energy metered, and metered per energy taken out.
    pub efficiency: f64,
}

impl Default for ClusterParams {
    fn default() -> Self {
        Self {
            window_h: 1.0,
            fewest_stays: 10,
            need_ratio: 2.0,
            step_h: 1.0,
            end: HorizonEnd::Wrap,
            efficiency: 0.95,
        }
    }
}

/// Gathers stays into stores, in fixed order. Targets are moved to what the stay can charge or
/// discharge.
///
/// # Errors
/// A stay that ends before it begins or lasts longer than a wrapping horizon, or has numbers that
/// are not finite.
pub fn cluster_stays(
    stays: &[EvStay],
    grid: DispatchGrid,
    params: &ClusterParams,
) -> Result<EvFlexibility, DispatchError> {
    cluster_stays_by_kind(stays, &[], grid, params)
}

/// The same where stays may be bound to a kind of period; `kinds` has the kind of each period.
///
/// # Errors
/// As [`cluster_stays`].
pub fn cluster_stays_by_kind(
    stays: &[EvStay],
    kinds: &[u8],
    grid: DispatchGrid,
    params: &ClusterParams,
) -> Result<EvFlexibility, DispatchError> {
    let allowed = Allowed::new(kinds, grid.period_h);
    let step_periods =
        ((params.step_h / grid.period_h).round() as usize).clamp(1, grid.periods.max(1));
    let mut clusters: BTreeMap<Hours, BTreeMap<ZoneId, Cluster>> = BTreeMap::new();
    let mut at_bus: BTreeMap<ZoneId, BTreeMap<BusId, usize>> = BTreeMap::new();
    for (index, stay) in stays.iter().enumerate() {
        check_stay(index, stay, grid, params)?;
        let Some(part) = Part::of(stay, grid, params, &allowed) else { continue };
        let bin = |hour: f64| (hour / params.window_h).floor() as i64;
        let class = part.need_class(stay, params);
        let hours = (stay.v2g, bin(part.from_h), bin(part.to_h), (stay.kind, class));
        let step_h = step_periods as f64 * grid.period_h;
        let of_zone = clusters.entry(hours).or_default().entry(stay.zone);
        of_zone
            .or_insert_with(|| Cluster::new(step_h, params.efficiency))
            .add(stay, part, &allowed);
        *at_bus.entry(stay.zone).or_default().entry(stay.bus).or_default() += 1;
    }
    let shares = |(zone, buses): (ZoneId, BTreeMap<BusId, usize>)| {
        let all: usize = buses.values().sum();
        ZoneShares {
            zone,
            shares: buses
                .into_iter()
                .map(|(bus, count)| (bus, count as f64 / all as f64))
                .collect(),
        }
    };
    let mut stores = Vec::new();
    for ((v2g, ..), by_zone) in clusters {
        let (large, small): (Vec<_>, Vec<_>) = by_zone
            .into_iter()
            .partition(|(_, cluster)| cluster.stays.len() >= params.fewest_stays);
        stores.extend(
            large.into_iter().map(|one| joined(vec![one], v2g, grid.steps(step_periods), &allowed)),
        );
        if !small.is_empty() {
            stores.push(joined(small, v2g, grid.steps(step_periods), &allowed));
        }
    }
    Ok(EvFlexibility { step_periods, zones: at_bus.into_iter().map(shares).collect(), stores })
}

/// V2G, window of arrival, window of departure, kind of period and class of need.
type Hours = (V2g, i64, i64, (Option<u8>, i32));

/// One store of the clusters of one or several zones.
fn joined(clusters: Vec<(ZoneId, Cluster)>, v2g: V2g, steps: usize, allowed: &Allowed) -> Store {
    let power: Vec<(ZoneId, f64)> =
        clusters.iter().map(|(zone, cluster)| (*zone, cluster.power_kw.values().sum())).collect();
    let whole: f64 = power.iter().map(|p| p.1).sum();
    let share = |kw: f64| if whole > 0.0 { kw / whole } else { 1.0 / power.len() as f64 };
    let split = power.iter().map(|&(zone, kw)| (zone, share(kw))).collect();
    let all = clusters.into_iter().map(|c| c.1).reduce(Cluster::joined);
    all.expect("invariant: there is a cluster").store(split, v2g, steps, allowed)
}

fn check_stay(
    index: usize,
    stay: &EvStay,
    grid: DispatchGrid,
    params: &ClusterParams,
) -> Result<(), DispatchError> {
    let bad = |quantity, value, rule| {
        Err(DispatchError::BadValue { what: "stay", index, quantity, value, rule })
    };
    let numbers = [
        ("arrive_h", stay.arrive_h),
        ("depart_h", stay.depart_h),
        ("power", stay.power.value()),
        ("start", stay.start.value()),
        ("target", stay.target.value()),
        ("floor", stay.floor.value()),
        ("capacity", stay.capacity.value()),
    ];
    if let Some((quantity, value)) = numbers.into_iter().find(|(_, value)| !value.is_finite()) {
        return bad(quantity, value, "finite");
    }
    if stay.depart_h <= stay.arrive_h {
        return bad("depart_h", stay.depart_h, "after the arrival");
    }
    if params.end == HorizonEnd::Wrap && stay.depart_h - stay.arrive_h.max(0.0) > grid.hours() {
        return bad("depart_h", stay.depart_h, "at most one horizon after the arrival");
    }
    if stay.power.value() < 0.0 {
        return bad("power", stay.power.value(), "not negative");
    }
    Ok(())
}

/// The part of a stay that lies in the horizon.
#[derive(Clone, Copy)]
struct Part {
    from_h: f64,
    to_h: f64,
    need_kwh: f64,
}

impl Part {
    fn of(
        stay: &EvStay,
        grid: DispatchGrid,
        params: &ClusterParams,
        allowed: &Allowed,
    ) -> Option<Self> {
        let from_h = stay.arrive_h.max(0.0);
        if from_h >= grid.hours() || stay.depart_h <= 0.0 {
            return None;
        }
        let (to_h, share) = match params.end {
            HorizonEnd::Wrap => (stay.depart_h, 1.0),
            HorizonEnd::Prorate => {
                let to_h = stay.depart_h.min(grid.hours());
                (to_h, (to_h - from_h) / (stay.depart_h - from_h))
            }
        };
        let most_kwh = stay.power.value() * allowed.between(stay, from_h, to_h);
        let need = ((stay.target - stay.start).value() * share)
            .min(most_kwh * params.efficiency)
            .max(-most_kwh / params.efficiency);
        let need_kwh = if stay.v2g == V2g::Accepted { need } else { need.max(0.0) };
        Some(Self { from_h, to_h, need_kwh })
    }

    /// The class of need, by the time that it takes at full power; needs of less than half an hour
    /// are one class, and energy to be given back is another.
    fn need_class(&self, stay: &EvStay, params: &ClusterParams) -> i32 {
        let hours = self.need_kwh / (stay.power.value() * params.efficiency).max(1e-9);
        if params.need_ratio <= 1.0 {
            0
        } else if hours < 0.0 {
            -1
        } else {
            ((hours / 0.5).max(1.0).ln() / params.need_ratio.ln()).floor() as i32
        }
    }

    /// Least and most energy at a moment with which the vehicle still reaches its target, and can
    /// have reached by then \[kWh\].
    fn bounds_kwh(
        &self,
        stay: &EvStay,
        hour: f64,
        efficiency: f64,
        allowed: &Allowed,
    ) -> (f64, f64) {
        let (start, target) = (stay.start.value(), stay.start.value() + self.need_kwh);
        let forth = |hours: f64| stay.power.value() * hours * efficiency;
        let back = |hours: f64| stay.power.value() * hours / efficiency;
        let past = allowed.between(stay, self.from_h, hour);
        let left = allowed.between(stay, hour, self.to_h);
        if hour <= self.from_h {
            return (start, start);
        }
        let (low, high) = (target - forth(left), start + forth(past));
        match stay.v2g {
            V2g::Declined => (low.max(start), high.min(target)),
            V2g::Accepted => {
                let (floor, capacity) = self.limits_kwh(stay);
                (
                    low.max(floor).max(start - back(past)),
                    high.min(capacity).min(target + back(left)),
                )
            }
        }
    }

    /// Floor and capacity: a battery that starts or ends beyond them is not asked to repair that at
    /// once.
    fn limits_kwh(&self, stay: &EvStay) -> (f64, f64) {
        let (start, end) = (stay.start.value(), stay.start.value() + self.need_kwh);
        (stay.floor.value().min(start).min(end), stay.capacity.value().max(start).max(end))
    }
}

/// A store while stays are added.
struct Cluster {
    step_h: f64,
    efficiency: f64,
    /// Step counted from the start of the horizon, beyond its end for stays that wrap.
    power_kw: BTreeMap<usize, f64>,
    stays: Vec<(EvStay, Part)>,
}

impl Cluster {
    fn new(step_h: f64, efficiency: f64) -> Self {
        Self { step_h, efficiency, power_kw: BTreeMap::new(), stays: Vec::new() }
    }

    fn add(&mut self, stay: &EvStay, part: Part, allowed: &Allowed) {
        let (from, to) = (part.from_h / self.step_h, part.to_h / self.step_h);
        for step in from.floor() as usize..to.ceil() as usize {
            let (begin, end) = (from.max(step as f64), to.min(step as f64 + 1.0));
            let presence =
                allowed.between(stay, begin * self.step_h, end * self.step_h) / self.step_h;
            *self.power_kw.entry(step).or_default() += stay.power.value() * presence;
        }
        self.stays.push((*stay, part));
    }

    fn joined(mut self, other: Self) -> Self {
        for (step, power) in other.power_kw {
            *self.power_kw.entry(step).or_default() += power;
        }
        self.stays.extend(other.stays);
        self
    }

    /// A window longer than the horizon (clusters are wider than their stays) goes on at its own
    /// beginning; its energies are then not bounded step by step.
    fn store(self, split: Vec<(ZoneId, f64)>, v2g: V2g, steps: usize, allowed: &Allowed) -> Store {
        let first = self.power_kw.keys().next().copied().unwrap_or(0);
        let last = self.power_kw.keys().next_back().copied().unwrap_or(0);
        let window = (last - first + 1).min(steps);
        let mut power_kw = vec![0.0; window];
        for (&step, power) in &self.power_kw {
            power_kw[(step - first) % steps] += power;
        }
        let sum = |of: &dyn Fn(&(EvStay, Part)) -> f64| self.stays.iter().map(of).sum::<f64>();
        let bounds_at = |step: usize| {
            let hour = (step + 1) as f64 * self.step_h;
            let all = self
                .stays
                .iter()
                .map(|(stay, part)| part.bounds_kwh(stay, hour, self.efficiency, allowed));
            all.fold((0.0, 0.0), |(low, high), (l, h)| (low + l, high + h))
        };
        Store {
            split,
            first: first % steps,
            v2g,
            start_kwh: sum(&|(stay, _)| stay.start.value()),
            target_kwh: sum(&|(stay, part)| stay.start.value() + part.need_kwh),
            floor_kwh: sum(&|(stay, part)| part.limits_kwh(stay).0),
            capacity_kwh: sum(&|(stay, part)| part.limits_kwh(stay).1),
            bounds_kwh: if window == last - first + 1 {
                (first..=last).map(bounds_at).collect()
            } else {
                Vec::new()
            },
            power_kw,
            stays: self.stays.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: DispatchGrid = DispatchGrid { periods: 24, period_h: 1.0 };

    fn stay(arrive_h: f64, depart_h: f64, need: f64) -> EvStay {
        EvStay {
            zone: ZoneId(1),
            bus: BusId(2),
            arrive_h,
            depart_h,
            power: Kw(7.0),
            start: Kwh(20.0),
            target: Kwh(20.0 + need),
            floor: Kwh(10.0),
            capacity: Kwh(50.0),
            v2g: V2g::Declined,
            kind: None,
        }
    }

    fn only_store(stays: &[EvStay], end: HorizonEnd) -> Store {
        let params = ClusterParams { end, fewest_stays: 1, ..ClusterParams::default() };
        let evs = cluster_stays(stays, HOURS, &params).expect("sound stays");
        assert_eq!((evs.zones.len(), evs.stores.len()), (1, 1), "{evs:?}");
        evs.stores[0].clone()
    }

    #[test]
    fn presence_counts_pro_rata_and_nights_wrap() {
        let store = only_store(&[stay(22.5, 25.25, 9.0), stay(22.0, 25.5, 7.0)], HorizonEnd::Wrap);
        assert_eq!((store.first, store.stays), (22, 2));
        // 22-23: 0.5 + 1, 23-24: 2, 0-1: 2, 1-2: 0.25 + 0.5 vehicles of 7 kW.
        assert_eq!(store.power_kw, [10.5, 14.0, 14.0, 5.25]);
        assert_eq!(store.windows(HOURS, 1).map(|w| w.start).collect::<Vec<_>>(), [22, 23, 0, 1]);
        assert!((store.target_kwh - store.start_kwh - 16.0).abs() < 1e-12);
    }

    #[test]
    fn a_rolling_horizon_asks_for_its_share() {
        // Two of four hours lie in the horizon: half of 8 kWh.
        let store = only_store(&[stay(22.0, 26.0, 8.0)], HorizonEnd::Prorate);
        assert_eq!((store.first, store.power_kw.len()), (22, 2));
        assert!((store.target_kwh - 24.0).abs() < 1e-12);
        // A vehicle that came three hours ago has all of its need left.
        let store = only_store(&[stay(-3.0, 2.0, 8.0)], HorizonEnd::Prorate);
        assert!(
            store.first == 0
                && store.power_kw.len() == 2
                && (store.target_kwh - 28.0).abs() < 1e-12
        );
    }

    #[test]
    fn steps_may_span_several_periods() {
        // 10 quarters of an hour in steps of an hour: 4 + 4 + 2 periods.
        let grid = DispatchGrid { periods: 10, period_h: 0.25 };
        let params = ClusterParams { end: HorizonEnd::Prorate, ..ClusterParams::default() };
        let evs = cluster_stays(&[stay(0.5, 9.0, 8.0)], grid, &params).expect("sound stays");
        let store = &evs.stores[0];
        assert_eq!(store.windows(grid, evs.step_periods).collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!(store.step_hours(grid, evs.step_periods).collect::<Vec<_>>(), [1.0, 1.0, 0.5]);
    }

    #[test]
    fn targets_are_lowered_to_what_the_stay_can_charge() {
        // One hour at 7 kW and 0.95: 6.65 kWh.
        let store = only_store(&[stay(3.0, 4.0, 30.0)], HorizonEnd::Wrap);
        assert!((store.target_kwh - 26.65).abs() < 1e-12);
    }

    #[test]
    fn stays_share_a_store_only_with_hours_zone_and_v2g_in_common() {
        let mut stays = vec![stay(3.1, 9.2, 5.0), stay(3.9, 9.8, 5.0), stay(4.1, 9.8, 5.0)];
        stays.push(EvStay { v2g: V2g::Accepted, ..stays[0] });
        stays.push(EvStay { zone: ZoneId(2), bus: BusId(7), ..stays[0] });
        let stores = |fewest_stays: usize| -> Vec<(usize, Vec<(ZoneId, f64)>)> {
            let params = ClusterParams { fewest_stays, ..ClusterParams::default() };
            let evs = cluster_stays(&stays, HOURS, &params).expect("sound stays");
            assert_eq!(evs.zones[1], ZoneShares { zone: ZoneId(2), shares: vec![(BusId(7), 1.0)] });
            evs.stores.into_iter().map(|s| (s.stays, s.split)).collect()
        };
        let one = |zone: u16| vec![(ZoneId(zone), 1.0)];
        assert_eq!(stores(1), [(2, one(1)), (1, one(2)), (1, one(1)), (1, one(1))]);
        // Small clusters of the same hours and kind join across zones: 6.1 + 5.9 hours in zone 1,
        // 6.1 in zone 2.
        let joined = stores(3);
        assert_eq!(joined.iter().map(|s| s.0).collect::<Vec<_>>(), [3, 1, 1]);
        assert!(
            (joined[0].1[0].1 - 12.0 / 18.1).abs() < 1e-9
                && (joined[0].1[1].1 - 6.1 / 18.1).abs() < 1e-9,
            "{joined:?}"
        );
    }

    #[test]
    fn impossible_stays_are_named() {
        for (odd, part) in [
            (stay(5.0, 5.0, 1.0), "stay 0: depart_h = 5 is not possible (after the arrival)"),
            (
                stay(5.0, 30.0, 1.0),
                "depart_h = 30 is not possible (at most one horizon after the arrival)",
            ),
            (stay(f64::NAN, 30.0, 1.0), "arrive_h = NaN"),
        ] {
            let message = cluster_stays(&[odd], HOURS, &ClusterParams::default())
                .expect_err(part)
                .to_string();
            assert!(message.contains(part), "{message:?} should say {part:?}");
        }
    }
}
