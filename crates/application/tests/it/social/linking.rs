//! Linking and unlinking one's own account.

use super::{ADA, link, sign_in, user_of};
use chrono::TimeDelta;
use portcullis_application::passkeys::RemovePasskeyError;
use portcullis_application::social::SocialError;
use portcullis_application::social::linked::{LinkError, UnlinkError};
use portcullis_domain::{AssertedIdentity, AuditEventType, AuditReason, Origin};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::PASSWORD;
use portcullis_testkit::upstream::{Said, asserted};

#[tokio::test]
async fn an_identity_is_linked_in_a_session_with_a_fresh_proof() {
    let app = TestApp::with_mail();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    link(&app, &tokens, asserted("1", "elsewhere@x.test")).await.unwrap();
    let signed_in = sign_in(&app, asserted("1", "elsewhere@x.test")).await.unwrap();
    assert_eq!(user_of(&app, &signed_in).await.email.as_str(), ADA);
    // Nobody else gets it.
    app.register("ben@x.test").await;
    let ben = app.log_in("ben@x.test").await;
    let refused = link(&app, &ben, asserted("1", "elsewhere@x.test")).await;
    assert!(matches!(refused, Err(LinkError::LinkedElsewhere)), "{refused:?}");
    app.clock.advance(TimeDelta::minutes(11));
    let refused = link(&app, &ben, asserted("2", "x@x.test")).await;
    assert!(matches!(refused, Err(LinkError::StepUp(_))), "{refused:?}");
}

#[tokio::test]
async fn a_session_that_ended_links_nothing() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let google = "google".parse().unwrap();
    let actor = app.actor(&tokens).await;
    let begun = app.identities.begin_link(&actor, &google, None, None).await.unwrap();
    app.revoke(actor.session_id()).await;
    let answer = app.upstream.answer(begun, Said::Asserts(asserted("1", ADA)));
    let refused = app.identities.finish_link(answer).await;
    assert!(matches!(refused, Err(LinkError::SignedOut)), "{refused:?}");
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let app = TestApp::new();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let actor = app.actor(&tokens).await;
    let own = app.identities.list_own(&actor).await.unwrap();
    let id = own.first().unwrap().id;
    let refused = app.identities.unlink(&actor, id).await;
    assert!(matches!(refused, Err(UnlinkError::LastWayIn)), "{refused:?}");
    link(&app, &tokens, asserted("2", "second@x.test")).await.unwrap();
    let elsewhere = sign_in(&app, asserted("1", ADA)).await.unwrap();
    app.identities.unlink(&actor, id).await.unwrap();
    assert!(app.accepts(&tokens).await && !app.accepts(&elsewhere).await);
    let again = app.identities.unlink(&actor, id).await;
    assert!(matches!(again, Err(UnlinkError::NotFound)), "{again:?}");
    // A password is a way in, too.
    let user = actor.user().id;
    app.set_password(user, PASSWORD).await;
    let own = app.identities.list_own(&actor).await.unwrap();
    app.identities.unlink(&actor, own.first().unwrap().id).await.unwrap();
    app.clock.advance(TimeDelta::minutes(11));
    let refused = app.identities.unlink(&actor, id).await;
    assert!(matches!(refused, Err(UnlinkError::StepUp(_))), "{refused:?}");
}

#[tokio::test]
async fn this_was_not_me_unlinks_what_was_linked_since() {
    let app = TestApp::with_mail();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    app.mails().await;
    app.clock.advance(TimeDelta::minutes(1));
    link(&app, &tokens, asserted("evil", "eve@x.test")).await.unwrap();
    let mails = app.mails().await;
    let notice = mails
        .iter()
        .find(|mail| mail.subject.contains("identity_linked"))
        .unwrap();
    app.not_me
        .secure(&notice.text.clone().into(), Origin::default())
        .await
        .unwrap();
    let signed_in = sign_in(&app, asserted("evil", "eve@x.test")).await.unwrap();
    assert_ne!(user_of(&app, &signed_in).await.email.as_str(), ADA);
}

