//! Threads that take runs from one list: whoever is free takes the next.

use super::journal::Receipt;
use crate::{Plan, RunFailure, RunResult, Runner, StudyError};
use crossbeam_channel::{RecvTimeoutError, Sender, bounded, unbounded};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the caller is asked whether to go on while no run finishes.
const PATIENCE: Duration = Duration::from_millis(100);

/// Runs `runs` on `threads` threads. `take` gets each receipt on the calling thread, in the order
/// in which runs finish; `goes_on` is asked after each and now and then. Returns whether all runs
/// were done.
pub(super) fn run_all(
    plan: &Plan,
    runner: &dyn Runner,
    runs: &[u64],
    threads: usize,
    take: &mut dyn FnMut(Receipt) -> Result<(), StudyError>,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<bool, StudyError> {
    let ended = AtomicBool::new(false);
    let (to_do, jobs) = unbounded();
    for run in runs {
        // The receiver lives as long as this function.
        let _ = to_do.send(*run);
    }
    drop(to_do);
    let (done, results) = bounded(2 * threads);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(runs.len()) {
            let (jobs, done, ended) = (jobs.clone(), done.clone(), &ended);
            scope.spawn(move || {
                while let Ok(run) = jobs.recv()
                    && !ended.load(Ordering::Relaxed)
                {
                    if !finish(plan, runner, run, ended, &done) {
                        break;
                    }
                }
            });
        }
        drop(done);
        let outcome = collect(&results, &ended, take, goes_on);
        // Threads that wait for a place in the channel must not wait for ever.
        drop(results);
        outcome
    })
}

/// One run; whether the thread should go on.
fn finish(
    plan: &Plan,
    runner: &dyn Runner,
    run: u64,
    ended: &AtomicBool,
    done: &Sender<Receipt>,
) -> bool {
    let goes_on = || !ended.load(Ordering::Relaxed);
    let clock = Instant::now();
    let job = plan.job(run, &goes_on);
    // A panic concerns this run alone: nothing that it touched is used again.
    let result = catch_unwind(AssertUnwindSafe(|| runner.run(&job)))
        .unwrap_or_else(|panic| Err(RunFailure::Failed(reason(&*panic))));
    let receipt = |error, result: RunResult| Receipt {
        run_id: run,
        error,
        wall_s: clock.elapsed().as_secs_f64(),
        indicators: result.indicators,
        rows: result.rows,
        persons: result.persons,
    };
    match result {
        Ok(result) => done.send(receipt(None, result)).is_ok(),
        Err(RunFailure::Failed(reason)) => {
            done.send(receipt(Some(reason), RunResult::default())).is_ok()
        }
        Err(RunFailure::Aborted) => false,
    }
}

fn collect(
    results: &crossbeam_channel::Receiver<Receipt>,
    ended: &AtomicBool,
    take: &mut dyn FnMut(Receipt) -> Result<(), StudyError>,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<bool, StudyError> {
    loop {
        match results.recv_timeout(PATIENCE) {
            Ok(receipt) => {
                if let Err(error) = take(receipt) {
                    ended.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(!ended.load(Ordering::Relaxed)),
        }
        // Once ended, the runs that finish in the meantime still get their receipts.
        if !ended.load(Ordering::Relaxed) && !goes_on() {
            ended.store(true, Ordering::Relaxed);
        }
    }
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!(
        "the run panicked: {}",
        text.unwrap_or_else(|| "no message".to_owned()).lines().collect::<Vec<_>>().join("; ")
    )
}
