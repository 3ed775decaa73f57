//! Providers of OpenID Connect that do what they should, and those that lie.

#![expect(clippy::disallowed_methods, reason = "the client judges tokens by the present time")]

use crate::server::{Reply, Server};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use portcullis_application::ports::{Clock, Redemption, UpstreamError, UpstreamProviders, UpstreamRequest};
use portcullis_domain::{AssertedIdentity, ProviderName, SecretText};
use portcullis_outbound::{ProviderKind, ProviderSettings, Upstream, UpstreamClients};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The clock on the wall.
struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> chrono::DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

pub(crate) fn clients(settings: ProviderSettings) -> UpstreamClients {
    let upstream = Upstream::new(vec![settings], "127.0.0.1".parse().unwrap(), "https://auth.example").unwrap();
    UpstreamClients::new(Arc::new(WallClock), upstream)
}

pub(crate) fn settings(name: &str, kind: ProviderKind, issuer: &str) -> ProviderSettings {
    ProviderSettings {
        name: name.parse().unwrap(),
        label: name.to_owned(),
        kind,
        issuer: issuer.to_owned(),
        client_id: "us".to_owned(),
        client_secret: Some("a secret&more".to_owned().into()),
        scopes: kind.scopes().to_owned(),
        trusts_email: None,
        audiences: vec!["our-app".to_owned()],
    }
}

pub(crate) fn redemption() -> Redemption {
    Redemption {
        code: "the-code".to_owned().into(),
        code_verifier: "v".repeat(64).into(),
        nonce: "the-nonce".to_owned().into(),
        issuer: None,
    }
}

fn acme() -> ProviderName {
    "acme".parse().unwrap()
}

/// A provider, and what it signs by.
struct Provider {
    server: Server,
    key: Ed25519KeyPair,
    clients: UpstreamClients,
}

impl Provider {
    async fn start() -> Self {
        let server = Server::start().await;
        let key = Ed25519KeyPair::generate().unwrap();
        let provider = Self {
            clients: clients(settings("acme", ProviderKind::OpenId, &server.base)),
            server,
            key,
        };
        provider
            .server
            .json("/.well-known/openid-configuration", &provider.document());
        provider.publish("a");
        provider
    }

    fn document(&self) -> Value {
        let base = &self.server.base;
        json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "jwks_uri": format!("{base}/keys"),
            "userinfo_endpoint": format!("{base}/userinfo"),
        })
    }

    fn publish(&self, kid: &str) {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        self.server.json(
            "/keys",
            &json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig"}]}),
        );
    }

    fn claims(&self) -> Value {
        let now = Utc::now().timestamp();
        json!({
            "iss": self.server.base, "sub": "ada", "aud": "us", "iat": now, "exp": now + 300, "nonce": "the-nonce",
            "email": "ada@example.org", "email_verified": true, "name": "Ada King",
        })
    }

    fn with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims.as_object_mut().unwrap().insert(name.to_owned(), value);
        claims
    }

    fn without(&self, name: &str) -> Value {
        let mut claims = self.claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    fn signed(&self, header: &Value, claims: &str) -> String {
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encoded(&header.to_string()), encoded(claims));
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn token(&self, claims: &Value) -> String {
        self.signed(&json!({"alg": "EdDSA", "kid": "a", "typ": "JWT"}), &claims.to_string())
    }

    /// What comes of it when the provider's token endpoint answers that.
    async fn told(&self, answer: &Value) -> Result<AssertedIdentity, UpstreamError> {
        self.server.json("/token", answer);
        self.clients.redeem(&acme(), &redemption()).await
    }

    async fn asserted(&self, token: &str) -> Result<AssertedIdentity, UpstreamError> {
        self.told(&json!({"id_token": token, "access_token": "t", "token_type": "Bearer"}))
            .await
    }
}

