//! A copy in the place of the store, by the command that is for it.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens};
use crate::on_postgres;
use std::fs;

on_postgres!(postgresql_has_programs_of_its_own);

const FILES: [&str; 3] = ["data/portcullis.db", "data/portcullis.db-wal", "data/portcullis.db-shm"];

/// A server that was killed in the middle of its work, and a copy of before.
async fn killed_with_a_copy() -> (TestApp, Tokens) {
    let mut app = TestApp::on_sqlite(&[]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    app.run(&["backup", "copy.db"]).result();
    app.anonymous().register("late@example.org").await;
    app.kill();
    (app, tokens)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_copy_serves_signs_everybody_out_and_the_files_of_before_stay() {
    let (mut app, tokens) = killed_with_a_copy().await;
    let copy = fs::read(app.folder().join("copy.db")).unwrap();
    let restored = app.run(&["restore", "copy.db"]);
    assert!(restored.result().contains("signs everybody out"), "{restored:?}");
    assert!(restored.result().contains(".before-restore-"), "{restored:?}");
    assert_eq!(fs::read(app.folder().join("copy.db")).unwrap(), copy);
    app.restart(&[]);
    let client = app.anonymous().with_token(&tokens.access);
    client.me().await.assert_problem(401, "invalid_access_token");
    Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    assert_eq!(app.anonymous().log_in("late@example.org", PASSWORD).await.status, 401);
    assert_eq!(app.run(&["doctor"]).status, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_server_and_under_another_key_nothing_is_restored() {
    let (mut app, _) = killed_with_a_copy().await;
    app.restart(&[]);
    app.run(&["restore", "copy.db"])
        .assert_refused(&["a server is using the database"]);
    app.kill();
    let before = fs::read(app.folder().join(FILES[0])).unwrap();
    let settings: Vec<_> = app
        .settings()
        .iter()
        .map(|(name, value)| match name.as_str() {
            "SECRET_KEY" => (
                name.clone(),
                "another-key-than-the-one-that-it-had-0123456789".to_owned(),
            ),
            _ => (name.clone(), value.clone()),
        })
        .collect();
    let refused = crate::commands::run_in(app.folder(), &settings, &["restore", "copy.db"], b"");
    refused.assert_refused(&["nothing was restored", "SECRET_KEY"]);
    assert_eq!(fs::read(app.folder().join(FILES[0])).unwrap(), before);
    let names = fs::read_dir(app.folder().join("data")).unwrap();
    let left: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("restor"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_put_beside_the_log_of_another_is_refused_by_the_start_and_by_doctor_and_kept() {
    let (mut app, _) = killed_with_a_copy().await;
    fs::copy(app.folder().join("copy.db"), app.folder().join(FILES[0])).unwrap();
    let before = FILES.map(|file| fs::read(app.folder().join(file)).unwrap());
    let start = app.run(&["serve"]);
    start.assert_refused(&["portcullis.db-wal", "portcullis.db-shm", "portcullis restore"]);
    let doctor = app.run(&["doctor"]);
    assert_eq!(doctor.status, Some(1), "{doctor:?}");
    assert!(doctor.stdout.contains("portcullis.db-wal"), "{doctor:?}");
    assert!(FILES.map(|file| fs::read(app.folder().join(file)).unwrap()) == before);
    app.run(&["restore", "copy.db"]).result();
    app.restart(&[]);
    Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
}

async fn postgresql_has_programs_of_its_own(app: TestApp) {
    app.run(&["restore", "copy.db"]).assert_refused(&["pg_restore"]);
}
