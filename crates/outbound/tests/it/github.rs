//! GitHub's three calls, as GitHub documents them, and as it should not answer.

use crate::openid::{clients, redemption, settings};
use portcullis_application::ports::{Redemption, UpstreamError, UpstreamProviders};
use portcullis_domain::{AssertedIdentity, ProviderName};
use portcullis_outbound::{ProviderKind, UpstreamClients};
use portcullis_tests::stand_in::{Reply, StandIn};
use serde_json::{Value, json};

const TOKEN: &str = "/login/oauth/access_token";
const USER: &str = "/api/v3/user";
const EMAILS: &str = "/api/v3/user/emails";

fn github() -> ProviderName {
    "github".parse().unwrap()
}

fn start() -> (StandIn, UpstreamClients) {
    let server = StandIn::start();
    let clients = clients(settings("github", ProviderKind::GitHub, &server.base));
    server.json(
        TOKEN,
        &json!({"access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a", "scope": "read:user,user:email", "token_type": "bearer"}),
    );
    server.json(
        USER,
        &json!({"login": "octocat", "id": 583_231, "node_id": "MDQ6", "name": "The Octocat", "email": null}),
    );
    server.json(
        EMAILS,
        &json!([
            {"email": "second@example.org", "verified": true, "primary": false, "visibility": null},
            {"email": "octocat@example.org", "verified": true, "primary": true, "visibility": "public"},
        ]),
    );
    (server, clients)
}

async fn redeem(clients: &UpstreamClients) -> Result<AssertedIdentity, UpstreamError> {
    clients.redeem(&github(), &redemption()).await
}

#[tokio::test]
async fn somebody_is_known_by_the_number_of_their_account() {
    let (server, clients) = start();
    let asserted = redeem(&clients).await.unwrap();
    assert_eq!(
        (asserted.key.issuer(), asserted.key.subject()),
        (server.base.as_str(), "583231")
    );
    assert_eq!(asserted.email.as_ref().unwrap().as_str(), "octocat@example.org");
    assert!(asserted.is_email_verified && !asserted.is_authoritative);
    assert_eq!(asserted.full_name.as_deref(), Some("The Octocat"));
    assert_eq!(asserted.label.unwrap().as_str(), "octocat");
    let requests = server.requests();
    assert!(requests[0].contains("client_secret=a+secret%26more") && requests[0].contains("code_verifier="));
    assert!(requests[1].contains("authorization: Bearer gho_"));
}

#[tokio::test]
async fn only_the_primary_address_that_is_verified_counts() {
    for emails in [
        json!([{"email": "a@example.org", "verified": false, "primary": true}]),
        json!([{"email": "a@example.org", "verified": "true", "primary": true}]),
        json!([{"email": "a@example.org", "verified": true, "primary": false}]),
        json!([]),
    ] {
        let (server, clients) = start();
        server.json(EMAILS, &emails);
        let asserted = redeem(&clients).await.unwrap();
        assert!(asserted.email.is_none() && !asserted.is_email_verified, "{emails}");
    }
    let (server, clients) = start();
    server.answer(EMAILS, Reply::Body(404, "{}".to_owned()));
    assert!(redeem(&clients).await.unwrap().email.is_none());
}

#[tokio::test]
async fn a_refusal_with_status_200_is_one() {
    let (server, clients) = start();
    server.json(
        TOKEN,
        &json!({"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}),
    );
    let refused = redeem(&clients).await;
    assert!(
        matches!(&refused, Err(UpstreamError::Refused(why)) if why == "bad_verification_code"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_github_would_not_answer_is_not_taken() {
    for (path, answer) in [
        (TOKEN, json!({})),
        (TOKEN, json!({"access_token": "", "token_type": "bearer"})),
        (TOKEN, json!({"access_token": "a b", "token_type": "bearer"})),
        (TOKEN, json!({"access_token": "a\r\nx: y", "token_type": "bearer"})),
        (TOKEN, json!({"access_token": "a", "token_type": "mac"})),
        (USER, json!({"login": "octocat"})),
        (USER, json!({"id": null, "login": "octocat"})),
        (USER, json!({"id": 0, "login": "octocat"})),
        (USER, json!({"id": "583231", "login": "octocat"})),
        (USER, json!({"message": "Bad credentials"})),
        (USER, json!([583_231, "octocat", null])),
        (EMAILS, json!({"message": "x"})),
    ] as [(&str, Value); 12]
    {
        let (server, clients) = start();
        server.json(path, &answer);
        let refused = redeem(&clients).await;
        assert!(
            matches!(refused, Err(UpstreamError::Untrusted(_))),
            "{path} {answer}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn github_gives_no_id_tokens_and_names_itself_or_nobody() {
    let (server, clients) = start();
    let shown = clients
        .check_id_token(&github(), &"a".to_owned().into(), &"b".to_owned().into())
        .await;
    assert!(matches!(shown, Err(UpstreamError::Untrusted(_))), "{shown:?}");
    for (issuer, is_taken) in [
        (format!("{}/login/oauth", server.base), true),
        ("https://evil.example".to_owned(), false),
    ] {
        let named = Redemption {
            issuer: Some(issuer.clone()),
            ..redemption()
        };
        assert_eq!(clients.redeem(&github(), &named).await.is_ok(), is_taken, "{issuer}");
    }
}
