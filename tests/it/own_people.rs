//! A user's own sessions and networks from the command line: laws, replay, export.

use crate::tool::{expect_code, gridflock};
use std::fmt::Write;
use std::path::Path;
use tables::DataTable;
use tempfile::tempdir;

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file can be written");
}

fn numbers(directory: &Path, table: &str, column: &str) -> Vec<f64> {
    DataTable::read(&directory.join(table)).expect("a table").numbers(column).expect("numbers")
}

/// Commuters of four weeks from Monday, 2024-01-01: 8:00 and later, stays of 8 h and longer.
fn sessions() -> String {
    let mut text = String::from("who,from,to,energy_kwh\n");
    for day in 1..=28 {
        for user in 0..6 {
            let minute = (day * 7 + user * 11) % 60;
            let hours = 8 + (day + user) % 3;
            let energy = 6 + (day * user) % 9;
            let _ = writeln!(
                text,
                "u{user},2024-01-{day:02}T08:{minute:02},2024-01-{day:02}T{:02}:{minute:02},{energy}.5",
                8 + hours
            );
        }
    }
    text
}

#[test]
fn laws_of_recorded_sessions_drive_a_park() {
    let dir = tempdir().expect("a folder");
    put(dir.path(), "s.csv", &sessions());
    let fit =
        ["fit", "s.csv", "--map", "who=user_id", "--map", "from=plug_in", "--map", "to=plug_out"];
    let out =
        gridflock(dir.path(), &[&fit[..], &["--time-zone", "Europe/Berlin", "--report"]].concat());
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(0), "{said}");
    assert!(said.contains("168 rows, 168 sessions used") && said.contains("held out"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    assert!(dir.path().join("behaviour.html").is_file());
    // What is there is kept.
    let again = expect_code(dir.path(), &fit, 1);
    assert!(again.contains("exists already"), "{again}");
    let turned = expect_code(dir.path(), &["fit", "s.csv", "--map", "plug_in=from", "-o", "x"], 3);
    assert!(turned.contains("--map from=plug_in"), "{turned}");
    let park = "model = \"park\"\nstart = 2024-01-01T00:00:00+01:00\nwarmup_days = 0\n\
                [fleet]\nevs = 30\nbehaviour = \"behaviour.toml\"\n";
    put(dir.path(), "park.toml", park);
    expect_code(dir.path(), &["run", "park.toml", "-o", "out"], 0);
    let stays = DataTable::read(&dir.path().join("out/stays.parquet")).expect("a table");
    assert!(stays.rows() > 15, "{} stays", stays.rows());
    // The resolved scenario says the same by itself.
    let resolved = dir.path().join("out/scenario.resolved.toml");
    let resolved = resolved.to_str().expect("UTF-8");
    expect_code(dir.path(), &["run", resolved, "-o", "again"], 0);
    let energies = |run: &str| numbers(&dir.path().join(run), "stays.parquet", "energy_needed_kwh");
    assert_eq!(energies("out"), energies("again"));
    // What the scenario gives itself holds, and it is said.
    put(
        dir.path(),
        "own.toml",
        &format!("{park}[[fleet.segment]]\nname = \"mine\"\nshare = 1.0\n"),
    );
    let err = expect_code(dir.path(), &["validate", "own.toml"], 0);
    assert!(
        err.contains("`fleet.segment` is given here and by the file of `fleet.behaviour`"),
        "{err}"
    );
}

#[test]
fn recorded_people_come_as_they_came() {
    let dir = tempdir().expect("a folder");
    let text = "user_id,plug_in,plug_out,energy_kwh\n\
                Ann,2024-01-01T08:10,2024-01-01T16:40,12.5\n\
                Bo,2024-01-01T09:20,2024-01-01T10:50,9\n\
                Ann,2024-01-02T08:05,2024-01-02T11:00,20\n\
                ,2024-01-01T21:30,2024-01-02T06:15,31\n";
    put(dir.path(), "s.csv", text);
    let scenario = |rest: &str| {
        format!(
            "model = \"park\"\nstart = 2024-01-01T00:00:00+01:00\ndays = 2\nwarmup_days = 0\n\
             [fleet.replay]\nfile = \"s.csv\"\ntime_zone = \"Europe/Berlin\"\n{rest}"
        )
    };
    put(dir.path(), "r.toml", &scenario(""));
    expect_code(dir.path(), &["run", "r.toml", "-o", "out"], 0);
    let out = dir.path().join("out");
    let evs = DataTable::read(&out.join("evs.parquet")).expect("a table");
    assert_eq!(evs.texts("name").expect("names"), ["Ann", "Bo", ""]);
    let stays = DataTable::read(&out.join("stays.parquet")).expect("a table");
    let mut rows: Vec<(String, String, f64)> = (0..stays.rows())
        .map(|row| {
            let text = |column: &str| stays.column(column).expect("there").cells[row].text();
            let energy = text("energy_charged_kwh").parse().expect("a number");
            (text("arrival"), text("departure"), energy)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    // An hour before local time.
    let wanted = [
        ("2024-01-01T07:10:00Z", "2024-01-01T15:40:00Z", 12.5),
        ("2024-01-01T08:20:00Z", "2024-01-01T09:50:00Z", 9.0),
        ("2024-01-01T20:30:00Z", "2024-01-02T05:15:00Z", 31.0),
        ("2024-01-02T07:05:00Z", "2024-01-02T10:00:00Z", 20.0),
    ];
    assert_eq!(rows.len(), 4);
    for (row, (arrival, departure, energy)) in rows.iter().zip(wanted) {
        assert_eq!((row.0.as_str(), row.1.as_str()), (arrival, departure));
        assert!((row.2 - energy).abs() < 0.05, "{row:?}");
    }
    put(
        dir.path(),
        "w.toml",
        &scenario("align = \"weekday\"\n").replace("2024-01-01", "2026-06-01"),
    );
    expect_code(dir.path(), &["run", "w.toml", "-o", "weekday"], 0);
    assert_eq!(numbers(&dir.path().join("weekday"), "stays.parquet", "stay_id").len(), 4);
    put(dir.path(), "late.toml", &scenario("").replace("start = 2024", "start = 2030"));
    let err = expect_code(dir.path(), &["validate", "late.toml"], 3);
    assert!(err.contains("none of 4 sessions falls into the scenario's days"), "{err}");
    let weak = |line: &str| match line {
        head if head.ends_with("energy_kwh") => format!("{head},power_kw\n"),
        row if row.ends_with("12.5") => format!("{row},1\n"),
        row => format!("{row},\n"),
    };
    put(dir.path(), "s.csv", &text.lines().map(weak).collect::<String>());
    let err = expect_code(dir.path(), &["validate", "r.toml"], 3);
    assert!(err.contains("s.csv:2"), "{err}");
}

#[test]
fn a_feeder_goes_to_other_tools_and_comes_back() {
    let dir = tempdir().expect("a folder");
    for (format, file) in [("matpower", "net.m"), ("pandapower", "net.json")] {
        let call = ["export", "network", "feeder-small", "--format", format, "-o", file];
        expect_code(dir.path(), &call, 0);
        let again = expect_code(dir.path(), &call, 1);
        assert!(again.contains("exists already"), "{again}");
        let text = format!(
            "model = \"feeder\"\nstart = 2016-05-29T00:00:00+08:00\n[fleet]\nevs = 50\n\
             [feeder]\nnetwork = \"{file}\"\n[[feeder.pv]]\nbus = 18\npower_kw = 100.0\n"
        );
        put(dir.path(), "back.toml", &text);
        let err = expect_code(dir.path(), &["validate", "back.toml"], 0);
        assert!(err.contains("losses 202.677 kW, lowest voltage 0.91309 p.u. at bus 18"), "{err}");
        put(dir.path(), "odd.toml", &text.replace("bus = 18", "bus = \"north\""));
        let err = expect_code(dir.path(), &["validate", "odd.toml"], 3);
        assert!(err.contains("bus north is not a bus of the network"), "{err}");
    }
    let err = expect_code(dir.path(), &["export", "network", "park", "--format", "matpower"], 3);
    assert!(err.contains("no network"), "{err}");
}

#[test]
fn blank_scenarios_run() {
    let dir = tempdir().expect("a folder");
    for model in ["park", "feeder", "group"] {
        expect_code(dir.path(), &["scenario", "init", "--blank", model], 0);
        let path = format!("{model}/scenario.toml");
        expect_code(dir.path(), &["run", &path, "-o", &format!("out-{model}")], 0);
    }
    expect_code(dir.path(), &["scenario", "init", "--blank", "town"], 3);
}
