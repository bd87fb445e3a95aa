//! The users of a zone, and which of them could use a ticket.
//!
//! A notice goes to everybody, and few can use it: what a user's state says about that is kept in a [`Digest`].

use crate::digest::Digest;
use crate::ev::Ev;
use domain::{PeriodGrid, Time, ZoneId};
use market::TicketAudience;
use serde::{Deserialize, Serialize};
use std::ops::{Deref, Index, IndexMut};

/// Users by place. They are changed through `users[place]` or [`Users::all_mut`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Users {
    evs: Vec<Ev>,
    #[serde(skip)]
    readiness: Digest<Readiness>,
}

/// What a user's state says about tickets.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    /// Fleet segment.
    pub segment: u16,
    present: bool,
    waits: bool,
    /// Parked in another zone: no tickets from home.
    away: bool,
    /// Tickets whose first period is this one or later could be used ...
    from: i32,
    /// ... if it is before this one.
    until: i32,
}

impl Readiness {
    fn of(e: &Ev, grid: PeriodGrid) -> Self {
        let day = e.stay.as_ref().map(|s| s.plan.day);
        let (from, until) = e.ticket_starts().unwrap_or((Time::FAR, Time::FAR));
        // The first period that starts at or after an instant; what is beyond all runs stays beyond.
        let period = |t: Time| grid.ceil(t.max(Time(-Time::FAR.0))).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        Self {
            segment: e.segment,
            present: day.is_some(),
            waits: day.is_some_and(|d| !e.has_booking(d)),
            away: e.away() != ZoneId(0),
            from: period(from),
            until: period(until),
        }
    }
    /// Whether the user belongs to those who are told of tickets.
    pub fn belongs_to(&self, audience: TicketAudience) -> bool {
        !self.away
            && match audience {
                TicketAudience::Zone => true,
                TicketAudience::Present => self.present,
                TicketAudience::Waiting => self.waits,
            }
    }
    /// Whether the user could use a ticket whose first period is this one.
    pub fn could_use(&self, start: i64) -> bool {
        i64::from(self.from) <= start && start < i64::from(self.until)
    }
}

impl Users {
    /// Users in the order of their places.
    pub fn new(evs: Vec<Ev>) -> Self {
        Self { evs, readiness: Digest::default() }
    }
    /// All users, to be changed.
    pub fn all_mut(&mut self) -> std::slice::IterMut<'_, Ev> {
        self.readiness.mark_all();
        self.evs.iter_mut()
    }
    /// The users and their readiness, by place.
    pub fn with_readiness(&mut self, grid: PeriodGrid) -> (&[Ev], &[Readiness]) {
        let evs = &self.evs;
        (evs, self.readiness.fresh(evs.len(), |place| Readiness::of(&evs[place], grid)))
    }
}

impl Deref for Users {
    type Target = [Ev];
    fn deref(&self) -> &[Ev] {
        &self.evs
    }
}

impl Index<usize> for Users {
    type Output = Ev;
    fn index(&self, place: usize) -> &Ev {
        &self.evs[place]
    }
}

impl IndexMut<usize> for Users {
    fn index_mut(&mut self, place: usize) -> &mut Ev {
        self.readiness.mark(place);
        &mut self.evs[place]
    }
}
