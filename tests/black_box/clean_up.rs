//! What nobody needs any more goes, while requests are served.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens};
use crate::on_both_databases;
use std::time::{Duration, Instant};

on_both_databases!(what_is_over_goes_and_what_is_live_stays);

/// Somewhat more than the minute between two rounds.
const PATIENCE: Duration = Duration::from_secs(150);

const SESSIONS: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM sessions";
const REVOCATIONS: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM revocations";

async fn what_is_over_goes_and_what_is_live_stays(app: TestApp) {
    let client = app.anonymous();
    let mut live = client.signed_in("ada@example.org").await;
    let revoked = Tokens::of(&client.log_in("ada@example.org", PASSWORD).await);
    assert_eq!(client.log_out(&revoked.refresh).await.status, 204);
    for number in 0..30 {
        let old = client.signed_in(&format!("old-{number}@example.org")).await;
        if number % 2 == 0 {
            assert_eq!(client.log_out(&old.refresh).await.status, 204);
        }
    }
    // Before anything can go: a round may come at any time.
    assert_eq!(
        (app.column(SESSIONS).await, app.column(REVOCATIONS).await),
        (vec!["32".to_owned()], vec!["16".to_owned()])
    );
    let theirs = "user_id IN (SELECT id FROM users WHERE email LIKE 'old-%')";
    let past = app.on("1577836800000000", "'2020-01-01 00:00:00Z'");
    app.execute(&format!(
        "UPDATE revocations SET until = {past} WHERE session_id IN (SELECT id FROM sessions WHERE {theirs});
         UPDATE sessions SET revoked_at = {past} WHERE revoked_at IS NOT NULL AND {theirs};
         UPDATE sessions SET expires_at = {past} WHERE revoked_at IS NULL AND {theirs};"
    ))
    .await;
    let begun = Instant::now();
    loop {
        live = Tokens::of(&client.refresh(&live.refresh).await);
        assert_eq!(client.with_token(&live.access).get("/auth/verify").await.status, 204);
        assert_eq!(client.with_token(&revoked.access).get("/auth/verify").await.status, 401);
        let left = (app.column(SESSIONS).await, app.column(REVOCATIONS).await);
        if left == (vec!["2".to_owned()], vec!["1".to_owned()]) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{left:?} are left");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ended = app
        .column("SELECT CAST(COUNT(*) AS TEXT) FROM sessions WHERE revoked_at IS NOT NULL")
        .await;
    assert_eq!(ended, ["1"], "what ended a moment ago stays for whoever looks into it");
}
