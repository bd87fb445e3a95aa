//! What people and prices do over days, seen through runs of small parks.

use crate::{Opening, Prepared, Recording, Simulation};
use domain::{FactKind, Rows, Time};
use scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

fn prepared(scenario: &str, sets: &[&str]) -> Prepared {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let loaded = Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}"));
    Prepared::read(&loaded).expect("its data")
}

fn open(p: Prepared) -> Simulation {
    let opening = Opening { recording: Recording::all_in_memory(), ..Opening::default() };
    Simulation::open(p.into(), &opening).expect("a world")
}

fn rows_of(mut run: Simulation) -> Rows {
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes").rows
}

/// All rows of a run under these overrides.
fn rows(scenario: &str, sets: &[&str]) -> Rows {
    rows_of(open(prepared(scenario, sets)))
}

fn count(rows: &Rows, kind: FactKind) -> usize {
    rows.facts.iter().filter(|f| f.kind == kind).count()
}

#[test]
fn whose_bookings_are_all_they_have_do_not_cancel_more_of_them() {
    // Without walking in, a booking is worth the need that it meets: giving it up is dearer, not
    // cheaper, than where users could walk in instead. Here nearly everybody's plan changes.
    let share = |walk_in: &str| {
        let changes = "behaviour.plans.plan_change_per_h=2";
        let sets = [walk_in, changes, "days=3", "access.piles=40", "fleet.evs=80"];
        let all = rows("park-small", &sets);
        let cancelled = count(&all, FactKind::Cancelled);
        cancelled as f64 / count(&all, FactKind::ReservationConfirmed).max(1) as f64
    };
    let (with, without) = (share("walk_in.enabled=true"), share("walk_in.enabled=false"));
    assert!(without < 1.2 * with, "cancelled {with:.3} with walk-in, {without:.3} without");
}

#[test]
fn stays_of_days_keep_their_law_and_gaps_are_trips() {
    let long = "fleet.segment=[{name=\"long\",share=1.0,\
                arrival={law=\"normal\",mean=8.2,sd=0.9},stay={law=\"uniform\",low=30,high=90}}]";
    let all = rows("park-small", &[long, "days=40", "fleet.evs=60", "record.tables=[\"stays\"]"]);
    let stays: Vec<_> = all
        .stays
        .iter()
        .filter(|s| (0..35).contains(&s.planned_arrival.day()))
        .map(|s| (s.ev.0, s.planned_arrival, s.planned_departure))
        .collect();
    assert!(stays.len() > 400, "{} stays", stays.len());
    let hours = stays.iter().map(|s| (s.2 - s.1).hours().value()).collect::<Vec<_>>();
    let n = hours.len() as f64;
    let mean = hours.iter().sum::<f64>() / n;
    let sd = (hours.iter().map(|h| (h - mean).powi(2)).sum::<f64>() / n).sqrt();
    // U(30, 90): mean 60, sd 17.32; three standard errors of 400 are 2.6 h.
    assert!((mean - 60.0).abs() < 2.6 && (sd - 17.32).abs() < 2.0, "mean {mean}, sd {sd}");
    assert!(hours.iter().all(|h| (29.9..90.1).contains(h)));
    // Whoever leaves comes again at the hours at which people come.
    let mut by_ev: BTreeMap<u32, Vec<(Time, Time)>> = BTreeMap::new();
    for s in &stays {
        by_ev.entry(s.0).or_default().push((s.1, s.2));
    }
    let gaps: Vec<f64> = by_ev
        .values()
        .flat_map(|v| v.windows(2).map(|w| (w[1].0 - w[0].1).hours().value()))
        .collect();
    let least = gaps.iter().filter(|g| **g < 0.51).count();
    assert!(least * 100 < gaps.len(), "{least} of {} gaps are half an hour", gaps.len());
    let odd = stays.iter().filter(|s| !(4.0..13.0).contains(&s.1.hour_of_day())).count();
    assert_eq!(odd, 0, "arrivals at other hours");
}

#[test]
fn every_segment_has_its_own_vehicle_classes() {
    let sets = [
        "fleet.evs=20",
        "fleet.segment=[{name=\"vans\",share=0.5,vehicle={power=[{name=\"van\",share=1.0,\
         charge_kw=22}]}},{name=\"cars\",share=0.5,vehicle={power=[{name=\"slow\",share=0.5,\
         charge_kw=7},{name=\"fast\",share=0.5,charge_kw=11}]}}]",
    ];
    let p = prepared("park-small", &sets);
    let names = p.names().vehicle_classes;
    let all = rows_of(open(p));
    let found: BTreeSet<_> = all
        .evs
        .iter()
        .map(|e| (e.segment, names[usize::from(e.vehicle_class)].as_str(), e.charge_kw as u32))
        .collect();
    assert_eq!(found, BTreeSet::from([(0, "van", 22), (1, "slow", 7), (1, "fast", 11)]));
}

