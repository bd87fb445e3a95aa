//! What a run of the feeder comes to, beside its indicators.
//!
//! | figure | meaning |
//! |---|---|
//! | `purchase_capacity_cny` | the import peak at the capacity price \[CNY/day\]: the published purchase, to the cent |
//! | `purchase_tou_cny` | the imported energy at time-of-use prices \[CNY/day\] |
//! | `table_2_cny` | capacity charge, diesel, curtailment and carbon together \[CNY/day\] |
//! | `evening_peak_kw` | largest load with EVs from 18 to 23 h \[kW\] |
//! | `missed_share` | zone-periods above their target by more than 5 kW / zone-periods with a target |
//! | `stays_of_type_1` to `_4` | stays by user type (P0 Fig. 4) |
//! | `trade_hours` | periods with a trade delivered |
//! | `dearest_trade` | largest price paid relative to the bound of P0 eq. 11 |

use crate::runs::{Indicators, of_run};
use domain::{BalanceRow, Rows, StayRow, TradeRow, TradeStatus};
use scenario::Model;
use simulation::Prepared;
use std::collections::{BTreeMap, BTreeSet};
use study::RunResult;

/// Delivery above a target that is still no miss \[kW\].
const MISS_KW: f64 = 5.0;

/// Indicators and the figures above.
pub fn of(prepared: &Prepared, run: RunResult) -> Indicators {
    let rows = run.rows.clone();
    let mut found = of_run(run);
    let hours = 24.0 / f64::from(prepared.scenario.periods_per_day);
    let Model::Feeder(rules) = &prepared.scenario.model else { return found };
    let get = |found: &Indicators, name: &str| found.get(name).copied().unwrap_or(f64::NAN);
    let capacity = rules.prices.capacity_cny_per_kw() * get(&found, "import_peak_kw");
    let others = ["fuel_cny", "curtailment_cost_cny", "carbon_cost_cny"];
    let total = capacity + others.iter().map(|name| get(&found, name)).sum::<f64>();
    let tariff = &prepared.scenario.tariff.grid;
    let tou = |b: &BalanceRow| b.grid_kw * tariff.at(b.period_start).value() * hours;
    let mut put = |name: &str, value: f64| found.insert(name.to_owned(), value);
    put("purchase_capacity_cny", capacity);
    put("purchase_tou_cny", rows.balance.iter().map(tou).sum());
    put("table_2_cny", total);
    put("evening_peak_kw", evening_peak_kw(&rows));
    put("missed_share", missed_share(&rows.balance));
    for user_type in 1..=4_u8 {
        let mine = |s: &&StayRow| s.user_type as u8 == user_type;
        put(&format!("stays_of_type_{user_type}"), rows.stays.iter().filter(mine).count() as f64);
    }
    let delivered: Vec<&TradeRow> =
        rows.trades.iter().filter(|t| t.status != TradeStatus::Refused).collect();
    let periods: BTreeSet<i64> = delivered.iter().map(|t| t.period_start.0).collect();
    put("trade_hours", periods.len() as f64);
    let bound =
        |t: &&TradeRow| t.price * t.energy_kwh / (t.grid_price * (t.energy_kwh + t.loss_kwh));
    let moved = delivered.iter().copied().filter(|t| t.energy_kwh > 0.0);
    put("dearest_trade", moved.map(|t| bound(&t)).fold(0.0, f64::max));
    found
}

/// Largest load with EVs of the feeder from 18 to 23 h \[kW\].
fn evening_peak_kw(rows: &Rows) -> f64 {
    let mut load: BTreeMap<i64, f64> = BTreeMap::new();
    for b in rows.balance.iter().filter(|b| (18.0..23.0).contains(&b.period_start.hour_of_day())) {
        *load.entry(b.period_start.0).or_default() +=
            b.load_kw + b.ev_charge_kw - b.ev_discharge_kw;
    }
    load.into_values().fold(f64::NAN, f64::max)
}

/// Share of the zone-periods with a target that are above it; 0 without targets.
fn missed_share(balance: &[BalanceRow]) -> f64 {
    let aimed: Vec<&BalanceRow> = balance.iter().filter(|b| b.target_p_kw != 0.0).collect();
    let above = |b: &&&BalanceRow| b.delivered_p_kw - b.traded_kw - b.target_p_kw > MISS_KW;
    aimed.iter().filter(above).count() as f64 / aimed.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_without_a_target_cannot_miss_it() {
        let row = |target_p_kw, delivered_p_kw, traded_kw| BalanceRow {
            target_p_kw,
            delivered_p_kw,
            traded_kw,
            ..BalanceRow::default()
        };
        let rows = [
            row(100.0, 106.0, 0.0),
            row(100.0, 104.0, 0.0),
            row(100.0, 120.0, 20.0),
            row(0.0, 50.0, 0.0),
        ];
        assert_eq!(missed_share(&rows), 1.0 / 3.0);
        assert_eq!(missed_share(&rows[3..]), 0.0);
    }
}
