//! Races for one thing: it goes to one, and the others learn that they lost.

use super::{add, at_once, find_session, revocations, revoke, rounds, write};
use crate::app::TestApp;
use crate::build::{email, ending, registration, session, user};
use chrono::TimeDelta;
use portcullis_application::ProfileChange;
use portcullis_application::ports::{Store, StoreResult};
use portcullis_application::profile::ChangeProfileError;
use portcullis_application::registration::RegisterError;
use portcullis_domain::{Device, Origin, TokenPolicy, UserAgent};
use std::slice::from_ref;
use std::sync::Arc;

/// The row is the winner's.
pub async fn of_many_advances_of_one_generation_one_wins(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    for number in 0..rounds() {
        let present = session(&ada, number);
        if number == 0 {
            add(store, &ada, from_ref(&present)).await;
        } else {
            let begun = present.clone();
            let added = write(store, move |repositories| repositories.sessions().insert(&begun));
            added.await.unwrap();
        }
        let next = |racer: usize| {
            let device = Device {
                address: None,
                user_agent: UserAgent::from_text(&format!("racer {racer}")),
            };
            present.rotated(
                device,
                present.rotation.created_at + TimeDelta::seconds(1),
                &TokenPolicy::default(),
            )
        };
        let results = at_once(16, |racer| {
            let (store, present, next) = (Arc::clone(store), present.clone(), next(racer));
            // Reads before it writes, as a refresh does.
            async move {
                write(&store, move |repositories| {
                    repositories.sessions().find(present.id)?;
                    repositories.sessions().advance(&present, &next)
                })
                .await
                .unwrap()
            }
        });
        let results = results.await;
        let winners: Vec<_> = (0..16)
            .zip(results)
            .filter(|(_, won)| *won)
            .map(|(racer, _)| racer)
            .collect();
        let [winner] = winners[..] else {
            panic!("not one winner: {winners:?}")
        };
        assert_eq!(find_session(store, present.id).await, Some(next(winner)));
    }
}

/// Its time is the winner's, and there is one revocation.
pub async fn of_many_revocations_of_one_session_one_wins(store: &Arc<dyn Store>) {
    let ada = user("ada@x.test");
    let session = session(&ada, 1);
    add(store, &ada, from_ref(&session)).await;
    let results = at_once(16, |racer| {
        let (store, id) = (Arc::clone(store), session.id);
        let at = session.rotation.created_at + TimeDelta::microseconds(i64::try_from(racer).unwrap());
        async move { (revoke(&store, id, at).await, at) }
    });
    let results = results.await.into_iter();
    let winners: Vec<_> = results.filter_map(|(won, at)| Some((won?, at))).collect();
    let [(revocation, at)] = winners[..] else {
        panic!("not one winner: {winners:?}")
    };
    assert_eq!(find_session(store, session.id).await.unwrap().revoked_at, Some(at));
    assert_eq!(revocation.until, ending(at).remembered_until);
    assert_eq!(revocations(store).await, [revocation]);
}

/// The others hear that it is taken, and nothing else.
pub async fn of_many_registrations_of_one_address_one_wins(store: &Arc<dyn Store>) {
    let app = TestApp::on(Arc::clone(store));
    let results = at_once(50, |_| {
        let registering = Arc::clone(&app.registration);
        async move {
            registering
                .register(registration("ada@x.test"), Origin::default())
                .await
        }
    });
    let mut winners = Vec::new();
    for result in results.await {
        match result {
            Ok(user) => winners.push(user),
            Err(error) => assert!(matches!(error, RegisterError::EmailTaken), "{error:?}"),
        }
    }
    let [winner] = &winners[..] else {
        panic!("not one winner: {winners:?}")
    };
    let found: StoreResult<_> = store
        .look_up(|repositories| repositories.users().find_by_email(&email("ada@x.test")))
        .await;
    assert_eq!(found.unwrap().as_ref(), Some(winner));
    app.log_in("ada@x.test").await;
}

/// The others keep their own.
pub async fn of_many_users_who_want_one_address_one_gets_it(store: &Arc<dyn Store>) {
    let app = TestApp::on(Arc::clone(store));
    let mut actors = Vec::new();
    for number in 0..12 {
        let address = format!("user{number}@x.test");
        app.register(&address).await;
        actors.push(app.actor(&app.log_in(&address).await).await);
    }
    let results = at_once(actors.len(), |number| {
        let (profile, actor) = (Arc::clone(&app.profile), actors[number].clone());
        async move {
            let change = ProfileChange {
                email: Some(email("wanted@x.test")),
                full_name: None,
                ..ProfileChange::default()
            };
            profile.change(&actor, change).await
        }
    });
    let mut winners = 0;
    for (number, result) in results.await.into_iter().enumerate() {
        let kept = app.user(actors[number].user().id).await.unwrap().email;
        match result {
            Ok(user) => {
                winners += 1;
                assert_eq!(kept, user.email);
            }
            Err(error) => {
                assert!(matches!(error, ChangeProfileError::EmailTaken), "{error:?}");
                assert_eq!(kept, email(&format!("user{number}@x.test")));
            }
        }
    }
    assert_eq!(winners, 1);
}

/// Every one of them succeeds.
pub async fn many_sign_ins_at_once_leave_no_more_sessions_than_allowed(store: &Arc<dyn Store>) {
    let policy = TokenPolicy {
        sessions_per_user: 3,
        ..TokenPolicy::default()
    };
    let app = TestApp::under(Arc::clone(store), policy);
    app.register("ada@x.test").await;
    let results = at_once(20, |_| {
        let app = app.clone();
        async move { app.log_in("ada@x.test").await }
    });
    let mut live = 0;
    for tokens in results.await {
        live += usize::from(app.accepts(&tokens).await);
    }
    assert_eq!(live, 3);
}
