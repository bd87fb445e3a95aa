//! Quantile functions: the value that a draw stays below with probability u.

use super::{DAY_H, Law};
use optim::{laws, normal};

/// Halvings of the bracket when a mixture is inverted: the result is exact to the last bits of a
/// double.
const HALVINGS: usize = 64;

impl Law {
    /// The value that a draw stays below with probability `u` in (0, 1). Mixtures are inverted by
    /// bisection of their distribution function. For [`Law::WrappedNormal`] it is the straight
    /// law's quantile, wrapped on the day. NaN for parameters that [`Law::check`] refuses.
    ///
    /// ```
    /// use population::Law;
    /// assert_eq!(Law::empirical(vec![3.0, 1.0, 2.0]).quantile(0.25), 1.5);
    /// assert!((Law::wrapped_normal(23.5, 1.0).quantile(0.975) - 1.459_964).abs() < 1e-6); // 23.5 + 1.96 - 24
    /// ```
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Self::Fixed { value } => *value,
            Self::Uniform { low, high } => low + u * (high - low),
            Self::Normal { mean, sd } => mean + sd * normal::quantile(u),
            Self::TruncatedNormal { mean, sd, low, high } => {
                laws::TruncatedNormal::new(*mean, *sd, *low, *high)
                    .map_or(f64::NAN, |law| law.quantile(u))
            }
            Self::WrappedNormal { mean, sd } => wrap_hour(mean + sd * normal::quantile(u)),
            Self::Lognormal { median, sigma } => median * (sigma * normal::quantile(u)).exp(),
            Self::Exponential { mean } => -mean * (-u).ln_1p(),
            Self::JohnsonSu { gamma, delta, xi, lambda } => {
                xi + lambda * ((normal::quantile(u) - gamma) / delta).sinh()
            }
            Self::Gmm { parts, .. } => {
                let z = normal::quantile(u);
                self.bisect(u, parts.iter().map(|p| p.mean + p.sd * z))
            }
            Self::Mixture { parts } => self.bisect(
                u,
                parts.iter().filter(|p| p.weight > 0.0).map(|p| p.law.ordered_quantile(u)),
            ),
            Self::Empirical { sorted } => empirical_quantile(sorted, u),
        }
    }

    /// The generalised inverse of the distribution function, also for hours on the clock.
    fn ordered_quantile(&self, u: f64) -> f64 {
        match self {
            Self::WrappedNormal { .. } => self.bisect(u, [0.0, DAY_H].into_iter()),
            _ => self.quantile(u),
        }
    }

    /// Smallest x with `cdf(x) >= u`. The quantile of a mixture lies between the least and the
    /// largest quantile of its parts.
    fn bisect(&self, u: f64, candidates: impl Iterator<Item = f64>) -> f64 {
        let (mut low, mut high) =
            candidates.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        if self.cdf(low) >= u {
            return low;
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.cdf(middle) >= u {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }
}

/// An hour brought into `[0, 24)`.
///
/// ```
/// assert_eq!(population::wrap_hour(25.5), 1.5);
/// assert_eq!(population::wrap_hour(-1.0), 23.0);
/// ```
pub fn wrap_hour(hour: f64) -> f64 {
    let wrapped = hour.rem_euclid(DAY_H);
    // rem_euclid may round a tiny negative number up to 24 itself.
    if wrapped < DAY_H { wrapped } else { 0.0 }
}

fn empirical_quantile(sorted: &[f64], u: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = u.clamp(0.0, 1.0) * last as f64;
    let below = (position as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{GaussianPart, MixturePart};
    use proptest::prelude::*;

    fn zoo() -> Vec<Law> {
        vec![
            Law::uniform(1.0, 12.0),
            Law::normal(8.2, 0.9),
            Law::TruncatedNormal { mean: 0.372, sd: 0.1, low: 0.2, high: 0.6 },
            Law::lognormal_median(20.0, 0.7),
            Law::Exponential { mean: 20.0 },
            Law::Gmm {
                parts: vec![
                    GaussianPart { weight: 0.33, mean: 2.27, sd: 2.6 },
                    GaussianPart { weight: 0.66, mean: 7.0, sd: 3.3 },
                ],
                normalise: true,
            },
            Law::JohnsonSu { gamma: -0.5, delta: 1.2, xi: -10.0, lambda: 12.0 },
            Law::empirical(vec![-10.94, -7.39, -4.46, -0.09, 5.13]),
            Law::Mixture {
                parts: vec![
                    MixturePart { weight: 0.6, law: Law::normal(0.0, 1.0) },
                    MixturePart { weight: 0.4, law: Law::lognormal_median(3.0, 0.5) },
                ],
            },
        ]
    }

    proptest! {
        #[test]
        fn quantile_inverts_the_distribution_and_rises(u in 0.001_f64..0.999, v in 0.001_f64..0.999) {
            for law in zoo() {
                prop_assert!((law.cdf(law.quantile(u)) - u).abs() < 1e-9, "{} at {u}", law.word());
                prop_assert!((law.quantile(u) <= law.quantile(v)) == (u <= v) || u == v, "{}", law.word());
            }
        }
    }

    #[test]
    fn a_clump_takes_its_share_of_draws() {
        // 40 % exactly at 0, the rest normal around it: u from 0.3 to 0.7 falls on the clump.
        let law = Law::Mixture {
            parts: vec![
                MixturePart { weight: 0.4, law: Law::fixed(0.0) },
                MixturePart { weight: 0.6, law: Law::normal(0.0, 5.0) },
            ],
        };
        for u in [0.31, 0.5, 0.69] {
            assert!(law.quantile(u).abs() < 1e-12, "{u}");
        }
        assert!(law.quantile(0.29) < -0.1 && law.quantile(0.71) > 0.1);
    }

    #[test]
    fn wrapped_hours_stay_on_the_clock_and_fill_it() {
        let law = Law::wrapped_normal(17.6, 3.4);
        assert!((1..1000).all(|k| (0.0..24.0).contains(&law.quantile(f64::from(k) / 1000.0))));
        assert!((law.cdf(24.0) - 1.0).abs() < 1e-12 && law.cdf(0.0).abs() < 1e-15);
        // Symmetric about 17.6: as much in (17.6, 21.6) as in (13.6, 17.6).
        assert!((law.cdf(21.6) - 2.0 * law.cdf(17.6) + law.cdf(13.6)).abs() < 1e-9);
        assert!((law.ordered_quantile(law.cdf(6.0)) - 6.0).abs() < 1e-6);
    }
}
