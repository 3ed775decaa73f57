//! Addresses that change: the new one waits for its link, and the old one takes the change back.

use super::{NEW_PASSWORD, ask_for, asked, forgot, link, registered, reset, verify};
use chrono::TimeDelta;
use portcullis_application::ProfileChange;
use portcullis_application::email_verification::VerifyEmailError;
use portcullis_application::not_me::NotMeError;
use portcullis_application::profile::ChangeProfileError;
use portcullis_application::registration::RegisterError;
use portcullis_application::users::UserChange;
use portcullis_domain::{Origin, PageRequest, SecretText};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{email, log_in, registration};

#[tokio::test]
async fn another_address_waits_until_its_link_is_used() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    let others = app.log_in("ada@x.test").await;
    let old_link = forgot(&app, "ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let actor = app.actor(&tokens).await;
    let change = ProfileChange {
        email: Some(email("new@x.test")),
        ..ProfileChange::default()
    };
    let waiting = app.profile.change(&actor, change).await.unwrap();
    assert_eq!(
        (&waiting.email, &waiting.pending_email),
        (&user.email, &Some(email("new@x.test")))
    );
    let mails = app.mails().await;
    let to: Vec<_> = mails
        .iter()
        .map(|mail| (mail.to.as_str(), mail.subject.as_str()))
        .collect();
    assert!(to.contains(&("new@x.test", "new_email in en")) && to.contains(&("ada@x.test", "email_changing in en")));
    let token = mails.iter().find(|mail| mail.to == email("new@x.test")).unwrap();
    let changed = verify(&app, &SecretText::new(token.text.clone())).await.unwrap();
    assert_eq!((changed.email, changed.email_verified), (email("new@x.test"), true));
    assert_eq!(changed.pending_email, None);
    // The session that asked stays, with its access token.
    assert!(app.accepts(&tokens).await && app.verifies(&tokens).await);
    assert!(!app.accepts(&others).await);
    assert!(reset(&app, &old_link).await.is_err());
}

#[tokio::test]
async fn an_administrator_changes_their_own_address_as_everybody_does() {
    let app = TestApp::with_mail();
    let admin = app.register_admin("admin@x.test").await;
    app.mails().await;
    let authority = app.admin(&app.log_in("admin@x.test").await).await.authority();
    let change = UserChange {
        profile: ProfileChange {
            email: Some(email("other@x.test")),
            ..ProfileChange::default()
        },
        ..UserChange::default()
    };
    let changed = app.users.change(authority, admin.id, change).await.unwrap();
    assert_eq!(
        (changed.email, changed.pending_email),
        (admin.email, Some(email("other@x.test")))
    );
    let kinds: Vec<_> = app.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert_eq!(kinds, ["new_email in en", "email_changing in en"]);
}

#[tokio::test]
async fn the_lost_link_of_a_changed_address_is_mailed_again() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let actor = app.actor(&tokens).await;
    app.clock.advance(TimeDelta::seconds(1));
    let change = ProfileChange {
        email: Some(email("new@x.test")),
        ..ProfileChange::default()
    };
    app.profile.change(&actor, change).await.unwrap();
    let lost = link(&app, "new_email").await;
    app.clock.advance(TimeDelta::seconds(1));
    app.email_verification.resend(asked("new@x.test")).await.unwrap();
    let again = link(&app, "new_email").await;
    assert!(matches!(verify(&app, &lost).await, Err(VerifyEmailError::InvalidToken)));
    assert_eq!(verify(&app, &again).await.unwrap().email, email("new@x.test"));
    // The session that asked stays, as by the first link.
    assert!(app.accepts(&tokens).await);
}

