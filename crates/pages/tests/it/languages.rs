//! Which language a page is in.

use crate::client::Running;
use portcullis_domain::Language;

#[tokio::test]
async fn a_page_is_in_the_first_language_that_the_browser_asks_for_and_that_there_is() {
    let running = Running::start();
    for (asked, language) in [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("de, ko;q=0.5", "ko"),
        ("en-GB", "en"),
        ("ko;q=0, en;q=0.1", "en"),
        ("kok, *", "en"),
        ("nonsense;;", "en"),
        ("", "en"),
    ] {
        let mut browser = running.browser().sends("accept-language", asked);
        let page = browser.get("/forgot-password").await;
        page.assert_shows(200, &[&format!("<html lang=\"{language}\"")]);
    }
    let korean = Running::with(|settings| settings.language = Language::Korean);
    let page = korean
        .browser()
        .sends("accept-language", "de")
        .get("/forgot-password")
        .await;
    page.assert_shows(200, &["<html lang=\"ko\""]);
}

#[tokio::test]
async fn a_language_that_is_chosen_stays_and_leads_back_to_the_page() {
    let running = Running::start();
    let mut browser = running.browser().sends("accept-language", "en");
    let page = browser.get("/verify-email?token=good").await;
    page.assert_shows(
        200,
        &[
            "name=\"continue\" value=\"/verify-email?token=good\"",
            "lang=\"ko\">한국어</button>",
        ],
    );
    let chosen = [("continue", "/verify-email?token=good"), ("language", "ko")];
    let sent = browser.post("/language", &page, &chosen).await;
    assert_eq!(sent.header("location"), Some("/verify-email?token=good"));
    let page = browser.follow(&sent).await;
    page.assert_shows(200, &["<html lang=\"ko\"", "lang=\"en\">English</button>"]);
}

#[tokio::test]
async fn choosing_a_language_leads_to_no_other_site() {
    let running = Running::start();
    let mut browser = running.browser();
    let page = browser.get("/forgot-password").await;
    for elsewhere in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%2Fevil.example",
        "",
    ] {
        let sent = browser
            .post("/language", &page, &[("continue", elsewhere), ("language", "ko")])
            .await;
        assert_eq!((sent.status, sent.header("location")), (303, Some("/")), "{elsewhere}");
    }
    let sent = browser
        .post("/language", &page, &[("language", "tlh"), ("continue", "/join")])
        .await;
    sent.assert_shows(422, &["href=\"/join\""]);
}
