//! Distinct values and each value's number among them, in the order of first use.

use crate::columns::Cell;

/// A column's values as numbers into a list of distinct ones.
pub(super) struct Dictionary<T> {
    /// The distinct values in the order of first use.
    pub distinct: Vec<T>,
    /// Per value, its number.
    pub codes: Vec<u32>,
    table: HashTable,
}

impl<T: Cell> Dictionary<T> {
    /// An empty dictionary; `codes` is memory to use.
    pub fn new(mut codes: Vec<u32>) -> Self {
        codes.clear();
        Self { distinct: Vec::new(), codes, table: HashTable::new() }
    }
    /// Numbers more values, or gives up when there are more than `limit` distinct ones.
    pub fn extend(&mut self, values: &[T], limit: usize) -> Option<()> {
        let start = self.codes.len();
        self.codes.resize(start + values.len(), 0);
        // Values often follow their like: that needs no look-up.
        let mut last = None;
        for (code, value) in self.codes[start..].iter_mut().zip(values) {
            let pattern = value.pattern();
            *code = match last {
                Some((same, number)) if same == pattern => number,
                _ => match self.table.find(pattern, &self.distinct) {
                    Ok(number) => number,
                    Err(_) if self.distinct.len() == limit => return None,
                    Err(slot) => {
                        self.distinct.push(*value);
                        self.table.insert(slot, &self.distinct)
                    }
                },
            };
            last = Some((pattern, *code));
        }
        Some(())
    }
}

/// Open addressing: each slot holds a value's number, or [`FREE`].
struct HashTable {
    slots: Vec<u32>,
    /// Hashes are shifted right by this to give a slot.
    shift: u32,
}

const FREE: u32 = u32::MAX;

impl HashTable {
    fn new() -> Self {
        let bits = 8;
        Self { slots: vec![FREE; 1 << bits], shift: 64 - bits }
    }
    /// The slot at which the search for a pattern begins (Fibonacci hashing, after folding the high bits: the low bits of
    /// reals are often zero).
    fn start(&self, pattern: u64) -> usize {
        ((pattern ^ (pattern >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }
    /// A pattern's number, or the slot where it belongs.
    fn find<T: Cell>(&self, pattern: u64, distinct: &[T]) -> Result<u32, usize> {
        let last = self.slots.len() - 1;
        let mut slot = self.start(pattern);
        loop {
            match self.slots[slot] {
                FREE => return Err(slot),
                code if distinct[code as usize].pattern() == pattern => return Ok(code),
                _ => slot = (slot + 1) & last,
            }
        }
    }
    /// Enters the last of the distinct values at its slot; keeps the table at most half full.
    fn insert<T: Cell>(&mut self, slot: usize, distinct: &[T]) -> u32 {
        let code = (distinct.len() - 1) as u32;
        self.slots[slot] = code;
        if distinct.len() * 2 > self.slots.len() {
            self.grow(distinct);
        }
        code
    }
    fn grow<T: Cell>(&mut self, distinct: &[T]) {
        self.shift -= 2;
        self.slots = vec![FREE; self.slots.len() * 4];
        for (code, value) in distinct.iter().enumerate() {
            let slot = self.find(value.pattern(), &distinct[..code]).expect_err("invariant: the distinct values are distinct");
            self.slots[slot] = code as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dictionary<T: Cell>(values: &[T], limit: usize) -> Option<Dictionary<T>> {
        let mut dictionary = Dictionary::new(vec![9; 2]);
        let (first, rest) = values.split_at(values.len() / 2);
        dictionary.extend(first, limit)?;
        dictionary.extend(rest, limit)?;
        Some(dictionary)
    }

    #[test]
    fn values_are_numbered_in_the_order_of_first_use() {
        let d = dictionary(&[7_i64, 3, 7, 9], 10).unwrap();
        assert_eq!((d.distinct, d.codes), (vec![7, 3, 9], vec![0, 1, 0, 2]));
        assert!(dictionary(&[1_i64, 2, 3], 2).is_none());
        assert_eq!(dictionary(&[0.0, -0.0], 2).unwrap().distinct.len(), 2, "the two zeros are different patterns");
    }

    proptest! {
        #[test]
        fn the_dictionary_gives_the_values_back(values in prop::collection::vec(-2000_i64..2000, 0..4000)) {
            let d = dictionary(&values, usize::MAX).unwrap();
            let back = d.codes.iter().map(|c| d.distinct[*c as usize]).collect::<Vec<_>>();
            prop_assert_eq!(back, values);
        }
    }
}
