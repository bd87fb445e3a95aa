//! Whether intervals and tests of studies keep what they promise: 2,000 studies of a fixed seed each,
//! resampled from a pool of runs of the small park.
//!
//! ```text
//! cargo bench -p study --bench coverage [-- --pool 10000]
//! ```
//!
//! The pool (a penalty of 1 and of 2 on the same draws; two arms of 25 and 75 % without any
//! treatment) is kept in `target/coverage-pool.csv` and made again when it is missing or smaller than
//! asked for. Each line prints what is covered at a nominal 95 %; arms without a treatment print how
//! often they differ at a level of 5 %.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use study::design::latin_hypercube;
use study::stats::{
    IntervalKind, half_width, mean, mean_interval, normal_quantile, paired_difference, variance,
};
use study::{Plan, Runner, SimulationRunner, StudyFile};

const STUDIES: u64 = 2000;
const FIGURES: [&str; 7] = [
    "bookings",
    "no_show_rate",
    "slot_utilisation",
    "ev_cost_cny",
    "welfare_cny",
    "penalty_revenue_cny",
    "winner_hhi",
];

fn main() {
    let mut arguments = std::env::args().skip_while(|a| a != "--pool").skip(1);
    let wanted = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let pool = Pool::load(wanted);
    println!("{STUDIES} studies a line, from {} runs; nominal 95 %", 3 * pool.one.len());
    for (k, name) in FIGURES.iter().enumerate() {
        let at = |rows: &[Row]| rows.iter().map(|r| r.values[k]).collect::<Vec<f64>>();
        let (one, two) = (at(&pool.one), at(&pool.two));
        coverage(&format!("mean of 20 runs, {name}"), &one, |sample| {
            let i = mean_interval(sample, 0.95);
            (i.kind != IntervalKind::None).then_some([i.low, i.high])
        });
        paired(&format!("difference of 20 pairs, {name}"), &one, &two);
    }
    sampled("Latin hypercubes, 10 of 16 points", &pool);
    stopping("stopping at the half-width of 30 pairs", &pool);
    arms(&pool);
}

/// One run's figures.
struct Row {
    values: [f64; FIGURES.len()],
}

struct Pool {
    one: Vec<Row>,
    two: Vec<Row>,
    /// Per EV and run: energy charged in each arm.
    arms: Vec<[f64; 2]>,
}

impl Pool {
    fn load(wanted: usize) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/coverage-pool.csv");
        if let Some(pool) = Self::read(&path).filter(|p| p.one.len() >= wanted) {
            return pool;
        }
        let pool = Self::run(wanted);
        if let Err(error) = std::fs::write(&path, pool.csv()) {
            println!("the pool is not kept: {error}");
        }
        pool
    }

    fn csv(&self) -> String {
        let mut text = String::new();
        for (a, (b, arms)) in self.one.iter().zip(self.two.iter().zip(&self.arms)) {
            let all: Vec<String> =
                a.values.iter().chain(&b.values).chain(arms).map(|x| format!("{x:?}")).collect();
            text += &(all.join(",") + "\n");
        }
        text
    }

    fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let mut pool = Self { one: Vec::new(), two: Vec::new(), arms: Vec::new() };
        for line in text.lines() {
            let x: Vec<f64> = line.split(',').map(|x| x.parse().ok()).collect::<Option<_>>()?;
            let n = FIGURES.len();
            pool.one.push(Row { values: x.get(..n)?.try_into().ok()? });
            pool.two.push(Row { values: x.get(n..2 * n)?.try_into().ok()? });
            pool.arms.push(x.get(2 * n..)?.try_into().ok()?);
        }
        Some(pool)
    }

    fn run(n: usize) -> Self {
        let policies = figures(
            &format!(
                "[[factor]]\nname = 'penalty.scale'\nvalues = [1.0, 2.0]\n[replications]\nn = {n}\n"
            ),
            &mut |rows| {
                let value = |name: &str| {
                    rows.iter()
                        .find(|r| r.name == name && r.scope == domain::Scope::Run)
                        .map_or(f64::NAN, |r| r.value)
                };
                FIGURES.map(value).to_vec()
            },
        );
        let halves = "[scenario.overrides]\n'fleet.segment' = [\
            { name = 'few', share = 0.25, arrival = { law = 'normal', mean = 8.2, sd = 0.9 }, departure = { law = 'normal', mean = 17.6, sd = 1.2 } }, \
            { name = 'many', share = 0.75, arrival = { law = 'normal', mean = 8.2, sd = 0.9 }, departure = { law = 'normal', mean = 17.6, sd = 1.2 } }]\n";
        let arms = figures(&format!("{halves}[replications]\nn = {n}\n"), &mut |rows| {
            let per_ev = |segment: u32| {
                let value = |name: &str| {
                    rows.iter()
                        .find(|r| {
                            r.name == name
                                && r.scope == domain::Scope::Segment
                                && r.scope_id == segment
                        })
                        .map_or(f64::NAN, |r| r.value)
                };
                value("ev_energy_kwh") / value("evs")
            };
            vec![per_ev(0), per_ev(1)]
        });
        let row = |x: &Vec<f64>| Row { values: x[..].try_into().expect("as many as there are") };
        Self {
            one: policies.iter().step_by(2).map(row).collect(),
            two: policies.iter().skip(1).step_by(2).map(row).collect(),
            arms: arms.iter().map(|x| [x[0], x[1]]).collect(),
        }
    }
}

