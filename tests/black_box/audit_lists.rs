//! Lists of the audit trail: who sees which events, and how they are found.

use crate::app::TestApp;
use crate::client::{Client, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::Value;

on_both_databases!(
    users_see_their_own_events_and_administrators_all,
    the_export_holds_every_event_oldest_first,
);

/// All events that a query finds, newest first.
pub(crate) async fn every_event(client: &Client, query: &str) -> Vec<Value> {
    walk(client, "/admin/audit-events", query).await
}

async fn walk(client: &Client, path: &str, query: &str) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}?{query}{cursor}")).await;
        assert_eq!(page.status, 200, "{query}: {page:?}");
        let page = page.json();
        events.extend(page["items"].as_array().unwrap().iter().cloned());
        assert!(events.len() < 10_000, "{query}: the walk has no end");
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return events,
        }
    }
}

async fn users_see_their_own_events_and_administrators_all(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let mut ids = Vec::new();
    let mut clients = Vec::new();
    for email in ["ada@example.org", "eve@example.org"] {
        let tokens = app.anonymous().signed_in(email).await;
        app.anonymous().log_in(email, "not this one").await;
        let client = app.anonymous().with_token(&tokens.access);
        ids.push(client.me().await.member("id"));
        clients.push(client);
    }
    for (client, id) in clients.iter().zip(&ids) {
        let own = walk(client, "/users/me/audit-events", "").await;
        let kinds: Vec<_> = own.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["login", "login", "registration"], "newest first");
        assert_eq!(
            own[0]["reason"], "wrong_password",
            "a failed login on one's address is one's own"
        );
        assert!(own.iter().all(|event| event["user_id"] == **id), "{own:?}");
        assert_eq!(own, every_event(&root.client, &format!("user_id={id}")).await);
        // The query does not say whose events they are.
        let asked = format!("/users/me/audit-events?user_id={}", root.id);
        client.get(&asked).await.assert_problem(422, "validation_failed");
        client.get("/admin/audit-events").await.assert_problem(403, "forbidden");
    }
    let all = every_event(&root.client, "").await;
    let of_nobody = all.iter().filter(|event| event["user_id"].is_null());
    assert_eq!(
        (all.len(), of_nobody.count()),
        (9, 1),
        "the first key of the server is there, too: {all:?}"
    );
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for path in ["/admin/audit-events", "/users/me/audit-events"] {
            let answer = send(root.client.request(method.clone(), path)).await;
            answer.assert_problem(405, "method_not_allowed");
        }
    }
    for caller in [app.anonymous(), app.anonymous().with_token(&root.tokens.refresh)] {
        assert_eq!(caller.get("/users/me/audit-events").await.status, 401);
    }
}

async fn the_export_holds_every_event_oldest_first(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for number in 0..30 {
        app.anonymous().register(&format!("user{number}@example.org")).await;
    }
    let mut expected = every_event(&root.client, "limit=100").await;
    expected.reverse();
    assert_eq!(app.run(&["audit", "export"]).lines(), expected);
}
