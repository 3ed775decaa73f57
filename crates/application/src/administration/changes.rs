//! Changing and deleting other people's accounts, and ending their sessions.

use super::Administration;
use crate::actor::By;
use crate::ports::{HasherError, StoreError};
use crate::profile_change::ProfileChange;
use crate::still_allowed::{OutOfReach, is_active_admin, is_last_admin};
use portcullis_domain::{AuditEventType, AuditReason, Password, Role, User, UserId};

/// What to change of a user; `None` stays as it is.
#[derive(Debug, Default)]
pub struct UserChange {
    /// Another name or address.
    pub profile: ProfileChange,
    /// Another role.
    pub role: Option<Role>,
    /// Whether the account may be used.
    pub is_active: Option<bool>,
}

/// Why an account stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// There is another account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Nobody else could administrate.
    #[error("the last active administrator must stay one")]
    LastAdmin,
    /// Whoever asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The password was not hashed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The change was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OutOfReach> for AdministrationError {
    fn from(error: OutOfReach) -> Self {
        match error {
            OutOfReach::NotFound => Self::NotFound,
            OutOfReach::NoLongerAllowed => Self::NoLongerAllowed,
            OutOfReach::Store(error) => Self::Store(error),
        }
    }
}

impl Administration {
    pub(crate) async fn change_user(
        &self,
        by: By,
        target: UserId,
        change: UserChange,
    ) -> Result<User, AdministrationError> {
        let changed = self.units.write(by, move |unit| {
            let touches_admins = change.role.is_some() || change.is_active.is_some();
            let admins = if touches_admins {
                Some(unit.users().lock_administrators()?)
            } else {
                None
            };
            let before = unit.lock_user(target)?;
            let mut after = before.clone();
            change.profile.apply(&mut after);
            after.role = change.role.unwrap_or(before.role);
            after.is_active = change.is_active.unwrap_or(before.is_active);
            if !is_active_admin(&after) && admins.is_some_and(|admins| is_last_admin(&before, admins)) {
                return Err(AdministrationError::LastAdmin);
            }
            match unit.users().update(&after) {
                Ok(true) => {}
                Ok(false) => return Err(AdministrationError::NotFound),
                Err(StoreError::Conflict) => return Err(AdministrationError::EmailTaken),
                Err(error) => return Err(error.into()),
            }
            unit.follow_change(&before, &after)?;
            Ok(after)
        });
        let user = changed.await?;
        tracing::info!(user_id = %user.id, "account changed");
        Ok(user)
    }

    pub(crate) async fn delete_user(&self, by: By, target: UserId) -> Result<(), AdministrationError> {
        let deleted = self.units.write(by, move |unit| {
            let admins = unit.users().lock_administrators()?;
            let user = unit.lock_user(target)?;
            if is_last_admin(&user, admins) {
                return Err(AdministrationError::LastAdmin);
            }
            Ok(unit.delete_user(&user)?)
        });
        deleted.await?;
        tracing::info!(user_id = %target, "account deleted");
        Ok(())
    }

    pub(crate) async fn end_sessions(&self, by: By, target: UserId) -> Result<usize, AdministrationError> {
        let ended = self.units.write(by, move |unit| {
            unit.lock_user(target)?;
            Ok::<_, AdministrationError>(unit.end_sessions(target, None, None)?)
        });
        let ended = ended.await?;
        tracing::info!(user_id = %target, ended, "sessions ended");
        Ok(ended)
    }

    pub(crate) async fn set_password(
        &self,
        by: By,
        target: UserId,
        password: &Password,
    ) -> Result<(), AdministrationError> {
        let hash = self.hasher.hash(password).await?;
        let set = self.units.write(by, move |unit| {
            let mut user = unit.lock_user(target)?;
            user.password_hash = Some(hash);
            unit.users().update(&user)?;
            let event = unit.success(AuditEventType::PasswordChanged, Some(target));
            unit.record(event)?;
            unit.end_sessions(target, None, Some(AuditReason::PasswordChanged))?;
            Ok::<_, AdministrationError>(())
        });
        set.await?;
        tracing::info!(user_id = %target, "password set");
        Ok(())
    }
}
