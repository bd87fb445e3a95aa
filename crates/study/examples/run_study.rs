//! A study from its file to its contrasts: `cargo run --release -p study --example run_study --
//! STUDY.toml DIRECTORY [THREADS]`.

use std::path::Path;
use std::process::ExitCode;
use study::{ExecuteOptions, Plan, SimulationRunner, StudyError, StudyFile, execute};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, directory, rest @ ..] = &arguments[..] else {
        eprintln!("usage: run_study STUDY.toml DIRECTORY [THREADS]");
        return ExitCode::from(2);
    };
    let threads = rest.first().and_then(|n| n.parse().ok()).unwrap_or(0);
    match run(file, Path::new(directory), threads) {
        Ok(failed) => ExitCode::from(u8::from(failed > 0)),
        Err(error) => {
            eprintln!("{error}\n{}", error.help());
            ExitCode::from(error.class() as u8)
        }
    }
}

/// Runs a study and prints its contrasts; gives the number of failed runs.
fn run(file: &str, directory: &Path, threads: usize) -> Result<u64, StudyError> {
    let plan = Plan::new(StudyFile::load(file, &[])?)?;
    println!("{} points, {} runs", plan.points.len(), plan.runs(plan.first_replications()));
    let runner = SimulationRunner::new(&plan)?;
    let options = ExecuteOptions { threads, ..ExecuteOptions::default() };
    let clock = std::time::Instant::now();
    let outcome = execute(&plan, &runner, directory, &options, &mut |_| true)?;
    println!(
        "{:?} in {:.1} s, {:.1} s of runs",
        outcome.runs,
        clock.elapsed().as_secs_f64(),
        outcome.run_s
    );
    if let Some((run, reason)) = &outcome.first_failure {
        println!("run {run} failed: {reason}");
    }
    for row in outcome.contrasts.iter().filter(|row| row.figure.scope == domain::Scope::Run) {
        let (name, d) = (&row.figure.name, &row.difference);
        let interval = format!("[{:.4}, {:.4}]", d.ci_low, d.ci_high);
        println!(
            "{name:24} {:.4} -> {:.4}: {:+.4} {interval}, variance / {:.1}   {} | {}",
            d.mean_a,
            d.mean_b,
            d.difference,
            d.variance_reduction,
            row.pair.label_a,
            row.pair.label_b
        );
    }
    Ok(outcome.runs.failed)
}
