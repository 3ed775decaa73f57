//! What apps are told of people, and which token opens what. The numbers of the rows are those of the list of bad input.

use crate::app::TestApp;
use crate::client::{Tokens, send};
use crate::relying_party::{ADA, Apps, REDIRECT, SharedApps, answer, authorize, come_back, decide, told};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

const ORDERS: &str = "https://orders.example";

/// No test changes what another one sees.
static SHARED: SharedApps = SharedApps::new();

async fn apps() -> Apps {
    let mut apps = Apps::on(TestApp::on_sqlite(&[])).await;
    let resource = json!({"uri": ORDERS, "name": "Orders", "scopes": [{"name": "orders:read", "description": "Read your orders"}]});
    let made = apps.root().post("/admin/resources", &resource).await;
    assert_eq!(made.status, 201, "{made:?}");
    for client in [
        json!({"client_id": "buyer", "kind": "web", "redirect_uris": [REDIRECT], "scopes": ["openid", "profile", "orders:read"]}),
        json!({"client_id": "page", "kind": "spa", "redirect_uris": ["https://page.example/cb"], "scopes": ["openid", "email"]}),
    ] {
        apps.add(&client).await;
    }
    apps.settle().await;
    apps
}

/// What the app is given for a request that Ada agrees to.
async fn given(apps: &Apps, id: &str, changes: &[(&str, &str)]) -> Value {
    let mut browser = apps.browser();
    let changes = [&[("client_id", id)], changes].concat();
    let page = come_back(&mut browser, &changes).await;
    let sent = if told(&page) == "consent" {
        decide(&mut browser, &page, "allow").await
    } else {
        page
    };
    let redirect = changes.iter().find(|(name, _)| *name == "redirect_uri");
    let redirect = redirect.copied().unwrap_or(("redirect_uri", REDIRECT));
    let tokens = apps.redeem(id, &answer(&sent)["code"], &[redirect]).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens.json()
}

