//! Changing and deleting other people's accounts, and ending their sessions.

use super::{Act, Administration, Authority, is_active_admin, is_last_admin};
use crate::account::ProfileChange;
use crate::consequences;
use crate::ports::{HasherError, Repositories, StoreError, StoreResult};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, AuditReason, Password, Revocation, Role, User, UserId,
};

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

impl Administration {
    pub(crate) async fn change_user(
        &self,
        by: Authority,
        target: UserId,
        change: UserChange,
    ) -> Result<User, AdministrationError> {
        let mut act = self.act(by);
        let (user, revoked) = self
            .store
            .write(move |repositories| act.change(repositories, target, change))
            .await?;
        self.replica.revocations.note(&revoked);
        tracing::info!(user_id = %user.id, "account changed");
        Ok(user)
    }

    pub(crate) async fn delete_user(&self, by: Authority, target: UserId) -> Result<(), AdministrationError> {
        let mut act = self.act(by);
        let revoked = self
            .store
            .write(move |repositories| act.delete(repositories, target))
            .await?;
        self.replica.revocations.note(&revoked);
        tracing::info!(user_id = %target, "account deleted");
        Ok(())
    }

    pub(crate) async fn end_sessions(&self, by: Authority, target: UserId) -> Result<usize, AdministrationError> {
        let mut act = self.act(by);
        let revoked = self
            .store
            .write(move |repositories| {
                act.lock(repositories, target)?;
                let reason = act.by.reason();
                act.end_sessions(repositories, target, reason)
                    .map_err(AdministrationError::from)
            })
            .await?;
        self.replica.revocations.note(&revoked);
        tracing::info!(user_id = %target, ended = revoked.len(), "sessions ended");
        Ok(revoked.len())
    }

    pub(crate) async fn set_password(
        &self,
        by: Authority,
        target: UserId,
        password: &Password,
    ) -> Result<(), AdministrationError> {
        let hash = self.hasher.hash(password).await?;
        let mut act = self.act(by);
        let revoked = self
            .store
            .write(move |repositories| {
                let mut user = act.lock(repositories, target)?;
                user.password_hash = Some(hash);
                repositories.users().update(&user)?;
                let event = act.pen.success(AuditEventType::PasswordChanged, Some(target));
                act.pen.write(repositories, event)?;
                act.end_sessions(repositories, target, AuditReason::PasswordChanged)
                    .map_err(AdministrationError::from)
            })
            .await?;
        self.replica.revocations.note(&revoked);
        tracing::info!(user_id = %target, "password set");
        Ok(())
    }
}

impl Act {
    fn change(
        &mut self,
        repositories: &mut dyn Repositories,
        target: UserId,
        change: UserChange,
    ) -> Result<(User, Vec<Revocation>), AdministrationError> {
        let touches_admins = change.role.is_some() || change.is_active.is_some();
        let admins = if touches_admins {
            Some(repositories.users().lock_administrators()?)
        } else {
            None
        };
        let before = self.lock(repositories, target)?;
        let mut after = before.clone();
        change.profile.apply(&mut after);
        after.role = change.role.unwrap_or(before.role);
        after.is_active = change.is_active.unwrap_or(before.is_active);
        if !is_active_admin(&after) && admins.is_some_and(|admins| is_last_admin(&before, admins)) {
            return Err(AdministrationError::LastAdmin);
        }
        match repositories.users().update(&after) {
            Ok(true) => {}
            Ok(false) => return Err(AdministrationError::NotFound),
            Err(StoreError::Conflict) => return Err(AdministrationError::EmailTaken),
            Err(error) => return Err(error.into()),
        }
        let revoked = self.follow(repositories, &before, &after)?;
        Ok((after, revoked))
    }

    /// A disabled user's sessions end, and so do those that signed in with another address. Another role leaves the
    /// sessions, but makes their access tokens worthless: the next refresh tells the new role.
    fn follow(
        &mut self,
        repositories: &mut dyn Repositories,
        before: &User,
        after: &User,
    ) -> StoreResult<Vec<Revocation>> {
        let ending = self.policy.ending(self.now);
        let (own, changed) = (self.by.own_session(after.id), (before, after));
        let mut revoked = consequences::of_another_profile(repositories, &mut self.pen, changed, own, &ending)?;
        self.record_state_change(repositories, before, after)?;
        if !after.is_active && before.is_active {
            revoked.extend(self.end_sessions(repositories, after.id, AuditReason::AccountDisabled)?);
        } else if after.role != before.role {
            revoked.extend(repositories.sessions().outdate_all(after.id, &ending)?);
        }
        Ok(revoked)
    }

    fn record_state_change(
        &mut self,
        repositories: &mut dyn Repositories,
        before: &User,
        after: &User,
    ) -> StoreResult<()> {
        let changes = [
            (after.role != before.role).then_some(AuditEventType::RoleChanged),
            (after.is_active && !before.is_active).then_some(AuditEventType::AccountEnabled),
            (!after.is_active && before.is_active).then_some(AuditEventType::AccountDisabled),
        ];
        for kind in changes.into_iter().flatten() {
            let event = AuditEvent {
                before: Some(AccountState::from(before)),
                after: Some(AccountState::from(after)),
                ..self.pen.success(kind, Some(after.id))
            };
            self.pen.write(repositories, event)?;
        }
        Ok(())
    }

    fn delete(
        &mut self,
        repositories: &mut dyn Repositories,
        target: UserId,
    ) -> Result<Vec<Revocation>, AdministrationError> {
        let admins = repositories.users().lock_administrators()?;
        let user = self.lock(repositories, target)?;
        if is_last_admin(&user, admins) {
            return Err(AdministrationError::LastAdmin);
        }
        let ending = self.policy.ending(self.now);
        Ok(consequences::of_deletion(repositories, &mut self.pen, &user, &ending)?)
    }

    fn end_sessions(
        &mut self,
        repositories: &mut dyn Repositories,
        target: UserId,
        reason: AuditReason,
    ) -> StoreResult<Vec<Revocation>> {
        let ending = self.policy.ending(self.now);
        consequences::end_sessions(repositories, &mut self.pen, (target, None), &ending, reason)
    }
}
