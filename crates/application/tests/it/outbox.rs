//! The outbox: nothing is lost, nothing is sent twice, and one mail holds up no other.

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use portcullis_application::LimitPolicy;
use portcullis_application::email_verification::MailRequest;
use portcullis_application::mailed_codes::{CodeAttempt, MailedCodeError};
use portcullis_application::outbox::OutboxError;
use portcullis_application::ports::{Clock as _, LinkTokens as _, SendError, StoreResult};
use portcullis_domain::{
    AuditEventType, LinkPurpose, Locale, Mail, MailState, Origin, PageRequest, PageSize, SecretText,
};
use portcullis_testkit::build::{email, registration};
use portcullis_testkit::{FakeLinkTokens, TestApp};
use std::time::Duration;

fn refusal(text: &str) -> SendError {
    SendError::NotTaken(text.to_owned())
}

async fn outbox(app: &TestApp) -> Vec<Mail> {
    let by = app.operator().authority();
    let request = PageRequest {
        size: PageSize::LARGEST,
        after: None,
    };
    app.outbox.list(by, None, request).await.unwrap().items
}

#[tokio::test]
async fn a_mail_that_is_not_taken_is_tried_again_with_the_same_link_and_id() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    app.postbox.refuse_next(refusal("451 4.7.1 later\r\nplease"));
    assert!(app.mails().await.is_empty());
    let waiting = outbox(&app).await;
    assert_eq!(waiting[0].failure.as_deref(), Some("451 4.7.1 later  please"));
    assert_eq!((waiting[0].state, waiting[0].attempts), (MailState::Waiting, 1));
    app.clock.advance(TimeDelta::seconds(4));
    assert!(app.mails().await.is_empty());
    app.clock.advance(TimeDelta::seconds(1));
    let sent = app.mails().await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].id, waiting[0].id);
    let token = SecretText::new(sent[0].text.clone());
    let verified = app.email_verification.verify(&token, Origin::default()).await;
    assert!(verified.unwrap().email_verified);
    assert!(app.mails().await.is_empty());
}

#[tokio::test]
async fn a_refusal_that_quotes_the_link_leaves_no_token() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    let token = FakeLinkTokens.issue(outbox(&app).await[0].link_id.unwrap());
    let token = token.expose();
    let quoted = format!("554 5.7.1 blocked: https://x.test/v?token={token} and {}", &token[..20]);
    app.postbox.refuse_next(refusal(&quoted));
    app.mails().await;
    let failure = outbox(&app).await[0].failure.clone();
    assert_eq!(
        failure.as_deref(),
        Some("554 5.7.1 blocked: https://x.test/v?token=… and …")
    );
}

#[tokio::test]
async fn a_mail_is_given_up_after_a_day_and_can_be_sent_again() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    let mut attempts = 0;
    while outbox(&app).await[0].state == MailState::Waiting {
        app.postbox.refuse_next(refusal("550 5.1.1 no such mailbox"));
        app.mails().await;
        app.clock.set(outbox(&app).await[0].next_at);
        attempts += 1;
        assert!(attempts < 40);
    }
    assert!(attempts > 20, "{attempts}");
    let given_up = &outbox(&app).await[0];
    let by = app.operator().authority();
    assert_eq!(app.outbox.count(by.clone()).await.unwrap().failed, 1);
    app.clock.advance(TimeDelta::hours(1));
    drop(app.postbox.take());
    assert!(app.mails().await.is_empty());
    app.outbox.retry(by.clone(), given_up.id).await.unwrap();
    assert_eq!(app.mails().await.len(), 1);
    let again = app.outbox.retry(by.clone(), given_up.id).await;
    assert!(matches!(again, Err(OutboxError::AlreadySent)));
    app.outbox.discard(by.clone(), given_up.id).await.unwrap();
    let gone = app.outbox.retry(by, given_up.id).await;
    assert!(matches!(gone, Err(OutboxError::NotFound)));
    assert!(outbox(&app).await.is_empty());
    let kinds: Vec<_> = app.events().await.into_iter().map(|event| event.kind).collect();
    for kind in [AuditEventType::MailRetried, AuditEventType::MailDiscarded] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
}

