//! What becomes of a booking in a user's mind: reminder, second thoughts, regret.
//!
//! A user looks at a booking again ahead of it, when a reminder would have been acted on, and ten
//! minutes before it means to set out. Whoever has forgotten it decides nothing; a reminder brings
//! it back to mind at any time, and whoever should have set out by then sets out at once.

use super::plan::question;
use super::{Ev, EvCx, Held};
use crate::environment::Purpose;
use crate::message::{BookingRef, Message, ToAggregator, ToUser};
use crate::outbox::sender;
use crate::policies::Holder;
use domain::{Detail, Direction, Phase, Span, Time};
use market::CancellationRules;
use population::{Attendance, AttendanceView, Experience, Moment, attendance_odds};

/// When whoever does not mean to come from the beginning says so (our reading): a minute after the
/// free window, but before a cancellation is late.
fn in_good_time(h: &Held, start: Time, rules: &CancellationRules) -> Time {
    let (free_ends, late_begins) = (h.made_at + rules.free_window, start - rules.late_window);
    (free_ends + Span::MINUTE).min(late_begins - Span::MINUTE)
}

/// The number of a moment's question: each has draws of its own, however often a user is asked.
fn number_of(moment: Moment) -> u8 {
    match moment {
        Moment::Booking => u8::MAX,
        Moment::Ahead => 0,
        Moment::BeforePlug => 1,
    }
}

impl Held {
    /// Whether the user still means to come for it, and has not.
    pub fn is_open(&self) -> bool {
        !self.away && !self.used
    }
    /// Whether an instant that was aimed at anew is still to come.
    pub(super) fn waits_until(&self, aimed: Time, now: Time) -> bool {
        self.aimed_anew && now < aimed
    }
    /// Whether it is out of the user's mind.
    pub fn is_forgotten(&self) -> bool {
        self.fate.has_forgotten(self.reminded)
    }
}

impl Ev {
    /// The booking begins soon. Whoever had forgotten it takes the last word now if it is due, and
    /// sets out if it is time.
    pub fn on_reminded(&mut self, booking: BookingRef, cx: &mut EvCx) {
        let Some(h) = self.held_mut(booking) else { return };
        let was_forgotten = h.is_forgotten();
        h.reminded = true;
        let comes_to_mind = was_forgotten && !h.is_forgotten();
        let (last_word_at, comes_at) = (h.last_word_at, h.comes_at);
        if !comes_to_mind {
            return;
        }
        let now = cx.out.now;
        if last_word_at <= now {
            self.decide(booking, Moment::BeforePlug, cx);
        }
        if comes_at <= now && self.held(booking).is_some_and(Held::is_open) {
            let (me, ev) = (sender::FIRST_EV + self.place, self.place);
            cx.out.send(now, Phase::Deliver, me, Message::User(ev, ToUser::Come { booking }));
        }
    }

    /// The user looks at a booking again.
    pub fn on_reconsider(&mut self, booking: BookingRef, moment: Moment, cx: &mut EvCx) {
        let now = cx.out.now;
        let due = |h: &Held| moment == Moment::Ahead || !h.waits_until(h.last_word_at, now);
        if self.held(booking).is_some_and(|h| due(h) && !h.is_forgotten()) {
            self.decide(booking, moment, cx);
        }
    }

    /// The one decision point of the behaviour models.
    pub(super) fn decide(&mut self, booking: BookingRef, moment: Moment, cx: &mut EvCx) {
        let Some(h) = self.held(booking).copied().filter(Held::is_open) else { return };
        let segment = cx.segment(self);
        let cancellation = cx.terms(self, &h).cancellation;
        let (now, start) = (cx.out.now, cx.env.grid.start(h.start));
        let experience = Experience { strategy: h.strategy, ..self.experience };
        let view = self.attendance_view(&h, moment, &experience, cx);
        let number = question(h.day, h.number, number_of(moment));
        let mut draws = cx.env.user_draws(self.stable, Purpose::Attendance, number);
        let built_in =
            attendance_odds(&view, &segment.behaviour.model, &segment.behaviour.response);
        let who = Holder { ev: self.id, zone: cx.zone, segment: self.segment };
        let odds = cx.env.own.0.attendance(who, &view, built_in);
        let Some(odds) = cx.out.answer(odds) else { return };
        match odds.pick(draws.uniform()) {
            Attendance::CancelNow if cancellation.enabled && now < start => {
                let at = match moment {
                    Moment::Booking => in_good_time(&h, start, &cancellation),
                    Moment::Ahead | Moment::BeforePlug => now,
                };
                self.give_back(booking, Detail::PlanChanged, at, cx);
            }
            Attendance::StayAway | Attendance::CancelNow => {
                if let Some(h) = self.held_mut(booking) {
                    h.away = true;
                }
                self.drop_need(&h, cx);
            }
            Attendance::Honour => {}
        }
    }

