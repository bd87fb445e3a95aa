//! Functional mock-up units: a scenario as one, under a master of other people's, and theirs as
//! series of a scenario.

use crate::partners::{call, python, skipped};
use crate::tool::{expect_code, gridflock, hashes, manifest};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use zip::write::SimpleFileOptions;

const CHECK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/check_fmu.py");
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/fmi/run.py");
const WEATHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/it/units/weather.c");

#[test]
fn fmpy_finds_nothing_wrong_with_a_unit_steps_it_back_and_forth_and_gets_the_tables_of_a_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let home = dir.path();
    let mut python = match python(None) {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    for (version, name) in [("2", "park2.fmu"), ("3", "park3.fmu")] {
        expect_code(home, &["cosim", "fmu", "park-small", "-o", name, "--fmi", version], 0);
    }
    expect_code(home, &["cosim", "fmu", "feeder-small", "-o", "feeder3.fmu"], 0);
    call(python.arg(CHECK).arg(home)).unwrap_or_else(|said| panic!("{said}"));
    expect_code(home, &["run", "park-small", "-o", "run"], 0);
    for name in ["two", "three"] {
        let tables = home.join(format!("tables-{name}"));
        assert_eq!(hashes(&tables), hashes(&home.join("run")), "FMI {name}");
        assert_eq!(manifest(&tables)["status"], "complete");
        // What a master gave is repeated from its table.
        let given = home.join(format!("given-{name}"));
        let inputs = given.join("inputs.parquet").display().to_string();
        let again = format!("again-{name}");
        expect_code(home, &["run", "park-small", "-o", &again, "--inputs", &inputs], 0);
        assert_eq!(hashes(&given), hashes(&home.join(again)), "FMI {name}");
        assert_ne!(hashes(&given)["facts.parquet"], hashes(&home.join("run"))["facts.parquet"]);
    }
}

#[test]
fn the_example_lets_a_grid_price_answer_the_park_which_moves_published_prices() {
    let mut python = match python(None) {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    python.arg(EXAMPLE).env("GRIDFLOCK", env!("CARGO_BIN_EXE_gridflock"));
    let out = python.output().expect("Python starts");
    let said = String::from_utf8_lossy(&out.stdout);
    let prices: Vec<f64> = said
        .lines()
        .filter_map(|line| line.split_once("price ")?.1.split_once(' ')?.0.parse().ok())
        .collect();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && prices.len() == 2, "{said}{error}");
    assert!(prices[0] > 0.0 && prices[1] != prices[0], "{said}");
}

#[test]
fn a_unit_carries_the_files_of_its_scenario_and_is_the_same_bytes_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut text = String::from("load_kw\n");
    for row in 0..96 {
        let _ = writeln!(text, "{}", 100 + row);
    }
    std::fs::write(dir.path().join("load.csv"), text).expect("a file");
    let csv = "series.load.csv=\"load.csv\"";
    let set = ["--set", csv, "--set", "series.load.step_min=15"];
    for name in ["a.fmu", "b.fmu"] {
        expect_code(
            dir.path(),
            &[&["cosim", "fmu", "park-small", "-o", name], &set[..]].concat(),
            0,
        );
    }
    let bytes = |name: &str| std::fs::read(dir.path().join(name)).expect("a unit");
    assert!(bytes("a.fmu") == bytes("b.fmu"), "the same scenario, other bytes");
    let mut unit = zip::ZipArchive::new(File::open(dir.path().join("a.fmu")).expect("a unit"))
        .expect("an archive");
    unit.extract(dir.path().join("unit")).expect("unzips");
    std::fs::remove_file(dir.path().join("load.csv")).expect("a file");
    let inside = dir.path().join("unit/resources/scenario.toml");
    expect_code(dir.path(), &["validate", &inside.display().to_string(), "--strict"], 0);
    // A file that is there is not replaced unasked.
    let told = expect_code(dir.path(), &["cosim", "fmu", "park-small", "-o", "a.fmu"], 1);
    assert!(told.contains("--overwrite"), "{told}");
    let told = expect_code(dir.path(), &["cosim", "fmu-server"], 0);
    assert_eq!(told, "", "the end of the input is the end");
}

