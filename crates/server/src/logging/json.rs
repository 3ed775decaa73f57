//! Log lines as JSON: one object each.

use super::lines::{Form, Moment, write_escaped};
use portcullis_domain::RequestId;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::fmt::{self, Debug, Display};
use std::io::{self, Write};
use tracing::Event;
use tracing::field::{Field, Visit};

/// One object a line.
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
        // Numbers and texts can't fail, nor can writing to memory.
        let _ = value.serialize(&mut Serializer::with_formatter(&mut *self.0, Escaping));
    }
}

/// Escapes what JSON lets stand, and what changes the text around it on a terminal.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(writer, fragment, |writer, character| {
            let mut units = [0; 2];
            let mut units = character.encode_utf16(&mut units).iter();
            units.try_for_each(|unit| write!(writer, "\\u{unit:04x}"))
        })
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
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
    use portcullis_domain::changes_other_text;
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
    #[test]
    fn nobody_else_writes_a_line_or_moves_the_cursor() {
        let sent = "one\n\"two\\\r\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2028}\u{e0001} \u{e9}";
        let lines = told(
            Json,
            || tracing::info!(shown = %sent, text = sent, debug = ?sent, "{sent}"),
        );
        assert!(!lines.trim_end_matches('\n').contains(changes_other_text), "{lines:?}");
        assert_eq!(lines.lines().count(), 1, "{lines}");
        let read: Value = serde_json::from_str(&lines).unwrap();
        assert_eq!([&read["shown"], &read["text"], &read["message"]], [sent; 3]);
        assert_eq!(read["debug"], format!("{sent:?}"));
    }
}
