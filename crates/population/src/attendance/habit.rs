//! Model 5: habits learnt over days, by Roth-Erev reinforcement (Roth & Erev 1995) or
//! experience-weighted attraction (Camerer & Ho 1999) over six strategies ([`Strategy`]).
//!
//! The strategy of a day is drawn when the person plans ([`draw_strategy`]); booking and attendance
//! then follow it. Payoffs are in CNY against walking in. What the strategies not taken would have
//! paid is told from the same booking's figures.

use super::{AttendanceView, Moment, Odds};
use crate::{Ending, Experience, Outcome, Strategy};
use serde::{Deserialize, Serialize};

/// How attractions follow payoffs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum LearningRule {
    /// `q_j <- (1 - phi) q_j + phi x share_j x (payoff + offset)`, `share_j` being `1 - epsilon`
    /// for the strategy taken and `epsilon / 5` for the others; strategies are drawn in proportion
    /// to q. (The factor phi keeps q in CNY; the letter leaves it out and q grows with the number
    /// of days.)
    RothErev {
        /// Forgetting phi (0.1).
        forgetting: f64,
        /// Experimentation epsilon: the share of a payoff that goes to the other strategies (0.1).
        experimentation: f64,
        /// Added to payoffs, since propensities must stay positive (20) \[CNY\].
        offset_cny: f64,
    },
    /// `A_j <- (phi N A_j + w_j payoff_j) / N'`, `N' = phi (1 - kappa) N + 1`, with `w_j` 1 for the
    /// strategy taken and delta for the others; strategies are drawn by a logit of A.
    Ewa {
        /// Decay phi (0.9).
        decay: f64,
        /// Weight of payoffs not received, delta (0.5).
        foregone: f64,
        /// Growth kappa: 0 averages, 1 sums (0).
        growth: f64,
        /// Scale of the logit (3) \[CNY\].
        scale_cny: f64,
    },
}

/// The habit model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Habit {
    /// How attractions follow payoffs.
    pub rule: LearningRule,
    /// Attractions before anything is learnt \[CNY\], in the order of [`Strategy::ALL`].
    pub initial: [f64; 6],
    /// Hassle of the additional bookings of a hoarder, relative to the first (0.3).
    pub hoarding_hassle: f64,
}

impl Default for Habit {
    fn default() -> Self {
        Self {
            rule: LearningRule::Ewa { decay: 0.9, foregone: 0.5, growth: 0.0, scale_cny: 3.0 },
            initial: [10.0, 2.0, 1.0, 1.0, 1.0, 2.0],
            hoarding_hassle: 0.3,
        }
    }
}

impl Habit {
    /// The habit model with Roth-Erev reinforcement.
    pub fn roth_erev() -> Self {
        Self {
            rule: LearningRule::RothErev {
                forgetting: 0.1,
                experimentation: 0.1,
                offset_cny: 20.0,
            },
            ..Self::default()
        }
    }

    /// Probability of each strategy today.
    pub fn probabilities(&self, experience: &Experience) -> [f64; 6] {
        let attraction = experience.attraction.map(f64::from);
        let weights = match self.rule {
            LearningRule::RothErev { .. } => attraction.map(|a| a.max(1e-6)),
            LearningRule::Ewa { scale_cny, .. } => {
                let best = attraction.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                attraction.map(|a| ((a - best) / scale_cny.max(1e-9)).exp())
            }
        };
        let sum: f64 = weights.iter().sum();
        weights.map(|w| w / sum)
    }

    /// Moves the attractions by one outcome.
    pub(super) fn learn(&self, experience: &mut Experience, outcome: &Outcome) {
        let taken = Strategy::ALL.iter().position(|&s| s == experience.strategy).unwrap_or(0);
        let payoff = self.payoffs(experience, outcome);
        let old = experience.attraction.map(f64::from);
        let new: [f64; 6] = match self.rule {
            LearningRule::RothErev { forgetting, experimentation, offset_cny } => {
                let reward = (payoff[taken] + offset_cny).max(0.0);
                std::array::from_fn(|j| {
                    let share =
                        if j == taken { 1.0 - experimentation } else { experimentation / 5.0 };
                    (1.0 - forgetting) * old[j] + share * reward * forgetting
                })
            }
            LearningRule::Ewa { decay, foregone, growth, .. } => {
                // Attractions before the first outcome count as one observation.
                let before = f64::from(experience.weight).max(1.0);
                let after = decay * (1.0 - growth) * before + 1.0;
                experience.weight = after as f32;
                std::array::from_fn(|j| {
                    let weight = if j == taken { 1.0 } else { foregone };
                    (decay * before * old[j] + weight * payoff[j]) / after
                })
            }
        };
        experience.attraction = new.map(|a| a as f32);
        if matches!(outcome.ending, Ending::TicketWon | Ending::TicketMissed) {
            experience.ticket_gain_cny = outcome.ticket_gain_cny as f32;
        }
    }

    /// What each strategy would have paid with this outcome's figures; the one taken, what it did
    /// pay \[CNY\].
    fn payoffs(&self, experience: &Experience, o: &Outcome) -> [f64; 6] {
        let honour = o.saving_cny - o.hassle_cny;
        let told = [
            honour,
            -o.hassle_cny,
            -o.hassle_cny - o.late_fee_cny,
            -o.hassle_cny - o.severe_penalty_cny,
            honour - self.hoarding_hassle * o.hassle_cny,
            f64::from(experience.ticket_gain_cny),
        ];
        let received = o.received_cny();
        std::array::from_fn(|j| {
            if Strategy::ALL[j] == experience.strategy { received } else { told[j] }
        })
    }
}

/// Draws the strategy of a day with one uniform number, when the person plans; the agent keeps it
/// in [`Experience::strategy`].
pub fn draw_strategy(
    habit: &Habit,
    experience: &Experience,
    u: &mut impl FnMut() -> f64,
) -> Strategy {
    let mut left = u();
    for (strategy, p) in Strategy::ALL.into_iter().zip(habit.probabilities(experience)) {
        left -= p;
        if left < 0.0 {
            return strategy;
        }
    }
    Strategy::WaitForTickets
}

/// The day's strategy, or the response law where the strategy says nothing.
pub(super) fn odds(view: &AttendanceView<'_>, response: Odds) -> Odds {
    match (view.experience.strategy, view.moment) {
        (Strategy::CancelEarly, Moment::Booking)
        | (Strategy::CancelLate, Moment::Ahead | Moment::BeforePlug) => Odds::CANCEL,
        (Strategy::NoShow, Moment::BeforePlug) => Odds::STAY_AWAY,
        (Strategy::NoShow, _) => Odds::HONOUR,
        _ => response,
    }
}

impl Experience {
    /// Counts a booking and whether it was defaulted.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        let booked = !matches!(outcome.ending, Ending::TicketWon | Ending::TicketMissed);
        let defaulted = matches!(outcome.ending, Ending::CancelledLate | Ending::NoShow);
        self.bookings = self.bookings.saturating_add(u16::from(booked));
        self.defaults = self.defaults.saturating_add(u16::from(defaulted));
    }
}
