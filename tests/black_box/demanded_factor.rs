//! `MFA_REQUIRED_FOR`: who lacks a second factor that the account must have sets one up, by calls and by pages, and goes on.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::client::{Client, PASSWORD, Tokens};
use crate::on_both_databases;
use crate::relying_party::{ADA, Apps, REDIRECT, authorize, come_back, told};
use crate::second_factor::{App, away_from_the_edge};
use crate::system_programs::find;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

const FOR_ADMINISTRATORS: (&str, &str) = ("MFA_REQUIRED_FOR", "ADMIN");
const FOR_ALL: (&str, &str) = ("MFA_REQUIRED_FOR", "ALL");

on_both_databases!(
    administrators_set_one_up_before_they_administrate,
    pages_lead_to_it_and_then_on,
);

async fn refreshed(client: &Client, tokens: &Tokens) -> Tokens {
    Tokens::of(&client.refresh(&tokens.refresh).await)
}

/// The setting is turned on while sessions live; another server has it, too.
async fn administrators_set_one_up_before_they_administrate(mut server: TestApp) {
    let Some(oathtool) = find("oathtool") else { return };
    let anybody = server.anonymous();
    anybody.register(ADA).await;
    server.run(&["user", "set-role", ADA, "ADMIN"]).result();
    let before = Tokens::of(&anybody.log_in(ADA, PASSWORD).await);
    let other = anybody.signed_in("ben@example.org").await;
    server.restart(&[FOR_ADMINISTRATORS]);
    let (anybody, replica) = (server.anonymous(), server.another());
    let servers: Vec<Client> = std::iter::once(anybody.clone())
        .chain(replica.as_ref().map(crate::app::Replica::anonymous))
        .collect();
    for server in &servers {
        let ada = server.with_token(&before.access);
        for target in [
            "/auth/verify",
            "/auth/verify?role=ADMIN",
            "/admin/users",
            "/users/me/sessions",
        ] {
            ada.get(target).await.assert_problem(403, "mfa_enrolment_required");
        }
        assert_eq!(ada.me().await.status, 200);
        assert_eq!(server.with_token(&other.access).get("/auth/verify").await.status, 204);
    }
    let said = server.run(&["doctor"]);
    let line = said
        .stdout
        .lines()
        .find(|line| line.contains("second factors"))
        .unwrap()
        .to_owned();
    assert!(line.contains(ADA) && line.contains("/account/second-factor"), "{line}");
    // Signing in and refreshing give what is good for setting one up.
    let tokens = refreshed(&anybody, &before).await;
    let ada = anybody.with_token(&tokens.access);
    ada.get("/auth/verify")
        .await
        .assert_problem(403, "mfa_enrolment_required");
    let enrolment = ada.post("/users/me/mfa/totp", &json!({"password": PASSWORD})).await;
    let app = App {
        oathtool,
        secret: enrolment.member("secret"),
    };
    away_from_the_edge().await;
    let confirm = json!({"code": app.code(0)});
    assert_eq!(ada.post("/users/me/mfa/totp/confirm", &confirm).await.status, 200);
    assert_eq!(ada.get("/admin/users").await.status, 200, "the store knows at once");
    ada.get("/auth/verify")
        .await
        .assert_problem(403, "mfa_enrolment_required");
    let tokens = refreshed(&anybody, &tokens).await;
    for server in &servers {
        let ada = server.with_token(&tokens.access);
        assert_eq!(ada.get("/auth/verify?role=ADMIN").await.status, 204);
        assert_eq!(ada.get("/admin/users").await.status, 200);
    }
    // Taken away, it has to be set up again, at every server within a second.
    let remove = json!({"password": PASSWORD, "code": app.code(1)});
    let gone = anybody.with_token(&tokens.access);
    let gone = crate::client::send(
        gone.request(reqwest::Method::DELETE, "/users/me/mfa/totp")
            .json(&remove),
    )
    .await;
    assert_eq!(gone.status, 204, "{gone:?}");
    sleep(Duration::from_millis(1100)).await;
    for server in &servers {
        let ada = server.with_token(&tokens.access);
        assert_eq!(ada.get("/auth/verify").await.status, 401);
    }
    let tokens = refreshed(&anybody, &tokens).await;
    let ada = anybody.with_token(&tokens.access);
    ada.get("/admin/users")
        .await
        .assert_problem(403, "mfa_enrolment_required");
    assert_eq!(ada.get("/users/me/mfa").await.status, 200);
}

