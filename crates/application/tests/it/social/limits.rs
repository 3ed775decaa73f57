//! What strangers may cause, and whom that keeps out.

use super::{ADA, code_of, come_back, for_an_app, sign_in, verified_ada};
use portcullis_application::ports::Limit;
use portcullis_application::social::linked::LinkError;
use portcullis_application::social::{Answer, SocialError};
use portcullis_application::{MailPolicy, Mailing, SignUpPolicy};
use portcullis_domain::{AssertedIdentity, Origin};
use portcullis_testkit::upstream::{Said, asserted};
use portcullis_testkit::{TestApp, build};

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

/// Each that is not linked counts as a registration, whether there is an account or not: the answer tells of it.
#[tokio::test]
async fn whether_an_address_has_an_account_is_told_as_often_as_somebody_may_register() {
    let app = TestApp::with_mail();
    verified_ada(&app).await;
    let mut asked = 0;
    let last = loop {
        let unsure = AssertedIdentity {
            is_email_verified: false,
            ..asserted(&format!("unlinked-{asked}"), ADA)
        };
        let answer = from(come_back(&app, for_an_app(), Said::Asserts(unsure)).await, stranger());
        let said = app.social.answer_app(answer, None).await.unwrap().said;
        match said {
            Err(SocialError::AccountExists(_)) if asked < 100 => asked += 1,
            other => break other,
        }
    };
    assert!(
        matches!(&last, Err(SocialError::TooMany(exhausted)) if exhausted.limit == Limit::Registration),
        "{last:?}"
    );
    assert_eq!(asked, 20);
}

/// Wrong passwords of a stranger at the same address, and their calls to the provider, keep nobody out who was here before.
#[tokio::test]
async fn a_stranger_at_ones_address_keeps_nobody_out() {
    let app = TestApp::new();
    let tokens = sign_in(&app, asserted("1", ADA)).await.unwrap();
    let known = Origin {
        device_token: tokens.device_token.clone(),
        ..stranger()
    };
    for number in 0..110 {
        let mut attempt = build::log_in(&format!("nobody-{number}@x.test"), "a wrong password");
        attempt.origin = stranger();
        let _ = app.sign_in.log_in(attempt).await;
    }
    // Nothing is guessed here, so wrong passwords do not count.
    let ada = || Said::Asserts(asserted("1", ADA));
    let answer = from(come_back(&app, for_an_app(), ada()).await, stranger());
    assert!(app.social.answer_app(answer, None).await.unwrap().said.is_ok());
    let mut refused = 0;
    let last = loop {
        let answer = from(come_back(&app, for_an_app(), Said::Refuses).await, stranger());
        match app.social.answer_app(answer, None).await.unwrap().said {
            Err(SocialError::Refused(_)) if refused < 200 => refused += 1,
            other => break other,
        }
    };
    assert!(
        matches!(&last, Err(SocialError::TooMany(exhausted)) if exhausted.limit == Limit::Provider),
        "{last:?}"
    );
    assert_eq!(refused, 100);
    let answer = from(come_back(&app, for_an_app(), ada()).await, known.clone());
    assert!(app.social.answer_app(answer, None).await.unwrap().said.is_ok());
    // Whoever has such a device may not go on for ever, either.
    for _ in 0..10 {
        let answer = from(come_back(&app, for_an_app(), Said::Refuses).await, known.clone());
        let said = app.social.answer_app(answer, None).await.unwrap().said;
        assert!(matches!(said, Err(SocialError::Refused(_))), "{said:?}");
    }
    let answer = from(come_back(&app, for_an_app(), Said::Refuses).await, known);
    let said = app.social.answer_app(answer, None).await.unwrap().said;
    assert!(matches!(said, Err(SocialError::TooMany(_))), "{said:?}");
}

/// Whoever signs in without a device gets one, so a stranger may have as many as they like.
#[tokio::test]
async fn the_devices_of_an_address_together_ask_a_provider_ten_times_as_often_as_one() {
    let app = TestApp::new();
    let mut devices = Vec::new();
    for _ in 0..12 {
        let token = sign_in(&app, asserted("1", ADA)).await.unwrap().device_token;
        devices.push(Origin {
            device_token: token,
            ..stranger()
        });
    }
    let asked = async |origin: &Origin| {
        let answer = from(come_back(&app, for_an_app(), Said::Refuses).await, origin.clone());
        app.social.answer_app(answer, None).await.unwrap().said.unwrap_err()
    };
    let mut refused = 0;
    let mut last = None;
    for device in &devices {
        for _ in 0..10 {
            match asked(device).await {
                SocialError::TooMany(exhausted) => last = Some(exhausted.limit),
                SocialError::Refused(_) => refused += 1,
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!((refused, last), (100, Some(Limit::Devices)));
    // Neither strangers at the address are counted by it, nor a device elsewhere.
    let mut elsewhere = devices.pop().unwrap();
    elsewhere.device.address = Some([203, 0, 113, 25].into());
    for origin in [stranger(), elsewhere] {
        let said = asked(&origin).await;
        assert!(matches!(said, SocialError::Refused(_)), "{said}");
    }
}

/// Each is a call to the provider with our secret.
#[tokio::test]
async fn linking_asks_the_provider_as_often_as_anybody_may() {
    let app = TestApp::new();
    app.register(ADA).await;
    let tokens = app.log_in(ADA).await;
    let google = "google".parse().unwrap();
    let mut asked = 0;
    let last = loop {
        let actor = app.actor(&tokens).await;
        let begun = app.identities.begin_link(&actor, &google, None, None).await.unwrap();
        let answer = from(app.upstream.answer(begun, Said::Refuses), stranger());
        match app.identities.finish_link(answer).await {
            Err(LinkError::Provider(SocialError::Refused(_))) if asked < 200 => asked += 1,
            other => break other,
        }
    };
    assert!(
        matches!(&last, Err(LinkError::Provider(SocialError::TooMany(_)))),
        "{last:?}"
    );
    assert_eq!(asked, 100);
}

/// Somewhere on the internet.
fn stranger() -> Origin {
    let mut origin = Origin::default();
    origin.device.address = Some([203, 0, 113, 24].into());
    origin
}

fn from(answer: Answer, origin: Origin) -> Answer {
    Answer { origin, ..answer }
}
