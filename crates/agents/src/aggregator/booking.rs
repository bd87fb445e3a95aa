//! Admission of bookings, cancellation, reminder, breach (P3 section 2).

use super::{Aggregator, Booking, BookingState, Counters, Cx, Reminder, RowState};
use crate::aggregator::pile_book::{Hold, Holder};
use crate::message::{BookingRef, Due, Message, Request, ToUser};
use crate::outbox::sender;
use domain::{
    BookingId, BreachGrade, Detail, Direction, EvId, FactKind, Kwh, MicroCny, Phase, Price,
    Purpose, RequestId, ReservationStatus, Span, StayId, TicketCause, TicketId, Time,
};
use market::{Account, PenaltyBase};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Applicant {
    /// Place in the zone.
    pub place: u32,
    /// Number in the tables.
    pub ev: EvId,
    /// The stay for which it asks.
    pub stay: StayId,
    /// Stable identity in the random streams.
    pub stable: u64,
    /// Fleet segment.
    pub segment: u16,
    /// Factor on penalties.
    pub penalty_scale: f64,
}

/// What a new booking is made of.
#[derive(Clone, Copy)]
struct Terms {
    pile: u32,
    start: i64,
    end: i64,
    direction: Direction,
    price: f64,
    energy_kwh: f64,
    request: RequestId,
    ticket: TicketId,
    no_breach_until: Time,
}

impl Aggregator {
    /// A request arrives: the lowest free pile, or a rejection.
    pub fn on_request(&mut self, who: Applicant, r: Request, cx: &mut Cx) {
        let (end, env) = (r.start + i64::from(r.periods), cx.env);
        let reject = if !cx.policy.booking.enabled || env.grid.start(r.start) <= cx.out.now {
            Some(Detail::TooLate)
        } else if end > self.prices.from + self.prices.reservation.len() as i64
            || r.start < self.prices.from
        {
            Some(Detail::Unsafe)
        } else {
            None
        };
        let price = if reject.is_none() { self.mean_price(r.direction, r.start, end) } else { 0.0 };
        // Where no discharge is wanted there is no price for it.
        let reject = reject.or(price.is_nan().then_some(Detail::Price));
        let pile = if reject.is_none() {
            self.book.find(r.start, end, who.place, |p| self.works(p))
        } else {
            None
        };
        let Some(pile) = pile else {
            let reason = reject.unwrap_or(Detail::Full);
            let fact = self
                .fact(cx.out, FactKind::ReservationRejected)
                .ev(who.ev)
                .stay(who.stay)
                .request(r.id(who.ev, env.evs))
                .period(env.grid.start(r.start))
                .direction(r.direction);
            cx.out.fact(fact.energy(r.energy_kwh).detail(reason));
            let at = cx.out.now + env.user_delay(who.stable, cx.out.now.0 as u64);
            return cx.out.send(
                at,
                Phase::Deliver,
                sender::AGGREGATOR,
                Message::User(who.place, ToUser::Rejected { reason }),
            );
        };
        let length = Span(env.grid.length().0 * i64::from(r.periods));
        let deadlines = env.market.breach.deadlines(env.grid.start(r.start), length);
        let terms = Terms {
            pile,
            start: r.start,
            end,
            direction: r.direction,
            price,
            energy_kwh: r.energy_kwh,
            request: r.id(who.ev, env.evs),
            ticket: TicketId(0),
            no_breach_until: deadlines.none,
        };
        let at = cx.out.now + env.user_delay(who.stable, cx.out.now.0 as u64);
        let Some(booking) = self.enter(who, terms, at, cx) else { return };
        cx.out.send(
            at,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::User(who.place, ToUser::Confirmed { booking }),
        );
    }

    /// Mean published price of consecutive periods, all of which are published; NaN for a sale where
    /// none is wanted.
    fn mean_price(&self, direction: Direction, start: i64, end: i64) -> f64 {
        let curve = match direction {
            Direction::Charge => &self.prices.reservation,
            Direction::Discharge => &self.prices.discharge,
        };
        mean(&curve[(start - self.prices.from) as usize..(end - self.prices.from) as usize])
    }

