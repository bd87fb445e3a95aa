//! The plant of a zone: import limit, weak batteries, the day's end, emissions.

use super::bench::Bench;
use super::check::check;
use crate::environment::{Environment, Series};
use crate::message::{Message, ToUser, ZoneEvent};
use domain::{GasTurbine, PlantPolicy, Rows, StationaryBattery};

/// Two walk-ins are plugged in and would take 80 kW from 8 o'clock on; 100 kW of wind.
fn limited(load_kw: f64) -> Bench {
    let mut bench = Bench::here(&[0, 1], |env| {
        env.series[0].load_kw = Series::constant(load_kw);
        env.plant.import_limit_kw = Some(30.0);
    });
    for ev in [0, 1] {
        bench.handle(8.0, Message::User(ev, ToUser::WalkIn));
    }
    bench
}

#[test]
fn charging_yields_to_the_import_limit_then_load_is_not_served() {
    check(
        "two share what the line leaves",
        limited(100.0),
        8.0,
        Message::Zone(ZoneEvent::PeriodBegins),
        &[
            "fact zone_report at 08:00 20 kWh 0 kW",
            "send 08:15 PeriodEnds",
            "send 08:15 PeriodBegins",
            "write 08:00:01 Report to 0",
            "now session of ev1: pile 1 walk-in 15 kW 25 kWh",
            "now session of ev2: pile 2 walk-in 15 kW 25 kWh",
        ],
    );
    let mut bench = limited(150.0);
    bench.handle(8.0, Message::Zone(ZoneEvent::PeriodBegins));
    check(
        "the line does not carry the load itself",
        bench,
        8.25,
        Message::Zone(ZoneEvent::PeriodEnds),
        &[
            "fact load_unserved at 08:00 5 kWh 20 kW",
            "grid_purchase 9 operator -> grid",
            "row balance ev 0 kW grid 30 kW",
            "row price real 0.6769",
        ],
    );
}

#[test]
fn owners_who_sell_give_before_charging_yields() {
    let run = |v2g: bool| {
        let (mut bench, b) = Bench::booked(&[0], |env| {
            // A deficit of 50 kW in the booking's first hour.
            env.series[0].load_kw = Series::constant(150.0);
            env.plant.import_limit_kw = Some(30.0);
            env.schedule.v2g_inside_bookings = v2g;
        });
        bench.receive(
            9.0,
            crate::message::Letter::Prices(std::sync::Arc::new(crate::message::Publication {
                discharge: vec![1.3; 96],
                ..super::bench::prices()
            })),
        );
        bench.handle(9.75, Message::User(0, ToUser::Come { booking: b[0] }));
        bench.handle(10.0, Message::Zone(ZoneEvent::PeriodBegins));
        bench.handle(10.25, Message::Zone(ZoneEvent::PeriodEnds)).rows.balance[0]
    };
    let (with, without) = (run(true), run(false));
    assert!(with.ev_discharge_kw > 10.0 && with.unserved_kw < without.unserved_kw, "{with:?}");
    assert_eq!(without.unserved_kw, 20.0);
}

/// A day of periods; its rows.
fn day(change: impl FnOnce(&mut Environment)) -> Rows {
    let mut bench = Bench::planned_with(change);
    let mut rows = Rows::default();
    for period in 0..96 {
        let hour = f64::from(period) * 0.25;
        bench.handle(hour, Message::Zone(ZoneEvent::PeriodBegins));
        let mut ended = bench.handle(hour + 0.25, Message::Zone(ZoneEvent::PeriodEnds));
        rows.balance.append(&mut ended.rows.balance);
        rows.facts.append(&mut ended.rows.facts);
    }
    rows
}

/// 300 kW of wind in the first half of the day, none in the second, and 100 kW of load.
fn windy_morning(env: &mut Environment) {
    let wind: Vec<f64> = (0..96).map(|k| if k < 48 { 300.0 } else { 0.0 }).collect();
    env.series[0].wind_kw = Series { values: wind.into(), first: 0, per_day: 96 };
}

