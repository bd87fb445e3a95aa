//! Which pile is promised to whom, by period.
//!
//! A promise blocks its pile from the set-up time before it to its end, unless the vehicle before is the same; blocked spans never
//! overlap. Each pile keeps its promises in order, and one bit per period of a ring of 512 for a quick look.

use crate::message::BookingRef;
use serde::{Deserialize, Serialize};

/// Periods in the ring.
const RING: i64 = 512;
const WORDS: usize = (RING / 64) as usize;

/// Who has a promise.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A booking of an EV.
    Booking { booking: BookingRef, ev: u32 },
    /// A ticket that nobody has won yet.
    Ticket,
}

/// A promise of the periods `start..end` of a pile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Whose.
    pub holder: Holder,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct PileDays {
    bits: [u64; WORDS],
    promises: Vec<Promise>,
}

/// The booking book of a zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PileBook {
    piles: Vec<PileDays>,
    setup: i64,
}

/// Two promises on one pile: the book is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The promise that was to be entered.
    pub wanted: Promise,
    /// The one that is there.
    pub present: Promise,
}

impl PileBook {
    /// An empty book; `setup` periods before a promise the pile must be free.
    pub fn new(piles: usize, setup: i64) -> Self {
        Self { piles: vec![PileDays::default(); piles], setup }
    }
    /// Periods that a pile is blocked before a promise.
    pub fn setup(&self) -> i64 {
        self.setup
    }
    /// Whether a promise to `ev` (if it is a known one) would fit on a pile.
    pub fn fits(&self, pile: u32, start: i64, end: i64, ev: Option<u32>) -> bool {
        let days = &self.piles[pile as usize];
        if !any(&days.bits, start - self.setup, end) {
            return true;
        }
        let own = |p: &Promise| matches!(p.holder, Holder::Booking { ev: other, .. } if Some(other) == ev);
        days.promises.iter().any(own) && !days.promises.iter().any(|p| conflict(p, start, end, if own(p) { 0 } else { self.setup }))
    }
    /// The lowest pile on which a promise fits and that `usable` accepts.
    pub fn find(&self, start: i64, end: i64, ev: u32, usable: impl Fn(u32) -> bool) -> Option<u32> {
        (0..self.piles.len() as u32).find(|&pile| usable(pile) && self.fits(pile, start, end, Some(ev)))
    }
    /// Enters a promise.
    ///
    /// # Errors
    /// If the periods themselves are promised already.
    pub fn enter(&mut self, pile: u32, promise: Promise) -> Result<(), Overlap> {
        let days = &mut self.piles[pile as usize];
        if let Some(&present) = days.promises.iter().find(|p| conflict(p, promise.start, promise.end, 0)) {
            return Err(Overlap { wanted: promise, present });
        }
        let at = days.promises.partition_point(|p| p.start < promise.start);
        days.promises.insert(at, promise);
        set(&mut days.bits, promise.start - self.setup, promise.end);
        Ok(())
    }
    /// Ends the promise to a booking at period `end`; it goes altogether if nothing is left of it.
    pub fn cut(&mut self, pile: u32, booking: BookingRef, end: i64) {
        self.shorten(pile, end, |p| matches!(p.holder, Holder::Booking { booking: b, .. } if b == booking));
    }
    /// Takes back the promise to a ticket that begins at period `start`.
    pub fn release(&mut self, pile: u32, start: i64) {
        self.shorten(pile, start, |p| p.holder == Holder::Ticket && p.start == start);
    }
    fn shorten(&mut self, pile: u32, end: i64, which: impl Fn(&Promise) -> bool) {
        let setup = self.setup;
        let days = &mut self.piles[pile as usize];
        if let Some(i) = days.promises.iter().position(which) {
            days.promises[i].end = days.promises[i].end.min(end);
            if days.promises[i].end <= days.promises[i].start {
                days.promises.remove(i);
            }
            rebuild(days, setup);
        }
    }
    /// Forgets promises that have ended before period `now`.
    pub fn forget_before(&mut self, now: i64) {
        let setup = self.setup;
        for days in &mut self.piles {
            if days.promises.first().is_some_and(|p| p.end <= now) {
                days.promises.retain(|p| p.end > now);
                rebuild(days, setup);
            }
        }
    }
    /// The first promise of a pile that has not ended at period `now`.
    pub fn next_promise(&self, pile: u32, now: i64) -> Option<&Promise> {
        self.piles[pile as usize].promises.iter().find(|p| p.end > now)
    }
    /// Whether any promise of a pile touches `start..end`.
    pub fn promised(&self, pile: u32, start: i64, end: i64) -> bool {
        self.piles[pile as usize].promises.iter().any(|p| conflict(p, start, end, 0))
    }
}

fn conflict(p: &Promise, start: i64, end: i64, setup: i64) -> bool {
    (p.start - setup).max(start - setup) < p.end.min(end)
}

fn rebuild(days: &mut PileDays, setup: i64) {
    days.bits = [0; WORDS];
    for p in &days.promises {
        set(&mut days.bits, p.start - setup, p.end);
    }
}

fn words(from: i64, to: i64) -> impl Iterator<Item = (usize, u64)> {
    let mut at = from;
    std::iter::from_fn(move || {
        (at < to).then(|| {
            let bit = at.rem_euclid(64);
            let n = (64 - bit).min(to - at);
            let mask = if n == 64 { u64::MAX } else { ((1_u64 << n) - 1) << bit };
            let word = (at.rem_euclid(RING) / 64) as usize;
            at += n;
            (word, mask)
        })
    })
}

fn any(bits: &[u64; WORDS], from: i64, to: i64) -> bool {
    words(from, to).any(|(w, mask)| bits[w] & mask != 0)
}

fn set(bits: &mut [u64; WORDS], from: i64, to: i64) {
    for (w, mask) in words(from, to) {
        bits[w] |= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slab::Slab;

    fn promise(start: i64, end: i64, ev: u32) -> Promise {
        let booking = Slab::default().insert(crate::aggregator::Booking::sample());
        Promise { start, end, holder: Holder::Booking { booking, ev } }
    }

    #[test]
    fn a_pile_is_blocked_from_the_set_up_before_a_promise_to_its_end_except_for_the_same_vehicle() {
        let mut book = PileBook::new(2, 1);
        book.enter(0, promise(10, 14, 7)).expect("empty");
        let cases = [
            (4, 9, 8, Some(0)),
            (4, 10, 8, Some(1)),
            (14, 18, 8, Some(1)),
            (15, 18, 8, Some(0)),
            (14, 18, 7, Some(0)),
            (4, 10, 7, Some(0)),
        ];
        for (start, end, ev, pile) in cases {
            assert_eq!(book.find(start, end, ev, |_| true), pile, "{start}..{end} for {ev}");
        }
        assert!(book.enter(0, promise(13, 15, 9)).is_err());
    }

    #[test]
    fn what_is_cut_is_free_again_and_what_is_past_is_forgotten() {
        let mut book = PileBook::new(1, 1);
        let p = promise(510, 514, 7);
        let Holder::Booking { booking, .. } = p.holder else { unreachable!("made for a booking") };
        book.enter(0, p).expect("empty");
        book.cut(0, booking, 512);
        assert!(book.fits(0, 513, 520, None) && !book.fits(0, 512, 520, None));
        book.forget_before(512);
        assert!(book.fits(0, 505, 520, None));
    }
}
