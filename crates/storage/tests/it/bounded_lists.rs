//! Lists over more rows than one call looks at.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{AuditFilter, Store, StoreResult, UserFilter, UserQuery};
use portcullis_domain::{AuditEventType, Page, PageRequest, PageSize, Position, Role};
use portcullis_storage::DatabaseOptions;
use std::sync::Arc;

/// The first ten of 50,000 are called otherwise than the rest, and a login is what happened to them.
const SQLITE_ROWS: &str = "
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 50000)
    INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
    SELECT unhex(printf('%032x', n)), 'u' || n || '@example.org', 0, iif(n <= 10, '선우은결', 'Ada'), 'USER', 1, n / 7,
        'u' || n || '@example.org' || char(10) || iif(n <= 10, '선우은결', 'ada')
    FROM counted;
    INSERT INTO audit_events (id, format, kind, at, user_id, result, details, mac)
    SELECT id, 1, iif(created_at < 1, 'login', 'logout'), created_at, zeroblob(16), 'success', '{}', zeroblob(32) FROM users;";

const POSTGRES_ROWS: &str = "
    INSERT INTO users (id, email, email_verified, full_name, role, is_active, created_at, search_text)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'u' || n || '@example.org', false,
        CASE WHEN n <= 10 THEN '선우은결' ELSE 'Ada' END, 'USER', true, to_timestamp(n / 7),
        'u' || n || '@example.org' || chr(10) || CASE WHEN n <= 10 THEN '선우은결' ELSE 'ada' END
    FROM generate_series(1, 50000) AS n;
    INSERT INTO audit_events (id, format, kind, at, user_id, result, details, mac)
    SELECT id, 1, CASE WHEN created_at < to_timestamp(1) THEN 'login' ELSE 'logout' END, created_at,
        '00000000-0000-0000-0000-000000000000', 'success', '{}', decode(repeat('00', 32), 'hex')
    FROM users;";

/// The pages of a whole walk.
async fn walk<T: Send + 'static>(mut page: impl AsyncFnMut(PageRequest) -> Page<T>) -> Vec<Page<T>> {
    let mut pages = Vec::new();
    let mut after: Option<Position> = None;
    loop {
        let size = PageSize::new(4).unwrap();
        pages.push(page(PageRequest { size, after }).await);
        after = pages.last().unwrap().next;
        if after.is_none() {
            return pages;
        }
        assert!(pages.len() < 100, "the walk has no end");
    }
}

fn counts<T>(pages: &[Page<T>]) -> Vec<usize> {
    pages.iter().map(|page| page.items.len()).collect()
}

async fn assert_found_in_short_pages(store: &Arc<dyn Store>) {
    let filter = |query: &str, role| UserFilter {
        query: Some(UserQuery::parse(query).unwrap()),
        role,
        is_active: Some(true),
    };
    for (filter, expected) in [
        (filter("선우", None), [0, 0, 4, 4, 2].as_slice()),
        (filter("선", None), &[0, 0, 4, 4, 2]),
        (filter("王", None), &[0, 0, 0]),
        (filter("선우", Some(Role::User)), &[0, 0, 4, 4, 2]),
        (filter("nobody", None), &[0, 0, 0]),
    ] {
        let pages = walk(async |request| {
            let filter = filter.clone();
            let page: StoreResult<_> = store
                .read(move |repositories| repositories.users().list(&filter, &request))
                .await;
            page.unwrap()
        });
        assert_eq!(counts(&pages.await), expected, "{filter:?}");
    }

    // Of the first second there are six.
    let user_id = Some(uuid::Uuid::nil().into());
    for user_id in [None, user_id] {
        let filter = AuditFilter {
            user_id,
            kind: Some(AuditEventType::Login),
            since: None,
        };
        let pages = walk(async |request| {
            let page: StoreResult<_> = store
                .read(move |repositories| repositories.audit().list(&filter, &request))
                .await;
            page.unwrap()
        });
        assert_eq!(counts(&pages.await), [0, 0, 4, 2], "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_far_down_is_found_after_pages_that_come_short_on_sqlite() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let file = sqlite.folder.path().join("test.db");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection.batch_execute(SQLITE_ROWS).unwrap();
    assert_found_in_short_pages(&sqlite.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_far_down_is_found_after_pages_that_come_short_on_postgres() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    postgres.server.execute_on(&postgres.name, POSTGRES_ROWS).await;
    assert_found_in_short_pages(&postgres.store()).await;
}
