//! Signing in by another provider: GitHub's three calls by a stand-in, and one Portcullis by another.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::client::{Client, PASSWORD, Tokens};
use crate::packages::{self, SOURCES};
use crate::relying_party::{ADA, Apps, CHALLENGE, REDIRECT, VERIFIER};
use crate::system_programs::{find, free_port};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_tests::stand_in::StandIn;
use reqwest::Url;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// GitHub as it documents its calls.
pub(crate) fn github() -> StandIn {
    let github = StandIn::start();
    github.json(
        "/login/oauth/access_token",
        &json!({"access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a", "scope": "read:user,user:email", "token_type": "bearer"}),
    );
    github.json(
        "/api/v3/user",
        &json!({"login": "octocat", "id": 583_231, "name": "The Octocat"}),
    );
    github.json(
        "/api/v3/user/emails",
        &json!([{"email": "octocat@example.org", "verified": true, "primary": true, "visibility": null}]),
    );
    github
}

pub(crate) fn with_github(github: &StandIn) -> Vec<(&str, &str)> {
    vec![
        ("SOCIAL_GITHUB_ISSUER", &github.base),
        ("SOCIAL_GITHUB_CLIENT_ID", "Iv1.0123456789abcdef"),
        ("SOCIAL_GITHUB_CLIENT_SECRET", "a-secret-of-github"),
        ("OUTBOUND_ALLOW", "127.0.0.1"),
        ("REDIRECT_ALLOWLIST", REDIRECT),
    ]
}

