//! An event of the audit trail as it is written down, and what can be read from it.
//!
//! The authentication code covers what is written, text for text. So a version checks a row before it reads it, and
//! checks rows that hold names and members which it does not know.

use chrono::{DateTime, Utc};
use portcullis_domain::{
    AccountState, AuditEvent, AuditEventId, Device, Origin, Position, RequestId, UnknownAuditName, UserAgent, UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The format that this version writes and reads. A new kind, reason or member of the details is no new format: a format
/// says which columns there are, how the details are encoded, and what the authentication code covers.
pub const AUDIT_FORMAT: i64 = 1;

/// One row of the trail. What lists look for has a member of its own, all else is in the details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Names the event.
    pub id: AuditEventId,
    /// How the rest is to be understood.
    pub format: i64,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, where that is a signed-in user.
    pub actor_id: Option<UserId>,
    /// Whom it happened to.
    pub user_id: Option<UserId>,
    /// The address that it was asked from.
    pub address: Option<String>,
    /// The request that it was asked by.
    pub request_id: Option<String>,
    /// How it ended.
    pub result: String,
    /// What else there is to say: the JSON text of [`AuditDetails`]. It is written once and never written anew.
    pub details: String,
}

/// What an event says beside what lists look for, in the order in which it is written. What is absent is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditDetails {
    /// Which session it happened to, or happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// What the device said of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The account before, where its role or its state changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<RecordedState>,
    /// The account after, where its role or its state changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RecordedState>,
    /// How many of the same the event sums up, where it stands for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The client that it happened to, or that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The resource that it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The other provider that vouched for the user, or was linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The members that this version does not know.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// An [`AccountState`] as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedState {
    /// What the user may do.
    pub role: String,
    /// Whether the account may be used.
    pub is_active: bool,
    /// The members that this version does not know.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl From<AccountState> for RecordedState {
    fn from(state: AccountState) -> Self {
        Self {
            role: state.role.to_string(),
            is_active: state.is_active,
            others: Map::new(),
        }
    }
}

impl RecordedState {
    fn known(&self) -> Option<AccountState> {
        let role = self.role.parse().ok().filter(|_| self.others.is_empty())?;
        let is_active = self.is_active;
        Some(AccountState { role, is_active })
    }
}

impl From<AuditEvent> for AuditRecord {
    #[expect(
        clippy::expect_used,
        reason = "the names of members are strings, and the writer is memory"
    )]
    fn from(event: AuditEvent) -> Self {
        let Origin {
            device,
            request_id,
            device_token: _,
        } = event.origin;
        let details = AuditDetails {
            session_id: event.session_id.map(|id| id.to_string()),
            user_agent: device.user_agent.map(|agent| agent.as_str().to_owned()),
            reason: event.reason.map(|reason| reason.to_string()),
            before: event.before.map(RecordedState::from),
            after: event.after.map(RecordedState::from),
            count: event.count,
            client_id: event.client_id.map(|id| id.to_string()),
            resource: event.resource.map(|uri| uri.to_string()),
            provider: event.provider.map(|name| name.to_string()),
            others: Map::new(),
        };
        Self {
            id: event.id,
            format: AUDIT_FORMAT,
            kind: event.kind.to_string(),
            at: event.at,
            actor_id: event.actor_id,
            user_id: event.user_id,
            address: device.address.map(|address| address.to_string()),
            request_id: request_id.map(|id| id.to_string()),
            result: event.result.to_string(),
            details: serde_json::to_string(&details).expect("details are JSON"),
        }
    }
}

