//! A published feature, and whether our figures show it.
//!
//! A mark follows from the interval of a figure over seeds: a feature is *reached* if the whole
//! interval shows it, *not reached* if none of it does, and *open* in between; one seed has no
//! interval and leaves every feature open that scatters.

use crate::{OverSeeds, figure};
use serde::Serialize;

/// Whether our figures show a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval shows it.
    Reached,
    /// The interval holds both: more seeds would tell.
    Open,
    /// No part of the interval shows it.
    NotReached,
}

impl Verdict {
    /// Whether a figure is above a bound.
    ///
    /// ```
    /// use reproduce::{OverSeeds, Verdict};
    /// let gain = OverSeeds::of([1.0, 2.0, 3.0]); // 2 ±2.48
    /// assert_eq!([-1.0, 0.0, 5.0].map(|bound| Verdict::above(&gain, bound)),
    ///            [Verdict::Reached, Verdict::Open, Verdict::NotReached]);
    /// ```
    pub fn above(x: &OverSeeds, bound: f64) -> Self {
        Self::above_at(x.mean(), x.half_width(), bound)
    }

    /// Whether a figure is below a bound.
    pub fn below(x: &OverSeeds, bound: f64) -> Self {
        Self::above(&x.map(|v| -v), -bound)
    }

    /// Whether a figure is between two bounds.
    pub fn within(x: &OverSeeds, low: f64, high: f64) -> Self {
        Self::all([Self::above(x, low), Self::below(x, high)])
    }

    /// Whether a figure goes up (`direction` 1) or down (-1) over the points of a sweep: its ends
    /// differ that way beyond the interval of their difference, and no step goes back beyond its
    /// own, at a confidence that is 95 % for all steps together (Bonferroni).
    pub fn goes(points: &[OverSeeds], direction: f64) -> Self {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Self::NotReached;
        };
        let steps = points.len().saturating_sub(1).max(1) as f64;
        let back = points.windows(2).any(|pair| {
            let step = pair[0].less(&pair[1]).map(|x| x * direction);
            step.mean() > step.half_width_at(1.0 - 0.05 / steps)
        });
        if back {
            Self::NotReached
        } else {
            Self::above(&last.less(first).map(|x| x * direction), 0.0)
        }
    }

    /// Whether all of several hold.
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::Reached)
    }

    fn above_at(mean: f64, half_width: f64, bound: f64) -> Self {
        if mean - half_width > bound {
            Self::Reached
        } else if mean + half_width <= bound {
            Self::NotReached
        } else {
            Self::Open
        }
    }
}

/// A published feature and whether our figures show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feature {
    /// What the paper shows.
    pub claim: String,
    /// Whether our figures show it.
    pub verdict: Verdict,
    /// Our figures.
    pub ours: String,
}

impl Feature {
    /// A feature with its mark.
    pub fn new(claim: impl Into<String>, verdict: Verdict, ours: impl Into<String>) -> Self {
        Self { claim: claim.into(), verdict, ours: ours.into() }
    }

    /// A feature that each seed shows or does not: open if they disagree.
    pub fn in_every_seed(
        claim: impl Into<String>,
        shown: &[bool],
        ours: impl Into<String>,
    ) -> Self {
        let n = shown.iter().filter(|x| **x).count();
        let verdict = match n {
            0 => Verdict::NotReached,
            n if n == shown.len() => Verdict::Reached,
            _ => Verdict::Open,
        };
        Self::new(claim, verdict, ours)
    }

    /// A figure within a share of the published one.
    pub fn near(claim: impl Into<String>, ours: &OverSeeds, published: f64, share: f64) -> Self {
        let room = share * published.abs();
        let off = 100.0 * (ours.mean() - published) / published.abs();
        let text = format!("{ours}, published {}: {off:+.0} %", figure(published));
        Self::new(claim, Verdict::within(ours, published - room, published + room), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(mean: f64, noise: f64) -> OverSeeds {
        OverSeeds::of([-1.0, 0.0, 1.0, 0.5, -0.5].map(|x| mean + noise * x))
    }

    #[test]
    fn one_seed_leaves_open_what_scatters_and_equal_seeds_decide() {
        assert_eq!(Verdict::above(&OverSeeds::of([5.0]), 0.0), Verdict::Open);
        assert_eq!(Verdict::above(&OverSeeds::of([5.0, 5.0]), 0.0), Verdict::Reached);
        assert_eq!(Verdict::above(&OverSeeds::of([0.0, 0.0]), 0.0), Verdict::NotReached);
    }

    #[test]
    fn a_sweep_falls_only_if_its_ends_do_and_no_step_goes_back_beyond_its_interval() {
        let shifted = |by: f64| OverSeeds::of([0.3, 0.9, 0.1, 0.5].map(|x| x + by));
        assert_eq!(
            Verdict::goes(&[shifted(3.0), shifted(2.0), shifted(1.0)], -1.0),
            Verdict::Reached
        );
        assert_eq!(
            Verdict::goes(&[shifted(3.0), shifted(1.0), shifted(2.0)], -1.0),
            Verdict::NotReached,
            "the last step rises in every seed alike"
        );
        let unsure = [noisy(3.0, 1.0), noisy(2.9, -1.0)];
        assert_eq!(Verdict::goes(&unsure, -1.0), Verdict::Open);
    }

    #[test]
    fn seeds_that_disagree_leave_a_feature_open() {
        let mark = |shown: &[bool]| Feature::in_every_seed("x", shown, "").verdict;
        assert_eq!(mark(&[true, true]), Verdict::Reached);
        assert_eq!(mark(&[true, false]), Verdict::Open);
        assert_eq!(mark(&[false, false]), Verdict::NotReached);
    }

    #[test]
    fn near_means_the_whole_interval() {
        assert_eq!(Feature::near("x", &noisy(100.0, 1.0), 100.0, 0.15).verdict, Verdict::Reached);
        assert_eq!(Feature::near("x", &noisy(114.5, 1.0), 100.0, 0.15).verdict, Verdict::Open);
        assert_eq!(
            Feature::near("x", &noisy(130.0, 1.0), 100.0, 0.15).verdict,
            Verdict::NotReached
        );
    }
}
