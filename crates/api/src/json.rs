//! JSON as it is answered, and what is read alike in several queries.

use chrono::{DateTime, SecondsFormat, Utc};
use portcullis_web::Flaw;
use serde::Serialize;

/// Neither yes nor no.
const NO_BOOLEAN: Flaw = Flaw::fixed("wrong_type", "this parameter is true or false");

/// A time as it is answered: RFC 3339 in UTC, to the microsecond that the store keeps.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
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
