//! A mixture of three independent coordinates: a mass, a threshold and a phase on a circle (P3 eq.
//! 28).
//!
//! `P(n, c, t) = sum_i pi_i N(n; mu_i1, sigma_i1^2) N(c; mu_i2, sigma_i2^2) N(t; mu_i3,
//! sigma_i3^2)`
//!
//! | letter | here |
//! |---|---|
//! | n | mass: how much is observed (a count, not below 0) |
//! | c | threshold: the level up to which the class goes along |
//! | t | phase: a position on a circle of known period |
//!
//! As printed, this is a law of observations and not of an individual's response. Our readings,
//! each a named function: an individual belongs to class i with probability `pi_i mu_i1 / sum`
//! ([`ThresholdMixture::class_shares`]); of those at phase t, the share that accepts the level c is
//! the survival `S(c, t) = sum_i rho_i(t) (1 - Phi((c - mu_i2) / sigma_i2))`, `rho_i(t)`
//! proportional to `pi_i phi_i(t)` with t wrapped on the circle ([`ThresholdMixture::survival`]).
//! The letter of eq. 15 is kept as [`ThresholdMixture::mass_density`]: `integral n P(n, c, t) dn`.

use serde::{Deserialize, Serialize};

use crate::laws::{LawError, Normal, TruncatedNormal, WrappedNormal};

/// Numbers of one class: weight, then mean and variance of each coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdClass {
    /// Weight `pi_i`; divided by the sum of all weights.
    pub weight: f64,
    /// Mean of the mass.
    pub mass_mean: f64,
    /// Variance of the mass.
    pub mass_variance: f64,
    /// Mean of the threshold.
    pub threshold_mean: f64,
    /// Variance of the threshold.
    pub threshold_variance: f64,
    /// Mean of the phase, in the unit of the period.
    pub phase_mean: f64,
    /// Variance of the phase.
    pub phase_variance: f64,
}

/// What happens to the part of a class's mass below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Truncation {
    /// The normal law as printed; its mean is `mu_i1`.
    #[default]
    None,
    /// The law cut at zero and divided by what remains; its mean is larger than `mu_i1`.
    AtZero,
}

#[derive(Debug, Clone, PartialEq)]
struct Prepared {
    weight: f64,
    mass: TruncatedNormal,
    mass_mean: f64,
    threshold: Normal,
    phase: WrappedNormal,
}

/// A checked mixture of classes.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdMixture {
    classes: Vec<Prepared>,
}

impl ThresholdMixture {
    /// Check the classes; `period` is the length of the circle in the phase's unit.
    ///
    /// # Errors
    /// When a variance or the sum of the weights is not positive, or a number not finite.
    pub fn new(
        classes: &[ThresholdClass],
        period: f64,
        truncation: Truncation,
    ) -> Result<Self, LawError> {
        let total: f64 = classes.iter().map(|class| class.weight).sum();
        let bad_weight = classes.iter().map(|class| class.weight).find(|w| w.is_nan() || *w < 0.0);
        if bad_weight.is_some() || !(total > 0.0 && total.is_finite()) {
            return Err(LawError::NotPositive {
                name: "weight",
                value: bad_weight.unwrap_or(total),
            });
        }
        let prepare = |class: &ThresholdClass| {
            let lowest = match truncation {
                Truncation::None => f64::NEG_INFINITY,
                Truncation::AtZero => 0.0,
            };
            let mass = TruncatedNormal::new(
                class.mass_mean,
                class.mass_variance.sqrt(),
                lowest,
                f64::INFINITY,
            )?;
            Ok(Prepared {
                weight: class.weight / total,
                mass_mean: mass.mean(),
                mass,
                threshold: Normal::new(class.threshold_mean, class.threshold_variance.sqrt())?,
                phase: WrappedNormal::new(class.phase_mean, class.phase_variance.sqrt(), period)?,
            })
        };
        Ok(Self { classes: classes.iter().map(prepare).collect::<Result<_, _>>()? })
    }

