//! What people do between booking and unplugging besides what they planned: the response laws of
//! the park model (our readings; without them penalties and reminders could change nothing).

use crate::{Law, ReminderEffect};
use domain::{Span, Time};
use optim::normal;
use serde::{Deserialize, Serialize};

/// Whether people respond at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// All laws of [`ResponseParams`] are in force.
    #[default]
    Reactive,
    /// Nothing responds (the control): no regret, no change of plan, no forgetting, no early
    /// unplugging, no overstay; users expect no penalty when they choose and all aim at
    /// `frozen_earliness_min`. The delay on the way remains, so money may change hands, behaviour
    /// cannot.
    None,
}

/// Parameters of the response laws; every default is our reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseParams {
    /// Whether people respond.
    pub mode: ResponseMode,
    /// Probability of regretting a booking soon after it (0.03).
    pub regret_probability: f64,
    /// Regret falls uniformly into so many minutes after booking (30) \[min\].
    pub regret_window_min: f64,
    /// Hazard of a change of plan until the start (0.01) \[1/h\].
    pub plan_change_per_h: f64,
    /// Cost of keeping the booking although the plan changed (lognormal, median 25, sigma 0.8)
    /// \[CNY\].
    pub keeping_cost: Law,
    /// Probability of forgetting a booking (0.03).
    pub forget_probability: f64,
    /// Probability that a reminder brings a forgotten booking back (0.8).
    pub reminder_restores: f64,
    /// Scale of the logit between honouring, cancelling and staying away (2) \[CNY\].
    pub decision_scale_cny: f64,
    /// Hassle of cancelling (1) \[CNY\].
    pub cancel_hassle_cny: f64,
    /// Value of the trip (20) \[CNY\].
    pub trip_value_cny: f64,
    /// Cost of coming a minute earlier (0.015) \[CNY/min\].
    pub earliness_cny_per_min: f64,
    /// Earliest that anybody aims before the deadline (240) \[min\].
    pub earliness_max_min: f64,
    /// Earliness that people aim at when they do not respond (35, the mean of those who do)
    /// \[min\].
    pub frozen_earliness_min: f64,
    /// Delay on the way against the aimed time (lognormal, median 20, sigma 0.7) \[min\]; may be
    /// negative for other laws.
    pub delay: Law,
    /// Probability that a person expects to fail a booking altogether, beside lateness (0.05):
    /// weighs the severe penalty in the choice of a window.
    pub perceived_failure: f64,
    /// Probability of unplugging before the booking's end (0.02).
    pub early_unplug_probability: f64,
    /// Probability of staying plugged in after the booking's end (0.02).
    pub overstay_probability: f64,
    /// Mean overstay of those who overstay (20) \[min\].
    pub overstay_mean_min: f64,
}

impl Default for ResponseParams {
    fn default() -> Self {
        Self {
            mode: ResponseMode::Reactive,
            regret_probability: 0.03,
            regret_window_min: 30.0,
            plan_change_per_h: 0.01,
            keeping_cost: Law::lognormal_median(25.0, 0.8),
            forget_probability: 0.03,
            reminder_restores: 0.8,
            decision_scale_cny: 2.0,
            cancel_hassle_cny: 1.0,
            trip_value_cny: 20.0,
            earliness_cny_per_min: 0.015,
            earliness_max_min: 240.0,
            frozen_earliness_min: 35.0,
            delay: Law::lognormal_median(20.0, 0.7),
            perceived_failure: 0.05,
            early_unplug_probability: 0.02,
            overstay_probability: 0.02,
            overstay_mean_min: 20.0,
        }
    }
}

