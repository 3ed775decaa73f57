//! The address that a user signs in with.

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

/// Why a text is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing, or only white space.
    #[error("an email address is needed")]
    Empty,
    /// More than 254 bytes.
    #[error("an email address has at most {MAX_BYTES} bytes")]
    TooLong,
    /// Characters outside ASCII.
    #[error("write the email address in ASCII; an international domain has a form that starts with xn--")]
    NotAscii,
    /// Not of the form `local@domain.tld` (RFC 5321, section 4.1.2, without quoted local parts and literals).
    #[error("this is not an email address")]
    NotAnAddress,
}

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
        if !text.is_ascii() {
            return Err(EmailError::NotAscii);
        }
        let grammar = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        let address = EmailAddress::parse_with_options(text, grammar).map_err(|_| EmailError::NotAnAddress)?;
        // The grammar allows quotes around a local part and lets a domain hold more than host names do.
        let is_plain = !address.local_part().starts_with('"') && is_host_name(address.domain());
        if !is_plain {
            return Err(EmailError::NotAnAddress);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The address in its canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 1123, section 2.1. The last label is not all digits: that would be an address of the network.
fn is_host_name(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.split('.').all(is_host_label) && !top.bytes().all(|byte| byte.is_ascii_digit())
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
    fn what_is_no_address_is_refused() {
        use EmailError::{Empty, NotAnAddress, NotAscii, TooLong};
        let long = format!("{}@example.org", "a".repeat(250));
        for (text, reason) in [
            ("", Empty),
            (" \t ", Empty),
            (long.as_str(), TooLong),
            ("a\u{ff20}x.test", NotAscii),
            ("ä@x.test", NotAscii),
            ("a", NotAnAddress),
            ("a@b", NotAnAddress),
            ("@x.test", NotAnAddress),
            ("a@", NotAnAddress),
            ("a@@x.test", NotAnAddress),
            ("a@b@x.test", NotAnAddress),
            ("a@x.test.", NotAnAddress),
            ("a@x..test", NotAnAddress),
            ("a@-x.test", NotAnAddress),
            ("a@x_y.test", NotAnAddress),
            ("a@1.2.3.4", NotAnAddress),
            (".a@x.test", NotAnAddress),
            ("a..b@x.test", NotAnAddress),
            ("a b@x.test", NotAnAddress),
            ("\"a b\"@x.test", NotAnAddress),
            ("Ada <a@x.test>", NotAnAddress),
            ("a@[127.0.0.1]", NotAnAddress),
            ("a@x.test\r\nBcc: b@x.test", NotAnAddress),
            ("a\0@x.test", NotAnAddress),
            ("a@x.test\0", NotAnAddress),
            ("' OR 1=1--", NotAnAddress),
        ] {
            assert_eq!(Email::parse(text), Err(reason), "{text:?}");
        }
    }

    proptest! {
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
