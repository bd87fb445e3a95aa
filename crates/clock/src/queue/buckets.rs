//! Look-ahead window buckets: the priority queue beneath [`Queue`](super::Queue).
//!
//! Entries lie in unsorted buckets by time and are sorted only when their bucket's turn comes, so
//! that an entry is written twice or three times, always to memory that is in the cache, wherever a
//! heap would walk through its whole depth:
//!
//! ```text
//!            run_end
//!   ---------|---------------------------|-----------------------------------|--------------->  time
//!   run+late |  near: 2^9 buckets        |  pages: 2^10 of 2^9 buckets each   |  far: unsorted
//!    sorted  |  (the rest of this page)  |  (spread over near on their turn)  |
//! ```
//!
//! `run` is the bucket whose turn it is, sorted; `late` is a small heap of what is pushed before
//! the end of `run`. When a page is used up the next one is spread; after the last page the window
//! starts anew at the earliest far entry. A bucket is `2^shift` microseconds wide; the width
//! follows the rate at which entries were popped, checked after as many operations as there are
//! entries to lay out anew, so adapting costs a constant per operation. A rush of an hour is no
//! reason: only a width that is off by a factor of eight is given up. The order of popping depends
//! on the keys alone, never on the widths.

use super::entry::Entry;
use super::row::Row;
use crate::Key;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem::take;

/// Buckets in a page, as a power of two.
const NEAR_BITS: u32 = 9;
const NEAR: usize = 1 << NEAR_BITS;
/// Pages in the window.
const PAGES: usize = 1 << 10;
/// Entries that a bucket should hold.
const WANTED: f64 = 12.0;
/// The widest bucket: 2^40 us are twelve days.
const WIDEST: u32 = 40;
/// The width before anything is known: 2^20 us are about a second.
const FIRST_SHIFT: u32 = 20;
/// The fewest operations between two looks at the width.
const PATIENCE: usize = 4096;
/// The fewest pops that make a rate.
const RATE_POPS: usize = 256;
/// The most entries whose times are looked at where no rate is known.
const SAMPLE: usize = 512;
/// A bucket keeps its memory for the next turn up to this many entries.
const KEPT: usize = 512;

/// Pending entries in the order of their keys.
#[derive(Clone, Debug)]
pub(super) struct Buckets<M> {
    /// Sorted, the next one last.
    run: Vec<Entry<M>>,
    late: BinaryHeap<Reverse<Entry<M>>>,
    /// Entries before this time belong to `run` or `late`.
    run_end: i64,
    near: Row<M>,
    near_at: usize,
    pages: Row<M>,
    page: usize,
    far: Vec<Entry<M>>,
    /// Start of the window.
    base: i64,
    shift: u32,
    len: usize,
    /// Since `mark`: pops, and pushes to `late`.
    pops: usize,
    late_pushes: usize,
    mark: i64,
}