    /// Enters a booking for a ticket's winner, who hears of it at `told_at`.
    pub(super) fn enter_won(
        &mut self,
        who: Applicant,
        won: &Won,
        told_at: Time,
        cx: &mut Cx,
    ) -> Option<BookingRef> {
        let terms = Terms {
            pile: won.pile,
            start: won.start,
            end: won.end,
            direction: Direction::Charge,
            price: won.price,
            energy_kwh: won.energy_kwh,
            request: RequestId(0),
            ticket: won.ticket,
            no_breach_until: won.no_breach_until,
        };
        self.enter(who, terms, told_at, cx)
    }

    /// Enters a booking of which its user hears at `told_at`.
    fn enter(
        &mut self,
        who: Applicant,
        terms: Terms,
        told_at: Time,
        cx: &mut Cx,
    ) -> Option<BookingRef> {
        let zones = cx.env.zones;
        let periods = terms.end - terms.start;
        let id = BookingId(Counters::next(&mut self.counters.bookings, self.zone, zones));
        let first_row = Counters::next(&mut self.counters.rows, self.zone, zones);
        self.counters.rows += periods - 1;
        let reserved_kwh = terms.energy_kwh / periods as f64;
        let prepaid = if terms.direction == Direction::Charge {
            MicroCny::from_cny(Kwh(reserved_kwh) * Price(terms.price))
        } else {
            MicroCny::ZERO
        };
        let booking = self.bookings.insert(Booking {
            key: None,
            id,
            request: terms.request,
            stay: who.stay,
            first_row,
            place: who.place,
            ev: who.ev,
            segment: who.segment,
            pile: terms.pile,
            start: terms.start,
            end: terms.end,
            direction: terms.direction,
            price: terms.price,
            reserved_kwh,
            prepaid,
            made_at: cx.out.now,
            ticket: terms.ticket,
            penalty_scale: who.penalty_scale,
            terms: cx.policy.version(who.segment),
            reminder: Reminder::Ahead,
            no_breach_until: terms.no_breach_until,
            state: BookingState::Awaited,
            came_at: Time::NONE,
            plugged_at: Time::NONE,
            grade: None,
            ended_as: None,
            caused_by_user: false,
            curtailed_from: i64::MAX,
            settled: 0,
            rows: vec![RowState { real: f64::NAN, ..RowState::default() }; periods as usize],
        });
        let hold = Hold {
            start: terms.start,
            end: terms.end,
            holder: Holder::Booking { booking, ev: who.place },
        };
        if let Err(overlap) = self.book.enter(terms.pile, hold) {
            cx.break_invariant(
                self.zone,
                format!(
                    "booking {id} overlaps another promise on pile {}: {overlap:?}",
                    self.pile_id(terms.pile)
                ),
            );
            self.bookings.remove(booking);
            return None;
        }
        self.bookings.get_mut(booking).expect("invariant: just entered").key = Some(booking);
        let b = self.bookings.get(booking).expect("invariant: just entered");
        let (total, row, start) =
            (b.prepaid_total(), b.row_id(0, zones), cx.env.grid.start(terms.start));
        let fact = b
            .mark(self.fact(cx.out, FactKind::ReservationConfirmed))
            .pile(self.pile_id(terms.pile))
            .reservation(row);
        let fact = fact
            .ticket(terms.ticket)
            .period(start)
            .direction(terms.direction)
            .energy(terms.energy_kwh)
            .price(terms.price);
        cx.out.fact(fact.amount(total.cny().value()));
        let purpose = if terms.ticket.0 == 0 { Purpose::Prepayment } else { Purpose::Ticket };
        cx.pay(Account::Ev(who.place), Account::Escrow, purpose, total)
            .about(row)
            .by_ticket(terms.ticket);
        let length = Span(cx.env.grid.length().0 * periods);
        // What is booked later than that is reminded of when its user hears of it.
        let at = (start - cx.policy.reminder.lead).max(told_at);
        cx.out.send(
            at,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::Due(Due::RemindAt { booking }),
        );
        let clear = start - Span(cx.env.grid.length().0 * self.book.setup());
        cx.out.send(
            clear,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::Due(Due::ClearPile { booking }),
        );
        let deadline = if cx.env.market.breach.enabled {
            cx.env.market.breach.deadlines(start, length).moderate
        } else {
            start + length
        };
        cx.out.send(
            deadline,
            Phase::Decide,
            sender::AGGREGATOR,
            Message::Due(Due::BreachDeadline { booking }),
        );
        Some(booking)
    }

