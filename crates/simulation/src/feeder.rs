//! From a feeder scenario to its zones: users at buses, the partition of the first day, series by
//! zone.

use agents::{
    BusPlant, DsoConduct, Environment, FeederCase, Purpose, Series, StayOutlook, ZoneSeries,
    stable_id, stream,
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
/// shares of what is installed.
///
/// # Errors
/// Zone sizes that the network cannot have.
pub fn plan(
    s: &Scenario,
    rules: &FeederRules,
    feeder: Feeder,
    homes: Vec<Vec<BusId>>,
    shares: [Series; 3],
    seeds: Seeds,
) -> Result<Plan, PlanError> {
    let segments = &s.fleet.spec.segments;
    let usual = usual_day(segments, &homes, seeds);
    let plants: Vec<BusPlant> = rules
        .renewables
        .iter()
        .map(|r| BusPlant { bus: r.bus, kind: r.kind, power_kw: r.power_kw })
        .collect();
    let load_kw: Vec<f64> = feeder.nominal_p_kw().iter().map(|p| p * rules.load_level).collect();
    let load_kvar: Vec<f64> =
        feeder.nominal_q_kvar().iter().map(|q| q * rules.load_level).collect();
    let grid = PeriodGrid { per_day: i64::from(s.periods_per_day) };
    let needs =
        needs(&feeder, rules, &plants, &load_kw, &shares, &usual, grid, s.market.access.pile_kw)?;
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
    load_kw: &[f64],
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
    let loads = day.clone().flat_map(|t| load_kw.iter().map(move |kw| kw * shares[0].at(t)));
    let problem = DispatchProblem {
        feeder,
        grid: DispatchGrid { periods: grid.per_day as usize, period_h: grid.hours().value() },
        load_kw: loads.collect(),
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
    ZoneSeries {
        load_kw: scaled(0, case.zone_sum(zone, &case.load_kw)),
        pv_kw: scaled(1, installed(RenewableKind::Pv)),
        wind_kw: scaled(2, installed(RenewableKind::Wind)),
        ..like.clone()
    }
}

/// Piles of a zone.
pub fn piles(env: &Environment, evs_of_zone: usize) -> u32 {
    if env.pile_for_each() { evs_of_zone as u32 } else { env.market.access.piles }
}
