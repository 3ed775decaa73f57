//! Refusals as pages.

use crate::client::Running;
use crate::services::GOOD;

#[tokio::test]
async fn what_is_not_there_is_told_on_a_page_below_pages_alone() {
    let running = Running::start();
    let mut browser = running.browser();
    for path in [
        "/verify-email/nothing",
        "/assets/0/style.css",
        "/help",
        "/privacy",
        "/terms",
    ] {
        let page = browser.get(path).await;
        page.assert_shows(
            404,
            &[
                "There is nothing here",
                "href=\"/account\">Go to your account</a>",
                "id=\"request-id\"",
                "id=\"error-code\" translate=\"no\">not_found<",
            ],
        );
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    }
}

#[tokio::test]
async fn pages_of_mail_are_not_there_where_mail_is_off() {
    let running = Running::without_mail();
    let mut browser = running.browser();
    for path in [
        "/verify-email",
        "/forgot-password",
        "/new-password",
        "/undo-email",
        "/was-it-you",
        "/join",
    ] {
        let page = browser.get(&format!("{path}?token={GOOD}")).await;
        page.assert_shows(404, &["There is nothing here"]);
    }
}

#[tokio::test]
async fn another_method_is_told_which_there_are() {
    let running = Running::start();
    let mut browser = running.browser();
    for (method, path, allowed) in [
        ("GET", "/language", "POST"),
        ("DELETE", "/forgot-password", "GET, HEAD, POST"),
        ("POST", "/help", "GET, HEAD"),
    ] {
        let page = browser.send(method, path, "").await;
        page.assert_shows(405, &[">method_not_allowed<"]);
        assert_eq!(page.header("allow"), Some(allowed));
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_told_on_a_page() {
    let running = Running::start();
    let mut browser = running.browser();
    for body in ["token=a&token=b", "token=%FF"] {
        let page = browser.send("POST", "/verify-email", body).await;
        page.assert_shows(400, &["We could not read that"]);
    }
}

#[tokio::test]
async fn the_owners_pages_are_led_to() {
    let running = Running::with(|settings| {
        settings.theme.help = "https://orchard.example/help".parse().ok();
        settings.theme.privacy = "https://orchard.example/privacy".parse().ok();
        settings.theme.terms = "https://orchard.example/terms".parse().ok();
    });
    let mut browser = running.browser();
    for path in ["/help", "/privacy", "/terms"] {
        let sent = browser.get(path).await;
        let there = format!("https://orchard.example{path}");
        assert_eq!((sent.status, sent.header("location")), (303, Some(there.as_str())));
    }
    let page = browser.get(&format!("/join?token={GOOD}")).await;
    page.assert_shows(
        200,
        &[
            "href=\"/help\"",
            "href=\"/privacy\"",
            "<a href=\"/terms\">terms of use</a>",
        ],
    );
}
