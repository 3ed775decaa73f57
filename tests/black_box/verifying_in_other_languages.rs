//! The services of `docs/verifying.md`, as they stand there, with the real libraries.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::{Client, PASSWORD};
use crate::fenced_blocks::{block, document};
use crate::genuine_token::{part, sign_text};
use crate::process::Killed;
use crate::system_programs::{find, start};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::sleep;

const DOCUMENT: &str = "docs/verifying.md";

/// How long a service may take to learn of a revocation: half of the time for which it waits for news before it asks
/// again.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// Far more than a service takes to start and to read what the server publishes.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn the_service_in_node_follows_the_server() {
    let Some((node, installed)) = node() else { return };
    let service = Service {
        source: block(DOCUMENT, "js", "import { createServer }"),
        file: "service.mjs",
        program: node,
        installed,
    };
    service.assert_follows_the_server().await;
}

/// Node.js, and the folder with what its examples need.
fn node() -> Option<(PathBuf, PathBuf)> {
    let (node, npm) = (find("node")?, find("npm")?);
    let installed = installed(&node, &["package.json", "package-lock.json"], |folder| {
        complete(
            Command::new(&npm)
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(folder),
        );
    });
    Some((node, installed))
}

/// What clients were given counts there, and what people have does not.
#[tokio::test(flavor = "multi_thread")]
async fn the_api_in_node_follows_the_provider() {
    let Some((node, installed)) = node() else { return };
    let app = TestApp::on_sqlite(&[("ALGORITHM", "EdDSA")]);
    let resource = [
        "resource",
        "create",
        "https://api.example.com",
        "--scope",
        "orders:read",
        "--scope",
        "orders:write",
    ];
    app.run(&resource).result();
    let token = async |id: &str, scope: &str| {
        let create = [
            "client", "create", "--id", id, "--kind", "service", "--scope", scope, "--json",
        ];
        let made = app.run(&create).json();
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_id", id),
            ("client_secret", made["client_secret"].as_str().unwrap()),
        ];
        let asked = app
            .anonymous()
            .request(reqwest::Method::POST, "/oauth2/token")
            .form(&form);
        let given = crate::client::send(asked).await;
        assert_eq!(given.status, 200, "{given:?}");
        given.member("access_token")
    };
    let reader = token("reader", "orders:read").await;
    let writer = token("writer", "orders:write").await;
    let person = app.anonymous().signed_in("ada@example.org").await;
    let folder = tempfile::tempdir_in(&installed).unwrap();
    let source = block(DOCUMENT, "js", "import { createHash }");
    std::fs::write(folder.path().join("api.mjs"), source).unwrap();
    let (_process, address) = start(folder.path(), |port| {
        let mut command = Command::new(&node);
        command.arg("api.mjs").current_dir(folder.path());
        command.env("PORTCULLIS_ISSUER", format!("http://{}", app.address()));
        command.env("PORT", port.to_string());
        command
    })
    .await;
    let status = async |token: &str| {
        let asked = Client::new(address).with_token(token).get("/orders").await;
        asked.status
    };
    let begun = Instant::now();
    while status(&reader).await != 200 {
        assert!(begun.elapsed() < PATIENCE, "{}", app.logs());
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(status(&writer).await, 403);
    assert_eq!(Client::new(address).get("/orders").await.status, 401);
    // Another key, which it takes for one that is new.
    assert_eq!(status(&person.access).await, 503);
    app.run(&["client", "revoke", "reader"]).json();
    let ended = Instant::now();
    while status(&reader).await != 401 {
        assert!(ended.elapsed() < KNOWN_WITHIN);
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(status(&writer).await, 403, "nobody else's ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_in_python_follows_the_server() {
    let Some(python) = find("python3") else { return };
    let installed = installed(&python, &["requirements.txt"], |folder| {
        complete(Command::new(&python).args(["-m", "venv", "."]).current_dir(folder));
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--requirement",
            "requirements.txt",
        ];
        complete(Command::new(folder.join("bin/python")).args(pip).current_dir(folder));
    });
    let service = Service {
        source: block(DOCUMENT, "py", "import json"),
        file: "service.py",
        program: installed.join("bin/python"),
        installed,
    };
    service.assert_follows_the_server().await;
}

/// One is the documentation of the crate, which is compiled with it, and the other is of the example.
#[test]
fn the_lines_in_rust_are_those_that_are_compiled() {
    let crate_level = document("crates/portcullis-verifier/src/lib.rs");
    let documented: String = crate_level
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .filter(|line| !line.starts_with("# "))
        .collect();
    let shown = block(DOCUMENT, "rust", "use portcullis_verifier::{");
    assert!(documented.contains(&shown), "{shown}");
    let example = document("examples/verifying-service/src/main.rs");
    for beginning in ["AccessToken", "ClientToken"] {
        let shown = block(
            DOCUMENT,
            "rust",
            &format!("use portcullis_verifier::actix::{{{beginning}"),
        );
        for part in shown.split("\n\n") {
            assert!(example.contains(part.trim()), "{part}");
        }
    }
}

/// The folder with the libraries that the lock files name. It is made at the first run, and again when they change.
fn installed(program: &Path, lock_files: &[&str], install: impl Fn(&Path)) -> PathBuf {
    let locks = lock_files
        .iter()
        .map(|name| (name, document(&format!("tests/verifying/{name}"))));
    let locks: Vec<_> = locks.collect();
    let version = Command::new(program).arg("--version").output().unwrap().stdout;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&version);
    for (_, text) in &locks {
        context.update(text.as_bytes());
    }
    let mark = URL_SAFE_NO_PAD.encode(&context.finish().as_ref()[..9]);
    let tests = std::env::current_exe().unwrap();
    let all = tests.ancestors().nth(3).unwrap().join("verifying");
    let folder = all.join(format!("{}-{mark}", program.file_name().unwrap().to_string_lossy()));
    if !folder.exists() {
        std::fs::create_dir_all(&all).unwrap();
        let unfinished = tempfile::tempdir_in(&all).unwrap();
        for (name, text) in &locks {
            std::fs::write(unfinished.path().join(name), text).unwrap();
        }
        install(unfinished.path());
        // Whoever comes second finds the first one's folder, which is as good.
        let renamed = std::fs::rename(unfinished.path(), &folder);
        assert!(renamed.is_ok() || folder.exists(), "{renamed:?}");
    }
    folder
}

