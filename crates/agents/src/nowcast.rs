//! What is seen of the period at hand: its metered part, and an estimate of its rest.
//!
//! At elapsed share `a` of a period its mean is seen as `a x metered + (1 - a) x truth of the rest x
//! (1 + n)` (our reading). A series holds one value a period, so that this is the truth times `1 +
//! (1 - a) n`. The relative error `n` is drawn every quarter of an hour, first-order autoregressive,
//! whatever the gates at which somebody looks. How far the last nowcast of a period was off is known
//! when the period has been metered; that much of the next errors is foreseen ([`Nowcast::expected`]).

/// Errors of the nowcasts of one series; without values the present is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nowcast {
    /// Relative error of what is left of a period, step by step.
    pub by_step: Vec<f64>,
    /// Steps in a period.
    pub steps_per_period: i64,
    /// Period of the first value.
    pub first_period: i64,
    /// Standard deviation of the errors.
    pub sd: f64,
    /// Correlation of the errors of two steps that follow each other.
    pub correlation: f64,
}

/// What is expected of an error that is not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExpectedError {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// Length of a step \[h\]; periods that are not longer have one.
const STEP_H: f64 = 0.25;

impl Nowcast {
    /// Steps in a period of so many hours.
    ///
    /// ```
    /// assert_eq!([0.25, 1.0, 0.1].map(agents::Nowcast::steps_in), [1, 4, 1]);
    /// ```
    pub fn steps_in(period_h: f64) -> i64 {
        ((period_h / STEP_H).round() as i64).max(1)
    }

    /// The factor on a period's truth when this share of the period has passed.
    ///
    /// ```
    /// let by_step = vec![0.1, -0.2, 0.4, 0.0];
    /// let n = agents::Nowcast { by_step, steps_per_period: 2, first_period: 8, ..Default::default() };
    /// // At the start all is estimated; half-way half is metered: 0.5 + 0.5 x 0.8.
    /// assert_eq!([(8, 0.0), (8, 0.5), (9, 0.0)].map(|(k, a)| n.factor(k, a)), [1.1, 0.9, 1.4]);
    /// assert_eq!(agents::Nowcast::default().factor(3, 0.0), 1.0);
    /// ```
    pub fn factor(&self, period: i64, elapsed: f64) -> f64 {
        if self.by_step.is_empty() {
            return 1.0;
        }
        let elapsed = elapsed.clamp(0.0, 1.0);
        (1.0 + (1.0 - elapsed) * self.by_step[self.step(period, elapsed)]).max(0.0)
    }

    /// The error at this share of a period, as somebody expects it who has compared with the meter
    /// what was seen of the period before when `last_look` of that had passed.
    ///
    /// ```
    /// let n = agents::Nowcast {
    ///     by_step: vec![0.1, -0.2, 0.4, 0.0], steps_per_period: 2, first_period: 8, sd: 0.2, correlation: 0.6,
    /// };
    /// // Two steps after the error of -0.2: 0.36 of it is left, and 1 - 0.36^2 of the variance.
    /// let e = n.expected(9, 0.5, 0.5);
    /// assert!((e.mean + 0.072).abs() < 1e-12 && (e.sd - 0.2 * 0.8704_f64.sqrt()).abs() < 1e-12);
    /// // Nothing was seen before the first period.
    /// assert_eq!(n.expected(8, 0.0, 0.5), agents::ExpectedError { mean: 0.0, sd: 0.2 });
    /// assert_eq!(agents::Nowcast::default().expected(9, 0.0, 0.5).sd, 0.0);
    /// ```
    pub fn expected(&self, period: i64, elapsed: f64, last_look: f64) -> ExpectedError {
        if self.by_step.is_empty() || period <= self.first_period {
            return ExpectedError { mean: 0.0, sd: self.sd };
        }
        let (now, then) = (self.step(period, elapsed), self.step(period - 1, last_look));
        let left = self.correlation.powi(now.saturating_sub(then) as i32);
        ExpectedError { mean: left * self.by_step[then], sd: self.sd * (1.0 - left * left).sqrt() }
    }

    /// The step that a share of a period belongs to.
    fn step(&self, period: i64, elapsed: f64) -> usize {
        let within = (elapsed * self.steps_per_period as f64) as i64;
        let step = (period - self.first_period) * self.steps_per_period
            + within.min(self.steps_per_period - 1);
        step.clamp(0, self.by_step.len() as i64 - 1) as usize
    }
}
