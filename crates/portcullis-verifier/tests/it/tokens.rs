//! Keys and tokens, genuine and forged.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_verifier::{Claims, Refusal, VerificationKey, check, keys_of_set};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

pub(crate) const ISSUER: &str = "https://auth.example.org";
pub(crate) const SECRET: &[u8] = b"kR7vQ2mXz9LtWb4YpN6cJ8fHs3gDd5eU";
pub(crate) const FOREIGN_SECRET: &[u8] = b"Uo5bC9kEw1XiSz7DnH2gP4vMt6yQr8jA";
pub(crate) const HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;
pub(crate) const ISSUED_AT: u64 = 1_800_000_000;
pub(crate) const SESSION: &str = "01990000-0000-7000-8000-00000000000c";

/// A key that signs.
pub(crate) struct SigningKey {
    pub(crate) id: &'static str,
    pair: Pair,
}

enum Pair {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// One of each algorithm. Their names are `ed`, `ec` and `rsa`.
pub(crate) static KEYS: LazyLock<[SigningKey; 3]> = LazyLock::new(|| {
    let es256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let rs256 = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    [
        SigningKey::ed25519("ed"),
        SigningKey {
            id: "ec",
            pair: Pair::Es256(es256),
        },
        SigningKey {
            id: "rsa",
            pair: Pair::Rs256(rs256),
        },
    ]
});

impl SigningKey {
    pub(crate) fn ed25519(id: &'static str) -> Self {
        Self {
            id,
            pair: Pair::EdDsa(Ed25519KeyPair::generate().unwrap()),
        }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::EdDsa(_) => "EdDSA",
            Pair::Es256(_) => "ES256",
            Pair::Rs256(_) => "RS256",
        }
    }

    /// The key as it is published.
    pub(crate) fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::EdDsa(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref())}),
            Pair::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)})
            }
            Pair::Rs256(pair) => json!({
                "kty": "RSA",
                "n": text(pair.public_key().modulus().big_endian_without_leading_zero()),
                "e": text(pair.public_key().exponent().big_endian_without_leading_zero()),
            }),
        };
        jwk["kid"] = json!(self.id);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        jwk
    }

    pub(crate) fn header(&self) -> String {
        format!(r#"{{"typ":"at+jwt","alg":"{}","kid":"{}"}}"#, self.algorithm(), self.id)
    }

    /// A token with the usual claims.
    pub(crate) fn token(&self) -> String {
        self.signed(&self.header(), &claims().to_string())
    }

    pub(crate) fn signed(&self, header: &str, payload: &str) -> String {
        let message = message(header, payload);
        let signature = match &self.pair {
            Pair::EdDsa(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Pair::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
                signature.as_ref().to_vec()
            }
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                signature
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The set of these keys.
pub(crate) fn set(keys: &[&SigningKey]) -> Value {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()})
}

/// Seconds after the issue.
pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(ISSUED_AT + seconds)
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "01990000-0000-7000-8000-00000000000b",
        "aud": "portcullis",
        "iat": ISSUED_AT,
        "exp": ISSUED_AT + 900,
        "jti": "01990000-0000-7000-8000-00000000000a",
        "sid": SESSION,
        "gen": 7,
        "role": "USER",
        "email": "ada@example.org",
        "auth_time": ISSUED_AT - 60,
        "amr": ["pwd", "otp", "mfa"],
        "acr": "2fa",
        "type": "access",
    })
}

fn message(header: &str, payload: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

/// Signed by the shared secret, whatever it says.
pub(crate) fn signed(header: &str, payload: &str) -> String {
    signed_by(SECRET, hmac::HMAC_SHA256, header, payload)
}

pub(crate) fn signed_by(secret: &[u8], algorithm: hmac::Algorithm, header: &str, payload: &str) -> String {
    let message = message(header, payload);
    let signature = hmac_of(secret, algorithm, &message);
    format!("{message}.{signature}")
}

pub(crate) fn hmac_of(secret: &[u8], algorithm: hmac::Algorithm, message: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes()))
}

/// A genuine token.
pub(crate) fn issued() -> String {
    signed(HEADER, &claims().to_string())
}

pub(crate) fn with_claim(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    signed(HEADER, &claims.to_string())
}

pub(crate) fn without_claim(name: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    signed(HEADER, &claims.to_string())
}

/// Checked by the shared secret and all of [`KEYS`].
pub(crate) fn checked_at(token: &str, now: SystemTime) -> Result<Claims, Refusal> {
    let set = set(&KEYS.each_ref()).to_string();
    let mut keys = keys_of_set(set.as_bytes()).unwrap();
    keys.push(VerificationKey::hs256(None, SECRET));
    check(token, ISSUER, &keys, now)
}

pub(crate) fn is_accepted(token: &str) -> bool {
    checked_at(token, at(1)).is_ok()
}
