//! An account that must have a second factor and has none: every call that there is.

use crate::client::Request;
use crate::running::{ADA, Running};
use chrono::TimeDelta;
use portcullis_api::openapi_json;
use portcullis_domain::{FactorDemand, SecretText};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::PASSWORD;
use serde_json::{Value, json};

/// Whether a call serves to set a second factor up.
fn serves_to_enrol(method: &str, path: &str) -> bool {
    path.starts_with("/users/me/mfa")
        || path.starts_with("/users/me/passkeys")
        || (method, path) == ("GET", "/users/me")
}

/// Whether the document says that a call takes an access token of a session.
fn takes_a_token(call: &Value) -> bool {
    let schemes = call["security"].as_array().into_iter().flatten();
    schemes.into_iter().any(|scheme| scheme["bearer"].is_array())
}

async fn demanding(demand: FactorDemand) -> Running {
    let running = Running::of(TestApp::with_mail().demanding(demand));
    running.app.upkeep.begin().await.unwrap();
    running
}

/// Each call of the document, by an administrator and by a user, as each demand has it.
#[tokio::test]
async fn every_call_but_those_that_set_one_up_is_refused() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    for (demand, is_admin, owes) in [
        (FactorDemand::Everybody, false, true),
        (FactorDemand::Everybody, true, true),
        (FactorDemand::Administrators, true, true),
        (FactorDemand::Administrators, false, false),
        (FactorDemand::Nobody, true, false),
    ] {
        // Without bodies no call changes anything that another one needs.
        let running = demanding(demand).await;
        if is_admin {
            running.app.register_admin(ADA).await;
        } else {
            running.app.register(ADA).await;
        }
        let tokens = running.log_in(ADA).await;
        let (mut refused, mut open) = (0, 0);
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, call) in item.as_object().unwrap() {
                let id = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27";
                let target = ["{id}", "{user_id}", "{secret_id}", "{client_id}", "{asset}", "{code}"]
                    .iter()
                    .fold(path.clone(), |target, name| target.replace(name, id));
                let method = method.to_uppercase();
                let request = Request::new(&method, &target).bearer(tokens["access_token"].as_str().unwrap());
                let answer = running.send(request).await;
                let place = format!("{method} {path}, {demand}: {}", answer.status);
                let is_refused = answer.status == 403 && answer.text().contains("mfa_enrolment_required");
                if owes && takes_a_token(call) && !serves_to_enrol(&method, path) {
                    assert!(is_refused, "{place}");
                    refused += 1;
                } else {
                    assert!(!is_refused, "{place}");
                    open += 1;
                }
            }
        }
        assert!(open > 20 && (refused > 40) == owes, "{refused} {open}");
    }
}

#[tokio::test]
async fn whoever_sets_one_up_goes_on_at_the_next_refresh() {
    let running = demanding(FactorDemand::Administrators).await;
    running.app.register_admin(ADA).await;
    let tokens = running.log_in(ADA).await;
    let token = tokens["access_token"].as_str().unwrap();
    let get = async |target: &str, token: &str| running.send(Request::get(target).bearer(token)).await;
    assert_eq!(get("/users/me", token).await.json()["role"], "ADMIN", "what it will be");
    get("/auth/verify", token)
        .await
        .assert_problem(403, "mfa_enrolment_required");
    let post = async |target: &str, body: Value| {
        running
            .send(Request::post(target).bearer(token).json(body.to_string()))
            .await
    };
    let enrolment = post("/users/me/mfa/totp", json!({"password": PASSWORD})).await.json();
    let secret = SecretText::new(enrolment["secret"].as_str().unwrap().to_owned());
    let code = running.app.app_code(&secret);
    let confirmed = post("/users/me/mfa/totp/confirm", json!({"code": code.expose()})).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    running.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(get("/admin/users", token).await.status, 200);
    let body = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let next = running.send(Request::post("/auth/refresh").json(body)).await.json();
    let next = next["access_token"].as_str().unwrap();
    assert_eq!(get("/auth/verify?role=ADMIN", next).await.status, 204);
}

#[tokio::test]
async fn an_administrator_does_not_reset_their_own() {
    let running = Running::start();
    let root = running.admin_token().await;
    let id = running.send(Request::get("/users/me").bearer(&root)).await.json()["id"].clone();
    let reset = Request::delete(&format!("/admin/users/{}/mfa", id.as_str().unwrap())).bearer(&root);
    running.send(reset).await.assert_problem(409, "own_second_factor");
}

/// What a right password gives where a code is still asked for is no token, at any call.
#[tokio::test]
async fn half_a_sign_in_opens_no_call() {
    let running = Running::start();
    running.app.register_admin(ADA).await;
    running.app.turn_on_second_factor(&running.app.log_in(ADA).await).await;
    let half_way = running.app.log_in_halfway(ADA).await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut refused = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, _) in item.as_object().unwrap().iter().filter(|(_, call)| takes_a_token(call)) {
            let request = Request::new(&method.to_uppercase(), path).bearer(half_way.token.expose());
            running.send(request).await.assert_problem(401, "invalid_access_token");
            refused += 1;
        }
    }
    assert!(refused > 40, "{refused}");
}
