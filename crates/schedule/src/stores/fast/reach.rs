//! How far a step may go, and what it would leave of the gap.

/// Collected over complementary pairs (value, multiplier) with their steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    /// Largest relative decrease of a value, and of a multiplier.
    value_decrease: f64,
    multiplier_decrease: f64,
    /// Sums of value x multiplier, step x multiplier, value x step, step x step.
    product: f64,
    value_moved: f64,
    multiplier_moved: f64,
    both_moved: f64,
}

impl Reach {
    /// Takes one pair into account.
    pub fn include(&mut self, value: f64, value_step: f64, multiplier: f64, multiplier_step: f64) {
        self.value_decrease = self.value_decrease.max(-value_step / value);
        self.multiplier_decrease = self.multiplier_decrease.max(-multiplier_step / multiplier);
        self.product += value * multiplier;
        self.value_moved += value_step * multiplier;
        self.multiplier_moved += value * multiplier_step;
        self.both_moved += value_step * multiplier_step;
    }

    /// Both sets of pairs together.
    pub fn and(self, other: Reach) -> Reach {
        Reach {
            value_decrease: self.value_decrease.max(other.value_decrease),
            multiplier_decrease: self.multiplier_decrease.max(other.multiplier_decrease),
            product: self.product + other.product,
            value_moved: self.value_moved + other.value_moved,
            multiplier_moved: self.multiplier_moved + other.multiplier_moved,
            both_moved: self.both_moved + other.both_moved,
        }
    }

    /// Primal and dual step lengths, at most 1, that go this share of the way to the nearest zero.
    pub fn steps(&self, share: f64) -> (f64, f64) {
        let step = |decrease: f64| if decrease > share { share / decrease } else { 1.0 };
        (step(self.value_decrease), step(self.multiplier_decrease))
    }

    /// Sum of the products after steps of these lengths.
    pub fn gap_after(&self, (primal, dual): (f64, f64)) -> f64 {
        self.product
            + primal * self.value_moved
            + dual * self.multiplier_moved
            + primal * dual * self.both_moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_zero_limits_each_step() {
        let mut reach = Reach::default();
        reach.include(2.0, -4.0, 1.0, 3.0);
        reach.include(1.0, 1.0, 4.0, -5.0);
        assert_eq!(reach.steps(1.0), (0.5, 0.8));
        // (2 - 2)(1 + 2.4) + (1 + 0.5)(4 - 4)
        assert!(reach.gap_after((0.5, 0.8)).abs() < 1e-12);
    }
}
