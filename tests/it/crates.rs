//! Which crate may see which: the map in crates/README.md, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// A crate may use those of later rows only.
const RANKS: [&[&str]; 8] = [
    &["gridflock"],
    &["study"],
    &["simulation"],
    &["scenario", "agents"],
    &["record"],
    &["group"],
    &["grid", "market", "population", "clock"],
    &["optim", "domain"],
];

/// Crates that may see a library.
const ONLY: [(&str, &[&str]); 4] = [
    ("parquet", &["record"]),
    ("arrow-array", &["record"]),
    ("clap", &["gridflock"]),
    ("tracing-subscriber", &["gridflock"]),
];

#[test]
fn crates_only_look_to_the_right() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let rank: BTreeMap<&str, usize> =
        RANKS.iter().enumerate().flat_map(|(i, row)| row.iter().map(move |c| (*c, i))).collect();
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
                assert!(own < other, "crate {name} must not use {d}");
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
