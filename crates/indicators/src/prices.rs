//! Where published prices lie: at the floor, at the cap, or between.
//!
//! A price is interior if it lies above the floor `pricing.floor` and below the cap `pricing.cap_share
//! x c_grid,EV`; where the floor is not below the cap, above the expected real price E R in its
//! place (our reading).

use domain::{BalanceRow, PriceRow, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The ends between which prices may lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceEnds {
    /// Lowest reservation price \[CNY/kWh\].
    pub floor: f64,
    /// The cap as a share of what an EV pays without a booking.
    pub cap_share: f64,
}

impl Default for PriceEnds {
    fn default() -> Self {
        Self { floor: 0.90, cap_share: 0.98 }
    }
}

impl PriceEnds {
    /// Whether a published price is at neither end; prices are told apart by a millionth.
    fn inside(&self, row: &PriceRow) -> bool {
        let cap = self.cap_share * row.grid;
        let floor = if self.floor < cap { self.floor } else { row.expected_real };
        row.reservation > floor + 1e-6 && row.reservation < cap - 1e-6
    }
}

/// Counts of published prices of a zone, or of the area.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Prices {
    pub published: u64,
    pub interior: u64,
    /// Periods with surplus that had a price, and those whose last price was interior.
    pub surplus: u64,
    pub surplus_interior: u64,
    /// Of periods to come: whether the last price is interior.
    last: BTreeMap<Time, bool>,
}

impl Prices {
    /// Counts a publication.
    pub fn publish(&mut self, row: &PriceRow, ends: PriceEnds) {
        if row.reservation.is_nan() {
            return;
        }
        let inside = ends.inside(row);
        self.published += 1;
        self.interior += u64::from(inside);
        self.last.insert(row.period_start, inside);
    }

    /// A period has happened.
    pub fn settle(&mut self, b: &BalanceRow) {
        let later = self.last.split_off(&Time(b.period_start.0 + 1));
        let last = std::mem::replace(&mut self.last, later);
        if b.surplus_kw <= 0.0 {
            return;
        }
        if let Some(&inside) = last.get(&b.period_start) {
            self.surplus += 1;
            self.surplus_interior += u64::from(inside);
        }
    }

    /// Adds the counts of a zone.
    pub fn merge(&mut self, zone: &Self) {
        self.published += zone.published;
        self.interior += zone.interior;
        self.surplus += zone.surplus;
        self.surplus_interior += zone.surplus_interior;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ZoneId;

    fn row(hour: f64, c: f64, grid: f64) -> PriceRow {
        let start = Time::from_hours(hour);
        PriceRow {
            reservation: c,
            expected_real: 0.66,
            ..PriceRow::of_grid(ZoneId(1), start, Time::START, grid)
        }
    }

    #[test]
    fn interior_is_between_floor_and_cap_or_real_price_and_cap() {
        let mut prices = Prices::default();
        // Floor 0.90, cap 0.98 x 1.272 = 1.24656; in the valley the cap is 0.98 x 0.832 = 0.81536.
        for (c, grid) in [(0.9, 1.272), (1.0, 1.272), (1.24656, 1.272)] {
            prices.publish(&row(12.0, c, grid), PriceEnds::default());
        }
        assert_eq!((prices.published, prices.interior), (3, 1));
        for c in [0.66, 0.7, 0.81536] {
            prices.publish(&row(3.0, c, 0.832), PriceEnds::default());
        }
        prices.publish(
            &PriceRow::of_grid(ZoneId(1), Time::START, Time::START, 1.0),
            PriceEnds::default(),
        );
        assert_eq!((prices.published, prices.interior), (6, 2));
    }

    #[test]
    fn of_a_period_with_surplus_the_last_price_counts() {
        let mut prices = Prices::default();
        let at = |hour, surplus_kw| BalanceRow {
            period_start: Time::from_hours(hour),
            surplus_kw,
            ..BalanceRow::default()
        };
        prices.publish(&row(1.0, 0.9, 1.272), PriceEnds::default());
        prices.publish(&row(1.0, 1.0, 1.272), PriceEnds::default());
        prices.publish(&row(2.0, 1.0, 1.272), PriceEnds::default());
        prices.settle(&at(1.0, 5.0));
        prices.settle(&at(2.0, -5.0));
        prices.settle(&at(3.0, 5.0));
        assert_eq!((prices.surplus, prices.surplus_interior), (1, 1));
    }
}
