//! How often a provider is asked, how long what it said is kept, and who waits for it.

use super::{Provider, acme, redemption};
use portcullis_application::ports::{UpstreamError, UpstreamProviders};
use portcullis_domain::SecretText;
use portcullis_tests::stand_in::Reply;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::test]
async fn keys_are_asked_for_anew_where_one_is_not_known_and_not_again_at_once() {
    let provider = Provider::start();
    provider.asserted(&provider.token(&provider.claims())).await.unwrap();
    assert_eq!(provider.server.count("/keys"), 1);
    for _ in 0..5 {
        let unknown = provider.signed(
            &json!({"alg": "EdDSA", "kid": "made-up"}),
            &provider.claims().to_string(),
        );
        assert!(provider.asserted(&unknown).await.is_err());
    }
    assert_eq!(
        provider.server.count("/keys"),
        1,
        "within the minute after they were asked for"
    );
    assert_eq!(provider.server.count("/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn keys_that_can_not_be_had_are_not_asked_for_by_every_token() {
    let provider = Provider::start();
    provider.server.answer("/keys", Reply::Body(500, "{}".to_owned()));
    for _ in 0..5 {
        let down = provider.asserted(&provider.token(&provider.claims())).await;
        assert!(matches!(down, Err(UpstreamError::Unreachable(_))), "{down:?}");
    }
    assert_eq!(provider.server.count("/keys"), 1);
}

/// Whoever comes while the first one waits is told so, and does not wait as long again.
#[tokio::test]
async fn a_discovery_that_hangs_is_asked_once() {
    let provider = Provider::start();
    provider
        .server
        .answer("/.well-known/openid-configuration", Reply::Silence);
    let clients = Arc::new(provider.clients);
    let began = Instant::now();
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let clients = Arc::clone(&clients);
            tokio::spawn(async move { clients.redeem(&acme(), &redemption()).await })
        })
        .collect();
    for waiting in waiting {
        let failed = waiting.await.unwrap();
        assert!(matches!(failed, Err(UpstreamError::Unreachable(_))), "{failed:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(provider.server.count("/.well-known/openid-configuration"), 1);
}

/// Whoever shows a token that is not for us has the provider asked for nothing.
#[tokio::test]
async fn no_keys_are_asked_for_because_of_a_token_for_somebody_else() {
    let provider = Provider::start();
    for claims in [
        provider.with("aud", json!("them")),
        provider.with("iss", json!("https://id.example")),
        provider.without("iss"),
        json!([]),
    ] {
        let refused = provider.asserted(&provider.token(&claims)).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{claims}: {refused:?}"
        );
    }
    assert_eq!(provider.server.count("/keys"), 0);
}

/// Keys that were taken back a day ago sign nobody in, although we can't hear of it.
#[tokio::test]
async fn keys_are_trusted_for_a_day_while_new_ones_can_not_be_had() {
    let provider = Provider::start();
    let token = provider.token(&provider.claims());
    provider.asserted(&token).await.unwrap();
    provider.server.answer("/keys", Reply::Body(500, "{}".to_owned()));
    provider.clock.advance(Duration::from_hours(23));
    provider.asserted(&token).await.unwrap();
    provider.clock.advance(Duration::from_hours(2));
    let refused = provider.asserted(&token).await;
    assert!(matches!(refused, Err(UpstreamError::Unreachable(_))), "{refused:?}");
}

#[tokio::test]
async fn what_a_provider_said_of_itself_counts_for_a_day_and_until_it_says_otherwise() {
    let provider = Provider::start();
    let discovery = "/.well-known/openid-configuration";
    let token = provider.token(&provider.claims());
    provider.asserted(&token).await.unwrap();
    provider.server.answer(discovery, Reply::Body(500, "{}".to_owned()));
    provider.clock.advance(Duration::from_hours(2));
    provider.asserted(&token).await.unwrap();
    let mut other = provider.document();
    other["issuer"] = json!("https://id.example");
    provider.server.json(discovery, &other);
    provider.clock.advance(Duration::from_mins(2));
    let refused = provider.asserted(&token).await;
    assert!(matches!(refused, Err(UpstreamError::Untrusted(_))), "{refused:?}");
    provider.server.answer(discovery, Reply::Body(500, "{}".to_owned()));
    provider.clock.advance(Duration::from_secs(10));
    let refused = provider.asserted(&token).await;
    assert!(matches!(refused, Err(UpstreamError::Unreachable(_))), "{refused:?}");
}

/// Tokens that anybody shows take no place of those who come back from the provider.
#[tokio::test]
async fn who_comes_back_from_the_provider_has_a_place() {
    let provider = Provider::start();
    provider.server.answer("/keys", Reply::Silence);
    let token = SecretText::new(provider.token(&provider.claims()));
    let clients = Arc::new(provider.clients);
    let showing: Vec<_> = (0..40)
        .map(|_| {
            let (clients, token) = (Arc::clone(&clients), token.clone());
            tokio::spawn(async move {
                clients
                    .check_id_token(&acme(), &token, &"the-nonce".to_owned().into())
                    .await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    provider.server.json("/token", &json!({"error": "invalid_grant"}));
    let coming_back = clients.redeem(&acme(), &redemption()).await;
    assert!(matches!(coming_back, Err(UpstreamError::Refused(_))), "{coming_back:?}");
    let mut busy = 0;
    for showing in showing {
        busy += usize::from(matches!(showing.await.unwrap(), Err(UpstreamError::Busy)));
    }
    assert_eq!(busy, 16);
}

#[tokio::test]
async fn nobody_waits_longer_than_ten_seconds() {
    for path in ["/.well-known/openid-configuration", "/token", "/keys"] {
        for reply in [Reply::Silence, Reply::Drip, Reply::Endless] {
            let provider = Provider::start();
            let token = provider.token(&provider.claims());
            provider
                .server
                .json("/token", &json!({"id_token": token, "token_type": "Bearer"}));
            provider.server.answer(path, reply);
            let began = Instant::now();
            let failed = provider.clients.redeem(&acme(), &redemption()).await;
            assert!(
                matches!(failed, Err(UpstreamError::Unreachable(_))),
                "{path}: {failed:?}"
            );
            assert!(began.elapsed() < Duration::from_secs(10), "{path}");
        }
    }
}

#[tokio::test]
async fn so_many_wait_and_one_more_is_told_so() {
    let provider = Provider::start();
    provider
        .server
        .answer("/.well-known/openid-configuration", Reply::Silence);
    let clients = Arc::new(provider.clients);
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let clients = Arc::clone(&clients);
            tokio::spawn(async move { clients.redeem(&acme(), &redemption()).await })
        })
        .collect();
    let mut busy = 0;
    for waiting in waiting {
        busy += usize::from(matches!(waiting.await.unwrap(), Err(UpstreamError::Busy)));
    }
    assert_eq!(busy, 8);
}
