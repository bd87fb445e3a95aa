//! How the tests call the program and read what it left.

use domain::Rows;
use simulation::{Opening, Prepared, Recording, Simulation};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

/// The program with these arguments, run in `folder`.
pub fn gridflock(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gridflock"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

/// The program started with these arguments in `folder`, its output thrown away.
pub fn start(folder: &Path, args: &[&str]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gridflock"));
    program
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Runs the program and expects an exit code; its stderr.
pub fn expect_code(folder: &Path, args: &[&str], code: i32) -> String {
    let out = gridflock(folder, args);
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(
        out.status.code(),
        Some(code),
        "gridflock {args:?}\nstdout: {}\nstderr: {err}",
        String::from_utf8_lossy(&out.stdout)
    );
    assert!(!err.contains("panicked"), "gridflock {args:?} panicked: {err}");
    err
}

/// SHA-256 of every table in a directory of a run.
pub fn hashes(directory: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "parquet") {
            let bytes = std::fs::read(&path).expect("a table can be read");
            all.insert(
                path.file_name().expect("a name").to_string_lossy().into_owned(),
                record::sha256(&bytes),
            );
        }
    }
    assert!(!all.is_empty(), "{} holds no table", directory.display());
    all
}

/// Makes room for a new run where an earlier one lies; what stays there.
pub fn replace_and_list(directory: &Path) -> Vec<String> {
    let prepared = record::claim_directory(directory, record::DirectoryMode::Overwrite)
        .expect("it may be replaced")
        .prepared;
    assert!(
        matches!(prepared, record::Prepared::Replaced(_)),
        "{}: {prepared:?}",
        directory.display()
    );
    let entries = std::fs::read_dir(directory).expect("the directory is there");
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The manifest of a directory.
pub fn manifest(directory: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(directory.join("manifest.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}

/// The indicators that `run --json` printed.
pub fn indicators(out: &Output) -> BTreeMap<String, f64> {
    let value: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON on stdout");
    let object = value["indicators"].as_object().expect("indicators");
    object.iter().filter_map(|(k, v)| Some((k.clone(), v.as_f64()?))).collect()
}

/// All rows of a run of a built-in scenario under these overrides.
pub fn rows_of(scenario: &str, sets: &[&str]) -> Rows {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let loaded = scenario::Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}"));
    let prepared = Arc::new(Prepared::read(&loaded).expect("its data"));
    let opening = Opening { recording: Recording::all_in_memory(), ..Opening::default() };
    let mut run = Simulation::open(prepared, &opening).expect("a world");
    run.advance(run.end()).expect("runs");
    let mut rows = run.finish().expect("closes").rows;
    rows.indicators.clear();
    rows
}
