//! When a session was last used is known, and no request writes it.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::on_both_databases;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

on_both_databases!(use_is_noted_without_a_write_for_each_request);

const REQUESTS: usize = 1_000;
const AT_ONCE: usize = 8;

/// How often the server writes what it has noted.
const NOTES_EVERY: Duration = Duration::from_secs(30);

const COUNTING_ON_SQLITE: &str = "CREATE TABLE written (session BLOB);
    CREATE TRIGGER counting AFTER UPDATE ON sessions BEGIN INSERT INTO written VALUES (NEW.id); END";
const COUNTING_ON_POSTGRES: &str = "CREATE TABLE written (session uuid);
    CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO written VALUES (NEW.id); RETURN NEW; END';
    CREATE TRIGGER counting AFTER UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION count_write()";

async fn use_is_noted_without_a_write_for_each_request(mut app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    app.anonymous().log_in("ada@example.org", PASSWORD).await;
    let ada = app.anonymous().with_token(&tokens.access);
    let counting_since = Instant::now();
    app.execute(app.on(COUNTING_ON_SQLITE, COUNTING_ON_POSTGRES)).await;
    let before = ada.get("/users/me/sessions").await.json();
    let mut asking = JoinSet::new();
    for number in 0..AT_ONCE {
        let ada = ada.clone();
        asking.spawn(async move {
            let (path, status) = if number % 2 == 0 {
                ("/users/me", 200)
            } else {
                ("/auth/verify", 204)
            };
            for _ in 0..REQUESTS / AT_ONCE {
                assert_eq!(ada.get(path).await.status, status);
            }
        });
    }
    asking.join_all().await;
    let after = ada.get("/users/me/sessions").await.json();
    let written = writes(&app).await;
    let most = writes_within(counting_since.elapsed());
    assert!(written <= most, "{written} writes");
    assert!(last_use(&after, 1) > last_use(&before, 1), "{before} {after}");
    assert_eq!(
        last_use(&after, 0),
        last_use(&before, 0),
        "the other session was not used"
    );
    app.terminate();
    assert_eq!(app.wait().code(), Some(0));
    let noted = writes(&app).await;
    let most = writes_within(counting_since.elapsed());
    assert!((1..=most).contains(&noted), "{noted} writes");
    app.restart(&[]);
    let kept = app
        .anonymous()
        .with_token(&tokens.access)
        .get("/users/me/sessions")
        .await
        .json();
    assert!(last_use(&kept, 1) >= last_use(&after, 1), "{after} {kept}");
}

/// As many writes as there may be in that time, of the one session that is used, the one at the end included.
fn writes_within(time: Duration) -> u64 {
    time.as_secs() / NOTES_EVERY.as_secs() + 2
}

fn last_use(list: &Value, index: usize) -> String {
    list["items"][index]["last_used_at"].as_str().unwrap().to_owned()
}

async fn writes(app: &TestApp) -> u64 {
    let count = app.column("SELECT CAST(COUNT(*) AS TEXT) FROM written").await;
    count[0].parse().unwrap()
}
