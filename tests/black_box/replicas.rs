//! Several servers on one PostgreSQL database.

use crate::app::{TestApp, usual_settings};
use crate::client::{Client, Tokens};
use crate::database::ScratchDatabase;
use crate::on_postgres;
use crate::process::{Process, Starting};

on_postgres!(replicas_agree_on_the_successor);

async fn replicas_agree_on_the_successor(app: TestApp) {
    let replica = app.replica();
    let first = app.anonymous().signed_in("ada@example.org").await;
    let (here, there) = (app.anonymous(), replica.anonymous());
    let (here, there) = tokio::join!(here.refresh(&first.refresh), there.refresh(&first.refresh));
    let (here, there) = (Tokens::of(&here), Tokens::of(&there));
    assert_eq!(here.refresh, there.refresh);
    assert_eq!(app.anonymous().with_token(&there.access).me().await.status, 200);
    assert_eq!(replica.anonymous().log_out(&here.refresh).await.status, 204);
    assert_eq!(app.anonymous().with_token(&here.access).me().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_start_at_once_on_an_empty_database_make_one_schema() {
    for _ in 0..5 {
        let Some(database) = ScratchDatabase::create().await else {
            return;
        };
        let mut settings = usual_settings();
        settings.push(("DATABASE_URL".to_owned(), database.url()));
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let starting = folders
            .each_ref()
            .map(|folder| Process::spawn(folder.path(), &settings));
        let servers = starting.map(Starting::listening);
        let [first, second] = servers.each_ref().map(|server| Client::new(server.address()));
        let tokens = first.signed_in("ada@example.org").await;
        assert_eq!(second.with_token(&tokens.access).me().await.status, 200);
        let next = Tokens::of(&second.refresh(&tokens.refresh).await);
        assert_eq!(first.refresh(&next.refresh).await.status, 200);
        let versions = database.column("SELECT version FROM __diesel_schema_migrations").await;
        assert_eq!(versions.len(), migrations(), "{versions:?}");
        assert_eq!(database.column("SELECT id::text FROM installation").await, ["1"]);
    }
}

/// How many migrations there are.
fn migrations() -> usize {
    std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres"))
        .unwrap()
        .count()
}
