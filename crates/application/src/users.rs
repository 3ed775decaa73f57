//! Other people's accounts. Administrators work on them over REST, and operators by the command line.

use crate::actor::Authority;
use crate::addresses::AddressTaken;
use crate::new_account::{CreateAccountError, NewAccount};
use crate::ports::{CommonPasswords, PasswordHasher, StoreError, UserFilter};
use crate::profile_change::ProfileChange;
use crate::still_allowed::{OutOfReach, is_active_admin, is_last_admin};
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{Email, Page, PageRequest, Role, User, UserId};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Other people's accounts. Each call takes the [`Authority`] of an administrator or an operator.
#[async_trait]
pub trait Users: Interface {
    /// The users that match, newest first. A page may come short and still name where the next one goes on.
    async fn list(&self, by: Authority, filter: UserFilter, request: PageRequest) -> Result<Page<User>, StoreError>;

    /// The user of that id.
    async fn find(&self, by: Authority, user: UserId) -> Result<Option<User>, StoreError>;

    /// The user of that address.
    async fn find_by_email(&self, by: Authority, email: Email) -> Result<Option<User>, StoreError>;

    /// Makes an account.
    async fn create(&self, by: Authority, account: NewAccount) -> Result<User, CreateAccountError>;

    /// Changes a user. Of two changes at once, each is done whole, one after the other; where both set the same member,
    /// the later one stays.
    async fn change(&self, by: Authority, user: UserId, change: UserChange) -> Result<User, ChangeUserError>;

    /// Deletes a user for good.
    async fn delete(&self, by: Authority, user: UserId) -> Result<(), DeleteUserError>;
}

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
pub enum ChangeUserError {
    /// The account was not reached.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// There is another account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Nobody else could administrate.
    #[error("the last active administrator must stay one")]
    LastAdmin,
    /// The change was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an account is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    /// The account was not reached.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// Nobody else could administrate.
    #[error("the last active administrator must stay one")]
    LastAdmin,
    /// The deletion was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Users`] in units of work.
#[derive(Component)]
#[shaku(interface = Users)]
pub struct UsersService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    #[shaku(inject)]
    common: Arc<dyn CommonPasswords>,
}

#[async_trait]
impl Users for UsersService {
    async fn list(&self, _: Authority, filter: UserFilter, request: PageRequest) -> Result<Page<User>, StoreError> {
        self.units
            .read(move |repositories| repositories.users().list(&filter, &request))
            .await
    }

    async fn find(&self, _: Authority, user: UserId) -> Result<Option<User>, StoreError> {
        self.units
            .look_up(move |repositories| repositories.users().find(user))
            .await
    }

    async fn find_by_email(&self, _: Authority, email: Email) -> Result<Option<User>, StoreError> {
        self.units
            .look_up(move |repositories| repositories.users().find_by_email(&email))
            .await
    }

    async fn create(&self, by: Authority, account: NewAccount) -> Result<User, CreateAccountError> {
        let (user, hash) = account.made(&self.units, &*self.hasher, &*self.common).await?;
        let stored = self.units.write(by, move |unit| {
            if unit.is_still_allowed()? {
                unit.insert_account(user, hash.as_ref())
            } else {
                Err(CreateAccountError::NoLongerAllowed)
            }
        });
        let user = stored.await?;
        tracing::info!(user_id = %user.id, role = %user.role, "account created");
        Ok(user)
    }

    async fn change(&self, by: Authority, user: UserId, change: UserChange) -> Result<User, ChangeUserError> {
        let changed = self.units.write(by, move |unit| {
            let touches_admins = change.role.is_some() || change.is_active.is_some();
            let admins = if touches_admins {
                Some(unit.users().lock_administrators()?)
            } else {
                None
            };
            let before = unit.lock_user(user)?;
            let mut after = before.clone();
            let mut profile = change.profile;
            let own = unit.by().caller().filter(|caller| caller.user_id == user);
            // Of one's own address nobody else has said whose it is: it waits for its link, as by one's profile.
            let wanted = match own {
                Some(caller) if unit.mail.is_on() => profile.email.take().map(|wanted| (wanted, caller.session_id)),
                Some(_) | None => None,
            };
            profile.apply(&mut after);
            if let Some((wanted, asking)) = wanted {
                unit.ask_for_address(&mut after, wanted, asking)?
                    .map_err(|AddressTaken| ChangeUserError::EmailTaken)?;
            }
            after.role = change.role.unwrap_or(before.role);
            after.is_active = change.is_active.unwrap_or(before.is_active);
            if !after.is_active {
                after.pending_email = None;
            }
            if !is_active_admin(&after) && admins.is_some_and(|admins| is_last_admin(&before, admins)) {
                return Err(ChangeUserError::LastAdmin);
            }
            unit.update_user(&before, &after)?
                .map_err(|AddressTaken| ChangeUserError::EmailTaken)?;
            unit.follow_change(&before, &after)?;
            Ok(after)
        });
        let user = changed.await?;
        tracing::info!(user_id = %user.id, "account changed");
        Ok(user)
    }

    async fn delete(&self, by: Authority, user: UserId) -> Result<(), DeleteUserError> {
        let deleted = self.units.write(by, move |unit| {
            let admins = unit.users().lock_administrators()?;
            let user = unit.lock_user(user)?;
            if is_last_admin(&user, admins) {
                return Err(DeleteUserError::LastAdmin);
            }
            Ok(unit.delete_user(&user)?)
        });
        deleted.await?;
        tracing::info!(user_id = %user, "account deleted");
        Ok(())
    }
}
