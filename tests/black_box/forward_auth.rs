//! Who calls, for a proxy: what `/auth/verify` answers.

use crate::app::TestApp;
use crate::client::{Tokens, send};
use crate::genuine_token::part;
use crate::on_both_databases;
use reqwest::Method;
use serde_json::Value;

on_both_databases!(the_answer_says_who_calls, who_is_not_signed_in_is_refused,);

const IDENTITY: [(&str, &str); 4] = [
    ("x-auth-user-id", "sub"),
    ("x-auth-email", "email"),
    ("x-auth-role", "role"),
    ("x-auth-session-id", "sid"),
];

async fn the_answer_says_who_calls(app: TestApp) {
    let grace = app.admin("grace@example.org").await;
    let ada = app.anonymous().signed_in("ada@example.org").await;
    for (access, role) in [(&ada.access, "USER"), (&grace.tokens.access, "ADMIN")] {
        let claims = part(access, 1);
        assert_eq!(claims["role"], role);
        for method in [Method::GET, Method::HEAD] {
            let request = app.anonymous().with_token(access).request(method, "/auth/verify");
            // What a proxy may pass on of the caller's request means nothing here.
            let answer = send(request.header("x-auth-role", "ADMIN").header("x-auth-user-id", "1")).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{answer:?}");
            for (header, claim) in IDENTITY {
                assert_eq!(
                    Value::from(answer.header(header)),
                    claims[claim],
                    "{header}: {answer:?}"
                );
                assert_eq!(answer.headers.get_all(header).iter().count(), 1);
            }
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

async fn who_is_not_signed_in_is_refused(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    for query in ["", "?role=ADMIN", "?role=nobody"] {
        let path = format!("/auth/verify{query}");
        app.anonymous()
            .get(&path)
            .await
            .assert_problem(401, "missing_access_token");
        let refused = app.anonymous().with_token(&tokens.refresh).get(&path).await;
        refused.assert_problem(401, "invalid_access_token");
        for (header, _) in IDENTITY {
            assert_eq!(refused.header(header), "", "{refused:?}");
        }
    }
    let next = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    for access in [&tokens.access, &next.access] {
        assert_eq!(app.anonymous().with_token(access).get("/auth/verify").await.status, 204);
    }
    assert_eq!(app.anonymous().log_out(&next.refresh).await.status, 204);
    for access in [&tokens.access, &next.access] {
        let answer = app.anonymous().with_token(access).get("/auth/verify").await;
        answer.assert_problem(401, "invalid_access_token");
    }
    assert_eq!(app.anonymous().post("/auth/verify", &Value::Null).await.status, 405);
}
