//! CPU time of the network dispatch of the published feeder with 3,000 EVs, building the model
//! included.
//!
//! `cargo bench -p grid --bench dispatch`. Aims: 24 periods under 0.3 s, 96 periods under 1.5 s, a
//! day of hourly dispatches at 24 periods under 15 s.

#[path = "../tests/it/case.rs"]
#[allow(dead_code)]
mod case;

use grid::{dispatch, ieee33};

/// Runs of which the best counts: CPU time on a shared machine has a long tail.
const RUNS: usize = 5;

/// CPU time of this process [s], where the system tells it.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).map_or(f64::NAN, |ns| ns / 1e9)
}

fn main() {
    let feeder = ieee33();
    for (periods, vehicles, v2g) in [(24, 0, 0.0), (24, 3000, 0.5), (96, 0, 0.0), (96, 3000, 0.5)] {
        let problem = case::problem(&feeder, periods, vehicles, v2g, 10);
        let mut best = f64::INFINITY;
        let mut quality = None;
        for _ in 0..RUNS {
            let start = cpu_s();
            quality = Some(dispatch(&problem).expect("a solution").quality);
            best = best.min(cpu_s() - start);
        }
        println!(
            "{periods:>3} periods, {vehicles:>4} EVs, V2G {v2g:>3}: {best:.3} s (best of {RUNS}), {quality:?}"
        );
    }
    for periods in [24, 96] {
        let start = cpu_s();
        for now_h in 0..24 {
            dispatch(&case::problem_at(&feeder, periods, 3000, 0.5, now_h)).expect("a solution");
        }
        println!(
            "{periods:>3} periods, a day dispatched again every hour: {:.1} s",
            cpu_s() - start
        );
    }
}
