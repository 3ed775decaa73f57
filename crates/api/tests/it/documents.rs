//! The greeting and the OpenAPI document.

use crate::client::Request;
use crate::running::{ADA, Running};
use portcullis_api::openapi_json;
use portcullis_domain::{AuditEventType, Email, FullName, PageSize, Password, PasswordPolicy, SecretText};
use portcullis_testkit::build::PASSWORD;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

#[tokio::test]
async fn the_front_door_greets() {
    let running = Running::start();
    let greeting = running.send(Request::get("/")).await.json();
    assert_eq!(
        (&greeting["docs"], &greeting["version"]),
        (&json!("/docs"), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert!(greeting["message"].as_str().is_some_and(|message| !message.is_empty()));
}

#[test]
fn the_kept_openapi_document_is_the_present_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == openapi_json(),
        "docs/openapi.json is stale; run `portcullis openapi > docs/openapi.json`"
    );
}

#[tokio::test]
async fn the_server_sends_the_document() {
    let running = Running::start();
    let answer = running.send(Request::get("/openapi.json")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text(), openapi_json());
}

/// Every call that there is.
const CALLS: &[&str] = &[
    "DELETE /admin/clients/{client_id}",
    "DELETE /admin/clients/{client_id}/members/{user_id}",
    "DELETE /admin/clients/{client_id}/secrets/{secret_id}",
    "DELETE /admin/invitations/{id}",
    "DELETE /admin/outbox/{id}",
    "DELETE /admin/resources/{id}",
    "DELETE /admin/users/{id}",
    "DELETE /admin/users/{id}/applications/{client_id}",
    "DELETE /admin/users/{id}/mfa",
    "DELETE /admin/users/{id}/sessions",
    "DELETE /users/me",
    "DELETE /users/me/applications/{client_id}",
    "DELETE /users/me/identities/{id}",
    "DELETE /users/me/mfa/totp",
    "DELETE /users/me/passkeys/{id}",
    "DELETE /users/me/sessions",
    "DELETE /users/me/sessions/{id}",
    "GET /",
    "GET /.well-known/jwks.json",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/webauthn",
    "GET /admin/audit-events",
    "GET /admin/clients",
    "GET /admin/clients/{client_id}",
    "GET /admin/clients/{client_id}/members",
    "GET /admin/explain/{request_id}",
    "GET /admin/invitations",
    "GET /admin/outbox",
    "GET /admin/resources",
    "GET /admin/resources/{id}",
    "GET /admin/users",
    "GET /admin/users/{id}",
    "GET /admin/users/{id}/applications",
    "GET /admin/users/{id}/sessions",
    "GET /auth/social",
    "GET /auth/social/{provider}",
    "GET /auth/social/{provider}/callback",
    "GET /auth/verify",
    "GET /docs",
    "GET /docs/{asset}",
    "GET /health/live",
    "GET /health/ready",
    "GET /oauth2/jwks.json",
    "GET /oauth2/userinfo",
    "GET /openapi.json",
    "GET /problems/{code}",
    "GET /revocations",
    "GET /users/me",
    "GET /users/me/applications",
    "GET /users/me/audit-events",
    "GET /users/me/identities",
    "GET /users/me/mfa",
    "GET /users/me/passkeys",
    "GET /users/me/sessions",
    "PATCH /admin/clients/{client_id}",
    "PATCH /admin/resources/{id}",
    "PATCH /admin/users/{id}",
    "PATCH /users/me/passkeys/{id}",
    "POST /admin/clients",
    "POST /admin/clients/{client_id}/revoke",
    "POST /admin/clients/{client_id}/secrets",
    "POST /admin/invitations",
    "POST /admin/outbox/{id}/retry",
    "POST /admin/resources",
    "POST /admin/users",
    "POST /admin/users/{id}/email-verification",
    "POST /admin/users/{id}/password-reset",
    "POST /auth/email/undo",
    "POST /auth/email/verify",
    "POST /auth/email/verify/resend",
    "POST /auth/join",
    "POST /auth/login",
    "POST /auth/login/mfa",
    "POST /auth/logout",
    "POST /auth/passkeys",
    "POST /auth/passkeys/options",
    "POST /auth/password/forgot",
    "POST /auth/password/reset",
    "POST /auth/reauthenticate",
    "POST /auth/refresh",
    "POST /auth/register",
    "POST /auth/social/exchange",
    "POST /auth/social/{provider}/id-token",
    "POST /auth/token",
    "POST /auth/was-not-me",
    "POST /oauth2/introspect",
    "POST /oauth2/revoke",
    "POST /oauth2/token",
    "POST /oauth2/userinfo",
    "POST /users/me/identities/{provider}/link",
    "POST /users/me/mfa/recovery-codes",
    "POST /users/me/mfa/totp",
    "POST /users/me/mfa/totp/confirm",
    "POST /users/me/passkeys",
    "POST /users/me/passkeys/options",
    "PUT /admin/clients/{client_id}/members/{user_id}",
    "PUT /users/me",
    "PUT /users/me/password",
];

