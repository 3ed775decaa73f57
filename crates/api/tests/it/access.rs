//! Who may call what: every route and method by every kind of caller, as `docs/access.md` lists them.

use crate::client::{Answer, Request};
use crate::oauth2::assert_error;
use crate::running::{ADA, ROOT, Running};
use portcullis_api::openapi_json;
use portcullis_domain::ClientKind;
use portcullis_testkit::build::{self, PASSWORD};
use portcullis_testkit::{FakeHasher, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const GRACE: &str = "grace@example.com";
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"];

/// Who calls, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    User,
    Admin,
    DisabledAdmin,
    /// An administrator who sends a refresh token in the place of an access token.
    Session,
}

const CALLERS: [Caller; 5] = [
    Caller::Nobody,
    Caller::User,
    Caller::Admin,
    Caller::DisabledAdmin,
    Caller::Session,
];

/// A row of the table.
struct Row {
    method: String,
    /// The path as it is documented, and a query.
    target: String,
    statuses: Vec<u16>,
}

impl Row {
    fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }
}

/// A server with an administrator, a user GRACE who is signed in, and ADA, who calls.
struct Scene {
    running: Running,
    grace: String,
    tokens: Value,
    session: String,
    bearer: Option<String>,
}

impl Scene {
    async fn for_caller(caller: Caller) -> Self {
        let running = Running::of(TestApp::with_mail());
        running.app.upkeep.begin().await.unwrap();
        running.app.add_client(build::client("shop", ClientKind::Service)).await;
        let root = running.admin_token().await;
        let grace = running.app.register(GRACE).await.id.to_string();
        running.log_in(GRACE).await;
        let ada = match caller {
            Caller::Nobody | Caller::User => running.app.register(ADA).await,
            Caller::Admin | Caller::DisabledAdmin | Caller::Session => running.app.register_admin(ADA).await,
        };
        let tokens = running.log_in(ADA).await;
        let access_token = tokens["access_token"].as_str().unwrap().to_owned();
        let sessions = Request::get("/users/me/sessions").bearer(&access_token);
        let session = running.send(sessions).await.json()["items"][0]["id"].clone();
        if caller == Caller::DisabledAdmin {
            let disable = Request::patch(&format!("/admin/users/{}", ada.id))
                .bearer(&root)
                .json(r#"{"is_active": false}"#);
            assert_eq!(running.send(disable).await.status, 200);
        }
        let bearer = match caller {
            Caller::Nobody => None,
            Caller::User | Caller::Admin | Caller::DisabledAdmin => Some(access_token),
            Caller::Session => Some(tokens["refresh_token"].as_str().unwrap().to_owned()),
        };
        Self {
            running,
            grace,
            session: session.as_str().unwrap().to_owned(),
            tokens,
            bearer,
        }
    }

    /// A call that would be right, were the caller one who may.
    fn request(&self, method: &str, target: &str) -> Request {
        let id = if target.starts_with("/users/me/") {
            &self.session
        } else {
            &self.grace
        };
        let filled = target
            .replace("{id}", id)
            .replace("{asset}", "initializer.js")
            .replace("{code}", "busy")
            .replace("{client_id}", "nobody")
            .replace("{request_id}", "nothing")
            .replace("{provider}", "nobody")
            .replace("{secret_id}", id)
            .replace("{user_id}", id);
        let mut request = Request::new(method, &filled);
        if let Some(bearer) = &self.bearer {
            request = request.bearer(bearer);
        }
        let body = match (method, target) {
            ("POST", "/auth/register") => {
                json!({"email": "new@example.com", "password": PASSWORD, "full_name": "New User"})
            }
            ("POST", "/auth/login") => json!({"email": GRACE, "password": PASSWORD}),
            ("POST", "/auth/login/mfa") => json!({"mfa_token": "pmc_", "code": "123456"}),
            ("POST", "/auth/social/exchange") => json!({"code": "x", "code_verifier": "v".repeat(43)}),
            ("POST", "/auth/social/{provider}/id-token") => json!({"id_token": "x", "nonce": "y"}),
            ("POST", "/auth/reauthenticate" | "/users/me/mfa/totp" | "/users/me/mfa/recovery-codes") => {
                json!({"password": PASSWORD})
            }
            ("POST", "/users/me/mfa/totp/confirm") => json!({"code": "123456"}),
            ("DELETE", "/users/me/mfa/totp") => json!({"password": PASSWORD, "code": "123456"}),
            (
                "POST",
                "/auth/passkeys/options" | "/users/me/passkeys/options" | "/users/me/identities/{provider}/link",
            ) => json!({}),
            ("POST", "/auth/passkeys" | "/users/me/passkeys") => json!({"challenge": "ppc_", "credential": {}}),
            ("PATCH", "/users/me/passkeys/{id}") => json!({"name": "My key"}),
            ("POST", "/auth/refresh" | "/auth/logout") => json!({"refresh_token": self.tokens["refresh_token"]}),
            ("PUT", "/users/me/password") => json!({"current_password": PASSWORD, "new_password": "another password"}),
            ("DELETE", "/users/me") => json!({"password": PASSWORD}),
            ("POST", "/admin/users") => json!({"email": "new@example.com", "full_name": "New User", "role": "USER"}),
            ("PUT", "/users/me") | ("PATCH", "/admin/users/{id}") => json!({"full_name": "Another Name"}),
            ("POST", "/auth/email/verify" | "/auth/email/undo" | "/auth/was-not-me") => json!({"token": "pml_"}),
            ("POST", "/auth/email/verify/resend" | "/auth/password/forgot") => json!({"email": GRACE}),
            ("POST", "/auth/password/reset") => json!({"token": "pml_", "new_password": "another password"}),
            ("POST", "/auth/join") => {
                json!({"token": "pml_", "full_name": "New User", "password": PASSWORD})
            }
            ("POST", "/admin/invitations") => json!({"email": "new@example.com", "role": "USER"}),
            // By a client that shows nothing.
            ("POST", "/oauth2/token" | "/oauth2/introspect" | "/oauth2/revoke") => {
                return request.form("grant_type=client_credentials&client_id=shop&token=x");
            }
            ("POST", "/admin/clients") => json!({"kind": "service"}),
            ("POST", "/admin/resources") => json!({"uri": "https://api.example.com"}),
            ("PATCH" | "PUT" | "POST", other)
                if !other.ends_with("/revoke")
                    && (other.starts_with("/admin/clients/") || other.starts_with("/admin/resources/")) =>
            {
                json!({})
            }
            ("POST", "/auth/token") => return request.form(&format!("username={GRACE}&password={PASSWORD}")),
            _ => return request,
        };
        request.json(body.to_string())
    }

    async fn call(&self, method: &str, target: &str) -> Answer {
        self.running.send(self.request(method, target)).await
    }
}

fn table() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/access.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (call, cells) = row.split_once("` |").unwrap();
        let (method, target) = call.split_once(' ').unwrap();
        let cells = cells.trim_end_matches('|').split('|');
        Row {
            method: method.to_owned(),
            target: target.to_owned(),
            statuses: cells.map(|cell| cell.trim().parse().unwrap()).collect(),
        }
    })
    .collect()
}

