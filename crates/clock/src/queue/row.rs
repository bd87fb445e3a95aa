//! A row of unsorted buckets.

use super::bits::Bits;
use super::entry::Entry;
use std::mem::take;

/// Buckets side by side, which of them hold something, and the memory of emptied ones for reuse:
/// the last one, whose memory is still in the cache, first.
#[derive(Clone, Debug)]
pub(super) struct Row<M> {
    buckets: Vec<Vec<Entry<M>>>,
    filled: Bits,
    spare: Vec<Vec<Entry<M>>>,
}

impl<M: Copy> Row<M> {
    /// So many empty buckets.
    pub fn new(buckets: usize) -> Self {
        Self { buckets: vec![Vec::new(); buckets], filled: Bits::new(buckets), spare: Vec::new() }
    }

    /// A bucket that is marked as filled: the caller pushes.
    #[inline]
    pub fn open(&mut self, i: usize) -> &mut Vec<Entry<M>> {
        self.filled.set(i);
        let entries = &mut self.buckets[i];
        if entries.capacity() == 0
            && let Some(empty) = self.spare.pop()
        {
            *entries = empty;
        }
        entries
    }

    /// The first bucket from `from` on that holds something.
    #[inline]
    pub fn next(&self, from: usize) -> Option<usize> {
        self.filled.next(from)
    }

    /// Takes out what a bucket holds, memory included.
    #[inline]
    pub fn take(&mut self, i: usize) -> Vec<Entry<M>> {
        self.filled.clear(i);
        take(&mut self.buckets[i])
    }

    /// Keeps the memory of emptied entries for the next bucket.
    #[inline]
    pub fn keep(&mut self, emptied: Vec<Entry<M>>) {
        self.spare.push(emptied);
    }

    /// Moves all entries behind others; the memory stays.
    pub fn empty_into(&mut self, all: &mut Vec<Entry<M>>) {
        while let Some(i) = self.next(0) {
            let mut entries = self.take(i);
            all.append(&mut entries);
            self.keep(entries);
        }
    }

    /// Every entry, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry<M>> {
        self.buckets.iter().flatten()
    }
}
