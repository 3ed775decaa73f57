//! Access tokens that are forged where key pairs sign.

use crate::app::{SECRET_KEY, TestApp};
use crate::genuine_token::{Genuine, sign_text};
use crate::signing_keys::published;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::TcpListener;

/// Each on a store of its own, in which no key of HS256 was ever in use.
const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_token_is_accepted_on_sqlite() {
    for algorithm in ALGORITHMS {
        no_forged_token_is_accepted(&TestApp::on_sqlite(&[("ALGORITHM", algorithm)])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_token_is_accepted_on_postgres() {
    for algorithm in ALGORITHMS {
        if let Some(app) = TestApp::on_postgres(&[("ALGORITHM", algorithm)]).await {
            no_forged_token_is_accepted(&app).await;
        }
    }
}

async fn no_forged_token_is_accepted(app: &TestApp) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let own_keys = format!("http://{}/keys.json", listener.local_addr().unwrap());
    let genuine = Genuine::of(app).await;
    assert_eq!(genuine.status(&genuine.token).await, 200);
    let keys = published(&app.anonymous()).await;
    let public = keys.iter().find(|key| key["kid"] == genuine.header["kid"]).unwrap();
    for (token, why) in forgeries(&genuine, public, &own_keys) {
        genuine
            .assert_refused(&token, &format!("{}, {why}", genuine.header["alg"]))
            .await;
    }
    let connected = listener.accept().map_err(|error| error.kind());
    assert_eq!(connected.err(), Some(ErrorKind::WouldBlock), "a token's URL was asked");
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn forgeries(genuine: &Genuine, public: &Value, own_keys: &str) -> Vec<(String, String)> {
    let (signed, signature) = genuine.token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let mut forged: Vec<(String, String)> = Vec::new();
    let mut add = |token: String, why: &str| forged.push((token, why.to_owned()));
    let with = |member: &str, value: Value| {
        let mut header = genuine.header.clone();
        header[member] = value;
        header
    };
    // The genuine signature under what it does not sign.
    let mut promoted = genuine.claims.clone();
    promoted["role"] = json!("ADMIN");
    add(format!("{header}.{}.{signature}", encoded(&promoted)), "another role");
    for name in ["none", "HS256", "EdDSA", "ES256", "RS256", "PS256", "ES384"] {
        if genuine.header["alg"] != name {
            add(
                format!("{}.{claims}.{signature}", encoded(&with("alg", json!(name)))),
                name,
            );
        }
    }
    add(
        format!("{}.{claims}.", encoded(&with("alg", json!("none")))),
        "none, unsigned",
    );
    add(format!("{signed}."), "unsigned");
    // Signatures of the right length that sign nothing, such as r = s = 0 (CVE-2022-21449).
    let length = URL_SAFE_NO_PAD.decode(signature).unwrap().len();
    for byte in [0, 0xff] {
        add(
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(vec![byte; length])),
            "an empty signature",
        );
    }
    add(
        format!("{signed}.{}", &signature[..signature.len() - 4]),
        "a short signature",
    );
    add(format!("{signed}.{signature}AAAA"), "a long signature");
    let mut without_kid = genuine.header.clone();
    without_kid.as_object_mut().unwrap().remove("kid");
    add(format!("{}.{claims}.{signature}", encoded(&without_kid)), "no kid");
    // What is public, and what other services share, is no key of HMAC.
    for (secret, why) in secrets(public) {
        for header in [with("alg", json!("HS256")), json!({"typ": "at+jwt", "alg": "HS256"})] {
            let token = sign_text(
                &header.to_string(),
                &genuine.claims.to_string(),
                hmac::HMAC_SHA256,
                &secret,
            );
            add(token, &format!("HMAC by {why}"));
        }
    }
    for (alg, own) in [("EdDSA", OwnKey::ed25519()), ("ES256", OwnKey::p256())] {
        let header = with("alg", json!(alg));
        add(
            own.sign(&header, &genuine.claims),
            &format!("a foreign {alg} key under our kid"),
        );
        for (member, value) in [
            ("jwk", own.jwk()),
            ("jku", json!(own_keys)),
            ("x5u", json!(own_keys)),
            ("x5c", json!([STANDARD.encode(own.public())])),
            ("kid", json!(own_keys)),
            ("kid", json!("unknown")),
            ("kid", json!("k".repeat(10_000))),
            ("kid", json!("../../dev/null")),
            ("kid", json!("' UNION SELECT 1--")),
            ("kid", Value::Null),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
        ] {
            let mut header = header.clone();
            header[member] = value;
            add(
                own.sign(&header, &genuine.claims),
                &format!("a foreign {alg} key, {member}"),
            );
        }
    }
    forged
}

/// Texts that a confused check might take for the secret of HS256.
fn secrets(public: &Value) -> Vec<(String, String)> {
    let mut secrets = vec![
        (SECRET_KEY.to_owned(), "SECRET_KEY".to_owned()),
        (public.to_string(), "the JWK".to_owned()),
        (String::new(), "nothing".to_owned()),
    ];
    for member in ["kid", "x", "y", "n", "e"] {
        if let Some(text) = public[member].as_str() {
            secrets.push((text.to_owned(), member.to_owned()));
        }
    }
    secrets
}

/// A key pair that is not the server's.
enum OwnKey {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl OwnKey {
    fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Self::P256(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    fn jwk(&self) -> Value {
        let public = self.public();
        match self {
            Self::Ed25519(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public)}),
            Self::P256(_) => {
                let [x, y] = [1, 33].map(|from| URL_SAFE_NO_PAD.encode(&public[from..from + 32]));
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
            }
        }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let signature = match self {
            Self::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Self::P256(pair) => pair
                .sign(&SystemRandom::new(), signed.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