/// The calls that the OpenAPI document knows.
fn documented() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    calls.collect()
}

#[test]
fn every_documented_call_is_in_the_table_and_no_other() {
    let listed: BTreeSet<String> = table()
        .iter()
        .map(|row| format!("{} {}", row.method, row.path()))
        .collect();
    assert_eq!(listed, documented());
    assert!(table().iter().all(|row| row.statuses.len() == CALLERS.len()));
}

#[tokio::test]
async fn every_call_is_answered_to_every_caller_as_the_table_says() {
    for row in table() {
        for (caller, expected) in CALLERS.into_iter().zip(row.statuses.clone()) {
            let scene = Scene::for_caller(caller).await;
            let place = format!("{} {} by {caller:?}", row.method, row.target);
            if row.method == "GET" {
                let head = scene.call("HEAD", &row.target).await;
                // What signs somebody in is not done by looking.
                let is_done = row.target.ends_with("/callback");
                assert_eq!(head.status, if is_done { 405 } else { expected }, "HEAD, {place}");
            }
            let answer = scene.call(&row.method, &row.target).await;
            assert_eq!(
                answer.status,
                expected,
                "{place}: {}",
                String::from_utf8_lossy(&answer.body)
            );
            assert_nothing_secret(&answer, &row, &place);
        }
    }
}

