//! The audit trail: one's own part of it, and all of it for administrators.

use crate::client::{Answer, Request};
use crate::running::{ADA, ROOT, Running};
use chrono::TimeDelta;
use portcullis_api::audit_event_json;
use portcullis_application::ports::{AuditEntry, AuditRecord, StoreResult};
use portcullis_domain::{
    AccountState, AuditEvent, AuditReason, AuditResult, Device, Origin, RequestId, Role, SessionId, UserAgent,
};
use portcullis_testkit::build::{event, signed, user};
use serde_json::{Value, json};

const OWN: &str = "/users/me/audit-events";
const ALL: &str = "/admin/audit-events";

async fn list(running: &Running, token: &str, target: &str) -> Answer {
    running.send(Request::get(target).bearer(token)).await
}

/// The types of a page's events, in its order.
fn types(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_event_tells_who_did_what_from_where() {
    let running = Running::start();
    let root = running.admin_token().await;
    running.app.register(ADA).await;
    running.app.clock.advance(TimeDelta::seconds(1));
    let ada = running.log_in(ADA).await["access_token"].as_str().unwrap().to_owned();
    running.app.clock.advance(TimeDelta::seconds(1));
    let id = list(&running, &ada, "/users/me").await.json()["id"].clone();
    let change = Request::patch(&format!("/admin/users/{}", id.as_str().unwrap()))
        .bearer(&root)
        .header("x-request-id", "promotion-1")
        .header("user-agent", "desk")
        .json(r#"{"role": "ADMIN"}"#);
    assert_eq!(running.send(change).await.status, 200);
    let admin = list(&running, &root, "/users/me").await.json()["id"].clone();
    let session = list(&running, &root, "/users/me/sessions").await.json()["items"][0]["id"].clone();
    assert!(session.is_string());
    let answer = list(
        &running,
        &root,
        &format!("{ALL}?user_id={}&limit=1", id.as_str().unwrap()),
    )
    .await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let mut event = answer.json()["items"][0].clone();
    assert!(event["id"].take().as_str().is_some_and(|id| id.len() == 36));
    assert_eq!(
        event,
        json!({"id": null, "type": "role_changed", "at": "2030-03-17T17:46:42.123456Z", "actor_id": admin,
            "user_id": id, "session_id": session, "ip": "127.0.0.1", "user_agent": "desk", "request_id": "promotion-1",
            "result": "success", "reason": "administrator", "before": {"role": "USER", "is_active": true},
            "after": {"role": "ADMIN", "is_active": true}})
    );
}

#[tokio::test]
async fn a_failed_login_on_a_known_address_names_its_user() {
    let running = Running::start();
    let root = running.admin_token().await;
    let ada = running.app.register(ADA).await.id.to_string();
    for email in [ADA, "nobody@example.com"] {
        running.app.clock.advance(TimeDelta::seconds(1));
        let body = json!({"email": email, "password": "not the password"}).to_string();
        running.send(Request::post("/auth/login").json(body)).await;
    }
    let page = list(&running, &root, &format!("{ALL}?type=login&limit=2")).await.json();
    let told = |index: usize| {
        let item = &page["items"][index];
        json!([item["result"], item["reason"], item["user_id"], item["actor_id"]])
    };
    assert_eq!(told(0), json!(["failure", "unknown_account", null, null]));
    assert_eq!(told(1), json!(["failure", "wrong_password", ada, null]));
}

#[tokio::test]
async fn one_sees_what_happened_to_oneself_and_may_name_nobody_else() {
    let running = Running::start();
    let root = running.admin_token().await;
    running.app.clock.advance(TimeDelta::seconds(1));
    let ada = running.access_token().await;
    let admin = list(&running, &root, "/users/me").await.json()["id"].clone();
    let page = list(&running, &ada, OWN).await.json();
    let mut seen = types(&page);
    seen.sort_unstable();
    assert_eq!(
        (seen, &page["next_cursor"]),
        (vec!["login", "registration"], &Value::Null)
    );
    for query in [format!("?user_id={}", admin.as_str().unwrap()), "?user_id=x".to_owned()] {
        let refused = list(&running, &ada, &format!("{OWN}{query}")).await;
        assert_eq!(refused.flaws(), "#/user_id unknown_parameter\n", "{query}");
    }
}

#[tokio::test]
async fn events_are_filtered_and_read_by_the_page() {
    let running = Running::start();
    let root = running.admin_token().await;
    let ada = running.app.register(ADA).await.id;
    for _ in 0..3 {
        running.app.clock.advance(TimeDelta::minutes(1));
        running.log_in(ADA).await;
    }
    let of_ada = format!("{ALL}?user_id={ada}&type=login");
    let page = list(&running, &root, &format!("{of_ada}&limit=2")).await.json();
    assert_eq!(types(&page), ["login", "login"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = list(&running, &root, &format!("{of_ada}&limit=2&cursor={cursor}"))
        .await
        .json();
    assert_eq!((types(&rest).len(), &rest["next_cursor"]), (1, &Value::Null));
    for (since, count) in [
        ("2030-03-17T17:48:40.123456Z", 2),
        ("2030-03-17T17:48:40.123457Z", 1),
        ("2030-03-18T02:48:40.123456%2B09:00", 2),
        ("0001-01-01T00:00:00Z", 3),
        ("9999-12-31T23:59:59Z", 0),
    ] {
        let page = list(&running, &root, &format!("{of_ada}&since={since}")).await.json();
        assert_eq!(types(&page).len(), count, "{since}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_told_at_once() {
    let running = Running::start();
    let root = running.admin_token().await;
    for (query, flaws) in [
        (
            "?user_id=x&type=sudo&since=today&limit=0&cursor=x",
            "#/user_id not_an_id\n#/type not_an_event_type\n#/since not_a_time\n#/limit out_of_range\n\
                #/cursor not_a_cursor\n",
        ),
        ("?since=2030-03-17", "#/since not_a_time\n"),
        ("?since=2030-03-17T17:48:40+09:00", "#/since not_a_time\n"),
        ("?since=1900000000", "#/since not_a_time\n"),
        ("?type=LOGIN", "#/type not_an_event_type\n"),
        ("?user_id=019338a17c007a3b8d526f1e0c9b4a27", "#/user_id not_an_id\n"),
        ("?since=2030-03-17%2017:48:40Z", "#/since not_a_time\n"),
        ("?since=2030-03-17T17:48:60Z", "#/since not_a_time\n"),
        ("?since=0000-03-17T17:48:40Z", "#/since not_a_time\n"),
    ] {
        assert_eq!(
            list(&running, &root, &format!("{ALL}{query}")).await.flaws(),
            flaws,
            "{query}"
        );
    }
    let own = list(&running, &root, &format!("{OWN}?type=sudo&since=x")).await;
    assert_eq!(own.flaws(), "#/type not_an_event_type\n#/since not_a_time\n");
    for target in [ALL, OWN] {
        let answer = list(&running, &root, &format!("{target}?type=login&type=login")).await;
        answer.assert_problem(400, "repeated_parameter");
    }
}

#[test]
fn the_command_line_prints_events_in_the_shape_of_the_api() {
    let ada = user(ROOT);
    let state = |role| Some(AccountState { role, is_active: true });
    let event = AuditEvent {
        actor_id: Some(ada.id),
        user_id: Some(ada.id),
        session_id: Some(SessionId::from(ada.id.as_uuid())),
        origin: Origin {
            device: Device {
                address: Some("2001:db8::1".parse().unwrap()),
                user_agent: UserAgent::from_text("line \"1\""),
            },
            request_id: RequestId::parse("r-1"),
            device_token: None,
        },
        result: AuditResult::Failure,
        reason: Some(AuditReason::WrongPassword),
        before: state(Role::User),
        after: state(Role::Admin),
        ..event(1)
    };
    let (id, event_id) = (ada.id, event.id);
    assert_eq!(
        audit_event_json(&event.into()).unwrap(),
        format!(
            "{{\"id\":\"{event_id}\",\"type\":\"login\",\"at\":\"2030-03-17T17:46:41.123456Z\",\"actor_id\":\"{id}\",\
            \"user_id\":\"{id}\",\"session_id\":\"{id}\",\"ip\":\"2001:db8::1\",\"user_agent\":\"line \\\"1\\\"\",\
            \"request_id\":\"r-1\",\"result\":\"failure\",\"reason\":\"wrong_password\",\
            \"before\":{{\"role\":\"USER\",\"is_active\":true}},\"after\":{{\"role\":\"ADMIN\",\"is_active\":true}}}}"
        )
    );
}

fn of_a_newer_version(number: u32, format: i64, details: &str) -> AuditEntry {
    signed(AuditRecord {
        format,
        kind: "passkey_added".to_owned(),
        details: details.to_owned(),
        ..AuditRecord::from(event(number))
    })
}

#[tokio::test]
async fn an_event_of_a_newer_version_is_listed_with_all_that_can_be_said_of_it() {
    let running = Running::start();
    let root = running.admin_token().await;
    let details = r#"{"reason":"on_a_whim","client":"app","after":{"role":"AUDITOR","is_active":true,"level":2}}"#;
    let entries = [
        of_a_newer_version(1, 1, details),
        of_a_newer_version(2, 2, "whatever that may be"),
    ];
    let added: StoreResult<()> = running
        .app
        .store
        .write(move |repositories| entries.iter().try_for_each(|entry| repositories.audit().append(entry)))
        .await;
    added.unwrap();
    let page = list(&running, &root, &format!("{ALL}?limit=2")).await.json();
    let [of_another_format, known] = [0, 1].map(|index| page["items"][index].clone());
    assert_eq!(
        (&known["type"], &known["reason"], &known["client"], &known["after"]),
        (
            &json!("passkey_added"),
            &json!("on_a_whim"),
            &json!("app"),
            &json!({"role": "AUDITOR", "is_active": true, "level": 2})
        )
    );
    assert_eq!(
        (&of_another_format["type"], &of_another_format["reason"]),
        (&json!("passkey_added"), &Value::Null)
    );
}

#[test]
fn the_command_line_prints_every_member_of_a_newer_version() {
    let newer = of_a_newer_version(1, 1, r#"{"client":"app","factor":{"kind":"passkey"}}"#).record;
    let line = audit_event_json(&newer).unwrap();
    assert!(line.contains(r#""type":"passkey_added""#), "{line}");
    assert!(
        line.ends_with(r#","client":"app","factor":{"kind":"passkey"}}"#),
        "{line}"
    );
    // What the columns say stands there once.
    let shadowing = of_a_newer_version(1, 1, r#"{"type":"logout","actor_id":"x","ip":"x","client":"app"}"#).record;
    let line = audit_event_json(&shadowing).unwrap();
    for member in ["type", "actor_id", "ip", "client"] {
        assert_eq!(line.matches(&format!("\"{member}\":")).count(), 1, "{line}");
    }
    assert!(line.contains(r#""type":"passkey_added""#), "{line}");
    let of_another_format = of_a_newer_version(1, 2, "{}").record;
    assert_eq!(audit_event_json(&of_another_format), None);
}