fn query_of(address: &str) -> BTreeMap<String, String> {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

/// Comes back from the provider that the browser was sent to.
async fn come_back(browser: &mut Browser, provider: &str, sent: &Shown) -> Shown {
    let asked = query_of(sent.location.as_deref().unwrap());
    let state = &asked["state"];
    let path = format!("/auth/social/{provider}/callback?code=a-code&state={state}");
    browser.open(&path).await
}

async fn signs_people_in_by_github(app: TestApp, github: &StandIn) {
    let mut browser = Browser::of(&app);
    let page = browser.open("/sign-in?continue=%2Faccount%2Fprofile").await;
    assert!(page.html.contains("id=\"social-github\""), "{}", page.html);
    assert!(
        page.html.contains("/sign-in/with/github?continue=%2Faccount%2Fprofile"),
        "{}",
        page.html
    );
    let sent = browser.open("/sign-in/with/github?continue=%2Faccount%2Fprofile").await;
    assert_eq!(sent.status, 303);
    let there = sent.location.clone().unwrap();
    assert!(
        there.starts_with(&format!("{}/login/oauth/authorize?", github.base)),
        "{there}"
    );
    let asked = query_of(&there);
    let expected_back = format!("http://{}/auth/social/github/callback", app.address());
    assert_eq!(asked["redirect_uri"], expected_back);
    let back = come_back(&mut browser, "github", &sent).await;
    let page = browser.follow(&back).await;
    assert_eq!(
        (page.status, page.location.as_deref()),
        (303, Some("/account/profile")),
        "{}",
        page.html
    );
    let profile = browser.follow(&page).await;
    assert!(profile.html.contains("The Octocat") && profile.html.contains("octocat@example.org"));
    // What was sent to GitHub: its secret, and the verifier of the challenge.
    let requests = github.requests();
    let token = requests.iter().find(|request| request.starts_with("POST")).unwrap();
    let form: BTreeMap<String, String> = Url::parse(&format!("http://x/?{}", token.split("\r\n\r\n").nth(1).unwrap()))
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    let made = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    assert_eq!(made, asked["code_challenge"]);
    assert_eq!(form["client_secret"], "a-secret-of-github");
    // The same answer a second time, and in another browser.
    let again = come_back(&mut browser, "github", &sent).await;
    let again = browser.follow(&again).await;
    assert_eq!(again.status, 400, "{}", again.html);
    let mut other = Browser::of(&app);
    let elsewhere = come_back(&mut other, "github", &sent).await;
    assert_eq!(elsewhere.status, 400, "{}", elsewhere.html);
    // Nothing of what travelled is in the log.
    let logs = app.logs();
    for secret in [
        "a-secret-of-github",
        "gho_16C7e42F292c6912E7710c838347Ae178B4a",
        &form["code_verifier"],
        &asked["state"],
    ] {
        assert!(!logs.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn people_sign_in_by_github_on_sqlite() {
    let github = github();
    signs_people_in_by_github(TestApp::on_sqlite(&with_github(&github)), &github).await;
}

#[tokio::test]
async fn people_sign_in_by_github_on_postgres() {
    let github = github();
    if let Some(app) = TestApp::on_postgres(&with_github(&github)).await {
        signs_people_in_by_github(app, &github).await;
    }
}

/// What an app is answered with by the query.
pub(crate) async fn begun_by_an_app(app: &TestApp) -> BTreeMap<String, String> {
    let mut browser = Browser::of(app);
    let start = Url::parse_with_params(
        "http://x/auth/social/github",
        [("redirect_to", REDIRECT), ("code_challenge", CHALLENGE)],
    );
    let start = start.unwrap();
    let sent = browser
        .open(&format!("{}?{}", start.path(), start.query().unwrap()))
        .await;
    assert_eq!(sent.status, 302, "{}", sent.html);
    let back = come_back(&mut browser, "github", &sent).await;
    assert_eq!(back.status, 302, "{}", back.html);
    let address = back.location.unwrap();
    assert!(address.starts_with(&format!("{REDIRECT}?")), "{address}");
    query_of(&address)
}

pub(crate) async fn exchange(client: &Client, code: &str, verifier: &str) -> crate::client::Answer {
    client
        .post(
            "/auth/social/exchange",
            &json!({"code": code, "code_verifier": verifier}),
        )
        .await
}

#[tokio::test]
async fn an_app_gets_a_code_and_tokens_for_it() {
    let github = github();
    let app = TestApp::on_sqlite(&with_github(&github));
    let client = app.anonymous();
    let listed = client.get("/auth/social").await.json();
    let begins_at = format!("http://{}/auth/social/github", app.address());
    assert_eq!(
        listed,
        json!({"providers": [{"id": "github", "name": "GitHub", "authorize_url": begins_at}]})
    );
    let told = begun_by_an_app(&app).await;
    exchange(&client, &told["code"], &"a".repeat(43))
        .await
        .assert_problem(400, "invalid_code");
    let tokens = Tokens::of(&exchange(&client, &told["code"], VERIFIER).await);
    exchange(&client, &told["code"], VERIFIER)
        .await
        .assert_problem(400, "invalid_code");
    let signed_in = app.anonymous().with_token(&tokens.access);
    let me = signed_in.get("/users/me").await.json();
    assert_eq!(
        (me["email"].as_str(), me["has_password"].as_bool()),
        (Some("octocat@example.org"), Some(false))
    );
    let identities = signed_in.get("/users/me/identities").await.json();
    let identity = &identities["items"][0];
    assert_eq!(
        (identity["subject"].as_str(), identity["label"].as_str()),
        (Some("583231"), Some("octocat"))
    );
    let id = identity["id"].as_str().unwrap();
    let last = signed_in.delete(&format!("/users/me/identities/{id}")).await;
    last.assert_problem(409, "last_way_in");
    // The address of another account opens nothing.
    assert_eq!(client.register("octopus@example.org").await.status, 201);
    github.json("/api/v3/user", &json!({"login": "octopus", "id": 7}));
    github.json(
        "/api/v3/user/emails",
        &json!([{"email": "octopus@example.org", "verified": true, "primary": true}]),
    );
    assert_eq!(begun_by_an_app(&app).await["error"], "account_exists");
    github.json("/login/oauth/access_token", &json!({"error": "bad_verification_code"}));
    assert_eq!(begun_by_an_app(&app).await["error"], "access_denied");
    github.json("/login/oauth/access_token", &json!({"nonsense": true}));
    assert_eq!(begun_by_an_app(&app).await["error"], "provider_error");
    github.silence("/login/oauth/access_token");
    let began = Instant::now();
    let waiting = begun_by_an_app(&app);
    let beside = async {
        let client = app.anonymous();
        let asked = Instant::now();
        assert_eq!(client.get("/users/me").await.status, 401);
        asked.elapsed()
    };
    let (told, beside) = tokio::join!(waiting, beside);
    assert_eq!(told["error"], "provider_unavailable");
    // It is told within ten seconds, and some more on a busy machine; nobody else waits for it.
    let told_after = began.elapsed();
    assert!(told_after < Duration::from_secs(15), "{told_after:?}");
    assert!(beside < told_after / 2, "{beside:?}");
}

#[tokio::test]
async fn what_an_app_begins_with_is_looked_at() {
    let github = github();
    let app = TestApp::on_sqlite(&with_github(&github));
    let client = app.anonymous();
    for (path, status, code) in [
        (
            "/auth/social/nobody?redirect_to=https://shop.example/cb",
            404,
            "not_found",
        ),
        ("/auth/social/github", 422, "validation_failed"),
        ("/auth/social/github/callback", 400, "invalid_state"),
        ("/auth/social/github/callback?code=a&state=b", 400, "invalid_state"),
        ("/auth/social/nobody/callback?code=a&state=b", 400, "invalid_state"),
    ] {
        client.get(path).await.assert_problem(status, code);
    }
    for redirect in [
        "https://shop.example/cb/",
        "https://evil.example/cb",
        "https://shop.example/cb%23a",
    ] {
        let path = format!("/auth/social/github?redirect_to={redirect}&code_challenge={CHALLENGE}");
        let refused = client.get(&path).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.pointers(), ["#/redirect_to"]);
    }
    let more = client
        .get(&format!(
            "/auth/social/github?redirect_to={REDIRECT}&code_challenge={CHALLENGE}&no_such=1"
        ))
        .await;
    assert_eq!(more.pointers(), ["#/no_such"]);
    let plain = client
        .get(&format!(
            "/auth/social/github?redirect_to={REDIRECT}&code_challenge=short"
        ))
        .await;
    assert_eq!(plain.pointers(), ["#/code_challenge"]);
    assert!(github.requests().is_empty(), "a stranger had somebody called");
}

/// A Portcullis that asks another one who people are, by the name `first`, and answers the app at that port.
struct Pair {
    upstream: Apps,
    app: TestApp,
    /// Where the second one is for browsers: by another name than the first, since they keep one set of cookies for all ports
    /// of a name.
    origin: String,
    issuer: String,
}

impl Pair {
    async fn of(upstream: TestApp, start: impl AsyncFnOnce(&[(&str, &str)]) -> Option<TestApp>, app_port: u16) -> Self {
        let mut upstream = Apps::on(upstream).await;
        let issuer = format!("http://{}", upstream.app.address());
        let port = free_port();
        let origin = format!("http://localhost:{port}");
        let back = format!("{origin}/auth/social/first/callback");
        upstream
            .add(
                &json!({"client_id": "second", "name": "The Second", "kind": "web", "redirect_uris": [back],
                "scopes": ["openid", "profile", "email"], "consent": "skip"}),
            )
            .await;
        upstream.settle().await;
        let (own, redirect) = (port.to_string(), format!("http://127.0.0.1:{app_port}/callback"));
        let settings = [
            ("PORT", own.as_str()),
            ("PUBLIC_URL", &origin),
            ("SOCIAL_FIRST_ISSUER", &issuer),
            ("SOCIAL_FIRST_CLIENT_ID", "second"),
            ("SOCIAL_FIRST_CLIENT_SECRET", upstream.secret("second")),
            ("OUTBOUND_ALLOW", "127.0.0.1"),
            ("REDIRECT_ALLOWLIST", &redirect),
        ];
        let app = start(&settings).await;
        let app = app.expect("where there is one database, there are two");
        Self {
            upstream,
            app,
            origin,
            issuer,
        }
    }
}

/// An app at http on this machine, in a browser that follows the form of one Portcullis through the other one.
async fn an_app_signs_in_by_two(upstream: TestApp, start: impl AsyncFnOnce(&[(&str, &str)]) -> Option<TestApp>) {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let port = free_port();
    let pair = Pair::of(upstream, start, port).await;
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("sign_in_by_portcullis.mjs");
    std::fs::copy(Path::new(SOURCES).join("sign_in_by_portcullis.mjs"), &program).unwrap();
    let mut command = Command::new("node");
    command.arg(program).arg(chromium);
    command.args([&pair.origin, "first", &pair.issuer, &port.to_string(), ADA, PASSWORD]);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&said),
        pair.app.logs()
    );
    drop(pair.upstream);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_signs_in_by_one_portcullis_behind_another_on_sqlite() {
    let start = async |settings: &[(&str, &str)]| Some(TestApp::on_sqlite(settings));
    an_app_signs_in_by_two(TestApp::on_sqlite(&[]), start).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_signs_in_by_one_portcullis_behind_another_on_postgres() {
    if let Some(upstream) = TestApp::on_postgres(&[]).await {
        let start = async |settings: &[(&str, &str)]| TestApp::on_postgres(settings).await;
        an_app_signs_in_by_two(upstream, start).await;
    }
}

/// One Portcullis signs people in for another.
#[tokio::test]
async fn one_portcullis_vouches_for_the_people_of_another() {
    let mut upstream = Apps::on(TestApp::on_sqlite(&[])).await;
    let issuer = format!("http://{}", upstream.app.address());
    let app = TestApp::on_sqlite(&[
        ("SOCIAL_FIRST_ISSUER", &issuer),
        ("SOCIAL_FIRST_CLIENT_ID", "second"),
        ("SOCIAL_FIRST_CLIENT_SECRET", "not-known-yet-0123456789"),
        ("OUTBOUND_ALLOW", "127.0.0.1"),
    ]);
    let back = format!("http://{}/auth/social/first/callback", app.address());
    let port = app.address().port().to_string();
    upstream
        .add(
            &json!({"client_id": "second", "name": "The Second", "kind": "web", "redirect_uris": [back],
            "scopes": ["openid", "profile", "email"], "consent": "skip"}),
        )
        .await;
    upstream.settle().await;
    let mut app = app;
    let secret = upstream.secret("second").to_owned();
    app.restart(&[("SOCIAL_FIRST_CLIENT_SECRET", &secret), ("PORT", &port)]);
    let mut browser = Browser::of(&app);
    let sent = browser.open("/sign-in/with/first").await;
    assert_eq!(sent.status, 303, "{}", sent.html);
    let there = Url::parse(sent.location.as_deref().unwrap()).unwrap();
    // Ada signs in there.
    let mut browser_there = upstream.browser();
    let path = format!("{}?{}", there.path(), there.query().unwrap());
    let asked = browser_there.open(&path).await;
    let signed_in = crate::relying_party::sign_in(&mut browser_there, &asked).await;
    let answered = browser_there.follow(&signed_in).await;
    let address = Url::parse(answered.location.as_deref().unwrap()).unwrap();
    assert!(address.as_str().starts_with(&back), "{address}");
    let told: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
    assert_eq!(told["iss"], issuer);
    // And is signed in here.
    let handed_on = browser
        .open(&format!("{}?{}", address.path(), address.query().unwrap()))
        .await;
    let done = browser.follow(&handed_on).await;
    assert_eq!(done.location.as_deref(), Some("/account"), "{}", done.html);
    let account = browser.follow(&done).await;
    assert!(
        account.html.contains(ADA.split('@').next().unwrap()),
        "{}",
        account.html
    );
    // Her account here has no password, and nobody gets in by one.
    let here = app.anonymous().log_in(ADA, PASSWORD).await;
    here.assert_problem(401, "invalid_credentials");
}

/// The provider `oidc-provider` of npm, through its own pages in a browser.
#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_by_a_provider_of_somebody_elses_making() {
    let (Some(packages), Some(chromium)) = (packages::of_npm(), find("chromium")) else {
        return;
    };
    let port = free_port().to_string();
    let secret = "a-secret-of-the-provider-0123456789";
    let app = TestApp::on_sqlite(&[
        ("SOCIAL_ACME_ISSUER", &format!("http://127.0.0.1:{port}")),
        ("SOCIAL_ACME_CLIENT_ID", "portcullis"),
        ("SOCIAL_ACME_CLIENT_SECRET", secret),
        ("OUTBOUND_ALLOW", "127.0.0.1"),
    ]);
    // Below the packages, where Node.js looks for them.
    let folder = tempfile::tempdir_in(packages).unwrap();
    let program = folder.path().join("sign_in_by_a_provider.mjs");
    std::fs::copy(Path::new(SOURCES).join("sign_in_by_a_provider.mjs"), &program).unwrap();
    let origin = format!("http://{}", app.address());
    let mut command = Command::new("node");
    command
        .arg(program)
        .arg(chromium)
        .args([&origin, &port, "acme", secret]);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&said),
        app.logs()
    );
}

#[test]
fn a_start_refuses_what_is_misspelt_or_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, line) in [
        (
            &[("SOCIAL_GITHUB_CLIENT_ID", "a")][..],
            "SOCIAL_GITHUB_CLIENT_SECRET: is needed",
        ),
        (&[("SOCIAL_GITHUB_CLIENTID", "a")], "write SOCIAL_GITHUB_CLIENT_ID"),
        (&[("OUTBOUND_ALLOW", "localhost")], "OUTBOUND_ALLOW: has no effect"),
    ] {
        let all = [&[("PORT", "0")], settings].concat();
        let output = crate::process::run(folder.path(), &all, &["serve"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && told.contains(line), "{told}");
    }
}
