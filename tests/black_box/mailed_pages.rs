//! Pages that mails lead to, on a real server with the mailbox inside.

use crate::app::TestApp;
use crate::browser::Browser;
use crate::client::PASSWORD;
use crate::mail::mail;

const KEPT: (&str, &str) = ("MAILBOX", "on");
const ADA: &str = "ada@example.org";
const NEW_PASSWORD: &str = "another correct horse";

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_the_code_of_a_mail() {
    let app = TestApp::on_sqlite(&[KEPT]);
    app.anonymous().register(ADA).await;
    let mut browser = Browser::of(&app);
    let page = browser.open("/forgot-password").await;
    let sent = browser.press("/forgot-password", &page, &[("username", ADA)]).await;
    let waiting = browser.follow(&sent).await;
    waiting.assert_is(200, "Check your mail");
    let code = mail(&app, "reset_password", ADA).await["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let (mut wrong, mut other) = (code.clone().into_bytes(), Browser::of(&app));
    wrong[0] = if wrong[0] == b'0' { b'1' } else { b'0' };
    let wrong = String::from_utf8(wrong).unwrap();
    let refused = browser
        .press("/forgot-password/check-mail", &waiting, &[("code", &wrong)])
        .await;
    refused.assert_is(401, "Check your mail");
    let elsewhere = other.open("/forgot-password").await;
    let elsewhere = other
        .press("/forgot-password/check-mail", &elsewhere, &[("code", &code)])
        .await;
    assert_eq!(
        elsewhere.location.as_deref(),
        Some("/forgot-password"),
        "it waits for nothing there"
    );

    let form = browser
        .press("/forgot-password/check-mail", &waiting, &[("code", &code)])
        .await;
    form.assert_is(200, "Choose a new password");
    let fields = [
        ("token", form.value_of("token")),
        ("by", "code"),
        ("new-password", NEW_PASSWORD),
    ];
    let saved = browser.press("/new-password", &form, &fields).await;
    browser.follow(&saved).await.assert_is(200, "Your password was changed");
    let again = browser.press("/new-password", &form, &fields).await;
    again.assert_is(400, "This link no longer works");
    assert_eq!(app.anonymous().log_in(ADA, NEW_PASSWORD).await.status, 200);
    let old = app.anonymous().log_in(ADA, PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_until_the_button_of_its_page_is_pressed() {
    let app = TestApp::on_sqlite(&[KEPT, ("REQUIRE_VERIFIED_EMAIL", "true")]);
    app.anonymous().register(ADA).await;
    let link = mail(&app, "verify_email", ADA).await["link"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = &link[link.find("/verify-email").unwrap()..];
    let mut browser = Browser::of(&app);
    for _ in 0..2 {
        browser.open(path).await.assert_is(200, "Confirm your email address");
    }
    app.anonymous()
        .log_in(ADA, PASSWORD)
        .await
        .assert_problem(403, "email_not_verified");
    // The refused sign-in has mailed a newer link, which takes the place of this one.
    let newer = loop {
        let newest = mail(&app, "verify_email", ADA).await["link"]
            .as_str()
            .unwrap()
            .to_owned();
        if newest != link {
            break newest;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    browser.open(path).await.assert_is(400, "This link no longer works");
    let path = &newer[newer.find("/verify-email").unwrap()..];
    let page = browser.open(path).await;
    let token = page.value_of("token").to_owned();
    let pressed = browser.press("/verify-email", &page, &[("token", &token)]).await;
    browser
        .follow(&pressed)
        .await
        .assert_is(200, "Your email address is confirmed");
    browser.open(path).await.assert_is(400, "This link no longer works");
    assert_eq!(app.anonymous().log_in(ADA, PASSWORD).await.status, 200);
}
