//! Limits that one server counts in its memory.

use super::counters::{Cells, Counters};
use crate::ports::{Clock, Counted, Draw, Exhausted, Limit, Limits, Sharing};
use async_trait::async_trait;
use shaku::Component;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Cells in each row of a limit's counters, as a power of two: 8 MiB for each limit, where all are used. A million keys at
/// once are four in a cell.
const BITS: u32 = 18;

type AllCounters = [Counters; Limit::ALL.len()];

/// The counters of each limit. One lock for all: what is drawn together is drawn at once.
#[derive(Debug)]
pub struct MemoryCounters(Mutex<AllCounters>);

impl MemoryCounters {
    fn with_cells(bits: u32) -> Self {
        Self(Mutex::new(Limit::ALL.map(|_| Counters::with_cells(bits))))
    }
}

impl Default for MemoryCounters {
    fn default() -> Self {
        Self::with_cells(BITS)
    }
}

/// [`Limits`] in memory.
#[derive(Component)]
#[shaku(interface = Limits)]
pub struct MemoryLimits {
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(default)]
    counters: MemoryCounters,
}

impl MemoryLimits {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            counters: MemoryCounters::default(),
        }
    }

    /// Counts one of each, or none where one of them has none left.
    ///
    /// # Errors
    /// The one that takes longest.
    pub fn draw_now(&self, draws: &[Draw]) -> Result<(), Exhausted> {
        let now = self.clock.monotonic();
        let mut counters = self.counters();
        judge(&counters, draws, now)?;
        for draw in draws {
            change(&mut counters, draw, |counters, cells| {
                counters.count(cells, draw.rate, now);
            });
        }
        Ok(())
    }

    /// Takes back what was counted.
    pub fn give_back_now(&self, draws: &[Draw]) {
        let mut counters = self.counters();
        for draw in draws {
            change(&mut counters, draw, |counters, cells| {
                counters.take_back(cells, draw.rate);
            });
        }
    }

    /// Learns what something costs by others' counts.
    pub fn learn(&self, draw: &Draw, cost: Duration) {
        let now = self.clock.monotonic();
        change(&mut self.counters(), draw, |counters, cells| {
            counters.raise(cells, cost, now);
        });
    }

    /// Each count is whole, so a panic elsewhere leaves them usable.
    fn counters(&self) -> MutexGuard<'_, AllCounters> {
        self.counters.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limits for MemoryLimits {
    async fn draw(&self, draws: &[Draw]) -> Result<Counted, Exhausted> {
        self.draw_now(draws).map(|()| Counted::Here)
    }

    async fn give_back(&self, draws: &[Draw], _: Counted) {
        self.give_back_now(draws);
    }

    fn look(&self, draws: &[Draw]) -> Result<(), Exhausted> {
        judge(&self.counters(), draws, self.clock.monotonic())
    }

    fn sharing(&self) -> Sharing {
        Sharing::Alone
    }
}

fn judge(counters: &AllCounters, draws: &[Draw], now: Duration) -> Result<(), Exhausted> {
    let mut refused = None;
    for draw in draws {
        let Some(counters) = counters.get(draw.limit as usize) else {
            continue;
        };
        if let Err(exhausted) = draw.judge(counters.cost(counters.cells_of(&draw.key), now)) {
            refused = Some(Exhausted::longer(refused, exhausted));
        }
    }
    refused.map_or(Ok(()), Err)
}

fn change(counters: &mut AllCounters, draw: &Draw, change: impl FnOnce(&mut Counters, Cells)) {
    if let Some(counters) = counters.get_mut(draw.limit as usize) {
        let cells = counters.cells_of(&draw.key);
        change(counters, cells);
    }
}

#[cfg(test)]
mod tests;
