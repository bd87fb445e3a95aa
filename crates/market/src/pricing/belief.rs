//! What the pricing agent believes about users: the observed mixture of P3 eq. 28 and the demand
//! laws built on it.

use super::PricingError;
use crate::DemandForm;
use optim::gmm::{ThresholdClass, ThresholdMixture, Truncation};
use serde::{Deserialize, Serialize};

/// One component of the mixture: how many vehicles, at which price, at which time of the day were
/// seen together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceClass {
    /// Weight; the law divides by the sum of all weights.
    pub weight: f64,
    /// Mean number of vehicles.
    pub count_mean: f64,
    /// Its variance.
    pub count_variance: f64,
    /// Mean price \[CNY/kWh\].
    pub price_mean: f64,
    /// Its variance [(CNY/kWh)²].
    pub price_variance: f64,
    /// Mean time, in 1-based slots of the day.
    pub slot_mean: f64,
    /// Its variance (slots²).
    pub slot_variance: f64,
}

/// The mixture of all classes, coordinates independent inside a class. The default is P3 eq. 28.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceBelief {
    /// The components.
    pub classes: Vec<PriceClass>,
    /// Length of a slot (h). Our reading of eq. 28: 2 h, so slot `s` is centred on hour `2 s - 1`.
    pub slot_hours: f64,
}

impl Default for PriceBelief {
    fn default() -> Self {
        let class = |weight, [count, price, slot]: [(f64, f64); 3]| PriceClass {
            weight,
            count_mean: count.0,
            count_variance: count.1,
            price_mean: price.0,
            price_variance: price.1,
            slot_mean: slot.0,
            slot_variance: slot.1,
        };
        Self {
            classes: vec![
                class(0.33, [(3.62, 6.0), (1.16, 0.05), (2.27, 6.53)]),
                class(0.43, [(12.72, 10.63), (2.13, 0.19), (6.98, 10.77)]),
                class(0.23, [(20.5351, 3.3266), (1.97, 0.27), (2.77, 7.35)]),
            ],
            slot_hours: 2.0,
        }
    }
}

impl PriceBelief {
    fn mixture(&self) -> Result<ThresholdMixture, PricingError> {
        let class = |c: &PriceClass| ThresholdClass {
            weight: c.weight,
            mass_mean: c.count_mean,
            mass_variance: c.count_variance,
            threshold_mean: c.price_mean,
            threshold_variance: c.price_variance,
            phase_mean: c.slot_mean,
            phase_variance: c.slot_variance,
        };
        let classes: Vec<ThresholdClass> = self.classes.iter().map(class).collect();
        Ok(ThresholdMixture::new(&classes, 24.0 / self.slot_hours, Truncation::AtZero)?)
    }
}

/// Prices at which the law is tabulated; between two of them it is linear.
const NODES: usize = 257;

/// Share of users that charge at a price and time of the day, tabulated: build it once per belief,
/// ask it often.
///
/// Survival form (our reading): `S(c, t) = sum_i rho_i(t) (1 - Phi((c - mu_i2) / sigma_i2))`,
/// `rho_i` proportional to `pi_i phi_i(t)`. Joint density (the letter of eq. 15): `sum_i pi_i
/// E[n_i] phi_i2(c) phi_i3(t)` over its largest value, which is no falling function of the price.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandLaw {
    periods_per_day: usize,
    per_step: f64,
    /// Share at node k, row by row over the periods of the day.
    share: Vec<f64>,
    /// Largest share at node k or any dearer one.
    reach: Vec<f64>,
}

impl DemandLaw {
    /// Tabulates the law for every period of the day.
    ///
    /// # Errors
    /// When the belief is no mixture (weights, variances, slot length) or the day has no periods.
    ///
    /// ```
    /// use market::{DemandForm, pricing::{DemandLaw, PriceBelief}};
    /// let law = DemandLaw::new(&PriceBelief::default(), DemandForm::Survival, 96)?;
    /// // Noon belongs to the class that pays 2.13 on average: nearly all of it goes along with 1.0, few with 2.6.
    /// assert!(law.share(48, 1.0) > 0.9 && law.share(48, 2.6) < 0.15);
    /// # Ok::<(), market::pricing::PricingError>(())
    /// ```
    pub fn new(
        belief: &PriceBelief,
        form: DemandForm,
        periods_per_day: usize,
    ) -> Result<Self, PricingError> {
        if periods_per_day == 0 {
            return Err(PricingError::NoPeriods);
        }
        let mixture = belief.mixture()?;
        // Four spreads above the dearest class nobody is left.
        let dearest = belief
            .classes
            .iter()
            .map(|c| c.price_mean + 4.0 * c.price_variance.sqrt())
            .fold(0.0, f64::max);
        let step = dearest / (NODES - 1) as f64;
        let phase = |period: usize| {
            let hour = (period as f64 + 0.5) * 24.0 / periods_per_day as f64;
            0.5 + hour / belief.slot_hours
        };
        let mut share = Vec::with_capacity(periods_per_day * NODES);
        match form {
            DemandForm::Survival => {
                fill_survival(&mut share, &mixture, step, (0..periods_per_day).map(phase));
            }
            DemandForm::JointDensity => {
                fill_joint(&mut share, &mixture, step, (0..periods_per_day).map(phase));
            }
        }
        let mut reach = share.clone();
        for row in reach.chunks_exact_mut(NODES) {
            for k in (0..NODES - 1).rev() {
                row[k] = row[k].max(row[k + 1]);
            }
        }
        Ok(Self { periods_per_day, per_step: 1.0 / step, share, reach })
    }

