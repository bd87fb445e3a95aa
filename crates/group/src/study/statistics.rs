//! Means over fleets with their confidence intervals.

use serde::{Deserialize, Serialize};

/// Mean of independent values with the half-width of its 95 % confidence interval (Student's t).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of one value; 0 for a single one.
    pub sd: f64,
    /// Half-width of the 95 % interval; infinite for a single value.
    pub half_width: f64,
}

/// 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom.
const T_975: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

impl Estimate {
    /// Estimate from values; a mean of NaN for none.
    ///
    /// ```
    /// let e = group::Estimate::of(&[1.0, 2.0, 3.0]);
    /// assert_eq!((e.mean, e.sd), (2.0, 1.0));
    /// assert!((e.half_width - 4.303 / 3f64.sqrt()).abs() < 1e-9);
    /// ```
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        if n < 2 {
            return Self { mean, sd: 0.0, half_width: f64::INFINITY };
        }
        let sd = (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
            / (n - 1) as f64)
            .sqrt();
        // Beyond 30 degrees of freedom two terms of Fisher's expansion are exact to 3 digits.
        let freedom = (n - 1) as f64;
        let t = T_975
            .get(n - 2)
            .copied()
            .unwrap_or(1.95996 + 2.3722 / freedom + 2.822 / (freedom * freedom));
        Self { mean, sd, half_width: t * sd / (n as f64).sqrt() }
    }
}
