//! A study of the small park from its file to its tables.

use super::toy::plan;
use crate::{
    CompareRequest, ContrastRow, ExecuteOptions, Plan, SimulationRunner, StudyFile, compare,
    execute,
};
use domain::Scope;

#[test]
fn a_study_of_the_park_gives_the_indicators_of_its_runs() {
    let temp = tempfile::tempdir().expect("a directory");
    let text = "[scenario]\nbase = 'park-small'\noverrides = { 'fleet.evs' = 20 }\n[[factor]]\nname = 'tickets.enabled'\nvalues = [false, true]\n[replications]\nn = 2";
    let plan = plan(text);
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let outcome = execute(
        &plan,
        &runner,
        temp.path(),
        &ExecuteOptions { threads: 2, ..ExecuteOptions::default() },
        &mut |_| true,
    )
    .expect("runs");
    assert_eq!(outcome.runs.succeeded, 4, "{:?}", outcome.first_failure);
    assert!(
        outcome
            .contrasts
            .iter()
            .any(|c| c.figure.name == "slot_utilisation" && c.difference.n == 2)
    );
}

#[test]
fn own_indicators_and_persons_say_what_the_kept_tables_say() {
    let temp = tempfile::tempdir().expect("a directory");
    let plan = plan(
        "[scenario]
         base = 'park-small'
         [[factor]]
         name = 'penalty.scale'
         values = [0.0, 2.0]
         [replications]
         n = 2
         [[indicator]]
         name = 'late_kwh'
         unit = 'kWh'
         sql = \"SELECT total(energy_kwh) FROM facts WHERE kind = 'energy_short'\"
         [[indicator]]
         name = 'booked'
         sql = \"SELECT value FROM indicators WHERE name = 'bookings' AND scope = 'run'\"
         [[indicator]]
         name = 'plugged'
         sql = \"SELECT count(*) FROM facts WHERE kind = 'plugged_in'\"
         [[indicator]]
         name = 'given_back'
         sql = \"SELECT count(*) FROM facts WHERE kind = 'cancelled'\"
         [[indicator]]
         name = 'needed_kwh'
         sql = \"SELECT total(energy_kwh) FROM facts WHERE kind = 'arrived'\"
         [output]
         indicators = ['bookings', 'bookings_made', 'ev_energy_kwh', 'unmet_kwh', 'late_kwh', 'booked', 'plugged', 'given_back', 'needed_kwh']
         persons = true
         [[ratio]]
         of = ['booked']
         factor = 'penalty.scale'",
    );
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let options = ExecuteOptions { threads: 2, ..ExecuteOptions::default() };
    let outcome = execute(&plan, &runner, temp.path(), &options, &mut |_| true).expect("runs");
    assert_eq!(outcome.runs.failed, 0, "{:?}", outcome.first_failure);
    let difference = |name: &str| {
        let of = |r: &&ContrastRow| r.figure.name == name && r.figure.scope == Scope::Run;
        outcome.contrasts.iter().find(of).expect("a contrast").difference
    };
    let (ours, theirs) = (difference("booked"), difference("bookings"));
    assert_eq!((ours.mean_a, ours.mean_b), (theirs.mean_a, theirs.mean_b));
    assert!((outcome.ratios[0].ratio - theirs.mean_b / theirs.mean_a).abs() < 1e-12);
    // What each person did adds up to what the runs say.
    let table = tables::DataTable::read(&temp.path().join("persons.parquet")).expect("a table");
    let of_point = |column: &str, point: f64| -> f64 {
        let (at, x) = (table.numbers("point_id").expect("it"), table.numbers(column).expect("it"));
        at.iter().zip(x).filter(|(p, _)| **p == point).map(|(_, x)| x).sum::<f64>() / 2.0
    };
    for (of_persons, of_run) in [
        ("bookings", "bookings_made"),
        ("came", "plugged"),
        ("cancelled", "given_back"),
        ("charged_kwh", "ev_energy_kwh"),
        ("unmet_kwh", "unmet_kwh"),
        ("unmet_kwh", "late_kwh"),
        ("need_kwh", "needed_kwh"),
    ] {
        let run = difference(of_run);
        for (point, mean) in [(0.0, run.mean_a), (1.0, run.mean_b)] {
            let sum = of_point(of_persons, point);
            assert!((sum - mean).abs() <= 1e-9 * mean.abs().max(1.0), "{of_run}: {sum} and {mean}");
        }
        assert!(run.mean_a > 0.0, "{of_run}: nothing is compared");
    }
    // Those made before the record are bookings of the run, and nobody's in it.
    assert!(difference("bookings").mean_a > difference("bookings_made").mean_a);
}

