//! Proofs of who somebody is. Only the checks in this file make them.

use crate::actor::Actor;
use crate::ports::{HasherError, PasswordHasher, StoreError};
use crate::unit_of_work::Units;
use portcullis_domain::{AuditEventType, AuditReason, PasswordHash, PresentedPassword, User, UserId};

/// How often a password is checked at the most before a use case gives up. Each further time, somebody has written
/// another hash since: of another password, or of the same one at a higher cost, which only a check can tell apart.
pub(crate) const PASSWORD_CHECKS: usize = 3;

/// That somebody proved to be a user. What they proved it by may change at any time: the unit that relies on it asks
/// whether it [still stands](Self::still_stands).
pub(crate) struct Proof {
    user_id: UserId,
    /// The hash that the password was checked against.
    checked: PasswordHash,
    /// The hash to keep from now on, where the one that was checked is too weak.
    stronger: Option<PasswordHash>,
}

/// Why a signed-in user did not prove once more who they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProveAgainError {
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

impl Proof {
    /// Checks a password. The answer takes as long where there is no such user, or none with a password.
    pub(crate) async fn by_password(
        hasher: &dyn PasswordHasher,
        user: Option<&User>,
        presented: &PresentedPassword,
    ) -> Result<Option<Self>, HasherError> {
        let hash = user.and_then(|user| user.password_hash.as_ref());
        let matches = hasher.verify(presented, hash).await?;
        let (true, Some(user), Some(checked)) = (matches, user, hash) else {
            return Ok(None);
        };
        Ok(Some(Self {
            user_id: user.id,
            checked: checked.clone(),
            stronger: None,
        }))
    }

    /// Checks the password of a signed-in user again, before something that a thief of tokens must not do. A wrong one is
    /// recorded as a failure of that.
    pub(crate) async fn again(
        units: &Units,
        hasher: &dyn PasswordHasher,
        (actor, user): (&Actor, &User),
        presented: &PresentedPassword,
        purpose: AuditEventType,
    ) -> Result<Self, ProveAgainError> {
        if let Some(proof) = Self::by_password(hasher, Some(user), presented).await? {
            return Ok(proof);
        }
        let user_id = Some(user.id);
        let recorded = units.write(actor, move |unit| {
            let event = unit.failure(purpose, user_id, AuditReason::WrongPassword);
            unit.record(event)
        });
        recorded.await?;
        Err(ProveAgainError::Wrong)
    }

    /// Hashes the password anew, where its hash is too weak by now. A busy hasher does not keep the user out: the next
    /// sign-in tries again.
    pub(crate) async fn strengthened(mut self, hasher: &dyn PasswordHasher, verified: &PresentedPassword) -> Self {
        if hasher.is_outdated(&self.checked) {
            match hasher.hash(&verified.clone().into_verified()).await {
                Ok(hash) => self.stronger = Some(hash),
                Err(error) => tracing::warn!(%error, "an outdated password hash was kept"),
            }
        }
        self
    }

    /// Who proved it.
    pub(crate) fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Whether the user could still prove it.
    pub(crate) fn still_stands(&self, user: &User) -> bool {
        user.password_hash.as_ref() == Some(&self.checked)
    }

    /// The hash to keep from now on, where there is a better one.
    pub(crate) fn into_stronger_hash(self) -> Option<PasswordHash> {
        self.stronger
    }
}
