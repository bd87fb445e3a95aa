//! The distribution feeder, run through the program.

use crate::tool::{expect_code, gridflock, hashes, indicators};
use tempfile::tempdir;

#[test]
fn zones_of_a_feeder_do_not_depend_on_threads() {
    let dir = tempdir().expect("a folder");
    let run = |out: &str, threads: &str| {
        expect_code(dir.path(), &["run", "feeder-small", "-o", out, "--threads", threads], 0);
        hashes(&dir.path().join(out))
    };
    assert_eq!(run("one", "1"), run("two", "2"));
}

#[test]
fn a_feeder_dispatches_against_charging_on_arrival() {
    let dir = tempdir().expect("a folder");
    let figures = |sets: &[&str]| {
        let mut args = vec!["--json", "run", "feeder-small", "--overwrite"];
        for s in sets {
            args.extend(["--set", s]);
        }
        indicators(&gridflock(dir.path(), &args))
    };
    let before = figures(&["dispatch.enabled=false", "fleet.v2g_share=0"]);
    let after = figures(&[]);
    assert!(after["import_peak_kw"] < before["import_peak_kw"], "{} {}", before["import_peak_kw"], after["import_peak_kw"]);
    assert!(after["capacity_charge_cny"] < before["capacity_charge_cny"]);
    assert!((after["fuel_cny"] - 3288.60).abs() < 0.01, "{}", after["fuel_cny"]);
    assert!((after["need_met_share"] - before["need_met_share"]).abs() < 0.01);
    assert_eq!(before["v2g_kwh"], 0.0);
}
