//! The claims that a client asks for one by one (OpenID Connect Core, section 5.5).

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Single claims that are asked for, by where they are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ClaimsRequest {
    userinfo: Claims,
    id_token: Claims,
}

type Claims = BTreeMap<String, ClaimRequest>;

/// What is asked of one claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ClaimRequest {
    /// Whether the client can't go on without.
    pub is_essential: bool,
    /// The values that it may have, the wanted one first. Those that are texts: where others alone are named, none will do.
    /// `None` where any will do.
    pub values: Option<Vec<String>>,
}

impl ClaimRequest {
    /// Whether a claim of that value is what is asked for.
    #[must_use]
    pub fn is_met_by(&self, value: &str) -> bool {
        let wanted = self.values.as_ref();
        wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == value))
    }
}

/// Why a text asks for no claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsRequestError {
    /// More than 4 KiB.
    #[error("claims has at most {} bytes", ClaimsRequest::MOST)]
    TooLong,
    /// No JSON object, or one whose members are of other types than the standard has.
    #[error("claims is a JSON object of the form that OpenID Connect Core, section 5.5 describes")]
    Malformed,
    /// Objects and arrays in more than four levels.
    #[error("claims has at most {} levels", ClaimsRequest::MOST_LEVELS)]
    TooDeep,
}

impl ClaimsRequest {
    /// The most bytes of one.
    pub const MOST: usize = 4096;
    /// The most levels of objects and arrays.
    pub const MOST_LEVELS: usize = 4;

    /// Reads the parameter. Unknown members are passed over.
    ///
    /// # Errors
    /// The first of [`ClaimsRequestError`] that holds.
    pub fn parse(text: &str) -> Result<Self, ClaimsRequestError> {
        if text.len() > Self::MOST {
            return Err(ClaimsRequestError::TooLong);
        }
        Self::parse_written(text)
    }

