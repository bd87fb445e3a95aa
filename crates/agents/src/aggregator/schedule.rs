//! Set points for the period that begins (P3 section 3.1), by the named policy.
//!
//! Booked charging follows the surplus within what each booking still needs by its end; booked
//! discharging is spread evenly over what is left of its booking; walk-ins charge at full power.

use super::{Aggregator, Cx, Session};
use crate::message::{Ended, Publication, SessionRef, ZoneReport};
use domain::{Detail, Direction};
use market::{MarketRules, SchedulePolicy};
use schedule::stores::{self, Permits, Problem, Span, Store};
use serde::{Deserialize, Serialize};

/// Scratch memory of the scheduler; holds nothing that matters between periods.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pub(super) keys: Vec<SessionRef>,
    pub(super) stores: Vec<Store>,
    /// Whether each store's owner sells in each period of the policy's horizon.
    pub(super) permits: Vec<bool>,
    /// Periods of the policy's horizon.
    pub(super) horizon: usize,
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
        let policy = cx.policy.schedule.policy;
        let h = env.grid.hours().value();
        let mut load = Load::default();
        let horizon = match policy {
            SchedulePolicy::Rule | SchedulePolicy::Uncontrolled => 1,
            _ => env.schedule.horizon.min(surplus_kw.len()).max(1),
        };
        let worth = Worth::of(&self.prices, k, cx.policy);
        scratch.keys.clear();
        scratch.stores.clear();
        scratch.permits.clear();
        scratch.horizon = horizon;
        scratch.decided = Detail::None;
        for pile in 0..self.piles.len() {
            let Some(key) = self.piles[pile].occupant else { continue };
            let Some(s) = self.sessions.get_mut(key) else { continue };
            s.counted_to = cx.out.now;
            s.power_kw = 0.0;
            if k < s.start || k >= s.end {
                continue;
            }
            let store = store_of(s, k, celsius, cx);
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
                worth.permit(&s.declared, store.discharge.end, horizon, &mut scratch.permits);
                scratch.stores.push(store);
            }
        }
        if scratch.keys.is_empty() {
            return load;
        }
        self.solve(k, &surplus_kw[..horizon.min(surplus_kw.len())], load, scratch, cx);
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
        let weight = cx.policy.schedule.throughput_weight;
        if cx.policy.schedule.policy == SchedulePolicy::Rule {
            let curve = [now];
            let problem = Problem {
                permits: Permits::ByPeriod(&scratch.permits),
                ..Problem::new(h, &curve, &scratch.stores)
            };
            stores::rule::decide(&problem, &mut scratch.rule, &mut scratch.set_points);
            return;
        }
        let mut curve = surplus_kw.to_vec();
        curve[0] = now;
        self.add_expected(k, curve.len(), scratch, cx);
        scratch.permits.resize(scratch.stores.len() * curve.len(), false);
        let problem = Problem {
            permits: Permits::ByPeriod(&scratch.permits),
            throughput_weight: weight,
            ..Problem::new(h, &curve, &scratch.stores)
        };
        let plan = match cx.policy.schedule.policy {
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
            let first: Vec<bool> =
                scratch.permits.iter().copied().step_by(curve.len()).take(plugged).collect();
            let problem = Problem {
                permits: Permits::ByPeriod(&first),
                ..Problem::new(h, &curve[..1], &scratch.stores)
            };
            stores::rule::decide(&problem, &mut scratch.rule, &mut scratch.set_points);
        }
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
            ended: Ended::default(),
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

/// What discharging pays, and what charging again costs as an owner sees it, by period from the one
/// at hand on, as far as prices are published \[CNY/kWh\].
#[derive(Clone, Debug, PartialEq)]
struct Worth {
    /// The published discharge price d_t; NaN where none is wanted.
    pays: Vec<f64>,
    /// `c - 0.5 max(0, c - E R)`.
    recharge: Vec<f64>,
}

impl Worth {
    fn of(p: &Publication, k: i64, rules: &MarketRules) -> Self {
        let credence = if rules.refund.enabled { OWNERS_CREDENCE } else { 0.0 };
        let from = usize::try_from(k - p.from).unwrap_or(usize::MAX);
        let pays = p.discharge.get(from..).unwrap_or_default().to_vec();
        let prices = p.reservation.iter().zip(&p.expected_real).skip(from);
        let recharge = prices.map(|(&c, &real)| c - credence * (c - real).max(0.0));
        Self { pays, recharge: recharge.collect() }
    }

    /// Appends one value a period of the horizon: whether an owner whose booking ends at `end`
    /// sells, `d_t >= k + cheapest recharge price after t / (mu_c mu_d)` (our reading, as for
    /// discharge bookings). Nothing is sold where no price is published.
    fn permit(&self, d: &super::Declared, end: usize, horizon: usize, permits: &mut Vec<bool>) {
        let from = permits.len();
        permits.resize(from + horizon, false);
        if !d.v2g {
            return;
        }
        let round_trip = d.vehicle.charge_efficiency * d.vehicle.discharge_efficiency;
        let mut cheapest = f64::INFINITY;
        for period in (0..end.min(self.recharge.len())).rev() {
            if period < horizon && self.pays.get(period).is_some() {
                permits[from + period] =
                    self.pays[period] >= d.wear_cny_per_kwh + cheapest / round_trip;
            }
            cheapest = cheapest.min(self.recharge[period]);
        }
    }
}

/// A plug-in as a store of the scheduler.
fn store_of(s: &Session, k: i64, celsius: f64, cx: &Cx) -> Store {
    let env = cx.env;
    let v = s.declared.vehicle;
    let pile_kw = env.market.access.pile_kw;
    let warm = env.schedule.temperature.share(celsius);
    let charge_kw_max = v.charge_kw.min(pile_kw) * warm * env.voltage_share(k);
    let left = if s.end == i64::MAX { 1 } else { (s.end - k).max(0) as usize };
    let own_v2g = s.declared.v2g && env.schedule.v2g_inside_bookings && cx.policy.discharge.enabled;
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
    }
}
