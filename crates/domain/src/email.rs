//! The address that a user signs in with.

mod error;

pub use error::EmailError;

use crate::visibility::is_ignorable;
use email_address::{EmailAddress, Options};
use std::fmt;

/// The longest address that SMTP can carry (RFC 5321, section 4.5.3.1.3, less the angle brackets), in bytes.
const MAX_BYTES: usize = 254;

/// An email address in its one canonical form: trimmed, lower case, ASCII, with a dotted domain.
///
/// Two spellings that reach the same mailbox in practice are the same `Email`, so they can't be two accounts.
/// Addresses outside ASCII are refused rather than folded: what looks alike must not become alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Parses and normalizes.
    ///
    /// # Errors
    /// The first of [`EmailError`] that holds.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(EmailError::TooLong);
        }
        if text.chars().any(is_ignorable) {
            return Err(EmailError::Invisible);
        }
        if !text.is_ascii() {
            return Err(EmailError::NotAscii);
        }
        if is_address(text) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(error::of_no_address(text))
        }
    }

    /// The address in its canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_address(text: &str) -> bool {
    let grammar = Options::default()
        .with_required_tld()
        .without_domain_literal()
        .without_display_text();
    EmailAddress::parse_with_options(text, grammar).is_ok_and(|address| {
        // The grammar allows quotes around a local part and lets a domain hold more than host names do.
        !address.local_part().starts_with('"') && is_host_name(address.domain())
    })
}

/// RFC 1123, section 2.1. The last label is not all digits: that would be an address of the network.
fn is_host_name(domain: &str) -> bool {
    domain.split('.').all(is_host_label) && !ends_with_a_number(domain)
}

fn ends_with_a_number(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default();
    top.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and inner hyphens, at most 63 of them.
fn is_host_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_mailbox_are_one_address() {
        for text in [
            "ada@example.org",
            "  ada@example.org ",
            "ADA@Example.ORG",
            "ada@example.org\r\n",
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), "ada@example.org", "{text:?}");
        }
    }

    #[test]
    fn common_addresses_are_accepted() {
        for text in [
            "a@x.test",
            "first.last+tag@mail.example.co.kr",
            "o'brien@example.org",
            "x_1-2@xn--bcher-kva.example",
        ] {
            assert!(Email::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        use EmailError::{
            Blank, Bracket, DomainCharacter, DomainDot, DomainLabel, Empty, Invisible, IpAddress, LocalPartCharacter,
            LocalPartDot, LongLocalPart, NoAt, NoDomain, NoDot, NoLocalPart, NotAscii, SeveralAts, TooLong,
        };
        let long = format!("{}@example.org", "a".repeat(250));
        let long_local_part = format!("{}@example.org", "a".repeat(65));
        let long_label = format!("a@{}.org", "b".repeat(64));
        for (text, reason) in [
            ("", Empty),
            (" \t ", Empty),
            (long.as_str(), TooLong),
            ("a\u{ff20}x.test", NotAscii),
            ("ä@x.test", NotAscii),
            ("a\u{a0}b@x.test", NotAscii),
            ("\u{feff}a@x.test", Invisible),
            ("a@x.test\u{200b}", Invisible),
            ("a", NoAt),
            ("a.x.test", NoAt),
            ("' OR 1=1--", Blank),
            ("a@b", NoDot),
            ("user@localhost", NoDot),
            ("@x.test", NoLocalPart),
            ("@", NoLocalPart),
            ("a@", NoDomain),
            ("a@@x.test", SeveralAts),
            ("a@b@x.test", SeveralAts),
            ("a@b@c", SeveralAts),
            ("a@x.test.", DomainDot),
            ("a@.x.test", DomainDot),
            ("a@x..test", DomainDot),
            ("a@-x.test", DomainLabel),
            ("a@x-.test", DomainLabel),
            (&long_label, DomainLabel),
            ("a@x_y.test", DomainCharacter),
            ("a@x,test", DomainCharacter),
            ("a@example.org:25", DomainCharacter),
            ("a@x.test\\", DomainCharacter),
            ("a@1.2.3.4", IpAddress),
            ("a@x.1", IpAddress),
            ("a@::1", IpAddress),
            ("a@[127.0.0.1]", IpAddress),
            (".a@x.test", LocalPartDot),
            ("a.@x.test", LocalPartDot),
            ("a..b@x.test", LocalPartDot),
            ("a..b@x", LocalPartDot),
            (&long_local_part, LongLocalPart),
            ("a,b@x.test", LocalPartCharacter),
            ("a(b)@x.test", LocalPartCharacter),
            ("\"ab\"@x.test", LocalPartCharacter),
            ("mailto:a@x.test", LocalPartCharacter),
            ("a b@x.test", Blank),
            ("\"a b\"@x.test", Blank),
            ("a@x .test", Blank),
            ("a@x.test\r\nBcc: b@x.test", Blank),
            ("a\0@x.test", Blank),
            ("a@x.test\0", Blank),
            ("Ada <a@x.test>", Bracket),
            ("<a@x.test>", Bracket),
        ] {
            assert_eq!(Email::parse(text), Err(reason), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn there_is_a_reason_for_each_refusal(text in "[ -~]{0,12}@?[ -~]{0,12}|[a-c.@\"-]{0,9}|a@[0-9a-z.-]{0,70}") {
            prop_assert_ne!(Email::parse(&text), Err(EmailError::NotAnAddress));
        }

        #[test]
        fn any_text_is_an_address_or_refused_and_parsing_again_changes_nothing(text in ".{0,300}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
