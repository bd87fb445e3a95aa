//! Four zones in a row, 1 - 2 - 3 - 4, and random markets on them.

use super::*;
use proptest::prelude::*;

const LOSS: f64 = 2e-5;

fn row() -> Vec<Tie> {
    (1..4).map(|z| Tie { zones: [ZoneId(z), ZoneId(z + 1)], loss_per_kwh: LOSS }).collect()
}

fn need(zone: u16, kwh: f64) -> Need {
    Need { buyer: ZoneId(zone), energy: Kwh(kwh), worth: Price(f64::INFINITY) }
}

fn offer(zone: u16, kwh: f64, floor: f64) -> Offer {
    Offer { seller: ZoneId(zone), energy: Kwh(kwh), floor: Price(floor) }
}

fn rules(policy: ClearingPolicy) -> TradeRules {
    TradeRules { policy, ..TradeRules::default() }
}

const BOTH: [ClearingPolicy; 2] = [ClearingPolicy::DoubleAuction, ClearingPolicy::Bilateral];

fn run(policy: ClearingPolicy, needs: &[Need], offers: &[Offer], grid: f64) -> Vec<Trade> {
    clear(&rules(policy), &ClearingView { needs, offers, ties: &row(), grid_price: Price(grid) })
        .expect("a sound market")
}

#[test]
fn zones_that_are_no_neighbours_do_not_trade() {
    for policy in BOTH {
        assert!(
            run(policy, &[need(1, 50.0)], &[offer(3, 50.0, 0.0), offer(1, 50.0, 0.0)], 1.0)
                .is_empty()
        );
    }
}

#[test]
fn valley_prices_leave_no_room_for_v2g_but_for_curtailed_pv() {
    // Floor 0.44 against a grid price of 0.35: nothing; PV at 0 trades.
    for policy in BOTH {
        assert!(run(policy, &[need(2, 50.0)], &[offer(1, 50.0, 0.44)], 0.35).is_empty());
        assert_eq!(run(policy, &[need(2, 50.0)], &[offer(1, 50.0, 0.0)], 0.35).len(), 1);
    }
}

#[test]
fn the_auction_has_one_price_between_the_marginal_floor_and_limit() {
    // Zone 2 buys 80 from PV of zone 1 (floor 0) and V2G of zone 3 (floor 0.44): marginal floor
    // 0.44; lowest limit: the smaller trade's, 1.09 x (1 + 2e-5 x 30) = 1.090654. Midway: 0.765327.
    let trades = run(
        ClearingPolicy::DoubleAuction,
        &[need(2, 80.0)],
        &[offer(3, 60.0, 0.44), offer(1, 50.0, 0.0)],
        1.09,
    );
    assert_eq!(
        trades.iter().map(|t| (t.seller.0, t.energy.value())).collect::<Vec<_>>(),
        [(1, 50.0), (3, 30.0)]
    );
    assert!(trades.iter().all(|t| (t.price.value() - 0.765_327).abs() < 1e-9));
}

#[test]
fn bargaining_splits_each_pairs_own_gain() {
    let needs = [need(2, 80.0)];
    let trades =
        run(ClearingPolicy::Bilateral, &needs, &[offer(3, 60.0, 0.44), offer(1, 50.0, 0.0)], 1.0);
    // 50 kWh from PV: (0 + 1.001) / 2; the other 30 from V2G: (0.44 + 1.0006) / 2.
    assert_eq!(
        trades.iter().map(|t| (t.seller.0, t.energy.value())).collect::<Vec<_>>(),
        [(1, 50.0), (3, 30.0)]
    );
    assert!(
        (trades[0].price.value() - 0.5005).abs() < 1e-12
            && (trades[1].price.value() - 0.7203).abs() < 1e-12
    );
    let sellers_market = TradeRules { split: 1.0, ..rules(ClearingPolicy::Bilateral) };
    let view = ClearingView {
        needs: &needs,
        offers: &[offer(1, 50.0, 0.0)],
        ties: &row(),
        grid_price: Price(1.0),
    };
    assert!((clear(&sellers_market, &view).expect("sound")[0].price.value() - 1.001).abs() < 1e-12);
}

#[test]
fn a_buyer_who_values_little_is_served_last_and_never_above_his_worth() {
    let poor = Need { worth: Price(0.5), ..need(1, 40.0) };
    for policy in BOTH {
        let trades = run(policy, &[poor, need(3, 40.0)], &[offer(2, 60.0, 0.1)], 1.0);
        let got = |zone| {
            trades.iter().find(|t| t.buyer == ZoneId(zone)).expect("both neighbours are served")
        };
        assert_eq!((got(3).energy, got(1).energy), (Kwh(40.0), Kwh(20.0)));
        assert!(got(1).price <= Price(0.5));
    }
}

