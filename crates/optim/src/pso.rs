//! Particle swarm minimisation over a box, with global best (Kennedy and Eberhart 1995; inertia
//! weight of Shi and Eberhart 1998). Used for prices (P3 section 3.1.4) and as the lower layer's
//! method of P4.
//!
//! Per particle and coordinate, with `r1`, `r2` uniform in `[0, 1)`:
//!
//! `v <- w v + c1 r1 (own best - x) + c2 r2 (swarm best - x)`, cut to `|v| <= limit (upper -
//! lower)`, then `x <- x + v`, clipped to the box (a clipped coordinate loses its speed), then the
//! caller's repair.
//!
//! The swarm's best is renewed once per iteration, ties go to the lower particle number: the result
//! depends on the uniform numbers alone.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Settings of the swarm. The default is P4's: w 0.7, c1 = c2 = 1.5, speed limit 0.3 of the range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Number of particles, at least 1.
    pub particles: usize,
    /// Number of moves of the whole swarm after the first evaluation.
    pub iterations: usize,
    /// Inertia weight `w` \[-\].
    pub inertia: f64,
    /// Pull `c1` towards the particle's own best \[-\].
    pub cognitive: f64,
    /// Pull `c2` towards the swarm's best \[-\].
    pub social: f64,
    /// Largest speed per move as a share of each coordinate's range \[-\].
    pub speed_limit: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            particles: 30,
            iterations: 100,
            inertia: 0.7,
            cognitive: 1.5,
            social: 1.5,
            speed_limit: 0.3,
        }
    }
}

/// Best point found and what it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The point: clipped to the box, then repaired.
    pub point: Vec<f64>,
    /// The objective there. Infinite when no point had a number as objective.
    pub value: f64,
    /// Number of times the objective was evaluated.
    pub evaluations: usize,
    /// Swarm's best value after the first evaluation and after each iteration.
    pub history: Vec<f64>,
}

/// Why a search cannot start.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PsoError {
    /// No particle.
    #[error("a swarm needs at least one particle")]
    NoParticles,
    /// A parameter is NaN, infinite or negative.
    #[error("the swarm parameter {name} must be a finite number not below 0, not {value}")]
    BadParameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// Ends of the box have different lengths.
    #[error("the box has {lower} lower and {upper} upper ends")]
    BoxShape {
        /// Number of lower ends.
        lower: usize,
        /// Number of upper ends.
        upper: usize,
    },
    /// One coordinate's range is empty or not finite.
    #[error("coordinate {index} ranges from {lower} to {upper}")]
    BoxRange {
        /// Coordinate number.
        index: usize,
        /// Lower end.
        lower: f64,
        /// Upper end.
        upper: f64,
    },
    /// A start point has the wrong length.
    #[error("start point {index} has {found} coordinates instead of {expected}")]
    StartShape {
        /// Number of the start point.
        index: usize,
        /// Its coordinates.
        found: usize,
        /// Coordinates of the box.
        expected: usize,
    },
}

/// A repair that leaves points as they are: the box is the only constraint.
pub fn no_repair(_point: &mut [f64]) {}

struct Particle {
    position: Vec<f64>,
    speed: Vec<f64>,
    best: Vec<f64>,
    best_value: f64,
}

