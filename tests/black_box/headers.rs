//! What every answer carries.

use crate::app::TestApp;
use crate::client::send;
use crate::on_both_databases;
use reqwest::Method;

on_both_databases!(
    a_request_id_is_kept_when_it_is_well_formed,
    every_answer_carries_the_security_headers,
);

async fn a_request_id_is_kept_when_it_is_well_formed(app: TestApp) {
    let asked = |id: &str| {
        send(
            app.anonymous()
                .request(Method::GET, "/nowhere")
                .header("x-request-id", id),
        )
    };
    let kept = asked("trace-01.A_b").await;
    assert_eq!(
        (kept.header("x-request-id"), kept.member("request_id").as_str()),
        ("trace-01.A_b", "trace-01.A_b")
    );
    let long = "a".repeat(129);
    for odd in ["", "a b", "a\tb", "{}", "<script>", long.as_str()] {
        let made = asked(odd).await;
        assert_eq!(made.header("x-request-id").len(), 36, "{odd:?}: {made:?}");
    }
    assert_ne!(
        asked("").await.header("x-request-id"),
        asked("").await.header("x-request-id")
    );
}

async fn every_answer_carries_the_security_headers(app: TestApp) {
    for path in ["/", "/users/me", "/nowhere", "/docs", "/openapi.json"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(
            !answer
                .header("content-security-policy")
                .contains("script-src 'unsafe-inline'"),
            "{path}"
        );
        assert_eq!(answer.header("server"), "", "{path}");
    }
}
