//! What a unit of work sends to PostgreSQL, and how often it waits for an answer.

use crate::databases::{Postgres, add, open};
use crate::held::{Held, one_connection, queue_up};
use portcullis_application::ports::{Repositories, Store, StoreResult};
use portcullis_domain::{Device, Session, SessionId, TokenPolicy, User};
use portcullis_storage::{Database, DatabaseOptions, DieselStore};
use portcullis_testkit::build;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// What was sent, one entry for each time that something was.
type Sent = Arc<Mutex<Vec<Vec<u8>>>>;

/// Stands between the store and its server, and keeps what the store sends. Gives the URL that leads through it.
async fn overheard(postgres: &Postgres) -> (String, Sent) {
    let url = postgres.server.url_of(&postgres.name);
    let (_, rest) = url.split_once('@').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let through = format!("{}&sslmode=disable", url.replace(&server, &here));
    let sent = Sent::default();
    let kept = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(pass_on(client, server, Arc::clone(&kept)));
        }
    });
    (through, sent)
}

async fn pass_on(client: TcpStream, server: TcpStream, kept: Sent) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut room = vec![0; 65_536];
    loop {
        let length = from_client.read(&mut room).await?;
        let bytes = room.get(..length).unwrap();
        if bytes.is_empty() {
            return Ok(());
        }
        kept.lock().unwrap().push(bytes.to_vec());
        to_server.write_all(bytes).await?;
    }
}

/// The types of the messages: each begins with a letter and its length without it.
fn messages_in(mut bytes: &[u8]) -> String {
    let mut types = String::new();
    while let [kind, length @ ..] = bytes {
        let length = u32::from_be_bytes(*length.first_chunk().unwrap());
        types.push(char::from(*kind));
        bytes = bytes.get(1 + usize::try_from(length).unwrap()..).unwrap();
    }
    types
}

/// Does what a refresh does.
async fn rotate(store: &Arc<dyn Store>, id: SessionId) -> bool {
    let judge = |found: Option<(Session, User)>| {
        let (session, _) = found.unwrap();
        let next = session.rotated(Device::default(), session.rotation.rotated_at, &TokenPolicy::default());
        ((), Some(next))
    };
    store.rotate(id, judge).await.unwrap().1
}

/// A database of its own behind [`overheard`], with sessions in it.
struct Overheard {
    sent: Sent,
    database: Database,
    store: Arc<dyn Store>,
    sessions: Vec<Session>,
    _postgres: Postgres,
}

impl Overheard {
    async fn with_a_session() -> Option<Self> {
        Self::with_sessions(1, &DatabaseOptions::default()).await
    }

    async fn with_sessions(count: u8, options: &DatabaseOptions) -> Option<Self> {
        let postgres = Postgres::migrated(&DatabaseOptions::default()).await?;
        let (url, sent) = overheard(&postgres).await;
        let database = open(&url, options).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
        let user = build::user("ada@example.com");
        let sessions: Vec<_> = (0..count).map(|number| build::session(&user, number)).collect();
        add(&store, &user, &sessions).await;
        Some(Self {
            sent,
            database,
            store,
            sessions,
            _postgres: postgres,
        })
    }

    /// The messages that a unit of work sends, one text for each time that it sent any.
    async fn messages_of(&self, unit: impl AsyncFn()) -> Vec<String> {
        self.sent.lock().unwrap().clear();
        unit().await;
        let sent = self.sent.lock().unwrap();
        sent.iter().map(|bytes| messages_in(bytes)).collect()
    }

    async fn close(self) {
        tokio::task::spawn_blocking(move || self.database.close())
            .await
            .unwrap();
    }
}

// Bind, execute, sync: a statement that was prepared before. Query: the begin or the end of the transaction.

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_is_prepared_once_and_waits_for_two_answers() {
    let Some(overheard) = Overheard::with_a_session().await else {
        return;
    };
    let rotate = async || assert!(rotate(&overheard.store, overheard.sessions[0].id).await);
    let first = overheard.messages_of(rotate).await.concat();
    assert_eq!(first, "QPDSBESPDSBESPDSBESQ", "in turn, also where they are prepared");
    assert_eq!(overheard.messages_of(rotate).await, ["QBESBES", "BESQ"]);
    overheard.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rotations_that_wait_go_together() {
    // So many that their statements are looked at in more than one way.
    let Some(overheard) = Overheard::with_sessions(40, &one_connection()).await else {
        return;
    };
    let (store, sessions) = (&overheard.store, &overheard.sessions);
    let ben = build::user("ben@example.com");
    let all = async || {
        let held = Held::writing(store, ben.clone()).entered().await;
        let rotating = sessions.iter().map(|session| {
            let (store, id) = (Arc::clone(store), session.id);
            async move { rotate(&store, id).await }
        });
        let waiting = queue_up(rotating.collect()).await;
        held.let_go().await.unwrap();
        for rotation in waiting {
            assert!(rotation.await.unwrap());
        }
    };
    let ends = format!("{}Q", "BES".repeat(40));
    let first = overheard.messages_of(all).await.concat();
    assert!(first.ends_with(&ends), "in turn, also where they are prepared: {first}");
    let id = ben.id;
    let unit = move |repositories: &mut dyn Repositories| repositories.users().delete(id);
    let deleted: StoreResult<bool> = store.write(unit).await;
    assert!(deleted.unwrap());
    let sent = overheard.messages_of(all).await.concat();
    assert!(sent.ends_with(&format!("QBESBES{ends}")), "{sent}");
    overheard.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_whose_rows_are_counted_is_prepared_once() {
    let Some(overheard) = Overheard::with_a_session().await else {
        return;
    };
    let lock = async || {
        let unit = |repositories: &mut dyn Repositories| repositories.users().lock_administrators();
        let active: StoreResult<u64> = overheard.store.write(unit).await;
        active.unwrap();
    };
    let first = overheard.messages_of(lock).await.concat();
    assert!(first.contains('P'), "{first}");
    assert_eq!(overheard.messages_of(lock).await, ["QBES", "BES", "Q"]);
    overheard.close().await;
}
