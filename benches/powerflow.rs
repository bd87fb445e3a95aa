//! Batch power flow: IEEE 33, many random load vectors, voltages returned, one thread, tolerance
//! 1e-8 p.u.
//!
//! `cargo bench -p grid --bench powerflow` prints our rate; where Python has power-grid-model
//! (`PYTHON`, default `python3`), also that tool's rates on the same loads and how the two compare.
//! Each figure is the best of several runs.

use grid::{Ended, FlowOptions, PowerFlow, ieee33};
use std::process::Command;
use std::time::Instant;

const SCENARIOS: usize = 20_000;
const RUNS: usize = 9;
const TOLERANCE_PU: f64 = 1e-8;
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/peer_power_grid_model.py");

/// Share of nominal load, the same sequence as in the peer's script: 0.2 to 1.2, spread by the
/// golden ratio.
fn factor(at: usize) -> f64 {
    0.2 + (at as f64 * 0.618_033_988_749_894_9).fract()
}

fn main() {
    let feeder = ieee33();
    let flow = PowerFlow::new(&feeder);
    let n = feeder.buses().len();
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let p_kw: Vec<f64> = (0..SCENARIOS * n).map(|at| p[at % n] * factor(at)).collect();
    let q_kvar: Vec<f64> = (0..SCENARIOS * n).map(|at| q[at % n] * factor(at)).collect();
    let options = FlowOptions { tolerance_pu: TOLERANCE_PU, ..FlowOptions::default() };

    let mut best_s = f64::INFINITY;
    let mut checksum = 0.0;
    let mut sweeps = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let batch = flow.solve_batch(&p_kw, &q_kvar, &options).expect("finite loads");
        best_s = best_s.min(start.elapsed().as_secs_f64());
        checksum = batch.v_re.iter().zip(&batch.v_im).map(|(re, im)| re.hypot(*im)).sum();
        sweeps = batch
            .ended
            .iter()
            .map(|e| if let Ended::Converged(s) = e { *s } else { panic!("diverged") })
            .sum();
    }
    let ours = SCENARIOS as f64 / best_s;
    println!(
        "gridflock backward/forward sweep     {ours:>12.0} flows/s  ({:.1} sweeps a flow)",
        f64::from(sweeps) / SCENARIOS as f64
    );

    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let peer = Command::new(&python)
        .arg(PEER)
        .arg(SCENARIOS.to_string())
        .arg(TOLERANCE_PU.to_string())
        .output();
    let text =
        peer.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    if !text.starts_with("rate") {
        println!(
            "power-grid-model is not installed for {python}: no comparison (set PYTHON to an interpreter that has it)"
        );
        return;
    }
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [_, method, rate, their_sum] = cells[..] else { continue };
        let rate: f64 = rate.parse().expect("the peer prints numbers");
        let their_sum: f64 = their_sum.parse().expect("the peer prints numbers");
        let difference = (checksum - their_sum).abs() / (SCENARIOS * n) as f64;
        println!(
            "power-grid-model {method:<20}{rate:>12.0} flows/s  we are {:.1} times as fast; mean |V| differs by {difference:.1e} p.u.",
            ours / rate
        );
    }
}
