//! The list of runs of a study: points of the design times replications.
//!
//! Runs are numbered replication by replication: run = replication x points + point. So the runs of
//! a smaller number of replications are the first ones, which is what a stopping rule needs.

use crate::design::Design;
use crate::file::{Contrast, Days, StudyFile};
use crate::{DrawnDays, Factor, Job, Role, Setting, StudyError};
use clock::Seeds;
use domain::Names;
use keys::Problem;
use record::{InputFile, Provenance, sha256};
use scenario::{Loaded, SeriesYear};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One point of the factors' space.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its number.
    pub id: u32,
    /// One value per factor.
    pub settings: Vec<Setting>,
    /// The overrides that they stand for.
    pub sets: Vec<String>,
}

/// Everything that a study will run, known before it begins.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The study.
    pub study: StudyFile,
    /// The points of its design.
    pub points: Vec<Point>,
    /// The scenario without the factors' overrides.
    pub base: Loaded,
    /// The days that replications see, if they are drawn.
    pub days: Option<DrawnDays>,
    /// The files that the scenario reads at some point, and the table of points.
    pub inputs: Vec<InputFile>,
    /// What is allowed but probably not meant: keys that have no effect at any point that gives
    /// them. Of more than 128 points the first and the last ones are looked at.
    pub warnings: Vec<Problem>,
    /// SHA-256 over everything that decides the results, hexadecimal.
    pub hash: String,
    block_runs: u64,
    seeds: Seeds,
}

impl Plan {
    /// The plan of a study.
    ///
    /// # Errors
    /// Problems of the scenario or the design.
    pub fn new(study: StudyFile) -> Result<Self, StudyError> {
        let base = study.scenario(&[])?;
        let values = study
            .design
            .points(&study.factors, &study.copula)
            .map_err(|e| StudyError::invalid(e.to_string(), "correct the factors or the design"))?;
        let point = |(id, settings): (usize, Vec<Setting>)| {
            let sets = study.factors.iter().zip(&settings).flat_map(|(f, x)| f.sets(x)).collect();
            Point { id: id as u32, settings, sets }
        };
        let points: Vec<Point> = values.into_iter().enumerate().map(point).collect();
        let s = &base.scenario.seeds;
        let seeds = Seeds {
            population: s.population.unwrap_or(s.seed),
            behaviour: s.behaviour.unwrap_or(s.seed),
            exogenous: s.exogenous.unwrap_or(s.seed),
            optimiser: s.optimiser.unwrap_or(s.seed),
            ..Seeds::default()
        };
        let days = drawn_days(&study, &base, seeds.exogenous)?;
        let inputs = inputs(&study, &points, &base)?;
        let warnings = idle_everywhere(&study, &points);
        let mut plan = Self {
            study,
            points,
            base,
            days,
            inputs,
            warnings,
            hash: String::new(),
            block_runs: 1,
            seeds,
        };
        // About sixty-four blocks: few files, yet enough of them for shards to share.
        plan.block_runs = plan.most_runs().div_ceil(64).clamp(1, 256);
        plan.hash = plan.fingerprint();
        Ok(plan)
    }

    /// Whatever changes a result, an order or a number of a run is in here.
    fn fingerprint(&self) -> String {
        let sets: Vec<String> = self.points.iter().map(|p| p.sets.join("\n")).collect();
        let contents: Vec<&str> = self.inputs.iter().map(|input| input.sha256.as_str()).collect();
        let origin = &self.study.origin;
        let parts = [
            crate::VERSION,
            &origin.resolved,
            &self.base.scenario.hash,
            &self.study.base.text,
            &sets.join("\n\n"),
            &contents.join("\n"),
        ];
        sha256(parts.join("\u{0}").as_bytes())
    }

    /// Replications of each point in the first batch; all of them without a stopping rule.
    pub fn first_replications(&self) -> u32 {
        self.study.replications.n
    }

    /// Most replications of each point.
    pub fn most_replications(&self) -> u32 {
        self.study.stop.as_ref().map_or(self.study.replications.n, |s| s.max)
    }

    /// Runs of so many replications.
    pub fn runs(&self, replications: u32) -> u64 {
        u64::from(replications) * self.points.len() as u64
    }

