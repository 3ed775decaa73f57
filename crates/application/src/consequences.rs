//! What a change of an account brings with it, whoever makes it: events of the audit trail, and sessions that end. Each
//! call is part of the unit of work that makes the change, and the user's row is held.

use crate::audit_pen::AuditPen;
use crate::ports::{Repositories, StoreResult};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventType, AuditReason, Ending, Revocation, SessionId, User, UserId,
};

/// Another name or address. Sessions that signed in with the old address end, but for `kept`.
pub(crate) fn of_another_profile(
    repositories: &mut dyn Repositories,
    pen: &mut AuditPen,
    (before, after): (&User, &User),
    kept: Option<SessionId>,
    ending: &Ending,
) -> StoreResult<Vec<Revocation>> {
    if after.full_name != before.full_name {
        let event = pen.success(AuditEventType::ProfileChanged, Some(after.id));
        pen.write(repositories, event)?;
    }
    if after.email == before.email {
        return Ok(Vec::new());
    }
    let event = pen.success(AuditEventType::EmailChanged, Some(after.id));
    pen.write(repositories, event)?;
    end_sessions(repositories, pen, (after.id, kept), ending, AuditReason::EmailChanged)
}

/// The end of the account.
pub(crate) fn of_deletion(
    repositories: &mut dyn Repositories,
    pen: &mut AuditPen,
    user: &User,
    ending: &Ending,
) -> StoreResult<Vec<Revocation>> {
    let event = AuditEvent {
        before: Some(AccountState::from(user)),
        ..pen.success(AuditEventType::AccountDeleted, Some(user.id))
    };
    pen.write(repositories, event)?;
    let ended = end_sessions(repositories, pen, (user.id, None), ending, AuditReason::AccountDeleted)?;
    repositories.users().delete(user.id)?;
    Ok(ended)
}

/// Ends a user's sessions, save one.
pub(crate) fn end_sessions(
    repositories: &mut dyn Repositories,
    pen: &mut AuditPen,
    (user, kept): (UserId, Option<SessionId>),
    ending: &Ending,
    reason: AuditReason,
) -> StoreResult<Vec<Revocation>> {
    let ended = repositories.sessions().revoke_all(user, kept, ending)?;
    pen.write_ended(repositories, user, &ended, reason)?;
    Ok(ended)
}
