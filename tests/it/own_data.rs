//! A user's own files: used as they say, or refused with their line.

use crate::tool::{expect_code, manifest};
use std::fmt::Write;
use std::path::Path;
use tables::DataTable;
use tempfile::tempdir;

const PARK: &str = "model = \"park\"\nstart = 2016-05-29T00:00:00+08:00\n";
const SMALL: &str = "[fleet]\nevs = 4\n[access]\npiles = 2\n";
const FEEDER: &str = "model = \"feeder\"\nstart = 2016-05-29T00:00:00+08:00\n";

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file can be written");
}

/// Runs a scenario of this text; its directory.
fn run(folder: &Path, text: &str) -> std::path::PathBuf {
    put(folder, "s.toml", text);
    expect_code(folder, &["run", "s.toml", "-o", "out", "--overwrite"], 0);
    folder.join("out")
}

/// What `validate` and `run` both say against a scenario of this text.
fn refused(folder: &Path, text: &str) -> String {
    put(folder, "s.toml", text);
    let err = expect_code(folder, &["validate", "s.toml"], 3);
    let same = expect_code(folder, &["run", "s.toml", "-o", "never"], 3);
    assert!(same.contains(err.lines().next().unwrap_or("?")), "{err}\nbut run says\n{same}");
    assert!(!folder.join("never").exists(), "nothing is written");
    err
}

fn numbers(directory: &Path, table: &str, column: &str) -> Vec<f64> {
    DataTable::read(&directory.join(table)).expect("a table").numbers(column).expect("numbers")
}

/// Hourly rows `time,kw` with these hours.
fn hours(hours: impl Iterator<Item = u32>) -> String {
    let row = |mut text: String, hour: u32| {
        let _ = writeln!(text, "2016-05-29T{hour:02}:00,{}", 100 + hour);
        text
    };
    hours.fold("time,kw\n".to_owned(), row)
}

#[test]
fn a_load_lies_where_its_times_say() {
    let dir = tempdir().expect("a folder");
    put(dir.path(), "load.csv", &hours(0..24));
    let out = run(dir.path(), &format!("{PARK}{SMALL}[series.load]\ncsv = \"load.csv\"\n"));
    let load = numbers(&out, "balance.parquet", "load_kw");
    let wanted: Vec<f64> = (0..96).map(|k| f64::from(100 + k / 4)).collect();
    assert_eq!(load, wanted);
}

#[test]
fn rows_that_lie_wrong_are_refused_with_their_line_or_mended_by_a_rule() {
    let dir = tempdir().expect("a folder");
    let text = |rule: &str| format!("{PARK}{SMALL}[series.load]\ncsv = \"load.csv\"\n{rule}");
    put(dir.path(), "load.csv", &hours((0..24).filter(|h| *h != 5)));
    let err = refused(dir.path(), &text(""));
    assert!(err.contains("load.csv:7 column `kw`: 1 row is missing before this one"), "{err}");
    let out = run(dir.path(), &text("gaps = \"interpolate\"\n"));
    assert_eq!(numbers(&out, "balance.parquet", "load_kw")[20], 105.0);
    put(dir.path(), "load.csv", &hours((0..24).rev()));
    let err = refused(dir.path(), &text(""));
    assert!(err.contains("load.csv:3 column `time`: an earlier time than line 2"), "{err}");
    let out = run(dir.path(), &text("order = \"sorted\"\n"));
    assert_eq!(numbers(&out, "balance.parquet", "load_kw")[95], 123.0);
    put(dir.path(), "load.csv", &(100..125).map(|kw| kw.to_string() + "\n").collect::<String>());
    let err = refused(dir.path(), &text("step_min = 60\n"));
    assert!(err.contains("load.csv:1: no header line"), "{err}");
    put(dir.path(), "load.csv", &format!("kw\n{}", "100\n".repeat(25)));
    let err = refused(dir.path(), &text("step_min = 60\n"));
    assert!(err.contains("25 rows of 60 min are no whole number of days"), "{err}");
}

#[test]
fn a_file_without_times_is_taken_with_a_warning_that_strict_refuses() {
    let dir = tempdir().expect("a folder");
    put(dir.path(), "load.csv", &format!("kw\n{}", "100\n".repeat(96)));
    put(dir.path(), "s.toml", &format!("{PARK}{SMALL}[series.load]\ncsv = \"load.csv\"\n"));
    let err = expect_code(dir.path(), &["validate", "s.toml"], 0);
    assert!(err.contains("says nothing about time: rows are taken as 15 min"), "{err}");
    expect_code(dir.path(), &["validate", "s.toml", "--strict"], 3);
}

