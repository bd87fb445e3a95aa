//! Network dispatch: against an independent formulation, on the published case, under limits,
//! rolling.

use crate::case;
use crate::reference::Reference;
use domain::{BusId, Kw, ZoneId};
use grid::{
    DaySoFar, Dispatch, DispatchError, DispatchProblem, HardLimit, InterZoneParams, NodeLimit, V2g,
    assess, dispatch, dispatch_with_steps, ieee33, least_interzone_losses, uncontrolled,
    zone_targets,
};

/// What holds for every solution: exact relaxation, energy needs, power bounds, no export.
fn check_sound(problem: &DispatchProblem<'_>, found: &Dispatch) {
    assert!(found.quality.gap_pu2 <= 1e-4, "{:?}", found.quality);
    assert_eq!(found.quality.periods.len(), problem.grid.periods);
    for (of_period, state) in found.quality.periods.iter().zip(&found.verified.states) {
        assert!(of_period.gap_pu2 <= found.quality.gap_pu2, "{:?}", found.quality);
        let most_kw = (1e-3 * state.loss.value()).max(0.1);
        assert!(of_period.loss_error_kw.abs() <= most_kw, "{of_period:?} of {:?}", state.loss);
    }
    for (t, state) in found.verified.states.iter().enumerate() {
        assert!(state.import.value() > -0.05, "export of {} in period {t}", state.import);
    }
    let step_periods = problem.evs.step_periods;
    for (store, power) in problem.evs.stores.iter().zip(&found.stores) {
        let mut energy = store.start_kwh;
        for (k, hours) in store.step_hours(problem.grid, step_periods).enumerate() {
            let discharge = power.discharge_kw.get(k).copied().unwrap_or(0.0);
            assert!(power.charge_kw[k] + discharge <= store.power_kw[k] + 0.01);
            energy += hours * (0.95 * power.charge_kw[k] - discharge / 0.95);
            if store.v2g == V2g::Accepted {
                assert!(
                    energy > store.floor_kwh - 0.1 && energy < store.capacity_kwh + 0.1,
                    "step {k}: {energy} kWh of {store:?}"
                );
            }
        }
        assert!((energy - store.target_kwh).abs() < 0.1, "{energy} kWh at departure of {store:?}");
    }
}

#[test]
fn the_optimum_is_that_of_an_independent_formulation() {
    let feeder = ieee33();
    for name in ["evening", "surplus", "tou"] {
        let reference = Reference::named(name);
        let (problem, steps) = reference.problem(&feeder);
        let found = dispatch_with_steps(&problem, &steps).expect(name);
        check_sound(&problem, &found);
        let (ours, theirs) = (found.quality.objective.value(), reference.result("objective_cny"));
        assert!((ours / theirs - 1.0).abs() < 1e-4, "{name}: {ours} and {theirs} CNY");
        assert!(
            (found.verified.cost.carbon.value() - reference.result("carbon_cny")).abs() < 0.5,
            "{name}: {:?}",
            found.verified.cost
        );
        assert!(
            (found.verified.loss.value() / reference.result("loss_kwh") - 1.0).abs() < 1e-3,
            "{name}: {}",
            found.verified.loss
        );
        assert!(
            (found.verified.curtailed.value() - reference.result("curtailed_kwh")).abs() < 2.0,
            "{name}: {}",
            found.verified.curtailed
        );
        let peak = reference.import_kw().into_iter().fold(0.0, f64::max);
        assert!(
            (found.verified.import_peak.value() - peak).abs() < 0.5,
            "{name}: {} and {peak}",
            found.verified.import_peak
        );
    }
}

#[test]
fn without_the_loss_price_surplus_is_burnt_in_branches_and_refused() {
    let feeder = ieee33();
    let (mut problem, steps) = Reference::named("surplus").problem(&feeder);
    problem.prices.loss_cny_per_kwh = 0.0;
    match dispatch_with_steps(&problem, &steps) {
        Err(DispatchError::Gap { gap_pu2, period, .. }) => {
            assert!(gap_pu2 > 1e-3 && (2..6).contains(&period), "{gap_pu2} in period {period}");
        }
        other => panic!("expected fictitious losses, found {:?}", other.map(|d| d.quality)),
    }
}

#[test]
fn the_published_case_is_halved_in_cost() {
    let feeder = ieee33();
    let problem = case::problem(&feeder, 24, 3000, 0.5, 10);
    let before =
        assess(&problem, &uncontrolled(&problem).expect("a schedule")).expect("power flows");
    let after = dispatch(&problem).expect("a dispatch");
    check_sound(&problem, &after);
    // Published: 6,275 / 3,289 / 633 / 1,356 before. Uncontrolled voltages fall below the band.
    assert!((5800.0..7000.0).contains(&before.cost.purchase.value()), "{:?}", before.cost);
    assert!((before.cost.diesel.value() - 3288.6).abs() < 1e-6);
    assert!((500.0..800.0).contains(&before.cost.curtailment.value()), "{:?}", before.cost);
    assert!((1250.0..1500.0).contains(&before.cost.carbon.value()), "{:?}", before.cost);
    assert!(!before.violations.is_empty());
    // Published after: 46.1 % less in total.
    let saved = 1.0 - after.verified.cost.total() / before.cost.total();
    assert!((0.43..0.53).contains(&saved), "{saved}");
    assert!(after.verified.violations.is_empty(), "{:?}", after.verified.violations);
    assert!(after.verified.curtailed.value() < 0.2 * before.curtailed.value());
}

