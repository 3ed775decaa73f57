//! Members and parameters that a call does not know: JSON calls refuse them, so that none is misspelt in silence.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use portcullis_api::openapi_json;
use portcullis_domain::ClientKind;
use portcullis_testkit::build::{self, PASSWORD};
use serde_json::{Value, json};

/// What ignores them: where OAuth or visitors say what is sent.
const LENIENT: [&str; 12] = [
    "/",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/oauth2/jwks.json",
    "/.well-known/jwks.json",
    "/.well-known/webauthn",
    "/docs",
    "/docs/{asset}",
    "/health/live",
    "/health/ready",
    "/openapi.json",
    "/problems/{code}",
];

/// The path with an id in each place for one.
fn filled(path: &str, profile: &Value) -> String {
    let id = profile["id"].as_str().unwrap();
    path.replace("{client_id}", "shop")
        .replace("{id}", id)
        .replace("{secret_id}", id)
        .replace("{user_id}", id)
        .replace("{provider}", "google")
}

/// Every documented call: its method, its path and the schema of its JSON body, if it takes one.
fn calls() -> Vec<(String, String, Option<Value>)> {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let schema = body
                .as_str()
                .map(|name| document.pointer(name.strip_prefix('#').unwrap()).unwrap().clone());
            calls.push((method.to_uppercase(), path.clone(), schema));
        }
    }
    calls
}

