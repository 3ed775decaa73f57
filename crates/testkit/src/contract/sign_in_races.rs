//! Races of those who sign in and stay signed in with each other, and with whatever ends sessions.

use super::{at_once, rounds};
use crate::app::TestApp;
use crate::build::{PASSWORD, ending, log_in, password, presented};
use chrono::TimeDelta;
use portcullis_application::passwords::ChangePasswordError;
use portcullis_application::ports::{Store, StoreResult};
use portcullis_application::refresh::RefreshError;
use portcullis_application::sign_in::LogInError;
use portcullis_application::tokens::Tokens;
use portcullis_application::{LimitPolicy, ProveAgainError};
use portcullis_domain::{Carrier, Origin, TokenPolicy, UserId};
use std::sync::Arc;

const ADDRESS: &str = "ada@x.test";

/// More is tried here than limits let anybody try.
fn unlimited(app: &TestApp) -> TestApp {
    app.limited_by(LimitPolicy::Off)
}

/// All of them, and it works.
pub async fn refreshes_at_once_within_the_grace_get_the_same_successor(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    app.register(ADDRESS).await;
    for round in 0..rounds() {
        let first = app.log_in(ADDRESS).await;
        let mut successors = Vec::new();
        for result in refreshed_by(&app, &first, 16).await {
            successors.push(result.unwrap());
        }
        for tokens in &successors {
            assert_eq!(
                tokens.refresh_token.expose(),
                successors[0].refresh_token.expose(),
                "round {round}"
            );
            assert!(app.accepts(tokens).await);
        }
        assert_eq!(app.refresh_token(&successors[0]).generation.number(), 1);
        app.refresh(&successors[0].refresh_token).await.unwrap();
    }
}

/// The winner's tokens are dead, too: who of them is the thief can't be known.
pub async fn refreshes_at_once_without_grace_have_one_winner_and_end_the_session(store: &Arc<dyn Store>) {
    let policy = TokenPolicy {
        reuse_grace: TimeDelta::zero(),
        ..TokenPolicy::default()
    };
    let app = unlimited(&TestApp::under(Arc::clone(store), policy));
    app.register(ADDRESS).await;
    for round in 0..rounds() {
        let first = app.log_in(ADDRESS).await;
        let (mut winners, mut reuses) = (Vec::new(), 0);
        for result in refreshed_by(&app, &first, 16).await {
            match result {
                Ok(tokens) => winners.push(tokens),
                Err(RefreshError::Reused) => reuses += 1,
                Err(RefreshError::Invalid) => {}
                Err(error) => panic!("round {round}: {error:?}"),
            }
        }
        let [winner] = &winners[..] else {
            panic!("round {round}: {} winners", winners.len())
        };
        assert!(reuses >= 1, "round {round}: nobody was told of the reuse");
        assert_dead(&app, [&first, winner]).await;
        let session = app.session(app.claims(winner).session_id).await.unwrap();
        assert!(session.revoked_at.is_some());
    }
}

/// Once the password is changed, nobody is signed in by the old one.
pub async fn a_login_that_races_a_password_change_leaves_no_session(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    app.register(ADDRESS).await;
    for round in 0..rounds() {
        let (old, new) = (password_of(round), password_of(round + 1));
        let own = app.sign_in.log_in(log_in(ADDRESS, &old)).await.unwrap();
        let actor = app.actor(&own).await;
        let results = at_once(8, |racer| {
            let (app, actor, old, new) = (app.clone(), actor.clone(), old.clone(), new.clone());
            async move {
                if racer == 3 {
                    let changed = app.passwords.change(&actor, Some(presented(&old)), password(&new));
                    changed.await.unwrap();
                    return None;
                }
                match app.sign_in.log_in(log_in(ADDRESS, &old)).await {
                    Ok(tokens) => Some(tokens),
                    Err(LogInError::InvalidCredentials) => None,
                    Err(error) => panic!("round {round}: {error:?}"),
                }
            }
        });
        assert_dead(&app, results.await.iter().flatten()).await;
        assert!(app.accepts(&own).await, "the session that changed the password goes on");
        let late = app.sign_in.log_in(log_in(ADDRESS, &old)).await;
        assert!(matches!(late, Err(LogInError::InvalidCredentials)));
    }
}

/// But for the session that changed it.
pub async fn a_refresh_that_races_a_password_change_leaves_no_session(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    app.register(ADDRESS).await;
    for round in 0..rounds() {
        let (old, new) = (password_of(round), password_of(round + 1));
        let own = app.sign_in.log_in(log_in(ADDRESS, &old)).await.unwrap();
        let other = app.sign_in.log_in(log_in(ADDRESS, &old)).await.unwrap();
        let (actor, spent) = (app.actor(&own).await, Arc::new(other));
        let results = at_once(2, |racer| {
            let (app, actor, spent) = (app.clone(), actor.clone(), Arc::clone(&spent));
            let (old, new) = (old.clone(), new.clone());
            async move {
                if racer == 1 {
                    let changed = app.passwords.change(&actor, Some(presented(&old)), password(&new));
                    changed.await.unwrap();
                    return Vec::new();
                }
                refreshed_until_refused(&app, &spent).await
            }
        });
        assert_dead(&app, results.await.iter().flatten()).await;
        assert_dead(&app, [&*spent]).await;
        assert!(app.accepts(&own).await);
    }
}

