//! Values from outside: each acts at its instant, and a run is repeated from its table `inputs`.

use crate::tool::{expect_code, hashes};
use domain::{FactKind, Rows, Span, Time, ZoneId};
use gridflock::{
    Input, Notice, Opening, Output, Prepared, Recording, Run, RunOptions, Simulation,
    SimulationError,
};
use std::sync::Arc;

const ZONE: ZoneId = ZoneId(1);

fn at(hours: f64) -> Time {
    Time::START + Span::from_hours(hours)
}

fn open(scenario: &str, sets: &[&str], recording: Recording) -> Simulation {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let loaded = scenario::Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}"));
    let prepared = Arc::new(Prepared::read(&loaded).expect("its data"));
    Simulation::open(prepared, &Opening { recording, ..Opening::default() }).expect("a world")
}

/// All rows of the small park under an input at noon (or a few).
fn under(sets: &[&str], inputs: &[(f64, Input)]) -> Rows {
    let mut run = open("park-small", sets, Recording::all_in_memory());
    for (hours, input) in inputs {
        run.inject(at(*hours), ZONE, input.clone()).expect("is accepted");
    }
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes").rows
}

/// What `pick` says of the balance of the period that begins at an hour.
fn balance(rows: &Rows, hours: f64, pick: fn(&domain::BalanceRow) -> f64) -> f64 {
    let row = rows.balance.iter().find(|b| b.period_start == at(hours) && b.zone == ZONE);
    pick(row.expect("a row of balance"))
}

#[test]
fn load_pv_and_wind_from_outside_are_metered_from_their_instant_on() {
    let own = under(&[], &[]);
    let given =
        [(12.125, Input::LoadKw(77.0)), (12.0, Input::PvKw(11.0)), (12.0, Input::WindKw(3.0))];
    let rows = under(&[], &given);
    // Half a quarter of the scenario's load, half a quarter of 77 kW.
    let half = f64::midpoint(balance(&own, 12.0, |b| b.load_kw), 77.0);
    assert!((balance(&rows, 12.0, |b| b.load_kw) - half).abs() < 1e-9);
    assert_eq!(balance(&rows, 12.25, |b| b.load_kw), 77.0);
    assert_eq!(balance(&rows, 12.0, |b| b.pv_available_kw), 11.0);
    assert_eq!(balance(&rows, 20.0, |b| b.wind_available_kw), 3.0);
    assert_eq!(balance(&rows, 11.75, |b| b.load_kw), balance(&own, 11.75, |b| b.load_kw));
}

#[test]
fn a_grid_price_from_outside_is_what_the_plant_pays_from_the_next_period_on() {
    let price = |rows: &Rows| {
        let grid = rows.ledger.iter().filter(|l| l.purpose == domain::Purpose::GridPurchase);
        let paid = grid.filter(|l| l.t > at(12.5));
        paid.map(|l| l.amount.cny().value()).sum::<f64>()
    };
    let night = [(0.0, Input::WindKw(0.0)), (0.0, Input::PvKw(0.0))];
    let own = under(&[], &night);
    let dear: Vec<_> = night.iter().cloned().chain([(12.1, Input::Price(vec![9.0]))]).collect();
    let rows = under(&[], &dear);
    assert!(price(&rows) > 2.0 * price(&own), "{} and {}", price(&rows), price(&own));
    // Users are told by the next publication.
    let told = |rows: &Rows, after: f64| {
        let row = rows.prices.iter().find(|p| p.published_at >= at(after) && !p.grid.is_nan());
        row.map(|p| p.grid)
    };
    assert!(told(&rows, 12.2) > told(&own, 12.2), "the tariff that is published has risen");
    assert_eq!(told(&rows, 11.0), told(&own, 11.0));
}

