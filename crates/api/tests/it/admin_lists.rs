//! The list of users: searched, filtered and read by the page.

use crate::client::{Answer, Request};
use crate::running::{Running, Settings};
use chrono::{DateTime, TimeDelta};
use portcullis_api::user_json;
use portcullis_application::ports::{ListName, PageCursors};
use portcullis_domain::{Position, Role, User};
use portcullis_testkit::build::{full_name, user};
use portcullis_testkit::{FakePageCursors, TemporaryStore};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const USERS: &str = "/admin/users";

async fn list(running: &Running, token: &str, query: &str) -> Answer {
    running
        .send(Request::get(&format!("{USERS}{query}")).bearer(token))
        .await
}

/// The addresses of a page without their domain, in its order.
fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    let emails = items.iter().map(|item| item["email"].as_str().unwrap());
    emails.map(|email| email.split('@').next().unwrap()).collect()
}

/// Users `u0`, `u1` and so on, each a second younger than the one before, and the administrator.
async fn crowd(running: &Running, size: u8) -> String {
    let token = running.admin_token().await;
    for number in 0..size {
        let user = user(&format!("u{number}@example.org"));
        let created_at = user.created_at + TimeDelta::seconds(1 + i64::from(number));
        running.app.add_user(&User { created_at, ..user }).await;
    }
    token
}

#[tokio::test]
async fn users_are_listed_newest_first_page_by_page() {
    let running = Running::start();
    let token = crowd(&running, 4).await;
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    for _ in 0..3 {
        let page = list(&running, &token, &query).await.json();
        seen.push(names(&page).join(" "));
        query = format!("?limit=2&cursor={}", page["next_cursor"].as_str().unwrap_or_default());
    }
    assert_eq!(seen, ["u3 u2", "u1 u0", "root"]);
    assert_eq!(query, "?limit=2&cursor=");
    let page = list(&running, &token, "?limit=1").await.json();
    let newest = running.app.user(user("u3@example.org").id).await.unwrap();
    assert_eq!(
        page["items"][0].to_string(),
        serde_json::from_str::<Value>(&user_json(&newest)).unwrap().to_string()
    );
}

/// More users than one page looks at, each younger than those of [`crowd`].
const YOUNG_USERS: &str = "
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 20100)
    INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
    SELECT unhex(printf('%032x', n)), 'x' || n || '@example.org', 0, 'Ada', 'USER', 1, 1900001000000000 + n,
        'x' || n || '@example.org' || char(10) || 'ada'
    FROM counted";

