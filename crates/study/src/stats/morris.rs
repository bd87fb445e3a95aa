//! Morris's screening measures from trajectories that move one factor at a time (Morris 1991;
//! Campolongo, Cariboni and Saltelli 2007).

use super::interval::normal_quantile;
use super::mean_interval::resampled;
use super::sobol::Bootstrap;
use super::summary::{mean, variance};

/// Measures of one factor, in the unit of the output per unit of the factor's range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MorrisMeasures {
    /// Mean elementary effect.
    pub mu: f64,
    /// Mean absolute elementary effect: the factor's influence.
    pub mu_star: f64,
    /// Standard deviation of the elementary effects (n - 1): interaction or curvature. NaN for one
    /// trajectory.
    pub sigma: f64,
    /// Half-width of the bootstrap interval of `mu_star` over trajectories; NaN for fewer than ten.
    pub mu_star_half_width: f64,
    /// Trajectories that count.
    pub n: usize,
}

/// Trajectories from which the influence has an interval.
const WITH_INTERVAL: usize = 10;

/// The measures of every factor. `unit` holds the points in the unit cube (trajectory by
/// trajectory, `factors + 1` points each, in which consecutive points differ in one factor),
/// `outputs` the model's output at each. A trajectory with an output that is not finite is left
/// out.
///
/// ```
/// // y = 3 x1 - x2 along (0, 0) -> (2/3, 0) -> (2/3, 2/3): effects 2 / (2/3) = 3 and -1
/// let unit = vec![vec![0.0, 0.0], vec![2.0 / 3.0, 0.0], vec![2.0 / 3.0, 2.0 / 3.0]];
/// let y: Vec<f64> = unit.iter().map(|x| 3.0 * x[0] - x[1]).collect();
/// let m = study::stats::morris_measures(&unit, &y, Default::default());
/// assert!((m[0].mu - 3.0).abs() < 1e-12 && (m[1].mu + 1.0).abs() < 1e-12 && (m[1].mu_star - 1.0).abs() < 1e-12);
/// ```
pub fn morris_measures(
    unit: &[Vec<f64>],
    outputs: &[f64],
    bootstrap: Bootstrap,
) -> Vec<MorrisMeasures> {
    let factors = unit.first().map_or(0, Vec::len);
    let mut effects: Vec<Vec<f64>> = vec![Vec::new(); factors];
    for (points, y) in unit.chunks_exact(factors + 1).zip(outputs.chunks_exact(factors + 1)) {
        if y.iter().any(|y| !y.is_finite()) {
            continue;
        }
        for (step, values) in points.windows(2).zip(y.windows(2)) {
            let moved = (0..factors).find(|&j| step[0][j] != step[1][j]);
            if let Some(j) = moved {
                effects[j].push((values[1] - values[0]) / (step[1][j] - step[0][j]));
            }
        }
    }
    effects
        .iter()
        .map(|e| {
            let absolute: Vec<f64> = e.iter().map(|x| x.abs()).collect();
            MorrisMeasures {
                mu: mean(e),
                mu_star: mean(&absolute),
                sigma: variance(e).sqrt(),
                mu_star_half_width: half_width(&absolute, bootstrap),
                n: e.len(),
            }
        })
        .collect()
}

/// Half-width over resamples: normal quantile x standard deviation, as SALib gives it.
fn half_width(absolute: &[f64], bootstrap: Bootstrap) -> f64 {
    if absolute.len() < WITH_INTERVAL {
        return f64::NAN;
    }
    let means = resampled(absolute, bootstrap.resamples as u64, mean);
    normal_quantile(f64::midpoint(1.0, bootstrap.confidence)) * variance(&means).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::morris_trajectories;

    /// A linear function has its coefficients as mu and no sigma, whatever the trajectories.
    #[test]
    fn a_linear_function_has_its_coefficients_as_effects() {
        let coefficients = [4.0, -2.0, 0.0, 0.5];
        let unit = morris_trajectories(4, 12, 6, 1);
        let y: Vec<f64> =
            unit.iter().map(|x| x.iter().zip(&coefficients).map(|(x, c)| x * c).sum()).collect();
        for (m, c) in morris_measures(&unit, &y, Bootstrap::default()).iter().zip(coefficients) {
            assert!(
                (m.mu - c).abs() < 1e-9 && (m.mu_star - c.abs()).abs() < 1e-9 && m.sigma < 1e-9,
                "{m:?} for {c}"
            );
            assert_eq!(m.n, 12);
        }
    }

    #[test]
    fn a_failed_point_costs_its_trajectory_only() {
        let unit = morris_trajectories(2, 5, 4, 1);
        let mut y: Vec<f64> = unit.iter().map(|x| x[0]).collect();
        y[4] = f64::NAN;
        assert_eq!(morris_measures(&unit, &y, Bootstrap::default())[0].n, 4);
    }
}
