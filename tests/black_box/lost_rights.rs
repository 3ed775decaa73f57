//! Tokens of users whose role or state was changed, or who are gone: worthless at once, and for good.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, Tokens};
use crate::commands::Admin;
use crate::genuine_token::part;
use crate::{on_both_databases, on_postgres};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

on_both_databases!(
    another_role_outdates_the_access_tokens_at_once,
    a_demoted_administrator_is_forbidden_what_they_could_do_before,
    what_ended_with_a_disabling_stays_dead,
    nothing_of_a_deleted_account_revives_with_its_address,
    what_the_command_line_changes_counts_within_a_second,
);

on_postgres!(what_one_server_changes_counts_at_another_within_a_second);

/// Asks until the answer is the expected one. No request that begins a second after the change may be answered else.
async fn within_a_second<A>(expected: u16, what: &str, ask: impl Fn() -> A)
where
    A: Future<Output = Answer>,
{
    let changed = Instant::now();
    loop {
        let since = changed.elapsed();
        let answer = ask().await;
        if answer.status == expected {
            return;
        }
        assert!(since < Duration::from_secs(1), "{what}: {answer:?} after {since:?}");
        sleep(Duration::from_millis(10)).await;
    }
}

fn path(id: &str) -> String {
    format!("/admin/users/{id}")
}

