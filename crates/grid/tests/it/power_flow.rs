//! Power flow on IEEE 33: published figures, other tools' solutions, energy balance, batch against
//! single.

use domain::BusId;
use grid::{
    BranchId, Ended, Feeder, FeederSpec, FlowOptions, FlowOutcome, FlowState, PowerFlow, Switch,
    VoltageSensitivity, ieee33,
};
use proptest::prelude::*;
use std::path::Path;

const BUSES: &str = include_str!("../../data/ieee33/buses.csv");
const BRANCHES: &str = include_str!("../../data/ieee33/branches.csv");
const VOLTAGES: &str = include_str!("../../../../tests/golden/grid/reference_voltages.csv");
const FLOWS: &str = include_str!("../../../../tests/golden/grid/reference_branches.csv");
const RANDOM: &str = include_str!("../../../../tests/golden/grid/random_loads.csv");

fn solve(feeder: &Feeder, p_kw: &[f64], q_kvar: &[f64]) -> FlowState {
    let options = FlowOptions { tolerance_pu: 1e-13, ..FlowOptions::default() };
    PowerFlow::new(feeder)
        .solve(p_kw, q_kvar, &options)
        .expect("finite loads")
        .converged()
        .expect("within capacity")
}

fn nominal(feeder: &Feeder) -> FlowState {
    solve(feeder, &feeder.nominal_p_kw(), &feeder.nominal_q_kvar())
}

fn rows(text: &str) -> Vec<Vec<f64>> {
    text.lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect()
}

/// The built-in tables, to be changed.
pub fn ieee33_spec() -> FeederSpec {
    let table = |text| tables::DataTable::parse_csv(Path::new("t.csv"), text).expect("a table");
    FeederSpec::from_tables(&table(BUSES), &table(BRANCHES), None).expect("the built-in tables")
}

fn changed(change: impl FnOnce(&mut FeederSpec)) -> Feeder {
    let mut spec = ieee33_spec();
    change(&mut spec);
    Feeder::new(&spec).expect("radial")
}

#[test]
fn ieee33_has_the_published_losses_and_lowest_voltage() {
    let feeder = ieee33();
    let state = nominal(&feeder);
    assert!((state.loss.value() - 202.677_126).abs() < 1e-6, "{}", state.loss);
    assert!((state.loss_q.value() - 135.140_971).abs() < 1e-6, "{}", state.loss_q);
    let (bus, voltage) = state.lowest_voltage(&feeder);
    assert_eq!(bus, BusId(18));
    assert!((voltage.value() - 0.913_090_479_4).abs() < 1e-10, "{voltage}");
}

#[test]
fn ieee33_agrees_with_pandapower_at_every_bus_and_branch() {
    let feeder = ieee33();
    let state = nominal(&feeder);
    for row in rows(VOLTAGES) {
        let bus = feeder.position(BusId(row[0] as u32)).expect("known bus");
        assert!(
            (state.vm_pu(bus) - row[1]).abs() < 1e-9,
            "bus {}: {} and {}",
            row[0],
            state.vm_pu(bus),
            row[1]
        );
        assert!((state.va_degree(bus) - row[2]).abs() < 1e-8, "bus {}", row[0]);
    }
    for row in rows(FLOWS) {
        let at = feeder
            .branches()
            .iter()
            .position(|b| b.id == BranchId(row[0] as u32))
            .expect("known branch");
        let flow = state.branches[at];
        for (ours, theirs) in
            [flow.p_from_kw, flow.q_from_kvar, flow.loss_kw, flow.current_a].iter().zip(&row[1..])
        {
            assert!((ours - theirs).abs() < 1e-5, "branch {}: {ours} and {theirs}", row[0]);
        }
    }
}

#[test]
fn random_loads_agree_with_power_grid_model() {
    let feeder = ieee33();
    let cases = rows(RANDOM);
    let (p_kw, q_kvar): (Vec<f64>, Vec<f64>) = cases.iter().map(|row| (row[2], row[3])).unzip();
    let batch = PowerFlow::new(&feeder)
        .solve_batch(&p_kw, &q_kvar, &FlowOptions::default())
        .expect("finite loads");
    for (at, row) in cases.iter().enumerate() {
        let (case, bus) = (at / 33, at % 33);
        assert!((batch.vm_pu(case, bus) - row[4]).abs() < 1e-8, "case {case}, bus {}", row[1]);
        assert!(
            (batch.v_im[at].atan2(batch.v_re[at]).to_degrees() - row[5]).abs() < 1e-6,
            "case {case}, bus {}",
            row[1]
        );
    }
}

#[test]
fn other_configurations_of_the_feeder_are_solved_too() {
    // The optimal reconfiguration: 7, 9, 14, 32, 37 open instead of 33 to 37. Several branches then
    // feed against their direction.
    let best = changed(|spec| {
        for b in &mut spec.branches {
            b.switch = if [7, 9, 14, 32, 37].contains(&b.branch.0) {
                Switch::Open
            } else {
                Switch::Closed
            };
        }
    });
    let state = nominal(&best);
    assert!((state.loss.value() - 139.551).abs() < 1e-3, "{}", state.loss);
    let (bus, voltage) = state.lowest_voltage(&best);
    assert!(bus == BusId(32) && (voltage.value() - 0.93782).abs() < 1e-5, "{bus} {voltage}");
    // The variant with 1.7114 + j1.2351 ohm between buses 7 and 8.
    let variant =
        changed(|spec| (spec.branches[6].r_ohm, spec.branches[6].x_ohm) = (1.7114, 1.2351));
    let state = nominal(&variant);
    assert!(
        (state.loss.value() - 210.998).abs() < 1e-3
            && (state.lowest_voltage(&variant).1.value() - 0.903_772).abs() < 1e-6
    );
}

