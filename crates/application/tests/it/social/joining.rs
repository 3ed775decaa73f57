//! Whose account is joined, and who is rid of whom.

use super::{ADA, code_of, link, sign_in, user_of, verified_ada};
use chrono::TimeDelta;
use portcullis_application::ProfileChange;
use portcullis_application::email_verification::MailRequest;
use portcullis_application::sign_in::LogInError;
use portcullis_application::social::SocialError;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{
    AssertedIdentity, AuditEventType, AuditReason, FactorDemand, FactorMethod, IdentityKey, Origin, Role, SecretText,
};
use portcullis_testkit::build::PASSWORD;
use portcullis_testkit::upstream::asserted;
use portcullis_testkit::{TestApp, build};

const EVE: &str = "eve@x.test";

#[tokio::test]
async fn an_account_whose_address_both_are_sure_of_is_joined_and_its_user_told() {
    let app = TestApp::with_mail();
    let ada = verified_ada(&app).await;
    app.mails().await;
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    assert_eq!(user_of(&app, &tokens).await.id, ada.id);
    let subjects: Vec<String> = app.mails().await.into_iter().map(|mail| mail.subject).collect();
    assert!(
        subjects.iter().any(|subject| subject.contains("identity_linked")),
        "{subjects:?}"
    );
    let events = app.events().await;
    let linked = events
        .iter()
        .find(|event| event.kind == AuditEventType::IdentityLinked)
        .unwrap();
    assert_eq!(linked.provider, "google".parse().ok());
}

/// Where a factor is demanded and the account's is a passkey, a first sign-in by a provider takes neither away; also while the
/// server takes no passkeys, and so can't ask for it.
#[tokio::test]
async fn a_passkey_that_is_demanded_is_not_passed_by() {
    for demand in [
        FactorDemand::Nobody,
        FactorDemand::Administrators,
        FactorDemand::Everybody,
    ] {
        for role in [Role::User, Role::Admin] {
            for takes_passkeys in [true, false] {
                let case = format!("{demand} {role} {takes_passkeys}");
                let made_at = TestApp::with_mail();
                let ada = verified_ada(&made_at).await;
                made_at.change_user(ada.id, move |user| user.role = role).await;
                let passkey = made_at.add_passkey(&made_at.log_in(ADA).await, 1).await;
                let with = made_at.demanding(demand);
                let app = if takes_passkeys {
                    with.clone()
                } else {
                    with.without_passkeys()
                };
                let is_demanded = demand.is_for(role);
                // By the password: asked for where it can be.
                let by_password = app.sign_in.log_in(build::log_in(ADA, PASSWORD)).await;
                match by_password {
                    Err(LogInError::SecondFactorRequired(step)) => {
                        assert!(is_demanded && takes_passkeys, "{case}");
                        assert_eq!(step.methods, [FactorMethod::Passkey], "{case}");
                    }
                    other => assert!(other.is_ok() && !(is_demanded && takes_passkeys), "{case} {other:?}"),
                }
                // By a provider for the first time: never passed by.
                let said = code_of(&app, asserted("1", ADA)).await;
                if is_demanded {
                    assert!(matches!(said, Err(SocialError::AccountExists(_))), "{case} {said:?}");
                } else {
                    assert!(said.is_ok(), "{case} {said:?}");
                }
                let by_passkey = with.log_in_by_passkey(with.shown(&passkey)).await;
                assert_eq!(by_passkey.is_ok(), is_demanded, "{case} {by_passkey:?}");
            }
        }
    }
}

/// What a stranger made with somebody's address, and waits in for them.
#[tokio::test]
async fn an_account_that_somebody_else_may_have_made_is_not_joined() {
    // By a password, and signed in.
    let app = TestApp::with_mail();
    let made = app.register(ADA).await;
    let session = app.log_in(ADA).await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    assert!(app.accepts(&session).await);
    // With an authenticator app besides.
    app.turn_on_second_factor(&session).await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    // An account with a second factor is joined by nobody, whosever the address is.
    app.change_user(made.id, |user| user.email_verified = true).await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    let events = app.events().await;
    assert!(events.iter().any(|event| event.reason == Some(AuditReason::NotLinked)));
    assert!(events.iter().all(|event| event.kind != AuditEventType::IdentityLinked));
}

#[tokio::test]
async fn a_word_that_does_not_count_joins_nothing() {
    let app = TestApp::with_mail();
    verified_ada(&app).await;
    let unverified = AssertedIdentity {
        is_email_verified: false,
        ..asserted("1", ADA)
    };
    let untrusted = AssertedIdentity {
        is_authoritative: false,
        ..asserted("1", ADA)
    };
    for asserted in [unverified, untrusted] {
        let refused = code_of(&app, asserted).await;
        assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    }
}

