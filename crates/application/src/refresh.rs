//! Staying signed in: rotation of refresh tokens.

use crate::actor::By;
use crate::ports::{AccessTokens, Meter, RefreshCause, RefreshTokens, StoreError, TokenError};
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEventType, AuditReason, Device, Origin, Presented, RefreshToken, SecretText, Session, User,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Staying signed in.
#[async_trait]
pub trait Refresh: Interface {
    /// Gives the next tokens of a session for its unspent refresh token.
    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError>;
}

/// Why no tokens were given.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Made up, of a session that was ended, or of a user who may not sign in.
    #[error("the refresh token is not valid")]
    Invalid,
    /// Its time is over, or that of its session.
    #[error("the refresh token has expired")]
    Expired,
    /// Spent: the session was ended by this.
    #[error("the refresh token was used before; its session is ended")]
    Reused,
    /// The session was not read or not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The access token was not signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// [`Refresh`] in units of work.
#[derive(Component)]
#[shaku(interface = Refresh)]
pub struct RefreshService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    meter: Arc<dyn Meter>,
}

#[async_trait]
impl Refresh for RefreshService {
    async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        let refreshed = self.rotate(refresh_token, origin).await;
        self.meter.refresh_ended(cause_of(&refreshed));
        refreshed.map(|(tokens, _)| tokens)
    }
}

impl RefreshService {
    /// The tokens, and whether they were given before.
    async fn rotate(&self, refresh_token: &SecretText, origin: Origin) -> Result<(Tokens, RefreshCause), RefreshError> {
        let presented = self
            .refresh_tokens
            .read(refresh_token.expose())
            .ok_or(RefreshError::Invalid)?;
        let address = origin.device.address.map(|address| address.to_string());
        let attempt = Attempt {
            presented,
            device: origin.device.clone(),
            refresh_tokens: Arc::clone(&self.refresh_tokens),
        };
        let decided = self.units.write(By::Anybody(origin), move |unit| attempt.decide(unit));
        match decided.await? {
            Outcome::Granted(cause, session, user, now) => {
                let issuer = Issuer {
                    units: &self.units,
                    access_tokens: &*self.access_tokens,
                    refresh_tokens: &*self.refresh_tokens,
                };
                Ok((issuer.tokens_of(&session, &user, now)?, cause))
            }
            Outcome::Reused(session) => {
                tracing::warn!(user_id = %session.user_id, session_id = %session.id, address,
                    "a spent refresh token was used again: its session is ended");
                Err(RefreshError::Reused)
            }
        }
    }
}

fn cause_of<T>(refreshed: &Result<(T, RefreshCause), RefreshError>) -> RefreshCause {
    match refreshed {
        Ok((_, cause)) => *cause,
        Err(RefreshError::Reused) => RefreshCause::Reused,
        Err(RefreshError::Expired) => RefreshCause::Expired,
        Err(RefreshError::Invalid) => RefreshCause::Invalid,
        Err(RefreshError::Store(StoreError::Busy)) => RefreshCause::Busy,
        Err(RefreshError::Store(_) | RefreshError::Token(_)) => RefreshCause::Failed,
    }
}

enum Outcome {
    Granted(RefreshCause, Session, User, DateTime<Utc>),
    Reused(Session),
}

/// What a refresh knows before it opens its unit of work.
struct Attempt {
    presented: RefreshToken,
    device: Device,
    refresh_tokens: Arc<dyn RefreshTokens>,
}

impl Attempt {
    /// The time is asked each time that the session was read: a call may wait for the store longer than clocks differ, and
    /// what others did meanwhile is not of the future.
    fn decide(self, unit: &mut Unit<'_>) -> Result<Outcome, RefreshError> {
        let session = self.find_session(unit)?;
        let now = unit.now();
        if session.present(self.presented.generation, now, &unit.policy) == Presented::Current {
            let next = session.rotated(self.device.clone(), now, &unit.policy);
            // The user is read after the session's row was taken, so that a change of the user either is seen here or
            // finds the session as it is from now on.
            if let Some(user) = unit.sessions().advance(session.rotation.generation, &next)? {
                return granted(RefreshCause::Rotated, next, Some(user), now);
            }
        }
        // A caller who lost the race for the token, or comes late, is judged by the session as it is now.
        let session = self.find_session(unit)?;
        let now = unit.now();
        match session.present(self.presented.generation, now, &unit.policy) {
            Presented::JustRotated => {
                let user = unit.users().find(session.user_id)?;
                granted(RefreshCause::Repeated, session, user, now)
            }
            Presented::Over if session.revoked_at.is_none() => Err(RefreshError::Expired),
            Presented::Over => Err(RefreshError::Invalid),
            Presented::Reused => {
                let kind = AuditEventType::RefreshTokenReused;
                let event = unit.failure(kind, Some(session.user_id), AuditReason::RefreshTokenReused);
                // If several come at once, one of them ends the session and records it.
                if unit.end_session(session.id, event)? {
                    Ok(Outcome::Reused(session))
                } else {
                    Err(RefreshError::Invalid)
                }
            }
            // It was unspent, could not be advanced and is unspent again: no store that keeps its word does that.
            Presented::Current => Err(StoreError::Busy.into()),
        }
    }

    /// The session of a genuine token. One that we did not make ends nothing.
    fn find_session(&self, unit: &mut Unit<'_>) -> Result<Session, RefreshError> {
        match unit.sessions().find(self.presented.session_id)? {
            Some(session) if self.refresh_tokens.is_genuine(&self.presented, &session.rotation.seed) => Ok(session),
            _ => Err(RefreshError::Invalid),
        }
    }
}

fn granted(
    cause: RefreshCause,
    session: Session,
    user: Option<User>,
    now: DateTime<Utc>,
) -> Result<Outcome, RefreshError> {
    match user {
        Some(user) if user.is_active => Ok(Outcome::Granted(cause, session, user, now)),
        _ => Err(RefreshError::Invalid),
    }
}
