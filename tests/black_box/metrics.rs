//! The figures of a server, as Prometheus reads them.

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::on_both_databases;
use crate::process::run;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Far more than a request takes that is answered already.
const PATIENCE: Duration = Duration::from_mins(1);

/// A free port of its own.
pub(crate) const METRICS: (&str, &str) = ("METRICS_ADDRESS", "127.0.0.1:0");

on_both_databases!(with &[super::METRICS];
    figures_are_read_at_an_address_of_their_own_alone,
    what_people_do_shows_in_the_figures,
);

/// Where the figures of a server are read.
fn address(app: &TestApp) -> SocketAddr {
    let line = app.wait_for_log(|line| line["message"] == "metrics are served");
    line["address"].as_str().unwrap().parse().unwrap()
}

/// The figures of a server.
pub(crate) async fn read(app: &TestApp) -> Answer {
    Client::new(address(app)).get("/metrics").await
}

/// The value of a series.
fn value(figures: &Answer, series: &str) -> f64 {
    found(figures, series).unwrap_or_else(|| panic!("no {series} in:\n{}", figures.text))
}

fn found(figures: &Answer, series: &str) -> Option<f64> {
    let mut lines = figures.text.lines();
    let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.map(|value| value.parse().unwrap())
}

/// The figures once each series has that value: the server counts a request when it has answered it, which may be a moment
/// after the answer can be read.
async fn read_once_they_are(app: &TestApp, expected: &[(&str, f64)]) -> Answer {
    let begun = Instant::now();
    loop {
        let figures = read(app).await;
        let is_there = |(series, expected): &&(&str, f64)| {
            found(&figures, series).is_some_and(|found| (found - expected).abs() < 0.5)
        };
        let missing: Vec<_> = expected.iter().filter(|series| !is_there(series)).collect();
        if missing.is_empty() {
            return figures;
        }
        assert!(begun.elapsed() < PATIENCE, "{missing:?} in:\n{}", figures.text);
        sleep(Duration::from_millis(20)).await;
    }
}

async fn figures_are_read_at_an_address_of_their_own_alone(app: TestApp) {
    let figures = read(&app).await;
    assert_eq!(figures.status, 200);
    assert_eq!(
        figures.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(figures.header("cache-control"), "no-store");
    app.anonymous().get("/metrics").await.assert_problem(404, "not_found");
    let there = Client::new(address(&app));
    for path in ["/", "/health/live", "/users/me", "/openapi.json"] {
        assert_eq!(there.get(path).await.status, 404, "{path}");
    }
    // Whoever reads by another name is not asked for it.
    let by_name = there
        .raw(b"GET /metrics HTTP/1.1\r\nhost: metrics.internal\r\nconnection: close\r\n\r\n")
        .await;
    assert!(by_name.starts_with("HTTP/1.1 200 "), "{by_name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_address_is_set_there_are_no_figures() {
    let app = TestApp::on_sqlite(&[]);
    app.anonymous().get("/metrics").await.assert_problem(404, "not_found");
    assert!(!app.logs().contains("metrics are served"));
}

async fn what_people_do_shows_in_the_figures(app: TestApp) {
    let anybody = app.anonymous();
    let tokens = anybody.signed_in("ada@example.org").await;
    anybody.log_in("ada@example.org", "not the password").await;
    assert_eq!(anybody.refresh(&tokens.refresh).await.status, 200);
    let ada = anybody.with_token(&tokens.access);
    for path in [
        "/users/me",
        "/users/me",
        "/auth/verify",
        "/wp-login.php",
        "/.env?token=hunter2",
    ] {
        ada.get(path).await;
    }
    let expected = [
        (r#"portcullis_registrations_total{outcome="success"}"#, 1.0),
        (r#"portcullis_sign_ins_total{outcome="success"}"#, 1.0),
        (r#"portcullis_sign_ins_total{outcome="invalid_credentials"}"#, 1.0),
        (r#"portcullis_refreshes_total{cause="rotated"}"#, 1.0),
        (
            r#"portcullis_http_requests_total{method="GET",route="/users/me",status="200"}"#,
            2.0,
        ),
        (
            r#"portcullis_http_requests_total{method="GET",route="/auth/verify",status="204"}"#,
            1.0,
        ),
        (
            r#"portcullis_http_requests_total{method="GET",route="unmatched",status="404"}"#,
            2.0,
        ),
        (
            r#"portcullis_http_request_duration_seconds_count{method="GET",route="/users/me"}"#,
            2.0,
        ),
        ("portcullis_http_requests_in_flight", 0.0),
        ("portcullis_hashing_queue_depth", 0.0),
        ("portcullis_hashing_running", 0.0),
        ("portcullis_hashing_wait_seconds_count", 3.0),
        ("portcullis_store_connections_waiting", 0.0),
    ];
    let figures = read_once_they_are(&app, &expected).await;
    assert!(value(&figures, "portcullis_store_commit_duration_seconds_count") >= 3.0);
    assert!(value(&figures, "portcullis_store_connections_max") >= 8.0);
    assert!(value(&figures, "portcullis_revocation_lag_seconds") < 60.0);
    for typed in ["wp-login", ".env", "hunter2", "ada@"] {
        assert!(!figures.text.contains(typed), "{typed} in:\n{}", figures.text);
    }
}

#[test]
fn an_address_that_can_not_be_had_is_refused_by_name_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (metrics, port) in [
        (taken.as_str(), "0"),
        ("127.0.0.1:8000", "8000"),
        ("0.0.0.0:8000", "8000"),
        ("192.0.2.1:0", "0"),
        ("9464", "0"),
        ("http://127.0.0.1:9464", "0"),
    ] {
        let settings = [("METRICS_ADDRESS", metrics), ("PORT", port)];
        let output = run(folder.path(), &settings, &["serve"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{metrics}: {said}");
        assert!(
            said.contains("METRICS_ADDRESS: ") && said.contains("for example METRICS_ADDRESS="),
            "{metrics}: {said}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_reach_is_warned_of() {
    let app = TestApp::on_sqlite(&[("METRICS_ADDRESS", "0.0.0.0:0")]);
    let warning =
        app.wait_for_log(|line| line["level"] == "WARN" && line["message"].to_string().contains("METRICS_ADDRESS"));
    assert!(
        warning["message"].to_string().contains("how many people sign in"),
        "{warning}"
    );
    let app = TestApp::on_sqlite(&[METRICS]);
    address(&app);
    assert!(!app.logs().contains("METRICS_ADDRESS"), "{}", app.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_figures_are_bounded_and_take_none_from_callers() {
    let app = TestApp::on_sqlite(&[METRICS]);
    let figures = address(&app);
    // More than are served; what is left of the first head comes never.
    let mut idle = Vec::new();
    for _ in 0..64 {
        let mut connection = std::net::TcpStream::connect(figures).unwrap();
        connection.write_all(b"GET /met").unwrap();
        idle.push(connection);
    }
    assert_eq!(app.anonymous().get("/health/live").await.status, 200);
    // Those that sent no head are ended, so that others have their turn.
    assert_eq!(read(&app).await.status, 200);
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_the_figures_too() {
    let mut app = TestApp::on_sqlite(&[METRICS]);
    let figures = address(&app);
    let _idle = std::net::TcpStream::connect(figures).unwrap();
    app.terminate();
    assert!(app.wait().success());
    assert!(std::net::TcpStream::connect(figures).is_err());
}
