//! Lists of the audit trail: who sees which events, and how they are found.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::Value;

on_both_databases!(
    users_see_their_own_events_and_administrators_all,
    events_are_found_by_user_type_and_time,
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
        // Whose events they are is not the query's to say.
        let asked = walk(client, "/users/me/audit-events", &format!("user_id={}", root.id)).await;
        assert_eq!(asked, own);
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

async fn events_are_found_by_user_type_and_time(app: TestApp) {
    let root = app.admin("root@example.org").await;
    for number in 0..12 {
        let email = format!("user{number}@example.org");
        app.anonymous().register(&email).await;
        app.anonymous()
            .log_in(&email, if number % 2 == 0 { PASSWORD } else { "wrong" })
            .await;
    }
    let all = every_event(&root.client, "limit=100").await;
    let text = |event: &Value, member: &str| event[member].as_str().unwrap_or_default().to_owned();
    let order: Vec<_> = all.iter().map(|event| (text(event, "at"), text(event, "id"))).collect();
    assert!(order.is_sorted_by(|one, next| one > next), "{order:?}");
    let (user, since) = (text(&all[5], "user_id"), text(&all[9], "at"));
    for (query, kind, of_user, from) in [
        ("type=login".to_owned(), "login", "", ""),
        ("type=registration".to_owned(), "registration", "", ""),
        ("type=logout".to_owned(), "logout", "", ""),
        (format!("user_id={user}"), "", user.as_str(), ""),
        (format!("since={since}"), "", "", since.as_str()),
        (format!("user_id={user}&type=login"), "login", &user, ""),
        (format!("type=login&since={since}"), "login", "", &since),
        (
            format!("user_id={user}&type=registration&since={since}"),
            "registration",
            &user,
            &since,
        ),
        (format!("since={}", since.replace('Z', "%2B00:00")), "", "", &since),
        ("since=2999-01-01T00:00:00Z".to_owned(), "", "", "2999"),
    ] {
        let expected: Vec<&Value> = all
            .iter()
            .filter(|event| kind.is_empty() || event["type"] == kind)
            .filter(|event| of_user.is_empty() || event["user_id"] == of_user)
            .filter(|event| from.is_empty() || text(event, "at").as_str() >= from)
            .collect();
        for limit in [1, 3, 100] {
            let found = every_event(&root.client, &format!("{query}&limit={limit}")).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
        }
    }
    for (query, pointer) in [
        ("type=nonsense", "#/type"),
        ("type=LOGIN", "#/type"),
        ("user_id=x", "#/user_id"),
        ("since=yesterday", "#/since"),
        ("since=2026-13-01T00:00:00Z", "#/since"),
        ("since=1", "#/since"),
    ] {
        let answer = root.client.get(&format!("/admin/audit-events?{query}")).await;
        answer.assert_problem(422, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    for since in [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    ] {
        let answer = root.client.get(&format!("/admin/audit-events?since={since}")).await;
        assert!([200, 422].contains(&answer.status), "{since}: {answer:?}");
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