/// The thief has the account at the provider, by which the owner signed up long ago.
#[tokio::test]
async fn this_was_not_me_closes_the_way_that_was_used() {
    let app = TestApp::with_mail();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let ada = user_of(&app, &tokens).await;
    app.mails().await;
    app.clock.advance(TimeDelta::days(30));
    let unsure = AssertedIdentity {
        is_authoritative: false,
        ..asserted("1", ADA)
    };
    sign_in(&app, unsure.clone()).await.unwrap();
    let mails = app.mails().await;
    let notice = mails.iter().find(|mail| mail.subject.contains("new_device")).unwrap();
    app.not_me
        .secure(&notice.text.clone().into(), Origin::default())
        .await
        .unwrap();
    let refused = sign_in(&app, unsure).await;
    assert!(matches!(refused, Err(SocialError::AccountExists(_))), "{refused:?}");
    let events = app.events().await;
    assert!(
        events.iter().any(|event| {
            event.kind == AuditEventType::IdentityUnlinked && event.reason == Some(AuditReason::NotMe)
        })
    );
    assert_eq!(
        events
            .iter()
            .filter(|event| event.kind == AuditEventType::Registration)
            .count(),
        1
    );
    drop(ada);
}

/// Several notices come of one break-in; any of them takes back what was linked in its course.
#[tokio::test]
async fn a_later_notice_unlinks_what_was_linked_before_it() {
    let app = TestApp::with_mail();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    link(&app, &tokens, asserted("evil", "eve@x.test")).await.unwrap();
    app.mails().await;
    app.clock.advance(TimeDelta::minutes(5));
    link(&app, &tokens, asserted("evil2", "eve2@x.test")).await.unwrap();
    let mails = app.mails().await;
    let notice = mails
        .iter()
        .find(|mail| mail.subject.contains("identity_linked"))
        .unwrap();
    app.not_me
        .secure(&notice.text.clone().into(), Origin::default())
        .await
        .unwrap();
    let signed_in = sign_in(&app, asserted("evil", "eve@x.test")).await.unwrap();
    assert_ne!(user_of(&app, &signed_in).await.email.as_str(), ADA);
}

#[tokio::test]
async fn a_notice_names_the_provider_and_the_account_there() {
    let app = TestApp::with_mail();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    link(&app, &tokens, asserted("1", "grace@elsewhere.test"))
        .await
        .unwrap();
    let actor = app.actor(&tokens).await;
    let id = app.identities.list_own(&actor).await.unwrap().first().unwrap().id;
    app.identities.unlink(&actor, id).await.unwrap();
    let mails = app.mails().await;
    for kind in ["identity_linked", "identity_unlinked"] {
        let mail = mails.iter().find(|mail| mail.subject.contains(kind)).unwrap();
        assert_eq!(mail.html, "Google (grace@elsewhere.test)", "{kind}");
    }
}

#[tokio::test]
async fn an_answer_is_used_up_whatever_comes_of_it() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let google = "google".parse().unwrap();
    let actor = app.actor(&tokens).await;
    let begun = app.identities.begin_link(&actor, &google, None, None).await.unwrap();
    let answer = app.upstream.answer(begun, Said::Refuses);
    let refused = app.identities.finish_link(answer.clone()).await;
    assert!(
        matches!(refused, Err(LinkError::Provider(SocialError::Refused(_)))),
        "{refused:?}"
    );
    let code = answer.code.as_ref().unwrap().expose();
    app.upstream.says(code, Said::Asserts(asserted("1", ADA)));
    let again = app.identities.finish_link(answer).await;
    assert!(
        matches!(again, Err(LinkError::Provider(SocialError::InvalidState))),
        "{again:?}"
    );
    let events = app.events().await;
    assert!(events.iter().any(|event| {
        event.kind == AuditEventType::IdentityLinked && event.reason == Some(AuditReason::ProviderRefused)
    }));
}

#[tokio::test]
async fn passkeys_and_identities_are_ways_in_for_each_other() {
    let app = TestApp::new();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    app.add_passkey(&tokens, 1).await;
    let actor = app.actor(&tokens).await;
    let passkey = app.passkeys.list(&actor).await.unwrap().first().unwrap().id;
    app.passkeys.remove(&actor, passkey).await.unwrap();
    let identity = app.identities.list_own(&actor).await.unwrap().first().unwrap().id;
    let refused = app.identities.unlink(&actor, identity).await;
    assert!(matches!(refused, Err(UnlinkError::LastWayIn)), "{refused:?}");
    app.add_passkey(&tokens, 2).await;
    app.identities.unlink(&actor, identity).await.unwrap();
    let passkey = app.passkeys.list(&actor).await.unwrap().first().unwrap().id;
    let refused = app.passkeys.remove(&actor, passkey).await;
    assert!(matches!(refused, Err(RemovePasskeyError::LastWayIn)), "{refused:?}");
}
