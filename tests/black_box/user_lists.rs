//! Lists of users: pages, searches and filters.

use crate::app::TestApp;
use crate::client::Client;
use crate::on_both_databases;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_both_databases!(
    users_are_listed_newest_first,
    a_walk_sees_every_user_once_while_others_register,
    a_search_takes_every_character_as_itself,
    a_search_knows_letter_case_in_every_script,
    users_are_filtered_by_role_and_state,
    what_is_no_list_is_refused,
);

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

async fn users_are_listed_newest_first(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let mut made = Vec::new();
    for number in 0..25 {
        made.push(make(&root.client, &format!("user{number}@example.org"), "Ada Lovelace").await);
    }
    let first = root.client.get("/admin/users").await.json();
    let expected: Vec<Value> = made.iter().rev().take(20).cloned().collect();
    assert_eq!(first["items"], json!(expected), "20 unless told otherwise");
    assert!(first["next_cursor"].is_string());
    for limit in ["1", "2", "7", "25", "26", "100"] {
        let users = walk(&root.client, &[("limit", limit)]).await;
        assert_eq!(users.len(), 26, "{limit}");
        assert_eq!(users[..25], made.iter().rev().cloned().collect::<Vec<_>>(), "{limit}");
        assert_eq!(users[25]["email"], "root@example.org", "{limit}");
    }
    // One time for all: the order is that of the ids then, and no page loses or repeats one.
    app.execute("UPDATE users SET created_at = (SELECT min(created_at) FROM users)")
        .await;
    let users = walk(&root.client, &[("limit", "4")]).await;
    let mut ids: Vec<&str> = users.iter().map(|user| user["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|one, next| one > next), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 26);
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

async fn a_search_takes_every_character_as_itself(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for (email, full_name) in [
        ("percent@example.org", "100% Ada"),
        ("underscore@example.org", "Ada_Lovelace"),
        ("plain@example.org", "1000 Ada-Lovelace"),
        ("quote@example.org", "Flann O'Brien"),
        ("backslash@example.org", r"Back\slash \% \_"),
        ("double@example.org", "The \"Countess\""),
        ("star@example.org", "Ada*? [a-z] ^$"),
        ("a_b@example.org", "Some One"),
        ("axb@example.org", "Some Two"),
    ] {
        make(&root.client, email, full_name).await;
    }
    for (query, expected) in [
        ("0%", &["percent"][..]),
        ("%%", &[]),
        ("__", &[]),
        ("a_l", &["underscore"]),
        ("a-l", &["plain"]),
        ("a_b", &["a_b"]),
        ("o'b", &["quote"]),
        ("''", &[]),
        ("' OR 1=1--", &[]),
        ("'; DROP TABLE users; --", &[]),
        (r"k\s", &["backslash"]),
        (r"\%", &["backslash"]),
        (r"\_", &["backslash"]),
        (r"\\", &[]),
        ("\"c", &["double"]),
        ("a*", &["star"]),
        ("*?", &["star"]),
        ("[a-z]", &["star"]),
        ("^$", &["star"]),
        (" Ada_ ", &["underscore"]),
        ("ada a", &[]),
        ("root@", &["root"]),
        (
            "example.org",
            &[
                "axb",
                "a_b",
                "star",
                "double",
                "backslash",
                "quote",
                "plain",
                "underscore",
                "percent",
                "root",
            ],
        ),
    ] {
        let found = walk(&root.client, &[("query", query), ("limit", "3")]).await;
        let names: Vec<String> = expected.iter().map(|name| format!("{name}@example.org")).collect();
        assert_eq!(emails(&found), names, "{query:?}");
    }
}

async fn a_search_knows_letter_case_in_every_script(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for (email, full_name) in [
        ("korean@example.org", "김철수"),
        ("cyrillic@example.org", "Анна Ахматова"),
        ("greek@example.org", "Υπατία"),
        ("french@example.org", "Éloïse Durand"),
        ("chinese@example.org", "王小明"),
        ("english@example.org", "ADA Lovelace"),
    ] {
        make(&root.client, email, full_name).await;
    }
    for (query, expected) in [
        ("김철", "korean"),
        ("철수", "korean"),
        // The same in parts, as some systems write it.
        ("\u{1100}\u{1175}\u{11b7}\u{110e}\u{1165}\u{11af}", "korean"),
        ("ахмат", "cyrillic"),
        ("АННА", "cyrillic"),
        ("ΥΠΑΤ", "greek"),
        ("éloïse", "french"),
        ("E\u{301}LOI\u{308}SE", "french"),
        ("小明", "chinese"),
        ("ada l", "english"),
        ("LOVELACE", "english"),
        ("ENGLISH@EXAMPLE", "english"),
    ] {
        let found = walk(&root.client, &[("query", query)]).await;
        assert_eq!(emails(&found), [format!("{expected}@example.org")], "{query}");
    }
    assert_eq!(walk(&root.client, &[("query", "김영")]).await, Vec::<Value>::new());
    // A change of name is found by the new name, and by the old one no more.
    let id = walk(&root.client, &[("query", "김철수")]).await[0]["id"].clone();
    let path = format!("/admin/users/{}", id.as_str().unwrap());
    let changed = root.client.patch(&path, &json!({"full_name": "박지민"})).await;
    assert_eq!(changed.status, 200);
    assert_eq!(walk(&root.client, &[("query", "박지")]).await.len(), 1);
    assert_eq!(walk(&root.client, &[("query", "김철")]).await.len(), 0);
}

async fn users_are_filtered_by_role_and_state(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for (name, role, is_active) in [
        ("admin1", "ADMIN", true),
        ("admin2", "ADMIN", false),
        ("user1", "USER", true),
        ("user2", "USER", false),
        ("user3", "USER", true),
    ] {
        let user = make(&root.client, &format!("{name}@example.org"), "Ada Lovelace").await;
        let path = format!("/admin/users/{}", user["id"].as_str().unwrap());
        let changed = root
            .client
            .patch(&path, &json!({"role": role, "is_active": is_active}))
            .await;
        assert_eq!(changed.status, 200, "{changed:?}");
    }
    for (query, expected) in [
        (&[("role", "ADMIN")][..], &["admin2", "admin1", "root"][..]),
        (&[("role", "USER")], &["user3", "user2", "user1"]),
        (&[("is_active", "true")], &["user3", "user1", "admin1", "root"]),
        (&[("is_active", "false")], &["user2", "admin2"]),
        (&[("role", "ADMIN"), ("is_active", "true")], &["admin1", "root"]),
        (
            &[("role", "USER"), ("is_active", "false"), ("query", "user2")],
            &["user2"],
        ),
        (&[("role", "ADMIN"), ("query", "user")], &[]),
    ] {
        for limit in ["1", "50"] {
            let found = walk(&root.client, &[query, &[("limit", limit)]].concat()).await;
            let names: Vec<String> = expected.iter().map(|name| format!("{name}@example.org")).collect();
            assert_eq!(emails(&found), names, "{query:?}");
        }
    }
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
        assert_eq!(
            root.client.get(&format!("{path}?limit=100&unknown=1")).await.status,
            200
        );
    }
    for (query, pointer) in [
        ("query=a", "#/query"),
        ("query=%20a%20", "#/query"),
        ("query=%ED%95%9C", "#/query"),
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
        .get("/admin/users?query=a&role=x&is_active=x&limit=0&cursor=x")
        .await;
    assert_eq!(several.pointers().len(), 5, "{several:?}");
}
