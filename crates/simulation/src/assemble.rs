//! From a checked scenario to a world at its beginning.

use crate::belief::{fleet_belief, price_belief};
use crate::cell::Shared;
use crate::feeder;
use crate::group_case;
use crate::needs::{Needs, Size, needs_of_size};
use crate::parts::Own;
use crate::people::read_people;
use crate::replay;
use crate::world::World;
use agents::{
    BusLoads, DayTariff, Environment, Ev, GridPrice, ModelCase, Purpose, RecordedStay,
    ScheduleSpec, Series, Zone, ZoneSeries, stable_id, stream,
};
use clock::{Group, Seeds};
use domain::{BusId, EvId, Names, PeriodGrid, Time, ZoneId};
use grid::{FlowOptions, PowerFlow, Switch};
use indicators::{Context, PriceEnds};
use market::pricing::{DemandLaw, PricingError};
use population::{
    BehaviourModel, BreachTerms, FleetError, LatenessRisk, TablePerson, class_names, draw_person,
};
use record::{Provenance, TableOptions};
use scenario::{
    Loaded, Model, Problem, Problems, RetailPrice, Scenario, SeriesData, SeriesSource, SeriesYear,
    load_series,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Why a checked scenario still does not make a world.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// Series or people's tables are wrong.
    #[error("{0}")]
    Problems(Problems),
    /// The fleet cannot be counted.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The pricing agent's belief is no law.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// The feeder cannot be divided into zones.
    #[error(transparent)]
    Feeder(#[from] feeder::PlanError),
}

/// What a run needs that does not change from one replication to the next: read once, used by many
/// runs.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The scenario.
    pub scenario: Scenario,
    series: SeriesData,
    /// The days from which `series` was cut, if days are drawn.
    year: Option<Arc<SeriesYear>>,
    people: Option<Arc<[TablePerson]>>,
    /// Recorded stays of every EV, where sessions are replayed.
    replay: Arc<Vec<Vec<RecordedStay>>>,
    counts: Vec<u32>,
    /// The network of a feeder.
    network: Option<grid::Feeder>,
    /// What its buses consume.
    bus_loads: Arc<BusLoads>,
    /// How many zones there are.
    zone_count: u32,
    /// What is allowed but probably not meant, or was assumed of files.
    pub warnings: Vec<Problem>,
    /// How files were understood.
    pub notes: Vec<String>,
}

impl Prepared {
    /// Reads the series and the people that a scenario names.
    ///
    /// # Errors
    /// What is wrong with the files, or with the number of EVs.
    pub fn read(loaded: &Loaded) -> Result<Self, AssembleError> {
        let series = load_series(loaded).map_err(AssembleError::Problems)?;
        Self::read_with(loaded, series, None)
    }

    /// The same with days to draw from, in the place of those that the scenario names; the block at
    /// position 0 is in force until another one is [`drawn`](Self::drawn).
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn read_from_year(loaded: &Loaded, year: Arc<SeriesYear>) -> Result<Self, AssembleError> {
        let series = year.at(0, &loaded.scenario);
        Self::read_with(loaded, series, Some(year))
    }

    /// The same with the block of days whose warm-up begins at a position of its year; without a
    /// year the same days.
    pub fn drawn(&self, position: u32) -> Self {
        let series = self
            .year
            .as_ref()
            .map_or_else(|| self.series.clone(), |year| year.at(position, &self.scenario));
        Self { series, ..self.clone() }
    }

