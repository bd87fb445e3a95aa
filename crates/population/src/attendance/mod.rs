//! The one decision point of behaviour models: does the holder of a booking honour it, cancel it,
//! or stay away?
//!
//! It is asked at up to three moments of a booking's life ([`Moment`]); who has forgotten the booking
//! is not asked. The moments do not depend on whether a reminder is sent: a reminder brings back to
//! mind, and does to the odds what [`ReminderEffect`] says, nothing else. A law of attendance turns
//! what the person knows ([`AttendanceView`]) into probabilities of the three answers; one uniform
//! number picks the answer. Laws drive decisions; none of them writes an outcome: whether a breach
//! follows is up to the market.

mod exogenous;
mod habit;
mod hoarding;
mod logit;
mod norms;
mod prospect;
mod reminder;
mod response_law;

pub use exogenous::ExogenousDefault;
pub use habit::{Habit, LearningRule, draw_strategy};
pub use hoarding::{HoardView, Hoarding, booking_multiplicity};
pub use logit::{LogitCoefficients, MixedLogit};
pub use norms::Norms;
pub use prospect::ProspectLaw;
pub use reminder::ReminderEffect;

use crate::{Experience, Outcome, ResponseMode, ResponseParams};
use serde::{Deserialize, Serialize};

/// When the question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// Once, when a booking that was not won by a ticket is confirmed. `CancelNow` means a
    /// cancellation in good time: the agent sends it after the free window, before it would be
    /// late.
    Booking,
    /// When a reminder would have been acted on, whether one is sent or not. `CancelNow` is a
    /// cancellation about an hour ahead.
    Ahead,
    /// Ten minutes before the aimed plug time. `CancelNow` is a late cancellation, `StayAway` a
    /// no-show.
    BeforePlug,
}

/// The answer. `CancelNow` and `StayAway` are final: nobody is asked again; `StayAway` is answered
/// before plugging time only. `Honour` holds until the next moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attendance {
    /// Keep the booking and come.
    Honour,
    /// Tell that nobody will come.
    CancelNow,
    /// Neither come nor tell.
    StayAway,
}

/// What the holder of a booking knows when asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttendanceView<'a> {
    /// Which moment.
    pub moment: Moment,
    /// Booking price \[CNY/kWh\].
    pub price: f64,
    /// Energy reserved \[kWh\].
    pub need_kwh: f64,
    /// Time from booking to start \[h\].
    pub lead_h: f64,
    /// Saving over walking in that is at stake, before any refund \[CNY\].
    pub saving_cny: f64,
    /// Refund expected when coming \[CNY\].
    pub refund_cny: f64,
    /// Fee of cancelling now \[CNY\].
    pub cancel_fee_cny: f64,
    /// Penalty of a severe breach, as the holder expects it \[CNY\].
    pub severe_penalty_cny: f64,
    /// Prepaid money kept by the operator if the holder stays away \[CNY\].
    pub forfeit_cny: f64,
    /// Whether the plan has changed by now ([`crate::BookingFate::plan_changed`]).
    pub plan_changed: bool,
    /// Cost of keeping the booking if it has \[CNY\].
    pub keeping_cost_cny: f64,
    /// Whether the reminder was received.
    pub reminded: bool,
    /// Behaviour class of the person.
    pub behaviour_class: u16,
    /// Standard-normal taste of the person.
    pub taste: f64,
    /// Memory of the person.
    pub experience: &'a Experience,
}

/// Probabilities of cancelling and of staying away; the rest is honouring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Odds {
    /// Probability of cancelling.
    pub cancel: f64,
    /// Probability of staying away.
    pub stay_away: f64,
}

impl Odds {
    /// Certainly honoured.
    pub const HONOUR: Self = Self { cancel: 0.0, stay_away: 0.0 };
    /// Certainly cancelled.
    pub const CANCEL: Self = Self { cancel: 1.0, stay_away: 0.0 };
    /// Certainly stayed away.
    pub const STAY_AWAY: Self = Self { cancel: 0.0, stay_away: 1.0 };

