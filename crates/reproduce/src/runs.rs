//! Variants of scenarios under every seed, shared out over threads.

use crate::{OverSeeds, ReproduceError, Request};
use domain::Scope;
use record::Table;
use scenario::Scenario;
use simulation::Prepared;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use study::RunResult;

/// Who looks on: told of jobs done (of how many), asked whether to go on.
pub struct Watch<'a> {
    /// Called after each job with how many are done, and of how many.
    pub done: &'a (dyn Fn(usize, usize) + Sync),
    /// Asked now and then.
    pub goes_on: &'a (dyn Fn() -> bool + Sync),
}

/// One variant of a built-in scenario.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Scenario.
    pub scenario: &'static str,
    /// Overrides.
    pub sets: Vec<String>,
}

impl Variant {
    /// A variant of a built-in scenario.
    pub fn of(scenario: &'static str, sets: &[&str]) -> Self {
        Self { scenario, sets: sets.iter().map(|s| (*s).to_owned()).collect() }
    }

    /// ... with one more override.
    pub fn with(&self, set: impl Into<String>) -> Self {
        let mut sets = self.sets.clone();
        sets.push(set.into());
        Self { sets, ..self.clone() }
    }

    /// The variant's scenario with its data read.
    pub fn prepare(&self) -> Result<Arc<Prepared>, ReproduceError> {
        Ok(Arc::new(Prepared::read(&Scenario::load(self.scenario, &self.sets)?)?))
    }
}

/// Runs every variant under every seed (1, 2, ...); `fold` makes of a run what is kept of it.
/// Gives, by variant, one value a seed.
///
/// # Errors
/// The first run that failed, or that the watch ended.
pub fn run_all<T: Send>(
    variants: &[Variant],
    tables: &[Table],
    request: &Request<'_>,
    fold: impl Fn(&Prepared, RunResult) -> T + Sync,
) -> Result<Vec<Vec<T>>, ReproduceError> {
    let prepared = variants.iter().map(Variant::prepare).collect::<Result<Vec<_>, _>>()?;
    let tables: BTreeSet<Table> = tables.iter().copied().collect();
    let seeds = request.seeds as usize;
    let mut all = share_out(variants.len() * seeds, request, |job| {
        let prepared = &prepared[job / seeds];
        let seeds = prepared.seeds_of((job % seeds) as u64 + 1);
        let run = study::run_prepared(prepared, seeds, &tables, request.watch.goes_on)?;
        Ok(fold(prepared, run))
    })?
    .into_iter();
    Ok(variants.iter().map(|_| all.by_ref().take(seeds).collect()).collect())
}

/// Does jobs 0, 1, ... on the request's threads; the results are in the order of the jobs.
///
/// # Errors
/// The first job that failed, or that the watch ended.
pub fn share_out<T: Send>(
    jobs: usize,
    request: &Request<'_>,
    job: impl Fn(usize) -> Result<T, ReproduceError> + Sync,
) -> Result<Vec<T>, ReproduceError> {
    let threads = match request.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Vec<Mutex<Option<Result<T, ReproduceError>>>> =
        (0..jobs).map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= jobs || !(request.watch.goes_on)() {
                        return;
                    }
                    let result = job(number);
                    if let Ok(mut place) = results[number].lock() {
                        *place = Some(result);
                    }
                    (request.watch.done)(finished.fetch_add(1, Ordering::Relaxed) + 1, jobs);
                }
            });
        }
    });
    let result = |place: Mutex<Option<_>>| {
        place.into_inner().ok().flatten().unwrap_or(Err(ReproduceError::Interrupted))
    };
    results.into_iter().map(result).collect()
}

/// The indicators of a run as a whole, by name.
pub type Indicators = BTreeMap<String, f64>;

/// The indicators of a run as a whole.
pub fn of_run(run: RunResult) -> Indicators {
    let whole = run.indicators.into_iter().filter(|r| r.scope == Scope::Run);
    whole.map(|r| (r.name, r.value)).collect()
}

/// An indicator over the seeds.
pub fn over_seeds(runs: &[Indicators], name: &str) -> OverSeeds {
    OverSeeds::of(runs.iter().map(|run| run.get(name).copied().unwrap_or(f64::NAN)))
}
