//! Signing in by another provider: whose account it is, and what nobody gets into.

use chrono::TimeDelta;
use portcullis_application::passkeys::RemovePasskeyError;
use portcullis_application::ports::Clock;
use portcullis_application::social::linked::{LinkError, UnlinkError};
use portcullis_application::social::{
    Answer, AppRequest, BrowserShown, ExchangeError, IdTokenError, IdTokenShown, Purpose, SocialError,
};
use portcullis_application::tokens::Tokens;
use portcullis_application::{BrowserSession, MailPolicy, Mailing, SignUpPolicy, Verification};
use portcullis_domain::{AssertedIdentity, AuditEventType, AuditReason, Carrier, Origin, SecretText, User};
use portcullis_oauth2::CodeVerifier;
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::upstream::{Said, asserted};

const ADA: &str = "ada@x.test";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "https://app.example/cb";

fn verifier(text: &str) -> CodeVerifier {
    CodeVerifier::parse(text).unwrap()
}

/// For an app with a front end of its own.
fn for_an_app() -> Purpose {
    Purpose::App(AppRequest {
        redirect_to: REDIRECT.to_owned(),
        code_challenge: verifier(VERIFIER).challenge().to_string(),
    })
}

/// Somebody comes back from Google, who says that.
async fn come_back(app: &TestApp, purpose: Purpose, said: Said) -> Answer {
    let google = "google".parse().unwrap();
    let begun = app.social.begin(&google, purpose, None).await.unwrap();
    app.upstream.says("code", said);
    Answer {
        provider: google,
        state: Some(app.upstream.last_asked().state),
        code: Some("code".to_owned().into()),
        issuer: None,
        error: None,
        browser: Some(begun.browser),
        origin: Origin::default(),
    }
}

async fn code_of(app: &TestApp, asserted: AssertedIdentity) -> Result<SecretText, SocialError> {
    let answer = come_back(app, for_an_app(), Said::Asserts(asserted)).await;
    let told = app.social.answer_app(answer, None).await.unwrap();
    assert_eq!(told.redirect_to, REDIRECT);
    told.said
}

async fn exchange(app: &TestApp, code: &SecretText, text: &str) -> Result<Tokens, ExchangeError> {
    app.social
        .exchange(code, &verifier(text), Carrier::Body, Origin::default())
        .await
}

async fn sign_in(app: &TestApp, asserted: AssertedIdentity) -> Result<Tokens, SocialError> {
    let code = code_of(app, asserted).await?;
    exchange(app, &code, VERIFIER).await.map_err(|error| match error {
        ExchangeError::Refused(error) => error,
        ExchangeError::InvalidCode => panic!("{error}"),
    })
}

async fn user_of(app: &TestApp, tokens: &Tokens) -> User {
    app.actor(tokens).await.user().clone()
}

/// The account of ADA, whose address is hers.
async fn verified_ada(app: &TestApp) -> User {
    let ada = app.register(ADA).await;
    app.change_user(ada.id, |user| user.email_verified = true).await;
    ada
}

#[tokio::test]
async fn a_first_sign_in_makes_an_account_and_the_next_one_finds_it() {
    let app = TestApp::with_mail();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let ada = user_of(&app, &tokens).await;
    assert_eq!((ada.email.as_str(), ada.full_name.as_str()), (ADA, "Ada King"));
    assert!(ada.email_verified && !ada.has_password);
    assert_eq!(app.claims(&tokens).methods.to_string(), "fed");
    // The address may be another by then: the subject tells who it is.
    let again = sign_in(&app, asserted("1", "countess@x.test")).await.unwrap();
    assert_eq!(user_of(&app, &again).await.id, ada.id);
    let other = sign_in(&app, asserted("2", "ben@x.test")).await.unwrap();
    assert_ne!(user_of(&app, &other).await.id, ada.id);
    let linked = app.identities.list_own(&app.actor(&tokens).await).await.unwrap();
    assert_eq!(linked.len(), 1);
    assert!(linked.iter().all(|identity| identity.last_used_at.is_some()));
}