#[test]
fn meshed_operation_is_refused_and_names_the_closing_branch() {
    let mut spec = ieee33_spec();
    spec.branches[35].switch = Switch::Closed;
    let message = Feeder::new(&spec).expect_err("a ring").to_string();
    assert!(
        message.starts_with("branch 36 (18-33) closes a loop; only radial operation is solved"),
        "{message}"
    );
}

#[test]
fn loads_beyond_capacity_diverge_at_a_named_bus() {
    let feeder = ieee33();
    let p_kw: Vec<f64> = feeder.nominal_p_kw().iter().map(|p| 4.0 * p).collect();
    let q_kvar: Vec<f64> = feeder.nominal_q_kvar().iter().map(|q| 4.0 * q).collect();
    let flow = PowerFlow::new(&feeder);
    match flow.solve(&p_kw, &q_kvar, &FlowOptions::default()).expect("finite loads") {
        FlowOutcome::Converged(state) => {
            panic!("four times nominal load cannot be carried, loss {}", state.loss)
        }
        FlowOutcome::Diverged(d) => {
            assert!(d.step_pu > 1e-10 && d.sweeps > 0 && d.bus != BusId(1), "{d}");
        }
    }
    // In a batch the neighbours are not disturbed.
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let batch = flow.solve_batch(
        &[p.clone(), p_kw, p.clone()].concat(),
        &[q.clone(), q_kvar, q.clone()].concat(),
        &FlowOptions::default(),
    );
    let batch = batch.expect("finite loads");
    assert!(matches!(
        batch.ended[..],
        [Ended::Converged(_), Ended::Diverged(_), Ended::Converged(_)]
    ));
    assert_eq!(batch.v_re[..33], batch.v_re[66..]);
    assert!(batch.v_re[33].is_nan());
}

#[test]
fn bad_loads_are_refused_with_bus_and_scenario() {
    let feeder = ieee33();
    let flow = PowerFlow::new(&feeder);
    let zeros = vec![0.0; 66];
    let mut bad = zeros.clone();
    bad[35] = f64::NAN;
    let cases = [
        (
            flow.solve_batch(&bad, &zeros, &FlowOptions::default()).err(),
            "scenario 1: p_kw at bus 3 is NaN",
        ),
        (
            flow.solve_batch(&zeros, &zeros[1..], &FlowOptions::default()).err(),
            "65 values of q_kvar given, 66 needed",
        ),
        (
            flow.solve(&zeros, &zeros, &FlowOptions::default()).map(|_| ()).err(),
            "66 values of p_kw given, 33 needed",
        ),
        (
            flow.solve_batch(&zeros, &zeros, &FlowOptions { tolerance_pu: 0.0, max_sweeps: 9 })
                .err(),
            "tolerance 0 p.u. is not above zero",
        ),
    ];
    for (error, part) in cases {
        let message = error.expect(part).to_string();
        assert!(message.contains(part), "{message:?} should say {part:?}");
    }
}

#[test]
fn sensitivities_predict_a_small_change_within_a_sixth() {
    let feeder = ieee33();
    let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
    let base = nominal(&feeder);
    let sensitivity = VoltageSensitivity::at(&feeder, &base);
    for (load, of) in [(17, 17), (17, 5), (24, 24), (32, 17), (21, 32)] {
        for (per_unit, kw, kvar) in
            [(sensitivity.per_kw(of, load), 1.0, 0.0), (sensitivity.per_kvar(of, load), 0.0, 1.0)]
        {
            let (mut p, mut q) = (p.clone(), q.clone());
            p[load] += kw;
            q[load] += kvar;
            let seen = solve(&feeder, &p, &q).vm_pu(of) - base.vm_pu(of);
            assert!(
                seen < 0.0 && (per_unit / seen - 1.0).abs() < 0.17,
                "load {load}, of {of}: {per_unit:e}, seen {seen:e}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What the substation delivers equals consumption plus losses; a batch gives bit for bit the
    /// single flows.
    #[test]
    fn power_balances_and_batches_equal_single_flows(factors in prop::collection::vec(-1.0..1.5_f64, 33 * 11)) {
        let feeder = ieee33();
        let flow = PowerFlow::new(&feeder);
        let (p, q) = (feeder.nominal_p_kw(), feeder.nominal_q_kvar());
        let p_kw: Vec<f64> = factors.iter().enumerate().map(|(at, f)| f * p[at % 33]).collect();
        let q_kvar: Vec<f64> = factors.iter().enumerate().map(|(at, f)| f.abs() * q[at % 33]).collect();
        let batch = flow.solve_batch(&p_kw, &q_kvar, &FlowOptions::default()).expect("finite loads");
        for case in 0..11 {
            let range = case * 33..(case + 1) * 33;
            let state = flow.solve(&p_kw[range.clone()], &q_kvar[range.clone()], &FlowOptions::default());
            let state = state.expect("finite loads").converged().expect("within capacity");
            prop_assert_eq!(&state.v_re[..], &batch.v_re[range.clone()]);
            prop_assert_eq!(&state.v_im[..], &batch.v_im[range.clone()]);
            let consumed: f64 = p_kw[range.clone()].iter().sum();
            prop_assert!((state.import.value() - consumed - state.loss.value()).abs() < 1e-6);
            let consumed: f64 = q_kvar[range].iter().sum();
            prop_assert!((state.import_q.value() - consumed - state.loss_q.value()).abs() < 1e-6);
        }
    }
}
