//! What is sent and answered. A body that is sent holds parsed types: reading it is what checks it.

pub(crate) mod account;
pub(crate) mod auth;
pub(crate) mod page;
pub(crate) mod service;
pub(crate) mod sessions;

use chrono::{DateTime, SecondsFormat, Utc};

/// A time as it is answered: RFC 3339 in UTC, to the microsecond that the store keeps.
fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