#[tokio::test]
async fn one_subject_at_two_issuers_is_two_people() {
    let app = TestApp::new();
    let first = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let elsewhere = AssertedIdentity {
        key: portcullis_domain::IdentityKey::new("https://id.example", "1").unwrap(),
        ..asserted("1", "other@x.test")
    };
    let second = sign_in(&app, elsewhere).await.unwrap();
    assert_ne!(user_of(&app, &first).await.id, user_of(&app, &second).await.id);
}

#[tokio::test]
async fn an_address_that_nobody_is_sure_of_is_verified_by_mail() {
    let app = TestApp::with_mail();
    let unsure = AssertedIdentity {
        is_authoritative: false,
        ..asserted("1", ADA)
    };
    let tokens = sign_in(&app, unsure).await.unwrap();
    assert!(!user_of(&app, &tokens).await.email_verified);
    let mails = app.mails().await;
    assert!(
        mails.iter().any(|mail| mail.subject.contains("verify_email")),
        "{mails:?}"
    );
}

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

/// What a stranger made with somebody's address, and waits in for them.
#[tokio::test]
async fn an_account_that_somebody_else_may_have_made_is_not_joined() {
    // By a password, and signed in.
    let app = TestApp::with_mail();
    let made = app.register(ADA).await;
    let session = app.log_in(ADA).await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
    assert!(app.accepts(&session).await);
    // With an authenticator app besides.
    app.turn_on_second_factor(&session).await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
    // An account with a second factor is joined by nobody, whosever the address is.
    app.change_user(made.id, |user| user.email_verified = true).await;
    let refused = code_of(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
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
        assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
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
    assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_here_too() {
    let app = TestApp::new();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let actor = app.actor(&tokens).await;
    let enrolment = app.second_factors.enrol(&actor, None).await.unwrap();
    let code = app.app_code(&enrolment.secret);
    app.second_factors.confirm(&actor, code).await.unwrap();
    app.clock.advance(TimeDelta::seconds(30));
    let Err(SocialError::SecondFactorRequired(step)) = sign_in(&app, asserted("1", ADA)).await else {
        panic!("no second factor was asked for");
    };
    let tokens = app
        .log_in_by_code(&step, &app.app_code(&enrolment.secret))
        .await
        .unwrap();
    assert_eq!(app.claims(&tokens).methods.to_string(), "otp mfa fed");
}

#[tokio::test]
async fn whom_nothing_lets_in_a_provider_does_not() {
    let app = TestApp::with_mail();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let ada = user_of(&app, &tokens).await;
    app.change_user(ada.id, |user| user.is_active = false).await;
    let refused = sign_in(&app, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::AccountDisabled)), "{refused:?}");
    let strict = app.under_mail(MailPolicy {
        mailing: Mailing::On,
        verification: Verification::Required,
        ..MailPolicy::default()
    });
    let unsure = AssertedIdentity {
        is_authoritative: false,
        ..asserted("2", "ben@x.test")
    };
    let refused = sign_in(&strict, unsure).await;
    assert!(matches!(refused, Err(SocialError::EmailNotVerified)), "{refused:?}");
}

#[tokio::test]
async fn accounts_are_made_as_registration_allows() {
    for sign_up in [SignUpPolicy::Invited, SignUpPolicy::Closed] {
        let app = TestApp::with_mail().under_mail(MailPolicy {
            mailing: Mailing::On,
            sign_up,
            ..MailPolicy::default()
        });
        let refused = sign_in(&app, asserted("1", ADA)).await;
        assert!(matches!(refused, Err(SocialError::RegistrationClosed)), "{refused:?}");
    }
    let app = TestApp::new();
    let nameless = AssertedIdentity {
        email: None,
        ..asserted("1", ADA)
    };
    let refused = sign_in(&app, nameless).await;
    assert!(matches!(refused, Err(SocialError::NoEmail)), "{refused:?}");
}

