//! CPU time of the policies for stores: `rule` and `fast` beside the benchmark `lp`, on fleets of
//! the park's kind.
//!
//! `cargo bench -p schedule --bench stores` prints one line a size, and what the policies come to on
//! 60 vehicles that are plugged in and known: J = sum |P_dem - Y| dt + 0.08 x throughput, and the own
//! cost of `mpc`, with the rule rolled through the day. CPU time is the thread's own
//! (Linux), so that a busy machine does not blur it; elsewhere it is wall time.

use schedule::stores::{Permits, Problem, Span, Store, Taper, fast, lp, mpc, rule};
use std::time::Instant;

/// Uniform numbers in [0, 1) (Knuth's MMIX constants).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Seconds of CPU this thread has used.
fn cpu_seconds(start: Instant) -> f64 {
    let read = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = read.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |nanoseconds| nanoseconds * 1e-9)
}

fn fleet(uniform: &mut Uniform, count: usize, periods: usize, taper: bool) -> Vec<Store> {
    (0..count)
        .map(|position| {
            // Two thirds are connected now, the others are booked for later.
            let first =
                if position % 3 < 2 { 0 } else { (uniform.next() * periods as f64 * 0.7) as usize };
            let end = first + 4 + (uniform.next() * 16.0) as usize;
            let capacity = 20.0 + 80.0 * uniform.next();
            let consents = uniform.next() < 0.72;
            let points = [(0.0, 1.0), (0.8, 1.0), (1.0, 0.1)];
            Store {
                charge: Span::new(first, end),
                discharge: if consents { Span::new(first, end) } else { Span::NEVER },
                charge_kw_max: 40.0,
                discharge_kw_max: if consents { 12.0 } else { 0.0 },
                energy_kwh: capacity * (0.2 + 0.4 * uniform.next()),
                ceiling_kwh: capacity,
                floor_kwh: 0.2 * capacity,
                target_kwh: capacity * 0.9,
                charge_efficiency: 0.95,
                discharge_efficiency: 0.95,
                taper: if taper {
                    Taper::through(&points, capacity, 40.0).expect("a concave curve")
                } else {
                    Taper::NONE
                },
            }
        })
        .collect()
}

fn surplus(uniform: &mut Uniform, periods: usize, stores: usize) -> Vec<f64> {
    let size = 6.0 * stores as f64;
    (0..periods).map(|t| size * ((t as f64 * 0.26).sin() + 0.6 * (uniform.next() - 0.5))).collect()
}

fn time(repeats: usize, mut work: impl FnMut()) -> f64 {
    work();
    let start = Instant::now();
    let before = cpu_seconds(start);
    for _ in 0..repeats {
        work();
    }
    (cpu_seconds(start) - before) / repeats as f64
}

fn main() {
    println!(
        "{:>7} {:>8} {:>6} {:>12} {:>12} {:>12} {:>12}",
        "stores", "periods", "taper", "rule [us]", "fast [ms]", "lp [ms]", "|dZ|/sum|P|"
    );
    for (count, periods, with_lp) in
        [(50, 24, true), (100, 40, true), (500, 24, true), (500, 40, false), (500, 96, false)]
    {
        for taper in [false, true] {
            let mut uniform = Uniform(count as u64);
            let surplus_kw = surplus(&mut uniform, periods, count);
            let stores = fleet(&mut uniform, count, periods, taper);
            let problem = Problem::new(0.25, &surplus_kw, &stores);
            let mut set_points = Vec::new();
            let mut workspace = rule::Workspace::default();
            let by_rule = time(20_000, || {
                rule::decide(&problem, &mut workspace, &mut set_points);
            });
            let mut workspace = fast::Workspace::default();
            let by_fast = time(10, || {
                fast::decide(&problem, &mut workspace).expect("a valid problem");
            });
            let (by_lp, difference) = if with_lp {
                let plan = fast::decide(&problem, &mut workspace).expect("a valid problem");
                let benchmark = lp::decide(&problem).expect("a solvable problem");
                let scale: f64 = surplus_kw.iter().map(|surplus| surplus.abs()).sum();
                let seconds = time(1, || {
                    lp::decide(&problem).expect("a solvable problem");
                });
                (
                    format!("{:.1}", seconds * 1e3),
                    format!("{:.1e}", (plan.distance_kw - benchmark.distance_kw).abs() / scale),
                )
            } else {
                ("-".into(), "-".into())
            };
            println!(
                "{count:>7} {periods:>8} {taper:>6} {:>12.1} {:>12.2} {by_lp:>12} {difference:>12}",
                by_rule * 1e6,
                by_fast * 1e3
            );
        }
    }
    compare();
}

