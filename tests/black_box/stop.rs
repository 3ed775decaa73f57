//! The end of a server: what runs is finished, and nothing keeps it alive.

use crate::app::TestApp;
use crate::client::PASSWORD;
use crate::on_both_databases;
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
