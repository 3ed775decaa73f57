//! The audit trail: what it tells of each thing that touches somebody's security.

use crate::app::TestApp;
use crate::audit_lists::every_event;
use crate::client::{Answer, Client, PASSWORD, Tokens, send};
use crate::commands::Admin;
use crate::genuine_token::part;
use crate::on_both_databases;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    every_call_that_touches_security_is_told_of,
    what_administrators_do_is_told_of,
    what_the_command_line_does_is_told_of,
    what_was_refused_before_it_was_anything_leaves_no_event,
);

const PHONE: &str = "Ada's phone";

/// A client whose calls can be told from others by what the trail says of them.
struct Device {
    client: Client,
    calls: usize,
}

impl Device {
    fn of(client: Client) -> Self {
        Self { client, calls: 0 }
    }

    async fn call(&mut self, method: Method, path: &str, body: Value) -> Answer {
        self.calls += 1;
        let request = self.client.request(method, path).header("user-agent", PHONE);
        let request = request.header("x-request-id", format!("call-{}", self.calls));
        send(request.json(&body)).await
    }

    fn sign_in(&mut self, tokens: &Tokens) {
        self.client = self.client.with_token(&tokens.access);
    }
}

/// The trail, as an administrator sees it grow.
struct Trail {
    admin: Admin,
    seen: usize,
}

impl Trail {
    async fn of(app: &TestApp) -> Self {
        let admin = app.admin("root@example.org").await;
        let mut trail = Self { admin, seen: 0 };
        trail.news().await;
        trail
    }

    /// What was added since the last time, in the order in which it happened.
    async fn news(&mut self) -> Vec<Value> {
        let mut all = every_event(&self.admin.client, "").await;
        all.reverse();
        all.drain(..std::mem::replace(&mut self.seen, all.len())).for_each(drop);
        all
    }

    /// Fails the test unless these were added: type, result and reason of each.
    async fn assert_news(&mut self, expected: &[(&str, &str, &str)], what: &str) -> Vec<Value> {
        let news = self.news().await;
        let told: Vec<_> = news
            .iter()
            .map(|event| ["type", "result", "reason"].map(|member| event[member].as_str().unwrap_or_default()))
            .collect();
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(kind, result, reason)| [*kind, *result, *reason])
            .collect();
        // Those of one call have one time, and any order.
        let mut sorted = told.clone();
        sorted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sorted, expected, "{what}: {news:#?}");
        news
    }
}

