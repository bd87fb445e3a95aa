//! Trajectories of Morris's screening (Morris 1991): one factor moves at a time on a grid of p
//! levels, by p / (2 (p - 1)).

use super::{DRAWS, Purpose, shuffled};
use clock::{Group, Seeds};

/// `trajectories` x (`factors` + 1) points of the unit cube, trajectory by trajectory. `levels` is
/// even and at least 2.
///
/// ```
/// let points = study::design::morris_trajectories(3, 2, 4, 1);
/// assert_eq!(points.len(), 8);
/// // Every step moves one factor by 4 / (2 x 3) = 2/3.
/// let moved: f64 = points[0].iter().zip(&points[1]).map(|(a, b)| (a - b).abs()).sum();
/// assert!((moved - 2.0 / 3.0).abs() < 1e-12);
/// ```
pub fn morris_trajectories(
    factors: usize,
    trajectories: usize,
    levels: usize,
    seed: u64,
) -> Vec<Vec<f64>> {
    let mut points = Vec::with_capacity(trajectories * (factors + 1));
    for k in 0..trajectories {
        let mut draws =
            Seeds::new(seed).draws(Group::Optimiser, DRAWS, Purpose::Morris as u16, 0, k as u64);
        let mut uniform = || draws.uniform();
        trajectory(factors, levels, &mut uniform, &mut points);
    }
    points
}

fn trajectory(
    factors: usize,
    levels: usize,
    uniform: &mut impl FnMut() -> f64,
    points: &mut Vec<Vec<f64>>,
) {
    let half = levels / 2;
    let at = |level: usize| level as f64 / (levels - 1) as f64;
    // Every factor moves between a level of the lower half and the one half a grid above it, up or
    // down.
    let start: Vec<(usize, bool)> = (0..factors)
        .map(|_| (((uniform() * half as f64) as usize).min(half - 1), uniform() < 0.5))
        .collect();
    let mut point: Vec<f64> = start
        .iter()
        .map(|&(level, rising)| at(if rising { level } else { level + half }))
        .collect();
    points.push(point.clone());
    for j in shuffled(factors, uniform) {
        let (level, rising) = start[j];
        point[j] = at(if rising { level + half } else { level });
        points.push(point.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_factor_moves_once_per_trajectory_by_the_step_on_the_grid(factors in 1usize..8, half in 1usize..5, seed: u64) {
            let levels = 2 * half;
            let step = levels as f64 / (2.0 * (levels - 1) as f64);
            let points = morris_trajectories(factors, 4, levels, seed);
            for trajectory in points.chunks_exact(factors + 1) {
                let mut moves = vec![0; factors];
                for pair in trajectory.windows(2) {
                    let moved: Vec<usize> = (0..factors).filter(|&j| pair[0][j] != pair[1][j]).collect();
                    prop_assert_eq!(moved.len(), 1);
                    moves[moved[0]] += 1;
                    prop_assert!(((pair[0][moved[0]] - pair[1][moved[0]]).abs() - step).abs() < 1e-12);
                }
                prop_assert!(moves.iter().all(|m| *m == 1));
                prop_assert!(trajectory.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
            }
        }
    }
}
