//! What clients sign: by which keys, and what of it is not looked at.

use super::*;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use serde_json::json;
use std::sync::LazyLock;

struct Keys {
    ed: Ed25519KeyPair,
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    ed: Ed25519KeyPair::generate().unwrap(),
    ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
    rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
});

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn registered() -> ClientKeys {
    let (x, y) = KEYS.ec.public_key().as_ref()[1..].split_at(32);
    let rsa = KEYS.rsa.public_key();
    let keys = json!({"keys": [
        {"kid": "ed", "kty": "OKP", "crv": "Ed25519", "x": encoded(KEYS.ed.public_key())},
        {"kid": "ec", "kty": "EC", "crv": "P-256", "alg": "ES256", "x": encoded(x), "y": encoded(y)},
        {"kid": "rsa", "kty": "RSA", "n": encoded(rsa.modulus().big_endian_without_leading_zero()),
         "e": encoded(rsa.exponent().big_endian_without_leading_zero())},
    ]});
    ClientKeys::checked(keys.to_string())
}

fn claims() -> Value {
    json!({"iss": "shop", "sub": "shop", "aud": "https://auth.example.org", "jti": "1", "exp": 1_800_000_300,
           "iat": 1_800_000_000})
}

fn signed(header: &Value, claims: &Value) -> SecretText {
    let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
    let rsa = |padding: &'static dyn RsaEncoding| {
        let mut signature = vec![0; KEYS.rsa.public_modulus_len()];
        let random = SystemRandom::new();
        KEYS.rsa
            .sign(padding, &random, message.as_bytes(), &mut signature)
            .unwrap();
        signature
    };
    let signature = match header["alg"].as_str().unwrap() {
        "EdDSA" => KEYS.ed.sign(message.as_bytes()).as_ref().to_vec(),
        "ES256" => KEYS
            .ec
            .sign(&SystemRandom::new(), message.as_bytes())
            .unwrap()
            .as_ref()
            .to_vec(),
        "RS256" => rsa(&RSA_PKCS1_SHA256),
        "PS256" => rsa(&RSA_PSS_SHA256),
        "HS256" => {
            // By what everybody knows of the client.
            let key = hmac::Key::new(hmac::HMAC_SHA256, registered().as_str().as_bytes());
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
        _ => Vec::new(),
    };
    SecretText::new(format!("{message}.{}", encoded(signature)))
}

fn read(text: &SecretText) -> Option<Assertion> {
    JwtClientProofs.assertion(text, Some(&registered()))
}

#[test]
fn each_of_the_four_algorithms_counts_with_and_without_the_name_of_the_key() {
    for (alg, kid) in [("EdDSA", "ed"), ("ES256", "ec"), ("RS256", "rsa"), ("PS256", "rsa")] {
        for header in [json!({"alg": alg}), json!({"alg": alg, "kid": kid, "typ": "JWT"})] {
            let assertion = read(&signed(&header, &claims())).unwrap_or_else(|| panic!("{header}"));
            assert_eq!(
                (assertion.issuer.as_str(), assertion.subject.as_str()),
                ("shop", "shop")
            );
            assert_eq!(assertion.audience.as_deref(), Some("https://auth.example.org"));
            assert_eq!(assertion.id.as_deref(), Some("1"));
            assert_eq!(assertion.expires_at, DateTime::from_timestamp(1_800_000_300, 0));
            assert_eq!(assertion.not_before, None);
        }
    }
}

#[test]
fn row_43_what_a_header_may_not_choose_is_refused() {
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256", "kid": "rsa"}),
        json!({"alg": "ES256", "kid": "other"}),
        json!({"alg": "ES256", "typ": "at+jwt"}),
        json!({"alg": "ES256", "jku": "https://evil.example.org"}),
        json!({"alg": "ES256", "x5u": "https://evil.example.org"}),
        json!({"alg": "ES256", "jwk": {}}),
        json!({"alg": "ES256", "x5c": []}),
        json!({"alg": "ES256", "crit": ["exp"]}),
        json!({"alg": "ES256", "b64": false}),
    ] {
        assert_eq!(read(&signed(&header, &claims())), None, "{header}");
    }
}

