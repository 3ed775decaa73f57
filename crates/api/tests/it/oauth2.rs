//! What clients of the provider are told when something goes wrong.

use crate::client::{Answer, Request, sent};
use crate::running::Running;
use serde_json::Value;

/// Checks that this is an error of OAuth (RFC 6749, section 5.2), and nothing more.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, error: &str) -> String {
    let body = answer.json();
    assert_eq!((answer.status, body["error"].as_str()), (status, Some(error)), "{body}");
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error", "error_description"]);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());
    let is_allowed = |letter: char| matches!(letter, ' ' | '!' | '#'..='[' | ']'..='~');
    let told = body["error_description"].as_str().unwrap();
    assert!(!told.is_empty() && told.chars().all(is_allowed), "{body}");
    told.to_owned()
}

#[tokio::test]
async fn what_is_refused_before_any_call_is_told_as_oauth_tells_it() {
    let running = Running::start();
    for target in ["/oauth2/", "/oauth2/nothing", "/oauth2/%74oken"] {
        let answer = running.send(Request::get(target)).await;
        assert_error(&answer, 404, "invalid_request");
    }
    let answer = sent(
        running.address,
        b"GET /oauth2/nothing HTTP/1.1\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert_error(&answer, 400, "invalid_request");
}

#[tokio::test]
async fn other_paths_are_answered_by_problems() {
    let running = Running::start();
    for target in ["/oauth2", "/oauth3/token", "/users/oauth2/"] {
        let answer = running.send(Request::get(target)).await;
        let problem: Value = answer.assert_problem(404, "not_found");
        assert_eq!(problem.get("error"), None);
    }
}
