//! Texts that are no tokens.

use crate::tokens::{HEADER, KEYS, SECRET, checked_at, claims, hmac_of, is_accepted, issued, signed};
use aws_lc_rs::hmac::HMAC_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use portcullis_verifier::Refusal;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn malformed_texts_are_refused() {
    let token = issued();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        message.to_owned(),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{message}.{payload}.{signature}.x"),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{header}. {payload}.{signature}"),
        format!("{header}.\n{payload}.{signature}"),
        format!("{token}="),
        format!("{header}=.{payload}.{signature}"),
        format!("Bearer {token}"),
        format!("{token}\0"),
        "é.é.é".to_owned(),
        "a".repeat(100 * 1024),
        format!("{}.a.a", "a".repeat(100 * 1024)),
        signed(HEADER, &deep),
        signed(&deep, "{}"),
        json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
        json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
    ] {
        assert!(!is_accepted(&text), "{text}");
    }
}

#[test]
fn a_token_beyond_the_longest_is_refused_although_it_is_signed() {
    let open = claims().to_string();
    let open = open.strip_suffix('}').unwrap();
    let with_filling = |bytes: usize| signed(HEADER, &format!(r#"{open},"x":"{}"}}"#, "x".repeat(bytes)));
    assert!(is_accepted(&with_filling(4000)));
    assert!(!is_accepted(&with_filling(7000)));
}

#[test]
fn padding_is_refused_although_it_is_signed() {
    let payload = format!("{} ", claims());
    let padded = (0..3)
        .map(|spaces| URL_SAFE.encode(format!("{payload}{}", " ".repeat(spaces))))
        .find(|text| text.ends_with('='))
        .unwrap();
    let token = |payload: &str| {
        let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(HEADER));
        format!("{message}.{}", hmac_of(SECRET, HMAC_SHA256, &message))
    };
    assert!(!is_accepted(&token(&padded)));
    assert!(is_accepted(&token(padded.trim_end_matches('='))));
}

#[test]
fn a_last_character_with_spare_bits_is_refused() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let [ed, ec, rsa] = &*KEYS;
    for token in [issued(), ed.token(), ec.token(), rsa.token()] {
        let accepted = alphabet
            .chars()
            .filter(|last| is_accepted(&format!("{}{last}", &token[..token.len() - 1])));
        assert_eq!(accepted.collect::<String>(), token[token.len() - 1..]);
    }
}

/// The halves of an ECDSA signature may be zero or beyond the order of the curve.
#[test]
fn a_signature_of_zeros_is_refused() {
    for key in &*KEYS {
        let token = key.token();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let length = URL_SAFE_NO_PAD.decode(signature).unwrap().len();
        for byte in [0, 1, 0xff] {
            let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(vec![byte; length]));
            assert_eq!(checked_at(&forged, crate::tokens::at(1)), Err(Refusal::Invalid));
        }
    }
}

proptest! {
    #[test]
    fn a_change_of_any_one_byte_is_noticed(place in any::<prop::sample::Index>(), byte in "[ -~]", key in 0..4usize) {
        let token = KEYS.get(key).map_or_else(issued, crate::tokens::SigningKey::token);
        let place = place.index(token.len());
        prop_assume!(token[place..=place] != byte);
        let changed = format!("{}{byte}{}", &token[..place], &token[place + 1..]);
        prop_assert!(!is_accepted(&changed));
    }

    #[test]
    fn no_text_is_accepted_that_was_not_issued(text in "[A-Za-z0-9_.-]{0,200}|.{0,100}") {
        prop_assert!(!is_accepted(&text));
    }

    #[test]
    fn no_signed_header_or_payload_panics(header in ".{0,60}", payload in ".{0,200}") {
        prop_assert!(!is_accepted(&signed(&header, &payload)));
        prop_assert!(!is_accepted(&signed(HEADER, &payload)));
    }
}
