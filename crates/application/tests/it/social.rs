//! Signing in by another provider: whose account it is, and what nobody gets into.

mod apps;
mod joining;
mod limits;
mod linking;
mod proving;

use chrono::TimeDelta;
use portcullis_application::social::linked::LinkError;
use portcullis_application::social::{Answer, AppRequest, BrowserShown, ExchangeError, Purpose, SocialError};
use portcullis_application::tokens::Tokens;
use portcullis_application::{MailPolicy, Mailing, SignUpPolicy, Verification};
use portcullis_domain::{AssertedIdentity, AuditReason, Carrier, Origin, SecretText, User};
use portcullis_oauth2::CodeVerifier;
use portcullis_testkit::TestApp;
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
    app.upstream.answer(begun, said)
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

async fn link(app: &TestApp, tokens: &Tokens, asserted: AssertedIdentity) -> Result<(), LinkError> {
    app.link(&app.actor(tokens).await, asserted).await
}
