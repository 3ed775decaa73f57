//! What was set about mail and about who may sign up.

use portcullis_domain::{Language, TimeZone};

/// What was set about mail and about who may sign up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailPolicy {
    /// Whether mails are written.
    pub mailing: Mailing,
    /// Whether an account can be used before its address is verified.
    pub verification: Verification,
    /// Who may sign up.
    pub sign_up: SignUpPolicy,
    /// The language of mails to those whose own is not known, or not written.
    pub language: Language,
    /// The time zone of mails to those whose own is not known.
    pub time_zone: TimeZone,
}

/// Whether mails are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mailing {
    /// None is. What needs a mail is refused, or happens without a proof of the address.
    #[default]
    Off,
    /// They are, and are sent.
    On,
    /// They are, and go no further than the mailbox inside.
    Inside,
}

/// Whether an account can be used before its address is verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verification {
    /// It can.
    #[default]
    Optional,
    /// Nobody signs in to it before.
    Required,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignUpPolicy {
    /// Anybody.
    #[default]
    Open,
    /// Those whom an administrator invites.
    Invited,
    /// Nobody. Administrators make accounts.
    Closed,
}

impl MailPolicy {
    /// Whether mails are written.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.mailing != Mailing::Off
    }
}
