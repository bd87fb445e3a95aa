//! Model 2: a (mixed) logit over honouring, cancelling and staying away, of price, penalty, need,
//! lead time and past defaults, with coefficients per behaviour class and a normal random constant
//! per person (Train, *Discrete Choice Methods with Simulation*, 2009, chapters 3 and 6). The
//! coefficients are our reading: no estimate for EV reservations exists.

use super::{AttendanceView, Odds};
use serde::{Deserialize, Serialize};

/// Coefficients of the utilities of cancelling and staying away; honouring is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogitCoefficients {
    /// Constant of cancelling (-2.2).
    pub cancel_constant: f64,
    /// Constant of staying away (-2.4).
    pub stay_constant: f64,
    /// Standard deviation over people of the constant of staying away (0.5; 0: a plain logit).
    pub stay_sd: f64,
    /// Per CNY of cancellation fee, on cancelling (-0.10).
    pub fee: f64,
    /// Per CNY of severe penalty and forfeit, on staying away (-0.08).
    pub penalty: f64,
    /// Per CNY/kWh of booking price, on both (0.2).
    pub price: f64,
    /// Per kWh needed, on both (-0.01).
    pub need: f64,
    /// Per hour between booking and start, on both (0.05).
    pub lead: f64,
    /// Per share of past bookings defaulted, on staying away (1.5).
    pub past_defaults: f64,
    /// When the plan has changed, on both (2.0).
    pub plan_changed: f64,
}

impl Default for LogitCoefficients {
    fn default() -> Self {
        Self {
            cancel_constant: -2.2,
            stay_constant: -2.4,
            stay_sd: 0.5,
            fee: -0.10,
            penalty: -0.08,
            price: 0.2,
            need: -0.01,
            lead: 0.05,
            past_defaults: 1.5,
            plan_changed: 2.0,
        }
    }
}

/// Coefficients by behaviour class; classes beyond the list take the last entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixedLogit {
    /// One entry per behaviour class, or one for all.
    pub classes: Vec<LogitCoefficients>,
}

impl Default for MixedLogit {
    fn default() -> Self {
        Self { classes: vec![LogitCoefficients::default()] }
    }
}

impl MixedLogit {
    /// Odds over a booking's whole life.
    pub(super) fn odds(&self, view: &AttendanceView<'_>) -> Odds {
        let Some(last) = self.classes.len().checked_sub(1) else { return Odds::HONOUR };
        let b = &self.classes[usize::from(view.behaviour_class).min(last)];
        let both = b.price * view.price
            + b.need * view.need_kwh
            + b.lead * view.lead_h
            + if view.plan_changed { b.plan_changed } else { 0.0 };
        let cancel = b.cancel_constant + both + b.fee * view.cancel_fee_cny;
        let stay_away = b.stay_constant
            + b.stay_sd * view.taste
            + both
            + b.penalty * (view.severe_penalty_cny + view.forfeit_cny)
            + b.past_defaults * view.experience.default_share();
        Odds::logit([0.0, cancel, stay_away], 1.0)
    }
}
