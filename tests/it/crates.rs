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
    ("toml", &["keys", "python"]),
    ("microlp", &["optim"]),
    ("clap", &["gridflock"]),
    ("tracing-subscriber", &["gridflock"]),
    ("fmi-rs", &["mockup"]),
];

#[test]
fn crates_only_look_to_the_right() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let rank: BTreeMap<&str, usize> =
        ROWS.iter().enumerate().flat_map(|(i, row)| row.iter().map(move |c| (*c, i))).collect();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let own = *rank.get(name).unwrap_or_else(|| panic!("crate {name} has no place in the map"));
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let normal: BTreeSet<&str> = dependencies
            .iter()
            .filter(|d| d["kind"].is_null())
            .filter_map(|d| d["name"].as_str())
            .collect();
        for d in &normal {
            if let Some(&other) = rank.get(d) {
                let beside = own == other && BESIDE.contains(&(name, d));
                assert!(own < other || beside, "crate {name} must not use {d}");
            }
            for (library, may) in ONLY {
                assert!(
                    *d != library || may.contains(&name),
                    "crate {name} must not use {library}"
                );
            }
        }
    }
}