/// J and the cost of `mpc` on one day of 60 vehicles, at three shares of owners who sell.
fn compare() {
    let (count, periods) = (60, 40);
    println!("\n{:>6} {:>12} {:>10} {:>10} {:>10} {:>10}", "V2G", "", "rule", "fast", "lp", "mpc");
    for v2g in [0.0, 0.5, 1.0] {
        let mut uniform = Uniform(60);
        let surplus_kw = surplus(&mut uniform, periods, count);
        let mut stores = fleet(&mut uniform, count, periods, false);
        let mut permits = vec![false; count * periods];
        for (number, store) in stores.iter_mut().enumerate() {
            let sells = (number as f64) < v2g * count as f64;
            let stay = Span::new(0, store.charge.end - store.charge.first + 8);
            (store.charge, store.discharge) = (stay, if sells { stay } else { Span::NEVER });
            store.discharge_kw_max = if sells { 12.0 } else { 0.0 };
            // Every third period pays too little.
            for period in 0..periods {
                permits[number * periods + period] = sells && period % 3 > 0;
            }
        }
        let problem = Problem {
            permits: Permits::ByPeriod(&permits),
            ..Problem::new(0.25, &surplus_kw, &stores)
        };
        let weights = mpc::Weights::default();
        let plans = [
            by_rule(&problem, &permits),
            fast::decide(&problem, &mut fast::Workspace::default()).expect("valid").net_kw().into(),
            lp::decide(&problem).expect("solvable").net_kw().into(),
            mpc::decide(&problem, &weights).expect("solvable").net_kw().into(),
        ];
        let row = |name: &str, value: &dyn Fn(&[f64]) -> f64| {
            let values: Vec<String> =
                plans.iter().map(|plan| format!("{:>10.1}", value(plan))).collect();
            println!("{v2g:>6} {name:>12} {}", values.join(" "));
        };
        row("J [kWh]", &|plan| problem.distance_and_throughput(plan));
        row("cost of mpc", &|plan| mpc::cost(&problem, &weights, plan));
    }
}

/// Net powers of the rule, which sees one period at a time.
fn by_rule(problem: &Problem, permits: &[bool]) -> Vec<f64> {
    let periods = problem.periods();
    let mut stores = problem.stores.to_vec();
    let mut net_kw = vec![0.0; stores.len() * periods];
    let (mut workspace, mut found) = (rule::Workspace::default(), Vec::new());
    for now in 0..periods {
        let today: Vec<bool> = permits.iter().skip(now).step_by(periods).copied().collect();
        let problem = Problem {
            permits: Permits::ByPeriod(&today),
            ..Problem::new(problem.period_h, &problem.surplus_kw[now..=now], &stores)
        };
        let hours = problem.period_h;
        rule::decide(&problem, &mut workspace, &mut found);
        for (number, (store, power)) in stores.iter_mut().zip(&found).enumerate() {
            net_kw[number * periods + now] = *power;
            let per_kw = if *power > 0.0 {
                store.gain_kwh_per_kw(hours)
            } else {
                store.loss_kwh_per_kw(hours)
            };
            store.energy_kwh += power * per_kw;
            store.charge.end = store.charge.end.saturating_sub(1);
            store.discharge.end = store.discharge.end.saturating_sub(1);
        }
    }
    net_kw
}
