//! CPU time of charging placed by sweeps of water-filling: to the optimum, and the two sweeps of a
//! decoded virtual price.
//!
//! `cargo bench -p group --bench filling` places 1,000 stays of three areas in 96 periods, under
//! three weightings. CPU time is the thread's own (Linux), so that a busy machine does not blur it;
//! elsewhere it is wall time.

use group::{AffinePrice, Filling, Horizon, Loads, Prices, Schedule, Stay, Stop};
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

fn time(repeats: usize, mut work: impl FnMut()) -> f64 {
    work();
    let start = Instant::now();
    let before = cpu_seconds(start);
    for _ in 0..repeats {
        work();
    }
    (cpu_seconds(start) - before) / repeats as f64
}

fn stays(uniform: &mut Uniform, count: usize) -> Vec<Stay> {
    (0..count)
        .map(|number| {
            let arrival_h = 15.0 * uniform.next();
            Stay {
                ev: domain::EvId(number as u32),
                area: number % 3,
                arrival_h,
                departure_h: (arrival_h + 4.0 + 6.0 * uniform.next()).min(24.0),
                soc: 0.2,
                expected_soc: 0.3 + 0.4 * uniform.next(),
                highest_soc: 0.95,
                capacity_kwh: 40.0,
                power_kw: 7.0,
                efficiency: 1.0,
            }
        })
        .collect()
}

fn main() {
    let (count, periods) = (1000, 96);
    let mut uniform = Uniform(9);
    let base_kw: Vec<f64> = (0..3 * periods)
        .map(|t| 1200.0 + 500.0 * (t as f64 * 0.065).sin() + 50.0 * uniform.next())
        .collect();
    let curve: Vec<AffinePrice> = (0..periods)
        .map(|t| {
            let group_kw = base_kw[t] + base_kw[periods + t] + base_kw[2 * periods + t];
            AffinePrice::of_load([0.35, 0.7, 1.12][t / 32], group_kw, 6000.0, 1.12)
        })
        .collect();
    let prices = Prices::new(periods, curve.repeat(3)).expect("one price a period and area");
    let horizon = Horizon::open(0.0, periods, 0.25);
    let loads = Loads::new(&horizon, 3, &stays(&mut uniform, count)).expect("valid stays");
    let nothing = vec![0.0; 3 * periods];
    for (name, square_weight, price_weight) in
        [("squares", 1.0, 0.0), ("mixed", 1e-4, 1.0), ("price", 0.0, 1.0)]
    {
        let filling = Filling {
            loads: &loads,
            base_kw: &base_kw,
            others_kw: &nothing,
            virtual_kw: &nothing,
            prices: &prices,
            exchange_kw_max: &[1e6; 3],
            square_weight,
            price_weight,
        };
        let solve = |stop| {
            let mut schedule = Schedule::idle(&loads);
            let sweeps = filling.improve(&mut schedule, stop).expect("a valid problem");
            (schedule, sweeps)
        };
        let value = |schedule: &Schedule| {
            let squares: f64 = (base_kw.iter().zip(&schedule.placed_kw))
                .map(|(base, placed)| (base + placed).powi(2))
                .sum();
            let cost: f64 = prices.cost_by_area(&schedule.placed_kw, 0.25).iter().sum();
            square_weight * squares * 0.25 + price_weight * cost
        };
        let (exact, sweeps) = solve(Stop::default());
        let (finer, most) = solve(Stop { sweeps_max: 5000, change_kw: 1e-6 });
        let by_sweeps = time(3, || drop(solve(Stop::default())));
        let by_two = time(20, || drop(solve(Stop { sweeps_max: 2, change_kw: 0.0 })));
        println!(
            "{name:>8}: {count} stays x {periods} periods: {:.2} ms in {sweeps} sweeps ({:.1e} above {most} sweeps), two sweeps {:.2} ms",
            by_sweeps * 1e3,
            value(&exact) / value(&finer) - 1.0,
            by_two * 1e3
        );
    }
}
