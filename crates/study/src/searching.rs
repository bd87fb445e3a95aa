//! Calibration and optimisation of a study: searches over runs of its scenario.

use crate::analysis::Figures;
use crate::execute::{ExecuteOptions, threads};
use crate::search::{OptimiseRule, Optimum, Posterior, Target, optimise, smc_abc};
use crate::simulation_runner::run_prepared;
use crate::{DrawnDays, Factor, Plan, Role, Setting, StudyError};
use clock::Seeds;
use record::{ColumnSpec, Kind, TableFile, Value};
use simulation::Prepared;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a calibration found.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// Names of the parameters.
    pub parameters: Vec<String>,
    /// Of each: median, and the ends of its 90 % interval, in its unit.
    pub intervals: Vec<[f64; 3]>,
    /// Of each target: name, wanted, and the 5, 50 and 95 % quantile over the posterior's runs.
    pub predicted: Vec<(String, f64, [f64; 3])>,
    /// The posterior, in the unit cube of the priors.
    pub posterior: Posterior,
    /// The table that was written.
    pub tables: Vec<TableFile>,
}

/// What an optimisation found.
#[derive(Clone, Debug)]
pub struct Optimised {
    /// Names of the levers.
    pub levers: Vec<String>,
    /// Of each: its best value and the ends of its interval, in its unit.
    pub best: Vec<[f64; 3]>,
    /// The optimum; values are larger for better.
    pub optimum: Optimum,
    /// 1, or -1 where less is better.
    pub sign: f64,
    /// Runs.
    pub runs: u64,
    /// The table that was written.
    pub tables: Vec<TableFile>,
}

/// A point of a search: overrides of the scenario.
struct Ask {
    sets: Vec<String>,
    /// Numbers of the replications.
    draws: std::ops::Range<u32>,
}

/// Runs points of a search, several at once.
struct Bench<'p> {
    plan: &'p Plan,
    threads: usize,
    /// Asked after every run; whether to go on.
    goes_on: &'p (dyn Fn() -> bool + Sync),
}

impl Bench<'_> {
    /// The indicators' values of every point, by replication; empty where a run failed.
    fn values(&self, asks: &[Ask], indicators: &[&str]) -> Vec<Vec<Vec<f64>>> {
        let prepared: Vec<Option<Arc<Prepared>>> =
            asks.iter().map(|ask| self.prepared(&ask.sets).map(Arc::new)).collect();
        let jobs: Vec<(usize, u32)> = asks
            .iter()
            .enumerate()
            .flat_map(|(k, ask)| ask.draws.clone().map(move |draw| (k, draw)))
            .collect();
        let next = AtomicU64::new(0);
        let done = std::sync::Mutex::new(vec![None; jobs.len()]);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.min(jobs.len()) {
                scope.spawn(|| {
                    loop {
                        let job = next.fetch_add(1, Ordering::Relaxed) as usize;
                        let Some(&(k, draw)) = jobs.get(job) else { return };
                        if !(self.goes_on)() {
                            return;
                        }
                        let value =
                            prepared[k].as_ref().and_then(|p| self.run(p, draw, indicators));
                        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[job] = value;
                    }
                });
            }
        });
        let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut all: Vec<Vec<Vec<f64>>> = vec![Vec::new(); asks.len()];
        for (&(k, _), value) in jobs.iter().zip(done) {
            if let Some(value) = value {
                all[k].push(value);
            }
        }
        for (ask, values) in asks.iter().zip(&mut all) {
            if values.len() < ask.draws.len() {
                values.clear();
            }
        }
        all
    }

    fn prepared(&self, sets: &[String]) -> Option<Prepared> {
        let loaded = self.plan.study.scenario(sets).ok()?;
        match &self.plan.days {
            Some(days) if days.year.serves(&loaded.scenario) => {
                Prepared::read_from_year(&loaded, days.year.clone()).ok()
            }
            Some(_) => {
                let year = Arc::new(scenario::SeriesYear::load(&loaded).ok()?);
                Prepared::read_from_year(&loaded, year).ok()
            }
            None => Prepared::read(&loaded).ok(),
        }
    }

    fn run(&self, prepared: &Arc<Prepared>, draw: u32, indicators: &[&str]) -> Option<Vec<f64>> {
        let seeds: Seeds = self.plan.seeds_of_draw(draw);
        let position = self.plan.days.as_ref().map(|days: &DrawnDays| days.position(draw));
        let prepared = position.map_or_else(|| prepared.clone(), |at| Arc::new(prepared.drawn(at)));
        let result = run_prepared(&prepared, seeds, &BTreeSet::new(), self.goes_on).ok()?;
        let mut figures = Figures::new(1);
        figures.add(0, &result.indicators);
        indicators.iter().map(|name| figures.of_run(name).map(|v| v[0])).collect()
    }
}

