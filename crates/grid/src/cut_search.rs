//! Multi-start local search over cut sets, for feeders with too many partitions to compare them
//! all. Deterministic.

use crate::cut_sets::Cuts;

/// The best cut set that local search finds, and from how many starts.
///
/// Starts: chopping off subtrees of every permitted size from the leaves inwards, and cutting the
/// 1, 2, 3, ... weakest edges. Moves: cut or join one edge, or shift a cut to an edge that shares a
/// vertex. The best move is made while it helps.
pub(crate) fn search(
    parent: &[Option<usize>],
    weight: &[f64],
    fewest: usize,
    most: usize,
    cost: impl Fn(&Cuts) -> f64,
) -> (Cuts, usize) {
    let mut starts: Vec<Cuts> = (fewest..=most).map(|size| chopped(parent, size)).collect();
    starts.extend(weakest_cut(parent, weight, parent.len() / fewest.max(1)));
    let count = starts.len();
    let mut best: Option<(f64, Cuts)> = None;
    for start in starts {
        let (found, cuts) = descend(parent, start, &cost);
        if best.as_ref().is_none_or(|(so_far, _)| found < *so_far) {
            best = Some((found, cuts));
        }
    }
    (best.map(|(_, cuts)| cuts).unwrap_or_default(), count)
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

/// Cuts the k weakest edges, for k = 1 to `most`.
fn weakest_cut(parent: &[Option<usize>], weight: &[f64], most: usize) -> Vec<Cuts> {
    let mut edges: Vec<usize> = (0..parent.len()).filter(|&v| parent[v].is_some()).collect();
    edges.sort_by(|&a, &b| weight[a].total_cmp(&weight[b]).then(a.cmp(&b)));
    let mut cuts = roots(parent);
    let mut starts = Vec::new();
    for &edge in edges.iter().take(most) {
        cuts[edge] = true;
        starts.push(cuts.clone());
    }
    starts
}

fn descend(parent: &[Option<usize>], mut cuts: Cuts, cost: impl Fn(&Cuts) -> f64) -> (f64, Cuts) {
    let mut now = cost(&cuts);
    loop {
        let mut best: Option<(f64, Vec<usize>)> = None;
        for flip in moves(parent, &cuts) {
            toggle(&mut cuts, &flip);
            let then = cost(&cuts);
            toggle(&mut cuts, &flip);
            if then < best.as_ref().map_or(now, |(so_far, _)| *so_far) {
                best = Some((then, flip));
            }
        }
        match best {
            Some((then, flip)) => {
                toggle(&mut cuts, &flip);
                now = then;
            }
            None => return (now, cuts),
        }
    }
}

fn toggle(cuts: &mut Cuts, flip: &[usize]) {
    for &edge in flip {
        cuts[edge] = !cuts[edge];
    }
}

/// Every single flip, and every pair of a cut and an uncut edge that share a vertex.
fn moves(parent: &[Option<usize>], cuts: &Cuts) -> Vec<Vec<usize>> {
    let edges: Vec<usize> = (0..parent.len()).filter(|&v| parent[v].is_some()).collect();
    let mut all: Vec<Vec<usize>> = edges.iter().map(|&e| vec![e]).collect();
    for &cut in edges.iter().filter(|&&e| cuts[e]) {
        let touches = |&&e: &&usize| {
            !cuts[e]
                && (parent[e] == Some(cut) || parent[cut] == Some(e) || parent[e] == parent[cut])
        };
        all.extend(edges.iter().filter(touches).map(|&e| vec![cut, e]));
    }
    all
}
