//! Policy that changes during a run: timeline, notices and programs do the same; a day forks into
//! several futures.

use crate::{Arm, ExecuteOptions, ForkRequest, Plan, SimulationRunner, StudyFile, execute, fork};
use domain::{FactKind, Rows, Span, Time, ZoneId};
use simulation::{Applies, Change, Input, Opening, Prepared, Recording, Simulation, parse_input};
use std::sync::Arc;

const NOON: Time = Time(12 * 3_600_000_000);
const FINE: &str = "timeline=[{ at = '12h', applies = 'all', set = { 'penalty.scale' = 4.0, 'tickets.order' = 'lottery' } }]";

fn prepared(scenario: &str, sets: &[&str]) -> Arc<Prepared> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let loaded = scenario::Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}"));
    Arc::new(Prepared::read(&loaded).expect("its data"))
}

fn open(prepared: &Arc<Prepared>, threads: usize) -> Simulation {
    let recording = Recording::all_in_memory();
    let opening = Opening { recording, threads, ..Opening::default() };
    Simulation::open(prepared.clone(), &opening).expect("a world")
}

fn to_the_end(mut run: Simulation) -> Rows {
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes").rows
}

/// As text, since an empty cell is a NaN, which equals nothing.
fn assert_same(claim: &str, a: &Rows, b: &Rows) {
    assert!(format!("{a:?}") == format!("{b:?}"), "{claim}: {} and {} rows", a.count(), b.count());
}

fn change(sets: &[&str], applies: Applies) -> Change {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    scenario::change(&sets, applies, None).unwrap_or_else(|e| panic!("{e}"))
}

fn fine() -> Change {
    change(&["penalty.scale=4", "tickets.order=lottery"], Applies::All)
}

#[test]
fn a_timeline_gives_the_same_rows_over_threads_steps_and_restored_states() {
    let park = prepared("park-small", &["zones=3", FINE]);
    let whole = to_the_end(open(&park, 1));
    let changed = whole.facts.iter().filter(|f| f.kind == FactKind::PolicyChanged);
    assert!(changed.clone().all(|f| f.t == NOON) && changed.count() == 6, "two keys, three zones");
    let plain = to_the_end(open(&prepared("park-small", &["zones=3"]), 1));
    assert!(format!("{:?}", whole.ledger) != format!("{:?}", plain.ledger));
    assert_same("two threads", &whole, &to_the_end(open(&park, 2)));
    let mut steps = open(&park, 1);
    while steps.now() < steps.end() {
        steps.advance(steps.now() + Span(7 * 60_000_000)).expect("a step");
    }
    assert_same("steps", &whole, &steps.finish().expect("closes").rows);
    for at in [NOON - Span(1), NOON, NOON + Span(1)] {
        let mut run = open(&park, 1);
        run.advance(at).expect("runs");
        let bytes = run.save().expect("saves").expect("can be saved");
        let kept = Recording::all_in_memory();
        let restored = Simulation::restore(park.clone(), &bytes, &kept, 1).expect("restores");
        assert_same("restored", &whole, &to_the_end(restored));
    }
}

#[test]
fn timeline_program_and_notice_do_the_same() {
    let timeline = to_the_end(open(&prepared("park-small", &["zones=2", FINE]), 1));
    let park = prepared("park-small", &["zones=2"]);
    let mut amended = open(&park, 1);
    amended.advance(NOON).expect("runs");
    assert_eq!(amended.next_instant(), NOON);
    amended.amend(NOON, ZoneId(0), fine()).expect("a change");
    assert_same("a program", &timeline, &to_the_end(amended));
    let text = "set penalty.scale=4 tickets.order=lottery applies=all";
    let notice = parse_input("notice", text, NOON).expect("a notice");
    let mut told = open(&park, 1);
    told.inject(NOON, ZoneId(0), notice).expect("a notice");
    let given = told.inputs().to_vec();
    assert_same("a notice", &timeline, &to_the_end(told));
    let mut again = open(&park, 2);
    again.inject_all(&given).expect("the same notice");
    assert_same("repeated", &timeline, &to_the_end(again));
}

