//! An account that is made for somebody else.

use crate::actor::By;
use crate::addresses::AddressTaken;
use crate::mailing::Post;
use crate::ports::{CommonPasswords, HasherError, PasswordHasher, StoreError, TooCommon};
use crate::unit_of_work::{Unit, Units};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, Email, FullName, MailKind, Password, PasswordHash, Role, User, UserId,
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
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The account was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NewAccount {
    /// The user to store, and their password's hash.
    pub(crate) async fn made(
        self,
        units: &Units,
        hasher: &dyn PasswordHasher,
        common: &dyn CommonPasswords,
    ) -> Result<(User, Option<PasswordHash>), CreateAccountError> {
        let hash = match &self.password {
            Some(password) if common.include(password, &self.email, &self.full_name).await? => {
                return Err(TooCommon.into());
            }
            Some(password) => Some(hasher.hash(password).await?),
            None => None,
        };
        let now = units.now();
        let user = User {
            id: UserId::new(now, units.random()),
            email: self.email,
            email_verified: false,
            full_name: self.full_name,
            role: self.role,
            is_active: true,
            created_at: now,
            locale: None,
            time_zone: None,
            pending_email: None,
            has_password: hash.is_some(),
            has_second_factor: false,
            has_passkey: false,
            has_signed_in: false,
        };
        Ok((user, hash))
    }
}

impl Unit<'_> {
    /// Stores an account that was made for somebody else.
    pub(crate) fn insert_account(
        &mut self,
        user: User,
        hash: Option<&PasswordHash>,
    ) -> Result<User, CreateAccountError> {
        let user = User {
            email_verified: self.vouches_for_addresses(),
            ..user
        };
        self.insert_user(&user)?
            .map_err(|AddressTaken| CreateAccountError::EmailTaken)?;
        if let Some(hash) = hash {
            self.credentials().set_password(user.id, hash)?;
        }
        let event = AuditEvent {
            after: Some(AccountState::from(&user)),
            ..self.success(AuditEventType::AccountCreated, Some(user.id))
        };
        self.record(event)?;
        if !user.email_verified {
            let kind = match hash {
                Some(_) => MailKind::VerifyEmail,
                None => MailKind::SetPassword,
            };
            self.post(Post::to_user(&user, kind))?;
        }
        Ok(user)
    }

    /// Whoever runs the server says whose address it is. An administrator may have heard of it by anybody.
    fn vouches_for_addresses(&self) -> bool {
        match self.by() {
            By::Operator | By::Setting => true,
            By::Anybody(_) | By::User(_) | By::Administrator(_) | By::Schedule | By::Server => false,
        }
    }
}
