//! Registration and passwords.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use crate::{on_both_databases, on_sqlite};
use serde_json::json;

on_both_databases!(
    registration_assigns_nothing_but_what_it_asks_for,
    one_mailbox_is_one_account,
    of_fifty_registrations_of_one_address_one_wins,
);

on_sqlite!(
    every_character_of_a_long_password_counts,
    a_password_counts_as_it_was_sent,
    short_and_impossible_passwords_are_refused,
    a_password_of_sixty_four_characters_of_any_script_signs_in,
);

/// The beginning of passwords that would be guessed too soon without one.
pub(crate) const HARD_TO_GUESS: &str = "kR7vQ2mXz9";

/// Registers and gives the status.
pub(crate) async fn register(client: &Client, email: &str, password: &str) -> u16 {
    let body = json!({"email": email, "password": password, "full_name": "Ada Lovelace"});
    client.post("/auth/register", &body).await.status
}

async fn every_character_of_a_long_password_counts(app: TestApp) {
    let client = app.anonymous();
    for length in [69, 70, 71, 72, 100] {
        let common = format!("{HARD_TO_GUESS}{}", "a".repeat(length - HARD_TO_GUESS.len()));
        let email = format!("ada{length}@example.org");
        assert_eq!(register(&client, &email, &format!("{common}X")).await, 201);
        assert_eq!(
            client.log_in(&email, &format!("{common}Y")).await.status,
            401,
            "{length}"
        );
        assert_eq!(client.log_in(&email, &common).await.status, 401, "{length}");
        assert_eq!(
            client.log_in(&email, &format!("{common}X")).await.status,
            200,
            "{length}"
        );
    }
    let common = format!("{HARD_TO_GUESS}{}", "a".repeat(71 - HARD_TO_GUESS.len()));
    let across = format!("{common}é");
    assert_eq!(register(&client, "across@example.org", &across).await, 201);
    assert_eq!(
        client.log_in("across@example.org", &format!("{common}è")).await.status,
        401
    );
    assert_eq!(client.log_in("across@example.org", &across).await.status, 200);
}

async fn a_password_counts_as_it_was_sent(app: TestApp) {
    let client = app.anonymous();
    assert_eq!(register(&client, "ada@example.org", " pass word 1 ").await, 201);
    for other in ["pass word 1", " Pass word 1 ", " pass word 1"] {
        assert_eq!(client.log_in("ada@example.org", other).await.status, 401, "{other:?}");
    }
    assert_eq!(client.log_in("ada@example.org", " pass word 1 ").await.status, 200);
    // One system sends a letter with its accent as one character, another one as two.
    let (composed, in_parts) = ("zo\u{eb} counts white mice", "zoe\u{308} counts white mice");
    for (email, set, sent) in [
        ("zoe@example.org", composed, in_parts),
        ("chloe@example.org", in_parts, composed),
    ] {
        assert_eq!(register(&client, email, set).await, 201);
        assert_eq!(client.log_in(email, sent).await.status, 200, "{email}");
        assert_eq!(
            client.log_in(email, "zoe counts white mice").await.status,
            401,
            "{email}"
        );
    }
}

async fn short_and_impossible_passwords_are_refused(app: TestApp) {
    for (password, code) in [
        ("1234567".to_owned(), "too_short"),
        ("a".repeat(129), "too_long"),
        ("abc\0defghij".to_owned(), "nul"),
        (String::new(), "too_short"),
    ] {
        let body = json!({"email": "ada@example.org", "password": password, "full_name": "Ada Lovelace"});
        let answer = app.anonymous().post("/auth/register", &body).await;
        answer.assert_problem(422, "validation_failed");
        assert_eq!(answer.pointers(), ["#/password"]);
        let found = answer.json()["errors"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(found.contains(code), "{found} is not {code}");
        assert!(password.is_empty() || !answer.text.contains(&password), "{answer:?}");
    }
    assert_eq!(
        register(&app.anonymous(), "ada@example.org", "qmzkwtrbxnvhpljdgsfc").await,
        201
    );
}

async fn a_password_of_sixty_four_characters_of_any_script_signs_in(app: TestApp) {
    for (index, character) in ["\u{1f600}", "가", "é", "a"].into_iter().enumerate() {
        let common = format!("{HARD_TO_GUESS}{}", character.repeat(63 - HARD_TO_GUESS.len()));
        let (email, password) = (format!("ada{index}@example.org"), format!("{common}{character}"));
        assert_eq!(register(&app.anonymous(), &email, &password).await, 201);
        assert_eq!(app.anonymous().log_in(&email, &password).await.status, 200);
        let last_differs = format!("{common}x");
        assert_eq!(app.anonymous().log_in(&email, &last_differs).await.status, 401);
    }
}

async fn registration_assigns_nothing_but_what_it_asks_for(app: TestApp) {
    let body = json!({
        "email": "ada@example.org", "password": PASSWORD, "full_name": "Ada Lovelace",
        "role": "ADMIN", "is_admin": true, "email_verified": true, "is_active": false,
        "id": "018f0000-0000-7000-8000-000000000000", "password_hash": "x", "status": "x"
    });
    let refused = app.anonymous().post("/auth/register", &body).await;
    refused.assert_problem(422, "validation_failed");
    assert_eq!(refused.pointers().len(), 7, "{refused:?}");
    let user = app.anonymous().register("ada@example.org").await.json();
    assert_eq!(
        (&user["role"], &user["email_verified"], &user["is_active"]),
        (&json!("USER"), &json!(false), &json!(true))
    );
    let tokens = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let ada = app.anonymous().with_token(&tokens.access);
    let change = json!({"role": "ADMIN", "email_verified": true, "id": "x"});
    let refused = ada.put("/users/me", &change).await;
    refused.assert_problem(422, "validation_failed");
    assert_eq!(refused.pointers().len(), 3, "{refused:?}");
    assert_eq!(ada.me().await.json(), user);
}

async fn one_mailbox_is_one_account(app: TestApp) {
    assert_eq!(register(&app.anonymous(), "a@x.test", PASSWORD).await, 201);
    for same in ["A@x.test", " a@x.test ", "a@X.TEST"] {
        assert_eq!(register(&app.anonymous(), same, PASSWORD).await, 409, "{same:?}");
    }
    let long = format!("{}@x.test", "a".repeat(250));
    for none in [
        "a@x.test.",
        "a\u{ff20}x.test",
        "a@@x.test",
        "a@x.test\r\nbcc: b@x.test",
        "a\0@x.test",
        "",
        long.as_str(),
    ] {
        assert_eq!(register(&app.anonymous(), none, PASSWORD).await, 422, "{none:?}");
    }
}

async fn of_fifty_registrations_of_one_address_one_wins(app: TestApp) {
    let attempts: Vec<_> = (0..50)
        .map(|_| {
            let client = app.anonymous();
            tokio::spawn(async move { register(&client, "ada@example.org", PASSWORD).await })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses.push(attempt.await.unwrap());
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        49,
        "{statuses:?}"
    );
}