impl<M: Copy> Buckets<M> {
    pub(super) fn new() -> Self {
        Self {
            run: Vec::new(),
            late: BinaryHeap::new(),
            run_end: 0,
            near: Row::new(NEAR),
            near_at: 0,
            pages: Row::new(PAGES),
            page: 0,
            far: Vec::new(),
            base: 0,
            shift: FIRST_SHIFT,
            len: 0,
            pops: 0,
            late_pushes: 0,
            mark: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The entry with the smallest key.
    #[inline]
    pub(super) fn first(&self) -> Option<&Entry<M>> {
        match (self.run.last(), self.late.peek()) {
            (Some(r), Some(Reverse(l))) => Some(if l.before(r) { l } else { r }),
            (r, l) => r.or(l.map(|Reverse(l)| l)),
        }
    }

    /// Adds an entry, which is made where it will lie: a copy right behind its making would have to
    /// wait for it.
    #[inline]
    pub(super) fn push(&mut self, key: Key, slot: u32, message: M) {
        self.len += 1;
        if self.len == 1 {
            self.start_at(key.time);
        } else if key.time >= self.run_end {
            return self.bucket(key.time).push(Entry::new(key, slot, message));
        }
        self.push_late(Entry::new(key, slot, message));
    }

    /// Takes out the entry with the smallest key, unseen; there must be one.
    pub(super) fn drop_first(&mut self) {
        match self.late.peek() {
            Some(Reverse(l)) if self.run.last().is_none_or(|r| l.before(r)) => {
                self.late.pop();
            }
            _ => self.run.truncate(self.run.len().saturating_sub(1)),
        }
        self.len -= 1;
        self.pops += 1;
        self.make_ready();
    }

    /// Every entry, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<M>> {
        let buckets = self.near.iter().chain(self.pages.iter());
        self.run.iter().chain(self.late.iter().map(|Reverse(e)| e)).chain(buckets).chain(&self.far)
    }

    /// Fills an empty queue, with a width after the entries' own density.
    pub(super) fn restore(&mut self, entries: Vec<Entry<M>>) {
        self.choose_width(&entries);
        self.fill(entries);
        self.make_ready();
    }

    /// Keeps only the entries that satisfy `live`.
    pub(super) fn retain(&mut self, live: impl Fn(&Entry<M>) -> bool) {
        let mut all = self.take_all();
        all.retain(live);
        self.fill(all);
        self.make_ready();
    }

    /// Sees to it that the entry with the smallest key is in `run` or `late`.
    #[inline]
    fn make_ready(&mut self) {
        if self.run.is_empty() && self.late.is_empty() && self.len > 0 {
            self.advance();
        }
    }

    /// An empty window whose first bucket begins at `time`.
    #[inline]
    fn start_at(&mut self, time: i64) {
        self.base = time;
        self.page = 0;
        self.near_at = 0;
        self.run_end = time.saturating_add(1 << self.shift);
    }

    #[inline]
    fn push_late(&mut self, e: Entry<M>) {
        self.late.push(Reverse(e));
        self.late_pushes += 1;
        if self.late_pushes > self.len - self.late.len() + PATIENCE {
            self.look_at_width();
            self.make_ready();
        }
    }

    /// The bucket of a time that is not before `run_end`. It is marked as filled: the caller
    /// pushes.
    fn bucket(&mut self, time: i64) -> &mut Vec<Entry<M>> {
        let bucket = (time.wrapping_sub(self.base) as u64) >> self.shift;
        let page = (bucket >> NEAR_BITS) as usize;
        if page == self.page {
            self.near.open(bucket as usize % NEAR)
        } else if page < PAGES {
            self.pages.open(page)
        } else {
            &mut self.far
        }
    }

    /// Sorts the next bucket that holds something into `run`. Called with `run` and `late` empty
    /// and `len > 0`.
    fn advance(&mut self) {
        if self.pops > self.len + PATIENCE {
            self.look_at_width();
        }
        while self.run.is_empty() {
            if let Some(i) = self.near.next(self.near_at) {
                self.take_bucket(i);
            } else if let Some(page) = self.pages.next(self.page) {
                self.spread(page);
            } else {
                let far = take(&mut self.far);
                self.choose_width(&far);
                self.fill(far);
            }
        }
    }

    fn take_bucket(&mut self, i: usize) {
        let done = std::mem::replace(&mut self.run, self.near.take(i));
        if done.capacity() > 0 && done.capacity() <= KEPT {
            self.near.keep(done);
        }
        self.near_at = i;
        let buckets = (self.page << NEAR_BITS) + i + 1;
        self.run_end = self.base.saturating_add((buckets as i64) << self.shift);
        self.run.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// Spreads a page over the near buckets.
    fn spread(&mut self, page: usize) {
        let mut entries = self.pages.take(page);
        let large = entries.capacity() > KEPT.max(4 * entries.len());
        self.page = page;
        self.near_at = 0;
        for e in entries.drain(..) {
            let i = ((e.time.wrapping_sub(self.base) as u64) >> self.shift) as usize % NEAR;
            self.near.open(i).push(e);
        }
        // Memory of a rush is given back, or in the end every page would have as much.
        if !large {
            self.pages.keep(entries);
        }
    }

    /// Compares the width with the rate of the recent pops; lays everything out anew if it is off
    /// by a factor of eight, or if most entries arrive before `run_end` because the window began
    /// too late.
    #[cold]
    fn look_at_width(&mut self) {
        let now = self.first().map_or(self.run_end, |e| e.time);
        let off = self.rate_shift(now).is_some_and(|shift| shift.abs_diff(self.shift) >= 3);
        let began_late = self.run_end.saturating_sub(now) > 4 << self.shift;
        if off || began_late {
            let all = self.take_all();
            self.choose_width(&all);
            self.fill(all);
        } else {
            self.start_counting(now);
        }
    }

    /// The width at which a bucket would have held `WANTED` of the entries popped since `mark`.
    fn rate_shift(&self, now: i64) -> Option<u32> {
        let elapsed = now.saturating_sub(self.mark);
        (self.pops >= RATE_POPS && elapsed > 0).then(|| shift_for(elapsed as f64, self.pops as f64))
    }

    /// Sets the width from the rate or, where there is none yet, from how close the nearer half of
    /// `entries` lies.
    fn choose_width(&mut self, entries: &[Entry<M>]) {
        let Some(first) = entries.iter().map(|e| e.time).min() else { return };
        let shift = self.rate_shift(first).or_else(|| {
            let mut times: Vec<i64> =
                entries.iter().step_by(entries.len().div_ceil(SAMPLE)).map(|e| e.time).collect();
            times.sort_unstable();
            let half = times[times.len() / 2].saturating_sub(first);
            (half > 0).then(|| shift_for(half as f64, entries.len() as f64 / 2.0))
        });
        self.shift = shift.unwrap_or(self.shift);
        self.start_counting(first);
    }

    fn start_counting(&mut self, now: i64) {
        self.mark = now;
        self.pops = 0;
        self.late_pushes = 0;
    }

    /// Takes every entry out; the buckets keep their memory.
    fn take_all(&mut self) -> Vec<Entry<M>> {
        let mut all = take(&mut self.far);
        all.append(&mut self.run);
        all.extend(self.late.drain().map(|Reverse(e)| e));
        self.near.empty_into(&mut all);
        self.pages.empty_into(&mut all);
        all
    }

    /// Lays out entries in a window that begins with the first of them; none is ready yet.
    fn fill(&mut self, all: Vec<Entry<M>>) {
        self.len = all.len();
        self.start_at(all.iter().map(|e| e.time).min().unwrap_or(self.run_end));
        for e in all {
            self.bucket(e.time).push(e);
        }
    }
}

/// The largest power of two that is at most the width of a bucket that holds `WANTED` of `entries`
/// spread over `span` us.
fn shift_for(span: f64, entries: f64) -> u32 {
    (span * WANTED / entries).max(1.0).log2().min(f64::from(WIDEST)) as u32
}
