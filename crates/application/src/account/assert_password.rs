//! Asking for the password again before something that a thief of tokens must not do.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::ports::{HasherError, StoreError};
use portcullis_domain::{AuditEventType, AuditReason, Credentials, PasswordHash, PresentedPassword};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum AssertPasswordError {
    /// The password is another, or the account has none. It is recorded.
    #[error("the password is wrong")]
    Wrong,
    /// The password was not checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The refusal was not recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountServiceImpl {
    /// Gives the hash that the password was checked against. Records a wrong password as a failure of what the user was
    /// about to do.
    pub(super) async fn assert_password(
        &self,
        actor: &Actor,
        purpose: AuditEventType,
        presented: &PresentedPassword,
        credentials: Credentials,
    ) -> Result<PasswordHash, AssertPasswordError> {
        let matches = self.hasher.verify(presented, credentials.password.as_ref()).await?;
        if let (true, Some(hash)) = (matches, credentials.password) {
            return Ok(hash);
        }
        let mut pen = self.audit_pen(actor);
        let user_id = Some(actor.user().id);
        self.store
            .write(move |repositories| {
                let event = pen.failure(purpose, user_id, AuditReason::WrongPassword);
                pen.write(repositories, event)
            })
            .await?;
        Err(AssertPasswordError::Wrong)
    }
}
