//! Signing up, in and out by plain forms, and one's account: on a real server.

use crate::app::TestApp;
use crate::browser::{Browser, Shown};
use crate::client::{PASSWORD, send};
use crate::mail::mail;
use crate::on_both_databases;
use reqwest::Method;

const ADA: &str = "ada@example.org";

/// Where the account sends whoever is not signed in.
const SIGN_IN_FIRST: &str = "/sign-in?continue=%2Faccount";

on_both_databases!(
    a_person_comes_in_changes_the_password_and_leaves,
    a_browser_and_a_program_end_each_others_sessions,
    looking_changes_nothing,
);

async fn sign_up(browser: &mut Browser, path: &str) -> Shown {
    let page = browser.open(path).await;
    let goes_on = page.value_of("continue").to_owned();
    let fields = [
        ("continue", goes_on.as_str()),
        ("name", "Ada Lovelace"),
        ("username", ADA),
        ("new-password", PASSWORD),
    ];
    browser.press("/sign-up", &page, &fields).await
}

async fn sign_in(browser: &mut Browser, password: &str) -> Shown {
    let page = browser.open("/sign-in").await;
    browser
        .press("/sign-in", &page, &[("username", ADA), ("password", password)])
        .await
}

async fn a_person_comes_in_changes_the_password_and_leaves(app: TestApp) {
    let mut browser = Browser::of(&app);
    let sent = browser.open("/account/sessions").await;
    let sent = browser.follow(&sent).await;
    sent.assert_is(200, "Sign in to Portcullis");
    let sent = sign_up(&mut browser, "/sign-up?continue=%2Faccount%2Fsessions").await;
    assert_eq!(sent.location.as_deref(), Some("/account/sessions"));
    browser.follow(&sent).await.assert_is(200, "Your devices");

    let mut phone = Browser::of(&app);
    sign_in(&mut phone, PASSWORD).await;
    phone.open("/account").await.assert_is(200, "Your account");
    let page = browser.open("/account/password").await;
    let new = "another correct horse";
    let fields = [("current-password", PASSWORD), ("new-password", new)];
    let sent = browser.press("/account/password", &page, &fields).await;
    browser.follow(&sent).await.assert_is(200, "Password");
    assert_eq!(phone.open("/account").await.location.as_deref(), Some(SIGN_IN_FIRST));
    assert_eq!(sign_in(&mut phone, PASSWORD).await.status, 401);
    assert_eq!(sign_in(&mut phone, new).await.location.as_deref(), Some("/account"));

    let page = browser.open("/account").await;
    let cookie = browser.cookies["portcullis-session"].clone();
    let sent = browser.press("/sign-out", &page, &[]).await;
    browser.follow(&sent).await.assert_is(200, "You are signed out");
    browser.cookies.insert("portcullis-session".to_owned(), cookie);
    assert_eq!(browser.open("/account").await.location.as_deref(), Some(SIGN_IN_FIRST));
    let dump = app.dump().await;
    assert!(!dump.contains("pss_") && !dump.contains(&browser.cookies["portcullis-browser"]));
}

async fn a_browser_and_a_program_end_each_others_sessions(app: TestApp) {
    let tokens = app.anonymous().signed_in(ADA).await;
    let ada = app.anonymous().with_token(&tokens.access);
    let mut browser = Browser::of(&app);
    sign_in(&mut browser, PASSWORD).await;
    assert!(
        browser.cookies.contains_key("portcullis-device"),
        "the device is known from now on"
    );
    let cookie = browser.cookies["portcullis-session"].clone();
    let listed = ada.get("/users/me/sessions").await.json();
    let kinds: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["kind"])
        .collect();
    assert_eq!(kinds, ["browser", "token"]);
    assert_eq!(listed["items"][0]["methods"][0], "pwd");
    // Neither is taken for the other.
    app.anonymous()
        .refresh(&cookie)
        .await
        .assert_problem(401, "invalid_refresh_token");
    let mut confused = Browser::of(&app);
    confused
        .cookies
        .insert("portcullis-session".to_owned(), tokens.refresh.clone());
    assert_eq!(confused.open("/account").await.status, 303);
    assert_eq!(app.anonymous().with_token(&cookie).me().await.status, 401);

    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let ended = send(ada.request(Method::DELETE, &format!("/users/me/sessions/{id}"))).await;
    assert_eq!(ended.status, 204);
    assert_eq!(browser.open("/account").await.status, 303);
    sign_in(&mut browser, PASSWORD).await;
    let page = browser.open("/account/sessions").await;
    let sent = browser.press("/account/sessions/end-others", &page, &[]).await;
    assert_eq!(sent.status, 303);
    assert_eq!(ada.me().await.status, 401);
    app.execute("UPDATE users SET is_active = FALSE").await;
    assert_eq!(browser.open("/account").await.status, 303);
    assert_eq!(sign_in(&mut browser, PASSWORD).await.status, 403);
}

