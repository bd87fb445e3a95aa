//! Comparisons and studies: the same engine and the same bytes as the command line's.

use crate::error::{raise, raise_study};
use crate::run::Outcome;
use crate::signal::Listener;
use pyo3::prelude::*;
use record::{Claim, DirectoryMode, claim_directory};
use std::path::PathBuf;
use study::{
    CompareRequest, ExecuteOptions, Plan, Progress, Shard, SimulationRunner, StudyError, StudyFile,
    Until,
};

fn options(threads: usize, shard: Shard, resume: bool) -> ExecuteOptions {
    let software = gridflock::software();
    ExecuteOptions { threads, shard, resume, software, ..ExecuteOptions::default() }
}

fn share(p: &Progress) -> f64 {
    p.finished as f64 / p.runs.max(1) as f64
}

/// Compares two sets of overrides of a scenario by paired runs, into a directory.
#[pyfunction]
#[pyo3(signature = (scenario, a, b, n, directory, until=None, seed=None, threads=0, overwrite=false, progress=None))]
pub fn compare(
    py: Python<'_>,
    scenario: String,
    a: Vec<String>,
    b: Vec<String>,
    n: u32,
    directory: PathBuf,
    until: Option<String>,
    seed: Option<u64>,
    threads: usize,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Outcome> {
    let mut listener = Listener::new(progress);
    let ended = py.detach(|| -> Result<(), StudyError> {
        let until = until.as_deref().map(Until::parse).transpose()?;
        let plan = CompareRequest { scenario, a, b, n, until, seed }.plan()?;
        let _claim = claim_directory(&directory, DirectoryMode::of(true, overwrite))?;
        let runner = SimulationRunner::new(&plan)?;
        let options = options(threads, Shard::WHOLE, false);
        study::compare(&plan, &runner, &directory, &options, &mut |p| listener.goes_on(share(p)))?;
        Ok(())
    });
    listener.raised()?;
    ended.map_err(|e| raise_study(py, e))?;
    Outcome::in_directory(directory).map_err(|failure| raise(py, failure))
}

/// Runs a study, or part `shard` (`i/n`) of it, into a directory; takes up what lies there if told.
#[pyfunction]
#[pyo3(signature = (study, directory, shard=None, threads=0, overwrite=false, resume=false, progress=None))]
pub fn run_study(
    py: Python<'_>,
    study: String,
    directory: PathBuf,
    shard: Option<String>,
    threads: usize,
    overwrite: bool,
    resume: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Outcome> {
    let mut listener = Listener::new(progress);
    let ended = py.detach(|| -> Result<(), StudyError> {
        let shard = shard.as_deref().map(Shard::parse).transpose()?.unwrap_or(Shard::WHOLE);
        let resume = resume && directory.join(record::MANIFEST).is_file();
        let plan = Plan::new(StudyFile::load(&study, &[])?)?;
        let _claim = if resume {
            Claim::resume(&directory)?
        } else {
            claim_directory(&directory, DirectoryMode::of(true, overwrite))?
        };
        let runner = SimulationRunner::new(&plan)?;
        let options = options(threads, shard, resume);
        study::execute(&plan, &runner, &directory, &options, &mut |p| listener.goes_on(share(p)))?;
        Ok(())
    });
    listener.raised()?;
    ended.map_err(|e| raise_study(py, e))?;
    Outcome::in_directory(directory).map_err(|failure| raise(py, failure))
}

/// Joins the parts of a study.
#[pyfunction]
#[pyo3(signature = (parts, directory, overwrite=false))]
pub fn merge_study(
    py: Python<'_>,
    parts: Vec<PathBuf>,
    directory: PathBuf,
    overwrite: bool,
) -> PyResult<Outcome> {
    let merged = py.detach(|| {
        let mode = DirectoryMode::of(true, overwrite);
        let make_room = || Ok(claim_directory(&directory, mode).map(drop)?);
        study::merge(&parts, &directory, &[], &gridflock::software(), make_room)
    });
    merged.map_err(|e| raise_study(py, e))?;
    Outcome::in_directory(directory).map_err(|failure| raise(py, failure))
}

/// What a study costs, by pilot runs: points, replications, runs, CPU seconds, wall seconds, bytes.
#[pyfunction]
pub fn cost(py: Python<'_>, study: &str) -> PyResult<(u64, u64, u64, f64, f64, u64)> {
    let cost = py.detach(|| {
        let plan = Plan::new(StudyFile::load(study, &[])?)?;
        let runner = SimulationRunner::new(&plan)?;
        study::cost(&plan, &runner, &options(0, Shard::WHOLE, false), 2)
    });
    let c = cost.map_err(|e| raise_study(py, e))?;
    let (points, replications) = (c.points as u64, u64::from(c.replications));
    Ok((points, replications, c.runs, c.cpu_s, c.wall_s, c.disk_bytes))
}
