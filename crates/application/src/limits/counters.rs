//! Counters of any number of keys in a fixed amount of memory.
//!
//! A count-min sketch (Cormode and Muthukrishnan, 2005): each key has one cell in each of a few rows, where a hash puts it,
//! and shares it with whatever else the hash puts there. Each cell counts all of its keys, so it never counts too little for
//! one of them; the least of a key's cells says what counts. So there is nothing to make room for, and nobody is freed of
//! a count because others came. What too many keys at once do is that some of them are counted together.

use portcullis_domain::Rate;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How many cells count for one key.
const ROWS: usize = 4;

/// The counters of one limit. A cell tells when all that was counted in it will have come back: it is what was counted, less
/// what came back since. It is in nanoseconds of a clock that never runs backwards.
#[derive(Debug)]
pub(super) struct Counters {
    cells: Vec<u64>,
    /// How many cells a row has, less one; the number of cells is a power of two.
    mask: usize,
    /// Nobody outside can tell which keys share a cell, so nobody can choose to fill another's.
    hashers: [RandomState; 2],
}

/// The cells of one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells([usize; ROWS]);

impl Counters {
    /// So many cells in a row, as a power of two. The operating system gives memory to those that are used.
    pub(super) fn with_cells(bits: u32) -> Self {
        let row = 1_usize << bits;
        Self {
            cells: vec![0; row * ROWS],
            mask: row - 1,
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    pub(super) fn cells_of(&self, key: &[u8]) -> Cells {
        let [one, other] = &self.hashers;
        let (one, other) = (one.hash_one(key), other.hash_one(key));
        let row = self.mask + 1;
        let mut number = 0;
        Cells([one, one >> 32, other, other >> 32].map(|hash| {
            #[expect(clippy::cast_possible_truncation, reason = "the mask keeps what is left")]
            let cell = number * row + (hash as usize & self.mask);
            number += 1;
            cell
        }))
    }

    /// What was counted for the key and has not come back.
    pub(super) fn cost(&self, cells: Cells, now: Duration) -> Duration {
        let until = cells.0.iter().filter_map(|cell| self.cells.get(*cell)).min();
        Duration::from_nanos(until.copied().unwrap_or(0).saturating_sub(nanoseconds(now)))
    }

    pub(super) fn count(&mut self, cells: Cells, rate: Rate, now: Duration) {
        let (now, interval) = (nanoseconds(now), nanoseconds(rate.interval()));
        self.change(cells, |until| until.max(now).saturating_add(interval));
    }

    pub(super) fn take_back(&mut self, cells: Cells, rate: Rate) {
        let interval = nanoseconds(rate.interval());
        self.change(cells, |until| until.saturating_sub(interval));
    }

    /// Has the key cost that much at least.
    pub(super) fn raise(&mut self, cells: Cells, cost: Duration, now: Duration) {
        let least = nanoseconds(now + cost);
        self.change(cells, |until| until.max(least));
    }

    fn change(&mut self, cells: Cells, change: impl Fn(u64) -> u64) {
        for cell in cells.0 {
            if let Some(until) = self.cells.get_mut(cell) {
                *until = change(*until);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<u64>()
    }
}

/// 584 years of them fit.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
