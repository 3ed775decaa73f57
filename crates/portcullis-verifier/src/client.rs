//! Keeps the keys and revocations of a server at hand, and checks tokens against both.

mod backoff;
mod builder;
mod clock;
mod endpoint;
mod feed;
mod published_keys;
mod revocations;

pub use builder::{BuildError, StaleFeed, VerifierBuilder};
pub use clock::{Clock, Sleep, SystemClock};

use crate::claims::{Claims, Refusal, check};
use clock::Moment;
use feed::Feed;
use published_keys::{KeysAge, PublishedKeys};
use std::fmt;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Checks access tokens of one server. A clone is the same verifier; with the last of them its tasks end.
#[derive(Clone)]
pub struct Verifier {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    clock: Arc<dyn Clock>,
    keys: PublishedKeys,
    feed: Feed,
    /// Fetch keys and revocations. Dropped with the last verifier, which ends them.
    _tasks: JoinSet<()>,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not an access token of the server, or out of date. Answer 401.
    #[error("not a valid access token")]
    Invalid,
    /// The session was ended, or its tokens were replaced, after the token was issued. Answer 401.
    #[error("the access token was revoked")]
    Revoked,
    /// The server has not been reached for so long that nobody can tell, or the token names an unknown key within a
    /// minute of another one for which the keys were fetched. Answer 503: the token may be good.
    #[error("the access token can't be judged at present")]
    Unavailable,
}

impl Verifier {
    /// Begins to build the verifier of the server at `address`, its base address such as `https://auth.example.org`.
    pub fn builder(address: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder::new(address.into())
    }

    /// Waits until keys and revocations have arrived for the first time. Bound it by a timeout of your own: while the
    /// server can't be reached it does not return.
    pub async fn ready(&self) {
        self.shared.keys.arrived().await;
        self.shared.feed.arrived().await;
    }

    /// What `token` says, if it is an access token of the server, in force, and neither its session nor its
    /// generation was revoked.
    ///
    /// Mostly returns at once. A token that names an unknown key waits for the keys to be fetched again, which happens
    /// at most once a minute. Whose another unknown key is that is named during the fetch or in the rest of the minute,
    /// nobody can tell, unless the fetch has brought it.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub async fn verify(&self, token: &str) -> Result<Claims, VerifyError> {
        let claims = match self.check(token) {
            Err(Refusal::UnknownKey) => self.check_by_newer_keys(token).await?,
            checked => checked.map_err(|_| VerifyError::Invalid)?,
        };
        self.shared.feed.judge(&claims, self.now())?;
        Ok(claims)
    }

    async fn check_by_newer_keys(&self, token: &str) -> Result<Claims, VerifyError> {
        self.shared.keys.asked_once().await;
        let checked = self.check(token);
        if checked != Err(Refusal::UnknownKey) {
            return checked.map_err(|_| VerifyError::Invalid);
        }
        let age = self.shared.keys.refetched(self.now()).await;
        match (self.check(token), age) {
            (Err(Refusal::UnknownKey), KeysAge::Unknown) => Err(VerifyError::Unavailable),
            (checked, _) => checked.map_err(|_| VerifyError::Invalid),
        }
    }

    fn check(&self, token: &str) -> Result<Claims, Refusal> {
        let keys = self.shared.keys.current();
        check(token, &self.shared.issuer, &keys, self.shared.clock.now())
    }

    fn now(&self) -> Moment {
        Moment::of(&*self.shared.clock)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Verifier({:?})", self.shared.issuer)
    }
}
