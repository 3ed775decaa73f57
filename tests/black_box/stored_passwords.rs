//! Passwords as they stand in the store.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::on_both_databases;
use crate::passwords::{HARD_TO_GUESS, register};
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    hashes_are_bcrypt_salted_and_never_the_password,
    a_raised_cost_is_paid_at_the_next_login,
    a_damaged_hash_refuses_its_user_and_nobody_else,
    a_null_is_nobodys_password,
);

async fn hashes_are_bcrypt_salted_and_never_the_password(app: TestApp) {
    register(&app.anonymous(), "ada@example.org", PASSWORD).await;
    register(&app.anonymous(), "eve@example.org", PASSWORD).await;
    let hashes = app.column("SELECT hash FROM passwords").await;
    assert_eq!(hashes.len(), 2);
    assert!(hashes.iter().all(|hash| hash.starts_with("$2b$04$")), "{hashes:?}");
    assert_ne!(hashes[0], hashes[1]);
}

async fn a_raised_cost_is_paid_at_the_next_login(mut app: TestApp) {
    register(&app.anonymous(), "ada@example.org", PASSWORD).await;
    let long = format!("{HARD_TO_GUESS}{}", "p".repeat(90));
    register(&app.anonymous(), "long@example.org", &long).await;
    app.restart(&[("BCRYPT_COST", "5")]);
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
    assert_eq!(app.anonymous().log_in("long@example.org", &long).await.status, 200);
    let hashes = app
        .column("SELECT hash FROM passwords JOIN users ON users.id = passwords.user_id ORDER BY email")
        .await;
    assert!(
        hashes[0].starts_with("$2b$05$") && hashes[1].contains("r=5"),
        "{hashes:?}"
    );
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
    assert_eq!(
        app.anonymous()
            .log_in("ada@example.org", "another password")
            .await
            .status,
        401
    );
}

async fn a_damaged_hash_refuses_its_user_and_nobody_else(app: TestApp) {
    register(&app.anonymous(), "ada@example.org", PASSWORD).await;
    register(&app.anonymous(), "eve@example.org", PASSWORD).await;
    for damage in [
        "",
        "x",
        "$2b$",
        "$2b$12$",
        "$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ééééééééé$2b$04$",
        "$bcrypt-sha256$v=2,t=2b,r=99$x$y",
    ] {
        app.execute(&format!(
            "UPDATE passwords SET hash = '{damage}' WHERE user_id = (SELECT id FROM users WHERE email = 'ada@example.org')"
        ))
        .await;
        app.anonymous()
            .log_in("ada@example.org", PASSWORD)
            .await
            .assert_problem(401, "invalid_credentials");
    }
    assert_eq!(app.anonymous().log_in("eve@example.org", PASSWORD).await.status, 200);
}

async fn a_null_is_nobodys_password(app: TestApp) {
    register(&app.anonymous(), "ada@example.org", PASSWORD).await;
    app.execute("DELETE FROM passwords").await;
    for password in [
        json!(""),
        json!("null"),
        json!("NULL"),
        Value::Null,
        json!([]),
        json!({}),
        json!(0),
        json!(false),
    ] {
        let body = json!({"email": "ada@example.org", "password": password});
        let status = app.anonymous().post("/auth/login", &body).await.status;
        assert!(status == 401 || status == 422, "{password}: {status}");
    }
    let missing = app
        .anonymous()
        .request(Method::POST, "/auth/login")
        .json(&json!({"email": "ada@example.org"}));
    assert_eq!(crate::client::send(missing).await.status, 422);
}
