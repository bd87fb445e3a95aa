//! Trade admission on IEEE 33.

use crate::case;
use domain::{BusId, Kw, PerUnit, ZoneId};
use grid::{Admission, BrokenLimit, Feeder, NetworkLimits, TradeAdmission, TradeRequest, ieee33};
use proptest::prelude::*;

/// The buses of a zone, in equal shares.
fn shares(feeder: &Feeder, zone: usize) -> Vec<(usize, f64)> {
    let buses = case::ZONES[zone - 1];
    buses
        .iter()
        .map(|&b| (feeder.position(BusId(b)).expect("known bus"), 1.0 / buses.len() as f64))
        .collect()
}

/// Half of nominal load.
fn network(feeder: &Feeder, limits: NetworkLimits) -> TradeAdmission<'_> {
    let half = |nominal: Vec<f64>| nominal.iter().map(|x| 0.5 * x).collect();
    TradeAdmission::new(feeder, half(feeder.nominal_p_kw()), half(feeder.nominal_q_kvar()), limits)
        .expect("a power flow")
}

fn wide() -> NetworkLimits {
    NetworkLimits { vmin: PerUnit(0.9), vmax: PerUnit(1.05), ..NetworkLimits::default() }
}

#[test]
fn buying_far_out_from_near_the_substation_costs_losses() {
    let feeder = ieee33();
    let (near, far) = (shares(&feeder, 1), shares(&feeder, 4));
    let network = network(&feeder, wide());
    let trade = |buyer, seller| {
        let (from, to) = if buyer == ZoneId(4) { (&near, &far) } else { (&far, &near) };
        TradeRequest { buyer, buyer_shares: to, seller, seller_shares: from, power: Kw(100.0) }
    };
    let Ok(Admission::Admitted { extra_loss: outwards }) =
        network.check(&trade(ZoneId(4), ZoneId(1)))
    else {
        panic!("within limits")
    };
    let Ok(Admission::Admitted { extra_loss: inwards }) =
        network.check(&trade(ZoneId(1), ZoneId(4)))
    else {
        panic!("within limits")
    };
    assert!(outwards > Kw(2.0) && outwards < Kw(15.0), "{outwards}");
    assert!(inwards < Kw(-2.0), "{inwards}");
}

#[test]
fn a_refusal_names_the_limit_that_would_break() {
    let feeder = ieee33();
    let (near, far) = (shares(&feeder, 1), shares(&feeder, 4));
    let trade = |power| TradeRequest {
        buyer: ZoneId(4),
        buyer_shares: &far,
        seller: ZoneId(1),
        seller_shares: &near,
        power: Kw(power),
    };
    // The lowest voltage at half load is 0.958 at bus 18.
    let mut narrow = network(&feeder, NetworkLimits::default());
    match narrow.admit(&trade(300.0)).expect("sound") {
        Admission::Refused(limit @ BrokenLimit::VoltageLow { voltage, .. }) => {
            assert!(
                voltage < PerUnit(0.95) && limit.to_string().contains("would fall to 0.94"),
                "{limit}"
            );
        }
        other => panic!("{other:?}"),
    }
    // Small trades pass until the limit is reached; each counts for the next.
    let passed = (0..30)
        .take_while(|_| matches!(narrow.admit(&trade(20.0)), Ok(Admission::Admitted { .. })))
        .count();
    assert!((2..15).contains(&passed), "{passed}");

    let mut spec = crate::power_flow::ieee33_spec();
    spec.branches[7].rating_a = Some(22.0);
    let rated = Feeder::new(&spec).expect("radial");
    match network(&rated, wide()).check(&trade(200.0)).expect("sound") {
        Admission::Refused(limit @ BrokenLimit::BranchCurrent { branch, .. }) => {
            assert!(branch.0 == 8 && limit.to_string().contains("(rating 22.00)"), "{limit}");
        }
        other => panic!("{other:?}"),
    }
    match network(&feeder, wide()).check(&trade(40_000.0)).expect("sound") {
        Admission::Refused(BrokenLimit::NoPowerFlow(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_limit_that_is_broken_already_must_not_get_worse() {
    let feeder = ieee33();
    let (near, far) = (shares(&feeder, 1), shares(&feeder, 4));
    let network = TradeAdmission::new(
        &feeder,
        feeder.nominal_p_kw(),
        feeder.nominal_q_kvar(),
        NetworkLimits::default(),
    )
    .expect("a flow");
    let worse = TradeRequest {
        buyer: ZoneId(4),
        buyer_shares: &far,
        seller: ZoneId(1),
        seller_shares: &near,
        power: Kw(10.0),
    };
    let better = TradeRequest {
        buyer: ZoneId(1),
        buyer_shares: &near,
        seller: ZoneId(4),
        seller_shares: &far,
        power: Kw(10.0),
    };
    assert!(matches!(
        network.check(&worse),
        Ok(Admission::Refused(BrokenLimit::VoltageLow { .. }))
    ));
    assert!(matches!(network.check(&better), Ok(Admission::Admitted { .. })));
}

#[test]
fn impossible_trades_are_errors() {
    let feeder = ieee33();
    let network = network(&feeder, wide());
    let near = shares(&feeder, 1);
    let check = |buyer_shares: &[(usize, f64)], power| {
        let trade = TradeRequest {
            buyer: ZoneId(4),
            buyer_shares,
            seller: ZoneId(1),
            seller_shares: &near,
            power: Kw(power),
        };
        network.check(&trade).expect_err("impossible").to_string()
    };
    assert_eq!(
        check(&[(40, 1.0)], 5.0),
        "zone 4 spreads its trade over bus position 40, the feeder has 33 buses"
    );
    assert_eq!(check(&[(4, 0.5)], 5.0), "the shares of zone 4 add up to 0.5, not to 1");
    assert_eq!(check(&[(4, 1.0)], -5.0), "a trade of -5 kW is not possible");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is admitted leaves every voltage in the band that was in the band.
    #[test]
    fn admitted_trades_keep_the_band(trades in prop::collection::vec((1_usize..=5, 1_usize..=5, 1.0..200.0_f64), 1..8)) {
        let feeder = ieee33();
        let mut network = network(&feeder, NetworkLimits::default());
        for (buyer, seller, power) in trades.into_iter().filter(|t| t.0 != t.1) {
            let (to, from) = (shares(&feeder, buyer), shares(&feeder, seller));
            let (buyer, seller) = (ZoneId(buyer as u16), ZoneId(seller as u16));
            let trade = TradeRequest { buyer, buyer_shares: &to, seller, seller_shares: &from, power: Kw(power) };
            prop_assert!(network.admit(&trade).is_ok());
            for bus in 0..33 {
                prop_assert!((0.95 - 1e-5..=1.05 + 1e-5).contains(&network.state().vm_pu(bus)));
            }
        }
    }
}
