//! Traces, as a collector gets them.

use crate::app::TestApp;
use crate::client::{PASSWORD, send};
use crate::process::run;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::Method;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);

/// The trace and the span of whoever calls.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector that keeps what it is sent.
struct Collector {
    address: SocketAddr,
    sent: Receiver<Sent>,
    seen: Vec<u8>,
    heads: Vec<String>,
}

struct Sent {
    head: String,
    body: Vec<u8>,
}

impl Collector {
    /// One that answers with that status.
    fn that_answers(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (keep, sent) = channel();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let keep = keep.clone();
                std::thread::spawn(move || serve(&connection, status, &keep));
            }
        });
        Self {
            address,
            sent,
            seen: Vec::new(),
            heads: Vec::new(),
        }
    }

    fn endpoint(&self) -> String {
        format!("http://{}/below", self.address)
    }

    fn next(&mut self) -> Vec<u8> {
        let sent = self.sent.recv_timeout(PATIENCE).expect("something is sent");
        self.seen.extend(sent.body.iter());
        self.heads.push(sent.head);
        sent.body
    }

    /// The spans of the next batches, until one that is wanted has come.
    fn spans_until(&mut self, is_wanted: impl Fn(&Span) -> bool) -> Vec<Span> {
        let mut spans = Vec::new();
        while !spans.iter().any(&is_wanted) {
            let request = ExportTraceServiceRequest::decode(self.next().as_slice()).unwrap();
            let scopes = request
                .resource_spans
                .into_iter()
                .flat_map(|resource| resource.scope_spans);
            spans.extend(scopes.flat_map(|scope| scope.spans));
        }
        spans
    }
}

/// Reads requests with a length, one after the other, until the connection ends.
fn serve(connection: &TcpStream, status: &str, keep: &Sender<Sent>) {
    let mut reader = BufReader::new(connection);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !matches!(reader.read_line(&mut head), Ok(length) if length > 0) {
                return;
            }
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().ok())?
        });
        let mut body = vec![0; length.unwrap_or_default()];
        if reader.read_exact(&mut body).is_err() || keep.send(Sent { head, body }).is_err() {
            return;
        }
        let mut writer = connection;
        let answer = format!("HTTP/1.1 {status}\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n");
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let KeyValue { value, .. } = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match value {
        Some(AnyValue {
            value: Some(Value::StringValue(text)),
        }) => Some(text.clone()),
        Some(AnyValue {
            value: Some(Value::IntValue(number)),
        }) => Some(number.to_string()),
        other => panic!("{name} is {other:?}"),
    }
}

