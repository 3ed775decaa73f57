//! The interactive page and what it loads.

use crate::client::Request;
use crate::running::Running;
use flate2::read::GzDecoder;
use portcullis_api::{ApiSettings, Docs, openapi_json};
use portcullis_testkit::TemporaryStore;
use regex::Regex;
use serde_json::{Value, json};
use std::io::Read as _;
use std::sync::Arc;

/// The file that shows the document.
const SCALAR: &str = "scalar-1.46.4.js";

#[tokio::test]
async fn every_asset_is_of_a_documented_type() {
    let running = Running::start();
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let documented = &document["paths"]["/docs/{asset}"]["get"]["responses"]["200"]["content"];
    for asset in [SCALAR, "initializer.js", "page.css", "icon.svg"] {
        let answer = running.send(Request::get(&format!("/docs/{asset}"))).await;
        let media_type = answer.header("content-type").unwrap();
        assert!(documented[media_type].is_object(), "{asset}: {media_type}");
    }
}

#[tokio::test]
async fn without_its_page_a_server_knows_nothing_of_it() {
    let settings = ApiSettings {
        docs: Docs::Off,
        ..ApiSettings::default()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    for target in ["/docs", "/docs/initializer.js", "/openapi.json"] {
        for method in ["GET", "POST"] {
            let answer = running.send(Request::new(method, target)).await;
            answer.assert_problem(404, "not_found");
        }
    }
    let greeting = running.send(Request::get("/")).await.json();
    assert_eq!(greeting.get("docs"), Some(&Value::Null));
    assert_eq!(running.send(Request::get("/health/live")).await.status, 200);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_all_that_it_loads_is_there() {
    let running = Running::start();
    let page = running.send(Request::get("/docs")).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let links: Vec<&str> = page
        .text()
        .split(['"'])
        .filter(|text| text.starts_with('/') || text.contains("//"))
        .collect();
    assert_eq!(links.len(), 5, "{links:?}");
    for link in links {
        let answer = running.send(Request::get(link)).await;
        assert_eq!(answer.status, 200, "{link}");
        assert!(!answer.body.is_empty());
    }
    assert!(!page.text().contains("<script>") && !page.text().contains("style="));
}

#[tokio::test]
async fn what_the_page_loads_is_compressed_for_who_takes_that() {
    let running = Running::start();
    for target in [
        "/docs",
        "/docs/initializer.js",
        "/docs/page.css",
        "/openapi.json",
        &format!("/docs/{SCALAR}"),
    ] {
        let plain = running.send(Request::get(target)).await;
        assert_eq!(plain.header("content-encoding"), None, "{target}");
        for (accepted, is_compressed) in [
            ("gzip, deflate, br", true),
            ("GZIP;q=0.5", true),
            ("br", false),
            ("gzip;q=0", false),
            ("", false),
        ] {
            let request = Request::get(target).header("accept-encoding", accepted);
            let answer = running.send(request).await;
            let encoding = is_compressed.then_some("gzip");
            assert_eq!(answer.header("content-encoding"), encoding, "{target}: {accepted}");
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{target}");
            assert_eq!(answer.header("content-type"), plain.header("content-type"));
            let mut body = answer.body.clone();
            if is_compressed {
                body.clear();
                GzDecoder::new(&answer.body[..]).read_to_end(&mut body).unwrap();
                assert!(answer.body.len() < plain.body.len(), "{target}");
            }
            assert!(body == plain.body, "{target}: {accepted}");
        }
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let running = Running::start();
    let for_good = "public, max-age=31536000, immutable";
    for (target, keeping) in [
        ("/docs", "no-cache"),
        ("/docs/initializer.js", "no-cache"),
        ("/openapi.json", "no-cache"),
        (&format!("/docs/{SCALAR}"), for_good),
    ] {
        let first = running.send(Request::get(target)).await;
        assert_eq!(first.header("cache-control"), Some(keeping), "{target}");
        let tag = first.header("etag").unwrap();
        for (known, status) in [(tag, 304), ("*", 304), ("\"another\"", 200), ("no tag", 200)] {
            let again = running.send(Request::get(target).header("if-none-match", known)).await;
            assert_eq!(again.status, status, "{target}: {known}");
            assert_eq!(again.body.is_empty(), status == 304);
            assert_eq!(
                (again.header("etag"), again.header("cache-control")),
                (Some(tag), Some(keeping))
            );
        }
    }
}

#[test]
fn what_a_reader_sends_from_the_page_is_what_the_reader_typed() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut bodies = 0;
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|parameter| parameter["in"] != "path") {
                // `null` is what Rust's crate answers for a member that is not there.
                assert_eq!(parameter["example"], Value::Null, "{parameter}");
                assert_eq!(parameter["schema"]["examples"], Value::Null, "{parameter}");
            }
            for content in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                let name = content.1["schema"]["$ref"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap();
                let body = &document["components"]["schemas"][name];
                for (member, schema) in body["properties"].as_object().into_iter().flatten() {
                    assert_eq!(schema["examples"], Value::Null, "{name} {member}");
                }
                // A body all of whose members may be left out would be filled with whatever they may be.
                let may_be_empty = body["required"].is_null();
                assert_eq!(
                    body["examples"],
                    if may_be_empty { json!([{}]) } else { Value::Null },
                    "{name}"
                );
                bodies += 1;
            }
        }
    }
    assert_eq!(bodies, 41);
}

