//! The lower layer: by hand, under shortage, and the swarm's gap.

use super::samples::{Day, numbers, small, stay};
use crate::{
    GroupError, Horizon, Loads, Sharing, UpperParams, plan_day, share_by_swarm, share_exactly,
};
use optim::pso;

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
fn stays_that_overlap_share_a_shortage_evenly() {
    let stays =
        [stay(1, 0, 0.0, 4.0, 12.0), stay(2, 0, 2.0, 6.0, 20.0), stay(3, 0, 1.0, 5.0, 15.0)];
    let profile_kw = [4.0, 12.0, 9.0, 7.0, 3.0, 2.0];
    let loads = Loads::new(&Horizon::open(0.0, 6, 1.0), 1, &stays).unwrap();
    let found = share_exactly(&profile_kw, &loads).unwrap();
    feasible(&found, &profile_kw, &loads);
    // 37 kWh for 47 wished. Each can end 10/3 short: 4 + 4.67 for the first in hours 0 and 1, 7.33
    // + 4.33 for the third in hours 1 to 3, the rest and hours 4 and 5 for the second.
    for (soc, stay) in found.end_soc.iter().zip(&stays) {
        assert!((soc - (stay.expected_soc - 10.0 / 3.0 / 40.0)).abs() < 1e-5, "{found:?}");
    }
    assert!((found.squared_error - 3.0 * (10.0 / 3.0 / 40.0_f64).powi(2)).abs() < 1e-6);
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