/// The details of a refusal's errors, by code.
fn details<'a>(problem: &'a Value, code: &str) -> Vec<&'a str> {
    let errors = problem["errors"].as_array().unwrap().iter();
    errors
        .filter(|error| error["code"] == code)
        .map(|error| error["detail"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_json_call_refuses_parameters_that_it_does_not_know() {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    running.app.add_client(build::client("shop", ClientKind::Service)).await;
    let token = running.admin_token().await;
    let profile = running.send(Request::get("/users/me").bearer(&token)).await.json();
    let mut refusing = 0;
    for (method, path, schema) in calls() {
        if path == "/auth/token" || path == "/oauth2/userinfo" || (method == "POST" && path.starts_with("/oauth2/")) {
            // They take a form alone, or their token by the header alone.
            continue;
        }
        if path.contains("{provider}") {
            // Each tells first whether there is such a provider, which there is not here.
            continue;
        }
        let target = filled(&path, &profile)
            .replace("{asset}", "initializer.js")
            .replace("{request_id}", "nothing")
            .replace("{code}", "busy");
        for query in ["no_such=1", "no_such=", "no_such"] {
            let place = format!("{method} {target}?{query}");
            let request = Request::new(&method, &format!("{target}?{query}")).bearer(&token);
            let request = if schema.is_some() { request.json("{}") } else { request };
            let answer = running.send(request).await;
            if LENIENT.contains(&path.as_str()) {
                assert_eq!(answer.status, 200, "{place}");
                continue;
            }
            assert_eq!(answer.status, 422, "{place}");
            let flaws = answer.flaws();
            assert!(flaws.starts_with("#/no_such unknown_parameter\n"), "{place}: {flaws}");
            assert_eq!(answer.json()["errors"][0]["parameter"], "no_such", "{place}");
            refusing += 1;
        }
    }
    assert_eq!(refusing, 3 * 77);
}

#[tokio::test]
async fn every_json_body_refuses_members_that_it_does_not_know_as_the_document_says() {
    let running = Running::start();
    let token = running.admin_token().await;
    let profile = running.send(Request::get("/users/me").bearer(&token)).await.json();
    let mut refusing = 0;
    for (method, path, schema) in calls() {
        let Some(schema) = schema else { continue };
        assert_eq!(schema["additionalProperties"], false, "{method} {path}: {schema}");
        let target = filled(&path, &profile);
        let request = Request::new(&method, &target).bearer(&token).json(r#"{"no_such": 1}"#);
        let flaws = running.send(request).await.flaws();
        let required = schema["required"].as_array().map_or(0, Vec::len) + usize::from(asks_for_the_password(&schema));
        assert_eq!(
            flaws.matches(" required\n").count(),
            required,
            "{method} {path}: {flaws}"
        );
        assert!(
            flaws.ends_with("#/no_such unknown_member\n"),
            "{method} {path}: {flaws}"
        );
        refusing += 1;
    }
    assert_eq!(refusing, 37);
}

/// Whether whoever has a password has to send it, as the document says in words: a schema knows no accounts.
fn asks_for_the_password(schema: &Value) -> bool {
    ["password", "current_password"].iter().any(|member| {
        let told = schema["properties"][member]["description"].as_str();
        told.is_some_and(|told| told.contains("Where the account has none, it is left out"))
    })
}

#[tokio::test]
async fn every_json_body_needs_its_media_type() {
    let running = Running::start();
    let token = running.admin_token().await;
    let profile = running.send(Request::get("/users/me").bearer(&token)).await.json();
    for (method, path, schema) in calls() {
        if schema.is_none() {
            continue;
        }
        let target = filled(&path, &profile);
        let answer = running
            .send(Request::new(&method, &target).bearer(&token).untyped("{}"))
            .await;
        answer.assert_problem(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn a_misspelt_name_changes_nothing_and_the_right_one_is_told() {
    let running = Running::start();
    let token = running.admin_token().await;
    let ada = running.app.register(ADA).await;
    let target = format!("/admin/users/{}", ada.id);
    let change = |body: Value| running.send(Request::patch(&target).bearer(&token).json(body.to_string()));
    let problem = change(json!({"isActive": false, "full_name": "Ada King", "zz": 1}))
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(
        details(&problem, "unknown_member"),
        [
            "there is no such member here; did you mean is_active?",
            "there is no such member here"
        ]
    );
    let user = running.app.user(ada.id).await.unwrap();
    assert!(user.is_active && user.full_name == ada.full_name);

    let list = |query: &str| running.send(Request::get(&format!("/admin/users{query}")).bearer(&token));
    let problem = list("?is_actve=false&limit=0")
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(
        problem["errors"],
        json!([
            {"pointer": "#/limit", "parameter": "limit", "code": "out_of_range", "detail": "a page holds 1 to 100 items"},
            {"pointer": "#/is_actve", "parameter": "is_actve", "code": "unknown_parameter",
                "detail": "there is no such parameter here; did you mean is_active?"},
        ])
    );
}

#[tokio::test]
async fn what_is_wrong_with_query_and_body_is_told_at_once() {
    let running = Running::start();
    let log_in = |target: &str, body: Value| running.send(Request::post(target).json(body.to_string()));
    let answer = log_in(
        "/auth/login?cookie=maybe&cooky=true",
        json!({"mail": ADA, "password": 1}),
    )
    .await;
    assert_eq!(
        answer.flaws(),
        "#/cookie wrong_type\n#/cooky unknown_parameter\n#/email required\n#/password wrong_type\n#/mail unknown_member\n"
    );
    let twice = log_in("/auth/login?x=1&x=1", json!({})).await;
    twice.assert_problem(400, "repeated_parameter");
    let odd = log_in("/auth/login?%ff", json!({})).await;
    odd.assert_problem(400, "malformed_body");
    let only = log_in("/auth/logout?", json!({"refresh_token": "x"})).await;
    assert_eq!(only.status, 204);
}

#[tokio::test]
async fn who_may_call_is_decided_before_the_query_is_looked_at() {
    let running = Running::start();
    let token = running.access_token().await;
    for target in [
        "/users/me?x=1",
        "/users/me?x=1&x=2",
        "/users/me?%ff",
        "/admin/users?x=1",
    ] {
        let answer = running.send(Request::get(target)).await;
        answer.assert_problem(401, "missing_access_token");
    }
    let answer: Answer = running.send(Request::get("/admin/users?x=1").bearer(&token)).await;
    answer.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_form_and_its_query_may_hold_more_than_the_call_knows() {
    let running = Running::start();
    running.app.register(ADA).await;
    let password = PASSWORD.replace(' ', "+");
    let form = format!("username={ADA}&password={password}&client_id=x&scope=&usrname=y");
    for target in ["/auth/token?foo=1", "/auth/login?foo=1", "/auth/login?foo=1&foo=2"] {
        let answer = running.send(Request::post(target).form(&form)).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    }
}
