//! What the audit trail tells: one event for each thing that touches somebody's security.

use crate::{AuditEventId, Origin, Position, Role, SessionId, User, UserId};
use chrono::{DateTime, Utc};
use std::fmt;
use std::str::FromStr;

/// A text that names nothing that the trail knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such name in the audit trail")]
pub struct UnknownAuditName;

/// Makes an enum whose variants are written as fixed texts, in the store and in the API.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it is written everywhere.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownAuditName;

            fn from_str(text: &str) -> Result<Self, UnknownAuditName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|name| name.as_str() == text)
                    .ok_or(UnknownAuditName)
            }
        }
    };
}

names! {
    /// What happened.
    AuditEventType {
        /// Somebody signed up.
        Registration = "registration",
        /// Somebody signed in, or tried to.
        Login = "login",
        /// Somebody signed out.
        Logout = "logout",
        /// A spent refresh token was used again.
        RefreshTokenReused = "refresh_token_reused",
        /// A session was ended, by its user or by an administrator.
        SessionEnded = "session_ended",
        /// The password was changed, or was to be.
        PasswordChanged = "password_changed",
        /// The name was changed.
        ProfileChanged = "profile_changed",
        /// The email address was changed.
        EmailChanged = "email_changed",
        /// An administrator or the command line made an account.
        AccountCreated = "account_created",
        /// The role was changed.
        RoleChanged = "role_changed",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The account was enabled again.
        AccountEnabled = "account_enabled",
        /// The account was deleted, or was to be.
        AccountDeleted = "account_deleted",
        /// Another key signs from now on.
        SigningKeyRotated = "signing_key_rotated",
        /// Old events were removed, as the retention says.
        AuditTrailPruned = "audit_trail_pruned",
        /// The store was copied, with all that it holds.
        StoreBackedUp = "store_backed_up",
        /// A backup was put in the place of the store.
        StoreRestored = "store_restored",
    }
}

names! {
    /// How it ended.
    AuditResult {
        /// It was done.
        Success = "success",
        /// It was refused.
        Failure = "failure",
    }
}

names! {
    /// Why it was refused, or why it came to be.
    AuditReason {
        /// There is no account of that address.
        UnknownAccount = "unknown_account",
        /// The password was wrong, or the account has none.
        WrongPassword = "wrong_password",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The user's password was changed.
        PasswordChanged = "password_changed",
        /// The user's email address was changed.
        EmailChanged = "email_changed",
        /// The user signed in on more devices than a user may.
        TooManySessions = "too_many_sessions",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
        /// A spent refresh token was used again.
        RefreshTokenReused = "refresh_token_reused",
        /// The user asked for it.
        UserRequest = "user_request",
        /// An administrator did it.
        Administrator = "administrator",
        /// It was done by the command line.
        CommandLine = "command_line",
        /// It was done by a setting, at the start.
        Setting = "setting",
        /// It was due.
        Schedule = "schedule",
    }
}

/// What of an account is worth comparing before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountState {
    /// What the user may do.
    pub role: Role,
    /// Whether the account may be used.
    pub is_active: bool,
}

impl From<&User> for AccountState {
    fn from(user: &User) -> Self {
        Self {
            role: user.role,
            is_active: user.is_active,
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Names the event.
    pub id: AuditEventId,
    /// What happened.
    pub kind: AuditEventType,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, where that is a signed-in user.
    pub actor_id: Option<UserId>,
    /// Whom it happened to.
    pub user_id: Option<UserId>,
    /// Which session it happened to, or happened in.
    pub session_id: Option<SessionId>,
    /// Where it was asked from.
    pub origin: Origin,
    /// How it ended.
    pub result: AuditResult,
    /// Why.
    pub reason: Option<AuditReason>,
    /// The account before, where its role or its state changed.
    pub before: Option<AccountState>,
    /// The account after, where its role or its state changed.
    pub after: Option<AccountState>,
}

impl AuditEvent {
    /// Where the event stands in the trail, which is listed by time.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            at: self.at,
            id: self.id.as_uuid(),
        }
    }