#[tokio::test]
async fn one_mail_that_is_refused_holds_up_no_other() {
    let app = TestApp::with_mail();
    for number in 0..20 {
        app.register(&format!("user{number}@x.test")).await;
    }
    app.postbox.refuse_next(refusal("550 no"));
    assert_eq!(app.mails().await.len(), 19);
}

#[tokio::test]
async fn while_nobody_is_there_one_mail_tries_for_all() {
    let app = TestApp::with_mail();
    for number in 0..30 {
        app.register(&format!("user{number}@x.test")).await;
    }
    let unreachable = || {
        app.postbox
            .refuse_next(SendError::Unreachable("connection refused".to_owned()));
    };
    (0..8).for_each(|_| unreachable());
    assert!(app.mails().await.is_empty());
    let tried = |mails: &[Mail]| mails.iter().filter(|mail| mail.attempts > 0).count();
    assert_eq!(tried(&outbox(&app).await), 8);
    unreachable();
    assert!(app.mails().await.is_empty());
    assert_eq!(app.mails().await.len(), 21);
}

#[tokio::test]
async fn whoever_watches_learns_what_waits_and_what_became_of_mails() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    app.register("ben@x.test").await;
    app.postbox.refuse_next(refusal("451 later"));
    assert_eq!(app.mails().await.len(), 1);
    app.clock.advance(TimeDelta::seconds(3));
    drop(app.meter.take());
    app.upkeep.measure_mails().await.unwrap();
    assert_eq!(app.meter.take(), ["1 mails wait, for 3 s; 0 were given up"]);
    app.clock.advance(TimeDelta::days(1));
    app.postbox.refuse_next(refusal("550 never"));
    app.mails().await;
    app.upkeep.measure_mails().await.unwrap();
    let counted = app.meter.take();
    assert_eq!(counted, ["mail given_up", "0 mails wait, for 0 s; 1 were given up"]);
}

#[tokio::test]
async fn a_server_knows_when_to_look_for_mails() {
    let app = TestApp::with_mail();
    assert_eq!(app.upkeep.mails_are_due_in(), None);
    let mut written = Box::pin(app.upkeep.mail_is_written());
    assert!((&mut written).now_or_never().is_none());
    app.register("ada@x.test").await;
    assert!((&mut written).now_or_never().is_some());
    app.postbox.refuse_next(refusal("451 later"));
    app.mails().await;
    assert_eq!(app.upkeep.mails_are_due_in(), Some(Duration::from_secs(5)));
    app.clock.advance(TimeDelta::seconds(5));
    app.postbox
        .refuse_next(SendError::Unreachable("connection refused".to_owned()));
    app.mails().await;
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(app.upkeep.mails_are_due_in(), Some(Duration::from_secs(1)));
    let by = app.operator().authority();
    let id = outbox(&app).await[0].id;
    let mut written = Box::pin(app.upkeep.mail_is_written());
    assert!((&mut written).now_or_never().is_none());
    app.outbox.retry(by, id).await.unwrap();
    assert!((&mut written).now_or_never().is_some());
    assert_eq!(app.mails().await.len(), 1);
    assert_eq!(app.upkeep.mails_are_due_in(), None);
}

#[tokio::test]
async fn two_servers_send_each_mail_once() {
    let app = TestApp::with_mail();
    let beside = app.beside();
    for number in 0..30 {
        app.register(&format!("user{number}@x.test")).await;
    }
    let (one, other) = tokio::join!(app.upkeep.send_mails(), beside.upkeep.send_mails());
    assert_eq!(one.unwrap() + other.unwrap(), 30);
    let mut ids: Vec<_> = app.postbox.take().into_iter().map(|mail| mail.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 30);
}

