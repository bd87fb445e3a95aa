//! How an output follows sampled factors: standardised regression coefficients and partial rank
//! correlations (Saltelli et al. 2008, section 1.2.5; Marino et al. 2008, J. Theor. Biol. 254,
//! 178-196).

use super::interval::{normal_quantile, student_cdf};
use super::linear::{cholesky, solve_factored};
use super::summary::{mean, variance};

/// What one factor does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Association {
    /// Standardised regression coefficient: standard deviations of the output per one of the factor.
    pub coefficient: f64,
    /// Half-width of its interval (ordinary least squares, normal).
    pub coefficient_half_width: f64,
    /// Partial rank correlation coefficient, -1 to 1.
    pub rank_correlation: f64,
    /// Half-width of its interval, by Fisher's transformation, on its wider side.
    pub rank_half_width: f64,
    /// p value of no rank correlation (Student's t).
    pub p: f64,
}

/// The associations of all factors, and the share of the output's variance that the linear model
/// explains.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// By factor.
    pub factors: Vec<Association>,
    /// Coefficient of determination.
    pub r_squared: f64,
    /// Points that count.
    pub n: usize,
}

/// Regresses outputs on the points' coordinates (one row per point). Points with an output that is
/// not finite are left out. None if there are too few of them, or factors do not vary or follow
/// each other exactly.
pub fn regression(points: &[Vec<f64>], outputs: &[f64], confidence: f64) -> Option<Regression> {
    let kept: Vec<(&Vec<f64>, f64)> =
        points.iter().zip(outputs).filter(|(_, y)| y.is_finite()).map(|(x, y)| (x, *y)).collect();
    let k = kept.first().map_or(0, |(x, _)| x.len());
    let n = kept.len();
    if k == 0 || n < k + 3 {
        return None;
    }
    let column = |j: usize| kept.iter().map(|(x, _)| x[j]).collect::<Vec<f64>>();
    let y: Vec<f64> = kept.iter().map(|(_, y)| *y).collect();
    let raw: Vec<Vec<f64>> = (0..k).map(column).collect();
    let values = standardised_all(&raw, &y)?;
    let ranked: Vec<Vec<f64>> = raw.iter().map(|x| ranks(x)).collect();
    let ranks = standardised_all(&ranked, &ranks(&y))?;
    let z = normal_quantile(f64::midpoint(1.0, confidence));
    let (coefficients, errors, r_squared) = least_squares(&values.0, &values.1)?;
    let partial = partial_correlations(&ranks.0, &ranks.1)?;
    let degrees = n - k - 1;
    let factors = (0..k)
        .map(|j| {
            let r = partial[j];
            let half = z / ((n - k) as f64 - 2.0).max(1.0).sqrt();
            let (low, high) = ((r.atanh() - half).tanh(), (r.atanh() + half).tanh());
            let t = r * (degrees as f64 / (1.0 - r * r).max(1e-300)).sqrt();
            Association {
                coefficient: coefficients[j],
                coefficient_half_width: z * errors[j],
                rank_correlation: r,
                rank_half_width: (high - r).max(r - low),
                p: 2.0 * student_cdf(-t.abs(), degrees),
            }
        })
        .collect();
    Some(Regression { factors, r_squared, n })
}

/// Mid-ranks: equal values share the mean of their places.
///
/// ```
/// assert_eq!(study::stats::ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
/// ```
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let mut end = first + 1;
        while end < order.len() && values[order[end]] == values[order[first]] {
            end += 1;
        }
        for &i in &order[first..end] {
            ranks[i] = f64::midpoint((first + 1) as f64, end as f64);
        }
        first = end;
    }
    ranks
}

/// Factors and output with mean 0 and standard deviation 1.
type Standardised = (Vec<Vec<f64>>, Vec<f64>);

fn standardised_all(columns: &[Vec<f64>], y: &[f64]) -> Option<Standardised> {
    let columns = columns.iter().map(|x| standardised(x)).collect::<Option<Vec<_>>>()?;
    Some((columns, standardised(y)?))
}

fn standardised(x: &[f64]) -> Option<Vec<f64>> {
    let (mean, sd) = (mean(x), variance(x).sqrt());
    (sd > 1e-12 * mean.abs()).then(|| x.iter().map(|v| (v - mean) / sd).collect())
}

