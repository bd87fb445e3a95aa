//! What can be read off a zone at any instant: powers at its connection, a meter, its vehicles,
//! prices and events. Reading changes nothing.

use crate::aggregator::Counters;
use crate::aggregator::bookings::Outline;
use crate::aggregator::settle::PeriodEnergy;
use crate::dso::case::FeederCase;
use crate::environment::Environment;
use crate::message::Ended;
use crate::zone::Zone;
use domain::Time;
use serde::{Deserialize, Serialize};

/// What has flowed and happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// Energy taken at the zone's connection up to the end of the last settled period \[kWh\].
    pub settled_kwh: f64,
    /// Real price of the last settled period \[CNY/kWh\].
    pub real_price: f64,
    /// Energy of all plug-ins in the last settled period.
    energy: PeriodEnergy,
    /// Breaches and tickets that have been reported.
    told: [u64; 2],
}

impl Meter {
    /// A period has been settled.
    pub(crate) fn add(&mut self, taken_kwh: f64, real: f64, energy: PeriodEnergy) {
        self.settled_kwh += taken_kwh;
        (self.real_price, self.energy) = (real, energy);
    }

    /// What is reported of the period that ended, where so many breaches and tickets were counted
    /// since the start.
    pub(crate) fn report(&mut self, counters: &Counters) -> Ended {
        let counts = [counters.breaches, counters.awards];
        let [breaches, tickets] = [0, 1].map(|i| (counts[i] - self.told[i]) as f64);
        self.told = counts;
        Ended {
            charged_kwh: self.energy.charged_kwh,
            discharged_kwh: self.energy.discharged_kwh,
            real_price: self.real_price,
            breaches,
            tickets_awarded: tickets,
        }
    }
}

/// A zone at an instant, as seen from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Net consumption at the connection: load and EVs less own sources \[kW\].
    pub p_kw: f64,
    /// Base load \[kW\].
    pub load_kw: f64,
    /// Charging less discharging of all EVs \[kW\].
    pub ev_kw: f64,
    /// Energy taken at the connection since the start \[kWh\].
    pub energy_kwh: f64,
    /// Vehicles plugged in.
    pub plugged: u32,
    /// Power that bookings reserve in the period at hand, charging positive \[kW\].
    pub reserved_kw: f64,
    /// How much more the plugged-in vehicles could take now \[kW\].
    pub flex_up_kw: f64,
    /// How much less they could take now, discharging included \[kW\].
    pub flex_down_kw: f64,
    /// Published reservation price of the period at hand; NaN where nothing is published
    /// \[CNY/kWh\].
    pub reservation_price: f64,
    /// Real price of the last settled period \[CNY/kWh\].
    pub real_price: f64,
    /// Breaches of bookings since the start.
    pub breaches: u64,
    /// Tickets awarded since the start.
    pub tickets_awarded: u64,
}

impl Zone {
    /// What can be read off the zone now, everything before `now` having happened.
    pub fn snapshot(&self, now: Time, env: &Environment) -> Snapshot {
        let k = env.grid.at(now);
        let since_start = (now - env.grid.start(k)).hours().value();
        let [load_kw, pv, wind] = self.powers_now_kw(k, env);
        let plant_kw = self.generation.plant_kw();
        let (mut ev_kw, mut up, mut down, mut uncounted_kwh) = (0.0, 0.0, 0.0, 0.0);
        for (_, s) in self.aggregator.sessions.iter() {
            let v = s.declared.vehicle;
            let pile_kw = env.market.access.pile_kw;
            ev_kw += s.power_kw;
            uncounted_kwh += s.power_kw * (now - s.counted_to).hours().value().max(0.0);
            let most =
                if s.energy_kwh < s.declared.ceiling_kwh { v.charge_kw.min(pile_kw) } else { 0.0 };
            let gives = s.declared.v2g && s.energy_kwh > s.declared.floor_kwh;
            let least = if gives { -v.discharge_kw.min(pile_kw) } else { 0.0 };
            up += (most - s.power_kw).max(0.0);
            down += (s.power_kw - least).max(0.0);
        }
        let used_kwh: f64 =
            self.aggregator.uses.iter().map(|u| u.charged_kwh - u.discharged_kwh).sum();
        // A feeder takes what a zone has left over; what the DSO curtails of it is not known here.
        let exchange = |need_kw: f64, available_kw: f64| match env.feeder() {
            Some(_) => need_kw - available_kw - self.desk.diesel_kw(),
            None => self.generation.exchange_kw(need_kw, available_kw, env),
        };
        // What the period has taken so far, as if it ended here.
        let [mean_load, mean_pv, mean_wind] = self.powers_so_far_kw(now, k, env);
        let so_far_kw = if since_start > 0.0 {
            let ev_mean = (used_kwh + uncounted_kwh) / since_start;
            exchange(mean_load + ev_mean + plant_kw, mean_pv + mean_wind)
        } else {
            0.0
        };
        let h = env.grid.hours().value();
        let reserved: f64 = self
            .aggregator
            .bookings
            .iter()
            .map(|(_, b)| Outline::of(b))
            .filter(|b| i64::from(b.start) <= k && k < i64::from(b.end))
            .map(|b| b.reserved_kwh / h)
            .sum();
        let prices = &self.aggregator.prices;
        let published = usize::try_from(k - prices.from).ok();
        Snapshot {
            p_kw: exchange(load_kw + ev_kw + plant_kw, pv + wind),
            load_kw,
            ev_kw,
            energy_kwh: self.meter.settled_kwh + so_far_kw * since_start,
            plugged: self.aggregator.sessions.iter().count() as u32,
            reserved_kw: reserved,
            flex_up_kw: up,
            flex_down_kw: down,
            reservation_price: published
                .and_then(|j| prices.reservation.get(j))
                .copied()
                .unwrap_or(f64::NAN),
            real_price: self.meter.real_price,
            breaches: self.aggregator.counters.breaches,
            tickets_awarded: self.aggregator.counters.awards,
        }
    }

    /// Adds the power of its EVs to that of the buses where they live \[kW\].
    pub fn add_ev_kw(&self, case: &FeederCase, ev_kw: &mut [f64]) {
        for (_, s) in self.aggregator.sessions.iter() {
            let home = self.evs[s.declared.place as usize].home_bus;
            let at = case.feeder.position(home).unwrap_or(case.feeder.slack());
            ev_kw[at] += s.power_kw;
        }
    }

    fn powers_now_kw(&self, k: i64, env: &Environment) -> [f64; 3] {
        let own = env.own_values(self.id.0, k).powers_kw;
        let given = env.outside.powers_now_kw();
        std::array::from_fn(|i| given[i].unwrap_or(own[i]))
    }

    fn powers_so_far_kw(&self, now: Time, k: i64, env: &Environment) -> [f64; 3] {
        let own = env.own_values(self.id.0, k).powers_kw;
        let given = env.outside.powers_so_far_kw(now, env.grid);
        std::array::from_fn(|i| given[i].unwrap_or(own[i]))
    }
}
