//! Access tokens that die before they expire, on every server of a store.

use chrono::{SubsecRound, TimeDelta};
use portcullis_application::authentication::AuthenticateError;
use portcullis_application::ports::{Access, Clock as _, Store, StoreError, StoreResult};
use portcullis_application::publication::OutOfTouch;
use portcullis_domain::Origin;
use portcullis_domain::{Carrier, PageRequest, Session, SessionId, TokenPolicy};
use portcullis_testkit::build::{PASSWORD, ending, password, presented, session, user};
use portcullis_testkit::{AskingStore, TemporaryStore, TestApp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Two servers that have read all revocations.
async fn two_servers() -> (TestApp, TestApp) {
    let app = TestApp::new();
    let other = app.beside();
    app.upkeep.begin().await.unwrap();
    other.upkeep.begin().await.unwrap();
    app.register("ada@x.test").await;
    (app, other)
}

#[tokio::test]
async fn a_token_is_verified_without_the_store_and_says_who_holds_it() {
    let (app, _) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    let claims = app.authentication.verify(tokens.access_token.expose()).await.unwrap();
    assert_eq!(claims, app.claims(&tokens));
    // What the store says does not count as long as the memory is trusted.
    let store = app.claims(&tokens).session_id;
    app.revoke(store).await;
    assert!(app.verifies(&tokens).await);
}

#[tokio::test]
async fn what_one_server_ends_is_over_there_at_once_and_on_others_as_they_catch_up() {
    let (app, other) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    assert!(other.verifies(&tokens).await);
    app.sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    assert!(!app.verifies(&tokens).await);
    assert!(other.verifies(&tokens).await);
    other.upkeep.catch_up().await.unwrap();
    assert!(!other.verifies(&tokens).await);
}

#[tokio::test]
async fn every_way_to_end_a_session_revokes_its_tokens() {
    let (app, other) = two_servers().await;
    let policy = app.policy;
    let few = other.beside_under(
        TokenPolicy {
            sessions_per_user: 1,
            ..policy
        },
        app.upkeep_policy,
    );
    few.upkeep.begin().await.unwrap();

    let reused = app.log_in("ada@x.test").await;
    let next = app.refresh(&reused.refresh_token).await.unwrap();
    app.clock.advance(TimeDelta::minutes(1));
    assert!(app.refresh(&reused.refresh_token).await.is_err());
    let (ended, spare) = (app.log_in("ada@x.test").await, app.log_in("ada@x.test").await);
    let actor = app.actor(&spare).await;
    app.sessions
        .end_own(&actor, app.claims(&ended).session_id)
        .await
        .unwrap();
    let aside = app.log_in("ada@x.test").await;
    app.passwords
        .change(&actor, Some(presented(PASSWORD)), password(PASSWORD))
        .await
        .unwrap();
    let others = app.log_in("ada@x.test").await;
    app.sessions.end_own_others(&actor).await.unwrap();
    few.log_in("ada@x.test").await;

    app.upkeep.catch_up().await.unwrap();
    other.upkeep.catch_up().await.unwrap();
    for server in [&app, &other] {
        for (tokens, what) in [
            (&reused, "reused"),
            (&next, "successor of the reused"),
            (&ended, "ended"),
            (&aside, "before the password changed"),
            (&others, "one of the others"),
            (&spare, "the oldest"),
        ] {
            assert!(!server.verifies(tokens).await, "{what}");
        }
    }
}

#[tokio::test]
async fn a_login_in_the_same_moment_is_not_hit() {
    let (app, _) = two_servers().await;
    let first = app.log_in("ada@x.test").await;
    let actor = app.actor(&first).await;
    app.sessions.end_all_own(&actor).await.unwrap();
    let second = app.log_in("ada@x.test").await;
    assert!(!app.verifies(&first).await && app.verifies(&second).await);
}

#[tokio::test]
async fn a_server_that_lost_touch_reads_the_store_instead() {
    let (app, other) = two_servers().await;
    let (tokens, ended) = (app.log_in("ada@x.test").await, app.log_in("ada@x.test").await);
    app.sign_out
        .log_out(&ended.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    assert!(other.verifies(&tokens).await && !other.verifies(&ended).await);
    assert_eq!(other.publication.revocations(), Err(OutOfTouch));
    other.upkeep.catch_up().await.unwrap();
    assert_eq!(other.publication.revocations().unwrap().revocations.len(), 1);
}

#[tokio::test]
async fn neither_a_clock_that_is_set_back_nor_a_suspended_machine_prolongs_the_trust() {
    let (app, other) = two_servers().await;
    let ended = app.log_in("ada@x.test").await;
    let heard_at = app.clock.now();
    app.sign_out
        .log_out(&ended.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    assert!(other.verifies(&ended).await, "the memory is not a second old");

    app.clock.advance(TimeDelta::seconds(1));
    app.clock.set(heard_at);
    assert_eq!(other.publication.revocations(), Err(OutOfTouch));
    assert!(!other.verifies(&ended).await);

    let (tokens, suspended) = (app.log_in("ada@x.test").await, app.beside());
    suspended.upkeep.begin().await.unwrap();
    app.sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    assert!(suspended.verifies(&tokens).await);
    // No time passes by the monotonic clock.
    app.clock.set(heard_at + TimeDelta::seconds(1));
    assert_eq!(suspended.publication.revocations(), Err(OutOfTouch));
    assert!(!suspended.verifies(&tokens).await);
}

#[tokio::test]
async fn a_disabled_account_looks_alike_with_and_without_the_memory() {
    let (app, _) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    let id = app.claims(&tokens).user_id;
    app.change_user(id, |user| user.is_active = false).await;
    app.clock.advance(TimeDelta::seconds(1));
    let refused = app.authentication.verify(tokens.access_token.expose()).await;
    assert!(matches!(refused, Err(AuthenticateError::Invalid)));
}

#[tokio::test]
async fn revocations_survive_a_restart_and_are_forgotten_when_the_tokens_expired() {
    let (app, _) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    app.sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    let restarted = app.beside();
    restarted.upkeep.begin().await.unwrap();
    assert!(!restarted.verifies(&tokens).await);

    app.clock.set(app.policy.access_end(app.clock.now()));
    restarted.upkeep.catch_up().await.unwrap();
    assert_eq!(restarted.publication.revocations().unwrap().revocations, []);
    assert_eq!(app.upkeep.clean_up().await.unwrap().revocations, 0);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.upkeep.clean_up().await.unwrap().revocations, 1);
}

/// Those that are over say how far a start need not look for numbers that were held back, not where it begins to read.
#[tokio::test]
async fn a_start_reads_what_was_revoked_before_something_that_is_forgotten() {
    let (app, _) = two_servers().await;
    let short = app.beside_under(
        TokenPolicy {
            access_token_life: TimeDelta::minutes(1),
            ..app.policy
        },
        app.upkeep_policy,
    );
    short.upkeep.begin().await.unwrap();
    let (lasting, passing) = (app.log_in("ada@x.test").await, short.log_in("ada@x.test").await);
    for (server, tokens) in [(&app, &lasting), (&short, &passing)] {
        let ended = server
            .sign_out
            .log_out(&tokens.refresh_token, Carrier::Body, Origin::default());
        ended.await.unwrap();
    }
    app.clock.advance(TimeDelta::minutes(10));
    let restarted = app.beside();
    restarted.upkeep.begin().await.unwrap();
    let known = restarted.publication.revocations().unwrap().revocations;
    let [revocation] = &known[..] else {
        panic!("not one revocation: {known:?}")
    };
    assert_eq!(revocation.family, app.claims(&lasting).session_id.into());
    assert!(!restarted.verifies(&lasting).await);
}

#[tokio::test]
async fn a_shorter_life_of_access_tokens_holds_for_those_that_are_there() {
    let (app, _) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    let short = app.beside_under(
        TokenPolicy {
            access_token_life: TimeDelta::minutes(1),
            ..app.policy
        },
        app.upkeep_policy,
    );
    app.clock.advance(TimeDelta::minutes(1));
    short.upkeep.begin().await.unwrap();
    app.upkeep.catch_up().await.unwrap();
    assert!(app.verifies(&tokens).await && !short.verifies(&tokens).await && !short.accepts(&tokens).await);
}

#[tokio::test]
async fn a_restored_backup_signs_everybody_out_once() {
    let store = TemporaryStore::new();
    let app = TestApp::on(Arc::new(store.clone()));
    app.upkeep.begin().await.unwrap();
    app.register("ada@x.test").await;
    let before = app.log_in("ada@x.test").await;
    store.execute("UPDATE installation SET is_backup = 1");
    app.clock.advance(TimeDelta::milliseconds(1));
    let restored = app.beside();
    restored.upkeep.begin().await.unwrap();
    assert!(!restored.verifies(&before).await && !restored.accepts(&before).await);
    assert!(restored.refresh(&before.refresh_token).await.is_err());
    assert_eq!(
        restored.publication.revocations().unwrap().not_before,
        Some(restored.clock.now().trunc_subsecs(0) + TimeDelta::seconds(1))
    );

    // In the same second: what is issued from now on counts.
    let after = restored.log_in("ada@x.test").await;
    assert!(restored.verifies(&after).await);
    let again = app.beside();
    again.upkeep.begin().await.unwrap();
    assert!(again.verifies(&after).await && again.accepts(&after).await);
    assert!(!again.verifies(&before).await);
}

#[tokio::test]
async fn last_use_is_seen_at_once_and_written_now_and_then() {
    let (app, other) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    let signed_in_at = app.clock.now();
    let id = app.claims(&tokens).session_id;
    app.clock.advance(TimeDelta::milliseconds(500));
    assert!(app.verifies(&tokens).await);
    assert_eq!(app.session(id).await.unwrap().last_used_at, signed_in_at);
    let actor = app.actor(&tokens).await;
    let listed = app.sessions.list_own(&actor, PageRequest::default()).await.unwrap();
    assert_eq!(listed.items[0].last_used_at, app.clock.now());

    assert_eq!(app.upkeep.note_use().await.unwrap(), 1);
    assert_eq!(app.upkeep.note_use().await.unwrap(), 0);
    assert_eq!(other.session(id).await.unwrap().last_used_at, app.clock.now());
}

/// Of two servers, the one that ends a session may have a shorter setting than the one that gave out its tokens.
#[tokio::test]
async fn a_revocation_is_remembered_as_long_as_the_tokens_of_the_session_live() {
    let (app, _) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    let short = app.beside_under(
        TokenPolicy {
            access_token_life: TimeDelta::minutes(1),
            ..app.policy
        },
        app.upkeep_policy,
    );
    short
        .sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    app.clock.advance(app.policy.access_token_life - TimeDelta::seconds(1));
    app.upkeep.catch_up().await.unwrap();
    assert!(!app.verifies(&tokens).await);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_back_revives_nothing() {
    let (app, _) = two_servers().await;
    let tokens = app.log_in("ada@x.test").await;
    app.sign_out
        .log_out(&tokens.refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    let jump = TimeDelta::hours(1);
    app.clock.advance(jump);
    app.upkeep.catch_up().await.unwrap();
    assert_eq!(app.publication.revocations().unwrap().revocations, []);
    app.upkeep.clean_up().await.unwrap();
    app.clock.advance(-jump);
    app.upkeep.catch_up().await.unwrap();
    assert!(!app.verifies(&tokens).await);
    let restarted = app.beside();
    restarted.upkeep.begin().await.unwrap();
    assert!(!restarted.verifies(&tokens).await);
}

#[tokio::test]
async fn what_was_read_before_a_reading_failed_is_not_lost() {
    let store = TemporaryStore::new();
    let ada = user("ada@x.test");
    let sessions = (0..1_001_i64).map(|number| Session {
        id: SessionId::new(ada.created_at + TimeDelta::milliseconds(number), [0; 10]),
        ..session(&ada, 1)
    });
    let (added, sessions): (_, Vec<_>) = (ada.clone(), sessions.collect());
    let revoked: StoreResult<_> = Arc::<dyn Store>::from(Box::new(store.clone()) as Box<dyn Store>)
        .write(move |repositories| {
            repositories.users().insert(&added)?;
            for session in &sessions {
                repositories.sessions().insert(session)?;
            }
            let ending = ending(added.created_at);
            repositories.endings().revoke_all(added.id, None, &ending)
        })
        .await;
    assert_eq!(revoked.unwrap().len(), 1_001);
    let reads = AtomicUsize::new(0);
    let failing = AskingStore::before(store, move |access| {
        if access == Access::Read && reads.fetch_add(1, Ordering::SeqCst) == 1 {
            return Err(StoreError::Busy);
        }
        Ok(())
    });
    let app = TestApp::on(Arc::new(failing));
    assert!(app.upkeep.catch_up().await.is_err());
    assert!(app.publication.revocations().is_err());
    // Nothing fails any more.
    app.upkeep.begin().await.unwrap();
    assert_eq!(app.publication.revocations().unwrap().revocations.len(), 1_001);
}
