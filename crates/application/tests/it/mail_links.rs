//! One-time links: each for its purpose, its user and its address, once, and while nothing took away its meaning.

mod changed_addresses;

use chrono::TimeDelta;
use portcullis_application::email_verification::{MailRequest, VerifyEmailError};
use portcullis_application::invitations::{Guest, JoinError, Joining};
use portcullis_application::not_me::NotMeError;
use portcullis_application::password_reset::ResetPasswordError;
use portcullis_application::profile::ChangeProfileError;
use portcullis_application::registration::RegisterError;
use portcullis_application::sign_in::LogInError;
use portcullis_application::{MailPolicy, Mailing, ProfileChange, SignUpPolicy, Verification};
use portcullis_domain::{Email, LinkPurpose, LinkState, Origin, Role, SecretText, User};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{PASSWORD, email, full_name, log_in, password, presented, registration};

const NEW_PASSWORD: &str = "another correct horse";

fn asked(address: &str) -> MailRequest {
    MailRequest {
        email: Email::parse(address).ok(),
        locale: None,
        origin: Origin::default(),
        browser: None,
    }
}

/// The text of the link in the one mail of that kind that is due.
async fn link(app: &TestApp, kind: &str) -> SecretText {
    let mails = app.mails().await;
    let found: Vec<_> = mails.iter().filter(|mail| mail.subject.starts_with(kind)).collect();
    assert_eq!(
        found.len(),
        1,
        "{kind} in {:?}",
        mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    SecretText::new(found.first().unwrap().text.clone())
}

async fn forgot(app: &TestApp, address: &str) -> SecretText {
    app.password_reset.ask(asked(address)).await.unwrap();
    link(app, "reset_password").await
}

async fn reset(app: &TestApp, token: &SecretText) -> Result<(), ResetPasswordError> {
    let new = password(NEW_PASSWORD);
    app.password_reset.reset(token, new, Origin::default()).await
}

async fn verify(app: &TestApp, token: &SecretText) -> Result<User, VerifyEmailError> {
    app.email_verification.verify(token, Origin::default()).await
}

/// Registers somebody and passes over the mail of it.
async fn registered(app: &TestApp, address: &str) -> User {
    let user = app.register(address).await;
    app.mails().await;
    user
}

async fn ask_for(app: &TestApp, address: &str, wanted: &str) -> Result<User, ChangeProfileError> {
    let tokens = app.log_in(address).await;
    let actor = app.actor(&tokens).await;
    let change = ProfileChange {
        email: Some(email(wanted)),
        ..ProfileChange::default()
    };
    app.profile.change(&actor, change).await
}

#[tokio::test]
async fn where_addresses_must_be_verified_no_session_of_another_goes_on() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    let before = app.log_in("ada@x.test").await;
    let strict = app.under_mail(MailPolicy {
        verification: Verification::Required,
        ..app.mail
    });
    assert!(strict.refresh(&before.refresh_token).await.is_err());
    strict.change_user(user.id, |user| user.email_verified = true).await;
    let after = strict.log_in("ada@x.test").await;
    assert!(strict.refresh(&after.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_link_of_a_sign_up_verifies_the_address_once() {
    let app = TestApp::with_mail();
    let user = app.register("ada@x.test").await;
    assert!(!user.email_verified);
    let token = link(&app, "verify_email").await;
    assert!(verify(&app, &token).await.unwrap().email_verified);
    assert!(app.user(user.id).await.unwrap().email_verified);
    assert!(matches!(
        verify(&app, &token).await,
        Err(VerifyEmailError::InvalidToken)
    ));
}

#[tokio::test]
async fn without_mail_nothing_is_written_and_an_address_changes_at_once() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    app.password_reset.ask(asked("ada@x.test")).await.unwrap();
    let changed = ask_for(&app, "ada@x.test", "countess@x.test").await.unwrap();
    assert_eq!(changed.email, email("countess@x.test"));
    let on = app.under_mail(MailPolicy {
        mailing: Mailing::On,
        ..MailPolicy::default()
    });
    assert!(on.mails().await.is_empty());
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_and_every_session_ends() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let token = forgot(&app, "ada@x.test").await;
    assert!(app.accepts(&tokens).await);
    reset(&app, &token).await.unwrap();
    assert!(!app.accepts(&tokens).await);
    // Mails of one instant go out in any order.
    app.clock.advance(TimeDelta::seconds(1));
    assert!(app.sign_in.log_in(log_in("ada@x.test", PASSWORD)).await.is_err());
    assert!(app.sign_in.log_in(log_in("ada@x.test", NEW_PASSWORD)).await.is_ok());
    assert!(matches!(
        reset(&app, &token).await,
        Err(ResetPasswordError::InvalidToken)
    ));
    let notices = app.mails().await;
    let subjects: Vec<_> = notices.iter().map(|mail| mail.subject.as_str()).collect();
    // A new password makes every device unknown.
    assert_eq!(subjects, ["password_changed in en", "new_device in en"]);
}

#[tokio::test]
async fn a_refused_password_leaves_the_link_good() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let token = forgot(&app, "ada@x.test").await;
    let common = password(portcullis_testkit::COMMON_PASSWORD);
    let refused = app.password_reset.reset(&token, common, Origin::default()).await;
    assert!(matches!(refused, Err(ResetPasswordError::TooCommon(_))));
    reset(&app, &token).await.unwrap();
}

#[tokio::test]
async fn nobody_is_mailed_who_has_no_account_or_a_disabled_one() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    app.change_user(user.id, |user| user.is_active = false).await;
    for address in ["nobody@x.test", "ada@x.test", "no address"] {
        app.password_reset.ask(asked(address)).await.unwrap();
        app.email_verification.resend(asked(address)).await.unwrap();
    }
    assert!(app.mails().await.is_empty());
    let left = app.store.read(|repositories| repositories.mails().counts());
    let left: Result<_, portcullis_application::ports::StoreError> = left.await;
    assert_eq!(left.unwrap().waiting, 0);
}

