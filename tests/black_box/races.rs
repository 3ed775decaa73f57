//! What was acknowledged holds against whatever ran beside it.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use crate::on_both_databases;
use crate::rounds::rounds;
use serde_json::json;

on_both_databases!(
    nothing_works_after_a_logout_was_acknowledged,
    no_other_session_works_after_a_change_of_password_was_acknowledged,
);

async fn nothing_works_after_a_logout_was_acknowledged(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    for _ in 0..rounds() {
        let tokens = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
        let (refreshing, leaving) = (app.anonymous(), app.anonymous());
        let (refreshed, left) = tokio::join!(refreshing.refresh(&tokens.refresh), leaving.log_out(&tokens.refresh));
        assert_eq!(left.status, 204);
        assert_eq!(app.anonymous().with_token(&tokens.access).me().await.status, 401);
        if refreshed.status == 200 {
            let next = Tokens::of(&refreshed);
            assert_eq!(app.anonymous().refresh(&next.refresh).await.status, 401);
            assert_eq!(app.anonymous().with_token(&next.access).me().await.status, 401);
        }
    }
}

/// Neither the tokens of a session nor their next ones are of any use.
async fn assert_ended(client: &Client, tokens: &Tokens, whose: &str) {
    assert_eq!(client.with_token(&tokens.access).me().await.status, 401, "{whose}");
    assert_eq!(client.refresh(&tokens.refresh).await.status, 401, "{whose}");
}

async fn no_other_session_works_after_a_change_of_password_was_acknowledged(app: TestApp) {
    let client = app.anonymous();
    client.register("ada@example.org").await;
    let mut current = PASSWORD.to_owned();
    for round in 0..rounds() {
        let own = Tokens::of(&client.log_in("ada@example.org", &current).await);
        let other = Tokens::of(&client.log_in("ada@example.org", &current).await);
        let next = format!("{PASSWORD} {round}");
        let change = json!({"current_password": current, "new_password": next});
        let (changing, refreshing, entering) = (client.with_token(&own.access), app.anonymous(), app.anonymous());
        let (changed, refreshed, entered) = tokio::join!(
            changing.put("/users/me/password", &change),
            refreshing.refresh(&other.refresh),
            entering.log_in("ada@example.org", &current),
        );
        assert_eq!(changed.status, 204, "{changed:?}");
        if refreshed.status == 200 {
            assert_ended(&client, &Tokens::of(&refreshed), "of the racing refresh").await;
        }
        assert_ended(&client, &other, "of the other session").await;
        if entered.status == 200 {
            assert_ended(&client, &Tokens::of(&entered), "of the racing login").await;
        }
        assert_eq!(client.log_in("ada@example.org", &current).await.status, 401);
        assert_eq!(client.refresh(&own.refresh).await.status, 200, "the own session stays");
        current = next;
    }
}
