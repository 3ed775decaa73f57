//! What nobody is shown, however much is logged and asked for: the secrets in the store, and those that were handed out.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::{Answer, PASSWORD, Tokens};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::json;

on_both_databases!(no_answer_and_no_log_line_holds_a_secret);

/// What the store keeps of secrets, as text, in hexadecimal and in both forms of base64.
async fn stored_secrets(app: &TestApp) -> Vec<String> {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let mut secrets = app.column("SELECT hash FROM passwords").await;
    assert!(secrets.iter().all(|hash| hash.starts_with("$2b$")));
    for (table, column) in [
        ("sessions", "seed"),
        ("installation", "salt"),
        ("installation", "audit_key"),
        ("signing_keys", "encrypted"),
        ("audit_events", "mac"),
        ("audit_seals", "mac"),
    ] {
        let (sqlite, postgres) = (format!("lower(hex({column}))"), format!("encode({column}, 'hex')"));
        let query = format!(
            "SELECT {} FROM {table} WHERE length({column}) > 0",
            app.on(&sqlite, &postgres)
        );
        for digits in app.column(&query).await {
            let bytes: Vec<u8> = (0..digits.len() / 2)
                .map(|index| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap())
                .collect();
            secrets.extend([
                STANDARD_NO_PAD.encode(&bytes),
                URL_SAFE_NO_PAD.encode(&bytes),
                digits.to_uppercase(),
            ]);
            // Lists of numbers, as a careless `{:?}` would show them.
            secrets.push(format!("{:?}", &bytes[..8]).replace(']', ""));
            secrets.push(digits);
        }
    }
    secrets
}

/// The parts of tokens by which they are recognized wherever they stand.
fn parts_of(tokens: &Tokens) -> Vec<String> {
    let mut parts = vec![tokens.refresh.clone(), tokens.refresh[40..].to_owned()];
    parts.extend(tokens.access.split('.').skip(1).map(str::to_owned));
    parts
}

async fn no_answer_and_no_log_line_holds_a_secret(mut app: TestApp) {
    app.make_admin("root@example.org");
    app.restart(&[
        ("LOG_LEVEL", "trace"),
        ("ALGORITHM", "EdDSA"),
        ("REFRESH_TOKEN_GRACE_SECONDS", "0"),
    ]);
    let root = Tokens::of(&app.anonymous().log_in("root@example.org", PASSWORD).await);
    let admin = app.anonymous().with_token(&root.access);
    let ada = app.anonymous().signed_in("ada@example.org").await;
    let spent = app.anonymous().signed_in("eve@example.org").await;
    let eve = Tokens::of(&app.anonymous().refresh(&spent.refresh).await);
    app.anonymous().refresh(&spent.refresh).await;
    let rotated = app.run(&["keys", "rotate"]);
    assert_eq!(rotated.status, Some(0), "{rotated:?}");
    let again = Tokens::of(&app.anonymous().log_in("eve@example.org", PASSWORD).await);
    let client = app.anonymous().with_token(&ada.access);
    let id = client.me().await.member("id");
    let user = format!("/admin/users/{id}");
    let mut answers: Vec<Answer> = Vec::new();
    for path in [
        "/users/me",
        "/users/me/sessions",
        "/users/me/audit-events",
        "/auth/verify",
        "/admin/users",
        "/admin/users?query=ada",
        &user,
        &format!("{user}/sessions"),
        "/admin/audit-events?limit=100",
        "/.well-known/jwks.json",
        "/revocations",
        "/",
        "/health/ready",
        "/nowhere",
    ] {
        answers.push(admin.get(path).await);
        answers.push(client.get(path).await);
        answers.push(app.anonymous().with_token(&spent.refresh).get(path).await);
    }
    let changed = json!({"current_password": PASSWORD, "new_password": "another password"});
    answers.push(client.put("/users/me/password", &changed).await);
    answers.push(
        admin
            .patch(&user, &json!({"role": "ADMIN", "email": "ada.king@example.org"}))
            .await,
    );
    answers.push(
        admin
            .patch(&user, &json!({"is_active": false, "password": PASSWORD}))
            .await,
    );
    let account = json!({"email": "new@example.org", "full_name": "New User", "role": "USER", "password": PASSWORD});
    answers.push(admin.post("/admin/users", &account).await);
    answers.push(app.anonymous().log_in("ada@example.org", "a wrong password").await);
    answers.push(app.anonymous().log_out(&again.refresh).await);
    answers.push(app.anonymous().refresh(&format!("{}x", eve.refresh)).await);
    let oddly = admin
        .request(Method::POST, "/auth/login")
        .header("content-type", "application/json");
    answers.push(crate::client::send(oddly.body(format!("{{\"password\": \"{PASSWORD}\""))).await);
    let secrets_before = stored_secrets(&app).await;
    answers.push(admin.delete(&user).await);
    app.wait_for_seals().await;

    let mut secrets = stored_secrets(&app).await;
    secrets.extend(secrets_before);
    secrets.extend([PASSWORD, "another password", "a wrong password", SECRET_KEY].map(str::to_owned));
    for tokens in [&root, &ada, &spent, &eve, &again] {
        secrets.extend(parts_of(tokens));
    }
    let logs = [app.logs(), rotated.stderr, rotated.stdout].concat();
    for secret in secrets {
        assert!(!logs.contains(&secret), "{secret} is logged");
        for answer in &answers {
            let headers = format!("{:?}", answer.headers);
            assert!(
                !answer.text.contains(&secret) && !headers.contains(&secret),
                "{secret} is answered: {answer:?}"
            );
        }
    }
}