    /// Time to remind a user.
    pub fn on_remind_at(&mut self, booking: BookingRef, stable: impl Fn(u32) -> u64, cx: &mut Cx) {
        let due = |b: &&Booking| {
            b.state == BookingState::Awaited
                && match b.reminder {
                    Reminder::Ahead => true,
                    Reminder::NotBefore(at) => at <= cx.out.now,
                    Reminder::Sent => false,
                }
        };
        let Some(b) = self.bookings.get(booking).filter(due) else { return };
        if !cx.policy.reminds(b.segment) {
            return;
        }
        let stable = stable(b.place);
        let fact = b.mark(self.fact(cx.out, FactKind::ReminderSent));
        cx.out.fact(fact.period(cx.env.grid.start(b.start)));
        let at = cx.out.now + cx.env.user_delay(stable, cx.out.now.0 as u64);
        cx.out.send(
            at,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::User(b.place, ToUser::Reminded { booking }),
        );
        if let Some(b) = self.bookings.get_mut(booking) {
            b.reminder = Reminder::Sent;
        }
    }

    /// The rules of reminders have changed: whoever has not been reminded yet is reminded by the
    /// new ones, at once where it is time.
    pub fn remind_anew(&mut self, cx: &mut Cx) {
        let lead = cx.policy.reminder.lead;
        for booking in self.bookings.keys() {
            let Some(b) = self.bookings.get_mut(booking) else { continue };
            if b.state == BookingState::Awaited && b.reminder != Reminder::Sent {
                let at = (cx.env.grid.start(b.start) - lead).max(cx.out.now);
                b.reminder = Reminder::NotBefore(at);
                cx.out.send(
                    at,
                    Phase::Deliver,
                    sender::AGGREGATOR,
                    Message::Due(Due::RemindAt { booking }),
                );
            }
        }
    }

    /// A user gives a booking back. `free_left` says whether the user's free cancellation of the
    /// day is unused; returns whether it was used now.
    pub fn on_cancel(&mut self, booking: BookingRef, free_left: bool, cx: &mut Cx) -> bool {
        let Some(b) = self.bookings.get(booking).filter(|b| b.is_expected()) else { return false };
        let rules = cx.policy.terms_of(b.segment, b.terms).cancellation;
        if !rules.enabled {
            return false;
        }
        let (now, start) = (cx.out.now, cx.env.grid.start(b.start));
        if now >= start {
            return false;
        }
        let late = start - now < rules.late_window;
        let free = free_left && b.ticket.0 == 0 && now - b.made_at <= rules.free_window;
        let (status, how) = match (free, late) {
            (true, _) => (ReservationStatus::CancelledFree, Detail::Free),
            (false, false) => (ReservationStatus::CancelledEarly, Detail::Early),
            (false, true) => (ReservationStatus::CancelledLate, Detail::Late),
        };
        let fee = match status {
            ReservationStatus::CancelledEarly => b.prepaid_total().share(rules.early_fee_share),
            ReservationStatus::CancelledLate => {
                let flat = MicroCny::from_cny(domain::Cny(rules.late_cny));
                let minor = rules.late_costs_minor_breach;
                if minor { self.expected_minor_penalty(b, cx) + flat } else { flat }
            }
            _ => MicroCny::ZERO,
        };
        let (place, pile, first, end, id, ev) = (b.place, b.pile, b.start, b.end, b.id, b.ev);
        let row = b.row_id(0, cx.env.zones);
        let fact = domain::Fact {
            actor: domain::Actor::Ev,
            actor_id: ev.0,
            ..b.mark(self.fact(cx.out, FactKind::Cancelled))
        };
        let fact = fact
            .pile(self.pile_id(pile))
            .reservation(row)
            .period(start)
            .detail(how)
            .amount(fee.cny().value());
        cx.out.fact(fact);
        cx.pay(Account::Ev(place), Account::Operator, Purpose::CancellationFee, fee).about(row);
        let (energy, charges) = (b.reserved_total_kwh(), b.direction == Direction::Charge);
        self.book.cut(pile, booking, first);
        self.end_unused(booking, status, fee, cx);
        if late && charges {
            self.offer(id, pile, first, end, energy, TicketCause::Cancellation, cx);
        }
        free
    }

