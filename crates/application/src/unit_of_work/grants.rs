//! How grants end in a unit of work, each by one statement and with its revocations.

use super::Unit;
use crate::ports::{ConsentRepository, GrantRepository, GrantsToEnd, StoreResult, Swept};
use portcullis_domain::{AuditEvent, AuditEventType, AuditReason, Grant, GrantId, SessionId, UserId};
use portcullis_oauth2::ClientId;

impl Unit<'_> {
    pub(crate) fn consents(&mut self) -> &mut dyn ConsentRepository {
        self.repositories.consents()
    }

    pub(crate) fn grants(&mut self) -> &mut dyn GrantRepository {
        self.repositories.grants()
    }

    /// Ends a grant for what happened to it, unless it was ended before, and records that, with the name of its client where it
    /// is known; whether it was ended by this.
    pub(crate) fn end_grant(
        &mut self,
        grant: &Grant,
        client_id: Option<ClientId>,
        reason: AuditReason,
    ) -> StoreResult<bool> {
        let is_ended = self.end_grants(GrantsToEnd::One(grant.id), reason)? > 0;
        if is_ended {
            let event = self.success(AuditEventType::GrantEnded, Some(grant.granted.user_id));
            self.record(AuditEvent {
                session_id: Some(grant.granted.session_id),
                client_id,
                reason: Some(reason),
                ..event
            })?;
        }
        Ok(is_ended)
    }

    /// Ends grants as a consequence of something that is recorded by itself; how many.
    pub(crate) fn end_grants(&mut self, which: GrantsToEnd, reason: AuditReason) -> StoreResult<usize> {
        let ending = self.ending();
        let ended = self.repositories.grant_endings().end(which, reason, &ending)?;
        let count = ended.len();
        self.revoked.extend(ended);
        Ok(count)
    }

    /// Ends what hangs on a session that has just ended. Access while the user is away does not.
    pub(super) fn end_grants_of_session(&mut self, session: SessionId) -> StoreResult<()> {
        self.end_grants(GrantsToEnd::OfSession(session), AuditReason::SessionEnded)?;
        Ok(())
    }

    /// Ends what hangs on the user's sessions, but for the one that is kept.
    pub(super) fn end_grants_of_sessions(&mut self, user: UserId, kept: Option<SessionId>) -> StoreResult<()> {
        self.end_grants(GrantsToEnd::OfSessions { user, kept }, AuditReason::SessionEnded)?;
        Ok(())
    }

    /// Ends up to `batch` grants behind `after`, of any user. It names none of them: the caller says that no access token
    /// from before counts.
    pub(crate) fn end_next_grants(&mut self, after: Option<GrantId>, batch: usize) -> StoreResult<Swept<GrantId>> {
        let ending = self.ending();
        let reason = AuditReason::SessionEnded;
        self.repositories
            .grant_endings()
            .end_next(after, reason, &ending, batch)
    }
}
