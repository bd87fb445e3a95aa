//! The users of a zone, and which of them could use a ticket.
//!
//! A notice goes to everybody, and few can use it: what a user's state says about that is kept in a
//! digest of its own.

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
    /// The audiences to which the user belongs.
    audiences: Audience,
    /// Tickets whose first period is this one or later could be used ...
    from: i32,
    /// ... if it is before this one.
    until: i32,
}

impl Readiness {
    fn of(e: &Ev, grid: PeriodGrid) -> Self {
        let day = e.stay.as_ref().map(|s| s.plan.day);
        let (from, until) = e.ticket_starts().unwrap_or((Time::FAR, Time::FAR));
        // The first period that starts at or after an instant; what is beyond all runs stays
        // beyond.
        let period = |t: Time| {
            grid.ceil(t.max(Time(-Time::FAR.0))).clamp(i64::from(i32::MIN), i64::from(i32::MAX))
                as i32
        };
        let audiences = match day {
            // Whoever is parked in another zone hears of no tickets at home.
            _ if e.away() != ZoneId(0) => Audience::NOBODY,
            Some(day) if !e.has_booking(day) => {
                Audience::ZONE.and(Audience::PRESENT).and(Audience::WAITING)
            }
            Some(_) => Audience::ZONE.and(Audience::PRESENT),
            None => Audience::ZONE,
        };
        Self { segment: e.segment, audiences, from: period(from), until: period(until) }
    }
    /// Whether the user belongs to an audience.
    pub fn belongs_to(&self, audience: Audience) -> bool {
        self.audiences.0 & audience.0 != 0
    }
    /// Whether the user could use a ticket whose first period is this one.
    pub fn could_use(&self, start: i64) -> bool {
        i64::from(self.from) <= start && start < i64::from(self.until)
    }
}

/// Who is told of tickets: one bit per kind of audience, so that asking thousands of users takes no
/// branch.
#[derive(Clone, Copy, Debug)]
pub struct Audience(u16);

impl Audience {
    /// None at all.
    pub const NOBODY: Self = Self(0);
    const ZONE: Self = Self(1);
    const PRESENT: Self = Self(2);
    const WAITING: Self = Self(4);

    /// The audience of the scenario.
    pub fn of(audience: TicketAudience) -> Self {
        match audience {
            TicketAudience::Zone => Self::ZONE,
            TicketAudience::Present => Self::PRESENT,
            TicketAudience::Waiting => Self::WAITING,
        }
    }
    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
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
