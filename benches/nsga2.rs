//! CPU time and hypervolume of NSGA-II on ZDT1 and ZDT3 (population 100, 250 generations, 30
//! variables, five seeds).
//!
//! `cargo bench -p optim --bench nsga2` prints our figures and, in the same run, those of pymoo
//! when a Python that has it is found (`PYTHON` names one, default `python3`). Reference
//! hypervolumes at (1.1, 1.1): 0.8697 and 1.3276.

use std::process::Command;
use std::time::Instant;

use optim::front::hypervolume;
use optim::nsga2::{Params, minimise};

const SEEDS: u64 = 5;

fn main() {
    for (name, problem) in [("zdt1", zdt1 as fn(&[f64]) -> [f64; 2]), ("zdt3", zdt3)] {
        let (seconds, volume) = measure(problem);
        println!("{name} gridflock {seconds:9.4} s a run, median hypervolume {volume:.4}");
    }
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/peer_pymoo.py");
    match Command::new(&python).arg(script).status() {
        Ok(status) if status.success() => {}
        _ => println!("pymoo: not measured (set PYTHON to an interpreter that has pymoo)"),
    }
}

/// Mean CPU seconds of a run and the median hypervolume.
fn measure(problem: fn(&[f64]) -> [f64; 2]) -> (f64, f64) {
    let watch = CpuWatch::start();
    let mut volumes: Vec<f64> = (1..=SEEDS).map(|seed| run(problem, seed)).collect();
    let seconds = watch.seconds() / SEEDS as f64;
    volumes.sort_by(f64::total_cmp);
    (seconds, volumes[volumes.len() / 2])
}

/// CPU time of this thread where the kernel tells it (Linux), wall time elsewhere.
struct CpuWatch {
    cpu_ns: Option<u64>,
    wall: Instant,
}

impl CpuWatch {
    fn start() -> Self {
        Self { cpu_ns: thread_cpu_ns(), wall: Instant::now() }
    }

    fn seconds(&self) -> f64 {
        match (self.cpu_ns, thread_cpu_ns()) {
            (Some(before), Some(after)) => (after - before) as f64 * 1e-9,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// First field of the thread's scheduling statistics: nanoseconds spent on a processor.
fn thread_cpu_ns() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn run(problem: fn(&[f64]) -> [f64; 2], seed: u64) -> f64 {
    let front = minimise(&Params::default(), &[0.0; 30], &[1.0; 30], &[], problem, splitmix(seed))
        .expect("invariant: the box is well formed");
    let points: Vec<[f64; 2]> = front.iter().map(|i| i.objectives).collect();
    hypervolume(&points, [1.1, 1.1])
}

fn splitmix(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn distance(x: &[f64]) -> f64 {
    1.0 + 9.0 * x[1..].iter().sum::<f64>() / (x.len() - 1) as f64
}

fn zdt1(x: &[f64]) -> [f64; 2] {
    let g = distance(x);
    [x[0], g * (1.0 - (x[0] / g).sqrt())]
}

fn zdt3(x: &[f64]) -> [f64; 2] {
    let g = distance(x);
    let wave = (10.0 * std::f64::consts::PI * x[0]).sin();
    [x[0], g * (1.0 - (x[0] / g).sqrt() - x[0] / g * wave)]
}
