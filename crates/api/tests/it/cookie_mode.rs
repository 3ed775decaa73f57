//! The refresh token in a cookie.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use chrono::TimeDelta;
use portcullis_api::ApiSettings;
use portcullis_testkit::TemporaryStore;
use portcullis_testkit::build::PASSWORD;
use portcullis_web::{Cookies, OwnAddress, TrustedPages};
use serde_json::{Value, json};
use std::sync::Arc;

const OWN: &str = "https://auth.example.org";
const APP: &str = "https://app.example.org";
const NAME: &str = "__Host-portcullis-refresh";

fn settings() -> ApiSettings {
    let address = OwnAddress::Public(OWN.parse().unwrap());
    ApiSettings {
        cookies: Cookies::at(&address, "0.0.0.0"),
        pages: TrustedPages {
            own: vec![OWN.to_owned()],
            allowed: APP.parse().unwrap(),
        },
        address,
        ..ApiSettings::default()
    }
}

/// A server where Ada is signed up.
async fn running() -> Running {
    let running = Running::with(Arc::new(TemporaryStore::new()), settings());
    running.app.register(ADA).await;
    running
}

fn log_in(target: &str) -> Request {
    let body = json!({"email": ADA, "password": PASSWORD}).to_string();
    Request::post(target).header("origin", APP).json(body)
}

/// What an answer says of the cookie with the refresh token. That of the device stands beside it after a sign-in.
fn refresh_cookie(answer: &Answer) -> Option<&str> {
    let lines = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let mut of_it = lines.filter(|(_, line)| line.contains("portcullis-refresh="));
    let line = of_it.next().map(|(_, line)| line.as_str());
    assert!(of_it.next().is_none(), "the cookie is set twice");
    line
}

