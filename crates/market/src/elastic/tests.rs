//! The zones' day of P0: valley 23-7, flat 7-11 and 16-19, peak 11-16 and 19-23 h.

use super::*;
use proptest::prelude::*;

fn kinds() -> Vec<PeriodKind> {
    (0..48)
        .map(|hour| match hour % 24 {
            7..11 | 16..19 => PeriodKind::Flat,
            11..16 | 19..23 => PeriodKind::Peak,
            _ => PeriodKind::Valley,
        })
        .collect()
}

const PRICES: KindPrices = KindPrices { base: [1.09, 0.68, 0.35], actual: [1.635, 0.68, 0.175] };

fn stay(periods: Range<usize>, need_kwh: f64) -> Stay {
    let before_kwh = on_arrival_kwh(periods.clone(), 7.0, need_kwh, &kinds(), 1.0);
    Stay { periods, power_kw: 7.0, need_kwh, before_kwh }
}

fn plans(stays: &[Stay]) -> Vec<ElasticPlan> {
    respond(&ElasticRules::default(), stays, &kinds(), &PRICES, 1.0, &mut [0.0; 48])
        .expect("sound stays")
}

#[test]
fn a_home_stay_moves_from_peak_to_valley_and_keeps_its_need() {
    // 18:00-07:00, 21 kWh on arrival: 7 flat, 14 peak. Peak: 14 x (1 - 0.105 - 0.035) = 12.04;
    // flat: 7 x (1 + 0.01 - 0.03) = 6.86; valley 0. Missing 2.1 go to the valley.
    let plan = &plans(&[stay(18..31, 21.0)])[0];
    assert_eq!(plan.user_type, UserType::Three);
    for (got, expected) in plan.target_kwh.iter().zip([12.04, 6.86, 2.1]) {
        assert!((got - expected).abs() < 1e-9, "{:?}", plan.target_kwh);
    }
    assert!((plan.power_kw.iter().sum::<f64>() - 21.0).abs() < 1e-9);
}

#[test]
fn types_cover_all_combinations_of_kinds() {
    // Periods and room of peak, flat, valley at 7 kWh each, need 10.
    for (touched, expected) in [
        ([0, 0, 0], UserType::None),
        ([2, 0, 0], UserType::One),
        ([0, 2, 0], UserType::One),
        ([0, 0, 2], UserType::One),
        ([2, 2, 0], UserType::Two),
        ([0, 1, 1], UserType::Three),
        ([0, 2, 2], UserType::Three),
        ([2, 0, 2], UserType::Three),
        ([2, 1, 1], UserType::Three),
        ([2, 0, 1], UserType::Four),
    ] {
        assert_eq!(
            user_type(touched, touched.map(|n| 7.0 * n as f64), 10.0),
            expected,
            "{touched:?}"
        );
    }
    // Valley and flat short, without peak: still type 3.
    assert_eq!(user_type([0, 1, 1], [0.0, 7.0, 7.0], 20.0), UserType::Three);
}

#[test]
fn figure_4_fills_types_4_1_2_3() {
    use UserType::{Four, None, One, Three, Two};
    assert_eq!(filling_order(&[Three, One, None, Four, Two, Four, One]), [3, 5, 1, 6, 4, 0, 2]);
}

#[test]
fn the_lowest_net_load_is_filled_first_and_then_counts() {
    // Two equal valley stays of one period's need each: the second finds the first's charging and
    // goes elsewhere.
    let mut net = [50.0; 48];
    net[26] = 10.0;
    net[27] = 12.0;
    let stays = [stay(24..30, 7.0), stay(24..30, 7.0)];
    let plans =
        respond(&ElasticRules::default(), &stays, &kinds(), &PRICES, 1.0, &mut net).expect("sound");
    assert_eq!(plans[0].power_kw, [0.0, 0.0, 7.0, 0.0, 0.0, 0.0]);
    assert_eq!(plans[1].power_kw, [0.0, 0.0, 0.0, 7.0, 0.0, 0.0]);
    assert_eq!((net[26], net[27]), (17.0, 19.0));
}

