//! Set points of a feeder's zone: vehicles that are plugged in from arrival to departure follow the
//! zone's target (P0 eq. 22-26).
//!
//! Set points move from what must be charged now towards the target: more for those first who have
//! the least time to spare (laxity: time until the departure less charging at full power), less for
//! those first who have the most, and discharging where the owner accepts it and it costs less than
//! exceeding the target. What is left to do can then wait longest, as the DSO's stores assume.
//! Every set point stays between bounds within which the need is met by the departure; the need is
//! never traded away.
//!
//! Without a target demand answers to prices that float towards a flat day: energy per kind of
//! period by the elasticity matrix, placed where the zone's headroom is largest, stays in the order
//! of Fig. 4 (types 4, 1, 2, 3).

use super::bounds::ChargingBounds;
use super::schedule::Load;
use super::{Aggregator, Cx, Session};
use crate::environment::Environment;
use crate::message::SessionRef;
use crate::trade::Buses;
use crate::trade::bus_room::BusRoom;
use domain::{Price, Time, UserType};
use grid::{SellerSource, seller_floor};
use market::elastic::{
    ElasticPlan, KindPrices, PeriodKind, Stay, filling_order, on_arrival_kwh, respond, user_type,
};
use std::collections::BTreeMap;

/// Energy that is not worth a word \[kWh\].
const TRIFLE_KWH: f64 = 1e-6;

/// What a plugged-in vehicle can do in the rest of the period at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Flexibility {
    /// The plug-in.
    session: SessionRef,
    /// The set point so far \[kW\].
    now_kw: f64,
    /// Least power with which the need can still be met; negative with V2G \[kW\].
    low_kw: f64,
    /// Most power that the need has a use for in this period \[kW\].
    useful_kw: f64,
    /// Most power \[kW\]: with V2G beyond the need, as far as it can be given back.
    high_kw: f64,
    /// Share of the rest of the period for which it is there.
    presence: f64,
    /// Time until the departure beyond charging at full power \[h\].
    laxity_h: f64,
    /// Marginal cost of putting off charging, and of discharging \[CNY/kWh\].
    costs: [f64; 2],
    /// The stay as far as whole periods go, for the elastic response.
    stay: Stay,
}

/// Power with what it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Margin {
    /// Marginal cost \[CNY/kWh\].
    pub cost: f64,
    /// Power \[kW\].
    pub power_kw: f64,
}

/// What a zone can do to consume less in the rest of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    /// Putting off charging, and discharging, the cheapest first.
    pub less: Vec<Margin>,
    /// The least cost of not taking up more, infinite where nobody has a use for more
    /// \[CNY/kWh\].
    pub waiting: f64,
}

/// Energy that the stays of a user type take by the elastic response from a period in which some of
/// them are there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filled {
    /// Whose.
    pub user_type: UserType,
    /// When.
    pub period: i64,
    /// How much \[kWh\].
    pub energy_kwh: f64,
    /// Net load above the target before this type was filled \[kW\].
    pub net_kw: f64,
}

/// What set points are to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// A period begins: mean power that meets the target \[kW\].
    Target(f64),
    /// A gate: change of the mean power over the rest of the period \[kW\].
    Correction(f64),
    /// There is no target: the elastic response.
    Wish,
}

/// What was chosen for the vehicles without a booking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Followed {
    /// Their power.
    pub load: Load,
    /// The elastic response, type by type in the order of Fig. 4.
    pub filled: Vec<Filled>,
}

