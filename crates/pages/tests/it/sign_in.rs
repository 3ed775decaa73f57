//! Signing in and out.

use crate::client::{Answer, Browser, Running};
use crate::people::{DISABLED, DOWN, NOBODY, UNVERIFIED, WAIT};
use portcullis_testkit::build::PASSWORD;

const SESSION: &str = "portcullis-session";

async fn sign_in(browser: &mut Browser, path: &str, username: &str, password: &str) -> Answer {
    let page = browser.get(path).await;
    let goes_on = page.hidden("continue");
    let fields = [
        ("continue", goes_on.as_str()),
        ("username", username),
        ("password", password),
    ];
    browser.post("/sign-in", &page, &fields).await
}

#[tokio::test]
async fn a_right_password_leads_on_to_where_one_came_from() {
    let running = Running::start();
    for (path, there) in [
        ("/sign-in", "/account"),
        ("/sign-in?continue=%2Faccount%2Fsessions", "/account/sessions"),
        ("/sign-in?continue=%2F%2Fevil.example", "/account"),
        ("/sign-in?continue=https%3A%2F%2Fevil.example%2Faccount", "/account"),
        (
            "/sign-in?continue=%2Foauth2%2Fauthorize%3Fclient_id%3Da%26state%3Db%2526c",
            "/oauth2/authorize?client_id=a&state=b%26c",
        ),
    ] {
        let mut browser = running.browser();
        let sent = sign_in(&mut browser, path, "grace@example.org", PASSWORD).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some(there)), "{path}");
        let cookies: Vec<_> = sent.all("set-cookie").collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with(SESSION)).unwrap();
        assert!(
            session.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"),
            "{session}"
        );
    }
}