    /// Replications of each point that so many runs reach into.
    pub fn replications_of(&self, runs: u64) -> u32 {
        runs.div_ceil(self.points.len().max(1) as u64) as u32
    }

    /// Most runs there can be.
    pub fn most_runs(&self) -> u64 {
        self.runs(self.most_replications())
    }

    /// Runs of a block: fixed ranges of runs that are written, shared among shards and joined as
    /// one.
    pub fn block_runs(&self) -> u64 {
        self.block_runs
    }

    /// The block of a run.
    pub fn block_of(&self, run_id: u64) -> u64 {
        run_id / self.block_runs
    }

    /// The runs of a block among the first `runs`.
    pub fn block(&self, block: u64, runs: u64) -> std::ops::Range<u64> {
        block * self.block_runs..((block + 1) * self.block_runs).min(runs)
    }

    /// The point of a run.
    pub fn point_of(&self, run_id: u64) -> &Point {
        &self.points[(run_id % self.points.len() as u64) as usize]
    }

    /// The replication of a run.
    pub fn replication_of(&self, run_id: u64) -> u32 {
        (run_id / self.points.len() as u64) as u32
    }

    /// The run of a point and replication.
    pub fn run_of(&self, point: u32, replication: u32) -> u64 {
        u64::from(replication) * self.points.len() as u64 + u64::from(point)
    }

    /// Points that share their draws: all of them, one policy's in a future, or one alone.
    fn sharing(&self) -> usize {
        match self.study.design {
            _ if self.study.replications.common => self.points.len(),
            Design::Cross { futures, .. } => self.points.len() / futures.max(1),
            _ => 1,
        }
    }

    /// Which draws a run sees, as the number of a replication: its own one where all points see the
    /// same, else one that no other group of points has.
    fn draws(&self, run_id: u64) -> u32 {
        let point = self.point_of(run_id).id as usize;
        let (groups, group) = (self.points.len() / self.sharing(), point / self.sharing());
        let replication = self.replication_of(run_id);
        let number = |k: u32| k.saturating_mul(groups as u32).saturating_add(group as u32);
        if self.study.replications.antithetic {
            number(replication / 2).saturating_mul(2).saturating_add(replication % 2)
        } else {
            number(replication)
        }
    }

    /// The seeds of a number of draws.
    pub fn seeds_of_draw(&self, draw: u32) -> Seeds {
        self.study.replications.seeds(self.seeds, draw)
    }

    /// The seeds of a run: the same at every point that shares its draws.
    pub fn seeds(&self, run_id: u64) -> Seeds {
        self.seeds_of_draw(self.draws(run_id))
    }

    /// Where the block of days of a run begins, if days are drawn.
    pub fn position(&self, run_id: u64) -> Option<u32> {
        let held = self.study.replications.held[EXOGENOUS];
        let seen = if held { 0 } else { self.draws(run_id) };
        self.days.as_ref().map(|days| days.position(seen))
    }

    /// The first recorded day of a run, from 0, if days are drawn.
    pub fn day_drawn(&self, run_id: u64) -> Option<u32> {
        self.position(run_id).map(|position| position + self.base.scenario.warmup_days)
    }

    /// The job of a run.
    pub fn job<'p>(&'p self, run_id: u64, goes_on: &'p (dyn Fn() -> bool + Sync)) -> Job<'p> {
        let point = self.point_of(run_id);
        let replication = self.replication_of(run_id);
        Job {
            run_id,
            point_id: point.id,
            replication,
            position: self.position(run_id),
            sets: &point.sets,
            seeds: self.seeds(run_id),
            goes_on,
        }
    }

    /// What every file of the study says about where it comes from.
    pub fn provenance(&self, names: Names) -> Provenance {
        let s = &self.base.scenario;
        Provenance {
            scenario: s.name.clone(),
            seed: self.study.replications.seed.unwrap_or(s.seeds.seed),
            version: crate::VERSION.to_owned(),
            utc_offset_min: s.start.offset_s / 60,
            start_utc_us: s.start.unix_us,
            currency: s.currency.clone(),
            names,
        }
    }

    /// The contrasts in force: those of the study, or by default every lever's, or every point
    /// against the first where the factors move together.
    pub fn contrasts(&self) -> Vec<Contrast> {
        contrasts_of(&self.study)
    }

