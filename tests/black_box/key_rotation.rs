//! Another key signs while servers run, and nobody is signed out by it.

use crate::app::TestApp;
use crate::client::{Client, Tokens};
use crate::doors::Doors;
use crate::genuine_token::part;
use crate::signing_keys::published;
use crate::{on_both_databases, on_postgres};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, block_in_place};
use tokio::time::sleep;

on_both_databases!(
    a_published_key_takes_over_soon_and_nobody_is_signed_out,
    no_valid_token_is_refused_during_a_storm_of_rotations,
    no_valid_token_is_refused_at_a_change_of_algorithm,
    with_hs256_a_rotation_says_what_to_set,
);

on_postgres!(a_server_that_was_away_refuses_no_valid_token);

const ROTATIONS: usize = 4;
const CLIENTS: usize = 4;

/// How long servers may take to learn of another key. By themselves they look for one every few minutes.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().unwrap_or_default().to_owned()
}

async fn published_ids(client: &Client) -> Vec<String> {
    let keys = published(client).await;
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn rotate(app: &TestApp, arguments: &[&str]) -> String {
    let arguments = [&["keys", "rotate"], arguments].concat();
    let rotated = block_in_place(|| app.run(&arguments)).json();
    assert_eq!(rotated["stage"], "current", "{rotated}");
    rotated["kid"].as_str().unwrap().to_owned()
}

async fn a_published_key_takes_over_soon_and_nobody_is_signed_out(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "EdDSA")]);
    let doors = Doors::to(&app);
    let mut tokens = doors.nth(0).signed_in("ada@example.org").await;
    let mut given = vec![tokens.access.clone()];
    for _ in 0..ROTATIONS {
        let known = [published_ids(doors.nth(0)).await, published_ids(doors.nth(1)).await];
        let next = rotate(&app, &[]);
        let rotated = Instant::now();
        for (number, known) in known.iter().enumerate() {
            assert!(known.contains(&next), "it was published before: {known:?}");
            loop {
                let is_late = rotated.elapsed() >= KNOWN_WITHIN;
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

/// Clients that live on while a test goes on. It fails with the first of their tokens that is refused.
struct Living {
    stop: Arc<AtomicBool>,
    clients: JoinSet<usize>,
}

impl Living {
    fn at(doors: &Arc<Doors>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS)
            .map(|number| live_on(Arc::clone(doors), number, Arc::clone(&stop)))
            .collect();
        Self { stop, clients }
    }

    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for turns in self.clients.join_all().await {
            assert!(turns > 0);
        }
    }
}

async fn no_valid_token_is_refused_during_a_storm_of_rotations(mut app: TestApp) {
    app.restart(&[("ALGORITHM", "ES256")]);
    let living = Living::at(&Arc::new(Doors::to(&app)));
    for _ in 0..ROTATIONS {
        rotate(&app, &[]);
    }
    living.end().await;
}

async fn no_valid_token_is_refused_at_a_change_of_algorithm(app: TestApp) {
    let doors = Arc::new(Doors::to(&app));
    let mut tokens = doors.nth(0).signed_in("grace@example.org").await;
    let living = Living::at(&doors);
    for algorithm in ["EdDSA", "ES256", "RS256", "HS256"] {
        rotate(&app, &["--algorithm", algorithm]);
        let rotated = Instant::now();
        for number in 0..2 {
            loop {
                let is_late = rotated.elapsed() >= KNOWN_WITHIN;
                tokens = Tokens::of(&doors.nth(number).refresh(&tokens.refresh).await);
                if part(&tokens.access, 0)["alg"] == algorithm {
                    break;
                }
                assert!(!is_late, "another algorithm still signs");
            }
        }
    }
    living.end().await;
}

/// It answers by what it knew before, and must not take that for all that there is.
async fn a_server_that_was_away_refuses_no_valid_token(app: TestApp) {
    let replica = app.replica();
    let mut tokens = app.anonymous().signed_in("ada@example.org").await;
    for algorithm in ["EdDSA", "HS256", "ES256", "HS256", "EdDSA"] {
        replica.pause();
        rotate(&app, &["--algorithm", algorithm]);
        let begun = Instant::now();
        while part(&tokens.access, 0)["alg"] != algorithm {
            assert!(begun.elapsed() < KNOWN_WITHIN, "{algorithm} does not sign");
            tokens = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
        }
        // They lie there when it wakes up.
        let mut calls = JoinSet::new();
        for path in ["/auth/verify", "/users/me"].repeat(4) {
            let caller = replica.anonymous().with_token(&tokens.access);
            calls.spawn(async move { caller.get(path).await });
        }
        sleep(Duration::from_millis(50)).await;
        replica.resume();
        let resumed = Instant::now();
        for answer in calls.join_all().await {
            assert!(matches!(answer.status, 200 | 204 | 503), "{algorithm}: {answer:?}");
        }
        let caller = replica.anonymous().with_token(&tokens.access);
        while caller.get("/auth/verify").await.status != 204 {
            assert!(resumed.elapsed() < KNOWN_WITHIN, "{algorithm}");
        }
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
        assert!(begun.elapsed() < KNOWN_WITHIN);
        tokens = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    }
}
