//! What the coordinator and the aggregators of a group write to each other.

use group::Stay;
use serde::{Deserialize, Serialize};

/// Aggregator to coordinator at the beginning of a day: forecasts by period, and the stays that it
/// can schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// The zone.
    pub zone: u16,
    /// First period of the arrays.
    pub from: i64,
    /// Load less PV and wind, without EVs \[kW\].
    pub base_kw: Vec<f64>,
    /// Charging that is settled: EVs that follow no set points, and stays planned earlier \[kW\].
    pub settled_kw: Vec<f64>,
    /// Charging if everybody charged on arrival \[kW\].
    pub unordered_kw: Vec<f64>,
    /// Stays of participants that begin today; hours count from the midnight of the first period's
    /// day.
    pub stays: Vec<Stay>,
}

/// Coordinator to aggregator: what the zone's participants are to take, and what was planned with
/// it; by period from `from` on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// First period of the arrays.
    pub from: i64,
    /// P_k(t): charging of the reported stays \[kW\].
    pub charging_kw: Vec<f64>,
    /// Net load of the zone with all EVs \[kW\].
    pub net_kw: Vec<f64>,
    /// Price of charging, C(t) \[CNY/kWh\].
    pub price: Vec<f64>,
}

impl Profile {
    /// The value of an array in a period.
    fn at(&self, array: &[f64], period: i64) -> Option<f64> {
        usize::try_from(period - self.from).ok().and_then(|j| array.get(j)).copied()
    }
    /// Planned net load of a period \[kW\].
    pub fn net_at(&self, period: i64) -> Option<f64> {
        self.at(&self.net_kw, period)
    }
    /// Price of a period \[CNY/kWh\].
    pub fn price_at(&self, period: i64) -> Option<f64> {
        self.at(&self.price, period)
    }
}
