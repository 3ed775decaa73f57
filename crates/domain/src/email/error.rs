//! Why a text is no email address.

use super::{MAX_BYTES, ends_with_a_number, is_host_label};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest part before the `@`, in bytes (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_PART_BYTES: usize = 64;

/// Why a text is no email address. Says nothing of the text itself, which may be a secret that somebody put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing, or only white space.
    #[error("an email address is needed")]
    Empty,
    /// More than 254 bytes.
    #[error("an email address has at most {MAX_BYTES} bytes")]
    TooLong,
    /// A character that nobody can see, such as one that came along when the address was copied.
    #[error("the email address holds a character that can't be seen; type it instead of copying it")]
    Invisible,
    /// Characters outside ASCII.
    #[error("write the email address in ASCII; an international domain has a form that starts with xn--")]
    NotAscii,
    /// A space or a control character, such as a line end.
    #[error("an email address has no spaces and no line ends in it")]
    Blank,
    /// A name beside the address, or brackets around it.
    #[error("write the email address alone, without a name beside it and without < and >")]
    Bracket,
    /// No `@`.
    #[error("an email address has an @, as ada@example.org has")]
    NoAt,
    /// More than one `@`.
    #[error("an email address has one @, and no other one")]
    SeveralAts,
    /// Nothing before the `@`.
    #[error("before the @ of an email address stands who is meant, as in ada@example.org")]
    NoLocalPart,
    /// More than 64 bytes before the `@` (RFC 5321, section 4.5.3.1.1).
    #[error("before the @ of an email address stand at most {MAX_LOCAL_PART_BYTES} characters")]
    LongLocalPart,
    /// A dot before the `@` that has not another character on each side.
    #[error("before the @ of an email address a dot stands neither first nor last nor beside another dot")]
    LocalPartDot,
    /// Quotes or another character that may not stand before the `@`.
    #[error("before the @ of an email address stand letters, digits, dots and !#$%&'*+-/=?^_`{{|}}~, and nothing else")]
    LocalPartCharacter,
    /// Nothing after the `@`.
    #[error("after the @ of an email address stands a domain, as in ada@example.org")]
    NoDomain,
    /// An address of the network in the place of the domain.
    #[error("after the @ of an email address stands a domain and no IP address")]
    IpAddress,
    /// A domain of one label, such as `localhost`.
    #[error(
        "the domain after the @ has a dot, as example.org has; names without one, such as localhost, are not taken"
    )]
    NoDot,
    /// A dot of the domain that has not another character on each side.
    #[error("after the @ of an email address a dot stands neither first nor last nor beside another dot")]
    DomainDot,
    /// A character that no host name has.
    #[error("the domain after the @ has letters, digits, hyphens and dots, and nothing else")]
    DomainCharacter,
    /// A label of more than 63 bytes, or with a hyphen at its beginning or end.
    #[error("between its dots the domain after the @ has 1 to 63 characters, and no hyphen first or last")]
    DomainLabel,
    /// Not of the form `local@domain.tld` for another reason (RFC 5321, section 4.1.2).
    #[error("this is not an email address")]
    NotAnAddress,
}

/// What to say of a text that is no address. It judges nothing: that it is none is known.
pub(super) fn of_no_address(text: &str) -> EmailError {
    if text.contains(['<', '>']) {
        return EmailError::Bracket;
    }
    if text.contains(|character: char| character.is_ascii_whitespace() || character.is_control()) {
        return EmailError::Blank;
    }
    let Some((local, domain)) = text.split_once('@') else {
        return EmailError::NoAt;
    };
    if domain.contains('@') {
        return EmailError::SeveralAts;
    }
    before_the_at(local)
        .or_else(|| after_the_at(domain))
        .unwrap_or(EmailError::NotAnAddress)
}

fn before_the_at(local: &str) -> Option<EmailError> {
    if local.is_empty() {
        Some(EmailError::NoLocalPart)
    } else if local.len() > MAX_LOCAL_PART_BYTES {
        Some(EmailError::LongLocalPart)
    } else if has_loose_dot(local) {
        Some(EmailError::LocalPartDot)
    } else if local.contains(['"', '(', ')', ',', ':', ';', '[', '\\', ']']) {
        Some(EmailError::LocalPartCharacter)
    } else {
        None
    }
}

fn after_the_at(domain: &str) -> Option<EmailError> {
    if domain.is_empty() {
        Some(EmailError::NoDomain)
    } else if domain.starts_with('[') || domain.parse::<Ipv4Addr>().is_ok() || domain.parse::<Ipv6Addr>().is_ok() {
        Some(EmailError::IpAddress)
    } else if has_loose_dot(domain) {
        Some(EmailError::DomainDot)
    } else if domain.contains(|character: char| !character.is_ascii_alphanumeric() && !matches!(character, '-' | '.')) {
        Some(EmailError::DomainCharacter)
    } else if !domain.contains('.') {
        Some(EmailError::NoDot)
    } else if !domain.split('.').all(is_host_label) {
        Some(EmailError::DomainLabel)
    } else if ends_with_a_number(domain) {
        Some(EmailError::IpAddress)
    } else {
        None
    }
}

fn has_loose_dot(text: &str) -> bool {
    text.split('.').any(str::is_empty)
}
