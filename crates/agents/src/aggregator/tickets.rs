//! Tickets: freed slots are offered to the zone's users (P3 section 2); the first grab to arrive
//! wins, or the named order decides.

use super::booking::{Applicant, Won};
use super::pile_book::{Hold, Holder};
use super::{Aggregator, Counters, Cx, Grab, Ticket};
use crate::environment::{Purpose, stream};
use crate::message::{Due, Message, TicketRef, ToUser, ZoneEvent};
use crate::outbox::sender;
use clock::Group;
use domain::{
    BookingId, Detail, EvId, FactKind, Phase, Span, TicketCause, TicketId, TicketRow, TicketStatus,
    Time,
};
use market::{TicketOrder, breach::Deadlines};

impl Aggregator {
    /// Offers the periods `start..end` of a pile that came free, if at least one whole period
    /// remains.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn offer(
        &mut self,
        booking: BookingId,
        pile: u32,
        start: i64,
        end: i64,
        energy_kwh: f64,
        cause: TicketCause,
        cx: &mut Cx,
    ) {
        let start = start.max(cx.env.grid.ceil(cx.out.now));
        if !cx.policy.tickets.enabled
            || start >= end
            || !self.works(pile)
            || self.book.promised(pile, start, end)
        {
            return;
        }
        let id = TicketId(Counters::next(&mut self.counters.tickets, self.zone, cx.env.zones));
        let price = self.ticket_price(start, end);
        let hold = Hold { start, end, holder: Holder::Ticket };
        if let Err(overlap) = self.book.enter(pile, hold) {
            return cx.break_invariant(
                self.zone,
                format!("ticket {id} is offered on a promised pile: {overlap:?}"),
            );
        }
        let ticket = self.tickets.insert(Ticket {
            id,
            booking,
            offered_at: cx.out.now,
            cause,
            pile,
            start,
            end,
            energy_kwh,
            price,
            notices: 0,
            grabs: Vec::new(),
        });
        let detail = match cause {
            TicketCause::Cancellation => Detail::Cancellation,
            TicketCause::EarlyUnplug => Detail::EarlyUnplug,
            TicketCause::SevereBreach => Detail::SevereBreach,
        };
        let fact = self
            .fact(cx.out, FactKind::TicketOffered)
            .pile(self.pile_id(pile))
            .booking(booking)
            .ticket(id)
            .period(cx.env.grid.start(start));
        cx.out.fact(fact.energy(energy_kwh).price(price).detail(detail));
        cx.out.send(
            cx.out.now + cx.env.latency.floor,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::Zone(ZoneEvent::Offered { ticket }),
        );
        cx.out.send(
            cx.env.grid.start(end - 1),
            Phase::Decide,
            sender::AGGREGATOR,
            Message::Due(Due::TicketEnds { ticket }),
        );
    }

    /// Mean ticket price over the offered periods, as last published.
    fn ticket_price(&self, start: i64, end: i64) -> f64 {
        let known = |period: i64| {
            usize::try_from(period - self.prices.from)
                .ok()
                .and_then(|i| self.prices.ticket.get(i))
                .copied()
        };
        let (sum, n) =
            (start..end).filter_map(known).fold((0.0, 0), |(sum, n), q| (sum + q, n + 1));
        if n == 0 { self.prices.ticket.last().copied().unwrap_or(0.0) } else { sum / f64::from(n) }
    }

    /// A user wants a ticket.
    pub fn on_grab(&mut self, key: TicketRef, id: TicketId, grab: Grab, cx: &mut Cx) {
        let fact = domain::Fact {
            actor: domain::Actor::Ev,
            actor_id: grab.ev.0,
            ..self.fact(cx.out, FactKind::TicketGrabbed)
        }
        .ev(grab.ev)
        .stay(grab.stay);
        let Some(ticket) = self.tickets.get_mut(key) else {
            cx.out.fact(fact.ticket(id).detail(Detail::AlreadyTaken));
            return self.lose(&grab, id, Detail::AlreadyTaken, cx);
        };
        cx.out.fact(fact.ticket(ticket.id).energy(grab.need_kwh));
        let first = ticket.grabs.is_empty();
        ticket.grabs.push(grab);
        match cx.policy.tickets.order {
            TicketOrder::FirstCome => self.award(key, 0, cx),
            TicketOrder::Lottery | TicketOrder::Price if first => {
                let at = cx.out.now + cx.policy.tickets.collect;
                cx.out.send(
                    at,
                    Phase::Decide,
                    sender::AGGREGATOR,
                    Message::Due(Due::DrawTicket { ticket: key }),
                );
            }
            TicketOrder::Lottery | TicketOrder::Price => {}
        }
    }

    /// Grabs have been collected long enough.
    pub fn on_draw_ticket(&mut self, key: TicketRef, cx: &mut Cx) {
        let Some(ticket) = self.tickets.get(key) else { return };
        let winner = match cx.policy.tickets.order {
            TicketOrder::Price => {
                let mut best = 0;
                for (i, grab) in ticket.grabs.iter().enumerate() {
                    if grab.bid > ticket.grabs[best].bid {
                        best = i;
                    }
                }
                best
            }
            // The order has changed since: the first of those that were collected.
            TicketOrder::FirstCome => 0,
            TicketOrder::Lottery => {
                self.counters.lotteries += 1;
                let (zone, n) = (u64::from(self.zone.0), self.counters.lotteries);
                let u = cx
                    .env
                    .seeds
                    .draws(Group::Behaviour, stream::AGGREGATOR, Purpose::Lottery as u16, zone, n)
                    .uniform();
                ((u * ticket.grabs.len() as f64) as usize).min(ticket.grabs.len() - 1)
            }
        };
        self.award(key, winner, cx);
    }

    fn award(&mut self, key: TicketRef, winner: usize, cx: &mut Cx) {
        let Some(ticket) = self.tickets.get(key) else { return };
        let (now, grid) = (cx.out.now, cx.env.grid);
        let rules = cx.policy.tickets;
        let start = grid.ceil(now + rules.lead).max(ticket.start);
        if start >= ticket.end {
            return self.end_ticket(key, None, cx);
        }
        let grab = ticket.grabs[winner];
        let Some(ticket) = self.tickets.get(key).cloned() else { return };
        let periods = ticket.end - start;
        // What was announced, or what is left of it.
        let announced = ticket.energy_kwh * periods as f64 / (ticket.end - ticket.start) as f64;
        let most = grab.charge_kw.min(cx.env.market.access.pile_kw)
            * grid.hours().value()
            * periods as f64;
        let deadline = (grid.start(start) - cx.env.market.breach.margin).max(now + rules.lead);
        let deadlines = Deadlines { none: deadline, minor: deadline, moderate: deadline };
        let won = Won {
            pile: ticket.pile,
            start,
            end: ticket.end,
            price: ticket.price,
            energy_kwh: grab.need_kwh.min(most).min(announced),
            ticket: ticket.id,
            no_breach_until: deadlines.none,
        };
        self.book.release(ticket.pile, ticket.start);
        let who = Applicant {
            place: grab.place,
            ev: grab.ev,
            stay: grab.stay,
            stable: 0,
            segment: grab.segment,
            penalty_scale: grab.penalty_scale,
        };
        let told_at = now + cx.env.latency.floor;
        let Some(booking) = self.enter_won(who, &won, told_at, cx) else { return };
        let id = self.bookings.get(booking).map_or(BookingId(0), |b| b.id);
        self.counters.awards += 1;
        let fact = self
            .fact(cx.out, FactKind::TicketAwarded)
            .ev(grab.ev)
            .stay(grab.stay)
            .pile(self.pile_id(ticket.pile))
            .booking(id)
            .ticket(ticket.id);
        cx.out.fact(fact.period(grid.start(start)).energy(won.energy_kwh).price(won.price));
        cx.out.send(
            told_at,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::User(grab.place, ToUser::Won { booking }),
        );
        self.end_ticket(key, Some((winner, id)), cx);
    }

    /// The last period of a ticket begins, or it ends otherwise.
    pub fn on_ticket_ends(&mut self, key: TicketRef, cx: &mut Cx) {
        self.end_ticket(key, None, cx);
    }

    fn end_ticket(&mut self, key: TicketRef, winner: Option<(usize, BookingId)>, cx: &mut Cx) {
        let Some(ticket) = self.tickets.remove(key) else { return };
        let now = cx.out.now;
        if winner.is_none() {
            self.book.release(ticket.pile, ticket.start);
            cx.out.fact(
                self.fact(cx.out, FactKind::TicketExpired)
                    .pile(self.pile_id(ticket.pile))
                    .ticket(ticket.id)
                    .booking(ticket.booking),
            );
        }
        for (i, grab) in ticket.grabs.iter().enumerate() {
            if winner.is_none_or(|(w, _)| w != i) {
                let why = if winner.is_some() { Detail::AlreadyTaken } else { Detail::Expired };
                self.lose(grab, ticket.id, why, cx);
            }
        }
        if cx.out.recording {
            let awarded = winner.is_some();
            cx.out.rows.tickets.push(TicketRow {
                ticket: ticket.id,
                booking: ticket.booking,
                offered_at: ticket.offered_at,
                cause: ticket.cause,
                zone: self.zone,
                pile: self.pile_id(ticket.pile),
                period_start: cx.env.grid.start(ticket.start),
                period_end: cx.env.grid.start(ticket.end),
                energy_kwh: ticket.energy_kwh,
                price: ticket.price,
                notices: ticket.notices,
                grabs: ticket.grabs.len() as u32,
                winner: winner.map_or(EvId(0), |(w, _)| ticket.grabs[w].ev),
                winner_booking: winner.map_or(BookingId(0), |(_, b)| b),
                awarded_at: if awarded { now } else { Time::NONE },
                latency_s: if awarded { (now - ticket.offered_at).seconds() } else { f64::NAN },
                status: if awarded { TicketStatus::Awarded } else { TicketStatus::Expired },
            });
        }
        self.serve_queue(cx);
    }

    fn lose(&mut self, grab: &Grab, ticket: TicketId, why: Detail, cx: &mut Cx) {
        let fact = self.fact(cx.out, FactKind::TicketLost).ev(grab.ev).stay(grab.stay);
        cx.out.fact(fact.ticket(ticket).detail(why));
        cx.out.send(
            cx.out.now + cx.env.latency.floor,
            Phase::Deliver,
            sender::AGGREGATOR,
            Message::User(grab.place, ToUser::Lost),
        );
    }

    /// Notes how many users were told of a ticket.
    pub fn note_notices(&mut self, key: TicketRef, notices: u32) {
        if let Some(ticket) = self.tickets.get_mut(key) {
            ticket.notices = notices;
        }
    }
}

/// Whether somebody who will be there at `from` could use a ticket for the periods until `end`.
pub fn can_reach(from: Time, end_start: Time, lead: Span) -> bool {
    from + lead <= end_start
}