#[test]
fn prices_from_outside_are_published_from_the_next_period_on_within_floor_and_cap() {
    let published = |rows: &Rows, hours: f64, pick: fn(&domain::PriceRow) -> f64| {
        let mut all = rows.prices.iter().filter(|p| p.period_start == at(hours) && p.real.is_nan());
        pick(all.next_back().expect("a published price"))
    };
    let curve = Input::ReservationPrice(vec![1.01, 1.06]);
    let rows = under(&[], &[(12.05, curve)]);
    assert_eq!(published(&rows, 12.25, |p| p.reservation), 1.01);
    assert_eq!(published(&rows, 12.5, |p| p.reservation), 1.06);
    assert_eq!(published(&rows, 15.0, |p| p.reservation), 1.06);
    let rows = under(&[], &[(12.0, Input::ReservationPrice(vec![100.0]))]);
    let cap = 0.98 * published(&rows, 15.0, |p| p.grid);
    assert_eq!(published(&rows, 15.0, |p| p.reservation), cap, "not above the cap");
    let rows = under(&[], &[(12.0, Input::DischargePrice(vec![0.7]))]);
    assert_eq!(published(&rows, 15.0, |p| p.discharge), 0.7);
    let most =
        [(12.0, Input::ReservationPrice(vec![1.07])), (12.0, Input::TicketPrice(vec![100.0]))];
    let rows = under(&[], &most);
    let ticket = published(&rows, 15.0, |p| p.ticket);
    assert_eq!(ticket, 1.07, "not above the price of a reservation");
}

#[test]
fn confirmed_bookings_keep_their_price() {
    let own = under(&[], &[]);
    let rows = under(&[], &[(12.0, Input::ReservationPrice(vec![1.1]))]);
    let before = |rows: &Rows| -> Vec<_> {
        let confirmed = rows.facts.iter().filter(|f| f.kind == FactKind::ReservationConfirmed);
        confirmed.filter(|f| f.t < at(12.0)).map(|f| (f.t, f.booking, f.price.to_bits())).collect()
    };
    assert!(!before(&own).is_empty());
    assert_eq!(before(&own), before(&rows));
}

#[test]
fn a_low_voltage_reduces_charging_where_chargers_answer_it_and_is_counted_in_any_case() {
    let response = ["access.voltage_response.full_pu=0.95", "access.voltage_response.off_pu=0.9"];
    let low = [(10.0, Input::VmPu(0.9))];
    let charged = |rows: &Rows| {
        let later = rows.balance.iter().filter(|b| b.period_start >= at(10.0));
        later.map(|b| b.ev_charge_kw).sum::<f64>()
    };
    let (constant, answered) = (under(&[], &low), under(&response, &low));
    assert!(charged(&constant) > 0.0);
    assert_eq!(charged(&constant), charged(&under(&[], &[])));
    assert_eq!(charged(&answered), 0.0);
    let rows = &constant.voltages;
    assert!(!rows.is_empty() && rows.iter().all(|v| v.v_pu == 0.9 && v.zone == ZONE));
}

#[test]
fn a_temperature_from_outside_limits_charging_by_the_scenarios_law() {
    let cold = under(&[], &[(0.0, Input::TemperatureC(-30.0))]);
    let mild = under(&[], &[(0.0, Input::TemperatureC(20.0))]);
    assert_ne!(format!("{:?}", cold.balance), format!("{:?}", mild.balance));
}

#[test]
fn a_target_from_outside_moves_what_bookings_charge_and_stands_in_the_balance() {
    let own = under(&[], &[]);
    let rows = under(&[], &[(9.1, Input::TargetPKw(400.0))]);
    assert_eq!(balance(&rows, 9.25, |b| b.target_p_kw), 400.0);
    assert_ne!(format!("{:?}", own.balance), format!("{:?}", rows.balance));
}

#[test]
fn a_notice_of_an_outage_breaks_piles_until_it_is_over() {
    let notice = Input::Notice(Notice::Outage { piles: 2, until: at(14.0) });
    let rows = under(&[], &[(12.0, notice)]);
    let told: Vec<_> = rows.facts.iter().filter(|f| f.kind == FactKind::PileOutage).collect();
    assert_eq!(told.len(), 4, "two piles break and work again");
    assert!(told[..2].iter().all(|f| f.t == at(12.0)) && told[2..].iter().all(|f| f.t == at(14.0)));
}

