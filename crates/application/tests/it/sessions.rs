//! Seeing and ending one's sessions.

use chrono::TimeDelta;
use portcullis_application::Actor;
use portcullis_application::sessions::EndSessionError;
use portcullis_application::tokens::Tokens;
use portcullis_domain::{Carrier, Origin, PageRequest, PageSize, SessionId, TokenPolicy};
use portcullis_testkit::{FakeClock, TemporaryStore, TestApp};
use std::sync::Arc;

/// Ada, signed in on `count` devices a minute apart, and as whom the last of them asks.
async fn signed_in(app: &TestApp, count: usize) -> (Vec<Tokens>, Actor) {
    app.register("ada@x.test").await;
    let mut devices = Vec::new();
    for _ in 0..count {
        app.clock.advance(TimeDelta::minutes(1));
        devices.push(app.log_in("ada@x.test").await);
    }
    let actor = app.actor(devices.last().unwrap()).await;
    (devices, actor)
}

async fn listed(app: &TestApp, actor: &Actor) -> Vec<SessionId> {
    let page = app.sessions.list_own(actor, PageRequest::default()).await.unwrap();
    page.items.iter().map(|session| session.id).collect()
}

#[tokio::test]
async fn live_sessions_are_listed_newest_first_and_nobody_elses() {
    let app = TestApp::new();
    app.register("ben@x.test").await;
    app.log_in("ben@x.test").await;
    let (devices, actor) = signed_in(&app, 3).await;
    let newest_first: Vec<_> = devices
        .iter()
        .rev()
        .map(|device| app.claims(device).session_id)
        .collect();
    assert_eq!(listed(&app, &actor).await, newest_first);
    app.sign_out
        .log_out(&devices[1].refresh_token, Carrier::Body, Origin::default())
        .await
        .unwrap();
    assert_eq!(listed(&app, &actor).await, [newest_first[0], newest_first[2]]);
}

#[tokio::test]
async fn a_list_goes_on_where_the_page_before_ended() {
    let app = TestApp::new();
    let (devices, actor) = signed_in(&app, 3).await;
    let mut request = PageRequest {
        size: PageSize::new(2).unwrap(),
        after: None,
    };
    let first = app.sessions.list_own(&actor, request).await.unwrap();
    request.after = first.next;
    let second = app.sessions.list_own(&actor, request).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (2, 1));
    assert_eq!(second.items[0].id, app.claims(&devices[0]).session_id);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_session_that_a_shorter_policy_has_ended_is_not_listed() {
    let store = Arc::new(TemporaryStore::new());
    signed_in(&TestApp::on(store.clone()), 2).await;
    let policy = TokenPolicy {
        session_life: TimeDelta::seconds(90),
        ..TokenPolicy::default()
    };
    let short = TestApp::under(store, policy);
    short.clock.set(FakeClock::start() + TimeDelta::seconds(155));
    let newest = short.log_in("ada@x.test").await;
    let actor = short.actor(&newest).await;
    // The first two signed in after 60 and after 120 seconds.
    assert_eq!(listed(&short, &actor).await.len(), 2);
}

#[tokio::test]
async fn an_ended_session_stops_working_and_the_others_go_on() {
    let app = TestApp::new();
    let (devices, actor) = signed_in(&app, 2).await;
    let other = app.claims(&devices[0]).session_id;
    app.sessions.end_own(&actor, other).await.unwrap();
    assert!(!app.accepts(&devices[0]).await);
    assert!(app.refresh(&devices[0].refresh_token).await.is_err());
    assert!(app.accepts(&devices[1]).await);
    let again = app.sessions.end_own(&actor, other).await;
    assert!(matches!(again, Err(EndSessionError::Over)));
}

#[tokio::test]
async fn somebody_elses_session_is_not_found_and_stays() {
    let app = TestApp::new();
    let (_, actor) = signed_in(&app, 1).await;
    app.register("ben@x.test").await;
    let bens = app.log_in("ben@x.test").await;
    let ended = app.sessions.end_own(&actor, app.claims(&bens).session_id).await;
    assert!(matches!(ended, Err(EndSessionError::NotFound)));
    assert!(app.accepts(&bens).await);
}

#[tokio::test]
async fn ending_the_others_spares_the_one_that_asks() {
    let app = TestApp::new();
    let (devices, actor) = signed_in(&app, 3).await;
    app.register("ben@x.test").await;
    let bens = app.log_in("ben@x.test").await;
    app.sessions.end_own_others(&actor).await.unwrap();
    assert_eq!(listed(&app, &actor).await, [actor.session_id()]);
    assert!(!app.accepts(&devices[0]).await && !app.accepts(&devices[1]).await);
    assert!(app.accepts(&devices[2]).await && app.accepts(&bens).await);
}

#[tokio::test]
async fn ending_all_ends_the_one_that_asks_too() {
    let app = TestApp::new();
    let (devices, actor) = signed_in(&app, 2).await;
    app.sessions.end_all_own(&actor).await.unwrap();
    for device in &devices {
        assert!(!app.accepts(device).await);
    }
    assert!(listed(&app, &actor).await.is_empty());
}
