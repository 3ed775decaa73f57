//! Second factors and fresh proofs, as programs are told of them.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use chrono::TimeDelta;
use portcullis_api::openapi_json;
use portcullis_domain::SecretText;
use portcullis_testkit::build::PASSWORD;
use serde_json::{Value, json};

/// Turns ADA's second factor on in the session of that token, and gives the app's secret and the recovery codes.
pub(crate) async fn turn_on(running: &Running, token: &str) -> (SecretText, Vec<String>) {
    let body = json!({"password": PASSWORD}).to_string();
    let enrolment = running
        .send(Request::post("/users/me/mfa/totp").bearer(token).json(body))
        .await;
    assert_eq!(enrolment.status, 201, "{}", enrolment.text());
    assert_eq!(enrolment.header("cache-control"), Some("no-store"));
    let enrolment = enrolment.json();
    for member in ["secret", "otpauth_uri", "qr_svg"] {
        assert!(
            enrolment[member].as_str().is_some_and(|text| !text.is_empty()),
            "{enrolment}"
        );
    }
    let secret = SecretText::new(enrolment["secret"].as_str().unwrap().to_owned());
    let body = json!({"code": running.app.app_code(&secret).expose()}).to_string();
    let confirm = Request::post("/users/me/mfa/totp/confirm").bearer(token).json(body);
    let confirmed = running.send(confirm).await.json();
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    running.app.clock.advance(TimeDelta::seconds(30));
    (secret, codes)
}

async fn log_in(running: &Running) -> Answer {
    let body = json!({"email": ADA, "password": PASSWORD}).to_string();
    running.send(Request::post("/auth/login").json(body)).await
}

async fn by_code(running: &Running, token: &Value, code: &Value) -> Answer {
    let body = json!({"mfa_token": token, "code": code}).to_string();
    running.send(Request::post("/auth/login/mfa").json(body)).await
}

fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_sign_in_goes_on_by_a_code() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let (secret, codes) = turn_on(&running, access_token(&tokens)).await;
    let halfway = log_in(&running).await.assert_problem(401, "mfa_required");
    assert_eq!(halfway["methods"], json!(["totp", "recovery_code"]));
    let token = &halfway["mfa_token"];
    for odd in [json!(123_456), json!(["123456"]), json!(null)] {
        by_code(&running, token, &odd)
            .await
            .assert_problem(422, "validation_failed");
    }
    by_code(&running, token, &json!("12345"))
        .await
        .assert_problem(401, "invalid_code");
    by_code(&running, &json!("pmc_"), &json!("123456"))
        .await
        .assert_problem(401, "invalid_mfa_token");
    let inside = by_code(&running, token, &json!(running.app.app_code(&secret).expose())).await;
    assert_eq!(inside.status, 200, "{}", inside.text());
    let form = format!("username={ADA}&password={}", PASSWORD.replace(' ', "+"));
    let told = running.send(Request::post("/auth/token").form(&form)).await;
    let told = told.assert_oauth_error("mfa_required", "invalid_grant");
    let inside = by_code(&running, &told["mfa_token"], &json!(codes[0].to_uppercase())).await;
    let me = Request::get("/users/me/mfa").bearer(access_token(&inside.json()));
    let state = json!({"totp": true, "passkeys": 0, "recovery_codes_left": 9});
    assert_eq!(running.send(me).await.json(), state);
}

#[tokio::test]
async fn too_many_wrong_codes_are_told_with_the_time_to_wait() {
    let running = Running::start();
    let tokens = running.tokens().await;
    turn_on(&running, access_token(&tokens)).await;
    for _ in 0..2 {
        let halfway = log_in(&running).await.json();
        for _ in 0..5 {
            by_code(&running, &halfway["mfa_token"], &json!("x"))
                .await
                .assert_problem(401, "invalid_code");
        }
        let over = by_code(&running, &halfway["mfa_token"], &json!("x")).await;
        over.assert_problem(401, "invalid_mfa_token");
    }
    let halfway = log_in(&running).await.json();
    let refused = by_code(&running, &halfway["mfa_token"], &json!("x")).await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), Some("900"));
    assert_eq!(refused.header("ratelimit-policy"), Some("\"second-factor\";q=10;w=900"));
}

#[tokio::test]
async fn a_change_asks_for_a_fresh_proof_as_rfc_9470_has_it() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let old = access_token(&tokens);
    running.app.clock.advance(TimeDelta::minutes(11));
    let change = |token: &str| {
        Request::put("/users/me")
            .bearer(token)
            .json(r#"{"email": "new@example.com"}"#)
    };
    let refused = running.send(change(old)).await;
    refused.assert_problem(403, "reauthentication_required");
    let challenge = refused.header("www-authenticate").unwrap();
    for part in [
        "Bearer ",
        r#"error="insufficient_user_authentication""#,
        r#"acr_values="1fa""#,
        r#"max_age="600""#,
    ] {
        assert!(challenge.contains(part), "{challenge}");
    }
    // Another name takes none.
    let rename = Request::put("/users/me")
        .bearer(old)
        .json(r#"{"full_name": "Ada King"}"#);
    assert_eq!(running.send(rename).await.status, 200);
    // Nor does what takes a thief's access away.
    for (target, status) in [
        ("/users/me/sessions", 204),
        ("/users/me/sessions/019338a1-7c00-7a3b-8d52-6f1e0c9b4a27", 404),
        ("/users/me/applications/nobody", 404),
    ] {
        let answer = running.send(Request::delete(target).bearer(old)).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
    }
    let prove = |password: &str| {
        let body = json!({"password": password}).to_string();
        Request::post("/auth/reauthenticate").bearer(old).json(body)
    };
    running.send(prove("wrong")).await.assert_problem(403, "wrong_password");
    let next = running.send(prove(PASSWORD)).await;
    assert_eq!(next.status, 200, "{}", next.text());
    assert_eq!(running.send(change(access_token(&next.json()))).await.status, 200);
}

/// Each call of administration that changes something, as the document lists them.
#[tokio::test]
async fn no_administrator_changes_anything_by_an_old_proof() {
    let running = Running::start();
    let root = running.admin_token().await;
    running
        .app
        .clock
        .advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut refused = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if !path.starts_with("/admin/") {
                continue;
            }
            let id = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27";
            let filled = ["{id}", "{user_id}", "{secret_id}"]
                .iter()
                .fold(path.replace("{client_id}", "nobody"), |path, name| {
                    path.replace(name, id)
                });
            let answer = running
                .send(Request::new(&method.to_uppercase(), &filled).bearer(&root))
                .await;
            if method == "get" {
                assert!([200, 404].contains(&answer.status), "{path}: {}", answer.text());
            } else {
                answer.assert_problem(403, "reauthentication_required");
                refused += 1;
            }
        }
    }
    assert!(refused > 15, "{refused}");
}
