//! What a mail says, its text, and how it leaves.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use portcullis_domain::{Device, Email, FullName, Language, LinkPurpose, MailId, MailKind, SecretText, TimeZone};
use shaku::Interface;
use std::fmt;

/// What a mail says.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Names the mail.
    pub id: MailId,
    /// What it is about.
    pub kind: MailKind,
    /// Where it goes.
    pub to: Email,
    /// What the one who reads it is called, where that is known.
    pub full_name: Option<FullName>,
    /// The language that it is written in.
    pub language: Language,
    /// The zone that times in it are told in.
    pub time_zone: TimeZone,
    /// The link in it.
    pub link: Option<LetterLink>,
    /// The six digits beside the link.
    pub code: Option<SecretText>,
    /// When that happened which it tells of.
    pub at: DateTime<Utc>,
    /// Where that came from.
    pub device: Device,
    /// The other address of a change of address.
    pub other_address: Option<Email>,
    /// What it is about, as people call it: a passkey, or a provider and the account there.
    pub about: Option<String>,
}

/// A link in a mail.
#[derive(Debug, Clone)]
pub struct LetterLink {
    /// What it is good for, and so where it leads.
    pub purpose: LinkPurpose,
    /// Its secret text.
    pub token: SecretText,
}

/// A mail as it leaves. Prints nothing of what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenMail {
    /// Names the mail.
    pub id: MailId,
    /// Where it goes.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// For programs that show plain text.
    pub text: String,
    /// For all others.
    pub html: String,
    /// The whole address of the link in it.
    pub link: Option<String>,
    /// The six digits beside the link.
    pub code: Option<String>,
}

impl fmt::Debug for WrittenMail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WrittenMail({})", self.id)
    }
}

/// Why a mail has no text: an operator's own template does not fit.
#[derive(Debug, thiserror::Error)]
#[error("its template can't be written: {0}")]
pub struct UnwritableLetter(pub String);

/// Writes the text of mails.
pub trait LetterWriter: Interface {
    /// The text. Whatever a name or an address holds, it stays one line of a header and text in HTML.
    fn write(&self, letter: &Letter) -> Result<WrittenMail, UnwritableLetter>;
}

/// Why a mail did not leave. One line each, without a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The mail server can't be reached, or takes no mail from us at all.
    #[error("{0}")]
    Unreachable(String),
    /// The mail server did not take this mail, or did not say that it did.
    #[error("{0}")]
    NotTaken(String),
}

/// Hands mails to whoever carries them on.
///
/// An implementation ends within a minute, however slow the other side is.
#[async_trait]
pub trait MailTransport: Interface {
    /// Sends a mail. A second time it has the same `Message-ID`.
    async fn send(&self, mail: &WrittenMail) -> Result<(), SendError>;
}
