//! What every answer carries.

use crate::app::TestApp;
use crate::on_sqlite;

on_sqlite!(every_answer_carries_the_security_headers,);

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