#[test]
fn units_are_taken_from_the_name_or_the_key_and_never_from_a_papers_total() {
    let dir = tempdir().expect("a folder");
    let load = |unit: &str, head: &str, value: &str| {
        put(dir.path(), "load.csv", &format!("{head}\n{}", format!("{value}\n").repeat(24)));
        format!("{PARK}{SMALL}[series.load]\ncsv = \"load.csv\"\nstep_min = 60\n{unit}")
    };
    for (unit, head, value) in [
        ("", "load_mw", "0.5"),
        ("unit = \"MW\"\n", "load", "0.5"),
        ("", "load_kw", "500"),
        ("unit = \"kWh per step\"\n", "load", "500"),
        ("unit = \"share\"\nscale = 1000\n", "load", "0.5"),
    ] {
        let out = run(dir.path(), &load(unit, head, value));
        assert_eq!(numbers(&out, "balance.parquet", "load_kw")[0], 500.0, "{unit}{head}");
    }
    let err = refused(dir.path(), &load("unit = \"kW\"\n", "load_mw", "0.5"));
    assert!(err.contains("`unit` says kW") && err.contains("`load_mw` ends as MW"), "{err}");
    let err = refused(dir.path(), &load("unit = \"share\"\n", "load", "0.5"));
    assert!(err.contains("a share of what?"), "{err}");
}

#[test]
fn negative_prices_of_the_grid_pay_the_plant() {
    let dir = tempdir().expect("a folder");
    let row = |h: i32| format!("2016-05-{:02}T{:02}:00Z,{}\n", 27 + h / 24, h % 24, -100);
    let text: String = (0..72).map(row).collect();
    put(dir.path(), "prices.csv", &format!("time_utc,eur_per_mwh\n{text}"));
    let out = run(
        dir.path(),
        &format!(
            "{PARK}{SMALL}[series.grid_price]\ncsv = \"prices.csv\"\n[plant.turbine]\nenabled = false\n"
        ),
    );
    let imports = numbers(&out, "balance.parquet", "grid_kw");
    let accounts = DataTable::read(&out.join("accounts.parquet")).expect("a table");
    let grid = accounts.texts("kind").expect("texts").iter().position(|kind| kind == "grid");
    let grid = accounts.texts("account_id").expect("texts")[grid.expect("the grid has an account")]
        .clone();
    let ledger = DataTable::read(&out.join("ledger.parquet")).expect("a table");
    let payers = ledger.texts("debit_account").expect("texts");
    let purposes = ledger.texts("purpose").expect("texts");
    let payers: Vec<&String> =
        payers.iter().zip(&purposes).filter(|p| p.1 == "grid_purchase").map(|p| p.0).collect();
    assert!(imports.iter().any(|kw| *kw > 0.0) && !payers.is_empty());
    assert!(payers.iter().all(|payer| **payer == grid), "the grid pays: {payers:?}");
    // A day of prices that ends before the run does.
    put(
        dir.path(),
        "prices.csv",
        "time_utc,eur_per_mwh\n2016-05-28T16:00Z,1\n2016-05-28T17:00Z,1\n",
    );
    let err =
        refused(dir.path(), &format!("{PARK}{SMALL}[series.grid_price]\ncsv = \"prices.csv\"\n"));
    assert!(err.contains("the file begins 24 h too late"), "{err}");
}

#[test]
fn people_live_where_and_stay_as_long_as_their_table_says() {
    let dir = tempdir().expect("a folder");
    put(
        dir.path(),
        "people.csv",
        "segment,arrival_h,departure_h,need_kwh,battery_kwh,charge_kw\n\
         residents,18,7.5,20,60,11\nresidents,18,31.5,20,60,11\n",
    );
    let park = format!("{PARK}[fleet]\ntable = \"people.csv\"\n[access]\npiles = 4\n");
    put(dir.path(), "s.toml", &park);
    let err = expect_code(dir.path(), &["validate", "s.toml"], 0);
    assert!(err.contains("1 departures at or before the arrival are the next day's"), "{err}");
    put(dir.path(), "people.csv", "bus,battery_kwh\n18,50\n18.0,50\n18,50\n");
    let feeder = format!("{FEEDER}[fleet]\ntable = \"people.csv\"\n");
    let out = run(dir.path(), &feeder);
    assert_eq!(numbers(&out, "evs.parquet", "home_bus"), [18.0; 3]);
    put(dir.path(), "people.csv", "bus,battery_kwh\n99,50\n");
    assert!(refused(dir.path(), &feeder).contains("people.csv:2 column `bus`: there is no bus 99"));
    put(dir.path(), "people.csv", "zone,battery_kwh\n1,50\n7,50\n");
    let err = refused(dir.path(), &park);
    assert!(
        err.contains("people.csv:3 column `zone`: there is no zone 7; there is one, 1"),
        "{err}"
    );
    put(dir.path(), "people.csv", "battery_kwh;v2g\n50,5;True\n60;FALSE\n");
    let out = run(dir.path(), &park);
    assert_eq!(numbers(&out, "evs.parquet", "battery_kwh"), [50.5, 60.0]);
    let rows = "0.1,0\n".repeat(30);
    put(dir.path(), "people.csv", &format!("charge_kw,battery_kwh\n{rows}"));
    let err = refused(dir.path(), &park);
    assert_eq!(err.matches("help:").count(), 20, "{err}");
    assert!(err.contains("and 40 more, 60 problems in all"), "{err}");
}

