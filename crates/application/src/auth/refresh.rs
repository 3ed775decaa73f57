//! Staying signed in: rotation of refresh tokens.

use super::{AuthServiceImpl, Tokens};
use crate::audit_pen::AuditPen;
use crate::ports::{Clock, RefreshTokens, Repositories, StoreError, TokenError};
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Ending, Origin, Presented, RefreshToken, Revocation, SecretText, Session,
    TokenPolicy, User,
};
use std::sync::Arc;

/// Why no tokens were given.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Made up, expired, of a session that was ended, or of a user who may not sign in.
    #[error("the refresh token is not valid")]
    Invalid,
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

enum Outcome {
    Granted(Session, User, DateTime<Utc>),
    Reused(Session, Revocation),
}

/// What a refresh knows before it opens its unit of work.
struct Attempt {
    presented: RefreshToken,
    origin: Origin,
    /// Asked inside the unit, each time the session was read. A call may wait for the store longer than clocks differ, and
    /// what others did meanwhile is not of the future.
    clock: Arc<dyn Clock>,
    policy: TokenPolicy,
    refresh_tokens: Arc<dyn RefreshTokens>,
    pen: AuditPen,
}

impl AuthServiceImpl {
    pub(super) async fn refresh(&self, refresh_token: &SecretText, origin: Origin) -> Result<Tokens, RefreshError> {
        let presented = self
            .refresh_tokens
            .read(refresh_token.expose())
            .ok_or(RefreshError::Invalid)?;
        let address = origin.device.address.map(|address| address.to_string());
        let mut attempt = Attempt {
            presented,
            pen: self.audit_pen(origin.clone()),
            origin,
            clock: Arc::clone(&self.clock),
            policy: self.policy,
            refresh_tokens: Arc::clone(&self.refresh_tokens),
        };
        match self
            .store
            .write(move |repositories| attempt.decide(repositories))
            .await?
        {
            Outcome::Granted(session, user, now) => Ok(self.tokens_of(&session, &user, now)?),
            Outcome::Reused(session, revocation) => {
                self.replica.revocations.note(&[revocation]);
                tracing::warn!(user_id = %session.user_id, session_id = %session.id, address,
                    "a spent refresh token was used again: its session is ended");
                Err(RefreshError::Reused)
            }
        }
    }
}

impl Attempt {
    fn decide(&mut self, repositories: &mut dyn Repositories) -> Result<Outcome, RefreshError> {
        let session = self.find_session(repositories)?;
        let now = self.clock.now();
        if self.judge(&session, now) == Presented::Current {
            let next = session.rotated(self.origin.device.clone(), now, &self.policy);
            // The user is read after the session's row was taken, so that a change of the user either is seen here or
            // finds the session as it is from now on.
            if let Some(user) = repositories.sessions().advance(session.rotation.generation, &next)? {
                return granted(next, Some(user), now);
            }
        }
        // Whoever lost a race for the token, or comes late, is judged by what stands now.
        let session = self.find_session(repositories)?;
        let now = self.clock.now();
        match self.judge(&session, now) {
            Presented::JustRotated => {
                let user = repositories.users().find(session.user_id)?;
                granted(session, user, now)
            }
            Presented::Over => Err(RefreshError::Invalid),
            Presented::Reused => {
                let ending = self.policy.ending(now);
                self.end_reused(repositories, session, &ending)
            }
            // It was unspent, could not be advanced and is unspent again: no store that keeps its word does that.
            Presented::Current => Err(StoreError::Busy.into()),
        }
    }

    fn end_reused(
        &mut self,
        repositories: &mut dyn Repositories,
        session: Session,
        ending: &Ending,
    ) -> Result<Outcome, RefreshError> {
        // Of several that come at once, one ends the session and tells of it.
        let Some(revocation) = repositories.sessions().revoke(session.id, ending)? else {
            return Err(RefreshError::Invalid);
        };
        let user_id = Some(session.user_id);
        let reason = AuditReason::RefreshTokenReused;
        let event = AuditEvent {
            session_id: Some(session.id),
            ..self.pen.failure(AuditEventType::RefreshTokenReused, user_id, reason)
        };
        self.pen.write(repositories, event)?;
        Ok(Outcome::Reused(session, revocation))
    }

    /// The session of a genuine token. One that we did not make ends nothing.
    fn find_session(&self, repositories: &mut dyn Repositories) -> Result<Session, RefreshError> {
        match repositories.sessions().find(self.presented.session_id)? {
            Some(session) if self.refresh_tokens.is_genuine(&self.presented, &session.rotation.seed) => Ok(session),
            _ => Err(RefreshError::Invalid),
        }
    }

    fn judge(&self, session: &Session, now: DateTime<Utc>) -> Presented {
        session.present(self.presented.generation, now, &self.policy)
    }
}

fn granted(session: Session, user: Option<User>, now: DateTime<Utc>) -> Result<Outcome, RefreshError> {
    match user {
        Some(user) if user.is_active => Ok(Outcome::Granted(session, user, now)),
        _ => Err(RefreshError::Invalid),
    }
}
