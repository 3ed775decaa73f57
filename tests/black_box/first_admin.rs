//! The administrator that the settings name.

use crate::app::{TestApp, usual_settings};
use crate::client::{Client, PASSWORD, Tokens};
use crate::commands::run_in;
use crate::database::ScratchDatabase;
use crate::on_both_databases;
use crate::process::{Process, Starting};
use serde_json::{Value, json};

on_both_databases!(
    a_start_without_administrators_makes_the_one_of_the_settings,
    an_account_that_has_the_address_is_not_promoted,
);

const FIRST: &str = "first@example.org";

const ADMINS: &str = "SELECT email FROM users WHERE role = 'ADMIN' AND is_active ORDER BY email";

async fn a_start_without_administrators_makes_the_one_of_the_settings(mut app: TestApp) {
    assert_eq!(app.column(ADMINS).await, Vec::<String>::new());
    app.anonymous().register("ada@example.org").await;
    let file = app.folder().join("password.txt");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let settings = [
        ("ADMIN_EMAIL", "First@Example.org"),
        ("ADMIN_PASSWORD_FILE", file.to_str().unwrap()),
    ];
    app.restart(&settings);
    assert_eq!(app.column(ADMINS).await, [FIRST]);
    let tokens = Tokens::of(&app.anonymous().log_in(FIRST, PASSWORD).await);
    let first = app.anonymous().with_token(&tokens.access);
    let events = first.get("/admin/audit-events?type=account_created").await.json();
    let event = &events["items"][0];
    assert_eq!(
        (&event["reason"], &event["actor_id"], &event["ip"], &event["user_agent"]),
        (
            &json!("setting"),
            &Value::Null,
            &Value::Null,
            &json!("portcullis server")
        )
    );
    assert!(!app.logs().contains(PASSWORD));

    // While there is one, the settings do nothing: not the same, nor others.
    app.restart(&[("ADMIN_EMAIL", "second@example.org")]);
    assert_eq!(app.column(ADMINS).await, [FIRST]);
    std::fs::write(&file, "another password").unwrap();
    app.restart(&[("ADMIN_EMAIL", FIRST)]);
    assert_eq!(app.anonymous().log_in(FIRST, "another password").await.status, 401);
    assert_eq!(app.anonymous().log_in(FIRST, PASSWORD).await.status, 200);
    assert_eq!(
        app.column("SELECT email FROM users ORDER BY email").await,
        ["ada@example.org", FIRST]
    );
}

async fn an_account_that_has_the_address_is_not_promoted(mut app: TestApp) {
    app.anonymous().register(FIRST).await;
    app.kill();
    let mut settings = app.settings().to_vec();
    settings.push(("ADMIN_EMAIL".to_owned(), FIRST.to_owned()));
    settings.push(("ADMIN_PASSWORD".to_owned(), "another password".to_owned()));
    let stopped = run_in(app.folder(), &settings, &["serve"], b"");
    assert_eq!(stopped.status, Some(1), "{stopped:?}");
    let last = stopped.stderr.lines().last().unwrap();
    for text in ["portcullis: ADMIN_EMAIL: ", FIRST, "set-role"] {
        assert!(last.contains(text), "{stopped:?}");
    }
    assert_eq!(app.column(ADMINS).await, Vec::<String>::new());
    app.run(&["user", "set-role", FIRST, "ADMIN"]).result();
    app.restart(&[("ADMIN_EMAIL", FIRST), ("ADMIN_PASSWORD", "another password")]);
    assert_eq!(
        app.anonymous().log_in(FIRST, PASSWORD).await.status,
        200,
        "the password is the old one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_servers_that_start_at_once_one_makes_the_administrator() {
    let Some(database) = ScratchDatabase::create().await else {
        return;
    };
    let mut settings = usual_settings();
    settings.extend(
        [
            ("DATABASE_URL", database.url().as_str()),
            ("ADMIN_EMAIL", FIRST),
            ("ADMIN_PASSWORD", PASSWORD),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let folders: Vec<_> = (0..20).map(|_| tempfile::tempdir().unwrap()).collect();
    let starting: Vec<Starting> = folders
        .iter()
        .map(|folder| Process::spawn(folder.path(), &settings))
        .collect();
    let servers: Vec<Process> = starting.into_iter().map(Starting::listening).collect();
    assert_eq!(database.column("SELECT email FROM users").await, [FIRST]);
    let made = "SELECT kind || '/' || reason FROM audit_events ORDER BY at";
    let events = database.column(made).await;
    let made_by_setting = events.iter().filter(|event| *event == "account_created/setting");
    assert_eq!(made_by_setting.count(), 1, "{events:?}");
    let told = servers
        .iter()
        .filter(|server| server.lines().contains("the first administrator was made"));
    assert_eq!(told.count(), 1);
    let tokens = Tokens::of(&Client::new(servers[0].address()).log_in(FIRST, PASSWORD).await);
    for server in &servers {
        let client = Client::new(server.address()).with_token(&tokens.access);
        assert_eq!(client.get("/admin/users").await.status, 200);
    }
}
