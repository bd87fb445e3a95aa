//! Whole days of the park with everything logged: CPU time of the program as a process, all threads
//! and the Parquet writer included.
//!
//! `cargo bench -p gridflock --bench park` (about a minute). 3,000 EVs with the plant, series and
//! piles scaled alike, ten and forty recorded days after one of warm-up, medians of five runs.
//! Price and plant solves are told apart by runs without them (prices follow the tariff, no battery
//! and no turbine). What a day costs once the program runs is the difference between forty and ten
//! days; the whole of ten days also holds the start, the warm-up day and the end. Of the plain days
//! it is told apart what the agents take (rows thrown away), what the indicators take (rows
//! folded), and what is left to the writer. For comparison, published or measured elsewhere without
//! a log, prices or plant: about 350 EV-days a CPU second by ACN-Sim, 400 by EV2Gym at that size.

use gridflock::{Opening, Recording, Run, RunOptions, Simulation};
use std::path::Path;
use std::process::Command;

/// As in the program that is measured.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAYS: [u32; 2] = [10, 40];
const EVS: u32 = 3_000;
const RUNS: usize = 5;

/// CPU seconds of all finished child processes, in the resolution of the system's clock tick (10 ms
/// on Linux).
fn children_cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|x| x.parse::<f64>().ok());
    // Behind the name: state is field 0, cutime and cstime are 13 and 14.
    Some((ticks(13)? + ticks(14)?) / 100.0)
}

/// CPU seconds of this thread.
fn thread_cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(stat.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// A run, or the difference of two.
#[derive(Clone, Copy)]
struct Measured {
    cpu_s: f64,
    rows: f64,
    ev_days: f64,
}

impl Measured {
    fn minus(self, other: Self) -> Self {
        Self {
            cpu_s: self.cpu_s - other.cpu_s,
            rows: self.rows - other.rows,
            ev_days: self.ev_days - other.ev_days,
        }
    }
    fn print(self, name: &str) {
        let Self { cpu_s, rows, ev_days } = self;
        println!("{name:<46} {cpu_s:>7.3} {:>16.0} {:>9.0}", ev_days / cpu_s, 1e9 * cpu_s / rows);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure(folder: &Path, days: u32, sets: &[String]) -> Option<Measured> {
    let mut cpu = Vec::new();
    let mut rows = 0.0;
    for _ in 0..RUNS {
        let before = children_cpu_s()?;
        let days = days.to_string();
        let mut args = vec![
            "--json",
            "run",
            "park",
            "--days",
            &days,
            "--threads",
            "1",
            "--overwrite",
            "-o",
            "run",
        ];
        args.extend(sets.iter().flat_map(|s| ["--set", s.as_str()]));
        let out = Command::new(env!("CARGO_BIN_EXE_gridflock"))
            .args(&args)
            .current_dir(folder)
            .output()
            .ok()?;
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).ok()?;
        rows = json["tables"].as_array()?.iter().filter_map(|t| t["rows"].as_f64()).sum();
        cpu.push(children_cpu_s()? - before);
    }
    // The warm-up day is simulated, too, but not recorded.
    Some(Measured { cpu_s: median(cpu), rows, ev_days: f64::from(EVS * (days + 1)) })
}

/// CPU seconds of the agents alone, and with the fold of the indicators, of so many days; on this
/// thread, from first to last message.
fn agents_and_fold_cpu_s(days: u32, sets: &[String]) -> Option<[f64; 2]> {
    let sets = sets.iter().cloned().chain([format!("days={days}")]).collect();
    let run = Run::load("park", &RunOptions { sets, ..RunOptions::default() })
        .expect("the park with other numbers");
    let one = |recording: Recording| {
        let opening = Opening { recording, ..Opening::default() };
        let mut world = Simulation::open(run.prepared().clone(), &opening).expect("a world");
        let before = thread_cpu_s()?;
        world.advance(world.end()).expect("a run");
        Some(thread_cpu_s()? - before)
    };
    let times = |recording: Recording| {
        (0..RUNS).map(|_| one(recording.clone())).collect::<Option<Vec<f64>>>()
    };
    let (agents, folded) = (times(Recording::Nothing)?, times(Recording::Indicators)?);
    Some([median(agents), median(folded)])
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
    let with = |more: &[&str]| {
        base.iter().cloned().chain(more.iter().map(|s| (*s).to_owned())).collect::<Vec<_>>()
    };
    let plain = with(&[
        "plant.battery.enabled=false",
        "plant.turbine.enabled=false",
        "pricing.policy=tariff",
    ]);
    println!("{EVS} EVs, days recorded after one of warm-up, one simulation thread and the writer");
    println!("{:<46} {:>7} {:>16} {:>9}", "", "CPU s", "EV-days / CPU s", "ns / row");
    let line = |name: &str, sets: &[String]| {
        let [ten, forty] = DAYS.map(|days| measure(folder.path(), days, sets));
        let (ten, more) = (ten?, forty?.minus(ten?));
        ten.print(&format!("{name}: ten days"));
        more.print(&format!("{name}: thirty more"));
        Some((ten, more))
    };
    let rule = line("rule, all", &with(&[]));
    let bare = line("rule, without price and plant solves", &plain);
    line("fast, all", &with(&["schedule.policy=fast"]));
    let (Some((rule, rule_more)), Some((bare, more))) = (rule, bare) else { return };
    println!(
        "price and plant solves: {:.3} CPU s a day of 96 periods",
        (rule.cpu_s - bare.cpu_s) / f64::from(DAYS[0] + 1)
    );
    println!(
        "rows: {:.1} an EV-day with, {:.1} without these solves",
        rule_more.rows / rule_more.ev_days,
        more.rows / more.ev_days
    );
    let parts = DAYS.map(|days| agents_and_fold_cpu_s(days, &plain));
    if let [Some(ten), Some(forty)] = parts {
        let ns = |cpu_s: f64| 1e9 * cpu_s / more.rows;
        let (agents, folded) = (forty[0] - ten[0], forty[1] - ten[1]);
        let (agents, fold, writer) = (ns(agents), ns(folded - agents), ns(more.cpu_s - folded));
        println!(
            "of thirty more plain days, ns a row: agents and queue {agents:.0}, indicators {fold:.0}, columns, Parquet and the rest {writer:.0}"
        );
    }
}
