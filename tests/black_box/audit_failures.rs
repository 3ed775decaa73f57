//! A trail that can't be written to: then nothing is done that it would have to tell of.

use crate::app::TestApp;
use crate::client::{Answer, Client, PASSWORD, Tokens, send};
use crate::genuine_token::part;
use crate::on_both_databases;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    what_the_trail_cant_tell_of_is_not_done,
    a_trail_that_refuses_rows_stops_what_it_would_tell_of,
);

async fn what_the_trail_cant_tell_of_is_not_done(app: TestApp) {
    let rename = "ALTER TABLE audit_events RENAME TO audit_events_elsewhere";
    let back = "ALTER TABLE audit_events_elsewhere RENAME TO audit_events";
    nothing_is_done_while_it_is_broken(app, rename, back).await;
}

async fn a_trail_that_refuses_rows_stops_what_it_would_tell_of(app: TestApp) {
    let sqlite = "CREATE TRIGGER refuse BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'refused'); END";
    let postgres = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$; \
                    CREATE TRIGGER refuse BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse()";
    let (breaking, mending) = (
        app.on(sqlite, postgres),
        app.on("DROP TRIGGER refuse", "DROP TRIGGER refuse ON audit_events"),
    );
    nothing_is_done_while_it_is_broken(app, breaking, mending).await;
}

/// Everything that a call could have changed.
async fn state(app: &TestApp) -> Vec<String> {
    let mut state = Vec::new();
    for query in [
        "SELECT email || role || CAST(is_active AS TEXT) || full_name || hash \
         FROM users JOIN passwords ON passwords.user_id = users.id ORDER BY email",
        "SELECT CAST(generation AS TEXT) || CASE WHEN revoked_at IS NULL THEN ' live ' ELSE ' over ' END \
         || coalesce(CAST(outdated AS TEXT), '') FROM sessions ORDER BY created_at",
        "SELECT CAST(count(*) AS TEXT) FROM revocations",
        // One that is published only has not happened yet.
        "SELECT id || algorithm FROM signing_keys WHERE activated_at IS NOT NULL ORDER BY id",
    ] {
        state.extend(app.column(query).await);
    }
    state
}

/// Somebody's call.
type Call<'c> = (&'c Client, Method, String, Value);

#[expect(clippy::too_many_lines, reason = "a table is read by the row")]
async fn nothing_is_done_while_it_is_broken(mut app: TestApp, breaking: &str, mending: &str) {
    app.restart(&[("REFRESH_TOKEN_GRACE_SECONDS", "0")]);
    let root = app.admin("root@example.org").await;
    let spent = app.anonymous().signed_in("ada@example.org").await;
    let tokens = Tokens::of(&app.anonymous().refresh(&spent.refresh).await);
    let other = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let (nobody, ada) = (app.anonymous(), app.anonymous().with_token(&tokens.access));
    let id = ada.me().await.member("id");
    let user = format!("/admin/users/{id}");
    let session = format!("/users/me/sessions/{}", part(&other.access, 1)["sid"].as_str().unwrap());
    let account = json!({"email": "new@example.org", "full_name": "New User", "password": PASSWORD});
    let mut account_of_role = account.clone();
    account_of_role["role"] = json!("USER");
    let log_in = |email: &str, password: &str| json!({"email": email, "password": password});
    let refresh = |token: &str| json!({"refresh_token": token});
    let password = |current: &str| json!({"current_password": current, "new_password": "another password"});
    let calls: Vec<Call<'_>> = vec![
        (&nobody, Method::POST, "/auth/register".into(), account),
        (
            &nobody,
            Method::POST,
            "/auth/login".into(),
            log_in("ada@example.org", PASSWORD),
        ),
        (
            &nobody,
            Method::POST,
            "/auth/login".into(),
            log_in("ada@example.org", "not this one"),
        ),
        (
            &nobody,
            Method::POST,
            "/auth/login".into(),
            log_in("nobody@example.org", PASSWORD),
        ),
        (&nobody, Method::POST, "/auth/refresh".into(), refresh(&spent.refresh)),
        (&nobody, Method::POST, "/auth/logout".into(), refresh(&tokens.refresh)),
        (&ada, Method::PUT, "/users/me".into(), json!({"full_name": "Ada King"})),
        (
            &ada,
            Method::PUT,
            "/users/me".into(),
            json!({"email": "ada.king@example.org"}),
        ),
        (&ada, Method::PUT, "/users/me/password".into(), password(PASSWORD)),
        (&ada, Method::PUT, "/users/me/password".into(), password("not this one")),
        (&ada, Method::DELETE, session, json!({})),
        (&ada, Method::DELETE, "/users/me/sessions".into(), json!({})),
        (
            &ada,
            Method::DELETE,
            "/users/me/sessions?include_current=true".into(),
            json!({}),
        ),
        (&ada, Method::DELETE, "/users/me".into(), json!({"password": PASSWORD})),
        (&root.client, Method::POST, "/admin/users".into(), account_of_role),
        (&root.client, Method::PATCH, user.clone(), json!({"role": "ADMIN"})),
        (&root.client, Method::PATCH, user.clone(), json!({"is_active": false})),
        (
            &root.client,
            Method::PATCH,
            user.clone(),
            json!({"full_name": "Ada King", "email": "a@example.org"}),
        ),
        (&root.client, Method::DELETE, format!("{user}/sessions"), json!({})),
        (&root.client, Method::DELETE, user.clone(), json!({})),
    ];
    let before = state(&app).await;
    app.execute(breaking).await;
    for (caller, method, path, body) in calls {
        let answer: Answer = send(caller.request(method.clone(), &path).json(&body)).await;
        assert!(
            [500, 503].contains(&answer.status),
            "{method} {path} {body}: {answer:?}"
        );
        for text in ["audit_events", "refused", "INSERT"] {
            assert!(
                !answer.text.contains(text),
                "what it runs on is nobody's business: {answer:?}"
            );
        }
        assert_eq!(state(&app).await, before, "{method} {path} {body}");
    }
    for arguments in [
        &["user", "set-role", "ada@example.org", "ADMIN"][..],
        &["user", "disable", "ada@example.org"],
        &["user", "end-sessions", "ada@example.org"],
        &["user", "set-password", "ada@example.org", "--password-stdin"],
        &[
            "user",
            "create",
            "--email",
            "new@example.org",
            "--full-name",
            "New User",
            "--password-stdin",
        ],
        &["user", "delete", "ada@example.org"],
        &["keys", "rotate", "--algorithm", "EdDSA"],
    ] {
        let refused = app.run_with(arguments, "another password");
        refused.assert_refused(&[]);
        assert_eq!(refused.stdout, "");
        assert_eq!(state(&app).await, before, "{arguments:?}");
    }
    // What the server has in memory knows of nothing either.
    for tokens in [&tokens, &other] {
        let client = app.anonymous().with_token(&tokens.access);
        assert_eq!(
            (client.me().await.status, client.get("/auth/verify").await.status),
            (200, 204)
        );
    }
    app.execute(mending).await;
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
    assert_eq!(app.anonymous().refresh(&spent.refresh).await.status, 401);
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 401);
    assert_eq!(app.run(&["audit", "verify"]).json()["faults"], json!([]));
}