/// The factors of a role, with the overrides of a place in their unit cube.
fn sets_at(factors: &[&Factor], fixed: &[String], unit: &[f64]) -> Vec<String> {
    let mut sets = fixed.to_vec();
    sets.extend(factors.iter().zip(unit).flat_map(|(f, u)| f.sets(&f.at(*u))));
    sets
}

/// The other factors at their first values.
fn fixed(plan: &Plan, searched: Role) -> Vec<String> {
    let others = plan.study.factors.iter().filter(|f| f.role != searched);
    others.flat_map(|f| f.list().first().map(|x| f.sets(x)).unwrap_or_default()).collect()
}

fn number(f: &Factor, u: f64) -> f64 {
    f.at(u).number().unwrap_or(f64::NAN)
}

/// Looks for the uncertainties under which runs give the study's targets, and writes
/// `posterior.parquet`.
///
/// # Errors
/// A study without `[calibrate]`, runs that fail everywhere, an interruption, files.
pub fn calibrate(
    plan: &Plan,
    directory: &Path,
    options: &ExecuteOptions,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Calibrated, StudyError> {
    let Some(c) = &plan.study.calibration else {
        return Err(StudyError::invalid(
            "the study has no [calibrate]",
            "add [calibrate] with [[calibrate.target]]",
        ));
    };
    let factors: Vec<&Factor> =
        plan.study.factors.iter().filter(|f| f.role == Role::Uncertainty).collect();
    let names: Vec<&str> = c.targets.iter().map(|t| t.indicator.as_str()).collect();
    let fixed = fixed(plan, Role::Uncertainty);
    let bench = Bench { plan, threads: threads(options), goes_on };
    let n = plan.study.replications.n;
    let targets: Vec<Target> = c.targets.iter().map(|t| (t.value, t.sd)).collect();
    let seed = plan.seeds_of_draw(0).optimiser;
    let posterior = smc_abc(factors.len(), &targets, c.rule, seed, &mut |jobs| {
        let asks: Vec<Ask> = jobs
            .iter()
            .map(|(number, unit)| {
                let first = (*number as u32).saturating_mul(n);
                Ask { sets: sets_at(&factors, &fixed, unit), draws: first..first + n }
            })
            .collect();
        bench.values(&asks, &names).iter().map(|runs| means(runs, names.len())).collect()
    });
    if !goes_on() {
        return Err(StudyError::failed("interrupted", "start it again"));
    }
    if posterior.particles.is_empty() {
        return Err(StudyError::failed(
            "every run failed or gave none of the targets",
            "run the scenario once to see why",
        ));
    }
    let at = |j: usize, p: f64| number(factors[j], posterior.quantile(j, p));
    let intervals = (0..factors.len()).map(|j| [at(j, 0.5), at(j, 0.05), at(j, 0.95)]).collect();
    let predicted = c
        .targets
        .iter()
        .enumerate()
        .map(|(k, t)| {
            let pairs: Vec<(f64, f64)> =
                posterior.particles.iter().map(|p| (p.outputs[k], p.weight)).collect();
            let q = |p| crate::search::weighted_quantile(&pairs, p);
            (t.indicator.clone(), t.value, [q(0.05), q(0.5), q(0.95)])
        })
        .collect();
    let tables = vec![write_posterior(plan, directory, &factors, &names, &posterior)?];
    let parameters = factors.iter().map(|f| f.name.clone()).collect();
    Ok(Calibrated { parameters, intervals, predicted, posterior, tables })
}

/// Means over replications, by indicator; empty where a run failed or a figure is undefined.
fn means(runs: &[Vec<f64>], count: usize) -> Vec<f64> {
    if runs.is_empty() {
        return Vec::new();
    }
    (0..count).map(|k| crate::stats::mean(&runs.iter().map(|r| r[k]).collect::<Vec<_>>())).collect()
}

/// Looks for the levers' values at which the study's indicator is best, and writes
/// `optimum.parquet`.
///
/// # Errors
/// A study without `[optimise]`, runs that fail everywhere, an interruption, files.
pub fn optimise_levers(
    plan: &Plan,
    directory: &Path,
    options: &ExecuteOptions,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Optimised, StudyError> {
    let Some(o) = &plan.study.optimisation else {
        return Err(StudyError::invalid(
            "the study has no [optimise]",
            "add [optimise] with indicator and budget",
        ));
    };
    let factors: Vec<&Factor> =
        plan.study.factors.iter().filter(|f| f.role == Role::Lever).collect();
    let fixed = fixed(plan, Role::Lever);
    let bench = Bench { plan, threads: threads(options), goes_on };
    let n = plan.study.replications.n;
    let sign = if o.more { 1.0 } else { -1.0 };
    let output = &plan.study.output;
    let rule = OptimiseRule {
        points: (o.budget / u64::from(n)) as usize,
        resamples: output.resamples.min(1000),
        confidence: output.confidence,
    };
    let seed = plan.seeds_of_draw(0).optimiser;
    let optimum = optimise(factors.len(), rule, seed, &mut |unit| {
        // The same replications at every point.
        let ask = Ask { sets: sets_at(&factors, &fixed, unit), draws: 0..n };
        let runs = bench.values(&[ask], &[o.indicator.as_str()]);
        runs[0].iter().map(|r| sign * r[0]).collect()
    });
    if !goes_on() {
        return Err(StudyError::failed("interrupted", "start it again"));
    }
    let Some(optimum) = optimum else {
        return Err(StudyError::failed(
            format!("too few runs gave `{}`", o.indicator),
            "run the scenario once to see why",
        ));
    };
    let best = factors
        .iter()
        .zip(optimum.unit.iter().zip(&optimum.intervals))
        .map(|(f, (u, [low, high]))| [number(f, *u), number(f, *low), number(f, *high)])
        .collect();
    let tables = vec![write_optimum(plan, directory, &factors, &optimum, sign)?];
    let runs = optimum.visited.len() as u64 * u64::from(n);
    let levers = factors.iter().map(|f| f.name.clone()).collect();
    Ok(Optimised { levers, best, optimum, sign, runs, tables })
}

fn real(name: String, doc: &'static str) -> ColumnSpec {
    ColumnSpec::new(name, Kind::Float64, "", doc)
}

fn values_at(factors: &[&Factor], unit: &[f64]) -> Vec<f64> {
    factors
        .iter()
        .zip(unit)
        .map(|(f, u)| f.at(*u))
        .map(|x: Setting| x.number().unwrap_or(f64::NAN))
        .collect()
}

fn write_posterior(
    plan: &Plan,
    directory: &Path,
    factors: &[&Factor],
    names: &[&str],
    posterior: &Posterior,
) -> Result<TableFile, StudyError> {
    let mut columns =
        vec![ColumnSpec::new("particle", Kind::Int64, "", "Number of the particle.").required()];
    columns.extend(factors.iter().map(|f| real(f.name.clone(), "Value of the parameter.")));
    columns.extend(names.iter().map(|n| real(format!("target_{n}"), "What its runs gave.")));
    columns.push(real("distance".into(), "Distance from the targets before the adjustment."));
    columns.push(real("weight".into(), "Weight; all sum to 1."));
    let mut table =
        crate::directory::own_table(plan, "posterior", "particle", columns, &["particle"])?;
    for (k, p) in posterior.particles.iter().enumerate() {
        let mut row = vec![Value::Int(k as i64)];
        row.extend(values_at(factors, &p.unit).into_iter().map(Value::Real));
        row.extend(p.outputs.iter().map(|x| Value::Real(*x)));
        row.extend([Value::Real(p.distance), Value::Real(p.weight)]);
        table.push(&row)?;
    }
    Ok(table.write(&directory.join(record::names::POSTERIOR))?)
}

fn write_optimum(
    plan: &Plan,
    directory: &Path,
    factors: &[&Factor],
    optimum: &Optimum,
    sign: f64,
) -> Result<TableFile, StudyError> {
    let mut columns = vec![ColumnSpec::new(
        "point_id",
        Kind::Int64,
        "",
        "Order in which points were run; null for the optimum.",
    )];
    columns.extend(factors.iter().map(|f| real(f.name.clone(), "Value of the lever.")));
    columns.extend(factors.iter().flat_map(|f| {
        [
            real(format!("{}_low", f.name), "Lower end of the optimum's interval."),
            real(format!("{}_high", f.name), "Upper end of it."),
        ]
    }));
    columns.push(real(
        "value".into(),
        "Mean over replications; of the optimum, of the fitted process.",
    ));
    columns.push(real("value_low".into(), "Lower end of the optimum's value."));
    columns.push(real("value_high".into(), "Upper end of it."));
    columns.push(real(
        "regret".into(),
        "What is given away on average by taking it for the best one.",
    ));
    let mut table = crate::directory::own_table(plan, "optimum", "point", columns, &[])?;
    let nothing = vec![Value::Null; 2 * factors.len()];
    for (k, (unit, value)) in optimum.visited.iter().enumerate() {
        let mut row = vec![Value::Int(k as i64)];
        row.extend(values_at(factors, unit).into_iter().map(Value::Real));
        row.extend(nothing.iter().copied());
        row.push(Value::Real(sign * value));
        row.extend([Value::Null, Value::Null, Value::Null]);
        table.push(&row)?;
    }
    let mut row = vec![Value::Null];
    row.extend(values_at(factors, &optimum.unit).into_iter().map(Value::Real));
    for (f, [low, high]) in factors.iter().zip(&optimum.intervals) {
        row.extend([Value::Real(number(f, *low)), Value::Real(number(f, *high))]);
    }
    let mut ends = optimum.value_interval.map(|x| sign * x);
    ends.sort_by(f64::total_cmp);
    row.extend([sign * optimum.value, ends[0], ends[1], optimum.regret].map(Value::Real));
    table.push(&row)?;
    Ok(table.write(&directory.join(record::names::OPTIMUM))?)
}