#[tokio::test]
async fn an_answer_belongs_to_one_browser_one_provider_and_one_time() {
    let app = TestApp::new();
    let said = || Said::Asserts(asserted("1", ADA));
    let good = come_back(&app, for_an_app(), said()).await;
    let elsewhere = Answer {
        browser: Some("0".repeat(64).into()),
        ..good.clone()
    };
    let nowhere = Answer {
        browser: None,
        ..good.clone()
    };
    let stateless = Answer {
        state: None,
        ..good.clone()
    };
    let other = Answer {
        provider: "github".parse().unwrap(),
        ..good.clone()
    };
    for answer in [elsewhere, nowhere, stateless, other] {
        let refused = app.social.answer_app(answer.clone(), None).await;
        assert!(matches!(refused, Err(SocialError::InvalidState)), "{answer:?}");
    }
    let told = app.social.answer_app(good.clone(), None).await.unwrap();
    assert!(told.said.is_ok());
    let again = app.social.answer_app(good, None).await.unwrap();
    assert!(matches!(again.said, Err(SocialError::InvalidState)), "{again:?}");
    let late = come_back(&app, for_an_app(), said()).await;
    app.clock.advance(TimeDelta::minutes(10));
    assert!(matches!(
        app.social.answer_app(late, None).await,
        Err(SocialError::InvalidState)
    ));
}

#[tokio::test]
async fn a_code_works_once_for_a_minute_and_with_its_verifier() {
    let app = TestApp::new();
    let code = code_of(&app, asserted("1", ADA)).await.unwrap();
    let wrong = exchange(&app, &code, &VERIFIER.replace('d', "e")).await;
    assert!(matches!(wrong, Err(ExchangeError::InvalidCode)));
    exchange(&app, &code, VERIFIER).await.unwrap();
    let again = exchange(&app, &code, VERIFIER).await;
    assert!(matches!(again, Err(ExchangeError::InvalidCode)));
    let late = code_of(&app, asserted("1", ADA)).await.unwrap();
    app.clock.advance(TimeDelta::seconds(60));
    let late = exchange(&app, &late, VERIFIER).await;
    assert!(matches!(late, Err(ExchangeError::InvalidCode)));
    let made_up = exchange(&app, &"code".to_owned().into(), VERIFIER).await;
    assert!(matches!(made_up, Err(ExchangeError::InvalidCode)));
}

#[tokio::test]
async fn of_many_who_redeem_one_code_one_is_signed_in() {
    let app = TestApp::new();
    let code = code_of(&app, asserted("1", ADA)).await.unwrap();
    let redeemed = (0..10).map(|_| exchange(&app, &code, VERIFIER));
    let redeemed = futures_join(redeemed).await;
    assert_eq!(redeemed.iter().filter(|redeemed| redeemed.is_ok()).count(), 1);
}

async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut done = Vec::new();
    for future in futures {
        done.push(future.await);
    }
    done
}

#[tokio::test]
async fn what_a_provider_refuses_or_makes_up_signs_nobody_in() {
    let app = TestApp::new();
    for (said, reason) in [
        (Said::Refuses, Some(AuditReason::ProviderRefused)),
        (Said::Lies, Some(AuditReason::ProviderRefused)),
        (Said::Silent, None),
    ] {
        let before = app.events().await.len();
        let answer = come_back(&app, for_an_app(), said.clone()).await;
        let told = app.social.answer_app(answer, None).await.unwrap();
        assert!(told.said.is_err(), "{said:?}");
        let events = app.events().await;
        let new = events.get(before..).unwrap();
        assert_eq!(new.first().and_then(|event| event.reason), reason, "{said:?}");
    }
    let answer = Answer {
        error: Some("access_denied".to_owned()),
        ..come_back(&app, for_an_app(), Said::Asserts(asserted("1", ADA))).await
    };
    let told = app.social.answer_app(answer, None).await.unwrap();
    assert!(matches!(told.said, Err(SocialError::Refused(_))));
}