#[test]
fn inputs_that_come_too_late_or_mean_nothing_are_refused_with_a_reason() {
    let mut run = open("park-small", &[], Recording::Nothing);
    run.advance_through(at(12.0)).expect("runs");
    let mut refused = |at: Time, zone: u16, input: Input| {
        run.inject(at, ZoneId(zone), input).expect_err("is refused").to_string()
    };
    let late = refused(at(12.0), 1, Input::PvKw(1.0));
    assert!(late.contains("too late") && late.contains("43200000001"), "{late}");
    assert!(refused(at(13.0), 9, Input::PvKw(1.0)).contains("there is no zone 9"));
    assert!(refused(at(13.0), 1, Input::PvKw(f64::NAN)).contains("pv_kw"));
    assert!(refused(at(13.0), 1, Input::LoadKw(-1.0)).contains("at least 0"));
    assert!(refused(at(13.0), 1, Input::Price(Vec::new())).contains("no value"));
    assert!(run.inject(at(12.0) + Span(1), ZONE, Input::PvKw(1.0)).is_ok());
    let mut feeder = open("feeder-small", &[], Recording::Nothing);
    let error = feeder.inject(at(12.0), ZONE, Input::VmPu(0.9));
    assert!(matches!(error, Err(SimulationError::BadInput(_))), "{error:?}");
}

#[test]
fn inputs_given_on_the_way_and_all_at_once_and_across_a_save_leave_the_same_tables() {
    let dir = tempfile::tempdir().expect("a folder");
    let [live, again] = ["live", "again"].map(|name| {
        let path = dir.path().join(name);
        std::fs::create_dir(&path).expect("a directory");
        Recording::Directory { path, resumable: true }
    });
    let mut run = open("park-small", &[], live.clone());
    let step = Span::from_minutes(25.0);
    while run.now() < run.end() {
        let (now, hour) = (run.now(), run.now().hours());
        run.inject(now, ZONE, Input::WindKw(50.0 + 10.0 * hour.abs())).expect("is accepted");
        if hour > 6.0 {
            run.inject(now + step, ZONE, Input::ReservationPrice(vec![1.0])).ok();
        }
        run.advance(now + step).expect("a step");
        if (11.8..12.3).contains(&hour) {
            let state = run.save().expect("saves").expect("is resumable");
            let prepared = run.prepared().clone();
            drop(run);
            run = Simulation::restore(prepared, &state, &live, 1).expect("restores");
        }
    }
    let inputs = run.inputs().to_vec();
    let finished = run.finish().expect("closes");
    assert!(finished.tables.iter().any(|t| t.table == "inputs"));
    let mut run = open("park-small", &[], again);
    run.inject_all(&inputs).expect("are accepted");
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes");
    assert_eq!(hashes(&dir.path().join("live")), hashes(&dir.path().join("again")));
}

#[test]
fn what_is_read_off_a_zone_agrees_with_its_balance() {
    let mut run = open("park-small", &[], Recording::all_in_memory());
    run.advance(at(12.0)).expect("runs");
    let before = run.read(ZONE, Output::EnergyKwh).expect("a meter");
    run.advance(at(12.25)).expect("a step");
    // The period that ends now is settled with the next step only; its energy has flowed.
    let mean = run.read(ZONE, Output::PKw).expect("a power");
    let energy = run.read(ZONE, Output::EnergyKwh).expect("a meter") - before;
    assert!((energy - mean * 0.25).abs() < 1e-9);
    assert_eq!(run.read(ZONE, Output::PMw).expect("a power"), mean / 1000.0);
    assert_eq!(run.read(ZONE, Output::QMvar).expect("a power"), 0.0);
    run.advance_through(at(13.0)).expect("a step");
    let seen = run.snapshot(ZONE).expect("a zone");
    assert!(seen.reservation_price > 0.0 && seen.real_price > 0.0 && seen.plugged > 0);
    run.advance(run.end()).expect("runs");
    let meter = run.read(ZONE, Output::EnergyKwh).expect("a meter");
    let breaches = run.read(ZONE, Output::Breaches).expect("a count");
    let rows = run.finish().expect("closes").rows;
    assert!((balance(&rows, 12.0, |b| b.grid_kw) - mean).abs() < 1e-6);
    assert!(meter > 0.0 && breaches > 0.0);
}

