//! Price forms and costs, by hand.

use crate::{
    AffinePrice, GroupError, Horizon, PriceForm, PriceParams, Prices, TariffPrice, group_tou,
};
use domain::Tariff;

#[test]
fn the_three_forms_by_hand() {
    // Load 2,000 without EVs, 500 of charging, L_max 5,000.
    for (form, at_flat, in_valley) in [
        (PriceForm::TOU_TIMES_LOAD, 0.7 * 0.5 + 1.12, 0.35 * 0.5 + 1.12), // 1.47, 1.295
        (PriceForm::FEE_TIMES_LOAD, 0.7 + 0.8 * 0.5, 0.35 + 0.8 * 0.5),   // 1.10, 0.75
        (PriceForm::VALLEY_FREE_FEE, 0.7 * 0.5 + 1.12, 0.35 * 0.5),       // 1.47, 0.175
    ] {
        for (now, expected) in [(0.7, at_flat), (0.35, in_valley)] {
            let price = form.affine(TariffPrice { now, lowest: 0.35 }, 2000.0, 5000.0);
            assert!(
                (price.level + 500.0 * price.slope - expected).abs() < 1e-12,
                "{}",
                form.name()
            );
        }
        assert_eq!(PriceForm::named(form.name()), Some(form));
    }
}

#[test]
fn every_area_may_have_a_tariff_of_its_own() {
    let horizon = Horizon::day(24);
    let params = PriceParams {
        form: PriceForm::FEE_TIMES_LOAD,
        tariffs: vec![Tariff::flat(0.5), group_tou(0.7, 1.6, 0.5)],
    };
    let prices = params.over(&horizon, 2, &[50.0; 24], 100.0).unwrap();
    assert!(
        (prices.at(0, 9, 0.0) - 0.9).abs() < 1e-12 && (prices.at(1, 9, 0.0) - 1.52).abs() < 1e-12
    ); // + 0.8 x 0.5
    assert!(matches!(
        params.over(&horizon, 3, &[50.0; 24], 100.0),
        Err(GroupError::Tariffs { found: 2, areas: 3 })
    ));
    assert!(matches!(
        params.over(&horizon, 2, &[50.0; 24], 0.0),
        Err(GroupError::OutOfRange { .. })
    ));
}

#[test]
fn everybody_pays_the_price_that_all_make() {
    let prices = Prices::new(2, vec![AffinePrice { level: 1.0, slope: 0.1 }; 4]).unwrap();
    // Period 0: 2 + 3 kW at 1.5; period 1: 1 + 0 kW at 1.1; half hours.
    let costs = prices.cost_by_area(&[2.0, 1.0, 3.0, 0.0], 0.5);
    assert!(
        (costs[0] - 0.5 * (2.0 * 1.5 + 1.1)).abs() < 1e-12 && (costs[1] - 0.5 * 4.5).abs() < 1e-12
    );
}