#[tokio::test]
async fn a_page_that_comes_short_still_leads_to_every_match() {
    let store = TemporaryStore::new();
    let running = Running::with(Arc::new(store.clone()), Settings::default());
    let token = crowd(&running, 20).await;
    store.execute(YOUNG_USERS);
    let (mut seen, mut query) = (BTreeSet::new(), "?query=u1".to_owned());
    let mut sizes = Vec::new();
    loop {
        let page = list(&running, &token, &query).await.json();
        sizes.push(names(&page).len());
        for name in names(&page) {
            assert!(seen.insert(name.to_owned()), "{name} twice");
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("?query=u1&cursor={cursor}");
    }
    let expected = [
        "u1", "u10", "u11", "u12", "u13", "u14", "u15", "u16", "u17", "u18", "u19",
    ];
    assert_eq!(seen, BTreeSet::from(expected.map(str::to_owned)));
    assert_eq!(sizes, [0, 11]);
}

#[tokio::test]
async fn a_search_takes_every_character_as_itself() {
    let running = Running::start();
    let token = running.admin_token().await;
    for (address, name) in [
        ("kim@example.org", "김철수"),
        ("percent@example.org", "100% Sure"),
        ("under@example.org", "Under_Score"),
        ("o'brien@example.org", "O'Brien \"Bob\""),
        ("back@example.org", "Back\\Slash"),
        ("zoe@example.org", "Zoë ДОМ"),
    ] {
        let built = user(address);
        let full_name = full_name(name);
        running.app.add_user(&User { full_name, ..built }).await;
    }
    for (query, found) in [
        ("%EA%B9%80%EC%B2%A0", "kim"),
        ("%EC%B2%A0%EC%88%98", "kim"),
        ("%EA%B9%80", "kim"),
        ("+%EA%B9%80+", "kim"),
        ("%25", "percent"),
        ("0%25", "percent"),
        ("%25%25", ""),
        ("r_s", "under"),
        ("__", ""),
        ("o'b", "o'brien"),
        ("%22bob%22", "o'brien"),
        ("k%5Cs", "back"),
        ("%D0%B4%D0%BE%D0%BC", "zoe"),
        ("ZO%C3%8B", "zoe"),
        ("++KIM%40EXAMPLE++", "kim"),
        ("'+OR+1=1--", ""),
        ("x'+UNION+SELECT", ""),
    ] {
        let page = list(&running, &token, &format!("?query={query}")).await.json();
        assert_eq!(names(&page).join(" "), found, "{query}");
    }
}

#[tokio::test]
async fn filters_are_joined() {
    let running = Running::start();
    let token = crowd(&running, 3).await;
    for (number, role, is_active) in [(0, Role::Admin, false), (1, Role::User, false), (2, Role::Admin, true)] {
        let id = user(&format!("u{number}@example.org")).id;
        let change = move |user: &mut User| (user.role, user.is_active) = (role, is_active);
        running.app.change_user(id, change).await;
    }
    for (query, found) in [
        ("?role=ADMIN", "u2 u0 root"),
        ("?role=USER", "u1"),
        ("?is_active=false", "u1 u0"),
        ("?role=ADMIN&is_active=true", "u2 root"),
        ("?role=ADMIN&is_active=false&query=u0", "u0"),
        ("?role=ADMIN&is_active=true&query=u0", ""),
        ("?role=&is_active=&query=&limit=&cursor=", "u2 u1 u0 root"),
    ] {
        let page = list(&running, &token, query).await.json();
        assert_eq!(names(&page).join(" "), found, "{query}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_told_at_once() {
    let running = Running::start();
    let token = running.admin_token().await;
    let long = format!("?query={}", "x".repeat(321));
    for (query, flaws) in [
        (
            "?query=a%00b&role=ROOT&is_active=1&limit=0&cursor=x",
            "#/query out_of_range\n#/role not_a_role\n#/is_active wrong_type\n#/limit out_of_range\n\
                #/cursor not_a_cursor\n",
        ),
        ("?limit=-1", "#/limit out_of_range\n"),
        ("?limit=101", "#/limit out_of_range\n"),
        ("?limit=1000000000", "#/limit out_of_range\n"),
        ("?limit=99999999999999999999", "#/limit out_of_range\n"),
        ("?limit=1e1", "#/limit out_of_range\n"),
        ("?role=admin", "#/role not_a_role\n"),
        ("?is_active=TRUE", "#/is_active wrong_type\n"),
        ("?query=%20", "#/query out_of_range\n"),
        ("?query=a%00b", "#/query out_of_range\n"),
        ("?query=org%0Aada", "#/query out_of_range\n"),
        (&long, "#/query out_of_range\n"),
        ("?cursor=%27%20OR%201=1--", "#/cursor not_a_cursor\n"),
        (
            "?cursor=ffffffffffffffffffffffffffffffffffffffffffffffff",
            "#/cursor not_a_cursor\n",
        ),
        (
            "?cursor=7fffffffffffffffffffffffffffffffffffffffffffffff",
            "#/cursor not_a_cursor\n",
        ),
    ] {
        assert_eq!(list(&running, &token, query).await.flaws(), flaws, "{query}");
    }
    for query in ["?role=USER&role=ADMIN", "?limit=1&l%69mit=2", "?x=1&x=1"] {
        list(&running, &token, query)
            .await
            .assert_problem(400, "repeated_parameter");
    }
    list(&running, &token, "?query=%ff")
        .await
        .assert_problem(400, "malformed_body");
}

#[tokio::test]
async fn a_cursor_that_leads_behind_the_last_user_gives_an_empty_page() {
    let running = Running::start();
    let token = running.admin_token().await;
    let before_all_users = Position {
        at: DateTime::UNIX_EPOCH,
        id: Uuid::nil(),
    };
    let beyond = FakePageCursors.issue(ListName::Users, before_all_users);
    let page = list(&running, &token, &format!("?cursor={beyond}")).await;
    assert_eq!(
        (page.status, page.json()),
        (200, json!({"items": [], "next_cursor": null}))
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
}
