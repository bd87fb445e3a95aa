//! Settings, crossover and mutation.

use serde::{Deserialize, Serialize};

use crate::normal;

/// How a gene is mutated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Mutation {
    /// Polynomial mutation (Deb and Goyal 1996), bounded form.
    Polynomial {
        /// Distribution index: larger = smaller steps.
        eta: f64,
        /// Probability per gene; `None` = one over the number of genes.
        probability: Option<f64>,
    },
    /// Normal steps of `sigma` times the gene's range, clipped to the box.
    Gaussian {
        /// Standard deviation as a share of the range.
        sigma: f64,
        /// Probability per gene; `None` = one over the number of genes.
        probability: Option<f64>,
    },
}

/// Settings of a search. The default is the usual one: population 100, 250 generations, crossover
/// 0.9 with index 15, polynomial mutation with index 20 on one gene in the mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Number of individuals kept, even.
    pub population: usize,
    /// Number of generations after the first population.
    pub generations: usize,
    /// Probability that a pair is crossed.
    pub crossover_probability: f64,
    /// Distribution index of the crossover: larger = children nearer to their parents.
    pub crossover_eta: f64,
    /// Mutation.
    pub mutation: Mutation,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            population: 100,
            generations: 250,
            crossover_probability: 0.9,
            crossover_eta: 15.0,
            mutation: Mutation::Polynomial { eta: 20.0, probability: None },
        }
    }
}

/// Simulated binary crossover of two equally long parents, in place, bounded form: the spread is
/// cut so that no child leaves the box.
pub(super) fn cross(
    params: &Params,
    one: &mut [f64],
    two: &mut [f64],
    lower: &[f64],
    upper: &[f64],
    uniform: &mut impl FnMut() -> f64,
) {
    if uniform() >= params.crossover_probability {
        return;
    }
    for i in 0..one.len() {
        if uniform() >= 0.5 || (one[i] - two[i]).abs() < 1e-14 {
            continue;
        }
        let (low, high) = (one[i].min(two[i]), one[i].max(two[i]));
        let u = uniform();
        let gap = high - low;
        let towards_low = spread(u, 1.0 + 2.0 * (low - lower[i]) / gap, params.crossover_eta);
        let towards_high = spread(u, 1.0 + 2.0 * (upper[i] - high) / gap, params.crossover_eta);
        let middle = 0.5 * (low + high);
        let child_low = (middle - 0.5 * towards_low * gap).clamp(lower[i], upper[i]);
        let child_high = (middle + 0.5 * towards_high * gap).clamp(lower[i], upper[i]);
        // Which child takes which value is a toss, so that genes mix.
        (one[i], two[i]) =
            if uniform() < 0.5 { (child_high, child_low) } else { (child_low, child_high) };
    }
}

/// Spread factor of the bounded crossover for the uniform number `u` and the distance `beta` to the
/// bound.
fn spread(u: f64, beta: f64, eta: f64) -> f64 {
    let alpha = 2.0 - beta.powf(-(eta + 1.0));
    let base = if u <= 1.0 / alpha { u * alpha } else { 1.0 / (2.0 - u * alpha) };
    base.powf(1.0 / (eta + 1.0))
}

/// Mutate the genes in place.
pub(super) fn mutate(
    mutation: Mutation,
    genes: &mut [f64],
    lower: &[f64],
    upper: &[f64],
    uniform: &mut impl FnMut() -> f64,
) {
    let one_gene = 1.0 / genes.len() as f64;
    let (Mutation::Polynomial { probability, .. } | Mutation::Gaussian { probability, .. }) =
        mutation;
    let probability = probability.unwrap_or(one_gene);
    for i in 0..genes.len() {
        let range = upper[i] - lower[i];
        if uniform() >= probability || range <= 0.0 {
            continue;
        }
        let step = match mutation {
            Mutation::Polynomial { eta, .. } => {
                let (below, above) = ((genes[i] - lower[i]) / range, (upper[i] - genes[i]) / range);
                range * polynomial_step(uniform(), below, above, eta)
            }
            Mutation::Gaussian { sigma, .. } => {
                range * sigma * normal::quantile(uniform().max(f64::EPSILON / 4.0))
            }
        };
        genes[i] = (genes[i] + step).clamp(lower[i], upper[i]);
    }
}

/// Step as a share of the range, for a gene at the shares `below` and `above` from its bounds.
fn polynomial_step(u: f64, below: f64, above: f64, eta: f64) -> f64 {
    let power = 1.0 / (eta + 1.0);
    if u < 0.5 {
        let room = (1.0 - below).powf(eta + 1.0);
        (2.0 * u + (1.0 - 2.0 * u) * room).powf(power) - 1.0
    } else {
        let room = (1.0 - above).powf(eta + 1.0);
        1.0 - (2.0 * (1.0 - u) + (2.0 * u - 1.0) * room).powf(power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::uniforms;

    #[test]
    fn children_stay_in_the_box_and_keep_the_parents_middle_away_from_bounds() {
        let params = Params { crossover_probability: 1.0, ..Params::default() };
        let mut uniform = uniforms(1);
        let (lower, upper) = ([-1000.0], [1000.0]);
        for _ in 0..1000 {
            let (mut a, mut b) = ([0.2], [0.6]);
            cross(&params, &mut a, &mut b, &lower, &upper, &mut uniform);
            // Far from the bounds the crossover is symmetric: the children's mean is the parents'.
            assert!((a[0] + b[0] - 0.8).abs() < 1e-9);
            let (mut c, mut d) = ([0.0], [1.0]);
            cross(&params, &mut c, &mut d, &[0.0], &[1.0], &mut uniform);
            assert!((0.0..=1.0).contains(&c[0]) && (0.0..=1.0).contains(&d[0]));
        }
    }

    #[test]
    fn mutation_steps_end_at_the_bounds() {
        // u = 0 gives the whole way down, u -> 1 the whole way up.
        assert!((polynomial_step(0.0, 0.3, 0.7, 20.0) + 0.3).abs() < 1e-12);
        assert!((polynomial_step(1.0, 0.3, 0.7, 20.0) - 0.7).abs() < 1e-12);
        assert_eq!(polynomial_step(0.5, 0.3, 0.7, 20.0), 0.0);
    }

    #[test]
    fn one_gene_in_the_mean_is_mutated() {
        let mut uniform = uniforms(2);
        for mutation in [
            Mutation::Polynomial { eta: 20.0, probability: None },
            Mutation::Gaussian { sigma: 0.1, probability: None },
        ] {
            let mut changed = 0;
            for _ in 0..2000 {
                let mut genes = [0.5; 30];
                mutate(mutation, &mut genes, &[0.0; 30], &[1.0; 30], &mut uniform);
                changed += genes.iter().filter(|g| **g != 0.5).count();
            }
            assert!((1850..2150).contains(&changed), "{changed}");
        }
    }
}