/// Who, whom, in which session, and from where.
#[track_caller]
fn assert_tells(event: &Value, actor: Option<&str>, user: Option<&str>, session: Option<&str>, device: &Device) {
    let members = ["actor_id", "user_id", "session_id", "ip", "user_agent", "request_id"].map(|member| &event[member]);
    let call = format!("call-{}", device.calls);
    let expected = [
        json!(actor),
        json!(user),
        json!(session),
        json!("127.0.0.1"),
        json!(PHONE),
        json!(call),
    ];
    assert_eq!(members, expected.each_ref(), "{event:#}");
    assert!(
        event["at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z') && at.len() == 27),
        "{event:#}"
    );
    assert_eq!(
        (&event["before"], &event["after"]),
        (&Value::Null, &Value::Null),
        "{event:#}"
    );
}

fn session_of(tokens: &Tokens) -> String {
    part(&tokens.access, 1)["sid"].as_str().unwrap().to_owned()
}

#[expect(
    clippy::too_many_lines,
    reason = "one account's life is told from its beginning to its end"
)]
async fn every_call_that_touches_security_is_told_of(mut app: TestApp) {
    app.restart(&[("REFRESH_TOKEN_GRACE_SECONDS", "0"), ("MAX_SESSIONS_PER_USER", "3")]);
    let mut trail = Trail::of(&app).await;
    let mut ada = Device::of(app.anonymous());
    let account = json!({"email": "ada@example.org", "password": PASSWORD, "full_name": "Ada Lovelace"});
    let id = ada.call(Method::POST, "/auth/register", account).await.member("id");
    let id = Some(id.as_str());
    let news = trail.assert_news(&[("registration", "success", "")], "sign-up").await;
    assert_tells(&news[0], None, id, None, &ada);

    let credentials = |email: &str, password: &str| json!({"email": email, "password": password});
    for (email, password, user, reason) in [
        ("nobody@example.org", PASSWORD, None, "unknown_account"),
        ("no address", PASSWORD, None, "unknown_account"),
        ("ADA@example.org", "not this one", id, "wrong_password"),
    ] {
        let refused = ada
            .call(Method::POST, "/auth/login", credentials(email, password))
            .await;
        refused.assert_problem(401, "invalid_credentials");
        let news = trail.assert_news(&[("login", "failure", reason)], email).await;
        assert_tells(&news[0], None, user, None, &ada);
        assert!(!news[0].to_string().contains("nobody@"), "an address is not kept");
    }

    let first = Tokens::of(
        &ada.call(Method::POST, "/auth/login", credentials("ada@example.org", PASSWORD))
            .await,
    );
    let news = trail.assert_news(&[("login", "success", "")], "login").await;
    assert_tells(&news[0], id, id, Some(&session_of(&first)), &ada);
    ada.sign_in(&first);

    let refresh = |tokens: &Tokens| json!({"refresh_token": tokens.refresh});
    let next = Tokens::of(&ada.call(Method::POST, "/auth/refresh", refresh(&first)).await);
    trail.assert_news(&[], "a refresh").await;
    ada.call(Method::POST, "/auth/refresh", refresh(&first))
        .await
        .assert_problem(401, "invalid_refresh_token");
    let reuse = ("refresh_token_reused", "failure", "refresh_token_reused");
    let news = trail.assert_news(&[reuse], "reuse").await;
    assert_tells(&news[0], None, id, Some(&session_of(&first)), &ada);
    ada.call(Method::POST, "/auth/refresh", refresh(&next))
        .await
        .assert_problem(401, "invalid_refresh_token");

    let second = Tokens::of(
        &ada.call(Method::POST, "/auth/login", credentials("ada@example.org", PASSWORD))
            .await,
    );
    trail.news().await;
    assert_eq!(
        ada.call(Method::POST, "/auth/logout", refresh(&second)).await.status,
        204
    );
    let news = trail.assert_news(&[("logout", "success", "")], "logout").await;
    assert_tells(&news[0], id, id, Some(&session_of(&second)), &ada);
    assert_eq!(
        ada.call(Method::POST, "/auth/logout", refresh(&second)).await.status,
        204
    );
    trail.assert_news(&[], "a second logout").await;

    let mut sessions = Vec::new();
    for _ in 0..4 {
        let answer = ada
            .call(Method::POST, "/auth/login", credentials("ada@example.org", PASSWORD))
            .await;
        sessions.push(Tokens::of(&answer));
    }
    let ended = |reason| ("session_ended", "success", reason);
    let news = trail
        .assert_news(
            &[[("login", "success", "")].repeat(4), vec![ended("too_many_sessions")]].concat(),
            "too many",
        )
        .await;
    let event = news.iter().find(|event| event["type"] == "session_ended").unwrap();
    assert_eq!(event["session_id"], session_of(&sessions[0]), "the oldest");

    ada.sign_in(&sessions[3]);
    let path = format!("/users/me/sessions/{}", session_of(&sessions[1]));
    assert_eq!(ada.call(Method::DELETE, &path, json!({})).await.status, 204);
    let news = trail.assert_news(&[ended("user_request")], "one session").await;
    assert_tells(&news[0], id, id, Some(&session_of(&sessions[1])), &ada);
    assert_eq!(
        ada.call(Method::DELETE, "/users/me/sessions", json!({})).await.status,
        204
    );
    let news = trail.assert_news(&[ended("user_request")], "the others").await;
    assert_tells(&news[0], id, id, Some(&session_of(&sessions[2])), &ada);

    let other = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    trail.news().await;
    let change = |current: &str| json!({"current_password": current, "new_password": "another password"});
    ada.call(Method::PUT, "/users/me/password", change("not this one"))
        .await
        .assert_problem(403, "wrong_password");
    let news = trail
        .assert_news(&[("password_changed", "failure", "wrong_password")], "wrong password")
        .await;
    assert_tells(&news[0], id, id, Some(&session_of(&sessions[3])), &ada);
    assert_eq!(
        ada.call(Method::PUT, "/users/me/password", change(PASSWORD))
            .await
            .status,
        204
    );
    let changed = ("password_changed", "success", "");
    let news = trail
        .assert_news(&[changed, ended("password_changed")], "password")
        .await;
    let event = news.iter().find(|event| event["type"] == "session_ended").unwrap();
    assert_tells(event, id, id, Some(&session_of(&other)), &ada);

    app.anonymous().log_in("ada@example.org", "another password").await;
    trail.news().await;
    let profile = json!({"full_name": "Ada King", "email": "ada.king@example.org"});
    assert_eq!(ada.call(Method::PUT, "/users/me", profile.clone()).await.status, 200);
    let expected = [
        ("profile_changed", "success", ""),
        ("email_changed", "success", ""),
        ended("email_changed"),
    ];
    trail.assert_news(&expected, "profile").await;
    assert_eq!(ada.call(Method::PUT, "/users/me", profile).await.status, 200);
    trail.assert_news(&[], "the same profile").await;

    let refused = ada
        .call(Method::DELETE, "/users/me", json!({"password": "not this one"}))
        .await;
    refused.assert_problem(403, "wrong_password");
    let news = trail
        .assert_news(&[("account_deleted", "failure", "wrong_password")], "wrong password")
        .await;
    assert_tells(&news[0], id, id, Some(&session_of(&sessions[3])), &ada);
    let gone = ada
        .call(Method::DELETE, "/users/me", json!({"password": "another password"}))
        .await;
    assert_eq!(gone.status, 204);
    let deleted = ("account_deleted", "success", "");
    let news = trail
        .assert_news(&[deleted, ended("account_deleted")], "deletion")
        .await;
    let event = news.iter().find(|event| event["type"] == "account_deleted").unwrap();
    assert_eq!(event["before"], json!({"role": "USER", "is_active": true}));
    assert_eq!((&event["actor_id"], &event["user_id"]), (&json!(id), &json!(id)));
}

