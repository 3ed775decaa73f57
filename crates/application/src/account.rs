//! What users do with their own account.

mod assert_password;
mod change_password;
mod change_profile;
mod delete_account;
pub(crate) mod sessions;

pub use change_password::ChangePasswordError;
pub use change_profile::ChangeProfileError;
pub use delete_account::DeleteAccountError;
pub use sessions::EndSessionError;

use crate::actor::Actor;
use crate::ports::{AuditFilter, PasswordHasher, StoreError};
use crate::profile_change::ProfileChange;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{AuditEvent, Page, PageRequest, Password, PresentedPassword, Session, SessionId, User};
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
    ) -> Result<Page<AuditEvent>, StoreError>;
}

/// [`AccountService`] on the ports.
#[derive(Component)]
#[shaku(interface = AccountService)]
pub struct AccountServiceImpl {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
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
    ) -> Result<Page<AuditEvent>, StoreError> {
        let own = AuditFilter {
            user_id: Some(actor.user().id),
            ..filter
        };
        self.units
            .read(move |repositories| repositories.audit().list(&own, &request))
            .await
    }
}
