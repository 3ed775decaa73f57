//! Tokens that are refused: one for each thing that the check looks at, to show that it is asked. The crate of the check
//! has the rest.

use super::{HEADER, claims_in_json, is_accepted, issued, signed, signed_by, with_claim, without_claim};
use crate::fixtures::CURRENT_KEY;
use jsonwebtoken::Algorithm;
use serde_json::json;

#[test]
fn what_the_refusals_change_is_all_that_is_wrong() {
    assert!(is_accepted(&signed(HEADER, &claims_in_json().to_string())));
}

#[test]
fn a_text_that_is_no_token_is_refused() {
    for text in [String::new(), "..".to_owned(), format!("Bearer {}", issued())] {
        assert!(!is_accepted(&text), "{text}");
    }
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let token = issued();
    let (message, _) = token.rsplit_once('.').unwrap();
    assert!(!is_accepted(&format!("{message}.")));
    let unsigned = signed(r#"{"typ":"at+jwt","alg":"none"}"#, &claims_in_json().to_string());
    assert!(!is_accepted(&unsigned));
}

#[test]
fn the_key_signs_by_one_algorithm_and_has_no_name() {
    let payload = claims_in_json().to_string();
    let longer = signed_by(
        CURRENT_KEY,
        Algorithm::HS512,
        r#"{"typ":"at+jwt","alg":"HS512"}"#,
        &payload,
    );
    assert!(!is_accepted(&longer));
    for header in [
        r#"{"typ":"at+jwt","alg":"RS256"}"#,
        r#"{"typ":"at+jwt","alg":"HS256","kid":"shared"}"#,
    ] {
        assert!(!is_accepted(&signed(header, &payload)), "{header}");
    }
}

#[test]
fn another_kind_of_token_is_refused() {
    let payload = claims_in_json().to_string();
    assert!(!is_accepted(&signed(r#"{"typ":"JWT","alg":"HS256"}"#, &payload)));
    assert!(!is_accepted(&with_claim("type", json!("refresh"))));
}

#[test]
fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
    assert!(!is_accepted(&with_claim("iss", json!("portcullis"))));
    assert!(!is_accepted(&with_claim("aud", json!("other"))));
}

#[test]
fn a_claim_that_is_missing_or_of_the_wrong_form_is_refused() {
    for name in claims_in_json().as_object().unwrap().keys() {
        assert!(!is_accepted(&without_claim(name)), "{name}");
    }
    for (name, value) in [
        ("sub", json!("ada")),
        ("sid", json!(1)),
        ("jti", json!("")),
        ("gen", json!(-1)),
        ("role", json!("ROOT")),
        ("email", json!("ADA@example.org")),
        ("exp", json!("1800000900")),
    ] {
        assert!(!is_accepted(&with_claim(name, value.clone())), "{name} {value}");
    }
}

/// The check takes any text around an `@` in lower case; the domain does not.
#[test]
fn an_address_that_the_domain_does_not_know_is_refused() {
    assert!(!is_accepted(&with_claim("email", json!("ada@example"))));
}
