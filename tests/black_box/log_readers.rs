//! The log and whoever reads it: later, or never.

use crate::app::usual_settings;
use crate::client::{Client, send};
use crate::process::{Killed, command};
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{ChildStderr, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// More lines than a pipe holds, which is 64 KiB.
const REQUESTS: usize = 1_000;

/// Far more than a stop takes that waits for nobody.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server whose log is read when the test reads it.
struct Server {
    _folder: TempDir,
    process: Killed,
    pid: Pid,
    log: BufReader<ChildStderr>,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let settings = usual_settings();
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut child = command(folder.path(), &settings)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let pid = Pid::from_child(&child);
        let process = Killed::of(child);
        let address = loop {
            let line = next(&mut log).expect("it listens");
            if line["message"] == "listening" {
                break line["address"].as_str().unwrap().parse().unwrap();
            }
        };
        Self {
            _folder: folder,
            process,
            pid,
            log,
            address,
        }
    }

    /// Asks so often that the pipe is full, and more.
    async fn ask(&self) {
        let client = Client::new(self.address);
        for number in 0..REQUESTS {
            let request = client.request(Method::GET, "/").header("x-request-id", id(number));
            let answer = timeout(PATIENCE, send(request)).await;
            assert_eq!(answer.expect("nobody waits for the log").status, 200);
        }
    }

    fn stop(&self) {
        kill_process(self.pid, Signal::TERM).unwrap();
    }
}

fn id(number: usize) -> String {
    format!("of-the-log-{number}")
}

/// The next line; `None` at the end.
fn next(log: &mut impl BufRead) -> Option<Value> {
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line of JSON: {line}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_reader_and_a_graceful_stop_tells_all() {
    let mut server = Server::start();
    server.ask().await;
    server.stop();
    let mut asked = 0;
    let mut last = Value::Null;
    while let Some(line) = next(&mut server.log) {
        if line["message"] == "answered" {
            assert_eq!(line["request_id"], id(asked));
            asked += 1;
        }
        assert_ne!(
            line["message"], "lines of the log were lost, since nobody read them in time",
            "{line}"
        );
        last = line;
    }
    assert_eq!((asked, &last["message"]), (REQUESTS, &Value::from("stopped")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_ever_for_a_reader() {
    let mut server = Server::start();
    server.ask().await;
    server.stop();
    let ended = async {
        while !server.process.has_ended() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, ended).await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_server_that_is_killed_what_was_told_before_is_whole() {
    let mut server = Server::start();
    let client = Client::new(server.address);
    let request = client.request(Method::GET, "/").header("x-request-id", id(0));
    assert_eq!(send(request).await.status, 200);
    while next(&mut server.log).expect("its line comes by itself")["request_id"] != id(0) {}
    kill_process(server.pid, Signal::KILL).unwrap();
    while next(&mut server.log).is_some() {}
}