#[test]
fn a_joint_contradiction_fails_its_runs_only() {
    let temp = tempfile::tempdir().expect("a directory");
    let text = "[scenario]\nbase = 'park-small'\noverrides = { 'fleet.evs' = 10 }\n[[factor]]\nname = 'booking.min_periods'\nvalues = [2, 12]\n[[factor]]\nname = 'booking.max_periods'\nvalues = [16, 8]\n[replications]\nn = 1";
    let plan = plan(text);
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let outcome = execute(&plan, &runner, temp.path(), &ExecuteOptions::default(), &mut |_| true)
        .expect("runs");
    assert_eq!((outcome.runs.succeeded, outcome.runs.failed), (3, 1));
    let (run, reason) = outcome.first_failure.expect("one failed");
    assert!(run == 3 && reason.contains("booking.min_periods"), "{run}: {reason}");
}

#[test]
fn a_comparison_pairs_its_sides() {
    let temp = tempfile::tempdir().expect("a directory");
    let sets = |text: &str| vec![text.to_owned()];
    let request = CompareRequest {
        scenario: "park-small".into(),
        a: sets("tickets.enabled=false"),
        b: sets("tickets.enabled=true"),
        n: 3,
        until: None,
        seed: Some(5),
    };
    let plan = request.plan().expect("a plan");
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let found = compare(&plan, &runner, temp.path(), &ExecuteOptions::default(), &mut |_| true)
        .expect("runs");
    let offers = found.rows.iter().find(|r| r.figure.name == "ticket_offers").expect("there");
    assert!(offers.difference.mean_a == 0.0 && offers.difference.mean_b >= 0.0);
    let (again, _) = crate::reopen(temp.path()).expect("its directory is that of a study");
    assert_eq!(again.hash, plan.hash);
    let bad = CompareRequest { a: sets("tickets.enabeld=true"), ..request };
    assert!(bad.plan().expect_err("unknown key").to_string().contains("tickets.enabled"));
}

/// The contrasts of a ready study with fewer replications.
fn ready(name: &str, replications: u32) -> Vec<ContrastRow> {
    let temp = tempfile::tempdir().expect("a directory");
    let study = StudyFile::load(name, &[format!("replications.n={replications}")])
        .expect("a built-in study");
    let plan = Plan::new(study).expect("a plan");
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let outcome = execute(&plan, &runner, temp.path(), &ExecuteOptions::default(), &mut |_| true)
        .expect("runs");
    assert_eq!(outcome.runs.failed, 0, "{:?}", outcome.first_failure);
    outcome.contrasts
}

/// The difference of an indicator of the run where the other factors and the compared side are
/// these.
fn found(rows: &[ContrastRow], common: &str, side: &str, indicator: &str) -> f64 {
    let row = rows.iter().find(|r| {
        r.figure.name == indicator
            && r.figure.scope == Scope::Run
            && r.pair.common.ends_with(common)
            && r.pair.side_b.ends_with(side)
    });
    row.unwrap_or_else(|| panic!("{indicator} at {common}, {side}")).difference.difference
}

#[test]
fn h1_no_shows_fall_under_the_logit_and_rise_under_crowding_out() {
    let rows = ready("h1", 4);
    let change = |model: &str, scale: &str| found(&rows, model, scale, "no_show_rate");
    let logit = ["= 0.25", "= 0.5", "= 1", "= 2"].map(|scale| change("logit", scale));
    assert!(
        logit[0] < 0.0 && logit.is_sorted_by(|a, b| a > b),
        "further with every step: {logit:?}"
    );
    assert!(change("norms", "= 0.25") > 0.02, "a fine is a price");
    assert!(
        found(&rows, "logit", "= 2", "penalty_elasticity") < -0.1
            && found(&rows, "norms", "= 0.25", "penalty_elasticity") > 0.0
    );
}

#[test]
fn h6_a_reminder_an_hour_before_turns_no_shows_into_late_cancellations_and_ticket_offers() {
    let rows = ready("h6", 40);
    let change = |indicator: &str| found(&rows, "to the end", "1 h before", indicator);
    let moved = ["no_show_rate", "cancelled_late", "ticket_offers"].map(change);
    assert!(moved[0] < 0.0 && moved[1..].iter().all(|x| *x > 0.0), "{moved:?}");
    // Where a no-show frees half of its booking by itself, fewer of them mean fewer tickets.
    let half = |indicator: &str| found(&rows, "for half the booking", "1 h before", indicator);
    assert!(
        half("no_show_rate") < 0.0 && half("cancelled_late") > 0.0 && half("ticket_offers") < 0.0
    );
}