#[tokio::test]
async fn a_change_of_address_ends_with_the_session_that_asked_for_it() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    ask_for(&app, "ada@x.test", "thief@x.test").await.unwrap();
    let proof = link(&app, "new_email").await;
    let owner = app.actor(&app.log_in("ada@x.test").await).await;
    let page = app.sessions.list_own(&owner, PageRequest::default()).await.unwrap();
    let thief = page
        .items
        .iter()
        .find(|session| session.id != owner.session_id())
        .unwrap();
    app.sessions.end_own(&owner, thief.id).await.unwrap();
    assert!(matches!(
        verify(&app, &proof).await,
        Err(VerifyEmailError::InvalidToken)
    ));
    let kept = app.user(user.id).await.unwrap();
    assert_eq!((kept.email, kept.pending_email), (email("ada@x.test"), None));
}

/// And only it.
#[tokio::test]
async fn asking_for_another_link_to_the_present_address_leaves_the_change() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    ask_for(&app, "ada@x.test", "new@x.test").await.unwrap();
    let proof = link(&app, "new_email").await;
    app.email_verification.resend(asked("ada@x.test")).await.unwrap();
    app.mails().await;
    assert_eq!(verify(&app, &proof).await.unwrap().email, email("new@x.test"));
}

#[tokio::test]
async fn an_address_that_waits_for_two_is_mailed_no_other_link() {
    let app = TestApp::with_mail();
    for address in ["ada@x.test", "ben@x.test"] {
        registered(&app, address).await;
        ask_for(&app, address, "new@x.test").await.unwrap();
    }
    app.mails().await;
    app.email_verification.resend(asked("new@x.test")).await.unwrap();
    assert!(app.mails().await.is_empty());
}

#[tokio::test]
async fn an_address_that_was_given_up_is_kept_while_it_can_be_taken_back() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    registered(&app, "ben@x.test").await;
    ask_for(&app, "ada@x.test", "new@x.test").await.unwrap();
    let token = link(&app, "new_email").await;
    verify(&app, &token).await.unwrap();
    let claimed = app
        .registration
        .register(registration("ada@x.test"), Origin::default())
        .await;
    assert!(matches!(claimed, Err(RegisterError::EmailTaken)));
    let wanted = ask_for(&app, "ben@x.test", "ada@x.test").await;
    assert!(matches!(wanted, Err(ChangeProfileError::EmailTaken)));
    app.clock.advance(TimeDelta::hours(72));
    app.register("ada@x.test").await;
}

#[tokio::test]
async fn a_change_of_address_is_taken_back_with_everything_else() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    let thief = app.log_in("ada@x.test").await;
    let actor = app.actor(&thief).await;
    let change = ProfileChange {
        email: Some(email("thief@x.test")),
        ..ProfileChange::default()
    };
    app.profile.change(&actor, change).await.unwrap();
    let mails = app.mails().await;
    let text = |kind: &str| {
        let mail = mails.iter().find(|mail| mail.subject.starts_with(kind)).unwrap();
        SecretText::new(mail.text.clone())
    };
    verify(&app, &text("new_email")).await.unwrap();
    // The thief gives it up in turn, to hold a link that takes it back.
    ask_for(&app, "thief@x.test", "third@x.test").await.unwrap();
    let third = app.mails().await;
    let of = |kind: &str| {
        let mail = third.iter().find(|mail| mail.subject.starts_with(kind)).unwrap();
        SecretText::new(mail.text.clone())
    };
    verify(&app, &of("new_email")).await.unwrap();
    app.not_me
        .undo_email(&text("email_changing"), Origin::default())
        .await
        .unwrap();
    let back = app.user(user.id).await.unwrap();
    assert_eq!((back.email, back.email_verified), (email("ada@x.test"), true));
    assert!(!app.accepts(&thief).await);
    assert_eq!(app.password_hash(user.id).await, None);
    let of_the_thief = app.not_me.undo_email(&of("email_changing"), Origin::default()).await;
    assert!(matches!(of_the_thief, Err(NotMeError::InvalidToken)));
    let token = link(&app, "account_secured").await;
    reset(&app, &token).await.unwrap();
    assert!(app.sign_in.log_in(log_in("ada@x.test", NEW_PASSWORD)).await.is_ok());
}
