//! What never becomes a request, and how requests follow each other on one connection.

use crate::client::Answer;
use crate::log_lines::lines_of;
use crate::running::Running;
use chrono::{DateTime, TimeDelta, Utc};
use portcullis_application::ports::Clock;
use portcullis_http::HttpSettings;
use portcullis_testkit::TemporaryStore;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(15);

const GET: &str = "GET /health/live HTTP/1.1\r\nhost: portcullis.test\r\n\r\n";

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address).await.unwrap()
}

/// Sends those bytes; returns the answers to so many requests before, and the last, after which the server closes.
async fn last_answer(running: &Running, bytes: &[u8], before: usize) -> (Vec<Answer>, Answer) {
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
async fn only_answer(running: &Running, bytes: &[u8]) -> Answer {
    let mut connection = connect(running).await;
    connection.write_all(bytes).await.unwrap();
    let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
    // The server would go on reading for a while what nobody needs.
    connection.shutdown().await.unwrap();
    assert_closed(&mut connection).await;
    answer
}

async fn assert_closed(connection: &mut TcpStream) {
    let mut rest = Vec::new();
    timeout(SOON, connection.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8_lossy(&rest), "", "something follows");
}

/// What is sent, and the status and code of its refusal.
fn malformed() -> Vec<(Vec<u8>, u16, &'static str)> {
    let of = |lines: &str| format!("POST /auth/logout HTTP/1.1\r\nhost: x\r\n{lines}\r\n").into_bytes();
    let mut cases: Vec<_> = [
        &b"\n"[..],
        b"\r\n\r\n",
        b"GET / HTTP/1.1\nhost: x\n\n",
        b"GET / HTTP/1.1\r\nhost: x\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n\n",
        b"GET / HTTP/1.1\r\nhost: x\r\na: b\r c\r\n\r\n",
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
    .map(|bytes| (bytes.to_vec(), 400, "malformed_request"))
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
        cases.push((of(lines), 400, "malformed_request"));
    }
    cases.push((of(&"a: b\r\n".repeat(97)), 431, "head_too_large"));
    cases.push((of(&format!("a: {}\r\n", "x".repeat(1 << 17))), 431, "head_too_large"));
    cases.push((vec![b'x'; 1 << 18], 431, "head_too_large"));
    cases
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_a_problem_and_the_connection_closed() {
    let running = Running::start();
    for (bytes, status, code) in malformed() {
        let (_, answer) = last_answer(&running, &bytes, 0).await;
        answer.assert_problem(status, code);
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("date").is_some());
    }
}

#[tokio::test]
async fn a_refusal_comes_after_the_answers_to_the_requests_before_it() {
    let running = Running::start();
    for (bytes, status, code) in malformed() {
        let bytes = [GET.repeat(3).as_bytes(), &bytes].concat();
        let (before, answer) = last_answer(&running, &bytes, 3).await;
        assert!(
            before
                .iter()
                .all(|answer| answer.status == 200 && answer.header("connection").is_none())
        );
        answer.assert_problem(status, code);
    }
}

#[tokio::test]
async fn a_refusal_waits_for_the_end_of_a_large_answer() {
    let running = Running::start();
    let bytes = GET.replace("/health/live", "/docs/swagger-ui-bundle.js") + "\n";
    let (before, answer) = last_answer(&running, bytes.as_bytes(), 1).await;
    assert!(before[0].status == 200 && before[0].body.len() > 1 << 20);
    answer.assert_problem(400, "malformed_request");
}

#[tokio::test]
async fn nothing_after_a_refusal_is_answered() {
    let running = Running::start();
    let bytes = format!("GET / HTTP/1.1\nhost: x\n\n{GET}");
    let (_, answer) = last_answer(&running, bytes.as_bytes(), 0).await;
    answer.assert_problem(400, "malformed_request");
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(1)
    }
}

#[tokio::test]
async fn a_refusal_is_one_line_of_the_log_without_what_was_sent() {
    // The id is made of the time, so that it is found among the lines of other tests.
    let running = Running::by(Arc::new(StoppedClock));
    let bytes = b"GET /hidden HTTP/1.1\r\nhost: hidden\r\nx-request-id: forged\n\r\n";
    let (_, answer) = last_answer(&running, bytes, 0).await;
    let id = answer.header("x-request-id").unwrap();
    assert_ne!(id, "forged");
    let lines = lines_of(id);
    assert!(lines.len() == 1 && !lines[0].contains("hidden"), "{lines:?}");
    let fields = &serde_json::from_str::<Value>(&lines[0]).unwrap()["fields"];
    assert_eq!(
        *fields,
        json!({"message": "answered", "method": "unknown", "route": "unmatched", "status": 400, "duration_ms": 0.0})
    );
}

/// A server that waits for heads, and between requests, no longer than that.
fn impatient(head: Duration, between: Duration) -> Running {
    let settings = HttpSettings {
        head_timeout: head,
        body_timeout: NEVER,
        keep_alive: between,
        ..HttpSettings::default()
    };
    Running::with(Arc::new(TemporaryStore::new()), settings)
}

const AT_ONCE: Duration = Duration::from_millis(20);

/// Longer than any test runs.
const NEVER: Duration = Duration::from_mins(10);