#[test]
fn a_fork_under_another_price_takes_nothing_from_the_original() {
    let kept = Recording::all_in_memory;
    let to_the_end = |mut run: Simulation| {
        run.advance(run.end()).expect("runs");
        format!("{:?}", run.finish().expect("closes").rows)
    };
    let whole = to_the_end(open("park-small", &[], kept()));
    let mut original = open("park-small", &[], kept());
    original.advance(at(12.0)).expect("runs");
    let mut fork = original.fork().expect("forks");
    fork.inject(at(12.0), ZONE, Input::ReservationPrice(vec![1.3])).expect("is accepted");
    let other = to_the_end(fork);
    assert!(original.inputs().is_empty());
    assert!(whole == to_the_end(original), "the original has changed");
    assert!(other != whole, "another price changes what is booked and paid");
}

/// Resident memory of this process \[kB\]; none where the system does not tell.
fn resident_kb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_fork_of_the_park_takes_less_than_five_megabytes() {
    let mut run = open("park", &[], Recording::all_in_memory());
    run.advance(at(12.0)).expect("runs");
    let Some(before) = resident_kb() else { return };
    let forks: Vec<_> = (0..60).map(|_| run.fork().expect("forks")).collect();
    let each = (resident_kb().expect("as before") - before) / forks.len() as f64;
    println!("{each:.0} kB a fork");
    assert!(each < 5_000.0, "a fork takes {each:.0} kB");
}

#[test]
fn a_run_given_a_file_is_repeated_from_its_table_and_resumed_in_another_process_with_it_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = "t,zone_id,name,value\n\
                2016-05-29T06:00:00,1,wind_kw,20\n\
                2016-05-29T09:07:00,1,reservation_price,1.02 1.04\n\
                2016-05-29T10:00:00,1,notice,outage piles=2 hours=3\n";
    std::fs::write(dir.path().join("given.csv"), text).expect("a file");
    let run = ["run", "park-small", "--checkpoint-every", "5h", "--inputs"];
    let with = |file: &str, out: &str| {
        expect_code(dir.path(), &[&run[..], &[file, "-o", out]].concat(), 0);
        hashes(&dir.path().join(out))
    };
    let whole = with("given.csv", "whole");
    assert!(whole.contains_key("inputs.parquet"));
    assert_eq!(with("whole/inputs.parquet", "again"), whole);
    expect_code(dir.path(), &["run", "park-small", "-o", "plain"], 0);
    let plain = hashes(&dir.path().join("plain"));
    assert!(
        !plain.contains_key("inputs.parquet") && plain["facts.parquet"] != whole["facts.parquet"]
    );

    let options = RunOptions {
        directory: Some(dir.path().join("parts")),
        checkpoint_every: Some(Span::from_hours(5.0)),
        inputs: Some(dir.path().join("given.csv")),
        ..RunOptions::default()
    };
    let started = Run::load("park-small", &options).expect("a built-in scenario");
    started.prepare().expect("a directory");
    assert!(!started.execute(&mut |p| p.now < at(12.0)).expect("ends early").complete);
    let told = expect_code(dir.path(), &["run", "--resume", "parts"], 3);
    assert!(told.contains("--inputs"), "{told}");
    let other = ["run", "--resume", "parts", "--inputs", "whole/inputs.parquet"];
    expect_code(dir.path(), &other, 3);
    let same = ["run", "--resume", "parts", "--inputs", "given.csv", "--checkpoint-every", "5h"];
    expect_code(dir.path(), &same, 0);
    assert_eq!(hashes(&dir.path().join("parts")), whole);
}

