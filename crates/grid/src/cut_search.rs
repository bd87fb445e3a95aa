//! Multi-start local search over cut sets, for feeders with too many partitions to compare them
//! all. Deterministic.

use crate::cut_sets::Cuts;
use crate::zoning::{ZoneFigures, Zoning};

/// Starts of each kind at most.
const STARTS: usize = 24;
/// No start has zones of more buses than so many times the most that a zone should have: a step
/// looks at all buses of the zones that it touches, so that a search from one zone for everything
/// takes the square of the number of buses.
const OVERSIZE: usize = 8;

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
    for mut start in starts {
        bound(parent, &mut start, most.saturating_mul(OVERSIZE));
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

/// Cuts further, from the leaves inwards, where more than `size` vertices would be joined.
fn bound(parent: &[Option<usize>], cuts: &mut Cuts, size: usize) {
    let mut gathered = vec![1; parent.len()];
    for v in (0..parent.len()).rev() {
        let Some(above) = parent[v].filter(|_| !cuts[v]) else { continue };
        if gathered[above] + gathered[v] > size {
            cuts[v] = true;
        } else {
            gathered[above] += gathered[v];
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut_sets::parts;
    use std::cell::Cell;

    /// A main line with a short branch at every third vertex.
    fn comb(vertices: usize) -> Vec<Option<usize>> {
        (0..vertices)
            .map(|v| match v % 3 {
                _ if v == 0 => None,
                0 => Some(v - 3),
                _ => Some(v - 1),
            })
            .collect()
    }

    #[test]
    fn a_start_has_no_zone_beyond_the_bound() {
        // A star beside a row: the hub keeps as many as are allowed, the others stand alone.
        let star: Vec<Option<usize>> =
            (0..50).map(|v| if v == 0 { None } else { Some(0) }).collect();
        for parent in [comb(200), star] {
            let mut cuts = roots(&parent);
            bound(&parent, &mut cuts, 12);
            let part = parts(&parent, &cuts);
            let size = |p: usize| part.iter().filter(|q| **q == p).count();
            assert_eq!((0..=*part.iter().max().unwrap()).map(size).max(), Some(12));
        }
    }

    /// Vertices that a search looks at, all starts together, per vertex of the forest.
    fn looked_at(vertices: usize) -> usize {
        let parent = comb(vertices);
        let weight: Vec<f64> = (0..vertices).map(|v| ((v * 37) % 101) as f64 / 101.0).collect();
        let seen = Cell::new(0);
        let of_zone = |members: &[usize], cuts: &Cuts| {
            seen.set(seen.get() + members.len());
            let inside = members.iter().map(|&v| if cuts[v] { 0.0 } else { weight[v] }).sum();
            ZoneFigures { size: members.len(), inside, ..ZoneFigures::default() }
        };
        let cost = |zones: &[ZoneFigures]| -> f64 {
            let beyond =
                |z: &ZoneFigures| 4_usize.saturating_sub(z.size) + z.size.saturating_sub(10);
            zones.iter().map(|z| beyond(z) as f64 - 0.01 * z.inside).sum()
        };
        search(&parent, &weight, 4, 10, &of_zone, &cost);
        seen.get() / vertices
    }

    #[test]
    fn work_for_each_bus_does_not_grow_with_the_feeder() {
        let (few, many) = (looked_at(300), looked_at(1_200));
        assert!(many < 2 * few, "{few} at 300 buses, {many} at 1,200");
    }
}
