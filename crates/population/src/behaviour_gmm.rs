//! Behaviour classes: the Gaussian mixture of P3 eq. 3 and 28 over (number of charging EVs, price,
//! time).
//!
//! | paper | here | unit |
//! |---|---|---|
//! | `pi_i` | `weight` | share of observations |
//! | `mu_i1, Sigma_i1` | `count_mean`, `count_variance` | EVs, EVs^2 |
//! | `mu_i2, Sigma_i2` | `price_mean`, `price_variance` | CNY/kWh, squared |
//! | `mu_i3, Sigma_i3` | `slot_mean`, `slot_variance` | 1-based 2-hour slots of the day, squared |
//!
//! The mixture is a law of observations (slot, price, count), not a demand curve: `E[N | c]` rises
//! with the price. Our reading therefore takes a class's price law as its users' willingness to
//! pay; the letter stays available as [`BehaviourGmm::joint_density`].

use crate::law::LawError;
use crate::wrap_hour;
use optim::normal;
use serde::{Deserialize, Serialize};

/// One component of the mixture; independent inside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BehaviourClass {
    /// Weight, 0..1.
    pub weight: f64,
    /// Mean number of EVs charging at once.
    pub count_mean: f64,
    /// Variance of that number.
    pub count_variance: f64,
    /// Mean price \[CNY/kWh\].
    pub price_mean: f64,
    /// Variance of the price [(CNY/kWh)^2].
    pub price_variance: f64,
    /// Mean 1-based 2-hour slot of the day.
    pub slot_mean: f64,
    /// Variance of the slot.
    pub slot_variance: f64,
}

/// The mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BehaviourGmm {
    /// Classes; weights are scaled to sum to 1 (the published ones sum to 0.99).
    pub classes: Vec<BehaviourClass>,
}

impl Default for BehaviourGmm {
    /// P3 eq. 28.
    fn default() -> Self {
        let class = |weight, count: [f64; 2], price: [f64; 2], slot: [f64; 2]| BehaviourClass {
            weight,
            count_mean: count[0],
            count_variance: count[1],
            price_mean: price[0],
            price_variance: price[1],
            slot_mean: slot[0],
            slot_variance: slot[1],
        };
        Self {
            classes: vec![
                class(0.33, [3.62, 6.0], [1.16, 0.05], [2.27, 6.53]),
                class(0.43, [12.72, 10.63], [2.13, 0.19], [6.98, 10.77]),
                class(0.23, [20.5351, 3.3266], [1.97, 0.27], [2.77, 7.35]),
            ],
        }
    }
}

/// The local hour at the centre of a 1-based 2-hour slot, wrapped on the day (our reading of the
/// paper's time axis: `2 s - 1`).
///
/// ```
/// assert_eq!(population::slot_hour(1.0), 1.0);
/// assert!((population::slot_hour(2.27) - 3.54).abs() < 1e-12);
/// ```
pub fn slot_hour(slot: f64) -> f64 {
    wrap_hour(2.0 * slot - 1.0)
}

/// The 1-based 2-hour slot of a local hour, as a real number in `[0.5, 12.5)`; the inverse of
/// [`slot_hour`].
pub fn hour_slot(hour: f64) -> f64 {
    0.5 * (wrap_hour(hour) + 1.0)
}

/// What an individual takes from the mixture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tastes {
    /// Number of the class, from 0.
    pub behaviour_class: u16,
    /// Highest reservation price that is considered \[CNY/kWh\].
    pub willingness_to_pay: f64,
    /// Preferred hour of charging, `[0, 24)`.
    pub preferred_time_h: f64,
    /// EVs charging at once that are not yet felt as a crowd.
    pub tolerated_crowding: f64,
}

impl BehaviourGmm {
    /// Probability that an individual EV belongs to each class: `pi_i mu_i / sum` (our reading: a
    /// class of observations with many EVs at once holds more individuals).
    ///
    /// ```
    /// let p = population::BehaviourGmm::default().individual_shares();
    /// // 0.33 x 3.62 = 1.195, 0.43 x 12.72 = 5.470, 0.23 x 20.5351 = 4.723; sum 11.387
    /// assert!((p[0] - 0.105).abs() < 1e-3 && (p[1] - 0.480).abs() < 1e-3 && (p[2] - 0.415).abs() < 1e-3);
    /// ```
    pub fn individual_shares(&self) -> Vec<f64> {
        let total: f64 = self.classes.iter().map(|c| c.weight * c.count_mean).sum();
        self.classes.iter().map(|c| c.weight * c.count_mean / total).collect()
    }

