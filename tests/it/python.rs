//! Checks in Python that read what a run left, with SQL alone, or with other people's programs.

use crate::partners::{python, skipped};
use crate::tool::expect_code;
use std::path::Path;

/// Runs a script of `tests/python` on a directory and shows what it says.
fn check(script: &str, directory: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python").join(script);
    let mut python = match python(None) {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    let out = python.arg(&script).arg(directory).output().expect("Python starts");
    let said = String::from_utf8_lossy(&out.stdout);
    println!("{said}");
    assert!(
        out.status.success(),
        "{}:\n{said}{}",
        script.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    if said.starts_with("skipped") {
        return skipped(&said);
    }
    assert!(said.contains("PASS"), "{}:\n{said}", script.display());
}

fn tables_hold(scenario: &str, sets: &[&str]) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut args = vec!["run", scenario, "-o", "run"];
    args.extend(sets.iter().flat_map(|s| ["--set", s]));
    expect_code(dir.path(), &args, 0);
    check("check_tables.py", &dir.path().join("run"));
}

#[test]
fn the_tables_of_a_park_hold_what_they_promise() {
    tables_hold("park", &["days=2"]);
}

#[test]
fn the_tables_of_a_park_with_an_outage_hold_what_they_promise() {
    tables_hold("park", &["outage=[{ zone = 1, piles = 40, from_h = 12.0, to_h = 15.0 }]"]);
}

#[test]
fn the_tables_of_a_feeder_hold_what_they_promise() {
    tables_hold("feeder-small", &[]);
    tables_hold("feeder-small", &["booking.enabled=true"]);
}

#[test]
fn other_programs_find_the_voltages_of_a_feeder() {
    let dir = tempfile::tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "feeder-small", "-o", "run"], 0);
    check("check_voltages.py", &dir.path().join("run"));
}

/// With `SALib` and `pyarrow`: designs, indices and statistics of studies are those of SALib, NumPy
/// and SciPy.
#[test]
fn studies_agree_with_salib() {
    check("check_study.py", Path::new(env!("CARGO_BIN_EXE_gridflock")));
}

#[test]
fn the_tables_of_a_group_hold_what_they_promise() {
    tables_hold("group", &["days=2", "participation.share=0.4"]);
}

#[test]
fn the_tables_of_a_group_by_the_papers_methods_hold_what_they_promise() {
    tables_hold(
        "group-small",
        &[
            "upper.solver=\"nsga2\"",
            "lower.solver=\"pso\"",
            "lower.pso.iterations=100",
            "periods_per_day=48",
        ],
    );
}

#[test]
fn the_tables_of_a_group_with_travellers_or_a_market_hold_what_they_promise() {
    tables_hold("group", &["travel=[{share=0.5,by_day=\"office\"}]", "days=2"]);
    tables_hold(
        "group",
        &[
            "booking.enabled=true",
            "tickets.enabled=true",
            "access.mode=\"per_booking\"",
            "access.piles=30",
        ],
    );
}
