//! What is read, as a program reads it.

use super::*;
use actix_web::http::{Method, StatusCode};
use portcullis_application::ports::{
    ClientTokenOutcome, MailOutcome, Meter as _, RefreshCause, SignInOutcome, WaitingMails,
};
use portcullis_oauth2::GrantType;
use portcullis_storage::WriteQueue;
use portcullis_testkit::FakeClock;
use portcullis_web::Route;
use std::time::Duration;

const HASHING: HashingLoad = HashingLoad {
    waiting: 3,
    capacity: 512,
    running: 8,
};

const STORE: StoreLoad = StoreLoad {
    in_use: 2,
    connections: 8,
    waiting: 1,
    writes: Some(WriteQueue {
        waiting: 4,
        capacity: 1024,
    }),
};

fn metrics() -> (Metrics, FakeClock) {
    let clock = FakeClock::new();
    (Metrics::on(Arc::new(clock.clone())), clock)
}

fn text(metrics: &Metrics) -> String {
    metrics.text(HASHING, STORE)
}

fn assert_has(text: &str, line: &str) {
    assert!(text.lines().any(|found| found == line), "no {line:?} in:\n{text}");
}

#[test]
fn what_happens_is_counted_by_how_it_ended() {
    let (metrics, _) = metrics();
    let meter = PrometheusMeter::of(metrics.clone());
    assert_has(&text(&metrics), r#"portcullis_sign_ins_total{outcome="busy"} 0"#);
    meter.sign_in_ended(SignInOutcome::InvalidCredentials);
    meter.sign_in_ended(SignInOutcome::InvalidCredentials);
    meter.refresh_ended(RefreshCause::Reused);
    meter.client_token_ended(GrantType::ClientCredentials, ClientTokenOutcome::Success);
    let text = text(&metrics);
    assert_has(&text, r#"portcullis_sign_ins_total{outcome="invalid_credentials"} 2"#);
    assert_has(&text, r#"portcullis_sign_ins_total{outcome="success"} 0"#);
    assert_has(&text, r#"portcullis_refreshes_total{cause="reused"} 1"#);
    let of_tokens = r#"portcullis_client_tokens_total{grant_type="client_credentials",outcome="success"} 1"#;
    assert_has(&text, of_tokens);
    assert_has(&text, "# TYPE portcullis_refreshes_total counter");
}

#[test]
fn mails_that_wait_or_were_given_up_show() {
    let (metrics, _) = metrics();
    let meter = PrometheusMeter::of(metrics.clone());
    meter.mail_attempted(MailOutcome::GivenUp);
    meter.mails_counted(WaitingMails {
        count: 10_000,
        given_up: 2,
        oldest: Duration::from_secs(90),
    });
    let text = text(&metrics);
    for line in [
        r#"portcullis_mails_total{outcome="given_up"} 1"#,
        r#"portcullis_mails_total{outcome="sent"} 0"#,
        "portcullis_mails_waiting 10000",
        "portcullis_mails_given_up 2",
        "portcullis_mails_oldest_waiting_seconds 90.0",
    ] {
        assert_has(&text, line);
    }
}

#[test]
fn queues_and_pools_are_shown_as_they_are_when_somebody_reads() {
    let (metrics, _) = metrics();
    let text = text(&metrics);
    for line in [
        "portcullis_hashing_queue_depth 3",
        "portcullis_hashing_queue_capacity 512",
        "portcullis_hashing_running 8",
        "portcullis_store_connections_in_use 2",
        "portcullis_store_connections_max 8",
        "portcullis_store_connections_waiting 1",
        "portcullis_store_write_queue_depth 4",
        "portcullis_store_write_queue_capacity 1024",
    ] {
        assert_has(&text, line);
    }
}

#[test]
fn waits_and_commits_have_histograms() {
    let (metrics, _) = metrics();
    let meter = PrometheusMeter::of(metrics.clone());
    meter.password_waited(Duration::from_millis(200));
    meter.units_committed(3, Duration::from_micros(300));
    let text = text(&metrics);
    assert_has(&text, r#"portcullis_hashing_wait_seconds_bucket{le="0.1"} 0"#);
    assert_has(&text, r#"portcullis_hashing_wait_seconds_bucket{le="0.25"} 1"#);
    assert_has(
        &text,
        r#"portcullis_store_commit_duration_seconds_bucket{le="0.0005"} 1"#,
    );
    assert_has(&text, "portcullis_store_commit_units_sum 3.0");
}

#[test]
fn what_has_to_be_new_tells_its_age() {
    let (metrics, clock) = metrics();
    let meter = PrometheusMeter::of(metrics.clone());
    clock.advance(chrono::TimeDelta::seconds(7));
    assert_has(&text(&metrics), "portcullis_revocation_lag_seconds 7.0");
    meter.revocations_read();
    clock.advance(chrono::TimeDelta::seconds(2));
    let text = text(&metrics);
    assert_has(&text, "portcullis_revocation_lag_seconds 2.0");
    assert_has(&text, "portcullis_audit_seal_lag_seconds 9.0");
}

#[test]
fn jobs_tell_when_they_last_ran_and_how() {
    let (metrics, clock) = metrics();
    assert!(!text(&metrics).contains("{job_name="));
    let now = |clock: &FakeClock| format!("{}", clock.now().format("%s%.3f"));
    let succeeded = now(&clock);
    metrics.job_ended("clean_up", true);
    clock.advance(chrono::TimeDelta::seconds(60));
    metrics.job_ended("clean_up", false);
    let text = text(&metrics);
    for line in [
        format!(
            r#"portcullis_job_last_run_timestamp_seconds{{job_name="clean_up"}} {}"#,
            now(&clock)
        ),
        format!(r#"portcullis_job_last_success_timestamp_seconds{{job_name="clean_up"}} {succeeded}"#),
        r#"portcullis_job_last_run_success{job_name="clean_up"} 0"#.to_owned(),
        r#"portcullis_job_runs_total{job_name="clean_up",outcome="failure"} 1"#.to_owned(),
    ] {
        assert_has(&text, &line);
    }
}

#[test]
fn requests_are_counted_by_method_route_and_status() {
    let (metrics, _) = metrics();
    let answered = |route, method: &Method, status| metrics.answered(route, method, status, Duration::from_millis(3));
    metrics.began();
    answered(Route::AskedAllTheTime(0), &Method::GET, StatusCode::NO_CONTENT);
    answered(Route::Pattern("/users/me"), &Method::GET, StatusCode::OK);
    answered(Route::Pattern("/users/me"), &Method::GET, StatusCode::OK);
    answered(Route::Pattern("/users/me"), &Method::GET, StatusCode::UNAUTHORIZED);
    answered(Route::Unmatched, &Method::GET, StatusCode::NOT_FOUND);
    let text = text(&metrics);
    let asked = portcullis_api::ASKED_ALL_THE_TIME[0];
    for line in [
        &format!(r#"portcullis_http_requests_total{{method="GET",route="{asked}",status="204"}} 1"#),
        r#"portcullis_http_requests_total{method="GET",route="/users/me",status="200"} 2"#,
        r#"portcullis_http_requests_total{method="GET",route="/users/me",status="401"} 1"#,
        r#"portcullis_http_requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"portcullis_http_request_duration_seconds_bucket{method="GET",route="/users/me",le="0.005"} 3"#,
        "portcullis_http_requests_in_flight 1",
    ] {
        assert_has(&text, line);
    }
}

/// A client may send any word as a method.
#[test]
fn methods_and_statuses_that_nobody_knows_are_one_label() {
    let (metrics, _) = metrics();
    for number in 0..100 {
        let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        let status = StatusCode::from_u16(600 + number).unwrap();
        metrics.answered(Route::Unmatched, &method, status, Duration::ZERO);
    }
    let text = text(&metrics);
    assert_has(
        &text,
        r#"portcullis_http_requests_total{method="other",route="unmatched",status="other"} 100"#,
    );
    let lines = text
        .lines()
        .filter(|line| line.starts_with("portcullis_http_requests_total{"));
    assert_eq!(lines.count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_tells_what_it_takes() {
    let (metrics, _) = metrics();
    let text = text(&metrics);
    let figure = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap().parse().unwrap()
    };
    assert!(figure("process_resident_memory_bytes") > 1_000_000.0);
    assert!(figure("process_virtual_memory_bytes") > figure("process_resident_memory_bytes"));
    assert!(figure("process_open_fds") >= 3.0);
    assert!(figure("process_max_fds") >= figure("process_open_fds"));
    assert!(figure("process_threads") >= 1.0);
    assert!(figure("process_start_time_seconds") > 1_000_000_000.0);
    assert!(figure("process_cpu_seconds_total") >= 0.0);
    assert!(text.contains("portcullis_build_info{version=\""));
}

#[test]
fn where_nobody_wants_figures_there_are_none() {
    let metrics = Metrics::off();
    PrometheusMeter::of(metrics.clone()).sign_in_ended(SignInOutcome::Success);
    assert!(metrics.requests().is_none());
    assert_eq!(text(&metrics), "");
}
