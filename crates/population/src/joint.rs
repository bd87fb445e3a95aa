//! Arrival, stay and energy drawn together: who comes early stays longer, and who stays longer
//! charges more.
//!
//! A Gaussian mixture over (arrival \[h\], ln stay \[h\], ln energy \[kWh\]). A day takes one uniform
//! number for each: the first picks the component and, by what is left of it, the arrival; the
//! others invert the normal laws of the stay given the arrival, and of the energy given both.

use crate::Law;
use crate::law::{GaussianPart, MixturePart};
use optim::normal;
use serde::{Deserialize, Serialize};

/// One component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointPart {
    /// Weight, 0..1.
    pub weight: f64,
    /// Means of arrival \[h\], ln stay and ln energy.
    pub mean: [f64; 3],
    /// Their standard deviations, positive.
    pub sd: [f64; 3],
    /// Correlations of arrival and stay, arrival and energy, stay and energy.
    pub correlation: [f64; 3],
}

/// The law of a day's arrival, stay and energy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointLaw {
    /// Components; their weights are scaled to sum to 1.
    pub parts: Vec<JointPart>,
}

/// A normal law given others: slopes on the standardised others, and what is left of its deviation.
struct Given {
    stay: (f64, f64),
    energy: (f64, f64, f64),
}

impl JointPart {
    /// None where the correlations are those of no law.
    fn given(&self) -> Option<Given> {
        let [r12, r13, r23] = self.correlation;
        let left = 1.0 - r12 * r12;
        let (b1, b2) = ((r13 - r12 * r23) / left, (r23 - r12 * r13) / left);
        let rest = 1.0 - b1 * r13 - b2 * r23;
        (left > 0.0 && rest > 0.0)
            .then(|| Given { stay: (r12, left.sqrt()), energy: (b1, b2, rest.sqrt()) })
    }

    fn check(&self) -> Result<(), String> {
        let numbers = self.mean.iter().chain(&self.sd).chain(&self.correlation);
        if !(self.weight.is_finite() && self.weight >= 0.0) {
            return Err(format!("a weight of {} is no share", self.weight));
        }
        if numbers.into_iter().any(|x| !x.is_finite()) || self.sd.iter().any(|sd| *sd <= 0.0) {
            return Err("means and correlations must be finite, deviations above zero".to_owned());
        }
        self.given().map(|_| ()).ok_or_else(|| {
            let [a, b, c] = self.correlation;
            format!("correlations of {a}, {b} and {c} are those of no law")
        })
    }
}

