//! The command line beside a running server.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens};
use crate::on_both_databases;
use serde_json::{Value, json};

on_both_databases!(
    accounts_are_administered_by_the_command_line,
    the_command_line_makes_the_first_administrator,
    users_are_listed_one_a_line,
    users_are_found_shown_and_given_another_address,
    events_are_exported_from_a_moment_to_another,
    keys_are_listed_and_rotated_beside_a_server,
    the_command_line_works_while_no_server_runs,
);

async fn accounts_are_administered_by_the_command_line(app: TestApp) {
    let arguments = [
        "user",
        "create",
        "--email",
        "Ada@Example.org",
        "--full-name",
        "Ada Lovelace",
    ];
    let made = app.run_with(
        &[&arguments[..], &["--password-stdin"]].concat(),
        &format!("{PASSWORD}\n"),
    );
    let made = made.json();
    assert_eq!(
        (&made["email"], &made["role"]),
        (&json!("ada@example.org"), &json!("USER"))
    );
    let tokens = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let me = app.anonymous().with_token(&tokens.access).me().await;
    assert_eq!(me.json(), made, "it prints what the API answers");

    let with = |member: &str, value: Value| {
        let mut user = made.clone();
        user[member] = value;
        user
    };
    let promoted = app.run(&["user", "set-role", "ADA@example.org", "ADMIN"]).json();
    assert_eq!(promoted, with("role", json!("ADMIN")));
    app.make_admin("root@example.org");
    assert_eq!(app.run(&["user", "set-role", "ada@example.org", "USER"]).json(), made);
    assert_eq!(
        app.run(&["user", "disable", "ada@example.org"]).json(),
        with("is_active", json!(false))
    );
    let refused = app.anonymous().log_in("ada@example.org", PASSWORD).await;
    refused.assert_problem(403, "account_disabled");
    assert_eq!(app.run(&["user", "enable", "ada@example.org"]).json(), made);

    for _ in 0..2 {
        Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    }
    let ended = app.run(&["user", "end-sessions", "ada@example.org"]);
    assert_eq!(ended.result(), "{\"ended\":2}\n");
    assert_eq!(
        app.run(&["user", "end-sessions", "ada@example.org"]).result(),
        "{\"ended\":0}\n"
    );
    let arguments = ["user", "set-password", "ada@example.org", "--password-stdin"];
    assert_eq!(app.run_with(&arguments, "another password\r\n").json(), made);
    let client = app.anonymous();
    assert_eq!(client.log_in("ada@example.org", PASSWORD).await.status, 401);
    assert_eq!(client.log_in("ada@example.org", "another password").await.status, 200);
    assert_eq!(app.run(&["user", "delete", "ada@example.org"]).json(), made);
    assert_eq!(client.log_in("ada@example.org", "another password").await.status, 401);
}

async fn the_command_line_makes_the_first_administrator(app: TestApp) {
    app.anonymous().register("first@example.org").await;
    let first = Tokens::of(&app.anonymous().log_in("first@example.org", PASSWORD).await);
    let client = app.anonymous().with_token(&first.access);
    client.get("/admin/users").await.assert_problem(403, "forbidden");
    let root = app.admin("root@example.org").await;
    let users = root.client.get("/admin/users").await;
    assert_eq!(users.status, 200, "{users:?}");
    let events = root.client.get("/admin/audit-events?type=account_created").await.json();
    let event = &events["items"][0];
    assert_eq!(
        (
            &event["user_id"],
            &event["actor_id"],
            &event["reason"],
            &event["ip"],
            &event["user_agent"]
        ),
        (
            &json!(root.id),
            &Value::Null,
            &json!("command_line"),
            &Value::Null,
            &json!("portcullis command line")
        )
    );
    assert_eq!(event["after"], json!({"role": "ADMIN", "is_active": true}));
}

async fn users_are_listed_one_a_line(app: TestApp) {
    assert_eq!(app.run(&["user", "list"]).result(), "");
    let root = app.admin("root@example.org").await;
    for number in 0..105 {
        let account = json!({"email": format!("user{number}@example.org"), "full_name": "이름", "role": "USER"});
        assert_eq!(root.client.post("/admin/users", &account).await.status, 201);
    }
    let listed = app.run(&["user", "list"]).lines();
    assert_eq!(listed.len(), 106, "more than one page");
    assert_eq!(listed[0]["email"], "user104@example.org");
    let page = root.client.get("/admin/users?limit=100").await.json();
    assert_eq!(json!(listed[..100]), page["items"]);
}