#[tokio::test]
async fn every_documented_call_is_there() {
    let running = Running::start();
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let target = path
                .replace("{asset}", "initializer.js")
                .replace("{code}", "busy")
                .replace("{provider}", "google")
                .replace("{id}", "x");
            let answer = running.send(Request::new(&method.to_uppercase(), &target)).await;
            assert!(
                ![404, 405, 500].contains(&answer.status),
                "{method} {path}: {}",
                answer.status
            );
            calls.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    calls.sort();
    assert_eq!(calls, CALLS);
}

#[test]
fn every_answer_of_the_document_is_described_and_carries_the_request_id() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                operation["operationId"].is_string() && operation["tags"].is_array(),
                "{method} {path}"
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                let place = format!("{method} {path} {status}");
                assert!(response["headers"]["x-request-id"].is_object(), "{place}");
                assert!(!response["description"].as_str().unwrap().is_empty(), "{place}");
                // Clients of OAuth are answered in its own form (RFC 6749, section 5.2).
                let (media, schema) = if path.starts_with("/oauth2/") {
                    ("application/json", "OAuthError")
                } else {
                    ("application/problem+json", "Problem")
                };
                let problem = &response["content"][media];
                let is_problem = problem["schema"]["$ref"] == format!("#/components/schemas/{schema}");
                assert_eq!(is_problem, status.as_str() >= "400", "{place}");
                assert!(problem["examples"].is_object() || !is_problem, "{place}");
                let needs_caller = operation["security"] == json!([{"password": []}, {"bearer": []}]);
                let is_for_callers = ["/users/me", "/admin/", "/auth/verify", "/auth/reauthenticate"]
                    .iter()
                    .any(|start| path.starts_with(start));
                assert_eq!(needs_caller, is_for_callers, "{place}");
                let is_for_admins = operation["tags"] == json!(["admin"]);
                assert_eq!(is_for_admins, path.starts_with("/admin/"), "{place}");
            }
        }
    }
}

#[test]
fn every_operation_is_named_by_a_verb_and_its_noun_and_no_other_is_named_so() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let items = document["paths"].as_object().unwrap().values();
    let operations: Vec<&Value> = items.flat_map(|item| item.as_object().unwrap().values()).collect();
    let ids: BTreeSet<&str> = operations
        .iter()
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), operations.len(), "{ids:?}");
    let verbs = "accept|begin|change|check|create|delete|discard|disconnect|end|exchange|explain|finish|get|introspect|link|list|log|refresh|\
                 register|report|request|resend|reset|retry|revoke|send|set|undo|unlink|verify|withdraw";
    let named = Regex::new(&format!("^({verbs})(_[a-z]+)+$")).unwrap();
    let odd: Vec<_> = ids.iter().filter(|id| !named.is_match(id)).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[tokio::test]