/// Correlations of standardised columns.
fn correlations(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let of = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / (a.len() - 1) as f64
    };
    columns.iter().map(|a| columns.iter().map(|b| of(a, b)).collect()).collect()
}

/// Coefficients, their standard errors, and the share of variance explained.
fn least_squares(x: &[Vec<f64>], y: &[f64]) -> Option<(Vec<f64>, Vec<f64>, f64)> {
    let (k, n) = (x.len(), y.len());
    let all: Vec<&[f64]> = x.iter().map(Vec::as_slice).chain([y]).collect();
    let c = correlations(&all);
    let of_factors: Vec<Vec<f64>> = c[..k].iter().map(|row| row[..k].to_vec()).collect();
    let with_y: Vec<f64> = c[k][..k].to_vec();
    let l = cholesky(&of_factors)?;
    let b = solve_factored(&l, &with_y);
    let r_squared: f64 = b.iter().zip(&with_y).map(|(b, c)| b * c).sum();
    let rest = (1.0 - r_squared).max(0.0) / (n - k - 1) as f64;
    let unit = |j: usize| (0..k).map(|i| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
    let errors = (0..k).map(|j| (rest * solve_factored(&l, &unit(j))[j]).sqrt()).collect();
    Some((b, errors, r_squared))
}

/// Correlation of each factor with the output, the other factors taken out of both: from the inverse
/// of the matrix of correlations.
fn partial_correlations(x: &[Vec<f64>], y: &[f64]) -> Option<Vec<f64>> {
    let k = x.len();
    let all: Vec<&[f64]> = x.iter().map(Vec::as_slice).chain([y]).collect();
    let mut c = correlations(&all);
    // An output that follows the factors exactly makes the matrix singular: the last bits tell.
    for (i, row) in c.iter_mut().enumerate() {
        row[i] += 1e-12;
    }
    let l = cholesky(&c)?;
    let unit = |j: usize| (0..=k).map(|i| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
    let inverse: Vec<Vec<f64>> = (0..=k).map(|j| solve_factored(&l, &unit(j))).collect();
    let of = |j: usize| {
        (-inverse[j][k] / (inverse[j][j] * inverse[k][k]).sqrt()).clamp(-1.0 + 1e-12, 1.0 - 1e-12)
    };
    Some((0..k).map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::latin_hypercube;

    #[test]
    fn a_linear_output_gives_its_coefficients_and_a_monotone_one_its_ranks() {
        let points = latin_hypercube(3, 200, false, 1);
        let y: Vec<f64> = points.iter().map(|x| 3.0 * x[0] - x[1] + 0.5).collect();
        let r = regression(&points, &y, 0.95).expect("varies");
        // Uniform factors have one standard deviation: 3 / sqrt(10), -1 / sqrt(10), 0.
        for (f, expected) in r.factors.iter().zip([0.9487, -0.3162, 0.0]) {
            assert!((f.coefficient - expected).abs() < 0.03, "{f:?}");
        }
        assert!(r.r_squared > 0.999 && r.n == 200);
        let steep: Vec<f64> = points.iter().map(|x| (8.0 * x[0]).exp() - x[2]).collect();
        let r = regression(&points, &steep, 0.95).expect("varies");
        assert!(r.factors[0].rank_correlation > 0.98 && r.r_squared < 0.8);
        assert!(r.factors[1].rank_correlation.abs() < r.factors[1].rank_half_width * 1.5);
    }

    #[test]
    fn what_cannot_be_told_is_none() {
        let points = vec![vec![1.0, 2.0]; 20];
        assert_eq!(regression(&points, &[1.0; 20], 0.95), None, "nothing varies");
        let twins: Vec<Vec<f64>> =
            (0..20).map(|k| vec![f64::from(k), 2.0 * f64::from(k)]).collect();
        let y: Vec<f64> = (0..20).map(|k| f64::from(k * k % 7)).collect();
        assert_eq!(regression(&twins, &y, 0.95), None, "one factor follows the other");
        assert_eq!(regression(&twins[..4], &y[..4], 0.95), None, "too few points");
    }
}
