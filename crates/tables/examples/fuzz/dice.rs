//! Numbers for fuzzers.

/// Numbers that look random (xorshift).
pub struct Dice(pub u64);

impl Dice {
    /// One below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}