/// Sets a second factor up from the page that a browser was led to, by forms alone; where that leads.
async fn set_up(browser: &mut Browser, led: &Shown) -> Option<Shown> {
    let oathtool = find("oathtool")?;
    let location = led.location.as_deref().unwrap();
    assert!(location.starts_with("/account/second-factor"), "{location}");
    let page = browser.follow(led).await;
    page.assert_is(200, "Second factor");
    assert!(page.html.contains("A second factor is needed"), "{}", page.html);
    let goes_on = page.field("/account/second-factor/set-up", "continue");
    let fields = [("continue", goes_on.as_str())];
    let sent = browser.press("/account/second-factor/set-up", &page, &fields).await;
    let page = browser.follow(&sent).await;
    page.assert_is(200, "Set up the second factor");
    let (_, uri) = page.html.split_once("secret=").unwrap();
    let app = App {
        oathtool,
        secret: uri.split('&').next().unwrap().to_owned(),
    };
    away_from_the_edge().await;
    let goes_on = page.field("/account/second-factor/confirm", "continue");
    let code = app.code(0);
    let fields = [("continue", goes_on.as_str()), ("code", code.as_str())];
    let saved = browser.press("/account/second-factor/confirm", &page, &fields).await;
    saved.assert_is(200, "Save your recovery codes");
    let goes_on = saved.field("/account/second-factor/done", "continue");
    // Browsers hold the form to where the app is answered in the end.
    let policy = saved.headers["content-security-policy"].to_str().unwrap();
    let is_for_app = goes_on.starts_with("/oauth2/authorize");
    assert_eq!(
        policy.contains("form-action 'self' https://shop.example"),
        is_for_app,
        "{policy}"
    );
    let codes = saved.value_of("codes").to_owned();
    let fields = [
        ("continue", goes_on.as_str()),
        ("codes", codes.as_str()),
        ("saved", "yes"),
    ];
    Some(browser.press("/account/second-factor/done", &saved, &fields).await)
}

async fn pages_lead_to_it_and_then_on(mut server: TestApp) {
    server.restart(&[FOR_ALL]);
    server.anonymous().register(ADA).await;
    let mut browser = Browser::of(&server);
    let page = browser.open("/sign-in").await;
    let fields = [("username", ADA), ("password", PASSWORD)];
    browser.press("/sign-in", &page, &fields).await;
    for page in [
        "/account",
        "/account/profile",
        "/account/password",
        "/account/sessions",
        "/account/apps",
    ] {
        let led = browser.open(page).await;
        let location = led.location.unwrap_or_default();
        assert!(location.starts_with("/account/second-factor"), "{page}: {location}");
    }
    let led = browser.open("/account/sessions?a=b").await;
    let Some(done) = set_up(&mut browser, &led).await else {
        return;
    };
    assert_eq!(done.location.as_deref(), Some("/account/sessions?a=b"));
    browser.follow(&done).await.assert_is(200, "Your devices");
    let page = browser.open("/account/second-factor/off").await;
    assert!(
        page.html.contains("Your account needs a second factor"),
        "{}",
        page.html
    );
}

/// What an app demands of everybody, as the account's own duty does, leads through setting one up back to the app.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_gone_on_to_once_a_factor_is_set_up() {
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    apps.add(
        &json!({"client_id": "bank", "kind": "web", "consent": "skip", "min_acr": "2fa",
        "redirect_uris": [REDIRECT], "scopes": ["openid"]}),
    )
    .await;
    apps.settle().await;
    let bank = [("client_id", "bank"), ("scope", "openid")];
    let silent = [&bank[..], &[("prompt", "none")]].concat();
    let mut browser = apps.browser();
    let led = come_back(&mut browser, &bank).await;
    assert_eq!(
        told(&browser.open(&authorize(&silent)).await),
        "-> interaction_required"
    );
    let Some(done) = set_up(&mut browser, &led).await else {
        return;
    };
    assert_eq!(told(&browser.follow(&done).await), "code");
    // So it is where the account itself must have one.
    assert_eq!(apps.app.anonymous().register("grace@example.org").await.status, 201);
    apps.app.restart(&[FOR_ALL]);
    apps.settle().await;
    let mut browser = apps.browser();
    let page = browser.open("/sign-in").await;
    let fields = [("username", "grace@example.org"), ("password", PASSWORD)];
    browser.press("/sign-in", &page, &fields).await;
    let led = browser.open(&authorize(&[("scope", "openid")])).await;
    assert_eq!(
        told(
            &browser
                .open(&authorize(&[("scope", "openid"), ("prompt", "none")]))
                .await
        ),
        "-> interaction_required"
    );
    let done = set_up(&mut browser, &led).await.unwrap();
    assert_eq!(told(&browser.follow(&done).await), "consent");
}
