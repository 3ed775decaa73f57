//! A Redis for one test, which can be stopped, ended and started again.

use portcullis_application::ports::{Limits as _, Sharing};
use portcullis_domain::SecretText;
use portcullis_security::{Keys, SecretKey, SharedLimitKey, SystemClock};
use portcullis_shared_limits::{RedisUrl, SharedLimits};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::sleep;

/// Far longer than anything takes here that comes at all.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Redis {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl Redis {
    /// One that runs. `None`, loudly, where the program is missing.
    pub(crate) fn start() -> Option<Self> {
        let found = Command::new("redis-server")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "redis-server is missing");
            eprintln!("skipped: redis-server is missing");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self {
            folder: tempfile::tempdir().unwrap(),
            port,
            process: None,
        };
        redis.run();
        Some(redis)
    }

    /// Starts it, empty.
    pub(crate) fn run(&mut self) {
        let process = Command::new("redis-server")
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Lets it answer no more, and go on later.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.process.as_ref().unwrap().id();
        kill_process(Pid::from_raw(id.cast_signed()).unwrap(), signal).unwrap();
    }

    pub(crate) fn url(&self) -> RedisUrl {
        format!("redis://127.0.0.1:{}/0", self.port).parse().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A server that counts here, once it is connected.
    pub(crate) async fn server(&self) -> SharedLimits {
        let server = server_at(&self.url());
        until(&server, Sharing::Together).await;
        server
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server of the one store that these tests have.
pub(crate) fn server_at(url: &RedisUrl) -> SharedLimits {
    let current = SecretKey::parse(SecretText::new("Zx8sT1nWq4RmVy6KjB3hF7dGp2cLa9eM".to_owned())).unwrap();
    let keys = Keys {
        current,
        previous: None,
    };
    let names = SharedLimitKey::derive(&keys, &[7; 32]).into_key();
    SharedLimits::open(url, names, Arc::new(SystemClock)).unwrap()
}

/// Waits until it is so.
pub(crate) async fn until(server: &SharedLimits, sharing: Sharing) {
    let began = Instant::now();
    while server.sharing() != sharing {
        assert!(began.elapsed() < PATIENCE, "it never became {sharing:?}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// What Redis answers to one line.
pub(crate) fn asked(port: u16, line: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(format!("{line}QUIT\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.trim_end_matches("+OK\r\n").to_owned()
}
