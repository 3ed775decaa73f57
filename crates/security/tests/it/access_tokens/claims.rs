//! Claims that are refused, although they are signed by the right key.

use super::{HEADER, ISSUED_AT, claims_in_json, is_accepted, signed, with_claim, without_claim};
use crate::fixtures::ISSUER;
use serde_json::{Value, json};

#[test]
fn a_token_of_another_issuer_is_refused() {
    for issuer in [
        json!([ISSUER]),
        json!("http://auth.example.org"),
        json!("https://auth.example.org:443"),
        json!("https://auth.example.org/"),
        json!("https://AUTH.example.org"),
        json!("portcullis"),
        json!(""),
        Value::Null,
    ] {
        assert!(!is_accepted(&with_claim("iss", issuer.clone())), "{issuer}");
    }
}

#[test]
fn a_token_for_another_audience_is_refused() {
    for audience in [
        json!("other"),
        json!("Portcullis"),
        json!("portcullis "),
        json!([]),
        json!(["other"]),
        json!([["portcullis"]]),
        json!(["portcullis", 1]),
        json!({"portcullis": "portcullis"}),
        json!(1),
        Value::Null,
    ] {
        assert!(!is_accepted(&with_claim("aud", audience.clone())), "{audience}");
    }
    assert!(is_accepted(&with_claim("aud", json!(["other", "portcullis"]))));
}

#[test]
fn every_claim_is_required() {
    for name in claims_in_json().as_object().unwrap().keys() {
        assert!(!is_accepted(&without_claim(name)), "{name}");
    }
}

#[test]
fn times_are_whole_numbers() {
    for name in ["exp", "iat", "nbf"] {
        for time in [
            Value::Null,
            json!("1800000900"),
            json!([ISSUED_AT]),
            json!({}),
            json!(true),
            json!(1e30),
            json!(-1e30),
            json!(u64::MAX),
            json!(i64::MAX),
            json!(i64::MIN),
        ] {
            assert!(!is_accepted(&with_claim(name, time.clone())), "{name} {time}");
        }
    }
    for time in [0, -1, ISSUED_AT, ISSUED_AT + 1] {
        assert!(!is_accepted(&with_claim("exp", json!(time))), "{time}");
    }
    let claims = claims_in_json().to_string();
    for time in ["1800000900.5", "1e400", "01800000900", "NaN", "99999999999999999999999"] {
        let claims = claims.replace("1800000900", time);
        assert!(!is_accepted(&signed(HEADER, &claims)), "{time}");
    }
}

#[test]
fn claims_of_the_wrong_type_are_refused() {
    let id = "01990000-0000-7000-8000-00000000000b";
    for name in ["sub", "sid", "jti"] {
        for value in [
            json!(""),
            json!("ada"),
            json!(1),
            json!([id]),
            json!(id.to_uppercase()),
            json!(id.replace('-', "")),
            json!(format!("{{{id}}}")),
            json!(format!("urn:uuid:{id}")),
            json!(format!("{id} ")),
            Value::Null,
        ] {
            assert!(!is_accepted(&with_claim(name, value.clone())), "{name} {value}");
        }
    }
    for value in [json!(-1), json!("7"), json!(7.5), json!(1e30), json!([7]), Value::Null] {
        assert!(!is_accepted(&with_claim("gen", value.clone())), "gen {value}");
    }
    for value in [
        json!("user"),
        json!("ROOT"),
        json!(""),
        json!(["ADMIN"]),
        json!(1),
        Value::Null,
    ] {
        assert!(!is_accepted(&with_claim("role", value.clone())), "role {value}");
    }
    for value in [
        json!("ada"),
        json!("ADA@example.org"),
        json!(" ada@example.org"),
        json!([]),
        Value::Null,
    ] {
        assert!(!is_accepted(&with_claim("email", value.clone())), "email {value}");
    }
}

#[test]
fn claims_that_can_be_read_in_two_ways_are_refused() {
    let claims = claims_in_json().to_string();
    let open = claims.strip_suffix('}').unwrap();
    for payload in [
        format!(r#"{open},"exp":1900000000}}"#),
        format!(r#"{open},"role":"ADMIN"}}"#),
        format!(r#"{open},"\u0072ole":"ADMIN"}}"#),
        format!(r#"{open},"x":1,"x":2}}"#),
        format!("{claims}{claims}"),
        format!("{claims} x"),
        format!("[{claims}]"),
        "null".to_owned(),
        String::new(),
    ] {
        assert!(!is_accepted(&signed(HEADER, &payload)), "{payload}");
    }
    let values: Vec<Value> = claims_in_json().as_object().unwrap().values().cloned().collect();
    assert!(!is_accepted(&signed(HEADER, &json!(values).to_string())));
    assert!(is_accepted(&signed(HEADER, &format!(r#"{open},"x":{{"y":1}}}}"#))));
}
