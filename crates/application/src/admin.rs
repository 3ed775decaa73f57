//! What administrators may ask for.

use crate::account::sessions::live_sessions;
use crate::actor::Admin;
use crate::administration::{
    Administration, AdministrationError, Authority, CreateAccountError, NewAccount, UserChange,
};
use crate::ports::{AuditFilter, AuditMac, AuditRecord, Clock, Entropy, PasswordHasher, Store, StoreError, UserFilter};
use crate::replica::Replica;
use async_trait::async_trait;
use portcullis_domain::{Page, PageRequest, Session, TokenPolicy, User, UserId};
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
    ) -> Result<Page<AuditRecord>, StoreError>;
}

/// [`AdminService`] on the ports.
#[derive(Component)]
#[shaku(interface = AdminService)]
pub struct AdminServiceImpl {
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

impl AdminServiceImpl {
    fn administration(&self) -> Administration {
        Administration {
            store: Arc::clone(&self.store),
            hasher: Arc::clone(&self.hasher),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            audit_mac: Arc::clone(&self.audit_mac),
            replica: Arc::clone(&self.replica),
            policy: self.policy,
        }
    }
}

fn by(admin: &Admin) -> Authority {
    Authority::Administrator(Box::new(admin.clone()))
}

#[async_trait]
impl AdminService for AdminServiceImpl {
    async fn list_users(&self, _: &Admin, filter: UserFilter, request: PageRequest) -> Result<Page<User>, StoreError> {
        self.store
            .read(move |repositories| repositories.users().list(&filter, &request))
            .await
    }

    async fn create_user(&self, admin: &Admin, account: NewAccount) -> Result<User, CreateAccountError> {
        self.administration().create_account(by(admin), account).await
    }

    async fn find_user(&self, _: &Admin, user: UserId) -> Result<Option<User>, StoreError> {
        self.store
            .look_up(move |repositories| repositories.users().find(user))
            .await
    }

    async fn change_user(&self, admin: &Admin, user: UserId, change: UserChange) -> Result<User, AdministrationError> {
        self.administration().change_user(by(admin), user, change).await
    }

    async fn delete_user(&self, admin: &Admin, user: UserId) -> Result<(), AdministrationError> {
        self.administration().delete_user(by(admin), user).await
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
        let now = self.clock.now();
        live_sessions(&*self.store, &self.replica, user, now, &self.policy, request)
            .await
            .map(Some)
    }

    async fn end_sessions(&self, admin: &Admin, user: UserId) -> Result<(), AdministrationError> {
        self.administration().end_sessions(by(admin), user).await.map(drop)
    }

    async fn list_audit_events(
        &self,
        _: &Admin,
        filter: AuditFilter,
        request: PageRequest,
    ) -> Result<Page<AuditRecord>, StoreError> {
        self.store
            .read(move |repositories| repositories.audit().list(&filter, &request))
            .await
    }
}