    /// A point in words: `penalty.scale = 2, tickets.enabled = true`.
    pub fn label(&self, point: u32) -> String {
        let label = self.label_without(point, None);
        if label.is_empty() { "base".to_owned() } else { label }
    }

    /// A point in words, one of its factors left out.
    pub(crate) fn label_without(&self, point: u32, factor: Option<usize>) -> String {
        let settings = &self.points[point as usize].settings;
        let named =
            self.study.factors.iter().zip(settings).enumerate().filter(|(k, _)| Some(*k) != factor);
        named.map(|(_, (f, x))| format!("{} = {x}", f.name)).collect::<Vec<_>>().join(", ")
    }
}

/// Place of the exogenous draws among the groups that can be held.
const EXOGENOUS: usize = 2;

/// The days to draw from, if they are drawn; `exogenous` is the scenario's seed.
fn drawn_days(
    study: &StudyFile,
    base: &Loaded,
    exogenous: u64,
) -> Result<Option<DrawnDays>, StudyError> {
    let r = &study.replications;
    if r.days == Days::Scenario {
        return Ok(None);
    }
    let year = Arc::new(SeriesYear::load(base)?);
    let seed = r.group_seeds[EXOGENOUS].or(r.seed).unwrap_or(exogenous);
    let lengths = [base.scenario.warmup_days, base.scenario.days];
    Ok(Some(DrawnDays::new(year, lengths, seed, r.antithetic)))
}

/// The contrasts in force of a study.
pub(crate) fn contrasts_of(study: &StudyFile) -> Vec<Contrast> {
    if !study.contrasts.is_empty() {
        return study.contrasts.clone();
    }
    let lever = |f: &&Factor| f.role == Role::Lever;
    match study.design {
        Design::Factorial | Design::Cross { .. } => study
            .factors
            .iter()
            .filter(lever)
            .map(|f| Contrast::Factor { factor: f.name.clone(), baseline: None })
            .collect(),
        Design::Zip | Design::Table(_) if study.factors.iter().any(|f| lever(&f)) => {
            vec![Contrast::Point { baseline: 0 }]
        }
        _ => Vec::new(),
    }
}

/// Points at each end of the list whose scenarios are asked for warnings.
const ASKED: usize = 64;

/// Warnings of the points' scenarios. A key that is idle at some points and has its effect at
/// others is meant to be so.
fn idle_everywhere(study: &StudyFile, points: &[Point]) -> Vec<Problem> {
    let last = points.len().saturating_sub(ASKED).max(points.len().min(ASKED));
    let asked = points.iter().take(ASKED).chain(&points[last..]);
    let (mut warnings, mut at_work) = (Vec::<Problem>::new(), BTreeSet::new());
    for point in asked {
        // A point that is no scenario fails when it is run, the others do not.
        let Ok(loaded) = study.scenario(&point.sets) else { continue };
        let idle: BTreeSet<&str> = loaded.warnings.iter().map(|w| w.key.as_str()).collect();
        at_work.extend(
            loaded.given().filter(|key| !idle.contains(key)).map(str::to_owned).collect::<Vec<_>>(),
        );
        for warning in &loaded.warnings {
            if !warnings.iter().any(|w| (&w.key, &w.message) == (&warning.key, &warning.message)) {
                warnings.push(warning.clone());
            }
        }
    }
    warnings.retain(|w| !at_work.contains(&w.key));
    warnings
}

/// The files that the scenario reads: without the factors, at every point at which a factor names
/// another one, and the table of points.
fn inputs(
    study: &StudyFile,
    points: &[Point],
    base: &Loaded,
) -> Result<Vec<InputFile>, StudyError> {
    let mut inputs: BTreeSet<InputFile> = base.inputs.iter().cloned().collect();
    let names_file =
        |set: &String| set.split_once('=').is_some_and(|(key, _)| scenario::names_file(key.trim()));
    let mut seen = BTreeSet::new();
    for point in points {
        let files: Vec<&String> = point.sets.iter().filter(|set| names_file(set)).collect();
        if !files.is_empty() && seen.insert(files) {
            inputs.extend(study.scenario(&point.sets)?.inputs);
        }
    }
    if let Design::Table(table) = &study.design {
        inputs.insert(table.file.clone());
    }
    Ok(inputs.into_iter().collect())
}
