//! Staying signed in.

use async_trait::async_trait;
use chrono::TimeDelta;
use portcullis_application::ports::{Access, Clock, Judge, RefreshTokens, Store, StoreResult, Work, rotate_alone};
use portcullis_application::refresh::{Exchange, RefreshAttempt, RefreshError};
use portcullis_application::tokens::Tokens;
use portcullis_domain::{Carrier, Device, Generation, Origin, SecretText, Seed, SessionId, TokenPolicy, UserAgent};
use portcullis_testkit::build::{self, email};
use portcullis_testkit::{FakeRefreshTokens, TemporaryStore, TestApp};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// An app in which Ada is signed in, and her tokens.
async fn signed_in() -> (TestApp, Tokens) {
    signed_in_under(TokenPolicy::default()).await
}

async fn signed_in_under(policy: TokenPolicy) -> (TestApp, Tokens) {
    let app = TestApp::under(Arc::new(TemporaryStore::new()), policy);
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    (app, tokens)
}

async fn next(app: &TestApp, tokens: &Tokens) -> Tokens {
    app.refresh(&tokens.refresh_token).await.unwrap()
}

async fn refusal(app: &TestApp, tokens: &Tokens) -> RefreshError {
    app.refresh(&tokens.refresh_token).await.unwrap_err()
}

#[tokio::test]
async fn a_refresh_gives_the_next_tokens_of_the_same_session() {
    let (app, first) = signed_in().await;
    app.clock.advance(TimeDelta::hours(1));
    let device = Device {
        address: Some("2001:db8::1".parse().unwrap()),
        user_agent: UserAgent::from_text("another agent"),
    };
    let origin = Origin {
        device: device.clone(),
        request_id: None,
        device_token: None,
    };
    let attempt = RefreshAttempt {
        origin,
        ..build::refresh(&first.refresh_token, Exchange::Bodies)
    };
    let second = app.refresh.refresh(attempt).await.unwrap();
    assert_ne!(second.refresh_token.expose(), first.refresh_token.expose());
    assert_eq!(second.expires_in, TimeDelta::minutes(15));
    assert_eq!(second.refresh_expires_in, TimeDelta::days(7));

    let claims = app.claims(&second);
    let session = app.session(claims.session_id).await.unwrap();
    let now = app.clock.now();
    assert_eq!(claims.session_id, app.refresh_token(&first).session_id);
    assert_eq!(
        (claims.generation, session.rotation.generation),
        (Generation::new(1), Generation::new(1))
    );
    assert_eq!(session.device, device);
    assert_eq!([session.rotation.rotated_at, session.last_used_at], [now; 2]);
    assert_eq!(session.rotation.expires_at, now + TimeDelta::days(7));
    assert!(app.accepts(&second).await);
}

/// A store that notes how units of work are run, and lets the next one wait until it is told to begin.
#[derive(Default)]
struct WatchedStore {
    store: TemporaryStore,
    next: Mutex<Option<oneshot::Receiver<()>>>,
    runs: Mutex<Vec<Access>>,
    /// How many rotations find that somebody else has the session.
    elsewhere: AtomicUsize,
}

impl WatchedStore {
    /// How units were run since the last time that this was asked.
    fn runs(&self) -> Vec<Access> {
        std::mem::take(&mut self.runs.lock().unwrap())
    }
}

#[async_trait]
impl Store for WatchedStore {
    async fn run(&self, access: Access, work: Work) -> StoreResult<()> {
        self.runs.lock().unwrap().push(access);
        let held = self.next.lock().unwrap().take();
        if let Some(begin) = held {
            begin.await.unwrap();
        }
        self.store.run(access, work).await
    }

    async fn run_rotation(&self, id: SessionId, judge: Judge) -> StoreResult<bool> {
        if self.elsewhere.load(Ordering::SeqCst) == 0 {
            return rotate_alone(self, id, judge).await;
        }
        self.elsewhere.fetch_sub(1, Ordering::SeqCst);
        let store: &dyn Store = &self.store;
        let found: StoreResult<_> = store
            .read(move |repositories| repositories.sessions().find_with_user(id))
            .await;
        judge(found?);
        Ok(false)
    }

    async fn check(&self) -> StoreResult<()> {
        self.store.check().await
    }

    async fn probe(&self) -> StoreResult<()> {
        self.store.probe().await
    }
}