impl Aggregator {
    /// Chooses the set points of all vehicles without a booking. `room_kw` is, by period from `k`
    /// on, the EV power that just meets the target.
    pub fn follow(
        &mut self,
        k: i64,
        aim: Aim,
        room_kw: &[f64],
        buses: &Buses<'_>,
        cx: &mut Cx,
    ) -> Followed {
        let Some(case) = cx.env.feeder().cloned() else { return Followed::default() };
        let flexible = self.flexibilities(k, room_kw.len(), cx);
        let excess = case.conduct.excess_cny_per_kwh;
        let (mut power, target_kw): (Vec<f64>, f64) = match aim {
            Aim::Correction(change_kw) => {
                let power: Vec<f64> =
                    flexible.iter().map(|f| f.now_kw.clamp(f.low_kw, f.high_kw)).collect();
                // Vehicles that came since then take what they must; that was foreseen.
                let now_kw: f64 = flexible.iter().map(|f| f.presence * f.now_kw).sum();
                (power, now_kw + change_kw)
            }
            Aim::Target(kw) => (flexible.iter().map(Flexibility::must_kw).collect(), kw),
            Aim::Wish => (Vec::new(), f64::NAN),
        };
        let mut filled = Vec::new();
        if let Aim::Wish = aim {
            let Some(wished) = self.wished(k, &flexible, room_kw, cx) else {
                return Followed::default();
            };
            (power, filled) = wished;
        } else {
            let most = if let Aim::Target(_) = aim { f64::INFINITY } else { excess };
            let at = |f: &Flexibility| buses.room_of(self.sessions.get(f.session)?.declared.place);
            let at: Vec<Option<usize>> =
                if buses.rooms.is_empty() { Vec::new() } else { flexible.iter().map(at).collect() };
            spread(&flexible, target_kw, most, &at, &buses.rooms, &mut power);
        }
        if let Aim::Target(_) = aim {
            self.note_types(k, &flexible, room_kw.len(), cx);
        }
        let mut load = Load::default();
        for (f, power) in flexible.iter().zip(power) {
            if let Some(s) = self.sessions.get_mut(f.session) {
                s.power_kw = if power.abs() < 1e-9 { 0.0 } else { power };
                load.charge_kw += f.presence * power.max(0.0);
                load.discharge_kw += f.presence * (-power).max(0.0);
            }
        }
        Followed { load, filled }
    }

    /// The types of users by what is left of their stays.
    fn note_types(&mut self, k: i64, flexible: &[Flexibility], horizon: usize, cx: &Cx) {
        let kinds = period_kinds(cx.env, k, horizon);
        let h = cx.env.grid.hours().value();
        for f in flexible {
            if let Some(s) = self.sessions.get_mut(f.session) {
                let (periods, room) = (f.stay.periods_of(&kinds), f.stay.room_kwh(&kinds, h));
                s.user_type = user_type(periods, room, f.stay.need_kwh);
            }
        }
    }

    /// The elastic response to prices that float towards the plan: power now, and who takes what.
    fn wished(
        &mut self,
        k: i64,
        flexible: &[Flexibility],
        room_kw: &[f64],
        cx: &mut Cx,
    ) -> Option<(Vec<f64>, Vec<Filled>)> {
        let case = cx.env.feeder().cloned()?;
        let kinds = period_kinds(cx.env, k, room_kw.len());
        let h = cx.env.grid.hours().value();
        let stays: Vec<Stay> = flexible.iter().map(|f| f.stay.clone()).collect();
        let limit = case.elasticity.float_limit;
        let prices = floated_prices(cx.env, k, &kinds, &stays, room_kw, limit, h);
        let mut net: Vec<f64> = room_kw.iter().map(|r| -r).collect();
        let plans = match respond(&case.elasticity, &stays, &kinds, &prices, h, &mut net) {
            Ok(plans) => plans,
            Err(error) => {
                cx.break_invariant(
                    self.zone,
                    format!("the elastic response of period {k} is malformed: {error}"),
                );
                return None;
            }
        };
        let types: Vec<UserType> = plans.iter().map(|p| p.user_type).collect();
        let order = filling_order(&types);
        let mut power = Vec::with_capacity(flexible.len());
        for (f, plan) in flexible.iter().zip(&plans) {
            let wish = plan.power_kw.first().copied().unwrap_or(0.0);
            power
                .push(wish.clamp(f.low_kw.max(0.0), f.high_kw.max(0.0)).clamp(f.low_kw, f.high_kw));
            if let Some(s) = self.sessions.get_mut(f.session) {
                s.user_type = plan.user_type;
            }
        }
        Some((power, filled(k, &stays, &plans, &order, room_kw, h)))
    }