    fn read_with(
        loaded: &Loaded,
        series: SeriesData,
        year: Option<Arc<SeriesYear>>,
    ) -> Result<Self, AssembleError> {
        let mut scenario = loaded.scenario.clone();
        let mut warnings = loaded.warnings.clone();
        let mut notes = Vec::new();
        let network = match &scenario.model {
            Model::Feeder(rules) => {
                let read = rules
                    .network
                    .load(&scenario.folder)
                    .map_err(|problems| network_problems(loaded, &problems))?;
                let help = "see \"Networks\" in the documentation of own data";
                warnings.extend(read.warnings.into_iter().map(|w| {
                    let key = format!("feeder.{}", rules.network.key());
                    loaded.problem_at(&key, scenario::Code::BadData, w, help)
                }));
                notes.extend(read.notes);
                notes.extend(nominal_flow(&read.feeder));
                Some(read.feeder)
            }
            _ => None,
        };
        warnings.extend(series.warnings.iter().cloned());
        notes.extend(series.notes.iter().cloned());
        let people: Option<Arc<[TablePerson]>> = match &scenario.fleet.people {
            Some(path) => {
                let read = read_people(loaded, path, network.as_ref())?;
                notes.extend(read.notes);
                Some(read.people.into())
            }
            None => None,
        };
        let (people, replay) = match scenario.fleet.replay.clone() {
            Some(rules) => {
                let found = replay::replayed(&rules, &scenario).map_err(|list| {
                    let help = "correct the file of sessions, or the keys of fleet.replay";
                    let code = scenario::Code::BadData;
                    let list = list
                        .into_iter()
                        .map(|m| loaded.problem_at("fleet.replay.file", code, m, help))
                        .collect();
                    AssembleError::Problems(Problems { list })
                })?;
                replay::apply(&mut scenario, &found.stays, rules.decide);
                notes.extend(found.notes);
                (Some(found.people.into()), found.stays)
            }
            None => (people, Vec::new()),
        };
        let replay = Arc::new(replay);
        let counts = match &people {
            Some(p) => (0..scenario.fleet.spec.segments.len())
                .map(|i| p.iter().filter(|x| usize::from(x.segment) == i).count() as u32)
                .collect(),
            None => scenario.fleet.spec.head_counts()?,
        };
        let bus_loads = match &network {
            Some(feeder) => feeder::bus_loads(feeder, &series.bus_loads)
                .map_err(|problems| bus_problems(loaded, &problems))?,
            None => BusLoads::OneSeries,
        };
        let mut prepared = Self {
            zone_count: scenario.zones,
            scenario,
            series,
            year,
            people,
            replay,
            counts,
            network,
            bus_loads: Arc::new(bus_loads),
            warnings,
            notes,
        };
        // What a run would refuse is refused here.
        let plan = prepared
            .feeder_plan(prepared.seeds(0, false))
            .map_err(|e| network_problems(loaded, &[e.to_string()]))?;
        if let Some(plan) = plan {
            check_timeline(loaded, plan.zones())?;
            prepared.zone_count = u32::from(plan.zones());
        }
        Ok(prepared)
    }

    /// The buses of a feeder, in its order; none in other models.
    pub fn buses(&self) -> Vec<domain::BusId> {
        let all = |network: &grid::Feeder| network.buses().iter().map(|bus| bus.id).collect();
        self.network.as_ref().map_or_else(Vec::new, all)
    }

    /// The bus of a feeder's substation; none in other models.
    pub fn substation(&self) -> Option<domain::BusId> {
        let network = self.network.as_ref()?;
        Some(network.buses()[network.slack()].id)
    }

    /// What a run takes of rows, disk and memory.
    pub fn needs(&self) -> Needs {
        let buses = self.network.as_ref().map_or(0, |network| network.buses().len());
        let size = Size { evs: self.evs(), zones: self.zones(), buses: buses as u32 };
        needs_of_size(&self.scenario, size)
    }

