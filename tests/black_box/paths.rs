//! Paths, methods and requests that no honest client sends.

use crate::app::TestApp;
use crate::client::{PASSWORD, send};
use crate::{on_both_databases, on_sqlite};
use reqwest::Method;
use std::time::{Duration, Instant};

/// What browsers would rather read.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

on_both_databases!(injection_in_an_identifier_finds_nobody,);

on_sqlite!(
    smuggled_requests_are_refused,
    the_type_of_a_problem_leads_to_what_it_is,
    who_mistypes_an_address_reads_a_page,
);

async fn injection_in_an_identifier_finds_nobody(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    let started = Instant::now();
    for identifier in [
        "' OR 1=1--",
        "ada@example.org'--",
        "a@b'||pg_sleep(30)--",
        "ada@example.org\"; DROP TABLE users;--",
        "%",
        "_",
    ] {
        let status = app.anonymous().log_in(identifier, PASSWORD).await.status;
        assert!(status == 401 || status == 422, "{identifier}: {status}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "something slept");
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
}

async fn smuggled_requests_are_refused(app: TestApp) {
    for head in [
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
        "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nna me: y\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
    ] {
        let answer = app.anonymous().raw(head.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && !answer.contains("HTTP/1.1 2"),
            "{head:?}: {answer}"
        );
    }
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
}

async fn who_mistypes_an_address_reads_a_page(app: TestApp) {
    let asked = async |path: &str, accept: &str| {
        let request = app.anonymous().request(Method::GET, path);
        send(request.header("accept", accept)).await
    };
    for path in ["/acount", "/users/nobody/nothing"] {
        let page = asked(path, BROWSER).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (404, "text/html; charset=utf-8"),
            "{page:?}"
        );
        assert!(
            page.text.contains("There is nothing here") && page.text.contains("\"/account\""),
            "{page:?}"
        );
        assert_eq!(page.header("cache-control"), "no-store");
        for accept in ["application/json", "*/*"] {
            asked(path, accept).await.assert_problem(404, "not_found");
        }
    }
    // A call that is there is answered as a call, and what programs use stays theirs.
    asked("/users/me", BROWSER)
        .await
        .assert_problem(401, "missing_access_token");
    let below = asked("/oauth2/nothing", BROWSER).await;
    assert_eq!((below.status, below.member("error").as_str()), (404, "invalid_request"));
}

async fn the_type_of_a_problem_leads_to_what_it_is(app: TestApp) {
    let problem = app.anonymous().me().await;
    problem.assert_problem(401, "missing_access_token");
    let explained = app.anonymous().get(&problem.member("type")).await;
    assert_eq!(
        (explained.status, explained.member("code")),
        (200, problem.member("code"))
    );
    let browser = app.anonymous().request(Method::GET, &problem.member("type"));
    let page = send(browser.header("accept", "text/html,*/*;q=0.8")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains(&problem.member("title")), "{page:?}");
    let unknown = app.anonymous().get("/problems/nothing").await;
    unknown.assert_problem(404, "not_found");
}
