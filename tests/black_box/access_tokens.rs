//! What an access token says, and where it counts.

use crate::app::TestApp;
use crate::genuine_token::{Genuine, part};
use crate::{on_both_databases, on_sqlite};
use reqwest::Method;
use serde_json::json;

on_both_databases!(a_token_of_a_deleted_user_is_worthless,);

on_sqlite!(
    a_token_says_what_the_contract_says,
    a_token_counts_in_one_authorization_header_only,
    no_secret_of_one_kind_works_as_another,
);

async fn a_token_says_what_the_contract_says(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    let me = app.anonymous().with_token(&genuine.token).me().await;
    assert_eq!(genuine.header, json!({"typ": "at+jwt", "alg": "HS256"}));
    let claims = &genuine.claims;
    assert_eq!(claims["iss"], "portcullis");
    assert_eq!(claims["aud"], "portcullis");
    assert_eq!(claims["sub"], me.json()["id"]);
    assert_eq!(
        (&claims["role"], &claims["email"]),
        (&json!("USER"), &json!("ada@example.org"))
    );
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1fa"), &json!(["pwd"])));
    assert_eq!((&claims["type"], &claims["gen"]), (&json!("access"), &json!(0)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    let mut names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "acr",
            "amr",
            "aud",
            "auth_time",
            "email",
            "exp",
            "gen",
            "iat",
            "iss",
            "jti",
            "role",
            "sid",
            "sub",
            "type"
        ]
    );
}

async fn a_token_counts_in_one_authorization_header_only(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    let token = &genuine.token;
    assert_eq!(
        app.anonymous()
            .get(&format!("/users/me?access_token={token}"))
            .await
            .status,
        401
    );
    let get = || app.anonymous().request(Method::GET, "/users/me");
    for (request, why) in [
        (get().header("authorization", token), "no scheme"),
        (
            get().header("authorization", format!("Basic {token}")),
            "another scheme",
        ),
        (
            get().header("authorization", format!("Bearer {token}, Bearer {token}")),
            "a list",
        ),
        (get().header("authorization", "Bearer"), "nothing"),
        (get().header("authorization", &b"Bearer \xff\xfe"[..]), "no text"),
        (
            get()
                .bearer_auth(token)
                .header("authorization", format!("Bearer {token}")),
            "two headers",
        ),
        (get().header("cookie", format!("access_token={token}")), "a cookie"),
    ] {
        let answer = crate::client::send(request).await;
        assert_eq!(answer.status, 401, "{why}: {answer:?}");
    }
    let lower = get().header("authorization", format!("bearer {token}"));
    assert_eq!(crate::client::send(lower).await.status, 200);
}

async fn a_token_of_a_deleted_user_is_worthless(app: TestApp) {
    let genuine = Genuine::of(&app).await;
    app.execute("DELETE FROM users").await;
    assert_eq!(genuine.status(&genuine.token).await, 401);
}

async fn no_secret_of_one_kind_works_as_another(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let session = part(&tokens.access, 1)["sid"].as_str().unwrap().to_owned();
    for other in [&tokens.access, &session] {
        app.anonymous()
            .refresh(other)
            .await
            .assert_problem(401, "invalid_refresh_token");
        assert_eq!(app.anonymous().log_out(other).await.status, 204);
    }
    for other in [&tokens.refresh, &session] {
        assert_eq!(app.anonymous().with_token(other).me().await.status, 401);
    }
    assert_eq!(
        app.anonymous().with_token(&tokens.access).me().await.status,
        200,
        "nothing was ended"
    );
}
