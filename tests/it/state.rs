//! Snapshot, restore, clone.

use crate::tool::hashes;
use domain::{Span, Time};
use gridflock::{Run, RunOptions};
use simulation::{Memory, Prepared, Threads, World};

fn world() -> World {
    let loaded = scenario::Scenario::load("park-small", &[]).expect("a built-in scenario");
    let prepared = Prepared::read(&loaded).expect("its data");
    prepared.world(prepared.seeds(0, false)).expect("a world")
}

fn go(world: &mut World, until: Time, rows: &mut Memory) {
    assert_eq!(world.run(until, &Threads::one(), rows, &mut |_| true), Ok(true));
}

#[test]
fn a_snapshot_taken_at_noon_and_restored_ends_with_the_same_rows() {
    let noon = Time::START + Span::from_hours(12.0);
    let mut whole = Memory::default();
    let mut a = world();
    let end = a.end();
    go(&mut a, end, &mut whole);
    a.close(&mut whole).expect("closes");

    let mut parts = Memory::default();
    let mut b = world();
    go(&mut b, noon, &mut parts);
    let bytes = b.snapshot("park-small").expect("a snapshot");
    let mut c = world();
    c.restore(&bytes, "park-small").expect("the same scenario");
    go(&mut c, end, &mut parts);
    c.close(&mut parts).expect("closes");
    // As text, since an empty cell is a NaN, which equals nothing.
    assert!(
        format!("{:?}", whole.0) == format!("{:?}", parts.0),
        "rows differ: {} and {}",
        whole.0.count(),
        parts.0.count()
    );
}

#[test]
fn a_clone_run_on_with_another_price_takes_nothing_from_the_original() {
    let noon = Time::START + Span::from_hours(12.0);
    let mut rows = Memory::default();
    let mut original = world();
    go(&mut original, noon, &mut rows);
    let before = original.snapshot("x").expect("a snapshot");
    let mut clone = original.clone();
    clone.amend(|shared| shared.env.tariff_ev.scale *= 1.5);
    let end = clone.end();
    let mut other = Memory::default();
    go(&mut clone, end, &mut other);
    assert!(original.snapshot("x").expect("a snapshot") == before, "the original has changed");
    let mut same = Memory::default();
    go(&mut original, end, &mut same);
    assert!(other.0.ledger != same.0.ledger, "another tariff changes what is paid");
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let mut w = world();
    let bytes = w.snapshot("x").expect("a snapshot");
    assert!(w.restore(&bytes[..bytes.len() / 2], "x").is_err());
    assert!(w.restore(&bytes, "y").is_err());
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
    let noon = Time::START + Span::from_hours(12.0);
    assert!(!start("parts").execute(&mut |p| p.now < noon).expect("ends early").complete);
    let parts = dir.path().join("parts");
    assert_ne!(hashes(&parts), hashes(&dir.path().join("whole")));
    let resumed = Run::resume(&parts, &options("parts")).expect("a checkpoint");
    assert!(resumed.execute(&mut |_| true).expect("runs").complete);
    assert_eq!(hashes(&parts), hashes(&dir.path().join("whole")));
    assert!(Run::resume(&parts, &options("parts")).is_err(), "a complete run is not resumed");
}
