//! What clients of the provider call, and what they are told when something goes wrong.

use crate::client::{Answer, Request, sent};
use crate::running::Running;
use portcullis_application::ports::{Access, Store, StoreError};
use portcullis_domain::{Client, ClientKind};
use portcullis_oauth2::{ClientId, ScopeSet};
use portcullis_testkit::{AskingStore, TemporaryStore, TestApp, build};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const API: &str = "https://api.example.org";

/// Id and secret of `shop` in the header, encoded each by itself (RFC 6749, section 2.3.1).
const BASIC: &str = "Basic c2hvcDphK3NlY3JldCtvZithK2NsaWVudA==";
const SECRET: &str = "client_secret=a+secret+of+a+client";

/// Checks that this is an error of OAuth (RFC 6749, section 5.2), and nothing more.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, error: &str) -> String {
    let body = answer.json();
    assert_eq!((answer.status, body["error"].as_str()), (status, Some(error)), "{body}");
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error", "error_description"]);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());
    let is_allowed = |letter: char| matches!(letter, ' ' | '!' | '#'..='[' | ']'..='~');
    let told = body["error_description"].as_str().unwrap();
    assert!(!told.is_empty() && told.chars().all(is_allowed), "{body}");
    let challenge = (status == 401).then_some(r#"Basic realm="portcullis", charset="UTF-8""#);
    assert_eq!(answer.header("www-authenticate"), challenge, "{body}");
    told.to_owned()
}

fn shop() -> Client {
    let mut shop = build::client("shop", ClientKind::Service);
    shop.settings.scopes = ScopeSet::parse("orders:read orders:write").unwrap();
    shop
}

/// A server with the clients `shop`, `warehouse` and `page`, and the API of the warehouse.
async fn provider() -> Running {
    provider_on(Arc::new(TemporaryStore::new())).await
}

async fn provider_on(store: Arc<dyn Store>) -> Running {
    let running = Running::on(store);
    running.app.upkeep.begin().await.unwrap();
    running
        .app
        .add_client(build::client("warehouse", ClientKind::Service))
        .await;
    running.app.add_client(build::client("page", ClientKind::Spa)).await;
    running.app.add_client(shop()).await;
    let mut api = build::resource(API, &["orders:read", "orders:write"]);
    api.settings.owner = Some(ClientId::parse("warehouse").unwrap());
    running.app.add_resource(api).await;
    running
}

fn post(path: &str, form: &str) -> Request {
    Request::post(path).form(form)
}