    /// What the vehicles without a booking can do in the rest of period `k`; energies are counted
    /// up to now.
    fn flexibilities(&mut self, k: i64, horizon: usize, cx: &Cx) -> Vec<Flexibility> {
        let (now, grid) = (cx.out.now, cx.env.grid);
        let until = grid.end(k);
        let h = grid.hours().value();
        let kinds = period_kinds(cx.env, k, horizon);
        let excess = cx.env.feeder().map_or(0.0, |case| case.conduct.excess_cny_per_kwh);
        let later = later_prices(k, cx.env);
        let mut all = Vec::new();
        for pile in 0..self.piles.len() {
            let Some(session) = self.piles[pile].occupant else { continue };
            self.count(session, now, cx);
            let Some(s) = self.sessions.get(session).filter(|s| s.booking.is_none()) else {
                continue;
            };
            let d = &s.declared;
            let leaves = d.departure.max(now);
            let here_h = (leaves.min(until) - now).hours().value().max(1e-6);
            let later_h = (leaves - until).hours().value().max(0.0);
            let (up, down) = (d.vehicle.charge_efficiency, d.vehicle.discharge_efficiency);
            let kw = d.vehicle.charge_kw.min(cx.env.market.access.pile_kw);
            // Energy that must be in the battery when this period ends, and the most that may be.
            let must_kwh = s.goal_kwh - kw * up * later_h;
            let back_kw = kw.min(d.vehicle.discharge_kw);
            let may_kwh = if d.v2g {
                (s.goal_kwh + back_kw / down * later_h).min(d.ceiling_kwh)
            } else {
                s.goal_kwh
            };
            // Negative where what is above the goal has to be given back now.
            let most = (may_kwh - s.energy_kwh) / here_h;
            let high_kw =
                if most >= 0.0 { (most / up).min(kw) } else { (most * down).max(-back_kw) };
            let missing = (must_kwh - s.energy_kwh) / here_h;
            // Nothing need be charged again of what was charged above the goal, if that is all.
            let recharge = later[later_index(k, d.departure, cx.env)];
            let spare_kwh = s.energy_kwh - s.goal_kwh;
            let all_spare = spare_kwh > (back_kw / down * here_h).max(TRIFLE_KWH);
            let costs = [recharge, discharging_cost(s, recharge, all_spare)];
            let sells = d.v2g && costs[1] < cx.env.retail(k).value().max(excess);
            let low_kw = if missing >= 0.0 {
                (missing / up).min(kw)
            } else if sells {
                let above_floor = (s.energy_kwh - d.floor_kwh).max(0.0) / here_h;
                -((-missing).min(above_floor) * down).min(back_kw)
            } else {
                0.0
            };
            let whole = ((leaves - grid.start(k)).hours().value() / h).floor().max(0.0) as usize;
            let periods = 0..whole.min(horizon);
            let mut useful_kw = ((s.goal_kwh - s.energy_kwh) / (up * here_h)).clamp(0.0, kw);
            let mut low_kw = low_kw;
            if let Some(answer) = s.answer {
                // Energy of other kinds is not taken in this one; what is of this one and has no
                // other period left must be taken now. What V2G took out is charged whenever.
                let later = (1..kinds.len()).take_while(|j| grid.start(k + *j as i64) < leaves);
                let same_h: f64 = later
                    .filter(|j| kinds[*j] == kinds[0])
                    .map(|j| {
                        (leaves.min(grid.end(k + j as i64)) - grid.start(k + j as i64))
                            .hours()
                            .value()
                    })
                    .sum();
                let need_kwh = ((s.goal_kwh - s.energy_kwh) / up).max(0.0);
                let own_kwh = answer.left_kwh[kinds[0] as usize].min(need_kwh);
                let free_kwh = (need_kwh - answer.left_kwh.iter().sum::<f64>()).max(0.0);
                useful_kw = useful_kw.min((own_kwh + free_kwh) / here_h).max(low_kw.max(0.0));
                if !d.v2g {
                    low_kw = low_kw.max((own_kwh - kw * same_h) / here_h).min(kw);
                }
            }
            let high_kw = if s.answer.is_some() && !d.v2g {
                high_kw.min(useful_kw.max(low_kw))
            } else {
                high_kw
            };
            let need_kwh = ((s.goal_kwh - s.energy_kwh) / up).max(0.0);
            let before_kwh = on_arrival_kwh(periods.clone(), kw, need_kwh, &kinds, h);
            let stay = Stay { periods, power_kw: kw, need_kwh, before_kwh };
            all.push(Flexibility {
                session,
                now_kw: s.power_kw,
                low_kw: low_kw.min(high_kw),
                useful_kw: useful_kw.min(high_kw),
                high_kw,
                presence: here_h / (until - now).hours().value().max(here_h),
                laxity_h: here_h + later_h - need_kwh / kw.max(1e-9),
                costs,
                stay,
            });
        }
        all.sort_by(|a, b| a.laxity_h.total_cmp(&b.laxity_h));
        all
    }