#[test]
fn quarter_hours_cost_about_the_same() {
    let feeder = ieee33();
    let hours = dispatch(&case::problem(&feeder, 24, 300, 0.5, 5)).expect("a dispatch");
    let quarters = case::problem(&feeder, 96, 300, 0.5, 5);
    let found = dispatch(&quarters).expect("a dispatch");
    check_sound(&quarters, &found);
    let ratio = found.quality.objective / hours.quality.objective;
    assert!((0.97..1.05).contains(&ratio), "{ratio}");
}

#[test]
fn interzone_losses_fall_within_the_allowance() {
    let feeder = ieee33();
    let problem = case::problem(&feeder, 24, 1000, 0.5, 20);
    let zone_of = case::zone_of(&feeder);
    // The branches into buses 3, 4, 9, 28 join two zones.
    let ties: Vec<usize> = [3, 4, 9, 28]
        .iter()
        .filter_map(|&b| feeder.feeding_branch(feeder.position(BusId(b))?))
        .collect();
    let economic = dispatch(&problem).expect("a dispatch");
    let interzone = least_interzone_losses(&problem, &economic, &ties, &InterZoneParams::default())
        .expect("a dispatch");
    check_sound(&problem, &interzone);
    let tie_loss = |d: &Dispatch| -> f64 {
        d.verified
            .states
            .iter()
            .map(|s| ties.iter().map(|&t| s.branches[t].loss_kw).sum::<f64>())
            .sum()
    };
    // Dispatch for the import peak has flattened the ties' flows already: little is left to gain.
    assert!(
        tie_loss(&interzone) < 0.996 * tie_loss(&economic),
        "{} and {}",
        tie_loss(&interzone),
        tie_loss(&economic)
    );
    let dearer = interzone.verified.cost.total() / economic.verified.cost.total();
    assert!(dearer < 1.0501, "{dearer}");

    // Zone targets add up to what the substation delivers, less losses (bus 1 has no load).
    let targets = zone_targets(&problem, &zone_of, &economic, &interzone);
    assert_eq!(targets.iter().map(|t| t.zone).collect::<Vec<_>>(), [1, 2, 3, 4, 5].map(ZoneId));
    for (t, state) in economic.verified.states.iter().enumerate() {
        let sum: f64 = targets.iter().map(|z| z.p_kw[t]).sum();
        assert!((sum - (state.import - state.loss).value()).abs() < 1e-6);
        assert!(
            targets
                .iter()
                .all(|z| z.allowed_p_kw[t] >= z.p_kw[t] && z.allowed_q_kvar[t] >= z.q_kvar[t])
        );
    }
}

/// The problem from period `from` on, in a day whose first periods went as planned.
fn rest_of_day<'a>(
    problem: &DispatchProblem<'a>,
    plan: &Dispatch,
    from: usize,
) -> DispatchProblem<'a> {
    let buses = problem.feeder.buses().len();
    let mut rest = problem.clone();
    rest.grid.periods -= from;
    rest.load_kw.drain(..from * buses);
    rest.load_kvar.drain(..from * buses);
    rest.tou_cny_per_kwh.drain(..from);
    rest.renewables.iter_mut().for_each(|source| drop(source.available_kw.drain(..from)));
    for (store, power) in rest.evs.stores.iter_mut().zip(&plan.stores) {
        let past = from.saturating_sub(store.first).min(store.power_kw.len());
        for k in 0..past {
            let discharge = power.discharge_kw.get(k).copied().unwrap_or(0.0);
            store.start_kwh +=
                problem.grid.period_h * (0.95 * power.charge_kw[k] - discharge / 0.95);
        }
        store.power_kw.drain(..past);
        store.first = store.first.saturating_sub(from);
    }
    rest.evs.stores.retain(|store| !store.power_kw.is_empty());
    rest.so_far = DaySoFar {
        import_peak: plan.verified.states[..from].iter().map(|s| s.import).fold(Kw::ZERO, Kw::max),
        above_quota_kg: 0.0,
    };
    rest
}

