//! Plugging in and out, the queue of walk-ins, outages of piles.

use super::follow::least_pay;
use super::pile_book::{Hold, Holder};
use super::{
    Aggregator, BookingState, Counters, Cx, Declared, PeriodUse, Release, Session, Waiting,
};
use crate::message::{BookingRef, Message, SessionRef, ToUser};
use crate::outbox::sender;
use domain::{
    Actor, BookingId, BreachGrade, Detail, Direction, EvId, Fact, FactKind, MicroCny, Phase,
    RequestId, ReservationStatus, SessionId, SessionRow, Span, TicketCause, Time, UserType, ZoneId,
};

/// What happens to somebody who comes to a pile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtThePile {
    /// Plugged in.
    PluggedIn(SessionRef),
    /// Too early, and the pile is taken: try again then.
    Wait(Time),
    /// The booking does not exist any more.
    Void,
    /// The pile is taken or broken and there is no other: the booking is void, all money goes back.
    KeptOut,
}

impl Aggregator {
    /// A vehicle comes for its booking.
    ///
    /// A vehicle that is still plugged in for another booking of its own has come, and waits for
    /// that to end.
    pub fn on_come(&mut self, booking: BookingRef, declared: Declared, cx: &mut Cx) -> AtThePile {
        let now = cx.out.now;
        let Some(b) = self.bookings.get_mut(booking).filter(|b| b.is_expected()) else {
            return self.turn_away(booking, cx);
        };
        if b.came_at == Time::NONE {
            b.came_at = now;
        }
        if let Some(other) = self.plugged[declared.place as usize] {
            let (own_booking, end) = self
                .sessions
                .get(other)
                .map_or((false, i64::MIN), |s| (s.booking.is_some(), s.end));
            if own_booking {
                b.state = BookingState::Waiting;
                return AtThePile::Wait(cx.env.grid.start(end).max(now + Span::MINUTE));
            }
            self.unplug(other, Detail::Booked, cx);
        }
        let Some(b) = self.bookings.get_mut(booking) else { return AtThePile::Void };
        let declared = Declared {
            energy_kwh: cx
                .after
                .released
                .last()
                .filter(|r| r.place == declared.place)
                .map_or(declared.energy_kwh, |r| r.energy_kwh),
            ..declared
        };
        let (pile, start, end) = (b.pile, b.start, b.end);
        let clear = cx.env.grid.start(start) - Span(cx.env.grid.length().0 * self.book.setup());
        let period = cx.env.grid.at(now);
        let taken =
            |a: &Self| a.piles[pile as usize].occupant.is_some() || a.piles[pile as usize].broken;
        let early = now < clear;
        if early
            && (taken(self)
                || self.book.next_promise(pile, period).is_some_and(|p| p.start < start))
        {
            self.bookings.get_mut(booking).expect("invariant: looked up above").state =
                BookingState::Waiting;
            return AtThePile::Wait(clear);
        }
        if taken(self) && now < cx.env.grid.start(start) {
            // Somebody overstays, or is just leaving: there is time until the start.
            self.bookings.get_mut(booking).expect("invariant: looked up above").state =
                BookingState::Waiting;
            return AtThePile::Wait(now + Span::MINUTE);
        }
        let pile = if taken(self) {
            let from = start.max(cx.env.grid.at(now));
            let Some(other) = (0..self.piles.len() as u32).find(|&p| {
                self.works(p)
                    && self.piles[p as usize].occupant.is_none()
                    && self.book.fits(p, from, end, None)
            }) else {
                self.book.cut(pile, booking, start);
                self.end_unused(booking, ReservationStatus::Curtailed, MicroCny::ZERO, cx);
                return AtThePile::KeptOut;
            };
            self.book.cut(pile, booking, start);
            let hold =
                Hold { start: from, end, holder: Holder::Booking { booking, ev: declared.place } };
            if let Err(overlap) = self.book.enter(other, hold) {
                cx.break_invariant(
                    self.zone,
                    format!("a kept-out vehicle was given a promised pile: {overlap:?}"),
                );
            }
            other
        } else {
            pile
        };
        let b = self.bookings.get_mut(booking).expect("invariant: looked up above");
        b.pile = pile;
        b.plugged_at = now;
        let deadlines = cx
            .env
            .market
            .breach
            .deadlines(cx.env.grid.start(start), Span(cx.env.grid.length().0 * (end - start)));
        let deadlines = market::breach::Deadlines { none: b.no_breach_until, ..deadlines };
        let grade = if cx.env.market.breach.enabled {
            deadlines.grade(b.came_at)
        } else {
            BreachGrade::None
        };
        b.grade = Some(grade);
        b.caused_by_user |= grade != BreachGrade::None;
        let (direction, reserved, id, request) =
            (b.direction, b.reserved_total_kwh(), b.id, b.request);
        let goal = match direction {
            // What is reserved, but not above the target: a recharge whose sale came to nothing is
            // larger than what is needed.
            Direction::Charge => (declared.energy_kwh
                + reserved * declared.vehicle.charge_efficiency)
                .min(declared.target_kwh.max(declared.energy_kwh)),
            Direction::Discharge => {
                declared.energy_kwh - reserved / declared.vehicle.discharge_efficiency
            }
        };
        let session = self.plug(
            pile,
            Some((booking, id, request)),
            direction,
            start,
            end,
            goal,
            declared,
            cx,
        );
        self.bookings.get_mut(booking).expect("invariant: looked up above").state =
            BookingState::Plugged(session);
        if grade != BreachGrade::None {
            self.counters.breaches += 1;
            let detail = if grade == BreachGrade::Minor { Detail::Minor } else { Detail::Moderate };
            let fact = self.fact(cx.out, FactKind::Breach).ev(declared.ev);
            let fact = self.sessions.get(session).map_or(fact, |s| s.mark(fact));
            let fact = fact.pile(self.pile_id(pile)).period(cx.env.grid.start(start));
            cx.out.fact(fact.detail(detail));
        }
        AtThePile::PluggedIn(session)
    }

