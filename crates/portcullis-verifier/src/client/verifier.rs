//! Judges tokens by the keys and revocations that are at hand.

use super::clock::{Clock, Moment};
use super::feed::Feed;
use super::published_keys::{KeysAge, PublishedKeys};
use super::verify_error::VerifyError;
use crate::claims::{Claims, check};
use crate::refusal::Refusal;
use std::fmt;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Checks access tokens of one server. A clone is the same verifier; with the last of them its tasks end.
#[derive(Clone)]
pub struct Verifier {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) issuer: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: PublishedKeys,
    pub(super) feed: Feed,
    /// Fetch keys and revocations. Dropped with the last verifier, which ends them.
    pub(super) _tasks: JoinSet<()>,
}

impl Verifier {
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
    /// at most once a minute. A token that names another unknown key during the fetch, or in the rest of the minute, is
    /// unavailable unless the fetch has brought that key.
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
