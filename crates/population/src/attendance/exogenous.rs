//! Model 1: defaults with fixed probabilities, whatever is at stake.
//!
//! No field data on no-shows of EV reservations were found. Elsewhere: medical appointments 23 % on
//! average (3-80 %), restaurants about 20 %, airlines 5-15 %. Treat the probability as uncertain
//! (5-25 %).

use super::{AttendanceView, Moment, Odds};
use serde::{Deserialize, Serialize};

/// Shares of all bookings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExogenousDefault {
    /// Cancelled in good time (our reading: 0.05).
    pub cancel_early: f64,
    /// Cancelled late (our reading: 0.02).
    pub cancel_late: f64,
    /// Never came (our reading: 0.10).
    pub no_show: f64,
}

impl Default for ExogenousDefault {
    fn default() -> Self {
        Self { cancel_early: 0.05, cancel_late: 0.02, no_show: 0.10 }
    }
}

impl ExogenousDefault {
    /// Early cancellations at booking; late ones and no-shows before plugging, as shares of those
    /// that are left.
    pub(super) fn odds(&self, view: &AttendanceView<'_>) -> Odds {
        match view.moment {
            Moment::Booking => Odds { cancel: self.cancel_early, stay_away: 0.0 },
            Moment::Ahead => Odds::HONOUR,
            Moment::BeforePlug => {
                let left = (1.0 - self.cancel_early).max(1e-12);
                Odds {
                    cancel: (self.cancel_late / left).min(1.0),
                    stay_away: (self.no_show / left).min(1.0),
                }
            }
        }
    }
}
