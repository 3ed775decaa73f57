//! PostgreSQL as people have it: what this program can't work with is told at the start, in one line that says what to do.

use crate::databases::{Postgres, Server, Sqlite, open};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use portcullis_storage::{Database, DatabaseOptions, OpenError, Unsuitable};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A name that no other test uses.
fn fresh_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("portcullis_servers_{}_{number}", std::process::id())
}

#[track_caller]
pub(crate) fn assert_one_line(refusal: &OpenError, texts: &[&str]) {
    let line = refusal.to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    for text in texts {
        assert!(line.contains(text), "{text}: {line}");
    }
}

pub(crate) async fn on_its_thread<T: Send + 'static>(
    database: &Database,
    ask: impl FnOnce(&Database) -> T + Send + 'static,
) -> T {
    let database = database.clone();
    tokio::task::spawn_blocking(move || ask(&database)).await.unwrap()
}

/// A role without any right of its own, for as long as the value.
struct Role<'s> {
    server: &'s Server,
    name: String,
}

impl<'s> Role<'s> {
    async fn make(server: &'s Server) -> Self {
        let name = fresh_name();
        server
            .execute(&format!("CREATE ROLE {name} LOGIN PASSWORD 'worker'"))
            .await;
        Self { server, name }
    }

    fn url_of(&self, database: &str) -> String {
        let url = self.server.url_of(database);
        let (_, rest) = url.split_once('@').unwrap();
        format!("postgres://{}:worker@{rest}", self.name)
    }

