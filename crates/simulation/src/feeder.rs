//! From a feeder scenario to its zones: users at buses, the partition of the first day, series by
//! zone.

use agents::{
    BusLoads, BusPlant, DsoConduct, Environment, FeederCase, Purpose, Series, StayOutlook,
    ZoneSeries, stable_id, stream,
};
use clock::{Group, Seeds};
use domain::{BusId, Kw, Kwh, PeriodGrid, ZoneId};
use grid::{
    DaySoFar, DispatchError, DispatchGrid, DispatchProblem, EvFlexibility, EvStay, Feeder,
    PartitionError, Partitions, Renewable, RenewableKind, V2g, ZoneNeeds, partition, zone_needs,
};
use market::clearing::{Tie, loss_per_kwh};
use population::{DayPlan, Person, SegmentSpec, TablePerson, draw_day, draw_person};
use scenario::{FeederRules, Foresight, HomeRule, Scenario};
use std::sync::Arc;

/// Draws of the usual day use stable ids beyond those of the fleet: other people by the same laws.
const OTHER_PEOPLE: u64 = 1 << 62;

/// Why a feeder has no zones.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Zone sizes that the network cannot have.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// A plant at a bus that the network does not have.
    #[error(transparent)]
    Needs(#[from] DispatchError),
}

/// A feeder, its zones, and the bus of every EV by segment and index.
pub struct Plan {
    /// What the agents know.
    pub case: FeederCase,
    /// By segment, by index: where it lives.
    pub homes: Vec<Vec<BusId>>,
}

impl Plan {
    /// How many zones there are.
    pub fn zones(&self) -> u16 {
        self.case.neighbours.len() as u16
    }
}

/// Makes zones from the first day's forecast. `shares` are the series of load, PV and wind as
/// shares of what is installed; buses may have loads of their own.
///
/// # Errors
/// Zone sizes that the network cannot have.
pub fn plan(
    s: &Scenario,
    rules: &FeederRules,
    feeder: Feeder,
    homes: Vec<Vec<BusId>>,
    shares: [Series; 3],
    bus_loads: Arc<BusLoads>,
    seeds: Seeds,
) -> Result<Plan, PlanError> {
    let segments = &s.fleet.spec.segments;
    let usual = usual_day(segments, &homes, seeds);
    let plants: Vec<BusPlant> = rules
        .renewables
        .iter()
        .map(|r| BusPlant { bus: r.bus, kind: r.kind, power_kw: r.power_kw })
        .collect();
    let means = |all: &[Series]| -> Vec<f64> { all.iter().map(|x| mean(&x.values)).collect() };
    let at_level = |nominal: Vec<f64>| nominal.iter().map(|x| x * rules.load_level).collect();
    let (load_kw, load_kvar): (Vec<f64>, Vec<f64>) = match &*bus_loads {
        BusLoads::OneSeries => (at_level(feeder.nominal_p_kw()), at_level(feeder.nominal_q_kvar())),
        BusLoads::Own { kw, kvar } => (means(kw), means(kvar)),
    };
    let grid = PeriodGrid { per_day: i64::from(s.periods_per_day) };
    let loads = (0..grid.per_day).flat_map(|t| (0..load_kw.len()).map(move |bus| (bus, t)));
    let loads = loads.map(|(bus, t)| bus_loads.kw_at(bus, t, &load_kw, &shares[0])).collect();
    let needs =
        needs(&feeder, rules, &plants, loads, &shares, &usual, grid, s.market.access.pile_kw)?;
    let partitions = partition(&feeder, &needs, &rules.partition)?;
    let zones = partitions.combined.zones.len();
    let zone_at =
        |bus: BusId| feeder.position(bus).map_or(ZoneId(0), |at| partitions.combined.zone_of[at]);
    let mut expected = vec![Vec::new(); zones];
    for stay in &usual {
        if let Some(list) =
            expected.get_mut(usize::from(zone_at(BusId(stay.bus)).0).wrapping_sub(1))
        {
            list.push(*stay);
        }
    }
    let numbers = (1..=zones as u16).map(ZoneId);
    let case = FeederCase {
        neighbours: numbers.clone().map(|z| partitions.combined.neighbours(&feeder, z)).collect(),
        ties: ties(&feeder, &partitions, grid),
        homes: numbers.map(|z| shares_of_zone(&feeder, &partitions, &homes, z)).collect(),
        expected,
        partitions,
        load_kw,
        load_kvar,
        bus_loads,
        shares,
        plants,
        diesels: rules.diesels.clone(),
        capacitors: rules.capacitors.clone(),
        node_limits: rules.node_limits.clone(),
        import_limit: rules.import_limit,
        prices: rules.prices,
        carbon: rules.carbon,
        clusters: rules.clusters,
        interzone: rules.interzone,
        elasticity: rules.elasticity,
        trades: rules.trades,
        conduct: DsoConduct {
            dispatches: rules.dso.enabled,
            every: i64::from(rules.dso.redispatch_every),
            targets: rules.dso.targets,
            excess_cny_per_kwh: rules.dso.excess_cny_per_kwh,
            own_correction: rules.dso.own_correction,
            plans_known: rules.dso.foresight == Foresight::Perfect,
        },
        feeder,
    };
    Ok(Plan { case, homes })
}

