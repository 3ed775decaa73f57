//! Where a request comes from, and what it is called.

use crate::ids::{ID_ENTROPY_BYTES, uuid_v7};
use crate::{Device, DeviceToken, UserAgent};
use chrono::{DateTime, Utc};
use std::fmt;

const MAX_LENGTH: usize = 128;

/// What a request is called in its answer, in the log and in the audit trail: 1 to 128 letters, digits, dots, hyphens
/// and underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A client's own name for its request, where it can be shown everywhere.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        ((1..=MAX_LENGTH).contains(&text.len()) && is_plain).then(|| Self(text.to_owned()))
    }

    /// A new one, a UUIDv7.
    #[must_use]
    pub fn new(at: DateTime<Utc>, random: [u8; ID_ENTROPY_BYTES]) -> Self {
        Self(uuid_v7(at, random).to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What is known of whoever asks for something, whether they are let in or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Where the request was sent from.
    pub device: Device,
    /// What the request is called; `None` where there was no request.
    pub request_id: Option<RequestId>,
    /// What the device shows to be known; not checked.
    pub device_token: Option<DeviceToken>,
}

impl Origin {
    /// What is done on the machine itself, by a program of that name: there is no address.
    #[must_use]
    pub fn local(program: &str) -> Self {
        Self {
            device: Device {
                address: None,
                user_agent: UserAgent::from_text(program),
            },
            request_id: None,
            device_token: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_called_what_can_be_shown_everywhere() {
        for good in ["a", "req-1_2.3", &"x".repeat(128)] {
            assert_eq!(RequestId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\nb", "é", "a/b", &"x".repeat(129)] {
            assert_eq!(RequestId::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_new_name_can_be_parsed() {
        let id = RequestId::new(DateTime::UNIX_EPOCH, [7; 10]);
        assert_eq!(RequestId::parse(id.as_str()), Some(id));
    }
}
