//! Policies against each other in a zone that runs: sixty vehicles are plugged in and known, the
//! curve is seen without error, and what happened is judged by the rows and facts that are left.

use super::bench::{Bench, prices};
use crate::environment::{Environment, Series};
use crate::message::{Letter, Message, Publication, ToUser, ZoneEvent};
use domain::{Direction, FactKind, Rows};
use market::SchedulePolicy;
use std::sync::Arc;

const USERS: u32 = 60;
const FIRST: usize = 36;

/// Surplus by period of the day \[kW\].
fn surplus_kw(period: usize) -> f64 {
    let t = period as f64;
    700.0 * (0.6 * t).sin() + 200.0 * (2.3 * t).sin()
}

fn world(policy: SchedulePolicy) -> impl FnOnce(&mut Environment) {
    move |env| {
        let wind: Vec<f64> = (0..96).map(|period| 1000.0 + surplus_kw(period)).collect();
        env.series[0].load_kw = Series::constant(1000.0);
        env.series[0].wind_kw = Series { values: wind.into(), first: 0, per_day: 96 };
        env.market.access.piles = USERS;
        env.market.schedule.policy = policy;
        env.schedule.v2g_inside_bookings = true;
    }
}

/// The rows of the zone from 9 to 13 o'clock; this share of the owners sells.
fn run(policy: SchedulePolicy, v2g: f64) -> Rows {
    let mut bench = Bench::planned_fleet(USERS, world(policy));
    // Discharging is paid in two deficits out of three.
    let paid = |period: usize| surplus_kw(period) < 0.0 && !period.is_multiple_of(3);
    let discharge = (0..96).map(|period| if paid(period) { 1.3 } else { f64::NAN }).collect();
    bench.receive(5.0, Letter::Prices(Arc::new(Publication { discharge, ..prices() })));
    for e in bench.zone.evs.all_mut() {
        e.person.v2g = f64::from(e.place) < v2g * f64::from(USERS);
    }
    let mut expected_kwh = 0.0;
    for ev in 0..USERS {
        let kwh = 2.0 + f64::from(ev % 5);
        expected_kwh += kwh;
        let booking = bench.book(6.0, ev, 9.0, 8 + (ev % 9) as u16, kwh);
        bench.handle(8.0, Message::User(ev, ToUser::Arrive));
        bench.handle(8.75, Message::User(ev, ToUser::Come { booking }));
    }
    let mut rows = Rows::default();
    for period in 0..16 {
        let hour = 9.0 + 0.25 * f64::from(period);
        bench.handle(hour, Message::Zone(ZoneEvent::PeriodBegins));
        let mut ended = bench.handle(hour + 0.25, Message::Zone(ZoneEvent::PeriodEnds));
        rows.balance.append(&mut ended.rows.balance);
        rows.facts.append(&mut ended.rows.facts);
    }
    let delivered: f64 =
        rows.balance.iter().map(|b| (b.ev_charge_kw - b.ev_discharge_kw) * 0.25).sum();
    assert!(
        (delivered - expected_kwh).abs() < 1e-6,
        "{policy:?}: {delivered} of {expected_kwh} kWh"
    );
    rows
}

/// J of the rows \[kWh\].
fn j(rows: &Rows) -> f64 {
    let period = |b: &domain::BalanceRow| {
        let (charge, discharge) = (b.ev_charge_kw, b.ev_discharge_kw);
        (b.surplus_kw - charge + discharge).abs() + 0.08 * (charge + discharge)
    };
    rows.balance.iter().map(period).sum::<f64>() * 0.25
}

/// What `mpc` minimises, of the rows and of the set points of each vehicle (which lose nothing).
fn cost_of_mpc(rows: &Rows) -> f64 {
    let w = schedule::stores::mpc::Weights::default();
    let distance = |b: &domain::BalanceRow| {
        w.distance * (b.surplus_kw - b.ev_charge_kw + b.ev_discharge_kw).powi(2)
    };
    let vehicle = |f: &domain::Fact| {
        let square = if f.direction == Some(Direction::Charge) { w.charge } else { w.discharge };
        w.ageing * f.power + square * f.power * f.power
    };
    let set_points = rows.facts.iter().filter(|f| f.kind == FactKind::SetPoint);
    (rows.balance.iter().map(distance).sum::<f64>() + set_points.map(vehicle).sum::<f64>()) * 0.25
}

#[test]
fn a_zone_under_lp_comes_nearest_to_its_surplus_and_under_fast_within_a_thousandth() {
    let scale: f64 = (FIRST..FIRST + 16).map(|period| surplus_kw(period).abs() * 0.25).sum();
    let tolerance = 1e-6 * scale;
    for v2g in [0.0, 0.5, 1.0] {
        let [rule, lp, fast, mpc] =
            [SchedulePolicy::Rule, SchedulePolicy::Lp, SchedulePolicy::Fast, SchedulePolicy::Mpc]
                .map(|policy| run(policy, v2g));
        let (of_rule, of_lp, of_fast) = (j(&rule), j(&lp), j(&fast));
        println!("V2G {v2g}: J rule {of_rule}, lp {of_lp}, fast {of_fast} kWh");
        assert!(of_lp <= of_fast + tolerance, "lp {of_lp}, fast {of_fast}");
        assert!(of_fast <= 1.001 * of_lp + tolerance, "lp {of_lp}, fast {of_fast}");
        assert!(of_lp <= of_rule + tolerance, "lp {of_lp}, rule {of_rule}");
        let own = cost_of_mpc(&mpc);
        for other in [&rule, &lp, &fast] {
            let other = cost_of_mpc(other);
            println!("V2G {v2g}: cost of mpc {own}, of another {other}");
            assert!(own <= other * (1.0 + 1e-6), "mpc {own}, another {other}");
        }
    }
}

#[test]
fn nobody_gives_energy_in_a_period_that_pays_nothing() {
    for policy in [SchedulePolicy::Lp, SchedulePolicy::Fast, SchedulePolicy::Mpc] {
        let rows = run(policy, 1.0);
        let given = |paid: bool| -> f64 {
            let periods = rows.balance.iter().zip(FIRST..);
            periods.filter(|(_, k)| (k % 3 > 0) == paid).map(|(b, _)| b.ev_discharge_kw).sum()
        };
        assert_eq!(given(false), 0.0, "{policy:?}");
        assert!(given(true) > 1.0, "{policy:?}");
    }
}
