//! Apps of others that send people here to sign in, as far as tests need them, and a person who uses them.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::client::{Answer, Client, PASSWORD, send};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::sleep;

/// The person.
pub(crate) const ADA: &str = "ada@example.org";
/// Where the app `shop` is answered.
pub(crate) const REDIRECT: &str = "https://shop.example/cb";
/// What the usual request's challenge is made of (RFC 7636, appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of that.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Far more than the server takes to make its keys and to hear of its clients.
const PATIENCE: Duration = Duration::from_mins(1);

/// Apps that several tests look at. They are there as long as one of these runs.
pub(crate) struct SharedApps(Mutex<Weak<Apps>>);

impl SharedApps {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::const_new(Weak::new()))
    }

    /// Those that run, or such as `start` starts.
    pub(crate) async fn get(&self, start: impl AsyncFnOnce() -> Apps) -> Arc<Apps> {
        let got = self.get_if(async || Some(start().await)).await;
        got.expect("it starts some")
    }

    /// The same where there may be none to start.
    pub(crate) async fn get_if(&self, start: impl AsyncFnOnce() -> Option<Apps>) -> Option<Arc<Apps>> {
        let mut shared = self.0.lock().await;
        if let Some(apps) = shared.upgrade() {
            return Some(apps);
        }
        let apps = Arc::new(start().await?);
        *shared = Arc::downgrade(&apps);
        Some(apps)
    }
}

/// A server, the apps that it knows, and Ada.
pub(crate) struct Apps {
    pub(crate) app: TestApp,
    root: Client,
    secrets: BTreeMap<String, String>,
}

impl Apps {
    /// On that server, with the app `shop`.
    pub(crate) async fn on(app: TestApp) -> Self {
        assert_eq!(app.anonymous().register(ADA).await.status, 201);
        let root = app.admin("root@example.org").await.client;
        let mut apps = Self {
            app,
            root,
            secrets: BTreeMap::new(),
        };
        let scopes = ["openid", "profile", "email", "offline_access"];
        apps.add(&json!({"client_id": "shop", "name": "The Shop", "kind": "web", "redirect_uris": [REDIRECT], "scopes": scopes}))
            .await;
        apps
    }

    /// An administrator, by connections of the test's own.
    pub(crate) fn root(&self) -> Client {
        self.root.anew()
    }

    /// Registers another app.
    pub(crate) async fn add(&mut self, client: &Value) {
        let made = self.root.post("/admin/clients", client).await;
        assert_eq!(made.status, 201, "{made:?}");
        let secret = made.member("client_secret");
        self.secrets.insert(made.member("client_id"), secret);
    }

    /// Waits until the server has heard of its apps and can sign what they are given.
    pub(crate) async fn settle(&self) {
        let begun = Instant::now();
        for (id, secret) in &self.secrets {
            loop {
                let mut form = vec![
                    ("grant_type", "refresh_token"),
                    ("refresh_token", "pgr_none"),
                    ("client_id", id),
                ];
                if !secret.is_empty() {
                    form.push(("client_secret", secret));
                }
                let answer = self.token(&form).await;
                if answer.member("error") == "invalid_grant" || answer.member("error") == "unauthorized_client" {
                    break;
                }
                assert!(begun.elapsed() < PATIENCE, "{id}: {answer:?}");
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// The secret of an app; empty where it has none.
    pub(crate) fn secret(&self, id: &str) -> &str {
        self.secrets.get(id).map_or("", String::as_str)
    }

    /// Asks the token endpoint.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let request = self.app.anonymous().request(Method::POST, "/oauth2/token");
        send(request.form(form)).await
    }

    /// Redeems a code for an app, with some of the usual fields changed; an empty one is left out.
    pub(crate) async fn redeem(&self, id: &str, code: &str, changes: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", id),
            ("client_secret", self.secret(id)),
        ];
        self.token(&changed(&usual, changes)).await
    }

    /// Refreshes for an app.
    pub(crate) async fn refresh(&self, id: &str, token: &str, changes: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", id),
            ("client_secret", self.secret(id)),
        ];
        self.token(&changed(&usual, changes)).await
    }

