//! How the databases find what is listed: by an index in the order of the list, without a sort.

use super::{audit, revocations, users};
use crate::connection::postgres::{Limits, PgTls};
use crate::connection::sqlite::{self, Use};
use crate::connection::{AnyConnection, MultiBackend};
use crate::url::{DatabaseUrl, Target};
use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use portcullis_application::ports::{AuditFilter, RevocationNumber, UserFilter, UserQuery};
use portcullis_domain::{AuditEventType, Position, Role, UserId};
use std::fs;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// A query that tells how it would be answered, in rows of type `R`.
struct Explained<Q, R> {
    word: &'static str,
    query: Q,
    rows: PhantomData<R>,
}

impl<Q: QueryFragment<MultiBackend>, R> QueryFragment<MultiBackend> for Explained<Q, R> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        pass.push_sql(self.word);
        self.query.walk_ast(pass)
    }
}

impl<Q, R> QueryId for Explained<Q, R> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, R> Query for Explained<Q, R> {
    type SqlType = R;
}

impl<Q, R> RunQueryDsl<AnyConnection> for Explained<Q, R> {}

/// The plan of a query, a line for each step.
fn plan(connection: &mut AnyConnection, query: impl QueryFragment<MultiBackend>) -> String {
    match connection {
        AnyConnection::Postgres(_) => {
            let explained = Explained {
                word: "EXPLAIN ",
                query,
                rows: PhantomData::<Text>,
            };
            let lines: Vec<String> = explained.load(connection).unwrap();
            lines.join("\n")
        }
        AnyConnection::Sqlite(_) => {
            let explained = Explained {
                word: "EXPLAIN QUERY PLAN ",
                query,
                rows: PhantomData::<(Integer, Integer, Integer, Text)>,
            };
            let steps: Vec<(i32, i32, i32, String)> = explained.load(connection).unwrap();
            steps
                .into_iter()
                .map(|(_, _, _, step)| step)
                .collect::<Vec<_>>()
                .join("\n")
        }
    }
}

/// Fails where a plan is not one walk along that index.
fn assert_walks(connection: &mut AnyConnection, query: impl QueryFragment<MultiBackend>, index: &str, list: &str) {
    let plan = plan(connection, query);
    let walks = plan.contains(&format!("Index Scan Backward using {index} "))
        || plan.contains(&format!("Index Only Scan Backward using {index} "))
        || plan.contains(&format!("Index Scan using {index} "))
        || plan.contains(&format!("Index Only Scan using {index} "))
        || plan.contains(&format!("USING INDEX {index} "))
        || plan.contains(&format!("USING COVERING INDEX {index} "))
        || plan.ends_with(&format!("INDEX {index}"));
    assert!(walks, "{list}: {index} is not walked:\n{plan}");
    for step in ["Sort", "TEMP B-TREE", "Seq Scan", "Bitmap"] {
        assert!(!plan.contains(step), "{list}: {step}:\n{plan}");
    }
}

fn position() -> Position {
    let at: DateTime<Utc> = "2026-01-01T04:00:00Z".parse().unwrap();
    Position {
        at,
        id: Uuid::from_u128(1 << 100),
    }
}

fn assert_users_are_walked(connection: &mut AnyConnection) {
    let query = || Some(UserQuery::parse("nobody").unwrap());
    let filter = |role, is_active, query| UserFilter { query, role, is_active };
    for (index, filter) in [
        ("users_created_at", filter(None, None, None)),
        ("users_created_at", filter(None, None, query())),
        ("users_created_at", filter(Some(Role::User), Some(true), query())),
        ("users_admins", filter(Some(Role::Admin), None, None)),
        ("users_admins", filter(Some(Role::Admin), Some(false), query())),
        ("users_disabled", filter(None, Some(false), None)),
        ("users_disabled", filter(Some(Role::User), Some(false), query())),
    ] {
        for after in [None, Some(position())] {
            let walked = users::list::Index::of(&filter);
            let list = format!("{filter:?} after {after:?}");
            if walked.answers(&filter) {
                assert_walks(connection, users::list::scanned(walked, after).limit(21), index, &list);
            } else {
                let places = users::list::places(walked, after).offset(9).limit(1);
                assert_walks(connection, places, index, &list);
                let matching = users::list::matching(walked, &filter, after, Some(earlier()));
                assert_walks(connection, matching.limit(21), index, &list);
            }
        }
    }
}

fn earlier() -> Position {
    let at: DateTime<Utc> = "2026-01-01T03:30:00Z".parse().unwrap();
    Position { at, ..position() }
}

