//! Figures of the built-in scenarios and ready studies, beside how far each may move before a
//! change has to be named ("Numbers moved" in CHANGELOG.md): `scenarios/<name>/figures.toml`.
//!
//! `UPDATE_FIGURES=1 cargo test -p gridflock --test it golden::` writes the values anew and leaves
//! names and tolerances as they are: the difference of these files is the list of what has moved.

use crate::tool::{gridflock, indicators};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const SCENARIOS: [&str; 6] =
    ["park", "park-small", "feeder", "feeder-small", "group", "group-small"];

/// Ready studies, with two replications each: enough to see that a figure has moved.
const STUDIES: [&str; 12] = [
    "h1-penalty-no-shows",
    "h2-penalty-participation",
    "h3-tickets",
    "h4-refund-or-penalty",
    "h5-allocation",
    "h6-reminders",
    "h7-lead-time",
    "h8-hysteresis",
    "h9-interference",
    "park-v2g",
    "park-grid-price",
    "study-smoke",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name)
}

/// A figure as it was, and by what share of it it may move.
type Wanted = Vec<(String, [f64; 2])>;

fn read(path: &Path) -> Wanted {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let line = |line: &str| {
        let (name, rest) = line.rsplit_once(" = [").expect("name = [value, tolerance]");
        let (value, tolerance) = rest.trim_end_matches(']').split_once(", ").expect("two numbers");
        let [value, tolerance] = [value, tolerance].map(|x| x.parse().expect("a number"));
        (name.trim_matches('"').to_owned(), [value, tolerance])
    };
    text.lines().filter(|l| l.contains(" = [")).map(line).collect()
}

/// Compares figures with the file, or writes them into it.
fn hold(name: &str, command: &str, found: &BTreeMap<String, f64>) -> Vec<String> {
    let path = folder(name).join("figures.toml");
    if std::env::var_os("UPDATE_FIGURES").is_some() {
        let mut text = format!(
            "# Figures of `{command}`, and by what share of it each may move before a change has to be\n\
             # named. New values: UPDATE_FIGURES=1 cargo test -p gridflock --test it golden::\n"
        );
        for (figure, [_, tolerance]) in read(&path) {
            let value = found.get(&figure).copied().unwrap_or(f64::NAN);
            let _ = writeln!(text, "\"{figure}\" = [{value:?}, {tolerance:?}]");
        }
        std::fs::write(&path, text).expect("the file can be written");
    }
    let wanted = read(&path);
    assert!(!wanted.is_empty(), "{} names no figure", path.display());
    let moved = wanted.iter().filter_map(|(figure, [value, tolerance])| {
        let now = found.get(figure).copied().unwrap_or(f64::NAN);
        let same = (now - value).abs() <= tolerance * value.abs() + 1e-9;
        (!same).then(|| format!("{name}: {figure} was {value} and is {now}"))
    });
    moved.collect()
}

#[test]
fn figures_of_the_built_in_scenarios_are_those_on_record() {
    let work = tempfile::tempdir().expect("a folder");
    let mut moved = Vec::new();
    for name in SCENARIOS {
        let out = gridflock(work.path(), &["run", name, "-q", "--json"]);
        assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
        moved.extend(hold(name, &format!("gridflock run {name}"), &indicators(&out)));
    }
    assert!(moved.is_empty(), "these have moved:\n{}", moved.join("\n"));
}

/// A ready study with two replications: each difference of its primary outcome.
fn differences(work: &Path, name: &str) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(folder(name).join("study.toml")).expect("the study");
    let mut few = String::new();
    for line in text.lines() {
        let is_count = line.strip_prefix("n = ").is_some_and(|n| n.trim().parse::<u32>().is_ok());
        few.push_str(if is_count { "n = 2" } else { line });
        few.push('\n');
    }
    let file = work.join(format!("{name}.toml"));
    std::fs::write(&file, few).expect("the file can be written");
    let file = file.to_string_lossy();
    let out = gridflock(work, &["study", "run", &file, "-q", "--json"]);
    assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
    let all: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON on stdout");
    let contrasts = all["contrasts"].as_array().expect("contrasts");
    let primary = text.lines().find_map(|l| l.strip_prefix("primary = "));
    let primary = primary.map_or_else(
        || contrasts[0]["indicator"].as_str().expect("a name").to_owned(),
        |word| word.trim_matches('"').to_owned(),
    );
    let of_primary = contrasts.iter().filter(|c| c["indicator"] == primary && c["scope"] == "run");
    let figure = |c: &serde_json::Value| {
        let [a, b] = ["a", "b"].map(|side| c[side].as_str().unwrap_or_default().to_owned());
        Some((format!("{primary}: {a} -> {b}"), c["difference"].as_f64()?))
    };
    of_primary.filter_map(figure).collect()
}

#[test]
fn differences_of_the_ready_studies_are_those_on_record() {
    let work = tempfile::tempdir().expect("a folder");
    let mut moved = Vec::new();
    for name in STUDIES {
        let command = format!(
            "gridflock study run {name}` with n = 2, each difference of the primary outcome, as `b - a"
        );
        moved.extend(hold(name, &command, &differences(work.path(), name)));
    }
    assert!(moved.is_empty(), "these have moved:\n{}", moved.join("\n"));
}
