//! The users of a zone, and which of them could use a ticket.
//!
//! A notice goes to everybody, thousands of times a day, and few can use it. So what a user's state says about that is kept side by side,
//! and worked out again only after the user has changed: whoever takes a user to change it marks it.

use crate::ev::Ev;
use domain::{Time, ZoneId};
use market::TicketAudience;
use serde::{Deserialize, Serialize};
use std::ops::{Deref, Index, IndexMut};

/// Users by place. They are changed through `users[place]` or [`Users::all_mut`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Users {
    evs: Vec<Ev>,
    /// Made from the users when it is asked for; holds nothing of its own.
    #[serde(skip)]
    readiness: Vec<Readiness>,
}

/// What a user's state says about tickets.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    /// Fleet segment.
    pub segment: u16,
    known: bool,
    present: bool,
    waits: bool,
    /// Parked in another zone: no tickets from home.
    away: bool,
    /// Tickets that begin from here on could be used ...
    from: Time,
    /// ... if they begin before this instant.
    until: Time,
}

const UNKNOWN: Readiness =
    Readiness { segment: 0, known: false, present: false, waits: false, away: false, from: Time::FAR, until: Time::FAR };

impl Readiness {
    fn of(e: &Ev) -> Self {
        let day = e.stay.as_ref().map(|s| s.plan.day);
        let (from, until) = e.ticket_starts().unwrap_or((Time::FAR, Time::FAR));
        Self {
            segment: e.segment,
            known: true,
            present: day.is_some(),
            waits: day.is_some_and(|d| !e.has_booking(d)),
            away: e.away() != ZoneId(0),
            from,
            until,
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
    /// Whether the user could use a ticket that begins then.
    pub fn could_use(&self, start: Time) -> bool {
        self.from <= start && start < self.until
    }
}

impl Users {
    /// Users in the order of their places.
    pub fn new(evs: Vec<Ev>) -> Self {
        Self { evs, readiness: Vec::new() }
    }
    /// All users, to be changed.
    pub fn all_mut(&mut self) -> std::slice::IterMut<'_, Ev> {
        self.readiness.clear();
        self.evs.iter_mut()
    }
    /// The users and their readiness, by place.
    pub fn with_readiness(&mut self) -> impl Iterator<Item = (&Ev, &Readiness)> {
        self.readiness.resize(self.evs.len(), UNKNOWN);
        for (ready, e) in self.readiness.iter_mut().zip(&self.evs).filter(|(ready, _)| !ready.known) {
            *ready = Readiness::of(e);
        }
        self.evs.iter().zip(&self.readiness)
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
        if let Some(ready) = self.readiness.get_mut(place) {
            ready.known = false;
        }
        &mut self.evs[place]
    }
}