async fn token(running: &Running) -> String {
    let form = format!("grant_type=client_credentials&client_id=shop&{SECRET}&scope=orders:read");
    let answer = running.send(post("/oauth2/token", &form)).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn introspected(running: &Running, token: &str, by: &str) -> Value {
    let form = format!("token={token}&client_id={by}&{SECRET}");
    let answer = running.send(post("/oauth2/introspect", &form)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn what_is_refused_before_any_call_is_told_as_oauth_tells_it() {
    let running = Running::start();
    for target in ["/oauth2/", "/oauth2/nothing", "/oauth2/%74oken"] {
        let answer = running.send(Request::get(target)).await;
        assert_error(&answer, 404, "invalid_request");
    }
    let answer = sent(
        running.address,
        b"GET /oauth2/nothing HTTP/1.1\r\nhost: a/b\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert_error(&answer, 400, "invalid_request");
    let answer = running.send(Request::get("/oauth2/token")).await;
    assert_error(&answer, 405, "invalid_request");
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = running.send(Request::post("/oauth2/token").json("{}")).await;
    assert_error(&answer, 415, "invalid_request");
    let giant = Request::post("/oauth2/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", "100000000");
    assert_error(&running.send(giant).await, 413, "invalid_request");
}

#[tokio::test]
async fn other_paths_are_answered_by_problems() {
    let running = Running::start();
    for target in ["/oauth2", "/oauth3/token", "/users/oauth2/"] {
        let answer = running.send(Request::get(target)).await;
        let problem: Value = answer.assert_problem(404, "not_found");
        assert_eq!(problem.get("error"), None);
    }
}

#[tokio::test]
async fn a_client_gets_a_token_by_the_header_or_by_the_form() {
    let running = provider().await;
    let form = "grant_type=client_credentials&scope=orders:read+no:such";
    let by_form = post("/oauth2/token", &format!("{form}&client_id=shop&{SECRET}"));
    for request in [by_form, post("/oauth2/token", form).header("authorization", BASIC)] {
        let answer = running.send(request).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            (Some("no-store"), Some("no-cache"))
        );
        let token = &body["access_token"];
        assert!(token.as_str().is_some_and(|token| !token.is_empty()));
        assert_eq!(
            body,
            json!({"access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": "orders:read"})
        );
    }
}

/// The form of a request that is right.
fn good() -> String {
    format!("grant_type=client_credentials&scope=orders:read&client_id=shop&{SECRET}")
}

/// Checks that each form is refused so, and that nothing of it is repeated.
async fn assert_refused(running: &Running, forms: &[(String, u16, &str)]) {
    for (form, status, error) in forms {
        let answer = running.send(post("/oauth2/token", form)).await;
        let told = assert_error(&answer, *status, error);
        assert!(
            !told.contains("evil") && !told.contains("example"),
            "it repeats what was sent: {told}"
        );
    }
}

async fn with_header(running: &Running, form: &str, header: &str) -> Answer {
    let request = post("/oauth2/token", form).header("authorization", header);
    running.send(request).await
}

#[tokio::test]
async fn row_17_what_stands_there_twice_or_in_the_query_is_refused() {
    let running = provider().await;
    let good = good();
    let forms = [
        format!("{good}&grant_type=client_credentials"),
        format!("{good}&scope=orders:write"),
        format!("{good}&client_id=shop"),
        format!("{good}&evil=%ff"),
    ];
    assert_refused(&running, &forms.map(|form| (form, 400, "invalid_request"))).await;
    let in_query = running.send(post("/oauth2/token?scope=orders:write", &good)).await;
    assert_error(&in_query, 400, "invalid_request");
}

#[tokio::test]
async fn row_37_a_client_shows_who_it_is_in_one_way() {
    let running = provider().await;
    for header in [BASIC, "Bearer x"] {
        assert_error(&with_header(&running, &good(), header).await, 400, "invalid_request");
    }
    let open = "grant_type=client_credentials&scope=orders:read";
    let kind = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let both = format!("{open}&{kind}&client_assertion=x");
    assert_error(&with_header(&running, &both, BASIC).await, 400, "invalid_request");
}

#[tokio::test]
async fn row_38_a_header_is_decoded_and_one_that_is_none_shows_nobody() {
    let running = provider().await;
    let open = "grant_type=client_credentials&scope=orders:read";
    assert_eq!(with_header(&running, open, BASIC).await.status, 200);
    for header in ["Bearer x", "Basic !", "Basic c2hvcDo=", "Basic c2hvcA=="] {
        assert_error(&with_header(&running, open, header).await, 401, "invalid_client");
    }
}

#[tokio::test]
async fn row_39_the_form_names_no_other_client_than_the_header() {
    let running = provider().await;
    let form = "grant_type=client_credentials&scope=orders:read&client_id=";
    assert_eq!(with_header(&running, &format!("{form}shop"), BASIC).await.status, 200);
    let other = with_header(&running, &format!("{form}warehouse"), BASIC).await;
    assert_error(&other, 401, "invalid_client");
}

#[tokio::test]
async fn row_40_a_client_shows_a_secret_if_it_has_one() {
    let running = provider().await;
    let form = "grant_type=client_credentials";
    let forms = [
        form.to_owned(),
        format!("{form}&client_id=shop"),
        format!("{form}&client_id=page&{SECRET}"),
    ];
    assert_refused(&running, &forms.map(|form| (form, 401, "invalid_client"))).await;
}

#[tokio::test]
async fn row_41_an_unknown_client_is_told_what_a_wrong_secret_is_told() {
    let running = provider().await;
    let unknown = running
        .send(post("/oauth2/token", &good().replace("=shop", "=nobody")))
        .await;
    let wrong = running
        .send(post("/oauth2/token", &good().replace("+client", "")))
        .await;
    assert_eq!(unknown.body, wrong.body);
}

#[tokio::test]
async fn row_58_a_resource_that_there_is_not_is_told() {
    let running = provider().await;
    let good = good();
    let forms = [
        format!("{good}&resource=https://other.example.org"),
        format!("{good}&resource=/orders"),
        format!("{good}&resource={API}%23x"),
        format!("{good}&resource={API}&resource={API}"),
    ];
    assert_refused(&running, &forms.map(|form| (form, 400, "invalid_target"))).await;
}

#[tokio::test]
async fn row_60_what_a_client_may_not_have_for_itself_is_told_why() {
    let running = provider().await;
    let good = good();
    let without = good.replace("&scope=orders:read", "");
    let forms = [
        (
            "grant_type=client_credentials&client_id=page".to_owned(),
            400,
            "unauthorized_client",
        ),
        (good.replace("orders:read", "openid"), 400, "invalid_scope"),
        (good.replace("orders:read", "offline_access"), 400, "invalid_scope"),
        (good.replace("orders:read", "%22"), 400, "invalid_scope"),
        (without.clone(), 400, "invalid_scope"),
    ];
    assert_refused(&running, &forms).await;
    let refused = running.send(post("/oauth2/token", &without)).await;
    let told = assert_error(&refused, 400, "invalid_scope");
    assert!(told.starts_with("No scope was asked for"), "{told}");
}

#[tokio::test]
async fn row_64_a_grant_type_that_there_is_not_is_told_from_none() {
    let running = provider().await;
    let of = |grant: &str| format!("grant_type={grant}&client_id=shop&{SECRET}");
    assert_refused(
        &running,
        &[
            (of("password"), 400, "unsupported_grant_type"),
            (of("implicit"), 400, "unsupported_grant_type"),
            (of("evil"), 400, "unsupported_grant_type"),
            (of(""), 400, "invalid_request"),
            (format!("client_id=shop&{SECRET}"), 400, "invalid_request"),
        ],
    )
    .await;
}

#[tokio::test]
async fn too_many_failures_are_told_when_to_come_back() {
    let running = provider().await;
    let wrong = "grant_type=client_credentials&client_id=shop&client_secret=guess";
    let answer = loop {
        let answer = running.send(post("/oauth2/token", wrong)).await;
        if answer.status != 401 {
            break answer;
        }
    };
    assert_error(&answer, 429, "temporarily_unavailable");
    assert!(answer.header("retry-after").is_some());
    token(&running).await;
}

#[tokio::test]
async fn row_65_introspection_tells_the_client_and_the_owner_and_nobody_else() {
    let running = provider().await;
    let token = token(&running).await;
    let mut said = introspected(&running, &token, "warehouse").await;
    let named = ["exp", "iat", "jti"].map(|name| said.as_object_mut().unwrap().remove(name).unwrap());
    assert_eq!(named[0].as_i64().unwrap() - named[1].as_i64().unwrap(), 600);
    assert_eq!(
        said,
        json!({
            "active": true, "scope": "orders:read", "client_id": "shop", "token_type": "Bearer",
            "sub": "client:shop", "aud": API, "iss": build::issuer().to_string(),
        })
    );
    let session_token = running.access_token().await;
    for text in ["x", "prt_x", session_token.as_str()] {
        assert_eq!(introspected(&running, text, "shop").await, json!({"active": false}));
    }
    let by_page = running
        .send(post("/oauth2/introspect", &format!("token={token}&client_id=page")))
        .await;
    assert_error(&by_page, 401, "invalid_client");
    let nothing = running
        .send(post("/oauth2/introspect", &format!("client_id=shop&{SECRET}")))
        .await;
    assert_error(&nothing, 400, "invalid_request");
}

#[tokio::test]
async fn row_61_a_token_of_a_client_opens_nothing_of_an_account() {
    let running = provider().await;
    let token = token(&running).await;
    for (method, path) in [("GET", "/users/me"), ("GET", "/admin/users"), ("GET", "/auth/verify")] {
        let answer = running.send(Request::new(method, path).bearer(&token)).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    let body = json!({"refresh_token": token}).to_string();
    let refreshed = running.send(Request::post("/auth/refresh").json(body)).await;
    assert_eq!(refreshed.status, 401);
}

#[tokio::test]
async fn row_66_revocation_ends_ones_own_and_never_says_so_where_it_did_not() {
    let is_full = Arc::new(AtomicBool::new(false));
    let store = AskingStore::before(TemporaryStore::new(), {
        let is_full = Arc::clone(&is_full);
        move |access| match access {
            Access::Write | Access::WriteOnce if is_full.load(Ordering::SeqCst) => {
                Err(StoreError::Unavailable(anyhow::anyhow!("it is full")))
            }
            _ => Ok(()),
        }
    });
    let running = provider_on(Arc::new(store)).await;
    let token = token(&running).await;
    let revoke = |text: &str, by: &str| {
        let form = format!("token={text}&token_type_hint=refresh_token&client_id={by}&{SECRET}");
        running.send(post("/oauth2/revoke", &form))
    };
    for (text, by) in [("garbage", "shop"), (token.as_str(), "warehouse")] {
        let answer = revoke(text, by).await;
        assert_eq!((answer.status, answer.text()), (200, ""), "{text} {by}");
    }
    assert_eq!(introspected(&running, &token, "shop").await["active"], true);
    is_full.store(true, Ordering::SeqCst);
    let failed = revoke(&token, "shop").await;
    assert_error(&failed, 503, "temporarily_unavailable");
    assert_eq!(failed.header("retry-after"), Some("5"));
    is_full.store(false, Ordering::SeqCst);
    assert_eq!(revoke(&token, "shop").await.status, 200);
    assert_eq!(introspected(&running, &token, "shop").await, json!({"active": false}));
}

#[tokio::test]
async fn the_metadata_is_the_same_at_both_addresses_and_says_what_works() {
    let running = Running::start();
    let (openid, oauth) = (
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    );
    running
        .send(Request::get(openid))
        .await
        .assert_problem(503, "unavailable");
    running.app.upkeep.begin().await.unwrap();
    running
        .send(Request::get(openid))
        .await
        .assert_problem(404, "no_client");
    running.app.add_client(shop()).await;
    let answer = running.send(Request::get(openid)).await;
    let other = running.send(Request::get(oauth)).await;
    assert_eq!((answer.status, &answer.body), (200, &other.body));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let metadata = answer.json();
    let issuer = build::issuer().to_string();
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(metadata["token_endpoint"], format!("{issuer}/oauth2/token"));
    assert_eq!(metadata["jwks_uri"], format!("{issuer}/oauth2/jwks.json"));
    for (member, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("userinfo_endpoint", "/oauth2/userinfo"),
    ] {
        assert_eq!(metadata[member], format!("{issuer}{path}"));
    }
    for (member, expected) in [
        (
            "grant_types_supported",
            json!(["authorization_code", "client_credentials", "refresh_token"]),
        ),
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query", "form_post"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("subject_types_supported", json!(["public"])),
        (
            "id_token_signing_alg_values_supported",
            json!(["RS256", "ES256", "EdDSA"]),
        ),
        (
            "scopes_supported",
            json!(["openid", "profile", "email", "roles", "offline_access"]),
        ),
        (
            "prompt_values_supported",
            json!(["none", "login", "consent", "select_account", "create"]),
        ),
        ("acr_values_supported", json!(["1fa", "2fa", "phr"])),
        ("ui_locales_supported", json!(["en", "ko"])),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        assert_eq!(metadata[member], expected, "{member}");
    }
    let tag = answer.header("etag").unwrap();
    let known = running.send(Request::get(oauth).header("if-none-match", tag)).await;
    assert_eq!((known.status, known.text()), (304, ""));
}

#[tokio::test]
async fn scripts_of_a_clients_origin_may_call_and_those_of_others_may_not() {
    let running = provider().await;
    let preflight = |path: &str, origin: &str| {
        let request = Request::new("OPTIONS", path).header("origin", origin);
        running.send(request.header("access-control-request-method", "POST"))
    };
    let own = "https://page.example.com";
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo"] {
        let answer = preflight(path, own).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(own));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("authorization, content-type, dpop")
        );
    }
    for (path, origin) in [
        ("/oauth2/introspect", own),
        ("/oauth2/token", "null"),
        ("/oauth2/token", "https://page.example.com.evil.org"),
        ("/oauth2/token", "http://page.example.com"),
    ] {
        let answer = preflight(path, origin).await;
        assert_eq!(answer.status, 405, "{path} {origin}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let form = post("/oauth2/token", "grant_type=password").header("origin", own);
    let answer = running.send(form).await;
    assert_error(&answer, 400, "unsupported_grant_type");
    assert_eq!(answer.header("access-control-allow-origin"), Some(own));
    assert_eq!(answer.header("vary"), Some("origin"));
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some("www-authenticate, dpop-nonce, x-request-id")
    );
}

#[tokio::test]
async fn the_keys_of_clients_are_published_apart_from_those_of_sessions() {
    let running = Running::of(TestApp::new());
    running.app.upkeep.begin().await.unwrap();
    let answer = running.send(Request::get("/oauth2/jwks.json")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"keys": []})));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "a copy would outlive the first client"
    );
    running.app.add_client(shop()).await;
    running.app.upkeep.make_provider_keys().await.unwrap();
    let answer = running.send(Request::get("/oauth2/jwks.json")).await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.json()["keys"].as_array().unwrap().len(), 3);
    let sessions = running.send(Request::get("/.well-known/jwks.json")).await.json();
    assert_eq!(sessions, json!({"keys": []}));
}