/// A stranger asked for somebody's address in the place of their own, and waits for the link.
#[tokio::test]
async fn an_address_that_waits_at_another_account_gives_nothing_away() {
    let app = TestApp::with_mail();
    app.register("eve@x.test").await;
    let eve = app.log_in("eve@x.test").await;
    let change = portcullis_application::ProfileChange {
        email: Some(build::email(ADA)),
        ..portcullis_application::ProfileChange::default()
    };
    app.profile.change(&app.actor(&eve).await, change).await.unwrap();
    let waiting = app.mails().await;
    let link = waiting.iter().find(|mail| mail.subject.contains("new_email")).unwrap();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let ada = user_of(&app, &tokens).await;
    assert_ne!(ada.id, user_of(&app, &eve).await.id);
    let taken = app
        .email_verification
        .verify(&link.text.clone().into(), Origin::default())
        .await;
    assert!(taken.is_err());
    assert_eq!(user_of(&app, &eve).await.email.as_str(), "eve@x.test");
}

/// A stranger made an account with somebody's address and linked an identity of their own with it.
#[tokio::test]
async fn who_proves_an_address_first_is_rid_of_identities_from_before() {
    let app = TestApp::with_mail();
    let unsure = AssertedIdentity {
        is_authoritative: false,
        ..asserted("evil", ADA)
    };
    sign_in(&app, unsure.clone()).await.unwrap();
    app.mails().await;
    let request = portcullis_application::email_verification::MailRequest {
        email: Some(build::email(ADA)),
        locale: None,
        origin: Origin::default(),
        browser: None,
    };
    app.password_reset.ask(request).await.unwrap();
    let mails = app.mails().await;
    let link = mails
        .iter()
        .find(|mail| mail.subject.contains("reset_password"))
        .unwrap();
    let new = build::password("another password of hers");
    app.password_reset
        .reset(&link.text.clone().into(), new, Origin::default())
        .await
        .unwrap();
    let refused = code_of(&app, unsure).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
}

/// A stranger made an account by a provider whose word does not count; the owner of the address presses the link of the mail.
#[tokio::test]
async fn who_verifies_an_address_elsewhere_is_rid_of_identities_from_before() {
    let app = TestApp::with_mail();
    let unsure = AssertedIdentity {
        is_authoritative: false,
        ..asserted("evil", ADA)
    };
    let stranger = sign_in(&app, unsure.clone()).await.unwrap();
    let mails = app.mails().await;
    let link = mails.iter().find(|mail| mail.subject.contains("verify_email")).unwrap();
    app.email_verification
        .verify(&link.text.clone().into(), Origin::default())
        .await
        .unwrap();
    assert!(!app.accepts(&stranger).await);
    let refused = code_of(&app, unsure).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
}

#[tokio::test]
async fn who_verifies_their_address_where_they_signed_in_keeps_their_identity() {
    let app = TestApp::with_mail();
    let unsure = AssertedIdentity {
        is_authoritative: false,
        ..asserted("1", ADA)
    };
    let tokens = sign_in(&app, unsure.clone()).await.unwrap();
    let mails = app.mails().await;
    let link = mails.iter().find(|mail| mail.subject.contains("verify_email")).unwrap();
    let origin = Origin {
        device_token: tokens.device_token.clone(),
        ..Origin::default()
    };
    app.email_verification
        .verify(&link.text.clone().into(), origin)
        .await
        .unwrap();
    assert!(app.accepts(&tokens).await);
    sign_in(&app, unsure).await.unwrap();
}

/// Who made the account may have made it with another address, which a provider vouched for then, and changed it to the one
/// whose owner opened the link.
#[tokio::test]
async fn an_account_that_identities_alone_open_is_not_joined() {
    let app = TestApp::with_mail();
    let stranger = sign_in(&app, asserted("evil", EVE)).await.unwrap();
    let made = user_of(&app, &stranger).await;
    change_address(&app, &stranger, ADA).await;
    app.mails().await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    assert!(app.mails().await.is_empty(), "nothing was linked");
    // Its owner sets a password by a mailed link, and then is rid of whoever made it.
    app.password_reset.ask(for_mail(ADA)).await.unwrap();
    let link = mailed(&app, "reset_password").await;
    let new = build::password("another password of hers");
    app.password_reset.reset(&link, new, Origin::default()).await.unwrap();
    let stranger = sign_in(&app, asserted("evil", EVE)).await.unwrap();
    assert_eq!(
        user_of(&app, &stranger).await.id,
        made.id,
        "the account is the stranger's, too"
    );
    let change = ProfileChange {
        email: Some(build::email("eve@elsewhere.test")),
        ..ProfileChange::default()
    };
    app.profile.change(&app.actor(&stranger).await, change).await.unwrap();
    let waiting = mailed(&app, "new_email").await;
    let ada = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let joined = user_of(&app, &ada).await;
    assert_eq!((joined.id, joined.pending_email), (made.id, None));
    assert!(!app.accepts(&stranger).await);
    let late = app.email_verification.verify(&waiting, Origin::default()).await;
    assert!(late.is_err(), "{late:?}");
    let linked = app.identities.list_own(&app.actor(&ada).await).await.unwrap();
    let subjects: Vec<_> = linked.iter().map(|identity| identity.key.subject()).collect();
    assert_eq!(subjects, ["1"]);
}

