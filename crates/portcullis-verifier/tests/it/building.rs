//! What a verifier is built of, and when it is not.

use crate::clock::ManualClock;
use crate::server::Server;
use crate::tokens::{ISSUER, SECRET, issued};
use portcullis_verifier::{BuildError, StaleFeed, Verifier, VerifierBuilder};
use std::sync::Arc;
use std::time::Duration;

/// A builder for the verifier of `server`, whose time is `clock`.
pub(crate) fn builder(server: &Server, clock: &Arc<ManualClock>) -> VerifierBuilder {
    Verifier::builder(server.address.clone())
        .issuer(ISSUER)
        .clock(Arc::clone(clock) as Arc<_>)
}

#[tokio::test]
async fn what_can_not_be_safe_is_not_built() {
    let good = || Verifier::builder("https://auth.example.org");
    assert!(good().shared_secret(SECRET).build().is_ok());
    for (builder, is_expected) in [
        (
            Verifier::builder("http://auth.example.org"),
            (|error| matches!(error, BuildError::NotHttps)) as fn(&BuildError) -> bool,
        ),
        (Verifier::builder("auth.example.org"), |error| {
            matches!(error, BuildError::Address)
        }),
        (good().shared_secret(&SECRET[..31]), |error| {
            matches!(error, BuildError::ShortSecret)
        }),
        (good().trust_feed_for(Duration::from_millis(4999)), |error| {
            matches!(error, BuildError::ShortBound)
        }),
        (
            good().root_certificates(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
            |error| matches!(error, BuildError::Tls(_)),
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert!(is_expected(&error), "{error:?}");
    }
}

#[test]
fn without_a_runtime_nothing_is_built() {
    let error = Verifier::builder("https://auth.example.org").build().unwrap_err();
    assert!(matches!(error, BuildError::NoRuntime));
}

#[tokio::test]
async fn secrets_are_not_printed() {
    let builder = Verifier::builder("https://auth.example.org").shared_secret(SECRET);
    assert_eq!(format!("{builder:?}"), r#"VerifierBuilder("https://auth.example.org")"#);
    assert_eq!(format!("{:?}", builder.build().unwrap()), r#"Verifier("portcullis")"#);
}

#[tokio::test]
async fn the_issuer_is_portcullis_unless_given() {
    let (server, clock) = (Server::start().await, ManualClock::new());
    let builder = || {
        Verifier::builder(server.address.clone())
            .clock(Arc::clone(&clock) as Arc<_>)
            .shared_secret(SECRET)
            .when_feed_is_stale(StaleFeed::Accept)
    };
    let of_default = crate::tokens::with_claim("iss", serde_json::json!("portcullis"));
    let verifier = builder().build().unwrap();
    assert!(verifier.verify(&of_default).await.is_ok());
    assert!(verifier.verify(&issued()).await.is_err());
    assert!(
        builder()
            .issuer(ISSUER)
            .build()
            .unwrap()
            .verify(&issued())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn two_shared_secrets_carry_over_a_change() {
    let (server, clock) = (Server::start().await, ManualClock::new());
    let verifier = builder(&server, &clock)
        .shared_secret(crate::tokens::FOREIGN_SECRET)
        .shared_secret(SECRET)
        .when_feed_is_stale(StaleFeed::Accept)
        .build()
        .unwrap();
    assert!(verifier.verify(&issued()).await.is_ok());
}

/// The tasks hold the clock as long as they live.
#[tokio::test]
async fn with_the_last_verifier_its_tasks_end() {
    let (server, clock) = (Server::start().await, ManualClock::new());
    let verifier = builder(&server, &clock).build().unwrap();
    let other = verifier.clone();
    drop(verifier);
    server.feed().await;
    assert!(Arc::strong_count(&clock) > 1);
    drop(other);
    let ended = async {
        while Arc::strong_count(&clock) > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap();
}
