//! Signing in, proving and linking by another provider, as pages tell of it.

use crate::client::{Answer, Browser, Running};
use portcullis_application::SignUpPolicy;
use portcullis_domain::AssertedIdentity;
use portcullis_testkit::build::PASSWORD;
use portcullis_testkit::upstream::{Said, asserted};
use std::fmt::Write as _;

const GRACE: &str = "grace@example.org";

/// What a browser is asked with at the provider, written for an address.
fn state(running: &Running) -> String {
    let state = running.people.0.upstream.last_asked().state;
    state.expose().bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02x}").unwrap();
        encoded
    })
}

/// Leaves by that path, and comes back with what the provider says.
async fn come_back(running: &Running, browser: &mut Browser, path: &str, said: Said) -> Answer {
    let sent = browser.get(path).await;
    let there = sent.header("location").unwrap_or_default();
    assert!(
        there.starts_with("https://google.example/"),
        "{} {}",
        sent.status,
        sent.text()
    );
    running.people.0.upstream.says("code", said);
    let back = format!("/sign-in/with/google/callback?code=code&state={}", state(running));
    browser.get(&back).await
}

/// A browser in which Grace is signed in, whose account Google made.
async fn grace(running: &Running) -> Browser {
    let mut browser = running.browser();
    let said = Said::Asserts(asserted("1", GRACE));
    let back = come_back(running, &mut browser, "/sign-in/with/google", said).await;
    assert_eq!(back.header("location"), Some("/account"), "{}", back.text());
    browser
}

const AGAIN: &str = "/sign-in/with/google?continue=%2Faccount%2Flinked&again=1";

#[tokio::test]
async fn a_proof_is_asked_of_the_provider_that_is_linked_and_of_no_other() {
    let running = Running::without_mail();
    let mut browser = grace(&running).await;
    let page = browser.get("/account/confirm?continue=%2Faccount%2Flinked").await;
    page.assert_shows(200, &["id=\"social-google\"", "Continue with"]);
    assert!(!page.text().contains("id=\"social-github\""), "{}", page.text());
}

#[tokio::test]
async fn a_proof_that_fails_leads_back_to_where_it_was_asked_for() {
    let running = Running::start();
    let mut browser = grace(&running).await;
    for (said, word) in [
        (Said::Silent, "provider_unavailable"),
        (Said::Refuses, "access_denied"),
        (Said::Asserts(asserted("2", "ivan@example.org")), "That is another"),
        (
            Said::Asserts(asserted("1", GRACE)),
            "does not say that you signed in just now",
        ),
    ] {
        let back = come_back(&running, &mut browser, AGAIN, said.clone()).await;
        let there = back.header("location").unwrap_or_default();
        assert!(
            there.starts_with("/account/confirm?continue=%2Faccount%2Flinked"),
            "{said:?}: {there} {}",
            back.text()
        );
        let page = browser.follow(&back).await;
        page.assert_shows(200, &["Confirm that it’s you", "Google", word]);
        let told_once = browser.get(there).await;
        assert!(!told_once.text().contains(word), "{said:?}");
    }
    // Still Grace, who has no password, and is told how to get one.
    assert_eq!(browser.get("/account").await.status, 200);
    let back = come_back(&running, &mut browser, AGAIN, Said::Asserts(asserted("1", GRACE))).await;
    let page = browser.follow(&back).await;
    page.assert_shows(200, &["<a href=\"/account/password\">Set a password</a>"]);
}

#[tokio::test]
async fn a_provider_that_says_when_somebody_signed_in_proves_it() {
    let running = Running::start();
    let mut browser = grace(&running).await;
    let now = portcullis_application::ports::Clock::now(&running.people.0.clock);
    let said = Said::Asserts(AssertedIdentity {
        authenticated_at: Some(now),
        ..asserted("1", GRACE)
    });
    let back = come_back(&running, &mut browser, AGAIN, said).await;
    assert_eq!(back.header("location"), Some("/account/linked"), "{}", back.text());
}

#[tokio::test]
async fn a_page_elsewhere_begins_no_sign_in() {
    let running = Running::start();
    for site in ["cross-site", "same-site"] {
        let mut browser = running.browser().sends("sec-fetch-site", site);
        for (path, there) in [
            (
                "/sign-in/with/google?continue=%2Faccount%2Flinked",
                "/sign-in?continue=%2Faccount%2Flinked",
            ),
            (AGAIN, "/account/confirm?continue=%2Faccount%2Flinked"),
        ] {
            let sent = browser.get(path).await;
            assert_eq!((sent.status, sent.header("location")), (303, Some(there)), "{site}");
        }
    }
    for site in ["same-origin", "none", ""] {
        let mut browser = running.browser().sends("sec-fetch-site", site);
        let sent = browser.get("/sign-in/with/google").await;
        assert!(
            sent.header("location").unwrap().starts_with("https://google.example/"),
            "{site}"
        );
    }
}