/// What the cookie holds that an answer sets, checked for what else it says.
#[track_caller]
fn set_by(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tokens = answer.json();
    assert!(tokens["access_token"].is_string() && tokens.get("refresh_token").is_none());
    assert_eq!(
        (&tokens["expires_in"], &tokens["token_type"]),
        (&json!(900), &json!("bearer"))
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let line = refresh_cookie(answer).unwrap();
    let (value, attributes) = line.split_once("; ").unwrap();
    let (_, seconds) = attributes.split_once("Max-Age=").unwrap();
    let (seconds, _) = seconds.split_once(';').unwrap();
    assert!((1..=604_800).contains(&seconds.parse().unwrap()), "{line}");
    let expected = format!("Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict; Secure");
    assert_eq!(attributes, expected);
    value.strip_prefix(&format!("{NAME}=")).unwrap().to_owned()
}

async fn signed_in(running: &Running) -> String {
    set_by(&running.send(log_in("/auth/login?cookie=true")).await)
}

/// An empty body, as `fetch` sends it, with the cookie among others.
fn by_cookie(target: &str, token: &str) -> Request {
    Request::post(target)
        .header("origin", APP)
        .header("cookie", format!("a=1; {NAME}={token}; b=2"))
        .header("content-length", "0")
}

/// The same, as a program sends it that does not know the length of nothing.
fn by_cookie_in_chunks(target: &str, token: &str) -> Request {
    Request::post(target)
        .header("origin", APP)
        .header("cookie", format!("{NAME}={token}"))
        .in_chunks("")
}

async fn refresh(running: &Running, token: &str) -> Answer {
    running.send(by_cookie("/auth/refresh", token)).await
}

#[track_caller]
fn assert_cleared(answer: &Answer) {
    let cleared = format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
    assert_eq!(refresh_cookie(answer), Some(cleared.as_str()));
}

async fn is_live(running: &Running, access: &Value) -> bool {
    let profile = Request::get("/users/me").bearer(access.as_str().unwrap());
    running.send(profile).await.status == 200
}

#[tokio::test]
async fn every_way_to_sign_in_sets_the_cookie_when_asked() {
    let running = running().await;
    let form = format!("username={ADA}&password={}", PASSWORD.replace(' ', "+"));
    for request in [
        log_in("/auth/login?cookie=true"),
        Request::post("/auth/login?cookie=true&foo=1")
            .header("origin", APP)
            .form(&form),
        Request::post("/auth/token?foo=1&foo=2&cookie=true")
            .header("origin", OWN)
            .form(&form),
    ] {
        let token = set_by(&running.send(request).await);
        set_by(&refresh(&running, &token).await);
    }
    for target in ["/auth/login", "/auth/login?cookie=false", "/auth/login?cookie="] {
        let answer = running.send(log_in(target)).await;
        assert!(answer.json()["refresh_token"].is_string(), "{target}");
        assert_eq!(refresh_cookie(&answer), None, "{target}");
    }
}

#[tokio::test]
async fn an_odd_value_is_refused_before_anybody_is_signed_in() {
    let running = running().await;
    let answer = running.send(log_in("/auth/login?cookie=yes")).await;
    assert_eq!(answer.flaws(), "#/cookie wrong_type\n");
    let form = format!("username={ADA}&password={}", PASSWORD.replace(' ', "+"));
    let odd = running.send(Request::post("/auth/token?cookie=yes").form(&form)).await;
    odd.assert_oauth_error("validation_failed", "invalid_request");
    let twice = Request::post("/auth/token?cookie=true&cookie=true").form(&form);
    running
        .send(twice)
        .await
        .assert_oauth_error("repeated_parameter", "invalid_request");
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_are_both_served() {
    let running = running().await;
    let first = signed_in(&running).await;
    let (one, other) = tokio::join!(refresh(&running, &first), refresh(&running, &first));
    let second = set_by(&one);
    assert_eq!(second, set_by(&other));
    assert!(is_live(&running, &one.json()["access_token"]).await);
    assert!(is_live(&running, &other.json()["access_token"]).await);
    assert_ne!(set_by(&refresh(&running, &second).await), second);
}

#[tokio::test]
async fn a_cookie_of_before_a_crash_is_good_until_its_successor_is_used() {
    let running = running().await;
    let first = signed_in(&running).await;
    let second = set_by(&refresh(&running, &first).await);
    running.app.clock.advance(TimeDelta::days(2));
    assert_eq!(set_by(&refresh(&running, &first).await), second);
    let third = refresh(&running, &second).await;
    set_by(&third);
    let stolen = refresh(&running, &first).await;
    stolen.assert_problem(401, "invalid_refresh_token");
    assert_cleared(&stolen);
    assert!(!is_live(&running, &third.json()["access_token"]).await);
}

#[tokio::test]
async fn signing_out_by_cookie_ends_the_session_and_takes_the_cookie_away() {
    let running = running().await;
    let login = running.send(log_in("/auth/login?cookie=true")).await;
    let token = set_by(&login);
    let answer = running.send(by_cookie("/auth/logout", &token)).await;
    assert_eq!((answer.status, answer.text()), (204, ""));
    assert_cleared(&answer);
    assert!(!is_live(&running, &login.json()["access_token"]).await);
    let over = refresh(&running, &token).await;
    over.assert_problem(401, "invalid_refresh_token");
    assert_cleared(&over);
    // Of what is no token of ours, too, so that a browser need not bring it again.
    let made_up = running.send(by_cookie("/auth/logout", "made-up")).await;
    assert_eq!(made_up.status, 204);
    assert_cleared(&made_up);
}

#[tokio::test]
async fn a_body_beside_the_cookie_is_one_too_many_and_neither_is_one_too_few() {
    let running = running().await;
    let token = signed_in(&running).await;
    for target in ["/auth/refresh", "/auth/logout"] {
        for body in [json!({"refresh_token": token}), json!({})] {
            let request = Request::post(target)
                .header("origin", APP)
                .header("cookie", format!("{NAME}={token}"))
                .json(body.to_string());
            let answer = running.send(request).await;
            answer.assert_problem(400, "two_refresh_tokens");
            assert_eq!(refresh_cookie(&answer), None);
        }
        for neither in [
            Request::post(target),
            Request::post(target).header("content-length", "0"),
            Request::post(target).json(""),
            Request::post(target).header("cookie", "portcullis-refresh=x; __Secure-portcullis-refresh=x"),
            Request::post(target).header("cookie", b"\xff\xfe=;;=; \x80"),
            Request::post(target).in_chunks(""),
        ] {
            let answer = running.send(neither).await;
            let problem = answer.assert_problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "#/refresh_token");
            assert_eq!(problem["errors"][0]["code"], "required");
        }
        let unknown = running.send(by_cookie(&format!("{target}?x=1"), &token)).await;
        unknown.assert_problem(422, "validation_failed");
    }
    set_by(&refresh(&running, &token).await);
}

#[tokio::test]
async fn an_empty_body_in_chunks_is_none_and_a_full_one_needs_its_type() {
    let running = running().await;
    let token = signed_in(&running).await;
    let next = set_by(&running.send(by_cookie_in_chunks("/auth/refresh", &token)).await);
    let full = Request::post("/auth/refresh").header("origin", APP).in_chunks("{}");
    running.send(full).await.assert_problem(415, "unsupported_media_type");
    let over = running.send(by_cookie_in_chunks("/auth/logout", &next)).await;
    assert_eq!(over.status, 204);
}

#[tokio::test]
async fn two_cookies_of_one_name_are_told_of_and_taken_away() {
    let running = running().await;
    let token = signed_in(&running).await;
    let twice = |target: &str| Request::post(target).header("cookie", format!("{NAME}={token}; {NAME}=other"));
    for target in ["/auth/refresh", "/auth/logout"] {
        let answer = running.send(twice(target).header("origin", APP)).await;
        answer.assert_problem(400, "two_refresh_tokens");
        assert_cleared(&answer);
        let elsewhere = running.send(twice(target)).await;
        elsewhere.assert_problem(403, "cross_site_request");
        assert_eq!(refresh_cookie(&elsewhere), None);
    }
    // A body says which is meant.
    let tokens = running.send(log_in("/auth/login")).await.json();
    let body = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    assert_eq!(running.send(twice("/auth/refresh").json(body)).await.status, 200);
    set_by(&refresh(&running, &token).await);
}

#[tokio::test]
async fn only_pages_of_ours_and_of_allowed_origins_call_with_the_cookie() {
    let running = running().await;
    let token = signed_in(&running).await;
    let credentials = json!({"email": ADA, "password": PASSWORD}).to_string();
    for (headers, is_allowed) in [
        (&[("origin", OWN)][..], true),
        (&[("origin", APP)], true),
        (&[("origin", APP), ("sec-fetch-site", "same-site")], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://evil-app.example.org")], false),
        (&[("origin", "https://app.example.org.evil.com")], false),
        (&[("origin", "http://app.example.org")], false),
        (&[("origin", "https://app.example.org:8443")], false),
        (&[("origin", "null"), ("sec-fetch-site", "same-origin")], false),
        (&[("origin", APP), ("origin", APP)], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "none")], false),
        (&[("referer", "https://auth.example.org/")], false),
    ] {
        let with_headers = |mut request: Request| {
            for (name, value) in headers {
                request = request.header(name, value);
            }
            request
        };
        let cookie = format!("{NAME}={token}");
        let by_cookie = |target| with_headers(Request::post(target).header("cookie", &cookie));
        let log_in = with_headers(Request::post("/auth/login?cookie=true").json(credentials.clone()));
        if is_allowed {
            set_by(&running.send(log_in).await);
            set_by(&running.send(by_cookie("/auth/refresh")).await);
            continue;
        }
        for request in [log_in, by_cookie("/auth/refresh"), by_cookie("/auth/logout")] {
            let answer = running.send(request).await;
            answer.assert_problem(403, "cross_site_request");
            assert_eq!(refresh_cookie(&answer), None, "{headers:?}");
        }
    }
    // Nothing was spent or ended by those that were refused.
    set_by(&refresh(&running, &token).await);
}

