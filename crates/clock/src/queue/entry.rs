//! One pending message as it lies in memory: key, slot and payload side by side, 24 bytes and the
//! payload.

use crate::Key;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The slot of a message that cannot be cancelled.
pub(super) const NO_SLOT: u32 = u32::MAX;

/// A [`Key`] with its padding used for the slot number, and the message.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(
    into = "(Key, u32, M)",
    from = "(Key, u32, M)",
    bound(serialize = "M: Copy + Serialize", deserialize = "M: Deserialize<'de>")
)]
pub(super) struct Entry<M> {
    pub(super) time: i64,
    rank: u64,
    tail: u32,
    pub(super) slot: u32,
    pub(super) message: M,
}

impl<M> Entry<M> {
    #[inline]
    pub(super) fn new(key: Key, slot: u32, message: M) -> Self {
        Self { time: key.time, rank: key.rank, tail: key.tail, slot, message }
    }

    #[inline]
    pub(super) fn key(&self) -> Key {
        Key { time: self.time, rank: self.rank, tail: self.tail }
    }

    /// Time and rank as one unsigned number: compared without a branch, and nearly always decisive.
    #[inline]
    fn lead(&self) -> u128 {
        u128::from(self.time as u64 ^ 1 << 63) << 64 | u128::from(self.rank)
    }

    /// Whether this entry is due before the other.
    #[inline]
    pub(super) fn before(&self, other: &Self) -> bool {
        let (a, b) = (self.lead(), other.lead());
        if a == b { self.tail < other.tail } else { a < b }
    }
}

impl<M> From<(Key, u32, M)> for Entry<M> {
    fn from((key, slot, message): (Key, u32, M)) -> Self {
        Self::new(key, slot, message)
    }
}

impl<M> From<Entry<M>> for (Key, u32, M) {
    fn from(e: Entry<M>) -> Self {
        (e.key(), e.slot, e.message)
    }
}

impl<M> Ord for Entry<M> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.lead().cmp(&other.lead()).then(self.tail.cmp(&other.tail))
    }
}

impl<M> PartialOrd for Entry<M> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline]
    fn lt(&self, other: &Self) -> bool {
        self.before(other)
    }
}

impl<M> PartialEq for Entry<M> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<M> Eq for Entry<M> {}
