//! What a clairvoyant who knows every stay in advance could have done better, as a bound by a
//! linear programme (our reading of deadweight loss).
//!
//! With x_st the energy charged in stay s and period t, v_s what its owner would pay for a kWh, c_t
//! the grid's price, h the length of a period, p_s the charging power and n the piles of the zone:
//!
//! ```text
//! max  sum v_s x_st - sum c_t g_t                    g_t: energy beyond the surplus, bought
//! s.t. sum_s x_st <= (surplus_t h + discharged_t) + g_t
//!      sum_t x_st <= charged_s + unmet_s             what the stay took in the run, and what it lacked in the end
//!      sum_s x_st / (p_s h) <= n                     0 <= x_st <= p_s h, periods that the stay touches
//! ```
//!
//! The run itself is a feasible point, so the optimum less what the run reached by the same formula
//! is never below 0. Piles are shared within a period and discharging is taken as it was, so it is
//! a bound: no mechanism need reach it.

use domain::{BalanceRow, Direction, EvId, EvRow, Fact, PeriodGrid, StayRow, Tariff, Time, ZoneId};
use optim::program::{Program, Sense, Settings, Variable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the bound needs of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Clairvoyant {
    grid: Tariff,
    /// Charging power \[kW\] and value of a kWh \[CNY\] by EV.
    evs: BTreeMap<EvId, (f64, f64)>,
    stays: Vec<Visit>,
    /// Energy charged by EV and period \[kWh\].
    charged: BTreeMap<(EvId, i64), f64>,
    /// Surplus, charged and discharged power by zone and period \[kW\].
    periods: BTreeMap<(ZoneId, i64), [f64; 3]>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Visit {
    ev: EvId,
    zone: ZoneId,
    arrival: Time,
    departure: Time,
    unmet_kwh: f64,
}

impl Clairvoyant {
    /// Nothing yet; `grid` is what energy beyond the surplus costs.
    pub fn new(grid: Tariff) -> Self {
        Self {
            grid,
            evs: BTreeMap::new(),
            stays: Vec::new(),
            charged: BTreeMap::new(),
            periods: BTreeMap::new(),
        }
    }

    /// An EV; whoever has no willingness to pay of its own values a kWh at the tariff for EVs.
    pub fn add_ev(&mut self, e: &EvRow, pile_kw: f64, tariff_ev: &Tariff) {
        let own = e.willingness_to_pay;
        let value = if own.is_finite() {
            own
        } else {
            tariff_ev.prices.iter().copied().fold(0.0, f64::max) + tariff_ev.service_fee
        };
        self.evs.insert(e.ev, (e.charge_kw.min(pile_kw), value));
    }

    pub fn add_stay(&mut self, s: &StayRow) {
        let departure = if s.departure == Time::NONE { Time::FAR } else { s.departure };
        self.stays.push(Visit {
            ev: s.ev,
            zone: s.zone,
            arrival: s.arrival,
            departure,
            unmet_kwh: s.unmet_kwh.max(0.0),
        });
    }

    pub fn add_set_point(&mut self, f: &Fact, grid: PeriodGrid) {
        if f.direction == Some(Direction::Charge) {
            *self.charged.entry((f.ev, grid.at(f.period_start))).or_default() += f.energy;
        }
    }

    pub fn add_balance(&mut self, b: &BalanceRow, grid: PeriodGrid) {
        self.periods.insert(
            (b.zone, grid.at(b.period_start)),
            [b.surplus_kw.max(0.0), b.ev_charge_kw, b.ev_discharge_kw],
        );
    }

    /// Optimum less what the run reached, of a zone with so many piles \[CNY\]; NaN if the
    /// programme could not be solved.
    pub fn loss_cny(&self, zone: ZoneId, piles: u32, periods: PeriodGrid) -> f64 {
        let h = periods.hours().value();
        let in_zone: Vec<(i64, [f64; 3])> = self
            .periods
            .iter()
            .filter(|((z, _), _)| *z == zone)
            .map(|((_, t), p)| (*t, *p))
            .collect();
        let mut program = Program::new();
        let mut at_period: BTreeMap<i64, Vec<(Variable, f64)>> =
            in_zone.iter().map(|(t, _)| (*t, Vec::new())).collect();
        let mut reached = 0.0;
        for visit in self.stays.iter().filter(|v| v.zone == zone) {
            let Some(&(power_kw, value)) = self.evs.get(&visit.ev) else { continue };
            let (first, last) = (periods.at(visit.arrival), periods.at(visit.departure));
            let charged: f64 =
                self.charged.range((visit.ev, first)..=(visit.ev, last)).map(|(_, kwh)| kwh).sum();
            reached += value * charged;
            let most = power_kw * h;
            let mut of_stay = Vec::new();
            for (_, users) in at_period.range_mut(first..=last) {
                let x = program.add_variable(-value, 0.0, most);
                users.push((x, 1.0 / most));
                of_stay.push((x, 1.0));
            }
            program.add_row(Sense::AtMost, charged + visit.unmet_kwh, &of_stay);
        }
        for &(t, [surplus_kw, charged_kw, discharged_kw]) in &in_zone {
            let price = self.grid.at(periods.start(t)).value();
            let free = (surplus_kw + discharged_kw) * h;
            reached -= price * (charged_kw * h - free).max(0.0);
            let users = &at_period[&t];
            let bought = program.add_variable(price, 0.0, f64::INFINITY);
            let energy: Vec<(Variable, f64)> =
                users.iter().map(|&(x, _)| (x, 1.0)).chain([(bought, -1.0)]).collect();
            program.add_row(Sense::AtMost, free, &energy);
            program.add_row(Sense::AtMost, f64::from(piles), users);
        }
        match program.solve(&Settings::default()).map(optim::program::Outcome::solution) {
            // What is below 0 is the solver's tolerance.
            Ok(Some(best)) => (-best.objective - reached).max(0.0),
            _ => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two EVs of 4 kW that stay for two periods of an hour at one pile; 2 kWh of surplus in the
    /// first period, the grid at 1 CNY.
    fn two_evs(first_gets_kwh: f64, second_gets_kwh: f64) -> f64 {
        let grid = PeriodGrid { per_day: 24 };
        let mut c = Clairvoyant::new(Tariff::flat(1.0));
        for (ev, value) in [(1, 3.0), (2, 0.5)] {
            c.evs.insert(EvId(ev), (4.0, value));
        }
        for (ev, got) in [(1, first_gets_kwh), (2, second_gets_kwh)] {
            c.charged.insert((EvId(ev), 0), got);
            let hour = |n| Time::START + domain::Span::from_hours(n);
            c.stays.push(Visit {
                ev: EvId(ev),
                zone: ZoneId(1),
                arrival: hour(0.0),
                departure: hour(1.5),
                unmet_kwh: 4.0 - got,
            });
        }
        c.periods.insert((ZoneId(1), 0), [2.0, first_gets_kwh + second_gets_kwh, 0.0]);
        c.periods.insert((ZoneId(1), 1), [0.0, 0.0, 0.0]);
        c.loss_cny(ZoneId(1), 1, grid)
    }

    #[test]
    fn the_loss_is_what_the_best_assignment_wins() {
        // Best: EV 1 charges 4 kWh (12 CNY), 2 of them from the surplus, 2 bought (2 CNY): 10. EV 2
        // is worth less than the grid.
        assert!(two_evs(4.0, 0.0).abs() < 1e-5);
        // EV 2 took the surplus: 2 x 0.5 = 1, so 9 are lost.
        assert!((two_evs(0.0, 2.0) - 9.0).abs() < 1e-5);
        assert!((two_evs(0.0, 0.0) - 10.0).abs() < 1e-5);
    }
}
