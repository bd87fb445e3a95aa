//! The distribution feeder, run through the program.

use crate::tool::{expect_code, gridflock, hashes, indicators, rows_of};
use domain::{AccountKind, Detail, FactKind, Purpose, Rows, TradeRow, TradeStatus, ZoneId};
use std::collections::BTreeSet;
use tempfile::tempdir;

#[test]
fn zones_of_a_feeder_do_not_depend_on_threads() {
    let dir = tempdir().expect("a folder");
    let run = |out: &str, threads: &str| {
        expect_code(dir.path(), &["run", "feeder-small", "-o", out, "--threads", threads], 0);
        hashes(&dir.path().join(out))
    };
    assert_eq!(run("one", "1"), run("two", "2"));
}

#[test]
fn a_feeder_dispatches_against_charging_on_arrival() {
    let dir = tempdir().expect("a folder");
    let figures = |sets: &[&str]| {
        let mut args = vec!["--json", "run", "feeder-small", "--overwrite"];
        for s in sets {
            args.extend(["--set", s]);
        }
        indicators(&gridflock(dir.path(), &args))
    };
    let before = figures(&["dispatch.enabled=false", "fleet.v2g_share=0"]);
    let after = figures(&[]);
    assert!(
        after["import_peak_kw"] < before["import_peak_kw"],
        "{} {}",
        before["import_peak_kw"],
        after["import_peak_kw"]
    );
    assert!(after["capacity_charge_cny"] < before["capacity_charge_cny"]);
    assert!((after["fuel_cny"] - 3288.60).abs() < 0.01, "{}", after["fuel_cny"]);
    assert!((after["need_met_share"] - before["need_met_share"]).abs() < 0.01);
    assert_eq!(before["v2g_kwh"], 0.0);
}

fn made(rows: &Rows) -> impl Iterator<Item = &TradeRow> {
    rows.trades.iter().filter(|t| t.status != TradeStatus::Refused)
}

#[test]
fn trades_keep_price_bounds_limits_money_and_energy() {
    for policy in ["double_auction", "bilateral"] {
        let rows = rows_of("feeder", &[&format!("trades.policy=\"{policy}\"")]);
        let hours: BTreeSet<i64> =
            made(&rows).filter(|t| t.energy_kwh > 0.1).map(|t| t.period_start.0).collect();
        assert!(hours.len() >= 3, "{policy}: trades in {} hours only", hours.len());
        for t in &rows.trades {
            // P0 eq. 11, and the seller's marginal cost.
            let (paid, most) = (t.price * t.energy_kwh, t.grid_price * (t.energy_kwh + t.loss_kwh));
            assert!(paid <= most + 1e-9, "{policy}: {t:?}");
            let offers = rows.facts.iter().filter(|f| {
                f.kind == FactKind::TradeOffered
                    && f.period_start == t.period_start
                    && f.zone == t.seller
            });
            assert!(
                offers.map(|f| f.price).fold(f64::INFINITY, f64::min) <= t.price + 1e-9,
                "{policy}: below the floor: {t:?}"
            );
            let limit = [Detail::Voltage, Detail::Current, Detail::Export].contains(&t.refused_by);
            assert_eq!(t.status == TradeStatus::Refused, limit, "{policy}: {t:?}");
            let moved = rows
                .ledger
                .iter()
                .filter(|l| l.trade == t.trade && l.purpose == Purpose::ZonalTrade);
            let (count, sum) = moved.fold((0, 0), |(n, sum), l| (n + 1, sum + l.amount.0));
            let owed = if limit { 0.0 } else { 2e6 * paid };
            assert!(
                (sum as f64 - owed).abs() <= 2.0 && count <= 2,
                "{policy}: {count} transfers of {sum} for {t:?}"
            );
        }
        // Nobody pushes the network out of its band or back through the substation.
        for v in rows.voltages.iter().filter(|v| hours.contains(&v.period_start.0)) {
            assert!(v.v_pu > 0.95 - 1e-4 && v.v_pu < 1.05 + 1e-4, "{policy}: {v:?}");
        }
        for b in &rows.balance {
            let (bought, sold) = made(&rows).filter(|t| t.period_start == b.period_start).fold(
                (0.0, 0.0),
                |(bought, sold), t| {
                    let side = |zone: ZoneId| if zone == b.zone { t.energy_kwh } else { 0.0 };
                    (bought + side(t.buyer), sold + side(t.seller))
                },
            );
            assert!(
                (b.traded_kw - bought + sold).abs() < 1e-6,
                "{policy}: {b:?} should have bought {bought} and sold {sold}"
            );
        }
        assert!(
            rows.accounts
                .iter()
                .any(|a| a.kind == AccountKind::Aggregator && a.opening != a.closing),
            "{policy}: trades move money"
        );
    }
}