#[test]
fn a_weak_battery_moves_and_every_policy_ends_the_day_as_it_began() {
    for policy in [PlantPolicy::Dp, PlantPolicy::Rule] {
        for (power_kw, start_kwh) in [(50.0, 1000.0), (50.0, 990.0), (1000.0, 1000.0)] {
            let rows = day(|env| {
                windy_morning(env);
                env.plant.policy = policy;
                env.plant.horizon = 24;
                env.plant.battery =
                    Some(StationaryBattery { power_kw, start_kwh, ..StationaryBattery::default() });
            });
            let what = format!("{policy:?}, {power_kw} kW, {start_kwh} kWh");
            let highest = rows.balance.iter().map(|b| b.battery_kwh).fold(0.0, f64::max);
            assert!(highest > start_kwh + 100.0, "{what}: {highest}");
            let last = rows.balance[95].battery_kwh;
            assert!((last - start_kwh).abs() < 1e-9, "{what}: ends with {last} kWh");
            for pair in rows.balance.windows(2) {
                let kw = pair[1].battery_kw;
                let change = 0.25 * if kw > 0.0 { 0.95 * kw } else { kw / 0.95 };
                let found = pair[1].battery_kwh - pair[0].battery_kwh;
                assert!((found - change).abs() < 1e-9, "{what}: {pair:?}");
                assert!(kw.abs() <= power_kw + 1e-9, "{what}: {pair:?}");
            }
        }
    }
}

#[test]
fn the_import_limit_holds_with_battery_and_turbine_and_they_are_used_first() {
    let run = |battery: bool, turbine: bool| {
        day(|env| {
            env.series[0].load_kw = Series::constant(800.0);
            windy_morning(env);
            env.plant.import_limit_kw = Some(600.0);
            env.plant.horizon = 24;
            env.plant.battery = battery.then(StationaryBattery::default);
            env.plant.turbine = turbine.then(GasTurbine::default);
        })
    };
    let unserved = |rows: &Rows| rows.balance.iter().map(|b| b.unserved_kw * 0.25).sum::<f64>();
    let bare = run(false, false);
    for rows in [&bare, &run(true, false), &run(false, true), &run(true, true)] {
        assert!(rows.balance.iter().all(|b| b.grid_kw <= 600.0 + 1e-9));
    }
    // 200 kW are missing for 12 hours; the battery, which sees 6 hours ahead, brings over what the
    // line leaves in the last of them; the turbine gives all.
    assert!((unserved(&bare) - 2400.0).abs() < 1e-6);
    let with_battery = run(true, false);
    assert!(unserved(&with_battery) < 2100.0, "{}", unserved(&with_battery));
    assert_eq!(unserved(&run(false, true)), 0.0);
}

#[test]
fn the_turbine_emits_what_gas_holds() {
    let rows = day(|env| {
        env.series[0].load_kw = Series::constant(800.0);
        env.plant.import_limit_kw = Some(0.0);
        env.plant.turbine = Some(GasTurbine::default());
    });
    let emitted: f64 = rows.balance.iter().map(|b| b.emissions_kg).sum();
    let burnt: f64 = rows.balance.iter().map(|b| b.turbine_kw * 0.25).sum();
    assert!(burnt > 1000.0 && (emitted / burnt - 0.58).abs() < 1e-9, "{emitted} kg, {burnt} kWh");
}

#[test]
fn a_zone_decides_by_its_nowcast_and_is_settled_by_the_meter() {
    let (mut bench, b) = Bench::booked(&[0], |env| {
        env.series[0].wind_kw = Series::constant(110.0);
        // The rest of every period is seen a tenth too windy: 121 kW.
        env.series[0].errors[2].nowcast =
            crate::Nowcast { by_step: vec![0.1], steps_per_period: 1, ..crate::Nowcast::default() };
    });
    bench.handle(9.75, Message::User(0, ToUser::Come { booking: b[0] }));
    bench.handle(10.0, Message::Zone(ZoneEvent::PeriodBegins));
    let rows = bench.handle(10.25, Message::Zone(ZoneEvent::PeriodEnds)).rows;
    let balance = rows.balance[0];
    assert!((balance.ev_charge_kw - 21.0).abs() < 1e-9, "{balance:?}");
    assert_eq!((balance.wind_available_kw, balance.surplus_kw), (110.0, 10.0));
    assert!((balance.grid_kw - 11.0).abs() < 1e-9, "{balance:?}");
}