#[test]
fn a_rolling_horizon_that_goes_as_planned_keeps_the_plan() {
    let feeder = ieee33();
    let (mut problem, steps) = Reference::named("evening").problem(&feeder);
    // Windows that end with the day: shift the two that wrap.
    for store in &mut problem.evs.stores {
        store.first = store.first.min(problem.grid.periods - store.power_kw.len());
    }
    let day = dispatch_with_steps(&problem, &steps).expect("a dispatch");
    for from in [2, 4, 6] {
        let rest = rest_of_day(&problem, &day, from);
        let later: Vec<Vec<u32>> = steps.iter().map(|row| row[from..].to_vec()).collect();
        let again = dispatch_with_steps(&rest, &later).expect("a dispatch");
        check_sound(&rest, &again);
        // The peak is already paid for: the rest of the plan is still optimal.
        let peak = again.verified.import_peak.max(rest.so_far.import_peak);
        assert!(
            (peak - day.verified.import_peak).abs().value() < 1.0,
            "from {from}: {peak} and {}",
            day.verified.import_peak
        );
        let planned: f64 = day.verified.states[from..].iter().map(|s| s.loss.value()).sum();
        let found: f64 = again.verified.states.iter().map(|s| s.loss.value()).sum();
        assert!((found / planned - 1.0).abs() < 0.02, "from {from}: losses {found} and {planned}");
    }
}

#[test]
fn a_day_can_be_dispatched_from_any_hour() {
    let feeder = ieee33();
    for now_h in [5, 14, 20] {
        let mut problem = case::problem_at(&feeder, 24, 1000, 0.5, now_h);
        problem.so_far.import_peak = Kw(1500.0);
        let found = dispatch(&problem).unwrap_or_else(|e| panic!("from {now_h} h: {e}"));
        check_sound(&problem, &found);
        // A peak that is paid for already costs nothing more.
        assert!(
            found.verified.cost.purchase_capacity.value()
                >= problem.prices.capacity_cny_per_kw() * 1500.0
        );
    }
}

#[test]
fn limits_that_cannot_be_kept_are_named_with_place_and_time() {
    let feeder = ieee33();
    let (problem, steps) = Reference::named("evening").problem(&feeder);
    let fails = |change: &dyn Fn(&mut DispatchProblem<'_>)| {
        let mut problem = problem.clone();
        change(&mut problem);
        dispatch_with_steps(&problem, &steps).expect_err("limits too tight")
    };
    let import = fails(&|p| p.import_limit = Some(Kw(500.0)));
    assert!(
        matches!(import, DispatchError::Infeasible { limit: HardLimit::Import, excess, .. } if excess > 50.0),
        "{import}"
    );
    let node = fails(&|p| {
        p.node_limits.push(NodeLimit {
            bus: BusId(24),
            active: Some((Kw(-10.0), Kw(50.0))),
            reactive: None,
        });
    });
    assert!(
        matches!(
            node,
            DispatchError::Infeasible { limit: HardLimit::NodeActive(BusId(24)), period: 4, .. }
        ),
        "{node}"
    );
    let export = fails(&|p| p.diesels[0].power = Kw(3000.0));
    assert!(
        matches!(export, DispatchError::Infeasible { limit: HardLimit::Export, .. }),
        "{export}"
    );
    let message = export.to_string();
    assert!(
        message.starts_with(
            "no dispatch keeps all limits: no export at the substation [kW] in period"
        ),
        "{message}"
    );

    let mut spec = crate::power_flow::ieee33_spec();
    spec.branches[21].rating_a = Some(15.0);
    let narrow = grid::Feeder::new(&spec).expect("radial");
    let (problem, steps) = Reference::named("evening").problem(&narrow);
    let current =
        dispatch_with_steps(&problem, &steps).expect_err("branch 22 carries more than 15 A");
    match current {
        DispatchError::Infeasible { limit: HardLimit::BranchCurrent(branch), excess, .. } => {
            assert!(branch.0 == 22 && excess > 1.0, "{branch} by {excess}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn ill_formed_problems_are_refused_before_solving() {
    let feeder = ieee33();
    let (problem, _) = Reference::named("evening").problem(&feeder);
    let message = |change: &dyn Fn(&mut DispatchProblem<'_>)| {
        let mut problem = problem.clone();
        change(&mut problem);
        dispatch(&problem).expect_err("ill-formed").to_string()
    };
    let cases = [
        (message(&|p| p.load_kw.truncate(263)), "263 values of load_kw given, 264 needed"),
        (
            message(&|p| p.renewables[2].bus = BusId(77)),
            "renewable 2 is at bus 77, which the feeder does not have",
        ),
        (
            message(&|p| p.renewables[2].available_kw[0] = -1.0),
            "renewable 2: available_kw = -1 is not possible",
        ),
        (message(&|p| p.evs.zones[0].shares[0].1 = 0.5), "zone 0: sum of shares = 1.25"),
        (
            message(&|p| p.evs.stores[0].split[0].0 = ZoneId(9)),
            "store 0 is in zone 9, for which no buses are given",
        ),
        (
            message(&|p| p.evs.stores[0].target_kwh = 1e5),
            "store 0: 98000 kWh needed in the batteries, at most 12540 kWh can be charged",
        ),
        (
            message(&|p| p.evs.stores[1].floor_kwh = 3100.0),
            "store 1: start_kwh = 3000 is not possible",
        ),
        (message(&|p| p.carbon.income_cny_per_kg = 0.3), "income_cny_per_kg = 0.3 is not possible"),
        (message(&|p| p.prices.vmin_pu = 1.2), "vmin_pu = 1.2"),
    ];
    for (message, part) in cases {
        assert!(message.contains(part), "{message:?} should say {part:?}");
    }
}
