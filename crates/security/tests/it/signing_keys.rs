//! The signing keys of the store, and the access tokens that are signed by them.

mod forgeries;
mod published;
mod remembered;
mod rotation;
mod stored;

use crate::access_tokens::{ISSUED_AT, at, claims};
use crate::fixtures::{CURRENT_KEY, SALT, TokenServer, keys, token_server};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce};
use aws_lc_rs::hkdf;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use portcullis_application::ports::{AccessClaims, PublicKey, TokenError};
use portcullis_domain::{KeyId, SigningAlgorithm, SigningKey, SigningKeyPurpose};
use std::sync::LazyLock;

/// The algorithms of key pairs.
const PAIRS: [SigningAlgorithm; 3] = [
    SigningAlgorithm::EdDsa,
    SigningAlgorithm::Es256,
    SigningAlgorithm::Rs256,
];

/// Some keys of each algorithm, made once for all tests, encrypted by [`CURRENT_KEY`] and [`SALT`].
static MADE: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let server = token_server(&keys(), &SALT);
    let twice = SigningAlgorithm::ALL.into_iter().flat_map(|algorithm| [algorithm; 2]);
    twice.map(|algorithm| generated(&server, algorithm)).collect()
});

fn generated(server: &TokenServer, algorithm: SigningAlgorithm) -> SigningKey {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(server.ring.generate(SigningKeyPurpose::Session, algorithm, at(-1000)))
        .unwrap()
}

/// Two keys of that algorithm, that sign next.
fn two_of(algorithm: SigningAlgorithm) -> [SigningKey; 2] {
    let of_it = MADE.iter().filter(|key| key.algorithm == algorithm).cloned();
    of_it.collect::<Vec<_>>().try_into().unwrap()
}

fn one_of(algorithm: SigningAlgorithm) -> SigningKey {
    let [one, _] = two_of(algorithm);
    one
}

/// The key, signing since `since`.
fn current(key: SigningKey, since: DateTime<Utc>) -> SigningKey {
    SigningKey {
        activated_at: Some(since),
        ..key
    }
}

/// The key, which signed until `end`.
fn retired(key: SigningKey, end: DateTime<Utc>) -> SigningKey {
    SigningKey {
        activated_at: Some(at(-1000)),
        retired_at: Some(end),
        ..key
    }
}

fn loaded(keys_of_store: &[SigningKey]) -> TokenServer {
    let server = token_server(&keys(), &SALT);
    server.ring.load(keys_of_store).unwrap();
    server
}

impl TokenServer {
    fn issue(&self, issued_at: i64) -> String {
        let claims = AccessClaims {
            issued_at: at(issued_at),
            expires_at: at(issued_at + 900),
            ..claims()
        };
        self.tokens.issue(&claims).unwrap().expose().to_owned()
    }

    fn published(&self) -> Vec<PublicKey> {
        self.ring.public_keys(SigningKeyPurpose::Session)
    }

    fn accepts(&self, token: &str, now: DateTime<Utc>) -> bool {
        match self.tokens.verify(token, now) {
            Ok(_) => true,
            Err(TokenError::Invalid | TokenError::UnknownKey) => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The key that encrypts private parts, by the description of the stored form.
fn wrapping_key() -> LessSafeKey {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &SALT);
    let extracted = salt.extract(CURRENT_KEY.as_bytes());
    let info = [&b"portcullis signing key encryption v1"[..]];
    LessSafeKey::new(extracted.expand(&info, &AES_256_GCM).unwrap().into())
}

/// The private part in PKCS#8.
fn private_part(key: &SigningKey) -> Vec<u8> {
    let (version, rest) = key.encrypted.split_first().unwrap();
    assert_eq!(*version, 1);
    let (nonce, text) = rest.split_first_chunk().unwrap();
    let context = format!("{}.{}.{}", key.purpose, key.algorithm, key.id);
    let mut text = text.to_vec();
    wrapping_key()
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut text)
        .unwrap()
        .to_vec()
}

/// The key with another private part.
fn with_private_part(key: SigningKey, private: &[u8]) -> SigningKey {
    let (nonce, context) = ([1; 12], format!("{}.{}.{}", key.purpose, key.algorithm, key.id));
    let mut text = private.to_vec();
    wrapping_key()
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut text)
        .unwrap();
    SigningKey {
        encrypted: [&[1], &nonce[..], &text].concat(),
        ..key
    }
}