    /// Nothing is held any more for whoever comes: after the deadline it is written down.
    fn turn_away(&mut self, booking: BookingRef, cx: &mut Cx) -> AtThePile {
        let now = cx.out.now;
        let late = self.bookings.get_mut(booking).filter(|b| {
            b.ended_as == Some(ReservationStatus::Defaulted) && b.came_at == Time::NONE
        });
        if let Some(b) = late {
            b.came_at = now;
            let (pile, start) = (b.pile, b.start);
            let fact = b.mark(by_ev(self.zone, cx, FactKind::TurnedAwayLate, b.ev));
            cx.out.fact(fact.pile(self.pile_id(pile)).period(cx.env.grid.start(start)));
        }
        AtThePile::Void
    }

    #[allow(clippy::too_many_arguments)]
    fn plug(
        &mut self,
        pile: u32,
        booking: Option<(BookingRef, BookingId, RequestId)>,
        direction: Direction,
        start: i64,
        end: i64,
        goal: f64,
        declared: Declared,
        cx: &mut Cx,
    ) -> SessionRef {
        if let Some(other) = self.piles[pile as usize].occupant {
            cx.break_invariant(
                self.zone,
                format!(
                    "pile {} would be used by two vehicles: {other:?} and EV {}",
                    self.pile_id(pile),
                    declared.ev
                ),
            );
        }
        let id = SessionId(Counters::next(&mut self.counters.sessions, self.zone, cx.env.zones));
        let goal_kwh = goal.min(declared.ceiling_kwh);
        let session = self.sessions.insert(Session {
            id,
            declared,
            pile,
            booking: booking.map(|b| b.0),
            booking_id: booking.map_or(BookingId(0), |b| b.1),
            request: booking.map_or(RequestId(0), |b| b.2),
            direction,
            start,
            end,
            plugged_at: cx.out.now,
            energy_kwh: declared.energy_kwh,
            goal_kwh,
            power_kw: 0.0,
            counted_to: cx.out.now,
            charged_kwh: 0.0,
            discharged_kwh: 0.0,
            debt_kwh: 0.0,
            user_type: UserType::None,
            stored_at_cny_per_kwh: 0.0,
            answer: None,
        });
        self.piles[pile as usize].occupant = Some(session);
        self.note_free(pile);
        self.plugged[declared.place as usize] = Some(session);
        let kind = if booking.is_some() { FactKind::PluggedIn } else { FactKind::WalkIn };
        let fact = by_ev(self.zone, cx, kind, declared.ev);
        let fact = self.sessions.get(session).map_or(fact, |s| s.mark(fact));
        cx.out.fact(fact.pile(self.pile_id(pile)).direction(direction));
        session
    }