fn is_request(name: &'static str) -> impl Fn(&Span) -> bool {
    move |span| span.name == name
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_that_joins_the_trace_of_its_caller() {
    let mut collector = Collector::that_answers("200 OK");
    let app = TestApp::on_sqlite(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    let request = ada
        .request(Method::GET, "/users/me")
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .header("x-request-id", "the-request-of-the-test");
    assert_eq!(send(request).await.status, 200);

    let spans = collector.spans_until(is_request("GET /users/me"));
    let span = spans.iter().find(|span| span.name == "GET /users/me").unwrap();
    assert_eq!(
        (hex(&span.trace_id), hex(&span.parent_span_id)),
        (TRACE.into(), PARENT.into())
    );
    assert_eq!(
        span.kind(),
        opentelemetry_proto::tonic::trace::v1::span::SpanKind::Server
    );
    for (name, expected) in [
        ("http.request.method", "GET"),
        ("http.route", "/users/me"),
        ("http.response.status_code", "200"),
        ("request_id", "the-request-of-the-test"),
    ] {
        assert_eq!(attribute(span, name).as_deref(), Some(expected), "{span:?}");
    }
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);

    let log_in = spans.iter().find(|span| span.name == "POST /auth/login").unwrap();
    assert_ne!(hex(&log_in.trace_id), TRACE);
    for name in ["hash password", "store"] {
        let is_below = |span: &Span| span.name == name && span.parent_span_id == log_in.span_id;
        assert!(spans.iter().any(is_below), "no {name} below the sign-in: {spans:?}");
    }
    let is_below = |child: &Span| child.name == "store" && child.parent_span_id == span.span_id;
    assert!(spans.iter().any(is_below), "{spans:?}");
    // What the server does by itself would be a trace four times a second.
    let of_nobody = spans
        .iter()
        .find(|span| span.parent_span_id.is_empty() && span.name == "store");
    assert_eq!(of_nobody, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_hold_no_secret_and_nothing_that_was_typed() {
    let mut collector = Collector::that_answers("200 OK");
    let app = TestApp::on_sqlite(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    let anybody = app.anonymous();
    let tokens = anybody.signed_in("ada@example.org").await;
    anybody.log_in("ada@example.org", "a wrong password").await;
    let next = anybody.refresh(&tokens.refresh).await.member("refresh_token");
    // A spent token, which the log has a line about.
    anybody.get("/no/such/secret-path?token=secret-query").await;
    let method = Method::from_bytes(b"SECRETMETHOD").unwrap();
    send(anybody.request(method, "/users/me")).await;
    let header = format!("00-{TRACE}-{PARENT}-01-{}", "secret-header");
    send(anybody.request(Method::GET, "/").header("traceparent", header)).await;
    collector.spans_until(is_request("GET /"));
    for head in &collector.heads {
        assert!(head.starts_with("POST /below/v1/traces HTTP/1.1\r\n"), "{head}");
        let lower = head.to_lowercase();
        assert!(lower.contains("content-type: application/x-protobuf\r\n"), "{lower}");
    }
    let seen = String::from_utf8_lossy(&collector.seen);
    for secret in [
        PASSWORD,
        "a wrong password",
        &tokens.access,
        &tokens.refresh,
        &next,
        "ada@",
        "secret",
        "SECRET",
    ] {
        assert!(!seen.contains(secret), "{secret} was sent");
    }
    assert!(seen.contains("unmatched"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_collector_is_away_nobody_waits_and_the_log_has_one_line() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut app = TestApp::on_sqlite(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{nobody}"))]);
    assert_answers_at_once(&app).await;
    let is_told = |line: &str| line.contains("traces can't be sent");
    app.wait_for_line(is_told);
    assert_answers_at_once(&app).await;
    app.terminate();
    assert!(app.wait().success());
    let logs = app.logs();
    assert_eq!(logs.lines().filter(|line| is_told(line)).count(), 1, "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_is_told_of_once_however_many_batches_it_refuses() {
    let mut collector = Collector::that_answers("503 Service Unavailable");
    let app = TestApp::on_sqlite(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    for _ in 0..3 {
        app.anonymous().get("/health/live").await;
        collector.next();
    }
    app.wait_for_line(|line| line.contains("traces can't be sent"));
    let logs = app.logs();
    assert_eq!(logs.matches("traces can't be sent").count(), 1, "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_holds_nobody_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut app = TestApp::on_sqlite(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert_answers_at_once(&app).await;
    let (_held, _) = silent.accept().unwrap();
    assert_answers_at_once(&app).await;
    let begun = Instant::now();
    app.terminate();
    assert!(app.wait().success());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// More requests than a batch holds.
async fn assert_answers_at_once(app: &TestApp) {
    let anybody = app.anonymous();
    let begun = Instant::now();
    for _ in 0..600 {
        assert_eq!(anybody.get("/health/live").await.status, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for endpoint in [
        "localhost:4318",
        "http:/localhost:4318",
        "grpc://localhost:4317",
        "http://u:hunter2@localhost",
    ] {
        let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("PORT", "0")];
        let output = run(folder.path(), &settings, &["serve"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{endpoint}: {said}");
        assert!(
            said.contains("OTEL_EXPORTER_OTLP_ENDPOINT: ") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