    /// Periods of the day that the table knows.
    pub fn periods_per_day(&self) -> usize {
        self.periods_per_day
    }

    /// Share of users, 0..1, that charge at a price \[CNY/kWh\] in a period of the day.
    pub fn share(&self, period_of_day: usize, price: f64) -> f64 {
        interpolate(self.row(&self.share, period_of_day), price * self.per_step)
    }

    /// Largest share at this price or any dearer one: never rises with the price. The largest price
    /// whose share reaches a target is the same for both functions.
    pub fn reach(&self, period_of_day: usize, price: f64) -> f64 {
        interpolate(self.row(&self.reach, period_of_day), price * self.per_step)
    }

    fn row<'a>(&self, table: &'a [f64], period_of_day: usize) -> &'a [f64] {
        &table[(period_of_day % self.periods_per_day) * NODES..][..NODES]
    }
}

fn fill_survival(
    share: &mut Vec<f64>,
    mixture: &ThresholdMixture,
    step: f64,
    phases: impl Iterator<Item = f64>,
) {
    let mut one_class = vec![0.0; mixture.len()];
    let by_class: Vec<Vec<f64>> = (0..mixture.len())
        .map(|i| {
            one_class.fill(0.0);
            one_class[i] = 1.0;
            (0..NODES).map(|k| mixture.survival_with(&one_class, k as f64 * step)).collect()
        })
        .collect();
    for phase in phases {
        let rho = mixture.class_shares_at(phase);
        share.extend(
            (0..NODES)
                .map(|k| rho.iter().zip(&by_class).map(|(r, class)| r * class[k]).sum::<f64>()),
        );
    }
}

fn fill_joint(
    share: &mut Vec<f64>,
    mixture: &ThresholdMixture,
    step: f64,
    phases: impl Iterator<Item = f64>,
) {
    for phase in phases {
        share.extend((0..NODES).map(|k| mixture.mass_density(k as f64 * step, phase)));
    }
    let largest = share.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    for s in share.iter_mut() {
        *s /= largest;
    }
}

fn interpolate(row: &[f64], at: f64) -> f64 {
    let at = at.clamp(0.0, (NODES - 1) as f64);
    let k = (at as usize).min(NODES - 2);
    row[k] + (at - k as f64) * (row[k + 1] - row[k])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(form: DemandForm) -> DemandLaw {
        DemandLaw::new(&PriceBelief::default(), form, 96).expect("the published belief is a law")
    }

    #[test]
    fn survival_falls_and_matches_the_mixture() {
        let law = law(DemandForm::Survival);
        let exact = PriceBelief::default().mixture().expect("published");
        for period in [0, 14, 52, 95] {
            let phase = 0.5 + (period as f64 + 0.5) * 0.25 / 2.0;
            for k in 0..300 {
                let c = f64::from(k) * 0.01;
                assert!((law.share(period, c) - exact.survival(c, phase)).abs() < 5e-4);
                assert!(law.share(period, c + 0.01) <= law.share(period, c));
                assert_eq!(law.share(period, c), law.reach(period, c));
            }
        }
    }

    #[test]
    fn the_joint_density_rises_somewhere_and_its_reach_never_does() {
        let law = law(DemandForm::JointDensity);
        // At noon the density peaks near the second class's mean price, 2.13.
        assert!(law.share(52, 2.1) > law.share(52, 1.2));
        assert!(
            (0..300)
                .all(|k| law.reach(52, f64::from(k) * 0.01)
                    >= law.reach(52, f64::from(k + 1) * 0.01))
        );
        assert!((0..96).all(|p| (0..400).all(|k| (0.0..=1.0).contains(&law.share(p, f64::from(k) * 0.01)))));
    }

    #[test]
    fn a_belief_that_is_no_mixture_is_refused() {
        let mut belief = PriceBelief::default();
        belief.classes[1].price_variance = -1.0;
        assert!(matches!(
            DemandLaw::new(&belief, DemandForm::Survival, 96),
            Err(PricingError::Belief(_))
        ));
        assert_eq!(
            DemandLaw::new(&PriceBelief::default(), DemandForm::Survival, 0),
            Err(PricingError::NoPeriods)
        );
    }
}
