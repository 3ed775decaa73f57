//! The code that an app with a front end of its own gets, and redeems by its verifier.

use super::account::Known;
use super::attempt::{CLOCKS_DIFFER_BY, digest_of, unexpected};
use super::sign_in::SocialSignInService;
use super::{ExchangeError, SocialError};
use crate::actor::By;
use crate::ports::{Sealed, StoreResult};
use crate::tokens::Tokens;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_domain::{Carrier, Origin, SecretText};
use portcullis_oauth2::{CodeChallenge, CodeVerifier};
use serde::{Deserialize, Serialize};

/// A code that an app gets: for whom, by which identity, and the challenge that its verifier has to meet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AppCode {
    pub(super) user: String,
    pub(super) identity: String,
    pub(super) challenge: String,
    /// Seconds since 1970.
    pub(super) issued: i64,
    /// When the person proved who they are: seconds since 1970.
    pub(super) proved: i64,
}

impl AppCode {
    /// How long one is good for.
    pub(super) const LIFE: TimeDelta = TimeDelta::seconds(60);

    /// Whether it may be redeemed at that time, with that verifier.
    pub(super) fn is_good(&self, now: DateTime<Utc>, verifier: &CodeVerifier) -> bool {
        let Some(issued) = DateTime::from_timestamp(self.issued, 0) else {
            return false;
        };
        let challenge = CodeChallenge::parse(&self.challenge);
        let is_in_time = issued <= now + CLOCKS_DIFFER_BY && now < issued + Self::LIFE;
        is_in_time && challenge.is_ok_and(|challenge| challenge.is_met_by(verifier))
    }
}

impl SocialSignInService {
    /// The code for somebody whom a provider vouched for at that time.
    pub(super) fn code_for(&self, known: Known, challenge: &str, at: DateTime<Utc>) -> Result<SecretText, SocialError> {
        let code = AppCode {
            user: known.user.to_string(),
            identity: known.identity.to_string(),
            challenge: challenge.to_owned(),
            issued: self.units.now().timestamp(),
            proved: at.min(self.units.now()).timestamp(),
        };
        let text = serde_json::to_string(&code).map_err(|error| unexpected(error.into()))?;
        self.seals.seal(Sealed::SocialCode, "", &text).map_err(unexpected)
    }

    /// Signs in whom a code stands for. It works once.
    pub(super) async fn redeem_code(
        &self,
        code: &SecretText,
        verifier: &CodeVerifier,
        carrier: Carrier,
        origin: Origin,
    ) -> Result<Tokens, ExchangeError> {
        let now = self.units.now();
        let text = self.seals.open(Sealed::SocialCode, "", code.expose());
        let read: Option<AppCode> = text.and_then(|text| serde_json::from_str(text.expose()).ok());
        let good = read.filter(|read| read.is_good(now, verifier));
        let found = good.and_then(|read| {
            let known = Known {
                user: read.user.parse().ok()?,
                identity: read.identity.parse().ok()?,
            };
            Some((known, DateTime::from_timestamp(read.proved, 0)?))
        });
        let (known, at) = found.ok_or(ExchangeError::InvalidCode)?;
        let (digest, until) = (digest_of(code), now + AppCode::LIFE + CLOCKS_DIFFER_BY);
        let spent: StoreResult<bool> = self
            .units
            .write(By::Anybody(origin.clone()), move |unit| {
                unit.spent().spend(&digest, until)
            })
            .await;
        if !spent.map_err(SocialError::from)? {
            return Err(ExchangeError::InvalidCode);
        }
        Ok(self.give_tokens(known, at, carrier, origin).await?)
    }
}
