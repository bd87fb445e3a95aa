//! Ways to cut a rooted forest into connected parts, by the set of cut edges.
//!
//! A part is a set of vertices joined by uncut edges. An edge is named by its lower vertex.
//! Vertices are numbered so that every one comes after its parent; roots have no parent.

/// Which edges are cut; `cut[v]` belongs to the edge from v to its parent and is always set at
/// roots.
pub(crate) type Cuts = Vec<bool>;

/// How many ways there are to cut the forest into parts of `min` to `max` vertices; saturates.
pub(crate) fn count(parent: &[Option<usize>], min: usize, max: usize) -> u64 {
    // open[v][s]: ways to cut below v such that the part of v has s vertices so far and all others
    // are complete.
    let mut open: Vec<Vec<u64>> = vec![unit(max); parent.len()];
    let mut total: u64 = 1;
    for v in (0..parent.len()).rev() {
        let complete = open[v].iter().skip(min).fold(0_u64, |a, &b| a.saturating_add(b));
        match parent[v] {
            None => total = total.saturating_mul(complete),
            Some(above) => open[above] = merged(&open[above], &open[v], complete),
        }
    }
    total
}

fn unit(max: usize) -> Vec<u64> {
    let mut ways = vec![0; max + 1];
    if max >= 1 {
        ways[1] = 1;
    }
    ways
}

fn merged(above: &[u64], below: &[u64], complete: u64) -> Vec<u64> {
    let mut ways: Vec<u64> = above.iter().map(|&a| a.saturating_mul(complete)).collect();
    for (a, &left) in above.iter().enumerate() {
        for (b, &right) in below.iter().enumerate().take(above.len() - a) {
            ways[a + b] = ways[a + b].saturating_add(left.saturating_mul(right));
        }
    }
    ways
}

/// All ways to cut the forest into parts of `min` to `max` vertices, in a fixed order. Count them
/// first.
pub(crate) fn enumerate(parent: &[Option<usize>], min: usize, max: usize) -> Vec<Cuts> {
    // For every vertex: the ways to cut its subtree, each with the size of its own, still open
    // part.
    let mut open: Vec<Vec<(usize, Vec<usize>)>> = vec![vec![(1, Vec::new())]; parent.len()];
    let mut whole: Vec<Vec<usize>> = vec![Vec::new()];
    for v in (0..parent.len()).rev() {
        let below = std::mem::take(&mut open[v]);
        match parent[v] {
            None => {
                let fits: Vec<_> =
                    below.into_iter().filter(|(size, _)| (min..=max).contains(size)).collect();
                whole = whole
                    .iter()
                    .flat_map(|a| fits.iter().map(move |(_, b)| joined(a, b, &[v])))
                    .collect();
            }
            Some(above) => {
                let mut ways = Vec::new();
                for (size, cuts) in &open[above] {
                    for (size_below, cuts_below) in &below {
                        if size + size_below <= max {
                            ways.push((size + size_below, joined(cuts, cuts_below, &[])));
                        }
                        if (min..=max).contains(size_below) {
                            ways.push((*size, joined(cuts, cuts_below, &[v])));
                        }
                    }
                }
                open[above] = ways;
            }
        }
    }
    whole.iter().map(|cuts| (0..parent.len()).map(|v| cuts.contains(&v)).collect()).collect()
}

fn joined(a: &[usize], b: &[usize], c: &[usize]) -> Vec<usize> {
    [a, b, c].concat()
}

/// The part of every vertex, numbered from 0 by its first vertex.
pub(crate) fn parts(parent: &[Option<usize>], cuts: &Cuts) -> Vec<usize> {
    let mut part = vec![0; parent.len()];
    let mut next = 0;
    for v in 0..parent.len() {
        if let Some(above) = parent[v].filter(|_| !cuts[v]) {
            part[v] = part[above];
        } else {
            part[v] = next;
            next += 1;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 - 1 - 2 - 3 - 4 - 5 in a row.
    fn row() -> Vec<Option<usize>> {
        (0..6).map(|v: usize| v.checked_sub(1)).collect()
    }

    #[test]
    fn counts_are_those_of_the_enumeration() {
        // Six in a row into parts of 2 or more: 6, 2+4, 4+2, 3+3, 2+2+2 = 5 ways; of 2 or 3: 3+3,
        // 2+2+2 = 2 ways.
        let forest = vec![None, Some(0), Some(0), None, Some(3), Some(3), Some(5), Some(5)];
        for (parent, min, max, ways) in
            [(row(), 2, 6, 5), (row(), 2, 3, 2), (row(), 4, 5, 0), (forest, 1, 8, 4 * 16)]
        {
            assert_eq!(count(&parent, min, max), ways);
            assert_eq!(enumerate(&parent, min, max).len() as u64, ways);
        }
    }

    #[test]
    fn parts_are_numbered_by_their_first_vertex() {
        let cuts = vec![true, false, true, false, false, true];
        assert_eq!(parts(&row(), &cuts), [0, 0, 1, 1, 1, 2]);
    }
}
