//! What a study will cost, told before it begins.

use crate::execute::ExecuteOptions;
use crate::{Plan, Runner, StudyError};
use record::{PartWriter, RecordError};
use std::path::PathBuf;
use std::time::Instant;

/// What a figure of a run takes while statistics are made.
const BYTES_PER_FIGURE: f64 = 16.0;

/// What a plan will cost, extrapolated from pilot runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Points of the design.
    pub points: usize,
    /// Replications of each point; of the first batch with a stopping rule.
    pub replications: u32,
    /// Runs; of the first batch with a stopping rule.
    pub runs: u64,
    /// Most runs there can be.
    pub most_runs: u64,
    /// CPU time of all runs, in s.
    pub cpu_s: f64,
    /// Wall-clock time on the threads asked for, on this machine, if they are idle, in s.
    pub wall_s: f64,
    /// Bytes of tables.
    pub disk_bytes: u64,
    /// Peak memory of the process, in bytes; 0 where the system does not tell.
    pub memory_bytes: u64,
    /// Pilot runs that this goes by; 0 if all of them failed.
    pub pilots: u32,
}

/// Measures the CPU time of a few runs at points spread over the design (they leave nothing behind)
/// and extrapolates. The first run of a point also reads its scenario: what that costs counts once a
/// point, so each pilot runs twice.
///
/// # Errors
/// If the pilot's tables cannot be written to the temporary directory.
pub fn cost(
    plan: &Plan,
    runner: &dyn Runner,
    options: &ExecuteOptions,
    pilots: u32,
) -> Result<Cost, StudyError> {
    let runs = plan.runs(plan.first_replications());
    let scratch = Scratch::create()?;
    let (mut reading, mut seconds, mut bytes, mut done) = (0.0, 0.0, 0_u64, 0_u32);
    let (mut figures, before) = (0_u64, peak_memory());
    let pilots = u64::from(pilots.max(1)).min(runs);
    for k in 0..pilots {
        let run = k * plan.points.len() as u64 / pilots;
        let timed = || {
            let clock = CpuClock::start();
            runner.run(&plan.job(run, &|| true)).map(|result| (result, clock.seconds()))
        };
        let (Ok((_, first)), Ok((result, again))) = (timed(), timed()) else { continue };
        reading += (first - again).max(0.0);
        seconds += again;
        figures += result.indicators.len() as u64;
        let clock = CpuClock::start();
        let options = crate::execute::table_options(plan, runner.names());
        let mut parts = PartWriter::create(&scratch.0, k, &options)?;
        parts.append(run as i64, &domain::Rows { indicators: result.indicators, ..result.rows })?;
        bytes += parts.close()?.iter().map(|file| file.bytes).sum::<u64>();
        seconds += clock.seconds();
        done += 1;
    }
    let per_run = |total: f64| if done == 0 { f64::NAN } else { total / f64::from(done) };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let points = (plan.points.len() as u64).min(runs) as f64;
    let cpu_s = per_run(seconds) * runs as f64 + per_run(reading) * points;
    // Runs side by side each have their own world; figures of all runs are held for the statistics.
    let (after, held) = (peak_memory(), per_run(figures as f64) * runs as f64 * BYTES_PER_FIGURE);
    let memory = after as f64 + after.saturating_sub(before) as f64 * (threads - 1) as f64 + held;
    Ok(Cost {
        points: plan.points.len(),
        replications: plan.first_replications(),
        runs,
        most_runs: plan.most_runs(),
        cpu_s,
        wall_s: cpu_s / threads as f64,
        disk_bytes: (per_run(bytes as f64) * runs as f64) as u64,
        memory_bytes: if after == 0 { 0 } else { memory as u64 },
        pilots: done,
    })
}

/// CPU time of this thread where the system tells it, else wall-clock time.
struct CpuClock {
    cpu_ns: Option<u64>,
    wall: Instant,
}

impl CpuClock {
    fn start() -> Self {
        Self { cpu_ns: Self::now(), wall: Instant::now() }
    }

    /// Nanoseconds that this thread has run: the first number of the kernel's line about it.
    fn now() -> Option<u64> {
        let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        line.split_whitespace().next()?.parse().ok().filter(|ns| *ns > 0)
    }

    fn seconds(&self) -> f64 {
        match (self.cpu_ns, Self::now()) {
            (Some(from), Some(to)) => to.saturating_sub(from) as f64 / 1e9,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// Peak resident memory of the process so far, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// A directory that goes away with its content.
struct Scratch(PathBuf);

impl Scratch {
    fn create() -> Result<Self, StudyError> {
        let path = std::env::temp_dir().join(format!("gridflock-pilot-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|source| RecordError::Io {
            action: "create",
            path: path.clone(),
            source,
        })?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies where temporary files lie.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
