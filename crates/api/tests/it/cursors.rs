//! Cursors: each leads through the list that named it, and through no other.

use crate::client::{Answer, Request};
use crate::running::{ADA, ROOT, Running};
use chrono::TimeDelta;
use portcullis_testkit::{AskingStore, TemporaryStore};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A list as somebody sees it.
struct List {
    path: String,
    token: String,
}

impl List {
    fn new(path: &str, token: &str) -> Self {
        Self {
            path: path.to_owned(),
            token: token.to_owned(),
        }
    }

    async fn page(&self, running: &Running, query: &str) -> Answer {
        let request = Request::get(&format!("{}?{query}", self.path)).bearer(&self.token);
        running.send(request).await
    }

    async fn first_cursor(&self, running: &Running) -> String {
        let page = self.page(running, "limit=1").await.json();
        page["next_cursor"].as_str().unwrap().to_owned()
    }
}

/// Every list there is, with more than one item each; those of one user's things for two users.
async fn every_list(running: &Running) -> Vec<List> {
    let mut tokens = Vec::new();
    let mut ids = Vec::new();
    running.app.register_admin(ROOT).await;
    running.app.register(ADA).await;
    for email in [ROOT, ADA] {
        running.log_in(email).await;
        let token = running.log_in(email).await["access_token"].as_str().unwrap().to_owned();
        let user = running.send(Request::get("/users/me").bearer(&token)).await.json();
        ids.push(user["id"].as_str().unwrap().to_owned());
        tokens.push(token);
    }
    let root = &tokens[0];
    let mut lists = vec![List::new("/admin/users", root), List::new("/admin/audit-events", root)];
    for (token, id) in tokens.iter().zip(&ids) {
        lists.push(List::new("/users/me/sessions", token));
        lists.push(List::new("/users/me/audit-events", token));
        lists.push(List::new(&format!("/admin/users/{id}/sessions"), root));
    }
    lists
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused_before_anything_is_read() {
    let asked = Arc::new(AtomicUsize::new(0));
    let store = AskingStore::before(TemporaryStore::new(), {
        let asked = Arc::clone(&asked);
        move |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let running = Running::on(Arc::new(store));
    let times_asked = || asked.load(Ordering::SeqCst);
    let lists = every_list(&running).await;
    let mut cursors = Vec::new();
    for list in &lists {
        cursors.push(list.first_cursor(&running).await);
    }
    for (number, list) in lists.iter().enumerate() {
        let before = times_asked();
        running.send(Request::get("/users/me").bearer(&list.token)).await;
        let to_know_the_caller = times_asked() - before;
        for (other, cursor) in cursors.iter().enumerate() {
            let before = times_asked();
            let answer = list.page(&running, &format!("cursor={cursor}")).await;
            let asked = times_asked() - before;
            let case = format!("{} with a cursor of {}", list.path, lists[other].path);
            if other == number {
                assert_eq!(answer.status, 200, "{case}: {}", answer.text());
                assert!(asked > to_know_the_caller, "{case}");
            } else {
                answer.assert_problem(422, "validation_failed");
                assert_eq!(answer.flaws(), "#/cursor not_a_cursor\n", "{case}");
                assert_eq!(asked, to_know_the_caller, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_text_that_is_no_cursor_is_refused_by_every_list() {
    let running = Running::start();
    for list in every_list(&running).await {
        let genuine = list.first_cursor(&running).await;
        for text in [
            "x",
            "%00",
            "%27%20OR%201=1--",
            "a%40b%27%7C%7Cpg_sleep(3)--",
            "%EF%BC%90",
            &"0".repeat(48),
            &"7".repeat(48),
            &"f".repeat(48),
            &"0".repeat(54),
            &"A".repeat(54),
            &"0".repeat(2_000),
            &genuine[1..],
            &genuine[..genuine.len() - 1],
            &format!("{genuine}0"),
            &format!("{genuine}%20"),
            &format!("+{genuine}"),
            &genuine.to_uppercase(),
        ] {
            let answer = list.page(&running, &format!("cursor={text}")).await;
            answer.assert_problem(422, "validation_failed");
            assert_eq!(answer.flaws(), "#/cursor not_a_cursor\n", "{} {text}", list.path);
        }
    }
}

#[tokio::test]
async fn a_bad_cursor_says_nothing_of_who_is_there() {
    let running = Running::start();
    let root = running.admin_token().await;
    let unknown = List::new("/admin/users/019338a1-7c00-7a3b-8d52-6f1e0c9b4a27/sessions", &root);
    let answer = unknown.page(&running, "cursor=x").await;
    assert_eq!(answer.flaws(), "#/cursor not_a_cursor\n");
    unknown.page(&running, "").await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn a_walk_goes_on_under_another_limit_and_another_filter() {
    let running = Running::start();
    let root = running.admin_token().await;
    for number in 0..4 {
        running.app.clock.advance(TimeDelta::seconds(1));
        running.app.register(&format!("u{number}@example.org")).await;
    }
    let list = List::new("/admin/users", &root);
    let first = list.page(&running, "query=example.org&role=USER&limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = list.page(&running, &format!("limit=50&cursor={cursor}")).await.json();
    assert_eq!(emails(&first), ["u3@example.org", "u2@example.org"]);
    assert_eq!(emails(&rest), ["u1@example.org", "u0@example.org", ROOT]);
}

fn emails(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["email"].as_str().unwrap()).collect()
}
