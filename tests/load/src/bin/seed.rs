//! Fills a new store with users, audit events and sessions, as many as wanted.
//!
//! Call: `seed URL [--users N] [--events N] [--sessions N]`. The URL is one as in `DATABASE_URL`; the store is migrated
//! first. The events' codes are of no key, so the trail does not verify.

use anyhow::{Context as _, bail};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

const SQLITE: &str = include_str!("../../sql/seed/sqlite.sql");
const POSTGRES: &str = include_str!("../../sql/seed/postgres.sql");

const CALL: &str = "call: seed URL [--users N] [--events N] [--sessions N]";

/// How many rows of each kind.
struct Amounts {
    users: u64,
    events: u64,
    sessions: u64,
}

impl Amounts {
    fn read(mut options: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut amounts = Self {
            users: 1_000_000,
            events: 10_000_000,
            sessions: 1_000_000,
        };
        while let Some(option) = options.next() {
            let number = options.next().context(CALL)?.parse().context(CALL)?;
            match option.as_str() {
                "--users" => amounts.users = number,
                "--events" => amounts.events = number,
                "--sessions" => amounts.sessions = number,
                _ => bail!(CALL),
            }
        }
        Ok(amounts)
    }

    fn written_into(&self, sql: &str) -> String {
        sql.replace("{users}", &self.users.to_string())
            .replace("{events}", &self.events.to_string())
            .replace("{sessions}", &self.sessions.to_string())
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url_text = arguments.next().context(CALL)?;
    let amounts = Amounts::read(arguments)?;
    let url = DatabaseUrl::parse(&url_text)?;
    let database = Database::open(&url, &DatabaseOptions::default())?;
    database.migrate()?;
    database.close();
    let start = Instant::now();
    match url.sqlite_path() {
        Some(file) => fill_sqlite(file, &amounts.written_into(SQLITE))?,
        None => fill_postgres(&url_text, &amounts.written_into(POSTGRES))?,
    }
    writeln!(std::io::stdout(), "filled in {:.0} s", start.elapsed().as_secs_f64())?;
    Ok(())
}

fn fill_sqlite(file: &Path, sql: &str) -> anyhow::Result<()> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    Ok(connection.batch_execute(sql)?)
}

/// One statement at a time, since a vacuum stands in no transaction.
#[tokio::main(flavor = "current_thread")]
async fn fill_postgres(url: &str, sql: &str) -> anyhow::Result<()> {
    let mut config: tokio_postgres::Config = url.parse()?;
    config.ssl_mode(tokio_postgres::config::SslMode::Disable);
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    let traffic = tokio::spawn(connection);
    for statement in sql.split(";\n\n") {
        client.batch_execute(statement).await?;
    }
    drop(client);
    tokio::time::timeout(Duration::from_secs(5), traffic).await???;
    Ok(())
}
