//! A fresh database for each test.

use portcullis_application::ports::{Repositories, Store, StoreResult};
use portcullis_domain::{Session, User};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, DieselStore};
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A SQLite database in a folder of its own.
pub(crate) struct Sqlite {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.database.close();
    }
}

impl Sqlite {
    pub(crate) fn empty(options: &DatabaseOptions) -> Self {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::sqlite_file(folder.path().join("test.db"));
        let database = Database::open(&url, options).unwrap();
        Self { folder, database }
    }

    pub(crate) fn migrated(options: &DatabaseOptions) -> Self {
        let sqlite = Self::empty(options);
        sqlite.database.migrate().unwrap();
        sqlite
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(DieselStore::new(self.database.clone()))
    }
}

pub(crate) async fn fresh_sqlite() -> Option<(Arc<dyn Store>, Sqlite)> {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    Some((sqlite.store(), sqlite))
}

/// A scratch server, by a superuser's URL.
pub(crate) struct Server(pub(crate) String);

impl Server {
    /// `None` where there is none to test with, which only a developer's machine may be without.
    pub(crate) fn find() -> Option<Self> {
        let variable = "PORTCULLIS_TEST_POSTGRES_URL";
        if let Ok(url) = env::var(variable) {
            return Some(Self(url));
        }
        assert!(env::var_os("CI").is_none(), "{variable} must name a PostgreSQL server");
        eprintln!("skipped: {variable} names no PostgreSQL server");
        None
    }

    /// The URL of another database of the server.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let (address, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let (host, _) = address.rsplit_once('/').unwrap();
        format!("{host}/{database}?{query}")
    }

    /// Runs SQL as the superuser.
    pub(crate) async fn execute(&self, sql: &str) {
        self.execute_on("postgres", sql).await;
    }

    /// Runs SQL as the superuser, on a database.
    pub(crate) async fn execute_on(&self, database: &str, sql: &str) {
        self.client(database).await.batch_execute(sql).await.unwrap();
    }

    /// The texts that a query of one column gives on a database.
    pub(crate) async fn texts_of(&self, database: &str, query: &str) -> Vec<String> {
        let rows = self.client(database).await.query(query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Whether the connections to a database are encrypted: one answer each.
    pub(crate) async fn encryption_of(&self, database: &str) -> Vec<bool> {
        let sql = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = $1";
        let rows = self.client("postgres").await.query(sql, &[&database]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Ends the connections to a database and waits until they are gone.
    pub(crate) async fn end_connections_to(&self, database: &str) {
        self.execute(&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"
        ))
        .await;
    }

    async fn client(&self, database: &str) -> tokio_postgres::Client {
        let mut config: tokio_postgres::Config = self.0.parse().unwrap();
        config
            .dbname(database)
            .ssl_mode(tokio_postgres::config::SslMode::Disable);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// A PostgreSQL database of its own.
pub(crate) struct Postgres {
    pub(crate) server: Server,
    pub(crate) name: String,
    pub(crate) database: Database,
}

impl Postgres {
    pub(crate) async fn empty(options: &DatabaseOptions) -> Option<Self> {
        Self::made_from("template0", options).await
    }

    pub(crate) async fn migrated(options: &DatabaseOptions) -> Option<Self> {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        Server::find()?;
        let template = TEMPLATE
            .get_or_init(|| async {
                let empty = Self::empty(&DatabaseOptions::default()).await.unwrap();
                let database = empty.database.clone();
                tokio::task::spawn_blocking(move || database.migrate().unwrap())
                    .await
                    .unwrap();
                let template = format!("{}_template", empty.name);
                empty.close().await;
                empty.server.end_connections_to(&empty.name).await;
                let rename = format!("ALTER DATABASE {} RENAME TO {template}", empty.name);
                empty.server.execute(&rename).await;
                template
            })
            .await;
        Self::made_from(template, options).await
    }

    async fn made_from(template: &str, options: &DatabaseOptions) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = Server::find()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("portcullis_storage_{}_{number}", std::process::id());
        server
            .execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await;
        let database = open(&server.url_of(&name), options).await.unwrap();
        Some(Self { server, name, database })
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(DieselStore::new(self.database.clone()))
    }

    async fn close(&self) {
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || database.close()).await.unwrap();
    }
}

/// A renamed database, such as the template, is no longer there to be dropped; it goes with the scratch server.
impl Drop for Postgres {
    fn drop(&mut self) {
        let server = Server(self.server.0.clone());
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        let dropped = std::thread::spawn(move || runtime().unwrap().block_on(server.execute(&drop)));
        dropped.join().unwrap();
    }
}

/// Adds a user and sessions of theirs.
pub(crate) async fn add(store: &Arc<dyn Store>, user: &User, sessions: &[Session]) {
    let (user, sessions) = (user.clone(), sessions.to_vec());
    let unit = move |repositories: &mut dyn Repositories| {
        repositories.users().insert(&user)?;
        sessions
            .iter()
            .try_for_each(|session| repositories.sessions().insert(session))
    };
    let added: StoreResult<()> = store.write(unit).await;
    added.unwrap();
}

/// Opens a database on a thread that may block.
pub(crate) async fn open(url: &str, options: &DatabaseOptions) -> Result<Database, portcullis_storage::OpenError> {
    let url = DatabaseUrl::parse(url).unwrap();
    let options = options.clone();
    tokio::task::spawn_blocking(move || Database::open(&url, &options))
        .await
        .unwrap()
}

pub(crate) async fn fresh_postgres() -> Option<(Arc<dyn Store>, Postgres)> {
    let postgres = Postgres::migrated(&DatabaseOptions::default()).await?;
    Some((postgres.store(), postgres))
}