    /// Logit of three utilities [same unit as the scale].
    ///
    /// ```
    /// let odds = population::Odds::logit([0.0, 0.0, 0.0], 2.0);
    /// assert!((odds.cancel - 1.0 / 3.0).abs() < 1e-12 && (odds.honour() - 1.0 / 3.0).abs() < 1e-12);
    /// ```
    pub fn logit([honour, cancel, stay_away]: [f64; 3], scale: f64) -> Self {
        let best = honour.max(cancel).max(stay_away);
        let scale = scale.max(1e-9);
        let [h, c, s] = [honour, cancel, stay_away].map(|v| ((v - best) / scale).exp());
        let sum = h + c + s;
        Self { cancel: c / sum, stay_away: s / sum }
    }
    /// Probability of honouring.
    pub fn honour(&self) -> f64 {
        (1.0 - self.cancel - self.stay_away).max(0.0)
    }
    /// The answer of one uniform number: the lowest numbers stay away, the next ones cancel.
    pub fn pick(&self, u: f64) -> Attendance {
        if u < self.stay_away {
            Attendance::StayAway
        } else if u < self.stay_away + self.cancel {
            Attendance::CancelNow
        } else {
            Attendance::Honour
        }
    }
    /// Nobody has to make up their mind to stay away before plugging time: until then whoever does
    /// not cancel keeps quiet.
    fn unless_final(self, moment: Moment) -> Self {
        if moment == Moment::BeforePlug { self } else { Self { stay_away: 0.0, ..self } }
    }
    /// How the odds over a booking's whole life fall on its moments (our reading): whoever would
    /// cancel does so ahead, staying away is decided before plugging time.
    fn at_moment(self, moment: Moment) -> Self {
        match moment {
            Moment::Booking => Self::HONOUR,
            Moment::Ahead => Self { cancel: self.cancel, stay_away: 0.0 },
            Moment::BeforePlug => Self {
                cancel: 0.0,
                stay_away: (self.stay_away / (1.0 - self.cancel).max(1e-12)).min(1.0),
            },
        }
    }
}

/// Which law of attendance is in force.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum AttendanceLaw {
    /// The control: the response laws of the park model alone; only those whose plan changed
    /// reconsider.
    #[default]
    Response,
    /// Model 1: fixed probabilities.
    Exogenous(ExogenousDefault),
    /// Model 2: mixed logit of price, penalty, need, lead time, past defaults.
    Logit(MixedLogit),
    /// Model 3: prospect theory with the prepaid price as reference.
    Prospect(ProspectLaw),
    /// Model 4: norms and crowding out.
    Norms(Norms),
    /// Model 5: habits learnt over days.
    Habit(Habit),
}

/// A behaviour model: a law of attendance, with hoarding (model 6) and the reminder's own effect
/// (model 7) on top of any of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BehaviourModel {
    /// The law of attendance.
    pub attendance: AttendanceLaw,
    /// Model 6: overlapping bookings.
    pub hoarding: Hoarding,
    /// Model 7: the reminder as a treatment of its own.
    pub reminder: ReminderEffect,
    /// How fast the expected share of the refund, and what is expected of bookings as such, follow
    /// what bookings brought, per booking, 0..1 (0: not learnt; our reading when learning: 0.2).
    pub credence_rate: f64,
}

impl BehaviourModel {
    /// Words of the ready models, in the order of their numbers; 0 is the control.
    pub const WORDS: [&'static str; 8] =
        ["none", "exogenous", "logit", "prospect", "norms", "learning", "hoarding", "reminder"];

    /// A ready model by its word.
    ///
    /// ```
    /// use population::BehaviourModel;
    /// assert_eq!(BehaviourModel::named("none"), Some(BehaviourModel::default()));
    /// assert!(BehaviourModel::WORDS.iter().all(|word| BehaviourModel::named(word).is_some()));
    /// assert_eq!(BehaviourModel::named("rational"), None);
    /// ```
    pub fn named(word: &str) -> Option<Self> {
        let with = |attendance| Self { attendance, ..Self::default() };
        Some(match word {
            "none" => Self::default(),
            "exogenous" => with(AttendanceLaw::Exogenous(ExogenousDefault::default())),
            "logit" => with(AttendanceLaw::Logit(MixedLogit::default())),
            "prospect" => with(AttendanceLaw::Prospect(ProspectLaw::default())),
            "norms" => with(AttendanceLaw::Norms(Norms::default())),
            "learning" => Self {
                attendance: AttendanceLaw::Habit(Habit::default()),
                credence_rate: 0.2,
                ..Self::default()
            },
            "hoarding" => Self { hoarding: Hoarding::overlapping(), ..Self::default() },
            "reminder" => Self { reminder: ReminderEffect::measured(), ..Self::default() },
            _ => return None,
        })
    }

    /// The model's number, an index into [`Self::WORDS`]: that of its law of attendance, else of
    /// hoarding, else of the reminder.
    pub fn number(&self) -> u16 {
        match (&self.attendance, &self.hoarding, &self.reminder) {
            (AttendanceLaw::Exogenous(_), ..) => 1,
            (AttendanceLaw::Logit(_), ..) => 2,
            (AttendanceLaw::Prospect(_), ..) => 3,
            (AttendanceLaw::Norms(_), ..) => 4,
            (AttendanceLaw::Habit(_), ..) => 5,
            (AttendanceLaw::Response, Hoarding::Overlapping { .. }, _) => 6,
            (AttendanceLaw::Response, Hoarding::None, ReminderEffect::OddsRatio { .. }) => 7,
            (AttendanceLaw::Response, Hoarding::None, ReminderEffect::None) => 0,
        }
    }

    /// The model's word.
    pub fn word(&self) -> &'static str {
        Self::WORDS[usize::from(self.number())]
    }

