//! JSON as it is answered, and what is read alike in several queries.

use chrono::{DateTime, Datelike as _, SecondsFormat, Utc};
use portcullis_web::Flaw;
use serde::Serialize;

/// Neither yes nor no.
const NO_BOOLEAN: Flaw = Flaw::fixed("wrong_type", "this parameter is true or false");

/// A time as it is answered: RFC 3339 in UTC, to the microsecond that the store keeps.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A moment as RFC 3339 writes it, in the years that it can be written in. Parsers take more than that: a blank in the place
/// of `T`, the year 0, and leap seconds, which no clock of ours shows.
#[must_use]
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    const SEPARATOR: usize = 10;
    if !matches!(text.as_bytes().get(SEPARATOR), Some(b'T' | b't')) {
        return None;
    }
    let moment = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    let is_leap_second = moment.timestamp_subsec_nanos() >= 1_000_000_000;
    ((1..=9999).contains(&moment.year()) && !is_leap_second).then_some(moment)
}

/// A body as it is answered: one line, without a line end.
#[expect(
    clippy::expect_used,
    reason = "the names of members are strings, and the writer is memory"
)]
pub(crate) fn json_line(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("a body is JSON")
}

/// Yes or no, in a query.
pub(crate) fn boolean_parameter(text: &str) -> Result<bool, Flaw> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(NO_BOOLEAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_what_rfc_3339_writes_and_nothing_else() {
        for (text, read) in [
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000000Z"),
            ("2026-11-22t09:30:00.5z", "2026-11-22T09:30:00.500000Z"),
            ("2026-11-22T09:30:00+09:00", "2026-11-22T00:30:00.000000Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000Z"),
        ] {
            assert_eq!(moment(text).map(timestamp).as_deref(), Some(read), "{text}");
        }
        for text in [
            "2026-11-22 09:30:00Z",
            "2026-11-22T09:30:60Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-11-22T09:30:00",
            "2026-11-22",
            "",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