#[test]
fn a_change_in_one_zone_leaves_the_others_alone() {
    let of_zone = |rows: &Rows, zone: u16| {
        let facts = rows.facts.iter().filter(|f| f.zone == ZoneId(zone));
        format!("{:?}", facts.collect::<Vec<_>>())
    };
    let set = "timeline=[{ at = '8h', zone = 1, set = { reminder = { enabled = false } } }]";
    let whole = to_the_end(open(&prepared("park-small", &["zones=2"]), 1));
    let one = to_the_end(open(&prepared("park-small", &["zones=2", set]), 1));
    let reminders = |rows: &Rows, zone: u16| {
        let sent = |f: &&domain::Fact| f.kind == FactKind::ReminderSent && f.zone == ZoneId(zone);
        rows.facts.iter().filter(sent).count()
    };
    assert!(reminders(&one, 1) < reminders(&whole, 1));
    // Until the pricing agent has heard what became of zone 1.
    let before = |rows: &Rows| rows.facts.iter().filter(|f| f.t < NOON).copied().collect();
    let early = |rows: &Rows| Rows { facts: before(rows), ..Rows::default() };
    assert_eq!(reminders(&early(&one), 2), reminders(&early(&whole), 2));
    assert!(of_zone(&early(&one), 2).len() > 1000);
}

#[test]
fn a_price_begins_with_the_next_period_and_is_published_then() {
    let sets = ["pricing.policy=fixed", "pricing.fixed=1.0"];
    let mut run = open(&prepared("park-small", &sets), 1);
    let at = NOON + Span(7 * 60_000_000);
    run.advance(at).expect("runs");
    run.amend(at, ZoneId(0), change(&["pricing.fixed=1.25"], Applies::New)).expect("a change");
    let rows = to_the_end(run);
    let published = |f: &&domain::Fact| f.kind == FactKind::PricesPublished;
    let prices = rows.facts.iter().filter(published).map(|f| (f.t, f.price));
    let first = prices.clone().find(|(_, price)| *price == 1.25).expect("published");
    assert_eq!(first.0, NOON + Span(15 * 60_000_000));
    assert!(prices.clone().filter(|(t, _)| *t >= first.0).all(|(_, price)| price == 1.25));
    // Bookings confirmed before keep theirs.
    let kept = rows.reservations.iter().filter(|r| r.made_at < at && r.period_start > first.0);
    let charge = kept.filter(|r| r.direction == domain::Direction::Charge && r.ticket.0 == 0);
    assert!(charge.clone().count() > 0 && charge.clone().all(|r| r.price == 1.0));
}

#[test]
fn what_cannot_change_for_whom_it_is_asked_is_refused() {
    let mut run = open(&prepared("park-small", &["zones=2"]), 1);
    run.advance(NOON).expect("runs");
    let mut refused = |at: Time, zone: u16, change: Change| {
        run.amend(at, ZoneId(zone), change).expect_err("refused").to_string()
    };
    assert!(refused(NOON - Span(1), 0, fine()).contains("too late"));
    assert!(refused(NOON, 3, fine()).contains("no zone 3"));
    let floor = change(&["pricing.floor=1"], Applies::New);
    assert!(refused(NOON, 1, floor).contains("the same in all zones"));
    let nobody = scenario::change(&["penalty.scale=2".into()], Applies::New, Some("x".into()));
    assert!(refused(NOON, 0, nobody.expect("a change")).contains("workers"));
    let wide = scenario::change(&["tickets.order=price".into()], Applies::New, Some("x".into()));
    assert!(wide.expect_err("refused").to_string().contains("cannot be set for one segment"));
    for text in ["penalty", "penalty scale", "penalty k=2", "set piles=3", "tickets applies=some"] {
        assert!(parse_input("notice", text, NOON).is_err(), "{text}");
    }
    assert!(matches!(parse_input("notice", "penalty off", NOON), Ok(Input::Notice(_))));
}

#[test]
fn a_norm_recovers_after_the_fine_is_gone() {
    let norm = |recovery: &str| {
        let gone =
            "timeline=[{ at = '24h', applies = 'all', set = { 'penalty.enabled' = false } }]";
        let recovery = format!("behaviour.norms.recovery={recovery}");
        let sets = ["days=4", "behaviour.model=norms", gone, &recovery];
        to_the_end(open(&prepared("park-small", &sets), 1))
    };
    let [slow, quick] = ["0.0", "1.0"].map(norm);
    let never_came = |rows: &Rows| {
        let severe = |f: &&domain::Fact| {
            f.kind == FactKind::Breach && f.detail == domain::Detail::Severe && f.t.day() > 0
        };
        rows.facts.iter().filter(severe).count()
    };
    assert!(never_came(&quick) < never_came(&slow), "{} {}", never_came(&quick), never_came(&slow));
}