    /// All of the event in one unambiguous form, for what authenticates it: every member behind its length, in the
    /// order of the struct. An absent member is told from an empty one.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = CanonicalBytes(b"portcullis audit event v1".to_vec());
        bytes.push(Some(self.id.as_uuid().as_bytes()));
        bytes.push(Some(self.kind.as_str().as_bytes()));
        bytes.push(Some(&self.at.timestamp_micros().to_be_bytes()));
        bytes.push(
            self.actor_id
                .map(UserId::as_uuid)
                .as_ref()
                .map(|id| id.as_bytes().as_slice()),
        );
        bytes.push(
            self.user_id
                .map(UserId::as_uuid)
                .as_ref()
                .map(|id| id.as_bytes().as_slice()),
        );
        let session_id = self.session_id.map(SessionId::as_uuid);
        bytes.push(session_id.as_ref().map(|id| id.as_bytes().as_slice()));
        let address = self.origin.device.address.map(|address| address.to_string());
        bytes.push(address.as_deref().map(str::as_bytes));
        let user_agent = self.origin.device.user_agent.as_ref();
        bytes.push(user_agent.map(|agent| agent.as_str().as_bytes()));
        bytes.push(self.origin.request_id.as_ref().map(|id| id.as_str().as_bytes()));
        bytes.push(Some(self.result.as_str().as_bytes()));
        bytes.push(self.reason.map(|reason| reason.as_str().as_bytes()));
        bytes.push_state(self.before);
        bytes.push_state(self.after);
        bytes.0
    }
}

struct CanonicalBytes(Vec<u8>);

impl CanonicalBytes {
    fn push(&mut self, member: Option<&[u8]>) {
        match member {
            None => self.0.push(0),
            Some(member) => {
                self.0.push(1);
                self.0.extend_from_slice(&(member.len() as u64).to_be_bytes());
                self.0.extend_from_slice(member);
            }
        }
    }

    fn push_state(&mut self, state: Option<AccountState>) {
        self.push(state.map(|state| state.role.as_str().as_bytes()));
        self.push(state.map(|state| {
            if state.is_active {
                b"active".as_slice()
            } else {
                b"disabled"
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Device, RequestId, UserAgent};
    use std::collections::BTreeSet;

    fn event() -> AuditEvent {
        AuditEvent {
            id: AuditEventId::new(DateTime::UNIX_EPOCH, [1; 10]),
            kind: AuditEventType::Login,
            at: DateTime::UNIX_EPOCH,
            actor_id: None,
            user_id: None,
            session_id: None,
            origin: Origin::default(),
            result: AuditResult::Success,
            reason: None,
            before: None,
            after: None,
        }
    }

    #[test]
    fn every_name_reads_back_and_is_there_once() {
        for kind in AuditEventType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        for reason in AuditReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        let kinds: BTreeSet<_> = AuditEventType::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(kinds.len(), AuditEventType::ALL.len());
        assert_eq!("sudo".parse::<AuditEventType>(), Err(UnknownAuditName));
    }

    /// Each change of one member, and a value that moves from one member to its neighbor.
    #[test]
    fn no_two_events_have_the_same_bytes() {
        let id = |byte| UserId::new(DateTime::UNIX_EPOCH, [byte; 10]);
        let state = |role, is_active| Some(AccountState { role, is_active });
        let at = |address: Option<&str>, agent: Option<&str>, request: Option<&str>| Origin {
            device: Device {
                address: address.map(|text| text.parse().unwrap()),
                user_agent: agent.and_then(UserAgent::from_text),
            },
            request_id: request.and_then(RequestId::parse),
        };
        let changes: [&dyn Fn(&mut AuditEvent); 19] = [
            &|_| (),
            &|event| event.id = AuditEventId::new(DateTime::UNIX_EPOCH, [2; 10]),
            &|event| event.kind = AuditEventType::Logout,
            &|event| event.at += chrono::TimeDelta::microseconds(1),
            &|event| event.actor_id = Some(id(1)),
            &|event| event.user_id = Some(id(1)),
            &|event| event.session_id = Some(SessionId::from(id(1).as_uuid())),
            &|event| event.origin = at(Some("127.0.0.1"), None, None),
            &|event| event.origin = at(None, Some("127.0.0.1"), None),
            &|event| event.origin = at(None, None, Some("127.0.0.1")),
            &|event| event.result = AuditResult::Failure,
            &|event| event.reason = Some(AuditReason::WrongPassword),
            &|event| event.before = state(Role::User, true),
            &|event| event.before = state(Role::Admin, true),
            &|event| event.before = state(Role::User, false),
            &|event| event.after = state(Role::User, true),
            &|event| event.after = state(Role::User, false),
            &|event| (event.actor_id, event.user_id) = (Some(id(1)), Some(id(2))),
            &|event| (event.actor_id, event.user_id) = (Some(id(2)), Some(id(1))),
        ];
        let forms: BTreeSet<_> = changes
            .iter()
            .map(|change| {
                let mut event = event();
                change(&mut event);
                event.canonical_bytes()
            })
            .collect();
        assert_eq!(forms.len(), changes.len());
    }
}
