//! Below a path that a proxy takes away, every link starts with that path.

use crate::client::Request;
use crate::running::Running;
use portcullis_api::ApiSettings;
use portcullis_testkit::TemporaryStore;
use portcullis_web::OwnAddress;
use serde_json::{Value, json};
use std::sync::Arc;

const PREFIX: &str = "/sso";

/// A server that clients reach below the prefix, by its own paths.
fn behind_a_prefix() -> Running {
    let url = format!("https://example.org{PREFIX}/").parse().unwrap();
    let settings = ApiSettings {
        address: OwnAddress::Public(url),
        ..ApiSettings::default()
    };
    Running::with(Arc::new(TemporaryStore::new()), settings)
}

/// What every text in the value that begins with `/` is.
fn paths(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with('/') => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| paths(item, found)),
        Value::Object(members) => members.values().for_each(|member| paths(member, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_its_assets_and_its_document_are_below_the_path() {
    let running = behind_a_prefix();
    let greeting = running.send(Request::get("/")).await.json();
    assert_eq!(greeting["docs"], "/sso/docs");
    let page = running.send(Request::get("/docs")).await;
    let script = running.send(Request::get("/docs/initializer.js")).await;
    let texts = [page.text(), script.text()].concat();
    let links: Vec<&str> = texts.split('"').filter(|text| text.starts_with('/')).collect();
    assert_eq!(links.len(), 6, "{links:?}");
    for link in links {
        let own = link.strip_prefix(PREFIX).unwrap_or_else(|| panic!("{link}"));
        assert_eq!(running.send(Request::get(own)).await.status, 200, "{link}");
    }
    assert!(!texts.contains("{base}"), "{texts}");
}

#[tokio::test]
async fn the_document_names_the_path_as_its_server() {
    let running = behind_a_prefix();
    let mut document = running.send(Request::get("/openapi.json")).await.json();
    assert_eq!(document["servers"][0]["url"], PREFIX);
    let flow = &document["components"]["securitySchemes"]["password"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], "/sso/auth/token");
    // What problems look like is shown as it is answered; schemas describe servers anywhere.
    document["components"]["schemas"].take();
    let mut found = Vec::new();
    paths(&document, &mut found);
    assert!(found.len() > 100, "{found:?}");
    let astray: Vec<_> = found.iter().filter(|path| !path.starts_with(PREFIX)).collect();
    assert!(astray.is_empty(), "{astray:?}");
}

#[tokio::test]
async fn what_was_made_and_what_went_wrong_are_named_below_the_path() {
    let running = behind_a_prefix();
    let token = running.admin_token().await;
    let body = json!({"email": "ada@example.com", "full_name": "Ada Lovelace", "role": "USER"}).to_string();
    let made = running
        .send(Request::post("/admin/users").bearer(&token).json(body))
        .await;
    let own = format!("/admin/users/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(made.header("location"), Some(format!("{PREFIX}{own}").as_str()));
    assert_eq!(running.send(Request::get(&own).bearer(&token)).await.status, 200);
    for (target, kind) in [
        ("/nowhere", "/sso/problems/not_found"),
        ("/users/me", "/sso/problems/missing_access_token"),
        ("/admin/users/x%20", "/sso/problems/not_found"),
    ] {
        let problem = running.send(Request::get(target)).await.json();
        assert_eq!(problem["type"], kind, "{target}");
        let explained = running.send(Request::get(kind.strip_prefix(PREFIX).unwrap())).await;
        assert_eq!((explained.status, &explained.json()["type"]), (200, &problem["type"]));
    }
}
