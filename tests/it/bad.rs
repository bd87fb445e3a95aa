//! What is wrong ends with the right exit code and a message that says what to do.

use crate::tool::expect_code;
use std::path::Path;
use tempfile::tempdir;

/// A scenario file with one defect: the text of `park-small` with `patch` behind it.
fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file can be written");
    name.to_owned()
}

const BASE: &str = "model = \"park\"\nstart = 2016-05-29T00:00:00+08:00\n";

#[test]
fn wrong_command_lines_end_with_2() {
    let dir = tempdir().expect("a folder");
    for args in [
        &["fly"][..],
        &["run"],
        &["run", "park-small", "--threads", "many"],
        &["run", "park-small", "--assert", "bookings"],
        &["run", "park-small", "--checkpoint-every", "soon"],
        &["reproduce", "moon"],
        &["trace", "x"],
    ] {
        expect_code(dir.path(), args, 2);
    }
    for (args, allowed) in [
        (&["run", "park-small", "--days", "0"][..], "1..=3660"),
        (&["run", "park-small", "--days", "-1"], "1..=3660"),
        (&["run", "park-small", "--seed", "-1"], "from 0 to 9223372036854775807"),
        (&["run", "park-small", "--seed", "9223372036854775808"], "from 0 to 9223372036854775807"),
        (&["run", "park-small", "--threads", "-1"], "0 takes what the machine has"),
        (&["reproduce", "park", "--seeds", "0"], "1..=10000"),
        (&["compare", "park", "--a", "days=1", "--b", "days=2", "-n", "-1"], "1..=100000"),
    ] {
        let err = expect_code(dir.path(), args, 2);
        assert!(err.contains(allowed), "{args:?} should say {allowed}: {err}");
    }
}

#[test]
fn wrong_scenarios_end_with_3_and_name_line_and_remedy() {
    let dir = tempdir().expect("a folder");
    let cases = [
        ("penalti.scale = 2\n", "penalty", Some(3)),
        ("[penalty]\nscal = 2\n", "scale", Some(4)),
        ("[penalty]\nscale = \"high\"\n", "number", Some(4)),
        ("[penalty]\nscale = nan\n", "scale", Some(4)),
        ("[access]\npiles = -1\n", "piles", Some(4)),
        ("[schedule]\npolicy = \"magic\"\n", "rule", Some(4)),
        ("[fleet]\nevs = 0\n", "evs", Some(4)),
        ("[series.load]\ncsv = \"nowhere.csv\"\n", "nowhere.csv", Some(4)),
        ("days = 0\n", "days", Some(3)),
        ("[tickets\nenabled = true\n", "", Some(3)),
    ];
    for (i, (patch, hint, line)) in cases.iter().enumerate() {
        let name = file(dir.path(), &format!("bad{i}.toml"), &format!("{BASE}{patch}"));
        let err = expect_code(dir.path(), &["run", &name], 3);
        assert!(err.contains(hint), "{patch:?}: {err}");
        if let Some(line) = line {
            assert!(
                err.contains(&format!("{name}:{line}")),
                "{patch:?} should name line {line}: {err}"
            );
        }
    }
}

#[test]
fn all_problems_come_at_once_and_as_json_on_request() {
    let dir = tempdir().expect("a folder");
    let name = file(
        dir.path(),
        "many.toml",
        &format!("{BASE}days = 0\n[penalty]\nscal = 1\n[fleet]\nevs = 0\n"),
    );
    let err = expect_code(dir.path(), &["--json", "validate", &name], 3);
    let problems: serde_json::Value = serde_json::from_str(err.trim()).expect("JSON on stderr");
    let list = problems.as_array().expect("a list");
    assert!(list.len() >= 3, "{err}");
    for p in list {
        assert!(
            p["code"].is_string()
                && p["message"].is_string()
                && p["file"] == "many.toml"
                && p["line"].as_u64() > Some(2)
                && p["help"].is_string(),
            "{p}"
        );
    }
}

#[test]
fn unknown_names_and_keys_have_a_nearest_one() {
    let dir = tempdir().expect("a folder");
    let err = expect_code(dir.path(), &["run", "parc"], 3);
    assert!(err.contains("park"), "{err}");
    let err = expect_code(dir.path(), &["run", "park-small", "--set", "penalty.scal=2"], 3);
    assert!(err.contains("scale"), "{err}");
    let err = expect_code(dir.path(), &["run", "no/such/file.toml"], 3);
    assert!(err.starts_with("no/such/file.toml: there is no file"), "{err}");
}

#[test]
fn directories_that_must_not_be_touched_are_left_alone() {
    let dir = tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("mine")).expect("a folder");
    std::fs::write(dir.path().join("mine/thesis.tex"), "words").expect("a file");
    let err = expect_code(dir.path(), &["run", "park-small", "-o", "mine"], 1);
    assert!(err.contains("--overwrite"), "{err}");
    std::fs::write(dir.path().join("plain"), "words").expect("a file");
    expect_code(dir.path(), &["run", "park-small", "-o", "plain/below"], 1);
    assert_eq!(
        std::fs::read_to_string(dir.path().join("mine/thesis.tex")).expect("still there"),
        "words"
    );
    let err = expect_code(dir.path(), &["run", "--resume", "mine"], 1);
    assert!(err.contains("manifest"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_with_1_and_leaves_nothing_that_looks_complete() {
    let dir = tempdir().expect("a folder");
    // The shell's limit is in blocks of 512 or 1,024 bytes: small enough either way.
    let command =
        format!("ulimit -f 40; exec {} run park -o full", env!("CARGO_BIN_EXE_gridflock"));
    let out = std::process::Command::new("sh")
        .args(["-c", &command])
        .current_dir(dir.path())
        .output()
        .expect("a shell");
    let err = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{err}");
    assert!(err.contains("full"), "the path is named: {err}");
    let tables = std::fs::read_dir(dir.path().join("full"))
        .expect("the directory")
        .filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "parquet")));
    assert_eq!(tables.count(), 0);
}

/// Every broken scenario of the collection, as a user meets it: `expected.csv` says what must come
/// of it.
#[test]
fn every_broken_scenario_names_line_and_remedy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/bad_scenarios");
    let table =
        std::fs::read_to_string(folder.join("expected.csv")).expect("the table of expectations");
    let mut checked = 0;
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(5, ',').collect();
        let [file, code, _, line, words] = cells[..] else { panic!("five columns: {row}") };
        let err =
            expect_code(&folder, &["run", file, "-o", "never"], code.parse().expect("a code"));
        for word in words.trim_matches('"').replace("\"\"", "\"").split('|') {
            assert!(err.contains(word), "{file} should say {word:?}: {err}");
        }
        assert!(
            line.is_empty() || err.contains(&format!("{file}:{line}")),
            "{file} should name line {line}: {err}"
        );
        assert!(!folder.join("never").exists(), "{file}: nothing may be written");
        checked += 1;
    }
    assert!(checked >= 25, "{checked} scenarios");
}
