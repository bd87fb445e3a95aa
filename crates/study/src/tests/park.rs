//! A study of the small park from its file to its tables.

use super::toy::plan;
use crate::{CompareRequest, ExecuteOptions, SimulationRunner, compare, execute};

#[test]
fn a_study_of_the_park_gives_the_indicators_of_its_runs() {
    let temp = tempfile::tempdir().expect("a directory");
    let text = "[scenario]\nbase = 'park-small'\noverrides = { 'fleet.evs' = 20 }\n[[factor]]\nname = 'tickets.enabled'\nvalues = [false, true]\n[replications]\nn = 2";
    let plan = plan(text);
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let outcome =
        execute(&plan, &runner, temp.path(), &ExecuteOptions { threads: 2, ..ExecuteOptions::default() }, &mut |_| true).expect("runs");
    assert_eq!(outcome.runs.succeeded, 4, "{:?}", outcome.first_failure);
    assert!(outcome.contrasts.iter().any(|c| c.figure.name == "slot_utilisation" && c.difference.n == 2));
}

#[test]
fn a_joint_contradiction_fails_its_runs_only() {
    let temp = tempfile::tempdir().expect("a directory");
    let text = "[scenario]\nbase = 'park-small'\noverrides = { 'fleet.evs' = 10 }\n[[factor]]\nname = 'booking.min_periods'\nvalues = [2, 12]\n[[factor]]\nname = 'booking.max_periods'\nvalues = [16, 8]\n[replications]\nn = 1";
    let plan = plan(text);
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let outcome = execute(&plan, &runner, temp.path(), &ExecuteOptions::default(), &mut |_| true).expect("runs");
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
    let found = compare(&plan, &runner, temp.path(), &ExecuteOptions::default(), &mut |_| true).expect("runs");
    let offers = found.rows.iter().find(|r| r.figure.name == "ticket_offers").expect("there");
    assert!(offers.difference.mean_a == 0.0 && offers.difference.mean_b >= 0.0);
    let (again, _) = crate::reopen(temp.path()).expect("its directory is that of a study");
    assert_eq!(again.hash, plan.hash);
    let bad = CompareRequest { a: sets("tickets.enabeld=true"), ..request };
    assert!(bad.plan().expect_err("unknown key").to_string().contains("tickets.enabled"));
}
