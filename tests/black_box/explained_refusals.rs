//! Why apps are refused what they call by themselves, told to administrators.

use crate::app::TestApp;
use crate::client::send;
use crate::relying_party::{Apps, REDIRECT};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

const TOKEN: &str = "/oauth2/token";
const INTROSPECT: &str = "/oauth2/introspect";
const REVOKE: &str = "/oauth2/revoke";

/// The path, the client, what it sends besides, and how that is explained: by the error, and by a part of the reason.
const REFUSED: &[(&str, &str, &str, &str, &str)] = &[
    (
        TOKEN,
        "robot",
        "grant_type=client_credentials",
        "invalid_scope",
        "no scope was asked for",
    ),
    (
        TOKEN,
        "robot",
        "grant_type=client_credentials&scope=openid",
        "invalid_scope",
        "about a user",
    ),
    (
        TOKEN,
        "robot",
        "grant_type=client_credentials&scope=%22",
        "invalid_scope",
        "The scope is not valid",
    ),
    (
        TOKEN,
        "robot",
        "grant_type=client_credentials&resource=https://none.example",
        "invalid_target",
        "no resource has that URI",
    ),
    (
        TOKEN,
        "shop",
        "grant_type=client_credentials",
        "unauthorized_client",
        "client_credentials is none of its grant types",
    ),
    (
        TOKEN,
        "robot",
        "grant_type=password",
        "unsupported_grant_type",
        "the grant types",
    ),
    (TOKEN, "robot", "", "invalid_request", "grant_type"),
    (
        TOKEN,
        "robot",
        "grant_type=a&grant_type=b",
        "invalid_request",
        "can't be read",
    ),
    (
        TOKEN,
        "shop",
        "grant_type=authorization_code",
        "invalid_request",
        "the parameter code.",
    ),
    (
        TOKEN,
        "shop",
        "grant_type=refresh_token",
        "invalid_request",
        "refresh_token",
    ),
    (
        TOKEN,
        "shop",
        "grant_type=refresh_token&refresh_token=pgr_x",
        "invalid_grant",
        "not valid for this client",
    ),
    (
        TOKEN,
        "stranger",
        "grant_type=client_credentials",
        "invalid_client",
        "no such client",
    ),
    (INTROSPECT, "shop", "", "invalid_request", "the parameter token."),
    (
        INTROSPECT,
        "page",
        "token=x",
        "invalid_client",
        "only a client that shows who it is",
    ),
    (INTROSPECT, "stranger", "token=x", "invalid_client", "no such client"),
    (REVOKE, "shop", "", "invalid_request", "the parameter token."),
    (REVOKE, "stranger", "token=x", "invalid_client", "no such client"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_apps_are_refused_is_explained() {
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    apps.add(&json!({"client_id": "robot", "kind": "service"})).await;
    apps.add(&json!({"client_id": "page", "kind": "spa", "redirect_uris": [REDIRECT], "scopes": ["openid"]}))
        .await;
    apps.settle().await;
    for (path, client, sent, error, reason) in REFUSED {
        let secret = apps.secret(client);
        let mut form = format!("client_id={client}&{sent}");
        if !secret.is_empty() {
            form.push_str("&client_secret=");
            form.push_str(secret);
        }
        let call = apps.app.anonymous().request(Method::POST, path);
        let call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let refused = send(call.body(form)).await;
        assert_eq!(refused.member("error"), *error, "{path} {sent}: {refused:?}");
        let explained = explanation_of(&apps, refused.header("x-request-id")).await;
        assert_eq!(explained["error"], *error, "{path} {sent}");
        assert!(
            explained["reason"].as_str().unwrap().contains(reason),
            "{path} {sent}: {explained}"
        );
        // What is not a form names nobody.
        if *reason != "can't be read" {
            assert_eq!(explained["client_id"], *client, "{path} {sent}");
        }
        assert!(
            secret.is_empty() || !explained.to_string().contains(secret),
            "{explained}"
        );
    }
    let call = apps.app.anonymous().request(Method::POST, TOKEN);
    let refused = send(call.json(&json!({"grant_type": "client_credentials"}))).await;
    assert_eq!(refused.status, 415, "{refused:?}");
    let explained = explanation_of(&apps, refused.header("x-request-id")).await;
    assert_eq!(
        (&explained["error"], &explained["client_id"]),
        (&json!("invalid_request"), &json!(null))
    );
}

async fn explanation_of(apps: &Apps, request_id: &str) -> serde_json::Value {
    let explained = apps.root().get(&format!("/admin/explain/{request_id}")).await;
    assert_eq!(explained.status, 200, "{explained:?}");
    explained.json()
}
