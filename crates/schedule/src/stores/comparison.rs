//! The policies against each other, rolled through a day that is known: what is dearer to plan must
//! not be worse, and more freedom neither.

use super::samples::Uniform;
use super::{Permits, Plan, Problem, Span, Store, Taper, fast, lp, mpc, rule};
use proptest::prelude::*;

const PERIODS: usize = 40;
const HOURS: f64 = 0.25;

/// A fleet that is plugged in and known, and in which periods each owner sells.
struct Day {
    surplus_kw: Vec<f64>,
    stores: Vec<Store>,
    permits: Vec<bool>,
}

impl Day {
    /// Vehicles of the park's kind; this share of the owners sells, in the deficits whose price is
    /// high enough for them.
    fn new(seed: u64, count: usize, v2g: f64) -> Self {
        let mut uniform = Uniform(seed);
        let size = 12.0 * count as f64;
        let surplus_kw: Vec<f64> = (0..PERIODS)
            .map(|t| size * ((t as f64 * 0.4).sin() + uniform.between(-0.3, 0.3)))
            .collect();
        let pays: Vec<f64> = (0..PERIODS).map(|_| uniform.next()).collect();
        let mut permits = Vec::with_capacity(count * PERIODS);
        let stores = (0..count)
            .map(|_| {
                let (consents, asks) = (uniform.next() < v2g, uniform.between(0.0, 0.8));
                permits.extend(pays.iter().map(|pays| consents && *pays >= asks));
                let capacity = uniform.between(30.0, 80.0);
                let end = 12 + (uniform.next() * 28.0) as usize;
                Store {
                    charge: Span::new(0, end),
                    discharge: if consents { Span::new(0, end) } else { Span::NEVER },
                    charge_kw_max: 40.0,
                    discharge_kw_max: if consents { 12.0 } else { 0.0 },
                    energy_kwh: capacity * uniform.between(0.25, 0.6),
                    ceiling_kwh: capacity,
                    floor_kwh: 0.2 * capacity,
                    target_kwh: capacity * uniform.between(0.6, 0.9),
                    charge_efficiency: 0.95,
                    discharge_efficiency: 0.95,
                    taper: Taper::NONE,
                }
            })
            .collect();
        Self { surplus_kw, stores, permits }
    }

    fn problem(&self) -> Problem<'_> {
        Problem {
            permits: Permits::ByPeriod(&self.permits),
            ..Problem::new(HOURS, &self.surplus_kw, &self.stores)
        }
    }

    /// 1e-6 of `sum |P_dem|` \[kWh\].
    fn tolerance(&self) -> f64 {
        1e-6 * HOURS * self.surplus_kw.iter().map(|p| p.abs()).sum::<f64>()
    }

    /// Net powers \[kW\], store after store, of a policy that decides each period anew, seeing the
    /// next `horizon` periods; every vehicle gets its target.
    fn rolled(&self, horizon: usize, mut decide: impl FnMut(&Problem) -> Vec<f64>) -> Vec<f64> {
        let mut net_kw = vec![0.0; self.stores.len() * PERIODS];
        let mut stores = self.stores.clone();
        for now in 0..PERIODS {
            let seen = horizon.min(PERIODS - now);
            let permits: Vec<bool> = (self.permits.chunks_exact(PERIODS))
                .flat_map(|row| row[now..now + seen].iter().copied())
                .collect();
            let problem = Problem {
                permits: Permits::ByPeriod(&permits),
                ..Problem::new(HOURS, &self.surplus_kw[now..now + seen], &stores)
            };
            let set_points_kw = decide(&problem);
            for (position, (store, power)) in stores.iter_mut().zip(&set_points_kw).enumerate() {
                net_kw[position * PERIODS + now] = *power;
                store.energy_kwh += if *power > 0.0 {
                    power * store.gain_kwh_per_kw(HOURS)
                } else {
                    power * store.loss_kwh_per_kw(HOURS)
                };
                let later = |span: Span| {
                    Span::new(span.first.saturating_sub(1), span.end.saturating_sub(1))
                };
                (store.charge, store.discharge) = (later(store.charge), later(store.discharge));
            }
        }
        for (store, first) in stores.iter().zip(&self.stores) {
            assert!(
                (store.energy_kwh - first.target_kwh).abs() < 1e-6,
                "{} instead of {} kWh",
                store.energy_kwh,
                first.target_kwh
            );
        }
        net_kw
    }

    fn by_rule(&self) -> Vec<f64> {
        self.rolled(1, |problem| {
            let mut found = Vec::new();
            rule::decide(problem, &mut rule::Workspace::default(), &mut found);
            found
        })
    }

    fn j(&self, net_kw: &[f64]) -> f64 {
        self.problem().distance_and_throughput(net_kw)
    }
}

