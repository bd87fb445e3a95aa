//! A whole day of the park with everything logged: CPU time of the program as a process, all threads and the Parquet writer included.
//!
//! `cargo bench -p gridflock --bench park` (about a minute). 3,000 EVs with the plant, series and piles scaled alike, ten recorded days after
//! one of warm-up, medians of three runs. Price and plant solves are told apart by runs without them (prices follow the tariff, no battery
//! and no turbine). For comparison, published or measured elsewhere without a log, prices or plant: about 350 EV-days a CPU second by
//! ACN-Sim, 400 by EV2Gym at that size.

use std::path::Path;
use std::process::Command;

const DAYS: u32 = 10;
const EVS: u32 = 3_000;
const RUNS: usize = 3;

/// CPU seconds of all finished child processes, in the resolution of the system's clock tick (10 ms on Linux).
fn children_cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|x| x.parse::<f64>().ok());
    // Behind the name: state is field 0, cutime and cstime are 13 and 14.
    Some((ticks(13)? + ticks(14)?) / 100.0)
}

struct Measured {
    cpu_s: f64,
    rows: f64,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure(folder: &Path, sets: &[String]) -> Option<Measured> {
    let mut cpu = Vec::new();
    let mut rows = 0.0;
    for _ in 0..RUNS {
        let before = children_cpu_s()?;
        let days = DAYS.to_string();
        let mut args = vec!["--json", "run", "park", "--days", &days, "--threads", "1", "--overwrite", "-o", "run"];
        args.extend(sets.iter().flat_map(|s| ["--set", s.as_str()]));
        let out = Command::new(env!("CARGO_BIN_EXE_gridflock")).args(&args).current_dir(folder).output().ok()?;
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).ok()?;
        rows = json["tables"].as_array()?.iter().filter_map(|t| t["rows"].as_f64()).sum();
        cpu.push(children_cpu_s()? - before);
    }
    Some(Measured { cpu_s: median(cpu), rows })
}

fn main() {
    if children_cpu_s().is_none() {
        println!("CPU times of processes cannot be read on this system: skipped");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the tables");
    let scale = f64::from(EVS) / 318.0;
    let base: Vec<String> = [
        format!("fleet.evs={EVS}"),
        format!("access.piles={}", (48.0 * scale).round()),
        format!("plant.pv.power_kw={}", 2312.4 * scale),
        format!("plant.wind.power_kw={}", 2607.6 * scale),
        format!("series.load.kwh_per_day={}", 46_793.34 * scale),
    ]
    .into();
    let with = |more: &[&str]| base.iter().cloned().chain(more.iter().map(|s| (*s).to_owned())).collect::<Vec<_>>();
    let plain = ["plant.battery.enabled=false", "plant.turbine.enabled=false", "pricing.policy=tariff"];
    let ev_days = f64::from(EVS * (DAYS + 1));
    println!("{EVS} EVs, {DAYS} days recorded after one of warm-up, one simulation thread and the writer");
    println!("{:<38} {:>9} {:>16} {:>12}", "", "CPU s", "EV-days / CPU s", "ns / row");
    let line = |name: &str, sets: &[String]| {
        let m = measure(folder.path(), sets)?;
        println!("{name:<38} {:>9.2} {:>16.0} {:>12.0}", m.cpu_s, ev_days / m.cpu_s, 1e9 * m.cpu_s / m.rows);
        Some(m)
    };
    let rule = line("rule, all", &with(&[]));
    let bare = line("rule, without price and plant solves", &with(&plain));
    line("fast, all", &with(&["schedule.policy=fast"]));
    if let (Some(rule), Some(bare)) = (rule, bare) {
        println!("price and plant solves: {:.3} CPU s a day of 96 periods", (rule.cpu_s - bare.cpu_s) / f64::from(DAYS + 1));
    }
}
