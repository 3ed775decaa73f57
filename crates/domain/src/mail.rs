//! Mails of the outbox: what each is about, and how far it has come.

use crate::{Device, Digest32, Email, LinkId, LinkPurpose, Locale, MailId, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::str::FromStr;

/// How long after its making a mail is given up.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(1);

/// The pauses after the first failures. Behind the last one each pause is [`LONGEST_PAUSE`].
const PAUSES: [TimeDelta; 5] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::minutes(30),
];

const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// A text that names nothing that an outbox knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such name in the outbox")]
pub struct UnknownMailName;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// Somebody signed up: the link shows that the address is theirs.
    VerifyEmail,
    /// Somebody wants another address: the link shows that it is theirs.
    NewEmail,
    /// Somebody forgot their password.
    ResetPassword,
    /// An administrator made an account without a password.
    SetPassword,
    /// To the old address: the address is to change. The link takes that back.
    EmailChanging,
    /// To the old address: an administrator changed the address.
    EmailChanged,
    /// The password was changed.
    PasswordChanged,
    /// The second factor was turned on.
    MfaEnabled,
    /// The second factor was turned off.
    MfaDisabled,
    /// An administrator turned the second factor off.
    MfaReset,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// New recovery codes were made.
    RecoveryCodesCreated,
    /// Somebody who knows the password typed wrong codes.
    MfaFailed,
    /// The account was linked with an identity at another provider.
    IdentityLinked,
    /// The account is linked with it no more.
    IdentityUnlinked,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// Somebody signed in on a device that the account does not know.
    NewDevice,
    /// A spent refresh token was used again, which ended the session.
    SessionReplayed,
    /// The account was secured after "this was not me".
    AccountSecured,
    /// Somebody signed up with an address that has an account: its user is told, and nobody else.
    AlreadyRegistered,
    /// An administrator invites somebody.
    Invitation,
    /// The operator tries whether mail works.
    Test,
}

impl MailKind {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::VerifyEmail,
        Self::NewEmail,
        Self::ResetPassword,
        Self::SetPassword,
        Self::EmailChanging,
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::MfaEnabled,
        Self::MfaDisabled,
        Self::MfaReset,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesCreated,
        Self::MfaFailed,
        Self::IdentityLinked,
        Self::IdentityUnlinked,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::NewDevice,
        Self::SessionReplayed,
        Self::AccountSecured,
        Self::AlreadyRegistered,
        Self::Invitation,
        Self::Test,
    ];

    /// The name as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::NewEmail => "new_email",
            Self::ResetPassword => "reset_password",
            Self::SetPassword => "set_password",
            Self::EmailChanging => "email_changing",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::MfaEnabled => "mfa_enabled",
            Self::MfaDisabled => "mfa_disabled",
            Self::MfaReset => "mfa_reset",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesCreated => "recovery_codes_created",
            Self::MfaFailed => "mfa_failed",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityUnlinked => "identity_unlinked",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::NewDevice => "new_device",
            Self::SessionReplayed => "session_replayed",
            Self::AccountSecured => "account_secured",
            Self::AlreadyRegistered => "already_registered",
            Self::Invitation => "invitation",
            Self::Test => "test",
        }
    }

    /// What the link in it is good for; `None` where it has none.
    #[must_use]
    pub const fn purpose(self) -> Option<LinkPurpose> {
        match self {
            Self::VerifyEmail | Self::NewEmail => Some(LinkPurpose::VerifyEmail),
            Self::ResetPassword | Self::SetPassword | Self::AccountSecured => Some(LinkPurpose::ResetPassword),
            Self::EmailChanging => Some(LinkPurpose::UndoEmail),
            Self::PasswordChanged
            | Self::MfaEnabled
            | Self::MfaDisabled
            | Self::RecoveryCodeUsed
            | Self::RecoveryCodesCreated
            | Self::MfaFailed
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::NewDevice
            | Self::SessionReplayed => Some(LinkPurpose::NotMe),
            Self::Invitation => Some(LinkPurpose::Join),
            Self::EmailChanged | Self::MfaReset | Self::AlreadyRegistered | Self::Test => None,
        }
    }
}