#[tokio::test]
async fn of_twenty_requests_in_an_hour_three_cause_a_mail() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    for _ in 0..20 {
        app.password_reset.ask(asked("ada@x.test")).await.unwrap();
        app.email_verification.resend(asked("ADA@x.test")).await.unwrap();
    }
    let mut sent = 0;
    for _ in 0..3 {
        sent += app.mails().await.len();
    }
    assert!((1..=3).contains(&sent), "{sent}");
    app.clock.advance(TimeDelta::hours(1));
    app.password_reset.ask(asked("ada@x.test")).await.unwrap();
    assert_eq!(app.mails().await.len(), 1);
}

#[tokio::test]
async fn requests_that_mail_nothing_keep_nobody_from_theirs() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    app.change_user(user.id, |user| user.email_verified = true).await;
    for _ in 0..6 {
        app.email_verification.resend(asked("ada@x.test")).await.unwrap();
        assert!(app.mails().await.is_empty());
    }
    forgot(&app, "ada@x.test").await;
}

#[tokio::test]
async fn a_signed_in_user_can_not_flood_an_address_either() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let actor = app.actor(&app.log_in("ada@x.test").await).await;
    let ask = || {
        let change = ProfileChange {
            email: Some(email("victim@x.test")),
            ..ProfileChange::default()
        };
        app.profile.change(&actor, change)
    };
    for _ in 0..3 {
        ask().await.unwrap();
    }
    assert!(matches!(ask().await, Err(ChangeProfileError::TooMany(_))));
}

#[tokio::test]
async fn a_newer_link_takes_the_place_of_an_older_one() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let older = forgot(&app, "ada@x.test").await;
    let newer = forgot(&app, "ada@x.test").await;
    assert_eq!(
        state(&app, LinkPurpose::ResetPassword, &older).await,
        Some(LinkState::Replaced)
    );
    assert!(matches!(
        reset(&app, &older).await,
        Err(ResetPasswordError::InvalidToken)
    ));
    reset(&app, &newer).await.unwrap();
}

#[tokio::test]
async fn a_link_is_good_for_as_long_as_it_says_from_when_it_was_sent() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    app.password_reset.ask(asked("ada@x.test")).await.unwrap();
    app.clock.advance(TimeDelta::hours(5));
    let token = link(&app, "reset_password").await;
    app.clock.advance(TimeDelta::minutes(30) - TimeDelta::microseconds(1));
    assert_eq!(
        state(&app, LinkPurpose::ResetPassword, &token).await,
        Some(LinkState::Good)
    );
    app.clock.advance(TimeDelta::microseconds(1));
    assert_eq!(
        state(&app, LinkPurpose::ResetPassword, &token).await,
        Some(LinkState::Expired)
    );
    assert!(matches!(
        reset(&app, &token).await,
        Err(ResetPasswordError::InvalidToken)
    ));
}