    /// Class and tastes of one person: four uniform numbers (class, willingness to pay, time,
    /// crowding). Willingness to pay and tolerated crowding are cut at 0.
    pub fn draw_tastes(&self, u: &mut impl FnMut() -> f64) -> Tastes {
        let (pick, price, time, count) = (u(), u(), u(), u());
        let total: f64 = self.classes.iter().map(|c| c.weight * c.count_mean).sum();
        let mut left = pick * total;
        let mut chosen = 0;
        for (i, class) in self.classes.iter().enumerate() {
            chosen = i;
            left -= class.weight * class.count_mean;
            if left < 0.0 {
                break;
            }
        }
        self.tastes_in_class(chosen, [price, time, count])
    }

    /// Tastes of a person whose class is known, from the uniform numbers for price, time and count.
    pub fn tastes_in_class(&self, class: usize, [price, time, count]: [f64; 3]) -> Tastes {
        let c = &self.classes[class];
        let normal =
            |mean: f64, variance: f64, u: f64| mean + variance.sqrt() * normal::quantile(u);
        Tastes {
            behaviour_class: class as u16,
            willingness_to_pay: normal(c.price_mean, c.price_variance, price).max(0.0),
            preferred_time_h: slot_hour(normal(c.slot_mean, c.slot_variance, time)),
            tolerated_crowding: truncated_at_zero(c.count_mean, c.count_variance.sqrt(), count),
        }
    }

    /// Joint density of (count, price, slot) by the letter of P3 eq. 3, weights scaled to sum to 1
    /// [1 / (EVs x CNY/kWh x slots)].
    pub fn joint_density(&self, count: f64, price: f64, slot: f64) -> f64 {
        let total: f64 = self.classes.iter().map(|c| c.weight).sum();
        let density = |x: f64, mean: f64, variance: f64| {
            normal::pdf((x - mean) / variance.sqrt()) / variance.sqrt()
        };
        self.classes
            .iter()
            .map(|c| {
                c.weight
                    * density(count, c.count_mean, c.count_variance)
                    * density(price, c.price_mean, c.price_variance)
                    * density(slot, c.slot_mean, c.slot_variance)
            })
            .sum::<f64>()
            / total
    }

    /// Share of users willing to charge at a price in a slot (our reading): `S(c, t) = sum_i
    /// rho_i(t) (1 - Phi((c - mu_i2) / sigma_i2))`, with `rho_i(t)` proportional to `pi_i
    /// phi_i(t)`.
    ///
    /// ```
    /// let g = population::BehaviourGmm::default();
    /// assert!(g.willing_share(0.8, 3.0) > 0.95 && g.willing_share(2.6, 3.0) < 0.12);
    /// ```
    pub fn willing_share(&self, price: f64, slot: f64) -> f64 {
        let mut sums = [0.0, 0.0];
        for c in &self.classes {
            let spread = c.slot_variance.sqrt();
            let rho = c.weight * normal::pdf((slot - c.slot_mean) / spread) / spread;
            sums[0] += rho;
            sums[1] += rho * normal::survival((price - c.price_mean) / c.price_variance.sqrt());
        }
        if sums[0] > 0.0 { sums[1] / sums[0] } else { 0.0 }
    }

    /// Expected number of EVs charging given price and slot, by the letter of the mixture.
    ///
    /// ```
    /// let g = population::BehaviourGmm::default();
    /// assert!(g.expected_count(2.5, 3.0) > g.expected_count(0.9, 3.0)); // it rises with the price: not a demand curve
    /// ```
    pub fn expected_count(&self, price: f64, slot: f64) -> f64 {
        let mut sums = [0.0, 0.0];
        for c in &self.classes {
            let z = |x: f64, mean: f64, variance: f64| -0.5 * (x - mean) * (x - mean) / variance;
            let log =
                z(price, c.price_mean, c.price_variance) + z(slot, c.slot_mean, c.slot_variance);
            let weight = c.weight * log.exp() / (c.price_variance * c.slot_variance).sqrt();
            sums[0] += weight;
            sums[1] += weight * c.count_mean;
        }
        if sums[0] > 0.0 { sums[1] / sums[0] } else { 0.0 }
    }

