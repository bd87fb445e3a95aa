//! Means.

use super::Law;
use crate::wrap_hour;
use optim::laws;

impl Law {
    /// The mean, exact for every law. For [`Law::WrappedNormal`] it is the circular mean \[h\]; for
    /// [`Law::Empirical`] the mean of the interpolated law, i.e. the trapezoid rule over the sorted
    /// values. NaN for parameters that [`Law::check`] refuses.
    ///
    /// ```
    /// use population::Law;
    /// assert_eq!(Law::uniform(1.0, 12.0).mean(), 6.5);
    /// assert_eq!(Law::empirical(vec![0.0, 1.0, 8.0]).mean(), 2.5); // (0 / 2 + 1 + 8 / 2) / 2
    /// ```
    pub fn mean(&self) -> f64 {
        match self {
            Self::Fixed { value } => *value,
            Self::Uniform { low, high } => 0.5 * (low + high),
            Self::Normal { mean, .. } | Self::Exponential { mean } => *mean,
            Self::TruncatedNormal { mean, sd, low, high } => {
                laws::TruncatedNormal::new(*mean, *sd, *low, *high)
                    .map_or(f64::NAN, |law| law.mean())
            }
            Self::WrappedNormal { mean, .. } => wrap_hour(*mean),
            Self::Lognormal { median, sigma } => median * (0.5 * sigma * sigma).exp(),
            Self::Gmm { parts, .. } => {
                let total: f64 = parts.iter().map(|p| p.weight).sum();
                parts.iter().map(|p| p.weight * p.mean).sum::<f64>() / total
            }
            Self::JohnsonSu { gamma, delta, xi, lambda } => {
                xi - lambda * (0.5 / (delta * delta)).exp() * (gamma / delta).sinh()
            }
            Self::Mixture { parts } => parts.iter().map(|p| p.weight * p.law.mean()).sum(),
            Self::Empirical { sorted } => empirical_mean(sorted),
        }
    }
}

fn empirical_mean(sorted: &[f64]) -> f64 {
    match sorted {
        [] => f64::NAN,
        [only] => *only,
        _ => {
            sorted.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).sum::<f64>()
                / (sorted.len() - 1) as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::GaussianPart;

    #[test]
    fn means_equal_the_average_of_quantiles() {
        for law in [
            Law::lognormal_mean(24.0, 0.5),
            Law::TruncatedNormal { mean: 3.62, sd: 2.449, low: 0.0, high: f64::INFINITY },
            Law::JohnsonSu { gamma: -0.5, delta: 1.2, xi: -10.0, lambda: 12.0 },
            Law::empirical(vec![-10.94, -7.39, -4.46, -0.09, 5.13]),
            Law::Gmm {
                parts: vec![GaussianPart { weight: 0.5, mean: 1.0, sd: 2.0 }],
                normalise: true,
            },
        ] {
            let n = 20_000;
            let average =
                (0..n).map(|k| law.quantile((f64::from(k) + 0.5) / f64::from(n))).sum::<f64>()
                    / f64::from(n);
            assert!(
                (average - law.mean()).abs() < 0.02,
                "{}: {average} against {}",
                law.word(),
                law.mean()
            );
        }
    }
}
