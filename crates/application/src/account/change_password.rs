//! Changing one's password.

use super::AccountServiceImpl;
use super::assert_password::AssertPasswordError;
use crate::PASSWORD_CHECKS;
use crate::actor::Actor;
use crate::consequences;
use crate::ports::{HasherError, StoreError};
use portcullis_domain::{
    AuditEventType, AuditReason, Credentials, Password, PasswordHash, PresentedPassword, Revocation,
};

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
    /// It did, and these other sessions ended.
    SessionsEnded(Vec<Revocation>),
    /// Another hash stands there by now, or none.
    HashChanged(Credentials),
}

impl AccountServiceImpl {
    pub(super) async fn change_password(
        &self,
        actor: &Actor,
        current: PresentedPassword,
        new: Password,
    ) -> Result<(), ChangePasswordError> {
        let found = self.find_credentials(actor).await?;
        let credentials = found.ok_or(ChangePasswordError::SignedOut)?;
        let mut checked = self
            .assert_password(actor, AuditEventType::PasswordChanged, &current, credentials)
            .await?;
        let hash = self.hasher.hash(&new).await?;
        for _ in 0..PASSWORD_CHECKS {
            match self.replace_hash(actor, checked, hash.clone()).await? {
                Replaced::SessionsEnded(ended) => {
                    self.replica.revocations.note(&ended);
                    tracing::info!(user_id = %actor.user().id, sessions_ended = ended.len(), "password changed");
                    return Ok(());
                }
                Replaced::HashChanged(credentials) => {
                    checked = self
                        .assert_password(actor, AuditEventType::PasswordChanged, &current, credentials)
                        .await?;
                }
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn replace_hash(
        &self,
        actor: &Actor,
        checked: PasswordHash,
        hash: PasswordHash,
    ) -> Result<Replaced, ChangePasswordError> {
        let (user_id, session_id) = (actor.user().id, actor.session_id());
        let (now, policy) = (self.clock.now(), self.policy);
        let mut pen = self.audit_pen(actor);
        self.store
            .write(move |repositories| {
                super::lock_signed_in(repositories, user_id, session_id, now, &policy)?
                    .ok_or(ChangePasswordError::SignedOut)?;
                let credentials = repositories.credentials();
                if !credentials.replace_password(user_id, &checked, &hash)? {
                    let found = credentials.find(user_id)?;
                    return found.map(Replaced::HashChanged).ok_or(ChangePasswordError::SignedOut);
                }
                let event = pen.success(AuditEventType::PasswordChanged, Some(user_id));
                pen.write(repositories, event)?;
                let others = (user_id, Some(session_id));
                let reason = AuditReason::PasswordChanged;
                let ended = consequences::end_sessions(repositories, &mut pen, others, &policy.ending(now), reason)?;
                Ok(Replaced::SessionsEnded(ended))
            })
            .await
    }
}
