//! Writing the audit trail: events with their ids and authentication codes, made ready for a unit of work.

use crate::actor::By;
use crate::ports::{AuditEntry, AuditMac, AuditRecord, Clock, Entropy, Repositories, StoreResult};
use chrono::{DateTime, Utc};
use portcullis_domain::ids::ID_ENTROPY_BYTES;
use portcullis_domain::{AuditEvent, AuditEventId, AuditEventType, AuditReason, AuditResult, UserId};
use std::sync::Arc;

/// Writes the events of one unit of work. Its chance is drawn before the unit begins.
///
/// An event has the time of its writing: if two units wait for one another, the later unit writes the later time.
pub(crate) struct AuditPen {
    mac: Arc<dyn AuditMac>,
    clock: Arc<dyn Clock>,
    by: By,
    /// Names the next event. Each id is the number after the last one: ids have to differ, but need not be secret.
    random: [u8; ID_ENTROPY_BYTES],
}

impl AuditPen {
    /// For what is done by them.
    pub(crate) fn new(mac: &Arc<dyn AuditMac>, clock: &Arc<dyn Clock>, entropy: &dyn Entropy, by: By) -> Self {
        Self {
            mac: Arc::clone(mac),
            clock: Arc::clone(clock),
            by,
            random: entropy.bytes(),
        }
    }

    /// By whom it is done.
    pub(crate) fn by(&self) -> &By {
        &self.by
    }

    /// Now.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Something that is done to a user just now. The caller fills in what else is known.
    pub(crate) fn success(&mut self, kind: AuditEventType, user_id: Option<UserId>) -> AuditEvent {
        let at = self.clock.now();
        let id = AuditEventId::new(at, self.chance());
        let caller = self.by.caller();
        AuditEvent {
            id,
            kind,
            at,
            actor_id: caller.map(|caller| caller.user_id),
            user_id,
            session_id: caller.map(|caller| caller.session_id),
            origin: self.by.origin(),
            result: AuditResult::Success,
            reason: self.by.reason(),
            before: None,
            after: None,
            count: None,
            client_id: None,
            resource: None,
            provider: None,
        }
    }

    /// What makes the next id another than the last one.
    pub(crate) fn chance(&mut self) -> [u8; ID_ENTROPY_BYTES] {
        let drawn = self.random;
        for byte in self.random.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        drawn
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
}