#[tokio::test]
async fn what_sends_its_token_in_the_body_need_not_be_a_page() {
    let running = running().await;
    let tokens = running.send(log_in("/auth/login")).await.json();
    let body = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let request = Request::post("/auth/refresh")
        .header("origin", "https://evil.example")
        .json(body);
    let answer = running.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(refresh_cookie(&answer), None);
}

#[tokio::test]
async fn a_token_of_a_cookie_is_none_in_a_body_and_the_other_way_round() {
    let running = running().await;
    let by_cookie = running.send(log_in("/auth/login?cookie=true")).await;
    let in_body = running.send(log_in("/auth/login")).await.json();
    let token = set_by(&by_cookie);
    let body = json!({"refresh_token": token}).to_string();
    let refused = running.send(Request::post("/auth/refresh").json(body)).await;
    refused.assert_problem(401, "invalid_refresh_token");
    assert_eq!(refresh_cookie(&refused), None);
    let refused = refresh(&running, in_body["refresh_token"].as_str().unwrap()).await;
    refused.assert_problem(401, "invalid_refresh_token");
    assert!(is_live(&running, &by_cookie.json()["access_token"]).await);
    assert!(is_live(&running, &in_body["access_token"]).await);
}

#[tokio::test]
async fn a_session_moves_from_the_body_into_the_cookie_when_asked() {
    let running = running().await;
    let tokens = running.send(log_in("/auth/login")).await.json();
    let body = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let into_cookie = Request::post("/auth/refresh?cookie=true").json(body.clone());
    running
        .send(into_cookie.clone())
        .await
        .assert_problem(403, "cross_site_request");
    let token = set_by(&running.send(into_cookie.header("sec-fetch-site", "same-origin")).await);
    set_by(&refresh(&running, &token).await);
    let spent = running.send(Request::post("/auth/refresh").json(body)).await;
    spent.assert_problem(401, "invalid_refresh_token");
}

