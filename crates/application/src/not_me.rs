//! "This was not me": taking an account back from somebody else.

use crate::actor::By;
use crate::addresses::AddressTaken;
use crate::mailing::Post;
use crate::ports::StoreError;
use crate::unit_of_work::{Unit, UnitsOfWork};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{
    AuditEvent, AuditEventType, AuditReason, Digest32, Email, LinkPurpose, MailKind, Origin, SecretText, User, UserId,
};
use shaku::{Component, Interface};
use std::sync::Arc;

/// Taking an account back from somebody else.
#[async_trait]
pub trait NotMe: Interface {
    /// Uses up a link of a notice: every session ends, the password stops working, and what was added since is gone: a second factor,
    /// passkeys, and identities that were linked, all of
    /// the last 72 hours at the least: a thief who adds something first has newer notices sent later. Links that are out die, an address
    /// that waits is forgotten, and a link to a new password is mailed. Where the notice went to an address that was changed
    /// since, and that can still be taken back, it is back too: else the new password would be somebody else's.
    async fn secure(&self, token: &SecretText, origin: Origin) -> Result<(), NotMeError>;

    /// Uses up a link of a change of address: the old address is back, and all that [`secure`](Self::secure) does.
    async fn undo_email(&self, token: &SecretText, origin: Origin) -> Result<(), NotMeError>;
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum NotMeError {
    /// The text is no link for that, or not any more.
    #[error("the link is not valid")]
    InvalidToken,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// [`NotMe`] in units of work.
#[derive(Component)]
#[shaku(interface = NotMe)]
pub struct NotMeService {
    #[shaku(inject)]
    units: Arc<dyn UnitsOfWork>,
}

#[async_trait]
impl NotMe for NotMeService {
    async fn secure(&self, token: &SecretText, origin: Origin) -> Result<(), NotMeError> {
        let digest = self.units.digest_of(token).ok_or(NotMeError::InvalidToken)?;
        let secured = self.units.write(By::Anybody(origin), move |unit| secure(unit, &digest));
        let user_id = secured.await?;
        tracing::warn!(%user_id, "\"this was not me\": the account is secured");
        Ok(())
    }

    async fn undo_email(&self, token: &SecretText, origin: Origin) -> Result<(), NotMeError> {
        let digest = self.units.digest_of(token).ok_or(NotMeError::InvalidToken)?;
        let undone = self.units.write(By::Anybody(origin), move |unit| undo(unit, &digest));
        let user_id = undone.await?;
        tracing::warn!(%user_id, "a change of address is taken back, and the account is secured");
        Ok(())
    }
}

fn secure(unit: &mut Unit<'_>, digest: &Digest32) -> Result<UserId, NotMeError> {
    let found = unit.use_link(LinkPurpose::NotMe, digest)?;
    let (link, user) = found.ok_or(NotMeError::InvalidToken)?;
    if link.address == user.email {
        return secured(unit, &user, None, link.created_at);
    }
    let now = unit.now();
    let addresses = unit.links().addresses_to_take_back(user.id, now)?;
    let back = addresses.into_iter().find(|(address, _)| *address == link.address);
    // Whoever had the address once and can't take it back has no say any more.
    let back = back.ok_or(NotMeError::InvalidToken)?;
    let since = back.1.min(link.created_at);
    secured(unit, &user, Some(back), since)
}

fn undo(unit: &mut Unit<'_>, digest: &Digest32) -> Result<UserId, NotMeError> {
    let found = unit.use_link(LinkPurpose::UndoEmail, digest)?;
    let (link, user) = found.ok_or(NotMeError::InvalidToken)?;
    let since = link.created_at;
    secured(unit, &user, Some((link.address, since)), since)
}

/// Takes an account back; with an address, that one is back, and whoever took it away since can't undo that. A second factor,
/// passkeys and identities that were added since the event are removed, as they may be somebody else's; and those that were added while a
/// link of a notice lives, as one break-in causes many notices, of which the last is read first.
fn secured(
    unit: &mut Unit<'_>,
    before: &User,
    back: Option<(Email, DateTime<Utc>)>,
    event_at: DateTime<Utc>,
) -> Result<UserId, NotMeError> {
    let user = before.id;
    let event = AuditEvent {
        actor_id: Some(user),
        reason: Some(AuditReason::NotMe),
        ..unit.success(AuditEventType::AccountSecured, Some(user))
    };
    unit.record(event)?;
    let mut after = before.clone();
    after.pending_email = None;
    if let Some((address, since)) = back {
        after.prove_email(address);
        let now = unit.now();
        for purpose in [LinkPurpose::UndoEmail, LinkPurpose::NotMe] {
            unit.links().replace_since(user, purpose, since, now)?;
        }
    }
    unit.update_user(before, &after)?
        .map_err(|AddressTaken| NotMeError::InvalidToken)?;
    if after.email != before.email {
        let event = AuditEvent {
            actor_id: Some(user),
            reason: Some(AuditReason::NotMe),
            ..unit.success(AuditEventType::EmailChanged, Some(user))
        };
        unit.record(event)?;
    }
    unit.end_access(user, None, Some(AuditReason::NotMe))?;
    unit.credentials().remove_password(user)?;
    let since = event_at.min(unit.now() - LinkPurpose::NotMe.life());
    unit.remove_factors_added_since(user, since)?;
    unit.remove_identities_added_since(user, since)?;
    unit.remove_passkeys_added_since(user, since)?;
    unit.replace_links(user)?;
    unit.post(Post::to_user(&after, MailKind::AccountSecured))?;
    Ok(user)
}
