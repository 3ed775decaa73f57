//! Changing one's name and address.

use super::AccountServiceImpl;
use crate::actor::Actor;
use crate::consequences;
use crate::ports::StoreError;
use portcullis_domain::{Email, FullName, User};

/// What to change; `None` stays as it is.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// Another name.
    pub full_name: Option<FullName>,
    /// Another address.
    pub email: Option<Email>,
}

impl ProfileChange {
    pub(crate) fn apply(self, user: &mut User) {
        if let Some(full_name) = self.full_name {
            user.full_name = full_name;
        }
        if let Some(email) = self.email {
            user.change_email(email);
        }
    }
}

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
        let (user_id, session_id) = (actor.user().id, actor.session_id());
        let (now, policy) = (self.clock.now(), self.policy);
        let mut pen = self.audit_pen(actor);
        let (user, ended) = self
            .store
            .write(move |repositories| {
                let locked = super::lock_signed_in(repositories, user_id, session_id, now, &policy)?;
                let Some(mut user) = locked else {
                    return Err(ChangeProfileError::SignedOut);
                };
                let before = user.clone();
                change.apply(&mut user);
                match repositories.users().update(&user) {
                    Ok(true) => {}
                    Ok(false) => return Err(ChangeProfileError::SignedOut),
                    Err(StoreError::Conflict) => return Err(ChangeProfileError::EmailTaken),
                    Err(error) => return Err(error.into()),
                }
                let ending = policy.ending(now);
                let changed = (&before, &user);
                let ended =
                    consequences::of_another_profile(repositories, &mut pen, changed, Some(session_id), &ending)?;
                Ok((user, ended))
            })
            .await?;
        self.replica.revocations.note(&ended);
        Ok(user)
    }
}
