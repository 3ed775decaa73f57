//! Deleting one's account.

use super::AccountServiceImpl;
use super::assert_password::AssertPasswordError;
use crate::PASSWORD_CHECKS;
use crate::actor::Actor;
use crate::administration::is_last_admin;
use crate::consequences;
use crate::ports::{HasherError, StoreError};
use portcullis_domain::{AuditEventType, Credentials, PasswordHash, PresentedPassword, Revocation};

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
    Gone(Vec<Revocation>),
    /// Another hash stands there by now, or none.
    HashChanged(Credentials),
}

impl AccountServiceImpl {
    pub(super) async fn delete_account(
        &self,
        actor: &Actor,
        password: PresentedPassword,
    ) -> Result<(), DeleteAccountError> {
        let found = self.find_credentials(actor).await?;
        let mut credentials = found.ok_or(DeleteAccountError::SignedOut)?;
        for _ in 0..PASSWORD_CHECKS {
            let checked = self
                .assert_password(actor, AuditEventType::AccountDeleted, &password, credentials)
                .await?;
            match self.delete_checked(actor, checked).await? {
                Deleted::Gone(ended) => {
                    self.replica.revocations.note(&ended);
                    tracing::info!(user_id = %actor.user().id, "account deleted");
                    return Ok(());
                }
                Deleted::HashChanged(changed) => credentials = changed,
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn delete_checked(&self, actor: &Actor, checked: PasswordHash) -> Result<Deleted, DeleteAccountError> {
        let (user_id, session_id) = (actor.user().id, actor.session_id());
        let (now, policy) = (self.clock.now(), self.policy);
        let mut pen = self.audit_pen(actor);
        self.store
            .write(move |repositories| {
                let admins = repositories.users().lock_administrators()?;
                let locked = super::lock_signed_in(repositories, user_id, session_id, now, &policy)?;
                let Some(user) = locked else {
                    return Err(DeleteAccountError::SignedOut);
                };
                let found = repositories.credentials().find(user_id)?;
                let credentials = found.ok_or(DeleteAccountError::SignedOut)?;
                if credentials.password != Some(checked) {
                    return Ok(Deleted::HashChanged(credentials));
                }
                if is_last_admin(&user, admins) {
                    return Err(DeleteAccountError::LastAdmin);
                }
                let ended = consequences::of_deletion(repositories, &mut pen, &user, &policy.ending(now))?;
                Ok(Deleted::Gone(ended))
            })
            .await
    }
}
