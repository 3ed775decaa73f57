//! What administrators do to accounts, and what they are refused.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    an_administrator_makes_reads_changes_and_deletes_an_account,
    an_account_without_a_password_lets_nobody_in_until_it_has_one,
    only_administrators_administrate,
);

/// An id of nobody.
const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

fn user_path(id: &str) -> String {
    format!("/admin/users/{id}")
}

async fn an_administrator_makes_reads_changes_and_deletes_an_account(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let account =
        json!({"email": "Ada@Example.org", "full_name": "Ada Lovelace", "role": "USER", "password": PASSWORD});
    let made = root.client.post("/admin/users", &account).await;
    assert_eq!(made.status, 201, "{made:?}");
    let user = made.json();
    let path = user_path(&made.member("id"));
    assert_eq!(made.header("location"), path);
    assert_eq!(
        (
            &user["email"],
            &user["role"],
            &user["is_active"],
            &user["email_verified"]
        ),
        (&json!("ada@example.org"), &json!("USER"), &json!(true), &json!(false))
    );
    let read = root.client.get(&path).await;
    assert_eq!((read.status, read.json()), (200, user.clone()));
    root.client
        .post("/admin/users", &account)
        .await
        .assert_problem(409, "email_taken");

    let change = json!({"full_name": "Ada King", "email": "ada.king@example.org", "role": "ADMIN"});
    let changed = root.client.patch(&path, &change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = user;
    for (member, value) in change.as_object().unwrap() {
        expected[member] = value.clone();
    }
    assert_eq!(changed.json(), expected);
    assert_eq!(root.client.get(&path).await.json(), expected);
    let taken = root.client.patch(&path, &json!({"email": "ROOT@example.org"})).await;
    taken.assert_problem(409, "email_taken");
    let nothing = root.client.patch(&path, &json!({})).await;
    assert_eq!((nothing.status, nothing.json()), (200, expected));
    let misspelt = root.client.patch(&path, &json!({"isActive": false})).await;
    misspelt.assert_problem(422, "validation_failed");
    assert!(misspelt.text.contains("did you mean is_active?"), "{misspelt:?}");
    let answer = root.client.delete(&path).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    root.client.get(&path).await.assert_problem(404, "not_found");
    root.client.delete(&path).await.assert_problem(404, "not_found");
    let refused = app.anonymous().log_in("ada.king@example.org", PASSWORD).await;
    refused.assert_problem(401, "invalid_credentials");
}

async fn an_account_without_a_password_lets_nobody_in_until_it_has_one(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let email = "ada@example.org";
    let account = json!({"email": email, "full_name": "Ada Lovelace", "role": "USER"});
    let made = root.client.post("/admin/users", &account).await;
    assert_eq!((made.status, made.member("role").as_str()), (201, "USER"), "{made:?}");
    for password in ["", "null", "None", PASSWORD, "\0", "$2b$"] {
        let answer = app.anonymous().log_in(email, password).await;
        assert!([401, 422].contains(&answer.status), "{password:?}: {answer:?}");
    }
    let set = app.run_with(&["user", "set-password", email, "--password-stdin"], PASSWORD);
    set.result();
    assert_eq!(app.anonymous().log_in(email, PASSWORD).await.status, 200);
}

/// Every call, with a body that would be right.
fn calls(id: &str) -> Vec<(Method, String, Option<Value>)> {
    let account = json!({"email": "new@example.org", "full_name": "New User", "role": "ADMIN"});
    vec![
        (Method::GET, "/admin/users".to_owned(), None),
        (Method::POST, "/admin/users".to_owned(), Some(account)),
        (Method::GET, user_path(id), None),
        (Method::PATCH, user_path(id), Some(json!({"role": "ADMIN"}))),
        (Method::DELETE, user_path(id), None),
        (Method::GET, format!("/admin/users/{id}/sessions"), None),
        (Method::DELETE, format!("/admin/users/{id}/sessions"), None),
        (Method::GET, "/admin/audit-events".to_owned(), None),
    ]
}

async fn only_administrators_administrate(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let tokens = app.anonymous().signed_in("eve@example.org").await;
    let eve = app.anonymous().with_token(&tokens.access);
    let eves = eve.me().await.member("id");
    for id in [eves.as_str(), &root.id, NOBODY, "x"] {
        for (method, path, body) in calls(id) {
            for (caller, status, code) in [
                (app.anonymous(), 401, "missing_access_token"),
                (eve.clone(), 403, "forbidden"),
                (
                    app.anonymous().with_token(&root.tokens.refresh),
                    401,
                    "invalid_access_token",
                ),
            ] {
                let request = |client: &Client| client.request(method.clone(), &path);
                let right = match &body {
                    Some(body) => request(&caller).json(body),
                    None => request(&caller),
                };
                send(right).await.assert_problem(status, code);
                let wrong = request(&caller).header("content-type", "application/json").body("{");
                send(wrong).await.assert_problem(status, code);
            }
        }
    }
    let query = "SELECT email || role FROM users ORDER BY email";
    assert_eq!(
        app.column(query).await,
        ["eve@example.orgUSER", "root@example.orgADMIN"]
    );
    assert_eq!(eve.me().await.status, 200);
}
