//! The end of a server: what runs is finished, and nothing keeps it alive.

use crate::app::{TestApp, usual_settings};
use crate::client::{Client, PASSWORD};
use crate::on_both_databases;
use crate::process::Process;
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

on_both_databases!(
    a_stop_finishes_what_runs_and_exits_0,
    a_stuck_client_does_not_keep_the_server_from_stopping,
);

const PATIENCE: Duration = Duration::from_secs(20);

async fn a_stop_finishes_what_runs_and_exits_0(mut app: TestApp) {
    app.restart(&[("BCRYPT_COST", "10")]);
    app.anonymous().register("ada@example.org").await;
    let mut logins = Vec::new();
    for _ in 0..20 {
        logins.push(Login::that_the_server_has_begun(&app).await);
    }
    // Half of the bodies come before the stop, half of them after it.
    for login in &mut logins[..10] {
        login.send_the_body().await;
    }
    app.terminate();
    for login in &mut logins[10..] {
        login.send_the_body().await;
    }
    for login in logins {
        let answer = login.answer().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(app.wait().code(), Some(0));
    app.restart(&[]);
    assert_eq!(app.anonymous().log_in("ada@example.org", PASSWORD).await.status, 200);
}

/// A login whose body is held back: the server's interim answer tells that it has taken the request.
struct Login {
    connection: TcpStream,
    body: String,
}

impl Login {
    async fn that_the_server_has_begun(app: &TestApp) -> Self {
        let body = json!({"email": "ada@example.org", "password": PASSWORD}).to_string();
        let mut connection = TcpStream::connect(app.address()).await.unwrap();
        let head = format!(
            "POST /auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut interim = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        let read = timeout(PATIENCE, connection.read_exact(&mut interim)).await;
        read.expect("an interim answer").unwrap();
        assert!(
            interim.starts_with(b"HTTP/1.1 100"),
            "{}",
            String::from_utf8_lossy(&interim)
        );
        Self { connection, body }
    }

    async fn send_the_body(&mut self) {
        self.connection.write_all(self.body.as_bytes()).await.unwrap();
    }

    async fn answer(mut self) -> String {
        let mut answer = String::new();
        let read = timeout(PATIENCE, self.connection.read_to_string(&mut answer)).await;
        read.expect("the connection is closed").unwrap();
        answer
    }
}

async fn a_stuck_client_does_not_keep_the_server_from_stopping(mut app: TestApp) {
    let mut stuck = Login::that_the_server_has_begun(&app).await;
    stuck.connection.write_all(b"{").await.unwrap();
    app.terminate();
    let started = Instant::now();
    assert_eq!(app.wait().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn every_signal_that_asks_for_an_end_stops_it_gracefully() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Process::spawn_with_all_signals(folder.path(), &usual_settings()).listening();
        server.send(signal);
        assert_eq!(server.wait().code(), Some(0), "{signal:?}");
        assert!(server.lines().contains("\"stopped\""), "{}", server.lines());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_without_a_meaning_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path(), &usual_settings());
    for (signal, name) in [(Signal::USR1, "SIGUSR1"), (Signal::USR2, "SIGUSR2")] {
        server.send(signal);
        server.wait_for_log(|line| line["signal"] == name && line["level"] == "INFO");
    }
    assert_eq!(Client::new(server.address()).get("/health/live").await.status, 200);
}

/// Whoever starts it by `nohup` means it to go on.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_started_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::spawn_without_hangups(folder.path(), &usual_settings()).listening();
    server.send(Signal::HUP);
    server.send(Signal::USR1);
    server.wait_for_log(|line| line["signal"] == "SIGUSR1");
    assert_eq!(Client::new(server.address()).get("/health/live").await.status, 200);
    assert!(!server.lines().contains("stopping"), "{}", server.lines());
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
}
