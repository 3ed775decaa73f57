//! One's sessions, device by device.

use crate::app::TestApp;
use crate::client::{PASSWORD, Tokens, send};
use crate::on_both_databases;
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    sessions_are_listed_with_their_devices,
    sessions_are_listed_by_the_page,
    a_session_can_be_ended_from_another_device,
    somebody_elses_session_is_not_there,
    the_other_sessions_can_be_ended_and_all_of_them,
    what_is_no_page_is_refused,
);

async fn delete(client: &crate::client::Client, path: &str) -> crate::client::Answer {
    send(client.request(Method::DELETE, path)).await
}

async fn sessions_are_listed_with_their_devices(app: TestApp) {
    app.anonymous().register("ada@example.org").await;
    let login = app
        .anonymous()
        .request(Method::POST, "/auth/login")
        .header("user-agent", "Ada's phone");
    let phone = send(login.json(&json!({"email": "ada@example.org", "password": PASSWORD}))).await;
    let here = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let next = Tokens::of(&app.anonymous().refresh(&here.refresh).await);
    let answer = app.anonymous().with_token(&next.access).get("/users/me/sessions").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let items = answer.json()["items"].as_array().unwrap().clone();
    assert_eq!((items.len(), &answer.json()["next_cursor"]), (2, &Value::Null));
    assert_eq!(
        (&items[0]["current"], &items[1]["current"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&items[1]["user_agent"], &items[1]["ip"]),
        (&json!("Ada's phone"), &json!("127.0.0.1"))
    );
    assert!(
        items[0]["last_used_at"].as_str() > items[0]["created_at"].as_str(),
        "{items:?}"
    );
    let members: Vec<&String> = items[0].as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "created_at",
            "current",
            "expires_at",
            "id",
            "ip",
            "last_used_at",
            "user_agent"
        ]
    );
    for secret in [&next.refresh, &here.refresh, &phone.member("refresh_token")] {
        assert!(!answer.text.contains(&secret[8..]), "a token is listed");
    }
    let id = items[0]["id"].as_str().unwrap();
    app.anonymous()
        .refresh(id)
        .await
        .assert_problem(401, "invalid_refresh_token");
    assert_eq!(app.anonymous().with_token(id).me().await.status, 401);
}

async fn sessions_are_listed_by_the_page(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    for _ in 0..4 {
        app.anonymous().log_in("ada@example.org", PASSWORD).await;
    }
    let ada = app.anonymous().with_token(&tokens.access);
    let mut seen = Vec::new();
    let mut path = "/users/me/sessions?limit=2".to_owned();
    loop {
        let page = ada.get(&path).await.json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|session| session["id"].to_string()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/users/me/sessions?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    let mut newest_first = seen.clone();
    newest_first.sort_by(|one, other| other.cmp(one));
    newest_first.dedup();
    assert_eq!(seen, newest_first);
}

async fn a_session_can_be_ended_from_another_device(app: TestApp) {
    let lost = app.anonymous().signed_in("ada@example.org").await;
    let here = Tokens::of(&app.anonymous().log_in("ada@example.org", PASSWORD).await);
    let ada = app.anonymous().with_token(&here.access);
    let sessions = ada.get("/users/me/sessions").await.json();
    let path = format!("/users/me/sessions/{}", sessions["items"][1]["id"].as_str().unwrap());
    assert_eq!(delete(&ada, &path).await.status, 204);
    assert_eq!(app.anonymous().refresh(&lost.refresh).await.status, 401);
    assert_eq!(app.anonymous().with_token(&lost.access).me().await.status, 401);
    delete(&ada, &path).await.assert_problem(404, "not_found");
    assert_eq!(app.anonymous().refresh(&here.refresh).await.status, 200);
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

async fn what_is_no_page_is_refused(app: TestApp) {
    let ada = app
        .anonymous()
        .with_token(&app.anonymous().signed_in("ada@example.org").await.access);
    for query in [
        "limit=0",
        "limit=-1",
        "limit=101",
        "limit=1000000000",
        "limit=x",
        "limit=1.5",
        "cursor=x",
        "cursor=' OR 1=1--",
    ] {
        let answer = ada.get(&format!("/users/me/sessions?{query}")).await;
        answer.assert_problem(422, "validation_failed");
        assert_eq!(answer.pointers().len(), 1, "{query}");
    }
    ada.get("/users/me/sessions?limit=1&limit=2")
        .await
        .assert_problem(400, "repeated_parameter");
    assert_eq!(app.anonymous().get("/users/me/sessions?limit=0").await.status, 401);
    assert_eq!(ada.get("/users/me/sessions?limit=100&unknown=x").await.status, 200);
}
