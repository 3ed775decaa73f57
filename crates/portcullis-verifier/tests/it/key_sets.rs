//! Sets of keys: which keys are taken from them.

use crate::tokens::{FOREIGN_SECRET, ISSUER, KEYS, at, claims, set, signed_by};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_verifier::{check, keys_of_set};
use serde_json::{Value, json};

/// The names of the keys that are taken.
fn taken(keys: &[Value]) -> Vec<String> {
    let keys = keys_of_set(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
    keys.iter().map(|key| key.id().unwrap().to_owned()).collect()
}

fn changed(key: usize, member: &str, value: Value) -> Value {
    let mut jwk = KEYS[key].jwk();
    jwk[member] = value;
    jwk
}

fn without(key: usize, member: &str) -> Value {
    let mut jwk = KEYS[key].jwk();
    jwk.as_object_mut().unwrap().remove(member).unwrap();
    jwk
}

#[test]
fn keys_of_the_three_algorithms_are_taken() {
    let set = set(&KEYS.each_ref());
    let keys = keys_of_set(set.to_string().as_bytes()).unwrap();
    let taken: Vec<_> = keys.iter().map(|key| (key.id().unwrap(), key.algorithm())).collect();
    assert_eq!(taken, [("ed", "EdDSA"), ("ec", "ES256"), ("rsa", "RS256")]);
    assert_eq!(keys_of_set(br#"{"keys":[]}"#).unwrap().len(), 0);
}

#[test]
fn what_is_no_set_is_told_apart_from_an_empty_one() {
    for text in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[]} x"#,
        "<html>",
    ] {
        assert!(keys_of_set(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_good_key_is_taken_from_among_junk() {
    let good = KEYS[0].jwk();
    for junk in [
        json!(null),
        json!(1),
        json!("x"),
        json!([]),
        json!({}),
        json!({"kty": 1}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "post-quantum", "pub": "AAAA"}),
        json!([["keys"]]),
    ] {
        assert_eq!(taken(&[junk.clone(), good.clone(), junk]), ["ed"]);
    }
}

#[test]
fn a_secret_is_never_taken() {
    let oct =
        json!({"kty": "oct", "alg": "HS256", "kid": "o", "use": "sig", "k": URL_SAFE_NO_PAD.encode(FOREIGN_SECRET)});
    assert_eq!(taken(std::slice::from_ref(&oct)), Vec::<String>::new());
    let keys = keys_of_set(json!({"keys": [oct]}).to_string().as_bytes()).unwrap();
    for header in [
        r#"{"typ":"at+jwt","alg":"HS256","kid":"o"}"#,
        r#"{"typ":"at+jwt","alg":"HS256"}"#,
    ] {
        let token = signed_by(FOREIGN_SECRET, hmac::HMAC_SHA256, header, &claims().to_string());
        assert!(check(&token, ISSUER, &keys, at(1)).is_err(), "{header}");
    }
}

#[test]
fn a_key_whose_private_part_lies_open_is_not_taken() {
    for key in 0..KEYS.len() {
        assert!(taken(&[changed(key, "d", json!("AAAA"))]).is_empty());
        assert!(taken(&[changed(key, "d", json!(1))]).is_empty());
        assert!(taken(&[changed(key, "k", json!("AAAA"))]).is_empty());
    }
}

#[test]
fn keys_that_share_a_name_are_not_taken() {
    let twin = changed(1, "kid", json!("ed"));
    assert_eq!(taken(&[KEYS[0].jwk(), twin, KEYS[2].jwk()]), ["rsa"]);
    assert_eq!(taken(&[KEYS[0].jwk(), KEYS[0].jwk()]), Vec::<String>::new());
}

#[test]
fn a_key_for_something_else_is_not_taken() {
    for jwk in [
        changed(0, "use", json!("enc")),
        changed(0, "key_ops", json!(["encrypt"])),
        changed(0, "key_ops", json!([])),
        changed(0, "alg", json!("ES256")),
        changed(0, "alg", json!("HS256")),
        changed(0, "crv", json!("Ed448")),
        changed(0, "crv", json!("X25519")),
        changed(1, "crv", json!("P-384")),
        changed(1, "alg", json!("EdDSA")),
        changed(2, "alg", json!("RS512")),
        changed(2, "alg", json!("PS256")),
        changed(2, "alg", json!("HS256")),
    ] {
        assert!(taken(std::slice::from_ref(&jwk)).is_empty(), "{jwk}");
    }
    assert_eq!(taken(&[changed(0, "key_ops", json!(["verify"]))]), ["ed"]);
    assert_eq!(taken(&[without(0, "use")]), ["ed"]);
}

#[test]
fn a_malformed_key_is_not_taken() {
    let text = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
    for jwk in [
        without(0, "kid"),
        without(0, "alg"),
        without(0, "x"),
        without(1, "y"),
        without(2, "n"),
        without(2, "e"),
        changed(0, "kid", json!("")),
        changed(0, "kid", json!(1)),
        changed(0, "kid", json!("k".repeat(256))),
        changed(0, "x", text(&[1; 31])),
        changed(0, "x", text(&[1; 33])),
        changed(0, "x", json!("=")),
        changed(1, "x", text(&[1; 32])),
        changed(1, "y", text(&[0; 32])),
        changed(2, "n", text(&[0xff; 128])),
        changed(2, "n", text(&[])),
        changed(2, "e", text(&[1])),
        changed(2, "e", text(&[])),
        changed(2, "e", text(&[2])),
    ] {
        assert!(taken(std::slice::from_ref(&jwk)).is_empty(), "{jwk}");
    }
    let twice = KEYS[0].jwk().to_string().replacen('{', r#"{"kid":"other","#, 1);
    let keys = keys_of_set(format!(r#"{{"keys":[{twice}]}}"#).as_bytes()).unwrap();
    assert!(keys.is_empty());
}

#[test]
fn a_set_is_read_up_to_a_bound() {
    let many: Vec<Value> = (0..1000)
        .map(|number| changed(0, "kid", json!(format!("k{number}"))))
        .collect();
    assert_eq!(taken(&many).len(), 64);
}
