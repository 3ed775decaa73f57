use super::*;
use chrono::{DateTime, Utc};
use portcullis_domain::Rate;
use std::sync::Barrier;
use std::thread;

/// A clock whose time of day nobody asks for.
#[derive(Default)]
struct Time(Mutex<Duration>);

impl Time {
    fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        panic!("the time of day was asked for, which somebody may set")
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

const TEN: Rate = Rate::new(10, Duration::from_mins(15));

fn guess(account: &str) -> Draw {
    Draw::new(Limit::Account, TEN, account)
}

fn from(address: &str) -> Draw {
    Draw::new(Limit::Address, TEN.times(10), address)
}

fn limits(bits: u32) -> (Arc<Time>, MemoryLimits) {
    let time = Arc::new(Time::default());
    time.pass(Duration::from_secs(5));
    let clock: Arc<dyn Clock> = Arc::<Time>::clone(&time);
    let counters = MemoryCounters::with_cells(bits);
    (time, MemoryLimits { clock, counters })
}

fn wait(limits: &MemoryLimits, draws: &[Draw]) -> Option<Duration> {
    limits.draw_now(draws).err().map(|exhausted| exhausted.wait)
}

#[test]
fn ten_are_counted_and_then_one_comes_back_every_ninety_seconds() {
    let (time, limits) = limits(BITS);
    let ada = [guess("ada@x.test")];
    for _ in 0..10 {
        assert_eq!(wait(&limits, &ada), None);
    }
    assert_eq!(wait(&limits, &ada), Some(Duration::from_secs(90)));
    time.pass(Duration::from_secs(89));
    assert_eq!(wait(&limits, &ada), Some(Duration::from_secs(1)));
    time.pass(Duration::from_secs(1));
    assert_eq!(wait(&limits, &ada), None);
    assert_eq!(wait(&limits, &ada), Some(Duration::from_secs(90)));
    assert_eq!(wait(&limits, &[guess("ben@x.test")]), None);
    // What was refused did not count, and after the whole time all ten are back.
    time.pass(Duration::from_mins(15));
    for _ in 0..10 {
        assert_eq!(wait(&limits, &ada), None);
    }
}

#[test]
fn what_is_given_back_did_not_happen() {
    let (_, limits) = limits(BITS);
    let draws = [guess("ada@x.test"), from("203.0.113.7")];
    for _ in 0..1000 {
        assert_eq!(wait(&limits, &draws), None);
        limits.give_back_now(&draws);
    }
    for _ in 0..10 {
        assert_eq!(wait(&limits, &draws), None);
    }
    assert!(limits.look(&draws).is_err());
}

#[test]
fn where_one_of_two_is_used_up_neither_is_counted() {
    let (_, limits) = limits(BITS);
    for _ in 0..10 {
        assert_eq!(wait(&limits, &[guess("ada@x.test"), from("a")]), None);
    }
    for _ in 0..1000 {
        let refused = limits.draw_now(&[guess("ada@x.test"), from("a")]).unwrap_err();
        assert_eq!(refused.limit, Limit::Account);
    }
    for number in 0..90 {
        assert_eq!(wait(&limits, &[guess(&format!("{number}@x.test")), from("a")]), None);
    }
    let refused = limits.draw_now(&[guess("new@x.test"), from("a")]).unwrap_err();
    assert_eq!((refused.limit, refused.wait), (Limit::Address, Duration::from_secs(9)));
    let both = limits.draw_now(&[from("a"), guess("ada@x.test")]).unwrap_err();
    assert_eq!(both.limit, Limit::Account, "the longer wait is told");
}

#[test]
fn of_a_hundred_at_once_ten_are_let_through() {
    let (_, limits) = limits(BITS);
    let start = Barrier::new(100);
    let let_through = thread::scope(|scope| {
        let guesses = [(); 100].map(|()| {
            scope.spawn(|| {
                start.wait();
                wait(&limits, &[guess("ada@x.test"), from("203.0.113.7")]).is_none()
            })
        });
        guesses
            .into_iter()
            .filter_map(|guess| guess.join().ok().filter(|passed| *passed))
            .count()
    });
    assert_eq!(let_through, 10);
}

/// Ten keys for each cell here; in the real size that is 2.6 million keys in a quarter of an hour.
#[test]
fn a_flood_of_fresh_keys_takes_no_more_memory_and_frees_nobody() {
    let (time, limits) = limits(12);
    for _ in 0..10 {
        assert_eq!(wait(&limits, &[guess("ada@x.test")]), None);
    }
    let before = limits.counters().iter().map(Counters::bytes).sum::<usize>();
    for number in 0..40_960 {
        let _ = limits.draw_now(&[guess(&format!("{number}@x.test"))]);
        assert!(limits.look(&[guess("ada@x.test")]).is_err());
    }
    assert_eq!(limits.counters().iter().map(Counters::bytes).sum::<usize>(), before);
    // Who comes after the flood waits no longer than the flood's guesses count.
    time.pass(Duration::from_mins(15));
    assert_eq!(wait(&limits, &[guess("new@x.test")]), None);
}

/// A sixteenth of the cells and of a million keys.
#[test]
fn as_many_accounts_and_addresses_as_a_million_fit_and_leave_others_their_attempts() {
    let (_, limits) = limits(BITS - 4);
    for number in 0..1_000_000 / 16 {
        assert_eq!(
            wait(
                &limits,
                &[guess(&format!("user-{number}@x.test")), from(&number.to_string())]
            ),
            None
        );
    }
    let bytes = limits.counters().iter().map(Counters::bytes).sum::<usize>();
    assert_eq!(bytes, (64 << 20) / 16);
    let left = (0..10)
        .take_while(|_| wait(&limits, &[guess("new@x.test")]).is_none())
        .count();
    assert!(left >= 3, "{left}");
}

#[test]
fn counts_of_different_things_do_not_mix() {
    let (_, limits) = limits(BITS);
    for _ in 0..10 {
        assert_eq!(wait(&limits, &[guess("one")]), None);
    }
    for limit in [Limit::Device, Limit::Address, Limit::Registration, Limit::Refresh] {
        assert_eq!(wait(&limits, &[Draw::new(limit, TEN, "one")]), None, "{limit:?}");
    }
}

#[test]
fn what_others_counted_counts_here_too() {
    let (_, limits) = limits(BITS);
    limits.learn(&guess("ada@x.test"), Duration::from_mins(15));
    assert_eq!(wait(&limits, &[guess("ada@x.test")]), Some(Duration::from_secs(90)));
}
