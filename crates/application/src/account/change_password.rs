//! Changing one's password.

use super::AccountServiceImpl;
use super::assert_password::AssertPasswordError;
use crate::PASSWORD_CHECKS;
use crate::actor::Actor;
use crate::ports::{HasherError, StoreError};
use portcullis_domain::{AuditEventType, AuditReason, Password, PasswordHash, PresentedPassword, User};

/// Why the password stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The present password is another, or the account has none.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// A password was not checked or not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The password was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AssertPasswordError> for ChangePasswordError {
    fn from(error: AssertPasswordError) -> Self {
        match error {
            AssertPasswordError::Wrong => Self::WrongPassword,
            AssertPasswordError::Hasher(error) => Self::Hasher(error),
            AssertPasswordError::Store(error) => Self::Store(error),
        }
    }
}

/// How it came out that a hash was to take the place of the one that was checked.
enum Replaced {
    /// It did, and that many other sessions ended.
    SessionsEnded(usize),
    /// Another hash stands there by now. The user as they are.
    HashChanged(User),
}

impl AccountServiceImpl {
    pub(super) async fn change_password(
        &self,
        actor: &Actor,
        current: PresentedPassword,
        new: Password,
    ) -> Result<(), ChangePasswordError> {
        let mut checked = actor.user().password_hash.clone();
        self.assert_password(actor, AuditEventType::PasswordChanged, &current, checked.as_ref())
            .await?;
        let hash = self.hasher.hash(&new).await?;
        for _ in 0..PASSWORD_CHECKS {
            match self.replace_hash(actor, checked, hash.clone()).await? {
                Replaced::SessionsEnded(ended) => {
                    tracing::info!(user_id = %actor.user().id, sessions_ended = ended, "password changed");
                    return Ok(());
                }
                Replaced::HashChanged(user) => {
                    checked = user.password_hash;
                    self.assert_password(actor, AuditEventType::PasswordChanged, &current, checked.as_ref())
                        .await?;
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn replace_hash(
        &self,
        actor: &Actor,
        checked: Option<PasswordHash>,
        hash: PasswordHash,
    ) -> Result<Replaced, ChangePasswordError> {
        let own = Some(actor.session_id());
        let replaced = self.units.write(actor, move |unit| {
            let Some(mut user) = unit.lock_caller()? else {
                return Err(ChangePasswordError::SignedOut);
            };
            if user.password_hash != checked {
                return Ok(Replaced::HashChanged(user));
            }
            user.password_hash = Some(hash);
            unit.users().update(&user)?;
            let event = unit.success(AuditEventType::PasswordChanged, Some(user.id));
            unit.record(event)?;
            let ended = unit.end_sessions(user.id, own, Some(AuditReason::PasswordChanged))?;
            Ok(Replaced::SessionsEnded(ended))
        });
        replaced.await
    }
}
