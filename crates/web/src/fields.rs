//! The members of a body and the parameters of a query, checked one by one; all that is wrong with them is told at once.

mod flaw;
mod form;
mod json;

pub use flaw::Flaw;

use crate::refusal::{FieldError, Refusal};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_application::spelling;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::mem;

/// The most errors that one answer lists, so that no answer grows far beyond its request.
const MAX_ERRORS: usize = 32;

/// RFC 3986, section 2.3: what stands in a URI as it is.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The members of a JSON object, or the parameters of a form or a query. Each is taken by its name. What nobody took is
/// refused at the end, but in a form.
pub struct Fields {
    reading: Reading,
    members: Map<String, Value>,
    repeated: BTreeSet<String>,
    /// The names that were asked for.
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Json,
    /// Of OAuth: what is not known there is ignored (RFC 6749, section 3.2).
    Form,
    Query,
    GuardingQuery,
}

impl Fields {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// `malformed_body` for what is no JSON (RFC 8259), `validation_failed` for JSON that is no object.
    pub fn of_json(body: &[u8]) -> Result<Self, Refusal> {
        let json::Object { members, repeated } = json::parse(body)?;
        let mut fields = Self::new(Reading::Json, members);
        for name in &repeated {
            fields.refuse(name, Flaw::REPEATED);
        }
        fields.repeated = repeated;
        Ok(fields)
    }

    /// Reads a form. A parameter without a value counts as left out (RFC 6749, section 3.2).
    ///
    /// # Errors
    /// `malformed_body` for what is not UTF-8, `repeated_parameter` for a parameter that stands twice.
    pub fn of_form(body: &[u8]) -> Result<Self, Refusal> {
        Ok(Self::new(Reading::Form, form::parse(body)?))
    }

    /// Reads a query, whose syntax is a form's. A parameter without a value counts as left out.
    ///
    /// # Errors
    /// As those of [`of_form`](Self::of_form).
    pub fn of_query(query: &str) -> Result<Self, Refusal> {
        Ok(Self::new(Reading::Query, form::parse(query.as_bytes())?))
    }

    /// Reads a query that says who may pass or what ends: there, a parameter without a value is not one that was left
    /// out, so that no door is opened, or left open, by a value that somebody forgot.
    ///
    /// # Errors
    /// As those of [`of_form`](Self::of_form).
    pub fn of_guarding_query(query: &str) -> Result<Self, Refusal> {
        Ok(Self::new(Reading::GuardingQuery, form::parse(query.as_bytes())?))
    }

    /// Refuses every parameter in the query of a call that takes none.
    ///
    /// # Errors
    /// `validation_failed` where there is one, and as those of [`of_form`](Self::of_form).
    pub fn refuse_any(query: &str) -> Result<(), Refusal> {
        if query.is_empty() {
            return Ok(());
        }
        Self::of_query(query)?.finish(Some(()))
    }

    const fn new(reading: Reading, members: Map<String, Value>) -> Self {
        Self {
            reading,
            members,
            repeated: BTreeSet::new(),
            known: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Tells what is wrong with the query together with what is wrong with these.
    pub(crate) fn beside(mut self, mut query: Self) -> Self {
        query.refuse_unknown();
        self.errors.splice(..0, query.errors);
        self
    }

    /// Takes a member that must be there, through `parse`. `None` where it was refused, which
    /// [`finish`](Self::finish) tells.
    pub fn required<T, E: Into<Flaw>>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<T> {
        if self.is_left_out(name) {
            self.take(name);
            let flaw = match self.reading {
                Reading::Json => Flaw::MISSING,
                Reading::Form | Reading::Query | Reading::GuardingQuery => Flaw::MISSING_PARAMETER,
            };
            self.refuse(name, flaw);
            return None;
        }
        self.optional(name, parse)
    }

    /// Takes a member that must be there and may be any text.
    pub fn required_text(&mut self, name: &'static str) -> Option<String> {
        self.required(name, Ok::<_, Infallible>)
    }

    /// Takes a member that must be there as long as nothing stands in its place, and may be any text. `flaw` is told where it is
    /// missing.
    pub fn text_or(&mut self, name: &'static str, flaw: Flaw) -> Option<String> {
        if self.is_left_out(name) {
            self.take(name);
            self.refuse(name, flaw);
            return None;
        }
        self.optional_text(name)
    }

    /// Takes a member that may be missing, and may be any text.
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        self.optional(name, Ok::<_, Infallible>)
    }

    /// Takes a member that may be missing, through `parse`. `None` where it is missing or was refused.
    pub fn optional<T, E: Into<Flaw>>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<T> {
        let Value::String(text) = self.take(name)? else {
            self.refuse(name, Flaw::NOT_A_STRING);
            return None;
        };
        parse(text).map_err(|flaw| self.refuse(name, flaw.into())).ok()
    }

    /// Takes a member that may be missing, and is an object of any members.
    pub fn optional_object(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        let Value::Object(object) = self.take(name)? else {
            self.refuse(name, Flaw::NO_OBJECT);
            return None;
        };
        Some(object)
    }

    /// Takes a member that must be there, and is an object of any members.
    pub fn required_object(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        if self.is_left_out(name) {
            self.take(name);
            self.refuse(name, Flaw::MISSING);
            return None;
        }
        self.optional_object(name)
    }

    /// Takes a member that may be missing, and is an object whose members `read` takes. What is wrong with them is told with
    /// what is wrong with the others, and so is what nobody took.
    pub fn optional_within<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut within = Self::new(self.reading, self.optional_object(name)?);
        let value = read(&mut within);
        within.refuse_unknown();
        let has_errors = !within.errors.is_empty();
        for error in within.errors {
            if self.errors.len() < MAX_ERRORS {
                let below = error.pointer.trim_start_matches('#');
                let pointer = format!("{}{below}", pointer_to(name));
                self.errors.push(FieldError { pointer, ..error });
            }
        }
        value.filter(|_| !has_errors)
    }