async fn change(admin: &Admin, id: &str, change: serde_json::Value) {
    let changed = admin.client.patch(&path(id), &change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
}

/// Fails the test unless nothing takes the access token any more.
#[track_caller]
fn assert_worthless(me: &Answer, verified: &Answer) {
    me.assert_problem(401, "invalid_access_token");
    verified.assert_problem(401, "invalid_access_token");
}

async fn another_role_outdates_the_access_tokens_at_once(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let mut tokens = app.anonymous().signed_in("ada@example.org").await;
    let other = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let id = app.anonymous().with_token(&tokens.access).me().await.member("id");
    for role in ["ADMIN", "USER", "ADMIN"] {
        let before = app.anonymous().with_token(&tokens.access);
        change(&root, &id, json!({"role": role})).await;
        assert_worthless(&before.me().await, &before.get("/auth/verify").await);
        // The sessions stay: the next refresh tells the new role.
        tokens = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
        let after = app.anonymous().with_token(&tokens.access);
        assert_eq!(part(&tokens.access, 1)["role"], role);
        assert_eq!(after.me().await.member("role"), role);
        let verified = after.get("/auth/verify").await;
        assert_eq!((verified.status, verified.header("x-auth-role")), (204, role));
        let expected = if role == "ADMIN" { (204, 200) } else { (403, 403) };
        let verified = after.get("/auth/verify?role=ADMIN").await;
        let listed = after.get("/admin/users").await;
        assert_eq!((verified.status, listed.status), expected, "{role}");
    }
    let other_client = app.anonymous().with_token(&other.access);
    assert_worthless(&other_client.me().await, &other_client.get("/auth/verify").await);
    assert_eq!(app.anonymous().refresh(&other.refresh).await.status, 200);
    // The same role again is no change.
    change(&root, &id, json!({"role": "ADMIN"})).await;
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
}

async fn a_demoted_administrator_is_forbidden_what_they_could_do_before(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let demoted = app.admin("demoted@example.org").await;
    assert_eq!(demoted.client.get("/admin/users").await.status, 200);
    change(&root, &demoted.id, json!({"role": "USER"})).await;
    assert_eq!(part(&demoted.tokens.access, 1)["role"], "ADMIN");
    for path in ["/admin/users", "/admin/audit-events", &path(&root.id)] {
        demoted.client.get(path).await.assert_problem(403, "forbidden");
    }
    let takes_revenge = demoted.client.patch(&path(&root.id), &json!({"role": "USER"})).await;
    takes_revenge.assert_problem(403, "forbidden");
    let restores_self = demoted
        .client
        .patch(&path(&demoted.id), &json!({"role": "ADMIN"}))
        .await;
    restores_self.assert_problem(403, "forbidden");
    let verified = demoted.client.get("/auth/verify?role=ADMIN").await;
    verified.assert_problem(401, "invalid_access_token");
    // Promoted again, the token of before stays outdated.
    change(&root, &demoted.id, json!({"role": "ADMIN"})).await;
    let listed = demoted.client.get("/admin/users").await;
    listed.assert_problem(401, "invalid_access_token");
    assert_worthless(&demoted.client.me().await, &demoted.client.get("/auth/verify").await);
}

async fn what_ended_with_a_disabling_stays_dead(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    let id = ada.me().await.member("id");
    change(&root, &id, json!({"is_active": false})).await;
    ada.me().await.assert_problem(403, "account_disabled");
    let verified = ada.get("/auth/verify").await;
    verified.assert_problem(401, "invalid_access_token");
    let refreshed = app.anonymous().refresh(&tokens.refresh).await;
    refreshed.assert_problem(401, "invalid_refresh_token");
    let client = app.anonymous();
    let right = client.log_in("ada@example.org", PASSWORD).await;
    right.assert_problem(403, "account_disabled");
    let wrong = client.log_in("ada@example.org", "not this one").await;
    wrong.assert_problem(401, "invalid_credentials");
    let taken = client.register("ada@example.org").await;
    taken.assert_problem(409, "email_taken");

    change(&root, &id, json!({"is_active": true})).await;
    assert_worthless(&ada.me().await, &ada.get("/auth/verify").await);
    let refreshed = client.refresh(&tokens.refresh).await;
    refreshed.assert_problem(401, "invalid_refresh_token");
    let again = Tokens::of(&client.log_in("ada@example.org", PASSWORD).await);
    assert_eq!(client.with_token(&again.access).get("/auth/verify").await.status, 204);
}

async fn nothing_of_a_deleted_account_revives_with_its_address(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    let id = ada.me().await.member("id");
    change(&root, &id, json!({"role": "ADMIN"})).await;
    let as_admin = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    assert_eq!(root.client.delete(&path(&id)).await.status, 204);

    let tokens = [tokens, as_admin];
    for step in ["deleted", "registered again", "promoted again"] {
        match step {
            "registered again" => assert_eq!(app.anonymous().register("ada@example.org").await.status, 201),
            "promoted again" => {
                app.run(&["user", "set-role", "ada@example.org", "ADMIN"]).result();
            }
            _ => {}
        }
        for tokens in &tokens {
            let ada = app.anonymous().with_token(&tokens.access);
            assert_worthless(&ada.me().await, &ada.get("/auth/verify").await);
            let listed = ada.get("/admin/users").await;
            listed.assert_problem(401, "invalid_access_token");
            let refreshed = app.anonymous().refresh(&tokens.refresh).await;
            refreshed.assert_problem(401, "invalid_refresh_token");
        }
    }
    let anew = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let ada = app.anonymous().with_token(&anew.access);
    assert_ne!(ada.me().await.member("id"), id);
    let sessions = ada.get("/users/me/sessions").await.json();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    let events = ada.get("/users/me/audit-events").await;
    assert!(
        !events.text.contains(&id),
        "the trail of the account before is not theirs: {events:?}"
    );
}

/// The tokens of a change that ends them, and the statuses that they get from then on.
struct Ending {
    tokens: Tokens,
    me: u16,
    refresh: u16,
}

impl Ending {
    async fn assert_known_to(&self, client: &Client, what: &str) {
        let client = client.with_token(&self.tokens.access);
        // This one asks the store, whoever changed it.
        assert_eq!(client.me().await.status, self.me, "{what}");
        within_a_second(401, what, || client.get("/auth/verify")).await;
        assert_eq!(client.me().await.status, self.me, "{what}");
        let refreshed = client.refresh(&self.tokens.refresh).await;
        assert_eq!(refreshed.status, self.refresh, "{what}");
    }
}

async fn what_the_command_line_changes_counts_within_a_second(app: TestApp) {
    app.make_admin("root@example.org");
    for (command, me, refresh) in [
        (&["set-role", "USER"][..], 401, 200),
        (&["set-role", "ADMIN"], 401, 200),
        (&["end-sessions"], 401, 401),
        (&["set-password", "--password-stdin"], 401, 401),
        (&["disable"], 403, 401),
        (&["delete"], 401, 401),
    ] {
        let email = format!("{}@example.org", command.join(""));
        let tokens = match command {
            ["set-role", "USER"] => app.admin(&email).await.tokens,
            _ => app.anonymous().signed_in(&email).await,
        };
        let client = app.anonymous().with_token(&tokens.access);
        assert_eq!(client.get("/auth/verify").await.status, 204);
        let (verb, rest) = command.split_first().unwrap();
        let done = app.run_with(&[&["user", verb, &email][..], rest].concat(), "another password");
        done.result();
        let ending = Ending { tokens, me, refresh };
        ending.assert_known_to(&app.anonymous(), &email).await;
    }
}

async fn what_one_server_changes_counts_at_another_within_a_second(app: TestApp) {
    let root = app.admin("root@example.org").await;
    let replica = app.replica();
    for (what, me, refresh) in [
        ("role", 401, 200),
        ("state", 403, 401),
        ("deletion", 401, 401),
        ("sessions", 401, 401),
    ] {
        let tokens = app.anonymous().signed_in(&format!("{what}@example.org")).await;
        let (here, there) = (app.anonymous(), replica.anonymous());
        let id = here.with_token(&tokens.access).me().await.member("id");
        assert_eq!(there.with_token(&tokens.access).get("/auth/verify").await.status, 204);
        let user = path(&id);
        let status = match what {
            "role" => root.client.patch(&user, &json!({"role": "ADMIN"})).await.status,
            "state" => root.client.patch(&user, &json!({"is_active": false})).await.status,
            "deletion" => root.client.delete(&user).await.status,
            _ => root.client.delete(&format!("{user}/sessions")).await.status,
        };
        assert!([200, 204].contains(&status), "{what}: {status}");
        let verified = here.with_token(&tokens.access).get("/auth/verify").await;
        assert_eq!(verified.status, 401, "at once where it was done: {what}");
        let ending = Ending { tokens, me, refresh };
        ending.assert_known_to(&there, what).await;
    }
}