    /// Whether there are classes, weights are not negative and every spread is positive.
    ///
    /// # Errors
    /// The first value that is not.
    pub fn check(&self) -> Result<(), LawError> {
        let law = "behaviour classes";
        if self.classes.is_empty() {
            return Err(LawError::Empty { law });
        }
        for (i, c) in self.classes.iter().enumerate() {
            if !(c.weight >= 0.0 && c.weight.is_finite()) {
                return Err(LawError::NegativeWeight { law, index: i + 1, value: c.weight });
            }
            for (parameter, value) in [
                ("count_mean", c.count_mean),
                ("count_variance", c.count_variance),
                ("price_variance", c.price_variance),
                ("slot_variance", c.slot_variance),
            ] {
                if !(value > 0.0 && value.is_finite()) {
                    return Err(LawError::NotPositive { law, parameter, value });
                }
            }
            for (parameter, value) in [("price_mean", c.price_mean), ("slot_mean", c.slot_mean)] {
                if !value.is_finite() {
                    return Err(LawError::NotFinite { law, parameter, value });
                }
            }
        }
        let sum: f64 = self.classes.iter().map(|c| c.weight).sum();
        if sum > 0.0 { Ok(()) } else { Err(LawError::WeightSum { law, sum }) }
    }
}

/// Quantile of a normal law under the condition of being positive.
fn truncated_at_zero(mean: f64, sd: f64, u: f64) -> f64 {
    (mean - sd * normal::quantile((1.0 - u) * normal::cdf(mean / sd))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_centres_are_the_documented_hours() {
        // 2 x 2.27 - 1 = 3.54, 2 x 6.98 - 1 = 12.96, 2 x 2.77 - 1 = 4.54
        let g = BehaviourGmm::default();
        for (class, hour) in [(0, 3.54), (1, 12.96), (2, 4.54)] {
            assert!((g.tastes_in_class(class, [0.5; 3]).preferred_time_h - hour).abs() < 1e-9);
        }
    }

    #[test]
    fn willingness_averaged_over_the_day_matches_the_documented_survival() {
        // Weighted with the time marginal the survival is sum pi_i S_i: 0.98, 0.81, 0.53, 0.09 at
        // 0.8, 1.16, 1.7, 2.6 CNY/kWh.
        let g = BehaviourGmm::default();
        for (price, share) in [(0.8, 0.98), (1.16, 0.81), (1.7, 0.53), (2.6, 0.09)] {
            let marginal: f64 = g
                .classes
                .iter()
                .map(|c| {
                    c.weight / 0.99
                        * normal::survival((price - c.price_mean) / c.price_variance.sqrt())
                })
                .sum();
            assert!((marginal - share).abs() < 0.03, "{price}: {marginal}");
        }
    }

    #[test]
    fn joint_density_integrates_to_one() {
        let g = BehaviourGmm::default();
        let mut sum = 0.0;
        for n in 0..60 {
            for c in 0..80 {
                for s in 0..60 {
                    sum += g.joint_density(
                        -10.0 + 0.75 * f64::from(n),
                        -0.5 + 0.06 * f64::from(c),
                        -15.0 + 0.75 * f64::from(s),
                    );
                }
            }
        }
        assert!((sum * 0.75 * 0.06 * 0.75 - 1.0).abs() < 1e-3, "{sum}");
    }

    #[test]
    fn tolerated_crowding_is_never_negative_and_rises_with_u() {
        assert!(truncated_at_zero(3.62, 6.0_f64.sqrt(), 1e-9) < 1e-3);
        assert!(
            truncated_at_zero(3.62, 6.0_f64.sqrt(), 0.3)
                < truncated_at_zero(3.62, 6.0_f64.sqrt(), 0.4)
        );
    }
}