/// Where this server takes none, identities are all that opens the account.
#[tokio::test]
async fn a_passkey_that_is_not_taken_makes_no_account_joined() {
    let made_at = TestApp::with_mail();
    let by_github = AssertedIdentity {
        provider: "github".parse().unwrap(),
        key: IdentityKey::new("https://github.com", "1").unwrap(),
        ..asserted("1", ADA)
    };
    let tokens = sign_in(&made_at, by_github).await.unwrap();
    made_at.add_passkey(&tokens, 1).await;
    let refused = code_of(&made_at.without_passkeys(), asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
}

/// So neither of two providers that vouch for one address puts the other out.
#[tokio::test]
async fn who_came_by_one_provider_links_another_in_the_account() {
    let app = TestApp::with_mail();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let by_github = || AssertedIdentity {
        provider: "github".parse().unwrap(),
        key: IdentityKey::new("https://github.com", "1").unwrap(),
        ..asserted("1", ADA)
    };
    let refused = code_of(&app, by_github()).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    link(&app, &tokens, by_github()).await.unwrap();
    for said in [by_github(), asserted("1", ADA)] {
        let again = sign_in(&app, said).await.unwrap();
        assert_eq!(user_of(&app, &again).await.id, user_of(&app, &tokens).await.id);
    }
}

/// An identity at a provider that is set up no more opens nothing. Who came by it comes by the next one, and what it could
/// open again one day goes.
#[tokio::test]
async fn an_account_that_nothing_opens_any_more_is_joined() {
    let app = TestApp::with_mail();
    let gone = || AssertedIdentity {
        key: IdentityKey::new("https://id.example", "1").unwrap(),
        ..asserted("1", ADA)
    };
    let before = sign_in(&app, gone()).await.unwrap();
    let after = sign_in(&app, asserted("2", ADA)).await.unwrap();
    assert_eq!(app.claims(&after).user_id, app.claims(&before).user_id);
    assert!(!app.accepts(&before).await);
    let linked = app.identities.list_own(&app.actor(&after).await).await.unwrap();
    let keys: Vec<_> = linked.iter().map(|identity| identity.key.issuer()).collect();
    assert_eq!(keys, ["https://accounts.google.com"]);
}

/// Has another address take the place of that user's; its owner opens the link.
async fn change_address(app: &TestApp, tokens: &Tokens, address: &str) {
    let change = ProfileChange {
        email: Some(build::email(address)),
        ..ProfileChange::default()
    };
    app.profile.change(&app.actor(tokens).await, change).await.unwrap();
    let link = mailed(app, "new_email").await;
    let changed = app.email_verification.verify(&link, Origin::default()).await.unwrap();
    assert_eq!(changed.email.as_str(), address);
}

fn for_mail(address: &str) -> MailRequest {
    MailRequest {
        email: Some(build::email(address)),
        locale: None,
        origin: Origin::default(),
        browser: None,
    }
}

async fn mailed(app: &TestApp, kind: &str) -> SecretText {
    let mails = app.mails().await;
    let mail = mails.iter().rfind(|mail| mail.subject.contains(kind));
    SecretText::new(mail.unwrap().text.clone())
}

/// A stranger made an account with a password, and put more into it; its owner verified the address, and comes by Google.
#[tokio::test]
async fn who_joins_an_account_is_rid_of_what_a_stranger_put_in() {
    let app = TestApp::with_mail();
    let made = verified_ada(&app).await;
    let stranger = app.log_in(ADA).await;
    let evil = AssertedIdentity {
        is_authoritative: false,
        ..asserted("evil", "eve@x.test")
    };
    link(&app, &stranger, evil.clone()).await.unwrap();
    app.clock.advance(TimeDelta::minutes(1));
    let ada = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let user = user_of(&app, &ada).await;
    assert_eq!((user.id, user.has_password), (made.id, false));
    assert!(!app.accepts(&stranger).await);
    let elsewhere = sign_in(&app, evil).await.unwrap();
    assert_ne!(user_of(&app, &elsewhere).await.id, made.id);
}

/// The stranger has a passkey besides, which signs in without the password.
#[tokio::test]
async fn who_joins_an_account_is_rid_of_a_strangers_passkey() {
    let app = TestApp::with_mail();
    verified_ada(&app).await;
    let stranger = app.log_in(ADA).await;
    let passkey = app.add_passkey(&stranger, 1).await;
    app.clock.advance(TimeDelta::minutes(1));
    sign_in(&app, asserted("1", ADA)).await.unwrap();
    assert!(app.log_in_by_passkey(app.shown(&passkey)).await.is_err());
}
