//! JSON objects of which nothing may be ambiguous.

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess};
use std::borrow::Cow;
use std::fmt;

/// Reads `T` from a JSON object whose member names are distinct (RFC 7515, section 4; RFC 7519, section 4).
///
/// `None` for anything else, also for an array: a derived `Deserialize` would take one for the members in order.
pub(crate) fn parse_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    // The type first: one that denies unknown members bounds what the look at the names costs.
    let value = serde_json::from_slice(json).ok()?;
    serde_json::from_slice::<DistinctMembers>(json).ok()?;
    Some(value)
}

/// Reads a member that may be absent but not `null`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(member: D) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
}

struct DistinctMembers;

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for DistinctMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> de::Visitor<'de> for Members {
            type Value = DistinctMembers;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object with distinct member names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut seen: Vec<Cow<'de, str>> = Vec::with_capacity(16);
                while let Some(Name(name)) = members.next_key()? {
                    if seen.contains(&name) {
                        return Err(de::Error::custom("a member name is repeated"));
                    }
                    members.next_value::<IgnoredAny>()?;
                    seen.push(name);
                }
                Ok(DistinctMembers)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Pair {
        a: u8,
        #[serde(default, deserialize_with = "present")]
        b: Option<u8>,
    }

    fn parse(text: &str) -> Option<Pair> {
        parse_object(text.as_bytes())
    }

    #[test]
    fn an_object_is_read() {
        assert_eq!(parse(r#" {"a":1} "#), Some(Pair { a: 1, b: None }));
        assert_eq!(parse(r#"{"a":1,"c":{"a":1},"b":2}"#), Some(Pair { a: 1, b: Some(2) }));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"c":1,"c":2}"#,
            r#"{"a":1,"c":1,"\u0063":2}"#,
            r#"{"a":1,"b":null}"#,
            "[1,2]",
            r#"{"a":1} {}"#,
            r#"{"a":1,}"#,
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn deep_nesting_ends_nothing() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        parse(&format!(r#"{{"a":{deep}}}"#));
        parse(&format!(r#"{{"a":1,"c":{deep}}}"#));
    }
}