/// A unit of the small C program, with this description; none where there is no C compiler.
fn unit(folder: &Path, name: &str, flags: &[&str], description: &str) -> Option<PathBuf> {
    let library = folder.join(format!("{name}.library"));
    let compiled = Command::new("cc")
        .args(["-w", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .args(flags)
        .args([WEATHER, "-lm"])
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        skipped("there is no C compiler");
        return None;
    }
    let library = std::fs::read(&library).expect("a library");
    let files = [
        ("modelDescription.xml", description.as_bytes()),
        ("binaries/linux64/weather.so", &library),
        ("binaries/x86_64-linux/weather.so", &library),
        ("binaries/aarch64-linux/weather.so", &library),
        ("binaries/darwin64/weather.dylib", &library),
        ("binaries/x86_64-darwin/weather.dylib", &library),
        ("binaries/aarch64-darwin/weather.dylib", &library),
    ];
    Some(archive(&folder.join(name), &files))
}

fn archive(path: &Path, files: &[(&str, &[u8])]) -> PathBuf {
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive");
    path.to_owned()
}

fn description_2(kind: &str, unit: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName="weather" guid="{{1}}">
  <{kind} modelIdentifier="weather"/>
  <UnitDefinitions><Unit name="K"><BaseUnit K="1"/></Unit><Unit name="degC"/><Unit name="kW"/></UnitDefinitions>
  <ModelVariables>
    <ScalarVariable name="T" valueReference="1" causality="output" variability="continuous"><Real unit="{unit}"/></ScalarVariable>
    <ScalarVariable name="P" valueReference="2" causality="output" variability="discrete"><Real unit="kW"/></ScalarVariable>
    <ScalarVariable name="on" valueReference="3" causality="output" variability="discrete"><Boolean/></ScalarVariable>
  </ModelVariables>
  <ModelStructure><Outputs><Unknown index="1"/><Unknown index="2"/><Unknown index="3"/></Outputs></ModelStructure>
</fmiModelDescription>"#
    )
}

fn description_3() -> String {
    r#"<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="3.0" modelName="weather" instantiationToken="{1}">
  <CoSimulation modelIdentifier="weather"/>
  <UnitDefinitions><Unit name="K"><BaseUnit K="1"/></Unit><Unit name="kW"><BaseUnit kg="1" m="2" s="-3" factor="1000"/></Unit></UnitDefinitions>
  <ModelVariables>
    <Float64 name="time" valueReference="0" causality="independent" variability="continuous"/>
    <Float64 name="T" valueReference="1" causality="output" variability="continuous" unit="K"/>
    <Float64 name="P" valueReference="2" causality="output" variability="discrete" unit="kW"/>
  </ModelVariables>
  <ModelStructure><Output valueReference="1"/><Output valueReference="2"/></ModelStructure>
</fmiModelDescription>"#
        .to_owned()
}

/// `run park-small` or another command with the temperature of a unit.
fn with(command: &[&str], series: &str, unit: &str, output: &str, more: &[&str]) -> Vec<String> {
    let mut args: Vec<String> = command.iter().map(|a| (*a).to_owned()).collect();
    let keys = [format!("fmu=\"{unit}\""), format!("output=\"{output}\"")];
    for key in keys.iter().map(String::as_str).chain(more.iter().copied()) {
        args.extend(["--set".to_owned(), format!("series.{series}.{key}")]);
    }
    args
}