    /// How much less the zone could consume in the rest of period `k` by putting off charging and
    /// by discharging, and what it costs not to consume more.
    pub fn reducible(&mut self, k: i64, cx: &Cx) -> Means {
        let flexible = self.flexibilities(k, cx.env.grid.per_day as usize, cx);
        let less = |f: &Flexibility| {
            let power_kw = self.sessions.get(f.session).map_or(0.0, |s| s.power_kw);
            let [postponing, discharging] = f.costs;
            [
                Margin {
                    cost: postponing,
                    power_kw: f.presence * (power_kw.max(0.0) - f.low_kw.max(0.0)),
                },
                Margin {
                    cost: discharging,
                    power_kw: f.presence * (power_kw.min(0.0) - f.low_kw.min(0.0)),
                },
            ]
        };
        let waits = flexible.iter().filter(|f| f.useful_kw > f.low_kw.max(0.0) + 1e-9);
        let waiting = waits.map(|f| f.costs[0]).fold(f64::INFINITY, f64::min);
        Means { less: by_cost(flexible.iter().flat_map(less)), waiting }
    }

    /// Nobody schedules: vehicles without a booking charge at full power until they have what they
    /// want.
    pub fn charge_at_once(&mut self, k: i64, cx: &Cx) -> Load {
        let mut load = Load::default();
        for pile in 0..self.piles.len() {
            let Some(s) =
                self.piles[pile].occupant.and_then(|session| self.sessions.get_mut(session))
            else {
                continue;
            };
            if s.booking.is_none() {
                let until = cx.env.grid.end(k);
                let pile_kw = cx.env.market.access.pile_kw;
                s.power_kw = ChargingBounds::of(
                    s,
                    s.goal_kwh,
                    s.declared.departure,
                    cx.out.now,
                    until,
                    pile_kw,
                )
                .high_kw;
            }
            let mean_kw = mean_power_kw(s, k, cx);
            load.charge_kw += mean_kw.max(0.0);
            load.discharge_kw += (-mean_kw).max(0.0);
        }
        load
    }

    /// A vehicle was just plugged in: it takes power at once if waiting for the next period would
    /// leave its need unmet, or if nobody schedules. Our reading, for periods that are long against
    /// short stays.
    pub(super) fn begin_at_once(&mut self, session: SessionRef, cx: &Cx) {
        if let Some(case) = cx.env.group().cloned() {
            return self.set_on_plug_in(session, &case, cx.env.grid.at(cx.out.now), cx);
        }
        let Some(case) = cx.env.feeder() else { return };
        let scheduled = case.conduct.dispatches
            && cx.policy.schedule.policy != market::SchedulePolicy::Uncontrolled;
        let until = cx.env.grid.end(cx.env.grid.at(cx.out.now));
        let Some(s) = self.sessions.get_mut(session) else { return };
        let bounds = ChargingBounds::of(
            s,
            s.goal_kwh,
            s.declared.departure,
            cx.out.now,
            until,
            cx.env.market.access.pile_kw,
        );
        s.power_kw = if scheduled { bounds.low_kw } else { bounds.high_kw };
    }
}

/// Mean power of a plug-in over the rest of period `k`: none after the vehicle has left \[kW\].
pub fn mean_power_kw(s: &Session, k: i64, cx: &Cx) -> f64 {
    let until = cx.env.grid.end(k);
    let (here, rest) =
        (s.declared.departure.clamp(cx.out.now, until) - cx.out.now, until - cx.out.now);
    s.power_kw * here.hours().value() / rest.hours().value().max(1e-9)
}

impl Flexibility {
    /// What it charges as long as nobody asks for more \[kW\].
    fn must_kw(&self) -> f64 {
        self.low_kw.max(0.0).min(self.high_kw)
    }
}