    /// What the user knows of a booking when it decides.
    fn attendance_view<'a>(
        &self,
        h: &Held,
        moment: Moment,
        experience: &'a Experience,
        cx: &EvCx,
    ) -> AttendanceView<'a> {
        let at_stake = self.at_stake(h, cx);
        AttendanceView {
            moment,
            price: h.price,
            need_kwh: h.energy_kwh,
            lead_h: (cx.env.grid.start(h.start) - h.made_at).hours().value(),
            // The saving over walking in was counted when the window was chosen, the expected
            // refund included.
            saving_cny: h.saving_cny,
            refund_cny: 0.0,
            cancel_fee_cny: self.cancel_fee_cny(h, cx),
            severe_penalty_cny: cx.terms(self, h).penalty.k[2] * at_stake.unit_cny,
            forfeit_cny: at_stake.forfeit_cny,
            plan_changed: h.fate.plan_changed(h.made_at, cx.out.now),
            keeping_cost_cny: h.fate.keeping_cost_cny,
            reminded: h.reminded,
            behaviour_class: self.person.behaviour_class,
            taste: self.person.taste,
            experience,
        }
    }

    /// Whoever does not come to charge does not charge in this stay; whoever does not come to sell
    /// still may.
    fn drop_need(&mut self, h: &Held, cx: &EvCx) {
        let value_cny = cx.segment(self).behaviour.response.trip_value_cny;
        if let (Direction::Charge, Some(plan)) = (h.direction, self.plan_of(h.day)) {
            plan.dropped = true;
            plan.forgo_trip(value_cny);
        }
    }

    /// The user regrets a booking just made.
    pub fn on_regret(&mut self, booking: BookingRef, cx: &mut EvCx) {
        let may = |h: &Held| cx.terms(self, h).cancellation.enabled;
        if self.held(booking).is_some_and(|h| h.is_open() && !h.is_forgotten() && may(h)) {
            self.give_back(booking, Detail::Regret, cx.out.now, cx);
        }
    }

    /// Cancels a booking at a time. Whoever regretted a charging window looks for another one;
    /// whoever's plan changed does not charge in this stay.
    pub(super) fn give_back(
        &mut self,
        booking: BookingRef,
        reason: Detail,
        at: Time,
        cx: &mut EvCx,
    ) {
        let (place, me) = (self.place, sender::FIRST_EV + self.place);
        let Some(h) = self.held_mut(booking) else { return };
        h.away = true;
        let h = *h;
        let hassle = cx.segment(self).behaviour.response.cancel_hassle_cny as f32;
        self.bear(h.day, |c| c.hassle += hassle);
        let at = at.max(cx.out.now) + cx.env.user_delay(self.stable, cx.out.now.0 as u64);
        cx.out.send(
            at,
            Phase::Deliver,
            me,
            Message::Aggregator(place, ToAggregator::Cancel { booking, reason }),
        );
        match (reason, h.direction) {
            (Detail::Regret, Direction::Charge) => {
                let retries = cx.env.market.booking.retries;
                let Some(plan) = self.plan_of(h.day) else { return };
                plan.excluded.push(h.start);
                if u32::from(plan.attempts) <= retries {
                    self.look_again(h.day, cx);
                }
            }
            (Detail::PlanChanged, _) => self.drop_need(&h, cx),
            _ => {}
        }
    }
}
