//! What a study will cost, told before it begins.

use crate::execute::ExecuteOptions;
use crate::{Plan, Runner, StudyError};
use record::{PartWriter, RecordError};
use std::path::PathBuf;
use std::time::Instant;

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
    /// Pilot runs that this goes by; 0 if all of them failed.
    pub pilots: u32,
}

/// Times a few runs at points spread over the design (they leave nothing behind) and extrapolates.
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
    let (mut seconds, mut bytes, mut done) = (0.0, 0_u64, 0_u32);
    let pilots = u64::from(pilots.max(1)).min(runs);
    for k in 0..pilots {
        let run = k * plan.points.len() as u64 / pilots;
        let clock = Instant::now();
        let Ok(result) = runner.run(&plan.job(run, &|| true)) else { continue };
        seconds += clock.elapsed().as_secs_f64();
        let options = crate::execute::table_options(plan, runner.names());
        let mut parts = PartWriter::create(&scratch.0, k, &options)?;
        parts.append(run as i64, &domain::Rows { indicators: result.indicators, ..result.rows })?;
        bytes += parts.close()?.iter().map(|file| file.bytes).sum::<u64>();
        done += 1;
    }
    let per_run = |total: f64| if done == 0 { f64::NAN } else { total / f64::from(done) };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let cpu_s = per_run(seconds) * runs as f64;
    Ok(Cost {
        points: plan.points.len(),
        replications: plan.first_replications(),
        runs,
        most_runs: plan.most_runs(),
        cpu_s,
        wall_s: cpu_s / threads as f64,
        disk_bytes: (per_run(bytes as f64) * runs as f64) as u64,
        pilots: done,
    })
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
