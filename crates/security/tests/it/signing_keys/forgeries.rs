//! Tokens that no key signed, or not so, for each algorithm.

use super::{
    MADE, PAIRS, current, decoded, encoded, hmac_of, loaded, one_of, parts, private_part, retired, signature, two_of,
};
use crate::access_tokens::at;
use crate::fixtures::{CURRENT_KEY, TokenServer};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis_domain::{SigningAlgorithm, SigningKey};
use serde_json::{Value, json};

/// A server that signs by the key.
fn server_of(key: &SigningKey) -> TokenServer {
    loaded(&[current(key.clone(), at(-900))])
}

/// A server that signs by the key, and accepts one of each other algorithm.
fn server_of_all(key: &SigningKey) -> TokenServer {
    let others = SigningAlgorithm::ALL
        .into_iter()
        .filter(|other| *other != key.algorithm);
    let retired = others.map(|other| retired(one_of(other), at(0)));
    let keys: Vec<SigningKey> = retired.chain([current(key.clone(), at(-900))]).collect();
    loaded(&keys)
}

fn header(members: &Value) -> String {
    encoded(members.to_string())
}

fn good_header(key: &SigningKey) -> Value {
    json!({"typ": "at+jwt", "alg": key.algorithm.as_str(), "kid": key.id.as_str()})
}

/// The token's payload under another header and whatever signs it.
fn forged(token: &str, members: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let [_, payload, _] = parts(token);
    let message = format!("{}.{payload}", header(members));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", encoded(signature))
}

/// All forms of the public part that somebody may have taken for a shared secret.
fn public_forms(key: &SigningKey) -> Vec<Vec<u8>> {
    let document = private_part(key);
    let (raw, der): (Vec<u8>, PublicKeyX509Der<'_>) = match key.algorithm {
        SigningAlgorithm::Hs256 => return vec![],
        SigningAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(&document).unwrap();
            (pair.public_key().as_ref().to_vec(), pair.public_key().as_der().unwrap())
        }
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &document).unwrap();
            (pair.public_key().as_ref().to_vec(), pair.public_key().as_der().unwrap())
        }
        SigningAlgorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(&document).unwrap();
            (pair.public_key().as_ref().to_vec(), pair.public_key().as_der().unwrap())
        }
    };
    let [published] = server_of(key).published().try_into().unwrap();
    let parameters = published.members.into_iter().map(|(_, value)| value);
    let texts = parameters.flat_map(|text| [text.clone().into_bytes(), decoded_or_empty(&text)]);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64_of(der.as_ref())
    );
    let der = der.as_ref().to_vec();
    texts
        .chain([raw, der, pem.trim_end().into(), pem.into_bytes(), vec![]])
        .collect()
}

fn decoded_or_empty(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}

/// In lines of 64 characters (RFC 7468, section 2).
fn base64_of(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    lines.join("\n")
}

#[test]
fn the_holder_of_the_key_can_sign_so_the_forgeries_fail_for_their_own_reason() {
    for key in MADE.iter() {
        let server = server_of(key);
        let members = match key.algorithm {
            SigningAlgorithm::Hs256 => json!({"typ": "at+jwt", "alg": "HS256"}),
            _ => good_header(key),
        };
        let token = forged(&server.issue(0), &members, |message| signature(key, message));
        assert!(server.accepts(&token, at(1)), "{}", key.algorithm);
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    for key in PAIRS.map(one_of) {
        for server in [server_of(&key), server_of_all(&key)] {
            let token = server.issue(0);
            for secret in public_forms(&key) {
                for members in [
                    json!({"typ": "at+jwt", "alg": "HS256"}),
                    json!({"typ": "at+jwt", "alg": "HS256", "kid": key.id.as_str()}),
                    good_header(&key),
                ] {
                    let token = forged(&token, &members, |message| hmac_of(&secret, message));
                    assert!(!server.accepts(&token, at(1)), "{members}");
                }
            }
        }
    }
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    for key in PAIRS.map(one_of) {
        let server = server_of_all(&key);
        let token = server.issue(0);
        for other in [
            "none", "None", "HS256", "HS384", "EdDSA", "ES256", "ES384", "RS256", "RS512", "PS256", "Ed25519",
        ] {
            if other == key.algorithm.as_str() {
                continue;
            }
            let members = json!({"typ": "at+jwt", "alg": other, "kid": key.id.as_str()});
            for signed in [
                forged(&token, &members, |message| signature(&key, message)),
                forged(&token, &members, |message| hmac_of(CURRENT_KEY.as_bytes(), message)),
                forged(&token, &members, |_| vec![]),
            ] {
                assert!(
                    !server.accepts(&signed, at(1)),
                    "{other} with a key of {}",
                    key.algorithm
                );
            }
        }
    }
}

#[test]
fn a_key_is_known_by_its_own_name_only() {
    for key in MADE.iter() {
        let server = server_of_all(key);
        let token = server.issue(0);
        let names = MADE.iter().filter(|other| other.id != key.id);
        let names = names.map(|other| json!(other.id.as_str()));
        let made_up = ["", "1", "../../dev/null", "' UNION SELECT 'x", &"k".repeat(1024)].map(|name| json!(name));
        for name in names.chain(made_up).chain([Value::Null, json!(["x"]), json!(1)]) {
            let members = json!({"typ": "at+jwt", "alg": key.algorithm.as_str(), "kid": name});
            let token = forged(&token, &members, |message| signature(key, message));
            assert!(!server.accepts(&token, at(1)), "{members}");
        }
        let (without, with) = (
            json!({"typ": "at+jwt", "alg": key.algorithm.as_str()}),
            good_header(key),
        );
        let other_form = if key.algorithm == SigningAlgorithm::Hs256 {
            with
        } else {
            without
        };
        let token = forged(&token, &other_form, |message| signature(key, message));
        assert!(!server.accepts(&token, at(1)), "{other_form}");
    }
}

#[test]
fn a_key_that_was_never_loaded_signs_nothing_whatever_its_tokens_bring_along() {
    for algorithm in PAIRS {
        let [ours, foreign] = two_of(algorithm);
        let server = server_of_all(&ours);
        let token = server.issue(0);
        let [published] = server_of(&foreign).published().try_into().unwrap();
        let members = published.members.iter();
        let jwk: Value = members
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let jwk = Value::Object(jwk.as_object().unwrap().clone());
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!("http://127.0.0.1:1/keys.json")),
            ("x5u", json!("http://127.0.0.1:1/cert.pem")),
            ("x5c", json!(["MIIB"])),
            ("typ", json!("at+jwt")),
        ] {
            for id in [&ours.id, &foreign.id] {
                let mut members = good_header(&ours);
                members["kid"] = json!(id.as_str());
                members[name] = value.clone();
                let token = forged(&token, &members, |message| signature(&foreign, message));
                assert!(!server.accepts(&token, at(1)), "{members}");
            }
        }
    }
}

