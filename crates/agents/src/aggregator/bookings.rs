//! The bookings of a zone, and what is asked of all of them every period.

use super::{Booking, BookingState};
use crate::digest::Digest;
use crate::message::BookingRef;
use crate::slab::Slab;
use domain::Direction;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// Bookings that are not finally settled.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bookings {
    all: Slab<Booking>,
    #[serde(skip)]
    outlines: Digest<Outline>,
}

/// When a booking is, and how much it reserves.
#[derive(Clone, Copy, Debug)]
pub struct Outline {
    /// First period.
    pub start: i32,
    /// One past the last period; before the first if nothing is reserved any more.
    pub end: i32,
    /// Reserved energy of a period, discharging negative \[kWh\].
    pub reserved_kwh: f64,
}

impl Outline {
    /// Of a place without a booking.
    const NOTHING: Self = Self { start: i32::MAX, end: i32::MIN, reserved_kwh: 0.0 };

    /// The outline of a booking.
    pub fn of(b: &Booking) -> Self {
        let sign = if b.direction == Direction::Charge { 1.0 } else { -1.0 };
        let end = if b.state == BookingState::Over { i32::MIN } else { b.end as i32 };
        Self { start: b.start as i32, end, reserved_kwh: sign * b.reserved_kwh }
    }
}

impl Bookings {
    /// Puts a booking in.
    pub fn insert(&mut self, booking: Booking) -> BookingRef {
        let key = self.all.insert(booking);
        self.outlines.mark(key.place());
        key
    }
    /// A booking, to be changed.
    pub fn get_mut(&mut self, key: BookingRef) -> Option<&mut Booking> {
        self.outlines.mark(key.place());
        self.all.get_mut(key)
    }
    /// Takes a booking out.
    pub fn remove(&mut self, key: BookingRef) -> Option<Booking> {
        self.outlines.mark(key.place());
        self.all.remove(key)
    }
    /// The outlines of all bookings, by place; places without a booking have one that never begins.
    pub fn outlines(&mut self) -> &[Outline] {
        self.outlined().1
    }
    /// The bookings that have begun by period `k`, by place.
    pub fn begun(&mut self, k: i64) -> Vec<BookingRef> {
        let (all, outlines) = self.outlined();
        let begun = outlines.iter().enumerate().filter(|(_, o)| i64::from(o.start) <= k);
        begun.filter_map(|(place, _)| all.at(place).map(|(key, _)| key)).collect()
    }
    fn outlined(&mut self) -> (&Slab<Booking>, &[Outline]) {
        let all = &self.all;
        (
            all,
            self.outlines.fresh(all.places(), |place| {
                all.at(place).map_or(Outline::NOTHING, |(_, b)| Outline::of(b))
            }),
        )
    }
}

impl Deref for Bookings {
    type Target = Slab<Booking>;
    fn deref(&self) -> &Slab<Booking> {
        &self.all
    }
}
