//! One line a request, without anything that was sent but the request's id.

use crate::client::Request;
use crate::running::{ADA, Running};
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Clock;
use portcullis_testkit::build::PASSWORD;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// All that the tests of this program log, in JSON.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Workers have threads of their own, so only a subscriber of the whole program hears them.
static SUBSCRIBED: LazyLock<()> = LazyLock::new(|| {
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| Log)
        .init();
});

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to keep the log.
pub(crate) fn listen() {
    LazyLock::force(&SUBSCRIBED);
}

/// The lines about the request of that id.
pub(crate) fn lines_of(id: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8(log.clone()).unwrap();
    text.lines()
        .filter(|line| line.contains(&format!(r#""request_id":"{id}""#)))
        .map(str::to_owned)
        .collect()
}

/// The one line that says how the request of that id was answered.
fn answered(id: &str) -> Value {
    let lines = lines_of(id);
    let answered: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["fields"]["message"] == "answered")
        .collect();
    assert_eq!(answered.len(), 1, "{lines:?}");
    answered[0]["fields"].clone()
}

#[tokio::test]
async fn a_request_is_one_line_of_method_route_status_and_duration() {
    let running = Running::start();
    for (request, id, expected) in [
        (
            Request::get("/users/me?token=hidden"),
            "line-1",
            json!(["GET", "/users/me", 401]),
        ),
        (Request::new("HEAD", "/"), "line-2", json!(["HEAD", "/", 200])),
        (
            Request::get("/docs/hidden"),
            "line-3",
            json!(["GET", "/docs/{asset}", 404]),
        ),
        (Request::get("/hidden/path"), "line-4", json!(["GET", "unmatched", 404])),
        (
            Request::get("/%0d%0ahidden"),
            "line-5",
            json!(["GET", "unmatched", 404]),
        ),
    ] {
        running.send(request.header("x-request-id", id)).await;
        let line = answered(id);
        assert_eq!(json!([line["method"], line["route"], line["status"]]), expected);
        assert_eq!(line["duration_ms"], json!(0.0));
        assert!(!line.to_string().contains("hidden"), "{line}");
    }
}

#[tokio::test]
async fn a_check_for_a_proxy_is_told_at_debug_where_the_caller_may_pass() {
    let running = Running::start();
    let token = running.access_token().await;
    for (target, id, level) in [
        ("/auth/verify", "check-1", "DEBUG"),
        ("/auth/verify?role=ADMIN", "check-2", "INFO"),
        ("/users/me", "check-3", "INFO"),
    ] {
        let request = Request::get(target).bearer(&token).header("x-request-id", id);
        running.send(request).await;
        answered(id);
        let line = lines_of(id).into_iter().find(|line| line.contains("answered")).unwrap();
        assert!(line.contains(&format!(r#""level":"{level}""#)), "{line}");
    }
}

/// Goes on by 137 µs whenever it is read.
struct TickingClock(Mutex<DateTime<Utc>>);

impl Clock for TickingClock {
    fn now(&self) -> DateTime<Utc> {
        let mut time = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *time += TimeDelta::microseconds(137);
        *time
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test]
async fn the_duration_is_in_milliseconds_to_the_microsecond() {
    let running = Running::by(Arc::new(TickingClock(Mutex::new(DateTime::UNIX_EPOCH))));
    running.send(Request::get("/").header("x-request-id", "ticks")).await;
    assert_eq!(answered("ticks")["duration_ms"], json!(0.137));
}

#[tokio::test]
async fn nothing_secret_is_logged() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let access_token = tokens["access_token"].as_str().unwrap();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let secrets = [
        "new password of Ada",
        "wrong password of Ada",
        PASSWORD,
        access_token,
        refresh_token,
    ];
    let refresh = json!({"refresh_token": refresh_token}).to_string();
    for (number, request) in [
        Request::post("/auth/login").json(json!({"email": ADA, "password": PASSWORD}).to_string()),
        Request::post("/auth/login").json(json!({"email": ADA, "password": secrets[1]}).to_string()),
        Request::post("/auth/login").json(format!(r#"{{"password": "{PASSWORD}", broken"#)),
        Request::post("/auth/register").json(json!({"password": "x", "full_name": secrets[0]}).to_string()),
        Request::post("/auth/refresh").json(refresh.clone()),
        Request::get("/users/me").bearer(access_token),
        Request::get(&format!("/{refresh_token}?t={access_token}")),
        Request::put("/users/me/password")
            .bearer(access_token)
            .json(json!({"current_password": PASSWORD, "new_password": secrets[0]}).to_string()),
        Request::post("/auth/logout").json(refresh),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("secret-{number}");
        running.send(request.header("x-request-id", &id)).await;
        let lines = lines_of(&id).join("\n");
        assert!(!lines.is_empty());
        for secret in secrets {
            assert!(!lines.contains(secret), "{secret} in {lines}");
        }
    }
}
