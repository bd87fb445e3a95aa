//! The dynamic programme against enumeration, and its speed-relevant properties.

use super::Source::{Import, Storage as Store, Unit as Engine};
use super::*;
use crate::uniforms::uniforms;
use proptest::prelude::*;

fn small_storage() -> Storage {
    Storage {
        level_kwh: 10.0,
        levels: 4,
        charge_kw_max: 12.0,
        discharge_kw_max: 20.0,
        charge_efficiency: 0.9,
        discharge_efficiency: 0.95,
        charge_price: 0.08,
        discharge_price: 0.05,
        terminal_value: 0.6,
    }
}

fn small_unit() -> Unit {
    Unit {
        power_kw_min: 8.0,
        power_kw_max: 25.0,
        energy_price: 1.1,
        start_cost: 5.0,
        min_on: 2,
        min_off: 3,
    }
}

/// Everything that can happen, by recursion over all actions, the unit's power on a fine grid plus
/// breakpoints.
fn enumerate(
    storage: &Storage,
    unit: &Unit,
    horizon: &Horizon,
    state: State,
    period: usize,
) -> f64 {
    if period == horizon.len() {
        return -storage.terminal_value * storage.level_kwh * state.level as f64;
    }
    let h = horizon.step_h;
    let mut best = f64::INFINITY;
    for level in 0..storage.levels {
        let change = level as f64 - state.level as f64;
        let stored_kw = change * storage.level_kwh / h;
        let power_kw = if change > 0.0 {
            stored_kw / storage.charge_efficiency
        } else {
            stored_kw * storage.discharge_efficiency
        };
        if power_kw > storage.charge_kw_max + 1e-9 || -power_kw > storage.discharge_kw_max + 1e-9 {
            continue;
        }
        if horizon.pinned.iter().any(|pin| pin.period == period && pin.level != level) {
            continue;
        }
        let wear = h
            * (storage.charge_price * power_kw.max(0.0)
                + storage.discharge_price * (-power_kw).max(0.0));
        for on in [false, true] {
            let least = if state.unit_on { unit.min_on } else { unit.min_off };
            if on != state.unit_on && state.periods_in_mode < least {
                continue;
            }
            let demand = horizon.residual_kw[period] + power_kw;
            let powers: Vec<f64> = if on {
                let steps = 17;
                let span = unit.power_kw_max - unit.power_kw_min;
                let mut grid: Vec<f64> = (0..=steps)
                    .map(|k| unit.power_kw_min + span * f64::from(k) / f64::from(steps))
                    .collect();
                grid.extend(
                    [demand, demand - horizon.import_kw_max]
                        .map(|p| p.clamp(unit.power_kw_min, unit.power_kw_max)),
                );
                grid
            } else {
                vec![0.0]
            };
            let cheapest = powers.iter().fold(f64::INFINITY, |least, &p| {
                let rest = demand - p;
                let import = rest.clamp(0.0, horizon.import_kw_max);
                let cost = unit.energy_price * p
                    + horizon.import_price[period] * import
                    + horizon.shortage_price * (rest - import).max(0.0)
                    + horizon.curtailment_price * (-rest).max(0.0);
                least.min(h * cost)
            });
            let start = if on && !state.unit_on { unit.start_cost } else { 0.0 };
            let next = State {
                level,
                unit_on: on,
                periods_in_mode: if on == state.unit_on { state.periods_in_mode + 1 } else { 1 },
            };
            best = best
                .min(wear + cheapest + start + enumerate(storage, unit, horizon, next, period + 1));
        }
    }
    best
}

