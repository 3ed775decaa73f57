//! A database that is away, frozen, locked or not the right one: what callers hear of it, and how soon.

use crate::databases::{Postgres, Sqlite, open};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use portcullis_application::ports::{Store, StoreError, StoreResult};
use portcullis_domain::{TokenPolicy, User, UserId};
use portcullis_storage::{Database, DatabaseOptions, DatabaseUrl, DieselStore, OpenError};
use portcullis_testkit::build;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

async fn insert(store: &Arc<dyn Store>, user: &User) -> StoreResult<()> {
    let user = user.clone();
    store
        .write(move |repositories| repositories.users().insert(&user))
        .await
}

async fn find(store: &Arc<dyn Store>, id: UserId) -> StoreResult<Option<User>> {
    store.look_up(move |repositories| repositories.users().find(id)).await
}

async fn close(database: Database) {
    tokio::task::spawn_blocking(move || database.close()).await.unwrap();
}

/// What goes between a client and its server.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Open,
    /// Nothing is passed on, and nobody is told.
    Frozen,
    /// Connections are ended.
    Cut,
}

/// Stands between the store and its server. Gives the URL that leads through it.
async fn through_a_line(postgres: &Postgres) -> (String, watch::Sender<Line>) {
    let url = postgres.server.url_of(&postgres.name);
    let (_, rest) = url.split_once('@').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let (line, state) = watch::channel(Line::Open);
    let target = server.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, target.clone(), state.clone()));
        }
    });
    (format!("{}&sslmode=disable", url.replace(&server, &here)), line)
}

async fn pass_on(mut client: TcpStream, server: String, mut state: watch::Receiver<Line>) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    loop {
        let now = *state.borrow_and_update();
        match now {
            Line::Cut => return Ok(()),
            Line::Frozen => drop(state.changed().await),
            Line::Open => tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => return Ok(()),
                _ = state.changed() => {}
            },
        }
    }
}

