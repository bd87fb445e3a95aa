//! Fronts of two objectives, both minimised: filter, hypervolume, compromise.

use serde::{Deserialize, Serialize};

/// Whether `a` dominates `b`: nowhere larger and somewhere smaller.
///
/// ```
/// use optim::front::dominates;
/// assert!(dominates([1.0, 2.0], [1.0, 3.0]));
/// assert!(!dominates([1.0, 2.0], [1.0, 2.0]) && !dominates([0.0, 3.0], [1.0, 2.0]));
/// ```
pub fn dominates(a: [f64; 2], b: [f64; 2]) -> bool {
    a[0] <= b[0] && a[1] <= b[1] && (a[0] < b[0] || a[1] < b[1])
}

/// Numbers of the points that no other point dominates, by rising first objective. Of equal points
/// the first stays. Points with NaN are left out.
///
/// ```
/// use optim::front::non_dominated;
/// assert_eq!(non_dominated(&[[2.0, 1.0], [3.0, 3.0], [1.0, 2.0], [1.0, 2.0]]), vec![2, 0]);
/// ```
pub fn non_dominated(points: &[[f64; 2]]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..points.len()).filter(|&i| !points[i][0].is_nan() && !points[i][1].is_nan()).collect();
    order.sort_by(|&i, &j| {
        let [a, b] = [points[i], points[j]];
        a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])).then(i.cmp(&j))
    });
    let mut least = f64::INFINITY;
    order.retain(|&i| {
        let stays = points[i][1] < least;
        least = least.min(points[i][1]);
        stays
    });
    order
}

/// Area dominated by the points and bounded by the `reference` point (Zitzler and Thiele 1998).
///
/// ```
/// use optim::front::hypervolume;
/// // (1, 2) and (2, 1) under (3, 3): 2 x 1 + 1 x 1 = 3.
/// assert_eq!(hypervolume(&[[1.0, 2.0], [2.0, 1.0], [2.5, 2.5]], [3.0, 3.0]), 3.0);
/// ```
pub fn hypervolume(points: &[[f64; 2]], reference: [f64; 2]) -> f64 {
    let mut area = 0.0;
    let mut ceiling = reference[1];
    for i in non_dominated(points) {
        let [x, y] = points[i];
        if x < reference[0] && y < ceiling {
            area += (reference[0] - x) * (ceiling - y);
            ceiling = y;
        }
    }
    area
}

/// Rule that picks one point of a front.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Compromise {
    /// TOPSIS (Hwang and Yoon 1981) with a weight per objective: objectives divided by the length
    /// of their column, then the largest `distance to the worst / (distance to the best + distance
    /// to the worst)`.
    Topsis {
        /// Weight of each objective, not below 0.
        weights: [f64; 2],
    },
    /// The point nearest to the ideal one after scaling each objective to the front's range.
    NearestIdeal,
    /// The smallest value of one objective (0 or 1), ties by the other.
    Least {
        /// Which objective.
        objective: usize,
    },
}

impl Compromise {
    /// Number of the picked point; `None` for an empty list. Ties go to the first.
    ///
    /// ```
    /// use optim::front::Compromise;
    /// let front = [[0.0, 1.0], [0.2, 0.2], [1.0, 0.0]];
    /// assert_eq!(Compromise::Topsis { weights: [0.5, 0.5] }.pick(&front), Some(1));
    /// assert_eq!(Compromise::Least { objective: 0 }.pick(&front), Some(0));
    /// ```
    pub fn pick(self, points: &[[f64; 2]]) -> Option<usize> {
        let score: Box<dyn Fn([f64; 2]) -> [f64; 2]> = match self {
            Self::Topsis { weights } => topsis_score(points, weights),
            Self::NearestIdeal => nearest_score(points),
            Self::Least { objective } => {
                let first = objective.min(1);
                Box::new(move |p| [p[first], p[1 - first]])
            }
        };
        let mut best: Option<(usize, [f64; 2])> = None;
        for (i, &point) in points.iter().enumerate() {
            let this = score(point);
            if best.is_none_or(|(_, other)| {
                this[0] < other[0] || (this[0] == other[0] && this[1] < other[1])
            }) {
                best = Some((i, this));
            }
        }
        best.map(|(i, _)| i)
    }
}

