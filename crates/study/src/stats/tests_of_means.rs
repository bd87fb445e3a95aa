//! Tests of a mean difference: against zero, against a margin, and what a study can detect.

use super::interval::{normal_quantile, student_cdf, student_quantile};

/// Two-sided p value of a mean against zero (Student's t). Where nothing varies, 0 or 1; NaN for
/// fewer than two values.
///
/// ```
/// // t = 2 / (1 / sqrt(4)) = 4 with 3 degrees of freedom
/// assert!((study::stats::p_value(2.0, 1.0, 4) - 0.028_005).abs() < 1e-5);
/// ```
pub fn p_value(difference: f64, sd: f64, n: usize) -> f64 {
    if n < 2 || !difference.is_finite() || !sd.is_finite() {
        return f64::NAN;
    }
    if sd == 0.0 {
        return if difference == 0.0 { 1.0 } else { 0.0 };
    }
    2.0 * student_cdf(-(difference / (sd / (n as f64).sqrt())).abs(), n - 1)
}

/// p value of "the difference is above `bound`": small if it is shown to be.
fn p_above(bound: f64, difference: f64, sd: f64, n: usize) -> f64 {
    if n < 2 || !difference.is_finite() || !sd.is_finite() {
        return f64::NAN;
    }
    if sd == 0.0 {
        return if difference > bound { 0.0 } else { 1.0 };
    }
    student_cdf(-(difference - bound) / (sd / (n as f64).sqrt()), n - 1)
}

/// p value of "the difference lies within ± `margin`": the larger of two one-sided tests
/// (Schuirmann 1987).
///
/// ```
/// // difference 0, standard error 0.5, margin 1: t = 2 on both sides, 3 degrees of freedom
/// assert!((study::stats::p_equivalent(1.0, 0.0, 1.0, 4) - 0.069_663).abs() < 1e-5);
/// ```
pub fn p_equivalent(margin: f64, difference: f64, sd: f64, n: usize) -> f64 {
    p_above(-margin, difference, sd, n).max(p_above(-margin, -difference, sd, n))
}

/// p value of "b is at most `margin` worse than a", if more is better.
pub fn p_not_inferior(margin: f64, difference: f64, sd: f64, n: usize) -> f64 {
    p_above(-margin, difference, sd, n)
}

/// The least difference that n pairs of standard deviation `sd` detect with a power, in a two-sided
/// test of level 1 - `confidence`: (t(1 - level / 2) + t(power)) sd / sqrt(n).
///
/// ```
/// // n = 20, sd 1: (2.093 + 0.861) / sqrt(20) = 0.6605
/// assert!((study::stats::detectable(1.0, 20, 0.95, 0.8) - 0.6605).abs() < 1e-3);
/// ```
pub fn detectable(sd: f64, n: usize, confidence: f64, power: f64) -> f64 {
    if n < 2 {
        return f64::NAN;
    }
    let t = |p: f64| student_quantile(p, n - 1);
    (t(f64::midpoint(1.0, confidence)) + t(power)) * sd / (n as f64).sqrt()
}

/// Pairs that a difference needs to be detected with a power; none if it is 0 or nothing is known.
///
/// ```
/// assert_eq!(study::stats::pairs_to_detect(0.66, 1.0, 0.95, 0.8), Some(21));
/// ```
pub fn pairs_to_detect(difference: f64, sd: f64, confidence: f64, power: f64) -> Option<u64> {
    if difference == 0.0 || !difference.is_finite() || !sd.is_finite() {
        return None;
    }
    let enough = |n: u64| detectable(sd, n as usize, confidence, power) <= difference.abs();
    let z = normal_quantile(f64::midpoint(1.0, confidence)) + normal_quantile(power);
    let about = ((z * sd / difference).powi(2)).min(1e12) as u64;
    // t asks for a few pairs more than the normal law.
    (about.max(2)..about + 64).find(|&n| enough(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_agree_with_each_other() {
        assert_eq!(p_value(0.0, 0.0, 5), 1.0);
        assert_eq!(p_value(0.3, 0.0, 5), 0.0);
        assert!(p_value(0.3, 1.0, 1).is_nan());
        // Symmetric, and falling with the size of the difference.
        assert_eq!(p_value(0.7, 1.0, 9), p_value(-0.7, 1.0, 9));
        assert!(p_value(1.4, 1.0, 9) < p_value(0.7, 1.0, 9));
        // Equivalent on a wide margin, not on a narrow one; not inferior follows from equivalent.
        assert!(p_equivalent(5.0, 0.2, 1.0, 20) < 0.001 && p_equivalent(0.2, 0.2, 1.0, 20) > 0.4);
        assert!(p_not_inferior(1.0, 0.2, 1.0, 20) <= p_equivalent(1.0, 0.2, 1.0, 20));
    }

    #[test]
    fn as_many_pairs_as_are_asked_for_detect_the_difference() {
        for (difference, sd) in [(0.5, 1.0), (0.1, 1.0), (3.0, 1.0), (-0.02, 0.3)] {
            let n = pairs_to_detect(difference, sd, 0.95, 0.8).expect("a number") as usize;
            assert!(detectable(sd, n, 0.95, 0.8) <= difference.abs());
            assert!(n == 2 || detectable(sd, n - 1, 0.95, 0.8) > difference.abs());
        }
        assert_eq!(pairs_to_detect(0.0, 1.0, 0.95, 0.8), None);
    }
}