#[tokio::test]
async fn a_look_consumes_nothing_and_knows_no_link_of_another_purpose() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    let token = forgot(&app, "ada@x.test").await;
    for purpose in LinkPurpose::ALL {
        let seen = state(&app, purpose, &token).await;
        assert_eq!(seen.is_some(), purpose == LinkPurpose::ResetPassword, "{purpose}");
    }
    let view = app
        .links
        .look(LinkPurpose::ResetPassword, &token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((view.email, view.full_name), (user.email, Some(user.full_name)));
    for bad in [
        "",
        "fake_link-",
        "null",
        "fake_link-019338a1-7c00-7a3b-8d52-6f1e0c9b4a27",
    ] {
        let bad = SecretText::new(bad.to_owned());
        assert_eq!(state(&app, LinkPurpose::ResetPassword, &bad).await, None);
    }
    reset(&app, &token).await.unwrap();
    assert_eq!(
        state(&app, LinkPurpose::ResetPassword, &token).await,
        Some(LinkState::Used)
    );
}

/// Each text at each door that takes one.
#[tokio::test]
async fn no_link_opens_the_door_of_another_purpose() {
    let app = TestApp::with_mail();
    let admin = app.register_admin("admin@x.test").await;
    let verification = link(&app, "verify_email").await;
    app.change_user(admin.id, |user| user.email_verified = true).await;
    let new_password = forgot(&app, "admin@x.test").await;
    let authority = app.admin(&app.log_in("admin@x.test").await).await.authority();
    let guest = guest("guest@x.test", Role::User);
    app.invitations.invite(authority, guest).await.unwrap();
    let invitation = link(&app, "invitation").await;
    ask_for(&app, "admin@x.test", "new@x.test").await.unwrap();
    let mails = app.mails().await;
    let undo = mails
        .iter()
        .find(|mail| mail.subject.starts_with("email_changing"))
        .unwrap();
    let undo = SecretText::new(undo.text.clone());
    for (number, token) in [&verification, &new_password, &invitation, &undo]
        .into_iter()
        .enumerate()
    {
        if number != 0 {
            assert!(verify(&app, token).await.is_err(), "{number}");
        }
        if number != 1 {
            assert!(reset(&app, token).await.is_err(), "{number}");
        }
        if number != 2 {
            assert!(join(&app, token).await.is_err(), "{number}");
        }
        if number != 3 {
            assert!(
                app.not_me.undo_email(token, Origin::default()).await.is_err(),
                "{number}"
            );
        }
        assert!(app.not_me.secure(token, Origin::default()).await.is_err(), "{number}");
    }
}

#[tokio::test]
async fn of_twenty_who_use_a_link_at_once_one_gets_it() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let token = forgot(&app, "ada@x.test").await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (app, token) = (app.clone(), token.clone());
        tries.spawn(async move { reset(&app, &token).await.is_ok() });
    }
    let won = tries.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_changed_password_takes_away_the_meaning_of_links_that_are_out() {
    let app = TestApp::with_mail();
    app.register("ada@x.test").await;
    let verification = link(&app, "verify_email").await;
    let new_password = forgot(&app, "ada@x.test").await;
    ask_for(&app, "ada@x.test", "new@x.test").await.unwrap();
    let tokens = app.log_in("ada@x.test").await;
    let actor = app.actor(&tokens).await;
    assert!(actor.user().pending_email.is_some());
    app.passwords
        .change(&actor, Some(presented(PASSWORD)), password(NEW_PASSWORD))
        .await
        .unwrap();
    assert_eq!(app.user(actor.user().id).await.unwrap().pending_email, None);
    assert!(verify(&app, &verification).await.is_err());
    assert!(reset(&app, &new_password).await.is_err());
}

#[tokio::test]
async fn this_was_not_me_ends_everything_and_mails_a_link_to_a_new_password() {
    let app = TestApp::with_mail();
    let user = registered(&app, "ada@x.test").await;
    let thief = app.log_in("ada@x.test").await;
    let actor = app.actor(&thief).await;
    app.passwords
        .change(&actor, Some(presented(PASSWORD)), password(NEW_PASSWORD))
        .await
        .unwrap();
    let token = link(&app, "password_changed").await;
    app.not_me.secure(&token, Origin::default()).await.unwrap();
    assert!(!app.accepts(&thief).await);
    assert_eq!(app.password_hash(user.id).await, None);
    let again = app.not_me.secure(&token, Origin::default()).await;
    assert!(matches!(again, Err(NotMeError::InvalidToken)));
    let token = link(&app, "account_secured").await;
    reset(&app, &token).await.unwrap();
}

