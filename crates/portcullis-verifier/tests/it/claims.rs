//! Claims: what is read from them, and those that are refused although they are signed by the right key.

use crate::tokens::{
    HEADER, ISSUED_AT, ISSUER, KEYS, at, checked_at, claims, is_accepted, issued, signed, with_claim, without_claim,
};
use portcullis_verifier::Role;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_genuine_token_says_what_was_put_into_it() {
    let claims = checked_at(&issued(), at(1)).unwrap();
    assert_eq!(
        [claims.token_id, claims.user_id, claims.session_id].map(|id| id.to_string()),
        ["a", "b", "c"].map(|last| format!("01990000-0000-7000-8000-00000000000{last}"))
    );
    assert_eq!((claims.generation, &claims.role), (7, &Role::User));
    assert_eq!(claims.email, "ada@example.org");
    assert_eq!(claims.authenticated_at, at(0) - Duration::from_mins(1));
    assert_eq!(
        (claims.acr.as_str(), claims.methods.join(" ")),
        ("2fa", "pwd otp mfa".to_owned())
    );
    assert_eq!((claims.issued_at, claims.expires_at), (at(0), at(900)));
    for key in &*KEYS {
        assert_eq!(
            checked_at(&key.token(), at(1)),
            Ok(claims.clone()),
            "{}",
            key.algorithm()
        );
    }
    let of_admin = checked_at(&with_claim("role", json!("ADMIN")), at(1)).unwrap();
    assert_eq!(of_admin.role, Role::Admin);
}

#[test]
fn a_role_that_only_a_newer_server_knows_leaves_the_claims_readable() {
    let claims = checked_at(&with_claim("role", json!("AUDITOR_2")), at(1)).unwrap();
    assert_eq!(claims.role, Role::Other("AUDITOR_2".to_owned()));
    assert_eq!(claims.role.as_str(), "AUDITOR_2");
    assert_eq!(claims.email, "ada@example.org");
}

#[test]
fn a_token_ends_with_its_last_second() {
    assert!(checked_at(&issued(), at(900) - Duration::from_micros(1)).is_ok());
    for seconds in [900, 901, 10_000_000] {
        assert!(checked_at(&issued(), at(seconds)).is_err(), "{seconds}");
    }
}

#[test]
fn a_clock_may_lag_behind_the_issuers_by_five_seconds() {
    let lead = Duration::from_secs(5);
    assert!(checked_at(&issued(), at(0) - lead).is_ok());
    assert!(checked_at(&issued(), at(0) - lead - Duration::from_micros(1)).is_err());
    for (not_before, is_good) in [(6, true), (7, false)] {
        let token = with_claim("nbf", json!(ISSUED_AT + not_before));
        assert_eq!(is_accepted(&token), is_good, "{not_before}");
    }
}

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
        json!(["portcullis"]),
        json!(["other", "portcullis"]),
        json!(["portcullis", 1]),
        json!({"portcullis": "portcullis"}),
        json!(1),
        Value::Null,
    ] {
        assert!(!is_accepted(&with_claim("aud", audience.clone())), "{audience}");
    }
}

#[test]
fn every_claim_is_required() {
    for name in claims().as_object().unwrap().keys() {
        assert!(!is_accepted(&without_claim(name)), "{name}");
    }
}

#[test]
fn times_are_whole_numbers() {
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for time in [
            Value::Null,
            json!("1800000900"),
            json!([ISSUED_AT]),
            json!({}),
            json!(true),
            json!(1e30),
            json!(-1e30),
            json!(-1),
            json!(u64::MAX),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(253_402_300_800_u64),
        ] {
            assert!(!is_accepted(&with_claim(name, time.clone())), "{name} {time}");
        }
    }
    for time in [0, ISSUED_AT, ISSUED_AT + 1] {
        assert!(!is_accepted(&with_claim("exp", json!(time))), "{time}");
    }
    let claims = claims().to_string();
    for time in ["1800000900.5", "1e400", "01800000900", "NaN", "99999999999999999999999"] {
        let claims = claims.replace("1800000900", time);
        assert!(!is_accepted(&signed(HEADER, &claims)), "{time}");
    }
}

#[test]
fn claims_of_the_wrong_type_are_refused() {
    let id = "01990000-0000-7000-8000-00000000000b";
    let ids = [
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
    ];
    let generations = [json!(-1), json!("7"), json!(7.5), json!(1e30), json!([7]), Value::Null];
    let roles = [
        json!("user"),
        json!("Admin"),
        json!("ADMIN "),
        json!("A.B"),
        json!(""),
        json!(["ADMIN"]),
        json!({"ADMIN": null}),
        json!(1),
        Value::Null,
    ];
    let emails = [
        json!("ada"),
        json!("@"),
        json!("ada@"),
        json!("@example.org"),
        json!("ada@example@org"),
        json!("ADA@example.org"),
        json!(" ada@example.org"),
        json!("ada@example.org\r\nx"),
        json!(format!("{}@example.org", "a".repeat(250))),
        json!([]),
        Value::Null,
    ];
    let words = [
        json!(""),
        json!("2 fa"),
        json!("2fa\n"),
        json!("a".repeat(65)),
        json!(2),
        json!(["2fa"]),
        Value::Null,
    ];
    let lists = [
        json!([]),
        json!("pwd"),
        json!([1]),
        json!([""]),
        json!(["p d"]),
        json!([["pwd"]]),
        json!(vec!["pwd"; 17]),
        Value::Null,
    ];
    let kinds = [json!("refresh"), json!("Access"), json!(["access"]), Value::Null];
    for (name, values) in [
        ("sub", ids.as_slice()),
        ("sid", &ids),
        ("jti", &ids),
        ("gen", &generations),
        ("role", &roles),
        ("email", &emails),
        ("acr", &words),
        ("amr", &lists),
        ("type", &kinds),
    ] {
        for value in values {
            assert!(!is_accepted(&with_claim(name, value.clone())), "{name} {value}");
        }
    }
}

#[test]
fn claims_that_can_be_read_in_two_ways_are_refused() {
    let claims_text = claims().to_string();
    let open = claims_text.strip_suffix('}').unwrap();
    for payload in [
        format!(r#"{open},"exp":1900000000}}"#),
        format!(r#"{open},"role":"ADMIN"}}"#),
        format!(r#"{open},"\u0072ole":"ADMIN"}}"#),
        format!(r#"{open},"x":1,"x":2}}"#),
        format!("{claims_text}{claims_text}"),
        format!("{claims_text} x"),
        format!("[{claims_text}]"),
        "null".to_owned(),
        String::new(),
    ] {
        assert!(!is_accepted(&signed(HEADER, &payload)), "{payload}");
    }
    let values: Vec<Value> = claims().as_object().unwrap().values().cloned().collect();
    assert!(!is_accepted(&signed(HEADER, &json!(values).to_string())));
    assert!(is_accepted(&signed(HEADER, &format!(r#"{open},"x":{{"y":1}}}}"#))));
}
