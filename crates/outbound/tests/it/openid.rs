//! Providers of OpenID Connect that do what they should, and those that lie.

#![expect(clippy::disallowed_methods, reason = "the client judges tokens by the present time")]

mod tokens;
mod waiting;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use portcullis_application::ports::{Clock, Redemption, UpstreamError, UpstreamProviders, UpstreamRequest};
use portcullis_domain::{AssertedIdentity, ProviderName};
use portcullis_outbound::{ProviderKind, ProviderSettings, Upstream, UpstreamClients};
use portcullis_tests::stand_in::{Reply, StandIn};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The clock on the wall, which a test puts forward.
#[derive(Clone)]
struct WallClock {
    began: Instant,
    ahead: Arc<AtomicU64>,
}

impl WallClock {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            ahead: Arc::default(),
        }
    }

    fn advance(&self, time: Duration) {
        self.ahead.fetch_add(time.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for WallClock {
    fn now(&self) -> chrono::DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed() + Duration::from_secs(self.ahead.load(Ordering::Relaxed))
    }
}

pub(crate) fn clients(settings: ProviderSettings) -> UpstreamClients {
    clients_by(WallClock::new(), settings)
}

fn clients_by(clock: WallClock, settings: ProviderSettings) -> UpstreamClients {
    let upstream = Upstream::new(vec![settings], "127.0.0.1".parse().unwrap(), "https://auth.example").unwrap();
    UpstreamClients::new(Arc::new(clock), upstream)
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
    server: StandIn,
    key: Ed25519KeyPair,
    clients: UpstreamClients,
    clock: WallClock,
}

impl Provider {
    fn start() -> Self {
        let server = StandIn::start();
        let key = Ed25519KeyPair::generate().unwrap();
        let clock = WallClock::new();
        let provider = Self {
            clients: clients_by(clock.clone(), settings("acme", ProviderKind::OpenId, &server.base)),
            server,
            key,
            clock,
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
    let provider = Provider::start();
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
    let provider = Provider::start();
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
async fn what_the_token_does_not_tell_the_userinfo_endpoint_does() {
    let provider = Provider::start();
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
    let provider = Provider::start();
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
    let provider = Provider::start();
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
    let nobody = provider.clients.redeem(&acme(), &by(Some(""))).await;
    assert!(matches!(nobody, Err(UpstreamError::Untrusted(_))), "{nobody:?}");
    let strict = Provider::start();
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
        (
            "authorization_endpoint",
            json!("https://id.example/authorize?state=theirs"),
        ),
        ("authorization_endpoint", json!("https://id.example/authorize#a")),
    ] {
        let provider = Provider::start();
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
async fn a_wrong_secret_is_the_operators_and_named() {
    let provider = Provider::start();
    let refused = provider.told(&json!({"error": "invalid_client"})).await;
    let Err(UpstreamError::Untrusted(why)) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.contains("SOCIAL_ACME_CLIENT_SECRET"), "{why}");
}