#[tokio::test]
async fn a_sign_in_is_asked_for_with_all_that_guards_it() {
    let provider = Provider::start().await;
    let request = UpstreamRequest {
        state: "the-state".to_owned().into(),
        nonce: "the-nonce".to_owned().into(),
        code_challenge: "the-challenge".to_owned(),
        asks_again: true,
    };
    let url = provider.clients.authorization_url(&acme(), &request).await.unwrap();
    let url = url::Url::parse(url.expose()).unwrap();
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort_unstable();
    let expected = [
        ("client_id", "us"),
        ("code_challenge", "the-challenge"),
        ("code_challenge_method", "S256"),
        ("max_age", "0"),
        ("nonce", "the-nonce"),
        ("prompt", "login"),
        ("redirect_uri", "https://auth.example/auth/social/acme/callback"),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "the-state"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(url.path(), "/authorize");
}

#[tokio::test]
async fn a_good_answer_tells_who_somebody_is() {
    let provider = Provider::start().await;
    let asserted = provider.asserted(&provider.token(&provider.claims())).await.unwrap();
    assert_eq!(asserted.key.issuer(), provider.server.base);
    assert_eq!(asserted.key.subject(), "ada");
    assert_eq!(asserted.email.as_ref().unwrap().as_str(), "ada@example.org");
    assert!(asserted.is_email_verified && !asserted.is_authoritative && !asserted.proves_email());
    assert_eq!(asserted.full_name.as_deref(), Some("Ada King"));
    let sent = provider
        .server
        .requests()
        .into_iter()
        .find(|request| request.starts_with("POST"))
        .unwrap();
    // The secret goes by Basic, encoded as RFC 6749 has it.
    let basic = base64::engine::general_purpose::STANDARD.encode("us:a+secret%26more");
    assert!(sent.contains(&format!("authorization: Basic {basic}")), "{sent}");
    assert!(sent.contains("code=the-code") && sent.contains(&format!("code_verifier={}", "v".repeat(64))));
    assert!(!sent.contains("client_secret"));
}

#[tokio::test]
async fn a_token_that_says_anything_else_is_refused() {
    let provider = Provider::start().await;
    let now = Utc::now().timestamp();
    for claims in [
        provider.with("iss", json!("https://id.example")),
        provider.with("iss", json!([provider.server.base])),
        provider.with("iss", json!(format!("{}/", provider.server.base))),
        provider.with("aud", json!("them")),
        provider.with("aud", json!("our-app")),
        provider.with("aud", json!(["them"])),
        provider.with("aud", json!(["us", "them"])),
        provider.with("aud", json!([])),
        provider.without("aud"),
        provider.with("azp", json!("them")),
        provider.with("exp", json!(now - 6)),
        provider.with("exp", json!("never")),
        provider.without("exp"),
        provider.with("iat", json!(now + 60)),
        provider.without("iat"),
        provider.with("nbf", json!(now + 60)),
        provider.with("nonce", json!("another")),
        provider.without("nonce"),
        provider.with("sub", json!("")),
        provider.with("sub", json!(" ")),
        provider.with("sub", json!(null)),
        provider.with("sub", json!(1)),
        provider.with("sub", json!("a".repeat(256))),
        provider.without("sub"),
    ] {
        let refused = provider.asserted(&provider.token(&claims)).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{claims}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_not_signed_by_the_provider_is_refused() {
    let provider = Provider::start().await;
    let claims = provider.claims().to_string();
    let good = provider.token(&provider.claims());
    let (message, _) = good.rsplit_once('.').unwrap();
    let other = Ed25519KeyPair::generate().unwrap();
    let forged = format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(other.sign(message.as_bytes()).as_ref())
    );
    let public = URL_SAFE_NO_PAD.encode(provider.key.public_key());
    let tokens = [
        forged,
        format!("{message}."),
        message.to_owned(),
        provider.signed(&json!({"alg": "none"}), &claims),
        provider.signed(&json!({"alg": "none", "kid": "a"}), &claims),
        provider.signed(&json!({"alg": "HS256", "kid": "a"}), &claims),
        provider.signed(&json!({"alg": "ES256", "kid": "a"}), &claims),
        provider.signed(&json!({"alg": "EdDSA"}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "b"}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a", "typ": "at+jwt"}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a", "crit": ["x"]}), &claims),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a", "b64": false}), &claims),
        provider.signed(
            &json!({"alg": "EdDSA", "kid": "a", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": public}}),
            &claims,
        ),
        provider.signed(&json!({"alg": "EdDSA", "kid": "a"}), "[]"),
        provider.signed(
            &json!({"alg": "EdDSA", "kid": "a"}),
            &claims.replacen('{', r#"{"sub":"eve","#, 1),
        ),
        "a".repeat(10_000),
        String::new(),
    ];
    for token in tokens {
        let refused = provider.asserted(&token).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{token}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_word_that_is_no_boolean_verifies_no_address() {
    let provider = Provider::start().await;
    for said in [json!("true"), json!(1), json!(null), json!(["true"]), json!(false)] {
        let claims = provider.with("email_verified", said);
        let asserted = provider.asserted(&provider.token(&claims)).await.unwrap();
        assert!(!asserted.is_email_verified, "{claims}");
    }
    let odd = provider
        .asserted(&provider.token(&provider.with("email", json!({"a": 1}))))
        .await;
    assert!(odd.is_err() || odd.is_ok_and(|asserted| asserted.email.is_none()));
}

#[tokio::test]
async fn what_the_token_does_not_tell_the_userinfo_endpoint_does() {
    let provider = Provider::start().await;
    let token = provider.token(&provider.without("email"));
    provider.server.json(
        "/userinfo",
        &json!({"sub": "ada", "email": "ada@example.org", "email_verified": true}),
    );
    let asserted = provider.asserted(&token).await.unwrap();
    assert_eq!(asserted.email.unwrap().as_str(), "ada@example.org");
    for told in [
        json!({"sub": "eve", "email": "ada@example.org", "email_verified": true}),
        json!({"email": "ada@example.org", "email_verified": true}),
        json!({"error": "invalid_token"}),
        json!([]),
    ] {
        provider.server.json("/userinfo", &told);
        let refused = provider.asserted(&token).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{told}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_an_error_is_none_whatever_its_status() {
    let provider = Provider::start().await;
    for answer in [
        json!({"error": "invalid_grant"}),
        json!({"error": "x", "id_token": "y"}),
    ] {
        let refused = provider.told(&answer).await;
        assert!(
            matches!(refused, Err(UpstreamError::Refused(_))),
            "{answer}: {refused:?}"
        );
    }
    for answer in [json!({}), json!([]), json!({"id_token": null}), json!("text")] {
        let refused = provider.told(&answer).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{answer}: {refused:?}"
        );
    }
    provider.server.answer("/token", Reply::Body(500, "{}".to_owned()));
    let down = provider.clients.redeem(&acme(), &redemption()).await;
    assert!(matches!(down, Err(UpstreamError::Unreachable(_))), "{down:?}");
}

#[tokio::test]
async fn an_answer_names_its_provider_where_it_says_so() {
    let provider = Provider::start().await;
    let token = provider.token(&provider.claims());
    provider
        .server
        .json("/token", &json!({"id_token": token, "token_type": "Bearer"}));
    let by = |issuer: Option<&str>| Redemption {
        issuer: issuer.map(str::to_owned),
        ..redemption()
    };
    let own = provider.server.base.clone();
    assert!(provider.clients.redeem(&acme(), &by(Some(&own))).await.is_ok());
    let other = provider.clients.redeem(&acme(), &by(Some("https://id.example"))).await;
    assert!(matches!(other, Err(UpstreamError::Untrusted(_))), "{other:?}");
    let strict = Provider::start().await;
    let mut document = strict.document();
    document["authorization_response_iss_parameter_supported"] = json!(true);
    strict.server.json("/.well-known/openid-configuration", &document);
    let token = strict.token(&strict.claims());
    strict
        .server
        .json("/token", &json!({"id_token": token, "token_type": "Bearer"}));
    let unnamed = strict.clients.redeem(&acme(), &by(None)).await;
    assert!(matches!(unnamed, Err(UpstreamError::Untrusted(_))), "{unnamed:?}");
}

#[tokio::test]
async fn a_discovery_document_of_somebody_else_is_refused() {
    for (name, value) in [
        ("issuer", json!("https://id.example")),
        ("token_endpoint", json!("http://id.example/token")),
        ("token_endpoint", json!("https://169.254.169.254/token")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
    ] {
        let provider = Provider::start().await;
        let mut document = provider.document();
        document[name] = value;
        provider.server.json("/.well-known/openid-configuration", &document);
        let refused = provider.asserted(&provider.token(&provider.claims())).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{document}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn keys_are_asked_for_anew_where_one_is_not_known_and_not_again_at_once() {
    let provider = Provider::start().await;
    provider.asserted(&provider.token(&provider.claims())).await.unwrap();
    assert_eq!(provider.server.count("/keys"), 1);
    for _ in 0..5 {
        let unknown = provider.signed(
            &json!({"alg": "EdDSA", "kid": "made-up"}),
            &provider.claims().to_string(),
        );
        assert!(provider.asserted(&unknown).await.is_err());
    }
    assert_eq!(
        provider.server.count("/keys"),
        1,
        "within the minute after they were asked for"
    );
    assert_eq!(provider.server.count("/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn keys_that_can_not_be_had_are_not_asked_for_by_every_token() {
    let provider = Provider::start().await;
    provider.server.answer("/keys", Reply::Body(500, "{}".to_owned()));
    for _ in 0..5 {
        let down = provider.asserted(&provider.token(&provider.claims())).await;
        assert!(matches!(down, Err(UpstreamError::Unreachable(_))), "{down:?}");
    }
    assert_eq!(provider.server.count("/keys"), 1);
}

/// Whoever comes while the first one waits is told so, and does not wait as long again.
#[tokio::test]
async fn a_discovery_that_hangs_is_asked_once() {
    let provider = Provider::start().await;
    provider
        .server
        .answer("/.well-known/openid-configuration", Reply::Silence);
    let clients = Arc::new(provider.clients);
    let began = Instant::now();
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let clients = Arc::clone(&clients);
            tokio::spawn(async move { clients.redeem(&acme(), &redemption()).await })
        })
        .collect();
    for waiting in waiting {
        let failed = waiting.await.unwrap();
        assert!(matches!(failed, Err(UpstreamError::Unreachable(_))), "{failed:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(provider.server.count("/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn times_that_nobody_can_count_stop_nothing() {
    let provider = Provider::start().await;
    for seconds in [8_210_266_876_795_i64, 8_210_266_876_799, i64::MAX, i64::MIN] {
        for name in ["exp", "iat", "nbf", "auth_time"] {
            let _ = provider
                .asserted(&provider.token(&provider.with(name, json!(seconds))))
                .await;
        }
    }
}

#[tokio::test]
async fn when_somebody_signed_in_there_is_told_where_the_provider_tells_it() {
    let provider = Provider::start().await;
    let then = Utc::now().timestamp() - 90;
    for (said, told) in [
        (json!(then), Some(then)),
        (json!(then + 3600), None),
        (json!(then.to_string()), None),
        (json!(null), None),
    ] {
        let token = provider.token(&provider.with("auth_time", said.clone()));
        let asserted = provider.asserted(&token).await.unwrap();
        assert_eq!(asserted.authenticated_at.map(|at| at.timestamp()), told, "{said}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_the_operators_and_named() {
    let provider = Provider::start().await;
    let refused = provider.told(&json!({"error": "invalid_client"})).await;
    let Err(UpstreamError::Untrusted(why)) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.contains("SOCIAL_ACME_CLIENT_SECRET"), "{why}");
}

#[tokio::test]
async fn a_key_without_a_name_checks_tokens_without_one() {
    let provider = Provider::start().await;
    let x = URL_SAFE_NO_PAD.encode(provider.key.public_key());
    provider
        .server
        .json("/keys", &json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]}));
    let token = provider.signed(&json!({"alg": "EdDSA"}), &provider.claims().to_string());
    assert!(provider.asserted(&token).await.is_ok());
}

#[tokio::test]
async fn an_id_token_of_an_app_is_for_one_that_is_set_up() {
    let provider = Provider::start().await;
    let check = async |claims: &Value| {
        let token = SecretText::new(provider.token(claims));
        provider
            .clients
            .check_id_token(&acme(), &token, &"the-nonce".to_owned().into())
            .await
    };
    let app = provider.with("aud", json!("our-app"));
    let shown = check(&app).await.unwrap();
    assert_eq!(shown.identity.key.subject(), "ada");
    assert!(check(&provider.claims()).await.is_ok());
    assert!(check(&provider.with("aud", json!("them"))).await.is_err());
    assert!(check(&provider.with("nonce", json!("another"))).await.is_err());
    // The same token is the same whatever its signature looks like.
    let token = provider.token(&app);
    let (message, _) = token.rsplit_once('.').unwrap();
    assert_eq!(shown.digest, check(&app).await.unwrap().digest);
    assert!(!message.is_empty());
}

#[tokio::test]
async fn nobody_waits_longer_than_ten_seconds() {
    for path in ["/.well-known/openid-configuration", "/token", "/keys"] {
        for reply in [Reply::Silence, Reply::Drip, Reply::Endless] {
            let provider = Provider::start().await;
            let token = provider.token(&provider.claims());
            provider
                .server
                .json("/token", &json!({"id_token": token, "token_type": "Bearer"}));
            provider.server.answer(path, reply);
            let began = Instant::now();
            let failed = provider.clients.redeem(&acme(), &redemption()).await;
            assert!(
                matches!(failed, Err(UpstreamError::Unreachable(_))),
                "{path}: {failed:?}"
            );
            assert!(began.elapsed() < Duration::from_secs(10), "{path}");
        }
    }
}

#[tokio::test]
async fn so_many_wait_and_one_more_is_told_so() {
    let provider = Provider::start().await;
    provider
        .server
        .answer("/.well-known/openid-configuration", Reply::Silence);
    let clients = Arc::new(provider.clients);
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let clients = Arc::clone(&clients);
            tokio::spawn(async move { clients.redeem(&acme(), &redemption()).await })
        })
        .collect();
    let mut busy = 0;
    for waiting in waiting {
        busy += usize::from(matches!(waiting.await.unwrap(), Err(UpstreamError::Busy)));
    }
    assert_eq!(busy, 8);
}
