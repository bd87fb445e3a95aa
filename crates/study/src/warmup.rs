//! How long a warm-up has to be: MSER-5 on the primary outcome by day, pooled over replications.

use crate::stats::{Mser, mser5};
use crate::{DrawnDays, Plan, StudyError};
use domain::{EvRow, Names, Rows, Scope, Time};
use indicators::{Accumulator, Context};
use scenario::SeriesYear;
use simulation::{Opening, Prepared, Recording, Simulation};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The primary outcome of a point by day, from an empty park on.
#[derive(Clone, Debug, PartialEq)]
pub struct Settling {
    /// The point in words.
    pub label: String,
    /// Days of warm-up that the point has.
    pub warmup_days: u32,
    /// Mean over replications of the outcome of each day, in its unit; NaN on days without one.
    pub by_day: Vec<f64>,
    /// What MSER-5 says of the days that have one; none for fewer than ten.
    pub mser: Option<Mser>,
}

/// Runs every point without a warm-up for so many days, `plan`'s replications each, and asks MSER-5
/// from which day on the primary outcome has settled. A day counts what is written down on it.
///
/// # Errors
/// A study without `output.primary`, a point that is no scenario, runs that fail, an interruption.
pub fn settling(
    plan: &Plan,
    days: u32,
    threads: usize,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Settling>, StudyError> {
    let Some(primary) = &plan.study.output.primary else {
        return Err(StudyError::invalid(
            "the study declares no primary outcome",
            "add output.primary = \"...\": what has to settle",
        ));
    };
    let n = plan.study.replications.n;
    let mut all = Vec::new();
    for point in &plan.points {
        let asked = plan.study.scenario(&point.sets)?.scenario.warmup_days;
        let longer = ["warmup_days=0".to_owned(), format!("days={days}")];
        let loaded = plan.study.scenario(&[&point.sets[..], &longer].concat())?;
        let drawn = if plan.days.is_none() {
            None
        } else {
            let r = &plan.study.replications;
            let seed = r.seed.unwrap_or(plan.seeds_of_draw(0).exogenous);
            let year = Arc::new(SeriesYear::load(&loaded)?);
            Some(DrawnDays::new(year, [0, days], seed, r.antithetic))
        };
        let prepared = match &drawn {
            Some(drawn) => Prepared::read_from_year(&loaded, drawn.year.clone()),
            None => Prepared::read(&loaded),
        };
        let prepared = Arc::new(prepared.map_err(|e| StudyError::invalid(e.to_string(), ""))?);
        let one = |draw: u32| {
            let prepared = match &drawn {
                Some(drawn) => Arc::new(prepared.drawn(drawn.position(draw))),
                None => prepared.clone(),
            };
            by_day(&prepared, plan.seeds_of_draw(draw), primary, days, goes_on)
        };
        let series = in_parallel(n, threads, &one)?;
        let by_day: Vec<f64> = (0..days as usize).map(|day| pooled(&series, day)).collect();
        let known: Vec<f64> = by_day.iter().copied().filter(|x| x.is_finite()).collect();
        all.push(Settling {
            label: plan.label(point.id),
            warmup_days: asked,
            mser: mser5(&known),
            by_day,
        });
    }
    Ok(all)
}

/// Mean of a day over the replications that have a value.
fn pooled(series: &[Vec<f64>], day: usize) -> f64 {
    let values: Vec<f64> = series.iter().map(|s| s[day]).filter(|x| x.is_finite()).collect();
    crate::stats::mean(&values)
}

/// The results of `0..n`, in order, or the first error.
fn in_parallel(
    n: u32,
    threads: usize,
    one: &(dyn Fn(u32) -> Result<Vec<f64>, StudyError> + Sync),
) -> Result<Vec<Vec<f64>>, StudyError> {
    let next = AtomicU64::new(0);
    let done: Mutex<Vec<(u32, Result<Vec<f64>, StudyError>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, n.max(1) as usize) {
            scope.spawn(|| {
                loop {
                    let draw = next.fetch_add(1, Ordering::Relaxed) as u32;
                    if draw >= n {
                        return;
                    }
                    let result = one(draw);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((draw, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(draw, _)| *draw);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The fold of one day, and the vehicles that every fold has to know.
struct Today {
    fold: Accumulator,
    evs: Vec<EvRow>,
}

impl Today {
    /// The outcome of the day that is over; the fold of the next one begins.
    fn turn(&mut self, indicator: &str, names: &Names, context: &Context) -> f64 {
        let mut next = Accumulator::new(names, context);
        next.absorb(&Rows { evs: self.evs.clone(), ..Rows::default() });
        let rows = std::mem::replace(&mut self.fold, next).finish();
        let of_run = rows.iter().find(|r| r.name == indicator && r.scope == Scope::Run);
        of_run.map_or(f64::NAN, |r| r.value)
    }
}

/// The outcome of each day of one run.
fn by_day(
    prepared: &Arc<Prepared>,
    seeds: clock::Seeds,
    indicator: &str,
    days: u32,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<f64>, StudyError> {
    let failed = |e: simulation::SimulationError| StudyError::failed(e.to_string(), "");
    let opening =
        Opening { seeds: Some(seeds), recording: Recording::Nothing, ..Opening::default() };
    let mut run = Simulation::open(prepared.clone(), &opening).map_err(failed)?;
    let (names, context) = (prepared.names(), prepared.indicator_context(run.world()));
    let fold = Accumulator::new(&names, &context);
    let today = Arc::new(Mutex::new(Today { fold, evs: Vec::new() }));
    let seen = today.clone();
    run.watch(Some(Box::new(move |rows: &Rows| {
        let mut today = seen.lock().unwrap_or_else(PoisonError::into_inner);
        today.evs.extend(rows.evs.iter().cloned());
        today.fold.absorb(rows);
    })));
    let mut values = Vec::with_capacity(days as usize);
    for day in 1..=i64::from(days) {
        let until = Time::midnight(day).min(run.end());
        if !run.advance_while(until, &mut |_| goes_on()).map_err(failed)? {
            return Err(StudyError::failed("interrupted", "start it again"));
        }
        let mut today = today.lock().unwrap_or_else(PoisonError::into_inner);
        values.push(today.turn(indicator, &names, &context));
    }
    run.finish().map_err(failed)?;
    Ok(values)
}
