//! Deleting one's account.

use super::AccountServiceImpl;
use super::assert_password::AssertPasswordError;
use crate::PASSWORD_CHECKS;
use crate::actor::Actor;
use crate::ports::{HasherError, StoreError};
use crate::still_allowed::is_last_admin;
use portcullis_domain::{AuditEventType, PasswordHash, PresentedPassword, User};

/// Why the account is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The password is another, or the account has none.
    #[error("the password is wrong")]
    WrongPassword,
    /// Nobody else could manage the others' accounts.
    #[error("the last administrator can't be deleted")]
    LastAdmin,
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// The password was not checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The deletion was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AssertPasswordError> for DeleteAccountError {
    fn from(error: AssertPasswordError) -> Self {
        match error {
            AssertPasswordError::Wrong => Self::WrongPassword,
            AssertPasswordError::Hasher(error) => Self::Hasher(error),
            AssertPasswordError::Store(error) => Self::Store(error),
        }
    }
}

/// How it came out that an account was to go on the strength of a hash.
enum Deleted {
    /// It did, and its sessions with it.
    Gone,
    /// The hash is another by now. The user as they are.
    HashChanged(User),
}

impl AccountServiceImpl {
    pub(super) async fn delete_account(
        &self,
        actor: &Actor,
        password: PresentedPassword,
    ) -> Result<(), DeleteAccountError> {
        let mut checked = actor.user().password_hash.clone();
        for _ in 0..PASSWORD_CHECKS {
            self.assert_password(actor, AuditEventType::AccountDeleted, &password, checked.as_ref())
                .await?;
            match self.delete_checked(actor, checked).await? {
                Deleted::Gone => {
                    tracing::info!(user_id = %actor.user().id, "account deleted");
                    return Ok(());
                }
                Deleted::HashChanged(user) => checked = user.password_hash,
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn delete_checked(
        &self,
        actor: &Actor,
        checked: Option<PasswordHash>,
    ) -> Result<Deleted, DeleteAccountError> {
        let deleted = self.units.write(actor, move |unit| {
            let admins = unit.users().lock_administrators()?;
            let Some(user) = unit.lock_caller()? else {
                return Err(DeleteAccountError::SignedOut);
            };
            if user.password_hash != checked {
                return Ok(Deleted::HashChanged(user));
            }
            if is_last_admin(&user, admins) {
                return Err(DeleteAccountError::LastAdmin);
            }
            unit.delete_user(&user)?;
            Ok(Deleted::Gone)
        });
        deleted.await
    }
}