/// Buses of all EVs of every segment: so many to each bus as its weight says, the remainder to the
/// largest fractions, mixed evenly. A table of people says where its people live.
pub fn homes(
    feeder: &Feeder,
    rule: HomeRule,
    counts: &[u32],
    people: Option<&[TablePerson]>,
) -> Vec<Vec<BusId>> {
    let nominal = feeder.nominal_p_kw();
    let weight = |b: usize| match rule {
        _ if b == feeder.slack() || nominal[b] <= 0.0 => 0.0,
        HomeRule::ByLoad => nominal[b],
        HomeRule::Even => 1.0,
    };
    let weights: Vec<f64> = (0..nominal.len()).map(weight).collect();
    let whole: f64 = weights.iter().sum();
    let bus_at = |share: f64| {
        let mut left = share * whole;
        let at = weights.iter().position(|w| {
            left -= w;
            left < 0.0
        });
        feeder.buses()
            [at.unwrap_or_else(|| weights.iter().rposition(|w| *w > 0.0).unwrap_or(feeder.slack()))]
        .id
    };
    // A low-discrepancy order: any run of EVs spreads over the buses by weight.
    let golden = 0.618_033_988_749_894_9;
    let mut homes: Vec<Vec<BusId>> = counts
        .iter()
        .map(|&n| (0..n).map(|i| bus_at((0.5 + f64::from(i) * golden).fract())).collect())
        .collect();
    let mut indices = vec![0; counts.len()];
    for person in people.unwrap_or_default() {
        let segment = usize::from(person.segment);
        if let Some(bus) = person.bus {
            homes[segment][indices[segment]] = BusId(bus);
        }
        indices[segment] += 1;
    }
    homes
}

/// The stays of a usual day: people by the fleet's laws who are not the fleet.
fn usual_day(segments: &[SegmentSpec], homes: &[Vec<BusId>], seeds: Seeds) -> Vec<StayOutlook> {
    let mut all = Vec::new();
    for (i, (segment, buses)) in segments.iter().zip(homes).enumerate() {
        for (index, bus) in buses.iter().enumerate() {
            let stable = stable_id(i as u16, index as u32) | OTHER_PEOPLE;
            let mut draws =
                seeds.draws(Group::Population, stream::EV, Purpose::Person as u16, stable, 0);
            let person = draw_person(segment, &mut || draws.uniform());
            let mut draws =
                seeds.draws(Group::Exogenous, stream::EV, Purpose::Day as u16, stable, 0);
            let day = draw_day(segment, &person, &mut || draws.uniform());
            all.push(outlook(&person, &day, *bus));
        }
    }
    all
}

