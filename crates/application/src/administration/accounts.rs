//! Making accounts for others.

use super::Administration;
use crate::actor::By;
use crate::ports::{HasherError, StoreError};
use crate::unit_of_work::Unit;
use portcullis_domain::{AccountState, AuditEvent, AuditEventType, Email, FullName, Password, Role, User, UserId};

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
    pub(crate) async fn create_account(&self, by: By, account: NewAccount) -> Result<User, CreateAccountError> {
        let user = self.make(account).await?;
        let stored = self.units.write(by, move |unit| {
            if !unit.is_still_allowed()? {
                return Err(CreateAccountError::NoLongerAllowed);
            }
            insert(unit, user)
        });
        let user = stored.await?;
        tracing::info!(user_id = %user.id, role = %user.role, "account created");
        Ok(user)
    }

    pub(crate) async fn has_admin(&self) -> Result<bool, StoreError> {
        let admins = self.units.write(By::Setting, |unit| unit.users().lock_administrators());
        Ok(admins.await? > 0)
    }

    /// Makes the first administrator, unless there is one. The account must be a new one: whoever signed up under that
    /// address need not be who was meant.
    pub(crate) async fn create_first_admin(&self, account: NewAccount) -> Result<Option<User>, CreateAccountError> {
        if self.has_admin().await? {
            return Ok(None);
        }
        let user = self.make(account).await?;
        let stored = self.units.write(By::Setting, move |unit| {
            // Of several servers that start at once, one makes the account.
            if unit.users().lock_administrators()? > 0 {
                return Ok(None);
            }
            insert(unit, user).map(Some)
        });
        stored.await
    }

    async fn make(&self, account: NewAccount) -> Result<User, HasherError> {
        let password_hash = match &account.password {
            Some(password) => Some(self.hasher.hash(password).await?),
            None => None,
        };
        let now = self.units.now();
        Ok(User {
            id: UserId::new(now, self.units.random()),
            email: account.email,
            email_verified: false,
            full_name: account.full_name,
            role: account.role,
            is_active: true,
            password_hash,
            created_at: now,
        })
    }
}

fn insert(unit: &mut Unit<'_>, user: User) -> Result<User, CreateAccountError> {
    match unit.users().insert(&user) {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(CreateAccountError::EmailTaken),
        Err(error) => return Err(error.into()),
    }
    let event = AuditEvent {
        after: Some(AccountState::from(&user)),
        ..unit.success(AuditEventType::AccountCreated, Some(user.id))
    };
    unit.record(event)?;
    Ok(user)
}
