//! Signing up at a page, which tells nobody whether there is an account.

use portcullis_application::mailed_codes::CodeAttempt;
use portcullis_application::registration::RegisterError;
use portcullis_domain::{LinkPurpose, Origin, SecretText};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD, email};

fn browser() -> SecretText {
    SecretText::new("the secret of a browser".to_owned())
}

async fn sign_up(app: &TestApp, address: &str) -> Result<(), RegisterError> {
    let registration = build::registration(address);
    app.registration
        .sign_up(registration, browser(), Origin::default())
        .await
}

#[tokio::test]
async fn the_code_of_the_mail_is_good_in_the_browser_that_signed_up() {
    let app = TestApp::with_mail();
    sign_up(&app, "ada@x.test").await.unwrap();
    let mails = app.mails().await;
    let [mail] = &mails[..] else { panic!("{}", mails.len()) };
    assert!(mail.subject.starts_with("verify_email"), "{}", mail.subject);
    let code = SecretText::new(mail.html.clone());
    let attempt = |browser| CodeAttempt {
        purpose: LinkPurpose::VerifyEmail,
        email: email("ada@x.test"),
        browser,
        code: code.clone(),
    };
    let elsewhere = SecretText::new("another browser".to_owned());
    assert!(app.mailed_codes.exchange(attempt(elsewhere)).await.is_err());
    let token = app.mailed_codes.exchange(attempt(browser())).await.unwrap();
    assert!(
        app.email_verification
            .verify(&token, Origin::default())
            .await
            .unwrap()
            .email_verified
    );
}

#[tokio::test]
async fn whoever_has_the_address_is_told_and_nobody_else() {
    let app = TestApp::with_mail();
    let ada = app.register("ada@x.test").await;
    app.mails().await;
    sign_up(&app, "ada@x.test").await.unwrap();
    let mails = app.mails().await;
    let [mail] = &mails[..] else { panic!("{}", mails.len()) };
    assert!(mail.subject.starts_with("already_registered"), "{}", mail.subject);
    assert_eq!(
        (mail.to.as_str(), mail.text.as_str(), mail.html.as_str()),
        ("ada@x.test", "", "")
    );
    assert_eq!(app.user(ada.id).await, Some(ada));
    app.sign_in.log_in(build::log_in("ada@x.test", PASSWORD)).await.unwrap();
}

/// The time that a password takes would tell as much as words.
#[tokio::test]
async fn a_password_is_hashed_whether_the_address_is_taken_or_not() {
    let app = TestApp::with_mail();
    let hashed = |app: &TestApp| app.hasher.hashes();
    let before = hashed(&app);
    sign_up(&app, "ada@x.test").await.unwrap();
    let once = hashed(&app);
    sign_up(&app, "ada@x.test").await.unwrap();
    assert_eq!((once - before, hashed(&app) - once), (1, 1));
}