async fn the_documented_password_flow_signs_in() {
    let running = Running::start();
    running.app.register(ADA).await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let url = &document["components"]["securitySchemes"]["password"]["flows"]["password"]["tokenUrl"];
    assert_eq!(url, "/auth/token");
    let form = format!(
        "grant_type=password&username={ADA}&password={}",
        PASSWORD.replace(' ', "+")
    );
    let answer = running.send(Request::post(url.as_str().unwrap()).form(&form)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["access_token"].is_string());
}

#[test]
fn documented_lengths_are_those_of_the_domain() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let schemas = &document["components"]["schemas"];
    let takes_password = |length| {
        let text = SecretText::new("x".repeat(length));
        Password::parse(text, PasswordPolicy::default()).is_ok()
    };
    let takes_email = |length: usize| {
        let domain = format!("{}.{}.{}.example", "x".repeat(63), "x".repeat(63), "x".repeat(60));
        let local = length - domain.len() - 1;
        Email::parse(&format!("{}@{domain}", "x".repeat(local))).is_ok()
    };
    for (body, member, takes) in [
        ("RegisterBody", "password", &takes_password as &dyn Fn(usize) -> bool),
        ("ChangePasswordBody", "new_password", &takes_password),
        ("CreateUserBody", "password", &takes_password),
        ("RegisterBody", "email", &takes_email),
        ("ChangeProfileBody", "email", &takes_email),
        ("CreateUserBody", "email", &takes_email),
        ("ChangeUserBody", "email", &takes_email),
    ] {
        let schema = &schemas[body]["properties"][member];
        let most = usize::try_from(schema["maxLength"].as_u64().unwrap()).unwrap();
        assert!(takes(most) && !takes(most + 1), "{body} {member}: {schema}");
        if let Some(least) = schema["minLength"].as_u64() {
            let least = usize::try_from(least).unwrap();
            assert!(takes(least) && !takes(least - 1), "{body} {member}: {schema}");
        }
    }
    let limit = &document["paths"]["/users/me/sessions"]["get"]["parameters"][0]["schema"];
    for (bound, beyond) in [("minimum", -1), ("maximum", 1)] {
        let bound = limit[bound].as_i64().unwrap();
        assert!(PageSize::new(usize::try_from(bound).unwrap()).is_ok(), "{limit}");
        assert!(
            PageSize::new(usize::try_from(bound + beyond).unwrap()).is_err(),
            "{limit}"
        );
    }
    assert_eq!(limit["default"], PageSize::default().items());
}

#[test]
fn the_documented_pattern_of_names_follows_the_domain() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let padded = format!("{}Ada{}", " ".repeat(1_000), "\n".repeat(1_000));
    let decomposed = ["\u{3b1}\u{313}\u{300}\u{345}", "\u{1100}\u{1161}\u{11a8}"].map(|text| text.repeat(100));
    let taken = [
        "Ada Lovelace",
        "\t\u{a0}\u{2028}Ada\u{85}\u{3000}",
        "이수",
        "A\u{202f}B",
        "می\u{200c}خواهم",
        "\u{958}",
        "\u{feff}\u{200f}Ada\u{200e} \u{2060}",
        &padded,
        &decomposed[0],
        &decomposed[1],
    ];
    let long = "x".repeat(401);
    let refused = [
        "",
        "  ",
        "A",
        "\t\u{e9}\n",
        "Ada\0Lovelace",
        "Ada\r\nAdmin",
        "Ada\u{202e}nimda",
        "Ada\u{2028}x",
        "Ada\u{feff}x",
        "\u{200f}\u{61c}",
        &long,
    ];
    for body in ["RegisterBody", "ChangeProfileBody", "CreateUserBody", "ChangeUserBody"] {
        let schema = &document["components"]["schemas"][body]["properties"]["full_name"];
        assert!(
            schema.get("minLength").or(schema.get("maxLength")).is_none(),
            "{schema}"
        );
        let pattern = Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
        for (texts, is_taken) in [(&taken[..], true), (&refused[..], false)] {
            for text in texts {
                let found = (pattern.is_match(text), FullName::parse(text).is_ok());
                assert_eq!(found, (is_taken, is_taken), "{body} {text:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_parameter_without_a_value_is_taken_where_the_document_says_so() {
    let running = Running::start();
    running.app.upkeep.begin().await.unwrap();
    let token = running.admin_token().await;
    let profile = running.send(Request::get("/users/me").bearer(&token)).await.json();
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut refused = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", profile["id"].as_str().unwrap());
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
                let target = format!("{path}?{}=", parameter["name"].as_str().unwrap());
                for target in [&target, target.trim_end_matches('=')] {
                    // What the body lacks is told together with what is wrong with the query.
                    let request = Request::new(&method.to_uppercase(), target).bearer(&token).json("{}");
                    let answer = running.send(request).await;
                    let is_allowed = parameter["allowEmptyValue"] == true;
                    let is_refused = answer.text().contains(&format!("\"parameter\":{}", parameter["name"]));
                    assert_eq!(is_refused, !is_allowed, "{method} {target}: {}", answer.text());
                    refused.extend((!is_allowed).then(|| format!("{method} {target}")));
                }
            }
        }
    }
    assert_eq!(
        refused,
        [
            "get /auth/verify?role=",
            "get /auth/verify?role",
            "delete /users/me/sessions?include_current=",
            "delete /users/me/sessions?include_current",
        ]
    );
}

