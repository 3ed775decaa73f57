//! The tokens of a session.

use crate::begin_session::Admitted;
use crate::ports::{AccessClaims, AccessTokens, RefreshTokens, TokenError};
use crate::unit_of_work::Units;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use portcullis_domain::{Carrier, DeviceToken, Role, SecretText, Session, TokenId, User};

/// What a client gets when it signs in or refreshes.
#[derive(Debug)]
pub struct Tokens {
    /// For every call.
    pub access_token: SecretText,
    /// For the next refresh.
    pub refresh_token: SecretText,
    /// Life of the refresh token, unless a refresh prolongs it.
    pub refresh_expires_in: TimeDelta,
    /// Life of the access token.
    pub expires_in: TimeDelta,
    /// What the device is known by from now on, where this was a sign-in.
    pub device_token: Option<DeviceToken>,
}

/// What issues tokens.
pub(crate) struct Issuer<'s> {
    pub(crate) units: &'s Units,
    pub(crate) access_tokens: &'s dyn AccessTokens,
    pub(crate) refresh_tokens: &'s dyn RefreshTokens,
}

impl Issuer<'_> {
    /// The answer to whoever signs in: the tokens of the session that began, and what the device is known by.
    pub(crate) fn answer(&self, admitted: Admitted, carrier: Carrier) -> Result<Tokens, TokenError> {
        let (session, user, device_token) = *admitted;
        let tokens = self.tokens_of(&session, &user, carrier, session.rotation.created_at)?;
        Ok(Tokens {
            device_token: Some(device_token),
            ..tokens
        })
    }

    /// The tokens of the session's present generation, of which the refresh token goes by that carrier.
    pub(crate) fn tokens_of(
        &self,
        session: &Session,
        user: &User,
        carrier: Carrier,
        now: DateTime<Utc>,
    ) -> Result<Tokens, TokenError> {
        let policy = &self.units.policy;
        // For up to a second after a restore, `not_before` is later than now: a token with an earlier issue would not
        // count.
        let not_before = self.units.replica.revocations.not_before();
        let issued_at = not_before.map_or(now.trunc_subsecs(0), |at| at.max(now.trunc_subsecs(0)));
        // An access token outlives its session by less than a second: tokens count in whole seconds.
        let rest = session.rotation.ends_at(policy) + TimeDelta::seconds(1) - TimeDelta::microseconds(1);
        let life = policy.access_token_life.min(rest.trunc_subsecs(0) - issued_at);
        let factors = self.units.standing(user);
        let access_token = self.access_tokens.issue(&AccessClaims {
            token_id: TokenId::new(now, self.units.random()),
            user_id: user.id,
            session_id: session.id,
            generation: session.rotation.generation,
            role: if factors.is_owing() { Role::User } else { user.role },
            email: user.email.clone(),
            authenticated_at: session.authenticated_at.trunc_subsecs(0),
            methods: session.methods.clone(),
            factors,
            issued_at,
            expires_at: issued_at + life,
        })?;
        Ok(Tokens {
            access_token,
            refresh_token: self.refresh_tokens.issue(
                session.id,
                session.rotation.generation,
                &session.rotation.seed,
                carrier,
            ),
            refresh_expires_in: session.rotation.ends_at(policy) - now,
            expires_in: life,
            device_token: None,
        })
    }
}
