//! Levers crossed with futures: every policy in each of so many states of the world.

use super::factorial::factorial;
use super::{Copula, DRAWS, Purpose};
use crate::{Factor, Role, Setting};
use clock::{Group, Seeds};

/// The points, future by future: independent random values of the uncertainties, every combination
/// of the levers' values in each.
pub(crate) fn cross(
    factors: &[Factor],
    futures: usize,
    seed: u64,
    copula: &Copula,
) -> Vec<Vec<Setting>> {
    let lists: Vec<Vec<Setting>> = factors
        .iter()
        .map(|f| if f.role == Role::Lever { f.list() } else { vec![Setting::Flag(false)] })
        .collect();
    let policies = factorial(&lists.iter().map(Vec::len).collect::<Vec<_>>());
    let mut points = Vec::with_capacity(futures * policies.len());
    for future in 0..futures {
        let mut unit = future_at(factors.len(), future, seed);
        copula.apply(&mut unit);
        points.extend(policies.iter().map(|policy| {
            factors
                .iter()
                .enumerate()
                .map(|(k, f)| match f.role {
                    Role::Lever => lists[k][policy[k]].clone(),
                    Role::Uncertainty => f.at(unit[k]),
                })
                .collect()
        }));
    }
    points
}

/// A future's place in the unit cube; a factor has draws of its own.
fn future_at(factors: usize, future: usize, seed: u64) -> Vec<f64> {
    let of = |k: usize| {
        Seeds::new(seed)
            .draws(Group::Optimiser, DRAWS, Purpose::Futures as u16, k as u64, future as u64)
            .uniform()
    };
    (0..factors).map(of).collect()
}
