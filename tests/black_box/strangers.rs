//! Somebody makes an account with another person's address, and waits in it for them.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use crate::mail::{mail, token, use_link};
use crate::on_both_databases;
use crate::relying_party::VERIFIER;
use crate::second_factor::turn_on;
use crate::social::{begun_by_an_app, exchange, github, with_github};
use portcullis_tests::stand_in::StandIn;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";
const NEW_PASSWORD: &str = "another correct horse";

on_both_databases!(with &[("MAILBOX", "on")]; whoever_proves_an_address_finds_nobody_else_in_the_account);

async fn whoever_proves_an_address_finds_nobody_else_in_the_account(server: TestApp) {
    let owner = server.anonymous();
    let tokens = owner.signed_in(ADA).await;
    let stranger = owner.with_token(&tokens.access);
    if turn_on(&stranger).await.is_none() {
        return;
    }
    let waits = stranger.put("/users/me", &json!({"email": EVE})).await;
    assert_eq!(waits.member("pending_email"), EVE);
    let strangers_link = token(&mail(&server, "new_email", EVE).await);
    owner.log_in(ADA, PASSWORD).await.assert_problem(401, "mfa_required");
    let asked = owner.post("/auth/email/verify/resend", &json!({"email": ADA})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    // The link of the sign-up died when the second factor was turned on.
    for attempt in 0.. {
        let link = token(&mail(&server, "verify_email", ADA).await);
        if use_link(&owner, "/auth/email/verify", &link).await == 204 {
            break;
        }
        assert!(attempt < 200, "{}", server.logs());
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stranger.me().await.status, 401);
    assert_eq!(use_link(&owner, "/auth/email/verify", &strangers_link).await, 400);
    mail(&server, "mfa_disabled", ADA).await;
    // The password is as it was: people open mail on another device than they signed up on.
    let signed_in = owner.log_in(ADA, PASSWORD).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let asked = owner.post("/auth/password/forgot", &json!({"email": ADA})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let reset = token(&mail(&server, "reset_password", ADA).await);
    let body = json!({"token": reset, "new_password": NEW_PASSWORD});
    assert_eq!(owner.post("/auth/password/reset", &body).await.status, 204);
    owner
        .log_in(ADA, PASSWORD)
        .await
        .assert_problem(401, "invalid_credentials");
    assert_eq!(owner.log_in(ADA, NEW_PASSWORD).await.status, 200);
}

/// GitHub, whose word on addresses is trusted, with the mailbox inside.
fn with_trusted_github(github: &StandIn) -> Vec<(&str, &str)> {
    let mut settings = with_github(github);
    settings.extend([("SOCIAL_GITHUB_TRUST_EMAIL", "true"), ("MAILBOX", "on")]);
    settings
}

/// Has GitHub vouch for somebody from now on.
fn vouch(github: &StandIn, id: u32, address: &str) {
    github.json("/api/v3/user", &json!({"login": format!("user-{id}"), "id": id}));
    github.json(
        "/api/v3/user/emails",
        &json!([{"email": address, "verified": true, "primary": true}]),
    );
}

async fn signed_in_by_github(server: &TestApp) -> Client {
    let told = begun_by_an_app(server).await;
    let anybody = server.anonymous();
    let tokens = Tokens::of(&exchange(&anybody, &told["code"], VERIFIER).await);
    anybody.with_token(&tokens.access)
}

/// Somebody makes an account by a provider, changes its address to another person's, who opens the link, and waits.
async fn whoever_comes_by_a_provider_shares_no_account(server: TestApp, github: &StandIn) {
    vouch(github, 1, EVE);
    let stranger = signed_in_by_github(&server).await;
    let waits = stranger.put("/users/me", &json!({"email": ADA})).await;
    assert_eq!(waits.member("pending_email"), ADA, "{waits:?}");
    let owner = server.anonymous();
    let link = token(&mail(&server, "new_email", ADA).await);
    assert_eq!(use_link(&owner, "/auth/email/verify", &link).await, 204);
    vouch(github, 2, ADA);
    assert_eq!(begun_by_an_app(&server).await["error"], "account_exists");
    let asked = owner.post("/auth/password/forgot", &json!({"email": ADA})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let reset = token(&mail(&server, "reset_password", ADA).await);
    let body = json!({"token": reset, "new_password": NEW_PASSWORD});
    assert_eq!(owner.post("/auth/password/reset", &body).await.status, 204);
    vouch(github, 1, EVE);
    let stranger = signed_in_by_github(&server).await;
    assert_eq!(stranger.me().await.member("email"), ADA);
    vouch(github, 2, ADA);
    let joined = signed_in_by_github(&server).await;
    assert_eq!(joined.me().await.member("email"), ADA);
    assert_eq!(stranger.me().await.status, 401);
    let linked = joined.get("/users/me/identities").await.json();
    let subjects: Vec<_> = linked["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["subject"])
        .collect();
    assert_eq!(subjects, ["2"]);
    mail(&server, "identity_unlinked", ADA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_by_a_provider_shares_no_account_on_sqlite() {
    let github = github();
    let server = TestApp::on_sqlite(&with_trusted_github(&github));
    whoever_comes_by_a_provider_shares_no_account(server, &github).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_by_a_provider_shares_no_account_on_postgres() {
    let github = github();
    if let Some(server) = TestApp::on_postgres(&with_trusted_github(&github)).await {
        whoever_comes_by_a_provider_shares_no_account(server, &github).await;
    }
}
