//! There is always somebody who can administrate.

use crate::app::TestApp;
use crate::client::{PASSWORD, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::json;

on_both_databases!(
    the_last_active_administrator_stays_one_whoever_asks,
    an_administrator_may_go_once_there_is_another,
    without_administrators_nobody_is_kept,
);

const ADMINS: &str = "SELECT email FROM users WHERE role = 'ADMIN' AND is_active ORDER BY email";

async fn the_last_active_administrator_stays_one_whoever_asks(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let disabled = app.make_admin("disabled@example.org");
    let path = format!("/admin/users/{disabled}");
    assert_eq!(root.client.patch(&path, &json!({"is_active": false})).await.status, 200);
    let before = root.client.me().await.json();

    let path = format!("/admin/users/{}", root.id);
    for change in [
        json!({"role": "USER"}),
        json!({"is_active": false}),
        json!({"role": "USER", "is_active": false}),
        json!({"role": "ADMIN", "is_active": false, "full_name": "Another Name"}),
        json!({"role": "USER", "email": "another@example.org", "full_name": "Another Name"}),
    ] {
        let refused = root.client.patch(&path, &change).await;
        refused.assert_problem(409, "last_admin");
    }
    root.client.delete(&path).await.assert_problem(409, "last_admin");
    for (password, status, code) in [(PASSWORD, 409, "last_admin"), ("not this one", 403, "wrong_password")] {
        let request = root.client.request(Method::DELETE, "/users/me");
        let refused = send(request.json(&json!({"password": password}))).await;
        refused.assert_problem(status, code);
    }
    for arguments in [
        &["user", "set-role", "root@example.org", "USER"][..],
        &["user", "disable", "ROOT@example.org"],
        &["user", "delete", "root@example.org"],
    ] {
        let refused = app.run(arguments);
        refused.assert_refused(&["root@example.org", "last active administrator", "set-role EMAIL ADMIN"]);
        assert_eq!(refused.stdout, "");
    }
    assert_eq!(app.column(ADMINS).await, ["root@example.org"]);
    assert_eq!(root.client.me().await.json(), before, "nothing of it was done");

    let harmless = json!({"role": "ADMIN", "is_active": true, "full_name": "Another Name"});
    assert_eq!(root.client.patch(&path, &harmless).await.status, 200);
    assert_eq!(root.client.me().await.member("full_name"), "Another Name");
}

async fn an_administrator_may_go_once_there_is_another(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let path = format!("/admin/users/{}", root.id);
    for (number, step) in ["demote", "disable", "delete", "leave"].into_iter().enumerate() {
        let next = app.admin(&format!("admin{number}@example.org")).await;
        let status = match step {
            "demote" => root.client.patch(&path, &json!({"role": "USER"})).await.status,
            "disable" => next.client.patch(&path, &json!({"is_active": false})).await.status,
            "delete" => next.client.delete(&path).await.status,
            _ => {
                let request = next.client.request(Method::DELETE, "/users/me");
                send(request.json(&json!({"password": PASSWORD}))).await.status
            }
        };
        assert!([200, 204].contains(&status), "{step}: {status}");
    }
    let left = ["admin0@example.org", "admin1@example.org", "admin2@example.org"];
    assert_eq!(app.column(ADMINS).await, left);
    for email in ["admin0@example.org", "admin1@example.org"] {
        assert_eq!(app.run(&["user", "delete", email]).json()["email"], email);
    }
    app.run(&["user", "disable", "admin2@example.org"])
        .assert_refused(&["admin2@example.org", "last active administrator"]);
}

/// Where there is no administrator yet, users come and go as they like.
async fn without_administrators_nobody_is_kept(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    app.anonymous().register("eve@example.org").await;
    assert_eq!(
        app.run(&["user", "disable", "eve@example.org"]).json()["is_active"],
        false
    );
    let request = app
        .anonymous()
        .with_token(&tokens.access)
        .request(Method::DELETE, "/users/me");
    let gone = send(request.json(&json!({"password": PASSWORD}))).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(app.column("SELECT email FROM users").await, ["eve@example.org"]);
}