    /// How many EVs drive.
    pub fn evs(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// Names of segments, vehicle classes and behaviours.
    pub fn names(&self) -> Names {
        let segments = &self.scenario.fleet.spec.segments;
        Names {
            segments: segments.iter().map(|s| s.name.clone()).collect(),
            vehicle_classes: class_names(segments).0,
            behaviours: BehaviourModel::WORDS.iter().map(|w| (*w).to_owned()).collect(),
        }
    }

    /// One seed for everything that is drawn.
    pub fn seeds_of(&self, seed: u64) -> Seeds {
        Seeds {
            population: seed,
            behaviour: seed,
            exogenous: seed,
            optimiser: seed,
            ..self.seeds(0, false)
        }
    }

    /// The seeds of a replication: the scenario's, or those of another seed.
    pub fn seeds(&self, replication: u32, antithetic: bool) -> Seeds {
        let s = &self.scenario.seeds;
        Seeds {
            population: s.population.unwrap_or(s.seed),
            behaviour: s.behaviour.unwrap_or(s.seed),
            exogenous: s.exogenous.unwrap_or(s.seed),
            optimiser: s.optimiser.unwrap_or(s.seed),
            replication,
            antithetic,
        }
    }

    /// The world at the beginning of the warm-up.
    ///
    /// # Errors
    /// When the pricing agent's belief is no law.
    pub fn world(&self, seeds: Seeds) -> Result<World, AssembleError> {
        self.world_of(seeds, &Own::All)
    }

    /// Some of the zones at the beginning of the warm-up.
    pub(crate) fn world_of(&self, seeds: Seeds, own: &Own) -> Result<World, AssembleError> {
        let s = &self.scenario;
        let drawn = self.days_of(seeds);
        let mut env = self.environment(seeds, &drawn);
        let mut homes = Vec::new();
        if let Some(mut plan) = self.feeder_plan(seeds)? {
            env.zones = plan.zones();
            let errors = zone_series(s, &drawn, seeds, env.zones);
            // Zones come from the usual day, what happens from the days of this run.
            plan.case.shares =
                [&drawn.load_kw, &drawn.pv_kw, &drawn.wind_kw].map(|x| series_from(s, x));
            let like = |zone: u16| &errors[usize::from(zone - 1).min(errors.len() - 1)];
            let series = (1..=env.zones)
                .map(|zone| feeder::zone_series(&plan.case, ZoneId(zone), like(zone)));
            env.series = series.collect();
            env.model = ModelCase::Feeder(Arc::new(plan.case));
            homes = plan.homes;
        }
        if let Model::Group(rules) = &s.model {
            let like = zone_series(s, &drawn, seeds, env.zones);
            env.series = group_case::zone_series(&rules.microgrids, &like, env.grid);
            env.model = ModelCase::Group(Arc::new(group_case::case(s, rules, &self.counts)));
        }
        let (zones, piles) = zones(self, &env, &homes, own);
        let fleet = fleet_belief(&env.segments, &self.counts, &env.market, env.zones, env.grid);
        let belief = price_belief(&env.segments, &self.counts);
        let form = env.market.pricing.demand;
        let demand = Arc::new(DemandLaw::new(&belief, form, env.grid.per_day as usize)?);
        let first_period = -i64::from(s.warmup_days) * env.grid.per_day;
        let shared = Shared { env, fleet, demand, first_period };
        let mut world = World::new(shared, zones, piles, own);
        world.follow(&s.timeline);
        Ok(world)
    }

    /// The same world with draws of behaviour and of what comes from outside that begin now: what
    /// was drawn before stays.
    pub(crate) fn with_draws(&self, shared: &Shared, behaviour: u64, exogenous: u64) -> Shared {
        let mut shared = shared.clone();
        let seeds = Seeds { behaviour, exogenous, ..shared.env.seeds };
        shared.env.seeds = seeds;
        let specs =
            [&self.scenario.series.load, &self.scenario.series.pv, &self.scenario.series.wind];
        for (zone, series) in (1..).zip(&mut shared.env.series) {
            for (kind, error) in series.errors.iter_mut().enumerate() {
                let spec = &specs[kind].forecast;
                *error = crate::forecasts::forecast_error(
                    spec,
                    kind as u64,
                    zone,
                    &self.scenario,
                    seeds,
                );
            }
        }
        shared
    }

    /// How many zones there are; those of a feeder are made by its partition.
    pub fn zones(&self) -> u32 {
        self.zone_count
    }

    /// How the tables of a run are written.
    pub fn table_options(&self) -> TableOptions {
        let s = &self.scenario;
        TableOptions {
            provenance: Provenance {
                scenario: s.name.clone(),
                seed: s.seeds.seed,
                version: crate::VERSION.to_owned(),
                utc_offset_min: s.start.offset_s / 60,
                start_utc_us: s.start.unix_us,
                currency: s.currency.clone(),
                names: self.names(),
            },
            selection: s.record.selection.clone(),
            row_group: s.record.row_group,
        }
    }

    /// What the indicators need to know besides the rows.
    pub fn indicator_context(&self, world: &World) -> Context {
        let s = &self.scenario;
        Context {
            currency: s.currency.clone(),
            period_h: 24.0 / f64::from(s.periods_per_day),
            piles: world.piles(),
            pile_kw: s.market.access.pile_kw,
            tariff_ev: s.tariff.ev.clone(),
            grid_kg_per_kwh: s.plant.spec.grid_kg_per_kwh,
            prices: PriceEnds {
                floor: s.market.pricing.floor,
                cap_share: s.market.pricing.cap_share,
            },
            voltage_band_pu: match &s.model {
                Model::Feeder(rules) => [rules.prices.vmin_pu, rules.prices.vmax_pu],
                _ => Context::default().voltage_band_pu,
            },
            bus_bands_pu: self.bus_bands(),
            clairvoyant: s.record.clairvoyant.then(|| s.tariff.grid.clone()),
        }
    }

    /// What people are called, by number of the EV; empty where nobody has a name.
    fn ev_names(&self) -> Arc<Vec<String>> {
        let people = self.people.as_deref().unwrap_or_default();
        if people.iter().all(|p| p.name.is_none()) {
            return Arc::default();
        }
        Arc::new(people.iter().map(|p| p.name.clone().unwrap_or_default()).collect())
    }

    /// Limits that buses have of their own.
    fn bus_bands(&self) -> BTreeMap<BusId, [f64; 2]> {
        let none = (domain::PerUnit(0.0), domain::PerUnit(f64::INFINITY));
        let Some(feeder) = &self.network else { return BTreeMap::new() };
        let own = feeder.buses().iter().enumerate().filter_map(|(at, bus)| {
            let band = feeder.band(at, none);
            (band != none).then_some((bus.id, [band.0.value(), band.1.value()]))
        });
        own.collect()
    }

    /// The series of a run: those that draw their days have them drawn.
    fn days_of(&self, seeds: Seeds) -> Cow<'_, SeriesData> {
        self.series.drawn(|day| {
            let (stream, purpose) = (stream::EXOGENOUS, Purpose::SeriesDay as u16);
            seeds.draws(Group::Exogenous, stream, purpose, day as u64, 0).uniform()
        })
    }

