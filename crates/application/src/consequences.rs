//! The consequences of a change of an account: events of the audit trail, and sessions that end. They are the same for
//! users, administrators and operators. Each call is part of the unit of work that makes the change, and the user's row is
//! held.

use crate::actor::By;
use crate::mailing::Post;
use crate::ports::{GrantsToEnd, StoreResult};
use crate::unit_of_work::Unit;
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, AuditReason, LinkBearer, LinkPurpose, MailKind, SessionId, User, UserId,
};

impl Unit<'_> {
    /// Ends a user's sessions but for `kept`, sign-ins that are half way, and all that clients were given but for what hangs on that one, access while the
    /// user is away included; how many sessions there were. Somebody may have had the account who should not.
    pub(crate) fn end_access(
        &mut self,
        user: UserId,
        kept: Option<SessionId>,
        reason: Option<AuditReason>,
    ) -> StoreResult<usize> {
        let ended = self.end_sessions(user, kept, reason)?;
        // What is half way in began before.
        self.challenges().close_all_of(user)?;
        let reason = reason.unwrap_or(AuditReason::SessionEnded);
        self.end_grants(GrantsToEnd::OfUser { user, kept }, reason)?;
        Ok(ended)
    }

    /// Does what follows from another name, address, role or state. The sessions of a disabled user end. After a change of
    /// the address all sessions end but the one that acts. Another role leaves the sessions, but makes their access tokens
    /// worthless.
    pub(crate) fn follow_change(&mut self, before: &User, after: &User) -> StoreResult<()> {
        let user = after.id;
        let is_described_anew =
            after.full_name != before.full_name || after.locale != before.locale || after.time_zone != before.time_zone;
        if is_described_anew {
            let event = self.success(AuditEventType::ProfileChanged, Some(user));
            self.record(event)?;
        }
        if after.email != before.email {
            let own = self.by().caller().filter(|caller| caller.user_id == user);
            let kept = own.map(|caller| caller.session_id);
            self.follow_new_address(before, after, kept)?;
        }
        self.record_state_change(before, after)?;
        if !after.is_active && before.is_active {
            self.end_access(user, None, Some(AuditReason::AccountDisabled))?;
            self.replace_links(user)?;
        } else if after.role != before.role {
            self.outdate_access_tokens(user)?;
        }
        Ok(())
    }

    /// Does what follows from another address: links to the old one die, and sessions end but for that one. Where somebody
    /// else changed it, nobody has shown whose it is, and the old address is told. That can't be undone by a mail: an old
    /// address may be a stranger's, which is why somebody else mended it.
    pub(crate) fn follow_new_address(
        &mut self,
        before: &User,
        after: &User,
        kept: Option<SessionId>,
    ) -> StoreResult<()> {
        let user = after.id;
        let event = self.success(AuditEventType::EmailChanged, Some(user));
        self.record(event)?;
        self.end_access(user, kept, Some(AuditReason::EmailChanged))?;
        self.replace_links(user)?;
        match self.by() {
            By::Administrator(_) | By::Operator => {
                let now = self.now();
                self.links()
                    .replace(LinkBearer::User(user), LinkPurpose::UndoEmail, None, now)?;
                self.post(Post::to_user(after, MailKind::NewEmail))?;
                self.post(
                    Post::to_user(after, MailKind::EmailChanged)
                        .at(before.email.clone())
                        .telling_of(after.email.clone()),
                )
            }
            By::Anybody(_) | By::User(_) | By::Setting | By::Schedule | By::Server => Ok(()),
        }
    }

    fn record_state_change(&mut self, before: &User, after: &User) -> StoreResult<()> {
        let changes = [
            (after.role != before.role).then_some(AuditEventType::RoleChanged),
            (after.is_active && !before.is_active).then_some(AuditEventType::AccountEnabled),
            (!after.is_active && before.is_active).then_some(AuditEventType::AccountDisabled),
        ];
        for kind in changes.into_iter().flatten() {
            let event = AuditEvent {
                before: Some(AccountState::from(before)),
                after: Some(AccountState::from(after)),
                ..self.success(kind, Some(after.id))
            };
            self.record(event)?;
        }
        Ok(())
    }

    /// Deletes a user. Their sessions end first.
    pub(crate) fn delete_user(&mut self, user: &User) -> StoreResult<()> {
        let event = AuditEvent {
            before: Some(AccountState::from(user)),
            ..self.success(AuditEventType::AccountDeleted, Some(user.id))
        };
        self.record(event)?;
        self.end_access(user.id, None, Some(AuditReason::AccountDeleted))?;
        self.users().delete(user.id)?;
        Ok(())
    }
}