/// The steps of the introduction, by name and call, are the first calls of their group, in that order and by those names.
#[test]
fn the_first_steps_name_the_calls_as_the_list_does_and_in_its_order() {
    let text = openapi_json();
    let document: Value = serde_json::from_str(&text).unwrap();
    let introduction = document["info"]["description"].as_str().unwrap();
    let step = Regex::new(r"(?m)^[0-9]\. \*\*(.+)\.\*\* \[`POST (/auth/.+?)`\]\(#tag/auth/POST(/auth/.+?)\)").unwrap();
    let mut places = Vec::new();
    for found in step.captures_iter(introduction) {
        let (name, path) = (&found[1], &found[2]);
        assert_eq!(path, &found[3], "where the link leads");
        assert_eq!(document["paths"][path]["post"]["summary"], name, "{path}");
        places.push(text.find(&format!("\"{path}\": {{")).unwrap());
    }
    assert_eq!(places.len(), 4, "{introduction}");
    assert!(places.is_sorted(), "{places:?}");
    assert!(places[3] < text.find("\"/users/me\": {").unwrap());
    assert!(places[0] < text.find("\"/auth/verify\": {").unwrap());
}

#[tokio::test]
async fn other_assets_are_not_there() {
    let running = Running::start();
    for name in ["index.html", "scalar.js", "nothing", "..", "page.html"] {
        let answer = running.send(Request::get(&format!("/docs/{name}"))).await;
        answer.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_document_tells_by_what_files_are_known_and_by_what_answers_differ() {
    let running = Running::start();
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    for (target, path) in [
        ("/openapi.json", "/openapi.json"),
        ("/docs", "/docs"),
        ("/docs/icon.svg", "/docs/{asset}"),
        ("/problems/not_found", "/problems/{code}"),
    ] {
        let responses = &document["paths"][path]["get"]["responses"];
        let first = running.send(Request::get(target)).await;
        for header in ["etag", "vary"] {
            let is_told = responses["200"]["headers"][header].is_object();
            assert_eq!(first.header(header).is_some(), is_told, "{target} {header}");
        }
        let Some(tag) = first.header("etag") else { continue };
        let again = running.send(Request::get(target).header("if-none-match", tag)).await;
        assert_eq!(again.status, 304, "{target}");
        for header in ["etag", "vary"] {
            assert!(again.header(header).is_some(), "{target} {header}");
            assert!(responses["304"]["headers"][header].is_object(), "{target} {header}");
        }
    }
}