/// But for when the session was last used, and what the server does by itself.
async fn looking_changes_nothing(app: TestApp) {
    let mut browser = Browser::of(&app);
    let sent = sign_up(&mut browser, "/sign-up").await;
    assert_eq!(sent.status, 303);
    let stands = async || {
        let mut rows = Vec::new();
        for query in [
            app.on(
                "SELECT hex(id) || full_name || email || is_active FROM users",
                "SELECT id || full_name || email || is_active FROM users",
            ),
            app.on(
                "SELECT hex(id) || generation || methods || ifnull(revoked_at, '') FROM sessions ORDER BY 1",
                "SELECT id || generation::text || methods || coalesce(revoked_at::text, '') FROM sessions ORDER BY 1",
            ),
            app.on("SELECT hash FROM passwords", "SELECT hash FROM passwords"),
            app.on(
                "SELECT kind || count(*) FROM audit_events GROUP BY kind ORDER BY 1",
                "SELECT kind || count(*) FROM audit_events GROUP BY kind ORDER BY 1",
            ),
            app.on(
                "SELECT CAST(count(*) AS TEXT) FROM mails",
                "SELECT count(*)::text FROM mails",
            ),
        ] {
            rows.push(app.column(query).await);
        }
        rows
    };
    let before = stands().await;
    let cookie = browser.cookies["portcullis-session"].clone();
    for path in [
        "/",
        "/sign-in?continue=%2Faccount",
        "/sign-up",
        "/signed-out",
        "/sign-out",
        "/account",
        "/account/profile?name=Eve",
        "/account/password?new-password=x",
        "/account/sessions",
        "/account/sessions/end-others",
        "/.well-known/change-password",
        "/language?language=ko",
    ] {
        browser.open(path).await;
        let origin = format!("http://{}{path}", app.address());
        let cookie = format!("portcullis-session={cookie}");
        let head = reqwest::Client::new()
            .head(origin)
            .header("cookie", cookie)
            .send()
            .await;
        assert!(head.unwrap().status().as_u16() < 500, "{path}");
    }
    browser.open("/account").await.assert_is(200, "Your account");
    assert_eq!(stands().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mail_somebody_signs_up_by_the_code_and_nobody_learns_of_accounts() {
    let app = TestApp::on_sqlite(&[("MAILBOX", "on"), ("REQUIRE_VERIFIED_EMAIL", "true")]);
    let mut browser = Browser::of(&app);
    let sent = sign_up(&mut browser, "/sign-up").await;
    let waiting = browser.follow(&sent).await;
    waiting.assert_is(200, "Check your mail");
    assert!(!browser.cookies.contains_key("portcullis-session"));
    let code = mail(&app, "verify_email", ADA).await["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut another = Browser::of(&app);
    let again = sign_up(&mut another, "/sign-up").await;
    assert_eq!((again.status, &again.location), (sent.status, &sent.location));
    another.follow(&again).await.assert_is(200, "Check your mail");
    mail(&app, "already_registered", ADA).await;

    sign_in(&mut Browser::of(&app), PASSWORD)
        .await
        .assert_is(403, "Sign in to Portcullis");

    let mut fresh = Browser::of(&app);
    let elsewhere = fresh.press("/sign-up/check-mail", &waiting, &[("code", &code)]).await;
    assert_eq!(
        elsewhere.location.as_deref(),
        Some("/sign-up"),
        "it waits for nothing there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_sign_up_lets_somebody_sign_in_where_they_wanted_to_go() {
    let app = TestApp::on_sqlite(&[("MAILBOX", "on"), ("REQUIRE_VERIFIED_EMAIL", "true")]);
    let mut browser = Browser::of(&app);
    let sent = sign_up(&mut browser, "/sign-up?continue=%2Faccount%2Fprofile").await;
    let waiting = browser.follow(&sent).await;
    let code = mail(&app, "verify_email", ADA).await["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let goes_on = waiting.value_of("continue").to_owned();
    let fields = [("continue", goes_on.as_str()), ("code", &code)];
    let sent = browser.press("/sign-up/check-mail", &waiting, &fields).await;
    let page = browser.follow(&sent).await;
    page.assert_is(200, "Sign in to Portcullis");
    assert!(page.html.contains("Your email address is confirmed"), "{}", page.html);
    let fields = [
        ("continue", page.value_of("continue")),
        ("username", ADA),
        ("password", PASSWORD),
    ];
    let sent = browser.press("/sign-in", &page, &fields).await;
    assert_eq!(sent.location.as_deref(), Some("/account/profile"));
    browser.follow(&sent).await.assert_is(200, "Profile");
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_led_to_the_account_and_programs_are_greeted() {
    let app = TestApp::on_sqlite(&[]);
    let asked = |accept: &'static str| {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        client
            .get(format!("http://{}/", app.address()))
            .header("accept", accept)
            .send()
    };
    let page = asked("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .await
        .unwrap();
    assert_eq!(
        (page.status().as_u16(), page.headers()["location"].to_str().unwrap()),
        (303, "/account")
    );
    for accept in ["*/*", "application/json", "application/json, text/html;q=0.9"] {
        let greeting = asked(accept).await.unwrap();
        assert_eq!(
            (greeting.status().as_u16(), greeting.headers()["vary"].to_str().unwrap()),
            (200, "accept")
        );
    }
}
