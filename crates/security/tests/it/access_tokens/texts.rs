//! Texts that are no tokens.

use super::{HEADER, claims_in_json, is_accepted, issued, sign_parts, signed};
use crate::fixtures::CURRENT_KEY;
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
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
        format!("{message}.{}", signature.replace(['-', '_'], "+")) + "/",
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
    let open = claims_in_json().to_string();
    let open = open.strip_suffix('}').unwrap();
    let with_filling = |bytes: usize| signed(HEADER, &format!(r#"{open},"x":"{}"}}"#, "x".repeat(bytes)));
    assert!(is_accepted(&with_filling(2000)));
    assert!(!is_accepted(&with_filling(4000)));
}

#[test]
fn padding_is_refused_although_it_is_signed() {
    let payload = format!("{} ", claims_in_json());
    let padded = (0..3)
        .map(|spaces| URL_SAFE.encode(format!("{payload}{}", " ".repeat(spaces))))
        .find(|text| text.ends_with('='))
        .unwrap();
    let header = URL_SAFE_NO_PAD.encode(HEADER);
    let token = sign_parts(CURRENT_KEY, Algorithm::HS256, &header, &padded);
    assert!(!is_accepted(&token));
    let bare = sign_parts(CURRENT_KEY, Algorithm::HS256, &header, padded.trim_end_matches('='));
    assert!(is_accepted(&bare));
}

#[test]
fn a_last_character_with_spare_bits_is_refused() {
    let token = issued();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let accepted = alphabet
        .chars()
        .filter(|last| is_accepted(&format!("{}{last}", &token[..token.len() - 1])));
    assert_eq!(accepted.collect::<String>(), token[token.len() - 1..]);
}