/// Minimise `objective` over the box `[lower, upper]`.
///
/// `starts` are points to begin from (the previous best, for a warm start); they take the first
/// particles, clipped to the box; the others start uniformly. `repair` projects a point of the box
/// onto further constraints, in place, before each evaluation; its result is not clipped again. An
/// objective of NaN counts as infinite.
///
/// # Errors
/// When the box, the parameters or a start point are malformed.
///
/// ```
/// use optim::pso;
/// let mut state = 1_u64;
/// let uniform = || {
///     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
///     (state >> 11) as f64 / (1_u64 << 53) as f64
/// };
/// let sphere = |x: &[f64]| x.iter().map(|v| (v - 0.3).powi(2)).sum();
/// let best = pso::minimise(&pso::Params::default(), &[-1.0; 4], &[1.0; 4], &[], pso::no_repair, sphere, uniform)?;
/// assert!(best.value < 1e-9);
/// assert_eq!(best.evaluations, 30 * 101);
/// # Ok::<(), pso::PsoError>(())
/// ```
pub fn minimise(
    params: &Params,
    lower: &[f64],
    upper: &[f64],
    starts: &[Vec<f64>],
    mut repair: impl FnMut(&mut [f64]),
    mut objective: impl FnMut(&[f64]) -> f64,
    mut uniform: impl FnMut() -> f64,
) -> Result<Best, PsoError> {
    check(params, lower, upper, starts)?;
    let mut evaluate = |point: &mut [f64]| {
        repair(point);
        let value = objective(point);
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut swarm: Vec<Particle> = (0..params.particles)
        .map(|k| {
            let mut position = match starts.get(k) {
                Some(start) => start.clone(),
                None => random_point(lower, upper, &mut uniform),
            };
            clip(&mut position, lower, upper);
            let best_value = evaluate(&mut position);
            Particle {
                speed: vec![0.0; position.len()],
                best: position.clone(),
                position,
                best_value,
            }
        })
        .collect();
    let mut leader = best_particle(&swarm);
    let mut point = swarm[leader].best.clone();
    let mut history = vec![swarm[leader].best_value];
    for _ in 0..params.iterations {
        for particle in &mut swarm {
            advance(params, particle, &point, lower, upper, &mut uniform);
            let value = evaluate(&mut particle.position);
            if value < particle.best_value {
                particle.best_value = value;
                particle.best.copy_from_slice(&particle.position);
            }
        }
        let candidate = best_particle(&swarm);
        if swarm[candidate].best_value <= swarm[leader].best_value {
            leader = candidate;
        }
        point.copy_from_slice(&swarm[leader].best);
        history.push(swarm[leader].best_value);
    }
    Ok(Best {
        point,
        value: swarm[leader].best_value,
        evaluations: params.particles * (params.iterations + 1),
        history,
    })
}

fn check(
    params: &Params,
    lower: &[f64],
    upper: &[f64],
    starts: &[Vec<f64>],
) -> Result<(), PsoError> {
    if params.particles == 0 {
        return Err(PsoError::NoParticles);
    }
    for (name, value) in [
        ("inertia", params.inertia),
        ("cognitive", params.cognitive),
        ("social", params.social),
        ("speed_limit", params.speed_limit),
    ] {
        if !value.is_finite() || value < 0.0 {
            return Err(PsoError::BadParameter { name, value });
        }
    }
    if lower.len() != upper.len() {
        return Err(PsoError::BoxShape { lower: lower.len(), upper: upper.len() });
    }
    for (index, (&lower, &upper)) in lower.iter().zip(upper).enumerate() {
        if !lower.is_finite() || !upper.is_finite() || lower > upper {
            return Err(PsoError::BoxRange { index, lower, upper });
        }
    }
    match starts.iter().position(|s| s.len() != lower.len()) {
        Some(index) => {
            Err(PsoError::StartShape { index, found: starts[index].len(), expected: lower.len() })
        }
        None => Ok(()),
    }
}

fn clip(point: &mut [f64], lower: &[f64], upper: &[f64]) {
    for ((x, &low), &high) in point.iter_mut().zip(lower).zip(upper) {
        // max before min turns a NaN coordinate into the lower end.
        *x = x.max(low).min(high);
    }
}

fn random_point(lower: &[f64], upper: &[f64], uniform: &mut impl FnMut() -> f64) -> Vec<f64> {
    let between = |(&low, &high): (&f64, &f64)| low + uniform() * (high - low);
    lower.iter().zip(upper).map(between).collect()
}

fn best_particle(swarm: &[Particle]) -> usize {
    let mut best = 0;
    for (k, particle) in swarm.iter().enumerate().skip(1) {
        if particle.best_value < swarm[best].best_value {
            best = k;
        }
    }
    best
}

fn advance(
    params: &Params,
    particle: &mut Particle,
    leader: &[f64],
    lower: &[f64],
    upper: &[f64],
    uniform: &mut impl FnMut() -> f64,
) {
    for d in 0..lower.len() {
        let x = particle.position[d];
        let limit = params.speed_limit * (upper[d] - lower[d]);
        let speed = params.inertia * particle.speed[d]
            + params.cognitive * uniform() * (particle.best[d] - x)
            + params.social * uniform() * (leader[d] - x);
        let speed = speed.clamp(-limit, limit);
        let moved = x + speed;
        particle.position[d] = moved.clamp(lower[d], upper[d]);
        particle.speed[d] = if particle.position[d] == moved { speed } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::uniforms;

    fn rastrigin(x: &[f64]) -> f64 {
        let term = |v: &f64| v * v - 10.0 * (std::f64::consts::TAU * v).cos() + 10.0;
        x.iter().map(term).sum()
    }

    fn run(params: Params, starts: &[Vec<f64>], seed: u64) -> Best {
        let (low, high) = ([-5.12; 5], [5.12; 5]);
        minimise(&params, &low, &high, starts, no_repair, rastrigin, uniforms(seed)).unwrap()
    }

    #[test]
    fn finds_the_basin_of_rastrigin_in_five_dimensions() {
        let params = Params { particles: 60, iterations: 300, ..Params::default() };
        let mut values: Vec<f64> = (0..9).map(|seed| run(params, &[], seed).value).collect();
        values.sort_by(f64::total_cmp);
        // The median run ends in one of the lowest basins: each wrong coordinate costs about 1.
        assert!(values[4] < 3.0, "{values:?}");
    }

    #[test]
    fn equal_uniforms_give_equal_bits() {
        assert_eq!(run(Params::default(), &[], 7), run(Params::default(), &[], 7));
        assert_ne!(run(Params::default(), &[], 7), run(Params::default(), &[], 8));
    }

    #[test]
    fn a_warm_start_is_never_lost_and_the_history_never_rises() {
        let params = Params { particles: 5, iterations: 3, ..Params::default() };
        let best = run(params, &[vec![0.01; 5]], 3);
        assert!(best.value <= rastrigin(&[0.01; 5]));
        assert_eq!(best.history.len(), 4);
        assert!(best.history.windows(2).all(|w| w[1] <= w[0]));
    }

    #[test]
    fn repair_keeps_every_evaluated_point_on_the_simplex() {
        let repair = |x: &mut [f64]| {
            let sum: f64 = x.iter().sum();
            for v in x {
                *v /= sum;
            }
        };
        let objective = |x: &[f64]| {
            assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            x.iter().zip([1.0, 2.0, 4.0]).map(|(v, w)| w * v * v).sum()
        };
        let best = minimise(
            &Params::default(),
            &[0.01; 3],
            &[1.0; 3],
            &[],
            repair,
            objective,
            uniforms(5),
        )
        .unwrap();
        // Lagrange: x proportional to 1/w = (4, 2, 1)/7, value 4/7.
        assert!((best.value - 4.0 / 7.0).abs() < 1e-6, "{best:?}");
    }

    #[test]
    fn malformed_searches_are_refused() {
        let go = |params: Params, low: &[f64], high: &[f64], starts: &[Vec<f64>]| {
            minimise(&params, low, high, starts, no_repair, |_| 0.0, || 0.5).unwrap_err()
        };
        let fine = Params::default();
        let none = Params { particles: 0, ..fine };
        let bad = Params { inertia: f64::NAN, ..fine };
        assert_eq!(go(none, &[0.0], &[1.0], &[]), PsoError::NoParticles);
        assert!(matches!(
            go(bad, &[0.0], &[1.0], &[]),
            PsoError::BadParameter { name: "inertia", .. }
        ));
        assert!(matches!(go(fine, &[0.0], &[], &[]), PsoError::BoxShape { .. }));
        assert!(matches!(go(fine, &[2.0], &[1.0], &[]), PsoError::BoxRange { index: 0, .. }));
        assert!(matches!(go(fine, &[0.0], &[1.0], &[vec![]]), PsoError::StartShape { .. }));
    }

    #[test]
    fn a_nan_objective_counts_as_infinite() {
        let half = |x: &[f64]| if x[0] < 0.5 { f64::NAN } else { x[0] };
        let best = minimise(&Params::default(), &[0.0], &[1.0], &[], no_repair, half, uniforms(2))
            .unwrap();
        assert!((best.value - 0.5).abs() < 1e-3);
    }
}
