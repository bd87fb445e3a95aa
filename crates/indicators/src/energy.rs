//! Energy and power from table `balance`: tracking, abandonment, purchase, peaks (P3 eq. 27).

use crate::mser::mser5;
use domain::{BalanceRow, StayRow, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums over the periods of a zone, or of the area.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Energy {
    pub periods: u64,
    pub load_kwh: f64,
    pub available_kwh: f64,
    pub charge_kwh: f64,
    pub discharge_kwh: f64,
    pub battery_in_kwh: f64,
    pub battery_out_kwh: f64,
    pub turbine_kwh: f64,
    pub diesel_kwh: f64,
    pub import_kwh: f64,
    pub losses_kwh: f64,
    pub unserved_kwh: f64,
    pub curtailed_kwh: f64,
    pub emissions_kg: f64,
    /// Sum of P_dem where it is positive.
    pub surplus_kwh: f64,
    /// Sum of |P_dem|.
    pub gap_kwh: f64,
    /// Sum of max(0, P_dem - |P_dem - Y|) where P_dem is positive.
    pub followed_kwh: f64,
    /// The same without the clip.
    pub followed_unclipped_kwh: f64,
    /// Sum of max(0, |P_dem| - |P_dem - Y|).
    pub followed_all_kwh: f64,
    /// Periods with P_dem above 0, and the sum of 1 - |P_dem - Y| / P_dem over them.
    pub surplus_periods: u64,
    pub tracking_sum: f64,
    /// Surplus that the stationary battery took, and that nobody took, in periods of surplus.
    pub surplus_to_battery_kwh: f64,
    pub surplus_abandoned_kwh: f64,
    /// Largest and smallest total load.
    pub peak_kw: f64,
    pub valley_kw: f64,
    /// Largest and smallest net consumption.
    pub net_peak_kw: f64,
    pub net_valley_kw: f64,
    pub import_peak_kw: f64,
}

impl Energy {
    /// Adds a period of `h` hours.
    pub fn add(&mut self, b: &BalanceRow, h: f64) {
        let y = b.ev_charge_kw - b.ev_discharge_kw;
        let (p, total) = (b.surplus_kw, b.load_kw + y);
        let first = self.periods == 0;
        self.periods += 1;
        self.load_kwh += b.load_kw * h;
        self.available_kwh += (b.pv_available_kw + b.wind_available_kw) * h;
        self.charge_kwh += b.ev_charge_kw * h;
        self.discharge_kwh += b.ev_discharge_kw * h;
        self.battery_in_kwh += b.battery_kw.max(0.0) * h;
        self.battery_out_kwh += (-b.battery_kw).max(0.0) * h;
        self.turbine_kwh += b.turbine_kw * h;
        self.diesel_kwh += b.diesel_kw * h;
        self.import_kwh += b.grid_kw.max(0.0) * h;
        self.losses_kwh += b.losses_kw * h;
        self.unserved_kwh += b.unserved_kw * h;
        self.curtailed_kwh += b.curtailed_kw * h;
        self.emissions_kg += b.emissions_kg;
        self.gap_kwh += p.abs() * h;
        self.followed_all_kwh += (p.abs() - (p - y).abs()).max(0.0) * h;
        if p > 0.0 {
            self.surplus_kwh += p * h;
            self.followed_kwh += (p - (p - y).abs()).max(0.0) * h;
            self.followed_unclipped_kwh += (p - (p - y).abs()) * h;
            self.surplus_periods += 1;
            self.tracking_sum += 1.0 - (p - y).abs() / p;
            let abandoned = b.curtailed_kw.min(p);
            self.surplus_abandoned_kwh += abandoned * h;
            self.surplus_to_battery_kwh += b.battery_kw.max(0.0).min(p - abandoned) * h;
        }
        self.peak_kw = if first { total } else { self.peak_kw.max(total) };
        let net = b.delivered_p_kw;
        self.net_peak_kw = if first { net } else { self.net_peak_kw.max(net) };
        self.net_valley_kw = if first { net } else { self.net_valley_kw.min(net) };
        self.valley_kw = if first { total } else { self.valley_kw.min(total) };
        self.import_peak_kw = self.import_peak_kw.max(b.grid_kw);
    }
}

/// The area's balance: the zones' rows added period by period.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Area {
    /// By period, in order of time.
    periods: Vec<BalanceRow>,
    last: usize,
}

