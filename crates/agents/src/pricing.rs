//! The pricing agent of a price area. It knows the behaviour law, forecasts and the zones' reports,
//! never an EV's private state.

use crate::environment::{Environment, Log, Purpose, stream};
use crate::expected_count::ExpectedCount;
use crate::message::{Letter, Publication, ZoneReport};
use crate::outbox::Outbox;
use clock::Group;
use domain::{Actor, Fact, FactKind, PeriodGrid, PriceRow, ZoneId};
use market::pricing::{
    DemandLaw, OwnerBelief, PriceDecision, PriceMemory, PricingError, PricingView, Steering,
    decide, decide_steered,
};
use market::{Acts, Change, MarketRules};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::mem::take;
use std::sync::Arc;

/// The pricing agent's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pricing {
    /// The last report of each zone.
    reports: Vec<Option<ZoneReport>>,
    expected_count: ExpectedCount,
    memory: PriceMemory,
    /// What was published last.
    published: Option<Arc<Publication>>,
    /// The same for zones whose prices are given from outside.
    given: BTreeMap<u16, Arc<Publication>>,
    intervals: [Vec<f64>; 2],
    /// The rules in force.
    rules: MarketRules,
    /// Whether they, or what is steered, have changed since the last publication.
    news: bool,
    /// What somebody outside steers, by zone; 0 is the area.
    steering: BTreeMap<u16, Steering>,
}

/// Share of the booked energy that comes free for tickets, as the agent believes (our reading:
/// about what late cancellations and severe breaches leave).
const TICKET_SHARE: f64 = 0.05;

/// What the pricing agent believes of the fleet by period of the day, from the laws of all segments,
/// each with its number of EVs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FleetBelief {
    /// Vehicles expected at the piles before anything has been seen: each needs its time of
    /// charging at any time of its stay.
    pub charging: Vec<f64>,
    /// Their charging power, piles considered \[kW\].
    pub charge_kw: Vec<f64>,
    /// Discharging power of those that accept it \[kW\].
    pub discharge_kw: Vec<f64>,
    /// Energy that the fleet needs a day, metered \[kWh\].
    pub need_kwh: f64,
    /// Energy that a vehicle needs in a stay, metered \[kWh\].
    pub vehicle_kwh: f64,
    /// Owners who sell energy.
    pub owners: OwnerBelief,
}

impl Pricing {
    /// A pricing agent that has heard nothing yet.
    pub fn new(env: &Environment) -> Self {
        let reports = vec![None; usize::from(env.zones)];
        Self { reports, rules: env.market.clone(), ..Self::default() }
    }

    /// The rules have changed: prices are published by them from the next period on.
    pub fn on_change(&mut self, change: &Change) {
        if change.segment().is_none() {
            change.write(&mut self.rules);
            self.news |= change.has(Acts::AtPublication);
        }
    }

    /// Whether anybody looks at its prices: in a group only those who book.
    pub fn is_heard(&self, env: &Environment) -> bool {
        env.group().is_none() || self.rules.booking.enabled
    }

    /// A zone reports.
    pub fn on_report(&mut self, report: ZoneReport, grid: PeriodGrid) {
        let i = usize::from(report.zone.saturating_sub(1));
        let Some(slot) = self.reports.get_mut(i) else { return };
        // One that was overtaken on its way is out of date.
        if slot.as_ref().is_none_or(|known| known.from <= report.from) {
            self.expected_count.hear(&report, grid);
            *slot = Some(report);
        }
    }

    /// The last report of each zone that has reported.
    pub fn reports(&self) -> impl Iterator<Item = &ZoneReport> {
        self.reports.iter().flatten()
    }

    /// What a zone was told last.
    pub fn publication(&self, zone: ZoneId) -> Option<&Publication> {
        self.given.get(&zone.0).or(self.published.as_ref()).map(|p| &**p)
    }

    /// From now on somebody outside steers prices in a zone, or with number 0 in the area; what
    /// differs from before is published at the next beginning of a period. An empty steering gives them back.
    pub fn steer(&mut self, zone: ZoneId, steering: Steering) {
        let (had, now) = (self.steering.remove(&zone.0), steering);
        self.news |= had.as_ref() != Some(&now) && !(had.is_none() && now.is_empty());
        if !now.is_empty() {
            self.steering.insert(zone.0, now);
        }
    }

