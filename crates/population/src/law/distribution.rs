//! Distribution functions: the probability that a draw is at most x.

use super::{DAY_H, GaussianPart, Law};
use optim::{laws, normal};

impl Law {
    /// The probability that a draw is at most `x`; NaN for parameters that [`Law::check`] refuses.
    ///
    /// ```
    /// use population::Law;
    /// assert_eq!(Law::uniform(1.0, 12.0).cdf(6.5), 0.5);
    /// assert!((Law::Exponential { mean: 20.0 }.cdf(20.0) - 0.632_120_56).abs() < 1e-8); // 1 - 1/e
    /// ```
    pub fn cdf(&self, x: f64) -> f64 {
        match self {
            Self::Fixed { value } => f64::from(u8::from(x >= *value)),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Normal { mean, sd } => normal::cdf((x - mean) / sd),
            Self::TruncatedNormal { mean, sd, low, high } => {
                let at = |y: f64| normal::cdf((y - mean) / sd);
                ((at(x) - at(*low)) / (at(*high) - at(*low))).clamp(0.0, 1.0)
            }
            Self::WrappedNormal { mean, sd } => wrapped_cdf(*mean, *sd, x),
            Self::Lognormal { median, sigma } => {
                if x <= 0.0 {
                    0.0
                } else {
                    normal::cdf((x / median).ln() / sigma)
                }
            }
            Self::Exponential { mean } => -(-x.max(0.0) / mean).exp_m1(),
            Self::Gmm { parts, .. } => gmm_cdf(parts, x),
            Self::JohnsonSu { gamma, delta, xi, lambda } => {
                normal::cdf(gamma + delta * ((x - xi) / lambda).asinh())
            }
            Self::Mixture { parts } => parts.iter().map(|p| p.weight * p.law.cdf(x)).sum(),
            Self::Empirical { sorted } => empirical_cdf(sorted, x),
        }
    }

    /// Density on the 24-hour clock \[1/h\] of a wrapped normal law, P4 eq. 6-7; `None` for other
    /// laws.
    ///
    /// ```
    /// // One hour on either side of 24:00 around a mean of 24 h: phi(1 / 3.4) / 3.4 = 0.3820 / 3.4
    /// let law = population::Law::wrapped_normal(24.0, 3.4);
    /// assert!((law.clock_density(1.0).unwrap() - 0.11237).abs() < 1e-5);
    /// assert_eq!(law.clock_density(1.0), law.clock_density(23.0));
    /// ```
    pub fn clock_density(&self, hour: f64) -> Option<f64> {
        match self {
            Self::WrappedNormal { mean, sd } => {
                laws::WrappedNormal::new(*mean, *sd, DAY_H).ok().map(|law| law.pdf(hour))
            }
            _ => None,
        }
    }
}

/// Weighted sum of normal distribution functions, weights scaled to sum to 1.
fn gmm_cdf(parts: &[GaussianPart], x: f64) -> f64 {
    let total: f64 = parts.iter().map(|p| p.weight).sum();
    parts.iter().map(|p| p.weight * normal::cdf((x - p.mean) / p.sd)).sum::<f64>() / total
}

/// Probability that the wrapped hour lies in `[0, x]`: the images `[24 k, 24 k + x]` of the
/// straight law.
fn wrapped_cdf(mean: f64, sd: f64, x: f64) -> f64 {
    let x = x.clamp(0.0, DAY_H);
    let centre = (mean / DAY_H).floor() as i64;
    let reach = 1 + (9.0 * sd / DAY_H).ceil() as i64;
    (centre - reach..=centre + reach)
        .map(|k| {
            let start = k as f64 * DAY_H;
            normal::cdf((start + x - mean) / sd) - normal::cdf((start - mean) / sd)
        })
        .sum()
}

/// Inverse of the linear interpolation between sorted values at positions `0, 1/(n-1), ..., 1`.
fn empirical_cdf(sorted: &[f64], x: f64) -> f64 {
    let above = sorted.partition_point(|&v| v <= x);
    if above == 0 {
        return 0.0;
    }
    if above == sorted.len() {
        return 1.0;
    }
    let (left, right) = (sorted[above - 1], sorted[above]);
    ((above - 1) as f64 + (x - left) / (right - left)) / (sorted.len() - 1) as f64
}