#[tokio::test]
async fn a_refresh_that_waited_for_the_store_is_judged_by_the_time_at_which_it_begins() {
    let store = Arc::new(WatchedStore::default());
    let app = TestApp::on(Arc::clone(&store) as Arc<dyn Store>);
    app.register("ada@x.test").await;
    let first = app.log_in("ada@x.test").await;

    let (begin, held) = oneshot::channel();
    *store.next.lock().unwrap() = Some(held);
    let refresh = Arc::clone(&app.refresh);
    let attempt = build::refresh(&first.refresh_token, Exchange::Bodies);
    let waiting = tokio::spawn(async move { refresh.refresh(attempt).await });
    while store.next.lock().unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    // Longer than clocks may differ, but within the grace.
    app.clock.advance(TimeDelta::seconds(6));
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::seconds(1));
    begin.send(()).unwrap();
    let late = waiting.await.unwrap().unwrap();
    assert_eq!(late.refresh_token.expose(), second.refresh_token.expose());
    assert!(app.accepts(&late).await && app.accepts(&second).await);
}

#[tokio::test]
async fn a_refresh_takes_a_transaction_only_where_somebody_else_has_its_session() {
    let watched = Arc::new(WatchedStore::default());
    let store = Arc::clone(&watched) as Arc<dyn Store>;
    let app = TestApp::on(Arc::clone(&store));
    app.register("ada@x.test").await;
    let first = app.log_in("ada@x.test").await;
    let claims = app.claims(&first);
    watched.runs();

    let second = next(&app, &first).await;
    assert_eq!(watched.runs(), [Access::WriteOnce]);
    next(&app, &first).await;
    assert_eq!(watched.runs(), [Access::WriteOnce], "once more within the grace");
    let made_up = FakeRefreshTokens.issue(
        claims.session_id,
        Generation::new(1),
        &Seed::new([7; 32]),
        Carrier::Body,
    );
    assert!(app.refresh(&made_up).await.is_err());
    assert_eq!(watched.runs(), [Access::WriteOnce], "made up");

    let ending = build::ending(app.clock.now());
    let outdated = store.write(move |repositories| repositories.endings().outdate_all(claims.user_id, &ending));
    let outdated: StoreResult<_> = outdated.await;
    assert_eq!(outdated.unwrap().len(), 1);
    watched.runs();
    let third = next(&app, &second).await;
    assert_eq!(watched.runs(), [Access::WriteOnce], "outdated");
    assert!(app.accepts(&third).await);
    watched.runs();

    let mut tokens = third;
    for (elsewhere, access) in [(1, Access::WriteOnce), (2, Access::Write)] {
        let generation = app.refresh_token(&tokens).generation;
        watched.elsewhere.store(elsewhere, Ordering::SeqCst);
        tokens = next(&app, &tokens).await;
        assert_eq!(watched.runs(), [access], "passed over {elsewhere} times");
        assert_eq!(app.refresh_token(&tokens).generation, generation.next());
    }
    assert!(app.accepts(&tokens).await);
}

#[tokio::test]
async fn the_new_access_token_says_what_the_user_is_now() {
    let (app, first) = signed_in().await;
    let id = app.claims(&first).user_id;
    app.change_user(id, |user| user.change_email(email("countess@x.test")))
        .await;
    assert_eq!(app.claims(&next(&app, &first).await).email, email("countess@x.test"));
}

#[tokio::test]
async fn within_the_grace_a_spent_token_gives_the_same_successor_again() {
    let (app, first) = signed_in().await;
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::seconds(10));
    let again = next(&app, &first).await;
    assert_eq!(again.refresh_token.expose(), second.refresh_token.expose());
    assert!(app.accepts(&second).await && app.accepts(&again).await);
    assert_eq!(
        app.refresh_token(&next(&app, &again).await).generation,
        Generation::new(2)
    );
}

#[tokio::test]
async fn a_repeated_refresh_does_not_prolong_the_grace() {
    let (app, first) = signed_in().await;
    next(&app, &first).await;
    app.clock.advance(TimeDelta::seconds(6));
    next(&app, &first).await;
    app.clock.advance(TimeDelta::seconds(6));
    assert!(matches!(refusal(&app, &first).await, RefreshError::Reused));
}

#[tokio::test]
async fn a_spent_token_after_the_grace_ends_the_session() {
    let (app, first) = signed_in().await;
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::seconds(10) + TimeDelta::microseconds(1));
    assert!(matches!(refusal(&app, &first).await, RefreshError::Reused));
    assert!(!app.accepts(&second).await);
    assert!(matches!(refusal(&app, &second).await, RefreshError::Invalid));
    assert!(
        matches!(refusal(&app, &first).await, RefreshError::Invalid),
        "over is over"
    );
}

#[tokio::test]
async fn a_grandparent_ends_the_session_within_the_grace_too() {
    let (app, first) = signed_in().await;
    let third = next(&app, &next(&app, &first).await).await;
    assert!(matches!(refusal(&app, &first).await, RefreshError::Reused));
    assert!(!app.accepts(&third).await);
}

#[tokio::test]
async fn without_grace_a_second_use_ends_the_session_at_once() {
    let strict = TokenPolicy {
        reuse_grace: TimeDelta::zero(),
        ..TokenPolicy::default()
    };
    let (app, first) = signed_in_under(strict).await;
    let second = next(&app, &first).await;
    assert!(matches!(refusal(&app, &first).await, RefreshError::Reused));
    assert!(!app.accepts(&second).await);
}

