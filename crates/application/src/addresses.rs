//! Addresses: who may have one. A user has an address, or may take one back that they gave up.

use crate::mailing::Post;
use crate::ports::{StoreError, StoreResult};
use crate::unit_of_work::Unit;
use anyhow::anyhow;
use portcullis_domain::{AuditEventType, Email, LinkBearer, LinkPurpose, MailKind, SessionId, User};

/// Another user has the address, or may take it back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AddressTaken;

impl Unit<'_> {
    /// Adds a user.
    pub(crate) fn insert_user(&mut self, user: &User) -> StoreResult<Result<(), AddressTaken>> {
        match self.users().insert(user) {
            Ok(()) => self.nobody_else_may_have(user),
            Err(StoreError::Conflict) => Ok(Err(AddressTaken)),
            Err(error) => Err(error),
        }
    }

    /// Writes a user whose row is held.
    pub(crate) fn update_user(&mut self, before: &User, after: &User) -> StoreResult<Result<(), AddressTaken>> {
        match self.users().update(after) {
            Ok(true) if before.email == after.email => Ok(Ok(())),
            Ok(true) => self.nobody_else_may_have(after),
            Ok(false) => Err(anyhow!("the row of a user that is held is gone").into()),
            Err(StoreError::Conflict) => Ok(Err(AddressTaken)),
            Err(error) => Err(error),
        }
    }

    /// Lets another address wait until its link is used. The present one takes back what waits. The caller writes the user.
    pub(crate) fn ask_for_address(
        &mut self,
        user: &mut User,
        wanted: Email,
        asking: SessionId,
    ) -> StoreResult<Result<(), AddressTaken>> {
        if wanted == user.email {
            if user.pending_email.take().is_some() {
                self.replace_links(user.id)?;
            }
            return Ok(Ok(()));
        }
        let (now, id) = (self.now(), user.id);
        let is_taken =
            self.users().find_by_email(&wanted)?.is_some() || self.links().is_kept_for_another(&wanted, id, now)?;
        if is_taken {
            return Ok(Err(AddressTaken));
        }
        if let Some(before) = user.pending_email.replace(wanted.clone()) {
            self.links()
                .replace(LinkBearer::User(id), LinkPurpose::VerifyEmail, Some(&before), now)?;
        }
        let event = self.success(AuditEventType::EmailChangeRequested, Some(id));
        self.record(event)?;
        self.post(
            Post::to_user(user, MailKind::NewEmail)
                .at(wanted.clone())
                .asked_by(Some(asking)),
        )?;
        if self.may_be_told(user, MailKind::EmailChanging)? {
            self.post(Post::to_user(user, MailKind::EmailChanging).telling_of(wanted))?;
        }
        Ok(Ok(()))
    }

    /// It is asked once the address is the user's: a change that gives it up at the same time is over by then.
    fn nobody_else_may_have(&mut self, user: &User) -> StoreResult<Result<(), AddressTaken>> {
        let now = self.now();
        let is_kept = self.links().is_kept_for_another(&user.email, user.id, now)?;
        Ok(if is_kept { Err(AddressTaken) } else { Ok(()) })
    }
}