impl AuditRecord {
    /// Where the event stands in the trail, which is listed by time.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            at: self.at,
            id: self.id.as_uuid(),
        }
    }

    /// All of the record in one unambiguous form, for what authenticates it: every member behind its length, in the
    /// order of the struct. An absent member is told from an empty one.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let id = self.id.as_uuid();
        let (actor_id, user_id) = (self.actor_id.map(UserId::as_uuid), self.user_id.map(UserId::as_uuid));
        let members: [Option<&[u8]>; 10] = [
            Some(id.as_bytes()),
            Some(&self.format.to_be_bytes()),
            Some(self.kind.as_bytes()),
            Some(&self.at.timestamp_micros().to_be_bytes()),
            actor_id.as_ref().map(|id| id.as_bytes().as_slice()),
            user_id.as_ref().map(|id| id.as_bytes().as_slice()),
            self.address.as_deref().map(str::as_bytes),
            self.request_id.as_deref().map(str::as_bytes),
            Some(self.result.as_bytes()),
            Some(self.details.as_bytes()),
        ];
        let mut bytes = b"portcullis audit record".to_vec();
        for member in members {
            match member {
                None => bytes.push(0),
                Some(member) => {
                    bytes.push(1);
                    bytes.extend_from_slice(&(member.len() as u64).to_be_bytes());
                    bytes.extend_from_slice(member);
                }
            }
        }
        bytes
    }

    /// What the details say; `None` where the format is none that this version knows, or where the server did not write
    /// them.
    #[must_use]
    pub fn details(&self) -> Option<AuditDetails> {
        (self.format == AUDIT_FORMAT)
            .then(|| serde_json::from_str(&self.details).ok())
            .flatten()
    }

    /// The event, where this version knows all that the record says. It says nothing of whether the record is genuine.
    #[must_use]
    pub fn event(&self) -> Option<AuditEvent> {
        let details = self.details().filter(|details| details.others.is_empty())?;
        let state = |state: Option<RecordedState>| match state {
            None => Ok(None),
            Some(state) => state.known().map(Some).ok_or(UnknownAuditName),
        };
        Some(AuditEvent {
            id: self.id,
            kind: self.kind.parse().ok()?,
            at: self.at,
            actor_id: self.actor_id,
            user_id: self.user_id,
            session_id: details.session_id.as_deref().map(str::parse).transpose().ok()?,
            origin: Origin {
                device: Device {
                    address: self.address.as_deref().map(str::parse).transpose().ok()?,
                    user_agent: details.user_agent.as_deref().and_then(UserAgent::from_text),
                },
                request_id: self.request_id.as_deref().and_then(RequestId::parse),
                device_token: None,
            },
            result: self.result.parse().ok()?,
            reason: details.reason.as_deref().map(str::parse).transpose().ok()?,
            before: state(details.before).ok()?,
            after: state(details.after).ok()?,
            count: details.count,
            client_id: details.client_id.as_deref().map(str::parse).transpose().ok()?,
            resource: details.resource.as_deref().map(str::parse).transpose().ok()?,
            provider: details.provider.as_deref().map(str::parse).transpose().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_domain::{AuditEventType, AuditReason, AuditResult, Role, SessionId};
    use portcullis_oauth2::{ClientId, ResourceUri};
    use std::collections::BTreeSet;

    fn user(byte: u8) -> UserId {
        UserId::new(DateTime::UNIX_EPOCH, [byte; 10])
    }

    fn event() -> AuditEvent {
        let state = |role, is_active| Some(AccountState { role, is_active });
        AuditEvent {
            id: AuditEventId::new(DateTime::UNIX_EPOCH, [1; 10]),
            kind: AuditEventType::RoleChanged,
            at: DateTime::UNIX_EPOCH,
            actor_id: Some(user(1)),
            user_id: Some(user(2)),
            session_id: Some(SessionId::new(DateTime::UNIX_EPOCH, [3; 10])),
            origin: Origin {
                device: Device {
                    address: Some("203.0.113.7".parse().unwrap()),
                    user_agent: UserAgent::from_text("line \"1\""),
                },
                request_id: RequestId::parse("r-1"),
                device_token: None,
            },
            result: AuditResult::Success,
            reason: Some(AuditReason::Administrator),
            before: state(Role::User, true),
            after: state(Role::Admin, false),
            count: Some(41),
            client_id: ClientId::parse("shop").ok(),
            resource: ResourceUri::parse("urn:example:orders").ok(),
            provider: "google".parse().ok(),
        }
    }

    fn with_details(details: &str) -> AuditRecord {
        AuditRecord {
            details: details.to_owned(),
            ..AuditRecord::from(event())
        }
    }

    #[test]
    fn details_are_written_in_one_order_without_what_is_absent() {
        let session = SessionId::new(DateTime::UNIX_EPOCH, [3; 10]);
        assert_eq!(
            AuditRecord::from(event()).details,
            format!(
                r#"{{"session_id":"{session}","user_agent":"line \"1\"","reason":"administrator","before":{{"role":"USER","is_active":true}},"after":{{"role":"ADMIN","is_active":false}},"count":41,"client_id":"shop","resource":"urn:example:orders","provider":"google"}}"#
            )
        );
        let bare = AuditEvent {
            session_id: None,
            origin: Origin::default(),
            reason: None,
            before: None,
            after: None,
            count: None,
            client_id: None,
            resource: None,
            provider: None,
            ..event()
        };
        assert_eq!(AuditRecord::from(bare).details, "{}");
    }

    #[test]
    fn what_a_newer_version_wrote_is_no_event_of_this_one_and_is_kept() {
        assert_eq!(AuditRecord::from(event()).event(), Some(event()));
        let kind = AuditRecord {
            kind: "moon_phase_changed".to_owned(),
            ..AuditRecord::from(event())
        };
        assert_eq!(kind.event(), None);
        assert_eq!(kind.details(), AuditRecord::from(event()).details());
        for details in [
            r#"{"device":"app"}"#,
            r#"{"reason":"on_a_whim"}"#,
            r#"{"before":{"role":"AUDITOR","is_active":true}}"#,
            r#"{"before":{"role":"USER","is_active":true,"is_verified":true}}"#,
            r#"{"session_id":"no id"}"#,
        ] {
            let record = with_details(details);
            assert_eq!(record.event(), None, "{details}");
            let read = record.details().unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), details);
        }
    }

    #[test]
    fn details_of_another_format_and_those_that_are_no_json_are_not_read() {
        let other = AuditRecord {
            format: AUDIT_FORMAT + 1,
            ..AuditRecord::from(event())
        };
        assert_eq!(other.details(), None);
        for details in ["", "{", "[]", r#"{"reason":1}"#, r#"{"before":{"role":"USER"}}"#] {
            assert_eq!(with_details(details).details(), None, "{details}");
        }
    }

    /// Each change of one member, and a value that moves from one member to its neighbor.
    #[test]
    fn no_two_records_have_the_same_bytes() {
        let text = || "127.0.0.1".to_owned();
        let bare = AuditRecord {
            actor_id: None,
            user_id: None,
            address: None,
            request_id: None,
            ..AuditRecord::from(event())
        };
        let changes: [&dyn Fn(&mut AuditRecord); 16] = [
            &|_| (),
            &|record| record.id = AuditEventId::new(DateTime::UNIX_EPOCH, [2; 10]),
            &|record| record.format = 2,
            &|record| record.kind = "logout".to_owned(),
            &|record| record.kind = "role_changedrole_changed".to_owned(),
            &|record| record.at += chrono::TimeDelta::microseconds(1),
            &|record| record.actor_id = Some(user(1)),
            &|record| record.user_id = Some(user(1)),
            &|record| (record.actor_id, record.user_id) = (Some(user(1)), Some(user(2))),
            &|record| (record.actor_id, record.user_id) = (Some(user(2)), Some(user(1))),
            &|record| record.address = Some(text()),
            &|record| record.address = Some(String::new()),
            &|record| record.request_id = Some(text()),
            &|record| record.result = "failure".to_owned(),
            &|record| record.details = "{}".to_owned(),
            &|record| record.details = "{ }".to_owned(),
        ];
        let forms: BTreeSet<_> = changes
            .iter()
            .map(|change| {
                let mut record = bare.clone();
                change(&mut record);
                record.canonical_bytes()
            })
            .collect();
        assert_eq!(forms.len(), changes.len());
    }
}
