//! Rotations on PostgreSQL, which share transactions: what becomes of them where others are in the way.

use crate::databases::{Postgres, add};
use crate::held::{Held, one_connection, queue_up};
use portcullis_application::ports::{Repositories, Store, StoreError, StoreResult};
use portcullis_domain::{Device, Session, SessionId, TokenPolicy, User};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::{FakeMeter, build};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Takes the next generation from what is there; the one that it found, and whether it was written.
async fn rotate(store: &Arc<dyn Store>, id: SessionId) -> StoreResult<(Option<u64>, bool)> {
    let judge = |found: Option<(Session, User)>| {
        let next = found.as_ref().map(|(session, _)| next(session));
        (found.map(|(session, _)| session.rotation.generation.number()), next)
    };
    store.rotate(id, judge).await
}

fn next(session: &Session) -> Session {
    session.rotated(Device::default(), session.rotation.rotated_at, &TokenPolicy::default())
}

/// Has them wait for the one connection, in this order.
async fn queue_rotations<'s>(
    store: &Arc<dyn Store>,
    sessions: impl Iterator<Item = &'s Session>,
) -> Vec<JoinHandle<StoreResult<(Option<u64>, bool)>>> {
    let rotating = sessions.map(|session| {
        let (store, id) = (Arc::clone(store), session.id);
        async move { rotate(&store, id).await }
    });
    queue_up(rotating.collect()).await
}

