//! What was asked of another provider, and how long it is kept.
//!
//! Nobody waits for what is there: while one asks for it anew, all others are answered by what is kept. A failure is kept, too,
//! so that not everybody who comes asks again.

use crate::client::TIME;
use portcullis_application::ports::{Clock, UpstreamError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long it is before what is there is asked for anew.
const FRESH: Duration = Duration::from_hours(1);
/// How long it counts while the provider can't be reached. Whoever has a key that the provider took back, and keeps us from
/// hearing of it, must not sign in by it for ever.
const GOOD: Duration = Duration::from_hours(24);
/// How long it is before somebody who finds nothing that will do has it asked for again: anybody may cause that.
const FLOOR: Duration = Duration::from_mins(1);
/// The same, where there is nothing at all.
const FLOOR_OF_NOTHING: Duration = Duration::from_secs(5);

/// How well what is there fits what somebody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It will do.
    Whole,
    /// It is of the right place, and lacks something.
    Part,
    /// It is of another place.
    None,
}

/// Something that is asked of a provider now and then.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    known: Mutex<Known<T>>,
    /// Held by the one who asks.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Known<T> {
    /// What is there, and when it came.
    good: Option<(Arc<T>, Duration)>,
    /// When it was last asked for, whatever came of it.
    asked: Duration,
    /// Why nothing came the last time.
    failed: Option<UpstreamError>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            known: Mutex::new(Known {
                good: None,
                asked: Duration::ZERO,
                failed: None,
            }),
            asking: tokio::sync::Mutex::default(),
        }
    }
}