fn claims_of(token: &Value) -> Value {
    let claims = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn text(tokens: &Value, member: &str) -> String {
    tokens[member].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_55_what_there_is_not_is_dropped_and_the_answer_says_so() {
    let apps = &*SHARED.get(apps).await;
    let tokens = given(apps, "shop", &[("scope", "openid profile nothing:such")]).await;
    assert_eq!(tokens["scope"], "openid profile", "row 55");
    let id = claims_of(&tokens["id_token"]);
    assert_eq!(
        (&id["aud"], &id["nonce"], &id["acr"], &id["amr"]),
        (&json!("shop"), &json!("n"), &json!("1fa"), &json!(["pwd"]))
    );
    for claim in ["iss", "sub", "exp", "iat", "auth_time", "at_hash", "sid"] {
        assert!(!id[claim].is_null(), "{claim}: {id}");
    }
    assert_eq!(id.get("name"), None, "who asks is told at the userinfo endpoint");
    let access = claims_of(&tokens["access_token"]);
    for claim in ["client_id", "scope", "jti", "gid", "gen", "auth_time", "acr", "amr"] {
        assert!(!access[claim].is_null(), "{claim}: {access}");
    }
    for claim in ["type", "role", "email", "nonce"] {
        assert_eq!(access.get(claim), None, "{claim}: {access}");
    }
    let told = apps.user_info(&text(&tokens, "access_token")).await.json();
    assert_eq!(
        (&told["name"], told.get("email")),
        (&json!("Ada Lovelace"), None),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_59_single_claims_are_told_but_for_those_that_the_app_may_not_have() {
    let apps = &*SHARED.get(apps).await;
    let asked = r#"{"userinfo":{"name":null,"email":{"essential":true},"shoe_size":null},"id_token":{"name":null}}"#;
    let tokens = given(apps, "buyer", &[("scope", "openid"), ("claims", asked)]).await;
    let told = apps.user_info(&text(&tokens, "access_token")).await.json();
    assert_eq!(
        (&told["name"], told.get("email"), told.get("shoe_size")),
        (&json!("Ada Lovelace"), None, None),
        "row 59"
    );
    assert_eq!(claims_of(&tokens["id_token"])["name"], "Ada Lovelace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_api_does_not_tell_who_the_user_is() {
    let apps = &*SHARED.get(apps).await;
    // A token of an API asks nobody who the user is: the ID token says it.
    let scopes = [("scope", "openid profile orders:read")];
    let tokens = given(apps, "buyer", &scopes).await;
    assert_eq!(
        (&tokens["scope"], &claims_of(&tokens["access_token"])["aud"]),
        (&json!("orders:read"), &json!(ORDERS))
    );
    assert_eq!(claims_of(&tokens["id_token"])["name"], "Ada Lovelace");
    let refused = apps.user_info(&text(&tokens, "access_token")).await;
    assert_eq!(
        (refused.status, refused.member("error").as_str()),
        (401, "invalid_token"),
        "row 67"
    );
    let userinfo = format!("http://{}/oauth2/userinfo", apps.app.address());
    let other = [("resource", userinfo.as_str())];
    let tokens = apps.refresh("buyer", &text(&tokens, "refresh_token"), &other).await;
    assert_eq!(
        (tokens.status, tokens.member("scope").as_str()),
        (200, "openid profile"),
        "{tokens:?}"
    );
    assert_eq!(apps.user_info(&tokens.member("access_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_a_resource_that_was_not_granted_is_told() {
    let apps = &*SHARED.get(apps).await;
    let tokens = given(apps, "buyer", &[("scope", "openid profile orders:read")]).await;
    let unknown = apps
        .refresh(
            "buyer",
            &text(&tokens, "refresh_token"),
            &[("resource", "https://x.example")],
        )
        .await;
    assert_eq!(
        (unknown.status, unknown.member("error").as_str()),
        (400, "invalid_target"),
        "row 58"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_61_each_token_opens_one_thing() {
    let apps = &*SHARED.get(apps).await;
    let tokens = given(apps, "shop", &[]).await;
    let session = Tokens::of(&apps.app.anonymous().log_in(ADA, crate::client::PASSWORD).await);
    for token in ["access_token", "id_token", "refresh_token"].map(|member| text(&tokens, member)) {
        for path in ["/users/me", "/admin/users", "/auth/verify"] {
            let client = apps.app.anonymous().with_token(&token);
            assert_eq!(client.get(path).await.status, 401, "row 61: {path} {token}");
        }
        let refreshed = apps.app.anonymous().refresh(&token).await;
        refreshed.assert_problem(401, "invalid_refresh_token");
    }
    let id_token = text(&tokens, "id_token");
    let refresh_token = text(&tokens, "refresh_token");
    for token in [session.access.as_str(), &session.refresh, &id_token, &refresh_token] {
        assert_eq!(apps.user_info(token).await.status, 401, "row 61: {token}");
        let refused = apps.redeem("shop", token, &[]).await;
        assert_eq!(
            (refused.status, refused.member("error").as_str()),
            (400, "invalid_grant"),
            "row 61: {token}"
        );
    }
    for token in [&session.access, &session.refresh, &id_token] {
        let form = [
            ("token", token.as_str()),
            ("client_id", "shop"),
            ("client_secret", apps.secret("shop")),
        ];
        let asked = send(
            apps.app
                .anonymous()
                .request(Method::POST, "/oauth2/introspect")
                .form(&form),
        )
        .await;
        assert_eq!(asked.json(), json!({"active": false}), "row 61: {token}");
        let refused = apps.refresh("shop", token, &[]).await;
        assert_eq!(
            (refused.status, refused.member("error").as_str()),
            (400, "invalid_grant"),
            "row 61: {token}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_67_a_token_comes_by_the_header_and_once() {
    let apps = &*SHARED.get(apps).await;
    let access = text(&given(apps, "shop", &[]).await, "access_token");
    let nobody = apps.app.anonymous();
    for request in [
        nobody
            .request(Method::POST, "/oauth2/userinfo")
            .form(&[("access_token", &access)]),
        nobody.request(Method::GET, &format!("/oauth2/userinfo?access_token={access}")),
        nobody.request(Method::GET, "/oauth2/userinfo"),
    ] {
        let refused = send(request).await;
        assert_eq!(
            (refused.status, refused.member("error").as_str()),
            (401, "invalid_token"),
            "row 67: {refused:?}"
        );
        assert!(refused.header("www-authenticate").starts_with("Bearer "), "{refused:?}");
    }
    let bearer = format!("Bearer {access}");
    let twice = nobody.request(Method::GET, "/oauth2/userinfo");
    let twice = send(twice.header("authorization", &bearer).header("authorization", &bearer)).await;
    assert_eq!(
        (twice.status, twice.member("error").as_str()),
        (400, "invalid_request"),
        "row 67"
    );
    let posted = send(
        nobody
            .request(Method::POST, "/oauth2/userinfo")
            .header("authorization", &bearer),
    )
    .await;
    assert_eq!(posted.status, 200, "{posted:?}");
    assert_eq!(posted.header("cache-control"), "no-store");
    let nameless = text(&given(apps, "shop", &[("scope", "email")]).await, "access_token");
    let refused = apps.user_info(&nameless).await;
    assert_eq!(
        (refused.status, refused.member("error").as_str()),
        (403, "insufficient_scope"),
        "{refused:?}"
    );
    assert!(
        refused.header("www-authenticate").contains("scope=\"openid\""),
        "{refused:?}"
    );
}

/// Of an app that runs in a browser, by its origin and without a secret.
#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_a_page_may_ask() {
    let apps = &*SHARED.get(apps).await;
    let page = [("redirect_uri", "https://page.example/cb")];
    let tokens = given(apps, "page", &page).await;
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    for (origin, allowed) in [
        ("https://page.example", "https://page.example"),
        ("https://evil.example", ""),
    ] {
        let request = apps.app.anonymous().request(Method::GET, "/oauth2/userinfo");
        let answer = send(request.header("authorization", &bearer).header("origin", origin)).await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (200, allowed)
        );
        assert!(
            answer.header("vary").to_ascii_lowercase().contains("origin"),
            "{answer:?}"
        );
    }
    let preflight = apps.app.anonymous().request(Method::OPTIONS, "/oauth2/userinfo");
    let preflight = preflight
        .header("origin", "https://page.example")
        .header("access-control-request-method", "GET");
    assert_eq!(send(preflight).await.status, 204);
    let mut browser = apps.browser();
    let shown = come_back(&mut browser, &[("client_id", "page"), page[0]]).await;
    assert_eq!(told(&shown), "code", "what was agreed to is remembered");
    assert_eq!(
        told(
            &browser
                .open(&authorize(&[("client_id", "page"), page[0], ("prompt", "none")]))
                .await
        ),
        "code"
    );
}
