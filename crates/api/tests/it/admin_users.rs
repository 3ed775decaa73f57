//! Other people's accounts: made, read, changed, deleted, and their sessions ended.

use crate::client::{Answer, Request};
use crate::running::{ADA, ROOT, Running};
use portcullis_domain::{AuditEventType, Email};
use portcullis_testkit::build::PASSWORD;
use serde_json::{Value, json};

const USERS: &str = "/admin/users";

/// A server, and an administrator's access token.
struct Desk {
    running: Running,
    token: String,
}

impl Desk {
    async fn open() -> Self {
        let running = Running::start();
        let token = running.admin_token().await;
        Self { running, token }
    }

    async fn send(&self, request: Request) -> Answer {
        self.running.send(request.bearer(&self.token)).await
    }

    async fn create(&self, body: Value) -> Answer {
        self.send(Request::post(USERS).json(body.to_string())).await
    }

    async fn change(&self, id: &str, body: &str) -> Answer {
        self.send(Request::patch(&format!("{USERS}/{id}")).json(body)).await
    }

    async fn read(&self, id: &str) -> Value {
        self.send(Request::get(&format!("{USERS}/{id}"))).await.json()
    }

    /// The id of the administrator whose token it is.
    async fn own_id(&self) -> String {
        let profile = self.send(Request::get("/users/me")).await.json();
        profile["id"].as_str().unwrap().to_owned()
    }

    /// ADA, signed up, with her access token.
    async fn ada(&self) -> (String, String) {
        let token = self.running.access_token().await;
        let profile = self.running.send(Request::get("/users/me").bearer(&token)).await.json();
        (profile["id"].as_str().unwrap().to_owned(), token)
    }

    async fn kinds(&self) -> Vec<AuditEventType> {
        let events = self.running.app.events().await;
        events.iter().map(|event| event.kind).collect()
    }
}

