//! What servers learn of revocations whose units of work commit out of the order of their numbers.

use crate::databases::Postgres;
use chrono::TimeDelta;
use portcullis_application::ports::{Repositories, Store, StoreResult};
use portcullis_domain::{Session, SessionId, User};
use portcullis_storage::DatabaseOptions;
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{ending, session, user};
use std::sync::Arc;
use std::sync::mpsc::channel;

/// More than a server reads at once.
const HELD_BACK: usize = 2_500;

async fn write<T: Send + 'static>(
    store: &Arc<dyn Store>,
    work: impl FnOnce(&mut dyn Repositories) -> StoreResult<T> + Send + 'static,
) -> T {
    store.write(work).await.unwrap()
}

async fn add(store: &Arc<dyn Store>, user: &User, sessions: usize) {
    let at = user.created_at;
    let (user, one) = (user.clone(), session(user, 1));
    let moments = (0..).map(move |number| at + TimeDelta::milliseconds(number));
    write(store, move |repositories| {
        repositories.users().insert(&user)?;
        for moment in moments.take(sessions) {
            let id = SessionId::new(moment, [0; 10]);
            repositories.sessions().insert(&Session { id, ..one.clone() })?;
        }
        Ok(())
    })
    .await;
}

fn end_all(user: &User) -> impl FnOnce(&mut dyn Repositories) -> StoreResult<usize> + Send + use<> {
    let (id, ending) = (user.id, ending(user.created_at));
    move |repositories| Ok(repositories.endings().revoke_all(id, None, &ending)?.len())
}

fn known_to(server: &TestApp) -> usize {
    server.publication.revocations().unwrap().revocations.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_one_unit_of_work_holds_back_is_learned_once_it_is_committed() {
    let Some(postgres) = Postgres::migrated(&DatabaseOptions::default()).await else {
        return;
    };
    let app = TestApp::on(postgres.store());
    app.upkeep.begin().await.unwrap();
    let (ada, mut bob) = (user("ada@x.test"), user("bob@x.test"));
    bob.created_at += TimeDelta::minutes(1);
    add(&app.store, &ada, HELD_BACK).await;
    add(&app.store, &bob, 2).await;

    let (entered, inside) = channel();
    let (go_on, told) = channel();
    let held = {
        let (store, end_all) = (Arc::clone(&app.store), end_all(&ada));
        tokio::spawn(async move {
            write(&store, move |repositories| {
                let ended = end_all(repositories)?;
                entered.send(()).unwrap();
                told.recv().unwrap();
                Ok(ended)
            })
            .await
        })
    };
    tokio::task::spawn_blocking(move || inside.recv().unwrap())
        .await
        .unwrap();
    assert_eq!(write(&app.store, end_all(&bob)).await, 2);
    app.upkeep.catch_up().await.unwrap();
    let started_meanwhile = app.beside();
    started_meanwhile.upkeep.begin().await.unwrap();
    let servers = [app, started_meanwhile];
    assert_eq!(servers.each_ref().map(known_to), [2, 2]);

    go_on.send(()).unwrap();
    assert_eq!(held.await.unwrap(), HELD_BACK);
    for server in &servers {
        server.upkeep.catch_up().await.unwrap();
    }
    assert_eq!(servers.each_ref().map(known_to), [HELD_BACK + 2; 2]);
}
