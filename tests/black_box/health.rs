//! Whether the server runs, and whether it can serve.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::{on_both_databases, on_postgres, on_sqlite};
use std::time::Duration;
use tokio::time::{interval, timeout};

on_both_databases!(
    a_server_whose_schema_is_gone_runs_and_is_not_ready,
    a_server_behind_the_schema_stays_ready,
    a_broken_store_is_not_told_of,
);

on_sqlite!(a_server_whose_file_was_moved_takes_no_write_until_it_is_back);

on_postgres!(a_server_whose_database_lets_nobody_in_runs_and_is_not_ready);

async fn assert_ready(app: &TestApp) {
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
    assert_eq!(app.anonymous().get("/health/ready").await.status, 200);
}

/// Asks until the server has found its database again: after a failed connect it leaves it alone for a moment.
pub(crate) async fn become_ready(app: &TestApp) {
    let found = async {
        let mut pace = interval(Duration::from_millis(50));
        while app.anonymous().get("/health/ready").await.status != 200 {
            pace.tick().await;
        }
    };
    timeout(Duration::from_secs(30), found)
        .await
        .expect("the server does not find its database again");
}

pub(crate) async fn assert_not_ready(app: &TestApp) {
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
    let answer = app.anonymous().get("/health/ready").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{answer:?}");
}

async fn a_server_whose_schema_is_gone_runs_and_is_not_ready(app: TestApp) {
    assert_ready(&app).await;
    app.execute("ALTER TABLE __diesel_schema_migrations RENAME TO elsewhere")
        .await;
    assert_not_ready(&app).await;
    app.execute("ALTER TABLE elsewhere RENAME TO __diesel_schema_migrations")
        .await;
    assert_ready(&app).await;
}

/// A replica of a later version has migrated the store; the earlier one goes on until it is replaced.
async fn a_server_behind_the_schema_stays_ready(app: TestApp) {
    app.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')")
        .await;
    assert_ready(&app).await;
    app.anonymous().signed_in("ada@example.org").await;
}

async fn a_server_whose_database_lets_nobody_in_runs_and_is_not_ready(app: TestApp) {
    assert_ready(&app).await;
    app.close_postgres().await;
    assert_not_ready(&app).await;
    let login = app.anonymous().log_in("ada@example.org", PASSWORD).await;
    assert_eq!(login.status, 503, "{login:?}");
    app.reopen_postgres().await;
    become_ready(&app).await;
    app.anonymous().signed_in("ada@example.org").await;
}

/// What is written to a file that nobody finds again would be lost.
async fn a_server_whose_file_was_moved_takes_no_write_until_it_is_back(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let [file, elsewhere] = ["portcullis.db", "elsewhere.db"].map(|name| app.folder().join("data").join(name));
    std::fs::rename(&file, &elsewhere).unwrap();
    let refused = app.anonymous().register("ben@example.org").await;
    refused.assert_problem(503, "unavailable");
    assert_not_ready(&app).await;
    app.wait_for_log(|line| line["job"] == "probe_store" && line["level"] == "WARN");
    assert_not_ready(&app).await;
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
    std::fs::rename(&elsewhere, &file).unwrap();
    become_ready(&app).await;
    assert_eq!(app.anonymous().register("ben@example.org").await.status, 201);
}

async fn a_broken_store_is_not_told_of(app: TestApp) {
    app.execute("ALTER TABLE users RENAME TO users_gone").await;
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
    let answer = app.anonymous().log_in("ada@example.org", PASSWORD).await;
    answer.assert_problem(500, "internal_error");
    assert!(!answer.text.contains("users"), "{answer:?}");
}
