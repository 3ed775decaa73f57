//! Access tokens, and forgeries of them.

mod refusals;

use crate::fixtures::{CURRENT_KEY, FOREIGN_KEY, ISSUER, PREVIOUS_KEY, access_tokens, keys, only};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use portcullis_application::ports::{AccessClaims, TokenError};
use portcullis_domain::{Email, FactorStanding, Generation, Role};
use portcullis_security::SigningKeys;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

const HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;
pub(crate) const ISSUED_AT: i64 = 1_800_000_000;

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(ISSUED_AT + seconds, 0).unwrap()
}

pub(crate) fn claims() -> AccessClaims {
    AccessClaims {
        token_id: Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_000a).into(),
        user_id: Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_000b).into(),
        session_id: Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_000c).into(),
        generation: Generation::new(7),
        role: Role::User,
        email: Email::parse("ada@example.org").unwrap(),
        authenticated_at: at(-60),
        methods: "pwd otp mfa".parse().unwrap(),
        factors: FactorStanding::Free,
        issued_at: at(0),
        expires_at: at(900),
    }
}

fn issued() -> String {
    access_tokens(&keys()).issue(&claims()).unwrap().expose().to_owned()
}

fn claims_in_json() -> Value {
    let token = issued();
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Signed by the current key, whatever it says.
fn signed(header: &str, payload: &str) -> String {
    signed_by(CURRENT_KEY, Algorithm::HS256, header, payload)
}

fn signed_by(key: &str, algorithm: Algorithm, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(key.as_bytes());
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn with_claim(name: &str, value: Value) -> String {
    let mut claims = claims_in_json();
    claims[name] = value;
    signed(HEADER, &claims.to_string())
}

fn without_claim(name: &str) -> String {
    let mut claims = claims_in_json();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    signed(HEADER, &claims.to_string())
}

fn is_accepted_at(token: &str, now: DateTime<Utc>) -> bool {
    match access_tokens(&keys()).verify(token, now) {
        Ok(_) => true,
        Err(TokenError::Invalid | TokenError::UnknownKey) => false,
        Err(error) => panic!("{error}"),
    }
}

fn is_accepted(token: &str) -> bool {
    is_accepted_at(token, at(1))
}

#[test]
fn a_token_says_what_was_put_into_it() {
    let tokens = access_tokens(&keys());
    let claims = AccessClaims {
        role: Role::Admin,
        ..claims()
    };
    let token = tokens.issue(&claims).unwrap();
    assert_eq!(tokens.verify(token.expose(), at(1)).unwrap(), claims);
}

#[test]
fn a_token_says_how_the_account_stands_to_second_factors() {
    let tokens = access_tokens(&keys());
    for (factors, word) in [
        (FactorStanding::Free, Value::Null),
        (FactorStanding::Enrolled, json!("enrolled")),
        (FactorStanding::Owing, json!("required")),
    ] {
        let claims = AccessClaims { factors, ..claims() };
        let token = tokens.issue(&claims).unwrap();
        let payload = URL_SAFE_NO_PAD
            .decode(token.expose().split('.').nth(1).unwrap())
            .unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["mfa"], word);
        assert_eq!(tokens.verify(token.expose(), at(1)).unwrap(), claims);
    }
    for odd in [Value::Null, json!(true), json!(""), json!("x y"), json!("none")] {
        assert!(!is_accepted(&with_claim("mfa", odd.clone())), "{odd}");
    }
}

#[test]
fn a_token_has_the_documented_header_and_claims_and_no_other() {
    let token = issued();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(String::from_utf8(header).unwrap(), HEADER);
    assert_eq!(
        claims_in_json(),
        json!({
            "iss": ISSUER,
            "sub": "01990000-0000-7000-8000-00000000000b",
            "aud": "portcullis",
            "iat": ISSUED_AT,
            "exp": ISSUED_AT + 900,
            "jti": "01990000-0000-7000-8000-00000000000a",
            "sid": "01990000-0000-7000-8000-00000000000c",
            "gen": 7,
            "role": "USER",
            "email": "ada@example.org",
            "auth_time": ISSUED_AT - 60,
            "amr": ["pwd", "otp", "mfa"],
            "acr": "2fa",
            "type": "access",
        })
    );
}

#[test]
fn a_service_that_shares_the_key_can_check_tokens_by_a_stock_library() {
    let mut validation = jsonwebtoken::Validation::new(Algorithm::HS256);
    validation.set_audience(&["portcullis"]);
    validation.set_issuer(&[ISSUER]);
    validation.validate_exp = false;
    let key = jsonwebtoken::DecodingKey::from_secret(CURRENT_KEY.as_bytes());
    let decoded = jsonwebtoken::decode::<Value>(issued(), &key, &validation).unwrap();
    assert_eq!(decoded.claims, claims_in_json());
}

#[test]
fn a_token_ends_with_its_last_second() {
    let token = issued();
    assert!(is_accepted_at(&token, at(900) - TimeDelta::microseconds(1)));
    assert!(!is_accepted_at(&token, at(900)));
    assert!(!is_accepted_at(&token, at(901)));
}

#[test]
fn a_clock_may_lag_behind_the_issuers_by_five_seconds() {
    assert!(is_accepted_at(&issued(), at(-5)));
    assert!(!is_accepted_at(&issued(), at(-5) - TimeDelta::microseconds(1)));
    let not_before = |seconds: i64| with_claim("nbf", json!(ISSUED_AT + seconds));
    assert!(is_accepted(&not_before(6)));
    assert!(!is_accepted(&not_before(7)));
    assert!(is_accepted(&not_before(-100)));
}

#[test]
fn the_previous_key_is_accepted_and_a_foreign_one_is_not() {
    let issued_by = |key: &str| access_tokens(&only(key)).issue(&claims()).unwrap().expose().to_owned();
    assert!(is_accepted(&issued_by(CURRENT_KEY)));
    assert!(is_accepted(&issued_by(PREVIOUS_KEY)));
    assert!(!is_accepted(&issued_by(FOREIGN_KEY)));
    assert_eq!(issued(), issued_by(CURRENT_KEY));
    assert!(
        access_tokens(&only(CURRENT_KEY))
            .verify(&issued_by(PREVIOUS_KEY), at(1))
            .is_err()
    );
}

#[test]
fn nothing_of_the_keys_is_printed() {
    assert_eq!(format!("{:?}", SigningKeys::new(&keys())), "SigningKeys(…)");
    let token = access_tokens(&keys()).issue(&claims()).unwrap();
    assert_eq!(format!("{token:?}"), "SecretText(…)");
}

proptest! {
    #[test]
    fn a_change_of_any_one_byte_is_noticed(place in any::<prop::sample::Index>(), byte in "[ -~]") {
        let token = issued();
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
