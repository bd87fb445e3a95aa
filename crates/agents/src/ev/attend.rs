//! What becomes of a booking: regret, reminder, second thoughts, coming, leaving.

use super::plan::{decision, question};
use super::{Ev, EvCx, Held};
use crate::aggregator::Booking;
use crate::environment::Purpose;
use crate::message::{BookingRef, Message, SessionRef};
use crate::outbox::sender;
use domain::{Detail, Direction, Phase, Span, Time, ZoneId};
use market::{CancellationRules, PenaltyBase};
use population::{
    Attendance, AttendanceView, Experience, Moment, aimed_plug_time, decide_attendance, plug_time,
};

/// The user walks to the pile: what it then asks of the aggregator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Nothing: it does not come.
    None,
    /// Plug in for this booking.
    ToThePile(BookingRef),
}

/// How long before walking to the pile the user reconsiders (P3: 10 min).
const RECONSIDERS_BEFORE: Span = Span(10 * Span::MINUTE.0);

/// When whoever does not mean to come from the beginning says so (our reading): a minute after the
/// free window, but before a cancellation is late.
fn in_good_time(h: &Held, start: Time, rules: &CancellationRules) -> Time {
    let (free_ends, late_begins) = (h.made_at + rules.free_window, start - rules.late_window);
    (free_ends + Span::MINUTE).min(late_begins - Span::MINUTE)
}

impl Ev {
    /// A request was granted, or a ticket won.
    pub fn on_confirmed(&mut self, key: BookingRef, b: &Booking, cx: &mut EvCx) {
        let by_ticket = b.ticket.0 != 0;
        let middle = cx.env.grid.start(b.start);
        let current = self.stay.as_ref().map(|s| &s.plan);
        let mut plans = current.into_iter().chain(&self.upcoming);
        let found = if by_ticket {
            plans.find(|p| p.away == ZoneId(0) && p.departure > middle)
        } else {
            plans.find(|p| p.pending.is_some_and(|q| q.start == b.start))
        };
        let Some(day) = found.map(|p| p.day) else { return };
        let Some(plan) = self.plan_of(day) else { return };
        let pending = if by_ticket { None } else { plan.pending.take() };
        let number = plan.confirmed;
        plan.confirmed += 1;
        let strategy = plan.strategy;
        let (arrival, saving_cny) = (plan.arrival, pending.map_or(0.0, |p| p.saving_cny));
        let response = &cx.env.segments[usize::from(self.segment)].behaviour.response;
        let mut draws = cx.env.user_draws(self.stable, Purpose::Response, decision(day, number));
        let fate = response.draw_fate(&mut || draws.uniform());
        let held = Held {
            booking: key,
            day,
            number,
            start: b.start,
            end: b.end,
            direction: b.direction,
            price: b.price,
            energy_kwh: b.reserved_total_kwh(),
            made_at: cx.out.now,
            saving_cny,
            by_ticket,
            fate,
            reminded: false,
            away: false,
            used: false,
            decisions: 0,
            strategy,
        };
        self.held.push(held);
        let me = sender::FIRST_EV + self.place;
        let start = cx.env.grid.start(b.start);
        if let Some(at) = fate.regret_at(cx.out.now).filter(|&at| at < start && !by_ticket) {
            cx.out.send(at, Phase::Deliver, me, Message::Regret { ev: self.place, booking: key });
        }
        let earliness = cx.env.risks[usize::from(self.segment)]
            .earliness_min((b.end - b.start) as u32, self.penalty_unit(&held, cx));
        let margin = cx.env.market.breach.margin;
        let reconsider = aimed_plug_time(start, margin, earliness) - RECONSIDERS_BEFORE;
        cx.out.send(
            reconsider.max(cx.out.now + Span(1)),
            Phase::Decide,
            me,
            Message::Reconsider { ev: self.place, booking: key },
        );
        let come =
            plug_time(start, margin, earliness, fate.delay_min, arrival).max(cx.out.now + Span(2));
        cx.out.send(come, Phase::Deliver, me, Message::Come { ev: self.place, booking: key });
        if by_ticket {
            self.drop_others(key, Detail::Arbitrage, cx);
        }
        if let Some(p) = pending {
            self.ask_next(day, p, cx);
        }
        if !by_ticket {
            self.decide(key, Moment::Booking, cx);
        }
    }

