//! Asking for the password again before something that a thief of tokens must not do.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::ports::{HasherError, StoreError};
use portcullis_domain::{AuditEventType, AuditReason, PasswordHash, PresentedPassword};

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
    /// Records a wrong password as a failure of what the user was about to do.
    pub(super) async fn assert_password(
        &self,
        actor: &Actor,
        purpose: AuditEventType,
        presented: &PresentedPassword,
        hash: Option<&PasswordHash>,
    ) -> Result<(), AssertPasswordError> {
        if self.hasher.verify(presented, hash).await? {
            return Ok(());
        }
        let user_id = Some(actor.user().id);
        let recorded = self.units.write(actor, move |unit| {
            let event = unit.failure(purpose, user_id, AuditReason::WrongPassword);
            unit.record(event)
        });
        recorded.await?;
        Err(AssertPasswordError::Wrong)
    }
}