    /// Takes a member that may be missing, and is true or false in JSON.
    pub fn optional_boolean(&mut self, name: &'static str) -> Option<bool> {
        let boolean = self.take(name)?.as_bool();
        if boolean.is_none() {
            self.refuse(name, Flaw::NOT_A_BOOLEAN);
        }
        boolean
    }

    /// Takes all members that may be there, as they are: whoever reads them judges them together.
    ///
    /// # Errors
    /// `validation_failed` where a required one is missing, there are others, or one stands more than once.
    pub fn members(mut self, required: &[&'static str], known: &[&'static str]) -> Result<Map<String, Value>, Refusal> {
        let mut members = Map::new();
        for name in known {
            let is_missing = required.contains(name) && self.is_left_out(name);
            let value = self.take(name);
            if is_missing {
                self.refuse(name, Flaw::MISSING);
            } else if let Some(value) = value {
                members.insert((*name).to_owned(), value);
            }
        }
        self.finish(Some(members))
    }

    /// What stands there, unless it counts as left out or stands there more than once.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        let is_left_out = self.is_left_out(name);
        let value = self.members.remove(name)?;
        (!is_left_out && !self.repeated.contains(name)).then_some(value)
    }

    fn is_left_out(&self, name: &str) -> bool {
        match self.reading {
            Reading::Json | Reading::GuardingQuery => !self.members.contains_key(name),
            Reading::Form | Reading::Query => self.members.get(name).is_none_or(|value| value.as_str() == Some("")),
        }
    }

    /// The body, if nothing was refused.
    ///
    /// # Errors
    /// `validation_failed` with everything that was, and with what nobody took.
    pub fn finish<T>(mut self, body: Option<T>) -> Result<T, Refusal> {
        self.refuse_unknown();
        match body {
            Some(body) if self.errors.is_empty() => Ok(body),
            _ => Err(Refusal::validation_failed(self.errors)),
        }
    }

    fn refuse_unknown(&mut self) {
        let flaw = match self.reading {
            Reading::Form => return,
            Reading::Json => Flaw::unknown_member,
            Reading::Query | Reading::GuardingQuery => Flaw::unknown_parameter,
        };
        for name in mem::take(&mut self.members).keys().take(MAX_ERRORS) {
            self.refuse(name, flaw(spelling::nearest(name, &self.known)));
        }
    }

    fn refuse(&mut self, name: &str, flaw: Flaw) {
        if self.errors.len() < MAX_ERRORS {
            let parameter = match self.reading {
                Reading::Json | Reading::Form => None,
                Reading::Query | Reading::GuardingQuery => Some(name.to_owned()),
            };
            self.errors.push(flaw.at(pointer_to(name), parameter));
        }
    }
}

/// RFC 6901, sections 3 and 6.
fn pointer_to(name: &str) -> String {
    let escaped = name.replace('~', "~0").replace('/', "~1");
    format!("#/{}", utf8_percent_encode(&escaped, NOT_UNRESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_by_what_it_is() {
        for (mut fields, told) in [
            (Fields::of_json(b"{}").unwrap(), "this member is required"),
            (Fields::of_form(b"").unwrap(), "this parameter is required"),
            (Fields::of_query("").unwrap(), "this parameter is required"),
        ] {
            fields.required_text("code");
            assert_eq!(fields.errors[0].detail, told);
        }
    }
}
