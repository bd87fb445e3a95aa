//! Sequential Monte Carlo with approximate Bayesian computation (Beaumont, Cornuet, Marin and Robert
//! 2009, Biometrika 96, 983-990), adjusted by local linear regression (Beaumont, Zhang and Balding
//! 2002, Genetics 162, 2025-2035).
//!
//! Parameters are places in the unit cube of their priors, where every prior is uniform.

use super::{Numbers, weighted_quantile};
use crate::stats::{cholesky, mean, quantile};

/// A particle: parameters that a simulation came near the targets with.
#[derive(Clone, Debug, PartialEq)]
pub struct Particle {
    /// Place in the unit cube of the priors.
    pub unit: Vec<f64>,
    /// What the simulation gave, by target.
    pub outputs: Vec<f64>,
    /// Distance from the targets: root mean square of (output - target) / scale.
    pub distance: f64,
    /// Weight; all sum to 1.
    pub weight: f64,
}

/// How a posterior is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AbcRule {
    /// Particles of a generation.
    pub particles: usize,
    /// Most generations.
    pub generations: usize,
    /// Most simulations.
    pub budget: u64,
    /// A distance below which nothing is gained any more.
    pub tolerance: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The last generation, adjusted.
    pub particles: Vec<Particle>,
    /// Distance that each generation accepted.
    pub accepted: Vec<f64>,
    /// Simulations.
    pub simulations: u64,
}

impl Posterior {
    /// A weighted quantile of a parameter, as a place in [0, 1].
    pub fn quantile(&self, parameter: usize, p: f64) -> f64 {
        let pairs: Vec<(f64, f64)> =
            self.particles.iter().map(|x| (x.unit[parameter], x.weight)).collect();
        weighted_quantile(&pairs, p)
    }
}

/// One target of a calibration: its value, and the scale on which a deviation counts as one.
pub type Target = (f64, f64);

/// Looks for the parameters. `simulate` gets places in the unit cube, each with a number of its own
/// for draws, and gives the outputs of each; one that failed is empty.
pub fn smc_abc(
    parameters: usize,
    targets: &[Target],
    rule: AbcRule,
    seed: u64,
    simulate: &mut dyn FnMut(&[(u64, Vec<f64>)]) -> Vec<Vec<f64>>,
) -> Posterior {
    let mut search = Search { parameters, targets, rule, numbers: Numbers::new(seed), done: 0 };
    let first: Vec<Vec<f64>> = (0..rule.particles).map(|_| search.prior()).collect();
    let mut generation = search.simulated(first, simulate);
    let share = 1.0 / generation.len().max(1) as f64;
    generation.iter_mut().for_each(|p| p.weight = share);
    let mut accepted = vec![worst(&generation)];
    for _ in 1..rule.generations {
        let limit = median(&generation);
        if limit <= rule.tolerance || generation.len() < 10 {
            break;
        }
        match search.next(&generation, limit, simulate) {
            Some(next) => generation = next,
            None => break,
        }
        accepted.push(worst(&generation));
    }
    let simulations = search.done;
    Posterior { particles: adjusted(&generation, targets), accepted, simulations }
}

fn worst(particles: &[Particle]) -> f64 {
    particles.iter().map(|p| p.distance).fold(0.0, f64::max)
}

fn median(particles: &[Particle]) -> f64 {
    quantile(&particles.iter().map(|p| p.distance).collect::<Vec<_>>(), 0.5)
}

struct Search<'t> {
    parameters: usize,
    targets: &'t [Target],
    rule: AbcRule,
    numbers: Numbers,
    done: u64,
}

