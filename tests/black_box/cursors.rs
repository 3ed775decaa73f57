//! Cursors: each leads through the list that named it, at every server of the store, and nobody makes one up.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::{Client, PASSWORD};
use crate::doors::Doors;
use crate::{on_both_databases, on_sqlite};
use serde_json::Value;

on_both_databases!(a_walk_goes_on_at_every_server_and_after_a_restart,);

on_sqlite!(a_cursor_that_the_list_has_not_named_is_refused,);

const ADA: &str = "ada@example.org";
const ROOT: &str = "root@example.org";

/// A list, and who looks at it.
struct List {
    client: Client,
    path: String,
}

impl List {
    fn new(client: &Client, path: &str) -> Self {
        Self {
            client: client.clone(),
            path: path.to_owned(),
        }
    }

    /// The cursor behind the first item.
    async fn cursor(&self) -> String {
        let page = self.client.get(&format!("{}?limit=1", self.path)).await;
        assert_eq!(page.status, 200, "{}: {page:?}", self.path);
        page.member("next_cursor")
    }

    async fn assert_refuses(&self, cursor: &str) {
        let answer = self.client.get(&format!("{}?cursor={cursor}", self.path)).await;
        assert_eq!(answer.status, 422, "{} {cursor}: {answer:?}", self.path);
        answer.assert_problem(422, "validation_failed");
        assert_eq!(answer.pointers(), ["#/cursor"], "{} {cursor}", self.path);
        assert_eq!(answer.json()["errors"][0]["code"], "not_a_cursor");
    }
}

/// Every list there is, each of more than one item.
async fn every_list(app: &TestApp) -> Vec<List> {
    let root = app.admin(ROOT).await;
    app.anonymous().log_in(ROOT, PASSWORD).await;
    let ada = app.anonymous().signed_in(ADA).await;
    app.anonymous().log_in(ADA, PASSWORD).await;
    let ada = app.anonymous().with_token(&ada.access);
    let ada_id = ada.me().await.member("id");
    vec![
        List::new(&root.client, "/admin/users"),
        List::new(&root.client, "/admin/audit-events"),
        List::new(&root.client, "/users/me/sessions"),
        List::new(&root.client, "/users/me/audit-events"),
        List::new(&root.client, &format!("/admin/users/{}/sessions", root.id)),
        List::new(&root.client, &format!("/admin/users/{ada_id}/sessions")),
        List::new(&ada, "/users/me/sessions"),
        List::new(&ada, "/users/me/audit-events"),
    ]
}

async fn a_cursor_that_the_list_has_not_named_is_refused(app: TestApp) {
    let lists = every_list(&app).await;
    let mut cursors = Vec::new();
    for list in &lists {
        cursors.push(list.cursor().await);
    }
    for (number, list) in lists.iter().enumerate() {
        for (other, cursor) in cursors.iter().enumerate() {
            if other == number {
                let rest = list.client.get(&format!("{}?cursor={cursor}", list.path)).await;
                assert_eq!(rest.status, 200, "{}: {rest:?}", list.path);
            } else {
                list.assert_refuses(cursor).await;
            }
        }
        let genuine = &cursors[number];
        for forged in [
            "x",
            "%00",
            "%27%20OR%201=1--",
            "a%40b%27%7C%7Cpg_sleep(3)--",
            "%EF%BC%90",
            &genuine[1..],
            &genuine[..genuine.len() - 1],
            &format!("{genuine}0"),
            &format!("{genuine}="),
            &genuine.to_uppercase(),
            &genuine.replace(&genuine[..8], "zzzzzzzz"),
            &"0".repeat(genuine.len()),
            &"A".repeat(genuine.len()),
            &"0".repeat(10_000),
        ] {
            list.assert_refuses(forged).await;
        }
        // A time and an id as they stand there, with nothing to prove that a server wrote them.
        for time in [
            "0000000000000000",
            "7fffffffffffffff",
            "00038d7ea4c67fff",
            "ffffffffffffffff",
        ] {
            for id in ["00000000000000000000000000000000", "ffffffffffffffffffffffffffffffff"] {
                list.assert_refuses(&format!("{time}{id}")).await;
            }
        }
    }
}

/// Every user's address, one page of one user after the other, each from the next server in turn.
async fn emails(doors: &Doors, access: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for number in 0.. {
        let client = doors.nth(number).with_token(access);
        let page = client.get(&format!("/admin/users?limit=1{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        found.extend(page["items"][0]["email"].as_str().map(str::to_owned));
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    found
}

async fn a_walk_goes_on_at_every_server_and_after_a_restart(mut app: TestApp) {
    let access = app.admin(ROOT).await.tokens.access;
    for number in 0..4 {
        app.anonymous().register(&format!("u{number}@example.org")).await;
    }
    let expected = ["u3", "u2", "u1", "u0", "root"].map(|name| format!("{name}@example.org"));
    assert_eq!(emails(&Doors::to(&app), &access).await, expected);
    let before = List::new(&app.anonymous().with_token(&access), "/admin/users");
    let cursor = before.cursor().await;
    let next_secret = "black-box-tests-know-this-other-key-9876543210";
    for settings in [
        &[][..],
        &[("SECRET_KEY", next_secret), ("SECRET_KEY_PREVIOUS", SECRET_KEY)],
    ] {
        app.restart(settings);
        let client = app.anonymous().with_token(&access);
        let page = client.get(&format!("/admin/users?limit=1&cursor={cursor}")).await;
        assert_eq!(page.json()["items"][0]["email"], expected[1], "{page:?}");
    }
    app.restart(&[("SECRET_KEY_PREVIOUS", "")]);
    let root = app.anonymous().log_in(ROOT, PASSWORD).await.member("access_token");
    let after = List::new(&app.anonymous().with_token(&root), "/admin/users");
    after.assert_refuses(&cursor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_goes_on_after_a_restart_on_a_key_of_the_servers_own() {
    let mut app = TestApp::on_sqlite(&[("SECRET_KEY", "")]);
    let access = app.admin(ROOT).await.tokens.access;
    app.anonymous().register(ADA).await;
    let cursor = List::new(&app.anonymous().with_token(&access), "/admin/users")
        .cursor()
        .await;
    app.restart(&[]);
    let client = app.anonymous().with_token(&access);
    let page = client.get(&format!("/admin/users?cursor={cursor}")).await;
    assert_eq!(page.json()["items"][0]["email"], ROOT, "{page:?}");
}
