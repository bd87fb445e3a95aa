//! Which pile is promised to whom, by period.
//!
//! A promise blocks its pile from the set-up time before it to its end, unless the vehicle before
//! is the same; blocked spans never overlap. Each pile keeps its promises in order. For a quick
//! look there is also the set of blocked piles of each period, in a ring of 512 periods: the piles
//! that are free all through a window are what the sets of its periods leave.

use super::pile_set::{PileSet, piles_in};
use crate::message::BookingRef;
use serde::{Deserialize, Serialize};

/// Periods in the ring.
const RING: i64 = 512;

/// Who has a promise.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A booking of an EV.
    Booking { booking: BookingRef, ev: u32 },
    /// A ticket that nobody has won yet.
    Ticket,
}

/// The periods `start..end` of a pile, promised to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// First period.
    pub start: i64,
    /// One past the last period.
    pub end: i64,
    /// Whose.
    pub holder: Holder,
}

/// The booking book of a zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PileBook {
    /// By pile: its promises in order.
    promises: Vec<Vec<Hold>>,
    /// By pile: where its first promise ends, and its last one.
    first_ends: Vec<i64>,
    promised_until: Vec<i64>,
    /// By period of the ring: the piles that are blocked.
    blocked: Vec<PileSet>,
    /// By place of the EV: the piles promised to it, each as often as it is promised.
    own: Vec<Vec<u32>>,
    setup: i64,
}

/// Two promises on one pile: the book is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The promise that was to be entered.
    pub wanted: Hold,
    /// The one that is there.
    pub present: Hold,
}