#[test]
fn a_stay_that_begins_on_the_hour_charges_from_then_on() {
    let dir = tempdir().expect("a folder");
    put(
        dir.path(),
        "people.csv",
        "arrival_h,departure_h,need_kwh,battery_kwh,charge_kw\n8,9,20,60,11\n8,10,20,60,11\n7.999,9,20,60,11\n",
    );
    for per_day in [24, 96] {
        let out = run(
            dir.path(),
            &format!(
                "{PARK}periods_per_day = {per_day}\n[fleet]\ntable = \"people.csv\"\n[access]\nmode = \"per_stay\"\n\
                 piles = 3\n[booking]\nenabled = false\nmin_periods = 1\n[discharge]\nenabled = false\nlengths = [1]\n\
                 [schedule]\npolicy = \"uncontrolled\"\ntaper.enabled = false\n"
            ),
        );
        let kwh = numbers(&out, "sessions.parquet", "energy_charged_kwh");
        let mut day = kwh[kwh.len() - 3..].to_vec();
        day.sort_by(f64::total_cmp);
        assert!((day[0] - 11.0).abs() < 0.1 && (day[1] - 11.0).abs() < 0.1, "{per_day}: {kwh:?}");
        assert!(day[2] > 19.9, "{per_day}: {kwh:?}");
    }
}

#[test]
fn each_segment_has_the_names_of_its_own_classes() {
    let dir = tempdir().expect("a folder");
    let out = run(
        dir.path(),
        &format!(
            "{PARK}[fleet]\nevs = 20\n[[fleet.segment]]\nname = \"vans\"\nshare = 0.5\n\
             vehicle.power = [{{ name = \"van\", share = 1.0, charge_kw = 22 }}]\n\
             [[fleet.segment]]\nname = \"cars\"\nshare = 0.5\n\
             vehicle.power = [{{ name = \"slow\", share = 0.5, charge_kw = 7 }}, {{ name = \"fast\", share = 0.5, charge_kw = 11 }}]\n\
             [access]\npiles = 5\n"
        ),
    );
    let evs = DataTable::read(&out.join("evs.parquet")).expect("a table");
    let names = evs.texts("vehicle_class").expect("texts");
    let kw = evs.numbers("charge_kw").expect("numbers");
    for (name, kw) in names.iter().zip(kw) {
        let wanted = [("van", 22.0), ("slow", 7.0), ("fast", 11.0)];
        assert!(wanted.contains(&(name.as_str(), kw)), "{name} {kw}");
    }
    assert_eq!(names.iter().filter(|n| *n == "van").count(), 10);
}

#[test]
fn a_network_of_ones_own_is_read_whole_and_brings_no_plant_of_a_paper() {
    let dir = tempdir().expect("a folder");
    let text = format!(
        "{FEEDER}[fleet]\nevs = 6\n[feeder]\nbuses = \"buses.csv\"\nbranches = \"branches.csv\"\n\
         [partition]\nfewest_buses = 1\nmost_buses = 10\n"
    );
    put(dir.path(), "branches.csv", "branch,from,to,r_ohm,x_ohm\n0,0,1,0.1,0.05\n1,1,2,0.5,0.25\n");
    put(
        dir.path(),
        "buses.csv",
        "bus,p_kw,q_kvar,base_kv\n0,0,0,12.66\n1,100,60,12.66\n2,90,40,12.66\n",
    );
    let out = run(dir.path(), &text);
    let buses = numbers(&out, "evs.parquet", "home_bus");
    assert!(buses.contains(&1.0) && buses.contains(&2.0), "{buses:?}");
    for column in ["pv_available_kw", "wind_available_kw"] {
        assert!(numbers(&out, "balance.parquet", column).iter().all(|kw| *kw == 0.0), "{column}");
    }
    put(
        dir.path(),
        "buses.csv",
        "bus,p_kw,p_kw,q_kvar,base_kv\n0,0,0,0,12.66\n1,100,500,60,12.66\n",
    );
    let err = refused(dir.path(), &text);
    assert!(err.contains("column `p_kw`: there are two columns of this name"), "{err}");
    put(dir.path(), "buses.csv", "bus,p_kw,q_kvar,base_kv\n1,10,0,12.66\n");
    put(dir.path(), "branches.csv", "branch,from,to,r_ohm,x_ohm\n");
    refused(dir.path(), &text);
}

