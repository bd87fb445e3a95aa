//! Distinct values and each value's number among them, in the order of first use.

use crate::columns::Cell;
use serde::{Deserialize, Serialize};

/// The distinct values of a column chunk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Dictionary {
    /// Their patterns, in the order of first use.
    distinct: Vec<u64>,
    /// The numbers of small patterns, by pattern; the others are in `table`. Both are made from the
    /// patterns when they are missing.
    #[serde(skip)]
    small: Vec<u32>,
    #[serde(skip)]
    table: HashTable,
}

/// Patterns below this, those of most ids and of all words, are numbered without hashing.
const SMALL: u64 = 1 << 16;

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.distinct == other.distinct
    }
}

impl Dictionary {
    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        self.distinct.len()
    }
    /// The distinct values.
    pub fn values<T: Cell>(&self) -> Vec<T> {
        self.distinct.iter().map(|pattern| T::of_pattern(*pattern)).collect()
    }
    /// Forgets the values and keeps their memory.
    pub fn clear(&mut self) {
        self.distinct.clear();
        self.forget_numbers();
    }
    fn forget_numbers(&mut self) {
        self.small.clear();
        self.table.slots.clear();
    }
    /// Puts the numbers of values into `codes`, or says no when there are more than `limit`
    /// distinct ones; then the dictionary is as it was. `seen` hears of every value, but not of
    /// each repetition.
    pub fn number<T: Cell>(
        &mut self,
        values: &[T],
        limit: usize,
        codes: &mut Vec<u32>,
        mut seen: impl FnMut(T),
    ) -> bool {
        if self.table.slots.is_empty() {
            self.make_numbers();
        }
        let before = self.distinct.len();
        codes.clear();
        codes.resize(values.len(), 0);
        // Values often follow their like: that needs no look-up.
        let mut last = (0, FREE);
        for (code, value) in codes.iter_mut().zip(values) {
            let pattern = value.pattern();
            if pattern != last.0 || last.1 == FREE {
                seen(*value);
                let small = usize::try_from(pattern)
                    .ok()
                    .and_then(|p| self.small.get(p))
                    .copied()
                    .unwrap_or(FREE);
                let number = if small == FREE { self.enter(pattern, limit) } else { Some(small) };
                let Some(number) = number else {
                    self.distinct.truncate(before);
                    self.forget_numbers();
                    return false;
                };
                last = (pattern, number);
            }
            *code = last.1;
        }
        true
    }
    /// The number of a pattern that is not known to be small, a new one if there is none and room
    /// for it.
    fn enter(&mut self, pattern: u64, limit: usize) -> Option<u32> {
        let slot =
            if pattern < SMALL { None } else { Some(self.table.find(pattern, &self.distinct)) };
        if let Some(Ok(number)) = slot {
            return Some(number);
        }
        if self.distinct.len() >= limit {
            return None;
        }
        let number = self.distinct.len() as u32;
        self.distinct.push(pattern);
        match slot {
            Some(Err(slot)) => self.table.insert(slot, number, &self.distinct),
            _ => note_small(pattern, number, &mut self.small),
        }
        Some(number)
    }
    fn make_numbers(&mut self) {
        self.table = HashTable::of(&self.distinct);
        for (number, &pattern) in (0..).zip(&self.distinct).filter(|(_, pattern)| **pattern < SMALL)
        {
            note_small(pattern, number, &mut self.small);
        }
    }
}

fn note_small(pattern: u64, number: u32, small: &mut Vec<u32>) {
    let place = pattern as usize;
    if place >= small.len() {
        small.resize((place + 1).next_power_of_two(), FREE);
    }
    small[place] = number;
}

/// Open addressing: each slot holds a value's number, or [`FREE`].
#[derive(Clone, Debug, Default)]
struct HashTable {
    slots: Vec<u32>,
    used: usize,
    /// Hashes are shifted right by this to give a slot.
    shift: u32,
}

const FREE: u32 = u32::MAX;

impl HashTable {
    /// A table of those distinct values that are not small, at most a quarter full.
    fn of(distinct: &[u64]) -> Self {
        let large = || (0..).zip(distinct).filter(|(_, pattern)| **pattern >= SMALL);
        let used = large().count();
        let bits = (4 * used + 1).next_power_of_two().trailing_zeros().max(8);
        let mut table = Self { slots: vec![FREE; 1 << bits], used, shift: 64 - bits };
        for (number, &pattern) in large() {
            let slot = table
                .find(pattern, distinct)
                .expect_err("invariant: the distinct values are distinct");
            table.slots[slot] = number;
        }
        table
    }
    /// The slot at which the search for a pattern begins (Fibonacci hashing, after folding the high
    /// bits: the low bits of reals are often zero).
    fn start(&self, pattern: u64) -> usize {
        ((pattern ^ (pattern >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }
    /// A pattern's number, or the slot where it belongs.
    #[inline]
    fn find(&self, pattern: u64, distinct: &[u64]) -> Result<u32, usize> {
        let last = self.slots.len() - 1;
        let mut slot = self.start(pattern);
        loop {
            match self.slots[slot] {
                FREE => return Err(slot),
                code if distinct[code as usize] == pattern => return Ok(code),
                _ => slot = (slot + 1) & last,
            }
        }
    }
    /// Enters a value's number at its slot; keeps the table at most half full.
    fn insert(&mut self, slot: usize, number: u32, distinct: &[u64]) {
        self.slots[slot] = number;
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            *self = Self::of(distinct);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_numbered_in_the_order_of_first_use() {
        let (mut d, mut codes) = (Dictionary::default(), vec![9; 2]);
        assert!(d.number(&[7_i64, 3, 7, 9], 10, &mut codes, |_| ()));
        assert_eq!((d.values::<i64>(), &codes[..]), (vec![7, 3, 9], &[0, 1, 0, 2][..]));
        assert!(!d.number(&[9_i64, 8, 6], 4, &mut codes, |_| ()));
        assert_eq!(d.values::<i64>(), [7, 3, 9], "a page that does not fit leaves nothing behind");
        let mut zeros = Dictionary::default();
        assert!(zeros.number(&[0.0, -0.0], 2, &mut codes, |_| ()));
        assert_eq!(zeros.len(), 2, "the two zeros are different patterns");
    }

    proptest! {
        #[test]
        fn the_dictionary_gives_the_values_back(values in prop::collection::vec(prop_oneof![-2000_i64..2000, 60_000_i64..70_000, any::<i64>()], 0..4000), cut in 0.0..1.0) {
            let (first, rest) = values.split_at((cut * values.len() as f64) as usize);
            let (mut d, mut codes, mut all) = (Dictionary::default(), Vec::new(), Vec::new());
            for page in [first, rest] {
                // As it comes back from a checkpoint.
                d = postcard::from_bytes(&postcard::to_allocvec(&d).unwrap()).unwrap();
                let mut seen = std::collections::BTreeSet::new();
                let numbered = d.number(page, usize::MAX, &mut codes, |value| {
                    seen.insert(value);
                });
                prop_assert!(numbered);
                prop_assert_eq!(seen, page.iter().copied().collect());
                all.extend_from_slice(&codes);
            }
            let distinct = d.values::<i64>();
            prop_assert_eq!(all.iter().map(|c| distinct[*c as usize]).collect::<Vec<_>>(), values);
        }
    }
}