impl PileBook {
    /// An empty book; `setup` periods before a promise the pile must be free.
    pub fn new(piles: usize, setup: i64) -> Self {
        Self {
            promises: vec![Vec::new(); piles],
            first_ends: vec![i64::MAX; piles],
            promised_until: vec![i64::MIN; piles],
            blocked: vec![PileSet::none_of(piles); RING as usize],
            own: Vec::new(),
            setup,
        }
    }
    /// Periods that a pile is blocked before a promise.
    pub fn setup(&self) -> i64 {
        self.setup
    }
    /// Whether a promise to `ev` (if it is a known one) would fit on a pile.
    pub fn fits(&self, pile: u32, start: i64, end: i64, ev: Option<u32>) -> bool {
        if !ring(start - self.setup, end).any(|i| self.blocked[i].has(pile)) {
            return true;
        }
        let promises = &self.promises[pile as usize];
        let own =
            |p: &Hold| matches!(p.holder, Holder::Booking { ev: other, .. } if Some(other) == ev);
        promises.iter().any(own)
            && !promises
                .iter()
                .any(|p| conflict(p, start, end, if own(p) { 0 } else { self.setup }))
    }
    /// The lowest pile on which a promise fits and that `usable` accepts.
    pub fn find(&self, start: i64, end: i64, ev: u32, usable: impl Fn(u32) -> bool) -> Option<u32> {
        let clear = self.clear_piles(start - self.setup, end).find(|&pile| usable(pile));
        // A pile that is promised to the same vehicle may fit though it is blocked.
        let own = self.own.get(ev as usize).map_or(&[][..], Vec::as_slice).iter().copied();
        let own = own.filter(|&pile| {
            clear.is_none_or(|c| pile < c) && usable(pile) && self.fits(pile, start, end, Some(ev))
        });
        own.chain(clear).min()
    }
    /// The piles that are blocked in no period of `from..to`, the lowest first.
    fn clear_piles(&self, from: i64, to: i64) -> impl Iterator<Item = u32> + '_ {
        (0..self.promises.len().div_ceil(64)).flat_map(move |word| {
            let blocked = ring(from, to).fold(0, |all, i| all | self.blocked[i].word(word));
            piles_in(word, !blocked).take_while(|&pile| (pile as usize) < self.promises.len())
        })
    }
    /// Enters a promise.
    ///
    /// # Errors
    /// If the periods themselves are promised already.
    pub fn enter(&mut self, pile: u32, promise: Hold) -> Result<(), Overlap> {
        let promises = &mut self.promises[pile as usize];
        if let Some(&present) = promises.iter().find(|p| conflict(p, promise.start, promise.end, 0))
        {
            return Err(Overlap { wanted: promise, present });
        }
        let at = promises.partition_point(|p| p.start < promise.start);
        promises.insert(at, promise);
        self.note_ends(pile);
        if let Holder::Booking { ev, .. } = promise.holder {
            let place = ev as usize;
            if place >= self.own.len() {
                self.own.resize(place + 1, Vec::new());
            }
            self.own[place].push(pile);
        }
        self.block(pile, &promise);
        Ok(())
    }
    /// Ends the promise to a booking at period `end`; it goes altogether if nothing is left of it.
    pub fn cut(&mut self, pile: u32, booking: BookingRef, end: i64) {
        self.shorten(
            pile,
            end,
            |p| matches!(p.holder, Holder::Booking { booking: b, .. } if b == booking),
        );
    }
    /// Takes back the promise to a ticket that begins at period `start`.
    pub fn release(&mut self, pile: u32, start: i64) {
        self.shorten(pile, start, |p| p.holder == Holder::Ticket && p.start == start);
    }
    fn shorten(&mut self, pile: u32, end: i64, which: impl Fn(&Hold) -> bool) {
        let promises = &mut self.promises[pile as usize];
        let Some(i) = promises.iter().position(which) else { return };
        let before = promises[i];
        promises[i].end = before.end.min(end);
        if promises[i].end <= before.start {
            promises.remove(i);
            self.disown(pile, &before);
        }
        self.unblock(pile, &before);
    }
    /// Forgets promises that have ended before period `now`.
    pub fn forget_before(&mut self, now: i64) {
        for pile in 0..self.promises.len() {
            while self.first_ends[pile] <= now {
                let past = self.promises[pile][0];
                self.promises[pile].remove(0);
                self.disown(pile as u32, &past);
                self.unblock(pile as u32, &past);
            }
        }
    }
    /// The first promise of a pile that has not ended at period `now`.
    pub fn next_promise(&self, pile: u32, now: i64) -> Option<&Hold> {
        self.promises[pile as usize].iter().find(|p| p.end > now)
    }
    /// The pile out of some that is free longest from period `now` on, the lowest of several; none
    /// if none is free for more than that period and the next.
    pub fn free_longest(&self, among: &PileSet, now: i64) -> Option<u32> {
        let mut free = among.clone();
        free.remove_all(&self.blocked[place(now)]);
        free.remove_all(&self.blocked[place(now + 1)]);
        if let Some(pile) = free.iter().find(|&pile| self.promised_until[pile as usize] <= now) {
            return Some(pile);
        }
        for i in ring(now + 2, now + RING) {
            let before = free.iter().next()?;
            free.remove_all(&self.blocked[i]);
            if free.is_empty() {
                return Some(before);
            }
        }
        free.iter().next()
    }
    /// Whether any promise of a pile touches `start..end`.
    pub fn promised(&self, pile: u32, start: i64, end: i64) -> bool {
        self.promises[pile as usize].iter().any(|p| conflict(p, start, end, 0))
    }

    fn block(&mut self, pile: u32, p: &Hold) {
        ring(p.start - self.setup, p.end).for_each(|i| self.blocked[i].insert(pile));
    }
    /// Frees what a promise blocked, but for what the promises that are left block.
    fn unblock(&mut self, pile: u32, gone: &Hold) {
        self.note_ends(pile);
        ring(gone.start - self.setup, gone.end).for_each(|i| self.blocked[i].remove(pile));
        for i in 0..self.promises[pile as usize].len() {
            let left = self.promises[pile as usize][i];
            self.block(pile, &left);
        }
    }
    fn note_ends(&mut self, pile: u32) {
        let promises = &self.promises[pile as usize];
        self.first_ends[pile as usize] = promises.first().map_or(i64::MAX, |p| p.end);
        self.promised_until[pile as usize] = promises.last().map_or(i64::MIN, |p| p.end);
    }
    fn disown(&mut self, pile: u32, p: &Hold) {
        let Holder::Booking { ev, .. } = p.holder else { return };
        let own = &mut self.own[ev as usize];
        if let Some(i) = own.iter().position(|&other| other == pile) {
            own.swap_remove(i);
        }
    }
}

fn conflict(p: &Hold, start: i64, end: i64, setup: i64) -> bool {
    (p.start - setup).max(start - setup) < p.end.min(end)
}

/// The places in the ring of some periods.
fn ring(from: i64, to: i64) -> impl Iterator<Item = usize> {
    (from..to).map(place)
}

/// The place in the ring of a period.
fn place(period: i64) -> usize {
    (period & (RING - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slab::Slab;

    fn promise(start: i64, end: i64, ev: u32) -> Hold {
        let booking = Slab::default().insert(crate::aggregator::Booking::sample());
        Hold { start, end, holder: Holder::Booking { booking, ev } }
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
    fn the_pile_that_is_promised_last_is_free_longest() {
        let mut book = PileBook::new(4, 1);
        // With the set-up, pile 0 is free until 9, piles 1 and 2 until 19, pile 3 is in use.
        for (pile, start, end) in [(0, 10, 14), (1, 20, 24), (2, 20, 22), (3, 4, 8)] {
            book.enter(pile, promise(start, end, pile)).expect("empty");
        }
        let all = PileSet::all_of(4);
        assert_eq!(book.free_longest(&all, 5), Some(1));
        let mut some = all.clone();
        some.remove(1);
        some.remove(2);
        assert_eq!((book.free_longest(&some, 7), book.free_longest(&some, 8)), (Some(0), Some(3)));
        // Free for this period and the next only: too short.
        some.remove(3);
        assert_eq!((book.free_longest(&some, 7), book.free_longest(&some, 8)), (Some(0), None));
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