#[test]
fn user_types_fill_in_the_order_of_the_paper_and_get_what_they_need() {
    // Without targets vehicles take what the elastic response gives them.
    let after = rows_of("feeder", &["dispatch.targets=false"]);
    let before = rows_of("feeder", &["dispatch.enabled=false", "fleet.v2g_share=0"]);
    let rigid = rows_of("feeder", &["elasticity.scale=0"]);
    let types: BTreeSet<&str> = after.stays.iter().map(|s| s.user_type.word()).collect();
    assert_eq!(types, ["1", "2", "3", "4"].into());
    // Fig. 4: types 4, 1, 2, 3, zone by zone and instant by instant.
    let order = [Detail::TypeFour, Detail::TypeOne, Detail::TypeTwo, Detail::TypeThree];
    let rank = |d: Detail| order.iter().position(|t| *t == d).expect("a type");
    let filled: Vec<_> = after.facts.iter().filter(|f| f.kind == FactKind::DemandFilled).collect();
    for pair in filled.windows(2).filter(|w| (w[0].t, w[0].zone) == (w[1].t, w[1].zone)) {
        assert!(rank(pair[0].detail) <= rank(pair[1].detail), "{:?} before {:?}", pair[0], pair[1]);
    }
    assert!(filled.len() > 500, "{} facts", filled.len());
    // The same people leave with the same energy (to a few millionths of a kWh), whoever schedules and however demand answers to
    // prices.
    let gained = |rows: &Rows| -> Vec<(u32, i64, f64)> {
        let mut all: Vec<_> = rows
            .stays
            .iter()
            .filter(|s| s.departure != domain::Time::NONE)
            .map(|s| (s.ev.0, s.planned_arrival.0, s.soc_departure))
            .collect();
        all.sort_by_key(|s| (s.0, s.1));
        all
    };
    let reference = gained(&after);
    assert!(reference.len() > 2500);
    for other in [gained(&before), gained(&rigid)] {
        assert_eq!(reference.len(), other.len());
        for (a, b) in reference.iter().zip(&other) {
            assert!((a.0, a.1) == (b.0, b.1) && (a.2 - b.2).abs() < 1e-7, "{a:?} {b:?}");
        }
    }
}

#[test]
fn limits_that_cannot_be_kept_are_outcomes_with_place_and_time() {
    let rows = rows_of("feeder-small", &["feeder.import_limit_kw=300"]);
    let of = |kind: FactKind| rows.facts.iter().filter(move |f| f.kind == kind);
    // Before the fact by the dispatch, after it by the power flow; the run goes on to its end.
    for kind in [FactKind::DispatchInfeasible, FactKind::LimitExceeded] {
        let import: Vec<_> = of(kind).filter(|f| f.detail == Detail::Import).collect();
        assert!(!import.is_empty(), "{kind:?}");
        assert!(import.iter().all(|f| f.power > 0.0 && f.period_start.0 >= 0), "{import:?}");
    }
    let hours: BTreeSet<i64> = rows.balance.iter().map(|b| b.period_start.0).collect();
    assert_eq!(hours.len(), 24);
}

#[test]
fn what_stands_at_the_substation_is_row_0_of_the_balance() {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/it/cases/load_at_substation.toml");
    let rows = rows_of(case, &[]);
    let of_zone_0: Vec<_> = rows.balance.iter().filter(|b| b.zone == ZoneId(0)).collect();
    assert_eq!(of_zone_0.len(), 24);
    // 100 kW of 290 kW stand at the substation; half of it is used at the peak of the load.
    let most = |rows: &[&domain::BalanceRow]| rows.iter().map(|b| b.load_kw).fold(0.0, f64::max);
    assert!((most(&of_zone_0) - 50.0).abs() < 1e-9);
    let mut import: std::collections::BTreeMap<i64, f64> = std::collections::BTreeMap::new();
    for b in &rows.balance {
        *import.entry(b.period_start.0).or_default() += b.grid_kw;
    }
    let peak = import.values().copied().fold(0.0, f64::max);
    assert!(peak >= 145.0, "{peak}");
}

#[test]
fn demand_answers_to_published_prices_and_is_billed_at_them() {
    let run = |scale: &str| {
        let scale = format!("elasticity.scale={scale}");
        rows_of("feeder-small", &["elasticity.control=price", &scale])
    };
    let runs = ["0", "1", "2"].map(run);
    let of = |rows: &Rows, kind: FactKind| -> Vec<domain::Fact> {
        rows.facts.iter().filter(|f| f.kind == kind).copied().collect()
    };
    let shifted =
        |rows: &Rows| -> f64 { of(rows, FactKind::DemandAnswered).iter().map(|f| f.energy).sum() };
    let [none, once, twice] = [0, 1, 2].map(|i| shifted(&runs[i]));
    assert!(none == 0.0 && once > 1.0 && twice > once, "{none} {once} {twice}");
    let needed = |rows: &Rows| -> (f64, f64) {
        let ended = rows.stays.iter().filter(|s| s.departure != domain::Time::NONE);
        ended.fold((0.0, 0.0), |(n, u), s| (n + s.energy_needed_kwh, u + s.unmet_kwh))
    };
    for rows in &runs {
        let (need, unmet) = needed(rows);
        assert!(unmet < 1e-3 * need, "{unmet} of {need} kWh are not met");
        let published = of(rows, FactKind::PricesPublished);
        let floated = published.iter().filter(|f| f.zone != ZoneId(0));
        assert!(floated.count() > 0, "prices are published");
        assert!(rows.prices.iter().any(|p| p.ev_price > 0.0));
    }
    let bill = |rows: &Rows| -> i64 {
        let walk_ins = rows.ledger.iter().filter(|l| l.purpose == Purpose::WalkIn);
        walk_ins.map(|l| l.amount.0).sum()
    };
    assert!(bill(&runs[0]) != bill(&runs[1]) && bill(&runs[1]) != bill(&runs[2]));
}

#[test]
fn bookings_can_be_made_in_every_zone_of_a_feeder() {
    let dir = tempdir().expect("a folder");
    let figures = indicators(&gridflock(
        dir.path(),
        &["--json", "run", "feeder-small", "--set", "booking.enabled=true"],
    ));
    assert!(figures["bookings"] > 0.0 && figures["need_met_share"] > 0.9, "{figures:?}");
}
