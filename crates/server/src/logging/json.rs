//! Log lines as JSON: one object each.

use super::lines::{Form, Moment};
use portcullis_domain::RequestId;
use serde::{Serialize, Serializer};
use std::fmt::{self, Debug, Display};
use tracing::Event;
use tracing::field::{Field, Visit};

/// One object a line. A JSON text escapes what could end a line or move a cursor.
pub(super) struct Json;

impl Form for Json {
    fn write(&self, line: &mut Vec<u8>, at: Moment, request_id: Option<&RequestId>, event: &Event<'_>) {
        let metadata = event.metadata();
        line.extend_from_slice(b"{\"timestamp\":\"");
        at.write(line);
        line.extend_from_slice(b"\",\"level\":\"");
        line.extend_from_slice(metadata.level().as_str().as_bytes());
        line.push(b'"');
        let mut members = Members(line);
        if let Some(id) = request_id {
            members.add("request_id", id.as_str());
        }
        members.add("target", metadata.target());
        event.record(&mut members);
        line.extend_from_slice(b"}\n");
    }
}

/// Adds members to an object that has one already.
struct Members<'l>(&'l mut Vec<u8>);

impl Members<'_> {
    fn add(&mut self, name: &str, value: impl Serialize) {
        self.0.push(b',');
        self.json(name);
        self.0.push(b':');
        self.json(value);
    }

    fn json(&mut self, value: impl Serialize) {
        // Neither numbers and texts nor memory that is written to fail.
        let _ = serde_json::to_writer(&mut *self.0, &value);
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), Shown(value));
    }
}

struct Shown<'v>(&'v dyn Debug);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a `Debug` that fails has said stands. serde_json would end the program for it.
        let _ = write!(out, "{:?}", self.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::told::{AT, REQUEST, told, told_in_a_request};
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_line_holds_what_the_event_tells_and_the_id_of_its_request() {
        let lines = told_in_a_request(Json, || {
            let span = tracing::info_span!("of others", hidden = "of the span");
            span.in_scope(
                || tracing::warn!(count = 3, rate = 0.5, is_new = true, of = %"display", "a \"{}\"", "message"),
            );
        }) + &told(Json, || {
            tracing::info!(nothing = f64::NAN, lines = "one\ntwo\u{7}", "outside");
        });
        let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let target = module_path!();
        assert_eq!(
            read,
            [
                json!({
                    "timestamp": AT, "level": "WARN", "request_id": REQUEST, "target": target,
                    "message": "a \"message\"", "count": 3, "rate": 0.5, "is_new": true, "of": "display",
                }),
                json!({
                    "timestamp": AT, "level": "INFO", "target": target,
                    "message": "outside", "nothing": Value::Null, "lines": "one\ntwo\u{7}",
                }),
            ]
        );
    }
}
