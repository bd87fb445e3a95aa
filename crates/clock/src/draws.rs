//! The random numbers of one decision, read one after the other.

use crate::block;
use rand_core::TryRng;
use std::convert::Infallible;

/// The words of a `ChaCha8` stream from its start: sixteen at once, the next block when they are
/// used up.
///
/// Made by [`Seeds::draws`](crate::Seeds::draws), used where a decision is taken and dropped: there
/// is nothing to save. It implements [`rand_core::TryRng`] without errors, hence `rand_core::Rng`,
/// so that every sampler of the `rand` family takes it.
///
/// **Antithetic draws** are made here and nowhere else: every word is complemented, so that
/// [`Draws::uniform`] is exactly 1 - u, and an index, a coin or another sampler's number is
/// mirrored with it.
#[derive(Clone, Debug)]
pub struct Draws {
    words: [u32; 16],
    key: [u32; 8],
    stream: u64,
    next_block: u64,
    used: usize,
    mirror: u32,
}

impl Draws {
    /// The stream `stream` under `key` from its first word; with `antithetic` every word is
    /// complemented.
    #[inline]
    #[must_use]
    pub fn new(key: [u32; 8], stream: u64, antithetic: bool) -> Self {
        let mirror = if antithetic { u32::MAX } else { 0 };
        Self { words: block(key, stream, 0), key, stream, next_block: 1, used: 0, mirror }
    }

    /// The next 32 random bits.
    #[inline]
    pub fn word(&mut self) -> u32 {
        if self.used == self.words.len() {
            self.refill();
        }
        let word = self.words[self.used];
        self.used += 1;
        word ^ self.mirror
    }

    /// The next 64 random bits, lower half first.
    #[inline]
    pub fn word64(&mut self) -> u64 {
        let low = u64::from(self.word());
        low | u64::from(self.word()) << 32
    }

    /// A uniform number in the open interval (0, 1): (k + 1/2) / 2^52 with 52 random bits k, so
    /// neither u nor 1 - u is ever 0.
    ///
    /// ```
    /// let mut draws = clock::Seeds::new(1).draws(clock::Group::Exogenous, 0, 0, 0, 0);
    /// let mean = (0..10_000).map(|_| draws.uniform()).sum::<f64>() / 10_000.0;
    /// assert!((mean - 0.5).abs() < 0.01); // standard error 0.29 / 100
    /// ```
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
        let k = self.word64() >> 12;
        (2 * k + 1) as f64 * SCALE
    }

    #[cold]
    fn refill(&mut self) {
        self.words = block(self.key, self.stream, self.next_block);
        self.next_block += 1;
        self.used = 0;
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word64())
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for part in to.chunks_mut(4) {
            let bytes = self.word().to_le_bytes();
            part.copy_from_slice(&bytes[..part.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Group, Seeds};
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    /// The generator that `Seeds::draws` promises to equal.
    fn promised(seed: u64, replication: u32, group: u32, what: u32, id: u64, n: u64) -> ChaCha8Rng {
        let mut bytes = [0; 32];
        bytes[0..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..12].copy_from_slice(&replication.to_le_bytes());
        bytes[12..16].copy_from_slice(&group.to_le_bytes());
        bytes[16..20].copy_from_slice(&what.to_le_bytes());
        bytes[24..32].copy_from_slice(&n.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(bytes);
        rng.set_stream(id);
        rng
    }

    proptest! {
        #[test]
        fn draws_are_rand_chachas_stream_over_several_blocks(
            seed: u64, replication: u32, kind: u16, purpose: u16, id: u64, n: u64, odd in 0usize..3,
        ) {
            let seeds = Seeds { behaviour: seed, replication, ..Seeds::default() };
            let mut draws = seeds.draws(Group::Behaviour, kind, purpose, id, n);
            let mut rng = promised(seed, replication, 2, u32::from(kind) << 16 | u32::from(purpose), id, n);
            for _ in 0..odd {
                prop_assert_eq!(draws.next_u32(), rng.next_u32());
            }
            for _ in 0..40 {
                prop_assert_eq!(draws.next_u64(), rng.next_u64());
            }
            let (mut ours, mut theirs) = ([0; 22], [0; 22]);
            draws.fill_bytes(&mut ours);
            rng.fill_bytes(&mut theirs);
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn the_antithetic_draw_is_exactly_one_minus_u(seed: u64) {
            let seeds = Seeds::new(seed);
            let mut plain = seeds.draws(Group::Population, 1, 2, 3, 4);
            let mut mirrored = Seeds { antithetic: true, ..seeds }.draws(Group::Population, 1, 2, 3, 4);
            for _ in 0..50 {
                let (u, v) = (plain.uniform(), mirrored.uniform());
                prop_assert!(0.0 < u && u < 1.0);
                prop_assert_eq!(1.0 - u, v);
                prop_assert_eq!(1.0 - v, u);
            }
        }
    }

    #[test]
    fn the_ends_of_the_interval_are_never_drawn() {
        let mut draws = Draws::new([0; 8], 0, false);
        draws.words = [0; 16];
        assert_eq!(draws.uniform(), 2f64.powi(-53));
        draws.words = [u32::MAX; 16];
        assert_eq!(draws.uniform(), 1.0 - 2f64.powi(-53));
    }
}
