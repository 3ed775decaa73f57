//! Writing the audit trail: events with their ids and authentication codes, made ready for a unit of work.

use crate::ports::{AuditEntry, AuditMac, AuditRecord, Clock, Entropy, Repositories, StoreResult};
use portcullis_domain::ids::ID_ENTROPY_BYTES;
use portcullis_domain::{
    AuditEvent, AuditEventId, AuditEventType, AuditReason, AuditResult, Origin, Revocation, SessionId, UserId,
};
use std::sync::Arc;

/// Writes the events of one unit of work. Its chance is drawn before the unit begins.
///
/// An event's time is that of its writing: of two units that wait for one another, what the later one tells is the later.
pub(crate) struct AuditPen {
    mac: Arc<dyn AuditMac>,
    clock: Arc<dyn Clock>,
    origin: Origin,
    actor: Option<(UserId, SessionId)>,
    /// Why all of it is done, where that is one reason.
    reason: Option<AuditReason>,
    /// Names the next event. What follows is the next number: the ids have to differ, not to be secret.
    random: [u8; ID_ENTROPY_BYTES],
}

impl AuditPen {
    /// For what is done by whoever asks from `origin`: `actor`, where that is a signed-in user, in their session.
    pub(crate) fn new(
        mac: &Arc<dyn AuditMac>,
        clock: &Arc<dyn Clock>,
        entropy: &dyn Entropy,
        origin: Origin,
        actor: Option<(UserId, SessionId)>,
    ) -> Self {
        Self {
            mac: Arc::clone(mac),
            clock: Arc::clone(clock),
            origin,
            actor,
            reason: None,
            random: entropy.bytes(),
        }
    }

    /// For what is all done for that reason.
    pub(crate) fn because(self, reason: AuditReason) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    /// Something that is done to a user just now. The caller fills in what else is known.
    pub(crate) fn success(&mut self, kind: AuditEventType, user_id: Option<UserId>) -> AuditEvent {
        let at = self.clock.now();
        let id = AuditEventId::new(at, self.random);
        for byte in self.random.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        AuditEvent {
            id,
            kind,
            at,
            actor_id: self.actor.map(|(user, _)| user),
            user_id,
            session_id: self.actor.map(|(_, session)| session),
            origin: self.origin.clone(),
            result: AuditResult::Success,
            reason: self.reason,
            before: None,
            after: None,
        }
    }

    /// Something that was refused.
    pub(crate) fn failure(&mut self, kind: AuditEventType, user_id: Option<UserId>, reason: AuditReason) -> AuditEvent {
        AuditEvent {
            result: AuditResult::Failure,
            reason: Some(reason),
            ..self.success(kind, user_id)
        }
    }

    /// Adds the event to the trail, in the unit of what it tells of.
    pub(crate) fn write(&self, repositories: &mut dyn Repositories, event: AuditEvent) -> StoreResult<()> {
        let record = AuditRecord::from(event);
        let mac = self.mac.sign(&record.canonical_bytes());
        repositories.audit().append(&AuditEntry { record, mac })
    }

    /// Adds one event for each of a user's sessions that was ended.
    pub(crate) fn write_ended(
        &mut self,
        repositories: &mut dyn Repositories,
        user_id: UserId,
        ended: &[Revocation],
        reason: AuditReason,
    ) -> StoreResult<()> {
        for revocation in ended {
            let event = AuditEvent {
                session_id: Some(revocation.session_id),
                reason: Some(reason),
                ..self.success(AuditEventType::SessionEnded, Some(user_id))
            };
            self.write(repositories, event)?;
        }
        Ok(())
    }
}
