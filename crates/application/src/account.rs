//! What users do with their own account.

mod assert_password;
mod change_password;
mod change_profile;
mod delete_account;
pub(crate) mod sessions;

pub use change_password::ChangePasswordError;
pub use change_profile::{ChangeProfileError, ProfileChange};
pub use delete_account::DeleteAccountError;
pub use sessions::EndSessionError;

use crate::actor::Actor;
use crate::audit_pen::AuditPen;
use crate::ports::{
    AuditFilter, AuditMac, AuditRecord, Clock, Entropy, PasswordHasher, Repositories, Store, StoreError, StoreResult,
};
use crate::replica::Replica;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    Credentials, Page, PageRequest, Password, PresentedPassword, Session, SessionId, TokenPolicy, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// What a signed-in user may ask for.
#[async_trait]
pub trait AccountService: Interface {
    /// Changes what the user is called or signs in with.
    async fn change_profile(&self, actor: &Actor, change: ProfileChange) -> Result<User, ChangeProfileError>;

    /// Sets another password and ends the user's other sessions.
    async fn change_password(
        &self,
        actor: &Actor,
        current: PresentedPassword,
        new: Password,
    ) -> Result<(), ChangePasswordError>;

    /// The user's live sessions, newest sign-in first.
    async fn list_sessions(&self, actor: &Actor, request: PageRequest) -> Result<Page<Session>, StoreError>;

    /// Ends one of the user's sessions.
    async fn end_session(&self, actor: &Actor, session: SessionId) -> Result<(), EndSessionError>;

    /// Ends all of the user's sessions but the one that asks.
    async fn end_other_sessions(&self, actor: &Actor) -> Result<(), StoreError>;

    /// Ends all of the user's sessions.
    async fn end_all_sessions(&self, actor: &Actor) -> Result<(), StoreError>;

    /// Deletes the account for good.
    async fn delete_account(&self, actor: &Actor, password: PresentedPassword) -> Result<(), DeleteAccountError>;

    /// What the audit trail says of the user, newest first. The filter's user is the one who asks, whoever it names.
    async fn list_audit_events(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError>;
}

/// [`AccountService`] on the ports.
#[derive(Component)]
#[shaku(interface = AccountService)]
pub struct AccountServiceImpl {
    #[shaku(inject)]
    store: Arc<dyn Store>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    entropy: Arc<dyn Entropy>,
    #[shaku(inject)]
    audit_mac: Arc<dyn AuditMac>,
    /// What this server keeps in memory.
    replica: Arc<Replica>,
    /// How long tokens and sessions live.
    policy: TokenPolicy,
}

#[async_trait]
impl AccountService for AccountServiceImpl {
    async fn change_profile(&self, actor: &Actor, change: ProfileChange) -> Result<User, ChangeProfileError> {
        self.change_profile(actor, change).await
    }

    async fn change_password(
        &self,
        actor: &Actor,
        current: PresentedPassword,
        new: Password,
    ) -> Result<(), ChangePasswordError> {
        self.change_password(actor, current, new).await
    }

    async fn list_sessions(&self, actor: &Actor, request: PageRequest) -> Result<Page<Session>, StoreError> {
        self.list_sessions(actor, request).await
    }

    async fn end_session(&self, actor: &Actor, session: SessionId) -> Result<(), EndSessionError> {
        self.end_session(actor, session).await
    }

    async fn end_other_sessions(&self, actor: &Actor) -> Result<(), StoreError> {
        self.end_sessions(actor, Some(actor.session_id())).await
    }

    async fn end_all_sessions(&self, actor: &Actor) -> Result<(), StoreError> {
        self.end_sessions(actor, None).await
    }

    async fn delete_account(&self, actor: &Actor, password: PresentedPassword) -> Result<(), DeleteAccountError> {
        self.delete_account(actor, password).await
    }

    async fn list_audit_events(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let own = AuditFilter {
            user_id: Some(actor.user().id),
            ..filter
        };
        self.store
            .read(move |repositories| repositories.audit().list(&own, &request))
            .await
    }
}

impl AccountServiceImpl {
    /// The user's credentials; `None` where the account was deleted meanwhile.
    async fn find_credentials(&self, actor: &Actor) -> Result<Option<Credentials>, StoreError> {
        let user_id = actor.user().id;
        self.store
            .look_up(move |repositories| repositories.credentials().find(user_id))
            .await
    }

    /// For what the user does.
    fn audit_pen(&self, actor: &Actor) -> AuditPen {
        let (origin, who) = (actor.origin().clone(), (actor.user().id, actor.session_id()));
        AuditPen::new(&self.audit_mac, &self.clock, &*self.entropy, origin, Some(who))
    }
}

/// Takes the row of a user who still is what they were when the caller was let in; `None` where the account or the
/// session is over. Hashing takes long enough for either to happen meanwhile.
pub(crate) fn lock_signed_in(
    repositories: &mut dyn Repositories,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
    policy: &TokenPolicy,
) -> StoreResult<Option<User>> {
    let user = repositories.users().lock(user)?;
    let session = repositories.sessions().find(session)?;
    let is_live = session.is_some_and(|session| session.is_live(now, policy));
    Ok(user.filter(|user| user.is_active && is_live))
}
