//! The particle swarm over hourly prices and ticket coefficients (P3 section 4.2.2, eq. 21).

use super::outlook::{Outlook, periods_per_hour};
use super::{PricingError, PricingView};
use crate::MarketRules;
use optim::pso;
use serde::{Deserialize, Serialize};

/// What a pricing agent keeps from one publication to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceMemory {
    /// Day of the last full solve; none before the first.
    day: Option<usize>,
    /// Number of the plan's first hour, counted from the first local midnight.
    first_hour: usize,
    /// Hourly prices of the last plan \[CNY/kWh\].
    prices: Vec<f64>,
    /// Hourly ticket coefficients of the last plan.
    alphas: Vec<f64>,
}

/// Prices and ticket coefficients of each hour of an outlook.
pub(super) struct Plan {
    pub prices: Vec<f64>,
    pub alphas: Vec<f64>,
    pub evaluations: usize,
}

/// The best plan that the swarm finds: all its iterations in the first solve of a day, a few of
/// them, started from the last plan, in the others. The upper ends of all intervals are one of the
/// starts, so the plan is never worse than interval optimisation alone.
pub(super) fn best_plan(
    view: &PricingView,
    outlook: &Outlook,
    rules: &MarketRules,
    memory: &PriceMemory,
    uniform: &mut impl FnMut() -> f64,
) -> Result<(Plan, PriceMemory), PricingError> {
    let n = outlook.hours.len();
    let alpha = rules.tickets.alpha.clamp(0.0, 1.0);
    let first_hour = view.first_period / periods_per_hour(view.periods_per_day);
    let day = view.first_period / view.periods_per_day;
    let upper_ends: Vec<f64> =
        outlook.hours.iter().map(|h| h.high).chain(std::iter::repeat_n(alpha, n)).collect();
    let lower_ends: Vec<f64> =
        outlook.hours.iter().map(|h| h.low).chain(std::iter::repeat_n(alpha, n)).collect();
    let free: Vec<usize> = (0..2 * n)
        .filter(|&i| {
            if i < n {
                outlook.hours[i].low < outlook.hours[i].high
            } else {
                outlook.hours[i - n].ticket_free && alpha > 0.0
            }
        })
        .collect();
    let pick = |point: &[f64]| -> Vec<f64> { free.iter().map(|&i| point[i]).collect() };
    let low = free.iter().map(|&i| if i < n { lower_ends[i] } else { 0.0 }).collect::<Vec<f64>>();
    let high = pick(&upper_ends);

    let mut starts =
        vec![pick(&memory.recall(first_hour, &upper_ends)), high.clone(), pick(&lower_ends)];
    let params = pso::Params {
        particles: rules.pricing.particles as usize,
        iterations: if memory.day == Some(day) {
            rules.pricing.iterations_hourly
        } else {
            rules.pricing.iterations_daily
        } as usize,
        ..pso::Params::default()
    };
    starts.truncate(params.particles);
    let mut point = upper_ends;
    let mut evaluations = 0;
    if !free.is_empty() {
        let mut whole = point.clone();
        let objective = |chosen: &[f64]| {
            free.iter().zip(chosen).for_each(|(&i, &x)| whole[i] = x);
            outlook.cost(&whole[..n], &whole[n..])
        };
        let best =
            pso::minimise(&params, &low, &high, &starts, pso::no_repair, objective, uniform)?;
        free.iter().zip(&best.point).for_each(|(&i, &x)| point[i] = x);
        evaluations = best.evaluations;
    }
    let alphas = point.split_off(n);
    let memory =
        PriceMemory { day: Some(day), first_hour, prices: point.clone(), alphas: alphas.clone() };
    Ok((Plan { prices: point, alphas, evaluations }, memory))
}

impl PriceMemory {
    /// The last plan moved to a horizon that begins at `first_hour`; hours beyond it take what it
    /// said of a day before, or else the value of `otherwise` (prices, then coefficients).
    fn recall(&self, first_hour: usize, otherwise: &[f64]) -> Vec<f64> {
        let n = otherwise.len() / 2;
        let old = |values: &[f64], hour: usize| {
            let place = hour.checked_sub(self.first_hour)?;
            values.get(place).or_else(|| values.get(place.checked_sub(24)?)).copied()
        };
        (0..2 * n)
            .map(|i| {
                let values = if i < n { &self.prices } else { &self.alphas };
                old(values, first_hour + i % n).unwrap_or(otherwise[i])
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_plan_moves_with_the_clock_and_wraps_by_a_day() {
        let prices: Vec<f64> = (0..24).map(f64::from).collect();
        let memory = PriceMemory {
            day: Some(0),
            first_hour: 0,
            prices: prices.clone(),
            alphas: vec![0.5; 24],
        };
        let recalled = memory.recall(3, &[9.0; 48]);
        assert_eq!(&recalled[..3], &[3.0, 4.0, 5.0]);
        // Hour 24 of the run is hour 0 of the next day.
        assert_eq!(&recalled[21..24], &[0.0, 1.0, 2.0]);
        assert_eq!(recalled[47], 0.5);
        assert_eq!(PriceMemory::default().recall(3, &[9.0; 48]), vec![9.0; 48]);
    }
}
