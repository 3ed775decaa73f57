//! Mail by a real mail server, with its faults: the calls answer as ever, and the mail leaves later.

use crate::app::TestApp;
use crate::certificate::Certificate;
use crate::packages::{SMTP_SOURCES, of_smtp};
use crate::process::Killed;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// More than the first three tries take, and than a mail belongs to a server that died.
const PATIENCE: Duration = Duration::from_mins(1);

/// aiosmtpd, which is killed with the value.
struct MailServer {
    _process: Killed,
    folder: TempDir,
    port: u64,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl MailServer {
    /// Without TLS, at that port; 0 is any. `None`, said aloud, where it can't be had.
    fn start(mode: &str, port: u64) -> Option<Self> {
        Self::start_with(mode, port, None)
    }

    /// The same, by TLS from the first byte where there is a certificate.
    fn start_with(mode: &str, port: u64, certificate: Option<&Certificate>) -> Option<Self> {
        let python = of_smtp()?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mode"), mode).unwrap();
        let mut child = Command::new(python)
            .arg(Path::new(SMTP_SOURCES).join("server.py"))
            .arg(folder.path())
            .arg(port.to_string())
            .args(certificate.map(Certificate::folder))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Killed::of(child);
        let first: Value = serde_json::from_str(&said.next().unwrap().unwrap()).unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in said.map_while(Result::ok) {
                collected.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Some(Self {
            _process: process,
            folder,
            port: first["port"].as_u64().unwrap(),
            lines,
        })
    }

    fn change(&self, mode: &str) {
        // Nobody reads half of it.
        let (new, old) = (self.folder.path().join("new"), self.folder.path().join("mode"));
        std::fs::write(&new, mode).unwrap();
        std::fs::rename(new, old).unwrap();
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.lock().unwrap().clone()
    }

    /// The messages to that address that were taken, or dropped, present or to come: at least one.
    async fn messages(&self, state: &str, to: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let of = |line: &&Value| line["state"] == state && line["to"] == json!([to]);
            let lines = self.lines();
            let found: Vec<_> = lines
                .iter()
                .filter(of)
                .map(|line| line["message"].as_str().unwrap().to_owned())
                .collect();
            if !found.is_empty() {
                return found;
            }
            assert!(Instant::now() < end, "nothing {state} for {to}: {lines:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn wait_for(&self, is_it: impl Fn(&Value) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !self.lines().iter().any(&is_it) {
            assert!(Instant::now() < end, "{:?}", self.lines());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Takes every connection, and says no more than that word over and over, a byte each fifth of a second, until it is dropped.
async fn hanging(word: &'static [u8]) -> (u64, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut hanging = JoinSet::new();
    hanging.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            connections.spawn(async move {
                for byte in word.iter().cycle() {
                    if connection.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    sleep(Duration::from_millis(200)).await;
                }
                std::future::pending::<()>().await;
            });
        }
    });
    (port.into(), hanging)
}

fn app_with(port: u64) -> TestApp {
    let url = format!("smtp://127.0.0.1:{port}");
    TestApp::on_sqlite(&[
        ("SMTP_URL", &url),
        ("MAIL_FROM", "Orchard <no-reply@example.org>"),
        ("PUBLIC_URL", "https://auth.example.org"),
    ])
}

/// A header of a message, unfolded.
fn header(message: &str, name: &str) -> String {
    let head = message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let start = format!("{name}: ");
    let mut found = head.lines().filter_map(|line| line.strip_prefix(&start));
    let value = found.next().unwrap_or_else(|| panic!("no {name} in {head}"));
    assert_eq!(found.next(), None, "{name} stands twice: {head}");
    value.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_with_its_headers_and_both_forms() {
    let Some(server) = MailServer::start("ok", 0) else {
        return;
    };
    let app = app_with(server.port);
    let name = "<script>{{7*7}}</script> \"عادة\" '&";
    let body = json!({"email": "o'brien+tag@example.org", "password": "correct horse battery", "full_name": name});
    let registered = app.anonymous().post("/auth/register", &body).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let messages = server.messages("taken", "o'brien+tag@example.org").await;
    let message = &messages[0];
    assert_eq!(header(message, "From"), "Orchard <no-reply@example.org>");
    assert_eq!(header(message, "To"), "o'brien+tag@example.org");
    assert_eq!(header(message, "Subject"), "Confirm your email address");
    assert!(header(message, "Message-ID").ends_with("@auth.example.org>"));
    assert_eq!(header(message, "Auto-Submitted"), "auto-generated");
    assert!(header(message, "Content-Type").starts_with("multipart/alternative"));
    let (_, html) = message.split_once("text/html").unwrap();
    assert!(!html.contains("<script>{{"), "{message}");
    assert!(!app.logs().contains("pml_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_at_first_arrives_later() {
    for mode in ["451", "550"] {
        let Some(server) = MailServer::start(mode, 0) else {
            return;
        };
        let app = app_with(server.port);
        assert_eq!(app.anonymous().register("ada@example.org").await.status, 201);
        server.wait_for(|line| line["refused"] == "ada@example.org").await;
        server.change("ok");
        assert_eq!(server.messages("taken", "ada@example.org").await.len(), 1);
        app.wait_for_log(|line| line["message"] == "a mail was sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_answer_is_lost_comes_again_under_the_same_id() {
    let Some(server) = MailServer::start("drop", 0) else {
        return;
    };
    let app = app_with(server.port);
    assert_eq!(app.anonymous().register("ada@example.org").await.status, 201);
    let dropped = server.messages("dropped", "ada@example.org").await;
    server.change("ok");
    let taken = server.messages("taken", "ada@example.org").await;
    assert_eq!(header(&dropped[0], "Message-ID"), header(&taken[0], "Message-ID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_the_mail_server_is_away_loses_no_mail() {
    let Some(server) = MailServer::start("ok", 0) else {
        return;
    };
    let port = server.port;
    drop(server);
    let mut app = app_with(port);
    for number in 0..5 {
        let registered = app.anonymous().register(&format!("user{number}@example.org")).await;
        assert_eq!(registered.status, 201, "{registered:?}");
    }
    app.wait_for_log(|line| line["message"] == "a mail was not sent");
    app.kill();
    let Some(server) = MailServer::start("ok", port) else {
        return;
    };
    app.restart(&[]);
    for number in 0..5 {
        let messages = server.messages("taken", &format!("user{number}@example.org")).await;
        assert_eq!(messages.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_at_which_the_mail_server_hangs_holds_up_nobody() {
    let Some(server) = MailServer::start("ok", 0) else {
        return;
    };
    let app = app_with(server.port);
    for address in ["tarpit@example.org", "ada@example.org", "ben@example.org"] {
        assert_eq!(app.anonymous().register(address).await.status, 201);
    }
    server.messages("taken", "ada@example.org").await;
    server.messages("taken", "ben@example.org").await;
    assert!(
        !app.logs().contains("a mail was not sent"),
        "they waited for the first: {}",
        app.logs()
    );
}

/// One that greets nobody, and one whose greeting never ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_stalls_or_drips_slows_no_call_and_the_mail_leaves_later() {
    if of_smtp().is_some() {
        tokio::join!(outlived(b""), outlived(b"220-wait\r\n"));
    }
}

async fn outlived(word: &'static [u8]) {
    let (port, hanging) = hanging(word).await;
    let app = app_with(port);
    assert_eq!(app.anonymous().register("ada@example.org").await.status, 201);
    for number in 0..10 {
        let registered = app.anonymous().register(&format!("user{number}@example.org")).await;
        assert_eq!(registered.status, 201, "{registered:?}");
    }
    app.wait_for_log(|line| line["message"] == "a mail was not sent");
    drop(hanging);
    let server = MailServer::start("ok", port).unwrap();
    assert_eq!(server.messages("taken", "ada@example.org").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_not_given_to_a_server_without_the_right_certificate_and_leaves_once_there_is_one() {
    let (Some(certificate), Some(server)) = (Certificate::made(), MailServer::start("ok", 0)) else {
        return;
    };
    let Some(secret) = MailServer::start_with("ok", 0, Some(&certificate)) else {
        return;
    };
    let url = format!("smtps://localhost:{}", secret.port);
    let mut app = TestApp::on_sqlite(&[
        ("SMTP_URL", &url),
        ("MAIL_FROM", "no-reply@example.org"),
        ("PUBLIC_URL", "https://auth.example.org"),
    ]);
    assert_eq!(app.anonymous().register("ada@example.org").await.status, 201);
    let told = app.wait_for_log(|line| line["message"] == "a mail was not sent");
    assert!(told["failure"].to_string().contains("certificate"), "{told}");
    assert!(secret.lines().is_empty(), "{:?}", secret.lines());
    app.terminate();
    assert!(app.wait().success());
    app.restart(&[("SMTP_URL", &format!("smtp://127.0.0.1:{}", server.port))]);
    assert_eq!(server.messages("taken", "ada@example.org").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_test_prints_the_dialogue_and_says_what_is_wrong() {
    let Some(server) = MailServer::start("ok", 0) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let test = |url: &str| {
        let settings = [
            ("SMTP_URL", url),
            ("MAIL_FROM", "no-reply@example.org"),
            ("PUBLIC_URL", "https://auth.example.org"),
        ];
        let output = crate::process::run(folder.path(), &settings, &["mail", "test", "ada@example.org"]);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (status, said) = test(&format!("smtp://127.0.0.1:{}", server.port));
    assert_eq!(status, Some(0), "{said}");
    for line in [
        "> MAIL FROM:<no-reply@example.org>\n< 250 ",
        "> DATA\n< 354 ",
        "The mail server took a test mail",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert_eq!(server.messages("taken", "ada@example.org").await.len(), 1);
    let (status, said) = test(&format!("smtps://127.0.0.1:{}", server.port));
    assert!(
        status == Some(1) && said.contains("write smtp:// for STARTTLS"),
        "{said}"
    );
    server.change("550");
    let (status, said) = test(&format!("smtp://127.0.0.1:{}", server.port));
    assert!(
        status == Some(1) && said.contains("refuses the recipient") || said.contains("relaying denied"),
        "{said}"
    );
    let (status, said) = test(&format!("smtp://user:secret-word@127.0.0.1:{}", server.port));
    assert!(
        status == Some(1) && said.contains("takes no login at this port"),
        "{said}"
    );
    assert!(!said.contains("secret-word"), "{said}");
    let port = server.port;
    drop(server);
    let (status, said) = test(&format!("smtp://127.0.0.1:{port}"));
    assert!(status == Some(1) && said.contains("nobody listens there"), "{said}");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "a test makes nothing"
    );
}
