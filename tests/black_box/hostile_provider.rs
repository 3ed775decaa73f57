//! Providers of OpenID Connect that lie, break or say nothing: each ends with a page that says so, within ten seconds, and without
//! an account. They are one table; each row is a provider of its own, all of one server.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::relying_party::{CHALLENGE, REDIRECT};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_tests::stand_in::{Reply, StandIn};
use reqwest::Url;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Within this each of them ends: ten seconds, and some more on a busy machine.
const PATIENCE: Duration = Duration::from_secs(15);

/// Somebody whose address is verified here.
const ROOT: &str = "root@example.org";

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A provider that does one thing wrong.
struct Hostile {
    server: StandIn,
    key: Ed25519KeyPair,
}

/// What a provider does.
enum Wrong {
    /// Nothing.
    Nothing,
    /// A claim of its ID token says something else.
    Claim(&'static str, Value),
    /// Its ID token lacks something.
    Lacks(&'static str),
    /// Its ID token is signed by something else.
    Signed(fn(&Hostile, &Value) -> String),
    /// Its token endpoint answers that.
    Answers(Value),
    /// It answers so at that path.
    At(&'static str, Reply),
    /// It sends whoever asks there on and on.
    Circle(&'static str),
}

/// A row: what the provider does, and the code by which apps and pages tell of it.
struct Row {
    /// What its provider is called.
    name: &'static str,
    wrong: Wrong,
    told: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |name, wrong, told| Row { name, wrong, told };
    let lies = |name, wrong| row(name, wrong, "provider_error");
    let down = |name, wrong| row(name, wrong, "provider_unavailable");
    vec![
        row("nothing", Wrong::Nothing, ""),
        lies(
            "another-key",
            Wrong::Signed(|_, claims| {
                let other = Ed25519KeyPair::generate().unwrap();
                signed(&json!({"alg": "EdDSA", "kid": "a"}), claims, |message| {
                    other.sign(message).as_ref().to_vec()
                })
            }),
        ),
        lies(
            "no-signature",
            Wrong::Signed(|_, claims| signed(&json!({"alg": "none"}), claims, |_| Vec::new())),
        ),
        lies(
            "secret-of-the-public-key",
            Wrong::Signed(|hostile, claims| {
                let key = hmac::Key::new(hmac::HMAC_SHA256, hostile.key.public_key().as_ref());
                signed(&json!({"alg": "HS256", "kid": "a"}), claims, |message| {
                    hmac::sign(&key, message).as_ref().to_vec()
                })
            }),
        ),
        lies(
            "another-algorithm",
            Wrong::Signed(|hostile, claims| {
                signed(&json!({"alg": "ES256", "kid": "a"}), claims, |message| {
                    hostile.key.sign(message).as_ref().to_vec()
                })
            }),
        ),
        lies("another-audience", Wrong::Claim("aud", json!("them"))),
        lies("no-audience", Wrong::Lacks("aud")),
        lies("another-issuer", Wrong::Claim("iss", json!("https://id.example"))),
        lies("another-nonce", Wrong::Claim("nonce", json!("another"))),
        lies("no-nonce", Wrong::Lacks("nonce")),
        lies("expired", Wrong::Claim("exp", json!(now() - 60))),
        lies("no-expiry", Wrong::Lacks("exp")),
        lies("of-tomorrow", Wrong::Claim("iat", json!(now() + 86_400))),
        lies("empty-subject", Wrong::Claim("sub", json!(""))),
        lies("null-subject", Wrong::Claim("sub", Value::Null)),
        lies("no-subject", Wrong::Lacks("sub")),
        row(
            "verified-by-a-text",
            Wrong::Claim("email_verified", json!("true")),
            "account_exists",
        ),
        row(
            "verified-by-a-number",
            Wrong::Claim("email_verified", json!(1)),
            "account_exists",
        ),
        row(
            "refusal-with-200",
            Wrong::Answers(json!({"error": "server_error"})),
            "access_denied",
        ),
        lies("nothing-with-200", Wrong::Answers(json!({}))),
        lies("a-list-with-200", Wrong::Answers(json!([]))),
        lies("no-json", Wrong::At("/token", Reply::Body(200, "<html>".to_owned()))),
        down("broken", Wrong::At("/token", Reply::Body(500, "{}".to_owned()))),
        down("silent", Wrong::At("/token", Reply::Silence)),
        down("dripping", Wrong::At("/token", Reply::Drip)),
        down("endless", Wrong::At("/token", Reply::Endless)),
        down("circle", Wrong::Circle("/token")),
        down("silent-keys", Wrong::At("/keys", Reply::Silence)),
        down("dripping-keys", Wrong::At("/keys", Reply::Drip)),
        down("endless-keys", Wrong::At("/keys", Reply::Endless)),
        down("circle-of-keys", Wrong::Circle("/keys")),
        lies("keys-of-nothing", Wrong::At("/keys", Reply::Body(200, "{}".to_owned()))),
        down("silent-discovery", Wrong::At(DISCOVERY, Reply::Silence)),
        down("dripping-discovery", Wrong::At(DISCOVERY, Reply::Drip)),
        down("endless-discovery", Wrong::At(DISCOVERY, Reply::Endless)),
        down("circle-of-discovery", Wrong::Circle(DISCOVERY)),
        lies(
            "another-discovery",
            Wrong::At(
                DISCOVERY,
                Reply::Body(200, r#"{"issuer":"https://id.example"}"#.to_owned()),
            ),
        ),
    ]
}

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let encoded = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

impl Hostile {
    fn start() -> Self {
        let hostile = Self {
            server: StandIn::start(),
            key: Ed25519KeyPair::generate().unwrap(),
        };
        let base = &hostile.server.base;
        hostile.server.json(
            DISCOVERY,
            &json!({
                "issuer": base,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/keys"),
            }),
        );
        let x = URL_SAFE_NO_PAD.encode(hostile.key.public_key());
        hostile.server.json(
            "/keys",
            &json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "a"}]}),
        );
        hostile
    }

    /// An ID token of its.
    fn id_token(&self, row: &Row, nonce: &str) -> String {
        let at = now();
        let mut claims = json!({
            "iss": self.server.base, "sub": row.name, "aud": "us", "iat": at, "exp": at + 300, "nonce": nonce,
            "email": ROOT, "email_verified": true, "name": "Mallory",
        });
        if matches!(row.wrong, Wrong::Nothing) {
            claims["email"] = json!("ada@example.org");
        }
        let members = claims.as_object_mut().unwrap();
        match &row.wrong {
            Wrong::Claim(name, value) => {
                members.insert((*name).to_owned(), value.clone());
            }
            Wrong::Lacks(name) => {
                members.remove(*name);
            }
            Wrong::Nothing | Wrong::Signed(_) | Wrong::Answers(_) | Wrong::At(..) | Wrong::Circle(_) => {}
        }
        match &row.wrong {
            Wrong::Signed(sign) => sign(self, &claims),
            _ => signed(&json!({"alg": "EdDSA", "kid": "a"}), &claims, |message| {
                self.key.sign(message).as_ref().to_vec()
            }),
        }
    }

    /// Prepares what it says to whoever comes back with a code of a sign-in with that nonce.
    fn says(&self, row: &Row, nonce: &str) {
        let answer = match &row.wrong {
            Wrong::Answers(answer) => answer.clone(),
            _ => json!({"id_token": self.id_token(row, nonce), "access_token": "t", "token_type": "Bearer"}),
        };
        self.server.json("/token", &answer);
        match &row.wrong {
            Wrong::At(path, reply) => self.server.answer(path, reply.clone()),
            Wrong::Circle(path) => {
                let here = format!("{}{path}", self.server.base);
                self.server.answer(path, Reply::Redirect(here));
            }
            Wrong::Nothing | Wrong::Claim(..) | Wrong::Lacks(_) | Wrong::Signed(_) | Wrong::Answers(_) => {}
        }
    }

    /// Comes back from it, where it was left for: else what came of the start is what is shown.
    async fn come_back(&self, browser: &mut Browser, row: &Row, sent: Shown) -> Shown {
        let there = sent.location.clone().unwrap_or_default();
        if !there.starts_with(&self.server.base) {
            return sent;
        }
        let asked = query_of(&there);
        self.says(row, &asked["nonce"]);
        let path = format!(
            "/auth/social/{}/callback?code=a-code&state={}",
            row.name, asked["state"]
        );
        browser.open(&path).await
    }
}

fn query_of(address: &str) -> BTreeMap<String, String> {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

/// The settings of all of them. Their word on addresses counts.
fn settings(hostile: &[(Row, Hostile)]) -> Vec<(String, String)> {
    let mut settings = vec![
        ("OUTBOUND_ALLOW".to_owned(), "127.0.0.1".to_owned()),
        ("REDIRECT_ALLOWLIST".to_owned(), REDIRECT.to_owned()),
    ];
    for (row, hostile) in hostile {
        let family = row.name.to_uppercase().replace('-', "_");
        for (member, value) in [
            ("ISSUER", hostile.server.base.as_str()),
            ("CLIENT_ID", "us"),
            ("CLIENT_SECRET", "a-secret-of-the-provider"),
            ("TRUST_EMAIL", "true"),
        ] {
            settings.push((format!("SOCIAL_{family}_{member}"), value.to_owned()));
        }
    }
    settings
}

/// What a page of ours says in the end, by its code; nothing where somebody is signed in.
async fn told_by_pages(browser: &mut Browser, (row, hostile): &(Row, Hostile)) -> String {
    let sent = browser.open(&format!("/sign-in/with/{}", row.name)).await;
    let back = hostile.come_back(browser, row, sent).await;
    let page = match back.location.as_deref() {
        Some(path) if path.starts_with("/sign-in/with/") => browser.follow(&back).await,
        _ => back,
    };
    if page.location.as_deref() == Some("/account") {
        return String::new();
    }
    assert!(page.html.contains("<h1>Sign in to"), "{}: {}", row.name, page.html);
    let (_, code) = page
        .html
        .split_once("id=\"error-code\" translate=\"no\">")
        .expect(&page.html);
    code.split_once('<').unwrap().0.to_owned()
}

/// What an app is told in the end, by its code; nothing where it got a code of ours.
async fn told_to_an_app(browser: &mut Browser, (row, hostile): &(Row, Hostile)) -> String {
    let start = format!(
        "/auth/social/{}?redirect_to={REDIRECT}&code_challenge={CHALLENGE}",
        row.name
    );
    let sent = browser.open(&start).await;
    let back = hostile.come_back(browser, row, sent).await;
    let address = back.location.clone().unwrap_or_default();
    assert!(
        address.starts_with(REDIRECT),
        "{}: {} {}",
        row.name,
        back.status,
        back.html
    );
    let told = query_of(&address);
    assert_eq!(told.contains_key("code"), row.told.is_empty(), "{}: {told:?}", row.name);
    told.get("error").cloned().unwrap_or_default()
}

/// What a mobile app is told that shows an ID token of the provider's, which asks its token endpoint nothing.
async fn told_to_a_mobile_app(app: &TestApp, (row, hostile): &(Row, Hostile)) -> Option<(String, &'static str)> {
    let expected = match (&row.wrong, row.told) {
        (Wrong::Answers(_) | Wrong::At("/token", _) | Wrong::Circle("/token"), _) => return None,
        // It is the app that shows what is not good.
        (_, "provider_error") => "invalid_id_token",
        (_, told) => told,
    };
    let path = format!("/auth/social/{}/id-token", row.name);
    let shown = json!({"id_token": hostile.id_token(row, "shown-by-an-app"), "nonce": "shown-by-an-app"});
    let answer = app.anonymous().post(&path, &shown).await;
    if answer.status == 200 {
        return Some((String::new(), expected));
    }
    Some((answer.member("code"), expected))
}

async fn each_ends_with_a_word(start: impl AsyncFnOnce(&[(&str, &str)]) -> Option<TestApp>) {
    let hostile: Vec<(Row, Hostile)> = rows().into_iter().map(|row| (row, Hostile::start())).collect();
    let settings = settings(&hostile);
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let Some(app) = start(&settings).await else { return };
    app.admin(ROOT).await;
    for (row, hostile) in &hostile {
        // What is wrong before anybody leaves for it.
        hostile.says(row, "");
    }
    let (app, hostile) = (Arc::new(app), Arc::new(hostile));
    let asking: Vec<_> = (0..hostile.len())
        .map(|place| {
            let (app, hostile) = (Arc::clone(&app), Arc::clone(&hostile));
            tokio::spawn(async move {
                let case = hostile.get(place).unwrap();
                let began = Instant::now();
                let page = told_by_pages(&mut Browser::of(&app), case).await;
                let (on_page, began) = (began.elapsed(), Instant::now());
                let to_app = told_to_an_app(&mut Browser::of(&app), case).await;
                let in_app = began.elapsed();
                let to_mobile_app = told_to_a_mobile_app(&app, case).await;
                if let Some((told, expected)) = to_mobile_app {
                    assert_eq!(told, expected, "{}: an ID token", case.0.name);
                }
                (case.0.name, case.0.told, page, on_page, to_app, in_app)
            })
        })
        .collect();
    for asking in asking {
        let (name, expected, page, on_page, to_app, in_app) = asking.await.unwrap();
        assert_eq!((page.as_str(), to_app.as_str()), (expected, expected), "{name}");
        assert!(
            on_page < PATIENCE && in_app < PATIENCE,
            "{name}: {on_page:?} {in_app:?}"
        );
    }
    // Nobody else waited, and there is nobody but the two who should be there.
    assert_eq!(app.anonymous().get("/users/me").await.status, 401);
    let mut people = app.column("SELECT email FROM users").await;
    people.sort_unstable();
    assert_eq!(people, ["ada@example.org", ROOT]);
    let linked = app.column("SELECT subject FROM identities").await;
    assert_eq!(linked, ["nothing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_wrong_signs_nobody_in_on_sqlite() {
    each_ends_with_a_word(async |settings| Some(TestApp::on_sqlite(settings))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_wrong_signs_nobody_in_on_postgres() {
    each_ends_with_a_word(async |settings| TestApp::on_postgres(settings).await).await;
}
