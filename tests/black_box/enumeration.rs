//! Who has an account can't be found out at the login.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::on_both_databases;
use serde_json::json;

on_both_databases!(every_refused_login_is_answered_byte_for_byte_alike);

/// The answer to a wrong password as it comes over the wire, less the date. All ask under one request id. The headers are
/// sorted: their order differs from answer to answer, whoever asks.
async fn refusal_of(app: &TestApp, email: &str) -> String {
    let body = json!({"email": email, "password": "a wrong password"}).to_string();
    let request = format!(
        "POST /auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: one-and-the-same\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = app.anonymous().raw(request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().filter(|line| !line.starts_with("date: ")).collect();
    lines[1..].sort_unstable();
    format!("{}\n\n{body}", lines.join("\n"))
}

async fn every_refused_login_is_answered_byte_for_byte_alike(app: TestApp) {
    for name in ["known", "disabled", "without-password"] {
        app.anonymous().register(&format!("{name}@example.org")).await;
    }
    app.execute("UPDATE users SET is_active = FALSE WHERE email = 'disabled@example.org'")
        .await;
    app.execute(
        "DELETE FROM passwords WHERE user_id = (SELECT id FROM users WHERE email = 'without-password@example.org')",
    )
    .await;
    let unknown = refusal_of(&app, "unknown@example.org").await;
    assert!(unknown.starts_with("HTTP/1.1 401"), "{unknown}");
    assert!(
        unknown.contains("invalid_credentials") && unknown.contains("one-and-the-same"),
        "{unknown}"
    );
    for name in ["known", "disabled", "without-password"] {
        assert_eq!(
            refusal_of(&app, &format!("{name}@example.org")).await,
            unknown,
            "{name}"
        );
    }
    assert_eq!(app.anonymous().log_in("known@example.org", PASSWORD).await.status, 200);
}