    /// The law of attendance in force, in a sentence.
    pub fn about(&self) -> &'static str {
        match &self.attendance {
            AttendanceLaw::Response => {
                "whoever's plan changed chooses between coming, cancelling and staying away by a logit of saving, fee, penalty, hassle and trip"
            }
            AttendanceLaw::Exogenous(_) => {
                "fixed probabilities of cancelling early, cancelling late and staying away, whatever is at stake"
            }
            AttendanceLaw::Logit(_) => {
                "a mixed logit of price, penalty, need, lead time and past defaults"
            }
            AttendanceLaw::Prospect(_) => {
                "the same logit of amounts as they are felt: losses against the prepaid price weigh more than gains"
            }
            AttendanceLaw::Norms(_) => {
                "guilt keeps people from staying away, a fine crowds it out and deters; the norm that was lost returns slowly"
            }
            AttendanceLaw::Habit(_) => {
                "a strategy drawn each day by the attraction that its payoffs have left"
            }
        }
    }

    /// Whether experience changes anything, so that memory must be kept.
    pub fn learns(&self) -> bool {
        self.credence_rate > 0.0
            || matches!(
                self.attendance,
                AttendanceLaw::Habit(_) | AttendanceLaw::Norms(_) | AttendanceLaw::Logit(_)
            )
    }

    /// The memory of a person without a past, who expects `credence` of a refund.
    pub fn fresh_experience(&self, credence: f64) -> Experience {
        match &self.attendance {
            AttendanceLaw::Habit(habit) => Experience {
                attraction: habit.initial.map(|a| a as f32),
                ..Experience::fresh(credence)
            },
            _ => Experience::fresh(credence),
        }
    }
}

/// Probabilities of the three answers at a moment.
///
/// Whoever has forgotten the booking is not asked; the no-shows of [`AttendanceLaw::Exogenous`] count
/// them already ([`crate::BehaviourParams::draw_fate`]). Without response (`ResponseMode::None`) everybody honours,
/// except under [`AttendanceLaw::Exogenous`], which responds to nothing anyway.
pub fn attendance_odds(
    view: &AttendanceView<'_>,
    model: &BehaviourModel,
    response: &ResponseParams,
) -> Odds {
    if let AttendanceLaw::Exogenous(law) = &model.attendance {
        return law.odds(view);
    }
    if response.mode == ResponseMode::None {
        return Odds::HONOUR;
    }
    let treated = |odds: Odds| if view.reminded { model.reminder.apply(odds) } else { odds };
    // Those whose plan changed are asked ahead and once more. Where a reminder has an effect of its
    // own, measured over a booking's whole life, so are the odds that it changes.
    let asked_twice = |odds: Odds| match model.reminder {
        ReminderEffect::None => odds.unless_final(view.moment),
        ReminderEffect::OddsRatio { .. } => treated(odds).at_moment(view.moment),
    };
    match &model.attendance {
        AttendanceLaw::Response => asked_twice(response_law::odds(view, response)),
        AttendanceLaw::Prospect(law) => asked_twice(law.odds(view, response)),
        AttendanceLaw::Logit(law) => treated(law.odds(view)).at_moment(view.moment),
        AttendanceLaw::Norms(law) => treated(law.odds(view)).at_moment(view.moment),
        AttendanceLaw::Habit(_) => {
            habit::odds(view, asked_twice(response_law::odds(view, response)))
        }
        AttendanceLaw::Exogenous(law) => law.odds(view),
    }
}

/// Decides with one uniform number.
pub fn decide_attendance(
    view: &AttendanceView<'_>,
    model: &BehaviourModel,
    response: &ResponseParams,
    u: &mut impl FnMut() -> f64,
) -> Attendance {
    let draw = u();
    attendance_odds(view, model, response).pick(draw)
}

/// Takes an outcome into memory. What is remembered: how many bookings were defaulted, the share of
/// the refund to expect, by how much bookings disappointed, what is left of the norm, the attraction
/// of each strategy. Models that do
/// not learn only count.
pub fn learn(experience: &mut Experience, outcome: &Outcome, model: &BehaviourModel) {
    experience.count(outcome);
    if outcome.full_refund_cny > 1e-9 {
        let share = (outcome.refund_cny / outcome.full_refund_cny).clamp(0.0, 1.0);
        let credence = f64::from(experience.credence);
        experience.credence = (credence + model.credence_rate * (share - credence)) as f32;
    }
    experience.compare(outcome, model.credence_rate);
    match &model.attendance {
        AttendanceLaw::Norms(law) => law.learn(experience, outcome),
        AttendanceLaw::Habit(law) => law.learn(experience, outcome),
        AttendanceLaw::Response
        | AttendanceLaw::Exogenous(_)
        | AttendanceLaw::Logit(_)
        | AttendanceLaw::Prospect(_) => {}
    }
}

#[cfg(test)]
mod tests;
