//! What goes wrong behind the ports: told as a problem, logged with its cause, and the cause told to nobody.

use crate::client::Request;
use crate::log_lines::lines_of;
use crate::running::Running;
use async_trait::async_trait;
use portcullis_application::ports::{Access, Judge, Store, StoreError, StoreResult, Work};
use portcullis_domain::SessionId;
use serde_json::json;
use std::sync::Arc;

/// A store that does nothing but fail.
pub(crate) struct FailingStore(pub(crate) fn() -> StoreError);

#[async_trait]
impl Store for FailingStore {
    async fn run(&self, _: Access, _: Work) -> StoreResult<()> {
        Err((self.0)())
    }

    async fn run_rotation(&self, _: SessionId, _: Judge) -> StoreResult<bool> {
        Err((self.0)())
    }

    async fn check(&self) -> StoreResult<()> {
        Err((self.0)())
    }

    async fn probe(&self) -> StoreResult<()> {
        Err((self.0)())
    }
}

fn cause() -> anyhow::Error {
    anyhow::anyhow!("disk 7 is full").context("can't write /var/lib/secret-place")
}

#[tokio::test]
async fn a_failure_tells_the_log_everything_and_the_client_nothing() {
    for (fail, status, code, retry_after, level) in [
        (
            (|| StoreError::Unexpected(cause())) as fn() -> StoreError,
            500,
            "internal_error",
            None,
            "ERROR",
        ),
        (
            || StoreError::Unavailable(cause()),
            503,
            "unavailable",
            Some("5"),
            "WARN",
        ),
    ] {
        let running = Running::on(Arc::new(FailingStore(fail)));
        let login = Request::post("/auth/login").json(json!({"email": "a@b.example", "password": "x"}).to_string());
        for (number, request) in [login, Request::get("/health/ready")].into_iter().enumerate() {
            let id = format!("failure-{code}-{number}");
            let answer = running.send(request.header("x-request-id", &id)).await;
            let problem = answer.assert_problem(status, code).to_string();
            assert_eq!(answer.header("retry-after"), retry_after);
            assert!(
                !problem.contains("disk") && !problem.contains("secret-place"),
                "{problem}"
            );
            let lines = lines_of(&id);
            let told: Vec<_> = lines.iter().filter(|line| line.contains("disk 7 is full")).collect();
            assert_eq!(told.len(), 1, "{lines:?}");
            assert!(told[0].contains("secret-place") && told[0].contains(level), "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_busy_store_asks_to_try_again() {
    let running = Running::on(Arc::new(FailingStore(|| StoreError::Busy)));
    let answer = running.send(Request::get("/health/ready")).await;
    answer.assert_problem(503, "busy");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_token_is_not_trusted_while_the_store_is_away() {
    let elsewhere = Running::start();
    let token = elsewhere.access_token().await;
    let running = Running::on(Arc::new(FailingStore(|| StoreError::Unavailable(cause()))));
    let answer = running.send(Request::get("/users/me").bearer(&token)).await;
    answer.assert_problem(503, "unavailable");
}

#[tokio::test]
async fn a_server_whose_store_is_away_still_lives() {
    let running = Running::on(Arc::new(FailingStore(|| StoreError::Busy)));
    let answer = running.send(Request::get("/health/live")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok"})));
}
