//! Everything that a definition may draw on, for one scope.

use crate::bookings::{Bookings, Hoarding};
use crate::energy::Energy;
use crate::fleet::Inequality;
use crate::money::Money;
use crate::network::Network;
use crate::prices::Prices;
use crate::spread::ratio;
use crate::stays::{Events, Sessions, Stays};
use crate::tickets::Tickets;

/// Sums and figures of the run, a zone or a segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub energy: Energy,
    pub prices: Prices,
    pub uncontrolled_peak_kw: f64,
    pub warmup_days: f64,
    pub grid_kg_per_kwh: f64,
    pub bookings: Bookings,
    pub events: Events,
    pub hoarding: Hoarding,
    pub tickets: Tickets,
    pub money: Money,
    pub stays: Stays,
    pub sessions: Sessions,
    pub network: Network,
    pub inequality: Inequality,
    /// Booked energy of closed bookings at the retail tariff, charged and discharged \[CNY\].
    pub at_tariff_cny: [f64; 2],
    /// Vehicles plugged in for bookings; mean, 5 % and 95 % quantile of plugging in after the start
    /// \[min\].
    pub plugged: u64,
    pub punctuality_min: [f64; 3],
    /// Bookings that overstayed, and by how much together \[min\].
    pub overstays: u64,
    pub overstay_min: f64,
    /// What a clairvoyant assignment would have won; NaN if it was not asked for \[CNY\].
    pub deadweight_cny: f64,
    pub latency_s: [f64; 2],
    /// Sum of ticket discounts and their number.
    pub discounts: (f64, u64),
    /// Hours of all piles, and hours plugged.
    pub pile_h: f64,
    pub plugged_h: f64,
    pub period_h: f64,
}

impl Totals {
    /// Paid for booked energy that was delivered, before refunds, and for walking in \[CNY\].
    pub fn ev_cost_before_refunds(&self) -> f64 {
        let (b, m) = (&self.bookings, &self.money);
        (b.revenue + b.refund + m.walk_in + m.service_fee).cny().value()
    }
    /// ... after refunds \[CNY\].
    pub fn ev_cost(&self) -> f64 {
        let (b, m) = (&self.bookings, &self.money);
        (b.revenue + m.walk_in + m.service_fee).cny().value()
    }
    /// What the plant costs and what vehicles are paid for discharging \[CNY\].
    pub fn generation_cost(&self) -> f64 {
        (self.money.plant_cost() + self.money.v2g).cny().value()
    }
    /// Booked energy at the tariff less what was prepaid for it \[CNY\].
    pub fn compensation(&self) -> f64 {
        self.at_tariff_cny[0] - (self.bookings.revenue + self.bookings.refund).cny().value()
    }
    /// What EVs have over paying the tariff for the same net energy \[CNY\].
    pub fn user_surplus(&self) -> f64 {
        let (b, m) = (&self.bookings, &self.money);
        let paid = b.revenue + b.forfeited + b.penalty + m.cancellation_fee + m.service_fee - m.v2g;
        self.at_tariff_cny[0] - self.at_tariff_cny[1] - paid.cny().value()
    }
    /// What operator, aggregators and DSO have gained \[CNY\].
    pub fn site_gain(&self) -> f64 {
        let m = &self.money;
        (m.operator_gain + m.aggregator_gain + m.dso_gain).cny().value()
    }
    /// A count of bookings over all closed ones.
    pub fn of_closed(&self, count: u64) -> f64 {
        ratio(count as f64, self.bookings.closed() as f64)
    }
    /// Where there is something to see, the value; NaN elsewhere.
    pub fn with_network(&self, value: f64) -> f64 {
        if self.network.voltages == 0 { f64::NAN } else { value }
    }
    /// The value if there are periods; NaN without a balance.
    pub fn with_balance(&self, value: f64) -> f64 {
        if self.energy.periods == 0 { f64::NAN } else { value }
    }
}
