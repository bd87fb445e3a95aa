//! Options that hold for all commands, and what becomes of words that nobody can read.

use crate::tool::{expect_code, gridflock};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::tempdir;

/// One call of every command that ends well, in a folder that holds the run `r`.
const CALLS: &[&[&str]] = &[
    &["run", "park-small", "-o", "r", "--overwrite"],
    &["validate", "park-small", "h1"],
    &["schema", "scenario"],
    &["scenario", "list"],
    &["scenario", "show", "park-small"],
    &["trace", "r", "--ev", "1"],
    &[
        "compare",
        "park-small",
        "--a",
        "penalty.scale=1",
        "--b",
        "penalty.scale=2",
        "-n",
        "2",
        "-o",
        "c",
        "--overwrite",
    ],
    &["fork", "park-small", "--at", "12h", "--arm", "a:penalty.scale=3", "-o", "k", "--overwrite"],
    &["report", "r"],
    &["plot", "r"],
    &["plot", "r", "money", "-o", "x.svg"],
    &["fit", "r/sessions.parquet", "-o", "b.toml", "--overwrite"],
    &["export", "network", "feeder-small", "--format", "matpower", "-o", "n.m", "--overwrite"],
    &["import", "ocpi", "terms", "-o", "t.toml", "--overwrite"],
    &["study", "list"],
    &["study", "show", "h1"],
    &["cosim", "fmu", "park-small", "-o", "x.fmu", "--overwrite"],
    &["study", "calibrate", "search.toml", "-o", "k", "--overwrite"],
    &["study", "warmup", "search.toml", "--days", "10"],
    &["study", "optimise", "search.toml", "-o", "k", "--overwrite"],
    &["completions", "bash"],
    &["cosim", "helics", "park-small", "--all-zones", "--hosts", "a,b"],
];

/// A study to search in, as small as can be.
const SEARCH: &str = "
[scenario]
base = 'park-small'
overrides = { 'fleet.evs' = 20 }
[[factor]]
name = 'penalty.scale'
range = [0.0, 2.0]
[[factor]]
name = 'behaviour.plans.plan_change_per_h'
role = 'uncertainty'
range = [0.0, 0.1]
[design]
kind = 'latin_hypercube'
n = 2
[replications]
n = 1
[output]
primary = 'bookings'
[calibrate]
particles = 20
generations = 1
budget = 20
[[calibrate.target]]
indicator = 'bookings'
value = 20.0
sd = 3.0
[optimise]
indicator = 'welfare_cny'
budget = 10
";

fn folder_with_a_run() -> tempfile::TempDir {
    let dir = tempdir().expect("a folder");
    expect_code(dir.path(), &["run", "park-small", "-o", "r"], 0);
    expect_code(dir.path(), &["export", "ocpi", "park-small", "-o", "terms"], 0);
    std::fs::write(dir.path().join("search.toml"), SEARCH).expect("a file");
    dir
}

fn json_lines(bytes: &[u8]) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(bytes);
    let values = serde_json::Deserializer::from_str(&text).into_iter();
    values.map(|v| v.unwrap_or_else(|e| panic!("{e}: {text}"))).collect()
}

#[test]
fn with_json_every_command_speaks_json_alone() {
    let dir = folder_with_a_run();
    for &call in CALLS {
        let out = gridflock(dir.path(), &[call, &["--json", "-vv"]].concat());
        assert_eq!(out.status.code(), Some(0), "{call:?}");
        assert!(!json_lines(&out.stdout).is_empty(), "{call:?}");
        assert!(!json_lines(&out.stderr).is_empty(), "-vv says something of {call:?}");
    }
}

#[test]
fn with_json_a_wrong_command_line_is_an_object_with_code_message_and_help() {
    let dir = tempdir().expect("a folder");
    let wrong: [&[&str]; 6] = [
        &["fly"],
        &[],
        &["run"],
        &["run", "park-small", "--days", "0"],
        &["study", "run", "h1", "--shard", "5/3"],
        &["run", "park-small", "--log", "a=b=c"],
    ];
    for args in wrong {
        let out = gridflock(dir.path(), &[args, &["--json"]].concat());
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        let list = json_lines(&out.stderr);
        assert_eq!(list.len(), 1, "{args:?}");
        let p = &list[0][0];
        assert!(
            p["code"] == "usage"
                && p["message"].as_str().is_some_and(|m| !m.is_empty() && !m.contains('\n'))
                && p["help"].as_str().is_some_and(|h| !h.is_empty())
                && ["file", "line", "column"].iter().all(|k| p.get(k).is_some()),
            "{args:?}: {p}"
        );
    }
}