/// Tells how long it took until a caller heard that the store is not available.
async fn wait_for_refusal<T: std::fmt::Debug>(unit: impl Future<Output = StoreResult<T>>) -> Duration {
    let asked = Instant::now();
    let refused = unit.await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    asked.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_is_given_up_by_one_deadline() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let (url, line) = through_a_line(&postgres).await;
    let options = DatabaseOptions {
        answer_within: Duration::from_secs(4),
        // Less, or a rotation would not be begun.
        statement_timeout: Duration::from_secs(2),
        ..DatabaseOptions::default()
    };
    let database = open(&url, &options).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let user = build::user("ada@example.com");
    insert(&store, &user).await.unwrap();
    line.send(Line::Frozen).unwrap();
    // Before a second deadline could have passed.
    let soon = Duration::from_secs(8);
    assert!(wait_for_refusal(find(&store, user.id)).await < soon);
    assert!(wait_for_refusal(insert(&store, &user)).await < soon);
    assert!(wait_for_refusal(store.check()).await < soon);
    let unknown = build::session(&user, 1).id;
    assert!(wait_for_refusal(store.rotate(unknown, |_| ((), None))).await < soon);
    line.send(Line::Open).unwrap();
    // Whoever failed to connect a moment ago keeps the others from trying for a second.
    let recovered = tokio::time::timeout(Duration::from_secs(30), async {
        while store.probe().await.is_err() || store.check().await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    recovered.await.unwrap();
    assert!(find(&store, user.id).await.unwrap().is_some());
    close(database).await;
}

/// The server would go on with it, and nobody would take it back.
#[tokio::test(flavor = "multi_thread")]
async fn what_commits_by_itself_is_not_sent_when_its_caller_may_leave_before_it_is_done() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let statement_timeout = DatabaseOptions::default().statement_timeout;
    for (answer_within, is_sent) in [(statement_timeout, false), (2 * statement_timeout, true)] {
        let options = DatabaseOptions {
            answer_within,
            ..DatabaseOptions::default()
        };
        let database = open(&postgres.server.url_of(&postgres.name), &options).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
        let unknown = build::session(&build::user("ada@example.com"), 1);
        let written = store.write_once(move |repositories| repositories.sessions().advance(&unknown, &unknown));
        let written = written.await;
        if is_sent {
            assert!(matches!(written, Ok(false)), "{written:?}");
        } else {
            assert!(matches!(written, Err(StoreError::Busy)), "{written:?}");
        }
        close(database).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_whose_end_is_not_answered_may_have_taken_place() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let (url, line) = through_a_line(&postgres).await;
    let options = DatabaseOptions {
        statement_timeout: Duration::from_secs(1),
        answer_within: Duration::from_secs(3),
        ..DatabaseOptions::default()
    };
    let database = open(&url, &options).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let user = build::user("ada@example.com");
    insert(&store, &user).await.unwrap();
    let session = build::session(&user, 1);
    let (id, added) = (session.id, session.clone());
    let added: StoreResult<()> = store
        .write(move |repositories| repositories.sessions().insert(&added))
        .await;
    added.unwrap();
    let next = session.rotated(
        session.device.clone(),
        session.rotation.rotated_at,
        &TokenPolicy::default(),
    );
    let (freezing, written) = (line.clone(), next.clone());
    let unanswered = store.rotate(id, move |_| {
        freezing.send(Line::Frozen).unwrap();
        ((), Some(written))
    });
    assert!(wait_for_refusal(unanswered).await < Duration::from_secs(6));
    line.send(Line::Open).unwrap();
    let found: StoreResult<_> = store
        .look_up(move |repositories| repositories.sessions().find(id))
        .await;
    assert!([Some(session), Some(next)].contains(&found.unwrap()));
    close(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_connections_is_told_at_once_and_with_its_reason() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let (url, line) = through_a_line(&postgres).await;
    let database = open(&url, &DatabaseOptions::default()).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let user = build::user("ada@example.com");
    insert(&store, &user).await.unwrap();
    line.send(Line::Cut).unwrap();
    for _ in 0..40 {
        // Half of what it would take to try until the limit.
        assert!(wait_for_refusal(find(&store, user.id)).await < Duration::from_secs(5));
    }
    let Err(StoreError::Unavailable(reason)) = insert(&store, &user).await else {
        panic!("it was written");
    };
    assert!(format!("{reason:#}").contains("can't be opened"), "{reason:#}");
    close(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_not_ready_and_its_connections_are_given_up() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let name = &postgres.name;
    let refuse = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    postgres.server.execute(&refuse).await;
    let url = postgres.server.url_of(name);
    let refused = open(&url, &DatabaseOptions::default()).await.unwrap_err().to_string();
    assert!(refused.contains("does not allow writes"), "{refused}");
    let any = format!("{url}&target_session_attrs=any");
    let database = open(&any, &DatabaseOptions::default()).await.unwrap();
    let here = database.clone();
    let pending = tokio::task::spawn_blocking(move || here.migrate()).await.unwrap();
    assert_eq!(pending.unwrap(), 0);
    let store: Arc<dyn Store> = Arc::new(DieselStore::new(database.clone()));
    let user = build::user("ada@example.com");
    assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))));
    assert!(find(&store, user.id).await.unwrap().is_none());
    assert!(matches!(insert(&store, &user).await, Err(StoreError::Unavailable(_))));
    let take = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    postgres.server.execute(&take).await;
    // On the connection that refused, it would be refused again.
    insert(&store, &user).await.unwrap();
    store.probe().await.unwrap();
    store.check().await.unwrap();
    close(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_whose_time_is_up_is_busy_in_any_language() {
    let options = DatabaseOptions {
        statement_timeout: Duration::from_millis(200),
        ..DatabaseOptions::default()
    };
    let Some(postgres) = Postgres::migrated(&options).await else {
        return;
    };
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); \
                EXCEPTION WHEN query_canceled THEN RAISE EXCEPTION 'storniere Anfrage wegen Zeitüberschreitung' \
                USING ERRCODE = '57014'; END $$; \
                CREATE TRIGGER slow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION slow()";
    postgres.server.execute_on(&postgres.name, slow).await;
    let told = insert(&postgres.store(), &build::user("ada@example.com")).await;
    assert!(matches!(told, Err(StoreError::Busy)), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_known_by_its_code_in_any_language() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    // The name of a user is the code that the server refuses it with.
    let refusing = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                    RAISE EXCEPTION '교착 상태가 발견됐습니다' USING ERRCODE = NEW.full_name; END $$; \
                    CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse()";
    postgres.server.execute_on(&postgres.name, refusing).await;
    let store = postgres.store();
    let told = async |code: &str| {
        let user = User {
            full_name: build::full_name(code),
            ..build::user("ada@example.com")
        };
        insert(&store, &user).await
    };
    for code in ["40P01", "55P03", "57014", "40001"] {
        assert!(matches!(told(code).await, Err(StoreError::Busy)), "{code}");
    }
    for code in ["53100", "53200", "58030", "42501", "57P03", "25006"] {
        assert!(matches!(told(code).await, Err(StoreError::Unavailable(_))), "{code}");
    }
    assert!(matches!(told("23505").await, Err(StoreError::Conflict)));
    assert!(matches!(told("XX000").await, Err(StoreError::Unexpected(_))));
}

/// Two that each wait for the other: the server ends one of them, in its own words.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_units_that_wait_for_each_other_one_is_told_that_the_store_is_busy() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let store = postgres.store();
    let users = [build::user("ada@example.com"), build::user("ben@example.com")];
    for user in &users {
        insert(&store, user).await.unwrap();
    }
    let both_hold_one = Arc::new(std::sync::Barrier::new(2));
    let [ada, ben] = users.map(|user| user.id);
    let crossing = [(ada, ben), (ben, ada)].map(|(first, second)| {
        let (store, both_hold_one) = (Arc::clone(&store), Arc::clone(&both_hold_one));
        tokio::spawn(async move {
            let held: StoreResult<()> = store
                .write(move |repositories| {
                    repositories.users().lock(first)?;
                    both_hold_one.wait();
                    repositories.users().lock(second)?;
                    Ok(())
                })
                .await;
            held
        })
    });
    let mut refused = Vec::new();
    for unit in crossing {
        refused.extend(unit.await.unwrap().err());
    }
    assert!(matches!(refused.as_slice(), [StoreError::Busy]), "{refused:?}");
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_read_the_migrations_is_not_told_to_migrate() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let name = &postgres.name;
    let role = format!("{name}_reader");
    let make = format!("CREATE ROLE {role} LOGIN PASSWORD 'reader'");
    postgres.server.execute(&make).await;
    let url = postgres.server.url_of(name);
    let (_, rest) = url.split_once('@').unwrap();
    let database = open(&format!("postgres://{role}:reader@{rest}"), &DatabaseOptions::default())
        .await
        .unwrap();
    let here = database.clone();
    let refused = tokio::task::spawn_blocking(move || here.check_schema()).await.unwrap();
    close(database).await;
    postgres.server.execute(&format!("DROP ROLE {role}")).await;
    assert!(matches!(refused, Err(OpenError::Unsuitable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_behind_a_process_that_holds_the_file_all_hear_soon_that_it_is_busy() {
    let sqlite = Sqlite::migrated(&DatabaseOptions {
        patience: Duration::from_secs(4),
        answer_within: Duration::from_mins(1),
        ..DatabaseOptions::default()
    });
    let store = sqlite.store();
    let path = sqlite.folder.path().join("test.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    // Of 2 seconds, or more: SQLite counts its own pauses, each of which may be longer than it was meant to be.
    let asked = Instant::now();
    let told = insert(&store, &build::user("alone@example.com")).await;
    assert!(matches!(told, Err(StoreError::Busy)), "{told:?}");
    let attempt = asked.elapsed();
    let asked = Instant::now();
    let waiting: Vec<_> = (0..900)
        .map(|number| {
            let (store, user) = (Arc::clone(&store), build::user(&format!("user{number}@example.com")));
            tokio::spawn(async move { insert(&store, &user).await })
        })
        .collect();
    for unit in waiting {
        let told = unit.await.unwrap();
        assert!(matches!(told, Err(StoreError::Busy)), "{told:?}");
    }
    // One attempt or two; one batch of 256 after the other would take four.
    let waited = asked.elapsed();
    assert!(waited < 3 * attempt, "{waited:?}, and one attempt took {attempt:?}");
    other.batch_execute("COMMIT").unwrap();
    insert(&store, &build::user("later@example.com")).await.unwrap();
}

/// A database that is started at the same time may take a moment, so a closed port is tried until the limit.
#[test]
fn a_database_that_does_not_answer_yet_is_tried_again_until_the_limit() {
    let url = DatabaseUrl::parse("postgres://nobody:nothing@127.0.0.1:1/nowhere").unwrap();
    let options = DatabaseOptions {
        connect_timeout: Duration::from_secs(1),
        ..DatabaseOptions::default()
    };
    let began = Instant::now();
    let refusal = Database::open(&url, &options).unwrap_err();
    assert!(refusal.to_string().contains("refused"), "{refusal}");
    assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
}
