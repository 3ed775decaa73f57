//! Pages that links of mails lead to.

use crate::client::Running;
use crate::services::{CHANGE, DOWN, GOOD, KOREAN, LONG, ONCE, TAKEN, USED};

/// The pages with a link, what their button does, and what the page then tells.
const PAGES: [(&str, &str, &str); 3] = [
    ("/verify-email", "verify", "Your email address is confirmed"),
    ("/undo-email", "undo", "Your old address is back"),
    ("/was-it-you", "secure", "Your account is secured"),
];

#[tokio::test]
async fn opening_the_page_of_a_link_consumes_nothing() {
    let running = Running::start();
    let mut browser = running.browser();
    for path in ["/verify-email", "/new-password", "/undo-email", "/was-it-you", "/join"] {
        for method in ["GET", "HEAD"] {
            let page = browser.send(method, &format!("{path}?token={GOOD}"), "").await;
            assert_eq!(page.status, 200, "{path}");
        }
    }
    assert_eq!(running.mails.done(), [""; 0]);
}

#[tokio::test]
async fn the_button_of_a_page_uses_the_link_and_what_was_done_is_told_once() {
    let running = Running::start();
    let mut browser = running.browser();
    for (path, deed, told) in PAGES {
        let page = browser.get(&format!("{path}?token={GOOD}")).await;
        let sent = browser.post(path, &page, &[("token", GOOD)]).await;
        assert_eq!(running.mails.done().last().map(String::as_str), Some(deed));
        assert_eq!(sent.header("location"), Some(path), "the token leaves the address");
        browser.follow(&sent).await.assert_shows(200, &[told]);
        browser
            .get(path)
            .await
            .assert_shows(400, &["This link no longer works"]);
    }
}

#[tokio::test]
async fn a_button_that_is_pressed_twice_is_answered_as_the_first_time() {
    let running = Running::start();
    let (mut browser, mut other) = (running.browser(), running.browser());
    let page = browser.get(&format!("/verify-email?token={GOOD}")).await;
    let first = browser.post("/verify-email", &page, &[("token", ONCE)]).await;
    let second = browser.post("/verify-email", &page, &[("token", ONCE)]).await;
    assert_eq!(
        (second.status, second.header("location")),
        (303, first.header("location"))
    );
    // Another link was not what this browser used.
    let sent = browser.post("/verify-email", &page, &[("token", USED)]).await;
    sent.assert_shows(400, &["This link no longer works"]);
    let page = other.get("/forgot-password").await;
    let sent = other.post("/verify-email", &page, &[("token", USED)]).await;
    sent.assert_shows(400, &["This link no longer works"]);
}

#[tokio::test]
async fn a_link_that_is_none_any_more_says_so_and_offers_the_next_step() {
    let running = Running::start();
    let mut browser = running.browser();
    for (path, next) in [
        ("/verify-email", "href=\"/verify-email/again\""),
        ("/new-password", "href=\"/forgot-password\""),
        ("/undo-email", "href=\"/forgot-password\""),
        ("/was-it-you", "href=\"/forgot-password\""),
        ("/join", "Ask whoever invited you"),
    ] {
        for token in [
            &format!("?token={USED}"),
            "?token=%FF",
            "?token=a&token=b",
            "?token=",
            "",
        ] {
            let page = browser.get(&format!("{path}{token}")).await;
            let back = "href=\"/sign-in\">Back to sign in</a>";
            page.assert_shows(400, &["This link no longer works", next, back, ">invalid_token<"]);
        }
    }
    for (path, _, _) in PAGES {
        let page = browser.get(&format!("{path}?token={GOOD}")).await;
        let sent = browser.post(path, &page, &[("token", USED)]).await;
        sent.assert_shows(400, &["This link no longer works"]);
    }
}

#[tokio::test]
async fn a_page_says_whom_its_link_is_for() {
    let running = Running::start();
    let mut browser = running.browser();
    let address = "grace@<wbr>example<wbr>.org";
    for (path, hint) in [
        ("/verify-email", "You did not sign up?"),
        ("/new-password", "signs you out on every device"),
        ("/undo-email", "You changed the address yourself?"),
        ("/join", "At least 8 characters"),
    ] {
        let page = browser.get(&format!("{path}?token={GOOD}")).await;
        page.assert_shows(200, &[address, hint]);
    }
    let change = browser.get(&format!("/verify-email?token={CHANGE}")).await;
    change.assert_shows(200, &["You did not ask for this?"]);
}

#[tokio::test]
async fn a_notice_is_told_with_when_and_from_where() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/was-it-you?token={GOOD}")).await;
    page.assert_shows(
        200,
        &[
            "A new sign-in to your account",
            "Safari on a Mac",
            "203.0.113.24",
            " (UTC)</time>",
        ],
    );
    let page = browser.get(&format!("/was-it-you?token={LONG}")).await;
    page.assert_shows(200, &["was used in two places"]);
    let page = browser.get(&format!("/was-it-you?token={CHANGE}")).await;
    page.assert_shows(200, &["Your password was changed"]);
}

#[tokio::test]
async fn it_was_the_person_after_all_and_nothing_happens() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/was-it-you?token={GOOD}")).await;
    let sent = browser
        .post("/was-it-you", &page, &[("token", GOOD), ("answer", "yes")])
        .await;
    browser
        .follow(&sent)
        .await
        .assert_shows(200, &["nothing was changed back"]);
    assert_eq!(running.mails.done(), [""; 0]);
}

#[tokio::test]
async fn an_address_that_has_an_account_by_now_is_told_to_whoever_proved_it_theirs() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/verify-email?token={TAKEN}")).await;
    let sent = browser.post("/verify-email", &page, &[("token", TAKEN)]).await;
    sent.assert_shows(409, &["There is an account with this address"]);
}

#[tokio::test]
async fn a_failure_leads_back_to_the_page_with_its_link() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/verify-email?token={DOWN}")).await;
    let sent = browser.post("/verify-email", &page, &[("token", DOWN)]).await;
    sent.assert_shows(
        503,
        &[
            "The fault is ours",
            "href=\"/verify-email?token=down\"",
            ">unavailable<",
        ],
    );
    assert!(!sent.text().contains("Nothing was changed"), "nobody knows that");
}

#[tokio::test]
async fn a_link_of_somebody_who_reads_another_language_is_in_that_one() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/verify-email?token={KOREAN}")).await;
    page.assert_shows(200, &["<html lang=\"ko\"", "이메일 주소 확인"]);
}

#[tokio::test]
async fn names_and_addresses_stay_text() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get(&format!("/join?token={LONG}")).await;
    assert!(!page.text().contains("<script>"), "{}", page.text());
    page.assert_shows(200, &["&#60;script&#62;"]);
}
