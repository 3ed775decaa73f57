//! Seeing and ending one's sessions, device by device.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::consequences;
use crate::ports::{Store, StoreError};
use crate::replica::Replica;
use chrono::{DateTime, Utc};
use portcullis_domain::{AuditReason, Page, PageRequest, Session, SessionId, TokenPolicy, UserId};

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// None of the user's live sessions has that id. Whether somebody else's has is nobody's business.
    #[error("there is no such session")]
    NotFound,
    /// The end was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountServiceImpl {
    pub(super) async fn list_sessions(&self, actor: &Actor, request: PageRequest) -> Result<Page<Session>, StoreError> {
        live_sessions(
            &*self.store,
            &self.replica,
            actor.user().id,
            self.clock.now(),
            &self.policy,
            request,
        )
        .await
    }

    pub(super) async fn end_session(&self, actor: &Actor, session_id: SessionId) -> Result<(), EndSessionError> {
        let (user_id, now) = (actor.user().id, self.clock.now());
        let ending = self.policy.ending(now);
        let mut pen = self.audit_pen(actor);
        let revocation = self
            .store
            .write(move |repositories| {
                repositories.users().lock(user_id)?;
                match repositories.sessions().find(session_id)? {
                    Some(session) if session.user_id == user_id => {}
                    _ => return Err(EndSessionError::NotFound),
                }
                let Some(revocation) = repositories.sessions().revoke(session_id, &ending)? else {
                    return Err(EndSessionError::NotFound);
                };
                pen.write_ended(repositories, user_id, &[revocation], AuditReason::UserRequest)?;
                Ok(revocation)
            })
            .await?;
        self.replica.revocations.note(&[revocation]);
        tracing::info!(%user_id, %session_id, "session ended");
        Ok(())
    }

    pub(super) async fn end_sessions(&self, actor: &Actor, except: Option<SessionId>) -> Result<(), StoreError> {
        let (user_id, now) = (actor.user().id, self.clock.now());
        let ending = self.policy.ending(now);
        let mut pen = self.audit_pen(actor);
        let ended = self
            .store
            .write(move |repositories| {
                repositories.users().lock(user_id)?;
                let reason = AuditReason::UserRequest;
                consequences::end_sessions(repositories, &mut pen, (user_id, except), &ending, reason)
            })
            .await?;
        self.replica.revocations.note(&ended);
        tracing::info!(%user_id, ended = ended.len(), "sessions ended");
        Ok(())
    }
}

/// A page of a user's live sessions, newest sign-in first, each with its last use as far as this server knows.
pub(crate) async fn live_sessions(
    store: &dyn Store,
    replica: &Replica,
    user: UserId,
    now: DateTime<Utc>,
    policy: &TokenPolicy,
    request: PageRequest,
) -> Result<Page<Session>, StoreError> {
    let read = store
        .read(move |repositories| repositories.sessions().list_live(user, now, &request))
        .await?;
    let mut page = request.page(read, Session::position);
    // A policy that became shorter ends sessions before the time that was stored with them.
    page.items.retain(|session| session.is_live(now, policy));
    for session in &mut page.items {
        let noted = replica.activity.last_use(session.id);
        session.last_used_at = noted.map_or(session.last_used_at, |noted| noted.max(session.last_used_at));
    }
    Ok(page)
}
