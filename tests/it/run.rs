//! A run's directory and its tables.

use crate::tool::{self, expect_code, gridflock, hashes, indicators, manifest, replace_and_list};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::tempdir;

#[test]
fn a_run_leaves_every_table_and_a_complete_manifest() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small"], 0);
    let run = dir.path().join("output/park-small-1");
    let m = manifest(&run);
    assert_eq!(m["status"], "complete");
    let tables = m["tables"].as_array().expect("tables");
    for table in tables {
        let path = run.join(table["file"].as_str().expect("a file"));
        let bytes = std::fs::read(&path).expect("the table is there");
        assert_eq!(
            table["sha256"].as_str(),
            Some(record::sha256(&bytes).as_str()),
            "{}",
            path.display()
        );
    }
    assert_eq!(tables.len(), record::Table::ALL.len());
    assert!(run.join("scenario.resolved.toml").is_file());
}

#[test]
fn tables_do_not_depend_on_threads_but_on_the_seed() {
    let dir = tempdir().expect("a folder");
    let zones = ["--set", "zones=3", "--set", "fleet.evs=90"];
    let run = |out: &str, more: &[&str]| {
        let mut args = vec!["run", "park-small", "-o", out];
        args.extend(zones);
        args.extend(more);
        expect_code(dir.path(), &args, 0);
        hashes(&dir.path().join(out))
    };
    let one = run("one", &["--threads", "1"]);
    let three = run("three", &["--threads", "3"]);
    assert_eq!(one, three);
    let other = run("other", &["--seed", "2"]);
    assert_ne!(one["facts.parquet"], other["facts.parquet"]);
}

#[test]
fn checkpoints_leave_the_tables_as_they_are() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "plain"], 0);
    expect_code(dir.path(), &["run", "park-small", "-o", "saved", "--checkpoint-every", "5h"], 0);
    assert_eq!(hashes(&dir.path().join("plain")), hashes(&dir.path().join("saved")));
}

/// Starts a run and kills it when its first checkpoint lies in `directory`.
fn kill_at_first_checkpoint(folder: &Path, args: &[&str], directory: &str) {
    let mut child = tool::start(folder, args);
    let started = Instant::now();
    while !folder.join(directory).join("checkpoint.bin").exists() {
        assert!(
            started.elapsed() < Duration::from_mins(2)
                && child.try_wait().expect("a child").is_none(),
            "it ended too soon"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

#[test]
fn overwriting_replaces_a_run_and_leaves_what_others_made() {
    let dir = tempdir().expect("a folder");
    let run = dir.path().join("run");
    let long = ["run", "park-small", "--days", "90", "--checkpoint-every", "1d", "-o", "run"];
    kill_at_first_checkpoint(dir.path(), &long, "run");
    std::fs::write(run.join("notes.md"), "mine").expect("writes");
    std::fs::write(run.join("parts/thesis.tex"), "mine").expect("writes");
    let err = expect_code(
        dir.path(),
        &[
            "run",
            "park-small",
            "-o",
            "run",
            "--overwrite",
            "--seed",
            "2",
            "--checkpoint-every",
            "5h",
        ],
        0,
    );
    assert!(err.contains("an earlier run (running, or killed), which is replaced"), "{err}");
    assert_eq!(manifest(&run)["seeds"]["behaviour"], 2, "{}", manifest(&run));
    expect_code(dir.path(), &["run", "park-small", "-o", "plain", "--seed", "2"], 0);
    assert_eq!(hashes(&run), hashes(&dir.path().join("plain")));
    let mut left = replace_and_list(&run);
    left.sort();
    assert_eq!(left, ["notes.md", "parts"]);
    assert!(run.join("parts/thesis.tex").is_file());
}

#[test]
fn the_resolved_scenario_runs_to_the_same_tables() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "first", "--set", "penalty.scale=2"], 0);
    expect_code(dir.path(), &["run", "first/scenario.resolved.toml", "-o", "again"], 0);
    assert_eq!(hashes(&dir.path().join("first")), hashes(&dir.path().join("again")));
}

#[test]
fn an_assertion_decides_the_exit_code() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "--assert", "bookings>0"], 0);
    let err = expect_code(dir.path(), &["run", "park-small", "--assert", "bookings<0"], 4);
    assert!(err.contains("bookings<0 does not hold"), "{err}");
    let err = expect_code(dir.path(), &["run", "park-small", "--assert", "bookinks>0"], 2);
    assert!(err.contains("bookinks"), "{err}");
}

#[test]
fn a_trace_tells_the_story_of_an_ev() {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "run"], 0);
    let out = gridflock(dir.path(), &["trace", "run", "--ev", "1"]);
    let story = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(story.contains("arrived") || story.contains("departed"), "{story}");
    let err = expect_code(dir.path(), &["trace", "run", "--ev", "999999"], 1);
    assert!(err.contains("EV 999999"), "{err}");
}

#[test]
fn json_output_holds_the_indicators() {
    let dir = tempdir().expect("a folder");
    let out = gridflock(dir.path(), &["--json", "run", "park-small"]);
    let figures = indicators(&out);
    assert!(figures["bookings"] > 0.0 && figures["need_met_share"] > 0.8, "{figures:?}");
}

#[test]
fn a_killed_run_is_resumed_over_the_same_data_only() {
    let dir = tempdir().expect("a folder");
    let load = dir.path().join("load.csv");
    let day = |kw: &str| format!("load_kw\n{}", format!("{kw}\n").repeat(96));
    std::fs::write(&load, day("90")).expect("writes");
    let park = scenario::Builtin::named("park-small").expect("built in").toml;
    std::fs::write(
        dir.path().join("mine.toml"),
        park.replace("[series.load]", "[series.load]\ncsv = \"load.csv\""),
    )
    .expect("writes");
    let start = ["run", "mine.toml", "--days", "90", "--checkpoint-every", "1d", "-o"];
    kill_at_first_checkpoint(dir.path(), &[&start[..], &["killed"]].concat(), "killed");
    let inputs = &manifest(&dir.path().join("killed"))["inputs"];
    assert_eq!(
        (inputs[0]["key"].as_str(), inputs[0]["sha256"].as_str().map(str::len)),
        (Some("series.load.csv"), Some(64)),
        "{inputs}"
    );
    std::fs::write(&load, day("80")).expect("writes");
    let err = expect_code(dir.path(), &["run", "--resume", "killed"], 3);
    assert!(err.contains("load.csv") && err.contains("has changed"), "{err}");
    std::fs::write(&load, day("90")).expect("writes");
    expect_code(dir.path(), &["run", "--resume", "killed"], 0);
    expect_code(dir.path(), &[&start[..], &["whole"]].concat(), 0);
    assert_eq!(hashes(&dir.path().join("killed")), hashes(&dir.path().join("whole")));
}
