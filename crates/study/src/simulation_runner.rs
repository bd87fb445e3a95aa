//! Runs jobs on the simulation.

use crate::own_indicator::own_figures;
use crate::persons::Persons;
use crate::{Job, OwnIndicator, Plan, RunFailure, RunResult, Runner, StudyError};
use clock::Seeds;
use domain::Names;
use record::Table;
use scenario::{Loaded, SeriesYear};
use simulation::{
    Opening, Prepared, Recording, Simulation, SimulationError, Watcher, forget_others,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs the scenario of a plan, each run on the thread that asks for it. A point's scenario is read
/// once and kept for its other replications, up to a fixed number of points.
pub struct SimulationRunner<'p> {
    plan: &'p Plan,
    names: Names,
    prepared: Mutex<BTreeMap<u32, Arc<Prepared>>>,
    /// Days to draw from, of points that have others than the scenario itself.
    years: Mutex<Vec<Arc<SeriesYear>>>,
}

/// Points whose scenarios are kept.
const KEPT: usize = 64;

impl<'p> SimulationRunner<'p> {
    /// A runner for a plan; reads the series and people of its scenario.
    ///
    /// # Errors
    /// What is wrong with these files.
    pub fn new(plan: &'p Plan) -> Result<Self, StudyError> {
        // A design may add segments: the first point has them.
        let first = plan.points.first().and_then(|p| plan.study.scenario(&p.sets).ok());
        let base = Prepared::read(first.as_ref().unwrap_or(&plan.base)).map_err(|e| match e {
            simulation::AssembleError::Problems(problems) => StudyError::Problems(problems),
            other => StudyError::invalid(other.to_string(), ""),
        })?;
        Ok(Self { plan, names: base.names(), prepared: Mutex::default(), years: Mutex::default() })
    }

    fn prepared(&self, job: &Job<'_>) -> Result<Arc<Prepared>, RunFailure> {
        let kept = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&job.point_id) {
            return Ok(known.clone());
        }
        // Read outside of the lock: other threads go on with points that are known.
        let loaded = self
            .plan
            .study
            .scenario(job.sets)
            .map_err(|problems| one_line(&problems.to_string()))?;
        let read = match self.year(&loaded)? {
            Some(year) => Prepared::read_from_year(&loaded, year),
            None => Prepared::read(&loaded),
        };
        let prepared = Arc::new(read.map_err(|e| one_line(&e.to_string()))?);
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.pop_first();
        }
        kept.insert(job.point_id, prepared.clone());
        Ok(prepared)
    }
}

impl SimulationRunner<'_> {
    /// The days to draw from at a point, if days are drawn: read once for all points that have the
    /// same.
    fn year(&self, loaded: &Loaded) -> Result<Option<Arc<SeriesYear>>, RunFailure> {
        let Some(days) = &self.plan.days else { return Ok(None) };
        let s = &loaded.scenario;
        if days.year.serves(s) {
            return Ok(Some(days.year.clone()));
        }
        let mut others = self.years.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = others.iter().find(|year| year.serves(s)) {
            return Ok(Some(known.clone()));
        }
        let year =
            Arc::new(SeriesYear::load(loaded).map_err(|problems| one_line(&problems.to_string()))?);
        others.push(year.clone());
        Ok(Some(year))
    }
}

impl Runner for SimulationRunner<'_> {
    fn run(&self, job: &Job<'_>) -> Result<RunResult, RunFailure> {
        let mut prepared = self.prepared(job)?;
        if let Some(position) = job.position {
            prepared = Arc::new(prepared.drawn(position));
        }
        let (output, own) = (&self.plan.study.output, &self.plan.study.own);
        let mut tables = output.tables.clone();
        tables.extend(own.iter().flat_map(OwnIndicator::tables));
        let persons = output.persons.then(|| Arc::new(Mutex::new(Persons::new(prepared.evs()))));
        let watcher = persons.clone().map(|persons| -> Watcher {
            Box::new(move |rows| {
                persons.lock().unwrap_or_else(PoisonError::into_inner).absorb(rows);
            })
        });
        let mut result = watched(&prepared, job.seeds, &tables, watcher, job.goes_on)?;
        if !own.is_empty() {
            // Queries may ask for other indicators, too.
            result.rows.indicators.clone_from(&result.indicators);
            let provenance = self.plan.provenance(self.names());
            result.indicators.extend(own_figures(own, &result.rows, &provenance)?);
            forget_others(&mut result.rows, &output.tables);
        }
        result.indicators.retain(|row| output.has(&row.name));
        if let Some(persons) = persons.and_then(Arc::into_inner) {
            let persons = persons.into_inner().unwrap_or_else(PoisonError::into_inner);
            result.persons = persons.finish();
        }
        Ok(result)
    }

    fn names(&self) -> Names {
        self.names.clone()
    }
}

/// One run of a prepared scenario from its beginning to its end on the calling thread: all its
/// indicators, and the rows of `tables`.
///
/// # Errors
/// Why it failed, or that `goes_on` said no.
pub fn run_prepared(
    prepared: &Arc<Prepared>,
    seeds: Seeds,
    tables: &BTreeSet<Table>,
    goes_on: &dyn Fn() -> bool,
) -> Result<RunResult, RunFailure> {
    watched(prepared, seeds, tables, None, goes_on)
}

/// The same, seen by a watcher.
fn watched(
    prepared: &Arc<Prepared>,
    seeds: Seeds,
    tables: &BTreeSet<Table>,
    watcher: Option<Watcher>,
    goes_on: &dyn Fn() -> bool,
) -> Result<RunResult, RunFailure> {
    let failed = |e: SimulationError| RunFailure::Failed(one_line(&e.to_string()));
    let opening = Opening {
        seeds: Some(seeds),
        recording: Recording::Memory(tables.clone()),
        ..Opening::default()
    };
    let mut run = Simulation::open(prepared.clone(), &opening).map_err(failed)?;
    run.watch(watcher);
    if !run.advance_while(run.end(), &mut |_| goes_on()).map_err(failed)? {
        return Err(RunFailure::Aborted);
    }
    let mut finished = run.finish().map_err(failed)?;
    // They go their own way.
    finished.rows.indicators.clear();
    Ok(RunResult { indicators: finished.indicators, rows: finished.rows, persons: Vec::new() })
}

/// A reason in one line, as it stands in a table.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| {
        !line.is_empty() && !line.starts_with('|') && !line.contains(" | ") && !line.ends_with(" |")
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_one_line_without_the_excerpt() {
        let problem = "--set a=1:1:3: `a` is 1, outside of what is allowed\n  |\n1 | a=1\n  |   ^\n  help: allowed: 0\n";
        assert_eq!(
            one_line(problem),
            "--set a=1:1:3: `a` is 1, outside of what is allowed; help: allowed: 0"
        );
    }
}