    /// Publishes prices at the beginning of period `k`, if it is time.
    ///
    /// # Errors
    /// When the rules in force leave no price to decide.
    pub fn publish(
        &mut self,
        k: i64,
        first: i64,
        fleet: &FleetBelief,
        law: &DemandLaw,
        env: &Environment,
        out: &mut Outbox,
    ) -> Result<(), PricingError> {
        let every = i64::from(env.market.pricing.reprice_every.max(1));
        let news = take(&mut self.news) || env.outside.prices_begin(k);
        if (k - first) % every != 0 && !news {
            return Ok(());
        }
        let n = env.market.pricing.published as usize;
        let inputs = self.gather(k, n, fleet, env);
        let plant = area_plant(env);
        let view = PricingView {
            first_period: (k - first) as usize,
            periods_per_day: env.grid.per_day as usize,
            dt_h: env.grid.hours().value(),
            piles: env.market.access.piles * u32::from(env.zones),
            need_kwh: fleet.need_kwh,
            vehicle_kwh: fleet.vehicle_kwh,
            ticket_share: TICKET_SHARE,
            owners: &fleet.owners,
            plant: &plant,
            service_fee: inputs.fee,
            load_kw: &inputs.load_kw,
            surplus_kw: &inputs.surplus_kw,
            booked_kw: &inputs.booked_kw,
            booked_discharge_kw: &inputs.booked_discharge_kw,
            connected_kw: &inputs.connected_kw,
            dischargeable_kw: &inputs.dischargeable_kw,
            expected_count: &inputs.count,
            tariff_ev: &inputs.tariff_ev,
            tariff_plant: &inputs.tariff_plant,
        };
        let mut draws = env.seeds.draws(
            Group::Optimiser,
            stream::PRICING,
            Purpose::Swarm as u16,
            0,
            (k - first) as u64,
        );
        let area = self.steering.get(&0).cloned().unwrap_or_default();
        let decided = if area.is_whole() {
            decide_steered(&view, law, &self.rules, &area)?
        } else {
            let rules = area.rules(&self.rules);
            let (decided, memory) =
                decide(&view, law, &rules, &self.memory, &mut || draws.uniform())?;
            self.memory = memory;
            area.applied(decided, &view, &self.rules)
        };
        let mut decided = own_prices(decided, &view, &self.rules, env)?;
        let publication = |decided: PriceDecision| {
            Arc::new(Publication {
                from: k,
                reservation: decided.reservation,
                discharge: decided.discharge,
                ticket: decided.ticket,
                expected_real: decided.expected_real,
                expected_count: inputs.count.clone(),
            })
        };
        let own = |(&zone, steering): (&u16, &Steering)| {
            (zone, publication(steering.applied(decided.clone(), &view, &self.rules)))
        };
        let mut given: BTreeMap<u16, _> = self.steering.range(1..).map(own).collect();
        let intervals = [take(&mut decided.low), take(&mut decided.high)];
        let publication = publication(decided);
        given.extend(self.given_prices(&publication, &inputs.tariff_ev, env));
        self.record(&publication, &given, &intervals, &inputs.tariff_ev, env, out);
        self.intervals = intervals;
        for zone in 1..=env.zones {
            let told = given.get(&zone).unwrap_or(&publication).clone();
            out.write(out.now + env.price_delay(zone, k), ZoneId(zone), Letter::Prices(told));
        }
        self.published = Some(publication);
        self.given = given;
        Ok(())
    }

    /// What is published in zones of which prices are given from outside, within the bounds that
    /// the rules set: the reservation price between floor and cap, the discharge price not below 0,
    /// the ticket price between what energy is expected to cost and the reservation price.
    fn given_prices(
        &self,
        publication: &Publication,
        tariff: &[f64],
        env: &Environment,
    ) -> BTreeMap<u16, Arc<Publication>> {
        let rules = &self.rules.pricing;
        let of_zone = |zone: u16| {
            let mut p = publication.clone();
            let mut any = false;
            for (j, &tariff) in tariff.iter().enumerate().take(p.reservation.len()) {
                let given = env.outside.given(zone, p.from + j as i64);
                if let Some(c) = given.reservation {
                    (any, p.reservation[j]) = (true, rules.bounded(c, tariff));
                }
                if let Some(d) = given.discharge {
                    (any, p.discharge[j]) = (true, d.max(0.0));
                }
                if let Some(q) = given.ticket {
                    let (least, most) = (p.expected_real[j], p.reservation[j]);
                    (any, p.ticket[j]) = (true, q.max(least.min(most)).min(most));
                }
            }
            any.then(|| (zone, Arc::new(p)))
        };
        if !env.outside.gives_prices() {
            return BTreeMap::new();
        }
        (1..=env.zones).filter_map(of_zone).collect()
    }