#[tokio::test]
async fn an_account_with_a_password_signs_in_at_once() {
    let desk = Desk::open().await;
    let mut body = json!({"email": " Ada@Example.com", "full_name": "Ada Lovelace", "role": "ADMIN", "password": PASSWORD,
        "is_active": false, "email_verified": true, "id": 7});
    assert_eq!(
        desk.create(body.clone()).await.flaws(),
        "#/email_verified unknown_member\n#/id unknown_member\n#/is_active unknown_member\n"
    );
    for unknown in ["is_active", "email_verified", "id"] {
        body.as_object_mut().unwrap().remove(unknown);
    }
    let answer = desk.create(body).await;
    assert_eq!((answer.status, answer.header("cache-control")), (201, Some("no-store")));
    let user = answer.json();
    let id = user["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("/admin/users/{id}").as_str()));
    assert_eq!(
        user,
        json!({"id": id, "email": ADA, "full_name": "Ada Lovelace", "role": "ADMIN", "is_active": true,
            "email_verified": false, "created_at": "2030-03-17T17:46:40.123456Z", "locale": null, "time_zone": null,
            "pending_email": null, "has_password": true, "mfa_enabled": false})
    );
    assert_eq!(desk.read(id).await, user);
    let token = desk.running.log_in(ADA).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(desk.running.send(Request::get(USERS).bearer(&token)).await.status, 200);
    assert!(desk.kinds().await.contains(&AuditEventType::AccountCreated));
}

#[tokio::test]
async fn an_account_without_a_password_is_a_user_whom_no_password_signs_in() {
    let desk = Desk::open().await;
    let body = json!({"email": ADA, "full_name": "Ada Lovelace", "role": "USER"});
    let answer = desk.create(body).await;
    assert_eq!((answer.status, &answer.json()["role"]), (201, &json!("USER")));
    for password in ["", "null", PASSWORD] {
        let body = json!({"email": ADA, "password": password}).to_string();
        let answer = desk.running.send(Request::post("/auth/login").json(body)).await;
        answer.assert_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_told_at_once_and_nothing_is_made() {
    let desk = Desk::open().await;
    for (body, flaws) in [
        (json!({}), "#/email required\n#/full_name required\n#/role required\n"),
        (
            json!({"email": ADA, "full_name": "Ada Lovelace", "password": PASSWORD}),
            "#/role required\n",
        ),
        (
            json!({"email": "x", "full_name": "A", "role": "ROOT", "password": "short"}),
            "#/email not_an_address\n#/full_name too_short\n#/role not_a_role\n#/password too_short\n",
        ),
        (
            json!({"email": ADA, "full_name": "Ada Lovelace", "role": null, "password": null}),
            "#/role wrong_type\n#/password wrong_type\n",
        ),
        (
            json!({"email": ADA, "full_name": "Ada Lovelace", "role": "admin"}),
            "#/role not_a_role\n",
        ),
    ] {
        assert_eq!(desk.create(body).await.flaws(), flaws);
    }
    let taken = desk
        .create(json!({"email": "ROOT@example.com", "full_name": "Ada Lovelace", "role": "USER"}))
        .await;
    taken.assert_problem(409, "email_taken");
    let list = desk.send(Request::get(USERS)).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_user_changes_by_what_is_sent_alone() {
    let desk = Desk::open().await;
    let (id, _) = desk.ada().await;
    let mut expected = desk.read(&id).await;
    let unchanged = desk.change(&id, "{}").await;
    assert_eq!((unchanged.status, unchanged.json()), (200, expected.clone()));
    let refused = r#"{"id": 7, "email_verified": true, "password": "x", "created_at": 1}"#;
    assert_eq!(
        desk.change(&id, refused)
            .await
            .flaws()
            .matches(" unknown_member\n")
            .count(),
        4
    );
    for (body, member, value) in [
        (r#"{"full_name": " Ada King "}"#, "full_name", json!("Ada King")),
        (r#"{"email": "KING@example.com"}"#, "email", json!("king@example.com")),
        (r#"{"role": "ADMIN"}"#, "role", json!("ADMIN")),
        (r#"{"role": "USER"}"#, "role", json!("USER")),
        (r#"{"is_active": false}"#, "is_active", json!(false)),
        (r#"{"is_active": true}"#, "is_active", json!(true)),
    ] {
        expected[member] = value;
        let answer = desk.change(&id, body).await;
        assert_eq!((answer.status, answer.json()), (200, expected.clone()), "{body}");
        assert_eq!(desk.read(&id).await, expected);
    }
}

#[tokio::test]
async fn a_change_that_is_not_right_changes_nothing() {
    let desk = Desk::open().await;
    let (id, _) = desk.ada().await;
    let before = desk.read(&id).await;
    for (body, flaws) in [
        (
            r#"{"full_name": null, "email": null, "role": null, "is_active": null}"#,
            "#/full_name wrong_type\n#/email wrong_type\n#/role wrong_type\n#/is_active wrong_type\n",
        ),
        (
            r#"{"full_name": "A", "email": "x", "role": "", "is_active": "true"}"#,
            "#/full_name too_short\n#/email not_an_address\n#/role not_a_role\n#/is_active wrong_type\n",
        ),
        (
            r#"{"is_active": 1, "full_name": "Ada King"}"#,
            "#/is_active wrong_type\n",
        ),
        (
            r#"{"role": "ADMIN", "role": "USER", "is_active": true, "is_active": false}"#,
            "#/is_active repeated\n#/role repeated\n",
        ),
    ] {
        assert_eq!(desk.change(&id, body).await.flaws(), flaws);
    }
    let taken = desk
        .change(&id, r#"{"full_name": "Ada King", "email": "ROOT@example.com"}"#)
        .await;
    taken.assert_problem(409, "email_taken");
    desk.change(&id, "{").await.assert_problem(400, "malformed_body");
    let text = Request::patch(&format!("{USERS}/{id}")).body("text/plain", "{}");
    desk.send(text).await.assert_problem(415, "unsupported_media_type");
    assert_eq!(desk.read(&id).await, before);
}

#[tokio::test]
async fn another_role_counts_at_once_and_leaves_the_session() {
    let desk = Desk::open().await;
    let (id, _) = desk.ada().await;
    desk.change(&id, r#"{"role": "ADMIN"}"#).await;
    let tokens = desk.running.log_in(ADA).await;
    let ada = tokens["access_token"].as_str().unwrap();
    assert_eq!(desk.running.send(Request::get(USERS).bearer(ada)).await.status, 200);
    desk.change(&id, r#"{"role": "USER"}"#).await;
    let answer = desk.running.send(Request::get(USERS).bearer(ada)).await;
    answer.assert_problem(403, "forbidden");
    let outdated = desk.running.send(Request::get("/users/me").bearer(ada)).await;
    outdated.assert_problem(401, "invalid_access_token");
    let refresh = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let next = desk
        .running
        .send(Request::post("/auth/refresh").json(refresh))
        .await
        .json();
    let profile = Request::get("/users/me").bearer(next["access_token"].as_str().unwrap());
    assert_eq!(desk.running.send(profile).await.json()["role"], "USER");
}

#[tokio::test]
async fn a_disabled_user_is_signed_out_and_stays_so_when_enabled() {
    let desk = Desk::open().await;
    let (id, ada) = desk.ada().await;
    desk.change(&id, r#"{"is_active": false}"#).await;
    let profile = Request::get("/users/me").bearer(&ada);
    let answer = desk.running.send(profile.clone()).await;
    answer.assert_problem(403, "account_disabled");
    desk.change(&id, r#"{"is_active": true}"#).await;
    let answer = desk.running.send(profile).await;
    answer.assert_problem(401, "invalid_access_token");
    desk.running.log_in(ADA).await;
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_the_address_is_free() {
    let desk = Desk::open().await;
    let (id, ada) = desk.ada().await;
    let delete = Request::delete(&format!("{USERS}/{id}"));
    let answer = desk.send(delete.clone()).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    desk.send(delete).await.assert_problem(404, "not_found");
    let answer = desk.running.send(Request::get("/users/me").bearer(&ada)).await;
    answer.assert_problem(401, "invalid_access_token");
    desk.running.app.clock.advance(chrono::TimeDelta::seconds(1));
    let again = desk
        .create(json!({"email": ADA, "full_name": "Ada Lovelace", "role": "USER"}))
        .await
        .json();
    assert_ne!(again["id"], id.as_str());
    let answer = desk.running.send(Request::get("/users/me").bearer(&ada)).await;
    answer.assert_problem(401, "invalid_access_token");
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let desk = Desk::open().await;
    let root = desk.own_id().await;
    let (ada, _) = desk.ada().await;
    for body in [
        r#"{"role": "USER"}"#,
        r#"{"is_active": false}"#,
        r#"{"role": "USER", "full_name": "Nobody"}"#,
    ] {
        desk.change(&root, body).await.assert_problem(409, "last_admin");
    }
    let delete = Request::delete(&format!("{USERS}/{root}"));
    desk.send(delete.clone()).await.assert_problem(409, "last_admin");
    let leave = Request::delete("/users/me").json(json!({"password": PASSWORD}).to_string());
    desk.send(leave).await.assert_problem(409, "last_admin");
    assert_ne!(desk.read(&root).await["full_name"], "Nobody");
    // One who is disabled does not count.
    desk.change(&ada, r#"{"role": "ADMIN", "is_active": false}"#).await;
    desk.change(&root, r#"{"role": "USER"}"#)
        .await
        .assert_problem(409, "last_admin");
    desk.change(&ada, r#"{"is_active": true}"#).await;
    let stepped_down = desk.change(&root, r#"{"role": "USER"}"#).await;
    assert_eq!(
        (stepped_down.status, &stepped_down.json()["role"]),
        (200, &json!("USER"))
    );
    desk.send(delete).await.assert_problem(403, "forbidden");
}

#[tokio::test]
async fn of_two_administrators_who_demote_each_other_one_stays() {
    for _ in 0..20 {
        let desk = Desk::open().await;
        let root = desk.own_id().await;
        let other = desk.running.app.register_admin(ADA).await.id.to_string();
        let ada = desk.running.log_in(ADA).await["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let demote = |id: &str, token: &str| {
            let request = Request::patch(&format!("{USERS}/{id}")).bearer(token);
            desk.running.send(request.json(r#"{"role": "USER"}"#))
        };
        let (first, second) = tokio::join!(demote(&other, &desk.token), demote(&root, &ada));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert!([[200, 403], [200, 409]].contains(&statuses), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_users_sessions_are_seen_and_ended() {
    let desk = Desk::open().await;
    let (id, ada) = desk.ada().await;
    let sessions = format!("{USERS}/{id}/sessions");
    let page = desk.send(Request::get(&sessions)).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&page["items"][0]["ip"], &page["items"][0]["current"]),
        (&json!("127.0.0.1"), &json!(false))
    );
    let ended = desk.send(Request::delete(&sessions)).await;
    assert_eq!((ended.status, ended.body.len()), (204, 0));
    let answer = desk.running.send(Request::get("/users/me").bearer(&ada)).await;
    answer.assert_problem(401, "invalid_access_token");
    let page = desk.send(Request::get(&sessions)).await.json();
    assert_eq!(page, json!({"items": [], "next_cursor": null}));
    assert_eq!(desk.send(Request::delete(&sessions)).await.status, 204);
    let own = format!("{USERS}/{}/sessions", desk.own_id().await);
    let page = desk.send(Request::get(&own)).await.json();
    assert_eq!(page["items"][0]["current"], true);
    assert_eq!(
        desk.send(Request::get(&format!("{sessions}?limit=0"))).await.flaws(),
        "#/limit out_of_range\n"
    );
}

#[tokio::test]
async fn what_names_no_user_is_not_found() {
    let desk = Desk::open().await;
    let unknown = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27";
    let simple = desk.own_id().await.replace('-', "");
    for id in ["x", "me", "1", unknown, &simple, "00000000-0000-0000-0000-000000000000"] {
        for request in [
            Request::get(&format!("{USERS}/{id}")),
            Request::patch(&format!("{USERS}/{id}")).json("{}"),
            Request::delete(&format!("{USERS}/{id}")),
            Request::get(&format!("{USERS}/{id}/sessions")),
            Request::delete(&format!("{USERS}/{id}/sessions")),
        ] {
            desk.send(request).await.assert_problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn an_administrator_who_was_demoted_meanwhile_changes_nothing() {
    let desk = Desk::open().await;
    let (id, _) = desk.ada().await;
    let root = desk.running.app.store.look_up(|repositories| {
        let email = Email::parse(ROOT).unwrap();
        repositories.users().find_by_email(&email)
    });
    let root = root.await.unwrap().unwrap().id;
    desk.running
        .app
        .change_user(root, |user| user.role = portcullis_domain::Role::User)
        .await;
    desk.change(&id, r#"{"role": "ADMIN"}"#)
        .await
        .assert_problem(403, "forbidden");
    assert_eq!(desk.running.log_in(ADA).await["token_type"], "bearer");
}

#[tokio::test]
async fn one_deletes_ones_own_account_by_its_password() {
    let running = Running::start();
    let token = running.access_token().await;
    let delete = |body: Value| running.send(Request::delete("/users/me").bearer(&token).json(body.to_string()));
    assert_eq!(delete(json!({})).await.flaws(), "#/password required\n");
    assert_eq!(
        delete(json!({"password": null})).await.flaws(),
        "#/password wrong_type\n"
    );
    let wrong = delete(json!({"password": "not the password"})).await;
    wrong.assert_problem(403, "wrong_password");
    let bare = running.send(Request::delete("/users/me").bearer(&token)).await;
    bare.assert_problem(415, "unsupported_media_type");
    let answer = delete(json!({"password": PASSWORD})).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    let gone = delete(json!({"password": PASSWORD})).await;
    gone.assert_problem(401, "invalid_access_token");
    let login = json!({"email": ADA, "password": PASSWORD}).to_string();
    let answer = running.send(Request::post("/auth/login").json(login)).await;
    answer.assert_problem(401, "invalid_credentials");
}
