//! A Gaussian process over the unit cube: Matern kernel of order 5/2, a constant mean, noise
//! (Rasmussen and Williams 2006, chapters 2 and 5).

use crate::stats::{cholesky, forward_factored, mean, solve_factored, variance};

/// A process fitted to values at points.
pub(super) struct Process {
    points: Vec<Vec<f64>>,
    lengths: Vec<f64>,
    factor: Vec<Vec<f64>>,
    weights: Vec<f64>,
    middle: f64,
    scale: f64,
}

/// Lengths and noises that are tried.
const LENGTHS: [f64; 7] = [0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0];
const NOISES: [f64; 5] = [1e-6, 1e-4, 1e-3, 1e-2, 1e-1];

/// What a process assumes: a length for each dimension, and noise relative to the process.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    lengths: Vec<f64>,
    noise: f64,
}

impl Shape {
    /// The likeliest shape, one dimension after another.
    pub(super) fn fitted(points: &[Vec<f64>], values: &[f64]) -> Self {
        let k = points.first().map_or(0, Vec::len);
        let mut best = Self { lengths: vec![0.6; k], noise: 1e-4 };
        let mut most = best.likelihood(points, values);
        for _ in 0..3 {
            let mut tried: Vec<Self> = Vec::new();
            for j in 0..k {
                tried.extend(LENGTHS.map(|length| {
                    let mut lengths = best.lengths.clone();
                    lengths[j] = length;
                    Self { lengths, noise: best.noise }
                }));
            }
            tried.extend(NOISES.map(|noise| Self { lengths: best.lengths.clone(), noise }));
            let before = most;
            for shape in tried {
                let likelihood = shape.likelihood(points, values);
                if likelihood > most {
                    (best, most) = (shape, likelihood);
                }
            }
            if most <= before {
                break;
            }
        }
        best
    }

    fn factor(&self, points: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
        let n = points.len();
        let matrix: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                (0..n)
                    .map(|j| {
                        let noise = if i == j { self.noise } else { 0.0 };
                        matern(&points[i], &points[j], &self.lengths) + noise
                    })
                    .collect()
            })
            .collect();
        cholesky(&matrix)
    }

    /// Logarithm of the likelihood, the process's own scale taken at its best.
    fn likelihood(&self, points: &[Vec<f64>], values: &[f64]) -> f64 {
        let Some(l) = self.factor(points) else { return f64::NEG_INFINITY };
        let middle = mean(values);
        let centred: Vec<f64> = values.iter().map(|y| y - middle).collect();
        let z = forward_factored(&l, &centred);
        let n = values.len() as f64;
        let scale = z.iter().map(|x| x * x).sum::<f64>() / n;
        let volume: f64 = (0..l.len()).map(|i| l[i][i].ln()).sum();
        -0.5 * n * scale.max(1e-300).ln() - volume
    }
}

fn matern(a: &[f64], b: &[f64], lengths: &[f64]) -> f64 {
    let squares: f64 = a.iter().zip(b).zip(lengths).map(|((x, y), l)| ((x - y) / l).powi(2)).sum();
    let r = (5.0 * squares).sqrt();
    (1.0 + r + r * r / 3.0) * (-r).exp()
}

impl Process {
    /// A process of a shape through values; none if points lie on each other.
    pub(super) fn new(shape: &Shape, points: &[Vec<f64>], values: &[f64]) -> Option<Self> {
        let factor = shape.factor(points)?;
        let middle = mean(values);
        let centred: Vec<f64> = values.iter().map(|y| y - middle).collect();
        let z = forward_factored(&factor, &centred);
        let spread = variance(values);
        let scale = (z.iter().map(|x| x * x).sum::<f64>() / values.len() as f64)
            .max(1e-12 * spread.max(f64::MIN_POSITIVE));
        let weights = solve_factored(&factor, &centred);
        let lengths = shape.lengths.clone();
        Some(Self { points: points.to_vec(), lengths, factor, weights, middle, scale })
    }

    /// Mean of the process at a point.
    pub(super) fn mean(&self, x: &[f64]) -> f64 {
        let k = self.points.iter().map(|p| matern(p, x, &self.lengths));
        self.middle + k.zip(&self.weights).map(|(k, w)| k * w).sum::<f64>()
    }

    /// Mean and standard deviation of the process at a point.
    pub(super) fn at(&self, x: &[f64]) -> (f64, f64) {
        let k: Vec<f64> = self.points.iter().map(|p| matern(p, x, &self.lengths)).collect();
        let z = forward_factored(&self.factor, &k);
        let left = (1.0 - z.iter().map(|x| x * x).sum::<f64>()).max(0.0);
        (self.mean(x), (left * self.scale).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_goes_through_its_values_and_is_unsure_between_them() {
        let points: Vec<Vec<f64>> = (0..6).map(|k| vec![f64::from(k) / 5.0]).collect();
        let values: Vec<f64> = points.iter().map(|x| (4.0 * x[0]).sin()).collect();
        let p = Process::new(&Shape::fitted(&points, &values), &points, &values).expect("fits");
        for (x, y) in points.iter().zip(&values) {
            let (mean, sd) = p.at(x);
            assert!((mean - y).abs() < 0.02 && sd < 0.1, "{mean} {y} {sd}");
        }
        let (between, _) = p.at(&[0.5]);
        assert!((between - (2.0_f64).sin()).abs() < 0.05);
        assert!(p.at(&[0.5]).1 >= p.at(&[0.4]).1);
    }
}
