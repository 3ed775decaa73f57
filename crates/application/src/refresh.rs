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
    SessionKind, TokenPolicy, User,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// How many times a rotation is tried without waiting for the session's row.
const TRIES: usize = 2;

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
            policy: self.units.policy,
            verification: self.units.mail.verification,
        });
        let outcome = if let Some(granted) = self.rotate_if_free(&attempt).await? {
            Outcome::Granted(granted)
        } else {
            let decided = self.units.write(By::Anybody(origin), move |unit| attempt.decide(unit));
            decided.await?
        };
        match outcome {
            Outcome::Granted(Granted {
                cause,
                session,
                user,
                at,
            }) => {
                // It is done, so it is not refused any more. Where it used up the limit, the next one is.
                let counted = self.units.draw([(Limit::Refresh, Some(session_id.into()))]).await;
                if let Err(exhausted) = counted {
                    tracing::debug!(%session_id, wait = ?exhausted.wait, "the session's refreshes are used up");
                }
                let issuer = Issuer {
                    units: &self.units,
                    access_tokens: &*self.access_tokens,
                    refresh_tokens: &*self.refresh_tokens,
                };
                Ok((issuer.tokens_of(&session, &user, exchange.goes_by(), at)?, cause))
            }
            Outcome::Reused(session) => {
                tracing::warn!(user_id = %session.user_id, session_id = %session.id, address,
                    "a spent refresh token was used again: its session is ended");
                Err(RefreshError::Reused)
            }
        }
    }

    /// What a rotation gives. `None` where the token is spent, and where others had the session each time.
    async fn rotate_if_free(&self, attempt: &Arc<Attempt>) -> Result<Option<Granted>, RefreshError> {
        for _ in 0..TRIES {
            let own = Arc::clone(attempt);
            let judge = move |found, now| {
                let judged = own.judge(found, now);
                let next = judged.as_ref().ok().and_then(Judged::next).cloned();
                (judged, next)
            };
            let (judged, is_written) = self.units.rotate(attempt.presented.session_id, judge).await?;
            match judged? {
                Judged::Again(granted) => return Ok(Some(granted)),
                Judged::Next(granted) if is_written => return Ok(Some(granted)),
                Judged::Replayed(_) => return Ok(None),
                // Who comes again mostly finds what somebody else wrote.
                Judged::Next(_) => {}
            }
        }
        Ok(None)
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
    Granted(Granted),
    Reused(Session),
}

/// What tokens are made of.
struct Granted {
    cause: RefreshCause,
    session: Session,
    user: User,
    at: DateTime<Utc>,
}

/// What comes of a genuine token whose time is not over.
enum Judged {
    /// The tokens that were given before.
    Again(Granted),
    /// Tokens of a session that has to be written first.
    Next(Granted),
    /// Somebody else has the token, too.
    Replayed(Session),
}

impl Judged {
    /// The session that has to be written.
    fn next(&self) -> Option<&Session> {
        match self {
            Self::Next(granted) => Some(&granted.session),
            Self::Again(_) | Self::Replayed(_) => None,
        }
    }
}

/// What a refresh knows before it asks the store.
struct Attempt {
    presented: RefreshToken,
    device: Device,
    refresh_tokens: Arc<dyn RefreshTokens>,
    policy: TokenPolicy,
    verification: Verification,
}

impl Attempt {
    /// Judges the token by its session and the user. `now` is asked after they were read: a call may wait for the store longer than
    /// clocks differ, and may not take what others did meanwhile for something of the future.
    fn judge(&self, found: Option<(Session, User)>, now: DateTime<Utc>) -> Result<Judged, RefreshError> {
        let (session, user) = found.ok_or(RefreshError::Invalid)?;
        if !self.is_of(&session) {
            return Err(RefreshError::Invalid);
        }
        let RefreshToken {
            generation, carrier, ..
        } = self.presented;
        let presented = session.present(generation, carrier, now, &self.policy);
        let (cause, next) = match presented {
            Presented::Current => {
                let next = session.rotated(self.device.clone(), now, &self.policy);
                (RefreshCause::Rotated, next)
            }
            Presented::JustRotated => (RefreshCause::Repeated, session),
            // The access token that this gives lives longer than those that the row knows of.
            Presented::BroughtBack => {
                let again = session.repeated(self.device.clone(), now, &self.policy);
                (RefreshCause::Repeated, again)
            }
            Presented::Over if session.revoked_at.is_none() => return Err(RefreshError::Expired),
            Presented::Over => return Err(RefreshError::Invalid),
            Presented::Reused => return Ok(Judged::Replayed(session)),
        };
        if !self.may_go_on(&user) {
            return Err(RefreshError::Invalid);
        }
        let granted = Granted {
            cause,
            session: next,
            user,
            at: now,
        };
        Ok(if presented == Presented::JustRotated {
            Judged::Again(granted)
        } else {
            Judged::Next(granted)
        })
    }

    /// Holds the session's row, so that nobody comes in between, and carries out what the token is judged to be.
    fn decide(&self, unit: &mut Unit<'_>) -> Result<Outcome, RefreshError> {
        let found = unit.sessions().hold_with_user(self.presented.session_id)?;
        let before = found.as_ref().map(|(session, _)| session.clone());
        let judged = self.judge(found, unit.now())?;
        if let (Some(before), Some(next)) = (before, judged.next())
            && !unit.sessions().advance(&before, next)?
        {
            // The row is held, so this can't be. Who comes again is judged anew.
            return Err(StoreError::Busy.into());
        }
        match judged {
            Judged::Again(granted) | Judged::Next(granted) => Ok(Outcome::Granted(granted)),
            Judged::Replayed(session) => end_replayed(session, unit),
        }
    }

    /// Whether the token is genuine. One that we did not make ends nothing.
    fn is_of(&self, session: &Session) -> bool {
        session.kind == SessionKind::Token && self.refresh_tokens.is_genuine(&self.presented, &session.rotation.seed)
    }

    fn may_go_on(&self, user: &User) -> bool {
        user.is_active && (self.verification == Verification::Optional || user.email_verified)
    }
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
