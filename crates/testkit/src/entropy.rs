//! Chance that is the same in every run.

use portcullis_application::ports::Entropy;
use shaku::Component;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The step and the mixing constants of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const MIX: [u64; 2] = [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

/// Bytes of `SplitMix64` from a seed. They never repeat within a test, whatever number of tasks draws them.
#[derive(Clone, Default, Component)]
#[shaku(interface = Entropy)]
pub struct SeededEntropy {
    /// The generator's counter; shared by clones.
    #[shaku(default)]
    state: Arc<AtomicU64>,
}

impl SeededEntropy {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: Arc::new(AtomicU64::new(seed)),
        }
    }

    fn next(&self) -> u64 {
        let [first, second] = MIX;
        let state = self.state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(first);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(second);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            chunk
                .iter_mut()
                .zip(self.next().to_le_bytes())
                .for_each(|(to, from)| *to = from);
        }
    }
}
