//! Piles that fail for a while.

use crate::Time;

/// Piles of a zone that fail for a while; their bookings are curtailed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PileOutage {
    /// Zone, 1-based.
    pub zone: u16,
    /// How many piles, from the lowest number on.
    pub piles: u32,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}
