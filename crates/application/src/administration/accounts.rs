//! Making accounts for others.

use super::{Act, Administration, Authority};
use crate::ports::{HasherError, Repositories, StoreError};
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, Email, FullName, Password, PasswordHash, Role, User, UserId,
};

/// An account to make.
#[derive(Debug)]
pub struct NewAccount {
    /// The address to sign in with.
    pub email: Email,
    /// What the user is called.
    pub full_name: FullName,
    /// What the user may do.
    pub role: Role,
    /// The first password. Without one, nobody can sign in until there is one.
    pub password: Option<Password>,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// There is an account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Whoever asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The account was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Administration {
    pub(crate) async fn create_account(&self, by: Authority, account: NewAccount) -> Result<User, CreateAccountError> {
        let mut act = self.act(by);
        let (user, hash) = self.make(account, act.now).await?;
        let user = self
            .store
            .write(move |repositories| {
                if !act.is_still_allowed(repositories)? {
                    return Err(CreateAccountError::NoLongerAllowed);
                }
                act.insert(repositories, user, hash.as_ref())
            })
            .await?;
        tracing::info!(user_id = %user.id, role = %user.role, "account created");
        Ok(user)
    }

    pub(crate) async fn has_admin(&self) -> Result<bool, StoreError> {
        let admins = self
            .store
            .write(|repositories| repositories.users().lock_administrators());
        Ok(admins.await? > 0)
    }

    /// Makes the first administrator, unless there is one. The account must be a new one: whoever signed up under that
    /// address need not be who was meant.
    pub(crate) async fn create_first_admin(
        &self,
        by: Authority,
        account: NewAccount,
    ) -> Result<Option<User>, CreateAccountError> {
        if self.has_admin().await? {
            return Ok(None);
        }
        let mut act = self.act(by);
        let (user, hash) = self.make(account, act.now).await?;
        self.store
            .write(move |repositories| {
                // Of several servers that start at once, one makes the account.
                if repositories.users().lock_administrators()? > 0 {
                    return Ok(None);
                }
                act.insert(repositories, user, hash.as_ref()).map(Some)
            })
            .await
    }

    async fn make(&self, account: NewAccount, now: DateTime<Utc>) -> Result<(User, Option<PasswordHash>), HasherError> {
        let hash = match &account.password {
            Some(password) => Some(self.hasher.hash(password).await?),
            None => None,
        };
        let user = User {
            id: UserId::new(now, self.entropy.bytes()),
            email: account.email,
            email_verified: false,
            full_name: account.full_name,
            role: account.role,
            is_active: true,
            created_at: now,
        };
        Ok((user, hash))
    }
}

impl Act {
    fn insert(
        &mut self,
        repositories: &mut dyn Repositories,
        user: User,
        hash: Option<&PasswordHash>,
    ) -> Result<User, CreateAccountError> {
        match repositories.users().insert(&user) {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(CreateAccountError::EmailTaken),
            Err(error) => return Err(error.into()),
        }
        if let Some(hash) = hash {
            repositories.credentials().set_password(user.id, hash)?;
        }
        let event = AuditEvent {
            after: Some(AccountState::from(&user)),
            ..self.pen.success(AuditEventType::AccountCreated, Some(user.id))
        };
        self.pen.write(repositories, event)?;
        Ok(user)
    }
}