/// What chance holds for one booking, drawn when it is confirmed. Nothing of it depends on prices,
/// penalties or reminders, so that two policies under the same seed meet the same chances.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingFate {
    /// The booking is regretted so long after it was made \[min\]; infinite: never.
    pub regret_after_min: f64,
    /// The plan changes so long after booking \[h\]; counts only if that falls before the start.
    pub plan_change_after_h: f64,
    /// Cost of keeping the booking if the plan changed \[CNY\].
    pub keeping_cost_cny: f64,
    /// The booking will be forgotten.
    pub forgets: bool,
    /// A reminder would bring it back.
    pub reminder_restores: bool,
    /// Delay on the way against the aimed plug time \[min\].
    pub delay_min: f64,
    /// Share of the booking's length after which the vehicle is unplugged, 0..1; 1: it stays to the
    /// end.
    pub unplug_share: f64,
    /// How long the vehicle stays plugged in after the booking's end \[min\].
    pub overstay_min: f64,
}

impl ResponseParams {
    /// Draws a booking's fate from eight uniform numbers: regret, change of plan, its cost,
    /// forgetting, restoring, delay, early unplugging, overstay. `reminder` says how many of the
    /// forgotten ones a reminder would bring back.
    ///
    /// ```
    /// let p = population::ResponseParams::default();
    /// let fate = p.draw_fate(&population::ReminderEffect::None, &mut || 0.5);
    /// assert!(fate.regret_after_min.is_infinite() && !fate.forgets);
    /// assert!((fate.plan_change_after_h - 69.3147).abs() < 1e-3); // ln 2 / 0.01
    /// assert!((fate.delay_min - 20.0).abs() < 1e-9);
    /// ```
    pub fn draw_fate(&self, reminder: &ReminderEffect, u: &mut impl FnMut() -> f64) -> BookingFate {
        let [regret, change, cost, forget, restore, delay, unplug, overstay] =
            std::array::from_fn(|_| u());
        let delay_min = self.delay.quantile(delay);
        if self.mode == ResponseMode::None {
            return BookingFate { delay_min, ..BookingFate::UNEVENTFUL };
        }
        BookingFate {
            regret_after_min: if regret < self.regret_probability {
                self.regret_window_min * regret / self.regret_probability
            } else {
                f64::INFINITY
            },
            plan_change_after_h: if self.plan_change_per_h > 0.0 {
                -(-change).ln_1p() / self.plan_change_per_h
            } else {
                f64::INFINITY
            },
            keeping_cost_cny: self.keeping_cost.quantile(cost),
            forgets: forget < self.forget_probability,
            reminder_restores: restore
                < reminder.restores(self.reminder_restores, self.forget_probability),
            delay_min,
            unplug_share: if unplug < self.early_unplug_probability {
                unplug / self.early_unplug_probability
            } else {
                1.0
            },
            overstay_min: if overstay < self.overstay_probability {
                -self.overstay_mean_min * (overstay / self.overstay_probability).ln()
            } else {
                0.0
            },
        }
    }
}

impl BookingFate {
    /// Nothing happens and nobody is late.
    pub const UNEVENTFUL: Self = Self {
        regret_after_min: f64::INFINITY,
        plan_change_after_h: f64::INFINITY,
        keeping_cost_cny: 0.0,
        forgets: false,
        reminder_restores: false,
        delay_min: 0.0,
        unplug_share: 1.0,
        overstay_min: 0.0,
    };
    /// Whether the booking is out of mind, given whether its reminder was received.
    pub fn has_forgotten(&self, reminded: bool) -> bool {
        self.forgets && !(reminded && self.reminder_restores)
    }
    /// Whether the plan has changed by an instant.
    pub fn plan_changed(&self, booked: Time, now: Time) -> bool {
        (now - booked).hours().value() >= self.plan_change_after_h
    }
    /// When the booking is regretted, if it is.
    pub fn regret_at(&self, booked: Time) -> Option<Time> {
        self.regret_after_min
            .is_finite()
            .then(|| booked + Span::from_minutes(self.regret_after_min))
    }
    /// When the vehicle of a booking `[start, start + length)` is unplugged: early, at the end, or
    /// after an overstay.
    pub fn unplug_time(&self, start: Time, length: Span) -> Time {
        if self.unplug_share < 1.0 {
            start + length.share(self.unplug_share)
        } else {
            start + length + Span::from_minutes(self.overstay_min)
        }
    }
}