    /// Counts the energy of a plug-in up to an instant.
    pub(super) fn count(&mut self, session: SessionRef, until: Time, cx: &Cx) {
        let pile_ids = self.first_pile;
        let Some(s) = self.sessions.get_mut(session) else { return };
        let span = until - s.counted_to;
        s.counted_to = until;
        if s.power_kw == 0.0 || span.0 <= 0 {
            return;
        }
        let kwh = s.power_kw.abs() * span.hours().value();
        let v = s.declared.vehicle;
        let booking = s.booking;
        let booked = booking.and_then(|b| self.bookings.get_mut(b));
        let (mut charged, mut discharged, mut replace) = (0.0, 0.0, 0.0);
        let period = cx.env.grid.at(until - Span(1));
        let sells = s.power_kw < 0.0 && booking.is_none();
        let least_pay =
            if sells { least_pay(s, period, cx.env) } else { s.declared.wear_cny_per_kwh };
        let delivered = if s.power_kw > 0.0 {
            charged = kwh;
            s.charged_kwh += kwh;
            s.energy_kwh += kwh * v.charge_efficiency;
            if s.energy_kwh > s.goal_kwh {
                s.stored_at_cny_per_kwh =
                    s.stored_at_cny_per_kwh.max(cx.env.retail(period).value());
            }
            let replaced = s.debt_kwh.min(kwh);
            s.debt_kwh -= replaced;
            kwh - replaced
        } else {
            discharged = kwh;
            s.discharged_kwh += kwh;
            s.energy_kwh -= kwh / v.discharge_efficiency;
            if s.direction == Direction::Charge {
                replace = kwh / (v.charge_efficiency * v.discharge_efficiency);
                s.debt_kwh += replace;
                0.0
            } else {
                kwh
            }
        };
        let id = booked.map_or(BookingId(0), |b| {
            if let Some(row) =
                usize::try_from(period - b.start).ok().and_then(|i| b.rows.get_mut(i))
            {
                row.delivered_kwh += delivered;
            }
            b.id
        });
        self.uses.push(PeriodUse {
            ev: s.declared.ev,
            place: s.declared.place,
            pile: domain::PileId(pile_ids + s.pile),
            stay: s.declared.stay,
            session: s.id,
            request: s.request,
            booking: id,
            booked: booking,
            power_kw: s.power_kw,
            charged_kwh: charged,
            discharged_kwh: discharged,
            replace_kwh: replace,
            least_pay,
            user_type: s.user_type,
        });
    }

    /// Unplugs a vehicle now; the remainder of a booking that it leaves early goes to others.
    pub fn unplug(&mut self, session: SessionRef, cause: Detail, cx: &mut Cx) {
        self.count(session, cx.out.now, cx);
        let Some(s) = self.sessions.remove(session) else { return };
        self.piles[s.pile as usize].occupant = None;
        self.note_free(s.pile);
        self.plugged[s.declared.place as usize] = None;
        let fact = s
            .mark(by_ev(self.zone, cx, FactKind::Unplugged, s.declared.ev))
            .pile(self.pile_id(s.pile))
            .detail(cause);
        cx.out.fact(fact.energy(s.charged_kwh - s.discharged_kwh));
        self.write_session(&s, cx.out.now, cx);
        cx.after.released.push(Release {
            place: s.declared.place,
            energy_kwh: s.energy_kwh,
            charged_kwh: s.charged_kwh,
            discharged_kwh: s.discharged_kwh,
            booking: s.booking,
            queued: cause == Detail::Yielded,
        });
        if let Some(key) = s.booking {
            self.leave_booking(key, cause, cx);
        }
    }

    /// The user unplugs, at the end of the booking, before it or after it.
    pub fn on_leave(&mut self, session: SessionRef, cx: &mut Cx) {
        let Some(end) = self.sessions.get(session).map(|s| s.end) else { return };
        let end = cx.env.grid.start(end);
        let cause = match cx.out.now.cmp(&end) {
            std::cmp::Ordering::Less => Detail::EarlyUnplug,
            std::cmp::Ordering::Equal => Detail::OnTime,
            std::cmp::Ordering::Greater => Detail::Overstay,
        };
        self.unplug(session, cause, cx);
        self.serve_queue(cx);
    }

