//! Prices that somebody outside steers: where each lies between its bounds.
//!
//! | price | position 0 | position 1 |
//! |---|---|---|
//! | reservation c | floor | cap, `cap_share` x retail tariff |
//! | discharge d | 0 | the most that a kWh may cost, as for the built-in policy |
//! | ticket q | E R | c |

use super::discharge::discharge_bound;
use super::{PriceDecision, PricingView, discharge_prices, ticket_price};
use crate::{MarketRules, PricingPolicy};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Where prices lie between their bounds, 0..1. One knot stands for all published periods, several
/// are spread evenly over them, with straight lines between; without knots the built-in policy
/// decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steering {
    /// Of the reservation price.
    pub reservation: Vec<f64>,
    /// Of the discharge price.
    pub discharge: Vec<f64>,
    /// Of the ticket price.
    pub ticket: Vec<f64>,
}

impl Steering {
    /// Whether nothing is steered.
    pub fn is_empty(&self) -> bool {
        self.reservation.is_empty() && self.discharge.is_empty() && self.ticket.is_empty()
    }

    /// Whether every price is steered.
    pub fn is_whole(&self) -> bool {
        !(self.reservation.is_empty() || self.discharge.is_empty() || self.ticket.is_empty())
    }

    /// Whether all positions are numbers between 0 and 1.
    pub fn is_valid(&self) -> bool {
        [&self.reservation, &self.discharge, &self.ticket]
            .into_iter()
            .flatten()
            .all(|u| (0.0..=1.0).contains(u))
    }

    /// The rules by which the rest is decided: nobody searches for a reservation price that is
    /// steered.
    pub fn rules<'a>(&self, rules: &'a MarketRules) -> Cow<'a, MarketRules> {
        if self.reservation.is_empty() {
            return Cow::Borrowed(rules);
        }
        let mut own = rules.clone();
        own.pricing.policy = PricingPolicy::Fixed;
        Cow::Owned(own)
    }

    /// A decision with the steered prices in the place of its own; what follows from them by the
    /// rules follows anew.
    pub fn applied(
        &self,
        mut decided: PriceDecision,
        view: &PricingView,
        rules: &MarketRules,
    ) -> PriceDecision {
        let n = view.len();
        if !self.reservation.is_empty() {
            let cap = |j: usize| rules.pricing.cap_share * view.tariff_ev[j];
            let price = |j: usize| {
                let floor = rules.pricing.floor.min(cap(j));
                floor + position(&self.reservation, j, n) * (cap(j) - floor)
            };
            decided.reservation = (0..n).map(price).collect();
            decided.low.clone_from(&decided.reservation);
            decided.high.clone_from(&decided.reservation);
            if self.ticket.is_empty() {
                let ticket = |j: usize| {
                    let (c, real) = (decided.reservation[j], decided.expected_real[j]);
                    ticket_price(c, real, rules.tickets.alpha, view.expected_count[j], view.piles)
                };
                decided.ticket = (0..n).map(ticket).collect();
            }
            if self.discharge.is_empty() {
                decided.discharge = discharge_prices(view, rules, &decided);
            }
        }
        if !self.ticket.is_empty() {
            let price = |j: usize| {
                let c = decided.reservation[j];
                let real = decided.expected_real[j].min(c);
                real + position(&self.ticket, j, n) * (c - real)
            };
            decided.ticket = (0..n).map(price).collect();
        }
        if !self.discharge.is_empty() {
            let price = |j: usize| {
                let bound = discharge_bound(view, rules, j);
                bound.map_or(f64::NAN, |bound| position(&self.discharge, j, n) * bound.max(0.0))
            };
            decided.discharge = (0..n).map(price).collect();
        }
        decided
    }
}

/// The position in period j of n.
fn position(knots: &[f64], j: usize, n: usize) -> f64 {
    let last = knots.len() - 1;
    if last == 0 || n < 2 {
        return knots[0];
    }
    let at = j as f64 * last as f64 / (n - 1) as f64;
    let k = (at as usize).min(last - 1);
    knots[k] + (at - k as f64) * (knots[k + 1] - knots[k])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knots_are_spread_over_the_periods_with_lines_between() {
        assert_eq!(position(&[0.3], 7, 96), 0.3);
        let of = |j| position(&[0.0, 1.0, 0.0], j, 5);
        assert_eq!([0, 1, 2, 3, 4].map(of), [0.0, 0.5, 1.0, 0.5, 0.0]);
        assert_eq!(position(&[0.2, 0.8], 0, 1), 0.2);
    }

    #[test]
    fn positions_are_numbers_between_0_and_1() {
        let steering = |u| Steering { reservation: vec![u], ..Steering::default() };
        assert!(steering(0.0).is_valid() && steering(1.0).is_valid());
        assert!(![-0.1, 1.1, f64::NAN, f64::INFINITY].iter().any(|&u| steering(u).is_valid()));
        assert!(Steering::default().is_valid() && Steering::default().is_empty());
    }
}
