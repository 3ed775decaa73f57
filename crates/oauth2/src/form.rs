//! The encoding of forms and queries (RFC 6749, appendix B), read strictly and written in one way.

use std::fmt::Write as _;

/// Decodes one name or value: `+` is a space, `%` is followed by two digits. `None` for anything else behind a `%`, for what
/// is not UTF-8, and for NUL.
pub(crate) fn decode(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    // Most values are tokens and names, and have nothing to decode.
    let plain = encoded.iter().position(|byte| matches!(byte, b'%' | b'+'));
    let (plain, mut rest) = encoded.split_at(plain.unwrap_or(encoded.len()));
    bytes.extend_from_slice(plain);
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2)?;
                bytes.push(byte_of(digits)?);
                rest = behind;
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0, |byte: u8, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some((byte << 4) | u8::try_from(value).ok()?)
    })
}

/// Encodes all but the unreserved characters of RFC 3986, section 2.3. A space is `%20`, which both grammars know.
pub(crate) fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// Appends `name=value`, behind `&` where something stands before it.
pub(crate) fn append(name: &str, value: &str, out: &mut String) {
    if !(out.is_empty() || out.ends_with(['?', '&'])) {
        out.push('&');
    }
    encode(name, out);
    out.push('=');
    encode(value, out);
}

/// RFC 3986, section 2.3.
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether a percent-encoding stands for a character that needs none (RFC 3986, section 6.2.2.2).
pub(crate) fn encodes_unreserved(text: &str) -> bool {
    let behind_percents = text.split('%').skip(1);
    let mut encoded = behind_percents.filter_map(|behind| byte_of(behind.as_bytes().get(..2)?));
    encoded.any(is_unreserved)
}

/// Whether the text is made of the characters of a URI alone (RFC 3986, section 2), with whole percent-encodings.
pub(crate) fn is_made_of_uri_characters(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%' {
            match rest.split_at_checked(2) {
                Some((digits, behind)) if digits.iter().all(u8::is_ascii_hexdigit) => rest = behind,
                _ => return false,
            }
        } else if !(is_unreserved(*first) || b":/?#[]@!$&'()*+,;=".contains(first)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_decoded_once() {
        for (encoded, text) in [
            ("a+b", "a b"),
            ("a%20b", "a b"),
            ("a%2Bb", "a+b"),
            ("%252f", "%2f"),
            ("%ED%95%9C", "한"),
            ("", ""),
        ] {
            assert_eq!(decode(encoded.as_bytes()).as_deref(), Some(text), "{encoded}");
        }
    }

    #[test]
    fn what_is_not_encoded_properly_is_no_value() {
        for encoded in [
            &b"%"[..],
            b"%2",
            b"a%zz",
            b"%+1",
            b"%00",
            b"\0",
            b"%C3",
            b"\xff",
            b"%ED%A0%80",
        ] {
            assert_eq!(decode(encoded), None, "{encoded:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }

        #[test]
        fn what_is_encoded_is_decoded_to_the_same(text in "[^\0]*") {
            let mut encoded = String::new();
            encode(&text, &mut encoded);
            prop_assert!(is_made_of_uri_characters(&encoded));
            prop_assert_eq!(decode(encoded.as_bytes()), Some(text));
        }
    }
}
