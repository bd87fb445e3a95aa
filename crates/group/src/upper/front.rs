//! The front of an upper layer.

use crate::Schedule;
use optim::front::{Compromise, hypervolume, non_dominated};

/// A solution of the upper layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// f1 \[kW^2 h\] and f2 \[CNY\].
    pub objectives: [f64; 2],
    /// Set points of every EV.
    pub schedule: Schedule,
}

/// Solutions none of which is better than another in both objectives, by rising f1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    /// The solutions.
    pub solutions: Vec<Solution>,
}

impl Front {
    /// Keeps the solutions that no other one dominates.
    pub fn of(candidates: Vec<Solution>) -> Self {
        let points: Vec<[f64; 2]> = candidates.iter().map(|solution| solution.objectives).collect();
        let mut candidates: Vec<Option<Solution>> = candidates.into_iter().map(Some).collect();
        Self {
            solutions: non_dominated(&points)
                .into_iter()
                .filter_map(|place| candidates[place].take())
                .collect(),
        }
    }

    /// Objectives of the solutions, by rising f1.
    pub fn points(&self) -> Vec<[f64; 2]> {
        self.solutions.iter().map(|solution| solution.objectives).collect()
    }

    /// Number of the solution that a rule picks; `None` for an empty front.
    pub fn pick(&self, rule: Compromise) -> Option<usize> {
        rule.pick(&self.points())
    }

    /// Share of another front's hypervolume that this one reaches. The reference point lies a tenth
    /// of the other front's ranges beyond its worst values. 1 if the other front is a single point
    /// that this one reaches, 0 if it does not.
    ///
    /// ```
    /// use group::{Front, Schedule, Solution};
    /// let front = |points: &[[f64; 2]]| Front::of(points.iter().map(|&objectives| Solution { objectives, schedule: Schedule::default() }).collect());
    /// let exact = front(&[[0.0, 1.0], [0.5, 0.2], [1.0, 0.0]]);
    /// // Under (1.1, 1.1): 1.1 x 0.1 + 0.6 x 0.8 + 0.1 x 0.2 = 0.61 against 0.11 + 0.1 x 1.0 = 0.21.
    /// assert!((front(&[[0.0, 1.0], [1.0, 0.0]]).hypervolume_share(&exact) - 0.21 / 0.61).abs() < 1e-12);
    /// ```
    pub fn hypervolume_share(&self, exact: &Self) -> f64 {
        let points = exact.points();
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return 0.0;
        };
        let ideal = [first[0], last[1]];
        let range = [last[0] - first[0], first[1] - last[1]];
        if range[0] <= 0.0 || range[1] <= 0.0 {
            let reached = |p: &[f64; 2]| (0..2).all(|k| p[k] <= ideal[k] * (1.0 + 1e-6));
            return if self.points().iter().any(reached) { 1.0 } else { 0.0 };
        }
        let scale = |points: Vec<[f64; 2]>| -> Vec<[f64; 2]> {
            points
                .into_iter()
                .map(|p| [(p[0] - ideal[0]) / range[0], (p[1] - ideal[1]) / range[1]])
                .collect()
        };
        hypervolume(&scale(self.points()), [1.1, 1.1]) / hypervolume(&scale(points), [1.1, 1.1])
    }
}