#[tokio::test]
async fn reuse_ends_that_session_alone() {
    let (app, first) = signed_in().await;
    let elsewhere = app.log_in("ada@x.test").await;
    next(&app, &next(&app, &first).await).await;
    assert!(matches!(refusal(&app, &first).await, RefreshError::Reused));
    assert!(app.accepts(&elsewhere).await);
    next(&app, &elsewhere).await;
}

#[tokio::test]
async fn a_made_up_token_is_refused_and_ends_nothing() {
    let (app, first) = signed_in().await;
    let session = app.claims(&first).session_id;
    let second = next(&app, &next(&app, &first).await).await;
    let genuine = second.refresh_token.expose();
    let forged =
        |generation| FakeRefreshTokens.issue(session, Generation::new(generation), &Seed::new([7; 32]), Carrier::Body);
    let mut made_up: Vec<_> = [
        "",
        "null",
        &genuine[1..],
        &genuine[..genuine.len() - 1],
        &format!("{genuine}0"),
        first.access_token.expose(),
        &session.to_string(),
    ]
    .map(|text| SecretText::new(text.to_owned()))
    .into();
    made_up.extend((0..4).map(forged));
    for text in made_up {
        let refused = app.refresh(&text).await;
        assert!(matches!(refused, Err(RefreshError::Invalid)), "{}", text.expose());
    }
    assert!(app.accepts(&second).await);
    next(&app, &second).await;
}

#[tokio::test]
async fn a_token_lives_seven_days_from_its_issue() {
    let (app, first) = signed_in().await;
    app.clock.advance(TimeDelta::days(7) - TimeDelta::microseconds(1));
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::days(7));
    assert!(matches!(refusal(&app, &second).await, RefreshError::Expired));
}

#[tokio::test]
async fn a_session_ends_ninety_days_after_its_sign_in_however_often_it_was_refreshed() {
    let (app, mut tokens) = signed_in().await;
    let end = app.clock.now() + TimeDelta::days(90);
    for _ in 0..15 {
        app.clock.advance(TimeDelta::days(6) - TimeDelta::seconds(1));
        tokens = next(&app, &tokens).await;
    }
    app.clock.set(end - TimeDelta::microseconds(1));
    tokens = next(&app, &tokens).await;
    assert!(app.accepts(&tokens).await);
    app.clock.set(end);
    assert!(matches!(refusal(&app, &tokens).await, RefreshError::Expired));
    assert!(!app.accepts(&tokens).await);
}

#[tokio::test]
async fn a_spent_token_of_an_expired_session_has_merely_expired() {
    let (app, first) = signed_in().await;
    next(&app, &first).await;
    app.clock.advance(TimeDelta::days(8));
    assert!(matches!(refusal(&app, &first).await, RefreshError::Expired));
    assert_eq!(
        app.session(app.refresh_token(&first).session_id)
            .await
            .unwrap()
            .revoked_at,
        None
    );
}

#[tokio::test]
async fn a_disabled_user_gets_nothing_and_the_token_stays_unspent() {
    let (app, first) = signed_in().await;
    let id = app.claims(&first).user_id;
    app.change_user(id, |user| user.is_active = false).await;
    assert!(matches!(refusal(&app, &first).await, RefreshError::Invalid));
    app.change_user(id, |user| user.is_active = true).await;
    assert_eq!(
        app.refresh_token(&next(&app, &first).await).generation,
        Generation::new(1)
    );
}

#[tokio::test]
async fn a_disabled_user_gets_no_successor_again_either() {
    let (app, first) = signed_in().await;
    next(&app, &first).await;
    let id = app.claims(&first).user_id;
    app.change_user(id, |user| user.is_active = false).await;
    assert!(matches!(refusal(&app, &first).await, RefreshError::Invalid));
}

#[tokio::test]
async fn the_token_of_a_deleted_user_is_refused() {
    let app = TestApp::new();
    let ada = app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    app.delete_user(ada.id).await;
    assert!(matches!(refusal(&app, &tokens).await, RefreshError::Invalid));
}

#[tokio::test]
async fn a_revoked_session_is_not_refreshed() {
    let (app, first) = signed_in().await;
    app.revoke(app.claims(&first).session_id).await;
    assert!(matches!(refusal(&app, &first).await, RefreshError::Invalid));
}

#[tokio::test]
async fn a_clock_that_fell_far_behind_the_rotation_forgives_nothing() {
    let (app, first) = signed_in().await;
    app.clock.advance(TimeDelta::seconds(10));
    let second = next(&app, &first).await;
    app.clock.advance(TimeDelta::seconds(-6));
    assert!(matches!(refusal(&app, &first).await, RefreshError::Reused));
    assert!(!app.accepts(&second).await);
}
