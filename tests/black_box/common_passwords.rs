//! Passwords that everybody tries, at every way in where a password is set.

use crate::app::TestApp;
use crate::client::{Answer, PASSWORD, Tokens};
use crate::commands::run_in;
use crate::on_sqlite;
use serde_json::json;

on_sqlite!(
    every_way_refuses_what_everybody_tries,
    what_was_set_before_goes_on_to_sign_in,
);

const ADA: &str = "ada.lovelace@example.org";

/// What is easily guessed of Ada Lovelace, whose address that is.
const COMMON: [&str; 6] = ["password", "12345678", "Iloveyou1", "ada.lovelace", ADA, "Ada Lovelace"];

#[track_caller]
fn assert_too_common(answer: &Answer, member: &str) {
    answer.assert_problem(422, "validation_failed");
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors[0]["code"], "too_common", "{answer:?}");
    assert_eq!(answer.pointers(), [format!("#/{member}")]);
    assert!(
        errors[0]["detail"].as_str().unwrap().contains("several words"),
        "{answer:?}"
    );
}

async fn every_way_refuses_what_everybody_tries(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let account = |password: &str| json!({"email": ADA, "full_name": "Ada Lovelace", "password": password});
    for text in COMMON {
        assert_too_common(
            &app.anonymous().post("/auth/register", &account(text)).await,
            "password",
        );
        let mut made = account(text);
        made["role"] = json!("USER");
        assert_too_common(&root.client.post("/admin/users", &made).await, "password");
        let arguments = [
            "user",
            "create",
            "--email",
            ADA,
            "--full-name",
            "Ada Lovelace",
            "--password-stdin",
        ];
        app.run_with(&arguments, text)
            .assert_refused(&[ADA, "guess", "several words"]);
    }
    let long = format!("{}kR7vQ2mXz9Lt", "a".repeat(110));
    assert_too_common(
        &app.anonymous().post("/auth/register", &account(&long)).await,
        "password",
    );

    let registered = app.anonymous().post("/auth/register", &account(PASSWORD)).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let tokens = Tokens::of(&app.anonymous().log_in(ADA, PASSWORD).await);
    let ada = app.anonymous().with_token(&tokens.access);
    for text in COMMON {
        let body = json!({"current_password": PASSWORD, "new_password": text});
        assert_too_common(&ada.put("/users/me/password", &body).await, "new_password");
        let set = app.run_with(&["user", "set-password", ADA, "--password-stdin"], text);
        set.assert_refused(&[ADA, "guess", "several words"]);
    }
    assert_eq!(ada.me().await.status, 200);

    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("ADMIN_EMAIL", ADA),
        ("ADMIN_PASSWORD", "password1"),
        ("PORT", "0"),
        ("BCRYPT_COST", "4"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    run_in(folder.path(), &settings, &["serve"], b"").assert_refused(&["ADMIN_PASSWORD", "guess"]);
    assert!(!folder.path().join("data").exists(), "a refusal makes no store");
    let looked = run_in(folder.path(), &settings, &["doctor"], b"");
    assert!(
        looked.stdout.contains("ADMIN_PASSWORD") && looked.stdout.contains("guess"),
        "{looked:?}"
    );
}

async fn what_was_set_before_goes_on_to_sign_in(mut app: TestApp) {
    app.restart(&[("PASSWORD_BLOCKLIST", "off")]);
    let body = json!({"email": ADA, "full_name": "Ada Lovelace", "password": "password"});
    assert_eq!(app.anonymous().post("/auth/register", &body).await.status, 201);
    app.restart(&[("PASSWORD_BLOCKLIST", "on")]);
    assert_eq!(app.anonymous().log_in(ADA, "password").await.status, 200);
}
