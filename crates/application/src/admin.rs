//! What administrators may ask for.

use crate::account::sessions::live_sessions;
use crate::actor::Admin;
use crate::administration::{Administration, AdministrationError, CreateAccountError, NewAccount, UserChange};
use crate::ports::{AuditFilter, PasswordHasher, StoreError, UserFilter};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{AuditEvent, Page, PageRequest, Session, User, UserId};
use shaku::{Component, Interface};
use std::sync::Arc;

/// What administrators may ask for. Each call takes an [`Admin`], which only the check of an access token makes.
#[async_trait]
pub trait AdminService: Interface {
    /// The users that match, newest first. A page may come short and still name where the next one goes on.
    async fn list_users(
        &self,
        admin: &Admin,
        filter: UserFilter,
        request: PageRequest,
    ) -> Result<Page<User>, StoreError>;

    /// Makes an account.
    async fn create_user(&self, admin: &Admin, account: NewAccount) -> Result<User, CreateAccountError>;

    /// The user of that id.
    async fn find_user(&self, admin: &Admin, user: UserId) -> Result<Option<User>, StoreError>;

    /// Changes a user. Of two changes at once, each is done whole, one after the other; where both set the same member,
    /// the later one stays.
    async fn change_user(&self, admin: &Admin, user: UserId, change: UserChange) -> Result<User, AdministrationError>;

    /// Deletes a user for good.
    async fn delete_user(&self, admin: &Admin, user: UserId) -> Result<(), AdministrationError>;

    /// A user's live sessions, newest sign-in first; `None` where there is no such user.
    async fn list_sessions(
        &self,
        admin: &Admin,
        user: UserId,
        request: PageRequest,
    ) -> Result<Option<Page<Session>>, StoreError>;

    /// Ends all of a user's sessions.
    async fn end_sessions(&self, admin: &Admin, user: UserId) -> Result<(), AdministrationError>;

    /// The events of the audit trail that match, newest first. A page may come short and still name where the next one
    /// goes on.
    async fn list_audit_events(
        &self,
        admin: &Admin,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditEvent>, StoreError>;
}

/// [`AdminService`] on the ports.
#[derive(Component)]
#[shaku(interface = AdminService)]
pub struct AdminServiceImpl {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
}

impl AdminServiceImpl {
    fn administration(&self) -> Administration {
        Administration {
            units: Arc::clone(&self.units),
            hasher: Arc::clone(&self.hasher),
        }
    }
}

#[async_trait]
impl AdminService for AdminServiceImpl {
    async fn list_users(&self, _: &Admin, filter: UserFilter, request: PageRequest) -> Result<Page<User>, StoreError> {
        self.units
            .read(move |repositories| repositories.users().list(&filter, &request))
            .await
    }

    async fn create_user(&self, admin: &Admin, account: NewAccount) -> Result<User, CreateAccountError> {
        self.administration()
            .create_account(admin.authority().into(), account)
            .await
    }

    async fn find_user(&self, _: &Admin, user: UserId) -> Result<Option<User>, StoreError> {
        self.units
            .look_up(move |repositories| repositories.users().find(user))
            .await
    }

    async fn change_user(&self, admin: &Admin, user: UserId, change: UserChange) -> Result<User, AdministrationError> {
        self.administration()
            .change_user(admin.authority().into(), user, change)
            .await
    }

    async fn delete_user(&self, admin: &Admin, user: UserId) -> Result<(), AdministrationError> {
        self.administration().delete_user(admin.authority().into(), user).await
    }

    async fn list_sessions(
        &self,
        admin: &Admin,
        user: UserId,
        request: PageRequest,
    ) -> Result<Option<Page<Session>>, StoreError> {
        if self.find_user(admin, user).await?.is_none() {
            return Ok(None);
        }
        live_sessions(&self.units, user, request).await.map(Some)
    }

    async fn end_sessions(&self, admin: &Admin, user: UserId) -> Result<(), AdministrationError> {
        self.administration()
            .end_sessions(admin.authority().into(), user)
            .await
            .map(drop)
    }

    async fn list_audit_events(
        &self,
        _: &Admin,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditEvent>, StoreError> {
        self.units
            .read(move |repositories| repositories.audit().list(&filter, &request))
            .await
    }
}
