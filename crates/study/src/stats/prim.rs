//! Where in the factors' space something happens: boxes by the patient rule induction method
//! (Friedman and Fisher 1999; Bryant and Lempert 2010, Technol. Forecast. Soc. 77, 34-49).

/// A box in the factors' space.
#[derive(Clone, Debug, PartialEq)]
pub struct PrimBox {
    /// Lower and upper bound of each factor that is bounded, in its unit; none where the factor is
    /// free.
    pub bounds: Vec<Option<[f64; 2]>>,
    /// Share of all cases of interest that lie inside.
    pub coverage: f64,
    /// Share of the points inside that are of interest.
    pub density: f64,
    /// Points inside.
    pub inside: usize,
}

/// How a box is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrimRule {
    /// Share of the points that one peeling takes away (0.05).
    pub peel: f64,
    /// Share of all points that a box holds at least (0.05).
    pub least: f64,
}

impl Default for PrimRule {
    fn default() -> Self {
        Self { peel: 0.05, least: 0.05 }
    }
}

/// The box that holds most of what is of interest and little else: among the boxes on the peeling
/// trajectory, pasted again, the one with the highest harmonic mean of coverage and density. Bounds
/// that hold for all points of interest are left out. None if no point or every point is of
/// interest.
///
/// ```
/// // A square in the corner: x > 0.6 and y > 0.5.
/// let points = study::design::latin_hypercube(3, 400, false, 2);
/// let hit: Vec<bool> = points.iter().map(|x| x[0] > 0.6 && x[1] > 0.5).collect();
/// let found = study::stats::prim(&points, &hit, Default::default()).unwrap();
/// assert!(found.coverage > 0.9 && found.density > 0.9);
/// assert!(found.bounds[2].is_none(), "the third factor has no part in it");
/// ```
pub fn prim(points: &[Vec<f64>], interest: &[bool], rule: PrimRule) -> Option<PrimBox> {
    let all = interest.iter().filter(|hit| **hit).count();
    if all == 0 || all == interest.len() {
        return None;
    }
    let search =
        Search { points, interest, all, least: (rule.least * points.len() as f64).max(1.0) };
    let mut current: Vec<usize> = (0..points.len()).collect();
    let mut best = search.summary(&current);
    while let Some(peeled) = search.peel(&current, rule.peel) {
        let summary = search.summary(&peeled);
        if summary.score() > best.score() {
            best = summary;
        }
        current = peeled;
    }
    Some(search.without_idle_bounds(best))
}

struct Search<'s> {
    points: &'s [Vec<f64>],
    interest: &'s [bool],
    all: usize,
    least: f64,
}

