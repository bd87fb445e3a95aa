//! Studies and comparisons: shards, clusters, kills, failures, bad studies.

use crate::tool::{expect_code, gridflock, manifest, replace_and_list, start};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// Two points, twelve runs each of a tiny park; with the facts of every run, so that there is
/// something to join.
const TINY: &str = r#"description = "Do tickets matter?"
[scenario]
base = "park-small"
overrides = { "fleet.evs" = 20 }

[[factor]]
name = "tickets.enabled"
values = [false, true]

[replications]
n = 12

[output]
tables = ["facts"]
"#;

/// The bytes of everything in a directory but what tells of the machine and the time.
fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        std::fs::read_dir(directory).expect("a directory").map(|e| e.expect("an entry").path());
    let named = entries.filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut content = std::fs::read(&path).expect("readable");
        if name == "ro-crate-metadata.json" {
            // A study that begins after midnight is published on another day.
            let text = String::from_utf8(content).expect("text");
            content = text
                .lines()
                .filter(|line| !line.contains("datePublished"))
                .collect::<String>()
                .into_bytes();
        }
        (name, content)
    });
    named.filter(|(name, _)| !["manifest.json", "study.json"].contains(&name.as_str())).collect()
}

fn assert_same(folder: &Path, a: &str, b: &str) {
    let (a, b) = (bytes(&folder.join(a)), bytes(&folder.join(b)));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, content) in &a {
        assert!(*content == b[name], "{name} differs");
    }
}

/// A day of load whose second quarter of an hour is `odd`.
fn day(odd: &str) -> String {
    let rows: Vec<&str> = (0..96).map(|k| if k == 1 { odd } else { "90" }).collect();
    format!("load_kw\n{}\n", rows.join("\n"))
}

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    let out = gridflock(folder, args);
    serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|e| panic!("{args:?}: {e}: {}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn threads_and_shards_leave_the_same_bytes() {
    let dir = tempdir().expect("a folder");
    std::fs::write(dir.path().join("tiny.toml"), TINY).expect("writes");
    expect_code(dir.path(), &["study", "run", "tiny.toml", "-o", "whole", "--threads", "1"], 0);
    expect_code(dir.path(), &["study", "run", "tiny.toml", "-o", "threads", "--threads", "3"], 0);
    assert_same(dir.path(), "whole", "threads");
    for part in ["1/3", "2/3", "3/3"] {
        expect_code(
            dir.path(),
            &["study", "run", "tiny.toml", "-o", &format!("part{}", &part[..1]), "--shard", part],
            0,
        );
    }
    let err = expect_code(dir.path(), &["study", "merge", "part1", "part3", "-o", "half"], 1);
    assert!(err.contains("shard 2/3"), "{err}");
    expect_code(dir.path(), &["study", "merge", "part2", "part1", "part3", "-o", "merged"], 0);
    assert_same(dir.path(), "whole", "merged");
    assert_eq!(manifest(&dir.path().join("merged"))["status"], "complete");
    let names: Vec<String> = bytes(&dir.path().join("whole")).into_keys().collect();
    for file in [
        "facts.parquet",
        "runs.parquet",
        "indicators.parquet",
        "contrasts.parquet",
        "estimates.parquet",
        "ODD.md",
        "study.toml",
    ] {
        assert!(names.iter().any(|name| name == file), "{file} is missing: {names:?}");
    }
    assert!(
        !dir.path().join("half").exists(),
        "nothing is made, nor replaced, before all shards are known to be good"
    );
    let err = expect_code(
        dir.path(),
        &["study", "merge", "part2", "part1", "part3", "-o", "part1", "--overwrite"],
        2,
    );
    assert!(err.contains("part1 is a shard"), "{err}");
    expect_code(
        dir.path(),
        &["study", "merge", "part2", "part1", "part3", "-o", "merged", "--overwrite"],
        0,
    );
    assert_same(dir.path(), "whole", "merged");
    for made in ["whole", "part1"] {
        let left = replace_and_list(&dir.path().join(made));
        assert!(left.is_empty(), "a new study in {made} would leave {left:?}");
    }
}

