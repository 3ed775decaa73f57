//! A clock that stands still unless a test moves it.

use portcullis_verifier::{Clock, Sleep};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{oneshot, watch};

/// Its time of day begins with [`tokens::ISSUED_AT`](crate::tokens::ISSUED_AT).
pub(crate) struct ManualClock {
    state: watch::Sender<State>,
}

struct State {
    passed: Duration,
    sleepers: Vec<Sleeper>,
}

struct Sleeper {
    until: Duration,
    wake: oneshot::Sender<()>,
}

impl ManualClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: watch::Sender::new(State {
                passed: Duration::ZERO,
                sleepers: Vec::new(),
            }),
        })
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.state.send_modify(|state| {
            state.passed += duration;
            let passed = state.passed;
            for sleeper in state.sleepers.extract_if(.., |sleeper| sleeper.until <= passed) {
                // It may have given up.
                let _ = sleeper.wake.send(());
            }
        });
    }

    /// Waits until something sleeps for at least `from` and at most `to` more, and lets that time pass.
    pub(crate) async fn pass(&self, from: Duration, to: Duration) {
        let duration = self.sleep_of(from, to).await;
        self.advance(duration);
    }

    /// Waits until something sleeps for so long.
    pub(crate) async fn until_sleeping(&self, duration: Duration) {
        self.sleep_of(duration, duration).await;
    }

    async fn sleep_of(&self, from: Duration, to: Duration) -> Duration {
        let remaining = |state: &State| {
            let waiting = state.sleepers.iter().filter(|sleeper| !sleeper.wake.is_closed());
            waiting
                .map(|sleeper| sleeper.until.saturating_sub(state.passed))
                .find(|remaining| (from..=to).contains(remaining))
        };
        let mut states = self.state.subscribe();
        let reached = states.wait_for(|state| remaining(state).is_some());
        let state = tokio::time::timeout(Duration::from_secs(10), reached)
            .await
            .expect("nothing sleeps for that long")
            .unwrap();
        remaining(&state).unwrap()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        crate::tokens::at(0) + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.state.borrow().passed
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let (wake, woken) = oneshot::channel();
        self.state.send_modify(|state| {
            let until = state.passed + duration;
            state.sleepers.push(Sleeper { until, wake });
        });
        Box::pin(async move {
            // An error says that the clock is gone, and the test over.
            let _ = woken.await;
        })
    }
}
