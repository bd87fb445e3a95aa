//! What the coordinator and the aggregators of a group know of it. It never changes during a run.

use domain::ZoneId;
use group::{LowerParams, PriceParams, UpperParams};

/// How the charging of those who follow no set points is known in advance.
#[derive(Clone, Debug, PartialEq)]
pub enum OthersKnown {
    /// They announce their stays too.
    Announced,
    /// Aggregators expect a usual day: charging by period of the day, zone after zone \[kW\]; of
    /// all EVs, and of those who follow none.
    Expected {
        /// All EVs.
        all_kw: Vec<f64>,
        /// Those who follow no set points.
        others_kw: Vec<f64>,
    },
}

/// A group of microgrids; zone n is microgrid n.
#[derive(Clone, Debug)]
pub struct MicrogridCase {
    /// By zone: highest exchange with the distribution network, either way \[kW\] (P4 eq. 17).
    pub exchange_kw_max: Vec<f64>,
    /// Tariff and form of the price (eq. 9-10).
    pub price: PriceParams,
    /// Upper layer.
    pub upper: UpperParams,
    /// Lower layer.
    pub lower: LowerParams,
    /// What is known of the others.
    pub others: OthersKnown,
    /// Standard deviations of arrivals and departures from what was announced \[h\]. Where
    /// departures vary, aggregators count on whole periods before them only.
    pub error_h: [f64; 2],
    /// Whether EVs park in other zones by day, so that zones may write to each other at any time.
    pub guests: bool,
}

impl MicrogridCase {
    /// Highest exchange of a zone \[kW\].
    pub fn exchange_limit(&self, zone: ZoneId) -> f64 {
        self.exchange_kw_max.get(usize::from(zone.0) - 1).copied().unwrap_or(f64::INFINITY)
    }
    /// Number of microgrids.
    pub fn areas(&self) -> usize {
        self.exchange_kw_max.len()
    }
}