    /// `scale alpha B x reserved energy` of P3 eq. 2, without k, as the user expects it \[CNY\].
    pub(super) fn penalty_unit(&self, h: &Held, cx: &EvCx) -> f64 {
        let penalty = &cx.env.market.penalty;
        if !penalty.enabled {
            return 0.0;
        }
        let n = (h.end - h.start) as u32;
        let base = match (cx.board.filter(|b| b.window(h.start, n).is_some()), penalty.base) {
            (Some(board), _) => board.mean_penalty_base(h.start, n),
            (None, PenaltyBase::RealPrice | PenaltyBase::ReservationPrice) => {
                penalty.alpha(cx.env.is_peak(h.start)) * h.price
            }
        };
        let own = cx.segment(self).treatments.penalty_scale.unwrap_or(1.0);
        penalty.scale * own * base * h.energy_kwh
    }

    /// What cancelling a booking now would cost, as the user expects it \[CNY\].
    pub(super) fn cancel_fee_cny(&self, h: &Held, cx: &EvCx) -> f64 {
        let market = &cx.env.market;
        let late = cx.env.grid.start(h.start) - cx.out.now < market.cancellation.late_window;
        match (late, market.cancellation.late_costs_minor_breach) {
            (true, true) => market.penalty.k[0] * self.penalty_unit(h, cx),
            (true, false) => 0.0,
            (false, _) if h.direction == Direction::Discharge => 0.0,
            (false, _) => market.cancellation.early_fee_share * h.price * h.energy_kwh,
        }
    }

    /// The booking begins soon.
    pub fn on_reminded(&mut self, booking: BookingRef, cx: &mut EvCx) {
        if let Some(h) = self.held_mut(booking) {
            h.reminded = true;
            self.decide(booking, Moment::Reminder, cx);
        }
    }

    /// Ten minutes before the user would walk to the pile.
    pub fn on_reconsider(&mut self, booking: BookingRef, cx: &mut EvCx) {
        self.decide(booking, Moment::BeforePlug, cx);
    }

    /// The one decision point of the behaviour models.
    fn decide(&mut self, booking: BookingRef, moment: Moment, cx: &mut EvCx) {
        let Some(h) = self.held(booking).copied().filter(|h| !h.away && !h.used) else { return };
        let segment = cx.segment(self);
        let market = &cx.env.market;
        let now = cx.out.now;
        let start = cx.env.grid.start(h.start);
        let unit = self.penalty_unit(&h, cx);
        let prepaid = if h.direction == Direction::Charge { h.price * h.energy_kwh } else { 0.0 };
        // The saving over walking in was counted when the window was chosen, the expected refund
        // included.
        let experience = Experience { strategy: h.strategy, ..self.experience };
        let view = AttendanceView {
            moment,
            price: h.price,
            need_kwh: h.energy_kwh,
            lead_h: (start - h.made_at).hours().value(),
            saving_cny: h.saving_cny,
            refund_cny: 0.0,
            cancel_fee_cny: self.cancel_fee_cny(&h, cx),
            severe_penalty_cny: market.penalty.k[2] * unit,
            forfeit_cny: market.refund.forfeit_share * prepaid,
            plan_changed: h.fate.plan_changed(h.made_at, now),
            keeping_cost_cny: h.fate.keeping_cost_cny,
            forgotten: h.fate.has_forgotten(h.reminded),
            reminded: h.reminded,
            behaviour_class: self.person.behaviour_class,
            taste: self.person.taste,
            experience: &experience,
        };
        // The question on confirmation has a number of its own: those that follow are counted from
        // 0, whether it is asked or not.
        let asked = if moment == Moment::Booking { u8::MAX } else { h.decisions };
        let mut draws =
            cx.env.user_draws(self.stable, Purpose::Attendance, question(h.day, h.number, asked));
        let answer = decide_attendance(
            &view,
            &segment.behaviour.model,
            &segment.behaviour.response,
            &mut || draws.uniform(),
        );
        let possible = market.cancellation.enabled && now < start;
        match answer {
            Attendance::CancelNow if possible => {
                let at = if moment == Moment::Booking {
                    in_good_time(&h, start, &market.cancellation)
                } else {
                    now
                };
                self.give_back(booking, Detail::PlanChanged, at, cx);
            }
            Attendance::StayAway | Attendance::CancelNow => {
                if let Some(h) = self.held_mut(booking) {
                    h.away = true;
                }
                if let Some(plan) = self.plan_of(h.day) {
                    plan.dropped = true;
                }
            }
            Attendance::Honour => {
                if let Some(h) = self.held_mut(booking)
                    && moment != Moment::Booking
                {
                    h.decisions += 1;
                }
            }
        }
    }

