//! One-time links: what a mail carries, and what it is good for.

use crate::{Digest32, Email, InvitationId, LinkId, SessionId, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::str::FromStr;

/// What a link is good for. A link of one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkPurpose {
    /// Shows that mail to an address reaches the user: the present address, or the one that waits to take its place.
    VerifyEmail,
    /// Sets a new password.
    ResetPassword,
    /// Takes a changed address back.
    UndoEmail,
    /// Says that it was not the user who did what a notice tells of.
    NotMe,
    /// Accepts an invitation.
    Join,
}

/// A text that names no purpose of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such purpose of a link")]
pub struct UnknownPurposeOfLink;

impl LinkPurpose {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::UndoEmail,
        Self::NotMe,
        Self::Join,
    ];

    /// The purpose as the store has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::UndoEmail => "undo_email",
            Self::NotMe => "not_me",
            Self::Join => "join",
        }
    }

    /// How long a link is good, from when its mail was sent.
    #[must_use]
    pub const fn life(self) -> TimeDelta {
        match self {
            Self::VerifyEmail | Self::ResetPassword => TimeDelta::minutes(30),
            Self::UndoEmail | Self::NotMe => TimeDelta::hours(72),
            Self::Join => TimeDelta::days(7),
        }
    }

    /// Whether a newer link takes the place of an older one of the same bearer. Notices stand side by side: each tells of
    /// an event of its own.
    #[must_use]
    pub const fn replaces_older(self) -> bool {
        match self {
            Self::VerifyEmail | Self::ResetPassword | Self::Join => true,
            Self::UndoEmail | Self::NotMe => false,
        }
    }
}

impl fmt::Display for LinkPurpose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for LinkPurpose {
    type Err = UnknownPurposeOfLink;

    fn from_str(text: &str) -> Result<Self, UnknownPurposeOfLink> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(UnknownPurposeOfLink)
    }
}

/// Whose link it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkBearer {
    /// A user's.
    User(UserId),
    /// That of somebody who is invited.
    Invited(InvitationId),
}

/// A one-time link as the store has it. The secret text is not there, only its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    /// Names the link. It is no secret.
    pub id: LinkId,
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// Whose it is.
    pub bearer: LinkBearer,
    /// The address that it is sent to.
    pub address: Email,
    /// The session that asked for it, which stays where others end.
    pub session_id: Option<SessionId>,
    /// The digest of its secret text; `None` until a mail with it is about to leave, so that nothing fits before.
    pub digest: Option<Digest32>,
    /// The digest of what binds the code beside it to a browser; `None` where there is no code.
    pub browser: Option<Digest32>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// When something took away its meaning: a newer link, another password, another address.
    pub replaced_at: Option<DateTime<Utc>>,
}

/// Whether a link may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// It may.
    Good,
    /// It was used.
    Used,
    /// A newer link, another password or another address took away its meaning.
    Replaced,
    /// It is too old.
    Expired,
}

impl OneTimeLink {
    /// Whether it may be used at that time.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> LinkState {
        if self.used_at.is_some() {
            LinkState::Used
        } else if self.replaced_at.is_some() {
            LinkState::Replaced
        } else if now >= self.expires_at {
            LinkState::Expired
        } else {
            LinkState::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> OneTimeLink {
        OneTimeLink {
            id: LinkId::new(DateTime::UNIX_EPOCH, [1; 10]),
            purpose: LinkPurpose::ResetPassword,
            bearer: LinkBearer::User(UserId::new(DateTime::UNIX_EPOCH, [1; 10])),
            address: Email::parse("ada@example.org").unwrap(),
            session_id: None,
            digest: None,
            browser: None,
            created_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + LinkPurpose::ResetPassword.life(),
            used_at: None,
            replaced_at: None,
        }
    }

    #[test]
    fn a_link_is_good_until_it_is_used_replaced_or_too_old() {
        let (start, end) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::minutes(30));
        assert_eq!(link().state(end - TimeDelta::microseconds(1)), LinkState::Good);
        assert_eq!(link().state(end), LinkState::Expired);
        let used = OneTimeLink {
            used_at: Some(start),
            replaced_at: Some(start),
            ..link()
        };
        assert_eq!(used.state(end), LinkState::Used);
        let replaced = OneTimeLink {
            replaced_at: Some(start),
            ..link()
        };
        assert_eq!(replaced.state(start), LinkState::Replaced);
    }

    #[test]
    fn every_purpose_reads_back() {
        for purpose in LinkPurpose::ALL {
            assert_eq!(purpose.to_string().parse(), Ok(purpose));
        }
        assert_eq!("login".parse::<LinkPurpose>(), Err(UnknownPurposeOfLink));
    }
}