    /// What a minor breach of a booking would cost as things look: with the letter's base, the
    /// expected real price of its periods.
    fn expected_minor_penalty(&self, b: &Booking, cx: &Cx) -> MicroCny {
        let rules = &cx.policy.terms_of(b.segment, b.terms).penalty;
        (b.start..b.end)
            .map(|period| {
                let i = usize::try_from(period - self.prices.from).unwrap_or(usize::MAX);
                let base = match rules.base {
                    PenaltyBase::ReservationPrice => b.price,
                    PenaltyBase::RealPrice => {
                        self.prices.expected_real.get(i).copied().unwrap_or(b.price)
                    }
                };
                let amount = rules.amount(
                    BreachGrade::Minor,
                    cx.env.is_peak(period),
                    Price(base),
                    Kwh(b.reserved_kwh),
                    b.penalty_scale,
                );
                MicroCny::from_cny(amount)
            })
            .sum()
    }

    /// Ends a booking of which nothing was used: all money goes back.
    pub(super) fn end_unused(
        &mut self,
        booking: BookingRef,
        status: ReservationStatus,
        fee: MicroCny,
        cx: &mut Cx,
    ) {
        let Some(b) = self.bookings.remove(booking) else { return };
        let last = b.row_id(b.rows.len() - 1, cx.env.zones);
        cx.pay(Account::Escrow, Account::Ev(b.place), Purpose::Return, b.prepaid_total())
            .about(last);
        let division =
            market::settlement::Division { returned: b.prepaid_total(), ..Default::default() };
        let cancelled_at =
            if status == ReservationStatus::Curtailed { Time::NONE } else { cx.out.now };
        self.write_rows(&b, status, cancelled_at, division, cx);
        Self::tell_settled(&b, status, 0.0, MicroCny::ZERO, fee, cx);
    }

    /// The deadline after which a vehicle is not let in any more.
    pub fn on_breach_deadline(&mut self, booking: BookingRef, cx: &mut Cx) {
        let site = self.site();
        let Some(b) = self.bookings.get_mut(booking).filter(|b| b.state == BookingState::Awaited)
        else {
            return;
        };
        b.state = BookingState::Over;
        b.caused_by_user = true;
        let graded = cx.env.market.breach.enabled;
        b.grade = Some(if graded { BreachGrade::Severe } else { BreachGrade::None });
        b.ended_as = Some(ReservationStatus::Defaulted);
        let (pile, start, end, id, reserved) = (b.pile, b.start, b.end, b.id, b.reserved_kwh);
        let charges = b.direction == Direction::Charge;
        let first = cx.env.grid.ceil(cx.out.now).max(start);
        if graded {
            self.counters.breaches += 1;
            let fact = b
                .mark(site.fact(cx.out, FactKind::Breach))
                .pile(site.pile_id(pile))
                .detail(Detail::Severe);
            cx.out.fact(fact.period(cx.env.grid.start(start)));
        }
        self.book.cut(pile, booking, first);
        if graded && charges && first < end {
            self.offer(
                id,
                pile,
                first,
                end,
                reserved * (end - first) as f64,
                TicketCause::SevereBreach,
                cx,
            );
        }
        self.serve_queue(cx);
    }
}

/// What a ticket's winner gets.
pub(super) struct Won {
    /// Pile.
    pub pile: u32,
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Price q.
    pub price: f64,
    /// Energy over the whole booking.
    pub energy_kwh: f64,
    /// The ticket.
    pub ticket: TicketId,
    /// Plugged in until then: no breach.
    pub no_breach_until: Time,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
