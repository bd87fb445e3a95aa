//! A set of piles, one bit each.

use serde::{Deserialize, Serialize};

/// Piles of a zone by number, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PileSet {
    words: Vec<u64>,
}

impl PileSet {
    /// None of `piles` piles.
    pub fn none_of(piles: usize) -> Self {
        Self { words: vec![0; piles.div_ceil(64)] }
    }
    /// All of `piles` piles.
    pub fn all_of(piles: usize) -> Self {
        let mut set = Self::none_of(piles);
        (0..piles as u32).for_each(|pile| set.insert(pile));
        set
    }
    /// Puts a pile in.
    pub fn insert(&mut self, pile: u32) {
        self.words[pile as usize / 64] |= 1 << (pile % 64);
    }
    /// Takes a pile out.
    pub fn remove(&mut self, pile: u32) {
        self.words[pile as usize / 64] &= !(1 << (pile % 64));
    }
    /// Takes all piles of another set out.
    pub fn remove_all(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, out)| *word &= !out);
    }
    /// Whether no pile is in it.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
    /// Whether a pile is in it.
    pub fn has(&self, pile: u32) -> bool {
        self.words[pile as usize / 64] >> (pile % 64) & 1 == 1
    }
    /// The bits of the piles `64 word..64 word + 64`.
    pub fn word(&self, word: usize) -> u64 {
        self.words[word]
    }
    /// The piles in it, the lowest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(word, &bits)| piles_in(word, bits))
    }
}

/// The piles whose bits are set in a word of a set, the lowest first.
pub fn piles_in(word: usize, mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let pile = word as u32 * 64 + bits.trailing_zeros();
            bits &= bits - 1;
            pile
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piles_come_out_in_order_whatever_the_order_in_which_they_went_in() {
        let mut set = PileSet::all_of(66);
        (0..66).filter(|p| p % 13 != 0).for_each(|p| set.remove(p));
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 13, 26, 39, 52, 65]);
        set.remove(13);
        set.insert(64);
        assert!(set.has(64) && !set.has(13));
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 26, 39, 52, 64, 65]);
    }
}
