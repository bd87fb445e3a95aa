//! A booking is confirmed, or a ticket won: the user holds it and sets its own timers.

use super::plan::{decision, question};
use super::{Ev, EvCx, Held, Pending, Plan};
use crate::environment::Purpose;
use crate::message::{BookingRef, Message, Promise, ToUser};
use crate::outbox::sender;
use domain::{Detail, Phase, Span, Time, ZoneId};
use market::ReminderRules;
use population::{Moment, TicketOffer, aimed_plug_time, latency, plug_time};

/// How long before walking to the pile the user reconsiders (P3: 10 min).
const RECONSIDERS_BEFORE: Span = Span(10 * Span::MINUTE.0);

impl Ev {
    /// A request was granted, or a ticket won.
    pub fn on_confirmed(&mut self, b: &Promise, cx: &mut EvCx) {
        let Some(day) = self.plan_asking_for(b, cx).map(|p| p.day) else { return };
        let saving_by_ticket = if b.by_ticket { self.saving_by_ticket(b, cx) } else { 0.0 };
        let Some(plan) = self.plan_of(day) else { return };
        let pending = if b.by_ticket { None } else { plan.pending.take() };
        let (number, strategy, arrival) = (plan.confirmed, plan.strategy, plan.arrival);
        plan.confirmed += 1;
        let behaviour = &cx.env.segments[usize::from(self.segment)].behaviour;
        let mut draws = cx.env.user_draws(self.stable, Purpose::Response, decision(day, number));
        let mut held = Held {
            booking: b.booking,
            id: b.id,
            request: b.request,
            stay: b.stay,
            day,
            number,
            start: b.start,
            end: b.end,
            direction: b.direction,
            price: b.price,
            energy_kwh: b.energy_kwh,
            made_at: cx.out.now,
            saving_cny: pending.map_or(saving_by_ticket, |p| p.saving_cny),
            terms: b.terms,
            by_ticket: b.by_ticket,
            fate: behaviour.draw_fate(&mut || draws.uniform()),
            last_word_at: Time::FAR,
            comes_at: Time::FAR,
            aimed_anew: false,
            reminded: false,
            away: false,
            used: false,
            strategy,
        };
        self.set_timers(&mut held, arrival, cx);
        self.held.push(held);
        self.go_on(b.booking, day, pending, cx);
    }

    /// The plan for which a booking was asked for, or into which a ticket falls.
    fn plan_asking_for(&self, b: &Promise, cx: &EvCx) -> Option<&Plan> {
        let start = cx.env.grid.start(b.start);
        let mut plans = self.stay.iter().map(|s| &s.plan).chain(&self.upcoming);
        if b.by_ticket {
            plans.find(|p| p.away == ZoneId(0) && p.departure > start)
        } else {
            plans.find(|p| p.pending.is_some_and(|q| q.start == b.start))
        }
    }

    /// What a ticket saves over what the user would have done without it.
    fn saving_by_ticket(&self, b: &Promise, cx: &EvCx) -> f64 {
        let start = cx.env.grid.start(b.start);
        let offer = TicketOffer {
            start,
            length: cx.env.grid.start(b.end) - start,
            price: b.price,
            real: cx.expected_real(b.start, b.end),
            energy_kwh: b.energy_kwh,
        };
        let gain = self.ticket_view(&offer, cx).map_or(0.0, |view| {
            population::ticket_gain(&view, &cx.segment(self).behaviour.choice) + view.hassle_cny
        });
        if gain.is_finite() { gain } else { 0.0 }
    }

    /// Regret, the two moments at which the user looks at a booking again, and the time to set out.
    fn set_timers(&self, h: &mut Held, arrival: Time, cx: &mut EvCx) {
        let (me, ev, booking) = (sender::FIRST_EV + self.place, self.place, h.booking);
        let (now, start) = (cx.out.now, cx.env.grid.start(h.start));
        if let Some(at) = h.fate.regret_at(now).filter(|&at| at < start && !h.by_ticket) {
            cx.out.send(at, Phase::Deliver, me, Message::User(ev, ToUser::Regret { booking }));
        }
        (h.last_word_at, h.comes_at) = self.aim(h, arrival, cx);
        let ahead = self.looks_ahead_at(h, cx).min(h.last_word_at);
        for (at, moment) in [(ahead, Moment::Ahead), (h.last_word_at, Moment::BeforePlug)] {
            cx.out.send(
                at,
                Phase::Decide,
                me,
                Message::User(ev, ToUser::Reconsider { booking, moment }),
            );
        }
        cx.out.send(h.comes_at, Phase::Deliver, me, Message::User(ev, ToUser::Come { booking }));
    }

    /// When the user takes the last word on a booking, and when it sets out.
    pub(super) fn aim(&self, h: &Held, arrival: Time, cx: &EvCx) -> (Time, Time) {
        let (now, start) = (cx.out.now, cx.env.grid.start(h.start));
        let earliness = cx.env.risks[usize::from(self.segment)]
            .earliness_min((h.end - h.start) as u32, self.at_stake(h, cx));
        let margin = cx.env.market.breach.margin;
        let last_word = aimed_plug_time(start, margin, earliness) - RECONSIDERS_BEFORE;
        let comes = plug_time(start, margin, earliness, h.fate.delay_min, arrival);
        (last_word.max(now + Span(1)), comes.max(now + Span(2)))
    }

    /// When the user would act on a reminder; it thinks of the booking then whether one is sent or
    /// not.
    fn looks_ahead_at(&self, h: &Held, cx: &EvCx) -> Time {
        let median_min = cx.policy.reminder.reaction_median_min;
        let number = question(h.day, h.number, 0);
        let u = cx.env.user_draws(self.stable, Purpose::Reaction, number).uniform();
        let reaction = latency(median_min, ReminderRules::REACTION_SIGMA, u);
        (cx.env.grid.start(h.start) - cx.policy.reminder.lead).max(cx.out.now) + reaction + Span(1)
    }

    /// What a user does at once: a winner gives back what it had, a seller asks for the recharge, a
    /// hoarder for another window; and whoever does not mean to come may say so.
    fn go_on(&mut self, key: BookingRef, day: i64, pending: Option<Pending>, cx: &mut EvCx) {
        match pending {
            None => self.drop_others(key, Detail::Arbitrage, cx),
            Some(p) => {
                self.ask_next(day, p, cx);
                self.decide(key, Moment::Booking, cx);
            }
        }
    }
}