    /// The zones of a feeder, from the first day's forecast; where days are drawn from the mean day,
    /// so that zones mean the same in all runs.
    fn feeder_plan(&self, seeds: Seeds) -> Result<Option<feeder::Plan>, feeder::PlanError> {
        let (Model::Feeder(rules), Some(network)) = (&self.scenario.model, &self.network) else {
            return Ok(None);
        };
        let mean = self.year.as_ref().map(|year| year.mean_day(&self.scenario));
        let days = mean.as_ref().unwrap_or(&self.series);
        let Some(shared) = zone_series(&self.scenario, days, seeds, 1).pop() else {
            return Ok(None);
        };
        let shares = [shared.load_kw, shared.pv_kw, shared.wind_kw];
        let homes = feeder::homes(network, rules.homes, &self.counts, self.people.as_deref());
        let loads = Arc::clone(&self.bus_loads);
        feeder::plan(&self.scenario, rules, network.clone(), homes, shares, loads, seeds).map(Some)
    }

    fn environment(&self, seeds: Seeds, days: &SeriesData) -> Environment {
        let s = &self.scenario;
        let grid = PeriodGrid { per_day: i64::from(s.periods_per_day) };
        let zone_count = s.zones as u16;
        let terms = BreachTerms {
            margin_min: s.market.breach.margin.minutes(),
            minor_share: s.market.breach.minor_share,
            moderate_share: s.market.breach.moderate_share,
            k: s.market.penalty.k,
        };
        let terms = if s.market.breach.enabled { terms } else { terms.without_breach() };
        let (least, most) = (s.market.booking.min_periods, s.market.booking.max_periods);
        let risk = |x: &population::SegmentSpec| {
            LatenessRisk::of(&x.behaviour, &terms, grid.hours().value(), least, most)
        };
        Environment {
            grid,
            gates: s.gates(),
            first_weekday: s.start.weekday(),
            seeds,
            zones: zone_count,
            evs: self.evs(),
            market: s.market.clone(),
            schedule: ScheduleSpec {
                taper: s.schedule.taper,
                temperature: s.schedule.temperature,
                horizon: s.schedule.horizon as usize,
                v2g_inside_bookings: true,
            },
            ageing: s.schedule.ageing,
            plant: s.plant.spec.clone(),
            tariff_plant: DayTariff::new(&s.tariff.grid, grid),
            tariff_ev: DayTariff::new(&s.tariff.ev, grid),
            peak_hours: s.tariff.peak_hours.clone(),
            grid_price: grid_price(s, days),
            class_numbers: class_names(&s.fleet.spec.segments).1,
            segments: s.fleet.spec.segments.clone(),
            risks: s.fleet.spec.segments.iter().map(risk).collect(),
            series: zone_series(s, days, seeds, zone_count),
            outages: s.outages.clone(),
            latency: s.latency,
            model: ModelCase::Park,
            outside: agents::Outside::default(),
            own: agents::PolicySet::default(),
            log: agents::Log::Full,
            end: Time::midnight(i64::from(s.days)),
            names: self.ev_names(),
            replay: Arc::clone(&self.replay),
        }
    }
}

