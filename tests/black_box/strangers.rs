//! Somebody makes an account with another person's address, and waits in it for them.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::mail::{mail, token, use_link};
use crate::on_both_databases;
use crate::second_factor::turn_on;
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
