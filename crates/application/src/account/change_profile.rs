//! Changing one's name and address.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::ports::StoreError;
use crate::profile_change::ProfileChange;
use portcullis_domain::User;

/// Why the profile stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeProfileError {
    /// There is another account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// The profile was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountServiceImpl {
    pub(super) async fn change_profile(
        &self,
        actor: &Actor,
        change: ProfileChange,
    ) -> Result<User, ChangeProfileError> {
        let changed = self.units.write(actor, move |unit| {
            let Some(before) = unit.lock_caller()? else {
                return Err(ChangeProfileError::SignedOut);
            };
            let mut after = before.clone();
            change.apply(&mut after);
            match unit.users().update(&after) {
                Ok(true) => {}
                Ok(false) => return Err(ChangeProfileError::SignedOut),
                Err(StoreError::Conflict) => return Err(ChangeProfileError::EmailTaken),
                Err(error) => return Err(error.into()),
            }
            unit.follow_change(&before, &after)?;
            Ok(after)
        });
        changed.await
    }
}
