//! Tokens that clients of the provider were given: what is read from them, and those that are refused although they are signed
//! by the right key.

use crate::tokens::{ISSUED_AT, ISSUER, KEYS, at, set};
use portcullis_verifier::{ProviderClaims, Refusal, check, check_provider_token, client_family, keys_of_set};
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "https://api.example.org";
pub(crate) const GRANT: &str = "01990000-0000-7000-8000-00000000000d";

pub(crate) fn provider_claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "01990000-0000-7000-8000-00000000000b",
        "aud": AUDIENCE,
        "iat": ISSUED_AT,
        "exp": ISSUED_AT + 600,
        "jti": "01990000-0000-7000-8000-00000000000a",
        "client_id": "shop",
        "scope": "orders:read orders:write",
        "auth_time": ISSUED_AT - 60,
        "acr": "1fa",
        "amr": ["pwd"],
        "gid": GRANT,
        "gen": 2,
        "cgen": 3,
    })
}

pub(crate) fn signed(claims: &Value) -> String {
    let [key, ..] = &*KEYS;
    key.signed(&key.header(), &claims.to_string())
}

fn with(name: &str, value: Value) -> String {
    let mut claims = provider_claims();
    claims[name] = value;
    signed(&claims)
}

fn without(names: &[&str]) -> String {
    let mut claims = provider_claims();
    for name in names {
        claims.as_object_mut().unwrap().remove(*name).unwrap();
    }
    signed(&claims)
}

fn checked(token: &str, audience: Option<&str>) -> Result<ProviderClaims, Refusal> {
    let keys = keys_of_set(set(&KEYS.each_ref()).to_string().as_bytes()).unwrap();
    check_provider_token(token, ISSUER, audience, &keys, at(1))
}

fn is_accepted(token: &str) -> bool {
    checked(token, Some(AUDIENCE)).is_ok()
}

#[test]
fn a_genuine_token_of_a_client_says_what_was_put_into_it() {
    let claims = checked(&signed(&provider_claims()), Some(AUDIENCE)).unwrap();
    assert_eq!(
        (&*claims.subject, &*claims.audience),
        ("01990000-0000-7000-8000-00000000000b", AUDIENCE)
    );
    assert_eq!((&*claims.client_id, claims.client_generation), ("shop", 3));
    assert_eq!(claims.grant, Some((GRANT.parse().unwrap(), 2)));
    assert_eq!(
        (claims.acr.as_deref(), claims.methods.as_slice()),
        (Some("1fa"), &["pwd".to_owned()][..])
    );
    assert_eq!((claims.issued_at, claims.expires_at), (at(0), at(600)));
    assert!(claims.has_scope("orders:read") && !claims.has_scope("orders") && !claims.is_of_client_itself());
}

#[test]
fn a_client_that_asked_for_itself_has_neither_user_nor_grant() {
    let mut claims = provider_claims();
    for name in ["gid", "gen", "cgen", "auth_time", "acr", "amr"] {
        claims.as_object_mut().unwrap().remove(name).unwrap();
    }
    claims["sub"] = json!("client:shop");
    let read = checked(&signed(&claims), Some(AUDIENCE)).unwrap();
    assert!(read.is_of_client_itself());
    assert_eq!(
        (read.grant, read.client_generation, read.authenticated_at),
        (None, 0, None)
    );
}

#[test]
fn a_token_for_another_resource_is_refused_where_one_is_named() {
    for audience in [
        json!("https://api.example.org/"),
        json!("portcullis"),
        json!([AUDIENCE]),
        json!(""),
    ] {
        assert!(!is_accepted(&with("aud", audience.clone())), "{audience}");
    }
    assert!(checked(&with("aud", json!("https://other.example.org")), None).is_ok());
}

#[test]
fn each_wall_between_the_kinds_of_token_stands_alone() {
    let keys = keys_of_set(set(&KEYS.each_ref()).to_string().as_bytes()).unwrap();
    // Of the same key and the same issuer: only what they say keeps them apart.
    let of_session = crate::tokens::claims();
    let [key, ..] = &*KEYS;
    let session_token = key.signed(&key.header(), &of_session.to_string());
    assert!(check(&session_token, ISSUER, &keys, at(1)).is_ok());
    assert_eq!(checked(&session_token, None), Err(Refusal::Invalid));
    assert_eq!(
        check(&signed(&provider_claims()), ISSUER, &keys, at(1)),
        Err(Refusal::Invalid)
    );
    // All claims of both, so that the audience alone, and `type` alone, decide.
    let mut both = provider_claims();
    for (name, value) in of_session.as_object().unwrap() {
        both[name] = value.clone();
    }
    assert!(check(&signed(&both), ISSUER, &keys, at(1)).is_ok());
    both["aud"] = json!(AUDIENCE);
    assert_eq!(
        check(&signed(&both), ISSUER, &keys, at(1)),
        Err(Refusal::Invalid),
        "audience"
    );
    assert_eq!(checked(&signed(&both), Some(AUDIENCE)), Err(Refusal::Invalid), "type");
    both.as_object_mut().unwrap().remove("type");
    assert!(checked(&signed(&both), Some(AUDIENCE)).is_ok());
}

#[test]
fn what_a_token_of_a_client_must_say_is_required() {
    for name in ["iss", "sub", "aud", "iat", "exp", "jti", "client_id", "scope"] {
        assert!(!is_accepted(&without(&[name])), "{name}");
        assert!(!is_accepted(&with(name, Value::Null)), "{name}");
    }
    assert!(!is_accepted(&without(&["gid"])) && !is_accepted(&without(&["gen"])));
    assert!(is_accepted(&without(&["gid", "gen"])));
    for (name, value) in [
        ("iss", json!("https://other.example.org")),
        ("exp", json!(ISSUED_AT + 1)),
        ("iat", json!(ISSUED_AT + 7)),
        ("gid", json!("grant")),
        ("cgen", json!("3")),
        ("amr", json!("pwd")),
        ("auth_time", json!(1.5)),
        ("type", json!("access")),
        ("sub", json!("")),
        ("sub", json!("x".repeat(2049))),
        ("scope", json!(["orders:read"])),
    ] {
        assert!(!is_accepted(&with(name, value.clone())), "{name} {value}");
    }
}

#[test]
fn an_id_token_is_no_access_token() {
    let [key, ..] = &*KEYS;
    let token = key.signed(&key.header().replace("at+jwt", "JWT"), &provider_claims().to_string());
    assert!(!is_accepted(&token));
}

#[test]
fn the_family_of_a_client_follows_from_its_name() {
    // SHA-256 of "portcullis clientshop", the first 16 bytes.
    assert_eq!(
        client_family("shop").to_string(),
        "4814f7a6-b7cc-e7df-6a79-b0eafdf66bdb"
    );
    assert_ne!(client_family("shop"), client_family("Shop"));
}
