//! Published vectors, and how a key is chosen.

use super::*;
use crate::jwk::Jwk;
use aws_lc_rs::hmac;
use serde_json::Value;
use std::collections::BTreeMap;

/// Vectors whose label does not follow RFC 7515: what they call padding or an inserted character is not there.
const MISLABELED: [u64; 4] = [367, 370, 372, 373];

/// The key of a group of vectors; `None` where its own record says that it is not one to check these signatures with.
fn key_of(group: &Value) -> Option<VerificationKey> {
    let private = &group["private"];
    if private["kty"] == "oct" {
        let secret = URL_SAFE_NO_PAD.decode(private["k"].as_str().unwrap()).unwrap();
        let id = private["kid"].as_str().map(str::to_owned);
        return Some(VerificationKey::hs256(id, &secret));
    }
    Jwk::parse(group["public"].to_string().as_bytes())?.key()
}

/// Whether a server would ever use such a key: the other algorithms are refused whatever is signed by them.
fn is_of_an_algorithm_in_use(group: &Value) -> bool {
    let algorithm = &group["private"]["alg"];
    algorithm.is_null()
        || ["HS256", "ES256", "EdDSA", "RS256"]
            .iter()
            .any(|known| algorithm == known)
}

/// The published vectors of Wycheproof (`json_web_signature_test.json`), which lie beside the project.
#[test]
fn the_vectors_of_wycheproof_are_judged_as_they_are_labeled() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/vectors/json_web_signature_test.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        assert!(std::env::var_os("CI").is_none(), "the vectors are missing: {path}");
        println!("skipped: the vectors are missing: {path}");
        return;
    };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut judged = BTreeMap::new();
    for group in vectors["testGroups"].as_array().unwrap() {
        let is_in_use = is_of_an_algorithm_in_use(group);
        let keys: Vec<_> = key_of(group).into_iter().collect();
        for vector in group["tests"].as_array().unwrap() {
            if MISLABELED.contains(&vector["tcId"].as_u64().unwrap()) {
                continue;
            }
            let is_valid = is_in_use && vector["result"] == "valid";
            let jws = vector["jws"]
                .as_str()
                .map_or_else(|| vector["jws"].to_string(), str::to_owned);
            assert_eq!(verified_payload(&jws, None, &keys).is_ok(), is_valid, "{vector}");
            let algorithm = if is_in_use {
                group["private"]["alg"].as_str().unwrap_or("none")
            } else {
                "others"
            };
            *judged.entry(algorithm).or_insert(0) += 1;
        }
    }
    assert_eq!(
        judged,
        BTreeMap::from([
            ("ES256", 39),
            ("HS256", 36),
            ("RS256", 233),
            ("none", 4),
            ("others", 85)
        ])
    );
}

/// RFC 8037, appendix A.4.
#[test]
fn the_signature_of_rfc_8037_is_accepted_and_a_changed_one_is_not() {
    let jwk =
        br#"{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let mut key = Jwk::parse(jwk).unwrap().key().unwrap();
    key.id = None;
    let jws = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
               hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let keys = [key];
    assert_eq!(
        verified_payload(jws, None, &keys).unwrap(),
        b"Example of Ed25519 signing"
    );
    assert!(verified_payload(&jws.replacen("hgyY", "hgyZ", 1), None, &keys).is_err());
}

fn signed(header: &str, secret: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("x"));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
    format!("{message}.{signature}")
}

#[test]
fn a_key_is_taken_only_by_its_own_name() {
    let secret = [7; 32];
    let key = |id: Option<&str>| VerificationKey::hs256(id.map(str::to_owned), &secret);
    let named = signed(r#"{"alg":"HS256","kid":"a"}"#, &secret);
    let nameless = signed(r#"{"alg":"HS256"}"#, &secret);
    let is_accepted = |token: &str, keys: &[VerificationKey]| verified_payload(token, None, keys) == Ok(b"x".to_vec());

    assert!(is_accepted(&named, &[key(None), key(Some("a"))]));
    assert!(!is_accepted(&named, &[key(None), key(Some("b"))]));
    assert!(!is_accepted(&nameless, &[key(Some("a"))]));
    assert!(is_accepted(&nameless, &[key(None)]));
}

#[test]
fn only_a_key_that_a_server_may_publish_is_unknown() {
    let keys = [VerificationKey::hs256(Some("a".to_owned()), &[7; 32])];
    for (header, refusal) in [
        (r#"{"alg":"EdDSA","kid":"b"}"#, Refusal::UnknownKey),
        (r#"{"alg":"ES256","kid":"b"}"#, Refusal::UnknownKey),
        (r#"{"alg":"RS256","kid":"b"}"#, Refusal::UnknownKey),
        (r#"{"alg":"RS256","kid":"a"}"#, Refusal::Invalid),
        (r#"{"alg":"RS256"}"#, Refusal::Invalid),
        (r#"{"alg":"HS256","kid":"b"}"#, Refusal::Invalid),
        (r#"{"alg":"none","kid":"b"}"#, Refusal::Invalid),
        (r#"{"alg":"PS256","kid":"b"}"#, Refusal::Invalid),
        (r#"{"alg":"EdDSA","kid":"b","typ":"JWT"}"#, Refusal::Invalid),
        (r#"{"alg":"EdDSA","kid":"b","crit":["b64"]}"#, Refusal::Invalid),
    ] {
        assert_eq!(
            verified_payload(&signed(header, &[7; 32]), None, &keys),
            Err(refusal),
            "{header}"
        );
    }
}
