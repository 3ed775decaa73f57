//! One's sessions, device by device.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens, send};
use crate::on_both_databases;
use reqwest::Method;

on_both_databases!(
    somebody_elses_session_is_not_there,
    the_other_sessions_can_be_ended_and_all_of_them,
);

async fn delete(client: &crate::client::Client, path: &str) -> crate::client::Answer {
    send(client.request(Method::DELETE, path)).await
}

async fn somebody_elses_session_is_not_there(app: TestApp) {
    let ada = app
        .anonymous()
        .with_token(&app.anonymous().signed_in("ada@example.org").await.access);
    let eve = app
        .anonymous()
        .with_token(&app.anonymous().signed_in("eve@example.org").await.access);
    let adas = ada.get("/users/me/sessions").await.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for id in [
        adas.as_str(),
        "018f0000-0000-7000-8000-000000000000",
        "x",
        "1",
        "' OR 1=1--",
    ] {
        let path = format!("/users/me/sessions/{}", id.replace(' ', "+"));
        delete(&eve, &path).await.assert_problem(404, "not_found");
        assert_eq!(delete(&app.anonymous(), &path).await.status, 401, "{id}");
    }
    assert_eq!(ada.me().await.status, 200);
}

async fn the_other_sessions_can_be_ended_and_all_of_them(app: TestApp) {
    let elsewhere = app.anonymous().signed_in("ada@example.org").await;
    let here = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let stranger = app.anonymous().signed_in("eve@example.org").await;
    let ada = app.anonymous().with_token(&here.access);
    assert_eq!(delete(&ada, "/users/me/sessions").await.status, 204);
    assert_eq!(app.anonymous().with_token(&elsewhere.access).me().await.status, 401);
    assert_eq!(ada.me().await.status, 200);
    delete(&ada, "/users/me/sessions?include_current=perhaps")
        .await
        .assert_problem(422, "validation_failed");
    assert_eq!(
        delete(&ada, "/users/me/sessions?include_current=true").await.status,
        204
    );
    assert_eq!(ada.me().await.status, 401);
    assert_eq!(app.anonymous().refresh(&here.refresh).await.status, 401);
    assert_eq!(app.anonymous().with_token(&stranger.access).me().await.status, 200);
}
