//! Reproducible bytes for the tests.

/// `SplitMix64` (Steele, Lea, Flood 2014): good enough for tests, and the same in every run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    pub(crate) fn salt(&mut self) -> [u8; 16] {
        std::array::from_fn(|_| self.byte())
    }

    pub(crate) fn password(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    pub(crate) fn password_without_nul(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte().max(1)).collect()
    }
}
