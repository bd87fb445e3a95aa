//! Powers and prices period by period: the last few days.

use domain::{BalanceRow, PriceRow, Time, ZoneId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// So many periods are kept: four days of 15 min.
const MOST: usize = 384;

/// Columns of the powers, in the order in which the page gets them.
const POWERS: [&str; 11] = [
    "load",
    "charge",
    "discharge",
    "pv",
    "wind",
    "fuel",
    "battery",
    "grid",
    "curtailed",
    "target",
    "delivered",
];

/// Powers of all zones together, and prices of the first zone, by start of the period.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    powers: BTreeMap<Time, [f64; POWERS.len()]>,
    prices: BTreeMap<Time, [f64; 6]>,
    /// Whether powers or prices came since they were shown.
    pub news: [u64; 2],
}

/// Columns of the prices.
const PRICES: [&str; 6] = ["reservation", "discharge", "ticket", "grid", "ev", "real"];

impl Series {
    /// Takes the rows of a window.
    pub fn take(&mut self, balance: &[BalanceRow], prices: &[PriceRow]) {
        for row in balance {
            let sum = self.powers.entry(row.period_start).or_default();
            let values = [
                row.load_kw,
                row.ev_charge_kw,
                row.ev_discharge_kw,
                row.pv_used_kw,
                row.wind_used_kw,
                row.turbine_kw + row.diesel_kw,
                row.battery_kw,
                row.grid_kw,
                row.curtailed_kw,
                row.target_p_kw,
                row.delivered_p_kw,
            ];
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += if value.is_finite() { value } else { 0.0 };
            }
        }
        for row in prices.iter().filter(|row| row.zone == ZoneId(1)) {
            let known = self.prices.entry(row.period_start).or_insert([f64::NAN; PRICES.len()]);
            let values =
                [row.reservation, row.discharge, row.ticket, row.grid, row.ev_price, row.real];
            for (known, value) in known.iter_mut().zip(values) {
                if value.is_finite() {
                    *known = value;
                }
            }
        }
        self.news[0] += balance.len() as u64;
        self.news[1] += prices.len() as u64;
        while self.powers.len() > MOST {
            self.powers.pop_first();
        }
        while self.prices.len() > MOST {
            self.prices.pop_first();
        }
    }

    /// Mean powers by period \[kW\]; hours count from the record's local midnight.
    pub fn powers_json(&self, period_h: f64) -> Value {
        columns(&POWERS, &self.powers, period_h)
    }

    /// Prices by period \[CNY/kWh\]; null where there is none.
    pub fn prices_json(&self, period_h: f64) -> Value {
        columns(&PRICES, &self.prices, period_h)
    }
}

fn columns<const N: usize>(
    names: &[&str; N],
    rows: &BTreeMap<Time, [f64; N]>,
    period_h: f64,
) -> Value {
    let hours: Vec<f64> = rows.keys().map(|t| t.hours()).collect();
    let mut object = json!({ "hours": hours, "period_h": period_h });
    for (k, name) in names.iter().enumerate() {
        object[*name] = rows.values().map(|v| rounded(v[k])).collect();
    }
    object
}

/// A figure with as many digits as a picture shows; null where it is none.
pub(crate) fn rounded(x: f64) -> Value {
    if x.is_finite() { json!((x * 1e4).round() / 1e4) } else { Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_summed_and_old_periods_forgotten() {
        let mut series = Series::default();
        for k in 0..(MOST as i64 + 5) {
            let row = |zone| BalanceRow {
                zone: ZoneId(zone),
                period_start: Time(k),
                load_kw: 2.0,
                target_p_kw: f64::NAN,
                ..BalanceRow::default()
            };
            series.take(&[row(1), row(2)], &[]);
        }
        let json = series.powers_json(0.25);
        assert_eq!(json["load"].as_array().map(Vec::len), Some(MOST));
        assert_eq!((json["load"][0].as_f64(), json["target"][0].as_f64()), (Some(4.0), Some(0.0)));
    }
}
