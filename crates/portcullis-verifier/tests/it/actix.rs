//! Handlers that take an access token or an administrator.

use crate::building::builder;
use crate::clock::ManualClock;
use crate::provider_tokens::{AUDIENCE, provider_claims, signed};
use crate::server::Server;
use crate::tokens::{KEYS, SECRET, issued, set, with_claim};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderValue;
use actix_web::test::{TestRequest, call_service, init_service, read_body, read_body_json};
use actix_web::{App, web};
use portcullis_verifier::actix::{AccessToken, Administrator, ClientToken, Rejection};
use portcullis_verifier::{StaleFeed, Verifier};
use serde_json::{Value, json};

async fn who(token: AccessToken) -> String {
    token.claims().email.clone()
}

async fn administration(administrator: Administrator) -> String {
    administrator.claims().email.clone()
}

async fn verifier(policy: StaleFeed) -> Verifier {
    let (server, clock) = (Server::start().await, ManualClock::new());
    builder(&server, &clock)
        .shared_secret(SECRET)
        .when_feed_is_stale(policy)
        .build()
        .unwrap()
}

async fn call(verifier: Option<Verifier>, path: &str, authorization: &[&[u8]]) -> ServiceResponse {
    let mut app = App::new()
        .route("/who", web::get().to(who))
        .route("/administration", web::get().to(administration));
    if let Some(verifier) = verifier {
        app = app.app_data(web::Data::new(verifier));
    }
    let app = init_service(app).await;
    let mut request = TestRequest::with_uri(path);
    for value in authorization {
        request = request.append_header(("authorization", HeaderValue::from_bytes(value).unwrap()));
    }
    call_service(&app, request.to_request()).await
}

async fn called(path: &str, authorization: &[&[u8]]) -> ServiceResponse {
    call(Some(verifier(StaleFeed::Accept).await), path, authorization).await
}

fn bearer(token: &str) -> Vec<u8> {
    format!("Bearer {token}").into_bytes()
}

/// Status, challenge and code of a refusal, which is a problem.
async fn refusal(response: ServiceResponse) -> (u16, Option<String>, String) {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("content-type").unwrap(), "application/problem+json");
    assert_eq!(header("cache-control").unwrap(), "no-store");
    let (status, challenge) = (response.status(), header("www-authenticate"));
    let problem: Value = read_body_json(response).await;
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], status.canonical_reason().unwrap());
    (status.as_u16(), challenge, problem["code"].as_str().unwrap().to_owned())
}

#[actix_web::test]
async fn a_caller_who_is_signed_in_is_known() {
    let token = issued();
    for authorization in [
        bearer(&token),
        format!("bearer {token}").into_bytes(),
        format!("BEARER   {token}").into_bytes(),
    ] {
        let response = called("/who", &[&authorization]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(read_body(response).await, "ada@example.org");
    }
}

#[actix_web::test]
async fn without_a_token_the_answer_is_401_with_a_challenge() {
    let missing = (401, Some("Bearer".to_owned()), "missing_access_token".to_owned());
    let in_query = format!("/who?access_token={}", issued());
    for (path, authorization) in [
        ("/who", vec![]),
        (in_query.as_str(), vec![]),
        ("/who", vec![b"Basic YTpi".as_slice()]),
        ("/who", vec![issued().leak().as_bytes()]),
        ("/administration", vec![]),
    ] {
        assert_eq!(refusal(called(path, &authorization).await).await, missing, "{path}");
    }
}

#[actix_web::test]
async fn with_a_token_that_is_not_valid_the_answer_says_so() {
    let invalid = (
        401,
        Some(r#"Bearer error="invalid_token""#.to_owned()),
        "invalid_access_token".to_owned(),
    );
    let good = bearer(&issued());
    let expired = bearer(&with_claim("exp", json!(1)));
    for authorization in [
        vec![b"Bearer".as_slice()],
        vec![b"Bearer ".as_slice()],
        vec![b"Bearer x"],
        vec![b"Bearer \xff"],
        vec![expired.as_slice()],
        vec![good.as_slice(), good.as_slice()],
        vec![good.as_slice(), b"Basic YTpi"],
    ] {
        for path in ["/who", "/administration"] {
            let response = called(path, &authorization).await;
            assert_eq!(refusal(response).await, invalid, "{authorization:?}");
        }
    }
}

#[actix_web::test]
async fn only_an_administrator_passes_as_one() {
    let of_another_role = with_claim("role", json!("SUPER_ADMIN"));
    for token in [issued(), of_another_role.clone()] {
        let response = called("/administration", &[&bearer(&token)]).await;
        assert_eq!(refusal(response).await, (403, None, "forbidden".to_owned()));
    }
    assert_eq!(called("/who", &[&bearer(&of_another_role)]).await.status(), 200);
    let administrator = bearer(&with_claim("role", json!("ADMIN")));
    for path in ["/who", "/administration"] {
        assert_eq!(called(path, &[&administrator]).await.status(), 200, "{path}");
    }
}

#[actix_web::test]
async fn while_nobody_can_tell_the_answer_is_503() {
    let response = call(Some(verifier(StaleFeed::Refuse).await), "/who", &[&bearer(&issued())]).await;
    assert_eq!(response.headers().get("retry-after").unwrap(), "5");
    assert_eq!(refusal(response).await, (503, None, "unavailable".to_owned()));
}

#[actix_web::test]
async fn an_application_without_a_verifier_lets_nobody_pass() {
    let response = call(None, "/who", &[&bearer(&issued())]).await;
    assert_eq!(refusal(response).await, (500, None, "internal_error".to_owned()));
}

async fn orders(token: ClientToken) -> Result<String, Rejection> {
    token.require_scope("orders:read")?;
    Ok(token.claims().client_id.clone())
}

async fn purge(token: ClientToken) -> Result<String, Rejection> {
    token.require_scope("orders:purge")?;
    Ok(String::new())
}

#[actix_web::test]
async fn a_client_passes_by_a_token_for_this_resource_and_by_its_scopes() {
    let (server, clock) = (Server::start().await, ManualClock::new());
    let building = builder(&server, &clock).when_feed_is_stale(StaleFeed::Accept);
    let verifier = building.build_for_resource(AUDIENCE).unwrap();
    server.keys().await.found("", &set(&KEYS.each_ref()).to_string());
    server.feed().await.found("", r#"{"revocations":[]}"#);
    verifier.ready().await;
    let app = App::new()
        .route("/orders", web::get().to(orders))
        .route("/purge", web::get().to(purge))
        .app_data(web::Data::new(verifier));
    let app = init_service(app).await;
    let get = |path: &str, token: &str| {
        TestRequest::with_uri(path)
            .insert_header(("authorization", bearer(token)))
            .to_request()
    };
    let token = signed(&provider_claims());
    let response = call_service(&app, get("/orders", &token)).await;
    assert_eq!(read_body(response).await, "shop");
    let lacking = r#"Bearer error="insufficient_scope", scope="orders:purge""#.to_owned();
    let response = call_service(&app, get("/purge", &token)).await;
    assert_eq!(
        refusal(response).await,
        (403, Some(lacking), "insufficient_scope".to_owned())
    );
    let response = call_service(&app, get("/orders", &issued())).await;
    assert_eq!(response.status(), 401);
}
