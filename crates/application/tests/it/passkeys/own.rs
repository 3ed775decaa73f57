//! One's own passkeys: adding, naming and removing them, and what takes them away.

use super::{ADA, failures, is_invalid};
use chrono::TimeDelta;
use portcullis_application::PasskeyError;
use portcullis_application::passkeys::{AddPasskeyError, RemovePasskeyError};
use portcullis_domain::{AuditEventType, AuditReason, Origin, Passkey, SecretText};
use portcullis_testkit::{FakePasskey, TestApp};

#[tokio::test]
async fn a_new_passkey_is_added_in_the_session_that_asked_and_once() {
    let app = TestApp::new();
    let ada = app.register(ADA).await;
    let (tokens, others) = (app.log_in(ADA).await, app.log_in(ADA).await);
    let (actor, other) = (app.actor(&tokens).await, app.actor(&others).await);
    let made = FakePasskey::of(ada.id, 1);
    let asked = app.passkeys.ask_for_new(&actor).await.unwrap();
    let shown = made.answer(&asked.challenge);
    let refused = app.passkeys.add(&other, shown.clone(), None).await;
    assert!(
        matches!(refused, Err(AddPasskeyError::Refused(PasskeyError::InvalidChallenge))),
        "{refused:?}"
    );
    app.passkeys.add(&actor, shown.clone(), None).await.unwrap();
    let refused = app.passkeys.add(&actor, shown, None).await;
    assert!(
        matches!(refused, Err(AddPasskeyError::Refused(PasskeyError::InvalidChallenge))),
        "{refused:?}"
    );
    let asked = app.passkeys.ask_for_new(&actor).await.unwrap();
    let known = app.passkeys.add(&actor, made.answer(&asked.challenge), None).await;
    assert!(matches!(known, Err(AddPasskeyError::Known)), "{known:?}");
    let late = app.passkeys.ask_for_new(&actor).await.unwrap();
    for id in 2..=u8::try_from(Passkey::AT_MOST).unwrap() {
        app.add_passkey(&tokens, id).await;
    }
    let last = FakePasskey::of(ada.id, 99).answer(&late.challenge);
    let refused = app.passkeys.add(&actor, last, None).await;
    assert!(matches!(refused, Err(AddPasskeyError::TooMany)), "{refused:?}");
    let refused = app.passkeys.ask_for_new(&actor).await;
    assert!(matches!(refused, Err(AddPasskeyError::TooMany)), "{refused:?}");
}

#[tokio::test]
async fn a_removal_ends_the_other_sessions_and_the_last_way_in_stays() {
    let app = TestApp::with_mail();
    let ada = app.register(ADA).await;
    let (tokens, others) = (app.log_in(ADA).await, app.log_in(ADA).await);
    let passkey = app.add_passkey(&tokens, 1).await;
    app.add_passkey(&tokens, 2).await;
    let actor = app.actor(&tokens).await;
    let listed = app.passkeys.list(&actor).await.unwrap();
    app.passkeys.remove(&actor, listed[1].id).await.unwrap();
    assert!(app.accepts(&tokens).await && !app.accepts(&others).await);
    let refused = app.passkeys.remove(&actor, listed[1].id).await;
    assert!(matches!(refused, Err(RemovePasskeyError::NotFound)), "{refused:?}");
    app.remove_password(ada.id).await;
    let refused = app.passkeys.remove(&actor, listed[0].id).await;
    assert!(matches!(refused, Err(RemovePasskeyError::LastWayIn)), "{refused:?}");
    app.log_in_by_passkey(app.shown(&passkey)).await.unwrap();
    assert_eq!(
        failures(&app, AuditEventType::PasskeyRemoved).await,
        [Some(AuditReason::LastWayIn)]
    );
    let subjects: Vec<_> = app.mails().await.into_iter().map(|mail| mail.subject).collect();
    for kind in ["passkey_added", "passkey_removed"] {
        assert!(subjects.iter().any(|subject| subject.contains(kind)), "{subjects:?}");
    }
}

#[tokio::test]
async fn this_was_not_me_removes_what_one_break_in_added() {
    let app = TestApp::with_mail();
    app.register(ADA).await;
    let old = app.add_passkey(&app.log_in(ADA).await, 1).await;
    app.clock.advance(TimeDelta::hours(73));
    let thief = app.log_in_by_passkey(app.shown(&old)).await.unwrap();
    let first = app.add_passkey(&thief, 2).await;
    app.mails().await;
    app.clock.advance(TimeDelta::hours(1));
    let inside = app.log_in_by_passkey(app.shown(&first)).await.unwrap();
    let second = app.add_passkey(&inside, 3).await;
    let mails = app.mails().await;
    let notice = mails
        .iter()
        .rfind(|mail| mail.subject.contains("passkey_added"))
        .unwrap();
    let token = SecretText::new(notice.text.clone());
    app.not_me.secure(&token, Origin::default()).await.unwrap();
    for stolen in [&first, &second] {
        assert!(is_invalid(&app.log_in_by_passkey(app.shown(stolen)).await));
    }
    app.log_in_by_passkey(app.shown(&old)).await.unwrap();
}

#[tokio::test]
async fn who_takes_a_change_of_address_back_has_the_passkey_from_before_it_removed() {
    let app = TestApp::with_mail();
    let ada = app.register(ADA).await;
    app.change_user(ada.id, |user| user.email_verified = true).await;
    let thief = app.log_in(ADA).await;
    let passkey = app.add_passkey(&thief, 1).await;
    app.clock.advance(TimeDelta::seconds(30));
    let change = portcullis_application::ProfileChange {
        email: Some(portcullis_testkit::build::email("evil@x.test")),
        ..portcullis_application::ProfileChange::default()
    };
    app.profile.change(&app.actor(&thief).await, change).await.unwrap();
    let mails = app.mails().await;
    let text = |kind: &str| {
        let mail = mails.iter().find(|mail| mail.subject.contains(kind)).unwrap();
        SecretText::new(mail.text.clone())
    };
    app.not_me
        .undo_email(&text("email_changing"), Origin::default())
        .await
        .unwrap();
    assert!(is_invalid(&app.log_in_by_passkey(app.shown(&passkey)).await));
}

#[tokio::test]
async fn passkeys_of_one_device_are_told_apart_by_a_number() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    for id in 1..=3 {
        app.add_passkey(&tokens, id).await;
        app.clock.advance(TimeDelta::seconds(1));
    }
    let listed = app.passkeys.list(&app.actor(&tokens).await).await.unwrap();
    let names: Vec<_> = listed.iter().map(|passkey| passkey.name.as_str()).collect();
    assert_eq!(names, ["Passkey", "Passkey 2", "Passkey 3"]);
}
