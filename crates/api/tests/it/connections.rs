//! What never becomes a request, and how requests follow each other on one connection.

use crate::client::Answer;
use crate::running::Running;
use futures_util::future::join_all;
use portcullis_testkit::TemporaryStore;
use portcullis_web::WebSettings;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(crate) const SOON: Duration = Duration::from_secs(15);

pub(crate) const GET: &str = "GET /health/live HTTP/1.1\r\nhost: portcullis.test\r\n\r\n";

pub(crate) async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address).await.unwrap()
}

/// Sends those bytes; returns the answers to so many requests before, and the last, after which the server closes.
pub(crate) async fn last_answer(running: &Running, bytes: &[u8], before: usize) -> (Vec<Answer>, Answer) {
    let mut connection = connect(running).await;
    connection.write_all(bytes).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..before {
        answers.push(timeout(SOON, Answer::read(&mut connection)).await.unwrap());
    }
    let last = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
    assert_closed(&mut connection).await;
    (answers, last)
}

/// Sends those bytes and nothing more; returns the one answer.
pub(crate) async fn only_answer(running: &Running, bytes: &[u8]) -> Answer {
    let mut connection = connect(running).await;
    connection.write_all(bytes).await.unwrap();
    let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
    // The server would go on reading for a while what nobody needs.
    connection.shutdown().await.unwrap();
    assert_closed(&mut connection).await;
    answer
}

pub(crate) async fn assert_closed(connection: &mut TcpStream) {
    let mut rest = Vec::new();
    timeout(SOON, connection.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8_lossy(&rest), "", "something follows");
}

/// What is sent, and the status of its refusal.
fn malformed() -> Vec<(Vec<u8>, u16)> {
    let of = |lines: &str| format!("POST /auth/logout HTTP/1.1\r\nhost: x\r\n{lines}\r\n").into_bytes();
    let mut cases: Vec<_> = [
        &b"GET / HTTP/1.1\r\nhost: x\r\na: b\r c\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.2\r\nhost: x\r\n\r\n",
        b"GET / HTTP/2.0\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"G\0T / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /auth/logout HTTP/1.0\r\n\r\n",
        b"POST /auth/logout HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ]
    .into_iter()
    .map(|bytes| (bytes.to_vec(), 400))
    .collect();
    for lines in [
        "content-length: 2\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 2\r\n",
        "content-length: 2\r\ncontent-length: 2\r\n",
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: 2, 2\r\n",
        "content-length: +2\r\n",
        "content-length: -2\r\n",
        "content-length: 0x2\r\n",
        "content-length: 99999999999999999999\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding : chunked\r\n",
        "content-length : 2\r\n",
        "a: b\r\n c\r\n",
        "a: b\r\n\tc\r\n",
        " a: b\r\n",
        "a\0: b\r\n",
        "a: b\0\r\n",
        ": b\r\n",
        "a\r\n",
    ] {
        cases.push((of(lines), 400));
    }
    cases.push((of(&"a: b\r\n".repeat(97)), 431));
    // Of a head that is too large nothing is left unread, or the system would take the answer back.
    cases.push((vec![b'x'; 1 << 17], 431));
    cases
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_connection_closed() {
    let running = Running::start();
    for (bytes, status) in malformed() {
        let (_, answer) = last_answer(&running, &bytes, 0).await;
        let sent = String::from_utf8_lossy(&bytes);
        assert_eq!((answer.status, answer.body.len()), (status, 0), "{sent:.200?}");
    }
}

#[tokio::test]
async fn a_refusal_comes_after_the_answers_to_the_requests_before_it() {
    let running = Running::start();
    for (bytes, status) in malformed() {
        let bytes = [GET.repeat(3).as_bytes(), &bytes].concat();
        let (before, answer) = last_answer(&running, &bytes, 3).await;
        assert!(before.iter().all(|answer| answer.status == 200));
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn nothing_after_a_refusal_is_answered() {
    let running = Running::start();
    let bytes = format!("GET / HTTP/1.1\r\n\r\n{GET}");
    let (_, answer) = last_answer(&running, bytes.as_bytes(), 0).await;
    assert_eq!(answer.status, 400);
}

/// A server that waits for heads, and between requests, no longer than that.
pub(crate) fn impatient(head: Duration, between: Duration) -> Running {
    let settings = WebSettings {
        head_timeout: head,
        body_timeout: NEVER,
        keep_alive: between,
        ..WebSettings::default()
    };
    Running::with(Arc::new(TemporaryStore::new()), settings)
}

/// Actix counts from a time that it looks up twice a second, and never ends a wait that was over before it began.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Longer than any test runs.
pub(crate) const NEVER: Duration = Duration::from_mins(10);

#[tokio::test]
async fn a_first_head_that_does_not_arrive_is_refused() {
    let running = impatient(AT_ONCE, NEVER);
    let parts = ["", "\r\n", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: x\r\n\r"];
    let answers = parts.map(|part| last_answer(&running, part.as_bytes(), 0));
    for (part, (_, answer)) in parts.iter().zip(join_all(answers).await) {
        assert_eq!(answer.status, 408, "{part:?}");
    }
}

#[tokio::test]
async fn a_head_is_not_waited_for_longer_because_it_comes_byte_by_byte() {
    let running = impatient(AT_ONCE, NEVER);
    let (mut reading, mut writing) = connect(&running).await.into_split();
    let sending = tokio::spawn(async move {
        let mut pause = tokio::time::interval(AT_ONCE / 10);
        // It has no end.
        for byte in GET.trim_end().bytes().chain(std::iter::repeat(b'x')) {
            pause.tick().await;
            if writing.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    });
    let mut received = Vec::new();
    timeout(SOON, reading.read_to_end(&mut received))
        .await
        .unwrap()
        .unwrap();
    assert!(received.starts_with(b"HTTP/1.1 408 "));
    sending.abort();
}

#[tokio::test]
async fn a_connection_that_idles_is_closed_in_silence() {
    let running = impatient(NEVER, AT_ONCE);
    let mut connection = connect(&running).await;
    connection.write_all(GET.as_bytes()).await.unwrap();
    assert_eq!(Answer::read(&mut connection).await.status, 200);
    assert_closed(&mut connection).await;
}

#[tokio::test]
async fn a_request_puts_the_end_of_an_idle_connection_off() {
    let running = impatient(NEVER, Duration::from_secs(3));
    let mut connection = connect(&running).await;
    let mut pause = tokio::time::interval(Duration::from_secs(1));
    // The last comes four seconds after the first.
    for _ in 0..5 {
        pause.tick().await;
        connection.write_all(GET.as_bytes()).await.unwrap();
        assert_eq!(Answer::read(&mut connection).await.status, 200);
    }
    assert_closed(&mut connection).await;
}
