//! A running server of its own for a test.

use crate::client::Client;
use crate::database::ScratchDatabase;
use crate::process::Process;
use crate::sqlite;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use tempfile::TempDir;

/// The key of every server under test that has not been given another.
pub(crate) const SECRET_KEY: &str = "black-box-tests-know-this-key-0123456789";

/// The setting for tests in which a spent refresh token is good again: the longest grace that there may be, since a slow
/// machine may need longer than the usual one.
pub(crate) const LONG_GRACE: (&str, &str) = ("REFRESH_TOKEN_GRACE_SECONDS", "60");

enum Home {
    Sqlite,
    Postgres(ScratchDatabase),
}

/// A server on a folder and a database of its own. It is killed with the value.
pub(crate) struct TestApp {
    folder: TempDir,
    home: Home,
    settings: Vec<(String, String)>,
    process: Process,
}

impl TestApp {
    /// A server on a fresh SQLite folder. `settings` go before the tests' own; an empty one is unset.
    pub(crate) fn on_sqlite(settings: &[(&str, &str)]) -> Self {
        Self::start(Home::Sqlite, settings)
    }

    /// A server on a fresh PostgreSQL database; `None` where there is none to test on.
    pub(crate) async fn on_postgres(settings: &[(&str, &str)]) -> Option<Self> {
        let database = ScratchDatabase::create().await?;
        Some(Self::start(Home::Postgres(database), settings))
    }

    fn start(home: Home, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut all = usual_settings();
        if let Home::Postgres(database) = &home {
            all.push(("DATABASE_URL".to_owned(), database.url()));
        }
        change(&mut all, settings);
        let process = Process::start(folder.path(), &all);
        Self {
            folder,
            home,
            settings: all,
            process,
        }
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.process.address())
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// The server's working directory.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs statements in the server's store.
    pub(crate) async fn execute(&self, statements: &str) {
        match &self.home {
            Home::Sqlite => sqlite::execute(&self.sqlite_file(), statements),
            Home::Postgres(database) => database.execute(statements).await,
        }
    }

    /// Asks for one column of text in the server's store.
    pub(crate) async fn column(&self, query: &str) -> Vec<String> {
        match &self.home {
            Home::Sqlite => sqlite::column(&self.sqlite_file(), query),
            Home::Postgres(database) => database.column(query).await,
        }
    }

    /// All that a thief of the store would hold, as far as it is text.
    pub(crate) async fn dump(&self) -> String {
        if let Home::Postgres(database) = &self.home {
            let query = "SELECT t::text FROM sessions t UNION ALL SELECT u::text FROM users u UNION ALL SELECT p::text FROM passwords p";
            return database.column(query).await.join("\n");
        }
        let files = std::fs::read_dir(self.folder().join("data")).unwrap();
        let of_the_store = |path: &PathBuf| path.to_string_lossy().contains("portcullis.db");
        files
            .map(|file| file.unwrap().path())
            .filter(of_the_store)
            .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
            .collect()
    }

    /// Keeps everybody out of the server's PostgreSQL database, and ends the connections that there are.
    pub(crate) async fn close_postgres(&self) {
        if let Home::Postgres(database) = &self.home {
            database.close().await;
        }
    }

    /// Lets everybody in again.
    pub(crate) async fn reopen_postgres(&self) {
        if let Home::Postgres(database) = &self.home {
            database.reopen().await;
        }
    }

    /// An id as SQL writes it in the server's store.
    pub(crate) fn id_in_sql(&self, id: &str) -> String {
        match &self.home {
            Home::Sqlite => format!("x'{}'", id.replace('-', "")),
            Home::Postgres(_) => format!("'{id}'::uuid"),
        }
    }

    /// Of two texts, the one for the server's database.
    pub(crate) fn on<'t>(&self, sqlite: &'t str, postgres: &'t str) -> &'t str {
        match &self.home {
            Home::Sqlite => sqlite,
            Home::Postgres(_) => postgres,
        }
    }

    fn sqlite_file(&self) -> PathBuf {
        self.folder().join("data/portcullis.db")
    }

    /// The server's settings, for what else runs with them.
    pub(crate) fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Everything that the server has logged so far.
    pub(crate) fn logs(&self) -> String {
        self.process.lines()
    }

    /// The first log line, present or to come, that `matches` accepts.
    pub(crate) fn wait_for_log(&self, matches: impl Fn(&Value) -> bool) -> Value {
        self.process.wait_for_log(matches)
    }

    /// The first line of any form, present or to come, that `matches` accepts.
    pub(crate) fn wait_for_line(&self, matches: impl Fn(&str) -> bool) -> String {
        self.process.wait_for_line(matches)
    }

    /// Sends SIGKILL and waits for the end: nothing is flushed, nothing is finished.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.process.terminate();
    }

    /// Waits for the end; the test fails if it does not come.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Starts the server again on the same folder and database, with these settings changed; an empty one is unset.
    pub(crate) fn restart(&mut self, settings: &[(&str, &str)]) {
        self.process.kill();
        change(&mut self.settings, settings);
        self.process = Process::start(self.folder.path(), &self.settings);
    }

    /// Starts the server again as one that dies when it has committed a refresh, before it answers.
    pub(crate) fn restart_to_die(&mut self) {
        self.process.kill();
        let starting = Process::spawn_program("portcullis-failpoints", self.folder.path(), &self.settings);
        self.process = starting.listening();
    }

    /// A second server, where the database takes several: on PostgreSQL.
    pub(crate) fn another(&self) -> Option<Replica> {
        match &self.home {
            Home::Sqlite => None,
            Home::Postgres(_) => Some(self.replica()),
        }
    }

    /// A second server on the same database with a folder of its own; it is killed with the value.
    pub(crate) fn replica(&self) -> Replica {
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &self.settings);
        Replica {
            _folder: folder,
            process,
        }
    }
}

/// What a server under test is given, beside its database. Most tests act as many people from one address, so limits are
/// off but where a test is about them.
pub(crate) fn usual_settings() -> Vec<(String, String)> {
    [
        ("PORT", "0"),
        ("BCRYPT_COST", "4"),
        ("SECRET_KEY", SECRET_KEY),
        ("LOG_FORMAT", "json"),
        ("RATE_LIMIT", "off"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn change(settings: &mut Vec<(String, String)>, changes: &[(&str, &str)]) {
    for (name, value) in changes {
        settings.retain(|(known, _)| known != name);
        if !value.is_empty() {
            settings.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
}

/// Another server on the same database.
pub(crate) struct Replica {
    _folder: TempDir,
    process: Process,
}

impl Replica {
    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.process.address())
    }

    /// Everything that the server has logged so far.
    pub(crate) fn logs(&self) -> String {
        self.process.lines()
    }

    /// The first line of any form, present or to come, that `matches` accepts.
    pub(crate) fn wait_for_line(&self, matches: impl Fn(&str) -> bool) -> String {
        self.process.wait_for_line(matches)
    }

    /// Sends SIGTERM, and waits for the end.
    pub(crate) fn stop(&mut self) {
        self.process.terminate();
        self.process.wait();
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.process.resume();
    }
}
