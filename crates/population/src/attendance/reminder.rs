//! Model 7: the reminder as a treatment of its own. Reminded people miss fewer appointments (odds
//! ratio of a no-show 0.69-0.74) and cancel more of them (from 17 to 26 % in one trial, an odds
//! ratio of 1.7). Trials compare reminded people with others over the whole life of an appointment,
//! so the ratios are total effects: bringing back what was forgotten is part of them.

use super::Odds;
use serde::{Deserialize, Serialize};

/// What a received reminder does to the odds, beside bringing back what was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum ReminderEffect {
    /// Nothing.
    #[default]
    None,
    /// Odds over a booking's whole life are multiplied, those of forgetting it included; the share
    /// of forgotten bookings that a reminder brings back follows.
    OddsRatio {
        /// Odds ratio of staying away (0.71).
        no_show: f64,
        /// Odds ratio of cancelling (1.7).
        cancel: f64,
    },
}

impl ReminderEffect {
    /// The measured ratios.
    pub const fn measured() -> Self {
        Self::OddsRatio { no_show: 0.71, cancel: 1.7 }
    }

    /// Share of forgotten bookings that a reminder brings back, `plain` without an effect of its
    /// own. With an odds ratio, forgetting falls from `f` to `r f / (1 - f + r f)`; a ratio above 1
    /// brings nothing back.
    ///
    /// ```
    /// use population::ReminderEffect;
    /// assert_eq!(ReminderEffect::None.restores(0.8, 0.03), 0.8);
    /// // 0.71 x 0.03 / (0.97 + 0.71 x 0.03) = 0.02149 of 0.03 stay forgotten.
    /// assert!((ReminderEffect::measured().restores(0.8, 0.03) - 0.2838).abs() < 1e-3);
    /// ```
    pub fn restores(&self, plain: f64, forget: f64) -> f64 {
        match *self {
            Self::None => plain,
            Self::OddsRatio { no_show, .. } => {
                let left = 1.0 - forget + no_show * forget;
                if left > 0.0 { (1.0 - no_show / left).clamp(0.0, 1.0) } else { 0.0 }
            }
        }
    }

    /// The odds of a reminded person.
    ///
    /// ```
    /// use population::{Odds, ReminderEffect};
    /// let odds = ReminderEffect::measured().apply(Odds { cancel: 0.17, stay_away: 0.0 });
    /// assert!((odds.cancel - 0.2583).abs() < 1e-4); // odds 0.2048 x 1.7 = 0.3482
    /// ```
    pub fn apply(&self, odds: Odds) -> Odds {
        match *self {
            Self::None | Self::OddsRatio { no_show: 1.0, cancel: 1.0 } => odds,
            Self::OddsRatio { no_show, cancel } => {
                let weights = [odds.honour(), cancel * odds.cancel, no_show * odds.stay_away];
                let sum: f64 = weights.iter().sum();
                if sum > 0.0 {
                    Odds { cancel: weights[1] / sum, stay_away: weights[2] / sum }
                } else {
                    odds
                }
            }
        }
    }
}