#[expect(
    clippy::too_many_lines,
    reason = "one account's life is told from its beginning to its end"
)]
async fn what_administrators_do_is_told_of(app: TestApp) {
    let mut trail = Trail::of(&app).await;
    let root = Some(trail.admin.id.clone());
    let root = root.as_deref();
    let own_session = session_of(&trail.admin.tokens);
    let mut device = Device::of(trail.admin.client.clone());
    let account =
        json!({"email": "ada@example.org", "full_name": "Ada Lovelace", "role": "USER", "password": PASSWORD});
    let made = device.call(Method::POST, "/admin/users", account).await;
    let id = made.member("id");
    let by_admin = |kind| (kind, "success", "administrator");
    let news = trail.assert_news(&[by_admin("account_created")], "creation").await;
    let state = |role: &str, is_active: bool| json!({"role": role, "is_active": is_active});
    assert_eq!(
        (&news[0]["before"], &news[0]["after"]),
        (&Value::Null, &state("USER", true))
    );

    let path = format!("/admin/users/{id}");
    for (change, kind, before, after) in [
        (
            json!({"role": "ADMIN"}),
            "role_changed",
            state("USER", true),
            state("ADMIN", true),
        ),
        (
            json!({"is_active": false}),
            "account_disabled",
            state("ADMIN", true),
            state("ADMIN", false),
        ),
        (
            json!({"is_active": true}),
            "account_enabled",
            state("ADMIN", false),
            state("ADMIN", true),
        ),
        (
            json!({"role": "USER"}),
            "role_changed",
            state("ADMIN", true),
            state("USER", true),
        ),
        (
            json!({"full_name": "Ada King"}),
            "profile_changed",
            Value::Null,
            Value::Null,
        ),
        (
            json!({"email": "ada.king@example.org"}),
            "email_changed",
            Value::Null,
            Value::Null,
        ),
    ] {
        assert_eq!(device.call(Method::PATCH, &path, change.clone()).await.status, 200);
        let news = trail.assert_news(&[by_admin(kind)], kind).await;
        assert_eq!((&news[0]["before"], &news[0]["after"]), (&before, &after), "{change}");
        let mut event = news[0].clone();
        (event["before"], event["after"]) = (Value::Null, Value::Null);
        assert_tells(&event, root, Some(&id), Some(&own_session), &device);
        assert_eq!(device.call(Method::PATCH, &path, change.clone()).await.status, 200);
        trail.assert_news(&[], "the same again").await;
    }
    let all_at_once =
        json!({"role": "ADMIN", "is_active": false, "full_name": "A. King", "email": "a.king@example.org"});
    assert_eq!(device.call(Method::PATCH, &path, all_at_once).await.status, 200);
    let expected = ["role_changed", "account_disabled", "profile_changed", "email_changed"].map(by_admin);
    trail.assert_news(&expected, "all at once").await;
    assert_eq!(
        device
            .call(Method::PATCH, &path, json!({"is_active": true}))
            .await
            .status,
        200
    );

    let sign_in = async || Tokens::of(&app.anonymous().log_in("a.king@example.org", PASSWORD).await);
    let tokens = sign_in().await;
    trail.news().await;
    assert_eq!(
        device
            .call(Method::DELETE, &format!("{path}/sessions"), json!({}))
            .await
            .status,
        204
    );
    let news = trail.assert_news(&[by_admin("session_ended")], "sessions").await;
    assert_tells(&news[0], root, Some(&id), Some(&session_of(&tokens)), &device);
    sign_in().await;
    assert_eq!(
        device
            .call(Method::PATCH, &path, json!({"is_active": false}))
            .await
            .status,
        200
    );
    let refused = app.anonymous().log_in("a.king@example.org", PASSWORD).await;
    refused.assert_problem(403, "account_disabled");
    let expected = [
        ("login", "success", ""),
        by_admin("account_disabled"),
        ("session_ended", "success", "account_disabled"),
        ("login", "failure", "account_disabled"),
    ];
    trail.assert_news(&expected, "disabled").await;
    assert_eq!(
        device
            .call(Method::PATCH, &path, json!({"is_active": true}))
            .await
            .status,
        200
    );
    sign_in().await;
    trail.news().await;
    assert_eq!(device.call(Method::DELETE, &path, json!({})).await.status, 204);
    let expected = [
        by_admin("account_deleted"),
        ("session_ended", "success", "account_deleted"),
    ];
    let news = trail.assert_news(&expected, "deletion").await;
    let event = news.iter().find(|event| event["type"] == "account_deleted").unwrap();
    assert_eq!(
        (&event["before"], &event["after"]),
        (&state("ADMIN", true), &Value::Null)
    );
    assert_eq!(event["actor_id"], json!(root));
}

