//! The keys that the server publishes: cached, fetched at their pace, and again where a token names an unknown one.

use super::backoff::Backoff;
use super::clock::Moment;
use super::endpoint::{Answer, Endpoint, FetchError, chain};
use crate::jwk::keys_of_set;
use crate::key::VerificationKey;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long the server may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// Between two fetches that tokens with an unknown key cause: whoever makes up names causes no more.
const BETWEEN_REFETCHES: Duration = Duration::from_mins(1);
/// How old keys become before they are fetched again, where the server does not say.
const DEFAULT_MAX_AGE: Duration = Duration::from_mins(5);
/// The bounds of what the server may say to that.
const MAX_AGE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_hours(1));

/// The keys, for those who check tokens.
pub(super) struct PublishedKeys {
    state: watch::Receiver<State>,
    wishes: watch::Sender<Wishes>,
}

struct State {
    /// The shared secrets, then the keys of the last set that was read.
    keys: Arc<[VerificationKey]>,
    /// Whether a set was ever read.
    have_arrived: bool,
    /// Whether the last fetch read one.
    are_confirmed: bool,
    /// The fetch that was ended last, by the count of those that were wished for.
    served: u64,
}

/// Whether the keys are those that the server publishes at present.
pub(super) enum KeysAge {
    /// They were fetched since the caller asked: a key that is not among them is none of the server's.
    New,
    /// They may be from before the server published another one.
    Unknown,
}

/// The fetches that were wished for, out of turn.
struct Wishes {
    /// The first is the one at the start, for which nobody has to ask.
    count: u64,
    last: Option<Moment>,
}

/// Fetches keys as long as it is run.
pub(super) struct KeyFetcher {
    endpoint: Endpoint,
    secrets: Vec<VerificationKey>,
    state: watch::Sender<State>,
    wishes: watch::Receiver<Wishes>,
}

/// Keys that are the shared secrets alone until [`KeyFetcher::run`] has fetched more.
pub(super) fn published_keys(endpoint: Endpoint, secrets: Vec<VerificationKey>) -> (PublishedKeys, KeyFetcher) {
    let (sender, receiver) = watch::channel(State {
        keys: secrets.clone().into(),
        have_arrived: false,
        are_confirmed: false,
        served: 0,
    });
    let wishes = watch::Sender::new(Wishes { count: 1, last: None });
    let fetcher = KeyFetcher {
        endpoint,
        secrets,
        state: sender,
        wishes: wishes.subscribe(),
    };
    let keys = PublishedKeys {
        state: receiver,
        wishes,
    };
    (keys, fetcher)
}

impl PublishedKeys {
    pub(super) fn current(&self) -> Arc<[VerificationKey]> {
        Arc::clone(&self.state.borrow().keys)
    }

    /// Waits until a set was read.
    pub(super) async fn arrived(&self) {
        self.until(|state| state.have_arrived).await;
    }

    /// Waits until the server was asked once, whatever it said.
    pub(super) async fn asked_once(&self) {
        self.until(|state| state.served >= 1).await;
    }

    /// Fetches the keys again, unless that was done within the last minute, and waits for the end of it. All who ask
    /// meanwhile wait for the same fetch. They can't tell how old its answer is: the server may have made it before they
    /// asked, and have published and used another key while it was on its way.
    pub(super) async fn refetched(&self, now: Moment) -> KeysAge {
        let mut wish = 0;
        let is_own = self.wishes.send_if_modified(|wishes| {
            let is_due = wishes.last.is_none_or(|last| now.since(last) >= BETWEEN_REFETCHES);
            if is_due {
                wishes.last = Some(now);
                wishes.count += 1;
            }
            wish = wishes.count;
            is_due
        });
        if self.state.borrow().served >= wish {
            return KeysAge::Unknown;
        }
        self.until(|state| state.served >= wish).await;
        let state = self.state.borrow();
        if is_own && state.served >= wish && state.are_confirmed {
            KeysAge::New
        } else {
            KeysAge::Unknown
        }
    }

    async fn until(&self, is_reached: impl Fn(&State) -> bool) {
        // An error says that the task has ended; then nothing will come.
        let _ = self.state.clone().wait_for(|state| is_reached(state)).await;
    }
}

impl KeyFetcher {
    /// Fetches at the pace that the server names and whenever somebody asks; never twice at once.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
        loop {
            // What is wished for from here on is served by the next fetch.
            let wish = self.wishes.borrow().count;
            let fetched = self.fetch().await;
            let pause = match &fetched {
                Ok((_, max_age)) => {
                    if backoff.reset() {
                        tracing::info!("the server's keys were fetched again");
                    }
                    *max_age
                }
                Err(error) => {
                    if !backoff.is_failing() {
                        tracing::warn!(
                            error = chain(error),
                            "the server's keys can't be fetched; the old ones stay"
                        );
                    }
                    backoff.next()
                }
            };
            self.state.send_modify(|state| {
                state.served = wish;
                state.are_confirmed = fetched.is_ok();
                if let Ok((published, _)) = fetched {
                    state.have_arrived = true;
                    state.keys = self.secrets.iter().cloned().chain(published).collect();
                }
            });
            tokio::select! {
                () = self.endpoint.clock.sleep(pause) => {}
                wished = self.wishes.wait_for(|wishes| wishes.count > wish) => if wished.is_err() { return },
            }
        }
    }

    async fn fetch(&self) -> Result<(Vec<VerificationKey>, Duration), FetchError> {
        match self.endpoint.get(None, None, ANSWER_LIMIT).await? {
            Answer::Found { body, max_age, .. } => {
                let keys = keys_of_set(&body).map_err(|_| FetchError::Unreadable)?;
                let (shortest, longest) = MAX_AGE;
                Ok((keys, max_age.unwrap_or(DEFAULT_MAX_AGE).clamp(shortest, longest)))
            }
            Answer::Unchanged => Err(FetchError::Unreadable),
        }
    }
}
