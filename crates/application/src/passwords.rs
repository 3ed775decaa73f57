//! Passwords of accounts that are there.

use crate::actor::{Actor, Authority};
use crate::ports::{CommonPasswords, HasherError, PasswordHasher, StoreError, TooCommon};
use crate::proof::{PASSWORD_CHECKS, Proof, ProveAgainError};
use crate::still_allowed::OutOfReach;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{
    Acr, AuditEventType, AuditReason, MailKind, Password, PresentedPassword, StepUpNeeded, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Passwords of accounts that are there.
#[async_trait]
pub trait Passwords: Interface {
    /// Sets another password and ends the user's other sessions. Where the account has none, a fresh proof stands in the
    /// place of the present one.
    async fn change(
        &self,
        actor: &Actor,
        current: Option<PresentedPassword>,
        new: Password,
    ) -> Result<(), ChangePasswordError>;

    /// Sets another password for that user and ends all of their sessions.
    async fn set(&self, by: Authority, user: UserId, password: Password) -> Result<(), SetPasswordError>;
}

/// Why the password stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The user has a second factor, and has to prove it once more.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The user did not prove once more who they are.
    #[error(transparent)]
    NotProved(#[from] ProveAgainError),
    /// Everybody would try the new password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The new password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The password was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody else's password stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The account was not reached.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// Everybody would try the password.
    #[error(transparent)]
    TooCommon(#[from] TooCommon),
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The password was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Passwords`] in units of work.
#[derive(Component)]
#[shaku(interface = Passwords)]
pub struct PasswordsService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    common: Arc<dyn CommonPasswords>,
}

#[async_trait]
impl Passwords for PasswordsService {
    async fn change(
        &self,
        actor: &Actor,
        current: Option<PresentedPassword>,
        new: Password,
    ) -> Result<(), ChangePasswordError> {
        let user = actor.user();
        actor.require_fresh_proof(self.units.now(), current.as_ref().map(|_| Acr::OneFactor))?;
        if self.common.include(&new, &user.email, &user.full_name).await? {
            return Err(TooCommon.into());
        }
        let own = Some(actor.session_id());
        let mut hashed = None;
        for _ in 0..PASSWORD_CHECKS {
            let purpose = AuditEventType::PasswordChanged;
            let proof = Proof::or_none(&self.units, &*self.hasher, actor, current.as_ref(), purpose).await?;
            let hash = match hashed.clone() {
                Some(hash) => hash,
                None => hashed.insert(self.hasher.hash(&new).await?).clone(),
            };
            let changed = self.units.write(actor, move |unit| {
                let user = unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
                let is_written = if let Some(proof) = &proof {
                    proof.replace_password(unit, &hash)?
                } else {
                    unit.require_no_password(user.id)?;
                    unit.credentials().set_password(user.id, &hash)?;
                    true
                };
                if !is_written {
                    return Ok(None);
                }
                let event = unit.success(AuditEventType::PasswordChanged, Some(user.id));
                unit.record(event)?;
                let ended = unit.end_access(user.id, own, Some(AuditReason::PasswordChanged))?;
                let user = unit.forget_links_of(user)?;
                unit.notify(&user, MailKind::PasswordChanged)?;
                Ok::<_, ChangePasswordError>(Some(ended))
            });
            if let Some(sessions_ended) = changed.await? {
                tracing::info!(user_id = %actor.user().id, sessions_ended, "password changed");
                return Ok(());
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn set(&self, by: Authority, user: UserId, password: Password) -> Result<(), SetPasswordError> {
        let found = self
            .units
            .look_up(move |repositories| repositories.users().find(user))
            .await;
        let account = found?.ok_or(OutOfReach::NotFound)?;
        if self
            .common
            .include(&password, &account.email, &account.full_name)
            .await?
        {
            return Err(TooCommon.into());
        }
        let hash = self.hasher.hash(&password).await?;
        let set = self.units.write(by, move |unit| {
            let account = unit.lock_user(user)?;
            unit.credentials().set_password(user, &hash)?;
            let event = unit.success(AuditEventType::PasswordChanged, Some(user));
            unit.record(event)?;
            unit.end_access(user, None, Some(AuditReason::PasswordChanged))?;
            let account = unit.forget_links_of(account)?;
            unit.notify(&account, MailKind::PasswordChanged)?;
            Ok::<_, SetPasswordError>(())
        });
        set.await?;
        tracing::info!(user_id = %user, "password set");
        Ok(())
    }
}
