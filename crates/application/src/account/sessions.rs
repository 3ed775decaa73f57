//! Seeing and ending one's sessions, device by device.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::ports::StoreError;
use crate::unit_of_work::Units;
use portcullis_domain::{AuditEventType, AuditReason, Page, PageRequest, Session, SessionId, UserId};

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
        live_sessions(&self.units, actor.user().id, request).await
    }

    pub(super) async fn end_session(&self, actor: &Actor, session_id: SessionId) -> Result<(), EndSessionError> {
        let user_id = actor.user().id;
        let ended = self.units.write(actor, move |unit| {
            unit.users().lock(user_id)?;
            match unit.sessions().find(session_id)? {
                Some(session) if session.user_id == user_id => {}
                _ => return Err(EndSessionError::NotFound),
            }
            let mut event = unit.success(AuditEventType::SessionEnded, Some(user_id));
            event.reason = Some(AuditReason::UserRequest);
            if unit.end_session(session_id, event)? {
                Ok(())
            } else {
                Err(EndSessionError::NotFound)
            }
        });
        ended.await?;
        tracing::info!(%user_id, %session_id, "session ended");
        Ok(())
    }

    pub(super) async fn end_sessions(&self, actor: &Actor, kept: Option<SessionId>) -> Result<(), StoreError> {
        let user_id = actor.user().id;
        let ended = self.units.write(actor, move |unit| {
            unit.users().lock(user_id)?;
            unit.end_sessions(user_id, kept, Some(AuditReason::UserRequest))
        });
        let ended = ended.await?;
        tracing::info!(%user_id, ended, "sessions ended");
        Ok(())
    }
}

/// A page of a user's live sessions, newest sign-in first, each with its last use as far as this server knows.
pub(crate) async fn live_sessions(
    units: &Units,
    user: UserId,
    request: PageRequest,
) -> Result<Page<Session>, StoreError> {
    let now = units.now();
    let read = units
        .read(move |repositories| repositories.sessions().list_live(user, now, &request))
        .await?;
    let mut page = request.page(read, Session::position);
    // A policy that became shorter ends sessions before the time that was stored with them.
    page.items.retain(|session| session.is_live(now, &units.policy));
    for session in &mut page.items {
        let noted = units.replica.activity.last_use(session.id);
        session.last_used_at = noted.map_or(session.last_used_at, |noted| noted.max(session.last_used_at));
    }
    Ok(page)
}
