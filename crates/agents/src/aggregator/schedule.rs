//! Set points for the period that begins (P3 section 3.1), by the named policy.
//!
//! Booked charging follows the surplus within what each booking still needs by its end; booked
//! discharging is spread evenly over what is left of its booking; walk-ins charge at full power.

use super::{Aggregator, Cx, Session};
use crate::environment::Environment;
use crate::message::{SessionRef, ZoneReport};
use domain::{Detail, Direction};
use market::SchedulePolicy;
use schedule::stores::{self, Problem, Span, Store};
use serde::{Deserialize, Serialize};

/// Scratch memory of the scheduler; holds nothing that matters between periods.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    keys: Vec<SessionRef>,
    stores: Vec<Store>,
    set_points: Vec<f64>,
    /// `by_rule` where the policy's solver did not finish and the rule decided in its place.
    pub decided: Detail,
    rule: stores::rule::Workspace,
    fast: stores::fast::Workspace,
}

/// What the plug-ins will take from the period that begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Charging \[kW\].
    pub charge_kw: f64,
    /// Discharging \[kW\].
    pub discharge_kw: f64,
}

impl Aggregator {
    /// Chooses the set points of period `k`. `surplus_kw` is P_dem (eq. 4) from this period on, or
    /// what the DSO's target leaves.
    pub fn schedule(
        &mut self,
        k: i64,
        surplus_kw: &[f64],
        celsius: f64,
        scratch: &mut Scratch,
        cx: &Cx,
    ) -> Load {
        let env = cx.env;
        let policy = env.schedule.policy;
        let h = env.grid.hours().value();
        let mut load = Load::default();
        let worth = self.worth_of_discharging(k, env);
        scratch.keys.clear();
        scratch.stores.clear();
        scratch.decided = Detail::None;
        for pile in 0..self.piles.len() {
            let Some(key) = self.piles[pile].occupant else { continue };
            let Some(s) = self.sessions.get_mut(key) else { continue };
            s.counted_to = cx.out.now;
            s.power_kw = 0.0;
            if k < s.start || k >= s.end {
                continue;
            }
            let sells = s.declared.v2g
                && worth
                    .get(s.end.saturating_sub(k).clamp(0, worth.len() as i64 - 1) as usize)
                    .is_some_and(|w| w.sells(&s.declared));
            let store = store_of(s, k, sells, celsius, cx);
            if s.direction == Direction::Discharge {
                let left =
                    (s.energy_kwh - s.goal_kwh).max(0.0) * s.declared.vehicle.discharge_efficiency;
                let room = (s.energy_kwh - s.declared.floor_kwh).max(0.0)
                    * s.declared.vehicle.discharge_efficiency
                    / h;
                let power = (left / (h * (s.end - k) as f64)).min(store.discharge_kw_max).min(room);
                s.power_kw = -power;
                load.discharge_kw += power;
            } else if s.booking.is_none() || policy == SchedulePolicy::Uncontrolled {
                s.power_kw = stores::rule::bounds(&store, false, h).high_kw;
                load.charge_kw += s.power_kw;
            } else {
                scratch.keys.push(key);
                scratch.stores.push(store);
            }
        }
        if scratch.keys.is_empty() {
            return load;
        }
        self.solve(k, surplus_kw, load, scratch, cx);
        for (&key, &power) in scratch.keys.iter().zip(&scratch.set_points) {
            let Some(s) = self.sessions.get_mut(key) else { continue };
            s.power_kw = if power.abs() < 1e-9 { 0.0 } else { power };
            load.charge_kw += power.max(0.0);
            load.discharge_kw += (-power).max(0.0);
        }
        load
    }