impl<T> Kept<T> {
    /// What is there if it will do, else what `fetch` brings. What lacks something is given where there is no better.
    pub(crate) async fn find(
        &self,
        clock: &dyn Clock,
        fits: impl Fn(&T) -> Fit,
        fetch: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<Arc<T>, UpstreamError> {
        let look = || self.look(clock.monotonic(), &fits);
        let _one = match look() {
            Found::Good(good) => return Ok(good),
            Found::Old(old) => match self.asking.try_lock() {
                Ok(one) => one,
                Err(_) => return Ok(old),
            },
            // Somebody may be asking just now, whose answer is waited for.
            Found::Settled(_) | Found::Nothing => self.asking.lock().await,
        };
        match look() {
            Found::Good(good) => return Ok(good),
            Found::Settled(settled) => return settled,
            Found::Old(_) | Found::Nothing => {}
        }
        self.note(
            clock.monotonic() + TIME,
            UpstreamError::Unreachable("it did not answer".to_owned()),
        );
        let fetched = fetch.await;
        let now = clock.monotonic();
        match fetched {
            Ok(new) => {
                let new = Arc::new(new);
                let mut known = self.lock();
                *known = Known {
                    good: Some((Arc::clone(&new), now)),
                    asked: now,
                    failed: None,
                };
                Ok(new)
            }
            Err(error) => {
                self.note(now, error.clone());
                if matches!(error, UpstreamError::Untrusted(_)) {
                    // The provider itself says something else by now.
                    self.lock().good = None;
                    return Err(error);
                }
                match self.look(now, &fits) {
                    Found::Good(kept) | Found::Old(kept) | Found::Settled(Ok(kept)) => Ok(kept),
                    Found::Settled(Err(_)) | Found::Nothing => Err(error),
                }
            }
        }
    }

    fn look(&self, now: Duration, fits: impl Fn(&T) -> Fit) -> Found<T> {
        let known = self.lock();
        let since = |then: Duration| now.saturating_sub(then);
        let kept = known.good.as_ref().filter(|(_, at)| since(*at) < GOOD);
        let kept = kept.map(|(good, at)| (good, *at, fits(good)));
        match kept.filter(|(_, _, fit)| *fit != Fit::None) {
            Some((good, at, Fit::Whole)) if since(at) < FRESH || since(known.asked) < FLOOR => {
                Found::Good(Arc::clone(good))
            }
            Some((good, _, Fit::Whole)) => Found::Old(Arc::clone(good)),
            Some((good, ..)) if since(known.asked) < FLOOR => Found::Settled(Ok(Arc::clone(good))),
            Some(_) => Found::Nothing,
            None => match &known.failed {
                Some(why) if since(known.asked) < FLOOR_OF_NOTHING => Found::Settled(Err(why.clone())),
                Some(_) | None => Found::Nothing,
            },
        }
    }

    /// Notes that it was asked for. Whoever waits for the answer may give up in the middle: then this is what stands.
    fn note(&self, asked: Duration, failed: UpstreamError) {
        let mut known = self.lock();
        known.asked = asked;
        known.failed = Some(failed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is without asking.
enum Found<T> {
    /// It will do.
    Good(Arc<T>),
    /// It will do, and is to be asked for anew by one of those who come.
    Old(Arc<T>),
    /// What came of asking a moment ago: it would bring nothing better. While somebody asks it is not known yet.
    Settled(Result<Arc<T>, UpstreamError>),
    /// Nothing that will do.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use std::future::ready;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A clock that a test sets, in seconds.
    #[derive(Default)]
    struct Hand(AtomicU64);

    impl Hand {
        fn advance(&self, seconds: u64) {
            self.0.fetch_add(seconds, Ordering::Relaxed);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }
    }

    const DAY: u64 = 24 * 60 * 60;

    fn unreachable() -> Result<u32, UpstreamError> {
        Err(UpstreamError::Unreachable("down".to_owned()))
    }

    async fn found(kept: &Kept<u32>, clock: &Hand, fetched: Result<u32, UpstreamError>) -> Result<u32, UpstreamError> {
        let found = kept.find(clock, |_| Fit::Whole, ready(fetched)).await;
        found.map(|found| *found)
    }

    #[tokio::test]
    async fn what_is_there_outlives_a_failure_by_a_day_and_no_longer() {
        let (kept, clock) = (Kept::default(), Hand::default());
        assert_eq!(found(&kept, &clock, Ok(1)).await.unwrap(), 1);
        assert_eq!(found(&kept, &clock, Ok(2)).await.unwrap(), 1, "it is fresh");
        clock.advance(DAY - 1);
        assert_eq!(found(&kept, &clock, unreachable()).await.unwrap(), 1);
        clock.advance(120);
        assert!(found(&kept, &clock, unreachable()).await.is_err());
        clock.advance(120);
        assert_eq!(found(&kept, &clock, Ok(3)).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_the_provider_says_otherwise_by_now_is_dropped() {
        let (kept, clock) = (Kept::default(), Hand::default());
        assert_eq!(found(&kept, &clock, Ok(1)).await.unwrap(), 1);
        clock.advance(3601);
        let other = Err(UpstreamError::Untrusted("another issuer".to_owned()));
        assert!(matches!(
            found(&kept, &clock, other).await,
            Err(UpstreamError::Untrusted(_))
        ));
        clock.advance(1);
        // It is not asked again at once, and told as it was.
        let again = found(&kept, &clock, Ok(2)).await;
        assert!(matches!(again, Err(UpstreamError::Untrusted(_))), "{again:?}");
        clock.advance(5);
        assert!(found(&kept, &clock, unreachable()).await.is_err());
    }

    #[tokio::test]
    async fn a_failure_is_kept_and_then_tried_again() {
        let (kept, clock) = (Kept::default(), Hand::default());
        assert!(found(&kept, &clock, unreachable()).await.is_err());
        clock.advance(4);
        assert!(found(&kept, &clock, Ok(1)).await.is_err());
        clock.advance(1);
        assert_eq!(found(&kept, &clock, Ok(1)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_there() {
        let (kept, clock) = (Kept::default(), Hand::default());
        assert_eq!(found(&kept, &clock, Ok(1)).await.unwrap(), 1);
        clock.advance(3601);
        let hangs = kept.find(&clock, |_| Fit::Whole, std::future::pending());
        let others = async {
            tokio::task::yield_now().await;
            found(&kept, &clock, Ok(2)).await
        };
        tokio::select! {
            biased;
            _ = hangs => panic!("it hangs"),
            found = others => assert_eq!(found.unwrap(), 1),
        }
    }

    #[tokio::test]
    async fn whoever_comes_while_one_asks_for_the_first_time_waits_for_the_same_answer() {
        let (kept, clock) = (Kept::default(), Hand::default());
        let asking = async {
            let fetch = async {
                tokio::task::yield_now().await;
                Ok(1)
            };
            kept.find(&clock, |_| Fit::Whole, fetch).await
        };
        let (first, second) = tokio::join!(asking, found(&kept, &clock, Ok(2)));
        assert_eq!((*first.unwrap(), second.unwrap()), (1, 1));
    }

    /// Whoever waits may give up: the next one does not wait as long again.
    #[tokio::test]
    async fn a_call_that_nobody_waited_for_to_its_end_counts_as_a_failure() {
        let (kept, clock) = (Kept::<u32>::default(), Hand::default());
        let given_up = kept.find(&clock, |_| Fit::Whole, std::future::pending());
        tokio::select! {
            biased;
            _ = given_up => panic!("it hangs"),
            () = tokio::task::yield_now() => {}
        }
        assert!(found(&kept, &clock, Ok(1)).await.is_err());
        clock.advance(TIME.as_secs() + 5);
        assert_eq!(found(&kept, &clock, Ok(1)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn what_lacks_something_is_asked_for_once_a_minute() {
        let (kept, clock) = (Kept::default(), Hand::default());
        let lacking = async |fetched: u32| *kept.find(&clock, |_| Fit::Part, ready(Ok(fetched))).await.unwrap();
        assert_eq!(lacking(1).await, 1);
        assert_eq!(lacking(2).await, 1);
        clock.advance(60);
        assert_eq!(lacking(3).await, 3);
        // Of another place nothing is taken.
        let elsewhere = kept.find(&clock, |_| Fit::None, ready(Ok(4))).await.unwrap();
        assert_eq!(*elsewhere, 4);
    }
}
