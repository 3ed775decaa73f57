//! A database of its own for a test, on the scratch PostgreSQL that `scripts/test` starts.

use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::NoTls;

const URL: &str = "PORTCULLIS_TEST_POSTGRES_URL";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An empty database; dropped with the value.
pub(crate) struct ScratchDatabase {
    name: String,
    server: String,
}

impl ScratchDatabase {
    /// Makes one. `None`, said aloud, where no server was given; with `CI` set that fails the test.
    pub(crate) async fn create() -> Option<Self> {
        let Ok(server) = std::env::var(URL) else {
            assert!(std::env::var_os("CI").is_none(), "{URL} must be set where CI is");
            eprintln!("skipped: {URL} is not set (scripts/test sets it)");
            return None;
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("black_box_{}_{number}", std::process::id());
        let database = Self { name, server };
        database.on_server(&format!("CREATE DATABASE {}", database.name)).await;
        Some(database)
    }

    /// The URL of this database, by an unencrypted connection.
    pub(crate) fn url(&self) -> String {
        let (server, parameters) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (base, _) = server.rsplit_once('/').expect("the URL names a database");
        let others = parameters
            .split('&')
            .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("sslmode"));
        let parameters: Vec<&str> = others.chain(["sslmode=disable"]).collect();
        format!("{base}/{}?{}", self.name, parameters.join("&"))
    }

    /// Runs statements in this database.
    pub(crate) async fn execute(&self, statement: &str) {
        run(&self.url(), statement).await;
    }

    /// Asks for one column, as text, in this database.
    pub(crate) async fn column(&self, query: &str) -> Vec<String> {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let rows = client
            .query(query, &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        connection.abort();
        rows
    }

    /// Keeps everybody out, and ends the connections that there are.
    pub(crate) async fn close(&self) {
        let name = &self.name;
        self.on_server(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            .await;
        self.on_server(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
    }

    /// Lets everybody in again.
    pub(crate) async fn reopen(&self) {
        self.on_server(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name))
            .await;
    }

    async fn on_server(&self, statement: &str) {
        let (server, _) = self.server.split_once('?').unwrap_or((&self.server, ""));
        run(&format!("{server}?sslmode=disable"), statement).await;
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        // The scratch server goes away as a whole; dropping each database keeps it small until then.
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let (server, _) = server.split_once('?').unwrap_or((&server, ""));
            runtime.block_on(run(&format!("{server}?sslmode=disable"), &statement));
        });
        let _ = dropping.join();
    }
}

async fn run(url: &str, statement: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(statement).await.unwrap();
    connection.abort();
}