impl Search<'_> {
    fn prior(&mut self) -> Vec<f64> {
        (0..self.parameters).map(|_| self.numbers.uniform()).collect()
    }

    /// Particles of places, those that failed left out.
    fn simulated(
        &mut self,
        places: Vec<Vec<f64>>,
        simulate: &mut dyn FnMut(&[(u64, Vec<f64>)]) -> Vec<Vec<f64>>,
    ) -> Vec<Particle> {
        let jobs: Vec<(u64, Vec<f64>)> = (self.done..).zip(places).collect();
        self.done += jobs.len() as u64;
        let outputs = simulate(&jobs);
        jobs.into_iter()
            .zip(outputs)
            .map(|((_, unit), outputs)| {
                let distance = distance(&outputs, self.targets);
                Particle { unit, outputs, distance, weight: 0.0 }
            })
            .filter(|p| p.distance.is_finite())
            .collect()
    }

    /// The next generation: particles moved by a normal kernel of twice their spread, those within
    /// the limit kept, weighted by prior over proposal. None if the budget does not suffice.
    fn next(
        &mut self,
        before: &[Particle],
        limit: f64,
        simulate: &mut dyn FnMut(&[(u64, Vec<f64>)]) -> Vec<Vec<f64>>,
    ) -> Option<Vec<Particle>> {
        let spread: Vec<f64> = (0..self.parameters)
            .map(|j| {
                let middle: f64 = before.iter().map(|p| p.weight * p.unit[j]).sum();
                let v: f64 = before.iter().map(|p| p.weight * (p.unit[j] - middle).powi(2)).sum();
                (2.0 * v).sqrt().max(1e-4)
            })
            .collect();
        let mut kept: Vec<Particle> = Vec::new();
        while kept.len() < self.rule.particles {
            if self.done + self.rule.particles as u64 > self.rule.budget {
                return None;
            }
            let moved: Vec<Vec<f64>> =
                (0..self.rule.particles).map(|_| self.moved(before, &spread)).collect();
            let new = self.simulated(moved, simulate);
            let good = new.into_iter().filter(|p| p.distance <= limit);
            kept.extend(good.take(self.rule.particles - kept.len()));
        }
        for p in &mut kept {
            let density: f64 =
                before.iter().map(|b| b.weight * kernel(&p.unit, &b.unit, &spread)).sum();
            p.weight = 1.0 / density.max(f64::MIN_POSITIVE);
        }
        let sum: f64 = kept.iter().map(|p| p.weight).sum();
        kept.iter_mut().for_each(|p| p.weight /= sum);
        Some(kept)
    }

    /// A particle of the generation before, moved inside the cube.
    fn moved(&mut self, before: &[Particle], spread: &[f64]) -> Vec<f64> {
        loop {
            let mut mark = self.numbers.uniform();
            let chosen = before
                .iter()
                .find(|p| {
                    mark -= p.weight;
                    mark < 0.0
                })
                .unwrap_or(&before[before.len() - 1]);
            let unit: Vec<f64> = chosen
                .unit
                .iter()
                .zip(spread)
                .map(|(u, s)| u + s * self.numbers.normal())
                .collect();
            if unit.iter().all(|u| (0.0..=1.0).contains(u)) {
                return unit;
            }
        }
    }
}

fn kernel(a: &[f64], b: &[f64], spread: &[f64]) -> f64 {
    let z: f64 = a.iter().zip(b).zip(spread).map(|((x, y), s)| ((x - y) / s).powi(2)).sum();
    (-0.5 * z).exp()
}

fn distance(outputs: &[f64], targets: &[Target]) -> f64 {
    if outputs.len() != targets.len() {
        return f64::NAN;
    }
    let squares: Vec<f64> =
        outputs.iter().zip(targets).map(|(y, (t, scale))| ((y - t) / scale).powi(2)).collect();
    mean(&squares).sqrt()
}

