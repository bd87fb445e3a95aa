//! A user walks to its pile, is plugged in, or finds that its booking does not exist any more.

use super::{Ev, EvCx};
use crate::message::{BookingRef, Message, SessionRef, ToUser};
use crate::outbox::sender;
use domain::{Detail, Phase, Span, Time, ZoneId};

/// The user walks to the pile: what it then asks of the aggregator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Nothing: it does not come.
    None,
    /// Plug in for this booking.
    ToThePile(BookingRef),
}

impl Ev {
    /// The user walks to the pile, if it is there and still wants to, and does not aim later by now. Whoever has forgotten does not
    /// set out.
    pub fn on_come(&self, booking: BookingRef, now: Time) -> Walk {
        match self.held(booking) {
            Some(h)
                if self.stay.is_some()
                    && self.away() == ZoneId(0)
                    && !h.away
                    && !h.used
                    && !h.waits_until(h.comes_at, now)
                    && !h.is_forgotten() =>
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
            Message::User(place, ToUser::Leave { session }),
        );
        if let Some(h) = self.held(booking).copied() {
            self.bear_coming(&h, cx);
        }
        self.drop_others(booking, Detail::Hoarded, cx);
    }

    /// Gives back all other bookings of the same stay and direction: they were made for the same
    /// need. A sale and its recharge are made for two.
    pub(super) fn drop_others(&mut self, kept: BookingRef, reason: Detail, cx: &mut EvCx) {
        let Some((day, direction)) = self.held(kept).map(|h| (h.day, h.direction)) else { return };
        let others: Vec<BookingRef> = self
            .held
            .iter()
            .filter(|h| (h.day, h.direction) == (day, direction) && h.is_open())
            .map(|h| h.booking)
            .filter(|&booking| booking != kept)
            .collect();
        for booking in others {
            self.give_back(booking, reason, cx.out.now, cx);
        }
    }

    /// The booking does not exist any more: the user walks in instead.
    pub fn on_booking_lost(&mut self, booking: BookingRef, cx: &mut EvCx) {
        if let Some(h) = self.held_mut(booking) {
            h.away = true;
        }
        self.walk_in_if_due(cx);
    }
}