async fn what_the_command_line_does_is_told_of(app: TestApp) {
    let mut trail = Trail::of(&app).await;
    let by_command = |kind| (kind, "success", "command_line");
    let stdin = ["user", "set-password", "ada@example.org", "--password-stdin"];
    let create = [
        "user",
        "create",
        "--email",
        "ada@example.org",
        "--full-name",
        "Ada Lovelace",
        "--password-stdin",
    ];
    let ended = |reason| ("session_ended", "success", reason);
    for (arguments, expected) in [
        (&create[..], vec![by_command("account_created")]),
        (
            &["user", "set-role", "ada@example.org", "ADMIN"],
            vec![by_command("role_changed")],
        ),
        (&["user", "set-role", "ada@example.org", "ADMIN"], vec![]),
        (
            &["user", "end-sessions", "ada@example.org"],
            vec![ended("command_line")],
        ),
        (&stdin, vec![by_command("password_changed"), ended("password_changed")]),
        (
            &["user", "disable", "ada@example.org"],
            vec![by_command("account_disabled"), ended("account_disabled")],
        ),
        (
            &["user", "enable", "ada@example.org"],
            vec![by_command("account_enabled")],
        ),
        (
            &["keys", "rotate", "--algorithm", "EdDSA"],
            vec![by_command("signing_key_rotated")],
        ),
        (
            &["user", "delete", "ada@example.org"],
            vec![by_command("account_deleted"), ended("account_deleted")],
        ),
        (&["user", "list"], vec![]),
        (&["audit", "verify"], vec![]),
        (&["audit", "export"], vec![]),
    ] {
        let is_to_end = expected.iter().any(|(kind, ..)| *kind == "session_ended");
        if is_to_end {
            assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
            trail.news().await;
        }
        app.run_with(arguments, PASSWORD).result();
        for event in trail.assert_news(&expected, &arguments.join(" ")).await {
            let members = ["actor_id", "ip", "user_agent", "request_id"].map(|member| &event[member]);
            let expected = [Value::Null, Value::Null, json!("portcullis command line"), Value::Null];
            assert_eq!(members, expected.each_ref(), "{event:#}");
            assert_eq!(
                event["user_id"].is_null(),
                event["type"] == "signing_key_rotated",
                "{event:#}"
            );
        }
    }
}

/// What is no request, and what shows no genuine token, says nothing of anybody's security; but it must not be a way to
/// fill the trail either.
async fn what_was_refused_before_it_was_anything_leaves_no_event(app: TestApp) {
    let mut trail = Trail::of(&app).await;
    let client = app.anonymous();
    client.refresh("prt_made-up").await;
    client.log_out("prt_made-up").await;
    client.with_token("made.up.token").me().await;
    client.post("/auth/login", &json!({"email": "root@example.org"})).await;
    client.post("/auth/register", &json!({"email": "x"})).await;
    client.register("root@example.org").await;
    trail.admin.client.get("/admin/users?limit=0").await;
    trail.admin.client.delete("/admin/users/x").await;
    trail.assert_news(&[], "refused").await;
}
