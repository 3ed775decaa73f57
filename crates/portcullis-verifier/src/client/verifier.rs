//! Judges tokens by the keys and revocations that are at hand.

use super::clock::{Clock, Moment};
use super::feed::Feed;
use super::published_keys::{KeysAge, PublishedKeys};
use super::verify_error::VerifyError;
use crate::claims::{Claims, check};
use crate::key::VerificationKey;
use crate::refusal::Refusal;
use crate::standing::Standing;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::task::JoinSet;

/// Checks access tokens of one server's sessions. A clone is the same verifier; with the last of them its tasks end.
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
        self.shared.ready().await;
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
        let issuer = &self.shared.issuer;
        let check = |keys: &[VerificationKey], now| check(token, issuer, keys, now);
        self.shared.verified(check, Claims::standing).await
    }
}

impl Shared {
    pub(super) async fn ready(&self) {
        self.keys.arrived().await;
        self.feed.arrived().await;
    }

    /// What the check gives by the keys that are at hand, or by newer ones, if the feed knows of nothing that ended it.
    pub(super) async fn verified<T>(
        &self,
        check: impl Fn(&[VerificationKey], SystemTime) -> Result<T, Refusal>,
        standing: impl Fn(&T) -> Standing,
    ) -> Result<T, VerifyError> {
        let check = || check(&self.keys.current(), self.clock.now());
        let claims = match check() {
            Err(Refusal::UnknownKey) => self.checked_by_newer_keys(check).await?,
            checked => checked.map_err(|_| VerifyError::Invalid)?,
        };
        self.feed.judge(&standing(&claims), self.now())?;
        Ok(claims)
    }

    async fn checked_by_newer_keys<T>(&self, check: impl Fn() -> Result<T, Refusal>) -> Result<T, VerifyError> {
        self.keys.asked_once().await;
        let checked = check();
        if !matches!(checked, Err(Refusal::UnknownKey)) {
            return checked.map_err(|_| VerifyError::Invalid);
        }
        let age = self.keys.refetched(self.now()).await;
        match (check(), age) {
            (Err(Refusal::UnknownKey), KeysAge::Unknown) => Err(VerifyError::Unavailable),
            (checked, _) => checked.map_err(|_| VerifyError::Invalid),
        }
    }

    fn now(&self) -> Moment {
        Moment::of(&*self.clock)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Verifier({:?})", self.shared.issuer)
    }
}