    /// The booked chargers' set points of this period into `scratch.set_points`.
    fn solve(&self, k: i64, surplus_kw: &[f64], fixed: Load, scratch: &mut Scratch, cx: &Cx) {
        let h = cx.env.grid.hours().value();
        let now = surplus_kw.first().copied().unwrap_or(0.0) - fixed.charge_kw + fixed.discharge_kw;
        let plugged = scratch.keys.len();
        if cx.env.schedule.policy == SchedulePolicy::Rule {
            let problem = Problem { period_h: h, surplus_kw: &[now], stores: &scratch.stores };
            stores::rule::decide(&problem, &mut scratch.rule, &mut scratch.set_points);
            return;
        }
        let horizon = cx.env.schedule.horizon.min(surplus_kw.len()).max(1);
        let mut curve = surplus_kw[..horizon].to_vec();
        curve[0] = now;
        self.add_expected(k, horizon, scratch, cx);
        let problem = Problem { period_h: h, surplus_kw: &curve, stores: &scratch.stores };
        let plan = match cx.env.schedule.policy {
            SchedulePolicy::Lp => stores::lp::decide(&problem).ok(),
            SchedulePolicy::Mpc => {
                stores::mpc::decide(&problem, &stores::mpc::Weights::default()).ok()
            }
            _ => stores::fast::decide(&problem, &mut scratch.fast).ok(),
        };
        // A solver that does not finish leaves the decision to the rule, which always has an
        // answer; the zone's report says so.
        if let Some(plan) = plan {
            scratch.set_points = plan.set_points_kw();
        } else {
            scratch.decided = Detail::ByRule;
            scratch.stores.truncate(plugged);
            let problem = Problem { period_h: h, surplus_kw: &[now], stores: &scratch.stores };
            stores::rule::decide(&problem, &mut scratch.rule, &mut scratch.set_points);
        }
    }

    /// What discharging now is worth, by the number of periods that are left for charging again:
    /// the published discharge price, and the cheapest price of charging again as an owner sees it,
    /// `c - 0.5 max(0, c - E R)`.
    fn worth_of_discharging(&self, k: i64, env: &Environment) -> Vec<Worth> {
        let credence = if env.market.refund.enabled { OWNERS_CREDENCE } else { 0.0 };
        let p = &self.prices;
        let at = |period: i64| usize::try_from(period - p.from).unwrap_or(usize::MAX);
        let pays = p.discharge.get(at(k)).copied().unwrap_or(f64::NAN);
        let mut recharge = f64::INFINITY;
        let mut worth = vec![Worth { pays, recharge }; 2];
        for period in k + 1.. {
            let (Some(&c), Some(&real)) =
                (p.reservation.get(at(period)), p.expected_real.get(at(period)))
            else {
                break;
            };
            recharge = recharge.min(c - credence * (c - real).max(0.0));
            worth.push(Worth { pays, recharge });
        }
        worth
    }

    /// Bookings whose vehicles are still to come take part in the plans that look ahead, with what
    /// they reserved.
    fn add_expected(&self, k: i64, horizon: usize, scratch: &mut Scratch, cx: &Cx) {
        for (_, b) in self.bookings.iter() {
            if !b.is_expected()
                || b.direction == Direction::Discharge
                || b.start <= k
                || b.start - k >= horizon as i64
            {
                continue;
            }
            let pile_kw = cx.env.market.access.pile_kw;
            let span = Span::new((b.start - k) as usize, (b.end - k) as usize);
            let target = b.reserved_total_kwh();
            scratch.stores.push(Store {
                charge: span,
                discharge: Span::NEVER,
                charge_kw_max: pile_kw,
                discharge_kw_max: 0.0,
                energy_kwh: 0.0,
                ceiling_kwh: target,
                floor_kwh: 0.0,
                target_kwh: target,
                charge_efficiency: 1.0,
                discharge_efficiency: 1.0,
                taper: stores::Taper::NONE,
                connected_weight_kw: 0.0,
            });
        }
    }