#[test]
fn further_members_of_a_header_are_refused_for_every_algorithm() {
    for key in PAIRS.map(one_of) {
        let server = server_of(&key);
        let token = server.issue(0);
        for (name, value) in [
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("cty", json!("JWT")),
            ("zip", json!("DEF")),
            ("jku", json!("https://auth.example.org/.well-known/jwks.json")),
            ("typ", json!("JWT")),
            ("typ", json!("refresh+jwt")),
            ("typ", Value::Null),
        ] {
            let mut members = good_header(&key);
            members[name] = value;
            let token = forged(&token, &members, |message| signature(&key, message));
            assert!(!server.accepts(&token, at(1)), "{members}");
        }
    }
}

#[test]
fn a_signature_of_something_else_or_in_another_form_is_refused() {
    for key in PAIRS.map(one_of) {
        let server = server_of(&key);
        let token = server.issue(0);
        let [header, payload, signed] = parts(&token);
        let message = format!("{header}.{payload}");
        let good = decoded(signed);
        let [_, other_payload, _] = parts(&server.issue(1)).map(str::to_owned);
        assert!(!server.accepts(&format!("{header}.{other_payload}.{signed}"), at(2)));

        let zero = vec![0; good.len()];
        let mut reversed = good.clone();
        reversed.reverse();
        let mut forms = vec![
            vec![],
            zero,
            reversed,
            good[..good.len() - 1].to_vec(),
            [&good[..], &[0]].concat(),
            [&[0], &good[..]].concat(),
            [&good[..], &good[..]].concat(),
        ];
        forms.extend(other_forms(&key, message.as_bytes()));
        for place in [0, good.len() / 2, good.len() - 1] {
            let mut changed = good.clone();
            changed[place] ^= 1;
            forms.push(changed);
        }
        for form in forms {
            let token = format!("{message}.{}", encoded(&form));
            assert!(!server.accepts(&token, at(1)), "{} {form:?}", key.algorithm);
        }
        assert!(server.accepts(&token, at(1)));
    }
}

/// Signatures of the key's holder by the same key in a form or a scheme that is another algorithm's.
fn other_forms(key: &SigningKey, message: &[u8]) -> Vec<Vec<u8>> {
    let (document, random) = (private_part(key), SystemRandom::new());
    match key.algorithm {
        SigningAlgorithm::Hs256 | SigningAlgorithm::EdDsa => vec![],
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &document).unwrap();
            vec![pair.sign(&random, message).unwrap().as_ref().to_vec()]
        }
        SigningAlgorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(&document).unwrap();
            let by = |encoding: &'static dyn RsaEncoding| {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            };
            let right = by(&RSA_PKCS1_SHA256);
            vec![
                by(&RSA_PSS_SHA256),
                by(&aws_lc_rs::signature::RSA_PKCS1_SHA512),
                right[1..].to_vec(),
            ]
        }
    }
}
