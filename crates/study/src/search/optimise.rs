//! The best values of levers by Bayesian optimisation (Jones, Schonlau and Welch 1998, J. Glob.
//! Optim. 13, 455-492): a Gaussian process over means of replications that are common to all points,
//! and the point of the largest expected improvement next.
//!
//! How sure the optimum is, replications tell: they are drawn again with replacement, the same ones
//! at all points, and the process is asked anew.

use super::Numbers;
use super::gaussian_process::{Process, Shape};
use crate::design::latin_hypercube;
use crate::stats::{mean, normal_cdf, quantile};

/// How an optimum is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimiseRule {
    /// Points of the levers' space that are run.
    pub points: usize,
    /// Resamples of the replications.
    pub resamples: usize,
    /// Confidence level of the optimum's interval.
    pub confidence: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// The best place, in the unit cube of the levers.
    pub unit: Vec<f64>,
    /// Interval of each coordinate of the best place.
    pub intervals: Vec<[f64; 2]>,
    /// Value there.
    pub value: f64,
    /// Interval of the value.
    pub value_interval: [f64; 2],
    /// What is given away on average by taking this place for the best one.
    pub regret: f64,
    /// The places that were run, and the mean value of each.
    pub visited: Vec<(Vec<f64>, f64)>,
}

/// Looks for the largest value. `run` gives the values of all replications at a place.
pub fn optimise(
    levers: usize,
    rule: OptimiseRule,
    seed: u64,
    run: &mut dyn FnMut(&[f64]) -> Vec<f64>,
) -> Option<Optimum> {
    let first = (4 * levers + 2).min(rule.points);
    let mut places = latin_hypercube(levers, first, true, seed);
    let mut values: Vec<Vec<f64>> = places.iter().map(|x| run(x)).collect();
    let grid = candidates(levers, seed);
    while places.len() < rule.points {
        let (x, y) = whole(&places, &values);
        if y.len() < 3 {
            break;
        }
        let means: Vec<f64> = y.iter().map(|v| mean(v)).collect();
        let process = Process::new(&Shape::fitted(&x, &means), &x, &means)?;
        let best = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let gain = |place: &Vec<f64>| improvement(&process, place, best);
        let next = grid.iter().max_by(|a, b| gain(a).total_cmp(&gain(b)))?.clone();
        // A place run before says nothing new: the one that is least known is run.
        let next = if places.iter().any(|p| near(p, &next)) {
            grid.iter()
                .filter(|g| !places.iter().any(|p| near(p, g)))
                .max_by(|a, b| process.at(a).1.total_cmp(&process.at(b).1))?
                .clone()
        } else {
            next
        };
        values.push(run(&next));
        places.push(next);
    }
    concluded(&places, &values, &grid, rule, seed)
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-6)
}

/// Places whose values exist.
fn whole(places: &[Vec<f64>], values: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    places
        .iter()
        .zip(values)
        .filter(|(_, v)| !v.is_empty() && v.iter().all(|y| y.is_finite()))
        .map(|(x, v)| (x.clone(), v.clone()))
        .unzip()
}

/// Places among which the next one and the best one are chosen: a fine grid of one lever, a
/// space-filling sample of more.
fn candidates(levers: usize, seed: u64) -> Vec<Vec<f64>> {
    if levers == 1 {
        return (0..=400).map(|k| vec![f64::from(k) / 400.0]).collect();
    }
    let mut all = latin_hypercube(levers, 2000, false, seed.wrapping_add(1));
    // Corners, where a lever does best at an end.
    all.extend(
        (0..1_usize << levers.min(10)).map(|corner| {
            (0..levers).map(|j| if corner >> j & 1 == 1 { 1.0 } else { 0.0 }).collect()
        }),
    );
    all
}

/// Expected improvement over the best value so far.
fn improvement(process: &Process, place: &[f64], best: f64) -> f64 {
    let (middle, sd) = process.at(place);
    if sd <= 0.0 {
        return 0.0;
    }
    let z = (middle - best) / sd;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (middle - best) * normal_cdf(z) + sd * density
}

