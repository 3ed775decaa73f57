//! Requests that are sent ahead, bodies that nobody reads, and what else comes on a connection that goes on.

use crate::client::{Answer, Request};
use crate::connections::{GET, NEVER, SOON, assert_closed, connect, impatient, last_answer, only_answer};
use crate::running::Running;
use portcullis_api::ApiSettings;
use portcullis_testkit::TemporaryStore;
use portcullis_web::WebSettings;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

fn log_out(framing: &str, body: &str) -> String {
    format!("POST /auth/logout HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{framing}\r\n\r\n{body}")
}

/// Requests of every framing in one piece.
fn mixed() -> (String, Vec<u16>) {
    let requests = [
        (GET.to_owned(), 200),
        (log_out("content-length: 21", r#"{"refresh_token": ""}"#), 204),
        (format!("\r\n{GET}"), 200),
        (
            log_out(
                "transfer-encoding: chunked",
                "15;a=b\r\n{\"refresh_token\": \"\"}\r\n0\r\nc: d\r\n\r\n",
            ),
            204,
        ),
        (log_out("content-length: 1", "{"), 400),
        (log_out("transfer-encoding: Chunked", "1\r\n{\r\n0\r\n\r\n"), 400),
        (GET.to_owned(), 200),
        (
            "GET /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".to_owned(),
            404,
        ),
        ("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n".to_owned(), 200),
        (GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"), 200),
    ];
    let text = requests.iter().map(|(text, _)| text.as_str()).collect();
    (text, requests.into_iter().map(|(_, status)| status).collect())
}

/// All that is answered to a text that arrives in parts of that size.
async fn answers_to(running: &Running, text: &str, size: usize) -> String {
    let mut connection = connect(running).await;
    connection.set_nodelay(true).unwrap();
    let (mut reading, mut writing) = connection.split();
    let sending = async {
        for part in text.as_bytes().chunks(size) {
            if writing.write_all(part).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let receiving = async {
        let mut received = Vec::new();
        reading.read_to_end(&mut received).await.unwrap();
        String::from_utf8(received).unwrap()
    };
    let ((), received) = timeout(SOON, async { tokio::join!(sending, receiving) }).await.unwrap();
    received
}

fn statuses(received: &str) -> Vec<u16> {
    let answers = received.match_indices("HTTP/1.");
    answers
        .map(|(at, _)| received[at + 9..at + 12].parse().unwrap())
        .collect()
}

#[tokio::test]
async fn requests_that_are_sent_ahead_are_answered_in_order_however_they_arrive() {
    let running = impatient(NEVER, NEVER);
    let last = GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let text = format!("{GET}\r\n{GET}{GET}{last}");
    for size in [text.len(), 1, 2, 7, 50, 100] {
        let received = answers_to(&running, &text, size).await;
        assert_eq!(statuses(&received), [200; 4], "in parts of {size}");
    }
    let (text, expected) = mixed();
    assert_eq!(statuses(&answers_to(&running, &text, text.len()).await), expected);
}

/// While a body that was sent ahead is still arriving, actix-http may close the connection after an answer before it. Then
/// it says so, and a client sends the rest again.
#[tokio::test]
async fn where_a_body_sent_ahead_arrives_in_parts_no_request_is_taken_for_another() {
    let running = impatient(NEVER, NEVER);
    let (text, expected) = mixed();
    for size in [1, 2, 7, 50, 333] {
        let received = answers_to(&running, &text, size).await;
        let answered = statuses(&received);
        assert!(
            !answered.is_empty() && expected.starts_with(&answered),
            "{answered:?} in parts of {size}"
        );
        let last = &received[received.rfind("HTTP/1.").unwrap()..];
        assert!(last.contains("connection: close"), "in parts of {size}: {last}");
    }
}

#[tokio::test]
async fn what_looks_like_a_request_in_a_body_that_nobody_reads_is_none() {
    let running = Running::start();
    let refused = |framing: &str, body: &str| format!("PUT /users/me HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n{body}");
    for framing in [
        "transfer-encoding: chunked".to_owned(),
        format!("content-length: {}", GET.len()),
    ] {
        let answer = only_answer(&running, refused(&framing, GET).as_bytes()).await;
        answer.assert_problem(401, "missing_access_token");
        assert_eq!(answer.header("connection"), Some("close"));
    }
}

#[tokio::test]
async fn who_still_sends_a_body_that_nobody_reads_gets_the_answer() {
    let running = Running::start();
    let (mut reading, mut writing) = connect(&running).await.into_split();
    let head = b"PUT /users/me HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n";
    writing.write_all(head).await.unwrap();
    // More than the systems of both sides hold: the server reads it, though nobody needs it.
    for _ in 0..64 {
        writing.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
    }
    drop(writing);
    let mut received = String::new();
    timeout(SOON, reading.read_to_string(&mut received))
        .await
        .unwrap()
        .unwrap();
    assert!(received.starts_with("HTTP/1.1 401 "), "{received}");
    assert!(received.contains("\r\nconnection: close\r\n"), "{received}");
}

#[tokio::test]
async fn broken_chunks_are_answered_once_and_the_connection_closed() {
    let running = Running::start();
    for body in [
        "3\nabc\n0\n\n",
        "x\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "10000000000000000\r\n",
    ] {
        let bytes = log_out("transfer-encoding: chunked", body) + GET;
        let (_, answer) = last_answer(&running, bytes.as_bytes(), 0).await;
        answer.assert_problem(400, "malformed_body");
    }
}

#[tokio::test]
async fn an_upgrade_and_a_tunnel_are_requests_without_a_next() {
    let running = Running::start();
    for (head, status) in [
        (
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            200,
        ),
        ("CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n", 404),
    ] {
        let bytes = format!("{head}{GET}");
        let answer = only_answer(&running, bytes.as_bytes()).await;
        assert_eq!(answer.status, status, "{head}");
    }
}

#[tokio::test]
async fn whoever_offers_another_protocol_is_told_that_the_connection_ends() {
    let running = Running::start();
    let chunks = "15\r\n{\"refresh_token\": \"\"}\r\n0\r\n\r\n";
    for (bytes, status) in [
        (
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n".to_owned(),
            200,
        ),
        (
            "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n\r\n"
                .to_owned(),
            404,
        ),
        (
            log_out(
                "transfer-encoding: chunked\r\nconnection: upgrade\r\nupgrade: websocket",
                chunks,
            ),
            204,
        ),
    ] {
        let answer = only_answer(&running, bytes.as_bytes()).await;
        assert_eq!(
            (answer.status, answer.header("connection")),
            (status, Some("close")),
            "{bytes}"
        );
    }
}

#[tokio::test]
async fn a_body_has_the_length_that_it_says_although_the_client_offers_another_protocol() {
    let running = impatient(NEVER, NEVER);
    let offer = "connection: upgrade\r\nupgrade: websocket";
    for (framing, body, status) in [
        ("content-length: 21\r\n", r#"{"refresh_token": ""}"#, 204),
        ("content-length: 1\r\n", "{", 400),
        // Without a body there is no token.
        ("", "", 422),
        (
            "transfer-encoding: chunked\r\n",
            "15\r\n{\"refresh_token\": \"\"}\r\n0\r\n\r\n",
            204,
        ),
    ] {
        let head = log_out(&format!("{framing}{offer}"), "");
        let mut connection = connect(&running).await;
        connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
        assert_eq!(answer.status, status, "{head}");
    }
    // What stands behind the body is no part of it, and no request.
    let sent = log_out(&format!("content-length: 21\r\n{offer}"), r#"{"refresh_token": ""}"#) + GET;
    assert_eq!(only_answer(&running, sent.as_bytes()).await.status, 204);
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_until_one_ends() {
    let settings = WebSettings {
        max_connections: 1,
        ..WebSettings::default()
    };
    let running = Running::with(Arc::new(TemporaryStore::new()), settings);
    let mut first = connect(&running).await;
    first.write_all(GET.as_bytes()).await.unwrap();
    assert_eq!(Answer::read(&mut first).await.status, 200);
    let mut next = connect(&running).await;
    next.write_all(GET.as_bytes()).await.unwrap();
    for _ in 0..100 {
        first.write_all(GET.as_bytes()).await.unwrap();
        assert_eq!(Answer::read(&mut first).await.status, 200);
    }
    assert!(next.try_read(&mut [0]).is_err(), "it was not made to wait");
    drop(first);
    let answer = timeout(SOON, Answer::read(&mut next)).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn an_expected_continue_is_sent_before_the_body() {
    let running = Running::start();
    let mut connection = connect(&running).await;
    for _ in 0..2 {
        let head = log_out("content-length: 21\r\nexpect: 100-continue", "");
        connection.write_all(head.as_bytes()).await.unwrap();
        let interim = timeout(SOON, Answer::read_head(&mut connection)).await.unwrap();
        assert_eq!(interim.status, 100);
        connection.write_all(br#"{"refresh_token": ""}"#).await.unwrap();
        let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (204, None));
    }
}

#[tokio::test]
async fn a_client_that_has_said_all_still_gets_its_answers() {
    let running = Running::start();
    let mut connection = connect(&running).await;
    connection.write_all(GET.repeat(5).as_bytes()).await.unwrap();
    connection.write_all(b"GET / HTT").await.unwrap();
    connection.shutdown().await.unwrap();
    for _ in 0..5 {
        let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
        assert_eq!(answer.status, 200);
    }
    assert_closed(&mut connection).await;
}

#[tokio::test]
async fn what_is_sent_ahead_is_not_read_while_a_request_is_answered() {
    let running = Running::with_small_buffer(ApiSettings {
        longest_wait: Duration::from_secs(1),
        ..ApiSettings::default()
    });
    running.app.upkeep.begin().await.unwrap();
    let known = running.send(Request::get("/revocations")).await;
    let waits = format!(
        "GET /revocations?wait=30 HTTP/1.1\r\nhost: x\r\nif-none-match: {}\r\n\r\n",
        known.header("etag").unwrap()
    );
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(4096).unwrap();
    let (mut reading, mut writing) = socket.connect(running.address).await.unwrap().into_split();
    writing.write_all(waits.as_bytes()).await.unwrap();
    let ahead = GET.repeat(100_000 / GET.len());
    tokio::select! {
        biased;
        _ = writing.write_all(ahead.as_bytes()) => panic!("all of it was read"),
        byte = reading.read_u8() => assert_eq!(byte.unwrap(), b'H'),
    }
}

#[tokio::test]
async fn many_requests_ahead_are_all_answered() {
    const COUNT: usize = 1_000;
    let running = Running::start();
    let (mut reading, mut writing) = connect(&running).await.into_split();
    let sending = tokio::spawn(async move {
        writing.write_all(GET.repeat(COUNT).as_bytes()).await.unwrap();
        writing.shutdown().await.unwrap();
    });
    let mut received = Vec::new();
    timeout(4 * SOON, reading.read_to_end(&mut received))
        .await
        .unwrap()
        .unwrap();
    sending.await.unwrap();
    let received = String::from_utf8(received).unwrap();
    assert_eq!(received.matches("HTTP/1.1 200 OK").count(), COUNT);
}
