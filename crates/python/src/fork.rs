//! One day, several futures: the same engine as the command line's.

use crate::error::raise;
use crate::run::Outcome;
use crate::signal::Listener;
use gridflock::{Failure, Fork, ForkOptions};
use pyo3::prelude::*;
use record::{DirectoryMode, claim_directory};
use std::path::PathBuf;
use std::sync::Mutex;

/// A mean effect: arm, figure, unit, mean in the first arm, effect, ends of the 95 % interval (NaN
/// with one replication), share of persons whose figure differs.
type EffectRow = (String, String, String, f64, f64, f64, f64, f64);

/// Forks a scenario at an instant into a directory; what it left, and the effects.
#[pyfunction]
#[pyo3(signature = (scenario, at, arms, n, directory, sets, threads=0, overwrite=false))]
pub fn fork(
    py: Python<'_>,
    scenario: &str,
    at: String,
    arms: Vec<(String, Vec<String>)>,
    n: u32,
    directory: PathBuf,
    sets: Vec<String>,
    threads: usize,
    overwrite: bool,
) -> PyResult<(Outcome, Vec<EffectRow>)> {
    let listener = Mutex::new(Listener::new(None));
    let goes_on = || listener.lock().is_ok_and(|mut l| l.goes_on(0.0));
    let ended = py.detach(|| -> Result<_, Failure> {
        let options = ForkOptions { at, arms, sets, n, threads, argv: Vec::new() };
        let fork = Fork::load(scenario, &options)?;
        let claim = claim_directory(&directory, DirectoryMode::of(true, overwrite))?;
        fork.execute(&claim.directory, &goes_on)
    });
    if let Ok(listener) = listener.into_inner() {
        listener.raised()?;
    }
    let forked = ended.map_err(|failure| raise(py, failure))?;
    let row = |e: &study::Effect| -> EffectRow {
        let (name, unit, _) = study::FORK_FIGURES[e.figure];
        let (arm, p) = (forked.arms[e.arm as usize].clone(), &e.paired);
        let ends = if p.n > 1 { [p.ci_low, p.ci_high] } else { [f64::NAN; 2] };
        let [low, high] = ends;
        (arm, name.into(), unit.into(), p.mean_a, p.difference, low, high, e.changed_share)
    };
    let effects = forked.effects().iter().map(row).collect();
    let outcome = Outcome::in_directory(directory).map_err(|failure| raise(py, failure))?;
    Ok((outcome, effects))
}

/// What may be said of the outcomes.
pub const IDENTIFIED: &str = study::IDENTIFIED;