#[tokio::test]
async fn a_page_signs_its_browser_in() {
    let app = TestApp::new();
    let purpose = Purpose::Page("/account".to_owned());
    let answer = come_back(&app, purpose.clone(), Said::Asserts(asserted("1", ADA))).await;
    assert_eq!(app.social.purpose_of(&answer), Some(purpose));
    let begun = app
        .social
        .sign_in_browser(answer.clone(), BrowserShown::default())
        .await
        .unwrap();
    assert_eq!(begun.user.email.as_str(), ADA);
    // What a page began, no app is answered for.
    assert!(matches!(
        app.social.answer_app(answer, None).await,
        Err(SocialError::InvalidState)
    ));
    let for_app = come_back(&app, for_an_app(), Said::Asserts(asserted("1", ADA))).await;
    let refused = app.social.sign_in_browser(for_app, BrowserShown::default()).await;
    assert!(matches!(refused, Err(SocialError::InvalidState)));
}

#[tokio::test]
async fn an_id_token_is_taken_once_and_while_it_is_new() {
    let app = TestApp::new();
    app.upstream.gives("new", asserted("1", ADA), app.clock.now());
    app.upstream
        .gives("old", asserted("1", ADA), app.clock.now() - TimeDelta::minutes(11));
    let show = |id_token: &str, nonce: &str| {
        let shown = IdTokenShown {
            provider: "google".parse().unwrap(),
            id_token: id_token.to_owned().into(),
            nonce: nonce.to_owned().into(),
            locale: None,
            origin: Origin::default(),
        };
        app.social.log_in_by_id_token(shown, Carrier::Body)
    };
    for (id_token, nonce) in [("old", "nonce"), ("new", "another"), ("made up", "nonce")] {
        let refused = show(id_token, nonce).await;
        assert!(matches!(refused, Err(IdTokenError::Invalid(_))), "{id_token} {nonce}");
    }
    show("new", "nonce").await.unwrap();
    assert!(matches!(show("new", "nonce").await, Err(IdTokenError::Invalid(_))));
}

async fn link(app: &TestApp, tokens: &Tokens, asserted: AssertedIdentity) -> Result<(), LinkError> {
    let google = "google".parse().unwrap();
    let actor = app.actor(tokens).await;
    let begun = app.identities.begin_link(&actor, &google, None, None).await?;
    app.upstream.says("code", Said::Asserts(asserted));
    let answer = Answer {
        provider: google,
        state: Some(app.upstream.last_asked().state),
        code: Some("code".to_owned().into()),
        issuer: None,
        error: None,
        browser: Some(begun.browser),
        origin: Origin::default(),
    };
    app.identities.finish_link(answer).await
}

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
    app.upstream.says("code", Said::Asserts(asserted("1", ADA)));
    app.revoke(actor.session_id()).await;
    let answer = Answer {
        provider: google,
        state: Some(app.upstream.last_asked().state),
        code: Some("code".to_owned().into()),
        issuer: None,
        error: None,
        browser: Some(begun.browser),
        origin: Origin::default(),
    };
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

/// Somebody who is signed in on a browser comes back from a provider that was to prove who they are.
async fn prove(app: &TestApp, session: &SecretText, said: AssertedIdentity) -> Result<BrowserSession, SocialError> {
    let answer = come_back(app, Purpose::Again("/account".to_owned()), Said::Asserts(said)).await;
    let shown = BrowserShown {
        session: Some(session.clone()),
        ..BrowserShown::default()
    };
    app.social.sign_in_browser(answer, shown).await
}