#[test]
fn malformed_bids_are_refused_with_their_zone() {
    let go = |needs: &[Need], offers: &[Offer], ties: &[Tie]| {
        clear(&TradeRules::default(), &ClearingView { needs, offers, ties, grid_price: Price(1.0) })
            .expect_err("malformed")
            .to_string()
    };
    assert_eq!(go(&[need(4, f64::NAN)], &[], &[]), "zone 4 asks or offers NaN kWh");
    assert_eq!(
        go(&[], &[offer(3, 1.0, f64::INFINITY)], &[]),
        "zone 3 (0: the grid) trades at inf CNY/kWh"
    );
    let loop_tie = Tie { zones: [ZoneId(2), ZoneId(2)], loss_per_kwh: 0.0 };
    assert_eq!(go(&[], &[], &[loop_tie]), "the tie between zones 2 and 2 has a loss of 0 per kWh");
}

fn needs() -> impl Strategy<Value = Vec<Need>> {
    let worth = prop_oneof![Just(f64::INFINITY), 0.2..2.0_f64];
    proptest::collection::vec((1..5_u16, 0.0..300.0_f64, worth), 0..5).prop_map(|v| {
        v.into_iter().map(|(z, kwh, worth)| Need { worth: Price(worth), ..need(z, kwh) }).collect()
    })
}

fn offers() -> impl Strategy<Value = Vec<Offer>> {
    proptest::collection::vec((1..5_u16, 0.0..300.0_f64, 0.0..1.2_f64), 0..6)
        .prop_map(|v| v.into_iter().map(|(z, kwh, floor)| offer(z, kwh, floor)).collect())
}

proptest! {
    #[test]
    fn every_trade_keeps_eq_11_the_floor_the_neighbourhood_and_the_energy(needs in needs(), offers in offers(), grid in 0.3..1.2_f64) {
        for policy in BOTH {
            let trades = run(policy, &needs, &offers, grid);
            for t in &trades {
                // Eq. 11 as printed.
                prop_assert!(t.price.value() * t.energy.value() <= grid * (t.energy + t.loss).value() * (1.0 + 1e-12));
                prop_assert!((t.loss.value() - LOSS * t.energy.value().powi(2)).abs() < 1e-9);
                prop_assert_eq!(t.buyer.0.abs_diff(t.seller.0), 1);
                prop_assert!(offers.iter().any(|o| o.seller == t.seller && o.floor <= t.price));
                prop_assert!(needs.iter().any(|n| n.buyer == t.buyer && n.worth >= t.price));
            }
            for zone in (1..5).map(ZoneId) {
                let bought: Kwh = trades.iter().filter(|t| t.buyer == zone).map(|t| t.energy).sum();
                let sold: Kwh = trades.iter().filter(|t| t.seller == zone).map(|t| t.energy).sum();
                let lacking: Kwh = needs.iter().filter(|n| n.buyer == zone).map(|n| n.energy).sum();
                let offered: Kwh = offers.iter().filter(|o| o.seller == zone).map(|o| o.energy).sum();
                prop_assert!(bought <= lacking + Kwh(1e-9) && sold <= offered + Kwh(1e-9));
            }
        }
    }

    #[test]
    fn the_order_of_the_bids_changes_nothing(needs in needs(), offers in offers(), grid in 0.3..1.2_f64) {
        let backwards = |v: &[Need]| v.iter().rev().copied().collect::<Vec<_>>();
        let turned: Vec<Offer> = offers.iter().rev().copied().collect();
        for policy in BOTH {
            prop_assert_eq!(run(policy, &needs, &offers, grid), run(policy, &backwards(&needs), &turned, grid));
        }
    }

    #[test]
    fn nobody_is_left_who_could_still_trade_at_a_gain(needs in needs(), offers in offers(), grid in 0.3..1.2_f64) {
        for policy in BOTH {
            let trades = run(policy, &needs, &offers, grid);
            let left = |all: Kwh, traded: &dyn Fn(&Trade) -> bool| all - trades.iter().filter(|t| traded(t)).map(|t| t.energy).sum();
            // One need and one block per zone: then what is left is known per bid.
            let single = |zones: Vec<ZoneId>| zones.iter().enumerate().all(|(i, z)| !zones[..i].contains(z));
            prop_assume!(single(needs.iter().map(|n| n.buyer).collect()) && single(offers.iter().map(|o| o.seller).collect()));
            for n in &needs {
                for o in offers.iter().filter(|o| o.seller.0.abs_diff(n.buyer.0) == 1) {
                    let lacking = left(n.energy, &|t| t.buyer == n.buyer);
                    let spare = left(o.energy, &|t| t.seller == o.seller);
                    let room = lacking.min(spare);
                    prop_assert!(room < Kwh(0.1) || n.worth < o.floor || Price(grid) < o.floor);
                }
            }
        }
    }
}
