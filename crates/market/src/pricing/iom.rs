//! Interval optimisation of the reservation price (P3 section 3.1.4 and eq. 15, 22).

use super::{DemandLaw, PricingView};
use crate::PricingRules;
use optim::interval::{Interval, between_targets};

/// Demand is not spread evenly over the hours in which vehicles are connected. Our reading: in an
/// hour that attracts, up to three times the mean share of them charges.
const CROWDING: f64 = 3.0;

/// Absorbable power `K_t` at a price that nobody minds (kW), per published period. Our reading:
/// `K = connected kW x unbooked share x min(1, 3 duty)`, `duty = need / (connected kW x hours)`.
pub fn potential_kw(view: &PricingView) -> Vec<f64> {
    let connected_kwh: f64 = view.connected_kw.iter().map(|kw| kw * view.dt_h).sum();
    let duty = if connected_kwh > 0.0 { view.need_kwh / connected_kwh } else { 0.0 };
    let active = (CROWDING * duty).min(1.0);
    view.connected_kw
        .iter()
        .zip(view.booked_kw)
        .map(|(connected, booked)| (connected - booked).max(0.0) * active)
        .collect()
}

/// The interval `[c_min, c_max]` of period j \[CNY/kWh\]. With `A(c) = K S(c, t)`, in surplus
/// `c_max` is the largest c with `A >= band[0] x open surplus`, `c_min` that with `band[1]`, both
/// clipped to `[floor, cap]`; in deficit c is at the cap. An empty interval collapses onto its
/// upper end; a floor above the cap gives the cap.
pub fn price_interval(
    view: &PricingView,
    law: &DemandLaw,
    rules: &PricingRules,
    potential_kw: f64,
    j: usize,
) -> Interval {
    let cap = rules.cap_share * view.tariff_ev[j];
    let open = view.open_surplus_kw(j);
    if open <= 0.0 {
        return Interval::Collapsed { at: cap };
    }
    let period = view.period_of_day(j);
    let [little, much] = rules.band.map(|share| share * open);
    between_targets(|c| potential_kw * law.reach(period, c), little, much, rules.floor, cap)
}
