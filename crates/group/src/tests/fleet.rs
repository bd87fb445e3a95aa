//! The drawn fleet and who takes part.

use super::samples::numbers;
use crate::{GroupError, Horizon, NUMBERS_PER_EV, draw_fleet, participants, unordered_kw};
use population::FleetSpec;
use proptest::prelude::*;

#[test]
fn the_published_fleet_has_its_areas_piles_and_states_of_charge() {
    let fleet = draw_fleet(&FleetSpec::group(), 3, &mut numbers(1)).unwrap();
    let of_area = |area| fleet.iter().filter(|ev| ev.stay.area == area).count();
    assert_eq!([of_area(0), of_area(1), of_area(2)], [225, 167, 108]);
    let fast = fleet.iter().filter(|ev| ev.fast).count();
    // Binomial(500, 1/2): standard deviation 11.
    assert!((200..300).contains(&fast), "{fast}");
    for ev in &fleet {
        let stay = ev.stay;
        stay.check(3).unwrap();
        assert_eq!(
            (stay.power_kw, stay.capacity_kwh),
            if ev.fast { (50.0, 52.5) } else { (7.0, 30.0) }
        );
        assert!((0.2..=0.6).contains(&stay.soc) && (0.8..=0.95).contains(&stay.expected_soc));
        assert!(stay.departure_h - stay.arrival_h >= stay.charging_time_h() - 1e-9);
    }
}

#[test]
fn every_ev_takes_the_same_count_of_numbers() {
    let mut count = 0;
    let mut source = numbers(2);
    let spec = FleetSpec::group();
    draw_fleet(&spec, 3, &mut || {
        count += 1;
        source()
    })
    .unwrap();
    assert_eq!(count, spec.evs as usize * NUMBERS_PER_EV);
}

#[test]
fn a_segment_outside_the_group_is_refused() {
    let error = draw_fleet(&FleetSpec::group(), 2, &mut numbers(3)).unwrap_err();
    assert_eq!(
        error,
        GroupError::Segment { segment: "commercial".to_owned(), zone: Some(3), areas: 2 }
    );
}

#[test]
fn unordered_charging_delivers_every_need() {
    let fleet = draw_fleet(&FleetSpec::group(), 3, &mut numbers(4)).unwrap();
    let stays: Vec<_> = fleet.iter().map(|ev| ev.stay).collect();
    let need: f64 = stays.iter().map(crate::Stay::need_kwh).sum();
    for periods in [24, 96] {
        let horizon = Horizon::day(periods);
        let placed: f64 = unordered_kw(&horizon, 3, &stays).iter().sum::<f64>() * horizon.period_h;
        assert!((placed - need).abs() < 1e-3, "{placed} {need}");
    }
}

proptest! {
    #[test]
    fn a_larger_share_contains_the_smaller(seed in 0_usize..50, a in 0.0_f64..=1.0, b in 0.0_f64..=1.0) {
        let fleet = draw_fleet(&FleetSpec::group(), 3, &mut numbers(seed)).unwrap();
        let (few, many) = (participants(&fleet, a.min(b)).unwrap(), participants(&fleet, a.max(b)).unwrap());
        prop_assert_eq!(few.iter().filter(|flag| **flag).count(), (500.0 * a.min(b)).round() as usize);
        prop_assert!(few.iter().zip(&many).all(|(few, many)| !few || *many));
    }
}
