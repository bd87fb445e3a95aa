//! One run driven by hand: in steps, saved and restored, forked.

use crate::tool::hashes;
use domain::{Rows, Span, Time};
use gridflock::{Opening, Prepared, Recording, Run, RunOptions, Simulation, SimulationError};
use std::path::Path;
use std::sync::Arc;

const NOON: Time = Time(12 * 3_600_000_000);
const SEVEN_MINUTES: Span = Span(7 * 60_000_000);

fn prepared(scenario: &str) -> Arc<Prepared> {
    let loaded = scenario::Scenario::load(scenario, &[]).expect("a built-in scenario");
    Arc::new(Prepared::read(&loaded).expect("its data"))
}

fn open(scenario: &str, recording: Recording) -> Simulation {
    let opening = Opening { recording, ..Opening::default() };
    Simulation::open(prepared(scenario), &opening).expect("a world")
}

fn into_directory(path: &Path) -> Recording {
    Recording::Directory { path: path.to_owned(), resumable: true }
}

fn to_the_end(mut run: Simulation) -> Rows {
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes").rows
}

/// As text, since an empty cell is a NaN, which equals nothing.
fn assert_same(a: &Rows, b: &Rows) {
    assert!(format!("{a:?}") == format!("{b:?}"), "rows differ: {} and {}", a.count(), b.count());
}

fn in_steps(scenario: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let [whole, steps] = ["whole", "steps"].map(|name| {
        let path = dir.path().join(name);
        std::fs::create_dir(&path).expect("a directory");
        path
    });
    let mut run = open(scenario, into_directory(&whole));
    run.advance(run.end()).expect("runs");
    assert!(run.finish().expect("closes").complete);
    let mut run = open(scenario, into_directory(&steps));
    while run.now() < run.end() {
        run.advance(run.now() + SEVEN_MINUTES).expect("a step");
    }
    assert!(run.finish().expect("closes").complete);
    assert_eq!(hashes(&whole), hashes(&steps));
}

#[test]
fn the_park_driven_in_steps_of_seven_minutes_leaves_the_same_tables() {
    in_steps("park");
}

#[test]
fn a_feeder_driven_in_steps_of_seven_minutes_leaves_the_same_tables() {
    in_steps("feeder-small");
}

#[test]
fn a_group_driven_in_steps_of_seven_minutes_leaves_the_same_tables() {
    in_steps("group-small");
}

#[test]
fn a_state_saved_at_noon_and_restored_ends_with_the_same_rows() {
    for scenario in ["park-small", "group-small"] {
        let whole = to_the_end(open(scenario, Recording::all_in_memory()));
        let mut run = open(scenario, Recording::all_in_memory());
        run.advance(NOON).expect("runs");
        let bytes = run.save().expect("saves").expect("can be saved");
        drop(run);
        let kept = Recording::all_in_memory();
        let restored = Simulation::restore(prepared(scenario), &bytes, &kept, 1).expect("restores");
        assert_eq!(restored.now(), NOON);
        assert_same(&whole, &to_the_end(restored));
    }
}

#[test]
fn a_fork_without_a_change_ends_like_the_original_and_takes_nothing_from_it() {
    let mut original = open("park-small", Recording::all_in_memory());
    original.advance(NOON).expect("runs");
    let before = original.save().expect("saves");
    let fork = to_the_end(original.fork().expect("forks"));
    assert!(original.save().expect("saves") == before, "the original has changed");
    assert_same(&fork, &to_the_end(original));
}

#[test]
fn looking_at_a_run_changes_nothing() {
    let whole = to_the_end(open("park-small", Recording::all_in_memory()));
    let mut run = open("park-small", Recording::all_in_memory());
    while run.now() < run.end() {
        run.advance_through(run.now() + Span::from_hours(1.7)).expect("a step");
        assert!(!run.indicators().expect("are counted").is_empty());
    }
    assert_same(&whole, &run.finish().expect("closes").rows);
}

#[test]
fn a_state_that_is_damaged_or_of_another_run_is_refused() {
    let mut run = open("park-small", Recording::Indicators);
    let bytes = run.save().expect("saves").expect("can be saved");
    let restore = |scenario: &str, bytes: &[u8], recording: &Recording| {
        Simulation::restore(prepared(scenario), bytes, recording, 1).err()
    };
    let half = restore("park-small", &bytes[..bytes.len() / 2], &Recording::Indicators);
    assert!(matches!(half, Some(SimulationError::Damaged(_))), "{half:?}");
    let other = restore("park", &bytes, &Recording::Indicators);
    assert!(matches!(other, Some(SimulationError::OtherScenario)), "{other:?}");
    let other = restore("park-small", &bytes, &Recording::all_in_memory());
    assert!(matches!(other, Some(SimulationError::OtherRecording { .. })), "{other:?}");
}

#[test]
fn time_does_not_go_back_and_the_end_is_the_end() {
    let mut run = open("park-small", Recording::Nothing);
    run.advance_through(NOON).expect("runs");
    assert!(matches!(run.advance(NOON - SEVEN_MINUTES), Err(SimulationError::Past { .. })));
    assert!(matches!(run.advance_through(Time(0)), Err(SimulationError::Past { .. })));
    run.advance(run.end() + Span::DAY).expect("the end");
    assert_eq!(run.now(), run.end());
}

#[test]
fn a_run_interrupted_at_noon_and_resumed_ends_with_the_same_tables() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = |name: &str| RunOptions {
        directory: Some(dir.path().join(name)),
        checkpoint_every: Some(Span::from_hours(5.0)),
        sets: vec!["record.row_group=1024".to_owned()],
        ..RunOptions::default()
    };
    let start = |name: &str| {
        let run = Run::load("park-small", &options(name)).expect("a built-in scenario");
        run.prepare().expect("a directory");
        run
    };
    assert!(start("whole").execute(&mut |_| true).expect("runs").complete);
    assert!(!start("parts").execute(&mut |p| p.now < NOON).expect("ends early").complete);
    let parts = dir.path().join("parts");
    assert_ne!(hashes(&parts), hashes(&dir.path().join("whole")));
    let resumed = Run::resume(&parts, &options("parts")).expect("a checkpoint");
    assert!(resumed.execute(&mut |_| true).expect("runs").complete);
    assert_eq!(hashes(&parts), hashes(&dir.path().join("whole")));
    assert!(Run::resume(&parts, &options("parts")).is_err(), "a complete run is not resumed");
}