/// The others are told that the password is wrong, or that their session is over.
pub async fn of_password_changes_at_once_one_wins(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    app.register(ADDRESS).await;
    for round in 0..rounds() {
        let old = password_of(round);
        let mut actors = Vec::new();
        for _ in 0..4 {
            actors.push(
                app.actor(&app.sign_in.log_in(log_in(ADDRESS, &old)).await.unwrap())
                    .await,
            );
        }
        let results = at_once(actors.len(), |racer| {
            let (app, actor, old) = (app.clone(), actors[racer].clone(), old.clone());
            async move {
                // All but the first want a password that nobody has in the next round.
                let new = format!("{}{}", password_of(round + 1), ["", " 1", " 2", " 3"][racer]);
                let changed = app.passwords.change(&actor, Some(presented(&old)), password(&new));
                (changed.await, new)
            }
        });
        let mut winners = Vec::new();
        for (changed, new) in results.await {
            match changed {
                Ok(()) => winners.push(new),
                Err(ChangePasswordError::NotProved(ProveAgainError::Wrong | ProveAgainError::SignedOut)) => {}
                Err(error) => panic!("round {round}: {error:?}"),
            }
        }
        let [new] = &winners[..] else {
            panic!("round {round}: {winners:?}")
        };
        let tokens = app.sign_in.log_in(log_in(ADDRESS, new)).await.unwrap();
        let (actor, next) = (app.actor(&tokens).await, password(&password_of(round + 1)));
        let changed = app.passwords.change(&actor, Some(presented(new)), next);
        changed.await.unwrap();
    }
}

/// Neither what was given out before nor what a refresh beside it got.
pub async fn nothing_of_a_session_works_once_log_out_returned(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    app.register(ADDRESS).await;
    let bystander = app.log_in(ADDRESS).await;
    for _ in 0..rounds() {
        let first = Arc::new(app.log_in(ADDRESS).await);
        let results = at_once(2, |racer| {
            let (app, first) = (app.clone(), Arc::clone(&first));
            async move {
                if racer == 1 {
                    app.sign_out
                        .log_out(&first.refresh_token, Carrier::Body, Origin::default())
                        .await
                        .unwrap();
                    assert_dead(&app, [&*first]).await;
                    return Vec::new();
                }
                refreshed_until_refused(&app, &first).await
            }
        });
        assert_dead(&app, results.await.iter().flatten()).await;
        assert_dead(&app, [&*first]).await;
    }
    assert!(app.accepts(&bystander).await);
}

/// Also when the user is let in again.
pub async fn a_sign_in_that_races_a_disabling_leaves_nothing_that_works(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    let id = app.register(ADDRESS).await.id;
    for round in 0..rounds() {
        let first = Arc::new(app.log_in(ADDRESS).await);
        let results = at_once(8, |racer| {
            let (app, first) = (app.clone(), Arc::clone(&first));
            async move {
                match racer {
                    3 => {
                        disable(&app, id).await;
                        Vec::new()
                    }
                    0 => refreshed_until_refused(&app, &first).await,
                    _ => match app.sign_in.log_in(log_in(ADDRESS, PASSWORD)).await {
                        Ok(tokens) => vec![tokens],
                        Err(LogInError::AccountDisabled) => Vec::new(),
                        Err(error) => panic!("round {round}: {error:?}"),
                    },
                }
            }
        });
        let given = results.await;
        app.change_user(id, |user| user.is_active = true).await;
        assert_dead(&app, given.iter().flatten()).await;
        assert_dead(&app, [&*first]).await;
    }
}

/// Whoever comes second finds another hash than the one that was checked, and is let in all the same.
pub async fn sign_ins_at_once_all_get_in_while_the_hash_is_made_anew(store: &Arc<dyn Store>) {
    let app = unlimited(&TestApp::on(Arc::clone(store)));
    app.register(ADDRESS).await;
    for round in 0..rounds() {
        app.hasher.raise_cost();
        let results = at_once(8, |_| {
            let app = app.clone();
            async move { app.sign_in.log_in(log_in(ADDRESS, PASSWORD)).await }
        });
        for result in results.await {
            assert!(result.is_ok(), "round {round}: {result:?}");
        }
    }
}

/// What `count` clients get who present one refresh token at the same time.
async fn refreshed_by(app: &TestApp, tokens: &Tokens, count: usize) -> Vec<Result<Tokens, RefreshError>> {
    at_once(count, |_| {
        let (app, token) = (app.clone(), tokens.refresh_token.clone());
        async move { app.refresh(&token).await }
    })
    .await
}

/// Refreshes again and again until the session was ended; all that it got.
async fn refreshed_until_refused(app: &TestApp, first: &Tokens) -> Vec<Tokens> {
    let mut token = first.refresh_token.clone();
    let mut given = Vec::new();
    while given.len() < 2000 {
        match app.refresh(&token).await {
            Ok(tokens) => {
                token = tokens.refresh_token.clone();
                given.push(tokens);
            }
            Err(RefreshError::Invalid) => return given,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the session was never ended");
}

/// Asserts that neither the access tokens nor the refresh tokens are accepted.
async fn assert_dead(app: &TestApp, given: impl IntoIterator<Item = &Tokens>) {
    for tokens in given {
        assert!(!app.accepts(tokens).await, "an access token still works");
        let refreshed = app.refresh(&tokens.refresh_token).await;
        assert!(refreshed.is_err(), "a refresh token still works");
    }
}

/// Disables a user as every such change must: user first, then the sessions, in one unit.
async fn disable(app: &TestApp, id: UserId) {
    let ending = ending(portcullis_application::ports::Clock::now(&app.clock));
    let disabled: StoreResult<_> = app
        .store
        .write(move |repositories| {
            let mut user = repositories.users().lock(id)?.unwrap();
            user.is_active = false;
            repositories.users().update(&user)?;
            repositories.endings().revoke_all(id, None, &ending)
        })
        .await;
    disabled.unwrap();
}

/// The password of a round; that of round 0 is what everybody registers with.
fn password_of(round: u8) -> String {
    if round == 0 {
        PASSWORD.to_owned()
    } else {
        format!("{PASSWORD} {round}")
    }
}