impl fmt::Display for MailKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for MailKind {
    type Err = UnknownMailName;

    fn from_str(text: &str) -> Result<Self, UnknownMailName> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownMailName)
    }
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailState {
    /// It is to be sent.
    Waiting,
    /// The mail server took it, or the mailbox inside has it.
    Sent,
    /// It was tried for a day, and given up. It stays until somebody sends it again or discards it.
    Failed,
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Failed];

    /// The name as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for MailState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for MailState {
    type Err = UnknownMailName;

    fn from_str(text: &str) -> Result<Self, UnknownMailName> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownMailName)
    }
}

/// A mail of the outbox. It says what the mail is about; text and link are made when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names the mail, in its `Message-ID` too: a second copy can be told by it.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// Where it goes.
    pub to: Email,
    /// The user that it is about; `None` where a stranger named an address, until it is sent.
    pub user_id: Option<UserId>,
    /// The link in it; `None` where it has none, or where the link is made when it is sent.
    pub link_id: Option<LinkId>,
    /// The language that the request asked for, where the user has chosen none.
    pub locale: Option<Locale>,
    /// Where that came from which it tells of.
    pub device: Device,
    /// The other address of a change of address.
    pub other_address: Option<Email>,
    /// What it is about, as people call it: a passkey, or a provider and the account there. Of at most 200 characters.
    pub about: Option<String>,
    /// The digest of what binds a code to the browser that asked; `None` where nobody waits there for one.
    pub browser: Option<Digest32>,
    /// When it was written, which is when that happened which it tells of.
    pub created_at: DateTime<Utc>,
    /// How far it has come.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next. While somebody tries, when others may take it over.
    pub next_at: DateTime<Utc>,
    /// When it was tried last and how that ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why the last try failed: one line, without a secret.
    pub failure: Option<String>,
    /// From when its day of tries counts.
    pub tried_since: DateTime<Utc>,
}

impl Mail {
    /// The most characters of a failure that are kept.
    pub const MAX_FAILURE: usize = 200;

    /// When it is tried again after one more failure at that time; `None` where it is given up.
    #[must_use]
    pub fn tried_again_at(&self, failed_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let failures = usize::try_from(self.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let pause = PAUSES.get(failures).copied().unwrap_or(LONGEST_PAUSE);
        let next = failed_at + pause;
        (next <= self.tried_since + GIVEN_UP_AFTER).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(attempts: u32) -> Mail {
        Mail {
            id: MailId::new(DateTime::UNIX_EPOCH, [1; 10]),
            kind: MailKind::Test,
            to: Email::parse("ada@example.org").unwrap(),
            user_id: None,
            link_id: None,
            locale: None,
            device: Device::default(),
            other_address: None,
            about: None,
            browser: None,
            created_at: DateTime::UNIX_EPOCH,
            state: MailState::Waiting,
            attempts,
            next_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            failure: None,
            tried_since: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_pauses_grow_to_an_hour_and_end_after_a_day() {
        let start = DateTime::UNIX_EPOCH;
        for (attempts, seconds) in [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (30, 3600)] {
            let next = mail(attempts).tried_again_at(start);
            assert_eq!(next, Some(start + TimeDelta::seconds(seconds)), "{attempts}");
        }
        let last = start + TimeDelta::hours(23);
        assert_eq!(mail(30).tried_again_at(last), Some(start + TimeDelta::hours(24)));
        assert_eq!(mail(30).tried_again_at(last + TimeDelta::seconds(1)), None);
    }

    #[test]
    fn every_name_reads_back() {
        for kind in MailKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for state in MailState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert_eq!("spam".parse::<MailKind>(), Err(UnknownMailName));
        assert_eq!("lost".parse::<MailState>(), Err(UnknownMailName));
    }
}