#[test]
fn designs_read_what_pandas_writes_and_name_the_line_of_a_bad_value() {
    let dir = tempdir().expect("a folder");
    put(
        dir.path(),
        "study.toml",
        "[scenario]\nbase = \"park-small\"\noverrides = { \"fleet.evs\" = 4 }\n[design]\nkind = \"table\"\n\
         table = \"points.csv\"\n[replications]\nn = 2\n[output]\nindicators = [\"bookings\"]\n",
    );
    put(
        dir.path(),
        "points.csv",
        "tickets.enabled,penalty.scale,access.piles\nTrue,0.5,2.0\nFalse,2.0,3.0\n",
    );
    expect_code(dir.path(), &["study", "run", "study.toml", "-o", "out"], 0);
    assert_eq!(manifest(&dir.path().join("out"))["status"], "complete");
}

#[test]
fn nothing_that_is_finished_is_replaced_without_being_told_to() {
    let dir = tempdir().expect("a folder");
    put(dir.path(), "s.toml", &format!("{PARK}name = \"mine\"\n{SMALL}"));
    expect_code(dir.path(), &["run", "s.toml"], 0);
    let err = expect_code(dir.path(), &["run", "s.toml"], 0);
    assert!(
        err.contains("output/mine-0 holds something already: tables go to output/mine-0.2"),
        "{err}"
    );
    let err = expect_code(dir.path(), &["run", "s.toml", "-o", "output/mine-0"], 1);
    assert!(err.contains("--overwrite"), "{err}");
    let held = record::Claim::resume(&dir.path().join("output/mine-0")).expect("free");
    let err = expect_code(dir.path(), &["run", "s.toml", "-o", "output/mine-0", "--overwrite"], 1);
    assert!(err.contains(&format!("process {} on ", std::process::id())), "{err}");
    drop(held);
    expect_code(dir.path(), &["run", "s.toml", "-o", "output/mine-0", "--overwrite"], 0);
}

/// Hourly rows `time,kw` of so many days from 2016-06-01 (a Wednesday) on: 100 kW and the day's
/// number.
fn days(count: u32) -> String {
    let mut text = "time,kw\n".to_owned();
    for day in 0..count {
        for hour in 0..24 {
            let (month, date) = if day < 30 { (6, day + 1) } else { (7, day - 29) };
            let _ = writeln!(text, "2016-{month:02}-{date:02}T{hour:02}:00,{}", 100 + day);
        }
    }
    text
}

#[test]
fn days_that_are_drawn_differ_by_seed_and_keep_season_and_weekday() {
    let dir = tempdir().expect("a folder");
    put(dir.path(), "load.csv", &days(60));
    let series = "[series.load]\ncsv = \"load.csv\"\nrepeat = \"drawn\"\n";
    // 2026-07-03 is a Friday.
    let park = "model = \"park\"\nstart = 2026-07-03T00:00:00+08:00\ndays = 3\nwarmup_days = 0\n";
    let mut seen = Vec::new();
    for seed in [1, 2, 3, 1] {
        let out = run(dir.path(), &format!("{park}seed = {seed}\n{SMALL}{series}"));
        let load = numbers(&out, "balance.parquet", "load_kw");
        let drawn: Vec<u32> = load.chunks(96).map(|day| day[0] as u32 - 100).collect();
        assert!(load.chunks(96).all(|day| day.iter().all(|kw| *kw == day[0])), "whole days");
        // Day 0 of the file is a Wednesday.
        let weekdays: Vec<u32> = drawn.iter().map(|d| (d + 2) % 7).collect();
        assert!(weekdays[0] < 5 && weekdays[1] == 5 && weekdays[2] == 6, "{drawn:?}");
        seen.push(drawn);
    }
    assert_eq!(seen[0], seen[3], "the same seed draws the same days");
    assert!(seen[0] != seen[1] || seen[1] != seen[2], "{seen:?}");
    let winter = park.replace("2026-07-03", "2026-01-02");
    put(dir.path(), "w.toml", &format!("{winter}{SMALL}{series}"));
    let err = expect_code(dir.path(), &["validate", "--strict", "w.toml"], 3);
    assert!(err.contains("no Saturday in winter"), "{err}");
    let err = refused(dir.path(), &format!("{park}{SMALL}{series}first_day = 3\n"));
    assert!(err.contains("have no first one"), "{err}");
}

