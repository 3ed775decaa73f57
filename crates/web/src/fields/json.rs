//! JSON objects with their repeated members, which `serde_json` alone would keep the last of.

use super::flaw::Flaw;
use crate::refusal::Refusal;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// A JSON object.
pub(super) struct Object {
    /// Its members, by name.
    pub(super) members: Map<String, Value>,
    /// The names that stand more than once.
    pub(super) repeated: BTreeSet<String>,
}

/// What some programs write before UTF-8. A reader may ignore it (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Parses the text of one JSON object. What is nested too deeply is malformed.
pub(super) fn parse(text: &[u8]) -> Result<Object, Refusal> {
    match serde_json::from_slice(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)) {
        Ok(Document::Object(object)) => Ok(object),
        Ok(Document::Other) => Err(Refusal::validation_failed(vec![
            Flaw::NOT_AN_OBJECT.at("#".to_owned(), None),
        ])),
        // The error's own text may quote what was sent.
        Err(error) => Err(Refusal::malformed_body(format!(
            "Send the body as well-formed JSON in UTF-8; this one breaks at line {}, column {}.",
            error.line(),
            error.column()
        ))),
    }
}

enum Document {
    Object(Object),
    Other,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Document, A::Error> {
        let (mut members, mut repeated) = (Map::new(), BTreeSet::new());
        while let Some((name, value)) = entries.next_entry::<String, Value>()? {
            if members.contains_key(&name) {
                repeated.insert(name);
            } else {
                members.insert(name, value);
            }
        }
        Ok(Document::Object(Object { members, repeated }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Document, A::Error> {
        while elements.next_element::<Value>()?.is_some() {}
        Ok(Document::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Document, E> {
        Ok(Document::Other)
    }
}
