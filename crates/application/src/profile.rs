//! One's own profile.

use crate::actor::Actor;
use crate::addresses::AddressTaken;
use crate::guess::address_of;
use crate::ports::{Exhausted, Limit, PasswordHasher, StoreError};
use crate::profile_change::ProfileChange;
use crate::proof::{PASSWORD_CHECKS, Proof, ProveAgainError};
use crate::still_allowed::is_last_admin;
use crate::unit_of_work::UnitsOfWork;
use async_trait::async_trait;
use portcullis_domain::{Acr, AuditEventType, PresentedPassword, StepUpNeeded, User};
use shaku::{Component, Interface};
use std::sync::Arc;

/// One's own profile.
#[async_trait]
pub trait Profile: Interface {
    /// Changes what the user is called or signs in with. With mail another address waits until its link is used, and the
    /// old one is told. The present address takes back what waits.
    async fn change(&self, actor: &Actor, change: ProfileChange) -> Result<User, ChangeProfileError>;

    /// Deletes the account for good. Where it has no password, a fresh proof stands in the place of one.
    async fn delete_account(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
    ) -> Result<(), DeleteAccountError>;
}

/// Why the profile stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeProfileError {
    /// For another address the user has to prove once more who they are.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// There is another account of that address.
    #[error("the email address is taken")]
    EmailTaken,
    /// Too many addresses were tried, from there or at all, where each gets a mail.
    #[error(transparent)]
    TooMany(#[from] Exhausted),
    /// The account was deleted or the session ended meanwhile.
    #[error("the session is over")]
    SignedOut,
    /// The profile was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the account is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The user has a second factor, and has to prove it once more.
    #[error(transparent)]
    StepUp(#[from] StepUpNeeded),
    /// The user did not prove once more who they are.
    #[error(transparent)]
    NotProved(#[from] ProveAgainError),
    /// Nobody else could manage the others' accounts.
    #[error("the last administrator can't be deleted")]
    LastAdmin,
    /// The deletion was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`Profile`] in units of work.
#[derive(Component)]
#[shaku(interface = Profile)]
pub struct ProfileService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
}

#[async_trait]
impl Profile for ProfileService {
    async fn change(&self, actor: &Actor, change: ProfileChange) -> Result<User, ChangeProfileError> {
        let mut change = change;
        let address = change.email.as_ref().filter(|email| **email != actor.user().email);
        if let Some(wanted) = address {
            actor.require_fresh_proof(self.units.now(), None)?;
            let from = || address_of(actor.origin());
            // The answer tells whether there is an account of that address, as that of a registration does. With mail it gets one.
            let mut things = vec![(Limit::Registration, from())];
            if self.units.mail.is_on() {
                things.push((Limit::MailTo, Some(wanted.as_str().into())));
                things.push((Limit::MailFrom, from()));
            }
            let _counted = self.units.draw(things).await?;
        }
        // With mail an address waits until its link is used.
        let wanted = if self.units.mail.is_on() {
            change.email.take()
        } else {
            None
        };
        let asking = actor.session_id();
        let changed = self.units.write(actor, move |unit| {
            let Some(before) = unit.lock_caller()? else {
                return Err(ChangeProfileError::SignedOut);
            };
            let mut after = before.clone();
            change.apply(&mut after);
            if let Some(wanted) = wanted {
                unit.ask_for_address(&mut after, wanted, asking)?
                    .map_err(|AddressTaken| ChangeProfileError::EmailTaken)?;
            }
            unit.update_user(&before, &after)?
                .map_err(|AddressTaken| ChangeProfileError::EmailTaken)?;
            unit.follow_change(&before, &after)?;
            Ok(after)
        });
        changed.await
    }

    async fn delete_account(
        &self,
        actor: &Actor,
        password: Option<PresentedPassword>,
    ) -> Result<(), DeleteAccountError> {
        actor.require_fresh_proof(self.units.now(), password.as_ref().map(|_| Acr::OneFactor))?;
        for _ in 0..PASSWORD_CHECKS {
            let purpose = AuditEventType::AccountDeleted;
            let proof = Proof::or_none(&self.units, &*self.hasher, actor, password.as_ref(), purpose).await?;
            let deleted = self.units.write(actor, move |unit| {
                let admins = unit.users().lock_administrators()?;
                let user = unit.lock_caller()?.ok_or(ProveAgainError::SignedOut)?;
                match &proof {
                    Some(proof) if !proof.still_stands(unit)? => return Ok(false),
                    Some(_) => {}
                    None => unit.require_no_password(user.id)?,
                }
                if is_last_admin(&user, admins) {
                    return Err(DeleteAccountError::LastAdmin);
                }
                unit.delete_user(&user)?;
                Ok(true)
            });
            if deleted.await? {
                tracing::info!(user_id = %actor.user().id, "account deleted");
                return Ok(());
            }
        }
        Err(StoreError::Busy.into())
    }
}
