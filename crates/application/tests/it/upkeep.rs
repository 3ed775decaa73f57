//! What a server does by itself.

use chrono::TimeDelta;
use portcullis_application::ports::{Clock as _, JobRun, SharedJob, StoreError};
use portcullis_domain::{Consent, Digest32, GrantLife};
use portcullis_testkit::TestApp;
use portcullis_testkit::build::{grant, redeemed};

#[tokio::test]
async fn sessions_that_ended_long_ago_are_removed_and_live_ones_stay() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let ended = app.log_in("ada@x.test").await;
    let expired = app.log_in("ada@x.test").await;
    app.sign_out
        .log_out(
            &ended.refresh_token,
            portcullis_domain::Carrier::Body,
            portcullis_domain::Origin::default(),
        )
        .await
        .unwrap();
    let ids = [&ended, &expired].map(|tokens| app.claims(tokens).session_id);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.upkeep.clean_up().await.unwrap().sessions, 0);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(app.upkeep.clean_up().await.unwrap().sessions, 1);
    assert!(app.session(ids[0]).await.is_none() && app.session(ids[1]).await.is_some());
    app.clock.advance(TimeDelta::days(8));
    let live = app.log_in("ada@x.test").await;
    assert_eq!(app.upkeep.clean_up().await.unwrap().sessions, 1);
    assert!(app.session(ids[1]).await.is_none() && app.accepts(&live).await);
}

#[tokio::test]
async fn of_two_servers_one_has_the_turn() {
    let app = TestApp::new();
    let other = app.beside();
    let length = TimeDelta::seconds(50);
    assert!(app.upkeep.take_turn(SharedJob::CleanUp, length).await.unwrap());
    app.clock.advance(TimeDelta::seconds(40));
    assert!(!other.upkeep.take_turn(SharedJob::CleanUp, length).await.unwrap());
    assert!(
        other
            .upkeep
            .take_turn(SharedJob::PruneAuditTrail, length)
            .await
            .unwrap()
    );
    app.clock.advance(TimeDelta::seconds(10));
    assert!(other.upkeep.take_turn(SharedJob::CleanUp, length).await.unwrap());
}

#[tokio::test]
async fn why_a_job_failed_is_kept_as_one_short_line() {
    let app = TestApp::new();
    let failure = format!("first\nsecond {}", "x".repeat(1_000));
    app.upkeep.note_run(SharedJob::CleanUp, Some(failure)).await.unwrap();
    let record = app
        .store
        .read(|repositories| repositories.jobs().get(SharedJob::CleanUp));
    let record: Result<_, StoreError> = record.await;
    let run = record.unwrap().last_run.unwrap();
    let kept = run.failure.unwrap();
    assert!(kept.starts_with("first second x"), "{kept}");
    assert_eq!((kept.len(), run.ended_at), (JobRun::MAX_FAILURE, app.clock.now()));
}

#[tokio::test]
async fn a_trail_without_news_is_not_sealed_again() {
    let app = TestApp::new();
    assert_eq!(app.upkeep.seal_audit_trail().await.unwrap(), None);
    app.register("ada@x.test").await;
    app.clock.advance(TimeDelta::seconds(5));
    let head = app.upkeep.seal_audit_trail().await.unwrap().unwrap();
    assert_eq!(head.number, 1);
    app.clock.advance(TimeDelta::seconds(5));
    assert_eq!(app.upkeep.seal_audit_trail().await.unwrap(), None);
}

#[tokio::test]
async fn many_events_take_several_seals_of_one_round() {
    let app = TestApp::new();
    for number in 0..1_001 {
        let entry = portcullis_testkit::build::entry(&portcullis_testkit::build::event(number));
        let added = app.store.write(move |repositories| repositories.audit().append(&entry));
        added.await.unwrap();
    }
    assert_eq!(app.upkeep.seal_audit_trail().await.unwrap().unwrap().number, 2);
    let report = app.audit_trail.check(&app.operator()).await.unwrap();
    assert_eq!((report.events, report.unsealed, report.faults), (1_001, 0, vec![]));
}

#[tokio::test]
async fn without_a_retention_nothing_is_pruned() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    app.upkeep.seal_audit_trail().await.unwrap();
    app.clock.advance(TimeDelta::days(10_000));
    assert_eq!(app.upkeep.prune_audit_trail().await.unwrap(), 0);
}

#[tokio::test]
async fn codes_that_nobody_redeemed_are_removed_after_an_hour_and_what_is_over_after_a_day() {
    let app = TestApp::new();
    app.register("ada@x.test").await;
    let tokens = app.log_in("ada@x.test").await;
    let session = app.session(app.claims(&tokens).session_id).await.unwrap();
    let (pending, live) = (
        grant(&session, GrantLife::Session, 1),
        redeemed(&grant(&session, GrantLife::Offline, 2)),
    );
    let consent = Consent::given(
        session.user_id,
        live.granted.client,
        live.granted.scopes.clone(),
        app.clock.now(),
    );
    let until = app.clock.now() + TimeDelta::minutes(1);
    let written = app.store.write(move |repositories| {
        repositories.grants().insert(&pending)?;
        repositories.grants().insert(&live)?;
        repositories.consents().put(&consent)?;
        repositories.spent().spend(&Digest32::new([1; 32]), until)
    });
    written.await.map_err(|error: StoreError| error).unwrap();
    let removed = async |after| {
        app.clock.advance(after);
        let removed = app.upkeep.clean_up().await.unwrap();
        (removed.grants, removed.spent, removed.consents)
    };
    assert_eq!(removed(TimeDelta::minutes(61)).await, (0, 1, 0));
    assert_eq!(removed(TimeDelta::minutes(1)).await, (1, 0, 0));
    assert_eq!(removed(TimeDelta::days(1)).await, (0, 0, 0));
    assert_eq!(removed(TimeDelta::days(31)).await, (1, 0, 0));
    assert_eq!(removed(TimeDelta::days(400)).await, (0, 0, 1));
}
