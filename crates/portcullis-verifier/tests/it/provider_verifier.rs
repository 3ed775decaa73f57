//! Tokens of clients, judged by the keys and the feed that are at hand.

use crate::building::builder;
use crate::clock::ManualClock;
use crate::provider_tokens::{AUDIENCE, GRANT, provider_claims, signed};
use crate::server::Server;
use crate::tokens::{KEYS, SECRET, set};
use portcullis_verifier::{BuildError, Verifier, VerifyError, client_family};
use serde_json::json;

fn listing(family: &str, generation: u64) -> String {
    let entry = json!({"session_id": family, "generation": generation, "until": "2040-01-01T00:00:00Z"});
    json!({"revocations": [entry]}).to_string()
}

async fn verdict(listed: &str) -> Result<(), VerifyError> {
    let (server, clock) = (Server::start().await, ManualClock::new());
    let verifier = builder(&server, &clock).build_for_resource(AUDIENCE).unwrap();
    let keys = server.keys().await;
    assert_eq!(keys.target, "/oauth2/jwks.json");
    keys.found("", &set(&KEYS.each_ref()).to_string());
    server.feed().await.found("", listed);
    verifier.ready().await;
    verifier.verify(&signed(&provider_claims())).await.map(drop)
}

#[tokio::test]
async fn a_token_dies_with_its_grant_and_with_its_client() {
    let client = client_family("shop").to_string();
    for (family, generation, expected) in [
        (GRANT, 1, Ok(())),
        (GRANT, 2, Err(VerifyError::Revoked)),
        (&client, 2, Ok(())),
        (&client, 3, Err(VerifyError::Revoked)),
        (&client_family("other").to_string(), 9, Ok(())),
    ] {
        assert_eq!(
            verdict(&listing(family, generation)).await,
            expected,
            "{family} {generation}"
        );
    }
    assert_eq!(
        verdict(r#"{"revocations":[],"not_before":"2040-01-01T00:00:00Z"}"#).await,
        Err(VerifyError::Revoked)
    );
}

#[tokio::test]
async fn no_secret_checks_tokens_of_clients_and_their_issuer_is_the_address() {
    let with_secret = Verifier::builder("https://auth.example.org").shared_secret(SECRET);
    let refused = with_secret.build_for_resource(AUDIENCE).unwrap_err();
    assert!(matches!(refused, BuildError::SecretOfTheProvider));
    let built = Verifier::builder("https://auth.example.org")
        .build_for_resource(AUDIENCE)
        .unwrap();
    assert_eq!(
        format!("{built:?}"),
        format!("ProviderVerifier(\"https://auth.example.org\", {AUDIENCE:?})")
    );
}