impl JointLaw {
    /// What keeps days from being drawn, if anything.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), String> {
        let total: f64 = self.parts.iter().map(|p| p.weight).sum();
        if self.parts.is_empty() || total.is_nan() || total <= 0.0 {
            return Err("at least one component with a weight above zero is needed".to_owned());
        }
        self.parts.iter().try_for_each(JointPart::check)
    }

    /// Arrival \[h\], stay \[h\] and energy \[kWh\] of three uniform numbers in (0, 1).
    ///
    /// ```
    /// use population::{JointLaw, JointPart};
    /// let part = JointPart { weight: 1.0, mean: [8.0, 2.0, 3.0], sd: [1.0, 0.5, 0.5], correlation: [-0.6, 0.0, 0.0] };
    /// let law = JointLaw { parts: vec![part] };
    /// let [arrival, stay, energy] = law.draw([0.5; 3]);
    /// assert!((arrival - 8.0).abs() < 1e-9 && (stay - 2.0_f64.exp()).abs() < 1e-9 && (energy - 3.0_f64.exp()).abs() < 1e-9);
    /// // Who comes late stays shorter.
    /// assert!(law.draw([0.9, 0.5, 0.5])[1] < stay);
    /// ```
    pub fn draw(&self, u: [f64; 3]) -> [f64; 3] {
        let total: f64 = self.parts.iter().map(|p| p.weight).sum();
        let mut left = u[0] * total;
        let mut chosen = &self.parts[0];
        for part in self.parts.iter().filter(|p| p.weight > 0.0) {
            chosen = part;
            if left < part.weight {
                break;
            }
            left -= part.weight;
        }
        let inside = (left / chosen.weight).clamp(1e-12, 1.0 - 1e-12);
        let Some(given) = chosen.given() else { return chosen.mean };
        let z1 = normal::quantile(inside);
        let z2 = given.stay.0 * z1 + given.stay.1 * normal::quantile(u[1]);
        let (b1, b2, rest) = given.energy;
        let z3 = b1 * z1 + b2 * z2 + rest * normal::quantile(u[2]);
        let at = |k: usize, z: f64| chosen.mean[k] + chosen.sd[k] * z;
        [at(0, z1), at(1, z2).exp(), at(2, z3).exp()]
    }

    /// The law of the arrival alone \[h\].
    pub fn arrival(&self) -> Law {
        let part = |p: &JointPart| GaussianPart { weight: p.weight, mean: p.mean[0], sd: p.sd[0] };
        Law::Gmm { parts: self.parts.iter().map(part).collect(), normalise: true }
    }

    /// The law of the stay alone \[h\].
    pub fn stay(&self) -> Law {
        self.lognormals(1)
    }

    /// The law of the energy alone \[kWh\].
    pub fn energy(&self) -> Law {
        self.lognormals(2)
    }

    fn lognormals(&self, k: usize) -> Law {
        let total: f64 = self.parts.iter().map(|p| p.weight).sum();
        let part = |p: &JointPart| MixturePart {
            weight: p.weight / total,
            law: Law::lognormal_median(p.mean[k].exp(), p.sd[k]),
        };
        Law::Mixture { parts: self.parts.iter().map(part).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law() -> JointLaw {
        let part = |weight, mean, correlation| JointPart {
            weight,
            mean,
            sd: [1.0, 0.4, 0.5],
            correlation,
        };
        JointLaw {
            parts: vec![
                part(0.3, [8.0, 2.2, 2.5], [-0.5, 0.0, 0.6]),
                part(0.7, [18.0, 0.5, 1.5], [0.2, 0.1, 0.3]),
            ],
        }
    }

    #[test]
    fn draws_have_the_moments_and_the_correlation_of_the_law() {
        let law = law();
        let grid = |k: u64, prime: f64| ((k as f64 + 0.5) * prime).fract();
        let days: Vec<[f64; 3]> = (0..60_000)
            .map(|k| {
                law.draw([
                    grid(k, 0.618_033_988_749),
                    grid(k, 0.754_877_666_246),
                    grid(k, 0.569_840_290_998),
                ])
            })
            .collect();
        let early: Vec<&[f64; 3]> = days.iter().filter(|d| d[0] < 13.0).collect();
        assert!((early.len() as f64 / 60_000.0 - 0.3).abs() < 0.002);
        let n = early.len() as f64;
        let mean =
            |k: usize| early.iter().map(|d| if k == 0 { d[0] } else { d[k].ln() }).sum::<f64>() / n;
        assert!((mean(0) - 8.0).abs() < 0.01 && (mean(1) - 2.2).abs() < 0.01);
        let covariance = early.iter().map(|d| (d[0] - 8.0) * (d[1].ln() - 2.2)).sum::<f64>() / n;
        assert!((covariance + 0.5 * 0.4).abs() < 0.01, "{covariance}");
        let covariance =
            early.iter().map(|d| (d[1].ln() - 2.2) * (d[2].ln() - 2.5)).sum::<f64>() / n;
        assert!((covariance - 0.6 * 0.4 * 0.5).abs() < 0.01, "{covariance}");
    }

    #[test]
    fn what_is_no_law_is_refused() {
        assert_eq!(law().check(), Ok(()));
        let refused = |change: fn(&mut JointLaw)| {
            let mut law = law();
            change(&mut law);
            law.check().expect_err("a patched law")
        };
        assert!(refused(|l| l.parts.clear()).contains("at least one component"));
        assert!(refused(|l| l.parts[0].sd[1] = 0.0).contains("above zero"));
        assert!(refused(|l| l.parts[0].correlation = [0.9, -0.9, 0.9]).contains("of no law"));
    }
}
