//! The lower layer: by hand, against `optim`, under shortage, and the swarm's gap.

use super::samples::{Day, numbers, small, stay};
use crate::{
    GroupError, Horizon, Loads, Sharing, UpperParams, plan_day, share_by_swarm, share_exactly,
};
use optim::pso;
use optim::stores::Span;
use optim::stores::allocation::{Taker, share};

fn feasible(found: &Sharing, profile_kw: &[f64], loads: &Loads) {
    for (power, cap) in found.schedule.power_kw.iter().zip(loads.caps_kw()) {
        assert!(*power >= 0.0 && *power <= cap + 1e-9);
    }
    for (soc, stay) in found.end_soc.iter().zip(loads.stays()) {
        assert!(*soc <= stay.highest_soc + 1e-9);
    }
    let used = crate::network_kw(&found.schedule.placed_kw, profile_kw.len());
    for ((used, left), profile) in used.iter().zip(&found.remainder_kw).zip(profile_kw) {
        assert!((used + left - profile).abs() < 1e-6);
    }
}

#[test]
fn a_shortage_is_shared_evenly() {
    let loads = Loads::new(
        &Horizon::open(0.0, 2, 1.0),
        1,
        &[stay(1, 0, 0.0, 2.0, 4.0), stay(2, 0, 0.0, 2.0, 8.0)],
    )
    .unwrap();
    // 8 kWh for 4 and 8 wished: both end 2 kWh short; squared error 2 x (2 / 40)^2.
    let found = share_exactly(&[3.0, 5.0], &loads).unwrap();
    feasible(&found, &[3.0, 5.0], &loads);
    assert!((found.squared_error - 0.005).abs() < 1e-6, "{found:?}");
    assert!((found.rms_error() - 0.05).abs() < 1e-5);
}

#[test]
fn what_nobody_can_take_is_reported() {
    let loads = Loads::new(&Horizon::open(0.0, 2, 1.0), 1, &[stay(1, 0, 0.5, 1.0, 4.0)]).unwrap();
    // There for half of period 0 at 10 kW; nobody in period 1.
    let found = share_exactly(&[8.0, 2.0], &loads).unwrap();
    assert!(
        (found.remainder_kw[0] - 3.0).abs() < 1e-6 && (found.remainder_kw[1] - 2.0).abs() < 1e-9
    );
    assert!(matches!(share_exactly(&[8.0], &loads), Err(GroupError::CurveLength { .. })));
    assert!(matches!(share_exactly(&[8.0, -1.0], &loads), Err(GroupError::OutOfRange { .. })));
}

#[test]
fn whole_hours_agree_with_the_allocation_solver() {
    let stays =
        [stay(1, 0, 0.0, 4.0, 12.0), stay(2, 0, 2.0, 6.0, 20.0), stay(3, 0, 1.0, 5.0, 15.0)];
    let profile_kw = [4.0, 12.0, 9.0, 7.0, 3.0, 2.0];
    let takers: Vec<Taker> = stays
        .iter()
        .map(|stay| Taker {
            span: Span::new(stay.arrival_h as usize, stay.departure_h as usize),
            power_kw_max: stay.power_kw,
            energy_kwh: stay.soc * stay.capacity_kwh,
            expected_kwh: stay.expected_soc * stay.capacity_kwh,
            ceiling_kwh: stay.highest_soc * stay.capacity_kwh,
            capacity_kwh: stay.capacity_kwh,
            charge_efficiency: stay.efficiency,
        })
        .collect();
    let expected = share(&profile_kw, 1.0, &takers).unwrap();
    let loads = Loads::new(&Horizon::open(0.0, 6, 1.0), 1, &stays).unwrap();
    let found = share_exactly(&profile_kw, &loads).unwrap();
    feasible(&found, &profile_kw, &loads);
    assert!((found.squared_error - expected.squared_error).abs() < 1e-6);
    for (number, end_kwh) in expected.end_kwh.iter().enumerate() {
        assert!((found.end_soc[number] * 40.0 - end_kwh).abs() < 1e-3);
    }
}

/// Profiles of the upper layer can be shared without error; the swarm comes within the tolerated
/// 0.08.
#[test]
fn the_swarm_stays_within_its_gap() {
    let params = small(24);
    let day = Day::of(&params, 0.6, 2);
    let plan = plan_day(
        &params.horizon,
        &day.stays,
        &day.view(),
        &UpperParams::default(),
        &mut numbers(0),
    )
    .unwrap();
    let swarm = pso::Params { particles: 40, iterations: 150, ..params.lower.swarm };
    for (area, profile_kw) in plan.schedule().placed_kw.chunks(24).enumerate() {
        let mine: Vec<_> = day.stays.iter().filter(|stay| stay.area == area).copied().collect();
        let loads = Loads::new(&params.horizon, 3, &mine).unwrap();
        let exact = share_exactly(profile_kw, &loads).unwrap();
        let found = share_by_swarm(profile_kw, &loads, &swarm, numbers(4)).unwrap();
        for sharing in [&exact, &found] {
            feasible(sharing, profile_kw, &loads);
            assert!(
                sharing.remainder_kw.iter().all(|left| *left < 1e-3),
                "{:?}",
                sharing.remainder_kw
            );
        }
        assert!(exact.rms_error() < 1e-4, "area {area}: {}", exact.rms_error());
        assert!(
            found.rms_error() <= exact.rms_error() + 0.08,
            "area {area}: {}",
            found.rms_error()
        );
    }
}
