//! The time zone that somebody reads times in.

use chrono_tz::{TZ_VARIANTS, Tz};
use std::fmt;
use std::str::FromStr;

/// A zone of the IANA database, such as `Asia/Seoul`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(Tz);

/// A text that names no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a time zone of the IANA database, such as Asia/Seoul or UTC")]
pub struct TimeZoneError;

impl TimeZone {
    /// Parses the name of a zone, in its own letter case.
    ///
    /// # Errors
    /// [`TimeZoneError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, TimeZoneError> {
        text.parse().map(Self).map_err(|_| TimeZoneError)
    }

    /// All zones of the database, other names of the same among them.
    pub fn all() -> impl Iterator<Item = Self> {
        TZ_VARIANTS.into_iter().map(Self)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.name()
    }

    /// The zone, to tell times in.
    #[must_use]
    pub const fn rules(self) -> Tz {
        self.0
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, TimeZoneError> {
        Self::parse(text)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_one_of_the_database() {
        for good in ["UTC", "Asia/Seoul", "America/Argentina/Buenos_Aires"] {
            assert_eq!(TimeZone::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "Seoul", "asia/seoul", "+09:00", "../UTC", "UTC\r\n"] {
            assert_eq!(TimeZone::parse(bad), Err(TimeZoneError), "{bad:?}");
        }
    }
}