#[tokio::test]
async fn other_methods_are_answered_to_nobody() {
    let documented = documented();
    let paths: BTreeSet<&str> = documented.iter().filter_map(|call| call.split(' ').nth(1)).collect();
    for caller in CALLERS {
        let scene = Scene::for_caller(caller).await;
        for path in &paths {
            for method in METHODS {
                if !documented.iter().any(|call| is_answered_by(call, method, path)) {
                    let answer = scene.call(method, path).await;
                    if path.starts_with("/oauth2/") {
                        assert_error(&answer, 405, "invalid_request");
                    } else {
                        answer.assert_problem(405, "method_not_allowed");
                    }
                }
            }
        }
    }
}

/// Whether a documented call answers that method at that path: also where its path has a name in the place of a word.
fn is_answered_by(call: &str, method: &str, path: &str) -> bool {
    let Some((of, target)) = call.split_once(' ') else {
        return false;
    };
    let mut parts = target.split('/').zip(path.split('/'));
    of == method
        && target.split('/').count() == path.split('/').count()
        && parts.all(|(part, word)| part == word || part.starts_with('{'))
}

/// Tokens are answered to whoever signs in or refreshes, and hashes to nobody.
#[track_caller]
fn assert_nothing_secret(answer: &Answer, row: &Row, place: &str) {
    // They name calls and schemas.
    let documents = [
        "/openapi.json",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ];
    if answer.header("content-type") != Some("application/json") || documents.contains(&row.path()) {
        return;
    }
    let gives_tokens = ["/auth/login", "/auth/token", "/auth/refresh", "/auth/reauthenticate"].contains(&row.path());
    let names = members(&answer.json());
    let secrets: Vec<&String> = names
        .iter()
        .filter(|name| {
            let is_secret = ["hash", "password", "secret", "seed", "salt", "mac", "token"]
                .iter()
                .any(|part| name.contains(part));
            // That there is one tells nobody which, and how tokens are made is no token.
            let is_of_a_kind = name.starts_with("id_token_") || name.as_str() == "claims_in_id_token";
            let is_told_once = row.method == "POST" && ["client_secret", "secret"].contains(&name.as_str());
            let tells_of_one = is_of_a_kind || is_told_once || ["has_password", "secrets"].contains(&name.as_str());
            is_secret && !tells_of_one && !(gives_tokens && name.contains("token"))
        })
        .collect();
    assert!(secrets.is_empty(), "{place}: {secrets:?}");
    let hash = FakeHasher::new().hash_of(PASSWORD);
    assert!(!answer.text().contains(hash.expose()), "{place}");
}

/// The names of all members, however deep.
fn members(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, value)| [vec![name.clone()], members(value)].concat())
            .collect(),
        Value::Array(values) => values.iter().flat_map(members).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn no_answer_of_the_document_holds_a_hash() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        let is_sent = name.ends_with("Body") || name.ends_with("Form");
        for member in schema["properties"].as_object().into_iter().flat_map(|all| all.keys()) {
            assert!(!member.contains("hash"), "{name}.{member}");
            let is_told = member.contains("password") && member != "has_password";
            assert!(is_sent || !is_told, "{name}.{member}");
        }
    }
}