async fn users_are_found_shown_and_given_another_address(app: TestApp) {
    app.make_admin("root@example.org");
    app.anonymous().signed_in("ada@example.org").await;
    app.anonymous().register("eve@example.org").await;
    app.run(&["user", "disable", "eve@example.org"]).json();
    let emails = |filter: &[&str]| -> Vec<String> {
        let lines = app.run(&[&["user", "list"], filter].concat()).lines();
        lines
            .iter()
            .map(|user| user["email"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(emails(&["--role", "ADMIN"]), ["root@example.org"]);
    assert_eq!(emails(&["--active", "false"]), ["eve@example.org"]);
    assert_eq!(emails(&["--query", "ADA@"]), ["ada@example.org"]);

    let sessions = app.run(&["user", "sessions", "ada@example.org"]).json();
    assert_eq!(
        (&sessions["ip"], &sessions["current"]),
        (&json!("127.0.0.1"), &json!(false))
    );
    let changed = app.run(&["user", "set-email", "ada@example.org", "lovelace@example.org"]);
    assert_eq!(
        changed.json(),
        app.run(&["user", "show", "lovelace@example.org"]).json()
    );
    assert_eq!(changed.json()["email"], "lovelace@example.org");
    app.run(&["user", "show", "ada@example.org"])
        .assert_refused(&["ada@example.org"]);
    app.run(&["user", "set-email", "lovelace@example.org", "root@example.org"])
        .assert_refused(&["root@example.org"]);
    Tokens::of(&app.anonymous().log_in("lovelace@example.org", PASSWORD).await);
}

async fn events_are_exported_from_a_moment_to_another(app: TestApp) {
    for name in ["one", "two", "three"] {
        app.anonymous().register(&format!("{name}@example.org")).await;
    }
    let exported = |bounds: &[&str]| app.run(&[&["audit", "export"], bounds].concat()).lines();
    let all = exported(&[]);
    let all = all.get(1..).unwrap();
    assert_eq!(all.len(), 3, "behind the first key's");
    let at = |event: &Value| event["at"].as_str().unwrap().to_owned();
    let (second, third) = (at(&all[1]), at(&all[2]));
    assert_eq!(exported(&["--since", &second]), all[1..]);
    assert_eq!(exported(&["--until", &third])[1..], all[..2]);
    assert_eq!(exported(&["--since", &second, "--until", &third]), all[1..2]);
}

async fn keys_are_listed_and_rotated_beside_a_server(app: TestApp) {
    let before = app.anonymous().signed_in("ada@example.org").await;
    let keys = app.run(&["keys", "list"]).lines();
    assert_eq!(
        (&keys[0]["algorithm"], &keys[0]["stage"]),
        (&json!("HS256"), &json!("current"))
    );
    let key = app.run(&["keys", "rotate", "--algorithm", "EdDSA"]).json();
    assert_eq!(
        (&key["algorithm"], &key["stage"]),
        (&json!("EdDSA"), &json!("current")),
        "{key}"
    );
    let listed = app.run(&["keys", "list"]).lines();
    assert_eq!(
        listed.iter().filter(|key| key["stage"] == "current").count(),
        1,
        "{listed:?}"
    );
    let members: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
    let expected = [
        "activated_at",
        "algorithm",
        "created_at",
        "kid",
        "purpose",
        "retired_at",
        "stage",
    ];
    assert_eq!(members, expected, "nothing of a key itself");
    assert_eq!(app.anonymous().with_token(&before.access).me().await.status, 200);
    app.run(&["keys", "rotate"]).result();
}

async fn the_command_line_works_while_no_server_runs(mut app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    app.kill();
    assert_eq!(
        app.run(&["user", "set-role", "ada@example.org", "ADMIN"]).json()["role"],
        "ADMIN"
    );
    assert_eq!(app.run(&["audit", "verify"]).json()["faults"], json!([]));
    let exported = app.run(&["audit", "export"]).lines();
    assert_eq!(exported.last().unwrap()["type"], "role_changed");
    app.restart(&[]);
    let tokens = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let listed = app.anonymous().with_token(&tokens.access).get("/admin/users").await;
    assert_eq!(listed.status, 200);
}
