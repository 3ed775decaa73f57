//! The feed of revocations: one long poll that is always open, and what follows when it is lost.

use super::backoff::Backoff;
use super::clock::Moment;
use super::endpoint::{Answer, Endpoint, FetchError, chain};
use super::revocations::Revocations;
use super::verify_error::VerifyError;
use crate::standing::Standing;
use reqwest::header::HeaderValue;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long the server may take to answer, beyond the time that it was told to wait.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// The longest time that the server is told to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// From one request to the next, however fast revocations come: each answer lists all of them.
const BETWEEN_CHANGES: Duration = Duration::from_millis(200);
/// From one request to the next where the server answers at once although nothing changed.
const BETWEEN_IDLE_ANSWERS: Duration = Duration::from_secs(1);

/// What follows for tokens once the feed of revocations was not confirmed for longer than the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StaleFeed {
    /// No token is accepted: [`VerifyError::Unavailable`](crate::VerifyError::Unavailable). A revoked token never
    /// passes for longer than the bound, and the service stands still while the server can't be reached.
    #[default]
    Refuse,
    /// Tokens are accepted unless they are known to be revoked. The service goes on without the server; a token that
    /// was revoked meanwhile passes until it expires.
    Accept,
}

/// The revocations, for those who check tokens.
pub(super) struct Feed {
    state: watch::Receiver<State>,
    trust: Trust,
}

/// How long the feed is believed without being confirmed, and what follows then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust {
    pub(super) bound: Duration,
    pub(super) when_stale: StaleFeed,
}

struct State {
    revocations: Arc<Revocations>,
    /// When the request was sent whose answer was the last good one. Whatever the server revoked before is known.
    confirmed_at: Option<Moment>,
}

/// Follows the feed as long as it is run.
pub(super) struct FeedFollower {
    endpoint: Endpoint,
    state: watch::Sender<State>,
    /// In seconds.
    wait: u64,
}

/// A feed that is stale until [`FeedFollower::run`] has fetched it.
pub(super) fn feed(endpoint: Endpoint, trust: Trust) -> (Feed, FeedFollower) {
    let (sender, receiver) = watch::channel(State {
        revocations: Arc::default(),
        confirmed_at: None,
    });
    let feed = Feed { state: receiver, trust };
    let follower = FeedFollower {
        endpoint,
        state: sender,
        // The feed is confirmed by the moment of the request. With a third of the bound, one request may be lost before
        // the feed is stale.
        wait: (trust.bound / 3).min(LONGEST_WAIT).as_secs(),
    };
    (feed, follower)
}

impl Feed {
    /// Waits until the feed was read once.
    pub(super) async fn arrived(&self) {
        // An error says that the task has ended; then nothing will come.
        let _ = self.state.clone().wait_for(|state| state.confirmed_at.is_some()).await;
    }

    /// Whether a token that is genuine may pass.
    pub(super) fn judge(&self, token: &Standing, now: Moment) -> Result<(), VerifyError> {
        let state = self.state.borrow();
        if state.revocations.include(token, now.wall) {
            return Err(VerifyError::Revoked);
        }
        let is_fresh = state.confirmed_at.is_some_and(|at| now.since(at) <= self.trust.bound);
        match self.trust.when_stale {
            StaleFeed::Refuse if !is_fresh => Err(VerifyError::Unavailable),
            StaleFeed::Refuse | StaleFeed::Accept => Ok(()),
        }
    }
}

impl FeedFollower {
    /// Asks again and again, and once more only after the answer.
    pub(super) async fn run(self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(15));
        let mut known: Option<HeaderValue> = None;
        loop {
            // After a failure the server is to say at once how it stands.
            let wait = (known.is_some() && !backoff.is_failing()).then_some(self.wait);
            let asked_at = self.now();
            let pause = match self.ask(&mut known, wait, asked_at).await {
                Ok(interval) => {
                    if backoff.reset() {
                        tracing::info!("the feed of revocations is back");
                    }
                    interval.saturating_sub(self.now().since(asked_at))
                }
                Err(error) => {
                    if !backoff.is_failing() {
                        tracing::warn!(error = chain(&error), "the feed of revocations is lost");
                    }
                    backoff.next()
                }
            };
            if !pause.is_zero() {
                self.endpoint.clock.sleep(pause).await;
            }
        }
    }

    /// Asks once and takes in the answer. Gives the least time from this request to the next.
    async fn ask(
        &self,
        known: &mut Option<HeaderValue>,
        wait: Option<u64>,
        asked_at: Moment,
    ) -> Result<Duration, FetchError> {
        let limit = ANSWER_LIMIT + Duration::from_secs(wait.unwrap_or_default());
        match self.endpoint.get(known.as_ref(), wait, limit).await? {
            Answer::Unchanged => {
                self.state.send_modify(|state| state.confirmed_at = Some(asked_at));
                Ok(if wait.is_some() {
                    BETWEEN_IDLE_ANSWERS
                } else {
                    Duration::ZERO
                })
            }
            Answer::Found { body, entity_tag, .. } => {
                let mut revocations = Revocations::parse(&body).ok_or(FetchError::Unreadable)?;
                let earlier = Arc::clone(&self.state.borrow().revocations);
                revocations.keep(&earlier, self.now().wall);
                let revocations = Arc::new(revocations);
                self.state.send_modify(|state| {
                    state.revocations = revocations;
                    state.confirmed_at = Some(asked_at);
                });
                let interval = if entity_tag.is_some() {
                    BETWEEN_CHANGES
                } else {
                    BETWEEN_IDLE_ANSWERS
                };
                *known = entity_tag;
                Ok(interval)
            }
        }
    }

    fn now(&self) -> Moment {
        Moment::of(&*self.endpoint.clock)
    }
}
