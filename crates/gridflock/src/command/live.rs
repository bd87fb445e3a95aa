//! `--live`: pages to look at runs and studies while they go.

use crate::cli::RunArgs;
use crate::output::{insist, note};
use ::live::{
    Address, Ending, Interval, Live, LiveError, LiveStudy, Start, StudyAbout, StudyState,
};
use domain::Scope;
use gridflock::{Code, Failure, Run};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use study::{Figures, Job, Plan, Progress, RunFailure, RunResult, Runner, SimulationRunner};

/// The page of a run.
pub fn of_run(address: Address, args: &RunArgs, run: &Run) -> Result<Live, Failure> {
    let (evs, zones, _) = run.size();
    let about = ::live::About {
        scenario: run.scenario().name.clone(),
        seed: run.scenario().seeds.seed,
        evs,
        zones,
        currency: run.scenario().currency.clone(),
    };
    let start = match (args.step, args.pace) {
        (true, _) => Start::Waiting,
        (false, Some(pace)) => Start::Going(pace),
        (false, None) => Start::Going(::live::Pace::Full),
    };
    warn_if_open(address);
    Live::start(address, about, start, super::interrupted).map_err(failure)
}

fn warn_if_open(address: Address) {
    if address.is_open() {
        note!(
            "warning: other machines may reach the live page at {}; whoever knows its address may \
             pause the run",
            address.0
        );
    }
}

fn failure(e: LiveError) -> Failure {
    let help = match e {
        LiveError::Listen { .. } => "give another address with --live=IP:PORT, or none",
        _ => "",
    };
    Failure::with_help(Code::Failed, e.to_string(), help)
}

/// Says where the page is. Its address has a part that nobody can guess, so it is said in any case.
pub fn offer(url: &str) {
    insist!("look at it live: {url}");
}

/// How a run or study ended, by what is known of its tables.
pub fn ending(complete: Result<bool, &Failure>) -> Ending {
    match complete {
        Ok(true) => Ending::Complete,
        Ok(false) => Ending::Interrupted,
        Err(failure) => Ending::Failed(failure.to_string()),
    }
}

/// How often intervals are reckoned anew, at the most.
const REFRESH: Duration = Duration::from_millis(250);
/// They take no more than one part in so many of the time.
const SHARE: u32 = 20;

/// The page of a study, and the runs that it has seen.
pub struct StudyPage<'a> {
    page: LiveStudy,
    plan: &'a Plan,
    runner: &'a SimulationRunner<'a>,
    figures: Mutex<Figures>,
    /// When intervals are due, and how many runs they were of.
    due: Mutex<(Instant, u64)>,
}

impl<'a> StudyPage<'a> {
    /// Offers the page.
    pub fn start(
        address: Address,
        plan: &'a Plan,
        runner: &'a SimulationRunner<'a>,
        directory: &Path,
    ) -> Result<Self, Failure> {
        warn_if_open(address);
        let about = StudyAbout {
            name: plan.study.name.clone(),
            question: plan.study.description.clone(),
            points: plan.points.len(),
            directory: directory.display().to_string(),
        };
        let page = LiveStudy::start(address, about).map_err(failure)?;
        offer(page.url());
        let runs = plan.runs(plan.first_replications());
        let figures = Mutex::new(Figures::new(runs as usize));
        Ok(Self { page, plan, runner, figures, due: Mutex::new((Instant::now(), 0)) })
    }

    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows how far the study has come.
    pub fn show(&self, p: &Progress) {
        self.page.state(StudyState {
            runs: p.runs,
            finished: p.finished,
            failed: p.failed,
            elapsed_s: p.elapsed.as_secs_f64(),
            remaining_s: p.remaining().map(|left| left.as_secs_f64()),
        });
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if p.finished_now > due.1 && (now >= due.0 || p.finished == p.runs) {
            self.page.intervals(self.intervals());
            let took = now.elapsed();
            *due = (now + REFRESH.max(took * SHARE), p.finished_now);
        }
    }

    /// What the runs so far tell: contrasts where the study has some, else means.
    fn intervals(&self) -> Vec<Interval> {
        let mut figures = self.figures().clone();
        let replications = self.plan.replications_of(figures.runs() as u64);
        figures.reach(self.plan.runs(replications) as usize);
        let shown = |f: &study::Figure| f.scope == Scope::Run && !study::is_other_reading(&f.name);
        let of = |of: String, f: &study::Figure, n: usize, ends: [f64; 3]| Interval {
            of,
            name: f.name.clone(),
            unit: f.unit.clone(),
            n,
            ends,
        };
        let contrasts = study::contrast_rows(self.plan, &figures, replications);
        let mut rows: Vec<Interval> = contrasts
            .iter()
            .filter(|r| shown(&r.figure) && r.difference.ci_high > r.difference.ci_low)
            .map(|r| {
                let d = &r.difference;
                let p = &r.pair;
                let mut sides = format!("{}: {} against {}", p.contrast, p.side_b, p.side_a);
                if !p.common.is_empty() {
                    sides = format!("{sides}, where {}", p.common);
                }
                of(sides, &r.figure, d.n, [d.ci_low, d.difference, d.ci_high])
            })
            .collect();
        if rows.is_empty() {
            let means = study::overview(self.plan, &figures, replications);
            let means = means.iter().filter(|e| shown(&e.figure));
            rows.extend(means.filter(|e| e.summary.ci_high > e.summary.ci_low).map(|e| {
                let s = &e.summary;
                of("mean".to_owned(), &e.figure, s.n, [s.ci_low, s.mean, s.ci_high])
            }));
        }
        // The clearest first: in units of the half-width.
        let clear = |i: &Interval| (2.0 * i.ends[1] / (i.ends[2] - i.ends[0])).abs();
        rows.sort_by(|a, b| clear(b).total_cmp(&clear(a)));
        rows
    }

    /// Tells whoever looks how the study ended, and closes the page.
    pub fn end(self, ending: Ending) {
        self.page.end(ending);
    }
}

impl Runner for StudyPage<'_> {
    fn run(&self, job: &Job<'_>) -> Result<RunResult, RunFailure> {
        let result = self.runner.run(job)?;
        let mut figures = self.figures();
        figures.reach(job.run_id as usize + 1);
        figures.add(job.run_id, &result.indicators);
        Ok(result)
    }

    fn names(&self) -> domain::Names {
        self.runner.names()
    }
}
