//! The members of a body, checked one by one; all that is wrong with them is told at once.

mod flaw;
mod form;
mod json;

pub use flaw::Flaw;

use crate::refusal::{FieldError, Refusal};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// The most errors that one answer lists, so that no answer grows far beyond its request.
const MAX_ERRORS: usize = 32;

/// RFC 3986, section 2.3: what stands in a URI as it is.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The members of a JSON object or a form. Each is taken by its name; what nobody takes is ignored.
pub struct Fields {
    members: Map<String, Value>,
    repeated: BTreeSet<String>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// `malformed_body` for what is no JSON (RFC 8259), `validation_failed` for JSON that is no object.
    pub fn of_json(body: &[u8]) -> Result<Self, Refusal> {
        let json::Object { members, repeated } = json::parse(body)?;
        let mut fields = Self {
            members,
            repeated: BTreeSet::new(),
            errors: Vec::new(),
        };
        for name in &repeated {
            fields.refuse(name, Flaw::REPEATED);
        }
        fields.repeated = repeated;
        Ok(fields)
    }

    /// Reads a form, or a query of the same syntax. A parameter without a value counts as left out (RFC 6749, section
    /// 3.2).
    ///
    /// # Errors
    /// `malformed_body` for what is not UTF-8, `repeated_parameter` for a parameter that stands twice.
    pub fn of_form(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Self::of_guarding_query(body)?;
        fields.members.retain(|_, value| value.as_str() != Some(""));
        Ok(fields)
    }

    /// Reads a query that says who may pass or what ends: there, a parameter without a value is not one that was left
    /// out, so that no door is opened, or left open, by a value that somebody forgot.
    ///
    /// # Errors
    /// As those of [`of_form`](Self::of_form).
    pub fn of_guarding_query(query: &[u8]) -> Result<Self, Refusal> {
        Ok(Self {
            members: form::parse(query)?,
            repeated: BTreeSet::new(),
            errors: Vec::new(),
        })
    }

    /// Takes a member that must be there, through `parse`. `None` where it was refused, which
    /// [`finish`](Self::finish) tells.
    pub fn required<T, E: Into<Flaw>>(&mut self, name: &str, parse: impl FnOnce(String) -> Result<T, E>) -> Option<T> {
        if !self.members.contains_key(name) {
            self.refuse(name, Flaw::MISSING);
            return None;
        }
        self.optional(name, parse)
    }

    /// Takes a member that must be there and may be any text.
    pub fn required_text(&mut self, name: &str) -> Option<String> {
        self.required(name, Ok::<_, Infallible>)
    }

    /// Takes a member that may be missing, and may be any text.
    pub fn optional_text(&mut self, name: &str) -> Option<String> {
        self.optional(name, Ok::<_, Infallible>)
    }

    /// Takes a member that may be missing, through `parse`. `None` where it is missing or was refused.
    pub fn optional<T, E: Into<Flaw>>(&mut self, name: &str, parse: impl FnOnce(String) -> Result<T, E>) -> Option<T> {
        let Value::String(text) = self.take(name)? else {
            self.refuse(name, Flaw::NOT_A_STRING);
            return None;
        };
        parse(text).map_err(|flaw| self.refuse(name, flaw.into())).ok()
    }

    /// Takes a member that may be missing, and is true or false in JSON.
    pub fn optional_boolean(&mut self, name: &str) -> Option<bool> {
        let boolean = self.take(name)?.as_bool();
        if boolean.is_none() {
            self.refuse(name, Flaw::NOT_A_BOOLEAN);
        }
        boolean
    }

    /// What stands there, unless it stands there more than once.
    fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.members.remove(name)?;
        (!self.repeated.contains(name)).then_some(value)
    }

    /// Refuses every member but those, where one that is misspelled must not count as left out.
    pub fn refuse_all_but(&mut self, known: &[&str]) {
        let unknown: Vec<String> = self
            .members
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .cloned()
            .collect();
        for name in unknown {
            self.refuse(&name, Flaw::UNKNOWN);
        }
    }

    /// The body, if nothing was refused.
    ///
    /// # Errors
    /// `validation_failed` with everything that was.
    pub fn finish<T>(self, body: Option<T>) -> Result<T, Refusal> {
        match body {
            Some(body) if self.errors.is_empty() => Ok(body),
            _ => Err(Refusal::validation_failed(self.errors)),
        }
    }

    fn refuse(&mut self, name: &str, flaw: Flaw) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(flaw.at(pointer_to(name)));
        }
    }
}

/// RFC 6901, sections 3 and 6.
fn pointer_to(name: &str) -> String {
    let escaped = name.replace('~', "~0").replace('/', "~1");
    format!("#/{}", utf8_percent_encode(&escaped, NOT_UNRESERVED))
}
