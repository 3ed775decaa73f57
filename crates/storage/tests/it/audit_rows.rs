//! Rows of the audit trail that this program did not write.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{AuditEntry, AuditFilter, FoundAuditEntry, Store, StoreResult};
use portcullis_domain::{AccountState, AuditEvent, Device, Origin, PageRequest, Role, UserAgent};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::build;
use std::sync::Arc;

/// A change of each column, also those that leave the event as it reads or make none of it.
const CHANGES: [&str; 11] = [
    "format = 2",
    // Where a number is cut to 32 bits, this is 1.
    "format = 4294967297",
    "kind = 'sudo'",
    "actor_id = user_id",
    "user_id = NULL",
    "address = '0:0:0:0:0:0:0:1'",
    "address = 'nowhere'",
    "request_id = 'a b'",
    "result = 'perhaps'",
    "details = details || ' '",
    "details = 'no JSON'",
];

fn event(number: u32) -> AuditEvent {
    let state = |role| Some(AccountState { role, is_active: true });
    AuditEvent {
        origin: Origin {
            device: Device {
                address: Some("::1".parse().unwrap()),
                user_agent: UserAgent::from_text("curl/8"),
            },
            request_id: None,
            device_token: None,
        },
        user_id: Some(build::user("ada@x.test").id),
        before: state(Role::User),
        after: state(Role::Admin),
        ..build::event(number)
    }
}

async fn append(store: &Arc<dyn Store>) -> Vec<AuditEntry> {
    let entries: Vec<_> = (0..12).map(|number| build::entry(&event(number))).collect();
    let appended = entries.clone();
    let result: StoreResult<()> = store
        .write(move |repositories| appended.iter().try_for_each(|entry| repositories.audit().append(entry)))
        .await;
    result.unwrap();
    entries
}

/// One change to each event but the last.
fn changes(entries: &[AuditEntry], id: impl Fn(&AuditEntry) -> String) -> String {
    let change = |(change, entry)| format!("UPDATE audit_events SET {change} WHERE id = {};", id(entry));
    CHANGES.iter().zip(entries).map(change).collect()
}

/// What was changed has another form, which no code of the server is for, and keeps nobody from the others.
async fn assert_told_apart(store: &Arc<dyn Store>, entries: &[AuditEntry]) {
    let found: StoreResult<Vec<FoundAuditEntry>> = store
        .read(|repositories| repositories.audit().list_oldest(None, 100))
        .await;
    let found = found.unwrap();
    assert_eq!(found.len(), entries.len());
    for ((found, original), change) in found.iter().zip(entries).zip(CHANGES) {
        assert_eq!(found.mac, Some(original.mac));
        assert_ne!(
            found.record.canonical_bytes(),
            original.record.canonical_bytes(),
            "{change}"
        );
    }
    let (last, original) = (found.last().unwrap(), entries.last().unwrap());
    assert_eq!((&last.record, last.mac), (&original.record, Some(original.mac)));

    let page: StoreResult<_> = store
        .read(|repositories| {
            repositories
                .audit()
                .list(&AuditFilter::default(), &PageRequest::default())
        })
        .await;
    let mut listed = page.unwrap().items;
    listed.reverse();
    let found: Vec<_> = found.into_iter().map(|found| found.record).collect();
    assert_eq!(listed, found);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_is_told_from_an_event_on_sqlite() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let entries = append(&sqlite.store()).await;
    let changes = changes(&entries, |entry| format!("x'{}'", entry.record.id.as_uuid().simple()));
    let file = sqlite.folder.path().join("test.db");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection.batch_execute(&changes).unwrap();
    assert_told_apart(&sqlite.store(), &entries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_is_told_from_an_event_on_postgres() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let entries = append(&postgres.store()).await;
    let changes = changes(&entries, |entry| format!("'{}'", entry.record.id));
    postgres.server.execute_on(&postgres.name, &changes).await;
    assert_told_apart(&postgres.store(), &entries).await;
}