/// The brief of policies: 60 vehicles plugged in and known, no forecast error, J with the same
/// weight, taper and consents, until the last vehicle has left.
#[test]
fn the_benchmark_is_best_and_fast_is_within_a_thousandth_of_it() {
    for v2g in [0.0, 0.5, 1.0] {
        for seed in 1..4 {
            let day = Day::new(seed, 60, v2g);
            let of_plan = |plan: Plan| plan.set_points_kw();
            let by_lp = day.j(&day.rolled(PERIODS, |p| of_plan(lp::decide(p).expect("solvable"))));
            let mut workspace = fast::Workspace::default();
            let by_fast = day
                .j(&day
                    .rolled(PERIODS, |p| of_plan(fast::decide(p, &mut workspace).expect("valid"))));
            let by_rule = day.j(&day.by_rule());
            println!("V2G {v2g}, seed {seed}: lp {by_lp}, fast {by_fast}, rule {by_rule} kWh");
            let tolerance = day.tolerance();
            assert!(by_lp <= by_fast + tolerance, "lp {by_lp}, fast {by_fast}");
            assert!(by_fast <= 1.001 * by_lp + tolerance, "lp {by_lp}, fast {by_fast}");
            assert!(by_lp <= by_rule + tolerance, "lp {by_lp}, rule {by_rule}");
        }
    }
}

#[test]
fn no_policy_beats_mpc_in_its_own_cost() {
    let weights = mpc::Weights::default();
    for v2g in [0.0, 0.5, 1.0] {
        let day = Day::new(2, 60, v2g);
        let cost = |net_kw: &[f64]| mpc::cost(&day.problem(), &weights, net_kw);
        let own = cost(
            &day.rolled(PERIODS, |p| mpc::decide(p, &weights).expect("solvable").set_points_kw()),
        );
        let by_lp =
            cost(&day.rolled(PERIODS, |p| lp::decide(p).expect("solvable").set_points_kw()));
        let by_rule = cost(&day.by_rule());
        println!("V2G {v2g}: mpc {own}, lp {by_lp}, rule {by_rule}");
        for other in [by_lp, by_rule] {
            assert!(own <= other * (1.0 + 1e-6), "mpc {own}, {other}");
        }
    }
}

#[test]
fn what_an_owner_does_not_permit_is_not_given() {
    let mut day = Day::new(5, 20, 1.0);
    day.permits.iter_mut().enumerate().for_each(|(place, p)| *p &= place % PERIODS >= 12);
    for plan in [
        lp::decide(&day.problem()).unwrap(),
        fast::decide(&day.problem(), &mut fast::Workspace::default()).unwrap(),
        mpc::decide(&day.problem(), &mpc::Weights::default()).unwrap(),
    ] {
        let given = |allowed: bool| -> f64 {
            (plan.net_kw().iter().zip(&day.permits))
                .filter(|(_, permitted)| **permitted == allowed)
                .map(|(net, _)| (-net).max(0.0))
                .sum()
        };
        assert_eq!(given(false), 0.0);
        assert!(given(true) > 1.0, "{} kW", given(true));
    }
}

fn optimum(day: &Day) -> f64 {
    day.j(lp::decide(&day.problem()).expect("solvable").net_kw())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn more_permission_never_makes_the_optimum_worse(
        seed in 0..1000_u64, v2g in 0.0..1.0_f64, from in 0..PERIODS, to in 0..PERIODS,
    ) {
        let mut day = Day::new(seed, 12, v2g);
        day.permits.iter_mut().enumerate().for_each(|(place, p)| {
            *p &= !(from..to).contains(&(place % PERIODS));
        });
        let less = optimum(&day);
        day.permits = Day::new(seed, 12, v2g).permits;
        prop_assert!(optimum(&day) <= less + day.tolerance());
    }

    #[test]
    fn more_pile_power_never_makes_the_optimum_worse(
        seed in 0..1000_u64, v2g in 0.0..1.0_f64, more in 1.0..3.0_f64,
    ) {
        let mut day = Day::new(seed, 12, v2g);
        let less = optimum(&day);
        for store in &mut day.stores {
            store.charge_kw_max *= more;
            store.discharge_kw_max *= more;
        }
        prop_assert!(optimum(&day) <= less + day.tolerance());
    }

    #[test]
    fn whoever_sees_the_whole_day_is_not_worse_than_who_sees_a_part(
        seed in 0..1000_u64, v2g in 0.0..1.0_f64, horizon in 1..PERIODS,
    ) {
        let day = Day::new(seed, 8, v2g);
        let part =
            day.j(&day.rolled(horizon, |p| lp::decide(p).expect("solvable").set_points_kw()));
        prop_assert!(optimum(&day) <= part + day.tolerance());
    }
}
