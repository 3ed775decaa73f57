//! What the machine can do at the cost that is set, and which cost would suit it.

use super::cost::BcryptCost;
use bcrypt_lanes::{Cost, Lanes, SaltedPassword};
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

/// The cost that is measured where a higher one is set: a batch takes some 12 ms, so nobody waits for a measurement.
const SAMPLE_COST: u32 = 8;
/// The fastest of so many batches counts: what else runs on the machine only ever makes one slower.
const SAMPLES: usize = 3;

/// Beyond this, people wait at the door and a few logins fill a core (OWASP Password Storage Cheat Sheet: less than a
/// second).
const SLOWEST: Duration = Duration::from_secs(1);
/// Below this, a stolen hash is guessed five times as fast as at [`AIM`].
const FASTEST: Duration = Duration::from_millis(50);
/// The longest that a login takes at the cost that is advised. The time of each cost is half of the next one's, so it
/// takes at least half of this.
const AIM: Duration = Duration::from_millis(250);

/// What hashes so many passwords of one cost side by side.
type HashMany = dyn Fn(Cost, usize);

/// How fast the threads of a pool hash, as measured.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    /// The cost that new hashes have.
    pub cost: BcryptCost,
    /// How many threads hash.
    pub threads: usize,
    /// How many passwords a thread hashes side by side, chosen for this processor.
    pub lanes: usize,
    /// How long a thread takes for a full batch. One password alone takes hardly less.
    pub batch: Duration,
}

impl Capacity {
    /// How many passwords the threads hash or verify in a second, when there is always one waiting. Threads that share
    /// a core do less.
    #[must_use]
    pub fn logins_per_second(&self) -> f64 {
        let at_once = u32::try_from(self.threads * self.lanes).unwrap_or(u32::MAX);
        f64::from(at_once) / self.batch.as_secs_f64()
    }

    /// A better cost, where a login takes more than 1 s or less than 50 ms: the highest one at which it takes 250 ms
    /// or less, and never below [`BcryptCost::LEAST_FOR_REAL_PASSWORDS`]. `None` where the cost suits the machine, or
    /// no other does.
    #[must_use]
    pub fn advised_cost(&self) -> Option<BcryptCost> {
        if (FASTEST..=SLOWEST).contains(&self.batch) {
            return None;
        }
        let least = BcryptCost::LEAST_FOR_REAL_PASSWORDS;
        let advised = (least.number()..=BcryptCost::MAX.number())
            .rev()
            .filter_map(|number| BcryptCost::new(number).ok())
            .find(|cost| self.seconds_at(*cost) <= AIM.as_secs_f64())
            .unwrap_or(least);
        (advised != self.cost).then_some(advised)
    }

    fn seconds_at(&self, cost: BcryptCost) -> f64 {
        self.batch.as_secs_f64() * (f64::from(cost.number()) - f64::from(self.cost.number())).exp2()
    }
}

/// How long a full batch takes at `cost`, measured at a lower one; `None` where hashing panics.
pub(super) fn time_of_a_batch(cost: BcryptCost, lanes: usize, hash_many: &HashMany) -> Option<Duration> {
    let sample_cost = BcryptCost::new(SAMPLE_COST).map_or(cost, |sample| sample.min(cost));
    let mut fastest = Duration::MAX;
    for _ in 0..SAMPLES {
        let start = Instant::now();
        panic::catch_unwind(AssertUnwindSafe(|| hash_many(sample_cost.0, lanes))).ok()?;
        fastest = fastest.min(start.elapsed());
    }
    // Each step of the cost doubles the time.
    Some(fastest * (1 << (cost.number() - sample_cost.number())))
}

/// The real [`HashMany`].
pub(super) fn hash_many(cost: Cost, width: usize) {
    let password = SaltedPassword {
        password: b"as long as many",
        salt: &[0x5a; 16],
    };
    let mut lanes = Lanes::new();
    lanes.set_width(width);
    while lanes.start(cost, password, ()).is_ok() {}
    while !lanes.is_empty() {
        black_box(lanes.advance(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn capacity(cost: u32, milliseconds: u64) -> Capacity {
        Capacity {
            cost: BcryptCost::new(cost).unwrap(),
            threads: 2,
            lanes: 4,
            batch: Duration::from_millis(milliseconds),
        }
    }

    fn advised(cost: u32, milliseconds: u64) -> Option<u32> {
        capacity(cost, milliseconds).advised_cost().map(BcryptCost::number)
    }

    #[test]
    fn every_lane_of_every_thread_counts() {
        let logins = capacity(12, 200).logins_per_second();
        assert!((logins - 40.0).abs() < 1e-9, "{logins}");
    }

    #[test]
    fn a_cost_that_suits_the_machine_needs_no_advice() {
        for milliseconds in [50, 190, 1000] {
            assert_eq!(advised(12, milliseconds), None, "{milliseconds}");
        }
    }

    #[test]
    fn a_slow_login_is_answered_by_the_highest_cost_of_a_quarter_of_a_second() {
        assert_eq!(advised(12, 1001), Some(10));
        assert_eq!(advised(16, 3040), Some(12));
        assert_eq!(advised(14, 2000), Some(11));
    }

    #[test]
    fn a_fast_login_is_answered_by_a_higher_cost() {
        assert_eq!(advised(10, 47), Some(12));
        assert_eq!(advised(12, 30), Some(15));
        assert_eq!(advised(12, 1), Some(16));
    }

    #[test]
    fn no_advice_goes_below_what_real_passwords_need() {
        assert_eq!(advised(11, 4000), Some(10));
        assert_eq!(advised(10, 4000), None);
        assert_eq!(advised(16, 40), None);
    }

    #[test]
    fn a_high_cost_is_reckoned_from_a_short_sample() {
        let at_cost = |number| time_of_a_batch(BcryptCost::new(number).unwrap(), 4, &hash_many).unwrap();
        let asked = |number| {
            let most = Arc::new(AtomicU32::new(0));
            let seen = Arc::clone(&most);
            time_of_a_batch(BcryptCost::new(number).unwrap(), 5, &move |cost: Cost, lanes| {
                assert_eq!(lanes, 5);
                seen.fetch_max(cost.get(), Ordering::Relaxed);
            })
            .unwrap();
            most.load(Ordering::Relaxed)
        };
        assert_eq!((asked(16), asked(8), asked(5)), (8, 8, 5));
        // Between them lies a factor of 4096; a busy machine may blur it.
        assert!(at_cost(16) > 100 * at_cost(4));
    }
}