    /// Asks who the user is.
    pub(crate) async fn user_info(&self, access: &str) -> Answer {
        let client = self.app.anonymous().with_token(access);
        client.get("/oauth2/userinfo").await
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn browser(&self) -> Browser {
        Browser::of(&self.app)
    }

    /// A browser in which Ada is signed in, who has agreed to the usual request of `shop`, now or earlier in another one.
    pub(crate) async fn agreed(&self) -> Browser {
        let mut browser = self.browser();
        let mut shown = come_back(&mut browser, &[]).await;
        if told(&shown) == "consent" {
            shown = decide(&mut browser, &shown, "allow").await;
        }
        assert_eq!(told(&shown), "code", "{:?} {}", shown.location, shown.html);
        browser
    }

    /// A code of `shop` for Ada in that browser.
    pub(crate) async fn code(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> String {
        let shown = browser.open(&authorize(changes)).await;
        parameter(&shown, "code")
    }
}

fn changed<'t>(usual: &[(&'t str, &'t str)], changes: &[(&'t str, &'t str)]) -> Vec<(&'t str, &'t str)> {
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = usual.iter().filter(|(name, _)| !is_changed(name));
    let all = kept.chain(changes).copied();
    all.filter(|(_, value)| !value.is_empty()).collect()
}

/// The path of the usual request of `shop`, with some of its parameters changed; an empty one is left out.
pub(crate) fn authorize(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", "shop"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email"),
        ("state", "s&t"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut url = Url::parse("http://x/oauth2/authorize").unwrap();
    url.query_pairs_mut().extend_pairs(changed(&usual, changes));
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// Signs Ada in on the page that a browser is sent to.
pub(crate) async fn sign_in(browser: &mut Browser, sent: &Shown) -> Shown {
    assert_eq!(told(sent), "sign in", "{:?} {}", sent.location, sent.html);
    let page = browser.follow(sent).await;
    let goes_on = page.field("/sign-in", "continue");
    let fields = [
        ("continue", goes_on.as_str()),
        ("username", ADA),
        ("password", PASSWORD),
    ];
    browser.press("/sign-in", &page, &fields).await
}

/// Signs Ada in for a request, and goes back to it.
pub(crate) async fn come_back(browser: &mut Browser, changes: &[(&str, &str)]) -> Shown {
    let sent = browser.open(&authorize(changes)).await;
    let signed_in = sign_in(browser, &sent).await;
    browser.follow(&signed_in).await
}

/// Presses a button of the consent page.
pub(crate) async fn decide(browser: &mut Browser, page: &Shown, button: &str) -> Shown {
    let goes_on = page.field("/oauth2/authorize/decision", "continue");
    let fields = [("continue", goes_on.as_str()), ("decision", button)];
    browser.press("/oauth2/authorize/decision", page, &fields).await
}

/// What a browser is shown or told, in a word: what the app is answered with, or which page it is.
pub(crate) fn told(shown: &Shown) -> String {
    let location = shown.location.as_deref().unwrap_or_default();
    match shown.status {
        303 if location.starts_with("/sign-in") => "sign in".to_owned(),
        303 if location.starts_with("/sign-up") => "sign up".to_owned(),
        303 if location.starts_with('/') => location.to_owned(),
        303 => match answer(shown).get("error") {
            Some(error) => format!("-> {error}"),
            None => "code".to_owned(),
        },
        400 => "page".to_owned(),
        status => {
            let page = [
                ("id=\"allow\"", "consent"),
                ("id=\"account-current\"", "choose"),
                ("id=\"continue\"", "form"),
            ];
            let found = page.iter().find(|(mark, _)| shown.html.contains(mark));
            let name = found.map_or("another page", |(_, name)| name);
            if status == 200 {
                name.to_owned()
            } else {
                format!("{name} {status}")
            }
        }
    }
}

/// What an app is answered with, by the query.
pub(crate) fn answer(shown: &Shown) -> BTreeMap<String, String> {
    let url = Url::parse(shown.location.as_deref().unwrap()).unwrap();
    assert_eq!(url.fragment(), None, "{url}");
    url.query_pairs().into_owned().collect()
}

/// One parameter of that.
pub(crate) fn parameter(shown: &Shown, name: &str) -> String {
    let answer = answer(shown);
    answer.get(name).unwrap_or_else(|| panic!("{name}: {answer:?}")).clone()
}