#[tokio::test]
async fn an_account_whose_address_must_be_verified_is_not_signed_in_to_before() {
    let app = TestApp::with_mail().under_mail(MailPolicy {
        mailing: Mailing::On,
        verification: Verification::Required,
        ..MailPolicy::default()
    });
    app.register("ada@x.test").await;
    let first = link(&app, "verify_email").await;
    let wrong = app.sign_in.log_in(log_in("ada@x.test", "wrong")).await;
    assert!(matches!(wrong, Err(LogInError::InvalidCredentials)));
    let refused = app.sign_in.log_in(log_in("ada@x.test", PASSWORD)).await;
    assert!(matches!(refused, Err(LogInError::EmailNotVerified)));
    let second = link(&app, "verify_email").await;
    assert!(verify(&app, &first).await.is_err());
    verify(&app, &second).await.unwrap();
    app.log_in("ada@x.test").await;
}

#[tokio::test]
async fn a_spent_refresh_token_that_comes_again_is_told() {
    let app = TestApp::with_mail();
    registered(&app, "ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let next = app.refresh(&tokens.refresh_token).await.unwrap();
    app.refresh(&next.refresh_token).await.unwrap();
    assert!(app.refresh(&tokens.refresh_token).await.is_err());
    let token = link(&app, "session_replayed").await;
    app.not_me.secure(&token, Origin::default()).await.unwrap();
}

#[tokio::test]
async fn an_invited_person_joins_once_with_a_verified_address() {
    let app = TestApp::with_mail().under_mail(MailPolicy {
        mailing: Mailing::On,
        sign_up: SignUpPolicy::Invited,
        ..MailPolicy::default()
    });
    let closed = app
        .registration
        .register(registration("ada@x.test"), Origin::default())
        .await;
    assert!(matches!(closed, Err(RegisterError::Closed)));
    let operator = app.operator().authority();
    let first = app
        .invitations
        .invite(operator.clone(), guest("guest@x.test", Role::User))
        .await;
    first.unwrap();
    let older = link(&app, "invitation").await;
    app.invitations
        .invite(operator.clone(), guest("guest@x.test", Role::Admin))
        .await
        .unwrap();
    let newer = link(&app, "invitation").await;
    assert!(matches!(join(&app, &older).await, Err(JoinError::InvalidToken)));
    let user = join(&app, &newer).await.unwrap();
    assert_eq!((user.email, user.role), (email("guest@x.test"), Role::Admin));
    assert!(user.email_verified);
    assert!(matches!(join(&app, &newer).await, Err(JoinError::InvalidToken)));
    let open = app
        .invitations
        .list(operator.clone(), portcullis_domain::PageRequest::default());
    assert!(open.await.unwrap().items.is_empty());
    let withdrawn = app
        .invitations
        .invite(operator.clone(), guest("other@x.test", Role::User))
        .await;
    let withdrawn = withdrawn.unwrap();
    let token = link(&app, "invitation").await;
    app.invitations.withdraw(operator, withdrawn.id).await.unwrap();
    assert!(matches!(join(&app, &token).await, Err(JoinError::InvalidToken)));
}

#[tokio::test]
async fn an_invitation_ends_with_the_rights_of_who_invites() {
    let app = TestApp::with_mail();
    let admin = app.register_admin("admin@x.test").await;
    app.mails().await;
    let authority = app.admin(&app.log_in("admin@x.test").await).await.authority();
    app.invitations
        .invite(authority, guest("guest@x.test", Role::Admin))
        .await
        .unwrap();
    let token = link(&app, "invitation").await;
    app.change_user(admin.id, |user| user.role = Role::User).await;
    assert!(matches!(join(&app, &token).await, Err(JoinError::InvalidToken)));
    app.change_user(admin.id, |user| user.role = Role::Admin).await;
    join(&app, &token).await.unwrap();
}

async fn state(app: &TestApp, purpose: LinkPurpose, token: &SecretText) -> Option<LinkState> {
    let view = app.links.look(purpose, token).await.unwrap();
    view.map(|view| view.state)
}

async fn join(app: &TestApp, token: &SecretText) -> Result<User, JoinError> {
    let joining = Joining {
        full_name: full_name("Grace Hopper"),
        password: password(NEW_PASSWORD),
        locale: None,
    };
    app.invitations.join(token, joining, Origin::default()).await
}

fn guest(address: &str, role: Role) -> Guest {
    Guest {
        email: email(address),
        full_name: None,
        role,
    }
}
