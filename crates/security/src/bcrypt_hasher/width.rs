//! How many passwords a thread hashes side by side: what suits this processor.

use super::capacity::hash_many;
use super::cost::BcryptCost;
use bcrypt_lanes::{LANES, MOST_LANES};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The cost at which widths are compared: one batch takes some 1.5 ms, all of them together some 50.
const COST: u32 = 5;
/// The fastest of so many rounds counts: what else runs on the machine only ever makes one slower.
const ROUNDS: usize = 3;
/// Those that are compared. One alone is never the better one.
const FEWEST: usize = 2;
/// A wider set has everybody wait longer, so it has to be worth it: of all that come so close to the best one, in percent, the
/// narrowest is taken.
const CLOSE: u32 = 10;

/// How many lanes the threads of a pool have.
#[derive(Debug)]
pub(super) struct Width(AtomicUsize);

impl Default for Width {
    /// What suits most processors.
    fn default() -> Self {
        Self(AtomicUsize::new(LANES))
    }
}

impl Width {
    pub(super) fn lanes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// From now on; passwords that are at work stay where they are.
    pub(super) fn set(&self, lanes: usize) {
        self.0.store(lanes, Ordering::Relaxed);
    }
}

/// The width that suits this processor, as measured on this thread. Two measurements must come to the same: beside other work
/// they do not, and what suits most processors stays.
pub(super) fn best_width() -> usize {
    let Ok(cost) = BcryptCost::new(COST) else { return LANES };
    let (once, again) = (measured(cost), measured(cost));
    let width = narrowest_of_the_fast(&once);
    if are_alike(&once, &again) && narrowest_of_the_fast(&again) == width {
        width
    } else {
        LANES
    }
}

/// How long a full set takes of each width.
type Times = [(usize, Duration); MOST_LANES + 1 - FEWEST];

fn measured(cost: BcryptCost) -> Times {
    let mut times = [(0, Duration::MAX); MOST_LANES + 1 - FEWEST];
    for _ in 0..ROUNDS {
        // In turn, so that a neighbor's load hits all alike.
        for ((width, fastest), lanes) in times.iter_mut().zip(FEWEST..) {
            *width = lanes;
            *fastest = (*fastest).min(time_of(cost, lanes));
        }
    }
    times
}

fn are_alike(once: &Times, again: &Times) -> bool {
    once.iter().zip(again).all(|((_, one), (_, other))| {
        let (less, more) = (one.min(other), one.max(other));
        *more * 100 <= *less * (100 + CLOSE)
    })
}

/// How long so many passwords take side by side.
fn time_of(cost: BcryptCost, width: usize) -> Duration {
    let began = Instant::now();
    hash_many(cost.0, width);
    began.elapsed()
}

fn narrowest_of_the_fast(times: &[(usize, Duration)]) -> usize {
    // Passwords a nanosecond, whole numbers: what a batch of `width` does in the time of a batch of one.
    let rate = |(width, time): (usize, Duration)| {
        let width = u128::try_from(width).unwrap_or(0);
        width * 1_000_000_000_000 / time.as_nanos().max(1)
    };
    let best = times.iter().copied().map(rate).max().unwrap_or(0);
    let close = best * u128::from(100 - CLOSE) / 100;
    let fast = times.iter().find(|time| rate(**time) >= close);
    fast.map_or(LANES, |(width, _)| *width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(milliseconds: [f64; 5]) -> usize {
        let times: Vec<_> = (FEWEST..)
            .zip(milliseconds)
            .map(|(width, time)| (width, Duration::from_secs_f64(time / 1e3)))
            .collect();
        narrowest_of_the_fast(&times)
    }

    #[test]
    fn the_narrowest_of_those_that_come_close_to_the_best_is_taken() {
        // Zen 5: six do 4 % more than four, and have everybody wait a third longer.
        assert_eq!(chosen([170.0, 174.8, 190.6, 223.7, 261.9]), 4);
        // Where six do a quarter more than four.
        assert_eq!(chosen([220.0, 240.0, 269.0, 300.0, 318.0]), 6);
        // Where a third lane finds no room in the cache.
        assert_eq!(chosen([170.0, 300.0, 420.0, 560.0, 700.0]), 2);
    }

    #[test]
    fn measurements_beside_other_work_are_not_alike() {
        let times = |milliseconds: [u64; 5]| {
            let mut times: Times = Default::default();
            for (time, milliseconds) in times.iter_mut().zip(milliseconds) {
                time.1 = Duration::from_millis(milliseconds);
            }
            times
        };
        let quiet = times([100, 110, 120, 140, 160]);
        assert!(are_alike(&quiet, &times([105, 105, 125, 135, 165])));
        assert!(!are_alike(&quiet, &times([100, 110, 240, 140, 160])));
    }

    #[test]
    fn what_is_measured_is_one_of_those_that_are_compiled() {
        let width = best_width();
        assert!((FEWEST..=MOST_LANES).contains(&width), "{width}");
    }
}