/// The lines of the tables of calls that name this one.
fn rows_of<'t>(told: &'t str, call: &str) -> Vec<&'t str> {
    let named = [format!("`{call}`"), format!("`{call}?")];
    let rows = told.lines().filter(|line| line.starts_with("| "));
    rows.filter(|row| named.iter().any(|name| row.contains(name))).collect()
}

#[test]
fn the_document_for_reading_tells_every_call_with_its_members_and_every_event() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let told = std::fs::read_to_string(path).unwrap();
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let schemas = &document["components"]["schemas"];
    let members = |schema: &str| -> BTreeSet<String> {
        let members = schemas[schema]["properties"].as_object();
        members
            .into_iter()
            .flat_map(|members| members.keys().cloned())
            .collect()
    };
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let call = format!("{} {path}", method.to_uppercase());
            let rows = rows_of(&told, &call).join(" ");
            // The row of the page tells of its files.
            if rows.is_empty() && path != "/docs/{asset}" {
                missing.push(call.clone());
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let body = body.as_str().and_then(|name| name.rsplit('/').next());
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters = parameters
                .filter(|parameter| parameter["in"] == "query")
                .map(|parameter| parameter["name"].as_str().unwrap().to_owned());
            for member in body.map(members).into_iter().flatten().chain(parameters) {
                if !rows.contains(&member) {
                    missing.push(format!("{call}: {member}"));
                }
            }
        }
    }
    let shapes = Regex::new(r"(?m)^([A-Z][A-Za-z]+) +\{((?:[^{}]|\{[^{}]*\})*)\}$").unwrap();
    let inner = Regex::new(r": (\{[^{}]*\}|[^,]*)").unwrap();
    for found in shapes.captures_iter(&told) {
        let (_, [schema, shape]) = found.extract();
        let named: BTreeSet<String> = inner
            .replace_all(shape, "")
            .split(',')
            .map(|member| member.trim().trim_end_matches('?').to_owned())
            .collect();
        if named != members(schema) {
            missing.push(format!("{schema} has {:?}", members(schema)));
        }
    }
    for schema in [
        "User",
        "Session",
        "AuditEvent",
        "Revocation",
        "Tokens",
        "Invitation",
        "Mail",
    ] {
        if !Regex::new(&format!(r"(?m)^{schema} +\{{")).unwrap().is_match(&told) {
            missing.push(format!("the shape of {schema}"));
        }
    }
    for kind in AuditEventType::ALL {
        if !told.contains(&format!("`{kind}`")) {
            missing.push(format!("the event {kind}"));
        }
    }
    assert!(missing.is_empty(), "docs/api.md does not tell {missing:#?}");
}
