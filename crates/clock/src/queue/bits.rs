//! Which buckets hold something: one bit each, so that empty ones are skipped 64 at a time.

/// A fixed set of small numbers.
#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// The empty subset of `0..count`.
    pub(super) fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    #[inline]
    pub(super) fn set(&mut self, i: usize) {
        self.0[i / 64] |= 1 << (i % 64);
    }

    #[inline]
    pub(super) fn clear(&mut self, i: usize) {
        self.0[i / 64] &= !(1 << (i % 64));
    }

    /// The smallest member that is at least `from`.
    #[inline]
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        let mut word = from / 64;
        let mut rest = self.0.get(word)? & (u64::MAX << (from % 64));
        while rest == 0 {
            word += 1;
            rest = *self.0.get(word)?;
        }
        Some(word * 64 + rest.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_finds_the_smallest_member_from_a_start() {
        let mut b = Bits::new(200);
        for i in [3, 63, 64, 199] {
            b.set(i);
        }
        for (from, found) in
            [(0, Some(3)), (4, Some(63)), (64, Some(64)), (65, Some(199)), (200, None), (256, None)]
        {
            assert_eq!(b.next(from), found, "from {from}");
        }
        b.clear(199);
        assert_eq!(b.next(65), None);
    }
}