#[test]
fn quiet_says_nothing_and_verbose_says_more_of_every_command() {
    let dir = folder_with_a_run();
    for &call in CALLS {
        let err = |option: &str| expect_code(dir.path(), &[call, &[option]].concat(), 0);
        assert_eq!(err("--quiet"), "", "{call:?}");
        assert!(err("-v").contains("INFO"), "{call:?}");
        assert!(err("--log=off").lines().all(|l| !l.contains("INFO")), "{call:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_a_failure_and_a_full_stderr_is_none() {
    let dir = folder_with_a_run();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").expect("Linux"));
    for &call in CALLS {
        let program = |out: Stdio, err: Stdio| {
            Command::new(env!("CARGO_BIN_EXE_gridflock"))
                .args(call)
                .arg("-vv")
                .current_dir(dir.path())
                .stdout(out)
                .stderr(err)
                .output()
                .expect("the program starts")
        };
        let out = program(full(), Stdio::piped());
        let err = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{call:?}: {err}");
        assert!(err.contains("stdout cannot be written") && !err.contains("panicked"), "{err}");
        assert_eq!(program(Stdio::null(), full()).status.code(), Some(0), "{call:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_the_program_with_141() {
    let dir = folder_with_a_run();
    for &call in CALLS {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let out = Command::new(env!("CARGO_BIN_EXE_gridflock"))
            .args(call)
            .arg("--quiet")
            .current_dir(dir.path())
            .stdout(writer)
            .output()
            .expect("the program starts");
        let err = String::from_utf8_lossy(&out.stderr);
        assert_eq!((out.status.code(), &*err), (Some(141), ""), "{call:?}");
    }
}

#[test]
fn colours_are_given_when_asked_for() {
    let dir = tempdir().expect("a folder");
    for (args, code) in
        [(&["run", "parc", "-o", "x"][..], 3), (&["fly"], 2), (&["trace", "x", "--ev", "1"], 1)]
    {
        let err =
            |choice: &str| expect_code(dir.path(), &[args, &["--color", choice]].concat(), code);
        assert!(err("always").contains("\u{1b}["), "{args:?}");
        assert!(!err("never").contains("\u{1b}["), "{args:?}");
    }
}

#[test]
fn warnings_are_printed_and_strict_makes_them_errors() {
    let dir = tempdir().expect("a folder");
    let study = "[scenario]\nbase = \"park-small\"\noverrides = [\"tickets.enabled=false\", \"tickets.alpha=0.4\"]\n[replications]\nn = 2\n";
    std::fs::write(dir.path().join("s.toml"), study).expect("a file");
    let scenario = "model = \"park\"\nstart = 2016-05-29T00:00:00+08:00\n[fleet]\nevs = 5\n[tickets]\nenabled = false\nalpha = 0.4\n";
    std::fs::write(dir.path().join("p.toml"), scenario).expect("a file");
    let sets = "tickets.enabled=false,tickets.alpha=0.4";
    let calls: [&[&str]; 5] = [
        &["run", "p.toml", "-o", "r"],
        &["validate", "p.toml"],
        &["validate", "s.toml"],
        &["study", "run", "s.toml", "-o", "s"],
        &["compare", "park-small", "--a", sets, "--b", "penalty.scale=2", "-n", "2", "-o", "c"],
    ];
    for call in calls {
        let err = expect_code(dir.path(), &[call, &["--strict"]].concat(), 3);
        assert!(err.contains("`tickets.alpha` has no effect"), "{call:?}: {err}");
        assert!(
            !call.contains(&"-o") || !Path::new(&dir.path().join(call[call.len() - 1])).exists()
        );
        let err = expect_code(dir.path(), call, 0);
        assert!(
            err.contains("warning: ") && err.contains("`tickets.alpha` has no effect"),
            "{call:?}: {err}"
        );
    }
}

#[test]
fn a_key_that_a_factor_switches_on_is_no_warning() {
    let dir = tempdir().expect("a folder");
    let study = "[scenario]\nbase = \"park-small\"\noverrides = [\"tickets.alpha=0.4\"]\n[[factor]]\nname = \"tickets.enabled\"\nvalues = [false, true]\n[replications]\nn = 2\n";
    std::fs::write(dir.path().join("s.toml"), study).expect("a file");
    assert_eq!(expect_code(dir.path(), &["validate", "s.toml", "--strict"], 0), "");
}
