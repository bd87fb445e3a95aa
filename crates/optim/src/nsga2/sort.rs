//! Non-dominated sorting and crowding for two objectives.

/// Front of each point: 0 for the points that none dominates, 1 for those that only front 0
/// dominates, and so on.
///
/// The points are taken by rising first, then second objective. A front dominates the next point
/// exactly if the last point put into it does, because that one has the front's smallest second
/// objective; and the fronts that dominate a point are the first ones. So a binary search finds
/// each point's front: `O(n log n)` (Jensen 2003). NaN sorts last.
///
/// ```
/// use optim::nsga2::front_ranks;
/// assert_eq!(front_ranks(&[[1.0, 3.0], [2.0, 2.0], [2.0, 4.0], [3.0, 5.0], [1.0, 3.0]]), vec![0, 0, 1, 2, 0]);
/// ```
pub fn front_ranks(points: &[[f64; 2]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&i, &j| {
        let [a, b] = [points[i], points[j]];
        a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])).then(i.cmp(&j))
    });
    let mut ranks = vec![0; points.len()];
    let mut last_of_front: Vec<[f64; 2]> = Vec::new();
    for i in order {
        let point = points[i];
        // total_cmp keeps the order total when an objective is NaN.
        let dominated = |last: &[f64; 2]| last[1].total_cmp(&point[1]).is_le() && *last != point;
        let rank = last_of_front.partition_point(dominated);
        match last_of_front.get_mut(rank) {
            Some(last) => *last = point,
            None => last_of_front.push(point),
        }
        ranks[i] = rank;
    }
    ranks
}

/// Crowding distance of each of the `members` (numbers of points of one front): the sum over the
/// objectives of the gap between the two neighbours divided by the front's range; infinite at the
/// ends.
///
/// ```
/// use optim::nsga2::crowding_distances;
/// // The middle point's neighbours span the whole range in both objectives.
/// let points = [[0.0, 4.0], [1.0, 1.0], [4.0, 0.0]];
/// assert_eq!(crowding_distances(&points, &[0, 1, 2]), vec![f64::INFINITY, 2.0, f64::INFINITY]);
/// ```
pub fn crowding_distances(points: &[[f64; 2]], members: &[usize]) -> Vec<f64> {
    let mut distances = vec![0.0; members.len()];
    let mut order: Vec<usize> = (0..members.len()).collect();
    let coordinates: [fn([f64; 2]) -> f64; 2] = [|p| p[0], |p| p[1]];
    for coordinate in coordinates {
        let value = |k: usize| coordinate(points[members[k]]);
        order.sort_by(|&a, &b| value(a).total_cmp(&value(b)).then(a.cmp(&b)));
        let (Some(&first), Some(&last)) = (order.first(), order.last()) else {
            return distances;
        };
        let range = value(last) - value(first);
        distances[first] = f64::INFINITY;
        distances[last] = f64::INFINITY;
        if range > 0.0 {
            for w in order.windows(3) {
                distances[w[1]] += (value(w[2]) - value(w[0])) / range;
            }
        }
    }
    distances
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::dominates;
    use crate::uniforms::uniforms;
    use proptest::prelude::*;

    /// Peel off fronts by the definition.
    fn ranks_by_definition(points: &[[f64; 2]]) -> Vec<usize> {
        let mut ranks = vec![usize::MAX; points.len()];
        for rank in 0..points.len() {
            let left: Vec<usize> = (0..points.len()).filter(|&i| ranks[i] >= rank).collect();
            for &i in &left {
                if !left.iter().any(|&j| dominates(points[j], points[i])) {
                    ranks[i] = rank;
                }
            }
            for &i in &left {
                if ranks[i] != rank {
                    ranks[i] = usize::MAX;
                }
            }
        }
        ranks
    }

    proptest! {
        #[test]
        fn ranks_agree_with_the_definition(seed in 0_u64..10_000, n in 1_usize..40) {
            let mut uniform = uniforms(seed);
            let points: Vec<[f64; 2]> = (0..n).map(|_| [(uniform() * 6.0).floor(), (uniform() * 6.0).floor()]).collect();
            prop_assert_eq!(front_ranks(&points), ranks_by_definition(&points));
        }
    }
}
