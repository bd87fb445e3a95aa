//! Model 7: the reminder as a treatment of its own. Reminded people miss fewer appointments (odds
//! ratio of a no-show 0.69-0.74) and cancel more of them (from 17 to 26 % in one trial, an odds
//! ratio of 1.7).

use super::Odds;
use serde::{Deserialize, Serialize};

/// What a received reminder does to the odds, beside bringing back what was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum ReminderEffect {
    /// Nothing.
    #[default]
    None,
    /// Odds are multiplied.
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

    /// The odds of a reminded person.
    ///
    /// ```
    /// use population::{Odds, ReminderEffect};
    /// let odds = ReminderEffect::measured().apply(Odds { cancel: 0.17, stay_away: 0.0 });
    /// assert!((odds.cancel - 0.2583).abs() < 1e-4); // odds 0.2048 x 1.7 = 0.3482
    /// ```
    pub fn apply(&self, odds: Odds) -> Odds {
        match *self {
            Self::None => odds,
            Self::OddsRatio { no_show: 1.0, cancel: 1.0 } => odds,
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
