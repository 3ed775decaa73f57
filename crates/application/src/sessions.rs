//! Seeing and ending sessions, device by device.

use crate::actor::{Actor, Authority};
use crate::ports::StoreError;
use crate::still_allowed::OutOfReach;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{AuditEvent, AuditEventType, AuditReason, Page, PageRequest, Session, SessionId, UserId};
use shaku::{Component, Interface};
use std::mem;
use std::sync::Arc;

/// Seeing and ending sessions, device by device.
#[async_trait]
pub trait Sessions: Interface {
    /// One's own live sessions, newest sign-in first.
    async fn list_own(&self, actor: &Actor, request: PageRequest) -> Result<Page<Session>, StoreError>;

    /// How many live sessions one has, this one included.
    async fn count_own(&self, actor: &Actor) -> Result<usize, StoreError>;

    /// Ends one of one's own sessions.
    async fn end_own(&self, actor: &Actor, session: SessionId) -> Result<(), EndSessionError>;

    /// Ends all of one's own sessions but the one that asks.
    async fn end_own_others(&self, actor: &Actor) -> Result<(), StoreError>;

    /// Ends all of one's own sessions.
    async fn end_all_own(&self, actor: &Actor) -> Result<(), StoreError>;

    /// A user's live sessions, newest sign-in first; `None` where there is no such user.
    async fn list(
        &self,
        by: Authority,
        user: UserId,
        request: PageRequest,
    ) -> Result<Option<Page<Session>>, StoreError>;

    /// Ends all of a user's sessions; how many there were.
    async fn end_all(&self, by: Authority, user: UserId) -> Result<usize, OutOfReach>;
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// None of the user's sessions has that id. Whether somebody else's has is nobody's business.
    #[error("there is no such session")]
    NotFound,
    /// It is over already.
    #[error("the session is over already")]
    Over,
    /// The end was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Sessions`] in units of work.
#[derive(Component)]
#[shaku(interface = Sessions)]
pub struct SessionsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl Sessions for SessionsService {
    async fn list_own(&self, actor: &Actor, request: PageRequest) -> Result<Page<Session>, StoreError> {
        self.live_sessions(actor.user().id, request).await
    }

    async fn count_own(&self, actor: &Actor) -> Result<usize, StoreError> {
        let (user, now) = (actor.user().id, self.units.now());
        self.units
            .look_up(move |repositories| repositories.sessions().count_live(user, now))
            .await
    }

    async fn end_own(&self, actor: &Actor, session_id: SessionId) -> Result<(), EndSessionError> {
        let user_id = actor.user().id;
        let ended = self.units.write(actor, move |unit| {
            unit.users().lock(user_id)?;
            match unit.sessions().find(session_id)? {
                Some(session) if session.user_id == user_id => {}
                _ => return Err(EndSessionError::NotFound),
            }
            let event = AuditEvent {
                reason: Some(AuditReason::UserRequest),
                ..unit.success(AuditEventType::SessionEnded, Some(user_id))
            };
            if unit.end_session(session_id, event)? {
                Ok(())
            } else {
                Err(EndSessionError::Over)
            }
        });
        ended.await?;
        tracing::info!(%user_id, %session_id, "session ended");
        Ok(())
    }

    async fn end_own_others(&self, actor: &Actor) -> Result<(), StoreError> {
        self.end_own_but(actor, Some(actor.session_id())).await
    }

    async fn end_all_own(&self, actor: &Actor) -> Result<(), StoreError> {
        self.end_own_but(actor, None).await
    }

    async fn list(
        &self,
        _: Authority,
        user: UserId,
        request: PageRequest,
    ) -> Result<Option<Page<Session>>, StoreError> {
        let found = self.units.look_up(move |repositories| repositories.users().find(user));
        match found.await? {
            Some(_) => self.live_sessions(user, request).await.map(Some),
            None => Ok(None),
        }
    }

    async fn end_all(&self, by: Authority, user: UserId) -> Result<usize, OutOfReach> {
        let ended = self.units.write(by, move |unit| {
            let account = unit.lock_user(user)?;
            unit.forget_links_of(account)?;
            Ok::<_, OutOfReach>(unit.end_access(user, None, None)?)
        });
        let ended = ended.await?;
        tracing::info!(user_id = %user, ended, "sessions ended");
        Ok(ended)
    }
}

impl SessionsService {
    async fn end_own_but(&self, actor: &Actor, kept: Option<SessionId>) -> Result<(), StoreError> {
        let user_id = actor.user().id;
        let ended = self.units.write(actor, move |unit| {
            // Whoever ends them all may have a thief in mind, who may have asked for another address.
            if let Some(user) = unit.users().lock(user_id)? {
                unit.forget_links_of(user)?;
            }
            let reason = Some(AuditReason::UserRequest);
            match kept {
                Some(_) => unit.end_sessions(user_id, kept, reason),
                None => unit.end_access(user_id, None, reason),
            }
        });
        let ended = ended.await?;
        tracing::info!(%user_id, ended, "sessions ended");
        Ok(())
    }

    /// A page of a user's live sessions, each with its last use as far as this server knows.
    async fn live_sessions(&self, user: UserId, request: PageRequest) -> Result<Page<Session>, StoreError> {
        let now = self.units.now();
        let read = self
            .units
            .read(move |repositories| repositories.sessions().list_live(user, now, &request));
        let mut page = request.page(read.await?, Session::position);
        let policy = &self.units.policy;
        page.items = mem::take(&mut page.items)
            .into_iter()
            .map(|session| {
                let noted = self.units.replica.activity.last_use(session.id);
                let last = session.last_used_at;
                session.used(noted.unwrap_or(last), policy)
            })
            // A policy that became shorter ends sessions before the time that was stored with them.
            .filter(|session| session.is_live(now, policy))
            .collect();
        Ok(page)
    }
}
