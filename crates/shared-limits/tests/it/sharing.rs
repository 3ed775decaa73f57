//! Servers that count together.

use crate::redis::{Redis, asked};
use portcullis_application::ports::{Draw, Limit, Limits};
use portcullis_domain::Rate;
use portcullis_testkit::limits_contract::{self, counted, guess, guess_from};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_in_redis() {
    let Some(redis) = Redis::start() else { return };
    let server: Arc<dyn Limits> = Arc::new(redis.server().await);
    limits_contract::holds(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_their_counts() {
    let Some(redis) = Redis::start() else { return };
    let (one, other) = (redis.server().await, redis.server().await);
    let draws = [guess("ada@x.test"), guess_from("203.0.113.7")];
    assert_eq!(counted(&one, &draws, 6).await, 6);
    assert_eq!(counted(&other, &draws, 6).await, 4);
    assert_eq!(counted(&one, &draws, 6).await, 0);
    // What one gives back the other may draw.
    let given = [guess("ben@x.test")];
    let is_counted = one.draw(&given).await.unwrap();
    one.give_back(&given, is_counted).await;
    assert_eq!(counted(&other, &given, 15).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_learns_what_others_used_up_of_what_is_counted_for_good() {
    let Some(redis) = Redis::start() else { return };
    let (one, other) = (redis.server().await, redis.server().await);
    let refresh = [Draw::new(
        Limit::Refresh,
        Rate::new(5, Duration::from_hours(1)),
        "session",
    )];
    assert_eq!(counted(&one, &refresh, 5).await, 5);
    assert!(other.look(&refresh).is_ok());
    assert_eq!(counted(&other, &refresh, 1).await, 0);
    assert!(other.look(&refresh).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_learns_no_addresses_and_forgets_what_has_come_back() {
    let Some(redis) = Redis::start() else { return };
    let server = redis.server().await;
    let draws = [guess("ada@x.test"), guess_from("203.0.113.7")];
    let is_counted = server.draw(&draws).await.unwrap();
    let counters = counters(&redis);
    assert_eq!(counters.len(), 2, "{counters:?}");
    for (name, left) in &counters {
        assert!(!name.contains("ada") && !name.contains("203"), "{name}");
        assert!(*left <= 72_000_000 / 10, "{left}");
    }
    server.give_back(&draws, is_counted).await;
    assert_eq!(self::counters(&redis), []);
}

/// What is counted at present, and for how many milliseconds. The servers' questions whether Redis is there count for one.
fn counters(redis: &Redis) -> Vec<(String, i64)> {
    let names = asked(redis.port(), "KEYS *\r\n");
    let names = names.split_whitespace().filter(|word| word.starts_with("portcullis:"));
    let left = |name: &str| asked(redis.port(), &format!("PTTL {name}\r\n"));
    names
        .map(|name| {
            (
                name.to_owned(),
                left(name).trim().trim_start_matches(':').parse().unwrap(),
            )
        })
        .filter(|(_, left)| *left > 1)
        .collect()
}

/// Somebody sets the clock of Redis's machine back: what was counted does not last longer than it ever does.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_the_future_costs_no_more_than_all_there_is() {
    let Some(redis) = Redis::start() else { return };
    let server = redis.server().await;
    let refresh = [Draw::new(
        Limit::Refresh,
        Rate::new(5, Duration::from_hours(1)),
        "session",
    )];
    assert_eq!(counted(&server, &refresh, 1).await, 1);
    let counters = counters(&redis);
    let (name, _) = counters.first().unwrap();
    asked(redis.port(), &format!("SET {name} 9000000000000000\r\n"));
    let refused = server.draw(&refresh).await.unwrap_err();
    assert!(refused.wait <= Duration::from_mins(12), "{refused:?}");
    let left = asked(redis.port(), &format!("PTTL {name}\r\n"));
    assert!(
        left.trim().trim_start_matches(':').parse::<u64>().unwrap() <= 3_600_000,
        "{left}"
    );
}