    /// The user regrets a booking just made, and looks again.
    pub fn on_regret(&mut self, booking: BookingRef, cx: &mut EvCx) {
        if self.held(booking).is_some_and(|h| !h.away && !h.used)
            && cx.env.market.cancellation.enabled
        {
            self.give_back(booking, Detail::Regret, cx.out.now, cx);
        }
    }

    /// Cancels a booking at a time. Whoever regretted it looks for another window; whoever's plan
    /// changed does not charge in this stay.
    fn give_back(&mut self, booking: BookingRef, reason: Detail, at: Time, cx: &mut EvCx) {
        let (place, me) = (self.place, sender::FIRST_EV + self.place);
        let Some(h) = self.held_mut(booking) else { return };
        h.away = true;
        let (day, start) = (h.day, h.start);
        let at = at.max(cx.out.now) + cx.env.user_delay(self.stable, cx.out.now.0 as u64);
        cx.out.send(at, Phase::Deliver, me, Message::Cancel { ev: place, booking, reason });
        let retries = cx.env.market.booking.retries;
        let Some(plan) = self.plan_of(day) else { return };
        match reason {
            Detail::Regret => {
                plan.excluded.push(start);
                if u32::from(plan.attempts) <= retries {
                    self.look_again(day, cx);
                }
            }
            Detail::PlanChanged => plan.dropped = true,
            _ => {}
        }
    }

    /// Gives back all other charging bookings of the same stay.
    fn drop_others(&mut self, kept: BookingRef, reason: Detail, cx: &mut EvCx) {
        let Some(day) = self.held(kept).map(|h| h.day) else { return };
        let others: Vec<BookingRef> = self
            .held
            .iter()
            .filter(|h| {
                h.day == day
                    && h.booking != kept
                    && h.direction == Direction::Charge
                    && !h.away
                    && !h.used
            })
            .map(|h| h.booking)
            .collect();
        for booking in others {
            self.give_back(booking, reason, cx.out.now, cx);
        }
    }

    /// The user walks to the pile, if it is there and still wants to.
    pub fn on_come(&mut self, booking: BookingRef) -> Walk {
        let forgotten = |h: &Held| h.fate.has_forgotten(h.reminded);
        match self.held(booking) {
            Some(h)
                if self.stay.is_some()
                    && self.away() == ZoneId(0)
                    && !h.away
                    && !h.used
                    && !forgotten(h) =>
            {
                Walk::ToThePile(booking)
            }
            _ => Walk::None,
        }
    }

    /// Plugged in for a booking.
    pub fn on_plugged(
        &mut self,
        booking: BookingRef,
        session: SessionRef,
        per_stay: bool,
        cx: &mut EvCx,
    ) {
        self.plugged = true;
        self.queued = false;
        let departure = self.stay.as_ref().map_or(Time::FAR, |s| s.plan.departure);
        let (place, me) = (self.place, sender::FIRST_EV + self.place);
        let Some(h) = self.held_mut(booking) else { return };
        h.used = true;
        let grid = cx.env.grid;
        let leaves =
            h.fate.unplug_time(grid.start(h.start), grid.start(h.end) - grid.start(h.start));
        let leaves = if per_stay { departure } else { leaves.min(departure) };
        cx.out.send(
            leaves.max(cx.out.now + Span(1)),
            Phase::Deliver,
            me,
            Message::Leave { ev: place, session },
        );
        self.drop_others(booking, Detail::Hoarded, cx);
    }

    /// The booking does not exist any more: the user walks in instead.
    pub fn on_booking_lost(&mut self, booking: BookingRef, cx: &mut EvCx) {
        if let Some(h) = self.held_mut(booking) {
            h.away = true;
        }
        self.walk_in_if_due(cx);
    }
}
