//! What an agent sees: what the pricing agent has been told, as numbers between -1 and 1.
//!
//! Forecasts are the pricing agent's, bookings and vehicles those of the zones' last reports, which
//! travel; no EV's private state is in it. Every number is a figure divided by a scale that does not
//! change, and clipped; hours are means over their periods. Who sets rules sees those in force, who
//! sets targets what each of its zones has reported.

use crate::action::{self, Lever};
use crate::course::Scope;
use crate::spec::Spec;
use agents::{Environment, Pricing, ZoneReport};
use domain::ZoneId;
use population::KindOfDay;
use simulation::Simulation;

/// One number of an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its name, unit last where it has one; `_h07` is the eighth hour from now.
    pub name: String,
    /// The figure is the number times this.
    pub scale: f64,
    /// Least number: -1, or 0 where the figure is never negative.
    pub low: f32,
}

/// What is forecast or booked by hour.
const HOURLY: [&str; 7] = [
    "load_kw",
    "pv_kw",
    "wind_kw",
    "surplus_kw",
    "tariff_cny_per_kwh",
    "booked_kw",
    "booked_count",
];

/// What is seen of each zone where each has a target, scaled by its piles.
const BY_ZONE: [&str; 2] = ["charged_kwh", "absorbable_kwh"];
/// Scales of the rules in force.
const MOST_SCALE: f64 = 2.0;
const MOST_LEAD_H: f64 = 2.0;

/// The features of an observation, and how to fill them in.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    hours: usize,
    periods_per_hour: usize,
    periods: i64,
    power_kw: f64,
    piles_kw: f64,
    piles: f64,
    price: f64,
    scope: Scope,
    /// Whether the rules in force are seen.
    rules: bool,
    /// Power of the piles of each zone that is seen by itself \[kW\].
    zones_kw: Vec<(u16, f64)>,
}

impl Observer {
    /// For a scope of a simulation of `periods` recorded periods.
    pub fn new(sim: &Simulation, scope: Scope, spec: &Spec, periods: i64) -> Self {
        let env = &sim.world().shared().env;
        let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let zones = scope.zones(env.zones);
        let power_kw = zones.clone().map(|zone| {
            let s = env.series(zone);
            most(&s.load_kw.values).max(most(&s.pv_kw.values) + most(&s.wind_kw.values))
        });
        let all = sim.world().piles();
        let piles_of = |zone: u16| all.get(usize::from(zone) - 1).copied().unwrap_or(0);
        let piles: u32 = zones.clone().map(piles_of).sum();
        let pile_kw = env.market.access.pile_kw.max(1.0);
        let sets = |lever: Lever| spec.levers.contains(&lever);
        let zones_kw = zones
            .filter(|_| sets(Lever::ZoneTarget))
            .map(|zone| (zone, f64::from(piles_of(zone)).max(1.0) * pile_kw))
            .collect();
        let prices = (0..periods.max(1)).map(|k| env.retail(k).value());
        let piles = f64::from(piles).max(1.0);
        Self {
            hours: spec.hours,
            periods_per_hour: (env.grid.per_day as usize / 24).max(1),
            periods: periods.max(1),
            power_kw: (1.25 * power_kw.sum::<f64>()).max(1.0),
            piles_kw: piles * pile_kw,
            piles,
            price: 1.5 * prices.fold(0.1, f64::max),
            scope,
            rules: sets(Lever::PenaltyScale) || sets(Lever::ReminderLead),
            zones_kw,
        }
    }

    /// The features in order.
    pub fn features(&self) -> Vec<Feature> {
        let mut all = Vec::new();
        let mut add = |name: String, scale: f64, low: f32| all.push(Feature { name, scale, low });
        for name in ["day_sin", "day_cos"] {
            add(name.to_owned(), 1.0, -1.0);
        }
        add("workday".to_owned(), 1.0, 0.0);
        add("episode_elapsed".to_owned(), 1.0, 0.0);
        for hour in 0..self.hours {
            for name in HOURLY {
                let (scale, low) = match name {
                    "tariff_cny_per_kwh" => (self.price, -1.0),
                    "booked_kw" => (self.piles_kw, -1.0),
                    "booked_count" => (self.piles, 0.0),
                    "surplus_kw" => (self.power_kw, -1.0),
                    _ => (self.power_kw, 0.0),
                };
                add(format!("{name}_h{hour:02}"), scale, low);
            }
        }
        for name in ["plugged_booked", "plugged_walk_in"] {
            add(name.to_owned(), self.piles, 0.0);
        }
        for name in ["absorbable_kwh", "dischargeable_kwh", "charged_kwh", "discharged_kwh"] {
            add(name.to_owned(), self.piles_kw, 0.0);
        }
        for name in ["breaches", "tickets_awarded"] {
            add(name.to_owned(), self.piles, 0.0);
        }
        for name in [
            "real_price_cny_per_kwh",
            "reservation_price_cny_per_kwh",
            "discharge_price_cny_per_kwh",
            "ticket_price_cny_per_kwh",
            "expected_real_price_cny_per_kwh",
        ] {
            add(name.to_owned(), self.price, -1.0);
        }
        if self.rules {
            add("penalty_scale".to_owned(), MOST_SCALE, 0.0);
            add("reminder_lead_h".to_owned(), MOST_LEAD_H, 0.0);
        }
        for (zone, kw) in &self.zones_kw {
            for name in BY_ZONE {
                add(format!("{name}_zone_{zone}"), *kw, 0.0);
            }
        }
        all
    }

