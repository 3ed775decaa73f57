//! The apps that one lets use the account, and apps that ask to sign one out.

use crate::client::{Browser, Running};
use portcullis_application::ports::{Clock as _, StoreResult};
use portcullis_domain::{ClientKind, Consent, Label};
use portcullis_oauth2::RedirectUri;
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};

const BEHIND: &str = "https://shop.example/bye";
const ASKED: &str = "/oauth2/logout?client_id=shop&post_logout_redirect_uri=https%3A%2F%2Fshop.example%2Fbye&state=a+b";

/// A server with the app `shop`.
async fn running() -> Running {
    let running = Running::with_registry();
    let app: &TestApp = &running.people.0;
    app.upkeep.begin().await.unwrap();
    let mut shop = build::client("shop", ClientKind::Web);
    shop.settings.name = Label::parse("The <Shop>").unwrap();
    shop.settings.logout_uris = [RedirectUri::parse(BEHIND).unwrap()].into();
    app.add_client(shop).await;
    running
}

async fn signed_in(running: &Running) -> Browser {
    let mut browser = running.browser();
    let page = browser.get("/sign-in").await;
    let fields = [("username", "grace@example.org"), ("password", PASSWORD)];
    let sent = browser.post("/sign-in", &page, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    browser
}

/// Has Grace let the shop use her account.
async fn connect(running: &Running) {
    let app: &TestApp = &running.people.0;
    let user = app.claims(&app.log_in("grace@example.org").await).user_id;
    let scopes = "openid profile email".parse().unwrap();
    let shop = build::client("shop", ClientKind::Web).id;
    let consent = Consent::given(user, shop, scopes, app.clock.now());
    let put: StoreResult<()> = app
        .store
        .write(move |repositories| repositories.consents().put(&consent))
        .await;
    put.unwrap();
}

#[tokio::test]
async fn an_app_is_shown_with_what_it_sees_and_is_disconnected() {
    let running = running().await;
    let mut browser = signed_in(&running).await;
    browser
        .get("/account/apps")
        .await
        .assert_shows(200, &["Connected apps", "No app uses your account."]);
    connect(&running).await;
    let page = browser.get("/account/apps").await;
    page.assert_shows(
        200,
        &[
            "The &#60;Shop&#62;",
            "see your name and email address",
            "id=\"disconnect-shop\"",
            "Now · connected",
        ],
    );
    let path = "/account/apps/shop/disconnect";
    let forged = browser.send("POST", path, "csrf=x").await;
    forged.assert_shows(403, &["id=\"disconnect-shop\""]);
    for _ in 0..2 {
        let sent = browser.post(path, &page, &[]).await;
        let shown = browser.follow(&sent).await;
        shown.assert_shows(200, &["The app is disconnected", "No app uses your account."]);
    }
}

#[tokio::test]
async fn row_70_reading_the_page_ends_nothing_and_its_form_needs_its_proof() {
    let running = running().await;
    let mut browser = signed_in(&running).await;
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(browser.send(method, ASKED, "").await.status, 200);
    }
    let page = browser.get(ASKED).await;
    page.assert_shows(200, &["Sign out?", "asks to sign you out", "The &#60;Shop&#62;"]);
    assert!(
        !page.text().contains("<script"),
        "nobody showed that this sign-in is meant"
    );
    let goes_on = page.hidden("continue");
    let encoded = goes_on.replace('%', "%25").replace('&', "%26").replace('+', "%2B");
    let forged = browser
        .send(
            "POST",
            "/oauth2/logout/decision",
            &format!("continue={encoded}&decision=sign-out"),
        )
        .await;
    assert_eq!(forged.status, 403, "{}", forged.text());
    browser.get("/account").await.assert_shows(200, &["Connected apps"]);
    let stayed = browser
        .post(
            "/oauth2/logout/decision",
            &page,
            &[("continue", &goes_on), ("decision", "stay")],
        )
        .await;
    assert_eq!((stayed.status, stayed.header("location")), (303, Some("/account")));
    let sent = browser
        .post(
            "/oauth2/logout/decision",
            &page,
            &[("continue", &goes_on), ("decision", "sign-out")],
        )
        .await;
    let there = format!("{BEHIND}?state=a%20b");
    assert_eq!((sent.status, sent.header("location")), (303, Some(there.as_str())));
    assert_eq!(sent.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(browser.get("/account").await.status, 303, "she is signed out");
}

#[tokio::test]
async fn what_an_app_may_not_ask_for_is_told_on_a_page() {
    let running = running().await;
    let mut browser = signed_in(&running).await;
    for query in [
        "client_id=shop&post_logout_redirect_uri=https%3A%2F%2Fevil.example",
        "state=a&state=b",
        "state=%ff",
    ] {
        let refused = browser.get(&format!("/oauth2/logout?{query}")).await;
        assert_eq!((refused.status, refused.header("location")), (400, None), "{query}");
    }
    let plain = browser.get("/oauth2/logout").await;
    plain.assert_shows(200, &["An app asks to sign you out."]);
    let sent = browser
        .post(
            "/oauth2/logout/decision",
            &plain,
            &[("continue", &plain.hidden("continue"))],
        )
        .await;
    assert_eq!(sent.header("location"), Some("/signed-out"));
    let nobody = browser.get(ASKED).await;
    assert_eq!((nobody.status, nobody.header("location")), (303, Some("/signed-out")));
}

#[tokio::test]
async fn a_request_that_is_posted_is_asked_anew_by_its_address() {
    let running = running().await;
    let mut browser = signed_in(&running).await;
    let sent = browser
        .send("POST", "/oauth2/logout", "state=a+b&unknown=1&client_id=shop")
        .await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, Some("/oauth2/logout?client_id=shop&state=a%20b"))
    );
}
