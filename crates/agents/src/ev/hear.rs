//! What a user hears: from its aggregator, from its own timers, and that the rules have changed.

use super::stay::Account;
use super::{Ev, EvCx, Held};
use crate::message::{Message, ToUser};
use crate::outbox::sender;
use crate::policy::Policy;
use domain::{Phase, Time, ZoneId};

impl Ev {
    /// A word for the user alone. What a vehicle does at a pile is the zone's to handle, as is a
    /// promise that the aggregator makes.
    pub fn hear(&mut self, word: ToUser, cx: &mut EvCx) {
        match word {
            ToUser::Plan => self.on_plan(cx),
            ToUser::Regret { booking } => self.on_regret(booking, cx),
            ToUser::Reconsider { booking, moment } => self.on_reconsider(booking, moment, cx),
            ToUser::Reminded { booking } => self.on_reminded(booking, cx),
            ToUser::Rejected { reason } => self.on_rejected(reason, cx),
            ToUser::Dismissed { booking } => self.on_booking_lost(booking, cx),
            ToUser::Lost => self.on_lost(cx),
            ToUser::Settled { booking, status, delivered_kwh, refund_cny, paid_cny } => {
                let account = Account {
                    status,
                    delivered_kwh: f64::from(delivered_kwh),
                    refund_cny: f64::from(refund_cny),
                    paid_cny: f64::from(paid_cny),
                };
                self.on_settled(booking, &account, cx);
            }
            ToUser::Arrive
            | ToUser::Depart
            | ToUser::Come { .. }
            | ToUser::WalkIn
            | ToUser::Leave { .. }
            | ToUser::Confirmed { .. }
            | ToUser::Won { .. } => {}
        }
    }

    /// The rules have changed; until now the user went by those `before`.
    ///
    /// Whoever has more or less at stake with a booking than before aims anew, if it is not on its
    /// way yet. Who may walk in now does; who may book now looks at prices when it meant to.
    pub fn on_told(&mut self, before: &Policy, cx: &mut EvCx) {
        for i in 0..self.held.len() {
            let h = self.held[i];
            let (old, new) = (before.terms_of(self.segment, h.terms), cx.terms(self, &h));
            if h.is_open() && old != new {
                self.aim_anew(i, cx);
            }
        }
        if cx.policy.walk_in.enabled && !before.walk_in.enabled {
            self.walk_in_if_due(cx);
        }
        if cx.policy.booking.enabled && !before.booking.enabled {
            let current = self.stay.as_ref().map(|s| &s.plan);
            let plans = current.into_iter().chain(&self.upcoming);
            let looks = plans.filter(|p| p.away == ZoneId(0)).map(|p| p.looks_at);
            let (now, me) = (cx.out.now, sender::FIRST_EV + self.place);
            for at in looks.filter(|&at| now < at && at < Time::FAR) {
                cx.out.send(at, Phase::Decide, me, Message::User(self.place, ToUser::Plan));
            }
        }
    }

    /// Decides again when to take the last word and when to set out for a booking.
    fn aim_anew(&mut self, i: usize, cx: &mut EvCx) {
        let h = self.held[i];
        let Some(arrival) = self.plan_of(h.day).map(|p| p.arrival) else { return };
        let (last_word_at, comes_at) = self.aim(&h, arrival, cx);
        let now = cx.out.now;
        if h.comes_at <= now || comes_at == h.comes_at {
            return;
        }
        let (me, ev, booking) = (sender::FIRST_EV + self.place, self.place, h.booking);
        // What was decided for the last time stays decided.
        let last_word_at = if h.last_word_at > now { last_word_at } else { h.last_word_at };
        self.held[i] = Held { last_word_at, comes_at, aimed_anew: true, ..h };
        if last_word_at > now {
            let moment = population::Moment::BeforePlug;
            let message = Message::User(ev, ToUser::Reconsider { booking, moment });
            cx.out.send(last_word_at, Phase::Decide, me, message);
        }
        cx.out.send(comes_at, Phase::Deliver, me, Message::User(ev, ToUser::Come { booking }));
    }
}
