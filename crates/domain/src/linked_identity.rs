//! Identities at other providers: what a provider vouches for, and the accounts that people linked with it.

use crate::{Email, FullName, IdentityId, User, UserId};
use chrono::{DateTime, Utc};
use std::fmt;
use std::str::FromStr;

/// What a provider is called here: lower-case letters, digits and inner hyphens. It stands in addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName(String);

/// A text that names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a provider's name is 1 to {MAX_NAME} letters, digits and inner hyphens, and begins with a letter")]
pub struct NoProviderName;

/// The most characters of a name.
const MAX_NAME: usize = 32;

impl ProviderName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderName {
    type Err = NoProviderName;

    fn from_str(text: &str) -> Result<Self, NoProviderName> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = text.len() <= MAX_NAME
            && text.bytes().all(is_plain)
            && text.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
            && !text.ends_with('-');
        is_name.then(|| Self(text.to_owned())).ok_or(NoProviderName)
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Who somebody is at a provider: its issuer and the subject there. Neither an address nor a name tells people apart: both
/// change hands (OpenID Connect Core, section 5.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    issuer: String,
    subject: String,
}

/// What can't be an issuer and a subject: empty, too long, or with characters that nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identity has an issuer and a subject of 1 to 255 visible characters of ASCII")]
pub struct NoIdentityKey;

impl IdentityKey {
    /// The most bytes of a subject (OpenID Connect Core, section 2).
    pub const MAX_SUBJECT: usize = 255;

    /// The most bytes of an issuer.
    pub const MAX_ISSUER: usize = 512;

    /// Takes an issuer and a subject, byte for byte.
    ///
    /// # Errors
    /// [`NoIdentityKey`] where one of them can't be one.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, NoIdentityKey> {
        let is_text = |text: &str, most: usize| {
            (1..=most).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
                && !text.trim().is_empty()
        };
        if is_text(issuer, Self::MAX_ISSUER) && is_text(subject, Self::MAX_SUBJECT) {
            Ok(Self {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
            })
        } else {
            Err(NoIdentityKey)
        }
    }

    /// The provider's own name of itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who it is there.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// What an identity is called there, for people: one line of at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLabel(String);

impl IdentityLabel {
    /// The most characters.
    pub const MAX: usize = 100;

