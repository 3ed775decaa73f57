//! Staying signed in: rotation of refresh tokens.

use crate::actor::By;
use crate::mail_policy::Verification;
use crate::ports::{
    AccessTokens, Exhausted, Limit, Meter, RefreshCause, RefreshTokens, StoreError, StoreResult, TokenError,
};
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

/// How often a token is judged that others write its session before.
const TRIES: u32 = 3;

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
        let attempt = Arc::new(Attempt {
            presented,
            device: origin.device.clone(),
            refresh_tokens: Arc::clone(&self.refresh_tokens),
        });
        let (by, own) = (By::Anybody(origin), Arc::clone(&attempt));
        let rotated = self.units.write_once(by.clone(), move |unit| own.rotate(unit));
        let outcome = match rotated.await?? {
            Some(granted) => granted,
            None => self.units.write(by, move |unit| attempt.decide(unit)).await?,
        };
        match outcome {
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
    /// What nearly every refresh is: an unspent token of a session whose user may go on, or one that was spent just now. `None`
    /// where there is more to judge.
    fn rotate(&self, unit: &mut Unit<'_>) -> StoreResult<Result<Option<Outcome>, RefreshError>> {
        let mut has_lost = false;
        loop {
            let found = unit.sessions().find_with_user(self.presented.session_id)?;
            let Some((session, user)) = found.filter(|(session, _)| self.is_of(session)) else {
                return Ok(Err(RefreshError::Invalid));
            };
            if !may_go_on(&user, unit.mail.verification) {
                return Ok(Ok(None));
            }
            let now = unit.now();
            match self.judged(&session, now, unit) {
                Presented::JustRotated => {
                    return Ok(Ok(Some(Outcome::Granted(RefreshCause::Repeated, session, user, now))));
                }
                // Of a session that is outdated already, another change of its user shows in nothing that was read.
                Presented::Current if !has_lost && session.rotation.is_up_to_date(session.rotation.generation) => {
                    let next = session.rotated(self.device.clone(), now, &unit.policy);
                    if unit.sessions().advance(&session, &next)? {
                        return Ok(Ok(Some(Outcome::Granted(RefreshCause::Rotated, next, user, now))));
                    }
                    // It is judged by the session as it is now.
                    has_lost = true;
                }
                _ => return Ok(Ok(None)),
            }
        }
    }

    /// All that can be said of a token. The user is read after the session's row was taken, so that a change of the user either
    /// is seen here or finds the session as it is from now on. The time is asked each time that the session was read: a call
    /// may wait for the store longer than clocks differ, and what others did meanwhile is not of the future.
    fn decide(&self, unit: &mut Unit<'_>) -> Result<Outcome, RefreshError> {
        for _ in 0..TRIES {
            let session = self.find_session(unit)?;
            let now = unit.now();
            let (cause, next) = match self.judged(&session, now, unit) {
                Presented::Current => {
                    let next = session.rotated(self.device.clone(), now, &unit.policy);
                    (RefreshCause::Rotated, next)
                }
                Presented::JustRotated => {
                    let user = user_of(&session, unit)?;
                    return Ok(Outcome::Granted(RefreshCause::Repeated, session, user, now));
                }
                // The access token that this gives lives longer than those that the row knows of.
                Presented::BroughtBack => {
                    let again = session.repeated(self.device.clone(), now, &unit.policy);
                    (RefreshCause::Repeated, again)
                }
                Presented::Over if session.revoked_at.is_none() => return Err(RefreshError::Expired),
                Presented::Over => return Err(RefreshError::Invalid),
                Presented::Reused => return end_replayed(session, unit),
            };
            if unit.sessions().advance(&session, &next)? {
                let user = user_of(&next, unit)?;
                return Ok(Outcome::Granted(cause, next, user, now));
            }
            if cause == RefreshCause::Repeated {
                // Somebody refreshed or ended it at this moment; who comes again is judged by that.
                break;
            }
        }
        Err(StoreError::Busy.into())
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
            Some(session) if self.is_of(&session) => Ok(session),
            _ => Err(RefreshError::Invalid),
        }
    }

    fn is_of(&self, session: &Session) -> bool {
        session.kind == SessionKind::Token && self.refresh_tokens.is_genuine(&self.presented, &session.rotation.seed)
    }
}

fn may_go_on(user: &User, verification: Verification) -> bool {
    user.is_active && (verification == Verification::Optional || user.email_verified)
}

/// Ends the session of a token that somebody else has, too.
fn end_replayed(session: Session, unit: &mut Unit<'_>) -> Result<Outcome, RefreshError> {
    let kind = AuditEventType::RefreshTokenReused;
    let event = unit.failure(kind, Some(session.user_id), AuditReason::RefreshTokenReused);
    // If several come at once, one of them ends the session and records it.
    if !unit.end_session(session.id, event)? {
        return Err(RefreshError::Invalid);
    }
    if let Some(user) = unit.users().find(session.user_id)? {
        unit.notify(&user, MailKind::SessionReplayed)?;
    }
    Ok(Outcome::Reused(session))
}

/// The session's user, who may go on.
fn user_of(session: &Session, unit: &mut Unit<'_>) -> Result<User, RefreshError> {
    let user = unit.users().find(session.user_id)?;
    let user = user.filter(|user| may_go_on(user, unit.mail.verification));
    user.ok_or(RefreshError::Invalid)
}