/// Changes set points so that the sum of their means over the period comes as near to `target_kw`
/// as the bounds allow, by means that cost less than `most` \[CNY/kWh\]. Vehicles come in the order
/// of their laxity, the least first; `at` says at which of the bounded buses each one is.
fn spread(
    flexible: &[Flexibility],
    target_kw: f64,
    most: f64,
    at: &[Option<usize>],
    rooms: &[BusRoom],
    power: &mut [f64],
) {
    let mut at_bus = vec![0.0; rooms.len()];
    let bus = |i: usize| at.get(i).copied().flatten();
    let mut missing = target_kw;
    for (i, (f, power)) in flexible.iter().zip(&*power).enumerate() {
        missing -= f.presence * power;
        if let Some(b) = bus(i) {
            at_bus[b] += f.presence * power;
        }
    }
    // What a bus does not bear is taken back first, wherever the target is.
    for (i, f) in flexible.iter().enumerate().rev() {
        let Some(b) = bus(i) else { continue };
        let beyond = (at_bus[b] - rooms[b].high_kw).max(0.0);
        let step = beyond.min(f.presence * (power[i] - f.low_kw).max(0.0));
        power[i] -= step / f.presence;
        missing += step;
        at_bus[b] -= step;
    }
    let mut give = |i: usize, room_kw: f64, power: &mut f64, missing: &mut f64| {
        let f = &flexible[i];
        let bus_kw = bus(i).map_or(f64::INFINITY, |b| (rooms[b].high_kw - at_bus[b]).max(0.0));
        let step = missing.clamp(0.0, (f.presence * room_kw.max(0.0)).min(bus_kw));
        *power += step / f.presence;
        *missing -= step;
        if let Some(b) = bus(i) {
            at_bus[b] += step;
        }
    };
    // Needs are met before anything is stored to be given back, and that by those who stay longest.
    for i in 0..flexible.len() {
        give(i, flexible[i].useful_kw - power[i], &mut power[i], &mut missing);
    }
    for i in (0..flexible.len()).rev() {
        give(i, flexible[i].high_kw - power[i], &mut power[i], &mut missing);
    }
    // Charging is reduced everywhere before anything is discharged.
    for (floor, cost) in [(0.0, 0), (f64::NEG_INFINITY, 1)] {
        for (i, (f, power)) in flexible.iter().zip(&mut *power).enumerate().rev() {
            if f.costs[cost] >= most {
                continue;
            }
            let low = f.low_kw.max(floor);
            let bus_kw = bus(i).map_or(f64::INFINITY, |b| (at_bus[b] - rooms[b].low_kw).max(0.0));
            let step = (-missing).clamp(0.0, (f.presence * (*power - low).max(0.0)).min(bus_kw));
            *power -= step / f.presence;
            missing += step;
            if let Some(b) = bus(i) {
                at_bus[b] -= step;
            }
        }
    }
}

/// Kind of each period from `k` on: the tariff's dearest hours are peak, its cheapest valley, the
/// rest flat.
pub fn period_kinds(env: &Environment, k: i64, horizon: usize) -> Vec<PeriodKind> {
    let price = |j: i64| env.retail(j).value();
    let day: Vec<f64> = (0..env.grid.per_day).map(price).collect();
    let (low, high) = (
        day.iter().copied().fold(f64::INFINITY, f64::min),
        day.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    );
    (k..k + horizon as i64)
        .map(|j| match price(j) {
            p if p <= low + 1e-9 => PeriodKind::Valley,
            p if p >= high - 1e-9 => PeriodKind::Peak,
            _ => PeriodKind::Flat,
        })
        .collect()
}

/// Prices that float towards the plan (our reading): in a kind of period in which vehicles would
/// take more on their own than the plan gives them the price rises, by the limit if the plan gives
/// nothing, and the other way round.
fn floated_prices(
    env: &Environment,
    k: i64,
    kinds: &[PeriodKind],
    stays: &[Stay],
    room_kw: &[f64],
    limit: f64,
    h: f64,
) -> KindPrices {
    let (mut base, mut count, mut planned, mut wanted) = ([0.0; 3], [0.0; 3], [0.0; 3], [0.0; 3]);
    for (j, (&kind, room)) in kinds.iter().zip(room_kw).enumerate() {
        base[kind as usize] += env.retail(k + j as i64).value();
        count[kind as usize] += 1.0;
        planned[kind as usize] += room.max(0.0) * h;
    }
    for stay in stays {
        (0..3).for_each(|i| wanted[i] += stay.before_kwh[i]);
    }
    let mean = base.iter().sum::<f64>() / count.iter().sum::<f64>().max(1.0);
    let base: [f64; 3] =
        std::array::from_fn(|i| if count[i] > 0.0 { base[i] / count[i] } else { mean })
            .map(|p: f64| p.max(1e-6));
    let float = |i: usize| {
        let larger = wanted[i].max(planned[i]);
        if larger > 0.0 { (wanted[i] - planned[i]) / larger * limit } else { 0.0 }
    };
    KindPrices { base, actual: std::array::from_fn(|i| base[i] * (1.0 + float(i))) }
}

