//! `gridflock reproduce`: a paper's tables beside ours, every published feature marked reached or
//! not. A feature that is not reached is no failure: the output says by how much.

mod feeder;
mod group;
mod park;

use crate::cli::{Global, Model, ReproduceArgs};
use gridflock::{Code, Failure, Run, RunOptions};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs what a paper's tables need and prints them.
pub fn reproduce(args: &ReproduceArgs, global: &Global) -> Result<(), Failure> {
    super::watch_signals();
    match args.model {
        Model::Park => park::reproduce(args, global),
        Model::Feeder => feeder::reproduce(args, global),
        Model::Group => group::reproduce(args, global),
    }
}

/// Figures of a run by name.
pub type Figures = BTreeMap<String, f64>;

/// One variant of a scenario.
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
    pub fn with(&self, set: String) -> Self {
        let mut sets = self.sets.clone();
        sets.push(set);
        Self { sets, ..self.clone() }
    }
}

/// The figures of every variant under every seed (1, 2, ...), in the order given; runs are shared
/// out over threads.
pub fn figures(
    variants: &[Variant],
    seeds: u32,
    threads: usize,
    global: &Global,
) -> Result<Vec<Vec<Figures>>, Failure> {
    let runs = variants
        .iter()
        .map(|v| {
            Run::load(v.scenario, &RunOptions { sets: v.sets.clone(), ..RunOptions::default() })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let jobs = runs.len() * seeds as usize;
    let workers = if threads == 0 {
        std::thread::available_parallelism().map_or(1, usize::from)
    } else {
        threads
    };
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<Figures, Failure>>>> =
        Mutex::new((0..jobs).map(|_| None).collect());
    let bar = super::run::bar(global);
    bar.set_length(jobs as u64);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(jobs) {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= jobs || super::interrupted() {
                        return;
                    }
                    let (variant, seed) = (job / seeds as usize, job % seeds as usize);
                    let result = runs[variant].figures(seed as u64 + 1).map(|rows| {
                        rows.into_iter()
                            .filter(|r| r.scope == domain::Scope::Run)
                            .map(|r| (r.name, r.value))
                            .collect()
                    });
                    bar.inc(1);
                    if let Ok(mut all) = results.lock() {
                        all[job] = Some(result);
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let all = results
        .into_inner()
        .map_err(|_| Failure::new(Code::Failed, "a run ended without a result"))?;
    let mut by_variant = vec![Vec::new(); variants.len()];
    for (job, result) in all.into_iter().enumerate() {
        match result {
            Some(figures) => by_variant[job / seeds as usize].push(figures?),
            None => return Err(super::interruption("interrupted before all runs were done")),
        }
    }
    Ok(by_variant)
}

/// Mean, least and largest value of a figure over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Least.
    pub least: f64,
    /// Largest.
    pub largest: f64,
}

/// Sums up a figure over seeds.
pub fn summary(runs: &[Figures], name: &str) -> Summary {
    let values: Vec<f64> = runs.iter().map(|r| r.get(name).copied().unwrap_or(f64::NAN)).collect();
    Summary {
        mean: values.iter().sum::<f64>() / values.len() as f64,
        least: values.iter().copied().fold(f64::INFINITY, f64::min),
        largest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// A published feature and whether our figures show it.
pub fn feature(name: &str, reached: bool, ours: &str) {
    println!("  [{}] {name}: {ours}", if reached { "reached    " } else { "not reached" });
}