/// The signature of a key's holder, whatever it is of.
fn signature(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let random = SystemRandom::new();
    match key.algorithm {
        SigningAlgorithm::Hs256 => hmac_of(CURRENT_KEY.as_bytes(), message),
        SigningAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(&private_part(key)).unwrap();
            pair.sign(message).as_ref().to_vec()
        }
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private_part(key)).unwrap();
            pair.sign(&random, message).unwrap().as_ref().to_vec()
        }
        SigningAlgorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(&private_part(key)).unwrap();
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
            signature
        }
    }
}

fn hmac_of(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Header, payload and signature.
fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn header_of(token: &str) -> String {
    let [header, ..] = parts(token);
    String::from_utf8(decoded(header)).unwrap()
}

#[test]
fn a_token_names_its_key_and_its_algorithm() {
    for algorithm in PAIRS {
        let key = one_of(algorithm);
        let server = loaded(&[current(key.clone(), at(-900))]);
        let token = server.issue(0);
        assert_eq!(
            header_of(&token),
            format!(r#"{{"typ":"at+jwt","alg":"{algorithm}","kid":"{}"}}"#, key.id)
        );
        assert_eq!(server.tokens.verify(&token, at(1)).unwrap(), claims());
        assert!(!server.accepts(&token, at(900)), "{algorithm}");
    }
    let server = loaded(&[current(one_of(SigningAlgorithm::Hs256), at(-900))]);
    assert_eq!(header_of(&server.issue(0)), r#"{"typ":"at+jwt","alg":"HS256"}"#);
}

#[test]
fn a_key_that_an_earlier_program_stored_signs_the_same_token() {
    // Pinned: stores are older than programs. The key is that of RFC 8037, appendix A.1; the stored form and the
    // signature were computed apart, by Python's cryptography, from the description of the form.
    let stored = concat!(
        "AQkJCQkJCQkJCQkJCda_5odz6EqHQJAD-_4HVZu5bFB3xD7AanwU0kQyg388jlU5-Fw5J_od",
        "HbmBjcBdBEzR9Pd68gaNSxB1uvvF5Ic"
    );
    let key = SigningKey {
        purpose: SigningKeyPurpose::Session,
        id: KeyId::new("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned()),
        algorithm: SigningAlgorithm::EdDsa,
        encrypted: decoded(stored),
        public_part: None,
        created_at: at(-1000),
        activated_at: Some(at(-1000)),
        retired_at: None,
    };
    let token = loaded(&[key]).issue(0);
    let [.., signature] = parts(&token);
    assert_eq!(
        signature,
        "gWOrkFMJ-wnlbDSdeOr4R7VkxqIv8JX_IWuV11xKUY1UAWvYoeDQl368yZu5sopb-h5K5eXnWjRcsmwJsd24DA"
    );
}

#[test]
fn a_new_key_is_to_be_the_next_and_like_no_other() {
    for algorithm in SigningAlgorithm::ALL {
        let [one, other] = two_of(algorithm);
        for key in [&one, &other] {
            assert_eq!((key.algorithm, key.created_at), (algorithm, at(-1000)));
            assert_eq!((key.activated_at, key.retired_at), (None, None));
            assert_eq!(key.encrypted.is_empty(), algorithm == SigningAlgorithm::Hs256);
            assert!((20..=128).contains(&key.id.as_str().len()), "{}", key.id);
        }
        assert_ne!(one.id, other.id);
        if algorithm != SigningAlgorithm::Hs256 {
            assert_ne!(private_part(&one), private_part(&other));
        }
    }
    assert_eq!(ISSUED_AT, at(0).timestamp());
}

#[test]
fn a_ring_without_a_key_that_signs_issues_nothing() {
    let server = token_server(&keys(), &SALT);
    assert!(matches!(server.tokens.issue(&claims()), Err(TokenError::Unexpected(_))));
    for (number, key) in MADE.iter().enumerate() {
        let token = loaded(&[current(key.clone(), at(-900))]).issue(0);
        assert!(!server.accepts(&token, at(1)), "{number}");
    }
    assert_eq!(server.published(), []);
}