fn assert_events_are_walked(connection: &mut AnyConnection) {
    let user = Some(UserId::from(Uuid::from_u128(1)));
    let filter = |user_id, kind, since| AuditFilter { user_id, kind, since };
    let since = Some(earlier().at);
    for (index, filter) in [
        ("audit_events_at", filter(None, None, None)),
        ("audit_events_at", filter(None, None, since)),
        ("audit_events_at", filter(None, Some(AuditEventType::Login), since)),
        ("audit_events_user", filter(user, None, None)),
        ("audit_events_user", filter(user, None, since)),
        (
            "audit_events_user",
            filter(user, Some(AuditEventType::RoleChanged), since),
        ),
        (
            "audit_events_kind",
            filter(None, Some(AuditEventType::RoleChanged), None),
        ),
        (
            "audit_events_kind",
            filter(None, Some(AuditEventType::RoleChanged), since),
        ),
    ] {
        for after in [None, Some(position())] {
            let walked = audit::list::Index::of(&filter);
            let list = format!("{filter:?} after {after:?}");
            match walked.leaves(&filter) {
                None => assert_walks(
                    connection,
                    audit::list::scanned(walked, &filter, after).limit(21),
                    index,
                    &list,
                ),
                Some(kind) => {
                    let places = audit::list::places(walked, &filter, after).offset(9).limit(1);
                    assert_walks(connection, places, index, &list);
                    let matching = audit::list::matching(walked, kind, &filter, after, Some(earlier()));
                    assert_walks(connection, matching.limit(21), index, &list);
                }
            }
        }
    }
    for seal in [None, Some(3)] {
        let marked = audit::events::of_seal(seal, Some(position()), 20);
        assert_walks(connection, marked, "audit_events_seal", "marked");
    }
    let oldest = audit::events::behind(Some(position()), 20);
    assert_walks(connection, oldest, "audit_events_at", "oldest");
}

/// The table has a row for each number, so a query costs as much as lies between its lowest and its highest number.
fn assert_revocations_are_walked(connection: &mut AnyConnection, by_number: &str) {
    let now = position().at;
    for ranges in [1, 2, 50] {
        let gap = |start: u64| RevocationNumber(start)..=RevocationNumber(start + 7);
        let gaps: Vec<_> = (0..ranges).map(|range| gap(15_000 + range * 10)).collect();
        let plan = plan(connection, revocations::within(&gaps, now, 1_000));
        assert!(plan.contains(by_number), "{ranges} ranges:\n{plan}");
        for step in ["Sort", "TEMP B-TREE", "Seq Scan", "SCAN"] {
            assert!(!plan.contains(step), "{ranges} ranges: {step}:\n{plan}");
        }
    }
    let last = revocations::last_expired(now);
    assert_walks(connection, last, "revocations_until", "the last that expired");
}

fn migrations(database: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(database);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn sqlite_walks_an_index_for_each_list() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plans.db");
    let connection = sqlite::connect(&file, Use::Writing, Duration::from_secs(1)).unwrap();
    let connection = &mut AnyConnection::Sqlite(connection);
    connection.batch_execute(&migrations("sqlite")).unwrap();
    assert_users_are_walked(connection);
    assert_events_are_walked(connection);
    let by_number = "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    assert_revocations_are_walked(connection, by_number);
}

/// Enough rows for statistics, in tables that nobody else sees. They are so few that to gather what matches and sort it
/// would be as good; what is asked here is whether the index gives the order, so that way is closed.
const ROWS: &str = "
    INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
    SELECT gen_random_uuid(), 'user-' || n || '@example.org', true, 'Ada',
        CASE WHEN n % 200 = 0 THEN 'ADMIN' ELSE 'USER' END, n % 150 <> 0,
        timestamptz '2026-01-01Z' + n * interval '1 second', 'user-' || n || '@example.org'
    FROM generate_series(1, 20000) AS n;
    INSERT INTO audit_events (id, format, kind, at, user_id, result, details, mac, seal)
    SELECT gen_random_uuid(), 1, CASE WHEN n % 10 = 0 THEN 'role_changed' ELSE 'login' END,
        timestamptz '2026-01-01Z' + n * interval '1 second', lpad(to_hex(n % 25), 32, '0')::uuid, 'success', '{}',
        decode(repeat('00', 32), 'hex'), CASE WHEN n < 19600 THEN 1 + n / 400 END
    FROM generate_series(1, 20000) AS n;
    INSERT INTO revocations (session_id, generation, until)
    SELECT gen_random_uuid(), 1, timestamptz '2026-01-01Z' + n * interval '1 second'
    FROM generate_series(1, 20000) AS n;
    ANALYZE users, audit_events, revocations;
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;";

#[test]
fn postgres_walks_an_index_for_each_list() {
    let variable = "PORTCULLIS_TEST_POSTGRES_URL";
    let Ok(url) = std::env::var(variable) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{variable} must name a PostgreSQL server"
        );
        return;
    };
    let url = DatabaseUrl::parse(&url).unwrap();
    let Target::Postgres(url) = url.target() else {
        panic!("a URL of PostgreSQL")
    };
    let limits = Limits {
        connect: Duration::from_secs(10),
        statement: Duration::from_mins(1),
        deadline: None,
    };
    let connection = &mut AnyConnection::Postgres(PgTls::connect(url, limits).unwrap());
    // Never committed, so there is nothing to clean up.
    let schema = "BEGIN; CREATE SCHEMA plans; SET LOCAL search_path = plans;";
    connection.batch_execute(schema).unwrap();
    connection.batch_execute(&migrations("postgres")).unwrap();
    connection.batch_execute(ROWS).unwrap();
    assert_users_are_walked(connection);
    assert_events_are_walked(connection);
    assert_revocations_are_walked(connection, "Index Scan using revocations_pkey ");
}
