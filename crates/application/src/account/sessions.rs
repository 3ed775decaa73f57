//! Seeing and ending one's sessions, device by device.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::ports::StoreError;
use portcullis_domain::{Page, PageRequest, RefreshToken, SessionId};

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
    pub(super) async fn list_sessions(
        &self,
        actor: &Actor,
        request: PageRequest,
    ) -> Result<Page<RefreshToken>, StoreError> {
        let (user_id, now) = (actor.user().id, self.clock.now());
        let read = self
            .store
            .read(move |repositories| repositories.refresh_tokens().list_live(user_id, now, &request))
            .await?;
        let mut page = request.page(read, RefreshToken::position);
        // A policy that became shorter ends sessions before the time that was stored with them.
        page.items.retain(|session| session.is_live(now, &self.policy));
        Ok(page)
    }

    pub(super) async fn end_session(&self, actor: &Actor, session_id: SessionId) -> Result<(), EndSessionError> {
        let (user_id, now) = (actor.user().id, self.clock.now());
        self.store
            .write(move |repositories| {
                repositories.users().lock(user_id)?;
                match repositories.refresh_tokens().find(session_id)? {
                    Some(session) if session.user_id == user_id => {}
                    _ => return Err(EndSessionError::NotFound),
                }
                if repositories.refresh_tokens().revoke(session_id, now)? {
                    Ok(())
                } else {
                    Err(EndSessionError::NotFound)
                }
            })
            .await?;
        tracing::info!(%user_id, %session_id, "session ended");
        Ok(())
    }

    pub(super) async fn end_sessions(&self, actor: &Actor, except: Option<SessionId>) -> Result<(), StoreError> {
        let (user_id, now) = (actor.user().id, self.clock.now());
        let ended = self
            .store
            .write(move |repositories| {
                repositories.users().lock(user_id)?;
                repositories.refresh_tokens().revoke_all(user_id, except, now)
            })
            .await?;
        tracing::info!(%user_id, ended, "sessions ended");
        Ok(())
    }
}