fn outlook(person: &Person, day: &DayPlan, bus: BusId) -> StayOutlook {
    let battery = person.vehicle.battery_kwh;
    let target_kwh = person.target_soc * battery;
    StayOutlook {
        bus: bus.0,
        arrive_h: day.arrival_h,
        depart_h: day.departure_h.min(day.arrival_h + 24.0),
        power_kw: person.vehicle.charge_kw,
        start_kwh: (target_kwh - day.need.missing_kwh(person)).max(0.0),
        target_kwh,
        floor_kwh: person.floor_soc * battery,
        capacity_kwh: battery,
        v2g: person.v2g,
        answer_kwh: None,
    }
}

/// What the partition looks at: load, net load and EV potential of the first day by bus (P0 eq.
/// 14-20).
///
/// # Errors
/// A stay or a plant at a bus that the feeder does not have.
#[allow(clippy::too_many_arguments)]
fn needs(
    feeder: &Feeder,
    rules: &FeederRules,
    plants: &[BusPlant],
    load_kw: Vec<f64>,
    shares: &[Series; 3],
    usual: &[StayOutlook],
    grid: PeriodGrid,
    pile_kw: f64,
) -> Result<ZoneNeeds, DispatchError> {
    let day = 0..grid.per_day;
    let renewable = |p: &BusPlant| {
        let kind = if p.kind == RenewableKind::Pv { 1 } else { 2 };
        let available_kw = day.clone().map(|t| p.power_kw * shares[kind].at(t)).collect();
        Renewable { bus: p.bus, kind: p.kind, available_kw }
    };
    let problem = DispatchProblem {
        feeder,
        grid: DispatchGrid { periods: grid.per_day as usize, period_h: grid.hours().value() },
        load_kw,
        load_kvar: Vec::new(),
        renewables: plants.iter().map(renewable).collect(),
        diesels: Vec::new(),
        evs: EvFlexibility::none(),
        capacitors: Vec::new(),
        node_limits: Vec::new(),
        import_limit: None,
        tou_cny_per_kwh: Vec::new(),
        prices: rules.prices,
        carbon: rules.carbon,
        so_far: DaySoFar::default(),
    };
    let stay = |s: &StayOutlook| EvStay {
        zone: ZoneId(0),
        bus: BusId(s.bus),
        arrive_h: s.arrive_h,
        depart_h: s.depart_h,
        power: Kw(s.power_kw.min(pile_kw)),
        start: Kwh(s.start_kwh),
        target: Kwh(s.target_kwh),
        floor: Kwh(s.floor_kwh),
        capacity: Kwh(s.capacity_kwh),
        v2g: if s.v2g { V2g::Accepted } else { V2g::Declined },
        kind: None,
    };
    zone_needs(&problem, &usual.iter().map(stay).collect::<Vec<EvStay>>())
}

fn ties(feeder: &Feeder, partitions: &Partitions, grid: PeriodGrid) -> Vec<Tie> {
    let tie = |(branch, a, b): (usize, ZoneId, ZoneId)| Tie {
        zones: [a, b],
        loss_per_kwh: loss_per_kwh(
            feeder.branches()[branch].r_ohm,
            feeder.base_kv(),
            grid.hours().value(),
        ),
    };
    partitions.combined.ties(feeder).into_iter().map(tie).collect()
}

/// How the EVs of a zone spread over its buses; a zone without EVs is spread evenly.
fn shares_of_zone(
    feeder: &Feeder,
    partitions: &Partitions,
    homes: &[Vec<BusId>],
    zone: ZoneId,
) -> Vec<(usize, f64)> {
    let mut count = vec![0.0_f64; feeder.buses().len()];
    let own: Vec<usize> =
        (0..count.len()).filter(|&b| partitions.combined.zone_of[b] == zone).collect();
    for at in homes.iter().flatten().filter_map(|bus| feeder.position(*bus)) {
        count[at] += 1.0;
    }
    let all: f64 = own.iter().map(|&b| count[b]).sum();
    let even = 1.0 / own.len().max(1) as f64;
    own.iter()
        .map(|&b| (b, if all > 0.0 { count[b] / all } else { even }))
        .filter(|s| s.1 > 0.0)
        .collect()
}