/// What users were told to expect at the piles, two hours ahead, and who was plugged in: by period.
fn told_and_seen(sets: &[&str]) -> Vec<(f64, f64)> {
    let mut world = open(prepared("park", sets));
    let grid = world.world().shared().env.grid;
    let (mut told, mut found) = (BTreeMap::new(), Vec::new());
    for k in 0..grid.at(world.end()) {
        // A moment into the period: set points and reports of its start are made.
        let until = Time(grid.start(k).0 + 5_000_000);
        world.advance(until).expect("runs");
        let zone = world.world().zones().next().expect("a zone");
        let seen = zone.aggregator.sessions.iter().count() as f64;
        if let Some(expected) = told.remove(&k) {
            found.push((expected, seen));
        }
        let board = zone.board.as_ref().expect("prices are out");
        if let Some(quote) = board.quote(k + 8) {
            told.insert(k + 8, quote.crowd);
        }
    }
    found
}

#[test]
fn as_many_vehicles_come_to_the_piles_as_are_expected() {
    for sets in [["days=8", "warmup_days=2", "seed=3"], ["days=8", "access.piles=24", "seed=4"]] {
        let found = told_and_seen(&sets);
        let n = found.len() as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| found.iter().map(of).sum::<f64>() / n;
        let (told, seen) = (mean(&|x| x.0), mean(&|x| x.1));
        assert!((told / seen - 1.0).abs() < 0.15, "{sets:?}: {told:.2} told, {seen:.2} seen");
        // It says when, too.
        let off = mean(&|x| (x.0 - x.1).abs());
        assert!(off < 0.5 * seen, "{sets:?}: off by {off:.2} of {seen:.2}");
    }
}

#[test]
fn weekends_and_days_without_a_trip_are_kept() {
    // 2016-05-30 is a Monday: ten weeks of workdays at 8, weekends at 12, on two of five of them.
    let shops = "fleet.segment=[{name=\"shops\",share=1.0,\
                 arrival={law=\"normal\",mean=8,sd=0.2},departure={law=\"fixed\",value=18},\
                 weekend={arrival={law=\"normal\",mean=12,sd=0.2},trip_probability=0.4}}]";
    let sets = [shops, "start=\"2016-05-30T00:00:00+08:00\"", "days=70", "fleet.evs=20"];
    let all = rows("park-small", &sets);
    let (mut workdays, mut weekends) = (0, 0);
    for stay in &all.stays {
        let (day, hour) = (stay.arrival.day(), stay.arrival.hour_of_day());
        let at = if day.rem_euclid(7) < 5 { 8.0 } else { 12.0 };
        assert!((hour - at).abs() < 1.5, "day {day} at {hour}");
        *(if at < 9.0 { &mut workdays } else { &mut weekends }) += 1;
    }
    assert_eq!(workdays, 20 * 50);
    // 400 days at 0.4: 160, three standard deviations are 29.
    assert!((131..=189).contains(&weekends), "{weekends}");
}

/// Means over seeds of some indicators of the park.
fn park_means<const N: usize>(
    names: [&str; N],
    seeds: std::ops::Range<u32>,
    sets: &[&str],
) -> [f64; N] {
    let mut sums = [0.0; N];
    for seed in seeds.clone() {
        let seed = format!("seed={seed}");
        let mut sets = sets.to_vec();
        sets.push(&seed);
        let mut run = open(prepared("park", &sets));
        run.advance(run.end()).expect("runs");
        let figures = run.finish().expect("closes").indicators;
        for (sum, name) in sums.iter_mut().zip(names) {
            let run = |r: &&domain::IndicatorRow| r.scope == domain::Scope::Run && r.name == name;
            *sum += figures.iter().find(run).expect("an indicator").value
                / f64::from(seeds.end - seeds.start);
        }
    }
    sums
}

#[test]
fn a_day_in_48_or_24_periods_is_the_same_day() {
    let names = ["ev_energy_kwh", "bookings", "need_met_share", "rejections"];
    let of = |per_day: &str| park_means(names, 1..5, &[per_day]);
    let fine = of("periods_per_day=96");
    for per_day in ["periods_per_day=48", "periods_per_day=24"] {
        let coarse = of(per_day);
        let ratio = |i: usize| coarse[i] / fine[i];
        assert!((ratio(0) - 1.0).abs() < 0.03, "{per_day}: energy {}", ratio(0));
        assert!((ratio(1) - 1.0).abs() < 0.10, "{per_day}: bookings {}", ratio(1));
        assert!((coarse[2] - fine[2]).abs() < 0.012, "{per_day}: need met {}", coarse[2]);
    }
}
