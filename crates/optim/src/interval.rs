//! The interval on which a decreasing function lies between two targets (interval method of P3,
//! section 3.1.4 and eq. 15).
//!
//! For a non-increasing `A(c)` on `[floor, cap]` and two targets `much >= little`:
//!
//! * `upper` = the largest `c` with `A(c) >= little`,
//! * `lower` = the largest `c` with `A(c) >= much`,
//!
//! each clipped to `[floor, cap]`. Our reading where the source is silent: a target that not even
//! the floor reaches gives the floor (as close as one can get), and a floor above the cap collapses
//! the interval onto the cap.

use serde::{Deserialize, Serialize};

/// Largest argument at which a non-increasing function still reaches a target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Crossing {
    /// The target is reached on the whole range; the largest argument is the upper end.
    Everywhere,
    /// The target is reached up to this argument.
    At(f64),
    /// The target is not reached even at the lower end.
    Nowhere,
}

/// Range of arguments between two targets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Interval {
    /// A proper interval `lower <= upper` inside `[floor, cap]`.
    Range {
        /// Largest argument that still reaches the higher target, clipped.
        lower: f64,
        /// Largest argument that still reaches the lower target, clipped.
        upper: f64,
    },
    /// Nothing to choose: both targets are clipped to the same end, or the floor lies above the
    /// cap.
    Collapsed {
        /// The only argument left.
        at: f64,
    },
}

impl Interval {
    /// Lower end.
    pub fn lower(&self) -> f64 {
        match *self {
            Self::Range { lower, .. } => lower,
            Self::Collapsed { at } => at,
        }
    }

    /// Upper end.
    pub fn upper(&self) -> f64 {
        match *self {
            Self::Range { upper, .. } => upper,
            Self::Collapsed { at } => at,
        }
    }
}

/// Largest `c` in `[floor, cap]` with `f(c) >= target`, for a non-increasing `f`, to within
/// `tolerance`.
///
/// Plain bisection: the result always satisfies `f(c) >= target`, also for functions with jumps.
///
/// ```
/// use optim::interval::{Crossing, largest_at_least};
/// // 10 - 2 c >= 4 up to c = 3.
/// let Crossing::At(c) = largest_at_least(|c| 10.0 - 2.0 * c, 4.0, 0.0, 5.0, 1e-12) else { panic!() };
/// assert!((c - 3.0).abs() < 1e-11);
/// ```
pub fn largest_at_least(
    mut f: impl FnMut(f64) -> f64,
    target: f64,
    floor: f64,
    cap: f64,
    tolerance: f64,
) -> Crossing {
    if f(cap) >= target {
        return Crossing::Everywhere;
    }
    let at_floor = f(floor);
    if at_floor.is_nan() || at_floor < target {
        return Crossing::Nowhere;
    }
    let (mut reached, mut missed) = (floor, cap);
    while missed - reached > tolerance {
        let middle = 0.5 * (reached + missed);
        if middle <= reached || middle >= missed {
            break;
        }
        if f(middle) >= target {
            reached = middle;
        } else {
            missed = middle;
        }
    }
    Crossing::At(reached)
}

/// Arguments at which a non-increasing `f` lies between the targets `little` and `much` (see the
/// module head).
///
/// ```
/// use optim::interval::{Interval, between_targets};
/// // Demand 100 (2 - c) against a surplus of 100: 90 is reached up to 1.1, 110 up to 0.9.
/// let found = between_targets(|c| 100.0 * (2.0 - c), 90.0, 110.0, 0.5, 1.5);
/// assert!((found.lower() - 0.9).abs() < 1e-8 && (found.upper() - 1.1).abs() < 1e-8);
/// // A floor above the cap leaves the cap alone.
/// assert_eq!(between_targets(|c| -c, 0.0, 0.0, 1.1, 0.815), Interval::Collapsed { at: 0.815 });
/// ```
pub fn between_targets(
    mut f: impl FnMut(f64) -> f64,
    little: f64,
    much: f64,
    floor: f64,
    cap: f64,
) -> Interval {
    if floor >= cap {
        return Interval::Collapsed { at: cap };
    }
    let tolerance = 1e-10 * (1.0 + floor.abs().max(cap.abs()));
    let mut end = |target| match largest_at_least(&mut f, target, floor, cap, tolerance) {
        Crossing::Everywhere => cap,
        Crossing::At(c) => c,
        Crossing::Nowhere => floor,
    };
    let upper = end(little);
    let lower = end(much).min(upper);
    if lower < upper { Interval::Range { lower, upper } } else { Interval::Collapsed { at: upper } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal;
    use proptest::prelude::*;

    #[test]
    fn targets_out_of_reach_clip_to_the_ends() {
        let f = |c: f64| 10.0 - c;
        assert_eq!(between_targets(f, 20.0, 30.0, 1.0, 2.0), Interval::Collapsed { at: 1.0 });
        assert_eq!(between_targets(f, 1.0, 2.0, 1.0, 2.0), Interval::Collapsed { at: 2.0 });
        assert_eq!(largest_at_least(f, 8.0, 1.0, 2.0, 1e-9), Crossing::Everywhere);
        assert_eq!(largest_at_least(f, 9.5, 1.0, 2.0, 1e-9), Crossing::Nowhere);
    }

    #[test]
    fn a_step_function_is_reached_from_the_left() {
        let step = |c: f64| if c <= 0.3 { 1.0 } else { 0.0 };
        let Crossing::At(c) = largest_at_least(step, 0.5, 0.0, 1.0, 1e-12) else {
            panic!("a step has a crossing")
        };
        assert!(step(c) == 1.0 && (c - 0.3).abs() < 1e-11);
    }

    #[test]
    fn a_nan_function_is_never_reached() {
        assert_eq!(largest_at_least(|_| f64::NAN, 0.5, 0.0, 1.0, 1e-9), Crossing::Nowhere);
    }

    proptest! {
        #[test]
        fn survival_crossings_are_quantiles(mean in -2.0..2.0_f64, sd in 0.05..2.0_f64, p in 0.05..0.9_f64) {
            let survival = |c: f64| normal::survival((c - mean) / sd);
            let found = between_targets(survival, p, p + 0.05, -50.0, 50.0);
            prop_assert!((found.upper() - (mean + sd * normal::survival_quantile(p))).abs() < 1e-7);
            prop_assert!(survival(found.upper()) >= p && survival(found.lower()) >= p + 0.05);
        }
    }
}