/// Signs a browser in by Google.
async fn browser_of(app: &TestApp, said: AssertedIdentity) -> BrowserSession {
    let answer = come_back(app, Purpose::Page("/account".to_owned()), Said::Asserts(said)).await;
    app.social
        .sign_in_browser(answer, BrowserShown::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_proof_by_somebody_else_signs_nobody_in_and_makes_no_account() {
    let app = TestApp::new();
    let ada = browser_of(&app, asserted("1", ADA)).await;
    sign_in(&app, asserted("2", "ben@x.test")).await.unwrap();
    for (subject, address) in [("2", "ben@x.test"), ("3", "judy@x.test"), ("4", ADA)] {
        let refused = prove(&app, &ada.cookie, asserted(subject, address)).await;
        assert!(matches!(refused, Err(SocialError::AnotherPerson)), "{refused:?}");
    }
    let events = app.events().await;
    let made = events.iter().filter(|event| event.kind == AuditEventType::Registration);
    assert_eq!(made.count(), 2);
    // Still Ada, who can prove it by her own.
    let proved = prove(&app, &ada.cookie, asserted("1", ADA)).await.unwrap();
    assert_eq!(proved.user.id, ada.user.id);
    // Nobody who is not signed in proves anything.
    let nobody = come_back(
        &app,
        Purpose::Again("/account".to_owned()),
        Said::Asserts(asserted("1", ADA)),
    );
    let refused = app.social.sign_in_browser(nobody.await, BrowserShown::default()).await;
    assert!(matches!(refused, Err(SocialError::InvalidState)), "{refused:?}");
}

#[tokio::test]
async fn what_a_provider_saw_long_ago_is_no_new_proof() {
    let app = TestApp::new();
    let at = |time| AssertedIdentity {
        authenticated_at: Some(time),
        ..asserted("1", ADA)
    };
    let ada = browser_of(&app, asserted("1", ADA)).await;
    app.clock.advance(TimeDelta::minutes(20));
    let old = at(app.clock.now() - TimeDelta::days(30));
    let refused = prove(&app, &ada.cookie, old.clone()).await;
    assert!(matches!(refused, Err(SocialError::NotFresh)), "{refused:?}");
    assert!(app.upstream.last_asked().asks_again);
    // Who has a password is not proved by a provider that does not say when they signed in.
    app.set_password(ada.user.id, PASSWORD).await;
    let refused = prove(&app, &ada.cookie, asserted("1", ADA)).await;
    assert!(matches!(refused, Err(SocialError::NotFresh)), "{refused:?}");
    prove(&app, &ada.cookie, at(app.clock.now())).await.unwrap();
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
    assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
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
    assert!(matches!(refused, Err(SocialError::AccountExists)), "{refused:?}");
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

#[tokio::test]
async fn whether_an_address_has_an_account_is_not_told_for_nothing() {
    let open = TestApp::with_mail();
    verified_ada(&open).await;
    let app = open.under_mail(MailPolicy {
        mailing: Mailing::On,
        sign_up: SignUpPolicy::Closed,
        ..MailPolicy::default()
    });
    let unsure = |subject: &str, address: &str| AssertedIdentity {
        is_email_verified: false,
        ..asserted(subject, address)
    };
    for said in [unsure("1", ADA), unsure("2", "nobody@x.test")] {
        let refused = code_of(&app, said).await;
        assert!(matches!(refused, Err(SocialError::RegistrationClosed)), "{refused:?}");
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
    app.upstream.says("code", Said::Refuses);
    let answer = Answer {
        provider: google,
        state: Some(app.upstream.last_asked().state),
        code: Some("code".to_owned().into()),
        issuer: None,
        error: None,
        browser: Some(begun.browser),
        origin: Origin::default(),
    };
    let refused = app.identities.finish_link(answer.clone()).await;
    assert!(
        matches!(refused, Err(LinkError::Provider(SocialError::Refused(_)))),
        "{refused:?}"
    );
    app.upstream.says("code", Said::Asserts(asserted("1", ADA)));
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
