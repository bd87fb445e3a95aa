//! Multi-start local search over cut sets, for feeders with too many partitions to compare them
//! all. Deterministic.

use crate::cut_sets::Cuts;
use crate::zoning::{ZoneFigures, Zoning};

/// Starts of each kind at most.
const STARTS: usize = 24;

/// The best cut set that local search finds, and from how many starts.
///
/// Starts: chopping off subtrees of permitted sizes from the leaves inwards, and cutting the 1, 2,
/// 3, ... weakest edges; of many, some that are evenly spaced. Moves: see [`Zoning::descend`].
pub(crate) fn search(
    parent: &[Option<usize>],
    weight: &[f64],
    fewest: usize,
    most: usize,
    of_zone: &impl Fn(&[usize], &Cuts) -> ZoneFigures,
    cost: &impl Fn(&[ZoneFigures]) -> f64,
) -> (Cuts, usize) {
    let sizes = (fewest..=most.min(parent.len())).collect::<Vec<usize>>();
    let mut starts: Vec<Cuts> =
        spaced(&sizes).into_iter().map(|size| chopped(parent, size)).collect();
    let cuts = (1..=parent.len() / fewest.max(1)).collect::<Vec<usize>>();
    starts.extend(spaced(&cuts).into_iter().map(|most| weakest_cut(parent, weight, most)));
    let count = starts.len();
    let mut best: Option<(f64, Cuts)> = None;
    for start in starts {
        let mut zoning = Zoning::new(parent, start, of_zone);
        let found = zoning.descend(cost);
        if best.as_ref().is_none_or(|(so_far, _)| found < *so_far) {
            best = Some((found, zoning.into_cuts()));
        }
    }
    // A feeder with fewer buses than a zone should have is one zone for each branch of the substation.
    (best.map_or_else(|| roots(parent), |(_, cuts)| cuts), count)
}

/// At most [`STARTS`] of them, evenly spaced.
fn spaced(all: &[usize]) -> Vec<usize> {
    let step = all.len().div_ceil(STARTS).max(1);
    all.iter().copied().step_by(step).collect()
}

fn roots(parent: &[Option<usize>]) -> Cuts {
    parent.iter().map(Option::is_none).collect()
}

/// Cuts as soon as `size` vertices have gathered, from the leaves inwards.
fn chopped(parent: &[Option<usize>], size: usize) -> Cuts {
    let mut cuts = roots(parent);
    let mut gathered = vec![1; parent.len()];
    for v in (0..parent.len()).rev() {
        if let Some(above) = parent[v] {
            if gathered[v] >= size {
                cuts[v] = true;
            } else {
                gathered[above] += gathered[v];
            }
        }
    }
    cuts
}

/// Cuts the `most` weakest edges.
fn weakest_cut(parent: &[Option<usize>], weight: &[f64], most: usize) -> Cuts {
    let mut edges: Vec<usize> = (0..parent.len()).filter(|&v| parent[v].is_some()).collect();
    edges.sort_by(|&a, &b| weight[a].total_cmp(&weight[b]).then(a.cmp(&b)));
    let mut cuts = roots(parent);
    for &edge in edges.iter().take(most) {
        cuts[edge] = true;
    }
    cuts
}