#[tokio::test]
async fn where_there_are_no_cookies_none_is_set_and_none_is_read() {
    let settings = ApiSettings {
        cookies: None,
        ..settings()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    running.app.register(ADA).await;
    for target in ["/auth/login?cookie=true", "/auth/refresh?cookie=true"] {
        let body = json!({"email": ADA, "password": PASSWORD});
        let body = if target.starts_with("/auth/login") {
            body
        } else {
            json!({"refresh_token": "x"})
        };
        let request = Request::post(target).header("origin", APP).json(body.to_string());
        let answer = running.send(request).await;
        answer.assert_problem(409, "cookies_off");
        assert_eq!(refresh_cookie(&answer), None);
    }
    let answer = running.send(by_cookie("/auth/refresh", "x")).await;
    answer.assert_problem(422, "validation_failed");
}

#[tokio::test]
async fn the_cookie_follows_the_address() {
    for (url, line) in [
        ("http://localhost:8000", "portcullis-refresh=;; Path=/; HttpOnly"),
        (
            "https://example.org/sso",
            "__Secure-portcullis-refresh=;; Path=/sso; HttpOnly; Secure",
        ),
    ] {
        let address = OwnAddress::Public(url.parse().unwrap());
        let settings = ApiSettings {
            cookies: Cookies::at(&address, "0.0.0.0"),
            address,
            ..settings()
        };
        let running = Running::with(Arc::new(TemporaryStore::new()), settings);
        running.app.register(ADA).await;
        let answer = running.send(log_in("/auth/login?cookie=true")).await;
        let set = refresh_cookie(&answer).unwrap();
        let (start, rest) = line.split_once(";; ").unwrap();
        assert!(set.starts_with(start), "{set}");
        for attribute in ["Secure", "HttpOnly", "Path=/", "Path=/sso"] {
            let is_expected = rest.split("; ").any(|expected| expected == attribute);
            assert_eq!(
                set.split("; ").any(|has| has == attribute),
                is_expected,
                "{attribute}: {set}"
            );
        }
    }
}

#[tokio::test]
async fn a_form_of_a_page_from_elsewhere_signs_nobody_in_and_names_no_device() {
    let running = running().await;
    let form = format!("username={ADA}&password={}", PASSWORD.replace(' ', "+"));
    let post = |target: &str| Request::post(target).form(&form);
    for target in ["/auth/login", "/auth/token"] {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let refused = running.send(post(target).header(name, value)).await;
            refused.assert_problem(403, "cross_site_request");
            assert!(refused.headers.iter().all(|(header, _)| header != "set-cookie"));
        }
        for (name, value) in [("origin", OWN), ("origin", APP), ("accept", "*/*")] {
            let answer = running.send(post(target).header(name, value)).await;
            assert_eq!(answer.status, 200, "{target} {name}: {}", answer.text());
        }
    }
}
