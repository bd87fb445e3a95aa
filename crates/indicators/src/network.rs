//! Tables `voltages` and `trades`, targets in `balance`, limits in `facts`.

use domain::{BalanceRow, Fact, FactKind, TradeRow, TradeStatus, VoltageRow};
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
    /// Zone-periods with a target, those that exceeded their allowance, by how much together
    /// \[kWh\], and what was paid for it \[CNY\].
    pub targets: u64,
    pub missed: u64,
    pub excess_kwh: f64,
    pub penalty_cny: f64,
    /// Hard limits exceeded in a period, and dispatches that no limits allowed.
    pub exceeded: u64,
    pub infeasible: u64,
    /// What stays move between kinds of period because of prices \[kWh\], and what their bills
    /// change by \[CNY\].
    pub shifted_kwh: f64,
    pub bill_change_cny: f64,
}

/// Net consumption beyond the allowance that is no miss \[kW\].
const MISS_KW: f64 = 5.0;

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
    pub fn add_balance(&mut self, b: &BalanceRow, h: f64) {
        if b.allowed_p_kw == 0.0 {
            return;
        }
        let excess_kw = b.delivered_p_kw - b.allowed_p_kw;
        self.targets += 1;
        self.missed += u64::from(excess_kw > MISS_KW);
        self.excess_kwh += excess_kw.max(0.0) * h;
    }
    pub fn add_fact(&mut self, f: &Fact) {
        match f.kind {
            FactKind::TargetMissed => self.penalty_cny += f.amount,
            FactKind::LimitExceeded => self.exceeded += 1,
            FactKind::DemandAnswered => {
                self.shifted_kwh += f.energy;
                self.bill_change_cny += f.amount;
            }
            FactKind::DispatchInfeasible => self.infeasible += 1,
            _ => {}
        }
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
