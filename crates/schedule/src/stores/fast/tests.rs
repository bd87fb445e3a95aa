//! `fast` against `lp` on random problems: the promise of 0.1 %.

use super::super::samples::{Kind, Uniform, store, surplus};
use super::super::{Plan, Problem, Store, lp};
use super::*;

const PROMISE: f64 = 1e-3;

fn assert_feasible(problem: &Problem, plan: &Plan) {
    for (position, store) in problem.stores.iter().enumerate() {
        let mut energy = store.energy_kwh;
        for (period, &net_kw) in plan.of_store(position).iter().enumerate() {
            let named = format!("store {position} period {period} net {net_kw} of {store:?}");
            if net_kw >= 0.0 {
                energy += store.gain_kwh_per_kw(problem.period_h) * net_kw;
                assert!(net_kw <= store.charge_limit_kw(energy) + 1e-6, "{named}");
                assert!(net_kw < 1e-9 || store.charge.contains(period), "{named}");
            } else {
                energy += store.loss_kwh_per_kw(problem.period_h) * net_kw;
                assert!(-net_kw <= store.discharge_kw_max + 1e-6, "{named}");
                assert!(problem.discharges(position, period), "{named}");
            }
            assert!(
                energy >= store.lowest_kwh() - 1e-6 && energy <= store.highest_kwh() + 1e-6,
                "{named}"
            );
        }
        assert!((energy - plan.end_kwh[position]).abs() < 1e-6);
        if store.deadline() <= problem.periods() && plan.shortfall_kwh[position] > 0.0 {
            assert!(
                (energy + plan.shortfall_kwh[position] - store.target_kwh.max(energy)).abs() < 1e-6
            );
        }
    }
}

fn check(kind: Kind, seeds: std::ops::Range<u64>) {
    let mut workspace = Workspace::default();
    let mut worst = 0.0_f64;
    for seed in seeds {
        let mut uniform = Uniform(seed);
        let count = 3 + (uniform.next() * 25.0) as usize;
        let periods = 6 + (uniform.next() * 20.0) as usize;
        let surplus_kw = surplus(&mut uniform, periods, count);
        let stores: Vec<Store> = (0..count).map(|_| store(&mut uniform, periods, kind)).collect();
        let problem = Problem::new(0.25, &surplus_kw, &stores);
        let benchmark = lp::decide(&problem).expect("solvable");
        let plan = decide(&problem, &mut workspace).expect("solvable");
        assert_feasible(&problem, &benchmark);
        assert_feasible(&problem, &plan);
        let scale: f64 = surplus_kw.iter().map(|surplus| surplus.abs()).sum();
        let difference = (plan.distance_kw - benchmark.distance_kw) / scale;
        worst = worst.max(difference.abs());
        assert!(
            difference.abs() <= PROMISE,
            "seed {seed}: {} and {} of {scale} kW",
            plan.distance_kw,
            benchmark.distance_kw
        );
    }
    println!("{kind:?}: largest difference {worst:.2e}");
}

#[test]
fn charging_only_keeps_the_promise() {
    check(Kind { taper: false, two_way: false, mixed_efficiencies: false }, 0..40);
}

#[test]
fn charging_with_taper_keeps_the_promise() {
    check(Kind { taper: true, two_way: false, mixed_efficiencies: false }, 100..140);
}

#[test]
fn both_directions_keep_the_promise() {
    check(Kind { taper: false, two_way: true, mixed_efficiencies: false }, 200..240);
}

#[test]
fn both_directions_with_taper_keep_the_promise() {
    check(Kind { taper: true, two_way: true, mixed_efficiencies: false }, 300..340);
}

#[test]
fn unequal_efficiencies_keep_the_promise() {
    check(Kind { taper: true, two_way: true, mixed_efficiencies: true }, 400..440);
}

#[test]
fn a_used_workspace_changes_nothing() {
    let mut uniform = Uniform(7);
    let kind = Kind { taper: true, two_way: true, mixed_efficiencies: true };
    let surplus_kw = surplus(&mut uniform, 12, 10);
    let stores: Vec<Store> = (0..10).map(|_| store(&mut uniform, 12, kind)).collect();
    let problem = Problem::new(0.25, &surplus_kw, &stores);
    let mut used = Workspace::default();
    decide(&Problem { surplus_kw: &surplus_kw[..7], stores: &stores[3..], ..problem }, &mut used)
        .unwrap();
    assert_eq!(decide(&problem, &mut used), decide(&problem, &mut Workspace::default()));
}

#[test]
fn no_surplus_at_all_is_no_trouble() {
    let mut uniform = Uniform(11);
    let kind = Kind { taper: true, two_way: true, mixed_efficiencies: true };
    let stores: Vec<Store> = (0..10).map(|_| store(&mut uniform, 12, kind)).collect();
    let problem = Problem::new(0.25, &[0.0; 12], &stores);
    let plan = decide(&problem, &mut Workspace::default()).unwrap();
    assert_feasible(&problem, &plan);
    let benchmark = lp::decide(&problem).unwrap();
    assert!((plan.distance_kw - benchmark.distance_kw).abs() < 1e-4 * benchmark.distance_kw);
}

#[test]
fn no_stores_leave_the_whole_surplus() {
    let problem = Problem::new(0.25, &[3.0, -4.0], &[]);
    assert_eq!(decide(&problem, &mut Workspace::default()).unwrap().distance_kw, 7.0);
    assert_eq!(lp::decide(&problem).unwrap().distance_kw, 7.0);
}
