//! What administrators do to accounts, and what they are refused.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    an_administrator_makes_reads_changes_and_deletes_an_account,
    an_account_without_a_password_lets_nobody_in_until_it_has_one,
    an_administrator_sees_and_ends_the_sessions_of_a_user,
    only_administrators_administrate,
    what_is_no_account_is_refused_member_by_member,
    what_is_no_change_is_refused_and_changes_nothing,
    a_user_who_is_not_there_is_not_found,
    an_administrator_may_give_up_the_role_where_there_is_another,
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
    let nothing = root.client.patch(&path, &json!({"unknown": 1})).await;
    assert_eq!((nothing.status, nothing.json()), (200, expected));
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

async fn an_administrator_sees_and_ends_the_sessions_of_a_user(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let first = app.anonymous().signed_in("ada@example.org").await;
    let second = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let eve = app.anonymous().signed_in("eve@example.org").await;
    let ada = app.anonymous().with_token(&second.access);
    let path = format!("/admin/users/{}/sessions", ada.me().await.member("id"));
    let own = ada.get("/users/me/sessions").await.json();
    let seen = root.client.get(&path).await.json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 2);
    for index in 0..2 {
        assert_eq!(seen["items"][index]["id"], own["items"][index]["id"], "newest first");
        assert_eq!(
            seen["items"][index]["current"], false,
            "none of them is the administrator's"
        );
    }
    let page = root.client.get(&format!("{path}?limit=1")).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = root.client.get(&format!("{path}?limit=1&cursor={cursor}")).await.json();
    assert_eq!(next["items"][0]["id"], own["items"][1]["id"]);

    assert_eq!(root.client.delete(&path).await.status, 204);
    for tokens in [&first, &second] {
        let client = app.anonymous().with_token(&tokens.access);
        client.me().await.assert_problem(401, "invalid_access_token");
        assert_eq!(client.get("/auth/verify").await.status, 401);
        assert_eq!(app.anonymous().refresh(&tokens.refresh).await.status, 401);
    }
    assert_eq!(app.anonymous().with_token(&eve.access).me().await.status, 200);
    assert_eq!(root.client.get(&path).await.json()["items"], json!([]));
    assert_eq!(
        root.client.delete(&path).await.status,
        204,
        "there is nothing left to end"
    );
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
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

async fn what_is_no_account_is_refused_member_by_member(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let right = json!({"email": "ada@example.org", "full_name": "Ada Lovelace", "role": "USER", "password": PASSWORD});
    for (member, value) in [
        ("email", json!("ada")),
        ("email", json!(null)),
        ("email", json!(["ada@example.org"])),
        ("full_name", json!("A")),
        ("full_name", json!(7)),
        ("role", json!("ROOT")),
        ("role", json!("admin")),
        ("role", json!("")),
        ("role", json!(1)),
        ("role", json!(["ADMIN"])),
        ("password", json!("short")),
        ("password", json!("")),
        ("password", json!(null)),
        ("password", json!("with\u{0}a NUL in it")),
        ("password", json!(12_345_678)),
    ] {
        let mut account = right.clone();
        account[member] = value;
        let refused = root.client.post("/admin/users", &account).await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.pointers(), [format!("#/{member}")], "{account}");
    }
    let empty = root.client.post("/admin/users", &json!({})).await;
    assert_eq!(
        (empty.status, empty.pointers()),
        (
            422,
            vec!["#/email".to_owned(), "#/full_name".to_owned(), "#/role".to_owned()]
        )
    );
    for (body, status) in [
        ("[]", 422),
        ("{", 400),
        ("", 400),
        ("null", 422),
        (r#"{"role":"USER","role":"ADMIN"}"#, 422),
    ] {
        let request = root.client.request(Method::POST, "/admin/users");
        let answer = send(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
    let form = root
        .client
        .request(Method::POST, "/admin/users")
        .body("email=ada%40example.org");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    send(form).await.assert_problem(415, "unsupported_media_type");
    let large = json!({"email": "ada@example.org", "full_name": "x".repeat(100_000)});
    let answer = root.client.post("/admin/users", &large).await;
    answer.assert_problem(413, "body_too_large");
    assert_eq!(app.column("SELECT email FROM users").await, ["root@example.org"]);
}

async fn what_is_no_change_is_refused_and_changes_nothing(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    let before = ada.me().await.json();
    let path = user_path(before["id"].as_str().unwrap());
    for (member, value) in [
        ("email", json!("ada")),
        ("full_name", json!("")),
        ("role", json!("SUPERUSER")),
        ("role", json!("user")),
        ("role", json!(true)),
        ("is_active", json!("false")),
        ("is_active", json!(0)),
        ("is_active", json!([])),
    ] {
        let refused = root
            .client
            .patch(&path, &json!({"full_name": "Eve Moore", member: value}))
            .await;
        refused.assert_problem(422, "validation_failed");
        assert_eq!(refused.pointers(), [format!("#/{member}")], "{refused:?}");
    }
    let request = root.client.request(Method::PATCH, &path);
    let body = r#"{"is_active":true,"is_active":false}"#;
    let answer = send(request.header("content-type", "application/json").body(body)).await;
    answer.assert_problem(422, "validation_failed");
    let unknown = json!({"id": NOBODY, "email_verified": true, "password": "another password", "created_at": null});
    assert_eq!(root.client.patch(&path, &unknown).await.status, 200);
    assert_eq!(ada.me().await.json(), before);
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
}

async fn a_user_who_is_not_there_is_not_found(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let session = root.client.get("/users/me/sessions").await.json()["items"][0]["id"].clone();
    let event = root.client.get("/admin/audit-events").await.json()["items"][0]["id"].clone();
    let ids = [
        NOBODY,
        session.as_str().unwrap(),
        event.as_str().unwrap(),
        "x",
        "1",
        "'+OR+1=1--",
        "%00",
        "%F0%9F%A6%80",
    ];
    for id in ids {
        for (method, path, body) in calls(id) {
            if !path.contains(id) {
                continue;
            }
            let request = root.client.request(method, &path);
            let answer = match body {
                Some(body) => send(request.json(&body)).await,
                None => send(request).await,
            };
            answer.assert_problem(404, "not_found");
        }
    }
    for id in [
        root.id.to_uppercase(),
        root.id.replace('-', ""),
        format!("urn:uuid:{}", root.id),
    ] {
        let status = root.client.get(&user_path(&id)).await.status;
        assert!([200, 404].contains(&status), "{id}: {status}");
    }
    assert_eq!(root.client.me().await.status, 200);
}

async fn an_administrator_may_give_up_the_role_where_there_is_another(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let other = app.admin("other@example.org").await;
    let given_up = other
        .client
        .patch(&user_path(&other.id), &json!({"role": "USER"}))
        .await;
    assert_eq!(
        (given_up.status, given_up.member("role").as_str()),
        (200, "USER"),
        "{given_up:?}"
    );
    other.client.get("/admin/users").await.assert_problem(403, "forbidden");
    let next = Tokens::of(&app.anonymous().refresh(&other.tokens.refresh).await);
    let other_as_user = app.anonymous().with_token(&next.access);
    assert_eq!(other_as_user.me().await.member("role"), "USER");
    other_as_user.get("/admin/users").await.assert_problem(403, "forbidden");
    assert_eq!(root.client.get("/admin/users").await.status, 200);
}