/// Zones of the timeline, where a partition makes them.
fn check_timeline(loaded: &Loaded, zones: u16) -> Result<(), AssembleError> {
    let mut list = Vec::new();
    for (i, entry) in loaded.scenario.timeline.iter().enumerate() {
        let Some(zone) = entry.zone else { continue };
        let message = if zone > zones {
            format!("there is no zone {zone}: the partition makes {zones}")
        } else if let Some(key) = entry.change.of_the_area().filter(|_| zones > 1) {
            format!("`{}` is the same in all zones", key.path())
        } else {
            continue;
        };
        let key = format!("timeline[{i}].zone");
        let code = scenario::Code::Inconsistent;
        list.push(loaded.problem_at(&key, code, message, "name another zone, or none"));
    }
    if list.is_empty() { Ok(()) } else { Err(AssembleError::Problems(Problems { list })) }
}

/// What the network does at its nominal load.
fn nominal_flow(feeder: &grid::Feeder) -> Option<String> {
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let flow = PowerFlow::new(feeder).solve(&p, &q, &FlowOptions::default()).ok()?;
    let closed = feeder.branches().iter().filter(|b| b.switch == Switch::Closed).count();
    let head = format!(
        "network: {} buses, {closed} of {} branches closed, {:.3} MW at nominal load",
        feeder.buses().len(),
        feeder.branches().len(),
        p.iter().sum::<f64>() / 1000.0,
    );
    Some(match flow.converged() {
        Ok(state) => {
            let (bus, voltage) = state.lowest_voltage(feeder);
            let name = feeder.position(bus).and_then(|at| feeder.buses()[at].name.clone());
            let bus = name.map_or_else(|| bus.to_string(), |name| format!("{bus} ({name})"));
            let (loss, pu) = (state.loss.value(), voltage.value());
            format!("{head}: losses {loss:.3} kW, lowest voltage {pu:.5} p.u. at bus {bus}")
        }
        Err(divergence) => format!("{head}: {divergence}"),
    })
}

fn network_problems(loaded: &Loaded, problems: &[String]) -> AssembleError {
    let help = "correct the network's files";
    let key = match &loaded.scenario.model {
        Model::Feeder(rules) => format!("feeder.{}", rules.network.key()),
        _ => "feeder".to_owned(),
    };
    let list = problems
        .iter()
        .map(|p| loaded.problem_at(&key, scenario::Code::BadData, p.clone(), help))
        .collect();
    AssembleError::Problems(Problems { list })
}

fn bus_problems(loaded: &Loaded, problems: &[String]) -> AssembleError {
    let (source, key) = match &loaded.scenario.series.load.source {
        SeriesSource::Parquet(path) => (path.as_path(), "series.load.parquet"),
        SeriesSource::Csv(path) => (path.as_path(), "series.load.csv"),
        SeriesSource::Builtin(_) | SeriesSource::Fmu { .. } => (Path::new(""), "series.load"),
    };
    let one = |p: &String| {
        let help = "columns are called `bus_18_kw` and `bus_18_kvar`, by number or name of the bus";
        let message = format!("{} {p}", source.display());
        loaded.problem_at(key, scenario::Code::BadData, message, help)
    };
    AssembleError::Problems(Problems { list: problems.iter().map(one).collect() })
}

/// Prices of the grid by period; what EVs pay follows it unless they have prices of their own, and
/// is never below zero.
fn grid_price(s: &Scenario, data: &SeriesData) -> Option<GridPrice> {
    let plant = series_from(s, data.grid_price.as_ref()?);
    let retail = match s.tariff.retail {
        RetailPrice::Own => None,
        RetailPrice::OfGrid { scale, fee } => {
            let values = plant.values.iter().map(|x| (x * scale + fee).max(0.0)).collect();
            Some(Series { values, ..plant.clone() })
        }
    };
    Some(GridPrice { plant, retail })
}

fn series_from(s: &Scenario, x: &scenario::Series) -> Series {
    let per_day = i64::from(s.periods_per_day);
    Series { values: x.values().into(), first: -i64::from(s.warmup_days) * per_day, per_day }
}

/// The series of the zones; one entry serves all unless their forecasts err differently.
fn zone_series(s: &Scenario, data: &SeriesData, seeds: Seeds, zones: u16) -> Vec<ZoneSeries> {
    let series = |x: &scenario::Series| series_from(s, x);
    let specs = [&s.series.load, &s.series.pv, &s.series.wind];
    let own_errors = specs.iter().any(|x| x.forecast.zone_sd > 0.0);
    let entries = if own_errors { zones } else { 1 };
    (1..=entries)
        .map(|zone| ZoneSeries {
            load_kw: series(&data.load_kw),
            pv_kw: series(&data.pv_kw),
            wind_kw: series(&data.wind_kw),
            temperature_c: series(&data.temperature_c),
            errors: std::array::from_fn(|k| {
                crate::forecasts::forecast_error(&specs[k].forecast, k as u64, zone, s, seeds)
            }),
        })
        .collect()
}