fn refs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn a_unit_of_a_small_c_program_serves_as_temperature_and_as_load() {
    let dir = tempfile::tempdir().expect("a folder");
    let home = dir.path();
    let two = description_2("CoSimulation", "degC");
    if unit(home, "two.fmu", &[], &two).is_none() {
        return;
    }
    unit(home, "three.fmu", &["-DKELVIN"], &description_3()).expect("as before");
    // The same as a file: means of periods over warm-up and day.
    let mut text = String::from("temperature_c,load_kw\n");
    for row in 0..192 {
        let _ = writeln!(
            text,
            "{},{}",
            -30.0 + (f64::from(row) + 0.5) * 0.25,
            if row < 48 { 50 } else { 100 }
        );
    }
    std::fs::write(home.join("weather.csv"), text).expect("a file");
    let csv = |series: &str, column: &str, out: &str| {
        let sets = [
            "csv=\"weather.csv\"".to_owned(),
            format!("column=\"{column}\""),
            "step_min=15".to_owned(),
            "repeat=\"consecutive\"".to_owned(),
        ];
        let mut args = vec!["run", "park-small", "-o", out];
        let sets = sets.map(|set| format!("series.{series}.{set}"));
        sets.iter().for_each(|set| args.extend(["--set", set]));
        expect_code(home, &args, 0);
        hashes(&home.join(out))
    };
    let fmu = |series: &str, unit: &str, output: &str, out: &str| {
        let args = with(&["run", "park-small", "-o", out], series, unit, output, &[]);
        expect_code(home, &refs(&args), 0);
        hashes(&home.join(out))
    };
    let file = csv("temperature", "temperature_c", "file");
    assert_eq!(fmu("temperature", "two.fmu", "T", "two"), file);
    expect_code(home, &["run", "park-small", "-o", "own"], 0);
    assert_ne!(hashes(&home.join("own"))["facts.parquet"], file["facts.parquet"], "it is cold");
    // A discrete output holds from its step on; both standards.
    let file = csv("load", "load_kw", "loads");
    assert_eq!(fmu("load", "two.fmu", "P", "load-two"), file);
    assert_eq!(fmu("load", "three.fmu", "P", "load-three"), file);
    // Kelvins become degrees: the same within what a sum of floats loses.
    let values = |sets: &[String]| {
        let loaded = scenario::Scenario::load("park-small", sets).unwrap_or_else(|e| panic!("{e}"));
        let data = scenario::load_series(&loaded).unwrap_or_else(|e| panic!("{e}"));
        data.temperature_c.values().to_vec()
    };
    let of = |name: &str| {
        values(&[
            format!("series.temperature.fmu=\"{}\"", home.join(name).display()),
            "series.temperature.output=\"T\"".to_owned(),
        ])
    };
    let (two, three) = (of("two.fmu"), of("three.fmu"));
    assert_eq!(two.len(), 192);
    assert!(two.iter().zip(&three).all(|(a, b)| (a - b).abs() < 1e-9));
    // A unit inside a unit: the scenario's own goes with it.
    let args =
        with(&["cosim", "fmu", "park-small", "-o", "both.fmu"], "temperature", "two.fmu", "T", &[]);
    expect_code(home, &refs(&args), 0);
    let mut both =
        zip::ZipArchive::new(File::open(home.join("both.fmu")).expect("a unit")).expect("zip");
    assert!(both.by_name("resources/data/0-two.fmu").is_ok());
}

