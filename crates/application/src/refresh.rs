//! Staying signed in: rotation of refresh tokens.

use crate::actor::By;
use crate::mail_policy::Verification;
use crate::ports::{AccessTokens, Exhausted, Limit, Meter, RefreshCause, RefreshTokens, StoreError, TokenError};
use crate::tokens::{Issuer, Tokens};
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEventType, AuditReason, Carrier, Device, MailKind, Origin, Presented, RefreshToken, SecretText, Session,
    SessionKind, User,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Staying signed in.
#[async_trait]
pub trait Refresh: Interface {
    /// Gives the next tokens of a session for its unspent refresh token.
    async fn refresh(&self, attempt: RefreshAttempt) -> Result<Tokens, RefreshError>;
}

/// An attempt to stay signed in.
#[derive(Debug)]
pub struct RefreshAttempt {
    /// What is offered as the unspent token.
    pub refresh_token: SecretText,
    /// How it comes, and how the next one goes.
    pub exchange: Exchange,
    /// Where the attempt comes from.
    pub origin: Origin,
}

/// How a refresh token comes, and how the next one goes. None comes by cookie and goes to where scripts can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Both in a body.
    Bodies,
    /// In a body, and the next one by cookie from now on.
    BodyForCookie,
    /// Both by cookie.
    Cookies,
}

impl Exchange {
    const fn came_by(self) -> Carrier {
        match self {
            Self::Bodies | Self::BodyForCookie => Carrier::Body,
            Self::Cookies => Carrier::Cookie,
        }
    }

    const fn goes_by(self) -> Carrier {
        match self {
            Self::Bodies => Carrier::Body,
            Self::BodyForCookie | Self::Cookies => Carrier::Cookie,
        }
    }
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
    /// The session was refreshed too often. The token is as good as before.
    #[error(transparent)]
    TooMany(#[from] Exhausted),
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
    async fn refresh(&self, attempt: RefreshAttempt) -> Result<Tokens, RefreshError> {
        let refreshed = self.rotate(attempt).await;
        self.meter.refresh_ended(cause_of(&refreshed));
        refreshed.map(|(tokens, _)| tokens)
    }
}

impl RefreshService {
    /// The tokens, and whether they were given before.
    async fn rotate(&self, attempt: RefreshAttempt) -> Result<(Tokens, RefreshCause), RefreshError> {
        let RefreshAttempt {
            refresh_token,
            exchange,
            origin,
        } = attempt;
        let presented = self
            .refresh_tokens
            .read(refresh_token.expose(), exchange.came_by())
            .ok_or(RefreshError::Invalid)?;
        // Ids of sessions are no secret: only genuine tokens are counted, or a stranger could use up another's refreshes.
        let session_id = presented.session_id;
        self.units.look_at_limit(Limit::Refresh, session_id.into())?;
        let address = origin.device.address.map(|address| address.to_string());
        let attempt = Attempt {
            presented,
            device: origin.device.clone(),
            refresh_tokens: Arc::clone(&self.refresh_tokens),
        };
        let decided = self.units.write(By::Anybody(origin), move |unit| attempt.decide(unit));
        match decided.await? {
            Outcome::Granted(cause, session, user, now) => {
                // It is done, so it is no more refused; what is used up by it refuses the next one.
                let counted = self.units.draw([(Limit::Refresh, Some(session_id.into()))]).await;
                if let Err(exhausted) = counted {
                    tracing::debug!(%session_id, wait = ?exhausted.wait, "the session's refreshes are used up");
                }
                let issuer = Issuer {
                    units: &self.units,
                    access_tokens: &*self.access_tokens,
                    refresh_tokens: &*self.refresh_tokens,
                };
                Ok((issuer.tokens_of(&session, &user, exchange.goes_by(), now)?, cause))
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
        Err(RefreshError::TooMany(_)) => RefreshCause::Limited,
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
        if self.judged(&session, now, unit) == Presented::Current {
            let next = session.rotated(self.device.clone(), now, &unit.policy);
            // The user is read after the session's row was taken, so that a change of the user either is seen here or
            // finds the session as it is from now on.
            if let Some(user) = unit.sessions().advance(session.rotation.generation, &next)? {
                return granted(RefreshCause::Rotated, next, Some(user), now, unit.mail.verification);
            }
        }
        // A caller who lost the race for the token, or comes late, is judged by the session as it is now.
        let session = self.find_session(unit)?;
        let now = unit.now();
        match self.judged(&session, now, unit) {
            Presented::JustRotated => {
                let user = unit.users().find(session.user_id)?;
                granted(RefreshCause::Repeated, session, user, now, unit.mail.verification)
            }
            Presented::BroughtBack => {
                // The access token that this gives lives longer than those that the row knows of.
                let again = session.repeated(self.device, now, &unit.policy);
                match unit.sessions().advance(session.rotation.generation, &again)? {
                    Some(user) => granted(RefreshCause::Repeated, again, Some(user), now, unit.mail.verification),
                    // Somebody refreshed or ended it at this moment; who comes again is judged by that.
                    None => Err(StoreError::Busy.into()),
                }
            }
            Presented::Over if session.revoked_at.is_none() => Err(RefreshError::Expired),
            Presented::Over => Err(RefreshError::Invalid),
            Presented::Reused => {
                let kind = AuditEventType::RefreshTokenReused;
                let event = unit.failure(kind, Some(session.user_id), AuditReason::RefreshTokenReused);
                // If several come at once, one of them ends the session and records it.
                if unit.end_session(session.id, event)? {
                    if let Some(user) = unit.users().find(session.user_id)? {
                        unit.notify(&user, MailKind::SessionReplayed)?;
                    }
                    Ok(Outcome::Reused(session))
                } else {
                    Err(RefreshError::Invalid)
                }
            }
            // It was unspent, could not be advanced and is unspent again: no store that keeps its word does that.
            Presented::Current => Err(StoreError::Busy.into()),
        }
    }

    fn judged(&self, session: &Session, now: DateTime<Utc>, unit: &Unit<'_>) -> Presented {
        let RefreshToken {
            generation, carrier, ..
        } = self.presented;
        session.present(generation, carrier, now, &unit.policy)
    }

    /// The session of a genuine token. One that we did not make ends nothing.
    fn find_session(&self, unit: &mut Unit<'_>) -> Result<Session, RefreshError> {
        match unit.sessions().find(self.presented.session_id)? {
            Some(session)
                if session.kind == SessionKind::Token
                    && self.refresh_tokens.is_genuine(&self.presented, &session.rotation.seed) =>
            {
                Ok(session)
            }
            _ => Err(RefreshError::Invalid),
        }
    }
}

fn granted(
    cause: RefreshCause,
    session: Session,
    user: Option<User>,
    now: DateTime<Utc>,
    verification: Verification,
) -> Result<Outcome, RefreshError> {
    let may_go_on = |user: &User| user.is_active && (verification == Verification::Optional || user.email_verified);
    match user {
        Some(user) if may_go_on(&user) => Ok(Outcome::Granted(cause, session, user, now)),
        _ => Err(RefreshError::Invalid),
    }
}