#[test]
fn what_was_changed_or_is_no_jwt_is_refused() {
    let good = signed(&json!({"alg": "ES256"}), &claims());
    let forged = good
        .expose()
        .replacen(&encoded(claims().to_string()), &encoded(r#"{"sub":"other"}"#), 1);
    for text in [
        forged,
        String::new(),
        "a.b".to_owned(),
        "a.b.c".to_owned(),
        "x".repeat(MAX_BYTES + 1),
    ] {
        assert_eq!(read(&SecretText::new(text)), None);
    }
}

#[test]
fn a_list_of_audiences_is_none_and_a_fraction_of_a_second_does_not_matter() {
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        read(&signed(&json!({"alg": "EdDSA"}), &claims))
    };
    assert_eq!(with("aud", json!(["https://auth.example.org"])).unwrap().audience, None);
    let expires_at = with("exp", json!(1_800_000_300.9)).unwrap().expires_at;
    assert_eq!(expires_at, DateTime::from_timestamp(1_800_000_300, 0));
    assert_eq!(
        with("exp", json!(1e300)).unwrap().expires_at,
        Some(DateTime::<Utc>::MAX_UTC)
    );
    assert_eq!(with("iss", json!(1)), None);
}

#[test]
fn whose_it_says_to_be_is_read_before_anybody_has_signed_it() {
    let text = SecretText::new(format!("{}.{}.x", encoded("{}"), encoded(r#"{"sub":"shop"}"#)));
    assert_eq!(JwtClientProofs.claimed_client(&text), ClientId::parse("shop").ok());
    assert_eq!(JwtClientProofs.claimed_client(&SecretText::new("x".to_owned())), None);
}

#[test]
fn a_signature_is_checked_also_where_there_is_no_such_client_or_no_such_key() {
    for alg in ["EdDSA", "Ed25519", "ES256", "RS256", "PS256"] {
        for length in [64, 256, 320, 384, 512, 1024] {
            let key = ClientKey::nobodys(alg, &vec![0xfe; length]).unwrap_or_else(|| panic!("{alg}"));
            assert!(key.is_usable(), "{alg} {length}: the check would end before it began");
            let is_rsa = ["RS256", "PS256"].contains(&alg);
            let would_take_its_time = key.may_have_made(&vec![0xfe; length]);
            assert_eq!(would_take_its_time, !is_rsa || length >= 256, "{alg} {length}");
        }
    }
    let text = signed(&json!({"alg": "ES256"}), &claims());
    assert!(JwtClientProofs.assertion(&text, Some(&registered())).is_some());
    assert_eq!(JwtClientProofs.assertion(&text, None), None);
}

/// What would end at once by the client's own key is checked by nobody's, as if there were no such client.
#[test]
fn a_signature_that_a_key_of_rsa_never_made_takes_as_long_as_one_that_it_may_have_made() {
    let set = KeySet::read(registered().as_str()).unwrap();
    let key = set.key_for("RS256", Some("rsa")).unwrap();
    let length = KEYS.rsa.public_modulus_len();
    let small = vec![0x01; length];
    assert!(key.may_have_made(&small));
    for other in [
        vec![0xff; length],
        vec![0x01; length + 1],
        vec![0x01; 2 * length],
        Vec::new(),
    ] {
        assert!(!key.may_have_made(&other), "{}", other.len());
    }
    let ec = set.key_for("ES256", Some("ec")).unwrap();
    assert!(ec.may_have_made(&[]), "all of them are as long");
}

#[test]
fn of_several_keys_that_may_be_meant_the_header_names_one() {
    let mut keys: Value = serde_json::from_str(registered().as_str()).unwrap();
    let mut another = keys["keys"][1].clone();
    another["kid"] = json!("another");
    keys["keys"].as_array_mut().unwrap().push(another);
    let keys = ClientKeys::checked(keys.to_string());
    let read = |header: Value| JwtClientProofs.assertion(&signed(&header, &claims()), Some(&keys));
    assert_eq!(read(json!({"alg": "ES256"})), None);
    assert!(read(json!({"alg": "ES256", "kid": "ec"})).is_some());
    assert!(read(json!({"alg": "EdDSA"})).is_some());
}

#[test]
fn a_key_that_can_check_nothing_is_not_usable() {
    let ec = |x: &str, y: &str| json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
    let (x, y) = KEYS.ec.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (encoded(x), encoded(y));
    let modulus = encoded(KEYS.rsa.public_key().modulus().big_endian_without_leading_zero());
    let is_usable = |key: &Value| {
        let keys = json!({"keys": [key]}).to_string();
        JwtClientProofs.are_usable(&ClientKeys::checked(keys))
    };
    assert!(JwtClientProofs.are_usable(&registered()));
    assert!(is_usable(&ec(&x, &y)));
    for key in [
        ec("AA", "AA"),
        ec(&y, &x),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
        json!({"kty": "RSA", "n": modulus, "e": "AQ"}),
        json!({"kty": "RSA", "n": modulus, "e": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "RS256"}),
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES384"}),
    ] {
        assert!(!is_usable(&key), "{key}");
    }
}