    /// Reads what [`to_json`](Self::to_json) wrote, which may be longer than what was asked.
    ///
    /// # Errors
    /// As those of [`parse`](Self::parse), but for the length.
    pub fn parse_written(text: &str) -> Result<Self, ClaimsRequestError> {
        let value: Value = serde_json::from_str(text).map_err(|_| ClaimsRequestError::Malformed)?;
        if levels(&value) > Self::MOST_LEVELS {
            return Err(ClaimsRequestError::TooDeep);
        }
        let Value::Object(members) = value else {
            return Err(ClaimsRequestError::Malformed);
        };
        let claims = |name| read_claims(members.get(name)).ok_or(ClaimsRequestError::Malformed);
        Ok(Self {
            userinfo: claims("userinfo")?,
            id_token: claims("id_token")?,
        })
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Those claims of whose names it holds.
    #[must_use]
    pub fn filtered(mut self, holds: impl Fn(&str) -> bool) -> Self {
        self.userinfo.retain(|name, _| holds(name));
        self.id_token.retain(|name, _| holds(name));
        self
    }

    /// The names that are asked for at the userinfo endpoint.
    pub fn of_userinfo(&self) -> impl Iterator<Item = &str> {
        self.userinfo.keys().map(String::as_str)
    }

    /// The names that are asked for in the ID token.
    pub fn of_id_token(&self) -> impl Iterator<Item = &str> {
        self.id_token.keys().map(String::as_str)
    }

    /// What is asked of one claim of the ID token.
    #[must_use]
    pub fn in_id_token(&self, name: &str) -> Option<&ClaimRequest> {
        self.id_token.get(name)
    }

    /// What is asked of one claim of the userinfo endpoint.
    #[must_use]
    pub fn in_userinfo(&self, name: &str) -> Option<&ClaimRequest> {
        self.userinfo.get(name)
    }

    /// As the parameter.
    #[must_use]
    pub fn to_json(&self) -> String {
        let parts = [("userinfo", &self.userinfo), ("id_token", &self.id_token)];
        let members = parts.into_iter().filter(|(_, claims)| !claims.is_empty());
        Value::Object(
            members
                .map(|(name, claims)| (name.to_owned(), write_claims(claims)))
                .collect(),
        )
        .to_string()
    }
}

/// How many objects and arrays stand inside one another. The length of the text bounds it.
fn levels(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or(0),
        Value::Array(values) => 1 + values.iter().map(levels).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn read_claims(value: Option<&Value>) -> Option<Claims> {
    match value {
        None | Some(Value::Null) => Some(Claims::new()),
        Some(Value::Object(claims)) => claims
            .iter()
            .map(|(name, value)| Some((name.clone(), read_claim(value)?)))
            .collect(),
        Some(_) => None,
    }
}

fn read_claim(value: &Value) -> Option<ClaimRequest> {
    let members = match value {
        Value::Null => return Some(ClaimRequest::default()),
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return None,
    };
    let is_essential = match members.get("essential") {
        None => false,
        Some(essential) => essential.as_bool()?,
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => None,
        (Some(value), None) => Some(texts(std::slice::from_ref(value))),
        (None, Some(values)) => Some(texts(values.as_array()?)),
        (Some(_), Some(_)) => return None,
    };
    Some(ClaimRequest { is_essential, values })
}

/// The texts among them: the claims whose values matter are texts.
fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn write_claims(claims: &Claims) -> Value {
    Value::Object(
        claims
            .iter()
            .map(|(name, claim)| (name.clone(), write_claim(claim)))
            .collect(),
    )
}

fn write_claim(claim: &ClaimRequest) -> Value {
    let mut members = Map::new();
    if claim.is_essential {
        members.insert("essential".to_owned(), Value::Bool(true));
    }
    if let Some(values) = &claim.values {
        let values = values.iter().map(|value| Value::String(value.clone()));
        members.insert("values".to_owned(), values.collect());
    }
    if members.is_empty() {
        Value::Null
    } else {
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_standard_is_read() {
        let claims = ClaimsRequest::parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null, "picture": null,
                "http://example.info/claims/groups": null},
                "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"#,
        )
        .unwrap();
        assert_eq!(claims.of_userinfo().count(), 4);
        assert!(claims.in_userinfo("given_name").unwrap().is_essential);
        let acr = claims.in_id_token("acr").unwrap();
        assert!(!acr.is_essential);
        assert!(acr.is_met_by("urn:mace:incommon:iap:silver") && !acr.is_met_by(""));
        assert_eq!(ClaimsRequest::parse(&claims.to_json()), Ok(claims));
    }

    #[test]
    fn one_value_is_a_list_of_one_and_what_is_no_text_is_never_met() {
        for text in [
            r#"{"id_token":{"sub":{"value":"248289761001"}}}"#,
            r#"{"id_token":{"sub":{"values":["248289761001",7]}},"later":[]}"#,
        ] {
            let claims = ClaimsRequest::parse(text).unwrap();
            let sub = claims.in_id_token("sub").unwrap();
            assert!(sub.is_met_by("248289761001") && !sub.is_met_by("7"), "{text}");
        }
        for values in [
            r#""value":7"#,
            r#""value":null"#,
            r#""values":[]"#,
            r#""values":[null,7]"#,
        ] {
            let claims = ClaimsRequest::parse(&format!(r#"{{"id_token":{{"sub":{{{values}}}}}}}"#)).unwrap();
            assert!(!claims.in_id_token("sub").unwrap().is_met_by("7"), "{values}");
            assert_eq!(ClaimsRequest::parse_written(&claims.to_json()), Ok(claims));
        }
        let any = ClaimsRequest::parse(r#"{"id_token":{"sub":{"essential":true}}}"#).unwrap();
        assert!(any.in_id_token("sub").unwrap().is_met_by("7"));
        assert!(ClaimsRequest::parse(r#"{"userinfo":null}"#).unwrap().is_empty());
    }

    #[test]
    fn what_grows_as_it_is_written_is_read_again() {
        let claims: Vec<String> = (0..200)
            .map(|number| format!(r#""{number:x}":{{"value":""}}"#))
            .collect();
        let text = format!(r#"{{"id_token":{{{}}}}}"#, claims.join(","));
        let request = ClaimsRequest::parse(&text).unwrap();
        let written = request.to_json();
        assert!(written.len() > ClaimsRequest::MOST);
        assert_eq!(ClaimsRequest::parse_written(&written), Ok(request));
    }

    #[test]
    fn what_asks_for_no_claims_is_refused() {
        use ClaimsRequestError::{Malformed, TooDeep, TooLong};
        let long = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "x".repeat(5000));
        for (text, error) in [
            ("", Malformed),
            ("[]", Malformed),
            ("null", Malformed),
            ("{", Malformed),
            (r#"{"userinfo":[]}"#, Malformed),
            (r#"{"userinfo":{"name":true}}"#, Malformed),
            (r#"{"userinfo":{"name":{"essential":"true"}}}"#, Malformed),
            (r#"{"id_token":{"acr":{"values":"2fa"}}}"#, Malformed),
            (r#"{"id_token":{"acr":{"value":"1fa","values":["2fa"]}}}"#, Malformed),
            (r#"{"id_token":{"acr":{"values":[[]]}}}"#, TooDeep),
            (&"[".repeat(4000), Malformed),
            (&long, TooLong),
        ] {
            assert_eq!(ClaimsRequest::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = ClaimsRequest::parse(&text);
        }

        #[test]
        fn what_is_written_is_read_as_the_same(
            claims in prop::collection::btree_map(
                ".{0,8}",
                (any::<bool>(), prop::option::of(prop::collection::vec(".{0,8}", 0..3)))
                    .prop_map(|(is_essential, values)| ClaimRequest { is_essential, values }),
                0..4,
            ),
        ) {
            let request = ClaimsRequest { userinfo: claims.clone(), id_token: claims };
            prop_assert_eq!(ClaimsRequest::parse_written(&request.to_json()), Ok(request));
        }
    }
}
