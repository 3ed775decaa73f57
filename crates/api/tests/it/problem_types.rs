//! The `type` of a problem leads to what the problem is.

use crate::client::{Answer, Request};
use crate::running::Running;
use portcullis_api::openapi_json;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The codes in `docs/api.md`, each with its status.
fn told() -> BTreeMap<String, u16> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let status = cells.next()?.parse().ok()?;
        Some((cells.next()?.trim_matches('`').to_owned(), status))
    });
    rows.collect()
}

#[tokio::test]
async fn every_kind_of_problem_is_told_documented_and_explained() {
    let running = Running::start();
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let told = told();
    let codes: BTreeSet<&str> = told.keys().map(String::as_str).collect();
    for schema in ["Problem", "ProblemType"] {
        let listed = &document["components"]["schemas"][schema]["properties"]["code"]["enum"];
        let listed: BTreeSet<&str> = listed.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(listed, codes, "{schema}");
    }
    for (code, status) in &told {
        let path = format!("/problems/{code}");
        let answer = running.send(Request::get(&path)).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/json")),
            "{code}"
        );
        assert_eq!(
            (&body["type"], &body["code"], &body["status"]),
            (&json!(path), &json!(code), &json!(status))
        );
        let page = explained_to(&running, &path, "text/html").await;
        for member in ["title", "detail", "code"] {
            let text = body[member].as_str().unwrap();
            assert!(
                page.text().contains(text) && !text.contains(['<', '>', '&']),
                "{code}: {text}"
            );
        }
    }
}

#[test]
fn every_problem_that_a_call_answers_is_a_documented_kind() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let told = told();
    let mut shown = BTreeSet::new();
    for operation in document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
    {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let examples = response["content"]["application/problem+json"]["examples"].as_object();
            for code in examples.into_iter().flat_map(|examples| examples.keys()) {
                let as_told = told[code].to_string() == *status;
                // Who is signed in is not told 401, or programs would refresh.
                let is_unfit = code == "invalid_code" && status == "422";
                // As `invalid_grant` of OAuth: a code to redeem is no sign-in that failed.
                let is_unredeemed = operation["operationId"] == "exchange_social_code" && status == "400";
                assert!(
                    as_told
                        || is_unfit
                        || is_unredeemed
                        || operation["operationId"] == "log_in_by_form" && status == "400",
                    "{code}"
                );
                shown.insert(code.clone());
            }
        }
    }
    assert!(shown.len() > 15, "{shown:?}");
}

async fn explained_to(running: &Running, path: &str, accept: &str) -> Answer {
    running.send(Request::get(path).header("accept", accept)).await
}

#[tokio::test]
async fn a_browser_is_sent_a_page_and_a_program_json() {
    let running = Running::start();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    for (accept, is_page) in [
        (browser, true),
        ("text/html", true),
        ("application/json;q=0.5, text/html;q=0.6", true),
        ("*/*", false),
        ("", false),
        ("application/json", false),
        ("application/*", false),
        ("application/json, text/html;q=0.9", false),
        ("text/html;q=0, */*;q=0.1", false),
        ("text/html;q=0", false),
        ("image/png", false),
        ("nonsense", false),
    ] {
        let answer = explained_to(&running, "/problems/busy", accept).await;
        let media_type = if is_page {
            "text/html; charset=utf-8"
        } else {
            "application/json"
        };
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(media_type)),
            "{accept}"
        );
        assert_eq!(answer.header("vary"), Some("accept"), "{accept}");
    }
}

#[tokio::test]
async fn what_is_no_kind_of_problem_is_not_found() {
    let running = Running::start();
    for code in ["nothing", "BUSY", "busy/", "..", "x.html"] {
        let answer = explained_to(&running, &format!("/problems/{code}"), "text/html").await;
        answer.assert_problem(404, "not_found");
    }
}
