//! A row of `audit_events`, and what it says.

use crate::error::RefusedRow;
use crate::schema::audit_events;
use crate::types::{DbId, DbInstant};
use diesel::prelude::*;
use portcullis_application::ports::{AuditEntry, FoundAuditEntry};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventId, Device, Digest32, Origin, Position, RequestId, SessionId, UserAgent, UserId,
};
use std::fmt::Display;
use std::str::FromStr;

/// The row. Two are equal where everything in them is.
#[derive(Debug, Clone, PartialEq, Queryable, Insertable)]
#[diesel(table_name = audit_events)]
pub(super) struct AuditEventRow {
    id: DbId,
    kind: String,
    at: DbInstant,
    actor_id: Option<DbId>,
    user_id: Option<DbId>,
    session_id: Option<DbId>,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    result: String,
    reason: Option<String>,
    before_role: Option<String>,
    before_active: Option<bool>,
    after_role: Option<String>,
    after_active: Option<bool>,
    mac: Vec<u8>,
    seal: Option<i64>,
}

impl From<&AuditEntry> for AuditEventRow {
    fn from(AuditEntry { event, mac }: &AuditEntry) -> Self {
        let role = |state: Option<AccountState>| state.map(|state| state.role.as_str().to_owned());
        let Device { address, user_agent } = &event.origin.device;
        Self {
            id: DbId(event.id.as_uuid()),
            kind: event.kind.as_str().to_owned(),
            at: DbInstant(event.at),
            actor_id: event.actor_id.map(|id| DbId(id.as_uuid())),
            user_id: event.user_id.map(|id| DbId(id.as_uuid())),
            session_id: event.session_id.map(|id| DbId(id.as_uuid())),
            address: address.map(|address| address.to_string()),
            user_agent: user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            request_id: event.origin.request_id.as_ref().map(|id| id.as_str().to_owned()),
            result: event.result.as_str().to_owned(),
            reason: event.reason.map(|reason| reason.as_str().to_owned()),
            before_role: role(event.before),
            before_active: event.before.map(|state| state.is_active),
            after_role: role(event.after),
            after_active: event.after.map(|state| state.is_active),
            mac: mac.as_bytes().to_vec(),
            seal: None,
        }
    }
}

impl TryFrom<AuditEventRow> for AuditEntry {
    type Error = RefusedRow;

    fn try_from(row: AuditEventRow) -> Result<Self, RefusedRow> {
        let event = AuditEvent {
            id: AuditEventId::from(row.id.0),
            kind: parsed("audit_events.kind", &row.kind)?,
            at: row.at.0,
            actor_id: row.actor_id.map(|id| UserId::from(id.0)),
            user_id: row.user_id.map(|id| UserId::from(id.0)),
            session_id: row.session_id.map(|id| SessionId::from(id.0)),
            origin: Origin {
                device: Device {
                    address: parsed_if_any("audit_events.address", row.address.as_deref())?,
                    user_agent: row.user_agent.as_deref().and_then(UserAgent::from_text),
                },
                request_id: row.request_id.as_deref().and_then(RequestId::parse),
            },
            result: parsed("audit_events.result", &row.result)?,
            reason: parsed_if_any("audit_events.reason", row.reason.as_deref())?,
            before: state_of(
                "audit_events.before_role",
                row.before_role.as_deref(),
                row.before_active,
            )?,
            after: state_of("audit_events.after_role", row.after_role.as_deref(), row.after_active)?,
        };
        Ok(Self {
            event,
            mac: digest_of("audit_events.mac", &row.mac)?,
        })
    }
}

impl AuditEventRow {
    /// Where it stands in the trail.
    pub(super) fn position(&self) -> Position {
        Position {
            at: self.at.0,
            id: self.id.0,
        }
    }

    /// As it was found. What reads as an event but would be written otherwise was not written by this program: a code
    /// over what was read would not notice.
    pub(super) fn found(self) -> FoundAuditEntry {
        let unsealed = Self {
            seal: None,
            ..self.clone()
        };
        let entry = AuditEntry::try_from(self.clone()).ok();
        FoundAuditEntry {
            position: self.position(),
            entry: entry.filter(|entry| Self::from(entry) == unsealed),
            seal: self.seal.and_then(|number| u64::try_from(number).ok()),
        }
    }
}

fn parsed<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T, RefusedRow> {
    text.parse().map_err(|error| RefusedRow::new(column, error))
}

fn parsed_if_any<T: FromStr<Err: Display>>(column: &'static str, text: Option<&str>) -> Result<Option<T>, RefusedRow> {
    text.map(|text| parsed(column, text)).transpose()
}

fn state_of(
    column: &'static str,
    role: Option<&str>,
    is_active: Option<bool>,
) -> Result<Option<AccountState>, RefusedRow> {
    match (role, is_active) {
        (None, None) => Ok(None),
        (Some(role), Some(is_active)) => {
            let role = parsed(column, role)?;
            Ok(Some(AccountState { role, is_active }))
        }
        _ => Err(RefusedRow::new(column, "a role without a state, or the reverse")),
    }
}

/// A digest of 32 bytes.
pub(super) fn digest_of(column: &'static str, bytes: &[u8]) -> Result<Digest32, RefusedRow> {
    let bytes = bytes.try_into().map_err(|_| RefusedRow::new(column, "not 32 bytes"))?;
    Ok(Digest32::new(bytes))
}

/// A number as the store counts. There are not as many seals as would leave its range.
pub(super) fn number_of(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as the program counts.
pub(super) fn counted(column: &'static str, number: i64) -> Result<u64, RefusedRow> {
    u64::try_from(number).map_err(|_| RefusedRow::new(column, "below zero"))
}
