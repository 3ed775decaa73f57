//! More work than the machine can do: some are told to come back, nobody else waits.

use crate::app::TestApp;
use crate::client::{Answer, PASSWORD};
use crate::on_both_databases;
use crate::process::on_one_core;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

on_both_databases!(
    beyond_the_queue_logins_are_told_to_come_back,
    beside_two_hundred_logins_everything_else_is_answered,
    a_body_that_does_not_come_is_not_waited_for,
);

/// Far more than an answer takes that waits for no password, even on a slow machine. Whether an answer waited for the
/// logins shows in how many are left.
const AT_ONCE: Duration = Duration::from_secs(30);

/// As many logins as that at once, of as many addresses that nobody has.
fn logins_of_nobody(app: &TestApp, count: usize) -> JoinSet<Answer> {
    let mut logins = JoinSet::new();
    for number in 0..count {
        let client = app.anonymous();
        logins.spawn(async move { client.log_in(&format!("{number}@example.org"), PASSWORD).await });
    }
    logins
}

fn assert_busy(answer: &Answer) {
    answer.assert_problem(503, "busy");
    assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{answer:?}");
}

async fn beyond_the_queue_logins_are_told_to_come_back(mut app: TestApp) {
    // 256 may wait for each core. On one core, since each of them takes a connection of this process, too.
    on_one_core(|| app.restart(&[("BCRYPT_COST", "13")]));
    let mut logins = logins_of_nobody(&app, 300);
    let refused = loop {
        let answer = logins.join_next().await.expect("one is refused").unwrap();
        if answer.status != 401 {
            break answer;
        }
    };
    assert_busy(&refused);
}

async fn beside_two_hundred_logins_everything_else_is_answered(mut app: TestApp) {
    app.restart(&[("BCRYPT_COST", "10")]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let ada = app.anonymous().with_token(&tokens.access);
    let mut logins = logins_of_nobody(&app, 200);
    let mut answers = vec![logins.join_next().await.unwrap().unwrap()];
    let mut rounds_beside_logins = 0;
    while !logins.is_empty() {
        for path in ["/health/live", "/users/me"] {
            let answer = timeout(AT_ONCE, ada.get(path)).await.expect(path);
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        while let Some(login) = logins.try_join_next() {
            answers.push(login.unwrap());
        }
        rounds_beside_logins += usize::from(!logins.is_empty());
    }
    assert!(
        rounds_beside_logins > 0,
        "the logins were over before anything else was asked"
    );
    for answer in answers.iter().filter(|answer| answer.status != 401) {
        assert_busy(answer);
    }
}

async fn a_body_that_does_not_come_is_not_waited_for(app: TestApp) {
    let mut slow = TcpStream::connect(app.address()).await.unwrap();
    let head = "POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(15), slow.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the connection stays open");
    assert!(
        answer.starts_with(b"HTTP/1.1 408"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

/// Beyond what systems let a program open that does not ask for more.
const IDLE: usize = 2_000;

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn beside_two_thousand_idle_connections_a_client_is_served_as_usual() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let app = TestApp::on_sqlite(&[]);
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|most| most < 2 * u64::try_from(IDLE).unwrap()) {
        eprintln!("skipped: this account may not open as many connections");
        return;
    }
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )
    .unwrap();
    let mut idle = Vec::new();
    for _ in 0..IDLE {
        let mut connection = TcpStream::connect(app.address()).await.unwrap();
        // A server that keeps the first request's connection takes no more of a machine for those that follow.
        connection
            .write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        idle.push(connection);
    }
    for connection in &mut idle {
        let mut start = [0; 12];
        connection.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    let ada = app.anonymous().with_token(&tokens.access);
    for _ in 0..100 {
        let answer = timeout(AT_ONCE, ada.get("/users/me")).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn where_no_more_files_may_be_open_those_who_are_served_go_on_and_the_others_wait() {
    let folder = tempfile::tempdir().unwrap();
    let process = crate::process::Process::start_with_open_files(folder.path(), &crate::app::usual_settings(), 64);
    let client = crate::client::Client::new(process.address());
    assert_eq!(client.get("/health/live").await.status, 200);
    let mut waiting = Vec::new();
    for _ in 0..100 {
        waiting.push(TcpStream::connect(process.address()).await.unwrap());
    }
    // On the connection that it has.
    assert_eq!(client.get("/health/live").await.status, 200);
    drop(waiting);
    let later = crate::client::Client::new(process.address());
    let answer = timeout(AT_ONCE, later.get("/health/live")).await.unwrap();
    assert_eq!(answer.status, 200);
    let lines = process.lines();
    assert!(lines.lines().count() < 100, "the log is flooded:\n{lines}");
}
