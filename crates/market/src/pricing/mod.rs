//! The pricing agent's decision: reservation, discharge and ticket prices of the published periods
//! (P3 section 3.1.4, eq. 15, 21, 22).
//!
//! A pure function of what the agent has been told. Order of the computation:
//!
//! 1. forecast of the real price E R (`unit_cost`);
//! 2. the interval `[c_min, c_max]` of each period in which demand meets the surplus (`iom`), from
//!    the belief about users (`belief`);
//! 3. hourly prices inside the intervals, and ticket coefficients, by a particle swarm (`outlook`,
//!    `swarm`), or prices at which demand meets marginal cost (`marginal`);
//! 4. ticket prices q in `[E R, c]` (`ticket`), discharge prices d in deficit (`discharge`).
//!
//! [`Steering`] puts prices that somebody outside decides in the place of these.
//!
//! | P3 | here |
//! |---|---|
//! | `c_t`, `q_t`, `R_t` | `reservation`, `ticket`, `expected_real` |
//! | `P_dem` | `surplus_kw` |
//! | `E_t(c_t)` of eq. 15 | potential x [`DemandLaw::share`] |
//! | `c_grid` of eq. 22 | `tariff_ev` |

mod belief;
mod discharge;
mod iom;
mod marginal;
mod outlook;
mod steering;
mod swarm;
mod ticket;
mod unit_cost;
mod view;

pub use belief::{DemandLaw, PriceBelief, PriceClass};
pub use discharge::discharge_prices;
pub use iom::{potential_kw, price_interval};
pub use steering::Steering;
pub use swarm::PriceMemory;
pub use ticket::ticket_price;
pub use unit_cost::{DeficitSupply, avoided_unit_cost, deficit_supply, expected_real};
pub use view::{OwnerBelief, PriceDecision, PricingError, PricingView};

use crate::{MarketRules, PricingPolicy};
use optim::interval::Interval;
use outlook::Outlook;

/// Decides the prices of all published periods. `law` is the tabulated belief, `memory` what the
/// last decision returned (default at the start), `uniform` numbers in `[0, 1)`, drawn by the
/// policy `IomPso` alone. Returns the prices and the memory to keep.
///
/// # Errors
/// When the view is malformed, the law was made for another day, or the swarm has no particles.
pub fn decide(
    view: &PricingView,
    law: &DemandLaw,
    rules: &MarketRules,
    memory: &PriceMemory,
    uniform: &mut impl FnMut() -> f64,
) -> Result<(PriceDecision, PriceMemory), PricingError> {
    let mut decided = undecided(view, law)?;
    let mut kept = memory.clone();
    let mut alphas = vec![rules.tickets.alpha; view.len()];
    let potential = potential_kw(view);
    let intervals: Vec<Interval> =
        (0..view.len()).map(|j| interval(view, law, rules, potential[j], j)).collect();
    decided.low = intervals.iter().map(Interval::lower).collect();
    decided.high = intervals.iter().map(Interval::upper).collect();
    decided.reservation.clone_from(&decided.high);
    let outlook = || Outlook::new(view, law, rules, &potential, &intervals, &decided.expected_real);
    match rules.pricing.policy {
        PricingPolicy::IomPso => {
            let outlook = outlook();
            let (plan, memory) = swarm::best_plan(view, &outlook, rules, memory, uniform)?;
            publish(&mut decided, &outlook, &plan.prices);
            for (hour, &alpha) in outlook.hours.iter().zip(&plan.alphas) {
                alphas[hour.periods.clone()].fill(alpha);
            }
            decided.evaluations = plan.evaluations;
            kept = memory;
        }
        PricingPolicy::Marginal => {
            let outlook = outlook();
            let prices = marginal::marginal_prices(view, &outlook);
            publish(&mut decided, &outlook, &prices);
        }
        PricingPolicy::Iom | PricingPolicy::Tariff | PricingPolicy::Fixed => {}
    }
    decided.ticket = (0..view.len())
        .map(|j| {
            ticket_price(
                decided.reservation[j],
                decided.expected_real[j],
                alphas[j],
                view.expected_count[j],
                view.piles,
            )
        })
        .collect();
    decided.discharge = discharge_prices(view, rules, &decided);
    Ok((decided, kept))
}

/// The prices of all published periods where somebody outside steers every one of them: nobody
/// searches for any.
///
/// # Errors
/// When the view is malformed, or the law was made for another day.
pub fn decide_steered(
    view: &PricingView,
    law: &DemandLaw,
    rules: &MarketRules,
    steering: &Steering,
) -> Result<PriceDecision, PricingError> {
    Ok(steering.applied(undecided(view, law)?, view, rules))
}

/// A decision of which the real price is known that is to be expected, and nothing else.
fn undecided(view: &PricingView, law: &DemandLaw) -> Result<PriceDecision, PricingError> {
    view.check()?;
    if law.periods_per_day() != view.periods_per_day {
        return Err(PricingError::OtherDay {
            law: law.periods_per_day(),
            view: view.periods_per_day,
        });
    }
    let expected_real = (0..view.len()).map(|j| expected_real(view, j)).collect();
    Ok(PriceDecision { expected_real, ..PriceDecision::default() })
}

/// Between which prices period j may lie under the policy in force; policies that steer nothing
/// leave one price.
fn interval(
    view: &PricingView,
    law: &DemandLaw,
    rules: &MarketRules,
    potential_kw: f64,
    j: usize,
) -> Interval {
    match rules.pricing.policy {
        PricingPolicy::IomPso | PricingPolicy::Iom => {
            price_interval(view, law, &rules.pricing, potential_kw, j)
        }
        PricingPolicy::Marginal => marginal::marginal_interval(view, &rules.pricing, j),
        PricingPolicy::Tariff => Interval::Collapsed { at: view.tariff_ev[j] },
        PricingPolicy::Fixed => Interval::Collapsed { at: rules.pricing.fixed },
    }
}

/// Spreads hourly prices over the periods; each period's price stays inside its own interval.
fn publish(decided: &mut PriceDecision, outlook: &Outlook, prices: &[f64]) {
    for (hour, &price) in outlook.hours.iter().zip(prices) {
        for j in hour.periods.clone() {
            decided.reservation[j] = price.clamp(decided.low[j], decided.high[j]);
        }
    }
}

#[cfg(test)]
mod tests;
