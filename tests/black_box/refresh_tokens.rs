//! Refresh tokens: rotation, the honest mistake, the thief.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens};
use crate::{on_both_databases, on_sqlite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

on_both_databases!(
    with &[("REFRESH_TOKEN_GRACE_SECONDS", "0")];
    without_grace_a_spent_token_ends_its_session,
);

on_both_databases!(
    with &[crate::app::LONG_GRACE];
    a_spent_token_gives_its_successor_again_while_that_is_unused,
);

on_both_databases!(
    a_spent_token_behind_a_used_successor_ends_its_session_only,
    what_is_spent_stays_spent_over_a_restart,
    made_up_tokens_write_nothing,
    a_disabled_user_gets_no_tokens,
    a_further_login_ends_the_oldest_session,
    the_previous_key_is_still_accepted,
    no_issued_token_stands_in_the_store,
);

on_sqlite!(a_changed_text_is_no_token_and_ends_nothing,);

async fn a_spent_token_gives_its_successor_again_while_that_is_unused(app: TestApp) {
    let first = app.anonymous().signed_in("ada@example.org").await;
    let second = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    let again = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    assert_eq!(second.refresh, again.refresh);
    assert_eq!(app.anonymous().with_token(&again.access).me().await.status, 200);
    assert_eq!(app.anonymous().with_token(&second.access).me().await.status, 200);
    assert_eq!(app.anonymous().refresh(&second.refresh).await.status, 200);
}

async fn a_spent_token_behind_a_used_successor_ends_its_session_only(app: TestApp) {
    let first = app.anonymous().signed_in("ada@example.org").await;
    let other_session = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let second = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    let third = Tokens::of(&app.anonymous().refresh(&second.refresh).await);
    app.anonymous()
        .refresh(&first.refresh)
        .await
        .assert_problem(401, "invalid_refresh_token");
    app.anonymous()
        .refresh(&third.refresh)
        .await
        .assert_problem(401, "invalid_refresh_token");
    assert_eq!(app.anonymous().with_token(&third.access).me().await.status, 401);
    assert_eq!(app.anonymous().refresh(&other_session.refresh).await.status, 200);
    let warned = app.wait_for_log(|line| line["level"] == "WARN" && line["session_id"].is_string());
    assert_eq!(warned["address"], "127.0.0.1", "{warned}");
}

async fn without_grace_a_spent_token_ends_its_session(app: TestApp) {
    let first = app.anonymous().signed_in("ada@example.org").await;
    let second = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    assert_eq!(app.anonymous().refresh(&first.refresh).await.status, 401);
    assert_eq!(app.anonymous().refresh(&second.refresh).await.status, 401);
    assert_eq!(app.anonymous().with_token(&second.access).me().await.status, 401);
}

async fn what_is_spent_stays_spent_over_a_restart(mut app: TestApp) {
    let first = app.anonymous().signed_in("ada@example.org").await;
    let mut chain = vec![first];
    for _ in 0..5 {
        chain.push(Tokens::of(
            &app.anonymous().refresh(&chain.last().unwrap().refresh).await,
        ));
    }
    let ended = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    assert_eq!(app.anonymous().log_out(&ended.refresh).await.status, 204);
    app.kill();
    app.restart(&[]);
    assert_eq!(app.anonymous().refresh(&ended.refresh).await.status, 401);
    assert_eq!(app.anonymous().with_token(&ended.access).me().await.status, 401);
    assert_eq!(app.anonymous().refresh(&chain[0].refresh).await.status, 401);
    assert_eq!(
        app.anonymous().refresh(&chain[5].refresh).await.status,
        401,
        "the replay ended the session"
    );
}

async fn a_changed_text_is_no_token_and_ends_nothing(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let genuine = &tokens.refresh;
    let swapped: String = genuine
        .chars()
        .map(|character| {
            if character.is_ascii_lowercase() {
                character.to_ascii_uppercase()
            } else {
                character.to_ascii_lowercase()
            }
        })
        .collect();
    for text in [
        genuine[..genuine.len() - 1].to_owned(),
        format!("{genuine}A"),
        format!("{genuine}="),
        format!(" {genuine}"),
        genuine.to_uppercase(),
        swapped,
        "prt_".to_owned(),
        genuine.trim_start_matches("prt_").to_owned(),
        format!("prt_{}", "A".repeat(genuine.len() - 4)),
        String::new(),
    ] {
        app.anonymous()
            .refresh(&text)
            .await
            .assert_problem(401, "invalid_refresh_token");
        assert_eq!(app.anonymous().log_out(&text).await.status, 204, "{text}");
    }
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
    assert_eq!(app.anonymous().refresh(genuine).await.status, 200);
}

/// Every session, with all that a refresh could have changed.
async fn sessions(app: &TestApp) -> Vec<String> {
    let columns = ["generation", "rotated_at", "last_used_at", "expires_at"];
    let texts = columns
        .map(|column| format!("CAST({column} AS TEXT)"))
        .join(" || ' ' || ");
    app.column(&format!(
        "SELECT {texts} || COALESCE(CAST(revoked_at AS TEXT), 'live') FROM sessions ORDER BY created_at"
    ))
    .await
}

async fn made_up_tokens_write_nothing(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let body = tokens.refresh.strip_prefix("prt_").unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(body).unwrap();
    let before = sessions(&app).await;
    assert_eq!(before.len(), 1);
    for index in 0..bytes.len() {
        bytes[index] ^= 1;
        let nearly = format!("prt_{}", URL_SAFE_NO_PAD.encode(&bytes));
        bytes[index] ^= 1;
        assert_eq!(app.anonymous().refresh(&nearly).await.status, 401, "{nearly}");
    }
    for _ in 0..100 {
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        let random = format!("prt_{}", URL_SAFE_NO_PAD.encode(&bytes));
        assert_eq!(app.anonymous().refresh(&random).await.status, 401, "{random}");
    }
    assert_eq!(sessions(&app).await, before);
    assert_eq!(app.anonymous().refresh(&tokens.refresh).await.status, 200);
    assert_ne!(sessions(&app).await, before, "a genuine token is written");
}

async fn a_disabled_user_gets_no_tokens(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    app.execute("UPDATE users SET is_active = FALSE").await;
    app.anonymous()
        .refresh(&tokens.refresh)
        .await
        .assert_problem(401, "invalid_refresh_token");
    app.anonymous()
        .log_in("ada@example.org", "wrong horse")
        .await
        .assert_problem(401, "invalid_credentials");
    app.anonymous()
        .log_in("ada@example.org", PASSWORD)
        .await
        .assert_problem(403, "account_disabled");
    app.anonymous()
        .with_token(&tokens.access)
        .me()
        .await
        .assert_problem(403, "account_disabled");
}

async fn a_further_login_ends_the_oldest_session(mut app: TestApp) {
    app.restart(&[("MAX_SESSIONS_PER_USER", "2")]);
    let oldest = app.anonymous().signed_in("ada@example.org").await;
    let older = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let newest = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    assert_eq!(app.anonymous().refresh(&oldest.refresh).await.status, 401);
    assert_eq!(app.anonymous().refresh(&older.refresh).await.status, 200);
    assert_eq!(app.anonymous().refresh(&newest.refresh).await.status, 200);
}

async fn the_previous_key_is_still_accepted(mut app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let next_key = "the-next-key-of-the-black-box-tests-0123456789";
    app.restart(&[
        ("SECRET_KEY", next_key),
        ("SECRET_KEY_PREVIOUS", crate::app::SECRET_KEY),
    ]);
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 200);
    let next = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    app.restart(&[(
        "SECRET_KEY_PREVIOUS",
        "a-key-that-never-was-one-of-the-tests-9876543210",
    )]);
    assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 401);
    assert_eq!(app.anonymous().with_token(&next.access).me().await.status, 200);
    assert_eq!(app.anonymous().refresh(&next.refresh).await.status, 200);
}

async fn no_issued_token_stands_in_the_store(mut app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let next = Tokens::of(&app.anonymous().refresh(&tokens.refresh).await);
    app.terminate();
    app.wait();
    let dump = app.dump().await;
    assert!(dump.contains("ada@example.org"), "the dump is of the store");
    for secret in [&tokens.refresh, &next.refresh, &tokens.access] {
        let body = secret.trim_start_matches("prt_");
        assert!(
            !dump.contains(body) && !dump.contains(&body[32..]),
            "a token stands in the store"
        );
    }
    assert!(!dump.contains(PASSWORD));
}
