//! Proofs of who somebody is. Only the checks in this file make them.

use crate::actor::{Actor, By};
use crate::guess::Guess;
use crate::ports::{Exhausted, HasherError, PasswordHasher, StoreError, StoreResult};
use crate::replica::Refusal;
use crate::unit_of_work::{Unit, Units};
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEventType, AuditReason, AuthenticationMethod, AuthenticationMethods, Credentials, IdentityId, PasswordHash,
    PresentedPassword, UserId,
};

/// How often a password is checked at the most before a use case gives up. Each further time, somebody has written
/// another hash since: of another password, or of the same one at a higher cost, which only a check can tell apart.
pub(crate) const PASSWORD_CHECKS: usize = 3;

/// That somebody proved to be a user: who, by which methods, and when. The unit that relies on it asks whether it still
/// stands, since credentials may change at any time.
pub(crate) struct Proof {
    pub(crate) user_id: UserId,
    pub(crate) methods: AuthenticationMethods,
    pub(crate) at: DateTime<Utc>,
    basis: Basis,
}

/// What a proof stands on.
enum Basis {
    /// A password.
    Password {
        /// The hash that it was checked against.
        checked: PasswordHash,
        /// The hash to keep from now on, where the one that was checked is too weak.
        stronger: Option<PasswordHash>,
    },
    /// An identity at another provider, which vouched for it just now.
    Identity(IdentityId),
}

