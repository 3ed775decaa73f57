//! What holds for every request: its id, its method and path, and the headers of its answer.

use crate::client::{Answer, Request};
use crate::running::Running;
use actix_web::dev::Service;
use actix_web::web::{ReqData, ServiceConfig, get, resource};
use actix_web::{HttpMessage, HttpResponse, rt};
use portcullis_testkit::TemporaryStore;
use portcullis_web::current_request_id;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Barrier;

#[tokio::test]
async fn a_well_formed_request_id_is_kept() {
    let running = Running::start();
    for id in ["a", "A-z_0.9", &"x".repeat(128)] {
        let answer = running.send(Request::get("/").header("x-request-id", id)).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
}

#[tokio::test]
async fn no_two_requests_get_the_same_id() {
    let running = Running::start();
    let mut ids = BTreeSet::new();
    for _ in 0..200 {
        let answer = running.send(Request::get("/")).await;
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 200);
}

#[tokio::test]
async fn any_other_request_id_is_replaced_by_a_new_one() {
    let running = Running::start();
    let mut ids = BTreeSet::new();
    let cases: [&[u8]; 6] = [b"", b"two words", b"a\"b", b"\xff", b"a\tb", &[b'x'; 129]];
    for id in cases {
        let answer = running.send(Request::get("/nowhere").header("x-request-id", id)).await;
        answer.assert_problem(404, "not_found");
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    ids.insert(
        running
            .send(Request::get("/"))
            .await
            .header("x-request-id")
            .unwrap()
            .to_owned(),
    );
    assert_eq!(ids.len(), 7);
    // 2030-03-17 17:46:40.123 in a UUIDv7.
    assert!(
        ids.iter().all(|id| id.len() == 36 && id.starts_with("01ba60d3-387b-7")),
        "{ids:?}"
    );
}

/// What [`current_request_id`] gives: in the middleware of a route before it has a future, in the handler, after the handler has
/// waited until another request is there too, in a task of its own, and on another thread.
fn tell_request_ids(config: &mut ServiceConfig) {
    static BOTH_ARE_HERE: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
    #[derive(Clone)]
    struct Before(String);
    let told = || current_request_id().map_or_else(|| "none".to_owned(), |id| id.as_str().to_owned());
    let handler = move |before: ReqData<Before>| async move {
        let first = told();
        BOTH_ARE_HERE.wait().await;
        let later = told();
        let spawned = rt::spawn(async move { told() }).await.unwrap();
        let elsewhere = rt::task::spawn_blocking(told).await.unwrap();
        HttpResponse::Ok().body(
            [&before.0, &first, &later, &spawned, &elsewhere]
                .map(String::as_str)
                .join(" "),
        )
    };
    let route = resource("/ids").route(get().to(handler));
    config.service(route.wrap_fn(move |request, next| {
        request.extensions_mut().insert(Before(told()));
        next.call(request)
    }));
}

#[tokio::test]
async fn a_handler_finds_the_id_of_its_request() {
    let routes: fn(&mut ServiceConfig) = tell_request_ids;
    let running = Running::with(Arc::new(TemporaryStore::new()), routes);
    let sent = |id: &'static str| running.send(Request::get("/ids").header("x-request-id", id));
    let (one, another) = tokio::join!(sent("one"), sent("another"));
    assert_eq!(one.text(), "one one one none none");
    assert_eq!(another.text(), "another another another none none");
}

#[tokio::test]
async fn a_known_path_names_its_methods() {
    let running = Running::start();
    for (method, target, allow) in [
        ("GET", "/auth/refresh", "POST"),
        ("HEAD", "/auth/refresh", "POST"),
        ("DELETE", "/auth/login", "POST"),
        ("POST", "/users/me", "GET, HEAD, PUT, DELETE"),
        ("TRACE", "/users/me", "GET, HEAD, PUT, DELETE"),
        ("OPTIONS", "/", "GET, HEAD"),
        ("BREW", "/docs/initializer.js", "GET, HEAD"),
    ] {
        let answer = running.send(Request::new(method, target)).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some(allow)),
            "{method} {target}"
        );
        if method != "HEAD" {
            answer.assert_problem(405, "method_not_allowed");
        }
    }
}