fn request(at: Time, n: u32) -> ForkRequest {
    let arms = [("as is", vec![]), ("fined", vec!["penalty.scale=4".to_owned()])];
    let arms = arms.iter().map(|(name, sets)| Arm::of(name, sets).expect("an arm")).collect();
    ForkRequest { at, arms, n, threads: 2 }
}

#[test]
fn an_arm_without_a_change_is_the_unforked_run() {
    let park = prepared("park-small", &[]);
    let forked = fork(&park, &request(NOON, 1), &|| true).expect("forks");
    let rows = to_the_end(open(&park, 1));
    let facts = |kind: FactKind| rows.facts.iter().filter(move |f| f.kind == kind && f.t >= NOON);
    let sum = |figure: usize| -> f64 {
        forked.outcomes.iter().filter(|o| o.arm == 0).map(|o| o.figures[figure]).sum()
    };
    assert_eq!(sum(0), facts(FactKind::ReservationConfirmed).count() as f64);
    assert_eq!(sum(1), facts(FactKind::PluggedIn).count() as f64);
    assert_eq!(sum(6), facts(FactKind::Cancelled).count() as f64);
    let late = |f: &&domain::Fact| f.kind == FactKind::TurnedAwayLate && f.t >= NOON;
    let breach = |f: &&domain::Fact| f.detail == domain::Detail::Severe;
    let severe = facts(FactKind::Breach).filter(breach);
    assert_eq!(sum(4), severe.clone().count() as f64);
    let never = severe.filter(|b| {
        !rows.facts.iter().filter(late).any(|f| (f.ev, f.period_start) == (b.ev, b.period_start))
    });
    assert_eq!(sum(5), never.count() as f64);
    let unmet: f64 = facts(FactKind::EnergyShort).map(|f| f.energy).sum();
    assert!((sum(9) - unmet).abs() < 1e-9);
    assert!(sum(0) > 0.0 && forked.outcomes.len() == 2 * park.evs() as usize);
    // Two such arms are one.
    let same = ForkRequest { arms: vec![request(NOON, 1).arms[0].clone(); 2], ..request(NOON, 2) };
    let same = fork(&park, &same, &|| true).expect("forks");
    assert!(same.effects().iter().all(|e| e.paired.difference == 0.0 && e.changed_share == 0.0));
}

/// A study whose timeline sets the lever at the instant of the fork.
#[test]
fn the_mean_of_individual_effects_is_the_paired_contrast_of_a_study() {
    let option = |name: &str, scale: f64| {
        let timeline = format!("timeline=[{{at='12h',set={{'penalty.scale'={scale:?}}}}}]");
        format!("[[factor.option]]\nname = \"{name}\"\nset = [\"{timeline}\"]\n")
    };
    let text = format!(
        "[scenario]\nbase = \"park-small\"\n[[factor]]\nname = \"fine\"\nrole = \"lever\"\n{}{}[replications]\nn = 4\n[[contrast]]\nfactor = \"fine\"\nbaseline = \"as is\"\n",
        option("as is", 1.0),
        option("fined", 4.0)
    );
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("s.toml"), text).expect("a file");
    let path = dir.path().join("s.toml").display().to_string();
    let plan = Plan::new(StudyFile::load(&path, &[]).unwrap_or_else(|e| panic!("{e}")));
    let plan = plan.unwrap_or_else(|e| panic!("{e}"));
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let options = ExecuteOptions { threads: 2, ..ExecuteOptions::default() };
    let out = dir.path().join("out");
    std::fs::create_dir(&out).expect("a folder");
    let study = execute(&plan, &runner, &out, &options, &mut |_| true).expect("runs");
    let park = prepared("park-small", &[]);
    let forked = fork(&park, &request(NOON, 4), &|| true).expect("forks");
    let effects = forked.effects();
    let evs = f64::from(forked.evs);
    let mut moved = 0;
    for (figure, indicator) in [(0, "bookings"), (7, "ev_energy_kwh")] {
        let row = study
            .contrasts
            .iter()
            .find(|c| c.figure.name == indicator && c.figure.scope == domain::Scope::Run);
        let contrast = row.expect("a contrast").difference;
        let effect = effects.iter().find(|e| e.figure == figure).expect("an effect").paired;
        let (ours, theirs) = (evs * effect.difference, contrast.difference);
        let size = contrast.mean_a.abs().max(1.0);
        assert!((ours - theirs).abs() <= 1e-12 * size, "{indicator}: {ours} and {theirs}");
        moved += usize::from(theirs != 0.0);
    }
    assert!(moved > 0, "the fine moves something");
}