#[test]
fn a_unit_that_cannot_be_used_is_refused_with_its_fault_and_a_remedy() {
    let dir = tempfile::tempdir().expect("a folder");
    let home = dir.path();
    let good = description_2("CoSimulation", "degC");
    if unit(home, "good.fmu", &[], &good).is_none() {
        return;
    }
    let refused = |series: &str, name: &str, output: &str, more: &[&str], words: &[&str]| {
        let args = with(&["run", "park-small", "-o", "none"], series, name, output, more);
        let told = expect_code(home, &refs(&args), 3);
        let missing: Vec<_> = words.iter().filter(|word| !told.contains(**word)).collect();
        assert!(missing.is_empty() && told.contains("help"), "{missing:?} is not in: {told}");
        assert!(!home.join("none").exists(), "something was written");
    };
    let t = "temperature";
    refused(t, "absent.fmu", "T", &[], &["absent.fmu", "no file"]);
    refused(t, "good.fmu", "t", &[], &["no output `t`", "T, P"]);
    refused(t, "good.fmu", "on", &[], &["Boolean", "real output"]);
    refused(t, "good.fmu", "P", &[], &["cannot be in W", "degrees C"]);
    refused("load", "good.fmu", "T", &[], &["cannot be in degrees C"]);
    refused(t, "good.fmu", "T", &["column=\"T\""], &["`output`"]);
    refused(t, "good.fmu", "T", &["time_zone=\"Europe/Berlin\""], &["has no rows"]);
    refused(t, "good.fmu", "T", &["unit=\"kW\""], &["leave `unit` out"]);
    unit(home, "cold.fmu", &[], &description_2("CoSimulation", "1")).expect("as before");
    refused("load", "cold.fmu", "T", &["unit=\"kW\""], &["-29.875", "not negative"]);
    unit(home, "miles.fmu", &[], &description_2("CoSimulation", "mi")).expect("as before");
    refused(t, "miles.fmu", "T", &[], &["in mi", "`unit`"]);
    unit(home, "me.fmu", &[], &description_2("ModelExchange", "degC")).expect("as before");
    refused(t, "me.fmu", "T", &[], &["model exchange", "co-simulation"]);
    let old = good.replace("fmiVersion=\"2.0\"", "fmiVersion=\"1.0\"");
    unit(home, "old.fmu", &[], &old).expect("as before");
    refused(t, "old.fmu", "T", &[], &["FMI 1.0", "FMI 2.0 or 3.0"]);
    for (fault, words) in [
        ("1", ["no licence for today", "instantiated"]),
        ("2", ["at 36000 s", "fmi2DoStep"]),
        ("3", ["at 36000 s", "no number"]),
    ] {
        let (name, flag) = (format!("fault{fault}.fmu"), format!("-DFAULT={fault}"));
        unit(home, &name, &[&flag], &good).expect("as before");
        refused(t, &name, "T", &[], &words);
    }
    std::fs::write(home.join("text.fmu"), "no archive").expect("a file");
    refused(t, "text.fmu", "T", &[], &["text.fmu", "zip"]);
    archive(&home.join("empty.fmu"), &[("readme.txt", b"nothing")]);
    refused(t, "empty.fmu", "T", &[], &["no modelDescription.xml"]);
    archive(&home.join("torn.fmu"), &[("modelDescription.xml", &good.as_bytes()[..300])]);
    refused(t, "torn.fmu", "T", &[], &["modelDescription.xml"]);
    archive(
        &home.join("bare.fmu"),
        &[("modelDescription.xml", good.as_bytes()), ("binaries/win64/weather.dll", b"")],
    );
    refused(t, "bare.fmu", "T", &[], &["win64", "this platform"]);
    let junk: [(&str, &[u8]); 3] = [
        ("modelDescription.xml", good.as_bytes()),
        ("binaries/linux64/weather.so", b"no library"),
        ("binaries/aarch64-linux/weather.so", b"no library"),
    ];
    archive(&home.join("junk.fmu"), &junk);
    if cfg!(target_os = "linux") {
        refused(t, "junk.fmu", "T", &[], &["instantiated"]);
    }
    // An archive that says that it would be 4 GB.
    let bomb = archive(&home.join("bomb.fmu"), &[("modelDescription.xml", good.as_bytes())]);
    let mut bytes = std::fs::read(&bomb).expect("an archive");
    let entry = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").expect("an entry");
    bytes[entry + 24..entry + 28].copy_from_slice(&0xf000_0000_u32.to_le_bytes());
    std::fs::write(&bomb, bytes).expect("a file");
    refused(t, "bomb.fmu", "T", &[], &["bomb.fmu", "larger than"]);
    let whole = std::fs::read(home.join("good.fmu")).expect("a unit");
    for part in 1..8 {
        std::fs::write(home.join("part.fmu"), &whole[..whole.len() * part / 8]).expect("a file");
        refused(t, "part.fmu", "T", &[], &["part.fmu"]);
    }
    let out = gridflock(home, &["validate", "park-small"]);
    assert_eq!(out.status.code(), Some(0));
}
