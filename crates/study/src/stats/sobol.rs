//! Sobol' indices from a Saltelli design.
//!
//! With A, B two independent samples and AB_j the sample A whose column j comes from B (Saltelli et
//! al. 2010, Comput. Phys. Commun. 181, 259-270, table 2), Y centred and scaled by its standard
//! deviation, V the variance of A and B together:
//!
//! | index | estimator |
//! |---|---|
//! | first order, S_j | mean(f(B) (f(AB_j) - f(A))) / V |
//! | total, S_Tj | mean((f(A) - f(AB_j))^2) / (2 V) (Jansen) |
//! | second order, S_jk | mean(f(BA_j) f(AB_k) - f(A) f(B)) / V - S_j - S_k (Saltelli 2002) |
//!
//! These are SALib's estimators, so its analyser gives the same figures on the same outputs.

use super::interval::normal_quantile;
use super::summary::variance;
use clock::{Group, Seeds};

/// An index and the half-width of its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// The estimate; 0 where the output does not vary.
    pub value: f64,
    /// Half-width of the bootstrap interval: normal quantile x standard deviation over resamples.
    pub half_width: f64,
}

/// Indices of all factors.
#[derive(Clone, Debug, PartialEq)]
pub struct SobolIndices {
    /// First order, by factor.
    pub first: Vec<Index>,
    /// Total, by factor.
    pub total: Vec<Index>,
    /// Second order of the pairs (j, k), j < k; empty if the design has no second order.
    pub second: Vec<(usize, usize, Index)>,
    /// Base rows that count: those in which every output is finite.
    pub n: usize,
}

/// How the confidence intervals are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Resamples of the base rows.
    pub resamples: usize,
    /// Confidence level of the interval.
    pub confidence: f64,
    /// Seed of the resampling.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 1,000 resamples, 95 %, seed 0.
    fn default() -> Self {
        Self { resamples: 1000, confidence: 0.95, seed: 0 }
    }
}

/// The outputs of one base row: f(A), f(AB_j), f(BA_j) if there is a second order, f(B).
struct Row<'y> {
    a: f64,
    ab: &'y [f64],
    ba: &'y [f64],
    b: f64,
}

/// The indices of `factors` factors from the outputs of a Saltelli design in its order (A, AB_1..,
/// [BA_1..,] B per base row). A base row in which an output is not finite is left out as a whole.
pub fn sobol_indices(
    outputs: &[f64],
    factors: usize,
    second_order: bool,
    bootstrap: Bootstrap,
) -> SobolIndices {
    let step = if second_order { 2 * factors + 2 } else { factors + 2 };
    let kept: Vec<f64> = outputs
        .chunks_exact(step)
        .filter(|row| row.iter().all(|y| y.is_finite()))
        .flatten()
        .copied()
        .collect();
    let scaled = standardised(&kept);
    let rows: Vec<Row<'_>> = scaled
        .chunks_exact(step)
        .map(|y| Row {
            a: y[0],
            ab: &y[1..=factors],
            ba: if second_order { &y[factors + 1..=2 * factors] } else { &[] },
            b: y[step - 1],
        })
        .collect();
    let resamples = resamples(rows.len(), bootstrap);
    let all: Vec<usize> = (0..rows.len()).collect();
    let z = normal_quantile(f64::midpoint(1.0, bootstrap.confidence));
    let index = |estimate: &dyn Fn(&[usize]) -> f64| {
        let spread: Vec<f64> = resamples.iter().map(|r| estimate(r)).collect();
        Index {
            value: estimate(&all),
            half_width: if spread.len() < 2 { f64::NAN } else { z * variance(&spread).sqrt() },
        }
    };
    let first = (0..factors).map(|j| index(&|r| first_order(&rows, r, j))).collect();
    let total = (0..factors).map(|j| index(&|r| total_order(&rows, r, j))).collect();
    let pairs = if second_order { pairs(factors) } else { Vec::new() };
    let second = pairs
        .into_iter()
        .map(|(j, k)| (j, k, index(&|r| second_order_of(&rows, r, j, k))))
        .collect();
    SobolIndices { first, total, second, n: rows.len() }
}

fn pairs(factors: usize) -> Vec<(usize, usize)> {
    (0..factors).flat_map(|j| (j + 1..factors).map(move |k| (j, k))).collect()
}

/// (y - mean) / sd with n in the denominator; zeros where nothing varies.
fn standardised(y: &[f64]) -> Vec<f64> {
    let mean = super::mean(y);
    let sd = (y.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / y.len() as f64).sqrt();
    // Differences at the last bits of the mean are no variation.
    if sd <= 1e-12 * mean.abs() || sd == 0.0 {
        return vec![0.0; y.len()];
    }
    y.iter().map(|x| (x - mean) / sd).collect()
}

fn resamples(n: usize, bootstrap: Bootstrap) -> Vec<Vec<usize>> {
    let seeds = Seeds::new(bootstrap.seed);
    let resample = |k: usize| {
        let mut draws = seeds.draws(
            Group::Optimiser,
            crate::design::DRAWS,
            crate::design::Purpose::Bootstrap as u16,
            0,
            k as u64,
        );
        (0..n).map(|_| ((draws.uniform() * n as f64) as usize).min(n - 1)).collect()
    };
    (0..bootstrap.resamples).map(resample).collect()
}

