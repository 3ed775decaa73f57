//! What a change of an account brings with it, whoever makes it: events of the audit trail, and sessions that end. Each
//! call is part of the unit of work that makes the change, and the user's row is held.

use crate::ports::StoreResult;
use crate::unit_of_work::Unit;
use portcullis_domain::{AccountState, AuditEvent, AuditEventType, AuditReason, User};

impl Unit<'_> {
    /// What follows from another name, address, role or state. A disabled user's sessions end, and so do those that
    /// signed in with another address, but for the one that acts. Another role leaves the sessions, but makes their access
    /// tokens worthless.
    pub(crate) fn follow_change(&mut self, before: &User, after: &User) -> StoreResult<()> {
        let user = after.id;
        if after.full_name != before.full_name {
            let event = self.success(AuditEventType::ProfileChanged, Some(user));
            self.record(event)?;
        }
        if after.email != before.email {
            let event = self.success(AuditEventType::EmailChanged, Some(user));
            self.record(event)?;
            let own = self.by().caller().filter(|caller| caller.user_id == user);
            let kept = own.map(|caller| caller.session_id);
            self.end_sessions(user, kept, Some(AuditReason::EmailChanged))?;
        }
        self.record_state_change(before, after)?;
        if !after.is_active && before.is_active {
            self.end_sessions(user, None, Some(AuditReason::AccountDisabled))?;
        } else if after.role != before.role {
            self.outdate_access_tokens(user)?;
        }
        Ok(())
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

    /// Deletes a user, whose sessions end before.
    pub(crate) fn delete_user(&mut self, user: &User) -> StoreResult<()> {
        let event = AuditEvent {
            before: Some(AccountState::from(user)),
            ..self.success(AuditEventType::AccountDeleted, Some(user.id))
        };
        self.record(event)?;
        self.end_sessions(user.id, None, Some(AuditReason::AccountDeleted))?;
        self.users().delete(user.id)?;
        Ok(())
    }
}
