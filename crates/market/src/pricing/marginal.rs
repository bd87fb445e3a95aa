//! Prices at which expected demand meets marginal cost: the policy [`Marginal`] (our reading; no
//! paper's).
//!
//! Users spread what they have not booked over the hours by the logit of [`Outlook`]; hour h gets
//! `D_h(c) = E a_h(c_h) / (sum a + a_out)`. The next kWh of hour h costs `cheap_h` (the renewable
//! unit cost and the fee: what would be curtailed costs the plant nothing more) as long as surplus
//! is left, else `dear_h` (turbine or grid, and the fee). Who comes is uncertain: with `e` kWh a
//! vehicle, `D` has the variance `D e` of a count, so that the expected cost of the next kWh is
//!
//! `m_h(D) = cheap_h + (dear_h - cheap_h) Phi((D - open_h) / sqrt(D e))`,
//!
//! `open_h` being the surplus that no booking takes, negative in deficit. Published is the price
//! `c_h = m_h(D_h(c))`, no higher than the cap, no lower than the floor where that lies below the
//! cap. It lies between the ends wherever demand comes near the surplus: the logit slopes demand,
//! the uncertainty slopes cost, so neither jumps.
//!
//! For a given sum of attractions every hour has one such price, since `m` rises with `D` and `D`
//! falls with `c`; the sum itself is found by bisection. No random number is used.
//!
//! [`Marginal`]: crate::PricingPolicy::Marginal

use super::outlook::{Hour, Outlook};
use super::{PricingView, avoided_unit_cost};
use crate::PricingRules;
use optim::interval::Interval;
use optim::normal;

/// Halvings of a bracket: a millionth of a CNY/kWh.
const HALVINGS: usize = 24;

/// Between which prices period j may lie.
pub(super) fn marginal_interval(view: &PricingView, rules: &PricingRules, j: usize) -> Interval {
    let cap = rules.cap_share * view.tariff_ev[j];
    let cheap = cheap(view).min(cap);
    let lower = if rules.floor < cap { rules.floor.max(cheap) } else { cheap };
    if lower < cap {
        Interval::Range { lower, upper: cap }
    } else {
        Interval::Collapsed { at: cap }
    }
}

/// What a kWh costs that would be curtailed, fee included \[CNY/kWh\].
fn cheap(view: &PricingView) -> f64 {
    view.plant.renewable_cny_per_kwh + view.service_fee
}

/// The cost of the next kWh of an hour.
struct Supply<'a> {
    hour: &'a Hour,
    cheap: f64,
    dear: f64,
    /// Surplus that no booking takes, negative in deficit (kWh).
    open_kwh: f64,
    vehicle_kwh: f64,
}

impl<'a> Supply<'a> {
    fn new(view: &PricingView, hour: &'a Hour) -> Self {
        let n = hour.periods.len().max(1) as f64;
        let sum = |of: &dyn Fn(usize) -> f64| hour.periods.clone().map(of).sum::<f64>();
        let beyond = |j| avoided_unit_cost(view, j).unwrap_or(view.tariff_plant[j]);
        Self {
            hour,
            cheap: cheap(view),
            dear: sum(&beyond) / n + view.service_fee,
            open_kwh: sum(&|j| (view.surplus_kw[j] - view.booked_kw[j]) * view.dt_h),
            vehicle_kwh: view.vehicle_kwh,
        }
    }

    fn cost(&self, demand_kwh: f64) -> f64 {
        let spread = (demand_kwh * self.vehicle_kwh).sqrt();
        let over = demand_kwh - self.open_kwh;
        let share = if spread > 1e-9 {
            1.0 - normal::survival(over / spread)
        } else {
            f64::from(u8::from(over > 0.0))
        };
        self.cheap + (self.dear - self.cheap) * share
    }

    /// The price at which the demand that it leaves costs as much, if a unit of attraction is worth
    /// so many kWh.
    fn price(&self, kwh_per_attraction: f64) -> f64 {
        let demand = |c: f64| self.hour.demand(c, kwh_per_attraction);
        let (mut low, mut high) = (self.hour.low, self.hour.high);
        if self.cost(demand(low)) <= low {
            return low;
        }
        if self.cost(demand(high)) >= high {
            return high;
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.cost(demand(middle)) > middle { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}

/// The price of each hour \[CNY/kWh\].
pub(super) fn marginal_prices(view: &PricingView, outlook: &Outlook) -> Vec<f64> {
    let supplies: Vec<Supply> = outlook.hours.iter().map(|h| Supply::new(view, h)).collect();
    let prices = |attraction: f64| -> Vec<f64> {
        let per_unit = outlook.kwh_per_attraction(attraction);
        supplies.iter().map(|s| s.price(per_unit)).collect()
    };
    let at = |of: fn(&Hour) -> f64| {
        outlook.attraction(&outlook.hours.iter().map(of).collect::<Vec<f64>>())
    };
    let (mut low, mut high) = (at(|h| h.high), at(|h| h.low));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if outlook.attraction(&prices(middle)) > middle { low = middle } else { high = middle }
    }
    prices(0.5 * (low + high))
}
