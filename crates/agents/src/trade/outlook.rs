//! What a zone tells the DSO: metered energies of the period that ended, and the stays of the 24
//! hours after the one at hand.

use crate::aggregator::Aggregator;
use crate::dso::case::{FeederCase, StayOutlook};
use crate::dso::letters::Metered;
use crate::environment::Environment;
use crate::ev::Ev;
use domain::{Span, Time, ZoneId};

/// Metered energy of the period that ended by bus; `at_bus` gives the bus position of an EV's
/// place.
pub fn metered(
    aggregator: &Aggregator,
    k: i64,
    buses: usize,
    at_bus: impl Fn(u32) -> usize,
) -> Metered {
    let mut charged = vec![0.0; buses];
    let mut discharged = vec![0.0; buses];
    for u in &aggregator.uses {
        let at = at_bus(u.place);
        charged[at] += u.charged_kwh;
        discharged[at] += u.discharged_kwh;
    }
    let at = (0..buses)
        .filter(|&b| charged[b] + discharged[b] > 0.0)
        .map(|b| (b, charged[b], discharged[b]))
        .collect();
    Metered { zone: aggregator.zone.0, period: k, at }
}

/// From when a vehicle that comes takes part: from the next time on at which set points change, or
/// at once if it leaves before.
fn takes_part_h(arrive_h: f64, depart_h: f64, step_h: f64) -> f64 {
    let next_h = (arrive_h / step_h).ceil() * step_h;
    if next_h < depart_h { next_h } else { arrive_h }
}

/// Time between two changes of set points \[h\].
fn step_h(case: &FeederCase, env: &Environment) -> f64 {
    let h = env.grid.hours().value();
    if case.conduct.own_correction { h / env.gates as f64 } else { h }
}

/// The stays of the 24 hours after period `k`: vehicles that are there as they declared, others as
/// usual (or, with known plans, as they will be). Hours count from the end of the period.
pub(super) fn stays(
    zone: ZoneId,
    k: i64,
    evs: &[Ev],
    aggregator: &Aggregator,
    env: &Environment,
) -> Vec<StayOutlook> {
    let Some(case) = env.feeder().filter(|c| c.conduct.dispatches) else {
        return Vec::new();
    };
    let (begin, end) = (env.grid.start(k), env.grid.end(k));
    let hours = |t: Time| (t - end).hours().value();
    let (h, step_h) = (env.grid.hours().value(), step_h(case, env));
    let mut all = Vec::new();
    for (_, s) in aggregator.sessions.iter() {
        let d = &s.declared;
        if d.departure <= end {
            continue;
        }
        let flow = if s.power_kw >= 0.0 {
            s.power_kw * d.vehicle.charge_efficiency
        } else {
            s.power_kw / d.vehicle.discharge_efficiency
        };
        let start_kwh = s.energy_kwh + flow * h;
        all.push(StayOutlook {
            bus: evs[d.place as usize].home_bus.0,
            arrive_h: 0.0,
            depart_h: hours(d.departure),
            power_kw: d.vehicle.charge_kw.min(env.market.access.pile_kw),
            start_kwh,
            target_kwh: s.goal_kwh.max(start_kwh.min(s.goal_kwh)),
            floor_kwh: d.floor_kwh,
            capacity_kwh: d.ceiling_kwh,
            v2g: d.v2g,
            answer_kwh: s.answer.map(|answer| answer.left_kwh),
        });
    }
    let coming = to_come(zone, begin, end + Span::HOUR.times(24), evs, case, env);
    all.extend(coming.into_iter().filter(|s| s.depart_h > h).map(|s| StayOutlook {
        arrive_h: takes_part_h(s.arrive_h - h, s.depart_h - h, step_h),
        depart_h: s.depart_h - h,
        ..s
    }));
    all
}

/// Stays that begin between two instants, as usual or, with known plans, as they will; hours count
/// from the first instant.
fn to_come(
    zone: ZoneId,
    from: Time,
    until: Time,
    evs: &[Ev],
    case: &FeederCase,
    env: &Environment,
) -> Vec<StayOutlook> {
    let hours = |t: Time| (t - from).hours().value();
    let within_h = hours(until);
    if case.conduct.plans_known {
        let of_ev = |e: &Ev| -> Vec<StayOutlook> {
            let soc_now = e.soc();
            let v = e.person.vehicle;
            let soon = e.upcoming.iter().filter(|p| p.arrival >= from && p.arrival < until);
            let stay = |p: &crate::ev::Plan| StayOutlook {
                bus: e.home_bus.0,
                arrive_h: hours(p.arrival),
                depart_h: hours(p.departure),
                power_kw: v.charge_kw.min(env.market.access.pile_kw),
                start_kwh: (e.target_kwh()
                    - p.need.driven_kwh(soc_now, v.battery_kwh, e.person.floor_soc))
                .max(0.0),
                target_kwh: e.target_kwh(),
                floor_kwh: e.person.floor_soc * v.battery_kwh,
                capacity_kwh: e.ceiling_kwh(),
                v2g: e.person.v2g,
                answer_kwh: None,
            };
            soon.map(stay).collect()
        };
        return evs.iter().flat_map(of_ev).collect();
    }
    let from_h = from.hour_of_day();
    let usual = case.expected[usize::from(zone.0) - 1].iter();
    usual
        .map(|s| (s, (s.arrive_h - from_h).rem_euclid(24.0)))
        .filter(|(_, arrive_h)| *arrive_h < within_h)
        .map(|(s, arrive_h)| StayOutlook {
            arrive_h,
            depart_h: arrive_h + s.depart_h - s.arrive_h,
            ..*s
        })
        .collect()
}

/// What vehicles that are still to come in the rest of period `k` will draw at once: the least
/// with which each still meets its need, until set points change \[kWh\].
pub(super) fn must_run_kwh(
    zone: ZoneId,
    k: i64,
    now: Time,
    evs: &[Ev],
    case: &FeederCase,
    env: &Environment,
) -> f64 {
    let rest_h = (env.grid.end(k) - now).hours().value();
    let drawn = |s: StayOutlook| {
        let need_kwh = ((s.target_kwh - s.start_kwh) / case.prices.ev_efficiency).max(0.0);
        let here_kwh = s.power_kw * (rest_h.min(s.depart_h) - s.arrive_h);
        let later_kwh = s.power_kw * (s.depart_h - rest_h).max(0.0);
        (need_kwh - later_kwh).clamp(0.0, here_kwh.max(0.0))
    };
    to_come(zone, now, env.grid.end(k), evs, case, env).into_iter().map(drawn).sum()
}
