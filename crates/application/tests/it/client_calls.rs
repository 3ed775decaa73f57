//! Which client calls, and who is none.

use crate::client_tokens::{by_secret, origin_of, provider, service};
use chrono::TimeDelta;
use portcullis_application::ports::Clock as _;
use portcullis_application::provider::client_calls::{ClientCallError, JWT_BEARER, PresentedClient};
use portcullis_domain::{AssertionAudience, Client, ClientKeys, ClientKind, ClientProof, Origin, SecretText};
use portcullis_oauth2::BasicCredentials;
use portcullis_testkit::{FakeClientProofs, TestApp, build};
use std::sync::Arc;

/// A client that signs.
fn signer() -> Client {
    let mut signer = service("signer", "");
    signer.settings.proof = ClientProof::Keys {
        keys: ClientKeys::checked(r#"{"keys":[]}"#.to_owned()),
        audience: AssertionAudience::Issuer,
    };
    signer
}

fn signed_by(app: &TestApp, client_id: &str, id: &str) -> PresentedClient {
    let expires_at = app.clock.now() + TimeDelta::minutes(5);
    let issuer = build::issuer().to_string();
    PresentedClient {
        assertion_type: Some(JWT_BEARER.to_owned()),
        assertion: Some(FakeClientProofs::signed(client_id, &issuer, id, expires_at)),
        ..PresentedClient::default()
    }
}

async fn refused(app: &TestApp, presented: PresentedClient) -> ClientCallError {
    let origin = origin_of("192.0.2.7");
    app.client_calls.authenticate(presented, origin).await.unwrap_err()
}

/// `shop`, a colon, and its secret, in base64.
const RIGHT: &str = "c2hvcDphIHNlY3JldCBvZiBhIGNsaWVudA==";

fn with_basic(encoded: &str) -> PresentedClient {
    PresentedClient {
        basic: Some(BasicCredentials::parse(format!("Basic {encoded}").as_bytes())),
        ..PresentedClient::default()
    }
}

fn only_named(client_id: &str) -> PresentedClient {
    PresentedClient {
        client_id: Some(client_id.to_owned()),
        ..PresentedClient::default()
    }
}

/// Checks that it is no client who shows that.
async fn assert_invalid(app: &TestApp, presented: PresentedClient, what: &str) {
    let error = refused(app, presented).await;
    assert!(matches!(error, ClientCallError::Invalid), "{what}: {error}");
}

#[tokio::test]
async fn row_37_who_shows_too_much_is_no_client() {
    let app = provider().await;
    let assertion = Some(SecretText::new("x".to_owned()));
    for two in [
        PresentedClient {
            secret: Some(SecretText::new(TestApp::CLIENT_SECRET.to_owned())),
            ..with_basic(RIGHT)
        },
        PresentedClient {
            assertion: assertion.clone(),
            ..with_basic(RIGHT)
        },
        PresentedClient {
            assertion,
            ..by_secret("shop", TestApp::CLIENT_SECRET)
        },
    ] {
        assert!(matches!(refused(&app, two).await, ClientCallError::TwoMethods));
    }
}

#[tokio::test]
async fn row_38_a_header_shows_who_it_is_if_it_can_be_read() {
    let app = provider().await;
    let origin = Origin::default();
    let shown = app.client_calls.authenticate(with_basic(RIGHT), origin).await;
    assert!(shown.is_ok());
    // In base64: `shop`, a colon, and another secret.
    assert_invalid(&app, with_basic("c2hvcDphbm90aGVy"), "a wrong secret").await;
    assert_invalid(&app, with_basic("!"), "no base64").await;
}

#[tokio::test]
async fn row_39_the_form_names_no_other_client() {
    let app = provider().await;
    let other = PresentedClient {
        client_id: Some("warehouse".to_owned()),
        ..with_basic(RIGHT)
    };
    assert_invalid(&app, other, "another client in the form").await;
}

#[tokio::test]
async fn row_40_who_shows_too_little_is_no_client_nor_who_has_nothing_to_show() {
    let app = provider().await;
    app.add_client(build::client("page", ClientKind::Spa)).await;
    let of_no_type = PresentedClient {
        assertion: Some(SecretText::new("x".to_owned())),
        ..only_named("shop")
    };
    let public = by_secret("page", TestApp::CLIENT_SECRET);
    for (presented, what) in [
        (PresentedClient::default(), "nothing"),
        (only_named("shop"), "a confidential client without a secret"),
        (public, "a public client with one"),
        (of_no_type, "an assertion of no type"),
    ] {
        assert_invalid(&app, presented, what).await;
    }
}

#[tokio::test]
async fn row_41_an_unknown_client_is_as_one_with_a_wrong_secret() {
    let app = provider().await;
    for (presented, what) in [
        (by_secret("shop", "another"), "a wrong secret"),
        (by_secret("nobody", TestApp::CLIENT_SECRET), "an unknown client"),
        (by_secret("s\u{e9}", TestApp::CLIENT_SECRET), "no client id"),
    ] {
        assert_invalid(&app, presented, what).await;
    }
}

#[tokio::test]
async fn failures_are_slowed_down_and_who_is_right_passes_all_the_same() {
    let app = provider().await;
    let mut invalid = 0;
    let limited = loop {
        match refused(&app, by_secret("shop", "guess")).await {
            ClientCallError::Invalid => invalid += 1,
            ClientCallError::Limited(exhausted) => break exhausted,
            error => panic!("{error}"),
        }
    };
    assert_eq!((invalid, limited.limit.name()), (10, "client"));
    let origin = origin_of("192.0.2.7");
    let right = by_secret("shop", TestApp::CLIENT_SECRET);
    assert!(app.client_calls.authenticate(right, origin).await.is_ok());
    assert!(matches!(
        refused(&app, by_secret("warehouse", "guess")).await,
        ClientCallError::Invalid
    ));
}

#[tokio::test]
async fn row_42_what_a_client_signs_counts_once_on_all_servers() {
    let app = provider().await;
    app.add_client(signer()).await;
    let other = app.beside();
    other.upkeep.begin().await.unwrap();
    let issuer = build::issuer().to_string();
    let show = |app: &TestApp, audience: &str, id: &str, minutes: i64| {
        let expires_at = app.clock.now() + TimeDelta::minutes(minutes);
        let presented = PresentedClient {
            assertion_type: Some(JWT_BEARER.to_owned()),
            assertion: Some(FakeClientProofs::signed("signer", audience, id, expires_at)),
            ..PresentedClient::default()
        };
        let calls = Arc::clone(&app.client_calls);
        async move { calls.authenticate(presented, Origin::default()).await.is_ok() }
    };
    assert!(show(&app, &issuer, "1", 5).await);
    assert!(!show(&app, &issuer, "1", 5).await);
    assert!(!show(&other, &issuer, "1", 5).await, "the other server knows of it");
    assert!(show(&other, &issuer, "2", 5).await);
    assert!(!show(&app, &issuer, "3", 60).await);
    assert!(!show(&app, "https://other.example.org", "4", 5).await);
    assert!(!show(&app, &format!("{issuer}/oauth2/token"), "5", 5).await);
}

#[tokio::test]
async fn row_41_a_signature_is_checked_whether_there_is_such_a_client_or_not() {
    let app = provider().await;
    app.add_client(signer()).await;
    for (client_id, is_known) in [("signer", true), ("shop", false), ("nobody", false)] {
        let before = app.client_proofs.checked();
        let presented = signed_by(&app, client_id, "1");
        let shown = app.client_calls.authenticate(presented, Origin::default()).await;
        assert_eq!(shown.is_ok(), is_known, "{client_id}");
        assert_eq!(app.client_proofs.checked() - before, 1, "{client_id}");
    }
}

#[tokio::test]
async fn row_44_what_a_client_signs_shows_who_it_is_at_every_call() {
    let app = provider().await;
    app.add_client(signer()).await;
    for id in ["1", "2"] {
        let presented = signed_by(&app, "signer", id);
        let client = app
            .client_calls
            .authenticate(presented, Origin::default())
            .await
            .unwrap();
        assert!(client.has_shown_who_it_is());
        let garbage = SecretText::new("garbage".to_owned());
        let told = app
            .client_tokens
            .introspect(&client, &garbage, &Origin::default())
            .await;
        assert_eq!(told.unwrap(), None);
        app.client_tokens
            .revoke(&client, &garbage, Origin::default())
            .await
            .unwrap();
    }
}