    /// What the aggregator reports of the period that begins and those after it.
    pub fn report(&mut self, k: i64, horizon: usize, surplus_kw: &[f64], cx: &Cx) -> ZoneReport {
        let h = cx.env.grid.hours().value();
        let mut report = ZoneReport {
            zone: self.zone.0,
            from: k,
            booked_kw: vec![0.0; horizon],
            booked_count: vec![0.0; horizon],
            plugged_booked: 0.0,
            plugged_walk_in: 0.0,
            surplus_kw: surplus_kw.to_vec(),
            plant_unit_cost: Vec::with_capacity(horizon),
            absorbable_kwh: 0.0,
            dischargeable_kwh: 0.0,
        };
        for b in self.bookings.outlines() {
            let (from, to) =
                (i64::from(b.start).max(k) - k, i64::from(b.end).min(k + horizon as i64) - k);
            if from >= to {
                continue;
            }
            let (kw, from, to) = (b.reserved_kwh / h, from as usize, to as usize);
            report.booked_kw[from..to].iter_mut().for_each(|sum| *sum += kw);
            // How the count changes; whole numbers add up to the same in any order.
            report.booked_count[from] += 1.0;
            if let Some(after) = report.booked_count.get_mut(to) {
                *after -= 1.0;
            }
        }
        let mut count = 0.0;
        for change in &mut report.booked_count {
            count += *change;
            *change = count;
        }
        for (_, s) in self.sessions.iter() {
            let v = s.declared.vehicle;
            match s.booking {
                Some(_) => report.plugged_booked += 1.0,
                None => report.plugged_walk_in += 1.0,
            }
            report.absorbable_kwh += ((s.declared.ceiling_kwh - s.energy_kwh).max(0.0)
                / v.charge_efficiency)
                .min(v.charge_kw * h);
            if s.declared.v2g {
                let spare = (s.energy_kwh - s.declared.floor_kwh).max(0.0) * v.discharge_efficiency;
                report.dischargeable_kwh += spare.min(v.discharge_kw * h);
            }
        }
        report
    }
}

/// Share of the refund that an owner expects when charging again (our reading).
const OWNERS_CREDENCE: f64 = 0.5;

/// What discharging in the period at hand pays, and the cheapest price of charging again in time
/// \[CNY/kWh\].
#[derive(Clone, Copy, Debug, PartialEq)]
struct Worth {
    pays: f64,
    recharge: f64,
}

impl Worth {
    /// Whether an owner sells: `d >= k + recharge price / (mu_c mu_d)` (our reading, as for
    /// discharge bookings).
    fn sells(&self, d: &super::Declared) -> bool {
        self.pays
            >= d.wear_cny_per_kwh
                + self.recharge / (d.vehicle.charge_efficiency * d.vehicle.discharge_efficiency)
    }
}

/// A plug-in as a store of the scheduler.
fn store_of(s: &Session, k: i64, sells: bool, celsius: f64, cx: &Cx) -> Store {
    let env = cx.env;
    let v = s.declared.vehicle;
    let pile_kw = env.market.access.pile_kw;
    let warm = env.schedule.temperature.share(celsius);
    let charge_kw_max = v.charge_kw.min(pile_kw) * warm * env.voltage_share(k);
    let left = if s.end == i64::MAX { 1 } else { (s.end - k).max(0) as usize };
    let own_v2g = sells && env.schedule.v2g_inside_bookings && env.market.discharge.enabled;
    let discharge_kw_max = if s.direction == Direction::Discharge || own_v2g {
        v.discharge_kw.min(pile_kw) * warm
    } else {
        0.0
    };
    let knee = env.schedule.taper;
    let taper = if knee.knee >= 1.0 {
        stores::Taper::NONE
    } else {
        stores::Taper::through(
            &[(0.0, 1.0), (knee.knee, 1.0), (1.0, knee.end_share)],
            v.battery_kwh,
            charge_kw_max,
        )
        .unwrap_or_default()
    };
    Store {
        charge: Span::new(0, left),
        discharge: if discharge_kw_max > 0.0 { Span::new(0, left) } else { Span::NEVER },
        charge_kw_max,
        discharge_kw_max,
        energy_kwh: s.energy_kwh,
        ceiling_kwh: s.declared.ceiling_kwh,
        floor_kwh: s.declared.floor_kwh,
        target_kwh: s.goal_kwh,
        charge_efficiency: v.charge_efficiency,
        discharge_efficiency: v.discharge_efficiency,
        taper,
        connected_weight_kw: env.schedule.connected_weight_kw,
    }
}
