//! Rows of the audit trail that this program did not write.

use crate::databases::{Postgres, Sqlite};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{AuditEntry, AuditFilter, FoundAuditEntry, Store, StoreResult};
use portcullis_domain::{AccountState, AuditEvent, Device, Origin, PageRequest, Role, UserAgent};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::build;
use std::sync::Arc;

/// Changes that leave the event as it reads, or make none of it.
const CHANGES: [&str; 9] = [
    "kind = 'sudo'",
    "result = 'perhaps'",
    "reason = 'because'",
    "address = '0:0:0:0:0:0:0:1'",
    "address = 'nowhere'",
    "user_agent = 'curl/8 '",
    "request_id = 'a b'",
    "before_role = 'admin'",
    "after_role = NULL",
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
        },
        before: state(Role::User),
        after: state(Role::Admin),
        ..build::event(number)
    }
}

async fn append(store: &Arc<dyn Store>) -> Vec<AuditEntry> {
    let entries: Vec<_> = (0..10).map(|number| build::entry(&event(number))).collect();
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

async fn assert_told_apart(store: &Arc<dyn Store>, entries: &[AuditEntry]) {
    let found: StoreResult<Vec<FoundAuditEntry>> = store
        .read(|repositories| repositories.audit().list_oldest(None, 100))
        .await;
    let found = found.unwrap();
    assert_eq!(found.len(), entries.len());
    for ((found, original), change) in found.iter().zip(entries).zip(CHANGES) {
        assert_eq!(found.position, original.event.position());
        assert_eq!(found.entry, None, "{change}");
    }
    assert_eq!(found.last().unwrap().entry.as_ref(), entries.last());

    // Those that can't be shown keep nobody from the others, on whatever page.
    let page: StoreResult<_> = store
        .read(|repositories| {
            repositories
                .audit()
                .list(&AuditFilter::default(), &PageRequest::default())
        })
        .await;
    let shown: Vec<_> = page.unwrap().items.into_iter().map(|event| event.id).collect();
    let is_shown: Vec<_> = entries.iter().map(|entry| shown.contains(&entry.event.id)).collect();
    let unreadable = [0, 1, 2, 4, 7, 8];
    let expected: Vec<_> = (0..entries.len()).map(|number| !unreadable.contains(&number)).collect();
    assert_eq!(is_shown, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_is_told_from_an_event_on_sqlite() {
    let sqlite = Sqlite::migrated(&DatabaseOptions::default());
    let entries = append(&sqlite.store()).await;
    let changes = changes(&entries, |entry| format!("x'{}'", entry.event.id.as_uuid().simple()));
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
    let changes = changes(&entries, |entry| format!("'{}'", entry.event.id));
    postgres.server.execute_on(&postgres.name, &changes).await;
    assert_told_apart(&postgres.store(), &entries).await;
}