    /// Facts and rows of a publication: a row only where a price changed.
    fn record(
        &self,
        publication: &Publication,
        given: &BTreeMap<u16, Arc<Publication>>,
        [low, high]: &[Vec<f64>; 2],
        tariff: &[f64],
        env: &Environment,
        out: &mut Outbox,
    ) {
        let fact =
            Fact::new(out.now, out.phase, FactKind::PricesPublished, Actor::Pricing, 1, ZoneId(0));
        let begins = env.grid.start(publication.from);
        out.fact(fact.period(begins).price(publication.reservation[0]));
        if !out.recording || out.log == Log::Settlements {
            return;
        }
        let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
        let unchanged = |p: &Publication, old: Option<&Arc<Publication>>, j: usize| {
            old.is_some_and(|old| {
                usize::try_from(p.from + j as i64 - old.from).is_ok_and(|i| {
                    i < old.reservation.len()
                        && same(old.reservation[i], p.reservation[j])
                        && same(old.discharge[i], p.discharge[j])
                        && same(old.ticket[i], p.ticket[j])
                        && same(old.expected_real[i], p.expected_real[j])
                        && self.intervals[0].get(i).is_some_and(|&l| same(l, low[j]))
                        && self.intervals[1].get(i).is_some_and(|&h| same(h, high[j]))
                })
            })
        };
        for j in 0..publication.reservation.len() {
            for zone in 1..=env.zones {
                let p = given.get(&zone).map_or(publication, |p| p);
                let old = self.given.get(&zone).or(self.published.as_ref());
                if unchanged(p, old, j) {
                    continue;
                }
                out.rows.prices.push(PriceRow {
                    zone: ZoneId(zone),
                    period_start: env.grid.start(p.from + j as i64),
                    published_at: out.now,
                    reservation: p.reservation[j],
                    discharge: p.discharge[j],
                    ticket: p.ticket[j],
                    grid: tariff[j],
                    ev_price: f64::NAN,
                    interval_low: low[j],
                    interval_high: high[j],
                    expected_real: p.expected_real[j],
                    real: f64::NAN,
                });
            }
        }
    }

    /// Adds up what is known of the area from period `k` on.
    fn gather(&mut self, k: i64, n: usize, fleet: &FleetBelief, env: &Environment) -> Inputs {
        let zero = || vec![0.0; n];
        let mut x = Inputs {
            load_kw: zero(),
            surplus_kw: zero(),
            booked_kw: zero(),
            booked_discharge_kw: zero(),
            connected_kw: zero(),
            dischargeable_kw: zero(),
            count: self.expected_count.forecast(k, n, &fleet.charging, env.grid),
            tariff_ev: zero(),
            tariff_plant: zero(),
            fee: 0.0,
        };
        for zone in 1..=env.zones {
            let sums = x.surplus_kw.iter_mut().zip(&mut x.load_kw);
            for ((surplus, all_load), [load, pv, wind]) in sums.zip(env.forecasts_kw(zone, k, k)) {
                *surplus += pv + wind - load;
                *all_load += load;
            }
        }
        for report in self.reports.iter().flatten() {
            for j in 0..n {
                let booked = usize::try_from(k + j as i64 - report.from)
                    .ok()
                    .and_then(|i| report.booked_kw.get(i))
                    .copied()
                    .unwrap_or(0.0);
                x.booked_kw[j] += booked.max(0.0);
                x.booked_discharge_kw[j] += (-booked).max(0.0);
            }
        }
        for j in 0..n {
            let period = k + j as i64;
            let i = env.grid.of_day(period);
            x.connected_kw[j] = fleet.charge_kw[i];
            x.dischargeable_kw[j] = fleet.discharge_kw[i];
            x.tariff_ev[j] = env.retail(period).value();
            x.tariff_plant[j] = env.wholesale(period).value();
        }
        x.fee = (0..n)
            .map(|j| x.tariff_ev[j] - x.tariff_plant[j])
            .fold(f64::INFINITY, f64::min)
            .max(0.0);
        x
    }
}

/// A decision after the run's own policies had their say.
fn own_prices(
    decided: PriceDecision,
    view: &PricingView,
    rules: &MarketRules,
    env: &Environment,
) -> Result<PriceDecision, PricingError> {
    let own = &env.own.0;
    let mut decided = own.pricing(view, rules, decided).map_err(PricingError::Own)?;
    let ticket = take(&mut decided.ticket);
    decided.ticket = own.ticket_price(view, &decided, ticket).map_err(PricingError::Own)?;
    Ok(decided)
}

struct Inputs {
    load_kw: Vec<f64>,
    surplus_kw: Vec<f64>,
    booked_kw: Vec<f64>,
    booked_discharge_kw: Vec<f64>,
    connected_kw: Vec<f64>,
    dischargeable_kw: Vec<f64>,
    count: Vec<f64>,
    tariff_ev: Vec<f64>,
    tariff_plant: Vec<f64>,
    fee: f64,
}

/// The plants of all zones of the area as one.
fn area_plant(env: &Environment) -> domain::PlantSpec {
    let mut plant = env.plant.clone();
    let zones = f64::from(env.zones);
    if let Some(b) = &mut plant.battery {
        b.power_kw *= zones;
        b.capacity_kwh *= zones;
        b.start_kwh *= zones;
    }
    if let Some(t) = &mut plant.turbine {
        t.power_kw *= zones;
    }
    plant
}