/// The cheapest price at which a stay can still charge after period `k`, by the number of periods
/// after it that it reaches into, a day at most; infinite where there are none \[CNY/kWh\].
fn later_prices(k: i64, env: &Environment) -> Vec<f64> {
    let mut least = f64::INFINITY;
    let after = (k + 1..=k + env.grid.per_day).map(|j| {
        least = least.min(env.retail(j).value());
        least
    });
    std::iter::once(f64::INFINITY).chain(after).collect()
}

/// Its entry for a departure.
fn later_index(k: i64, departure: Time, env: &Environment) -> usize {
    (env.grid.ceil(departure) - k - 1).clamp(0, env.grid.per_day) as usize
}

/// What discharging a kWh costs \[CNY/kWh\]: the wear, and charging again at the cheapest price that
/// is left, with the losses both ways. What was charged above the goal need not be charged again;
/// that it cost something does not matter any more.
fn discharging_cost(s: &Session, recharge: f64, all_spare: bool) -> f64 {
    let (d, v) = (&s.declared, s.declared.vehicle);
    if all_spare {
        return d.wear_cny_per_kwh;
    }
    let efficiency = (v.charge_efficiency * v.discharge_efficiency).sqrt();
    let (recharge, wear) = (Price(recharge), Price(d.wear_cny_per_kwh));
    seller_floor(SellerSource::V2g { recharge, efficiency, wear }).value()
}

/// Least that the owner is paid for a kWh discharged in period `k` \[CNY/kWh\]: what it costs, and
/// above the goal the dearest price at which that was charged, with the losses both ways, too.
pub(super) fn least_pay(s: &Session, k: i64, env: &Environment) -> f64 {
    let (wear, v) = (s.declared.wear_cny_per_kwh, s.declared.vehicle);
    let stored = wear + s.stored_at_cny_per_kwh / (v.charge_efficiency * v.discharge_efficiency);
    let all_spare = s.energy_kwh > s.goal_kwh + TRIFLE_KWH;
    let recharge = later_prices(k, env)[later_index(k, s.declared.departure, env)];
    let cost = discharging_cost(s, recharge, all_spare);
    if all_spare {
        stored
    } else if cost.is_finite() {
        cost
    } else {
        wear
    }
}

/// Adds up what costs the same; the cheapest first, nothing that is not there.
fn by_cost(margins: impl Iterator<Item = Margin>) -> Vec<Margin> {
    let mut all: Vec<Margin> =
        margins.filter(|m| m.power_kw > 1e-9 && m.cost.is_finite()).collect();
    all.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    all.dedup_by(|next, kept| {
        let same = (next.cost - kept.cost).abs() < 1e-12;
        kept.power_kw += if same { next.power_kw } else { 0.0 };
        same
    });
    all
}

/// The response by type and period, with the net load that each type found.
fn filled(
    k: i64,
    stays: &[Stay],
    plans: &[ElasticPlan],
    order: &[usize],
    room_kw: &[f64],
    h: f64,
) -> Vec<Filled> {
    let mut net: Vec<f64> = room_kw.iter().map(|r| -r).collect();
    let mut all = Vec::new();
    for of_type in order.chunk_by(|&a, &b| plans[a].user_type == plans[b].user_type) {
        let user_type = plans[of_type[0]].user_type;
        let mut taken: BTreeMap<usize, f64> = BTreeMap::new();
        for &i in of_type {
            stays[i]
                .periods
                .clone()
                .zip(&plans[i].power_kw)
                .for_each(|(j, kw)| *taken.entry(j).or_default() += kw);
        }
        for (j, kw) in taken {
            all.push(Filled {
                user_type,
                period: k + j as i64,
                energy_kwh: kw * h,
                net_kw: net[j],
            });
            net[j] += kw;
        }
    }
    all
}

/// The type of a whole stay (P0 section 2.8): its periods by kind, and what it could charge in
/// them.
pub fn stay_type(
    env: &Environment,
    arrival: Time,
    departure: Time,
    power_kw: f64,
    need_kwh: f64,
) -> UserType {
    let first = env.grid.at(arrival);
    let last = env.grid.ceil(departure).min(first + 4 * env.grid.per_day);
    let kinds = period_kinds(env, first, (last - first).max(0) as usize);
    let (mut periods, mut room) = ([0; 3], [0.0; 3]);
    for (j, &kind) in kinds.iter().enumerate() {
        let start = env.grid.start(first + j as i64).max(arrival);
        let end = env.grid.end(first + j as i64).min(departure);
        periods[kind as usize] += 1;
        room[kind as usize] += power_kw * (end - start).hours().value().max(0.0);
    }
    user_type(periods, room, need_kwh)
}
