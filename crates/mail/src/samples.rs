//! A letter of each kind with made-up values, to look at and to check templates by.

use chrono::DateTime;
use portcullis_application::ports::{Letter, LetterLink};
use portcullis_domain::{Device, Email, FullName, Language, MailId, MailKind, SecretText, TimeZone, UserAgent};

/// A letter that was not caused by anything.
#[must_use]
pub fn sample(kind: MailKind, language: Language) -> Letter {
    let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
    Letter {
        id: MailId::new(at, [7; 10]),
        kind,
        to: email("ada@example.org"),
        full_name: FullName::parse("Ada Lovelace").ok(),
        language,
        time_zone: TimeZone::default(),
        link: kind.purpose().map(|purpose| LetterLink {
            purpose,
            token: SecretText::new("pml_an-example-that-opens-nothing".to_owned()),
        }),
        // Where a page waits for the mail, it has a code too.
        code: match kind {
            MailKind::VerifyEmail | MailKind::ResetPassword => Some(SecretText::new("123456".to_owned())),
            MailKind::NewEmail
            | MailKind::SetPassword
            | MailKind::EmailChanging
            | MailKind::EmailChanged
            | MailKind::PasswordChanged
            | MailKind::MfaEnabled
            | MailKind::MfaDisabled
            | MailKind::MfaReset
            | MailKind::RecoveryCodeUsed
            | MailKind::RecoveryCodesCreated
            | MailKind::MfaFailed
            | MailKind::IdentityLinked
            | MailKind::IdentityUnlinked
            | MailKind::PasskeyAdded
            | MailKind::PasskeyRemoved
            | MailKind::NewDevice
            | MailKind::SessionReplayed
            | MailKind::AccountSecured
            | MailKind::AlreadyRegistered
            | MailKind::Invitation
            | MailKind::Test => None,
        },
        at,
        device: Device {
            address: "192.0.2.7".parse().ok(),
            user_agent: UserAgent::from_text("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
        },
        other_address: Some(email("countess@example.org")),
        about: Some("Acme (ada@acme.example)".to_owned()),
    }
}

#[expect(clippy::expect_used, reason = "the addresses stand in this file")]
fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}
