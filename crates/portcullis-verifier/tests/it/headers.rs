//! Headers that are refused, under a payload that is right and signed by the right key.

use crate::tokens::{
    FOREIGN_SECRET, HEADER, KEYS, SECRET, at, checked_at, claims, is_accepted, set, signed, signed_by,
};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_verifier::{Refusal, VerificationKey, check, keys_of_set};

#[test]
fn a_token_without_a_signature_is_refused() {
    let payload = claims().to_string();
    for algorithm in ["none", "None", "nONE", "NONE", "HS256", "EdDSA", ""] {
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
fn a_header_does_not_choose_the_algorithm() {
    let payload = claims().to_string();
    for (name, algorithm) in [("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
        let header = format!(r#"{{"typ":"at+jwt","alg":"{name}"}}"#);
        assert!(!is_accepted(&signed_by(SECRET, algorithm, &header, &payload)), "{name}");
    }
    for name in ["RS256", "ES256", "EdDSA", "PS256", "hs256", "HS256 "] {
        let header = format!(r#"{{"typ":"at+jwt","alg":"{name}"}}"#);
        assert!(!is_accepted(&signed(&header, &payload)), "{name}");
    }
    for key in &*KEYS {
        for name in [
            "HS256", "HS512", "EdDSA", "ES256", "ES384", "RS256", "RS512", "PS256", "none",
        ] {
            let header = format!(r#"{{"typ":"at+jwt","alg":"{name}","kid":"{}"}}"#, key.id);
            let is_its_own = name == key.algorithm();
            assert_eq!(
                is_accepted(&key.signed(&header, &payload)),
                is_its_own,
                "{name} for {}",
                key.id
            );
        }
    }
}

/// The public key, which everybody has, used as if it were a shared secret.
#[test]
fn a_public_key_is_no_secret() {
    let payload = claims().to_string();
    for key in &*KEYS {
        let jwk = key.jwk();
        let parameter = jwk["x"].as_str().or(jwk["n"].as_str()).unwrap();
        let secrets = [
            jwk.to_string().into_bytes(),
            parameter.as_bytes().to_vec(),
            URL_SAFE_NO_PAD.decode(parameter).unwrap(),
        ];
        for secret in secrets {
            for algorithm in ["HS256", key.algorithm()] {
                let header = format!(r#"{{"typ":"at+jwt","alg":"{algorithm}","kid":"{}"}}"#, key.id);
                let token = signed_by(&secret, hmac::HMAC_SHA256, &header, &payload);
                assert!(!is_accepted(&token), "{algorithm} for {}", key.id);
            }
        }
    }
}

#[test]
fn a_key_is_taken_by_its_name_alone() {
    let payload = claims().to_string();
    let [ed, ec, rsa] = &*KEYS;
    for (signer, named) in [(ed, ec), (ec, rsa), (rsa, ed)] {
        let header = format!(
            r#"{{"typ":"at+jwt","alg":"{}","kid":"{}"}}"#,
            signer.algorithm(),
            named.id
        );
        assert_eq!(
            checked_at(&signer.signed(&header, &payload), at(1)),
            Err(Refusal::Invalid),
            "{header}"
        );
        let nameless = format!(r#"{{"typ":"at+jwt","alg":"{}"}}"#, signer.algorithm());
        assert_eq!(
            checked_at(&signer.signed(&nameless, &payload), at(1)),
            Err(Refusal::Invalid),
            "{nameless}"
        );
    }
    let unknown = ed.header().replace(r#""ed""#, r#""other""#);
    assert_eq!(
        checked_at(&ed.signed(&unknown, &payload), at(1)),
        Err(Refusal::UnknownKey)
    );
}

#[test]
fn the_signature_of_another_key_is_refused() {
    let payload = claims().to_string();
    assert!(!is_accepted(&signed_by(
        FOREIGN_SECRET,
        hmac::HMAC_SHA256,
        HEADER,
        &payload
    )));
    let others = crate::tokens::SigningKey::ed25519("ed");
    assert!(!is_accepted(&others.token()));
    // A key that was replaced: the token of an old one, by the set of today.
    let keys = keys_of_set(set(&[&others]).to_string().as_bytes()).unwrap();
    assert!(check(&others.token(), crate::tokens::ISSUER, &keys, at(1)).is_ok());
    assert!(check(&KEYS[0].token(), crate::tokens::ISSUER, &keys, at(1)).is_err());
    let secrets = [FOREIGN_SECRET, SECRET].map(|secret| VerificationKey::hs256(None, secret));
    assert!(check(&crate::tokens::issued(), crate::tokens::ISSUER, &secrets, at(1)).is_ok());
}

#[test]
fn members_beyond_the_three_are_refused() {
    let payload = claims().to_string();
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
    for key in &*KEYS {
        for member in [
            r#""crit":["exp"]"#,
            r#""b64":false"#,
            r#""jku":"http://127.0.0.1:1""#,
            r#""kid":"ed""#,
        ] {
            let header = format!("{},{member}}}", key.header().strip_suffix('}').unwrap());
            assert!(!is_accepted(&key.signed(&header, &payload)), "{member}");
        }
    }
}

/// The key that a token brings along is the one that signed it.
#[test]
fn a_key_within_the_token_is_never_used() {
    let payload = claims().to_string();
    let own = crate::tokens::SigningKey::ed25519("own");
    let header = format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"own","jwk":{}}}"#, own.jwk());
    assert_eq!(checked_at(&own.signed(&header, &payload), at(1)), Err(Refusal::Invalid));
}

#[test]
fn a_header_that_is_no_object_is_refused() {
    let payload = claims().to_string();
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
    let payload = claims().to_string();
    for kind in ["JWT", "at+JWT", "AT+JWT", "reset+jwt", "application/at+jwt", "at", ""] {
        let header = format!(r#"{{"typ":"{kind}","alg":"HS256"}}"#);
        assert!(!is_accepted(&signed(&header, &payload)), "{kind}");
    }
    for header in [r#"{"alg":"HS256"}"#, r#"{"typ":null,"alg":"HS256"}"#] {
        assert!(!is_accepted(&signed(header, &payload)), "{header}");
    }
}