/// The instant at which somebody aims to plug in: `start - margin - earliness`.
pub fn aimed_plug_time(start: Time, margin: Span, earliness_min: f64) -> Time {
    start - margin - Span::from_minutes(earliness_min)
}

/// The instant at which a vehicle comes to its pile: `start - margin - earliness + delay`, not
/// before its arrival.
///
/// ```
/// use domain::{Span, Time};
/// let at = population::plug_time(Time::from_hours(10.0), Span::from_minutes(15.0), 35.0, 20.0, Time::from_hours(8.0));
/// assert_eq!(at, Time::from_hours(9.5)); // 10:00 - 15 min - 35 min + 20 min
/// ```
pub fn plug_time(
    start: Time,
    margin: Span,
    earliness_min: f64,
    delay_min: f64,
    arrival: Time,
) -> Time {
    (aimed_plug_time(start, margin, earliness_min) + Span::from_minutes(delay_min)).max(arrival)
}

/// A lognormal latency by its median and the standard deviation of its logarithm, from one uniform
/// number: of a notice (median 0.5 min, sigma 0.6) or of a user's reaction (3 min, 0.8).
pub fn latency(median_min: f64, sigma: f64, u: f64) -> Span {
    Span::from_minutes(median_min * (sigma * normal::quantile(u)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_fates_are_the_parameters() {
        let p = ResponseParams::default();
        let n = 10_000;
        let fates: Vec<BookingFate> = (0..n)
            .map(|k| {
                p.draw_fate(&ReminderEffect::None, &mut || (f64::from(k) + 0.5) / f64::from(n))
            })
            .collect();
        let share = |test: fn(&BookingFate) -> bool| {
            fates.iter().filter(|f| test(f)).count() as f64 / f64::from(n)
        };
        assert!((share(|f| f.regret_after_min <= 30.0) - 0.03).abs() < 2e-4);
        assert!((share(|f| f.forgets) - 0.03).abs() < 2e-4);
        assert!((share(|f| f.reminder_restores) - 0.8).abs() < 2e-4);
        assert!((share(|f| f.unplug_share < 1.0) - 0.02).abs() < 2e-4);
        assert!((share(|f| f.plan_change_after_h < 10.0) - (1.0 - (-0.1_f64).exp())).abs() < 2e-4);
        let overstays: Vec<f64> =
            fates.iter().map(|f| f.overstay_min).filter(|&m| m > 0.0).collect();
        assert!((overstays.iter().sum::<f64>() / overstays.len() as f64 - 20.0).abs() < 0.5);
    }

    #[test]
    fn without_response_only_the_delay_remains() {
        let p = ResponseParams { mode: ResponseMode::None, ..ResponseParams::default() };
        for k in 1..100 {
            let u = f64::from(k) / 100.0;
            let fate = p.draw_fate(&ReminderEffect::None, &mut || u);
            assert_eq!(
                fate,
                BookingFate { delay_min: p.delay.quantile(u), ..BookingFate::UNEVENTFUL }
            );
        }
    }

    #[test]
    fn a_reminder_restores_only_what_can_be_restored() {
        let fate =
            BookingFate { forgets: true, reminder_restores: true, ..BookingFate::UNEVENTFUL };
        assert!(fate.has_forgotten(false) && !fate.has_forgotten(true));
        assert!(BookingFate { reminder_restores: false, ..fate }.has_forgotten(true));
    }

    #[test]
    fn unplugging_is_early_at_the_end_or_late() {
        let (start, length) = (Time::from_hours(10.0), Span::from_hours(2.0));
        let fate = BookingFate::UNEVENTFUL;
        assert_eq!(fate.unplug_time(start, length), Time::from_hours(12.0));
        assert_eq!(
            BookingFate { unplug_share: 0.25, ..fate }.unplug_time(start, length),
            Time::from_hours(10.5)
        );
        assert_eq!(
            BookingFate { overstay_min: 15.0, ..fate }.unplug_time(start, length),
            Time::from_hours(12.25)
        );
    }
}