/// Balance, bounds and minimum times of a plan.
fn assert_lawful(storage: &Storage, unit: &Unit, horizon: &Horizon, start: State, plan: &Plan) {
    let mut state = start;
    for (period, step) in plan.steps.iter().enumerate() {
        let supply = step.unit_kw + step.import_kw + step.unserved_kw;
        let use_kw = horizon.residual_kw[period] + step.storage_kw + step.curtailed_kw;
        assert!((supply - use_kw).abs() < 1e-9, "period {period}: {step:?}");
        assert!(
            step.storage_kw <= storage.charge_kw_max + 1e-6
                && -step.storage_kw <= storage.discharge_kw_max + 1e-6
        );
        assert!(step.import_kw <= horizon.import_kw_max && step.state.level < storage.levels);
        if step.state.unit_on {
            assert!(step.unit_kw >= unit.power_kw_min && step.unit_kw <= unit.power_kw_max);
        } else {
            assert_eq!(step.unit_kw, 0.0);
        }
        if step.state.unit_on != state.unit_on {
            let least = if state.unit_on { unit.min_on } else { unit.min_off };
            assert!(state.periods_in_mode >= least, "period {period} switches too early");
        }
        state = step.state;
    }
    for pin in horizon.pinned {
        assert_eq!(plan.steps[pin.period].state.level, pin.level);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn agrees_with_enumeration(seed in 0_u64..100_000) {
        let mut uniform = uniforms(seed);
        let (storage, unit) = (small_storage(), small_unit());
        let residual: Vec<f64> = (0..4).map(|_| uniform() * 70.0 - 25.0).collect();
        let price: Vec<f64> = (0..4).map(|_| 0.4 + 1.5 * uniform()).collect();
        let pin = [PinnedLevel { period: 2, level: (uniform() * 4.0) as usize }];
        let horizon = Horizon {
            step_h: 1.0,
            residual_kw: &residual,
            import_price: &price,
            import_kw_max: if uniform() < 0.5 { 20.0 } else { f64::INFINITY },
            shortage_price: 9.0,
            curtailment_price: 0.1 * uniform(),
            pinned: if uniform() < 0.5 { &pin } else { &[] },
            priority: Priority::ByPrice,
        };
        let state = State {
            level: (uniform() * 4.0) as usize,
            unit_on: uniform() < 0.5,
            periods_in_mode: 1 + (uniform() * 4.0) as usize,
        };
        let expected = enumerate(&storage, &unit, &horizon, state, 0);
        match dispatch(&storage, Some(&unit), &horizon, state).unwrap() {
            Outcome::Planned(plan) => {
                assert_lawful(&storage, &unit, &horizon, state, &plan);
                prop_assert!((plan.cost - plan.end_value - expected).abs() < 1e-9, "{} {expected}", plan.cost - plan.end_value);
            }
            Outcome::Infeasible => prop_assert!(expected.is_infinite()),
        }
    }
}

fn horizon<'a>(residual_kw: &'a [f64], import_price: &'a [f64]) -> Horizon<'a> {
    Horizon {
        step_h: 1.0,
        residual_kw,
        import_price,
        import_kw_max: f64::INFINITY,
        shortage_price: 10.0,
        curtailment_price: 0.0,
        pinned: &[],
        priority: Priority::ByPrice,
    }
}

fn lossless() -> Storage {
    Storage {
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
        charge_price: 0.0,
        discharge_price: 0.0,
        terminal_value: 0.0,
        charge_kw_max: 20.0,
        ..small_storage()
    }
}

const OFF: State = State { level: 0, unit_on: false, periods_in_mode: 9 };

fn planned(storage: &Storage, unit: Option<&Unit>, horizon: &Horizon, state: State) -> Plan {
    match dispatch(storage, unit, horizon, state).unwrap() {
        Outcome::Planned(plan) => plan,
        Outcome::Infeasible => panic!("infeasible"),
    }
}

#[test]
fn surplus_is_stored_for_the_dear_hour() {
    // 20 kW of surplus, then 20 kW of demand at 1 and at 3: the stored 20 kWh wait for the third
    // hour.
    let plan = planned(&lossless(), None, &horizon(&[-20.0, 20.0, 20.0], &[1.0, 1.0, 3.0]), OFF);
    let powers: Vec<f64> = plan.steps.iter().map(|step| step.storage_kw).collect();
    assert_eq!(powers, [20.0, 0.0, -20.0]);
    assert_eq!(plan.cost, 20.0);
}

#[test]
fn the_unit_starts_when_the_saving_exceeds_the_start_cost() {
    let unit = Unit {
        power_kw_min: 0.0,
        power_kw_max: 10.0,
        energy_price: 1.0,
        start_cost: 5.0,
        min_on: 1,
        min_off: 1,
    };
    let storage = Storage { levels: 1, ..lossless() };
    // Two hours of 10 kW at 1.2: saving 2 x 10 x 0.2 = 4 < 5. At 1.3: 6 > 5.
    let cheap = planned(&storage, Some(&unit), &horizon(&[10.0, 10.0], &[1.2, 1.2]), OFF);
    let dear = planned(&storage, Some(&unit), &horizon(&[10.0, 10.0], &[1.3, 1.3]), OFF);
    assert!(!cheap.first().started && cheap.cost == 24.0);
    assert!(dear.first().started && dear.cost == 25.0);
}

#[test]
fn minimum_times_bind_at_the_start_of_the_horizon() {
    let unit = small_unit();
    let dear = [3.0; 3];
    let just_off = State { periods_in_mode: 1, ..OFF };
    let storage = Storage { levels: 1, ..lossless() };
    let plan = planned(&storage, Some(&unit), &horizon(&[20.0; 3], &dear), just_off);
    // min_off 3, off for 1 period: two more periods off, then on.
    let on: Vec<bool> = plan.steps.iter().map(|step| step.state.unit_on).collect();
    assert_eq!(on, [false, false, true]);
}

#[test]
fn equal_costs_use_the_storage_first() {
    // Price 1 in both hours and nothing lost: discharging now or later costs the same; eq. 26
    // discharges now.
    let state = State { level: 1, ..OFF };
    let day = horizon(&[10.0, 10.0], &[1.0, 1.0]);
    assert_eq!(planned(&lossless(), None, &day, state).first().storage_kw, -10.0);
    let lazy = Horizon { priority: Priority::LeastStorage, ..day };
    assert_eq!(planned(&lossless(), None, &lazy, state).first().storage_kw, 0.0);
}

#[test]
fn an_unreachable_pin_is_infeasible_and_a_reachable_one_holds() {
    let pin = |level| [PinnedLevel { period: 0, level }];
    let (reachable, unreachable) = (pin(2), pin(3));
    let day = horizon(&[5.0, 5.0], &[1.0, 1.0]);
    let with = |pinned| dispatch(&lossless(), None, &Horizon { pinned, ..day }, OFF).unwrap();
    assert_eq!(with(&unreachable), Outcome::Infeasible);
    let Outcome::Planned(plan) = with(&reachable) else { panic!("two levels up are within 20 kW") };
    assert_eq!(plan.first().state.level, 2);
}

#[test]
fn rolling_with_a_pin_keeps_the_course_of_the_first_plan() {
    // With perfect foresight and a horizon that shrinks to a fixed end, replanning changes nothing.
    let mut uniform = uniforms(3);
    let storage = Storage { levels: 9, ..small_storage() };
    let unit = small_unit();
    let residual: Vec<f64> = (0..12).map(|_| uniform() * 60.0 - 25.0).collect();
    let price: Vec<f64> = (0..12).map(|_| 0.4 + uniform()).collect();
    let first_state = State { level: 4, ..OFF };
    let mut state = first_state;
    let mut rolled = 0.0;
    for t in 0..12 {
        let pinned = [PinnedLevel { period: 11 - t, level: 4 }];
        let rest = Horizon { pinned: &pinned, ..horizon(&residual[t..], &price[t..]) };
        let plan = planned(&storage, Some(&unit), &rest, state);
        rolled += plan.first().cost;
        state = plan.first().state;
    }
    let pinned = [PinnedLevel { period: 11, level: 4 }];
    let whole = planned(
        &storage,
        Some(&unit),
        &Horizon { pinned: &pinned, ..horizon(&residual, &price) },
        first_state,
    );
    assert_eq!(state.level, 4);
    assert!((rolled - whole.cost).abs() < 1e-9);
}

#[test]
fn rule_dispatch_follows_the_priority_order() {
    let (storage, unit) = (small_storage(), small_unit());
    let idle = State { level: 1, ..OFF };
    let rule = |residual: f64, limit: f64, order| {
        let (residuals, price) = ([residual], [2.0]);
        let now = Horizon { import_kw_max: limit, ..horizon(&residuals, &price) };
        let anywhere = (0.0, f64::INFINITY);
        dispatch_by_priority(&storage, Some(&unit), &now, order, idle, 10.0, anywhere)
    };
    // 10 kWh stored give 9.5 kW; the remaining 10.5 kW go to the unit, or to import.
    let (step, stored) = rule(20.0, f64::INFINITY, [Store, Engine, Import]);
    assert!(
        (step.storage_kw + 9.5).abs() < 1e-12
            && (step.unit_kw - 10.5).abs() < 1e-12
            && stored.abs() < 1e-12
    );
    let (step, _) = rule(20.0, f64::INFINITY, [Store, Import, Engine]);
    assert!((step.import_kw - 10.5).abs() < 1e-12 && step.unit_kw == 0.0);
    // An import limit of 2 kW leaves 8.5 kW to the unit.
    let (step, _) = rule(20.0, 2.0, [Store, Import, Engine]);
    assert!((step.unit_kw - 8.5).abs() < 1e-12 && (step.import_kw - 2.0).abs() < 1e-12);
    // Surplus: 12 kW of charging at most, the rest curtailed.
    let (step, stored) = rule(-30.0, 2.0, [Store, Import, Engine]);
    assert!((step.storage_kw - 12.0).abs() < 1e-12 && (step.curtailed_kw - 18.0).abs() < 1e-12);
    assert!((stored - 20.8).abs() < 1e-12);
}

#[test]
fn malformed_plants_are_refused() {
    let day = horizon(&[1.0], &[1.0]);
    let refused = |storage: &Storage, unit: Option<&Unit>, horizon: &Horizon, state| {
        dispatch(storage, unit, horizon, state).unwrap_err()
    };
    let fine = small_storage();
    let lossy = Storage { charge_efficiency: 1.2, ..fine };
    assert!(matches!(
        refused(&lossy, None, &day, OFF),
        PlantError::BadNumber { name: "charge_efficiency", .. }
    ));
    assert!(matches!(
        refused(&fine, None, &horizon(&[], &[]), OFF),
        PlantError::SeriesLength { .. }
    ));
    assert!(matches!(
        refused(&fine, None, &horizon(&[f64::NAN], &[1.0]), OFF),
        PlantError::BadSeries { period: 0, .. }
    ));
    let high = State { level: 4, ..OFF };
    assert!(matches!(
        refused(&fine, None, &day, high),
        PlantError::NoSuchLevel { level: 4, levels: 4 }
    ));
    let running = State { unit_on: true, ..OFF };
    assert_eq!(refused(&fine, None, &day, running), PlantError::NoUnit);
    let inverted = Unit { power_kw_min: 30.0, ..small_unit() };
    assert!(matches!(
        refused(&fine, Some(&inverted), &day, OFF),
        PlantError::BadNumber { name: "power_kw_min", .. }
    ));
}
