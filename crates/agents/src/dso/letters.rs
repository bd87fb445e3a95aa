//! What the DSO agent and the aggregators write to each other.

use super::case::StayOutlook;
use serde::{Deserialize, Serialize};

/// Aggregator to DSO at the beginning of a period: what its vehicles will take now and could take
/// later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// The zone.
    pub zone: u16,
    /// The period that begins; hours of the stays count from the end of it.
    pub period: i64,
    /// Power of its EVs in this period, discharging negative \[kW\].
    pub ev_kw: f64,
    /// Stays of the 24 hours after this period.
    pub stays: Vec<StayOutlook>,
}

/// Aggregator to DSO at the end of a period: metered EV energy at the buses of the zone (position,
/// charged, discharged) \[kWh\].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metered {
    /// The zone.
    pub zone: u16,
    /// The period that ended.
    pub period: i64,
    /// By bus position.
    pub at: Vec<(usize, f64, f64)>,
}

/// DSO to aggregator: net consumption that the zone is to keep to, by period from `from` on (P0 eq.
/// 9-10).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// First period of the arrays.
    pub from: i64,
    /// Net consumption of the economic solution \[kW\].
    pub p_kw: Vec<f64>,
    /// Reactive net consumption of the economic solution \[kvar\].
    pub q_kvar: Vec<f64>,
    /// Largest net consumption that is not penalised \[kW\].
    pub allowed_p_kw: Vec<f64>,
    /// Power of the zone's diesel sets as dispatched \[kW\].
    pub diesel_kw: Vec<f64>,
}

/// DSO to aggregator, where demand answers to prices: what the plan gives the zone's EVs, by period
/// from `from` on \[kW\].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// First period.
    pub from: i64,
    /// Power of the zone's EVs.
    pub ev_kw: Vec<f64>,
}

/// DSO to aggregator when a period has been verified: by how much the zone's net consumption
/// exceeded what it was allowed (P0 eq. 22).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missed {
    /// The period.
    pub period: i64,
    /// Energy beyond the allowance \[kWh\].
    pub excess_kwh: f64,
}

impl Target {
    /// Set point of a period, if there is one \[kW\].
    pub fn at(&self, period: i64) -> Option<f64> {
        usize::try_from(period - self.from).ok().and_then(|j| self.p_kw.get(j)).copied()
    }
    /// Power of the zone's diesel sets in a period, if it was dispatched \[kW\].
    pub fn diesel(&self, period: i64) -> Option<f64> {
        usize::try_from(period - self.from).ok().and_then(|j| self.diesel_kw.get(j)).copied()
    }
    /// Allowance of a period, if there is one \[kW\].
    pub fn allowed(&self, period: i64) -> Option<f64> {
        usize::try_from(period - self.from).ok().and_then(|j| self.allowed_p_kw.get(j)).copied()
    }
}

/// Energy that a neighbour can give at a price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The seller.
    pub seller: u16,
    /// Energy \[kWh\].
    pub energy_kwh: f64,
    /// Lowest price: its marginal cost \[CNY/kWh\].
    pub floor: f64,
}

/// What a buyer does without the trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Otherwise {
    /// It exceeds its target.
    Exceed,
    /// It puts off charging, or discharges.
    OwnMeans,
    /// It runs the risk of exceeding its target by what it does not see.
    Risk,
}

/// Energy that a zone would rather buy than do without.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Want {
    /// Energy \[kWh\].
    pub energy_kwh: f64,
    /// What it is worth: what doing without costs \[CNY/kWh\].
    pub worth: f64,
    /// What is done without.
    pub otherwise: Otherwise,
}

/// A trade that the DSO has admitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deal {
    /// Number in the tables.
    pub trade: i64,
    /// Period of delivery.
    pub period: i64,
    /// Who buys.
    pub buyer: u16,
    /// Who sells.
    pub seller: u16,
    /// Energy \[kWh\].
    pub energy_kwh: f64,
    /// Price \[CNY/kWh\].
    pub price: f64,
}

impl Deal {
    /// Energy that a zone buys by it, negative if it sells \[kWh\].
    pub fn bought_kwh(&self, zone: u16) -> f64 {
        let side = |who: u16| if who == zone { self.energy_kwh } else { 0.0 };
        side(self.buyer) - side(self.seller)
    }
}

/// The negotiation of zonal trades.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TradeLetter {
    /// A zone that will exceed its target, or could hold it only at a cost, asks a neighbour.
    Request {
        /// Who asks.
        buyer: u16,
        /// For which period.
        period: i64,
        /// Energy wanted \[kWh\].
        energy_kwh: f64,
        /// What it is worth at most \[CNY/kWh\].
        worth: f64,
    },
    /// A neighbour answers, with nothing if it has nothing.
    Offer {
        /// For which period.
        period: i64,
        /// Who offers.
        seller: u16,
        /// What it offers.
        blocks: Vec<Block>,
    },
    /// The buyer accepts offers up to what it wants, subject to the DSO.
    Accept {
        /// For which period.
        period: i64,
        /// Who buys.
        buyer: u16,
        /// What it wants.
        wants: Vec<Want>,
        /// Offers that it accepts.
        blocks: Vec<Block>,
    },
    /// The DSO admits a trade; to both sides.
    Admitted(Deal),
    /// The trade was delivered, perhaps in part: what is to be paid.
    Delivered(Deal),
}
