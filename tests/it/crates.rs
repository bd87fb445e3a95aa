//! Which crate may see which: the map in crates/README.md, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// A crate may use those of later rows, and of its own row what [`BESIDE`] names. Some rooms are
/// decided and not built yet: they stand here already.
const ROWS: [&[&str]; 8] = [
    &["python", "gridflock"],
    &["reproduce"],
    &["study", "report", "cosim", "fmi", "live", "environments", "exchange"],
    &["simulation"],
    &["scenario", "agents"],
    &["network", "fitting"],
    &["schedule", "group", "grid", "market", "population", "record", "indicators", "keys"],
    &["optim", "tables", "clock", "domain", "helics", "mockup"],
];

/// Edges inside a row: the left crate uses the right one.
const BESIDE: [(&str, &str); 5] = [
    ("python", "gridflock"),
    ("group", "population"),
    ("indicators", "record"),
    ("clock", "domain"),
    ("optim", "domain"),
];

/// Crates that may see a library.
const ONLY: [(&str, &[&str]); 10] = [
    ("axum", &["live"]),
    ("clarabel", &["optim"]),
    ("parquet", &["record", "tables", "exchange"]),
    ("arrow-array", &["record", "python", "tables", "exchange"]),
    ("rusqlite", &["study"]),
    ("toml", &["keys", "python", "report"]),
    ("microlp", &["optim"]),
    ("clap", &["gridflock"]),
    ("tracing-subscriber", &["gridflock"]),
    ("fmi-rs", &["mockup"]),
];

/// Every crate of the workspace with what it uses outside of tests.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let of = |package: &serde_json::Value| {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let normal = dependencies.filter(|d| d["kind"].is_null());
        let names = normal.filter_map(|d| d["name"].as_str().map(str::to_owned));
        (package["name"].as_str().expect("a name").to_owned(), names.collect())
    };
    packages.map(of).collect()
}

#[test]
fn crates_only_look_to_the_right() {
    let rank: BTreeMap<&str, usize> =
        ROWS.iter().enumerate().flat_map(|(i, row)| row.iter().map(move |c| (*c, i))).collect();
    for (name, normal) in uses() {
        let name = name.as_str();
        let own = *rank.get(name).unwrap_or_else(|| panic!("crate {name} has no place in the map"));
        for d in normal.iter().map(String::as_str) {
            if let Some(&other) = rank.get(d) {
                let beside = own == other && BESIDE.contains(&(name, d));
                assert!(own < other || beside, "crate {name} must not use {d}");
            }
            for (library, may) in ONLY {
                assert!(d != library || may.contains(&name), "crate {name} must not use {library}");
            }
        }
    }
}

/// The graph of our crates as a drawing: an arrow for each use that no longer way implies.
fn drawing() -> String {
    let all = uses();
    let ours: BTreeMap<&str, BTreeSet<&str>> = all
        .iter()
        .map(|(name, used)| {
            let used = used.iter().map(String::as_str).filter(|d| all.contains_key(*d));
            (name.as_str(), used.collect())
        })
        .collect();
    let reaches = |from: &str, to: &str| {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            open.extend(ours[at].iter().filter(|next| seen.insert(**next)));
        }
        false
    };
    let mut text = String::from("```mermaid\nflowchart LR\n");
    for (name, used) in &ours {
        for to in used {
            if !used.iter().any(|other| other != to && reaches(other, to)) {
                text += &format!("  {name} --> {to}\n");
            }
        }
    }
    text + "```\n"
}

#[test]
fn the_drawing_of_the_crates_is_that_of_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let page = std::fs::read_to_string(&path).expect("crates/README.md");
    let (head, rest) = page.split_once("```mermaid\nflowchart LR\n").expect("the drawing");
    let (_, tail) = rest.split_once("```\n").expect("its end");
    let wanted = format!("{head}{}{tail}", drawing());
    if std::env::var_os("UPDATE_CRATES").is_some() {
        std::fs::write(&path, &wanted).expect("the page can be written");
    } else {
        assert!(page == wanted, "crates/README.md is out of date: run with UPDATE_CRATES=1");
    }
}
