//! A user hears that the rules have changed.

use super::{Ev, EvCx, Held};
use crate::message::Message;
use crate::outbox::sender;
use crate::policy::Policy;
use domain::{Phase, Time, ZoneId};

impl Ev {
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
                cx.out.send(at, Phase::Decide, me, Message::Plan { ev: self.place });
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
            let message = Message::Reconsider { ev, booking, moment };
            cx.out.send(last_word_at, Phase::Decide, me, message);
        }
        cx.out.send(comes_at, Phase::Deliver, me, Message::Come { ev, booking });
    }
}
