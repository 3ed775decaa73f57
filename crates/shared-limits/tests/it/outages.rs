//! A Redis that is slow, gone, emptied and back.

use crate::redis::{Redis, asked, server_at, until};
use portcullis_application::ports::{Counted, Limits as _, Sharing};
use portcullis_shared_limits::SharedLimits;
use portcullis_testkit::limits_contract::{counted, guess};
use rustix::process::Signal;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_stands_still_keeps_nobody_waiting_and_is_used_again_when_it_goes_on() {
    let Some(redis) = Redis::start() else { return };
    let server = redis.server().await;
    let ada = [guess("ada@x.test")];
    assert_eq!(counted(&server, &ada, 4).await, 4);
    redis.signal(Signal::STOP);
    let began = Instant::now();
    // The rest of the ten, and none beyond.
    assert_eq!(counted(&server, &ada, 100).await, 6);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(server.sharing(), Sharing::Interrupted);
    redis.signal(Signal::CONT);
    until(&server, Sharing::Together).await;
    assert_eq!(server.draw(&[guess("ben@x.test")]).await, Ok(Counted::Together));
    assert_eq!(counted(&server, &ada, 10).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_server_counts_for_itself_and_they_find_together_again() {
    let Some(mut redis) = Redis::start() else { return };
    let (one, other) = (redis.server().await, redis.server().await);
    let ada = [guess("ada@x.test")];
    assert_eq!(counted(&one, &ada, 3).await, 3);
    redis.kill();
    assert_eq!(counted(&one, &ada, 20).await, 7);
    assert_eq!(counted(&other, &ada, 20).await, 10);
    assert_eq!(
        (one.sharing(), other.sharing()),
        (Sharing::Interrupted, Sharing::Interrupted)
    );
    redis.run();
    until(&one, Sharing::Together).await;
    until(&other, Sharing::Together).await;
    // It came back empty, and what each counted itself still holds.
    assert_eq!(counted(&one, &ada, 20).await + counted(&other, &ada, 20).await, 0);
    assert_eq!(one.draw(&[guess("ben@x.test")]).await, Ok(Counted::Together));
}

/// Somebody empties it (`FLUSHALL`), or it was started anew.
#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_gives_back_nothing_that_this_server_counted() {
    let Some(redis) = Redis::start() else { return };
    let server = redis.server().await;
    let ada = [guess("ada@x.test")];
    assert_eq!(counted(&server, &ada, 10).await, 10);
    asked(redis.port(), "FLUSHALL\r\n");
    assert_eq!(counted(&server, &ada, 20).await, 0);
}

/// It answers and refuses what it is asked for, as a replica does, or one that is full.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_takes_no_writes_counts_as_one_that_is_away() {
    let Some(redis) = Redis::start() else { return };
    let server = redis.server().await;
    asked(redis.port(), "REPLICAOF 127.0.0.1 1\r\n");
    until(&server, Sharing::Interrupted).await;
    assert!(SharedLimits::try_reach(&redis.url()).await.is_err());
    assert_eq!(counted(&server, &[guess("ada@x.test")], 20).await, 10);
    asked(redis.port(), "REPLICAOF NO ONE\r\n");
    until(&server, Sharing::Together).await;
    SharedLimits::try_reach(&redis.url()).await.unwrap();
}

/// A server may start before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_later_is_found() {
    let Some(mut redis) = Redis::start() else { return };
    redis.kill();
    let server = server_at(&redis.url());
    assert_eq!(counted(&server, &[guess("ada@x.test")], 20).await, 10);
    assert_eq!(server.sharing(), Sharing::Interrupted);
    redis.run();
    until(&server, Sharing::Together).await;
}

/// What was counted while Redis was away is not given back there.
#[tokio::test(flavor = "multi_thread")]
async fn what_redis_did_not_count_is_not_given_back_there() {
    let Some(mut redis) = Redis::start() else { return };
    let (one, other) = (redis.server().await, redis.server().await);
    let ada = [guess("ada@x.test")];
    redis.kill();
    let mut alone = Vec::new();
    for _ in 0..5 {
        alone.push(one.draw(&ada).await.unwrap());
    }
    assert_eq!(alone, [Counted::Here; 5]);
    until(&other, Sharing::Interrupted).await;
    redis.run();
    until(&one, Sharing::Together).await;
    until(&other, Sharing::Together).await;
    assert_eq!(counted(&other, &ada, 20).await, 10);
    for counted in alone {
        one.give_back(&ada, counted).await;
    }
    assert_eq!(counted(&one, &ada, 1).await + counted(&other, &ada, 1).await, 0);
}
