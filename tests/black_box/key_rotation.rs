//! Another key signs while servers run, and nobody is signed out by it.

use crate::app::TestApp;
use crate::client::{Client, Tokens};
use crate::doors::Doors;
use crate::genuine_token::part;
use crate::on_both_databases;
use crate::signing_keys::published;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, block_in_place};

on_both_databases!(
    a_published_key_takes_over_within_a_second_and_nobody_is_signed_out,
    no_valid_token_is_refused_during_a_storm_of_rotations,
    with_hs256_a_rotation_says_what_to_set,
);

const ROTATIONS: usize = 6;
const CLIENTS: usize = 4;

fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap_or_default().to_owned()
}

async fn published_ids(client: &Client) -> Vec<String> {
    let keys = published(client).await;
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn rotate(app: &TestApp) -> String {
    let rotated = block_in_place(|| app.run(&["keys", "rotate"])).json();
    assert_eq!(rotated["stage"], "current", "{rotated}");
    rotated["kid"].as_str().unwrap().to_owned()
}

async fn a_published_key_takes_over_within_a_second_and_nobody_is_signed_out(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "EdDSA")]);
    let doors = Doors::to(&app);
    let mut tokens = doors.nth(0).signed_in("ada@example.org").await;
    let mut given = vec![tokens.access.clone()];
    for _ in 0..ROTATIONS {
        let known = [published_ids(doors.nth(0)).await, published_ids(doors.nth(1)).await];
        let next = rotate(&app);
        let rotated = Instant::now();
        for (number, known) in known.iter().enumerate() {
            assert!(known.contains(&next), "it was published before: {known:?}");
            loop {
                let is_late = rotated.elapsed() >= Duration::from_secs(1);
                tokens = Tokens::of(&doors.nth(number).refresh(&tokens.refresh).await);
                given.push(tokens.access.clone());
                if kid(&tokens.access) == next {
                    break;
                }
                assert!(!is_late, "another key still signs");
            }
            let published = published_ids(doors.nth(number)).await;
            assert!(
                published.iter().any(|kid| !known.contains(kid)),
                "the one after it is published"
            );
            for old in known {
                assert!(published.contains(old), "{old} is published no more: {published:?}");
            }
        }
        for access in &given {
            for number in 0..2 {
                let answer = doors.nth(number).with_token(access).get("/auth/verify").await;
                assert_eq!(answer.status, 204, "{answer:?}");
            }
        }
    }
}

/// Refreshes in turn at all doors, and shows each token at all of them, until it is told to stop; how many.
async fn live_on(doors: Arc<Doors>, number: usize, stop: Arc<AtomicBool>) -> usize {
    let first = doors.nth(number).signed_in(&format!("ada-{number}@example.org")).await;
    let mut tokens = first.clone();
    let mut turns = 0;
    while !stop.load(Ordering::Relaxed) {
        tokens = Tokens::of(&doors.nth(number + turns).refresh(&tokens.refresh).await);
        for access in [&first.access, &tokens.access] {
            for door in 0..2 {
                let door = doors.nth(door).with_token(access);
                let (verified, me) = (door.get("/auth/verify").await, door.me().await);
                assert_eq!((verified.status, me.status), (204, 200), "{verified:?} {me:?}");
            }
        }
        turns += 1;
    }
    turns
}

async fn no_valid_token_is_refused_during_a_storm_of_rotations(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "ES256")]);
    let doors = Arc::new(Doors::to(&app));
    let stop = Arc::new(AtomicBool::new(false));
    let mut living = JoinSet::new();
    for number in 0..CLIENTS {
        living.spawn(live_on(Arc::clone(&doors), number, Arc::clone(&stop)));
    }
    for _ in 0..ROTATIONS {
        let next = rotate(&app);
        // The next one is let sign when each server has published the one after it.
        for number in 0..2 {
            let begun = Instant::now();
            while published_ids(doors.nth(number)).await.last() == Some(&next) {
                assert!(begun.elapsed() < Duration::from_secs(10), "{next} stays the newest");
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    for turns in living.join_all().await {
        assert!(turns > 0);
    }
}

async fn with_hs256_a_rotation_says_what_to_set(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    app.run(&["keys", "rotate"])
        .assert_refused(&["SECRET_KEY", "SECRET_KEY_PREVIOUS"]);
    assert_eq!(app.run(&["keys", "list"]).json()["algorithm"], "HS256");
    let rotated = app.run(&["keys", "rotate", "--algorithm", "EdDSA"]).json();
    let begun = Instant::now();
    let mut tokens = tokens;
    while kid(&tokens.access) != rotated["kid"].as_str().unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokens = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    }
}
