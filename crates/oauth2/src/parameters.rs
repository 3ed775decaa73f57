//! The parameters of a request, from a query or a form.

use crate::form;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// The one parameter that may stand there several times (RFC 8707, section 2).
const REPEATABLE: &str = "resource";

/// The one whose empty value is told from its absence: it would pass for a request without PKCE.
const NEVER_ABSENT: &str = "code_challenge";

/// The names that a refusal may tell: those of the standards. Any other is input.
const KNOWN: &[&str] = &[
    "acr_values",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "ui_locales",
];

/// The parameters of a request (RFC 6749, section 3.1). Each stands there once, but `resource`. One without a value is absent,
/// but `code_challenge`.
///
/// `Debug` prints the names alone, since codes, secrets and tokens are among the values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, Vec<String>>);

/// Why a request's parameters can't be taken as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterFault {
    /// The whole is longer than the endpoint takes.
    #[error("the request is too long")]
    TooLong,
    /// A percent-encoding that is none, what is not UTF-8, or NUL.
    #[error("a parameter is not encoded as application/x-www-form-urlencoded in UTF-8")]
    Malformed,
    /// A parameter stands there more than once; its name where it is one of the standards'.
    #[error("{} is repeated", .0.unwrap_or("a parameter"))]
    Repeated(Option<&'static str>),
}

/// A fault, and what is sound all the same: parameters that stand there once and are well encoded. By these an authorization
/// endpoint finds out whether it may tell the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct FaultyParameters {
    /// The first fault.
    pub fault: ParameterFault,
    /// The parameters that have none.
    pub sound: Parameters,
}

impl Parameters {
    /// Reads a query (without its `?`) or a form of up to `most` bytes. `+` is a space in both.
    ///
    /// # Errors
    /// The first [`ParameterFault`], with the parameters that have none.
    pub fn parse(text: &[u8], most: usize) -> Result<Self, FaultyParameters> {
        let mut fault = (text.len() > most).then_some(ParameterFault::TooLong);
        let mut sound: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut unsound = Vec::new();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let Some(name) = form::decode(name) else {
                fault = fault.or(Some(ParameterFault::Malformed));
                continue;
            };
            let Some(value) = form::decode(value.get(1..).unwrap_or_default()) else {
                fault = fault.or(Some(ParameterFault::Malformed));
                unsound.push(name);
                continue;
            };
            match sound.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(vec![value]);
                }
                Entry::Occupied(mut others) if others.key() == REPEATABLE => others.get_mut().push(value),
                Entry::Occupied(others) => {
                    fault = fault.or(Some(ParameterFault::Repeated(known(others.key()))));
                    unsound.push(others.key().clone());
                }
            }
        }
        for name in unsound {
            sound.remove(&name);
        }
        sound.retain(|name, values| {
            values.retain(|value| !value.is_empty() || name == NEVER_ABSENT);
            !values.is_empty()
        });
        let sound = Self(sound);
        match fault {
            None => Ok(sound),
            Some(fault) => Err(FaultyParameters { fault, sound }),
        }
    }

    /// The value of a parameter that stands there once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.0.get(name)?.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    }

    /// All values of a parameter, in their order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of these names alone.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| names.contains(&name.as_str()));
        self
    }

    /// With this value of a parameter in the place of any other.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), vec![value.to_owned()]);
        self
    }

    /// As a query: sorted by name, so that requests that say the same are the same text.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        for (name, values) in &self.0 {
            for value in values {
                form::append(name, value, &mut query);
            }
        }
        query
    }
}

fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| **known == name).copied()
}

impl fmt::Debug for Parameters {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Parameters, FaultyParameters> {
        Parameters::parse(text.as_bytes(), 100)
    }

    #[test]
    fn a_parameter_has_one_value() {
        let parameters = parse("state=a+b%26&&scope=openid&flag").unwrap();
        assert_eq!(parameters.get("state"), Some("a b&"));
        assert_eq!(parameters.get("scope"), Some("openid"));
        assert_eq!(parameters.get("flag"), None);
        assert_eq!(parameters.get("nonce"), None);
    }

    #[test]
    fn resource_alone_may_stand_there_several_times() {
        let parameters = parse("resource=b&resource=a&resource=").unwrap();
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(parameters.get("resource"), None);
    }

    #[test]
    fn an_empty_value_is_absent_but_that_of_a_code_challenge() {
        let parameters = parse("state=&code_challenge=").unwrap();
        assert_eq!(parameters.get("state"), None);
        assert_eq!(parameters.get("code_challenge"), Some(""));
    }

    #[test]
    fn a_repeated_parameter_is_refused_and_has_no_value() {
        for (text, name) in [
            ("client_id=a&state=x&state=y", Some("state")),
            ("client_id=a&state=x&state=", Some("state")),
            ("client_id=a&evil=1&evil=2&evil=3", None),
        ] {
            let refused = parse(text).unwrap_err();
            assert_eq!(refused.fault, ParameterFault::Repeated(name));
            assert_eq!(refused.sound, parse("client_id=a").unwrap(), "{text}");
        }
    }

    #[test]
    fn what_is_badly_encoded_is_refused_and_leaves_the_rest() {
        for text in [
            "client_id=a&state=%",
            "client_id=a&%zz=b",
            "client_id=a&state=%00",
            "client_id=a&state=%ff",
        ] {
            let refused = parse(text).unwrap_err();
            assert_eq!(refused.fault, ParameterFault::Malformed);
            assert_eq!(refused.sound, parse("client_id=a").unwrap(), "{text}");
        }
    }

    #[test]
    fn a_long_request_is_refused_and_still_tells_whose_it_is() {
        let refused = parse(&format!("client_id=a&state={}", "x".repeat(100))).unwrap_err();
        assert_eq!(refused.fault, ParameterFault::TooLong);
        assert_eq!(refused.sound.get("client_id"), Some("a"));
    }

    #[test]
    fn a_query_is_the_same_text_in_any_order() {
        let query = parse("state=a+b&client_id=x").unwrap().to_query();
        assert_eq!(query, "client_id=x&state=a%20b");
        assert_eq!(parse("client_id=x&state=a%20b").unwrap().to_query(), query);
    }

    #[test]
    fn values_are_not_printed() {
        let printed = format!("{:?}", parse("client_secret=pcs_1234").unwrap());
        assert_eq!(printed, r#"{"client_secret"}"#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Parameters::parse(&bytes, 100);
        }

        #[test]
        fn what_is_written_is_read_as_the_same(
            pairs in prop::collection::btree_map("[^\0]{1,8}", prop::collection::vec("[^\0]{1,8}", 1), 0..6),
        ) {
            let written = Parameters(pairs).0.into_iter();
            let written = Parameters(written.map(|(name, values)| (name, values.into_iter().take(1).collect())).collect());
            let read = Parameters::parse(written.to_query().as_bytes(), usize::MAX);
            prop_assert_eq!(read, Ok(written));
        }
    }
}