impl Area {
    pub fn add(&mut self, b: &BalanceRow) {
        let hit = self.periods.get(self.last).is_some_and(|p| p.period_start == b.period_start);
        if !hit {
            self.last = match self.periods.binary_search_by_key(&b.period_start, |p| p.period_start)
            {
                Ok(i) => i,
                Err(i) => {
                    self.periods.insert(
                        i,
                        BalanceRow { period_start: b.period_start, ..BalanceRow::default() },
                    );
                    i
                }
            };
        }
        let p = &mut self.periods[self.last];
        p.load_kw += b.load_kw;
        p.pv_available_kw += b.pv_available_kw;
        p.wind_available_kw += b.wind_available_kw;
        p.ev_charge_kw += b.ev_charge_kw;
        p.ev_discharge_kw += b.ev_discharge_kw;
        p.battery_kw += b.battery_kw;
        p.turbine_kw += b.turbine_kw;
        p.diesel_kw += b.diesel_kw;
        p.grid_kw += b.grid_kw;
        p.losses_kw += b.losses_kw;
        p.unserved_kw += b.unserved_kw;
        p.curtailed_kw += b.curtailed_kw;
        p.surplus_kw += b.surplus_kw;
        p.delivered_p_kw += b.delivered_p_kw;
        p.emissions_kg += b.emissions_kg;
    }
    pub fn periods(&self) -> &[BalanceRow] {
        &self.periods
    }
    /// Days that MSER-5 would drop from the daily energy charged; NaN if there are fewer than ten
    /// days or it has not settled.
    pub fn warmup_days(&self, h: f64) -> f64 {
        let mut days: BTreeMap<i64, f64> = BTreeMap::new();
        for p in &self.periods {
            *days.entry(p.period_start.day()).or_default() += p.ev_charge_kw * h;
        }
        let daily: Vec<f64> = days.into_values().collect();
        mser5(&daily).filter(|m| m.settled).map_or(f64::NAN, |m| m.drop as f64)
    }
    /// The sums over the area's periods.
    pub fn energy(&self, h: f64) -> Energy {
        let mut e = Energy::default();
        for p in &self.periods {
            e.add(p, h);
        }
        e
    }
}

/// What the load would have been if every EV had charged on arrival at full power, as if a pile
/// were free for each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Uncontrolled {
    /// Mean power by period from the record's opening on \[kW\].
    charge_kw: Vec<f64>,
}

impl Uncontrolled {
    /// Adds a stay of an EV that charges with `power_kw`; periods are `length` microseconds long.
    pub fn add(&mut self, s: &StayRow, power_kw: f64, length: i64) {
        if s.arrival == Time::NONE
            || power_kw.is_nan()
            || power_kw <= 0.0
            || s.energy_needed_kwh.is_nan()
        {
            return;
        }
        let leaves = if s.departure == Time::NONE { s.planned_departure } else { s.departure };
        let full = s.arrival.0 + (s.energy_needed_kwh / power_kw * 3.6e9).round() as i64;
        let (from, until) = (s.arrival.0.max(0), full.min(leaves.0));
        for period in from / length..(until + length - 1) / length {
            let overlap = until.min((period + 1) * length) - from.max(period * length);
            let i = period as usize;
            if i >= self.charge_kw.len() {
                self.charge_kw.resize(i + 1, 0.0);
            }
            self.charge_kw[i] += power_kw * overlap as f64 / length as f64;
        }
    }
    /// Largest total load over the periods of the record; NaN without periods.
    pub fn peak_kw(&self, area: &Area, length: i64) -> f64 {
        let total = |p: &BalanceRow| {
            let i = usize::try_from(p.period_start.0.div_euclid(length)).ok();
            p.load_kw + i.and_then(|i| self.charge_kw.get(i)).copied().unwrap_or(0.0)
        };
        area.periods().iter().map(total).fold(f64::NAN, f64::max)
    }
}
