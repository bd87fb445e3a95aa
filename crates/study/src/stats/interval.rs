//! Quantiles of the laws behind confidence intervals, and the half-width of the interval of a mean.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Quantile of Student's t law with `degrees` degrees of freedom; NaN if `degrees` < 1 or `p` is
/// not inside (0, 1).
///
/// ```
/// // Tables of the t law: t(0.975; 29) = 2.045
/// assert!((study::stats::student_quantile(0.975, 29) - 2.045_229_642).abs() < 1e-6);
/// ```
pub fn student_quantile(p: f64, degrees: usize) -> f64 {
    if degrees > EXPANSION_FROM {
        return expanded(normal_quantile(p), degrees as f64);
    }
    match StudentsT::new(0.0, 1.0, degrees as f64) {
        Ok(law) if p > 0.0 && p < 1.0 => law.inverse_cdf(p),
        _ => f64::NAN,
    }
}

/// Probability that Student's t with `degrees` degrees of freedom is at most `t`; NaN if `degrees`
/// < 1.
pub(super) fn student_cdf(t: f64, degrees: usize) -> f64 {
    StudentsT::new(0.0, 1.0, degrees as f64).map_or(f64::NAN, |law| law.cdf(t))
}

/// Degrees of freedom from which the expansion is good to ten digits.
const EXPANSION_FROM: usize = 1000;

/// The Cornish-Fisher expansion of the t quantile in 1 / degrees around the normal quantile z
/// (Abramowitz and Stegun 26.7.5).
fn expanded(z: f64, degrees: f64) -> f64 {
    let z2 = z * z;
    let g1 = z * (z2 + 1.0) / 4.0;
    let g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    let g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    z + (g1 + (g2 + g3 / degrees) / degrees) / degrees
}

/// Quantile of the standard normal law; NaN if `p` is not inside (0, 1).
///
/// ```
/// assert!((study::stats::normal_quantile(0.975) - 1.959_963_985).abs() < 1e-8);
/// ```
pub fn normal_quantile(p: f64) -> f64 {
    if p > 0.0 && p < 1.0 { Normal::standard().inverse_cdf(p) } else { f64::NAN }
}

/// Probability that a standard normal number is at most z.
///
/// ```
/// assert!((study::stats::normal_cdf(1.959_963_985) - 0.975).abs() < 1e-9);
/// ```
pub fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Half-width of the confidence interval of a mean: t((1 + confidence) / 2; n - 1) sd / sqrt(n).
/// NaN for fewer than two values.
///
/// ```
/// // n = 4, sd = 2: 3.182446 x 2 / 2
/// assert!((study::stats::half_width(2.0, 4, 0.95) - 3.182_446).abs() < 1e-6);
/// ```
pub fn half_width(sd: f64, n: usize, confidence: f64) -> f64 {
    if n < 2 {
        return f64::NAN;
    }
    if sd == 0.0 {
        return 0.0;
    }
    student_quantile(f64::midpoint(1.0, confidence), n - 1) * sd / (n as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        let table = [
            (0.975, 1, 12.706_205),
            (0.975, 2, 4.302_653),
            (0.95, 10, 1.812_461),
            (0.995, 5, 4.032_143),
            (0.975, 1000, 1.962_339),
        ];
        for (p, degrees, expected) in table {
            let t = student_quantile(p, degrees);
            assert!(
                (t - expected).abs() < 1e-5,
                "t({p}; {degrees}) = {t}, the table says {expected}"
            );
            assert!((student_quantile(1.0 - p, degrees) + expected).abs() < 1e-5);
        }
    }

    #[test]
    fn the_expansion_continues_the_law() {
        for p in [0.6, 0.9, 0.975, 0.9995] {
            let exact = StudentsT::new(0.0, 1.0, 1000.0).expect("a law").inverse_cdf(p);
            assert!((expanded(normal_quantile(p), 1000.0) - exact).abs() < 1e-8, "{p}");
        }
    }

    #[test]
    fn an_interval_needs_two_values() {
        assert!(half_width(1.0, 1, 0.95).is_nan());
        assert!(student_quantile(0.5, 0).is_nan());
        assert!(student_quantile(1.0, 5).is_nan());
        assert_eq!(half_width(0.0, 5, 0.95), 0.0);
    }
}