/// Why a password was not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UncheckedPassword {
    /// Too many wrong ones came before. Whether this is the right one was not looked at.
    #[error(transparent)]
    TooManyAttempts(#[from] Exhausted),
    /// The hasher did not.
    #[error(transparent)]
    Hasher(#[from] HasherError),
}

/// Why a signed-in user did not prove once more who they are.
#[derive(Debug, thiserror::Error)]
pub enum ProveAgainError {
    /// The password is another, or the account has none. It is recorded.
    #[error("the password is wrong")]
    Wrong,
    /// Too many wrong passwords came before. Whether this is the right one was not looked at. It is recorded.
    #[error(transparent)]
    TooManyAttempts(Exhausted),
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// The password was not checked.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The credentials were not read, or the refusal was not recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Proof {
    /// Checks a password. The answer takes as long where there is no such user, or none with a password. It counts as a wrong
    /// one until it turned out to be right, or was not looked at.
    pub(crate) async fn by_password(
        units: &Units,
        hasher: &dyn PasswordHasher,
        guess: Guess,
        user: Option<(UserId, &Credentials)>,
        presented: &PresentedPassword,
    ) -> Result<Option<Self>, UncheckedPassword> {
        let hash = user.and_then(|(_, credentials)| credentials.password.as_ref());
        let reserved = units.reserve(guess, hash).await?;
        let checked = hasher.verify(presented, hash).await;
        if !matches!(checked, Ok(false)) {
            units.give_back(reserved).await;
        }
        let matches = checked?;
        let (true, Some((user_id, _)), Some(checked)) = (matches, user, hash) else {
            return Ok(None);
        };
        Ok(Some(Self {
            user_id,
            methods: AuthenticationMethod::Password.into(),
            at: units.now(),
            basis: Basis::Password {
                checked: checked.clone(),
                stronger: None,
            },
        }))
    }

    /// That another provider vouched at that time for an identity that the account is linked with.
    pub(crate) fn by_identity(user_id: UserId, identity: IdentityId, at: DateTime<Utc>) -> Self {
        Self {
            user_id,
            methods: AuthenticationMethod::Federated.into(),
            at,
            basis: Basis::Identity(identity),
        }
    }

    /// Checks the password of a signed-in user again, before something that a thief of tokens must not do. A wrong one is
    /// recorded as a failure of that.
    pub(crate) async fn again(
        units: &Units,
        hasher: &dyn PasswordHasher,
        actor: &Actor,
        presented: &PresentedPassword,
        purpose: AuditEventType,
    ) -> Result<Self, ProveAgainError> {
        let user_id = actor.user().id;
        let found: StoreResult<_> = units
            .look_up(move |repositories| repositories.credentials().find(user_id))
            .await;
        let credentials = found?.ok_or(ProveAgainError::SignedOut)?;
        let (user, guess) = (Some((user_id, &credentials)), Guess::by_signed_in(actor));
        let (refused, reason) = match Self::by_password(units, hasher, guess, user, presented).await {
            Ok(Some(proof)) => return Ok(proof),
            Ok(None) => (ProveAgainError::Wrong, AuditReason::WrongPassword),
            Err(UncheckedPassword::TooManyAttempts(exhausted)) => (
                ProveAgainError::TooManyAttempts(exhausted),
                AuditReason::TooManyAttempts,
            ),
            Err(UncheckedPassword::Hasher(error)) => return Err(error.into()),
        };
        let by = By::from(actor);
        let refusal = Refusal {
            kind: purpose,
            reason,
            email: Some(actor.user().email.clone()),
            user: Some(user_id),
            provider: None,
            origin: by.origin(),
        };
        units.note_refusal(by, refusal).await?;
        Err(refused)
    }

    /// The same where a password is presented. Without one nothing is proved here: the unit sees to it that the account has
    /// none ([`require_no_password`](Unit::require_no_password)), and the caller that there is a fresh proof.
    pub(crate) async fn or_none(
        units: &Units,
        hasher: &dyn PasswordHasher,
        actor: &Actor,
        presented: Option<&PresentedPassword>,
        purpose: AuditEventType,
    ) -> Result<Option<Self>, ProveAgainError> {
        match presented {
            Some(presented) => Self::again(units, hasher, actor, presented, purpose).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same, given at that time at the earliest.
    pub(crate) fn not_before(self, earliest: DateTime<Utc>) -> Self {
        Self {
            at: self.at.max(earliest),
            ..self
        }
    }

    /// Hashes the password anew, where its hash is too weak by now. A busy hasher does not keep the user out: the next
    /// sign-in tries again.
    pub(crate) async fn strengthened(mut self, hasher: &dyn PasswordHasher, verified: &PresentedPassword) -> Self {
        if let Basis::Password { checked, stronger } = &mut self.basis
            && hasher.is_outdated(checked)
        {
            match hasher.hash(&verified.clone().into_verified()).await {
                Ok(hash) => *stronger = Some(hash),
                Err(error) => tracing::warn!(%error, "an outdated password hash was kept"),
            }
        }
        self
    }

    /// Whether the user could still prove it. The user's row is held.
    pub(crate) fn still_stands(&self, unit: &mut Unit<'_>) -> StoreResult<bool> {
        match &self.basis {
            Basis::Password { checked, .. } => {
                let credentials = unit.credentials().find(self.user_id)?;
                Ok(credentials.is_some_and(|credentials| credentials.password.as_ref() == Some(checked)))
            }
            Basis::Identity(id) => {
                let linked = unit.identities().list(self.user_id)?;
                Ok(linked.iter().any(|identity| identity.id == *id))
            }
        }
    }

    /// Writes another password over the one that was proved, unless it changed meanwhile; whether it was written.
    pub(crate) fn replace_password(&self, unit: &mut Unit<'_>, hash: &PasswordHash) -> StoreResult<bool> {
        match &self.basis {
            Basis::Password { checked, .. } => unit.credentials().replace_password(self.user_id, checked, hash),
            Basis::Identity(_) => Ok(false),
        }
    }

    /// The hashes by which devices know the account: the one so far, and the one from now on. Both are the same unless the
    /// password was just hashed anew.
    pub(crate) fn hashes(&self, unit: &mut Unit<'_>) -> StoreResult<(PasswordHash, PasswordHash)> {
        match &self.basis {
            Basis::Password { checked, stronger } => {
                Ok((checked.clone(), stronger.clone().unwrap_or_else(|| checked.clone())))
            }
            Basis::Identity(_) => {
                let hash = unit.present_hash(self.user_id)?;
                Ok((hash.clone(), hash))
            }
        }
    }

    /// Keeps the stronger hash of the same password, where there is one.
    pub(crate) fn keep_stronger_hash(&self, unit: &mut Unit<'_>) -> StoreResult<()> {
        match &self.basis {
            Basis::Password {
                stronger: Some(hash), ..
            } => unit.credentials().set_password(self.user_id, hash),
            Basis::Password { stronger: None, .. } | Basis::Identity(_) => Ok(()),
        }
    }
}

impl Unit<'_> {
    /// Whether the account has no password, as whoever presents none says. The user's row is held.
    pub(crate) fn require_no_password(&mut self, user: UserId) -> Result<(), ProveAgainError> {
        let credentials = self.credentials().find(user)?;
        match credentials.and_then(|credentials| credentials.password) {
            Some(_) => Err(ProveAgainError::Wrong),
            None => Ok(()),
        }
    }

    /// The hash of a user's password; where there is none, a text that is no hash.
    pub(crate) fn present_hash(&mut self, user: UserId) -> StoreResult<PasswordHash> {
        let credentials = self.credentials().find(user)?;
        let password = credentials.and_then(|credentials| credentials.password);
        Ok(password.unwrap_or_else(|| PasswordHash::new(String::new())))
    }
}