#[tokio::test]
async fn a_mail_of_a_server_that_died_is_sent_by_another() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    let (id, now) = (outbox(&app).await[0].id, app.clock.now());
    let claimed: StoreResult<_> = app
        .store
        .write(move |repositories| repositories.mails().claim(id, now, now + TimeDelta::minutes(2)))
        .await;
    assert!(claimed.unwrap().is_some());
    assert!(app.mails().await.is_empty());
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(app.mails().await.len(), 1);
}

#[tokio::test]
async fn a_mail_is_in_the_language_that_the_person_or_the_request_says() {
    let app = TestApp::with_mail();
    let mut sign_up = registration("ada@x.test");
    sign_up.locale = Locale::parse("ko-KR").ok();
    app.registration.register(sign_up, Origin::default()).await.unwrap();
    assert_eq!(app.mails().await[0].subject, "verify_email in ko");
    app.register("ben@x.test").await;
    app.mails().await;
    for (address, subject) in [
        ("ada@x.test", "reset_password in ko"),
        ("ben@x.test", "reset_password in en"),
    ] {
        let request = MailRequest {
            locale: Locale::parse("en-GB").ok(),
            ..request(address, None)
        };
        app.password_reset.ask(request).await.unwrap();
        assert_eq!(app.mails().await[0].subject, subject);
    }
}

#[tokio::test]
async fn a_code_is_taken_from_the_browser_that_asked_for_it() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    app.mails().await;
    app.password_reset
        .ask(request("ada@x.test", Some("one")))
        .await
        .unwrap();
    let mail = app.mails().await.remove(0);
    let (code, token) = (mail.html, mail.text);
    assert!(exchange(&app, "another", &code).await.is_err());
    for _ in 0..4 {
        assert!(exchange(&app, "one", "wrong").await.is_err());
    }
    let exchanged = exchange(&app, "one", &code).await.unwrap();
    assert_eq!(exchanged.expose(), token);
    assert!(exchange(&app, "one", &code).await.is_err(), "a sixth try");
}

#[tokio::test]
async fn ten_wrong_codes_a_day_are_all_that_an_account_takes() {
    let app = TestApp::with_mail().limited_by(LimitPolicy::Off);
    app.register("ada@x.test").await;
    app.mails().await;
    let mut code = String::new();
    for _ in 0..3 {
        app.password_reset
            .ask(request("ada@x.test", Some("one")))
            .await
            .unwrap();
        code = app.mails().await.remove(0).html;
        for _ in 0..5 {
            assert!(exchange(&app, "one", "wrong").await.is_err());
        }
    }
    app.password_reset
        .ask(request("ada@x.test", Some("one")))
        .await
        .unwrap();
    assert_ne!(code, "");
    let code = app.mails().await.remove(0).html;
    assert!(exchange(&app, "one", &code).await.is_err());
    app.clock.advance(TimeDelta::days(1));
    app.password_reset
        .ask(request("ada@x.test", Some("one")))
        .await
        .unwrap();
    let code = app.mails().await.remove(0).html;
    assert!(exchange(&app, "one", &code).await.is_ok());
}

fn request(address: &str, browser: Option<&str>) -> MailRequest {
    MailRequest {
        email: Some(email(address)),
        locale: None,
        origin: Origin::default(),
        browser: browser.map(|secret| SecretText::new(secret.to_owned())),
    }
}

async fn exchange(app: &TestApp, browser: &str, code: &str) -> Result<SecretText, MailedCodeError> {
    let attempt = CodeAttempt {
        purpose: LinkPurpose::ResetPassword,
        email: email("ada@x.test"),
        browser: SecretText::new(browser.to_owned()),
        code: SecretText::new(code.to_owned()),
    };
    app.mailed_codes.exchange(attempt).await
}
