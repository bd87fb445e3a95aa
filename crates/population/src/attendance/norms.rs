//! Model 4: norms and crowding out, "a fine is a price" (Gneezy & Rustichini 2000: a small fine
//! about doubled late pick-ups at day-care centres, and they stayed high after the fine was gone).
//!
//! Staying away costs guilt as long as honouring is a norm. A fine turns the norm into a price:
//! what is left of it is `1 - crowding (1 - exp(-fine / salience))`, at once, and memory keeps it
//! low after the fine has gone (hysteresis). Small fines remove more guilt than they add
//! deterrence; large ones deter.

use super::{AttendanceView, Odds};
use crate::{Experience, Outcome};
use serde::{Deserialize, Serialize};

/// Parameters; our reading, set so that without a fine 5 % stay away and the usual fine about
/// doubles that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Norms {
    /// Worth of honouring without any norm or fine (9.4) \[CNY\].
    pub base_cny: f64,
    /// Guilt of staying away under the full norm (20) \[CNY\].
    pub guilt_cny: f64,
    /// Standard deviation over people of the guilt (4) \[CNY\].
    pub guilt_sd_cny: f64,
    /// Share of the norm that a fine can crowd out (0.75).
    pub crowding: f64,
    /// Fine at which 63 % of that is gone (1) \[CNY\].
    pub salience_cny: f64,
    /// Weight of a CNY of fine in the decision (0.5).
    pub fine_weight: f64,
    /// Scale of the logit (10) \[CNY\].
    pub scale_cny: f64,
    /// Probability of cancelling among those who would not stay away (0.06).
    pub cancel: f64,
    /// Share of the way to the crowded-out norm that memory goes per booking under a fine (0.5).
    pub erosion: f64,
    /// Share of the lost norm that returns per booking without a fine (0.02).
    pub recovery: f64,
}

impl Default for Norms {
    fn default() -> Self {
        Self {
            base_cny: 9.4,
            guilt_cny: 20.0,
            guilt_sd_cny: 4.0,
            crowding: 0.75,
            salience_cny: 1.0,
            fine_weight: 0.5,
            scale_cny: 10.0,
            cancel: 0.06,
            erosion: 0.5,
            recovery: 0.02,
        }
    }
}

impl Norms {
    /// What a fine leaves of the norm, 0..1.
    fn left_under(&self, fine_cny: f64) -> f64 {
        1.0 - self.crowding * (1.0 - (-fine_cny.max(0.0) / self.salience_cny.max(1e-9)).exp())
    }

    /// Odds over a booking's whole life.
    pub(super) fn odds(&self, view: &AttendanceView<'_>) -> Odds {
        let fine = view.severe_penalty_cny + view.forfeit_cny;
        let norm = f64::from(view.experience.norm).min(self.left_under(fine));
        let guilt = (self.guilt_cny + self.guilt_sd_cny * view.taste).max(0.0);
        let worth = self.base_cny + guilt * norm + self.fine_weight * fine;
        let stay_away = 1.0 / (1.0 + (worth / self.scale_cny).exp());
        Odds { cancel: self.cancel * (1.0 - stay_away), stay_away }
    }

    /// Memory erodes towards what the fine leaves, and recovers slowly when there is none.
    pub(super) fn learn(&self, experience: &mut Experience, outcome: &Outcome) {
        let norm = f64::from(experience.norm);
        let moved = if outcome.penalties_in_force {
            norm + self.erosion * (self.left_under(outcome.severe_penalty_cny) - norm).min(0.0)
        } else {
            norm + self.recovery * (1.0 - norm)
        };
        experience.norm = moved.clamp(0.0, 1.0) as f32;
    }
}
