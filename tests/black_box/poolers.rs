//! A pooler between the server and PostgreSQL.

use crate::app::usual_settings;
use crate::client::{Client, Tokens};
use crate::commands::run_in;
use crate::database::ScratchDatabase;
use crate::process::{Killed, Process};
use crate::system_programs::{find, start};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

/// A pooler of a database, as long as the value.
struct Pooler {
    folder: TempDir,
    _running: Killed,
    /// The database by way of the pooler.
    url: String,
}

impl Pooler {
    async fn start(program: &Path, database: &ScratchDatabase, mode: &str, size: u32) -> Self {
        let url = database.url();
        let (_, rest) = url.split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        let (server, _) = rest.split_once('/').unwrap();
        let (name, password) = user.split_once(':').unwrap();
        let (host, port) = server.split_once(':').unwrap();
        let folder = tempfile::tempdir().unwrap();
        let users = folder.path().join("users.txt");
        fs::write(&users, format!("\"{name}\" \"{password}\"\n")).unwrap();
        // Whoever starts it as root: it goes on as nobody, who reads the users.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let is_root = rustix::process::geteuid().is_root();
        let file = folder.path().join("pgbouncer.ini");
        let (running, address) = start(folder.path(), |listens| {
            let settings = format!(
                "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {listens}\n\
                 unix_socket_dir =\nauth_type = plain\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = {size}\n",
                users.display()
            );
            fs::write(&file, settings).unwrap();
            let mut command = Command::new(program);
            if is_root {
                command.args(["-u", "nobody"]);
            }
            command.arg(&file);
            command
        })
        .await;
        Self {
            folder,
            _running: running,
            url: url.replace(server, &address.to_string()),
        }
    }

    fn settings(&self) -> Vec<(String, String)> {
        let mut settings = usual_settings();
        settings.push(("DATABASE_URL".to_owned(), self.url.clone()));
        settings
    }

    /// Others that use it at the same time.
    async fn kept_busy(&self, by: usize) -> JoinSet<()> {
        let mut others = JoinSet::new();
        for _ in 0..by {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
            others.spawn(async move {
                let asking = async { while client.simple_query("SELECT pg_sleep(0.001)").await.is_ok() {} };
                tokio::select! {
                    () = asking => {}
                    _ = connection => {}
                }
            });
        }
        others
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_keeps_no_sessions_is_refused_and_the_doctor_says_so() {
    let Some(program) = find("pgbouncer") else { return };
    let Some(database) = ScratchDatabase::create().await else {
        return;
    };
    for (mode, size, others) in [
        ("transaction", 1, 0),
        ("transaction", 20, 0),
        ("transaction", 20, 6),
        ("statement", 20, 0),
    ] {
        let pooler = Pooler::start(&program, &database, mode, size).await;
        let others = pooler.kept_busy(others).await;
        let run = |command: &'static str| {
            let (folder, settings) = (pooler.folder.path().to_owned(), pooler.settings());
            tokio::task::spawn_blocking(move || run_in(&folder, &settings, &[command], b""))
        };
        let (mut start, doctor) = (run("serve").await.unwrap(), run("doctor").await.unwrap());
        // A pooler whose connections are all in use lets the start wait, which it tells first.
        start.stderr = start.stderr.lines().last().unwrap_or_default().to_owned();
        drop(others);
        start.assert_refused(&["DATABASE_URL", "pool_mode = session"]);
        let is_told = |line: &String| line.starts_with("fail store: ") && line.contains("pool_mode = session");
        assert!(doctor.findings().iter().any(is_told), "{mode} {size}: {doctor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_keeps_sessions_is_as_good_as_the_server() {
    let Some(program) = find("pgbouncer") else { return };
    let Some(database) = ScratchDatabase::create().await else {
        return;
    };
    let pooler = Pooler::start(&program, &database, "session", 40).await;
    let server = Process::start(pooler.folder.path(), &pooler.settings());
    let client = Client::new(server.address());
    assert_eq!(client.get("/health/ready").await.status, 200);
    let tokens = client.signed_in("ada@example.org").await;
    let refreshed = Tokens::of(&client.refresh(&tokens.refresh).await);
    assert_eq!(client.with_token(&refreshed.access).me().await.status, 200);
    assert_eq!(client.log_out(&refreshed.refresh).await.status, 204);
    assert_eq!(client.with_token(&refreshed.access).me().await.status, 401);
    assert_eq!(client.get("/health/ready").await.status, 200);
}
