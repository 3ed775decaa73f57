//! A genuine access token, and what a forger who knows the key makes of it.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::Client;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn sign_text(header: &str, claims: &str, algorithm: hmac::Algorithm, key: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

pub(crate) fn sign(header: &Value, claims: &Value) -> String {
    sign_text(&header.to_string(), &claims.to_string(), hmac::HMAC_SHA256, SECRET_KEY)
}

/// A genuine token's parts, to be changed one at a time.
pub(crate) struct Genuine {
    anonymous: Client,
    pub(crate) token: String,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Genuine {
    pub(crate) async fn of(app: &TestApp) -> Self {
        let token = app.anonymous().signed_in("ada@example.org").await.access;
        Self {
            anonymous: app.anonymous(),
            header: part(&token, 0),
            claims: part(&token, 1),
            token,
        }
    }

    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.anonymous.with_token(token).me().await.status
    }

    /// Fails the test unless the token is refused by the store's word and by the server's memory.
    pub(crate) async fn assert_refused(&self, token: &str, why: &str) {
        for path in ["/users/me", "/auth/verify"] {
            let answer = self.anonymous.with_token(token).get(path).await;
            assert_eq!(answer.status, 401, "{path}, {why}: {answer:?}");
        }
    }

    pub(crate) fn header_with(&self, member: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[member] = value;
        sign(&header, &self.claims)
    }

    pub(crate) fn claims_with(&self, member: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[member] = value;
        sign(&self.header, &claims)
    }

    pub(crate) fn claims_without(&self, member: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(member);
        sign(&self.header, &claims)
    }
}