/// A database with sessions of one user in it.
async fn with_sessions(count: u8, options: &DatabaseOptions) -> Option<(Postgres, Arc<dyn Store>, Vec<Session>)> {
    let postgres = Postgres::migrated(options).await?;
    let store = postgres.store();
    let user = build::user("ada@example.com");
    let sessions: Vec<Session> = (0..count).map(|number| build::session(&user, number)).collect();
    add(&store, &user, &sessions).await;
    Some((postgres, store, sessions))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_else_has_is_not_waited_for() {
    let Some((_postgres, store, sessions)) = with_sessions(2, &DatabaseOptions::default()).await else {
        return;
    };
    let (entered, inside) = channel();
    let (go_on, told) = channel();
    let holding = tokio::spawn({
        let (store, id) = (Arc::clone(&store), sessions[0].id);
        let unit = move |repositories: &mut dyn Repositories| {
            repositories.sessions().hold_with_user(id)?;
            entered.send(()).unwrap();
            told.recv().unwrap();
            StoreResult::Ok(())
        };
        async move { store.write(unit).await }
    });
    tokio::task::spawn_blocking(move || inside.recv().unwrap())
        .await
        .unwrap();
    for (session, is_written) in sessions.iter().zip([false, true]) {
        assert_eq!(rotate(&store, session.id).await.unwrap(), (Some(0), is_written));
    }
    go_on.send(()).unwrap();
    holding.await.unwrap().unwrap();
    assert_eq!(rotate(&store, sessions[0].id).await.unwrap(), (Some(0), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_of_one_session_that_wait_together_the_first_is_written() {
    let meter = FakeMeter::default();
    let options = DatabaseOptions {
        meter: Arc::new(meter.clone()),
        ..one_connection()
    };
    let Some((postgres, store, sessions)) = with_sessions(2, &options).await else {
        return;
    };
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    let [first, second] = &sessions[..] else {
        panic!("two sessions")
    };
    let waiting = queue_rotations(&store, [first, second, first, first].into_iter()).await;
    assert_eq!(postgres.database.load().waiting, 4);
    let _before = meter.take();
    held.let_go().await.unwrap();
    let mut ended = Vec::new();
    for rotation in waiting {
        ended.push(rotation.await.unwrap().unwrap());
    }
    assert_eq!(
        ended,
        [(Some(0), true), (Some(0), true), (Some(0), false), (Some(0), false)]
    );
    assert_eq!(meter.take(), ["commit of 1", "commit of 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_to_be_written_nothing_is_committed() {
    let meter = FakeMeter::default();
    let options = DatabaseOptions {
        meter: Arc::new(meter.clone()),
        ..DatabaseOptions::default()
    };
    let Some((_postgres, store, sessions)) = with_sessions(1, &options).await else {
        return;
    };
    let _before = meter.take();
    let unknown = build::session(&build::user("nobody@example.com"), 1).id;
    assert_eq!(rotate(&store, unknown).await.unwrap(), (None, false));
    let left = store.rotate(sessions[0].id, |found| (found.is_some(), None)).await;
    assert_eq!(left.unwrap(), (true, false));
    assert_eq!(meter.take(), [""; 0]);
    assert_eq!(rotate(&store, sessions[0].id).await.unwrap(), (Some(0), true));
    assert_eq!(meter.take(), ["commit of 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_done_in_time_is_not_written() {
    let options = DatabaseOptions {
        statement_timeout: Duration::from_secs(2),
        answer_within: Duration::from_secs(5),
        ..DatabaseOptions::default()
    };
    let Some((_postgres, store, sessions)) = with_sessions(1, &options).await else {
        return;
    };
    let (_nobody, told) = channel::<()>();
    let slow = move |found: Option<(Session, User)>| {
        assert!(told.recv_timeout(Duration::from_millis(3_200)).is_err());
        ((), found.map(|(session, _)| next(&session)))
    };
    let refused = store.rotate(sessions[0].id, slow).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert_eq!(rotate(&store, sessions[0].id).await.unwrap(), (Some(0), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_can_not_be_read_fails_its_own_rotation() {
    let Some((postgres, store, sessions)) = with_sessions(3, &one_connection()).await else {
        return;
    };
    let spoilt = format!(
        "UPDATE sessions SET expires_at = 'infinity' WHERE id = '{}'",
        sessions[1].id.as_uuid()
    );
    postgres.server.execute_on(&postgres.name, &spoilt).await;
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    let waiting = queue_rotations(&store, sessions.iter()).await;
    held.let_go().await.unwrap();
    for (number, rotation) in waiting.into_iter().enumerate() {
        match (number, rotation.await.unwrap()) {
            (0 | 2, Ok(rotated)) => assert_eq!(rotated, (Some(0), true)),
            (1, Err(StoreError::Unexpected(_))) => {}
            (_, other) => panic!("{number}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_caller_has_gone_is_not_carried_out() {
    let Some((_postgres, store, sessions)) = with_sessions(2, &one_connection()).await else {
        return;
    };
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    let mut waiting = queue_rotations(&store, sessions.iter()).await;
    let gone = waiting.remove(0);
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    held.let_go().await.unwrap();
    for rotation in waiting {
        assert_eq!(rotation.await.unwrap().unwrap(), (Some(0), true));
    }
    assert_eq!(rotate(&store, sessions[0].id).await.unwrap(), (Some(0), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_on_a_runtime_that_ended_holds_up_nobody() {
    let Some((_postgres, store, sessions)) = with_sessions(2, &one_connection()).await else {
        return;
    };
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    let (other, id) = (Arc::clone(&store), sessions[0].id);
    let elsewhere = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(queue_up(vec![async move { rotate(&other, id).await }]));
    });
    elsewhere.await.unwrap();
    let waiting = queue_rotations(&store, sessions[1..].iter()).await;
    held.let_go().await.unwrap();
    for rotation in waiting {
        assert_eq!(rotation.await.unwrap().unwrap(), (Some(0), true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_can_not_be_written_the_others_are_judged_alone() {
    let Some((postgres, store, sessions)) = with_sessions(4, &one_connection()).await else {
        return;
    };
    let refused = sessions[2].id.as_uuid();
    for statement in [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$".to_owned(),
        format!(
            "CREATE TRIGGER refuse BEFORE UPDATE ON sessions FOR EACH ROW WHEN (NEW.id = '{refused}') \
             EXECUTE FUNCTION refuse()"
        ),
    ] {
        postgres.server.execute_on(&postgres.name, &statement).await;
    }
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    let waiting = queue_rotations(&store, sessions.iter()).await;
    held.let_go().await.unwrap();
    for rotation in waiting {
        assert_eq!(rotation.await.unwrap().unwrap(), (Some(0), false));
    }
    for session in &sessions {
        let is_written = session.id.as_uuid() != refused;
        assert_eq!(rotate(&store, session.id).await.unwrap(), (Some(0), is_written));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_connection_is_free_in_time_all_are_told() {
    let options = DatabaseOptions {
        patience: Duration::from_secs(1),
        ..one_connection()
    };
    let Some((_postgres, store, sessions)) = with_sessions(3, &options).await else {
        return;
    };
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    for rotation in queue_rotations(&store, sessions.iter()).await {
        let busy = rotation.await.unwrap();
        assert!(matches!(busy, Err(StoreError::Busy)), "{busy:?}");
    }
    held.let_go().await.unwrap();
    assert_eq!(rotate(&store, sessions[0].id).await.unwrap(), (Some(0), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ended_fails_those_alone_that_it_carried() {
    let Some((postgres, store, sessions)) = with_sessions(2, &DatabaseOptions::default()).await else {
        return;
    };
    let (entered, inside) = channel::<()>();
    let (go_on, told) = channel::<()>();
    let judge = move |found: Option<(Session, User)>| {
        entered.send(()).unwrap();
        told.recv().unwrap();
        ((), found.map(|(session, _)| next(&session)))
    };
    let rotating = tokio::spawn({
        let (store, id) = (Arc::clone(&store), sessions[0].id);
        async move { store.rotate(id, judge).await }
    });
    tokio::task::spawn_blocking(move || inside.recv().unwrap())
        .await
        .unwrap();
    postgres.server.end_connections_to(&postgres.name).await;
    go_on.send(()).unwrap();
    let refused = rotating.await.unwrap();
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    for session in &sessions {
        assert_eq!(rotate(&store, session.id).await.unwrap(), (Some(0), true));
    }
    // One that was used just now is not looked at before it is used again.
    postgres.server.end_connections_to(&postgres.name).await;
    assert_eq!(rotate(&store, sessions[0].id).await.unwrap(), (Some(1), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_at_the_close_is_refused() {
    let Some((postgres, store, sessions)) = with_sessions(1, &one_connection()).await else {
        return;
    };
    let held = Held::writing(&store, build::user("ben@example.com")).entered().await;
    let waiting = queue_rotations(&store, sessions.iter()).await;
    let database = postgres.database.clone();
    let closing = tokio::task::spawn_blocking(move || database.close());
    for rotation in waiting {
        match rotation.await.unwrap() {
            Err(StoreError::Unavailable(reason)) => assert_eq!(reason.to_string(), "the store is closed"),
            other => panic!("{other:?}"),
        }
    }
    held.let_go().await.unwrap();
    closing.await.unwrap();
}
