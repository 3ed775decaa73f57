//! How often a password may be guessed, by the program itself.

use crate::app::TestApp;
use crate::certificate::Certificate;
use crate::client::{Client, PASSWORD};
use crate::fenced_blocks::block;
use crate::system_programs::{find, start};
use crate::{nginx, on_both_databases};
use serde_json::json;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Limits are as they are without a setting. Most tests switch them off: they act as many people from one address.
const ON: (&str, &str) = ("RATE_LIMIT", "");

const ADA: &str = "ada@example.org";
const NOBODY: &str = "nobody@example.org";
const WRONG: &str = "a wrong guess";

on_both_databases!(known_and_unknown_accounts_are_limited_byte_for_byte_alike);

/// An answer as it comes over the wire, but for the date and the seconds to wait. All ask under one request id.
async fn answer_to(app: &TestApp, email: &str, password: &str) -> String {
    let body = json!({"email": email, "password": password}).to_string();
    let request = format!(
        "POST /auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: one-and-the-same\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = app.anonymous().raw(request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head
        .lines()
        .filter(|line| !line.starts_with("date: ") && !line.starts_with("retry-after: "))
        .map(|line| line.split(";t=").next().unwrap().to_owned())
        .collect();
    lines[1..].sort_unstable();
    format!("{}\n\n{body}", lines.join("\n"))
}

async fn known_and_unknown_accounts_are_limited_byte_for_byte_alike(mut app: TestApp) {
    app.restart(&[ON]);
    app.anonymous().register(ADA).await;
    for _ in 0..10 {
        let known = answer_to(&app, ADA, WRONG).await;
        assert!(known.starts_with("HTTP/1.1 401"), "{known}");
        assert_eq!(answer_to(&app, NOBODY, WRONG).await, known);
    }
    for password in [WRONG, PASSWORD] {
        let known = answer_to(&app, ADA, password).await;
        assert!(known.starts_with("HTTP/1.1 429"), "{known}");
        for header in ["ratelimit: \"login\";r=0", "ratelimit-policy: \"login\";q=10;w=900"] {
            assert!(known.contains(header), "{known}");
        }
        assert_eq!(answer_to(&app, NOBODY, password).await, known);
    }
    let refused = app.anonymous().log_in(ADA, PASSWORD).await;
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=90).contains(&seconds), "{refused:?}");
}

/// The proxy of the document tells whose request it is; what a client says of itself counts for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_each_client_has_a_limit_of_its_own() {
    let Some(program) = find("nginx") else { return };
    let app = TestApp::on_sqlite(&[ON, ("TRUSTED_PROXIES", "127.0.0.1")]);
    let folder = tempfile::tempdir().unwrap();
    let (_running, proxy) = start(folder.path(), |port| {
        let http = block("docs/operations.md", "nginx", "server {")
            .replace("{port}", &port.to_string())
            .replace("{portcullis_port}", &app.address().port().to_string());
        nginx::command(&program, folder.path(), &http)
    })
    .await;
    let [guesser, other] = ["127.0.0.2", "127.0.0.3"].map(|own| Client::from(proxy, own.parse::<IpAddr>().unwrap()));
    for number in 0..100 {
        let body = json!({"email": format!("user-{number}@example.org"), "password": WRONG});
        let request = guesser
            .request(reqwest::Method::POST, "/sso/auth/login")
            .header("x-forwarded-for", format!("203.0.113.{number}"));
        let answer = crate::client::send(request.json(&body)).await;
        answer.assert_problem(401, "invalid_credentials");
    }
    let body = json!({"email": ADA, "password": WRONG});
    guesser
        .post("/sso/auth/login", &body)
        .await
        .assert_problem(429, "too_many_requests");
    other
        .post("/sso/auth/login", &body)
        .await
        .assert_problem(401, "invalid_credentials");
}

/// While Redis is away each counts for itself, says so, and stays ready.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_share_a_redis_count_together() {
    let Some(program) = find("redis-server") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (redis, address) = start(folder.path(), |port| redis(&program, folder.path(), port)).await;
    let url = format!("redis://{address}/0");
    let Some(app) = TestApp::on_postgres(&[ON, ("REDIS_URL", &url)]).await else {
        return;
    };
    let replica = app.replica();
    let (here, there) = (app.anonymous(), replica.anonymous());
    let mut tried = Vec::new();
    loop {
        until_shared(&here, true).await;
        until_shared(&there, true).await;
        let account = format!("ada-{}@example.org", tried.len());
        let mut statuses = Vec::new();
        for client in [&here, &there].into_iter().cycle().take(12) {
            statuses.push(client.log_in(&account, WRONG).await.status);
        }
        if statuses == [[401; 10].as_slice(), &[429; 2]].concat() {
            break;
        }
        // On a busy machine Redis may be slow for a moment, and then each counts alone.
        tried.push(statuses);
        assert!(tried.len() < 5, "{tried:?}");
    }
    drop(redis);
    until_shared(&here, false).await;
    here.log_in(NOBODY, WRONG)
        .await
        .assert_problem(401, "invalid_credentials");
    app.wait_for_line(|line| line.contains("Redis does not answer"));
}

/// By TLS, if its certificate is one that the machine trusts.
#[tokio::test(flavor = "multi_thread")]
async fn servers_count_together_in_a_redis_behind_tls() {
    let (Some(program), Some(certificate)) = (find("redis-server"), Certificate::made_for("localhost")) else {
        return;
    };
    let (folder, files) = (tempfile::tempdir().unwrap(), certificate.folder());
    let trusted = files.join("fullchain.pem");
    let (_redis, address) = start(folder.path(), |port| {
        let mut command = redis(&program, folder.path(), 0);
        command.args(["--tls-auth-clients", "no", "--tls-port", &port.to_string()]);
        for (argument, file) in [
            ("--tls-cert-file", "fullchain.pem"),
            ("--tls-ca-cert-file", "fullchain.pem"),
            ("--tls-key-file", "privkey.pem"),
        ] {
            command.arg(argument).arg(files.join(file));
        }
        command
    })
    .await;
    let url = format!("rediss://localhost:{}/0", address.port());
    let trusting = ("SSL_CERT_FILE", trusted.to_str().unwrap());
    let app = TestApp::on_sqlite(&[ON, ("REDIS_URL", &url), trusting]);
    until_shared(&app.anonymous(), true).await;
    let doubting = TestApp::on_sqlite(&[ON, ("REDIS_URL", &url)]);
    let told = doubting.wait_for_log(|line| line["message"].to_string().contains("Redis does not answer"));
    assert!(told.to_string().contains("ertificate"), "{told}");
    until_shared(&doubting.anonymous(), false).await;
}

fn redis(program: &Path, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder);
    command
}

/// Waits until a server says by its readiness that it counts with others, or that it does not.
async fn until_shared(server: &Client, is_shared: bool) {
    let began = Instant::now();
    loop {
        let ready = server.get("/health/ready").await;
        assert_eq!(
            (ready.status, ready.member("status").as_str()),
            (200, "ok"),
            "{ready:?}"
        );
        if ready.text.contains("limits_not_shared") != is_shared {
            return;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{ready:?}");
        sleep(Duration::from_millis(20)).await;
    }
}
