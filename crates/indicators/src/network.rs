//! Tables `voltages` and `trades`.

use domain::{TradeRow, TradeStatus, VoltageRow};
use serde::{Deserialize, Serialize};

/// Extremes and violations of voltage; trades of a buyer.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Network {
    pub voltages: u64,
    pub violations: u64,
    pub lowest_pu: f64,
    pub highest_pu: f64,
    pub delivered_trades: u64,
    pub refused_trades: u64,
    pub traded_kwh: f64,
}

impl Network {
    pub fn add_voltage(&mut self, v: &VoltageRow, [low, high]: [f64; 2]) {
        if v.v_pu.is_nan() {
            return;
        }
        let first = self.voltages == 0;
        self.voltages += 1;
        self.violations += u64::from(v.v_pu < low || v.v_pu > high);
        self.lowest_pu = if first { v.v_pu } else { self.lowest_pu.min(v.v_pu) };
        self.highest_pu = if first { v.v_pu } else { self.highest_pu.max(v.v_pu) };
    }
    pub fn add_trade(&mut self, t: &TradeRow) {
        match t.status {
            TradeStatus::Delivered | TradeStatus::Short => {
                self.delivered_trades += 1;
                self.traded_kwh += t.energy_kwh;
            }
            TradeStatus::Refused => self.refused_trades += 1,
        }
    }
}
