//! Apps with a front end of their own: their codes, and ID tokens that they show.

use super::{ADA, VERIFIER, code_of, come_back, exchange, for_an_app};
use chrono::TimeDelta;
use portcullis_application::ports::Clock;
use portcullis_application::social::{Answer, ExchangeError, IdTokenError, IdTokenShown, SocialError};
use portcullis_domain::{Carrier, Origin};
use portcullis_testkit::TestApp;
use portcullis_testkit::upstream::{Said, asserted};

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