/// Negative TOPSIS closeness: smaller is better.
fn topsis_score(points: &[[f64; 2]], weights: [f64; 2]) -> Box<dyn Fn([f64; 2]) -> [f64; 2]> {
    let scale = [0, 1].map(|k| {
        let length = points.iter().map(|p| p[k] * p[k]).sum::<f64>().sqrt();
        if length > 0.0 { weights[k] / length } else { 0.0 }
    });
    let (ideal, worst) = ends(points);
    Box::new(move |p| {
        let distance =
            |from: [f64; 2]| (scale[0] * (p[0] - from[0])).hypot(scale[1] * (p[1] - from[1]));
        let (to_ideal, to_worst) = (distance(ideal), distance(worst));
        let sum = to_ideal + to_worst;
        [if sum > 0.0 { -to_worst / sum } else { 0.0 }, 0.0]
    })
}

fn nearest_score(points: &[[f64; 2]]) -> Box<dyn Fn([f64; 2]) -> [f64; 2]> {
    let (ideal, worst) = ends(points);
    let range = [0, 1].map(|k| if worst[k] > ideal[k] { worst[k] - ideal[k] } else { 1.0 });
    Box::new(move |p| [((p[0] - ideal[0]) / range[0]).hypot((p[1] - ideal[1]) / range[1]), 0.0])
}

/// Smallest and largest value of each objective.
fn ends(points: &[[f64; 2]]) -> ([f64; 2], [f64; 2]) {
    let fold = |k: usize, from: f64, pick: fn(f64, f64) -> f64| {
        points.iter().map(|p| p[k]).fold(from, pick)
    };
    (
        [0, 1].map(|k| fold(k, f64::INFINITY, f64::min)),
        [0, 1].map(|k| fold(k, f64::NEG_INFINITY, f64::max)),
    )
}

/// Evenly spaced weights for a weighted-sum front of convex objectives: `steps + 1` pairs `(theta,
/// 1 - theta)` with theta from 0 to 1. Solving `min theta f1 / s1 + (1 - theta) f2 / s2` for each
/// gives points of the exact front.
///
/// ```
/// assert_eq!(optim::front::sum_weights(2), vec![[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]);
/// ```
pub fn sum_weights(steps: usize) -> Vec<[f64; 2]> {
    let share = |k: usize| k as f64 / steps.max(1) as f64;
    (0..=steps.max(1)).map(|k| [share(k), 1.0 - share(k)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::uniforms;
    use proptest::prelude::*;

    #[test]
    fn hypervolume_of_a_staircase_ignores_points_beyond_the_reference() {
        // Under (4, 4): (1, 3) adds 3 x 1, (2, 2) adds 2 x 1, (3, 1) adds 1 x 1.
        let stairs = [[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [0.5, 5.0], [5.0, 0.5]];
        assert_eq!(hypervolume(&stairs, [4.0, 4.0]), 6.0);
        assert_eq!(hypervolume(&[], [1.0, 1.0]), 0.0);
    }

    #[test]
    fn topsis_matches_a_hand_calculation() {
        // Columns (3, 4) and (4, 3) have length 5: scaled (0.3, 0.4), (0.4, 0.3): symmetric, so
        // weights decide.
        let points = [[3.0, 4.0], [4.0, 3.0]];
        assert_eq!(Compromise::Topsis { weights: [0.9, 0.1] }.pick(&points), Some(0));
        assert_eq!(Compromise::Topsis { weights: [0.1, 0.9] }.pick(&points), Some(1));
        assert_eq!(Compromise::Topsis { weights: [0.5, 0.5] }.pick(&[]), None);
        assert_eq!(Compromise::NearestIdeal.pick(&[[0.0, 10.0], [1.0, 1.0], [9.0, 0.0]]), Some(1));
    }

    proptest! {
        #[test]
        fn filter_agrees_with_the_definition(seed in 0_u64..1000, n in 0_usize..40) {
            let mut uniform = uniforms(seed);
            // Coarse values, so that ties happen.
            let points: Vec<[f64; 2]> = (0..n).map(|_| [(uniform() * 8.0).floor(), (uniform() * 8.0).floor()]).collect();
            let mut found = non_dominated(&points);
            found.sort_unstable();
            let undominated = |i: &usize| {
                let p = points[*i];
                !points.iter().any(|&q| dominates(q, p)) && !points[..*i].contains(&p)
            };
            let expected: Vec<usize> = (0..n).filter(undominated).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