/// Variance (n in the denominator) of f(A) and f(B) over the chosen rows together.
fn base_variance(rows: &[Row<'_>], chosen: &[usize]) -> f64 {
    let n = 2.0 * chosen.len() as f64;
    let mean = chosen.iter().map(|&i| rows[i].a + rows[i].b).sum::<f64>() / n;
    chosen.iter().map(|&i| (rows[i].a - mean).powi(2) + (rows[i].b - mean).powi(2)).sum::<f64>() / n
}

fn over_variance(rows: &[Row<'_>], chosen: &[usize], sum: f64) -> f64 {
    let v = base_variance(rows, chosen);
    if v <= f64::EPSILON { 0.0 } else { sum / chosen.len() as f64 / v }
}

fn first_order(rows: &[Row<'_>], chosen: &[usize], j: usize) -> f64 {
    over_variance(
        rows,
        chosen,
        chosen.iter().map(|&i| rows[i].b * (rows[i].ab[j] - rows[i].a)).sum(),
    )
}

fn total_order(rows: &[Row<'_>], chosen: &[usize], j: usize) -> f64 {
    over_variance(
        rows,
        chosen,
        chosen.iter().map(|&i| 0.5 * (rows[i].a - rows[i].ab[j]).powi(2)).sum(),
    )
}

fn second_order_of(rows: &[Row<'_>], chosen: &[usize], j: usize, k: usize) -> f64 {
    let joint = over_variance(
        rows,
        chosen,
        chosen.iter().map(|&i| rows[i].ba[j] * rows[i].ab[k] - rows[i].a * rows[i].b).sum(),
    );
    joint - first_order(rows, chosen, j) - first_order(rows, chosen, k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::saltelli;
    use std::f64::consts::PI;

    const NONE: Bootstrap = Bootstrap { resamples: 0, confidence: 0.95, seed: 0 };

    /// sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 over [-pi, pi]^3 (Ishigami and Homma 1990).
    fn ishigami(u: &[f64]) -> f64 {
        let x: Vec<f64> = u.iter().map(|u| (2.0 * u - 1.0) * PI).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    #[test]
    fn ishigami_is_within_a_hundredth_of_the_analytic_indices() {
        // a = 7, b = 0.1: V1 = (1 + b pi^4 / 5)^2 / 2 = 4.3459, V2 = a^2 / 8 = 6.125, V13 = 8 b^2
        // pi^8 / 225 = 3.3737, V = 13.8446.
        let v1 = (1.0 + 0.1 * PI.powi(4) / 5.0).powi(2) / 2.0;
        let (v2, v13) = (49.0 / 8.0, 8.0 * 0.01 * PI.powi(8) / 225.0);
        let v = v1 + v2 + v13;
        let y: Vec<f64> = saltelli(3, 4096, true, None).iter().map(|u| ishigami(u)).collect();
        let indices = sobol_indices(&y, 3, true, NONE);
        let expected = [(v1 / v, (v1 + v13) / v), (v2 / v, v2 / v), (0.0, v13 / v)];
        for (j, (first, total)) in expected.into_iter().enumerate() {
            assert!(
                (indices.first[j].value - first).abs() < 0.01,
                "S{} = {}, analytic {first}",
                j + 1,
                indices.first[j].value
            );
            assert!(
                (indices.total[j].value - total).abs() < 0.01,
                "ST{} = {}, analytic {total}",
                j + 1,
                indices.total[j].value
            );
        }
        let interaction =
            indices.second.iter().find(|(j, k, _)| (*j, *k) == (0, 2)).expect("a pair").2;
        assert!((interaction.value - v13 / v).abs() < 0.02, "S13 = {}", interaction.value);
    }

    #[test]
    fn intervals_narrow_with_the_sample_and_hold_the_truth() {
        let of = |n| {
            let y: Vec<f64> = saltelli(3, n, false, Some(5)).iter().map(|u| ishigami(u)).collect();
            sobol_indices(&y, 3, false, Bootstrap { resamples: 200, ..Bootstrap::default() })
        };
        let (small, large) = (of(64), of(1024));
        assert!(large.total[1].half_width < 0.5 * small.total[1].half_width);
        assert!((large.total[1].value - 0.4424).abs() < 2.0 * large.total[1].half_width);
        assert_eq!(of(64), small, "the same seed, the same interval");
    }

    #[test]
    fn an_output_that_does_not_vary_has_no_indices_and_a_failed_row_is_left_out() {
        let mut y = vec![0.1 + 0.2; 5 * 16];
        let flat = sobol_indices(&y, 3, false, NONE);
        assert!(flat.first.iter().chain(&flat.total).all(|i| i.value == 0.0));
        y[7] = f64::NAN;
        assert_eq!(sobol_indices(&y, 3, false, NONE).n, 15);
    }
}
