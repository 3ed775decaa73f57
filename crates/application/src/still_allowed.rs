//! Checks in the unit that the one who acts still may. They were let in before it began, and much may happen until then.

use crate::actor::By;
use crate::ports::{StoreError, StoreResult};
use crate::unit_of_work::Unit;
use portcullis_domain::{Role, User, UserId};

/// Why the row of a user who is acted upon was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OutOfReach {
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// The one who asked is no administrator any more, or not signed in.
    #[error("not an administrator any more")]
    NoLongerAllowed,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Unit<'_> {
    /// Takes the row of the signed-in user who acts; `None` where the account or the session is over.
    pub(crate) fn lock_caller(&mut self) -> StoreResult<Option<User>> {
        let Some((user, session)) = self.by().caller().map(|caller| (caller.user_id, caller.session_id)) else {
            return Ok(None);
        };
        let (user, session) = (self.users().lock(user)?, self.sessions().find(session)?);
        let is_live = session.is_some_and(|session| session.is_live(self.now(), &self.policy));
        Ok(user.filter(|user| user.is_active && is_live))
    }

    /// Takes the row of the user who is acted upon, and that of the administrator who acts. The rows are taken in the
    /// order of their ids, so that two administrators who change each other wait for one another, once.
    pub(crate) fn lock_user(&mut self, target: UserId) -> Result<User, OutOfReach> {
        let own = self.by().caller().map_or(target, |caller| caller.user_id);
        let (early, late) = (own.min(target), own.max(target));
        self.users().lock(early)?;
        if late != early {
            self.users().lock(late)?;
        }
        if !self.is_still_allowed()? {
            return Err(OutOfReach::NoLongerAllowed);
        }
        self.users().find(target)?.ok_or(OutOfReach::NotFound)
    }

    /// Whether an administrator who acts still is one whose session lives. An operator and the server always may.
    pub(crate) fn is_still_allowed(&mut self) -> StoreResult<bool> {
        match self.by() {
            By::Administrator(_) => {
                let caller = self.lock_caller()?;
                Ok(caller.is_some_and(|admin| is_active_admin(&admin) && !self.standing(&admin).is_owing()))
            }
            By::Operator | By::Setting | By::Schedule | By::Server => Ok(true),
            By::Anybody(_) | By::User(_) => Ok(false),
        }
    }
}

/// Whether nobody would be left who can administrate, were this user not to. `admins` counts the active administrators.
pub(crate) fn is_last_admin(user: &User, admins: u64) -> bool {
    is_active_admin(user) && admins <= 1
}

pub(crate) fn is_active_admin(user: &User) -> bool {
    user.is_active && user.role == Role::Admin
}