impl Search<'_> {
    fn hits(&self, inside: &[usize]) -> usize {
        inside.iter().filter(|&&i| self.interest[i]).count()
    }

    fn density(&self, inside: &[usize]) -> f64 {
        self.hits(inside) as f64 / inside.len() as f64
    }

    /// The peeling that leaves the densest rest; none if the rest would be too small or nothing can
    /// be peeled.
    fn peel(&self, inside: &[usize], share: f64) -> Option<Vec<usize>> {
        let factors = self.points.first().map_or(0, Vec::len);
        let cut = ((share * inside.len() as f64) as usize).max(1);
        let mut best: Option<(f64, Vec<usize>)> = None;
        for j in 0..factors {
            let mut order = inside.to_vec();
            order.sort_by(|&a, &b| self.points[a][j].total_cmp(&self.points[b][j]));
            let at = |k: usize| self.points[order[k]][j];
            let (low, high) = (at(cut), at(order.len() - 1 - cut));
            for rest in [
                // Equal values go together: a factor of two levels loses one of them.
                order
                    .iter()
                    .copied()
                    .filter(|&i| self.points[i][j] >= low.max(above(&order, self.points, j, low)))
                    .collect::<Vec<_>>(),
                order
                    .iter()
                    .copied()
                    .filter(|&i| self.points[i][j] <= high.min(below(&order, self.points, j, high)))
                    .collect(),
            ] {
                if rest.len() >= inside.len() || (rest.len() as f64) < self.least {
                    continue;
                }
                let gain = (self.density(&rest) - self.density(inside))
                    / (inside.len() - rest.len()) as f64;
                if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                    best = Some((gain, rest));
                }
            }
        }
        best.map(|(_, rest)| rest)
    }

    fn summary(&self, inside: &[usize]) -> PrimBox {
        let factors = self.points.first().map_or(0, Vec::len);
        let span = |among: &mut dyn Iterator<Item = usize>, j: usize| {
            among.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], i| {
                let x = self.points[i][j];
                [low.min(x), high.max(x)]
            })
        };
        let bounds = (0..factors)
            .map(|j| {
                let whole = span(&mut (0..self.points.len()), j);
                let own = span(&mut inside.iter().copied(), j);
                (own != whole).then_some(own)
            })
            .collect();
        self.described(bounds)
    }

    fn described(&self, bounds: Vec<Option<[f64; 2]>>) -> PrimBox {
        let inside: Vec<usize> = (0..self.points.len())
            .filter(|&i| {
                bounds
                    .iter()
                    .zip(&self.points[i])
                    .all(|(bound, x)| bound.is_none_or(|[low, high]| (low..=high).contains(x)))
            })
            .collect();
        PrimBox {
            bounds,
            coverage: self.hits(&inside) as f64 / self.all as f64,
            density: if inside.is_empty() { 0.0 } else { self.density(&inside) },
            inside: inside.len(),
        }
    }

    /// Leaves out bounds that add no density worth naming.
    fn without_idle_bounds(&self, found: PrimBox) -> PrimBox {
        let mut kept = found;
        loop {
            let trial = |j: usize| {
                let mut bounds = kept.bounds.clone();
                bounds[j] = None;
                self.described(bounds)
            };
            let freed = (0..kept.bounds.len())
                .filter(|&j| kept.bounds[j].is_some())
                .map(trial)
                .filter(|b| b.score() >= kept.score() - 0.02)
                .max_by(|a, b| a.score().total_cmp(&b.score()));
            match freed {
                Some(free) => kept = free,
                None => return kept,
            }
        }
    }
}

/// The next larger value than a bound if the bound is the least value; else the bound.
fn above(order: &[usize], points: &[Vec<f64>], j: usize, bound: f64) -> f64 {
    let least = points[order[0]][j];
    if bound > least {
        return bound;
    }
    order.iter().map(|&i| points[i][j]).find(|x| *x > least).unwrap_or(f64::INFINITY)
}

/// The next smaller value than a bound if the bound is the largest value; else the bound.
fn below(order: &[usize], points: &[Vec<f64>], j: usize, bound: f64) -> f64 {
    let most = points[order[order.len() - 1]][j];
    if bound < most {
        return bound;
    }
    order.iter().rev().map(|&i| points[i][j]).find(|x| *x < most).unwrap_or(f64::NEG_INFINITY)
}

impl PrimBox {
    /// Harmonic mean of coverage and density.
    fn score(&self) -> f64 {
        let sum = self.coverage + self.density;
        if sum > 0.0 { 2.0 * self.coverage * self.density / sum } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::latin_hypercube;

    #[test]
    fn a_box_is_found_with_its_bounds() {
        let points = latin_hypercube(4, 600, false, 5);
        let hit: Vec<bool> =
            points.iter().map(|x| (0.2..0.5).contains(&x[1]) && x[3] < 0.6).collect();
        let found = prim(&points, &hit, PrimRule::default()).expect("a box");
        assert!(found.coverage >= 0.9 && found.density >= 0.9, "{found:?}");
        let [low, high] = found.bounds[1].expect("bounded");
        assert!((low - 0.2).abs() < 0.05 && (high - 0.5).abs() < 0.05);
        assert!(found.bounds[0].is_none() && found.bounds[2].is_none());
    }

    #[test]
    fn a_factor_of_two_levels_is_peeled_as_a_whole() {
        let points: Vec<Vec<f64>> =
            (0..200).map(|k| vec![f64::from(k % 2), f64::from(k) / 200.0]).collect();
        let hit: Vec<bool> = points.iter().map(|x| x[0] == 1.0).collect();
        let found = prim(&points, &hit, PrimRule::default()).expect("a box");
        assert_eq!((found.coverage, found.density), (1.0, 1.0));
        assert_eq!(found.bounds, [Some([1.0, 1.0]), None]);
    }

    #[test]
    fn without_a_contrast_there_is_no_box() {
        let points = latin_hypercube(1, 10, false, 1);
        assert_eq!(prim(&points, &[false; 10], PrimRule::default()), None);
        assert_eq!(prim(&points, &[true; 10], PrimRule::default()), None);
    }
}