/// Neither the secret that forms are bound to nor a session that somebody may have planted.
#[tokio::test]
async fn nothing_that_a_browser_had_before_a_sign_in_counts_behind_it() {
    let running = Running::start();
    let mut browser = running.browser();
    let before = browser.get("/sign-in").await;
    let secret = browser.cookies["portcullis-browser"].clone();
    let ending = format!("portcullis-browser={secret}; Path=/; HttpOnly; SameSite=Lax");
    assert!(
        before.all("set-cookie").any(|cookie| cookie == ending),
        "it ends with the browser"
    );
    sign_in(&mut browser, "/sign-in", "grace@example.org", PASSWORD).await;
    assert_ne!(browser.cookies["portcullis-browser"], secret);
    let sent = browser.post("/sign-out", &before, &[]).await;
    sent.assert_shows(403, &["This page was open too long"]);
    let mut other = running.browser();
    other
        .cookies
        .insert(SESSION.to_owned(), browser.cookies[SESSION].clone());
    sign_in(&mut other, "/sign-in", "nobody@example.org", "wrong").await;
    let page = other.get("/account").await;
    page.assert_shows(200, &["grace@"]);
    sign_in(&mut other, "/sign-in", "ben@example.org", PASSWORD).await;
    assert_eq!(browser.get("/account").await.status, 303, "that of Grace is over");
    other.get("/account").await.assert_shows(200, &["ben@"]);
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_are_told_alike() {
    let running = Running::start();
    let mut told = Vec::new();
    for username in ["grace@example.org".to_owned(), format!("{NOBODY}@example.org")] {
        let username = username.as_str();
        let mut browser = running.browser();
        let page = browser.get("/sign-in").await;
        let sent = browser
            .post("/sign-in", &page, &[("username", username), ("password", "wrong")])
            .await;
        sent.assert_shows(
            401,
            &[
                "The email address and password don’t match",
                "<a href=\"/forgot-password\">choose a new password</a>",
                ">invalid_credentials<",
            ],
        );
        assert_eq!(sent.title(), "Error: Sign in – Portcullis");
        let words = sent.text().replace(username, "");
        let (proof, id) = (
            sent.hidden("csrf"),
            sent.between("id=\"request-id\" translate=\"no\">", "<").to_owned(),
        );
        told.push(words.replace(&proof, "").replace(&id, ""));
        assert!(!browser.cookies.contains_key(SESSION));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn every_refusal_has_its_status_and_its_words() {
    let running = Running::with(|settings| {
        settings.theme.contact = portcullis_domain::Email::parse("help@orchard.example").ok();
    });
    for (username, status, texts) in [
        (
            WAIT,
            429,
            [
                "Wait 30 seconds, then try again",
                "Your account is not locked.",
                ">too_many_requests<",
            ],
        ),
        (
            DISABLED,
            403,
            [
                "This account is disabled",
                "mailto:help@orchard.example",
                ">account_disabled<",
            ],
        ),
        (
            UNVERIFIED,
            403,
            [
                "Confirm your email address first",
                "/verify-email/again",
                ">email_not_verified<",
            ],
        ),
        (
            DOWN,
            503,
            ["Many people are signing in", "Try again in 1 second.", ">busy<"],
        ),
    ] {
        let mut browser = running.browser();
        let username = format!("{username}@example.org");
        let sent = sign_in(&mut browser, "/sign-in", &username, PASSWORD).await;
        sent.assert_shows(status, &texts);
        if status == 429 {
            assert_eq!(sent.header("retry-after"), Some("30"));
            assert!(sent.header("ratelimit").is_some());
        }
        assert!(status == 503 || sent.text().contains(&format!("value=\"{username}\"")));
    }
    let mut browser = running.browser();
    let sent = sign_in(&mut browser, "/sign-in", "grace", "").await;
    sent.assert_shows(
        422,
        &[
            "href=\"#username\">Enter an email address",
            "href=\"#password\">Enter your password",
        ],
    );
}

#[tokio::test]
async fn a_form_of_another_tab_is_shown_anew_and_a_second_press_answers_as_the_first() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/sign-in?continue=%2Faccount%2Fprofile").await;
    let fields = |username| {
        [
            ("continue", "/account/profile"),
            ("username", username),
            ("password", PASSWORD),
        ]
    };
    let first = browser.post("/sign-in", &page, &fields("grace@example.org")).await;
    let second = browser.post("/sign-in", &page, &fields("grace@example.org")).await;
    assert_eq!(
        (second.status, second.header("location")),
        (303, first.header("location"))
    );
    let other = browser.post("/sign-in", &page, &fields("ben@example.org")).await;
    other.assert_shows(
        403,
        &[
            "This page was open too long",
            "value=\"ben@example.org\"",
            "value=\"/account/profile\"",
        ],
    );
}

#[tokio::test]
async fn an_app_that_waits_is_named_and_may_be_gone_back_to() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser
        .get("/sign-in?continue=%2Foauth2%2Fauthorize%3Fclient_id%3Da")
        .await;
    page.assert_shows(
        200,
        &[
            "to continue to <b><bdi>Paperless</bdi></b>",
            "id=\"cancel\" name=\"decision\" value=\"deny\"",
        ],
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action 'self' http://localhost:1 https:;"),
        "{policy}"
    );
    assert_eq!(page.header("cross-origin-opener-policy"), Some("unsafe-none"));
    // Without mail a sign-up goes on to the app at once.
    let sign_up = page.between("<a href=\"/sign-up?", "\"").to_owned();
    let page = browser.get(&format!("/sign-up?{sign_up}")).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action 'self' http://localhost:1 https:;"),
        "{policy}"
    );
    let plain = browser.get("/sign-in?continue=%2Faccount").await;
    assert!(!plain.text().contains("id=\"cancel\""));
    assert_eq!(plain.header("cross-origin-opener-policy"), Some("same-origin"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_tells_where_one_still_is() {
    let running = Running::start();
    let mut browser = running.browser();
    sign_in(&mut browser, "/sign-in", "grace@example.org", PASSWORD).await;
    let cookie = browser.cookies[SESSION].clone();
    let page = browser.get("/account").await;
    let sent = browser.post("/sign-out", &page, &[]).await;
    assert_eq!(sent.header("location"), Some("/signed-out"));
    assert!(!browser.cookies.contains_key(SESSION));
    let told = browser.follow(&sent).await;
    told.assert_shows(
        200,
        &[
            "You are signed out",
            "You are still signed in on 3 others.",
            "href=\"/sign-in\"",
        ],
    );
    browser.cookies.insert(SESSION.to_owned(), cookie);
    assert_eq!(browser.get("/account").await.status, 303);
    let again = browser.post("/sign-out", &page, &[]).await;
    assert_eq!(again.header("location"), Some("/signed-out"), "a second press");
}

#[tokio::test]
async fn no_link_makes_the_page_say_that_one_is_signed_out() {
    let running = Running::start();
    let mut browser = running.browser();
    browser
        .get("/signed-out")
        .await
        .assert_shows(200, &["You are signed out"]);
    sign_in(&mut browser, "/sign-in", "grace@example.org", PASSWORD).await;
    let sent = browser.get("/signed-out").await;
    assert_eq!((sent.status, sent.header("location")), (303, Some("/account")));
}

#[tokio::test]
async fn password_managers_are_led_to_the_page() {
    let running = Running::start();
    let sent = running.browser().get("/.well-known/change-password").await;
    assert_eq!((sent.status, sent.header("location")), (303, Some("/account/password")));
}

#[tokio::test]
async fn nobody_is_made_by_looking() {
    let running = Running::start();
    for path in ["/sign-in", "/sign-up", "/signed-out", "/account", "/account/profile"] {
        for method in ["GET", "HEAD"] {
            running.browser().send(method, path, "").await;
        }
    }
    assert_eq!(running.people.0.events().await.len(), 0);
}