    /// Drops it, and what it may do in a database.
    async fn drop_from(self, database: &str) {
        let name = &self.name;
        self.server
            .execute_on(database, &format!("DROP OWNED BY {name}; DROP ROLE {name}"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_t_hold_every_name_is_refused_with_its_encoding() {
    let Some(server) = Server::find() else { return };
    for encoding in ["LATIN1", "EUC_KR", "SQL_ASCII"] {
        let name = fresh_name();
        let make = format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        server.execute(&make).await;
        let refusal = open(&server.url_of(&name), &DatabaseOptions::default())
            .await
            .unwrap_err();
        server.execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        assert!(
            matches!(refusal, OpenError::Unsuitable(Unsuitable::Encoding { .. })),
            "{refusal:?}"
        );
        assert_one_line(
            &refusal,
            &[&name, encoding, "createdb --encoding=UTF8 --template=template0"],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_server_from_letting_us_in_is_told_with_what_to_do() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let (server, name) = (&postgres.server, &postgres.name);
    let role = Role::make(server).await;
    server
        .execute(&format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"))
        .await;
    let url = role.url_of(name);
    for (url, texts) in [
        (
            url.replace(":worker@", ":hunter2@"),
            ["password", "look at the user and password"],
        ),
        (role.url_of("nowhere_at_all"), ["nowhere_at_all", "createdb"]),
        (url.clone(), ["permission denied", "GRANT CONNECT ON DATABASE"]),
        (
            format!("{}&options=-c%20no_such_thing%3Don", server.url_of(name)),
            ["no_such_thing", "options"],
        ),
    ] {
        let began = Instant::now();
        let refusal = open(&url, &DatabaseOptions::default()).await.unwrap_err();
        assert_one_line(&refusal, &texts);
        assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
        assert!(began.elapsed() < Duration::from_secs(5), "a refusal is not waited for");
    }
    server
        .execute(&format!("GRANT CONNECT ON DATABASE {name} TO PUBLIC"))
        .await;
    server
        .execute(&format!("ALTER ROLE {} CONNECTION LIMIT 0", role.name))
        .await;
    let refusal = open(&url, &DatabaseOptions::default()).await.unwrap_err();
    assert_one_line(&refusal, &["max_connections"]);
    role.drop_from(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_make_tables_is_told_who_has_to_let_it() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let (server, name) = (&postgres.server, &postgres.name);
    // As PostgreSQL 15 has it from the start.
    server
        .execute_on(name, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        .await;
    let role = Role::make(server).await;
    let database = open(&role.url_of(name), &DatabaseOptions::default()).await.unwrap();
    let grant = format!("GRANT CREATE ON SCHEMA public TO {}", role.name);
    for refusal in [
        on_its_thread(&database, Database::check_schema).await.unwrap_err(),
        on_its_thread(&database, Database::migrate).await.unwrap_err(),
    ] {
        assert!(
            matches!(refusal, OpenError::Unsuitable(Unsuitable::NoTables { .. })),
            "{refusal:?}"
        );
        assert_one_line(&refusal, &[&role.name, &grant, "portcullis migrate"]);
    }
    server.execute_on(name, &grant).await;
    on_its_thread(&database, Database::migrate).await.unwrap();
    on_its_thread(&database, Database::check_schema).await.unwrap();
    on_its_thread(&database, Database::close).await;
    role.drop_from(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_path_is_followed_and_one_that_leads_nowhere_is_told() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let (server, name) = (&postgres.server, &postgres.name);
    let url = format!("{}&options=-c%20search_path%3Dauth", server.url_of(name));
    let database = open(&url, &DatabaseOptions::default()).await.unwrap();
    let refusal = on_its_thread(&database, Database::migrate).await.unwrap_err();
    assert!(
        matches!(refusal, OpenError::Unsuitable(Unsuitable::NoSchema { .. })),
        "{refusal:?}"
    );
    assert_one_line(&refusal, &["search_path", "CREATE SCHEMA"]);
    server.execute_on(name, "CREATE SCHEMA auth").await;
    on_its_thread(&database, Database::migrate).await.unwrap();
    on_its_thread(&database, Database::close).await;
    let schemas = "SELECT DISTINCT schemaname::text FROM pg_tables WHERE tablename IN ('users', 'sessions')";
    assert_eq!(server.texts_of(name, schemas).await, ["auth"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_do_what_calls_do_is_told_which_right_it_lacks() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let (server, name) = (&postgres.server, &postgres.name);
    let role = Role::make(server).await;
    let database = open(&role.url_of(name), &DatabaseOptions::default()).await.unwrap();
    for (grant, texts) in [
        (
            "SELECT ON users",
            ["SELECT on the table __diesel_schema_migrations", "GRANT SELECT, INSERT"],
        ),
        (
            "SELECT ON ALL TABLES IN SCHEMA public",
            ["INSERT on the table users", "IN SCHEMA public TO"],
        ),
        (
            "INSERT, UPDATE ON ALL TABLES IN SCHEMA public",
            ["DELETE on the table users", "GRANT SELECT, INSERT"],
        ),
    ] {
        server
            .execute_on(name, &format!("GRANT {grant} TO {}", role.name))
            .await;
        for refusal in [
            on_its_thread(&database, Database::check_schema).await.unwrap_err(),
            on_its_thread(&database, Database::migrate).await.unwrap_err(),
        ] {
            assert!(
                matches!(refusal, OpenError::Unsuitable(Unsuitable::NoRight { .. })),
                "{grant}: {refusal:?}"
            );
            assert_one_line(&refusal, &texts);
        }
    }
    let all = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO";
    server.execute_on(name, &format!("{all} {}", role.name)).await;
    on_its_thread(&database, Database::check_schema).await.unwrap();
    on_its_thread(&database, Database::migrate).await.unwrap();
    on_its_thread(&database, Database::close).await;
    role.drop_from(name).await;
}

/// Another application that uses Diesel, one of a newer version of ours, and one that uses something else.
fn assert_another_application(database: &Database, execute: impl Fn(&str)) {
    let refusals = || [database.check_schema().unwrap_err(), database.migrate().unwrap_err()];
    execute("CREATE TABLE sessions (id integer)");
    for refusal in refusals() {
        let is_told = matches!(&refusal, OpenError::Unsuitable(Unsuitable::TableOfAnotherApplication { table }) if table == "sessions");
        assert!(is_told, "{refusal:?}");
        assert_one_line(
            &refusal,
            &["another application", "sessions", "use another database or schema"],
        );
    }
    execute("CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP)");
    execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('99990101000000')");
    for refusal in refusals() {
        assert!(
            matches!(refusal, OpenError::Unsuitable(Unsuitable::OfAnotherApplication { .. })),
            "{refusal:?}"
        );
        assert_one_line(
            &refusal,
            &[
                "another application",
                "00000000000000",
                "use another database or schema",
            ],
        );
    }
}

#[test]
fn a_sqlite_file_of_another_application_is_told_as_such() {
    let sqlite = Sqlite::empty(&DatabaseOptions::default());
    let file = sqlite.folder.path().join("test.db");
    assert_another_application(&sqlite.database, |sql| {
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        connection.batch_execute(sql).unwrap();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_database_of_another_application_is_told_as_such() {
    let Some(postgres) = Postgres::empty(&DatabaseOptions::default()).await else {
        return;
    };
    let runtime = tokio::runtime::Handle::current();
    on_its_thread(&postgres.database.clone(), move |database| {
        assert_another_application(database, |sql| {
            runtime.block_on(postgres.server.execute_on(&postgres.name, sql));
        });
    })
    .await;
}
