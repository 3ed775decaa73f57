//! Headers that are refused, under a payload that is right and signed by the right key.

use super::{HEADER, claims_in_json, is_accepted, signed, signed_by, with_claim};
use crate::fixtures::CURRENT_KEY;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

#[test]
fn a_token_without_a_signature_is_refused() {
    let payload = claims_in_json().to_string();
    for algorithm in ["none", "None", "nONE", "NONE", "HS256", ""] {
        let header = format!(r#"{{"typ":"at+jwt","alg":"{algorithm}"}}"#);
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&header),
            URL_SAFE_NO_PAD.encode(&payload)
        );
        for token in [format!("{message}."), message.clone(), format!("{message}.AA")] {
            assert!(!is_accepted(&token), "{token}");
        }
        if algorithm != "HS256" {
            assert!(!is_accepted(&signed(&header, &payload)), "{algorithm}");
        }
    }
}

#[test]
fn no_other_algorithm_is_accepted_with_our_key() {
    let payload = claims_in_json().to_string();
    for (name, algorithm) in [
        ("HS384", Algorithm::HS384),
        ("HS512", Algorithm::HS512),
        ("RS256", Algorithm::HS256),
        ("ES256", Algorithm::HS256),
        ("EdDSA", Algorithm::HS256),
        ("PS256", Algorithm::HS256),
        ("hs256", Algorithm::HS256),
        ("HS256 ", Algorithm::HS256),
        ("HS256", Algorithm::HS384),
        ("HS256", Algorithm::HS512),
    ] {
        let header = format!(r#"{{"typ":"at+jwt","alg":"{name}"}}"#);
        assert!(
            !is_accepted(&signed_by(CURRENT_KEY, algorithm, &header, &payload)),
            "{name} {algorithm:?}"
        );
    }
}

#[test]
fn a_header_with_any_further_member_is_refused() {
    let payload = claims_in_json().to_string();
    assert!(is_accepted(&signed(HEADER, &payload)));
    assert!(is_accepted(&signed(r#"{ "alg":"HS256", "typ":"at+jwt" }"#, &payload)));
    let long_name = format!(r#""kid":"{}""#, "k".repeat(10 * 1024));
    for member in [
        r#""kid":"1""#,
        r#""kid":"""#,
        r#""kid":null"#,
        r#""kid":"../../dev/null""#,
        r#""kid":"' UNION SELECT 'x""#,
        &long_name,
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""crit":["b64"],"b64":false"#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
        r#""jku":"http://127.0.0.1:1/keys.json""#,
        r#""x5u":"http://127.0.0.1:1/cert.pem""#,
        r#""x5c":["MIIB"]"#,
        r#""x5t":"AAAA""#,
        r#""zip":"DEF""#,
        r#""enc":"A128GCM""#,
        r#""cty":"JWT""#,
        r#""alg":"HS256""#,
        r#""\u0061lg":"HS256""#,
        r#""typ":"at+jwt""#,
        r#""x":1"#,
    ] {
        let header = format!("{},{member}}}", HEADER.strip_suffix('}').unwrap());
        assert!(!is_accepted(&signed(&header, &payload)), "{member}");
    }
}

#[test]
fn a_header_that_is_no_object_is_refused() {
    let payload = claims_in_json().to_string();
    for header in [
        "",
        "null",
        "{}",
        r#"["HS256","at+jwt"]"#,
        r#"["HS256","at+jwt","x"]"#,
        r#""HS256""#,
        r#"{"typ":"at+jwt","alg":["HS256"]}"#,
        r#"{"typ":"at+jwt","alg":null}"#,
        r#"{"typ":"at+jwt"}"#,
        r#"{"typ":"at+jwt","alg":"HS256"}{}"#,
        "\u{feff}{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}",
    ] {
        assert!(!is_accepted(&signed(header, &payload)), "{header}");
    }
}

#[test]
fn another_kind_of_token_is_refused() {
    let payload = claims_in_json().to_string();
    for kind in ["JWT", "at+JWT", "AT+JWT", "reset+jwt", "application/at+jwt", "at", ""] {
        let header = format!(r#"{{"typ":"{kind}","alg":"HS256"}}"#);
        assert!(!is_accepted(&signed(&header, &payload)), "{kind}");
    }
    for header in [r#"{"alg":"HS256"}"#, r#"{"typ":null,"alg":"HS256"}"#] {
        assert!(!is_accepted(&signed(header, &payload)), "{header}");
    }
    for kind in [json!("refresh"), json!("Access"), json!(["access"]), Value::Null] {
        assert!(!is_accepted(&with_claim("type", kind.clone())), "{kind}");
    }
}