#[test]
fn blocks_of_another_study_are_not_taken_for_its_own() {
    let dir = tempdir().expect("a folder");
    std::fs::write(dir.path().join("tiny.toml"), TINY).expect("writes");
    std::fs::write(
        dir.path().join("other.toml"),
        TINY.replace("\"fleet.evs\" = 20", "\"fleet.evs\" = 21"),
    )
    .expect("writes");
    expect_code(dir.path(), &["study", "run", "tiny.toml", "-o", "used", "--shard", "1/2"], 0);
    std::fs::remove_file(dir.path().join("used/manifest.json")).expect("it is there");
    let outcome =
        json(dir.path(), &["--json", "study", "run", "other.toml", "-o", "used", "--overwrite"]);
    assert_eq!(outcome["executed"], 24, "{outcome}");
    expect_code(dir.path(), &["study", "run", "other.toml", "-o", "fresh"], 0);
    assert_same(dir.path(), "fresh", "used");
}

#[test]
fn a_study_is_not_written_into_its_own_folder() {
    let dir = tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("mine")).expect("a folder");
    std::fs::write(dir.path().join("mine/study.toml"), TINY).expect("writes");
    for study in ["mine", "mine/study.toml"] {
        let err = expect_code(dir.path(), &["study", "run", study, "-o", "mine", "--overwrite"], 1);
        assert!(err.contains("the folder of the study itself"), "{err}");
    }
    assert_eq!(
        std::fs::read_to_string(dir.path().join("mine/study.toml")).expect("it stays"),
        TINY
    );
}

#[test]
fn the_cluster_examples_work_as_plain_shell() {
    let dir = tempdir().expect("a folder");
    std::fs::write(dir.path().join("tiny.toml"), TINY).expect("writes");
    expect_code(dir.path(), &["study", "run", "tiny.toml", "-o", "whole"], 0);
    let program = Path::new(env!("CARGO_BIN_EXE_gridflock"))
        .parent()
        .expect("a folder")
        .display()
        .to_string();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/cluster/local.sh");
    for kind in ["slurm", "kubernetes"] {
        let out = Command::new("sh")
            .args([script, kind, "tiny.toml", kind, "3"])
            .env("PATH", &path)
            .current_dir(dir.path())
            .output()
            .expect("a shell");
        assert!(out.status.success(), "{kind}: {}", String::from_utf8_lossy(&out.stderr));
        assert_same(dir.path(), "whole", &format!("{kind}/study"));
    }
}