    /// The label that a text comes to: what nobody sees is taken out, and what is too long is cut. `None` where nothing is left.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let seen = text
            .chars()
            .filter(|character| !crate::changes_other_text(*character) && !character.is_control());
        let label: String = seen.take(Self::MAX).collect();
        let label = label.trim();
        (!label.is_empty()).then(|| Self(label.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An identity that an account is linked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Names the link.
    pub id: IdentityId,
    /// Whose account it is.
    pub user_id: UserId,
    /// Who it is at the provider.
    pub key: IdentityKey,
    /// What the provider was called here when it was linked.
    pub provider: ProviderName,
    /// What the identity was called there when it was last used.
    pub label: Option<IdentityLabel>,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When somebody last signed in by it.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl LinkedIdentity {
    /// How many an account may have.
    pub const AT_MOST: usize = 20;
}

/// Who somebody is, as a provider has just said it. Only what checked its signature or fetched it makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertedIdentity {
    /// What the provider is called here.
    pub provider: ProviderName,
    /// Who it is there.
    pub key: IdentityKey,
    /// The address that the provider knows, where it tells one that can be one here.
    pub email: Option<Email>,
    /// Whether the provider says by the boolean `true` that the address is verified.
    pub is_email_verified: bool,
    /// Whether the provider's word on that address counts: the address is one that it gives out itself, or the operator trusts
    /// it.
    pub is_authoritative: bool,
    /// The name that the provider knows.
    pub full_name: Option<String>,
    /// What the identity is called there.
    pub label: Option<IdentityLabel>,
    /// When the person signed in at the provider (`auth_time`; OpenID Connect Core 1.0, section 2), where it says so.
    pub authenticated_at: Option<DateTime<Utc>>,
}

impl AssertedIdentity {
    /// Whether it proves that mail to the address reaches whoever signs in.
    #[must_use]
    pub fn proves_email(&self) -> bool {
        self.email.is_some() && self.is_email_verified && self.is_authoritative
    }

    /// Whether the account of that address may be linked with it without a sign-in. The account's address has to be verified:
    /// else somebody else may have made it and waits for its owner. The provider has to be one whose word counts. A second
    /// factor is not passed by: its user signs in first, then links.
    #[must_use]
    pub fn may_join(&self, user: &User) -> bool {
        self.proves_email()
            && self.email.as_ref() == Some(&user.email)
            && user.email_verified
            && !user.has_second_factor
    }

    /// What a new account is called: the name that the provider knows, else what the identity is called there, else the
    /// address. Its user can correct it.
    #[must_use]
    pub fn name_of_account(&self, email: &Email) -> FullName {
        let label = self.label.as_ref().map(IdentityLabel::as_str);
        let local_part = email.as_str().split('@').next();
        let cut = |text: &str| -> String { text.chars().take(crate::full_name::MAX_CHARACTERS).collect() };
        // An address is no name: apps get the name, and may not get the address.
        let label = label.filter(|label| *label != email.as_str());
        let names = [self.full_name.as_deref(), label, local_part, Some(email.as_str())];
        let parsed = names
            .into_iter()
            .flatten()
            .find_map(|name| FullName::parse(&cut(name)).ok());
        parsed.unwrap_or_else(FullName::unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn user() -> User {
        User {
            id: UserId::new(DateTime::UNIX_EPOCH, [1; 10]),
            email: Email::parse("ada@example.org").unwrap(),
            email_verified: true,
            full_name: FullName::parse("Ada Lovelace").unwrap(),
            role: Role::User,
            is_active: true,
            created_at: DateTime::UNIX_EPOCH,
            locale: None,
            time_zone: None,
            pending_email: None,
            has_password: true,
            has_second_factor: false,
            has_passkey: false,
            has_signed_in: true,
        }
    }

    fn asserted() -> AssertedIdentity {
        AssertedIdentity {
            provider: "google".parse().unwrap(),
            key: IdentityKey::new("https://accounts.google.com", "1234").unwrap(),
            email: Email::parse("ada@example.org").ok(),
            is_email_verified: true,
            is_authoritative: true,
            full_name: Some("Ada King".to_owned()),
            label: IdentityLabel::of("ada"),
            authenticated_at: None,
        }
    }

    #[test]
    fn a_provider_is_named_as_addresses_have_it() {
        for name in ["google", "g", "my-corp2", &"a".repeat(32)] {
            assert_eq!(name.parse::<ProviderName>().unwrap().to_string(), name);
        }
        for name in ["", "Google", "2corp", "-a", "a-", "a_b", "a/b", "a.b", &"a".repeat(33)] {
            assert_eq!(name.parse::<ProviderName>(), Err(NoProviderName), "{name}");
        }
    }

    #[test]
    fn nobody_has_no_subject() {
        assert!(IdentityKey::new("https://id.example", "auth0|0012 a").is_ok());
        for (issuer, subject) in [
            ("https://id.example", ""),
            ("https://id.example", " "),
            ("https://id.example", "a\0"),
            ("https://id.example", "a\n"),
            ("https://id.example", "ä"),
            ("https://id.example", &"a".repeat(256)),
            ("", "a"),
        ] {
            assert_eq!(IdentityKey::new(issuer, subject), Err(NoIdentityKey), "{subject:?}");
        }
    }

    #[test]
    fn an_account_is_joined_only_where_both_sides_are_sure_whose_address_it_is() {
        assert!(asserted().may_join(&user()));
        let other = AssertedIdentity {
            email: Email::parse("ben@example.org").ok(),
            ..asserted()
        };
        let nobodys = AssertedIdentity {
            email: None,
            ..asserted()
        };
        let unverified = AssertedIdentity {
            is_email_verified: false,
            ..asserted()
        };
        let untrusted = AssertedIdentity {
            is_authoritative: false,
            ..asserted()
        };
        for asserted in [other, nobodys, unverified, untrusted] {
            assert!(!asserted.may_join(&user()), "{asserted:?}");
        }
        let unproved = User {
            email_verified: false,
            ..user()
        };
        let guarded = User {
            has_second_factor: true,
            has_passkey: false,
            ..user()
        };
        assert!(!asserted().may_join(&unproved) && !asserted().may_join(&guarded));
    }

    #[test]
    fn an_account_is_called_as_well_as_the_provider_knows() {
        let email = Email::parse("ada@example.org").unwrap();
        let nameless = AssertedIdentity {
            full_name: Some("\u{200b}".to_owned()),
            ..asserted()
        };
        let unlabelled = AssertedIdentity {
            label: None,
            ..nameless.clone()
        };
        for (asserted, name) in [(asserted(), "Ada King"), (nameless, "ada"), (unlabelled.clone(), "ada")] {
            assert_eq!(asserted.name_of_account(&email).as_str(), name);
        }
        let short = Email::parse("a@example.org").unwrap();
        assert_eq!(unlabelled.name_of_account(&short).as_str(), "a@example.org");
        let long = AssertedIdentity {
            full_name: Some("x".repeat(300)),
            ..asserted()
        };
        assert_eq!(long.name_of_account(&email).as_str(), "x".repeat(100));
    }

    #[test]
    fn a_label_is_one_line_of_what_can_be_seen() {
        let label = |text: &str| IdentityLabel::of(text).map(|label| label.as_str().to_owned());
        assert_eq!(label(" ada\r\n\u{202e}love "), Some("adalove".to_owned()));
        assert_eq!(label("\n\t "), None);
        assert_eq!(label(&"가".repeat(300)), Some("가".repeat(100)));
    }
}