#[tokio::test]
async fn the_last_way_in_leads_to_another_one() {
    let running = Running::start();
    let mut browser = grace(&running).await;
    let page = browser.get("/account/linked").await;
    let id = page.between("id=\"unlink-", "\"").to_owned();
    let refused = browser.post(&format!("/account/linked/{id}/unlink"), &page, &[]).await;
    refused.assert_shows(
        409,
        &["last_way_in", "<a href=\"/account/password\">Set a password</a>"],
    );
    // From there a link is mailed.
    browser
        .get("/account/password")
        .await
        .assert_shows(200, &["id=\"send\""]);
}

#[tokio::test]
async fn whoever_has_an_account_of_the_address_is_told_which_and_goes_on_to_link_it() {
    let running = Running::start();
    running.people.0.register(GRACE).await;
    let mut browser = running.browser();
    let said = Said::Asserts(asserted("1", GRACE));
    let page = come_back(&running, &mut browser, "/sign-in/with/google", said.clone()).await;
    let field = format!("id=\"username\" name=\"username\" type=\"email\" value=\"{GRACE}\"");
    page.assert_shows(409, &["account_exists", "There is an account with the address", &field]);
    assert_eq!(page.hidden("continue"), "/account/linked");
    assert!(!page.text().contains("social-google") && page.text().contains("social-github"));
    // An app that waits is not forgotten.
    let path = "/sign-in/with/google?continue=%2Foauth2%2Fauthorize%3Fclient_id%3Dpaperless";
    let page = come_back(&running, &mut browser, path, said).await;
    assert_eq!(page.hidden("continue"), "/oauth2/authorize?client_id=paperless");
}

#[tokio::test]
async fn whoever_may_not_sign_up_is_told_what_to_do() {
    for (sign_up, word) in [
        (SignUpPolicy::Closed, "New accounts are made by invitation"),
        (SignUpPolicy::Invited, "Open the link in the invitation first"),
    ] {
        let running = Running::closed_by(sign_up);
        let mut browser = running.browser();
        let said = Said::Asserts(asserted("1", GRACE));
        let page = come_back(&running, &mut browser, "/sign-in/with/google", said).await;
        page.assert_shows(403, &["registration_closed", word]);
    }
}

/// Somebody who signed in by a password.
async fn ada(running: &Running) -> Browser {
    let mut browser = running.browser();
    let page = browser.get("/sign-in").await;
    let fields = [("username", "alone@example.org"), ("password", PASSWORD)];
    let sent = browser.post("/sign-in", &page, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    browser
}

#[tokio::test]
async fn what_became_of_linking_is_told_with_the_provider() {
    let running = Running::start();
    let mut browser = ada(&running).await;
    for (said, words) in [
        (
            Said::Silent,
            ["<bdi>Google</bdi> does not answer", "provider_unavailable"],
        ),
        (Said::Refuses, ["<bdi>Google</bdi> was not linked", "access_denied"]),
        (Said::Lies, ["We can’t link <bdi>Google</bdi>", "provider_error"]),
        (
            Said::Asserts(asserted("7", GRACE)),
            ["<bdi>Google</bdi> is linked", "Unlink"],
        ),
    ] {
        let page = browser.get("/account/linked").await;
        let link = page.between("id=\"link-google\" href=\"", "\"").replace("&#38;", "&");
        let back = come_back(&running, &mut browser, &link, said.clone()).await;
        assert_eq!(
            back.header("location"),
            Some("/account/linked?provider=google"),
            "{said:?}"
        );
        browser.follow(&back).await.assert_shows(200, &words);
    }
    let page = browser.get("/account/linked").await;
    let id = page.between("id=\"unlink-", "\"").to_owned();
    let undone = browser.post(&format!("/account/linked/{id}/unlink"), &page, &[]).await;
    browser
        .follow(&undone)
        .await
        .assert_shows(200, &["<bdi>Google</bdi> is not linked any more"]);
    // Who went back there made no mistake.
    let page = browser.get("/account/linked").await;
    let link = page.between("id=\"link-google\" href=\"", "\"").replace("&#38;", "&");
    browser.get(&link).await;
    let back = format!(
        "/sign-in/with/google/callback?error=access_denied&state={}",
        state(&running)
    );
    let left = browser.get(&back).await;
    let page = browser.follow(&left).await;
    page.assert_shows(200, &["<bdi>Google</bdi> was not linked", "notice info"]);
    assert!(!page.text().contains("error-code"), "{}", page.text());
}