    /// The published mixture of P3 eq. 28: mass = number of vehicles, threshold = price, phase in
    /// 1-based slots of two hours, twelve to the circle.
    pub fn published(truncation: Truncation) -> Self {
        let class = |weight, [mass, price, slot]: [(f64, f64); 3]| ThresholdClass {
            weight,
            mass_mean: mass.0,
            mass_variance: mass.1,
            threshold_mean: price.0,
            threshold_variance: price.1,
            phase_mean: slot.0,
            phase_variance: slot.1,
        };
        let classes = [
            class(0.33, [(3.62, 6.0), (1.16, 0.05), (2.27, 6.53)]),
            class(0.43, [(12.72, 10.63), (2.13, 0.19), (6.98, 10.77)]),
            class(0.23, [(20.5351, 3.3266), (1.97, 0.27), (2.77, 7.35)]),
        ];
        Self::new(&classes, 12.0, truncation).expect("invariant: the published numbers are laws")
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there is no class (never, for a checked mixture).
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Probability that an individual belongs to each class: `pi_i E[n_i] / sum`, since a class
    /// observed with many has that many individuals. Our reading.
    ///
    /// ```
    /// use optim::gmm::{ThresholdMixture, Truncation};
    /// // 0.33 x 3.62 = 1.195, 0.43 x 12.72 = 5.470, 0.23 x 20.535 = 4.723; sum 11.387.
    /// let shares = ThresholdMixture::published(Truncation::None).class_shares();
    /// assert!((shares[0] - 0.105).abs() < 5e-4 && (shares[1] - 0.480).abs() < 5e-4);
    /// ```
    pub fn class_shares(&self) -> Vec<f64> {
        let total: f64 = self.classes.iter().map(|c| c.weight * c.mass_mean).sum();
        self.classes.iter().map(|c| c.weight * c.mass_mean / total).collect()
    }

    /// Probability `rho_i(t)` of each class at phase `t`: proportional to `pi_i phi_i(t)`, t
    /// wrapped on the circle.
    pub fn class_shares_at(&self, phase: f64) -> Vec<f64> {
        let mut shares: Vec<f64> =
            self.classes.iter().map(|c| c.weight * c.phase.pdf(phase)).collect();
        let total: f64 = shares.iter().sum();
        // Narrow classes may all vanish far away in floating point: then nothing is known but the
        // weights.
        if total > 0.0 {
            for share in &mut shares {
                *share /= total;
            }
        } else {
            shares.iter_mut().zip(&self.classes).for_each(|(share, c)| *share = c.weight);
        }
        shares
    }

    /// Share `S(c, t)` that accepts the level `c` at phase `t`. Falls from 1 to 0 as `c` rises. Our
    /// reading.
    pub fn survival(&self, level: f64, phase: f64) -> f64 {
        self.survival_with(&self.class_shares_at(phase), level)
    }

    /// Share that accepts the level `c` when the classes have the given shares (see
    /// [`Self::class_shares_at`]): the form for many levels at one phase.
    pub fn survival_with(&self, shares: &[f64], level: f64) -> f64 {
        let term = |(share, class): (&f64, &Prepared)| share * class.threshold.survival(level);
        shares.iter().zip(&self.classes).map(term).sum()
    }

    /// Share that accepts the level `c` at any phase: `sum_i pi_i (1 - Phi((c - mu_i2) /
    /// sigma_i2))`.
    ///
    /// ```
    /// use optim::gmm::{ThresholdMixture, Truncation};
    /// let mixture = ThresholdMixture::published(Truncation::None);
    /// for (level, share) in [(0.8, 0.98), (1.16, 0.81), (1.7, 0.53), (2.6, 0.09)] {
    ///     assert!((mixture.survival_at_any_phase(level) - share).abs() < 0.01);
    /// }
    /// ```
    pub fn survival_at_any_phase(&self, level: f64) -> f64 {
        self.classes.iter().map(|c| c.weight * c.threshold.survival(level)).sum()
    }

    /// Joint density `P(n, c, t)` of eq. 28, t wrapped on the circle, n truncated as chosen.
    pub fn joint_density(&self, mass: f64, level: f64, phase: f64) -> f64 {
        let term = |c: &Prepared| {
            c.weight * c.mass.pdf(mass) * c.threshold.pdf(level) * c.phase.pdf(phase)
        };
        self.classes.iter().map(term).sum()
    }

    /// The letter of eq. 15: `integral n P(n, c, t) dn = sum_i pi_i E[n_i] phi_i2(c) phi_i3(t)`. It
    /// is a density in c and not a falling demand.
    pub fn mass_density(&self, level: f64, phase: f64) -> f64 {
        let term =
            |c: &Prepared| c.weight * c.mass_mean * c.threshold.pdf(level) * c.phase.pdf(phase);
        self.classes.iter().map(term).sum()
    }

    /// Expected mass among observations at the level `c`: `E[n | c]`. With the published numbers it
    /// rises with c.
    pub fn mean_mass_given_level(&self, level: f64) -> f64 {
        let (mut mass, mut total) = (0.0, 0.0);
        for c in &self.classes {
            let density = c.weight * c.threshold.pdf(level);
            mass += density * c.mass_mean;
            total += density;
        }
        mass / total
    }

    /// Class of an individual from the uniform number `u`, by [`Self::class_shares`].
    pub fn draw_class(&self, u: f64) -> usize {
        let mut sum = 0.0;
        for (k, share) in self.class_shares().into_iter().enumerate() {
            sum += share;
            if u < sum {
                return k;
            }
        }
        self.classes.len() - 1
    }

    /// Threshold of an individual of class `class` from the uniform number `u`.
    pub fn draw_threshold(&self, class: usize, u: f64) -> f64 {
        self.classes[class].threshold.quantile(u)
    }

    /// Phase of an individual of class `class` from the uniform number `u`, in `[0, period)`.
    pub fn draw_phase(&self, class: usize, u: f64) -> f64 {
        self.classes[class].phase.draw(u)
    }

    /// Mass tolerated by an individual of class `class` from the uniform number `u`.
    pub fn draw_mass(&self, class: usize, u: f64) -> f64 {
        self.classes[class].mass.quantile(u)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_at_zero_raises_the_first_class_most() {
        let shares = ThresholdMixture::published(Truncation::AtZero).class_shares();
        // Class 1: sigma 2.449, z = 1.478, mean 3.62 + 2.449 x 0.1338 / 0.9303 = 3.97.
        // 0.33 x 3.97 = 1.311 of 1.311 + 5.470 + 4.723 = 11.504.
        assert!((shares[0] - 0.1140).abs() < 3e-4, "{shares:?}");
    }

    #[test]
    fn survival_falls_with_the_level_at_every_phase() {
        let mixture = ThresholdMixture::published(Truncation::None);
        for slot in 0..24 {
            let phase = f64::from(slot) * 0.5;
            let values: Vec<f64> =
                (0..60).map(|k| mixture.survival(f64::from(k) * 0.06, phase)).collect();
            assert!(values.windows(2).all(|w| w[1] < w[0]));
            assert!(values[0] > 0.999 && values[59] < 0.01);
            assert!(
                (mixture.survival(1.5, phase) - mixture.survival(1.5, phase + 12.0)).abs() < 1e-14
            );
        }
    }

    #[test]
    fn mean_mass_rises_with_the_level() {
        let mixture = ThresholdMixture::published(Truncation::None);
        // A law of observations: 4.7 at low prices, 17 at high ones.
        let low = mixture.mean_mass_given_level(1.16);
        let high = mixture.mean_mass_given_level(3.2);
        assert!(low < 6.0 && high > 15.0, "{low} {high}");
    }

    #[test]
    fn mass_density_is_the_integral_of_the_joint_density() {
        for truncation in [Truncation::None, Truncation::AtZero] {
            let mixture = ThresholdMixture::published(truncation);
            let sum: f64 = (-4000..8000)
                .map(|k| f64::from(k) * 0.005)
                .map(|n| n * mixture.joint_density(n, 1.8, 5.0) * 0.005)
                .sum();
            assert!((sum - mixture.mass_density(1.8, 5.0)).abs() < 1e-5);
        }
    }

    #[test]
    fn negative_weights_and_variances_are_refused() {
        let class = ThresholdClass {
            weight: 1.0,
            mass_mean: 1.0,
            mass_variance: 1.0,
            threshold_mean: 1.0,
            threshold_variance: -1.0,
            phase_mean: 1.0,
            phase_variance: 1.0,
        };
        assert!(ThresholdMixture::new(&[class], 12.0, Truncation::None).is_err());
        let weightless = ThresholdClass { weight: -1.0, threshold_variance: 1.0, ..class };
        assert!(ThresholdMixture::new(&[weightless], 12.0, Truncation::None).is_err());
        assert!(ThresholdMixture::new(&[], 12.0, Truncation::None).is_err());
    }
}