#[tokio::test]
async fn no_other_spelling_of_a_path_leads_past_the_guard() {
    for caller in CALLERS {
        let scene = Scene::for_caller(caller).await;
        for target in [
            "//admin/users",
            "/admin//users",
            "/admin/users/",
            "/admin/users//",
            "/Admin/users",
            "/ADMIN/USERS",
            "/%61dmin/users",
            "/admin%2fusers",
            "/admin/users%20",
            "/admin/users%00",
            "/admin/..;/users",
            "/auth/..;/admin/users",
            "/users/me/../../admin/users",
            "/./admin/users",
            "/admin/./users",
            "/admin/users;x=1",
            "/admin/users.json",
            "/admin\\users",
        ] {
            let answer = scene.call("GET", target).await;
            assert!(
                [400, 404].contains(&answer.status),
                "{target} by {caller:?}: {}",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn no_header_names_another_path_or_method() {
    let scene = Scene::for_caller(Caller::User).await;
    for header in [
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-uri",
        "x-forwarded-prefix",
    ] {
        let request = scene.request("GET", "/").header(header, "/admin/users");
        let answer = scene.running.send(request).await;
        assert_eq!(
            (answer.status, answer.json()["items"].is_null()),
            (200, true),
            "{header}"
        );
    }
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let request = scene.request("GET", "/users/me").header(header, "DELETE");
        assert_eq!(scene.running.send(request).await.status, 200, "{header}");
        let request = scene.request("POST", "/admin/users").header(header, "GET");
        scene.running.send(request).await.assert_problem(403, "forbidden");
        let request = scene.request("POST", "/users/me").header(header, "GET");
        scene
            .running
            .send(request)
            .await
            .assert_problem(405, "method_not_allowed");
    }
    assert_eq!(scene.call("GET", "/users/me").await.status, 200);
}

#[tokio::test]
async fn a_target_in_absolute_form_is_guarded_as_its_path_is() {
    for (caller, status, code) in [
        (Caller::Nobody, 401, "missing_access_token"),
        (Caller::User, 403, "forbidden"),
    ] {
        let scene = Scene::for_caller(caller).await;
        let answer = scene.call("GET", "http://portcullis.test/admin/users").await;
        answer.assert_problem(status, code);
    }
}

#[tokio::test]
async fn headers_that_a_proxy_would_set_let_nobody_in() {
    let scene = Scene::for_caller(Caller::Nobody).await;
    for target in ["/auth/verify", "/users/me", "/admin/users"] {
        let request = scene
            .request("GET", target)
            .header("x-auth-user-id", &scene.grace)
            .header("x-auth-email", ROOT)
            .header("x-auth-role", "ADMIN")
            .header("x-forwarded-for", "127.0.0.1")
            .header("x-forwarded-user", ROOT)
            .header("remote-user", ROOT);
        let answer = scene.running.send(request).await;
        answer.assert_problem(401, "missing_access_token");
    }
}

#[tokio::test]
async fn who_may_call_is_decided_before_what_was_sent() {
    for (caller, status, code) in [
        (Caller::Nobody, 401, "missing_access_token"),
        (Caller::Session, 401, "invalid_access_token"),
        (Caller::User, 403, "forbidden"),
        (Caller::DisabledAdmin, 403, "account_disabled"),
    ] {
        let scene = Scene::for_caller(caller).await;
        for request in [
            scene.request("GET", "/admin/users?limit=0&limit=0&role=%ff"),
            scene.request("GET", "/admin/users/x"),
            scene.request("GET", "/admin/users/x/sessions?limit=0"),
            scene.request("DELETE", "/admin/users/x"),
            scene.request("DELETE", "/admin/users/x/sessions"),
            scene.request("GET", "/admin/audit-events?type=none"),
            scene.request("PATCH", "/admin/users/x").json("{"),
            scene.request("PATCH", "/admin/users/x").body("text/plain", "x"),
            scene.request("PATCH", "/admin/users/x").json(vec![b' '; 100_000]),
        ] {
            scene.running.send(request).await.assert_problem(status, code);
        }
        let own = scene.request("GET", "/users/me/audit-events?limit=0");
        let answer = scene.running.send(own).await;
        assert_eq!(answer.status, if caller == Caller::User { 422 } else { status });
    }
}