    /// How many numbers an observation has.
    pub fn len(&self) -> usize {
        let rules = if self.rules { 2 } else { 0 };
        4 + self.hours * HOURLY.len() + 13 + rules + self.zones_kw.len() * BY_ZONE.len()
    }

    /// Fills in what is known at the beginning of period `k`.
    pub fn fill(&self, sim: &Simulation, k: i64, out: &mut [f32]) {
        let env = &sim.world().shared().env;
        let mut at = 0;
        let mut put = |value: f64, scale: f64, low: f32| {
            let x = (value / scale) as f32;
            out[at] = if x.is_finite() { x.clamp(low, 1.0) } else { 0.0 };
            at += 1;
        };
        let angle = std::f64::consts::TAU * env.grid.start(k).hour_of_day() / 24.0;
        put(libm::sin(angle), 1.0, -1.0);
        put(libm::cos(angle), 1.0, -1.0);
        let day = env.grid.start(k).day();
        put(f64::from(u8::from(env.kind_of_day(day) == KindOfDay::Workday)), 1.0, 0.0);
        put(k as f64 / self.periods as f64, 1.0, 0.0);
        let pricing = sim.world().pricing();
        let reports: Vec<&ZoneReport> = self.reports(pricing).collect();
        let hours = self.by_hour(env, &reports, k);
        for [load, pv, wind, tariff, booked_kw, booked_count] in hours {
            put(load, self.power_kw, 0.0);
            put(pv, self.power_kw, 0.0);
            put(wind, self.power_kw, 0.0);
            put(pv + wind - load, self.power_kw, -1.0);
            put(tariff, self.price, -1.0);
            put(booked_kw, self.piles_kw, -1.0);
            put(booked_count, self.piles, 0.0);
        }
        let sum = |of: fn(&ZoneReport) -> f64| reports.iter().map(|r| of(r)).sum::<f64>();
        put(sum(|r| r.plugged_booked), self.piles, 0.0);
        put(sum(|r| r.plugged_walk_in), self.piles, 0.0);
        put(sum(|r| r.absorbable_kwh), self.piles_kw, 0.0);
        put(sum(|r| r.dischargeable_kwh), self.piles_kw, 0.0);
        put(sum(|r| r.ended.charged_kwh), self.piles_kw, 0.0);
        put(sum(|r| r.ended.discharged_kwh), self.piles_kw, 0.0);
        put(sum(|r| r.ended.breaches), self.piles, 0.0);
        put(sum(|r| r.ended.tickets_awarded), self.piles, 0.0);
        put(sum(|r| r.ended.real_price) / (reports.len().max(1) as f64), self.price, -1.0);
        for price in self.prices(pricing, k) {
            put(price, self.price, -1.0);
        }
        if self.rules {
            let rules = action::in_force(sim, self.scope);
            put(rules.map_or(0.0, |r| r.penalty.scale), MOST_SCALE, 0.0);
            put(rules.map_or(0.0, |r| r.reminder.lead.hours().value()), MOST_LEAD_H, 0.0);
        }
        for (zone, kw) in &self.zones_kw {
            let report = reports.iter().find(|r| r.zone == *zone);
            put(report.map_or(0.0, |r| r.ended.charged_kwh), *kw, 0.0);
            put(report.map_or(0.0, |r| r.absorbable_kwh), *kw, 0.0);
        }
    }

    fn reports<'a>(&self, pricing: Option<&'a Pricing>) -> impl Iterator<Item = &'a ZoneReport> {
        let scope = self.scope;
        pricing.into_iter().flat_map(Pricing::reports).filter(move |r| scope.has(ZoneId(r.zone)))
    }

    /// Means by hour of load, PV, wind \[kW\], tariff \[CNY/kWh\], booked power \[kW\] and count.
    fn by_hour(&self, env: &Environment, reports: &[&ZoneReport], k: i64) -> Vec<[f64; 6]> {
        let n = self.periods_per_hour;
        let mut hours = vec![[0.0; 6]; self.hours];
        for zone in self.scope.zones(env.zones) {
            let forecasts = env.forecasts_kw(zone, k, k).take(self.hours * n);
            for (j, powers) in forecasts.enumerate() {
                hours[j / n].iter_mut().zip(powers).for_each(|(sum, kw)| *sum += kw);
            }
        }
        for (j, sums) in (0..self.hours * n).map(|j| (j, j / n)) {
            let hour = &mut hours[sums];
            hour[3] += env.retail(k + j as i64).value();
            for r in reports {
                let Ok(i) = usize::try_from(k + j as i64 - r.from) else { continue };
                hour[4] += r.booked_kw.get(i).copied().unwrap_or(0.0);
                hour[5] += r.booked_count.get(i).copied().unwrap_or(0.0);
            }
        }
        hours.iter_mut().flatten().for_each(|sum| *sum /= n as f64);
        hours
    }

    /// Reservation, discharge, ticket and expected real price of period `k`, as published last; 0
    /// where nothing is.
    fn prices(&self, pricing: Option<&Pricing>, k: i64) -> [f64; 4] {
        let told = pricing.and_then(|p| p.publication(self.scope.first()));
        let Some(p) = told else { return [0.0; 4] };
        let Ok(j) = usize::try_from(k - p.from) else { return [0.0; 4] };
        let of = |prices: &[f64]| prices.get(j).copied().unwrap_or(0.0);
        [of(&p.reservation), of(&p.discharge), of(&p.ticket), of(&p.expected_real)]
    }
}