#[tokio::test]
async fn a_head_that_does_not_arrive_is_refused_whether_it_is_the_first_or_not() {
    // A request that does arrive has more time to do so.
    for (before, head) in [(0, AT_ONCE), (1, 50 * AT_ONCE)] {
        let running = impatient(head, NEVER);
        for part in ["\r\n", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: x\r\n\r"] {
            let bytes = GET.repeat(before) + part;
            let (_, answer) = last_answer(&running, bytes.as_bytes(), before).await;
            answer.assert_problem(408, "request_timeout");
            assert_eq!(answer.header("connection"), Some("close"));
        }
    }
}

#[tokio::test]
async fn a_head_is_not_waited_for_longer_because_it_comes_byte_by_byte() {
    let running = impatient(10 * AT_ONCE, NEVER);
    let (mut reading, mut writing) = connect(&running).await.into_split();
    let sending = tokio::spawn(async move {
        let mut pause = tokio::time::interval(AT_ONCE);
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
async fn a_connection_that_sends_nothing_is_refused_at_first_and_closed_in_silence_later() {
    let running = impatient(AT_ONCE, NEVER);
    let (_, answer) = last_answer(&running, b"", 0).await;
    answer.assert_problem(408, "request_timeout");
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

#[tokio::test]
async fn requests_that_are_sent_ahead_are_answered_in_order_however_they_arrive() {
    let running = impatient(NEVER, NEVER);
    let (text, expected) = mixed();
    for size in [text.len(), 1, 2, 7, 50, 333] {
        let mut connection = connect(&running).await;
        connection.set_nodelay(true).unwrap();
        let (mut reading, mut writing) = connection.split();
        let sending = async {
            for part in text.as_bytes().chunks(size) {
                writing.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let receiving = async {
            let mut received = Vec::new();
            reading.read_to_end(&mut received).await.unwrap();
            String::from_utf8(received).unwrap()
        };
        let ((), received) = timeout(SOON, async { tokio::join!(sending, receiving) }).await.unwrap();
        let statuses: Vec<u16> = received
            .match_indices("HTTP/1.")
            .map(|(at, _)| received[at + 9..at + 12].parse().unwrap())
            .collect();
        assert_eq!(statuses, expected, "in parts of {size}");
    }
}

#[tokio::test]
async fn a_request_after_one_that_closes_the_connection_is_not_read() {
    let running = Running::start();
    let closing = GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    for after in [GET, "x\n\n"] {
        let bytes = format!("{closing}{after}");
        let (_, answer) = last_answer(&running, bytes.as_bytes(), 0).await;
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    }
}

#[tokio::test]
async fn what_looks_like_a_request_in_a_body_that_nobody_reads_is_none() {
    let running = Running::start();
    let refused = |framing: &str, body: &str| format!("PUT /users/me HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n{body}");
    // The last is refused where it is read as the start of a head.
    for after in [GET, "\n"] {
        let bytes = refused("transfer-encoding: chunked", GET) + after;
        let answer = only_answer(&running, bytes.as_bytes()).await;
        answer.assert_problem(401, "missing_access_token");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    let bytes = refused(&format!("content-length: {}", GET.len()), GET) + "\n";
    let (before, last) = last_answer(&running, bytes.as_bytes(), 1).await;
    before[0].assert_problem(401, "missing_access_token");
    last.assert_problem(400, "malformed_request");
}

#[tokio::test]
async fn a_body_that_is_there_and_that_nobody_reads_does_not_cost_the_connection() {
    let running = Running::start();
    let closing = GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    for body in [
        "content-length: 2\r\n\r\n{}",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ] {
        let bytes = format!("PUT /users/me HTTP/1.1\r\nhost: x\r\n{body}{closing}");
        let (before, last) = last_answer(&running, bytes.as_bytes(), 1).await;
        before[0].assert_problem(401, "missing_access_token");
        assert_eq!((before[0].header("connection"), last.status), (None, 200), "{body}");
    }
}

/// How long the server goes on reading what nobody needs.
const LINGER: Duration = Duration::from_secs(2);

/// Sends a head whose body nobody reads, is told that no more answers come, and goes on sending. An error if the server
/// does not read on.
async fn send_on_after_the_last_answer(running: &Running) -> std::io::Result<()> {
    let mut connection = connect(running).await;
    let head = "PUT /users/me HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
    connection.write_all(head.as_bytes()).await?;
    let answer = timeout(SOON, Answer::read(&mut connection)).await.unwrap();
    answer.assert_problem(401, "missing_access_token");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_closed(&mut connection).await;
    // Had the server closed the connection, the first of these would have it refuse the second.
    for _ in 0..2 {
        connection.write_all(&[b'x'; 1_000]).await?;
        let mut rest = Vec::new();
        timeout(SOON, connection.read_to_end(&mut rest)).await.unwrap()?;
        assert!(rest.is_empty(), "something follows");
    }
    Ok(())
}

#[tokio::test]
async fn who_still_sends_a_body_that_nobody_reads_is_told_that_no_more_answers_come() {
    let running = Running::start();
    let mut begun = Instant::now();
    while let Err(error) = send_on_after_the_last_answer(&running).await {
        assert!(begun.elapsed() >= LINGER, "{error}");
        // A machine that is busy for so long says nothing about the server.
        begun = Instant::now();
    }
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
        assert_eq!(answer.header("connection"), Some("close"), "{body:?}");
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
        (
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
            200,
        ),
    ] {
        let bytes = format!("{head}{GET}");
        let answer = only_answer(&running, bytes.as_bytes()).await;
        assert_eq!(answer.status, status, "{head}");
    }
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
