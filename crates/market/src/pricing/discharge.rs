//! What owners are paid for energy given back.

use super::{PriceDecision, PricingView, avoided_unit_cost};
use crate::MarketRules;

/// Discharge prices \[CNY/kWh\], NaN where nothing is bought. Bought is in deficit periods whose
/// deficit no booking covers.
///
/// Upper bound (our reading): `min(discharge_share x retail, avoided unit cost)`. Below it the
/// interval method works as for charging, mirrored: an owner goes along if his cost k is at most
/// the pay less the cost of recharging, so `G(d) = dischargeable kW x P(k <= d - recharge / round
/// trip)`; published is the least d that calls up `band[1]` of the deficit, or the bound if none
/// below it does.
pub fn discharge_prices(
    view: &PricingView,
    rules: &MarketRules,
    decided: &PriceDecision,
) -> Vec<f64> {
    let recharge = recharge_prices(decided, rules.refund.credence);
    (0..view.len()).map(|j| discharge_price(view, rules, j, recharge[j])).collect()
}

/// The upper bound of the discharge price of period j \[CNY/kWh\]; none where nothing is bought.
pub(super) fn discharge_bound(view: &PricingView, rules: &MarketRules, j: usize) -> Option<f64> {
    if !rules.discharge.enabled || view.surplus_kw[j] >= 0.0 || open_deficit_kw(view, j) <= 0.0 {
        return None;
    }
    let avoided = avoided_unit_cost(view, j)?;
    Some(avoided.min(rules.pricing.discharge_share * view.tariff_ev[j]))
}

/// Deficit that no booking covers \[kW\].
fn open_deficit_kw(view: &PricingView, j: usize) -> f64 {
    view.booked_kw[j] - view.surplus_kw[j] - view.booked_discharge_kw[j]
}

fn discharge_price(view: &PricingView, rules: &MarketRules, j: usize, recharge: f64) -> f64 {
    let Some(bound) = discharge_bound(view, rules, j) else { return f64::NAN };
    let open_deficit = open_deficit_kw(view, j);
    let wanted_share = rules.pricing.band[1] * open_deficit / view.dischargeable_kw[j];
    // No owner at all makes the share infinite or NaN: then the bound stands.
    if wanted_share.is_nan() || wanted_share >= 1.0 {
        return bound;
    }
    let k = view.owners.wear_of(wanted_share);
    (recharge / view.owners.round_trip.max(1e-9) + k).min(bound)
}

/// What the energy given back in period j costs to charge again: the cheapest later period's price
/// as users expect it, `c - credence max(0, c - E R)`; the last period takes its own.
fn recharge_prices(decided: &PriceDecision, credence: f64) -> Vec<f64> {
    let felt = |c: f64, real: f64| c - credence * (c - real).max(0.0);
    let own: Vec<f64> =
        decided.reservation.iter().zip(&decided.expected_real).map(|(&c, &r)| felt(c, r)).collect();
    let mut cheapest = own.last().copied().unwrap_or(0.0);
    let mut later = vec![cheapest; own.len()];
    for j in (0..own.len().saturating_sub(1)).rev() {
        cheapest = cheapest.min(own[j + 1]);
        later[j] = cheapest;
    }
    later
}