#[test]
fn unmoved_prices_leave_demand_as_it_was() {
    let flat = KindPrices { actual: PRICES.base, ..PRICES };
    let stays = [stay(18..31, 21.0)];
    let plans = respond(&ElasticRules::default(), &stays, &kinds(), &flat, 1.0, &mut [0.0; 48])
        .expect("sound");
    assert_eq!(plans[0].target_kwh, stays[0].before_kwh);
}

#[test]
fn malformed_stays_are_refused_with_their_place() {
    let go = |s: Stay| {
        respond(&ElasticRules::default(), &[s], &kinds(), &PRICES, 1.0, &mut [0.0; 48])
            .expect_err("malformed")
            .to_string()
    };
    assert_eq!(go(Stay { periods: 40..60, ..stay(40..48, 1.0) }), "stay 0 ends in period 60 of 48");
    assert_eq!(go(Stay { power_kw: -7.0, ..stay(40..48, 1.0) }), "stay 0 has a power of -7");
    let free = KindPrices { base: [0.0; 3], actual: [0.0; 3] };
    assert!(respond(&ElasticRules::default(), &[], &kinds(), &free, 1.0, &mut [0.0; 48]).is_err());
    assert!(
        respond(&ElasticRules::default(), &[], &kinds(), &PRICES, 1.0, &mut [0.0; 47]).is_err()
    );
}

proptest! {
    #[test]
    fn the_need_met_is_the_same_before_and_after(
        places in proptest::collection::vec((0..47_usize, 1..24_usize, 0.0..120.0_f64), 1..40),
        actual in proptest::array::uniform3(0.0..3.0_f64),
        scale in 0.0..4.0_f64,
    ) {
        let stays: Vec<Stay> = places.iter().map(|&(from, length, need)| stay(from..(from + length).min(48), need)).collect();
        let rules = ElasticRules { scale, ..ElasticRules::default() };
        let mut net = [100.0; 48];
        let plans = respond(&rules, &stays, &kinds(), &KindPrices { actual, ..PRICES }, 1.0, &mut net).expect("sound");
        let mut added = 0.0;
        for (stay, plan) in stays.iter().zip(&plans) {
            let before: f64 = stay.before_kwh.iter().sum();
            let after: f64 = plan.power_kw.iter().sum();
            prop_assert!((before - after).abs() < 1e-9, "{before} {after}");
            prop_assert!((after - stay.need_kwh.min(7.0 * stay.periods.len() as f64)).abs() < 1e-9);
            prop_assert!(plan.power_kw.iter().all(|p| (0.0..=7.0).contains(p)));
            // Exactly one type, and never none: every stay has a period.
            prop_assert!(plan.user_type != UserType::None);
            let in_kind = |kind: PeriodKind| stay.periods.clone().filter(|&j| kinds()[j] == kind).map(|j| plan.power_kw[j - stay.periods.start]).sum::<f64>();
            prop_assert!((in_kind(PeriodKind::Peak) - plan.target_kwh[0]).abs() < 1e-9);
            prop_assert!((in_kind(PeriodKind::Valley) - plan.target_kwh[2]).abs() < 1e-9);
            added += after;
        }
        prop_assert!((net.iter().sum::<f64>() - 4800.0 - added).abs() < 1e-6);
    }

    #[test]
    fn every_combination_has_exactly_one_type(periods in proptest::array::uniform3(0..9_usize), need in 0.0..200.0_f64) {
        let room = periods.map(|n| 7.0 * n as f64);
        let found = user_type(periods, room, need);
        let kinds = periods.iter().filter(|&&n| n > 0).count();
        prop_assert_eq!(found == UserType::None, kinds == 0);
        prop_assert_eq!(found == UserType::One, kinds == 1);
        prop_assert_eq!(found == UserType::Two, kinds == 2 && periods[2] == 0);
    }
}
