//! Proxies that ask servers whether they are ready, by the files of `docs/operations.md`: one that is not gets no calls.

use crate::app::TestApp;
use crate::certificate::{CLIENT, Certificate, NAME, SETTINGS, assert_told_to_use_https, replaced};
use crate::client::{Client, PASSWORD, Tokens};
use crate::fenced_blocks::block;
use crate::system_programs::{find, free_port, start};
use crate::{caddy, recipes};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const DOCUMENT: &str = "docs/operations.md";

const ADA: &str = "ada@example.org";

/// Far more than a proxy takes to notice anything.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn caddy_sends_nothing_to_a_server_that_is_not_ready() {
    let (Some(program), Some(certificate)) = (find("caddy"), Certificate::made()) else {
        return;
    };
    let configuration = block(DOCUMENT, "caddyfile", "auth.example.org {");
    let servers = Servers::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (_running, address) = start(folder.path(), |port| {
        let text = recipes::at_port(&certificate.placed_in(&configuration, servers.addresses()), port);
        caddy::command(&program, folder.path(), &text)
    })
    .await;
    servers
        .assert_ready_ones_alone_are_asked(&certificate.client_of(address))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_sends_nothing_to_a_server_that_is_not_ready_or_stops() {
    let (Some(program), Some(certificate)) = (find("haproxy"), Certificate::made()) else {
        return;
    };
    let configuration = block(DOCUMENT, "haproxy", "defaults");
    let mut servers = Servers::start().await;
    let folder = tempfile::tempdir().unwrap();
    let plain = free_port();
    let (_running, address) = start(folder.path(), |port| {
        // What is held back, below, comes by a port without TLS.
        let here = format!("bind 127.0.0.1:{plain}\n    bind 127.0.0.1:{port} ssl");
        let text = replaced(
            &certificate.placed_in(&configuration, servers.addresses()),
            &[("bind :443 ssl", &here)],
        );
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(&program);
        command.args(["-db", "-f"]).arg(file);
        command
    })
    .await;
    let proxy = certificate.client_of(address);
    servers.assert_ready_ones_alone_are_asked(&proxy).await;
    servers.assert_shows_the_client(&proxy).await;

    // The second stops while it still has something to finish. That is answered, and nobody else is refused.
    let plain = SocketAddr::from((Ipv4Addr::LOCALHOST, plain));
    let held = [HeldLogin::begun(plain).await, HeldLogin::begun(plain).await];
    let second = &mut servers.second;
    second.terminate();
    second.wait_for_log(|line| {
        line["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("stopping"))
    });
    let statuses = sign_in_until(&proxy, &[401; 20]).await;
    assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
    let [one, other] = held.map(HeldLogin::completed);
    let mut answers = [one.await, other.await].map(|answer| answer[..13].to_owned());
    answers.sort();
    assert_eq!(answers, ["HTTP/1.1 200 ", "HTTP/1.1 401 "]);
    assert_eq!(second.wait().code(), Some(0));
    sign_in_until(&proxy, &[401; 10]).await;
}

/// Two servers of their own, of which the second alone knows Ada: what a sign-in is answered tells which of them it was.
struct Servers {
    first: TestApp,
    second: TestApp,
}

impl Servers {
    async fn start() -> Self {
        let [first, second] = [(), ()].map(|()| TestApp::on_sqlite(&SETTINGS));
        assert_eq!(second.anonymous().register(ADA).await.status, 201);
        Self { first, second }
    }

    fn addresses(&self) -> [SocketAddr; 2] {
        [self.first.address(), self.second.address()]
    }

    /// Somebody moves the second server's database away, and back.
    async fn assert_ready_ones_alone_are_asked(&self, proxy: &Client) {
        sign_in_until(proxy, &[200, 401]).await;
        let folder = self.second.folder().join("data");
        let (database, away) = (folder.join("portcullis.db"), folder.join("away"));
        std::fs::rename(&database, &away).unwrap();
        sign_in_until(proxy, &[401; 15]).await;
        let second = self.second.anonymous();
        assert_eq!(second.get("/health/live").await.status, 200);
        assert_eq!(second.get("/health/ready").await.status, 503);
        std::fs::rename(&away, &database).unwrap();
        sign_in_until(proxy, &[200, 401]).await;
    }

    /// Signs Ada in by the proxy, and asks the server itself what it knows of her.
    async fn assert_shows_the_client(&self, proxy: &Client) {
        let mut signed_in = proxy.log_in(ADA, PASSWORD).await;
        if signed_in.status == 401 {
            signed_in = proxy.log_in(ADA, PASSWORD).await;
        }
        assert_told_to_use_https(&signed_in);
        let ada = self.second.anonymous().with_token(&Tokens::of(&signed_in).access);
        let sessions = ada.get("/users/me/sessions").await.json();
        assert_eq!(sessions["items"][0]["ip"], CLIENT.to_string(), "{sessions}");
    }
}

/// Signs Ada in again and again, until the last answers have these statuses. Each is the first server's 401 or the second
/// one's 200; where the second is not ready and the proxy does not know it yet, its 503. Gives all of them.
async fn sign_in_until(proxy: &Client, wanted: &[u16]) -> Vec<u16> {
    let begun = Instant::now();
    let mut statuses = Vec::new();
    while !statuses.ends_with(wanted) {
        assert!(begun.elapsed() < PATIENCE, "{statuses:?}");
        statuses.push(proxy.log_in(ADA, PASSWORD).await.status);
        sleep(Duration::from_millis(20)).await;
    }
    statuses
}

/// A sign-in that a server has begun and whose body is held back.
struct HeldLogin {
    connection: TcpStream,
    body: String,
}

impl HeldLogin {
    async fn begun(proxy: SocketAddr) -> Self {
        let body = json!({"email": ADA, "password": PASSWORD}).to_string();
        let mut connection = TcpStream::connect(proxy).await.unwrap();
        let head = format!(
            "POST /auth/login HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut interim = [0; b"HTTP/1.1 100 ".len()];
        let read = timeout(PATIENCE, connection.read_exact(&mut interim)).await;
        read.expect("an interim answer").unwrap();
        assert!(
            interim.starts_with(b"HTTP/1.1 100 "),
            "{}",
            String::from_utf8_lossy(&interim)
        );
        Self { connection, body }
    }

    /// What comes behind the interim answer.
    async fn completed(mut self) -> String {
        self.connection.write_all(self.body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = timeout(PATIENCE, self.connection.read_to_string(&mut answer)).await;
        read.expect("the connection is closed").unwrap();
        let (_, answer) = answer.split_once("\r\n\r\n").unwrap();
        answer.to_owned()
    }
}
