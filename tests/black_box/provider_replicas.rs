//! Clients of the provider at every server of one store.

use crate::app::TestApp;
use crate::client::{Answer, Client, send};
use crate::doors::Doors;
use crate::on_both_databases;
use reqwest::Method;
use std::time::{Duration, Instant};

on_both_databases!(
    with &[("PUBLIC_URL", "http://127.0.0.1:8000")];
    a_client_works_once_its_command_returns_and_nowhere_a_second_after_it_was_disabled,
    a_token_that_was_revoked_at_one_server_counts_nowhere_a_second_later,
);

/// Far longer than a server is out of touch with its store.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a server may rely on what it has in memory.
const KNOWN_WITHIN: Duration = Duration::from_secs(1);

/// A service that may read orders, and its secret.
fn worker(app: &TestApp) -> String {
    app.run(&[
        "resource",
        "create",
        "https://api.example.org",
        "--scope",
        "orders:read",
    ])
    .result();
    let create = [
        "client",
        "create",
        "--id",
        "worker",
        "--kind",
        "service",
        "--scope",
        "orders:read",
        "--json",
    ];
    app.run(&create).json()["client_secret"].as_str().unwrap().to_owned()
}

/// What the server answers the worker, once it hears from its store.
async fn call(door: &Client, secret: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    let begun = Instant::now();
    loop {
        let request = door.request(Method::POST, path).basic_auth("worker", Some(secret));
        let answer = send(request.form(form)).await;
        if answer.status != 503 {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer:?}");
    }
}

async fn token(door: &Client, secret: &str) -> Answer {
    let form = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    call(door, secret, "/oauth2/token", &form).await
}

async fn counts(door: &Client, secret: &str, token: &str) -> bool {
    let answer = call(door, secret, "/oauth2/introspect", &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["active"] == true
}

async fn a_client_works_once_its_command_returns_and_nowhere_a_second_after_it_was_disabled(app: TestApp) {
    let doors = Doors::to(&app);
    let secret = worker(&app);
    for door in [doors.nth(0), doors.nth(1)] {
        let given = token(door, &secret).await;
        assert_eq!(given.status, 200, "{given:?}");
    }
    app.run(&["client", "disable", "worker"]).result();
    let disabled = Instant::now();
    for door in [doors.nth(0), doors.nth(1)] {
        let refused = loop {
            let has_to_know = disabled.elapsed() >= KNOWN_WITHIN;
            let answer = token(door, &secret).await;
            if has_to_know || answer.status != 200 {
                break answer;
            }
        };
        assert_eq!(refused.status, 401, "{refused:?}");
    }
}

async fn a_token_that_was_revoked_at_one_server_counts_nowhere_a_second_later(app: TestApp) {
    let doors = Doors::to(&app);
    let secret = worker(&app);
    let given = token(doors.nth(0), &secret).await.member("access_token");
    assert!(counts(doors.nth(1), &secret, &given).await);
    let ended = call(doors.nth(1), &secret, "/oauth2/revoke", &[("token", &given)]).await;
    let revoked = Instant::now();
    assert_eq!(ended.status, 200, "{ended:?}");
    assert!(!counts(doors.nth(1), &secret, &given).await);
    let counts_elsewhere = loop {
        let has_to_know = revoked.elapsed() >= KNOWN_WITHIN;
        let counts = counts(doors.nth(0), &secret, &given).await;
        if has_to_know || !counts {
            break counts;
        }
    };
    assert!(!counts_elsewhere);
}
