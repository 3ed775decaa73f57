//! Signing up.

use crate::client::{Answer, Browser, Running};
use crate::services::RIGHT_CODE;
use portcullis_testkit::COMMON_PASSWORD;
use portcullis_testkit::build::PASSWORD;

async fn sign_up(browser: &mut Browser, path: &str, username: &str, password: &str) -> Answer {
    let page = browser.get(path).await;
    let goes_on = page.hidden("continue");
    let fields = [
        ("continue", goes_on.as_str()),
        ("name", "Grace Hopper"),
        ("username", username),
        ("new-password", password),
    ];
    browser.post("/sign-up", &page, &fields).await
}

#[tokio::test]
async fn with_mail_the_address_is_shown_to_be_ones_own_first() {
    let running = Running::start();
    let mut browser = running.browser();
    let sent = sign_up(
        &mut browser,
        "/sign-up?continue=%2Faccount%2Fsessions",
        "grace@example.org",
        PASSWORD,
    )
    .await;
    let waits = "/sign-up/check-mail?continue=%2Faccount%2Fsessions";
    assert_eq!(sent.header("location"), Some(waits));
    assert!(!browser.cookies.contains_key("portcullis-session"));
    let waiting = browser.follow(&sent).await;
    waiting.assert_shows(
        200,
        &[
            "We sent a message to",
            "grace@<wbr>example",
            "id=\"continue\"",
            "href=\"/sign-up?continue=",
        ],
    );
    let goes_on = waiting.hidden("continue");
    let wrong = [("continue", goes_on.as_str()), ("code", "000000")];
    let sent = browser.post("/sign-up/check-mail", &waiting, &wrong).await;
    sent.assert_shows(401, &["That code is not right", "value=\"/account/sessions\""]);
    let right = [("continue", goes_on.as_str()), ("code", RIGHT_CODE)];
    let sent = browser.post("/sign-up/check-mail", &waiting, &right).await;
    assert_eq!(sent.header("location"), Some("/sign-in?continue=%2Faccount%2Fsessions"));
    let page = browser.follow(&sent).await;
    page.assert_shows(
        200,
        &["notice good", "Your email address is confirmed", "You can sign in now."],
    );
    let again = browser.get("/sign-in").await;
    assert!(!again.text().contains("notice good"), "it is told once");
}

#[tokio::test]
async fn with_mail_nobody_is_told_that_there_is_an_account() {
    let running = Running::start();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut browser = running.browser();
        let sent = sign_up(&mut browser, "/sign-up", "grace@example.org", PASSWORD).await;
        let page = browser.follow(&sent).await;
        let words = page.text().replace(&page.hidden("csrf"), "");
        answers.push((
            sent.status,
            sent.header("location").map(str::to_owned),
            page.status,
            words,
        ));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn without_mail_one_is_signed_in_at_once_and_a_taken_address_is_told() {
    let running = Running::without_mail();
    let mut browser = running.browser();
    let sent = sign_up(
        &mut browser,
        "/sign-up?continue=%2Faccount%2Fprofile",
        "grace@example.org",
        PASSWORD,
    )
    .await;
    assert_eq!(sent.header("location"), Some("/account/profile"));
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["value=\"Grace Hopper\""]);
    let sent = sign_up(&mut running.browser(), "/sign-up", "grace@example.org", PASSWORD).await;
    sent.assert_shows(
        409,
        &[
            "There is an account with this address",
            "Sign in, or choose a new password.",
            ">email_taken<",
        ],
    );
    assert_eq!(running.browser().get("/sign-up/check-mail").await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_told_all_at_once_and_kept() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/sign-up").await;
    let fields = [("name", ""), ("username", "<b>"), ("new-password", "short")];
    let sent = browser.post("/sign-up", &page, &fields).await;
    sent.assert_shows(
        422,
        &[
            "href=\"#name\">Enter your full name",
            "href=\"#username\">Enter an email address",
            "href=\"#new-password\">Use at least 8 characters: this one has 5",
            "value=\"&#60;b&#62;\"",
            "aria-describedby=\"username-hint username-error\"",
        ],
    );
    assert!(!sent.text().contains("short"));
    let common = sign_up(&mut browser, "/sign-up", "grace@example.org", COMMON_PASSWORD).await;
    common.assert_shows(422, &["easy to guess"]);
}

#[tokio::test]
async fn where_sign_up_is_closed_it_says_so_and_no_page_leads_there() {
    let running = Running::closed();
    let mut browser = running.browser();
    browser
        .get("/sign-up")
        .await
        .assert_shows(403, &["Sign-up is closed", ">registration_closed<"]);
    let page = browser.get("/sign-in").await;
    assert!(!page.text().contains("/sign-up"));
    let fields = [
        ("name", "Grace Hopper"),
        ("username", "grace@example.org"),
        ("new-password", PASSWORD),
    ];
    let sent = browser.post("/sign-up", &page, &fields).await;
    sent.assert_shows(403, &["Sign-up is closed"]);
}
