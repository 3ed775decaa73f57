//! How much is read of a request, and for how long.

use crate::client::{Answer, Request};
use crate::running::Running;
use portcullis_testkit::TemporaryStore;
use portcullis_web::WebSettings;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(15);

/// Limits of time that no test waits for; each test sets the one that it is about.
fn patient() -> WebSettings {
    WebSettings {
        head_timeout: 4 * SOON,
        body_timeout: 4 * SOON,
        keep_alive: 4 * SOON,
        stall_timeout: 4 * SOON,
        ..WebSettings::default()
    }
}

const MEGABYTE: usize = 1 << 20;

#[tokio::test]
async fn a_declared_giant_is_refused_before_it_is_sent() {
    let running = Running::start();
    let request = Request::post("/auth/login")
        .header("content-type", "application/json")
        .header("content-length", "100000000");
    running.send(request).await.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_client_that_sends_a_giant_anyway_sees_the_refusal() {
    let running = Running::start();
    let answer = running
        .send(Request::post("/auth/login").json(vec![b' '; 100 * MEGABYTE]))
        .await;
    answer.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_body_in_chunks_is_refused_where_it_grows_too_large() {
    let running = Running::start();
    let request = Request::post("/auth/login")
        .header("content-type", "application/json")
        .header("transfer-encoding", "chunked");
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    connection.write_all(&request.head_bytes()).await.unwrap();
    let chunk = [b"10000\r\n", &vec![b' '; 0x10000][..], b"\r\n"].concat();
    for _ in 0..64 {
        drop(connection.write_all(&chunk).await);
    }
    let answer = Answer::read(&mut connection).await;
    answer.assert_problem(413, "body_too_large");
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_body_in_chunks_that_nobody_reads_closes_the_connection() {
    let running = Running::start();
    let request = b"PUT /users/me HTTP/1.1\r\nhost: portcullis.test\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n";
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    connection.write_all(request).await.unwrap();
    let answer = Answer::read(&mut connection).await;
    answer.assert_problem(401, "missing_access_token");
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_body_in_chunks_that_is_read_leaves_the_connection_open() {
    let running = Running::start();
    let request = b"POST /auth/logout HTTP/1.1\r\nhost: portcullis.test\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n15\r\n{\"refresh_token\": \"\"}\r\n0\r\n\r\n";
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    for _ in 0..2 {
        connection.write_all(request).await.unwrap();
        let answer = Answer::read(&mut connection).await;
        assert_eq!((answer.status, answer.header("connection")), (204, None));
    }
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_read() {
    let running = Running::start();
    let mut body = br#"{"refresh_token": "x"}"#.to_vec();
    body.resize(64 * 1024, b' ');
    assert_eq!(
        running
            .send(Request::post("/auth/logout").json(body.clone()))
            .await
            .status,
        204
    );
    body.push(b' ');
    let answer = running.send(Request::post("/auth/logout").json(body)).await;
    answer.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn large_bodies_share_what_they_may_take_and_small_ones_are_read_all_the_same() {
    let settings = WebSettings {
        bodies_limit: 80 * 1024,
        ..patient()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    let head = Request::post("/auth/logout")
        .header("content-type", "application/json")
        .header("content-length", "65536")
        .head_bytes();
    let mut unfinished = Vec::new();
    for _ in 0..2 {
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        connection.write_all(&head).await.unwrap();
        connection.write_all(&vec![b' '; 60_000]).await.unwrap();
        unfinished.push(connection);
    }
    let [first, second] = unfinished.as_mut_slice() else {
        panic!("there are two")
    };
    let refused = tokio::select! {
        answer = Answer::read(first) => answer,
        answer = Answer::read(second) => answer,
    };
    refused.assert_problem(503, "busy");
    let log_out = |length: usize| {
        let mut body = br#"{"refresh_token": "x"}"#.to_vec();
        body.resize(length, b' ');
        running.send(Request::post("/auth/logout").json(body))
    };
    assert_eq!(log_out(4096).await.status, 204);
    drop(unfinished);
    // What the others held is free once the server has seen that they are gone.
    let read = async { while log_out(64 * 1024).await.status != 204 {} };
    timeout(SOON, read).await.unwrap();
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let settings = WebSettings {
        body_timeout: Duration::from_millis(20),
        ..patient()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    for framing in [("content-length", "100"), ("transfer-encoding", "chunked")] {
        let request = Request::post("/auth/login")
            .header("content-type", "application/json")
            .header(framing.0, framing.1);
        let answer = timeout(SOON, running.send(request)).await.unwrap();
        answer.assert_problem(408, "request_timeout");
        assert_eq!(answer.header("connection"), Some("close"));
    }
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_given_up() {
    let settings = WebSettings {
        head_timeout: Duration::from_millis(20),
        ..patient()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    connection.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
    assert_eq!(answer.status, 408);
}

#[tokio::test]
async fn a_connection_whose_answers_nobody_reads_is_cut() {
    let settings = WebSettings {
        stall_timeout: Duration::from_millis(200),
        ..patient()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    let request = b"GET /docs/scalar-1.46.4.js HTTP/1.1\r\nhost: portcullis.test\r\n\r\n";
    connection.write_all(&request.repeat(20)).await.unwrap();
    let cut = async {
        // Each byte puts off the probe by which the server's side learns that nobody reads.
        let mut pause = tokio::time::interval(Duration::from_millis(700));
        while connection.write_all(b"\r").await.is_ok() {
            pause.tick().await;
        }
    };
    timeout(2 * SOON, cut).await.unwrap();
}