#[tokio::test]
async fn a_path_has_one_spelling() {
    let running = Running::start();
    for target in [
        "//auth/login",
        "/auth//login",
        "/auth/login/",
        "/auth/login;x",
        "/%61uth/login",
        "/auth%2flogin",
        "/AUTH/LOGIN",
        "/auth/./login",
        "/x/../auth/login",
    ] {
        let answer = running.send(Request::post(target).json("{}")).await;
        answer.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let running = Running::start();
    let token = running.access_token().await;
    for target in [
        "/",
        "/docs",
        "/openapi.json",
        "/health/live",
        "/health/ready",
        "/users/me",
    ] {
        let get = running.send(Request::get(target).bearer(&token)).await;
        let head = running.send(Request::new("HEAD", target).bearer(&token)).await;
        assert_eq!((get.status, head.status), (200, 200), "{target}");
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert!(head.body.is_empty() && !get.body.is_empty());
    }
}

/// A request with that `Host` alone, and nothing where there is none.
async fn with_host(running: &Running, target: &str, version: &str, host: Option<&[u8]>) -> Answer {
    let mut head = format!("GET {target} {version}\r\nconnection: close\r\n").into_bytes();
    if let Some(host) = host {
        head.extend_from_slice(&[b"host: ", host, b"\r\n"].concat());
    }
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    connection.write_all(&[&head[..], b"\r\n"].concat()).await.unwrap();
    Answer::read(&mut connection).await
}

#[tokio::test]
async fn a_host_that_is_none_is_refused_and_any_other_does_not_matter() {
    let running = Running::start();
    let refused: [&[u8]; 24] = [
        b"a b",
        b"a\tb",
        b"a/b",
        b"a\\b",
        b"a?b",
        b"a#b",
        b"user@host",
        b"user:word@host",
        b"@host",
        b":80",
        b"host:port",
        b"host:-1",
        b"host:+80",
        b"host:65536",
        b"host:99999",
        b"host:80:80",
        b"::1",
        b"[::1",
        b"[::1]x",
        b"[::g]",
        b"a[::1]",
        b"<host>",
        b"\xc3\xa4.example",
        b"http://host",
    ];
    for host in refused {
        for target in ["/", "/auth/verify", "/nowhere", "/%61", "http://a.example/"] {
            let answer = with_host(&running, target, "HTTP/1.1", Some(host)).await;
            answer.assert_problem(400, "malformed_host");
        }
    }
    for host in [
        "",
        "localhost",
        "LOCALHOST:8000",
        "web.1",
        "auth.internal.0:80",
        "1.2.3.4.5",
        "a.example",
        "a.example.",
        "portcullis_app:8000",
        "127.0.0.1",
        "[::1]:8000",
        "xn--bcher-kva.example",
        "host:",
        "evil.example:1",
    ] {
        let answer = with_host(&running, "/health/live", "HTTP/1.1", Some(host.as_bytes())).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    assert_eq!(with_host(&running, "/health/live", "HTTP/1.0", None).await.status, 200);
}

#[tokio::test]
async fn a_target_in_absolute_form_names_a_host_too() {
    let running = Running::start();
    for target in ["http://user@a.example/", "http://a.example:port/", "http://[::g]/"] {
        let answer = with_host(&running, target, "HTTP/1.1", Some(b"a.example")).await;
        answer.assert_problem(400, "malformed_host");
    }
    let elsewhere = with_host(
        &running,
        "http://a.example:1/health/live",
        "HTTP/1.1",
        Some(b"b.example"),
    );
    assert_eq!(elsewhere.await.status, 200);
}
