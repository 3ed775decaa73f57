//! Lists of users: pages, searches and filters.

use crate::app::TestApp;
use crate::client::Client;
use crate::{on_both_databases, on_sqlite};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_both_databases!(a_walk_sees_every_user_once_while_others_register,);

on_sqlite!(what_is_no_list_is_refused,);

async fn make(client: &Client, email: &str, full_name: &str) -> Value {
    let account = json!({"email": email, "full_name": full_name, "role": "USER"});
    let made = client.post("/admin/users", &account).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

/// All that a query finds, page by page.
async fn walk(client: &Client, query: &[(&str, &str)]) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut path = "/admin/users?".to_owned();
        for (name, value) in query {
            path.extend([name, "=", &encoded(value), "&"]);
        }
        if let Some(cursor) = &cursor {
            path.extend(["cursor=", cursor]);
        }
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 200, "{query:?}: {answer:?}");
        let page = answer.json();
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        assert!(found.len() < 10_000, "{query:?}: the walk has no end");
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

/// The value of a query's parameter, every byte of it escaped.
fn encoded(value: &str) -> String {
    let escaped: Vec<String> = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    escaped.concat()
}

fn emails(users: &[Value]) -> Vec<&str> {
    users.iter().map(|user| user["email"].as_str().unwrap()).collect()
}

async fn a_walk_sees_every_user_once_while_others_register(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for number in 0..60 {
        make(&root.client, &format!("before{number}@example.org"), "Ada Lovelace").await;
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (client, is_over) = (app.anonymous(), Arc::clone(&is_over));
        async move {
            let mut registered = 0;
            while !is_over.load(Ordering::Relaxed) {
                let email = format!("during{registered}@example.org");
                assert_eq!(client.register(&email).await.status, 201);
                registered += 1;
            }
            registered
        }
    });
    for limit in ["1", "3", "10"] {
        let users = walk(&root.client, &[("limit", limit)]).await;
        let mut seen = emails(&users);
        let before = seen.iter().filter(|email| email.starts_with("before")).count();
        assert_eq!(before, 60, "{limit}");
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "{limit}: somebody was seen twice");
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0);
}

async fn what_is_no_list_is_refused(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for path in ["/admin/users", "/admin/audit-events"] {
        for query in [
            "limit=0",
            "limit=-1",
            "limit=101",
            "limit=1000000000",
            "limit=99999999999999999999",
            "limit=x",
        ] {
            let answer = root.client.get(&format!("{path}?{query}")).await;
            answer.assert_problem(422, "validation_failed");
            assert_eq!(answer.pointers(), ["#/limit"], "{query}");
        }
        let twice = root.client.get(&format!("{path}?limit=1&limit=2")).await;
        twice.assert_problem(400, "repeated_parameter");
        let unknown = root.client.get(&format!("{path}?limit=100&is_actve=false")).await;
        unknown.assert_problem(422, "validation_failed");
        assert_eq!(unknown.pointers(), ["#/is_actve"]);
    }
    for (query, pointer) in [
        ("query=%20", "#/query"),
        ("query=a%00b", "#/query"),
        ("query=a%0Ab", "#/query"),
        ("role=ROOT", "#/role"),
        ("role=admin", "#/role"),
        ("is_active=1", "#/is_active"),
        ("is_active=TRUE", "#/is_active"),
    ] {
        let answer = root.client.get(&format!("/admin/users?{query}")).await;
        answer.assert_problem(422, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    let long = root
        .client
        .get(&format!("/admin/users?query={}", "x".repeat(321)))
        .await;
    long.assert_problem(422, "validation_failed");
    // A parameter without a value is left out (RFC 6749, section 3.1).
    let empty = root
        .client
        .get("/admin/users?query=&role=&is_active=&limit=&cursor=")
        .await;
    assert_eq!(empty.status, 200, "{empty:?}");
    let several = root
        .client
        .get("/admin/users?query=a%00b&role=x&is_active=x&limit=0&cursor=x")
        .await;
    assert_eq!(several.pointers().len(), 5, "{several:?}");
}