/// Moves each particle to where it would be had its simulation met the targets: a local linear
/// regression in the log-odds of the parameters, nearer particles counting more.
fn adjusted(particles: &[Particle], targets: &[Target]) -> Vec<Particle> {
    let (k, n) = (targets.len(), particles.len());
    let reach = worst(particles);
    if n < 2 * (k + 2) || reach <= 0.0 {
        return particles.to_vec();
    }
    let weight = |p: &Particle| p.weight * (1.0 - (p.distance / reach).powi(2)).max(1e-3);
    let off: Vec<Vec<f64>> = particles
        .iter()
        .map(|p| {
            std::iter::once(1.0)
                .chain(p.outputs.iter().zip(targets).map(|(y, (t, scale))| (y - t) / scale))
                .collect()
        })
        .collect();
    let normal: Vec<Vec<f64>> = (0..=k)
        .map(|a| {
            (0..=k)
                .map(|b| {
                    let sum: f64 =
                        particles.iter().zip(&off).map(|(p, x)| weight(p) * x[a] * x[b]).sum();
                    sum + if a == b { 1e-9 } else { 0.0 }
                })
                .collect()
        })
        .collect();
    let Some(l) = cholesky(&normal) else { return particles.to_vec() };
    let log_odds = |u: f64| {
        let u = u.clamp(1e-9, 1.0 - 1e-9);
        (u / (1.0 - u)).ln()
    };
    let mut moved = particles.to_vec();
    for j in 0..particles[0].unit.len() {
        let right: Vec<f64> = (0..=k)
            .map(|a| {
                particles
                    .iter()
                    .zip(&off)
                    .map(|(p, x)| weight(p) * x[a] * log_odds(p.unit[j]))
                    .sum()
            })
            .collect();
        let slope = crate::stats::solve_factored(&l, &right);
        for (p, x) in moved.iter_mut().zip(&off) {
            let shift: f64 = (1..=k).map(|a| slope[a] * x[a]).sum();
            p.unit[j] = 1.0 / (1.0 + (-(log_odds(p.unit[j]) - shift)).exp());
        }
    }
    for (p, before) in moved.iter_mut().zip(particles) {
        p.weight = weight(before);
    }
    let sum: f64 = moved.iter().map(|p| p.weight).sum();
    moved.iter_mut().for_each(|p| p.weight /= sum);
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: AbcRule = AbcRule { particles: 150, generations: 5, budget: 6000, tolerance: 0.05 };

    /// Two moments of 40 normal numbers around a mean in 0..10 with a spread in 0.5..3.5.
    fn moments(unit: &[f64], numbers: &mut Numbers) -> Vec<f64> {
        let (middle, spread) = (10.0 * unit[0], 0.5 + 3.0 * unit[1]);
        let sample: Vec<f64> = (0..40).map(|_| middle + spread * numbers.normal()).collect();
        let m = mean(&sample);
        vec![m, crate::stats::variance(&sample).sqrt()]
    }

    #[test]
    fn the_truth_lies_in_its_interval_about_nine_times_in_ten() {
        let (mut mean_inside, mut spread_inside) = (0, 0);
        for study in 0..100_u64 {
            let mut truth_numbers = Numbers::new(1000 + study);
            let truth = [0.1 + 0.8 * truth_numbers.uniform(), 0.1 + 0.8 * truth_numbers.uniform()];
            let seen = moments(&truth, &mut truth_numbers);
            let targets = [(seen[0], 0.3), (seen[1], 0.2)];
            let found = smc_abc(2, &targets, RULE, study, &mut |jobs| {
                jobs.iter()
                    .map(|(n, unit)| moments(unit, &mut Numbers::new(study << 32 | n)))
                    .collect()
            });
            let inside =
                |j: usize| (found.quantile(j, 0.05)..=found.quantile(j, 0.95)).contains(&truth[j]);
            mean_inside += u32::from(inside(0));
            spread_inside += u32::from(inside(1));
        }
        assert!((84..=97).contains(&mean_inside), "{mean_inside} of 100");
        assert!((84..=97).contains(&spread_inside), "{spread_inside} of 100");
    }

    #[test]
    fn generations_come_nearer_and_the_budget_is_kept() {
        let mut asked = 0;
        let found = smc_abc(1, &[(0.3, 0.01)], RULE, 4, &mut |jobs| {
            asked += jobs.len() as u64;
            jobs.iter().map(|(_, unit)| vec![unit[0]]).collect()
        });
        assert!(found.accepted.windows(2).all(|w| w[1] <= w[0]) && found.accepted.len() > 2);
        assert_eq!(asked, found.simulations);
        assert!(asked <= RULE.budget);
        assert!((found.quantile(0, 0.5) - 0.3).abs() < 0.01, "{}", found.quantile(0, 0.5));
    }
}