/// Whether a person is treated in a trial: a larger share contains the smaller one.
fn is_treated(share: f64, stable: u64, seeds: Seeds) -> bool {
    seeds.draws(Group::Population, stream::EV, Purpose::Trial as u16, stable, 0).uniform() < share
}

/// The zones with their users. EVs are numbered segment by segment and spread over the zones in
/// blocks, unless a segment or a table says where they live. Only the zones that are `own` are
/// made; the piles are those of all.
fn zones(
    p: &Prepared,
    env: &Environment,
    buses: &[Vec<BusId>],
    own: &Own,
) -> (Vec<Zone>, Vec<u32>) {
    let count = usize::from(env.zones);
    let total = u64::from(p.evs());
    let mut homes: Vec<Vec<Ev>> = vec![Vec::new(); count];
    let mut inhabitants = vec![0; count];
    let mut guests = vec![0; count];
    let mut number = 0_u32;
    let mut indices = vec![0_u32; env.segments.len()];
    let order: Vec<(usize, Option<&TablePerson>)> = match &p.people {
        Some(people) => people.iter().map(|x| (usize::from(x.segment), Some(x))).collect(),
        None => {
            p.counts.iter().enumerate().flat_map(|(i, &n)| (0..n).map(move |_| (i, None))).collect()
        }
    };
    let credence = env.market.refund.credence;
    let follows = group_case::participants(
        &p.scenario.model,
        order.iter().map(|(segment, _)| *segment as u16),
        env.seeds,
    );
    for (i, given) in order {
        let segment = &env.segments[i];
        let index = indices[i];
        indices[i] += 1;
        number += 1;
        let stable = stable_id(i as u16, index);
        let home = match given.and_then(|t| t.zone).or(segment.zone) {
            Some(zone) => usize::from(zone) - 1,
            // Users of each segment are spread evenly over the zones.
            None => (u64::from(index) * count as u64 / u64::from(p.counts[i].max(1))) as usize,
        };
        let bus = buses.get(i).and_then(|b| b.get(index as usize)).copied().unwrap_or_default();
        let home = env
            .feeder()
            .map_or(home, |case| usize::from(case.zone_of(bus).0.max(1)) - 1)
            .min(count - 1);
        let day_place = group_case::day_place(&p.scenario, i as u16, index, env.seeds);
        if let Some(place) = day_place {
            guests[usize::from(place.zone.0) - 1] += 1;
        }
        let place = inhabitants[home];
        inhabitants[home] += 1;
        if !own.holds(ZoneId(home as u16 + 1)) {
            continue;
        }
        let mut draws =
            env.seeds.draws(Group::Population, stream::EV, Purpose::Person as u16, stable, 0);
        let mut u = || draws.uniform();
        let person = match given {
            Some(row) => row.person(segment, &mut u),
            None => draw_person(segment, &mut u),
        };
        // Whoever is treated belongs to another segment, and is the same person.
        let arm = match p.scenario.fleet.trial {
            Some(trial) if trial.segment == i && is_treated(trial.share, stable, env.seeds) => {
                trial.treated
            }
            _ => i,
        };
        let segment = &env.segments[arm];
        let usual = given.map(|t| t.usual).unwrap_or_default();
        let ev = Ev::new(EvId(number), place, arm as u16, stable, person, segment, credence)
            .with_usual(usual)
            .at_bus(bus);
        let participates = follows.get(number as usize - 1).copied().unwrap_or(false);
        homes[home].push(ev.taking_part(participates).with_day_place(day_place));
    }
    debug_assert_eq!(u64::from(number), total);
    let mut first_pile = 1;
    let (mut zones, mut piles) = (Vec::new(), Vec::with_capacity(count));
    for (z, evs) in homes.into_iter().enumerate() {
        let of_zone = feeder::piles(env, inhabitants[z] as usize + guests[z]);
        let id = ZoneId(z as u16 + 1);
        if own.holds(id) {
            zones.push(Zone::new(id, evs, first_pile, of_zone, env));
        }
        piles.push(of_zone);
        first_pile += of_zone;
    }
    (zones, piles)
}
