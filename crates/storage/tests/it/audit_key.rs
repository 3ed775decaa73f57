//! The encrypted key of the audit trail: one for each installation.

use crate::databases::{Postgres, Sqlite};
use portcullis_storage::{Database, DatabaseOptions};

fn assert_first_key_wins_and_is_replaced_by_who_knows_it(database: &Database) {
    assert_eq!(database.audit_key().unwrap(), None);
    assert!(!database.replace_audit_key(Some(b"none"), b"first").unwrap());
    assert!(database.replace_audit_key(None, b"first").unwrap());
    assert!(!database.replace_audit_key(None, b"second").unwrap());
    assert_eq!(database.audit_key().unwrap().as_deref(), Some(b"first".as_slice()));
    assert!(database.replace_audit_key(Some(b"first"), b"third").unwrap());
    assert!(!database.replace_audit_key(Some(b"first"), b"fourth").unwrap());
    assert_eq!(database.audit_key().unwrap().as_deref(), Some(b"third".as_slice()));
}

#[test]
fn the_first_key_wins_and_whoever_knows_it_may_replace_it_on_sqlite() {
    assert_first_key_wins_and_is_replaced_by_who_knows_it(&Sqlite::migrated(&DatabaseOptions::default()).database);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_wins_and_whoever_knows_it_may_replace_it_on_postgres() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let database = postgres.database.clone();
    tokio::task::spawn_blocking(move || assert_first_key_wins_and_is_replaced_by_who_knows_it(&database))
        .await
        .unwrap();
}
