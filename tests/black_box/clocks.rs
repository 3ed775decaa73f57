//! Clocks that jump, and servers whose clocks differ: times end things, and never say which of two came first.

use crate::app::TestApp;
use crate::client::Tokens;
use crate::doors::once_known;
use crate::fake_time::fake_time;
use crate::{on_both_databases, on_postgres};
use std::time::Instant;

on_both_databases!(
    what_expires_does_so_by_the_clock,
    a_clock_that_was_set_back_accepts_nothing_of_the_future_and_keeps_the_order,
);
on_postgres!(servers_whose_clocks_differ_agree_on_what_is_spent_and_revoked);

/// What gives a server that had another time that of the machine again.
const REAL_TIME: [(&str, &str); 2] = [("LD_PRELOAD", ""), ("FAKETIME", "")];

async fn what_expires_does_so_by_the_clock(mut app: TestApp) {
    let (Some(later), Some(much_later)) = (fake_time("+16m"), fake_time("+8d")) else {
        return;
    };
    let first = app.anonymous().signed_in("ada@example.org").await;
    let mut other = app.anonymous().signed_in("eve@example.org").await;
    app.restart(&later.settings());
    for path in ["/users/me", "/auth/verify"] {
        let answer = app.anonymous().with_token(&first.access).get(path).await;
        answer.assert_problem(401, "invalid_access_token");
    }
    other = Tokens::of(&app.anonymous().refresh(&other.refresh).await);
    let answer = app.anonymous().with_token(&other.access).get("/auth/verify").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    app.restart(&much_later.settings());
    for tokens in [&first, &other] {
        let answer = app.anonymous().refresh(&tokens.refresh).await;
        answer.assert_problem(401, "invalid_refresh_token");
    }
    let recorded = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_events WHERE kind = 'refresh_token_reused'";
    assert_eq!(app.column(recorded).await, ["0"], "who comes late is no thief");
}

async fn a_clock_that_was_set_back_accepts_nothing_of_the_future_and_keeps_the_order(mut app: TestApp) {
    let Some(ahead) = fake_time("+1h") else { return };
    app.restart(&ahead.settings());
    let first = app.anonymous().signed_in("ada@example.org").await;
    let second = Tokens::of(&app.anonymous().refresh(&first.refresh).await);
    let other = app.anonymous().signed_in("eve@example.org").await;
    app.restart(&REAL_TIME);
    for path in ["/users/me", "/auth/verify"] {
        let answer = app.anonymous().with_token(&second.access).get(path).await;
        answer.assert_problem(401, "invalid_access_token");
    }
    // The order is that of the refreshes, whatever their times: the last token is the unspent one.
    let third = Tokens::of(&app.anonymous().refresh(&second.refresh).await);
    for path in ["/users/me", "/auth/verify"] {
        let answer = app.anonymous().with_token(&third.access).get(path).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }
    assert_eq!(app.anonymous().refresh(&first.refresh).await.status, 401);
    assert_eq!(
        app.anonymous().refresh(&third.refresh).await.status,
        401,
        "the replay ended it"
    );
    assert_eq!(app.anonymous().refresh(&other.refresh).await.status, 200);
}

async fn servers_whose_clocks_differ_agree_on_what_is_spent_and_revoked(mut app: TestApp) {
    let Some(later) = fake_time("+90s") else { return };
    app.restart(&later.settings());
    let ahead = app.replica();
    app.restart(&REAL_TIME);
    let (here, there) = (app.anonymous(), ahead.anonymous());

    // What is spent at one is spent at the other.
    let first = here.signed_in("ada@example.org").await;
    let second = Tokens::of(&there.refresh(&first.refresh).await);
    assert_eq!(there.with_token(&second.access).me().await.status, 200);
    let answer = here.with_token(&second.access).get("/auth/verify").await;
    answer.assert_problem(401, "invalid_access_token");
    let third = Tokens::of(&here.refresh(&second.refresh).await);
    for door in [&here, &there] {
        assert_eq!(door.with_token(&third.access).get("/auth/verify").await.status, 204);
    }
    assert_eq!(here.refresh(&first.refresh).await.status, 401);
    assert_eq!(there.refresh(&third.refresh).await.status, 401, "the replay ended it");

    // A retry at a server whose clock is far behind the refresh can't be told from theft.
    let first = here.signed_in("eve@example.org").await;
    let second = Tokens::of(&there.refresh(&first.refresh).await);
    assert_eq!(here.refresh(&first.refresh).await.status, 401);
    assert_eq!(there.refresh(&second.refresh).await.status, 401);

    // A revocation is one at both.
    let ended = here.signed_in("bob@example.org").await;
    assert_eq!(there.with_token(&ended.access).get("/auth/verify").await.status, 204);
    assert_eq!(here.log_out(&ended.refresh).await.status, 204);
    let acknowledged = Instant::now();
    let answer = once_known(&there.with_token(&ended.access), acknowledged).await;
    answer.assert_problem(401, "invalid_access_token");
}
