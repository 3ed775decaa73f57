//! Reading what somebody wrote of a client or a resource: a body, a table of the file, or the flags of a command. All of
//! them have the same members, and all faults are told at once.

use crate::spelling::nearest;
use portcullis_domain::{Fault, UnknownWord};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

const WRONG_TYPE: &str = "wrong_type";

/// What somebody wrote: members by name. Those that are absent stay as they are.
pub type Written = Map<String, Value>;

/// All that is wrong with what somebody wrote.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(.0))]
pub struct Faults(pub Vec<Fault>);

fn told(faults: &[Fault]) -> String {
    let told = faults.iter().map(|fault| match &fault.value {
        Some(value) => format!("{} {value:?}: {}", fault.member, fault.detail),
        None => format!("{}: {}", fault.member, fault.detail),
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Reads the members one by one, and gathers what is wrong with them.
pub(super) struct Reader<'w> {
    written: &'w Written,
    pub(super) faults: Vec<Fault>,
}

impl<'w> Reader<'w> {
    pub(super) fn new(written: &'w Written) -> Self {
        Self {
            written,
            faults: Vec::new(),
        }
    }

    /// What stands there.
    pub(super) fn value(&self, member: &'static str) -> Option<&'w Value> {
        self.written.get(member)
    }

    pub(super) fn refuse(&mut self, member: &'static str, code: &'static str, detail: impl Into<String>) {
        self.faults.push(Fault::new(member, code, detail));
    }

    /// A text, through `parse`.
    pub(super) fn text<T, E: Display>(
        &mut self,
        member: &'static str,
        code: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.value(member)?;
        let Some(text) = value.as_str() else {
            self.refuse(member, WRONG_TYPE, "this is a text");
            return None;
        };
        parse(text)
            .map_err(|error| self.refuse(member, code, error.to_string()))
            .ok()
    }

    /// A text or nothing, which `null` says. Where the member is absent, `into` stays as it is.
    pub(super) fn nullable<T, E: Display>(
        &mut self,
        member: &'static str,
        code: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        into: &mut Option<T>,
    ) {
        if self.value(member) == Some(&Value::Null) {
            *into = None;
        } else if let Some(value) = self.text(member, code, parse) {
            *into = Some(value);
        }
    }

    /// One of a few words.
    pub(super) fn word<T: FromStr<Err = UnknownWord>>(&mut self, member: &'static str) -> Option<T> {
        self.text(member, "unknown_word", word)
    }

    /// One of a few words, or nothing.
    pub(super) fn nullable_word<T: FromStr<Err = UnknownWord>>(&mut self, member: &'static str, into: &mut Option<T>) {
        self.nullable(member, "unknown_word", word, into);
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, member: &'static str) -> Option<bool> {
        let flag = self.value(member)?.as_bool();
        if flag.is_none() {
            self.refuse(member, WRONG_TYPE, "this is true or false");
        }
        flag
    }

    /// A whole number.
    pub(super) fn number(&mut self, member: &'static str) -> Option<i64> {
        let number = self.value(member)?.as_i64();
        if number.is_none() {
            self.refuse(member, WRONG_TYPE, "this is a whole number");
        }
        number
    }

    /// A list of texts, each through `parse`.
    pub(super) fn list<T: Ord, E: Display>(
        &mut self,
        member: &'static str,
        code: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<BTreeSet<T>> {
        let Some(values) = self.value(member)?.as_array() else {
            self.refuse(member, WRONG_TYPE, "this is a list of texts");
            return None;
        };
        let mut parsed = BTreeSet::new();
        for value in values {
            let Some(text) = value.as_str() else {
                self.refuse(member, WRONG_TYPE, "each of these is a text");
                continue;
            };
            match parse(text) {
                Ok(value) => _ = parsed.insert(value),
                Err(error) => self.faults.push(Fault::of(member, text, code, error.to_string())),
            }
        }
        Some(parsed)
    }

    /// The faults, if there are any.
    pub(super) fn end<T>(self, value: T) -> Result<T, Faults> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(Faults(self.faults))
        }
    }
}

/// One of a few words, or which may be meant.
fn word<T: FromStr<Err = UnknownWord>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error: UnknownWord| meant(error.to_string(), text, error.0))
}

/// What is wrong, and which of the known names may be meant.
pub(super) fn meant(wrong: String, written: &str, known: &[&str]) -> String {
    match nearest(written, known) {
        Some(meant) => format!("{wrong}; did you mean {meant}?"),
        None => wrong,
    }
}
