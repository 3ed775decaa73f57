//! Devices that somebody signed in on before.

use chrono::{DateTime, Utc};
use std::fmt;
use std::time::Duration;

/// Names a device, as its cookie does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeviceId([u8; Self::BYTES]);

impl DeviceId {
    /// Its length.
    pub const BYTES: usize = 16;

    /// The name in those bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The name as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// A device is known by its cookie alone, so the name in it is not printed.
impl fmt::Debug for DeviceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DeviceId(…)")
    }
}

/// A device on which a user signed in before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its name.
    pub id: DeviceId,
    /// When the user last signed in there. It is not later than the sign-in, and less than a minute earlier.
    pub since: DateTime<Utc>,
}

/// What a device shows, or is given, to be known by later: the value of its cookie. What is shown may be any text. It lets
/// nobody in; it decides by which counter a wrong password counts.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// How long after a sign-in it counts. Browsers keep a cookie as long at the most (RFC 6265bis, section 5.5).
    pub const LIFE: Duration = Duration::from_hours(400 * 24);

    /// What was shown, or made.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DeviceToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_device_is_printed() {
        assert_eq!(format!("{:?}", DeviceToken::new("abc".to_owned())), "DeviceToken(…)");
        assert_eq!(format!("{:?}", DeviceId::new([7; 16])), "DeviceId(…)");
    }
}