/// The place of the largest mean of a process through values.
fn peak(
    shape: &Shape,
    places: &[Vec<f64>],
    values: &[f64],
    grid: &[Vec<f64>],
) -> Option<(usize, Process)> {
    let process = Process::new(shape, places, values)?;
    let means: Vec<f64> = grid.iter().map(|x| process.mean(x)).collect();
    let best = (0..grid.len()).max_by(|&a, &b| means[a].total_cmp(&means[b]))?;
    Some((best, process))
}

fn concluded(
    places: &[Vec<f64>],
    values: &[Vec<f64>],
    grid: &[Vec<f64>],
    rule: OptimiseRule,
    seed: u64,
) -> Option<Optimum> {
    let (places, values) = whole(places, values);
    let n = values.iter().map(Vec::len).min().filter(|n| *n > 0)?;
    let means: Vec<f64> = values.iter().map(|v| mean(&v[..n])).collect();
    let shape = Shape::fitted(&places, &means);
    let (best, process) = peak(&shape, &places, &means, grid)?;
    let mut numbers = Numbers::new(seed.wrapping_add(2));
    let (mut found, mut at_best, mut regrets) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rule.resamples {
        let picked: Vec<usize> =
            (0..n).map(|_| ((numbers.uniform() * n as f64) as usize).min(n - 1)).collect();
        let again: Vec<f64> =
            values.iter().map(|v| picked.iter().map(|&i| v[i]).sum::<f64>() / n as f64).collect();
        let Some((other, process)) = peak(&shape, &places, &again, grid) else { continue };
        let here = process.mean(&grid[best]);
        found.push(grid[other].clone());
        at_best.push(here);
        regrets.push(process.mean(&grid[other]) - here);
    }
    let tail = f64::midpoint(1.0, -rule.confidence);
    let ends = |v: &[f64]| [quantile(v, tail), quantile(v, 1.0 - tail)];
    let intervals = (0..grid[best].len())
        .map(|j| ends(&found.iter().map(|x| x[j]).collect::<Vec<_>>()))
        .collect();
    Some(Optimum {
        unit: grid[best].clone(),
        intervals,
        value: process.mean(&grid[best]),
        value_interval: ends(&at_best),
        regret: mean(&regrets),
        visited: places.into_iter().zip(means).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: OptimiseRule = OptimiseRule { points: 16, resamples: 300, confidence: 0.95 };

    /// A parabola with its top at 0.37 whose place differs a little from day to day.
    fn parabola(x: &[f64], days: u64) -> Vec<f64> {
        (0..days)
            .map(|day| {
                let mut numbers = Numbers::new(day);
                let top = 0.37 + 0.05 * numbers.normal();
                5.0 + 0.5 * numbers.normal() - 4.0 * (x[0] - top).powi(2)
            })
            .collect()
    }

    #[test]
    fn the_optimum_of_a_known_parabola_lies_in_its_narrow_interval() {
        let found = optimise(1, RULE, 1, &mut |x| parabola(x, 40)).expect("an optimum");
        let [low, high] = found.intervals[0];
        assert!(low <= 0.37 && 0.37 <= high && high - low <= 0.1, "{low} .. {high}");
        assert!((found.unit[0] - 0.37).abs() < 0.03 && found.regret < 0.01, "{found:?}");
        // A fine grid on the same days finds the same.
        let by_grid = (0..=400)
            .map(|k| f64::from(k) / 400.0)
            .max_by(|a, b| {
                let of = |x: f64| mean(&parabola(&[x], 40));
                of(*a).total_cmp(&of(*b))
            })
            .expect("a grid");
        assert!((found.unit[0] - by_grid).abs() <= 0.02, "{} and {by_grid}", found.unit[0]);
    }

    #[test]
    fn two_levers_are_found_together() {
        let mut run = |x: &[f64]| vec![-(x[0] - 0.7).powi(2) - 2.0 * (x[1] - 0.2).powi(2); 3];
        let rule = OptimiseRule { points: 30, ..RULE };
        let found = optimise(2, rule, 3, &mut run).expect("an optimum");
        assert!(
            (found.unit[0] - 0.7).abs() < 0.06 && (found.unit[1] - 0.2).abs() < 0.06,
            "{found:?}"
        );
    }
}