#[test]
fn a_killed_study_goes_on_where_it_was() {
    let dir = tempdir().expect("a folder");
    let text = TINY.replace("n = 12", "n = 400").replace("tables", "# tables");
    std::fs::write(dir.path().join("tiny.toml"), text).expect("writes");
    let mut child =
        start(dir.path(), &["study", "run", "tiny.toml", "-o", "killed", "--threads", "2"]);
    let started = Instant::now();
    let finished = || -> u64 {
        let out = gridflock(dir.path(), &["--json", "study", "status", "killed"]);
        serde_json::from_slice::<serde_json::Value>(&out.stdout)
            .ok()
            .and_then(|s| s["succeeded"].as_u64())
            .unwrap_or(0)
    };
    while finished() < 10 {
        assert!(
            started.elapsed() < Duration::from_mins(2)
                && child.try_wait().expect("a child").is_none(),
            "it ended too soon"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    // SIGKILL: nothing can be closed.
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let before = json(dir.path(), &["--json", "study", "status", "killed"]);
    let (done, pending) = (
        before["succeeded"].as_u64().expect("a count"),
        before["pending"].as_u64().expect("a count"),
    );
    assert!(
        done >= 10 && done + pending == 800 && pending > 0 && before["status"] == "running",
        "{before}"
    );
    let after = json(dir.path(), &["--json", "study", "resume", "killed"]);
    assert_eq!(
        (after["executed"].as_u64(), after["succeeded"].as_u64()),
        (Some(pending), Some(800)),
        "finished runs are not repeated"
    );
    expect_code(dir.path(), &["study", "run", "tiny.toml", "-o", "whole"], 0);
    assert_same(dir.path(), "whole", "killed");
    let err = expect_code(dir.path(), &["study", "resume", "killed"], 1);
    assert!(err.contains("is complete"), "{err}");
}

#[test]
fn a_run_that_fails_is_a_row_with_its_reason() {
    let dir = tempdir().expect("a folder");
    std::fs::write(dir.path().join("load.csv"), day("100")).expect("writes");
    std::fs::write(dir.path().join("broken.csv"), day("much")).expect("writes");
    let text = r#"[scenario]
base = "park-small"
overrides = { "fleet.evs" = 20 }
[[factor]]
name = "series.load.csv"
values = ["load.csv", "broken.csv"]
[replications]
n = 2
"#;
    // Paths are relative to the scenario; a built-in one has no folder of its own.
    std::fs::write(dir.path().join("study.toml"), text).expect("writes");
    let err = expect_code(dir.path(), &["study", "run", "study.toml", "-o", "out"], 1);
    assert!(err.contains("2 runs failed") && err.contains("broken.csv:3"), "{err}");
    let runs = tables::DataTable::read(&dir.path().join("out/runs.parquet")).expect("a table");
    assert_eq!(
        runs.texts("status").expect("a column"),
        ["succeeded", "failed", "succeeded", "failed"]
    );
    assert!(runs.texts("error").expect("a column")[1].contains("broken.csv:3"));
    assert_eq!(manifest(&dir.path().join("out"))["status"], "complete");
}

#[test]
fn a_study_is_not_resumed_over_changed_data() {
    let dir = tempdir().expect("a folder");
    let load = dir.path().join("load.csv");
    std::fs::write(&load, day("100")).expect("writes");
    let park = scenario::Builtin::named("park-small").expect("built in").toml;
    let park = park.replace("[series.load]", "[series.load]\ncsv = \"load.csv\"");
    std::fs::write(dir.path().join("mine.toml"), park).expect("writes");
    std::fs::write(dir.path().join("study.toml"), TINY.replace("park-small", "mine.toml"))
        .expect("writes");
    expect_code(dir.path(), &["study", "run", "study.toml", "-o", "a", "--shard", "1/2"], 0);
    let inputs = &manifest(&dir.path().join("a"))["inputs"];
    assert_eq!(
        (inputs[0]["key"].as_str(), inputs[0]["sha256"].as_str().map(str::len)),
        (Some("series.load.csv"), Some(64)),
        "{inputs}"
    );
    std::fs::write(&load, day("80")).expect("writes");
    let err = expect_code(dir.path(), &["study", "resume", "a"], 3);
    assert!(err.contains("load.csv") && err.contains("has changed"), "{err}");
    // The other shard is run on the changed data: its plan is another one.
    expect_code(dir.path(), &["study", "run", "study.toml", "-o", "b", "--shard", "2/2"], 0);
    let err = expect_code(dir.path(), &["study", "merge", "a", "b", "-o", "whole"], 3);
    assert!(err.contains("different plans"), "{err}");
}

#[test]
fn bad_studies_end_with_the_right_code_and_say_what_to_do() {
    let dir = tempdir().expect("a folder");
    let factor = "[scenario]\nbase = \"park-small\"\n[[factor]]\n";
    let cases = [
        ("name = \"penalty.skale\"\nvalues = [1.0]", "bad.toml:4", "penalty.scale"),
        ("name = \"penalty.scale\"\nrange = [2.0, 2.0]", "bad.toml:5", "lower end"),
        ("name = \"penalty.scale\"\nvalues = []", "bad.toml:5", "at least one"),
        ("name = \"penalty.scale\"\nvalues = [0.0, 1e9]", "bad.toml:5", "allowed"),
        (
            "name = \"penalty.scale\"\nvalues = [0.0]\n[output]\nindicators = [\"noshow_rate\"]",
            "bad.toml:7",
            "no_show_rate",
        ),
        (
            "name = \"penalty.scale\"\nvalues = [0.0]\n[output]\ntables = [\"factz\"]",
            "bad.toml:7",
            "facts",
        ),
        (
            "name = \"penalty.scale\"\nvalues = [0.0]\n[replications]\nn = 0",
            "bad.toml:7",
            "allowed",
        ),
        (
            "name = \"penalty.scale\"\nvalues = [0.0]\n[design]\nkind = \"sobol\"\nn = 100",
            "bad.toml:8",
            "64 or 128",
        ),
        (
            "name = \"penalty.scale\"\nvalues = [0.0]\n[[contrast]]\nfactor = \"penalty\"",
            "bad.toml:7",
            "penalty.scale",
        ),
        (
            "name = \"x\"\n[[factor.option]]\nname = \"a\"\nset = { \"tickets.enabeld\" = true }",
            "bad.toml:7",
            "tickets.enabled",
        ),
        ("name = \"penalty.scale\"\nvalues = [0.0", "bad.toml:", ""),
    ];
    for (rest, place, remedy) in cases {
        std::fs::write(dir.path().join("bad.toml"), format!("{factor}{rest}\n")).expect("writes");
        let err = expect_code(dir.path(), &["study", "run", "bad.toml"], 3);
        assert!(err.contains(place) && err.contains(remedy), "{rest}\n->\n{err}");
    }
    assert!(!dir.path().join("output").exists(), "nothing is written for a bad study");
    let err = expect_code(dir.path(), &["validate", "h1", "bad.toml"], 3);
    assert!(err.contains("bad.toml:"), "{err}");
    expect_code(dir.path(), &["validate", "h1", "park-small"], 0);
    let err = expect_code(dir.path(), &["study", "run", "absent.toml"], 3);
    assert!(err.contains("absent.toml") && err.contains("h1-penalty-no-shows"), "{err}");
}

#[test]
fn bad_requests_end_with_the_right_code() {
    let dir = tempdir().expect("a folder");
    std::fs::write(dir.path().join("tiny.toml"), TINY).expect("writes");
    for (args, code, hint) in [
        (&["study", "run", "tiny.toml", "--shard", "5/3"][..], 2, "5/3"),
        (&["study", "run", "tiny.toml", "--shard", "one"], 2, "i/n"),
        (&["study", "status", "nowhere"], 3, "nowhere"),
        (&["study", "resume", "nowhere"], 3, "nowhere"),
        (&["study", "merge", "nowhere", "-o", "x"], 3, "nowhere"),
        (&["study", "show", "h99"], 3, "study list"),
        (&["run", "h1"], 3, "gridflock study run h1-penalty-no-shows"),
        (
            &["compare", "park-small", "--a", "penalty.skale=1", "--b", "penalty.scale=2"],
            3,
            "penalty.scale",
        ),
        (
            &["compare", "park-smal", "--a", "penalty.scale=1", "--b", "penalty.scale=2"],
            3,
            "park-small",
        ),
        (
            &[
                "compare",
                "park-small",
                "--a",
                "penalty.scale=1",
                "--b",
                "penalty.scale=2",
                "--until-ci",
                "noshow_rate:0.1",
            ],
            3,
            "no_show_rate",
        ),
        (
            &[
                "compare",
                "park-small",
                "--a",
                "penalty.scale=1",
                "--b",
                "penalty.scale=2",
                "--until-ci",
                "no_show_rate",
            ],
            2,
            "INDICATOR:HALF_WIDTH",
        ),
        (
            &[
                "compare",
                "park-small",
                "--a",
                "penalty.scale=1",
                "--b",
                "penalty.scale=2",
                "--plan",
            ],
            2,
            "--until-ci",
        ),
    ] {
        let err = expect_code(dir.path(), args, code);
        assert!(err.contains(hint), "{args:?} should mention {hint}: {err}");
    }
    std::fs::create_dir(dir.path().join("there")).expect("a folder");
    std::fs::write(dir.path().join("there/thesis.txt"), "mine").expect("writes");
    let err = expect_code(dir.path(), &["study", "run", "tiny.toml", "-o", "there"], 1);
    assert!(err.contains("there") && err.contains("--overwrite"), "{err}");
}

#[test]
fn a_comparison_prints_paired_differences_and_what_pairing_was_worth() {
    let dir = tempdir().expect("a folder");
    let args = [
        "compare",
        "park-small",
        "--a",
        "penalty.scale=0",
        "--b",
        "penalty.scale=2",
        "-n",
        "8",
        "--seed",
        "4",
    ];
    let out = gridflock(dir.path(), &args);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    for part in ["no_show_rate", "penalty_elasticity", "variance reduction", "8 pairs of runs"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let again = json(dir.path(), &[&["--json"][..], &args, &["-o", "again"]].concat());
    let rows = again["contrasts"].as_array().expect("contrasts");
    let bookings = rows.iter().find(|r| r["indicator"] == "bookings").expect("an indicator");
    assert!(
        bookings["variance_reduction"].as_f64() > Some(1.0) && bookings["n"] == 8,
        "{bookings}"
    );
}

#[test]
fn a_dry_run_leaves_nothing_and_tells_what_it_would_cost() {
    let dir = tempdir().expect("a folder");
    std::fs::write(dir.path().join("tiny.toml"), TINY).expect("writes");
    let cost = json(dir.path(), &["--json", "study", "run", "tiny.toml", "--dry-run"]);
    assert_eq!((cost["runs"].as_u64(), cost["points"].as_u64()), (Some(24), Some(2)));
    assert!(cost["cpu_s"].as_f64() > Some(0.0) && cost["disk_bytes"].as_u64() > Some(0), "{cost}");
    assert!(!dir.path().join("output").exists());
}

#[test]
fn every_ready_study_is_valid_and_asks_a_question() {
    let dir = tempdir().expect("a folder");
    let list = json(dir.path(), &["--json", "study", "list"]);
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), study::BUILTIN_STUDIES.len());
    for entry in list {
        assert!(entry["description"].as_str().is_some_and(|about| about.ends_with('?')), "{entry}");
    }
}

#[test]
fn days_are_not_drawn_from_series_of_a_single_day() {
    let dir = tempdir().expect("a folder");
    let text = "[scenario]\nbase = 'park-small'\n[replications]\ndays = 'drawn'\n";
    std::fs::write(dir.path().join("days.toml"), text).expect("writes");
    for args in [&["validate", "days.toml"][..], &["study", "run", "days.toml", "-o", "d"]] {
        let err = expect_code(dir.path(), args, 3);
        assert!(err.contains("single day") && err.contains("park_load_2016"), "{err}");
    }
}

#[test]
fn the_study_file_that_the_page_shows_is_valid() {
    let dir = tempdir().expect("a folder");
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/README.md"))
            .expect("the page");
    let text = page
        .split("```toml\n")
        .find(|block| block.starts_with("description ="))
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    std::fs::write(dir.path().join("study.toml"), text).expect("writes");
    expect_code(dir.path(), &["validate", "study.toml"], 0);
    for ready in study::BUILTIN_STUDIES {
        let short =
            ready.name.split('-').next().filter(|word| word.starts_with('h')).unwrap_or(ready.name);
        assert!(
            page.contains(&format!("[{short}]({})", ready.name)),
            "the page does not list {}",
            ready.name
        );
    }
}
