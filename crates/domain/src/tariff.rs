//! Prices by hour of the local day.

use crate::{Price, Time};
use serde::{Deserialize, Serialize};

/// A time-of-use tariff: from `hours[i]` (inclusive) to `hours[i + 1]` the price is `prices[i]`;
/// before the first hour the last price holds (a night tariff that wraps around midnight).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tariff {
    /// Local hours at which a price begins, rising, 0..24.
    pub hours: Vec<f64>,
    /// The price from that hour on \[CNY/kWh\].
    pub prices: Vec<f64>,
    /// Added to every price \[CNY/kWh\].
    pub service_fee: f64,
    /// Factor on every price before the fee (1 = as given).
    pub scale: f64,
}

impl Tariff {
    /// One price all day.
    pub fn flat(price: f64) -> Self {
        Self { hours: vec![0.0], prices: vec![price], service_fee: 0.0, scale: 1.0 }
    }
    /// What the industrial park pays (models of P3, our reading): 0.432 at 22-06, 1.411 at 07-11
    /// and 17-22, 0.872 between \[CNY/kWh\].
    pub fn park_plant() -> Self {
        Self {
            hours: vec![6.0, 7.0, 11.0, 17.0, 22.0],
            prices: vec![0.872, 1.411, 0.872, 1.411, 0.432],
            service_fee: 0.0,
            scale: 1.0,
        }
    }
    /// The price at a local hour of the day.
    ///
    /// ```
    /// let t = domain::Tariff::park_plant();
    /// assert_eq!(t.at_hour(3.0).value(), 0.432);
    /// assert_eq!(t.at_hour(7.0).value(), 1.411);
    /// ```
    pub fn at_hour(&self, hour: f64) -> Price {
        let step = self.hours.partition_point(|&h| h <= hour + 1e-9);
        let price = if step == 0 { self.prices.last() } else { self.prices.get(step - 1) };
        Price(price.copied().unwrap_or(0.0) * self.scale + self.service_fee)
    }
    /// The price at an instant.
    pub fn at(&self, t: Time) -> Price {
        self.at_hour(t.hour_of_day())
    }
    /// The same tariff with a fee on top.
    pub fn with_fee(&self, fee: f64) -> Self {
        Self { service_fee: self.service_fee + fee, ..self.clone() }
    }
}