#[test]
fn powers_targets_and_the_substations_voltage_from_outside_act_on_a_feeder() {
    let mut run = open("feeder-small", &["periods_per_day=96"], Recording::all_in_memory());
    let zones = run.zones();
    let [one, two] = [ZoneId(1), ZoneId(2)];
    let mut give = |hours: f64, zone: ZoneId, input: Input| run.inject(at(hours), zone, input);
    give(12.125, one, Input::LoadKw(500.0)).expect("a load");
    give(12.0, two, Input::TargetPKw(300.0)).expect("a target");
    give(12.0, ZoneId(0), Input::VmPu(1.03)).expect("the substation's voltage");
    give(12.375, ZoneId(0), Input::VmPu(1.01)).expect("the substation's voltage");
    assert!(
        give(12.0, one, Input::VmPu(1.0))
            .expect_err("no bus' voltage")
            .to_string()
            .contains("zone 0")
    );
    assert!(give(12.0, ZoneId(0), Input::VmPu(0.1)).is_err());
    // Where there is a plant its power is taken; elsewhere it is refused.
    let with_pv: Vec<ZoneId> = (1..=zones)
        .map(ZoneId)
        .filter(|zone| match give(12.0, *zone, Input::PvKw(123.0)) {
            Ok(()) => true,
            Err(e) => !e.to_string().contains("has no plant"),
        })
        .collect();
    assert!(!with_pv.is_empty(), "some zone of the feeder has PV");
    run.advance(at(13.0)).expect("runs");
    let rows = run.finish().expect("closes").rows;
    let own = {
        let mut run = open("feeder-small", &["periods_per_day=96"], Recording::all_in_memory());
        run.advance(at(13.0)).expect("runs");
        run.finish().expect("closes").rows
    };
    let of = |rows: &Rows, zone: ZoneId, hours: f64| {
        let mut all = rows.balance.iter();
        *all.find(|b| b.zone == zone && b.period_start == at(hours)).expect("a row of balance")
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} and {b}");
    near(of(&rows, one, 11.75).load_kw, of(&own, one, 11.75).load_kw);
    near(of(&rows, one, 12.0).load_kw, f64::midpoint(of(&own, one, 12.0).load_kw, 500.0));
    near(of(&rows, one, 12.25).load_kw, 500.0);
    near(of(&rows, two, 12.25).load_kw, of(&own, two, 12.25).load_kw);
    let held = of(&rows, two, 12.25);
    near(held.target_p_kw - held.traded_kw, 300.0);
    for zone in with_pv {
        near(of(&rows, zone, 12.25).pv_available_kw, 123.0);
    }
    let slack = |hours: f64| {
        let row = rows.voltages.iter().find(|v| v.bus.0 == 1 && v.period_start == at(hours));
        row.expect("a voltage").v_pu
    };
    // A value that comes within a period counts with its share of time.
    for (hours, pu) in [(11.75, 1.0), (12.0, 1.03), (12.25, 1.02), (12.5, 1.01)] {
        near(slack(hours), pu);
    }
}

#[test]
fn what_is_read_off_a_feeder_is_one_state_of_it() {
    let mut run = open("feeder-small", &[], Recording::all_in_memory());
    assert!(open("park-small", &[], Recording::Nothing).feeder().is_err());
    run.inject(at(11.9), ZoneId(0), Input::VmPu(1.02)).expect("the substation's voltage");
    run.advance_through(at(12.0)).expect("runs");
    let seen = run.feeder().expect("a feeder");
    assert_eq!(seen, run.feeder().expect("reading changes nothing"));
    assert_eq!(seen.buses.len(), 33);
    let sum_kw: f64 = seen.buses.iter().map(|b| b.p_kw).sum();
    let loss_kw = seen.import_kw - sum_kw;
    assert!(loss_kw > 0.0 && loss_kw < 0.1 * sum_kw.abs().max(1000.0), "{loss_kw} kW are lost");
    let of_zone =
        |zone: u16| -> f64 { seen.buses.iter().filter(|b| b.zone.0 == zone).map(|b| b.p_kw).sum() };
    for zone in 1..=run.zones() {
        let read = run.read(ZoneId(zone), Output::PKw).expect("a power");
        assert!((read - of_zone(zone)).abs() < 1e-9);
    }
    assert_eq!(seen.buses[0].vm_pu, 1.02);
    assert!(seen.buses.iter().all(|b| (0.8..1.1).contains(&b.vm_pu)));
}