#[test]
fn buses_have_the_loads_of_their_own_columns() {
    let dir = tempdir().expect("a folder");
    put(
        dir.path(),
        "buses.csv",
        "bus,p_kw,q_kvar,base_kv\n1,0,0,12.66\n2,100,60,12.66\n3,90,40,12.66\n",
    );
    put(dir.path(), "branches.csv", "branch,from,to,r_ohm,x_ohm\n1,1,2,0.1,0.05\n2,2,3,0.5,0.25\n");
    let mut rows = "time,bus_2_kw,bus_2_kvar,bus_3_mw\n".to_owned();
    for hour in 0..24 {
        let _ = writeln!(rows, "{hour:02}:00,{},{},0.0{:02}", 50 + hour, 2 * hour, 10 + hour);
    }
    put(dir.path(), "load.csv", &rows);
    let feeder = format!(
        "{FEEDER}warmup_days = 0\n[fleet]\nevs = 1\n[feeder]\nbuses = \"buses.csv\"\n\
         branches = \"branches.csv\"\n[partition]\nfewest_buses = 1\nmost_buses = 10\n"
    );
    let series = "[series.load]\ncsv = \"load.csv\"\n";
    let out = run(dir.path(), &format!("{feeder}{series}"));
    let bus = numbers(&out, "voltages.parquet", "bus_id");
    let kvar = numbers(&out, "voltages.parquet", "q_kvar");
    let of = |wanted: f64| -> Vec<f64> {
        bus.iter().zip(&kvar).filter(|(b, _)| **b == wanted).map(|(_, q)| *q).collect()
    };
    for hour in 0..24 {
        let h = f64::from(hour);
        assert!((of(2.0)[hour as usize] - 2.0 * h).abs() < 1e-6, "bus 2 at {hour}");
        // Bus 3 has no reactive column: 40 to 90 as at its nominal load.
        let wanted = (10.0 + h) * 40.0 / 90.0;
        assert!((of(3.0)[hour as usize] - wanted).abs() < 1e-6, "bus 3 at {hour}");
    }
    let zones = numbers(&out, "balance.parquet", "load_kw");
    let total: f64 = (0..24).map(|h| f64::from(60 + 2 * h)).sum();
    assert!((zones.iter().sum::<f64>() - total).abs() < 1e-6, "{}", zones.iter().sum::<f64>());

    put(dir.path(), "load.csv", "time,bus_2_kw,bus_9_kw\n00:00,1,1\n12:00,1,1\n");
    let err = refused(dir.path(), &format!("{feeder}{series}"));
    assert!(err.contains("no bus `9`") && err.contains("have no column: 3"), "{err}");
    put(dir.path(), "load.csv", "time,bus_2_kw,bus_3_kw,bus_4_kvar\n00:00,1,1,1\n12:00,1,1,1\n");
    let err = refused(dir.path(), &format!("{feeder}{series}"));
    assert!(err.contains("there is no `bus_4_kw`"), "{err}");
}

#[test]
fn what_a_network_takes_in_belongs_to_the_scenario() {
    let dir = tempdir().expect("a folder");
    let lines = "New Line.one bus1=source bus2=b phases=3 r1=0.5 x1=0.3 r0=1 x0=1 length=LENGTH\n";
    put(dir.path(), "lines.dss", &lines.replace("LENGTH", "2"));
    put(
        dir.path(),
        "main.dss",
        "Clear\nNew Circuit.c basekv=10 pu=1.02 bus1=source\nredirect lines.dss\n\
         New Load.a bus1=b phases=3 kV=10 kW=300 kvar=100\nSet VoltageBases=[10]\n",
    );
    put(
        dir.path(),
        "s.toml",
        &format!("{FEEDER}[fleet]\nevs = 1\n[feeder]\nnetwork = \"main.dss\"\n"),
    );
    let hash = || {
        let loaded =
            scenario::Scenario::load(&dir.path().join("s.toml").display().to_string(), &[]);
        let loaded = loaded.unwrap_or_else(|e| panic!("{e}"));
        (loaded.scenario.hash.clone(), loaded.inputs.len())
    };
    let before = hash();
    assert_eq!(before.1, 2, "the file and what it takes in");
    assert_eq!(before, hash());
    put(dir.path(), "lines.dss", &lines.replace("LENGTH", "3"));
    assert_ne!(before.0, hash().0);
}