/// Loads of buses as the feeder's buses have them, and how what is not said is filled.
///
/// # Errors
/// Buses that the network does not have or that stand twice, and buses whose nominal load has no
/// column; a text for each.
pub fn bus_loads(feeder: &Feeder, given: &[scenario::BusLoad]) -> Result<BusLoads, Vec<String>> {
    const SHOWN: usize = 5;
    let Some(first) = given.first() else { return Ok(BusLoads::OneSeries) };
    let series = |x: &scenario::Series, factor: f64| Series {
        values: x.values().iter().map(|v| v * factor).collect(),
        first: x.first_period(),
        per_day: x.per_day() as i64,
    };
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let mut kw = vec![series(&first.kw, 0.0); p.len()];
    let mut kvar = kw.clone();
    let mut seen = vec![false; p.len()];
    let mut problems = Vec::new();
    for load in given {
        let name = &load.bus;
        let Some(at) = feeder.find(name).and_then(|bus| feeder.position(bus)) else {
            problems.push(format!("column `bus_{name}_kw`: the network has no bus `{name}`"));
            continue;
        };
        if std::mem::replace(&mut seen[at], true) {
            problems.push(format!("column `bus_{name}_kw`: this bus has another column"));
        }
        kw[at] = series(&load.kw, 1.0);
        kvar[at] = match &load.kvar {
            Some(own) => series(own, 1.0),
            // At the power factor of the nominal load.
            None => series(&load.kw, if p[at] > 0.0 { q[at] / p[at] } else { 0.0 }),
        };
    }
    let silent: Vec<String> = (0..p.len())
        .filter(|&at| !seen[at] && (p[at] != 0.0 || q[at] != 0.0))
        .map(|at| {
            let bus = &feeder.buses()[at];
            bus.name.clone().unwrap_or_else(|| bus.id.0.to_string())
        })
        .collect();
    if !silent.is_empty() {
        let more = silent.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        problems.push(format!(
            "buses with a nominal load have no column: {}{more}; give each one, 0 where nothing is \
             consumed",
            silent.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    if problems.is_empty() { Ok(BusLoads::Own { kw, kvar }) } else { Err(problems) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Load, PV and wind of each zone \[kW\]: shares of what stands at its buses.
pub fn zone_series(case: &FeederCase, zone: ZoneId, like: &ZoneSeries) -> ZoneSeries {
    let scaled = |kind: usize, kw: f64| Series {
        values: case.shares[kind].values.iter().map(|x| x * kw).collect(),
        ..case.shares[kind].clone()
    };
    let installed = |kind: RenewableKind| -> f64 {
        case.plants
            .iter()
            .filter(|p| p.kind == kind && case.zone_of(p.bus) == zone)
            .map(|p| Kw(p.power_kw).value())
            .sum()
    };
    let load_kw = match &*case.bus_loads {
        BusLoads::OneSeries => scaled(0, case.zone_sum(zone, &case.load_kw)),
        BusLoads::Own { kw, .. } => {
            let own = kw.iter().zip(case.zones_by_bus()).filter(|(_, z)| **z == zone);
            let mut sum = vec![0.0; kw[0].values.len()];
            for (series, _) in own {
                sum.iter_mut().zip(series.values.iter()).for_each(|(s, x)| *s += x);
            }
            Series { values: sum.into(), ..kw[0].clone() }
        }
    };
    ZoneSeries {
        load_kw,
        pv_kw: scaled(1, installed(RenewableKind::Pv)),
        wind_kw: scaled(2, installed(RenewableKind::Wind)),
        ..like.clone()
    }
}

/// Piles of a zone.
pub fn piles(env: &Environment, evs_of_zone: usize) -> u32 {
    if env.pile_for_each() { evs_of_zone as u32 } else { env.market.access.piles }
}