    /// Writes the row of a plug-in; `departure` is null for one that is still there.
    pub(super) fn write_session(&self, s: &Session, departure: Time, cx: &mut Cx) {
        if !cx.out.recording {
            return;
        }
        let capacity = s.declared.vehicle.battery_kwh;
        cx.out.rows.sessions.push(SessionRow {
            session: s.id,
            stay: s.declared.stay,
            booking: s.booking_id,
            ev: s.declared.ev,
            zone: self.zone,
            pile: self.pile_id(s.pile),
            arrival: s.plugged_at,
            departure,
            soc_arrival: s.declared.energy_kwh / capacity,
            soc_departure: s.energy_kwh / capacity,
            energy_charged_kwh: s.charged_kwh,
            energy_discharged_kwh: s.discharged_kwh,
        });
    }

    fn leave_booking(&mut self, key: BookingRef, cause: Detail, cx: &mut Cx) {
        let now = cx.out.now;
        let Some(b) = self.bookings.get_mut(key) else { return };
        b.state = BookingState::Over;
        let first = cx.env.grid.ceil(now).max(b.start);
        if first >= b.end {
            return;
        }
        let (pile, end, id, reserved, charges) =
            (b.pile, b.end, b.id, b.reserved_kwh, b.direction == Direction::Charge);
        if cause == Detail::Outage {
            b.ended_as = Some(ReservationStatus::Curtailed);
            b.curtailed_from = first;
        } else {
            b.caused_by_user = true;
        }
        self.book.cut(pile, key, first);
        if cause != Detail::Outage && charges {
            self.offer(
                id,
                pile,
                first,
                end,
                reserved * (end - first) as f64,
                TicketCause::EarlyUnplug,
                cx,
            );
        }
    }

    /// A user wants to charge without a booking.
    pub fn on_queue(&mut self, declared: Declared, cx: &mut Cx) {
        let waiting = self.plugged[declared.place as usize].is_some()
            || self.queue.iter().any(|w| w.declared.place == declared.place);
        if cx.policy.walk_in.enabled && !waiting && declared.energy_kwh < declared.target_kwh - 1e-6
        {
            self.queue.push_back(Waiting { declared, since: cx.out.now });
            self.serve_queue(cx);
        }
    }

    /// A user leaves the zone: a booking for which the vehicle was there and kept waiting until now
    /// is void, all money goes back.
    pub fn on_gone(&mut self, booking: BookingRef, cx: &mut Cx) {
        let Some(b) = self.bookings.get(booking).filter(|b| b.state == BookingState::Waiting)
        else {
            return;
        };
        self.book.cut(b.pile, booking, b.start);
        self.end_unused(booking, ReservationStatus::Curtailed, MicroCny::ZERO, cx);
    }

    /// Takes a user out of the queue; true if it was there.
    pub fn leave_queue(&mut self, place: u32, now: Time) -> bool {
        let Some(at) = self.queue.iter().position(|w| w.declared.place == place) else {
            return false;
        };
        if let Some(w) = self.queue.remove(at) {
            self.waited_min[place as usize] += (now - w.since).minutes();
        }
        true
    }

    /// Gives free piles to those who wait, first in, first out, each the pile that is free longest.
    pub(crate) fn serve_queue(&mut self, cx: &mut Cx) {
        while !self.queue.is_empty() {
            let Some(pile) = self.pile_free_longest(cx) else { return };
            let Some(w) = self.queue.pop_front() else { return };
            self.waited_min[w.declared.place as usize] += (cx.out.now - w.since).minutes();
            self.admitted.push(w.declared.place);
            let session = self.plug(
                pile,
                None,
                Direction::Charge,
                i64::MIN,
                i64::MAX,
                w.declared.target_kwh,
                w.declared,
                cx,
            );
            self.begin_at_once(session, cx);
        }
    }

    /// The free pile that is promised last; it must be free for more than the period at hand.
    fn pile_free_longest(&self, cx: &Cx) -> Option<u32> {
        self.book.free_longest(&self.free, cx.env.grid.at(cx.out.now))
    }

    /// Notes whether a pile is free after its occupant or its state has changed.
    fn note_free(&mut self, pile: u32) {
        let p = &self.piles[pile as usize];
        if p.occupant.is_none() && !p.broken {
            self.free.insert(pile);
        } else {
            self.free.remove(pile);
        }
    }