fn complete(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A service as the document shows it.
struct Service {
    source: String,
    file: &'static str,
    program: PathBuf,
    installed: PathBuf,
}

/// It, where it runs.
struct Running {
    client: Client,
    _process: Killed,
    folder: TempDir,
}

/// What it prints.
const OUTPUT: &str = "said";

impl Service {
    async fn beside(&self, server: SocketAddr) -> Running {
        // Below the libraries, where Node looks for them.
        let folder = tempfile::tempdir_in(&self.installed).unwrap();
        std::fs::write(folder.path().join(self.file), &self.source).unwrap();
        let (process, address) = start(folder.path(), |port| {
            let mut command = Command::new(&self.program);
            command
                .arg(self.file)
                .current_dir(folder.path())
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("PORTCULLIS_URL", format!("http://{server}"))
                .env("PORT", port.to_string());
            command
        })
        .await;
        Running {
            client: Client::new(address),
            _process: process,
            folder,
        }
    }

    async fn assert_follows_the_server(&self) {
        let setting = block(DOCUMENT, "dotenv", "ALGORITHM=");
        let (name, value) = setting.trim_end().split_once('=').unwrap();
        let mut app = TestApp::on_sqlite(&[(name, value)]);
        let ada = app.anonymous().signed_in("ada@example.org").await;
        let eve = app.anonymous().signed_in("eve@example.org").await;
        let running = self.beside(app.address()).await;
        running.wait_until_it_knows(&ada.access).await;
        let greeting = running.greet_by_the_line_of_the_document(&ada.access);
        assert!(
            greeting.contains(" 200 OK\r\n") && greeting.ends_with("\r\n\r\nHello, ada@example.org.\n"),
            "{greeting}"
        );

        // Nobody passes without a token that counts.
        assert_eq!(running.client.get("/greeting").await.status, 401);
        let printed = std::fs::read_to_string(running.folder.path().join(OUTPUT)).unwrap();
        let listening = format!("listening on http://{}\n", running.client.address());
        assert!(
            printed.starts_with(&listening) && printed.contains("answered 401: there is no token"),
            "{printed}"
        );
        let (claims, signed) = (part(&ada.access, 1), ada.access.rsplit_once('.').unwrap().0);
        let [none, with_secret] = [json!({"alg": "none"}), json!({"typ": "at+jwt", "alg": "HS256"})]
            .map(|header| sign_text(&header.to_string(), &claims.to_string(), hmac::HMAC_SHA256, SECRET_KEY));
        let altered = format!("{signed}.{}", eve.access.rsplit_once('.').unwrap().1);
        for token in [ada.refresh.as_str(), &none, &with_secret, &altered, "a.b.c"] {
            assert_eq!(running.greeting(token).await, 401, "{token}");
        }

        // Who signed out is refused soon, and nobody else is.
        assert_eq!(app.anonymous().log_out(&ada.refresh).await.status, 204);
        let ended = Instant::now();
        while running.greeting(&ada.access).await != 401 {
            assert!(ended.elapsed() < KNOWN_WITHIN);
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(running.greeting(&eve.access).await, 200);

        // The other algorithms that publish keys.
        for algorithm in ["ES256", "RS256"] {
            app.restart(&[(name, algorithm)]);
            let eve = app
                .anonymous()
                .log_in("eve@example.org", PASSWORD)
                .await
                .member("access_token");
            assert_eq!(part(&eve, 0)["alg"], algorithm);
            let running = self.beside(app.address()).await;
            running.wait_until_it_knows(&eve).await;
            assert_eq!(running.greeting(&ada.access).await, 401);
        }

        // Where nobody can tell, nobody passes.
        let address = app.address();
        app.kill();
        let alone = self.beside(address).await;
        assert_eq!(alone.greeting(&eve.access).await, 503);
    }
}

impl Running {
    async fn greeting(&self, token: &str) -> u16 {
        self.client.with_token(token).get("/greeting").await.status
    }

    async fn wait_until_it_knows(&self, access: &str) {
        let begun = Instant::now();
        loop {
            match self.greeting(access).await {
                200 => break,
                status => assert!(status == 503 && begun.elapsed() < PATIENCE, "{status}"),
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn greet_by_the_line_of_the_document(&self, access: &str) -> String {
        let line = block(DOCUMENT, "sh", "curl -si http://127.0.0.1:8080/greeting");
        let line = line.replace("127.0.0.1:8080", &self.client.address().to_string());
        let mut bash = Command::new("bash");
        let output = bash.args(["-c", &line]).env("ACCESS", access).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}
