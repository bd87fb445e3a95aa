//! mosaik's time and ours: a whole number of steps of so many seconds, and microseconds.

use domain::Time;

/// How mosaik's time runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    /// Seconds in a step.
    pub seconds: f64,
}

impl Clock {
    /// An instant, if it can be told.
    pub fn instant(self, steps: i64) -> Option<Time> {
        let us = (steps as f64 * self.seconds * 1e6).round();
        (us.abs() < 9e15).then_some(Time(us as i64))
    }

    /// The first step that is not before an instant.
    pub fn steps_to(self, t: Time) -> i64 {
        let steps = (t.0 as f64 / (self.seconds * 1e6)).floor() as i64;
        // Rounding may be off by one on either side.
        let there = |steps: &i64| self.instant(*steps).is_some_and(|at| at >= t);
        (steps - 1..=steps + 2).find(there).unwrap_or(steps + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_instants_agree_at_any_resolution() {
        for seconds in [1e-6, 0.1, 1.0, 7.3, 60.0, 900.0] {
            let clock = Clock { seconds };
            for steps in [0, 1, 3, 96, 86_399, 86_400] {
                let at = clock.instant(steps).expect("an instant");
                assert_eq!(clock.steps_to(at), steps, "{seconds} s");
                assert_eq!(clock.steps_to(Time(at.0 + 1)), steps + 1, "{seconds} s");
            }
        }
        assert_eq!(Clock { seconds: 86_400.0 }.instant(i64::MAX), None);
    }
}