    /// A pile must be free for a booking: a walk-in yields and is the next in the queue.
    pub fn on_clear_pile(&mut self, booking: BookingRef, cx: &mut Cx) {
        let Some(b) = self.bookings.get(booking) else { return };
        let Some(session) = self.piles[b.pile as usize].occupant else { return };
        if self.sessions.get(session).is_some_and(|s| s.booking.is_none()) {
            self.evict(session, cx);
            self.serve_queue(cx);
        }
    }

    fn evict(&mut self, session: SessionRef, cx: &mut Cx) {
        let Some(mut declared) = self.sessions.get(session).map(|s| s.declared) else { return };
        self.unplug(session, Detail::Yielded, cx);
        if let Some(release) = cx.after.released.last() {
            declared.energy_kwh = release.energy_kwh;
        }
        self.queue.push_front(Waiting { declared, since: cx.out.now });
    }

    /// Piles break, or work again. Bookings move to another pile if they can and are curtailed if
    /// not.
    pub fn on_outage(
        &mut self,
        piles: u32,
        begins: bool,
        until: Time,
        tell: impl Fn(u32) -> u64,
        cx: &mut Cx,
    ) {
        let count = piles.min(self.piles.len() as u32);
        for pile in 0..count {
            self.piles[pile as usize].broken = begins;
            self.note_free(pile);
            let detail = if begins { Detail::Outage } else { Detail::Restored };
            cx.out.fact(
                self.fact(cx.out, FactKind::PileOutage).pile(self.pile_id(pile)).detail(detail),
            );
        }
        if begins {
            for pile in 0..count {
                self.vacate(pile, until, &tell, cx);
            }
        }
        self.serve_queue(cx);
    }

    fn vacate(&mut self, pile: u32, until: Time, tell: &impl Fn(u32) -> u64, cx: &mut Cx) {
        if let Some(session) = self.piles[pile as usize].occupant {
            if self.sessions.get(session).is_some_and(|s| s.booking.is_none()) {
                self.evict(session, cx);
            } else {
                self.unplug(session, Detail::Outage, cx);
            }
        }
        let last = cx.env.grid.ceil(until);
        for key in self.bookings.keys() {
            let Some(b) = self.bookings.get(key) else { continue };
            if b.pile != pile || !b.is_expected() || b.start >= last {
                continue;
            }
            let (start, end, place) = (b.start, b.end, b.place);
            self.book.cut(pile, key, start);
            if let Some(other) = self.book.find(start, end, place, |p| self.works(p)) {
                let hold = Hold { start, end, holder: Holder::Booking { booking: key, ev: place } };
                if let Err(overlap) = self.book.enter(other, hold) {
                    cx.break_invariant(
                        self.zone,
                        format!("a booking moved onto a promised pile: {overlap:?}"),
                    );
                }
                self.bookings.get_mut(key).expect("invariant: looked up above").pile = other;
            } else {
                self.end_unused(key, ReservationStatus::Curtailed, MicroCny::ZERO, cx);
                let at = cx.out.now + cx.env.user_delay(tell(place), cx.out.now.0 as u64);
                cx.out.send(
                    at,
                    Phase::Deliver,
                    sender::AGGREGATOR,
                    Message::User(place, ToUser::Dismissed { booking: key }),
                );
            }
        }
    }

    /// Unplugs walk-ins that have what they wanted.
    pub(super) fn unplug_satisfied(&mut self, cx: &mut Cx) {
        // On a feeder and in a microgrid vehicles stay plugged in while they are parked.
        if cx.env.feeder().is_some() || cx.env.pile_for_each() {
            return;
        }
        for pile in 0..self.piles.len() {
            let Some(session) = self.piles[pile].occupant else { continue };
            if self
                .sessions
                .get(session)
                .is_some_and(|s| s.booking.is_none() && s.energy_kwh >= s.goal_kwh - 1e-6)
            {
                self.unplug(session, Detail::Target, cx);
            }
        }
    }
}

/// A fact whose actor is an EV.
fn by_ev(zone: ZoneId, cx: &Cx, kind: FactKind, ev: EvId) -> Fact {
    Fact::new(cx.out.now, cx.out.phase, kind, Actor::Ev, ev.0, zone).ev(ev)
}