/// Figures of every run of a study of the small park, in the order of runs, on all threads.
fn figures(
    rest: &str,
    of: &mut (impl Fn(&[domain::IndicatorRow]) -> Vec<f64> + Sync),
) -> Vec<Vec<f64>> {
    let text = format!("[scenario]\nbase = 'park-small'\n{rest}");
    let study = StudyFile::parse("pool", &text, Path::new(""), &[]).expect("a good study");
    let plan = Plan::new(study).expect("a plan");
    let runner = SimulationRunner::new(&plan).expect("a runner");
    let (next, runs) = (AtomicU64::new(0), plan.most_runs());
    let all = Mutex::new(vec![Vec::new(); runs as usize]);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let result = runner.run(&plan.job(run, &|| true)).expect("a run");
                    let row = of(&result.indicators);
                    all.lock().expect("no panic inside")[run as usize] = row;
                }
            });
        }
    });
    all.into_inner().expect("no panic inside")
}

/// Numbers of study `study` (SplitMix64: plain, and not the generator of the runs).
fn numbers(study: u64) -> impl FnMut() -> f64 {
    let mut state = study.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn report(what: &str, covered: u64, with: u64) {
    let share = 100.0 * covered as f64 / with.max(1) as f64;
    let none = 100.0 * (STUDIES - with) as f64 / STUDIES as f64;
    println!("{what:50} covered {share:5.1} %, without an interval {none:5.1} %");
}

fn coverage(what: &str, pool: &[f64], interval: impl Fn(&[f64]) -> Option<[f64; 2]>) {
    let pool: Vec<f64> = pool.iter().copied().filter(|x| x.is_finite()).collect();
    let truth = mean(&pool);
    let (mut covered, mut with) = (0, 0);
    for study in 0..STUDIES {
        let mut u = numbers(study);
        let sample: Vec<f64> = (0..20).map(|_| pool[(u() * pool.len() as f64) as usize]).collect();
        if let Some([low, high]) = interval(&sample) {
            with += 1;
            covered += u64::from((low..=high).contains(&truth));
        }
    }
    report(what, covered, with);
}

fn paired(what: &str, one: &[f64], two: &[f64]) {
    let whole: Vec<(f64, f64)> = one
        .iter()
        .copied()
        .zip(two.iter().copied())
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .collect();
    let differences: Vec<f64> = whole.iter().map(|(a, b)| b - a).collect();
    coverage(what, &differences, |sample| {
        let d = paired_difference(&vec![0.0; sample.len()], sample, 0.95);
        (d.interval != IntervalKind::None).then_some([d.ci_low, d.ci_high])
    });
}

/// A response over three factors with a run's noise: the mean over all of them is known.
fn sampled(what: &str, pool: &Pool) {
    let noise: Vec<f64> = pool.one.iter().map(|r| r.values[0]).collect();
    let (middle, spread) = (mean(&noise), variance(&noise).sqrt());
    let response = |x: &[f64]| 3.0 * x[0] + x[1] * x[1] + (6.0 * x[2]).sin();
    let truth = 1.5 + 1.0 / 3.0 + (1.0 - 6.0_f64.cos()) / 6.0;
    let mut covered = 0;
    for study in 0..STUDIES {
        let mut u = numbers(study);
        let blocks: Vec<f64> = (0..10)
            .map(|r| {
                let points = latin_hypercube(3, 16, false, 10 * study + r);
                let values: Vec<f64> = points
                    .iter()
                    .map(|x| {
                        let run = noise[(u() * noise.len() as f64) as usize];
                        response(x) + 0.5 * (run - middle) / spread
                    })
                    .collect();
                mean(&values)
            })
            .collect();
        let i = mean_interval(&blocks, 0.95);
        covered += u64::from((i.low..=i.high).contains(&truth));
    }
    report(what, covered, STUDIES);
}

/// Batches of ten pairs until the interval is narrow, as a stopping rule has it.
fn stopping(what: &str, pool: &Pool) {
    let differences: Vec<f64> =
        pool.one.iter().zip(&pool.two).map(|(a, b)| b.values[3] - a.values[3]).collect();
    let truth = mean(&differences);
    let wanted = half_width(variance(&differences).sqrt(), 30, 0.95);
    let (mut covered, mut pairs) = (0, 0);
    for study in 0..STUDIES {
        let mut u = numbers(study);
        let mut sample = Vec::new();
        loop {
            sample.extend((0..10).map(|_| differences[(u() * differences.len() as f64) as usize]));
            let sd = variance(&sample).sqrt();
            if sd > 0.0 && half_width(sd, sample.len(), 0.95) <= wanted {
                break;
            }
        }
        pairs += sample.len();
        let i = mean_interval(&sample, 0.95);
        covered += u64::from((i.low..=i.high).contains(&truth));
    }
    report(&format!("{what} ({} on average)", pairs as u64 / STUDIES), covered, STUDIES);
}

/// Arms of 25 and 75 % that are treated alike.
fn arms(pool: &Pool) {
    let z = normal_quantile(0.975);
    let mut rejected = 0;
    for study in 0..STUDIES {
        let mut u = numbers(study);
        let picked: Vec<[f64; 2]> =
            (0..20).map(|_| pool.arms[(u() * pool.arms.len() as f64) as usize]).collect();
        let (a, b): (Vec<f64>, Vec<f64>) = picked.iter().map(|x| (x[0], x[1])).unzip();
        rejected += u64::from(paired_difference(&a, &b, 0.95).p < 0.05);
    }
    let share = 100.0 * rejected as f64 / STUDIES as f64;
    let around = 100.0 * z * (0.05 * 0.95 / STUDIES as f64).sqrt();
    println!(
        "arms of 25 and 75 % treated alike: {share:.1} % differ at 5 % (5 ± {around:.1} by chance)"
    );
}
