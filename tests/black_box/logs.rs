//! What is logged, and what never is.

use crate::app::{SECRET_KEY, TestApp};
use crate::client::{PASSWORD, Tokens};
use crate::on_sqlite;
use serde_json::{Value, json};
use tokio::task::JoinSet;

on_sqlite!(
    the_log_tells_how_many_logins_the_machine_can_take,
    no_secret_and_no_body_is_ever_logged,
    one_line_is_logged_for_each_request,
    every_line_about_a_request_has_its_id_and_no_other_one,
);

async fn the_log_tells_how_many_logins_the_machine_can_take(mut app: TestApp) {
    app.restart(&[("BCRYPT_COST", "10")]);
    let told = app.wait_for_log(|line| line["message"] == "passwords are hashed at this speed");
    assert_eq!(told["cost"], 10);
    assert!(told["logins_per_second"].as_f64().unwrap() > 0.0, "{told}");
}

async fn no_secret_and_no_body_is_ever_logged(mut app: TestApp) {
    app.restart(&[("LOG_LEVEL", "trace")]);
    let client = app.anonymous();
    let tokens = client.signed_in("ada@example.org").await;
    let next = Tokens::of(&client.refresh(&tokens.refresh).await);
    let ada = client.with_token(&next.access);
    let secret = "a-secret-that-nobody-may-see";
    let change = json!({"current_password": PASSWORD, "new_password": secret});
    assert_eq!(ada.put("/users/me/password", &change).await.status, 204);
    client.log_in("ada@example.org", &format!("{secret}-wrong")).await;
    client.get(&format!("/users/me?access_token={secret}")).await;
    client.get(&format!("/{secret}")).await;
    client
        .post("/auth/login", &json!({"email": secret, "password": secret}))
        .await;
    client.with_token(secret).me().await;
    client.refresh(secret).await;
    let answer = client
        .raw(format!("GET /{secret} HTTP/1.1\r\nuser-agent: {secret}\r\nx-request-id: a\r\n forged\r\n\r\n").as_bytes())
        .await;
    assert!(!answer.is_empty());
    client.log_out(&next.refresh).await;
    let last = crate::client::send(
        client
            .request(reqwest::Method::GET, "/")
            .header("x-request-id", "the-last-one"),
    )
    .await;
    assert_eq!(last.status, 200);
    app.wait_for_log(|line| line["message"] == "answered" && line.to_string().contains("the-last-one"));
    let logs = app.logs();
    for text in [
        secret,
        PASSWORD,
        &tokens.access,
        &tokens.refresh,
        &next.access,
        &next.refresh,
        SECRET_KEY,
        "$2b$",
    ] {
        assert!(!logs.contains(text), "a log line holds {text}");
    }
    for line in logs.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "not a JSON line: {line}");
    }
}

async fn one_line_is_logged_for_each_request(app: TestApp) {
    let tokens = app.anonymous().signed_in("ada@example.org").await;
    let request = app
        .anonymous()
        .with_token(&tokens.access)
        .request(reqwest::Method::GET, "/users/me?x=y");
    crate::client::send(request.header("x-request-id", "one-of-many")).await;
    let is_of_it = |line: &Value| line["message"] == "answered" && line.to_string().contains("one-of-many");
    let line = app.wait_for_log(is_of_it);
    assert_eq!(
        (&line["method"], &line["route"], &line["status"]),
        (&json!("GET"), &json!("/users/me"), &json!(422)),
        "{line}"
    );
    assert!(line["duration_ms"].is_number(), "{line}");
    assert!(!line.to_string().contains("\"name\""), "{line}");
    let lines = app.logs();
    assert_eq!(
        lines
            .lines()
            .filter(|line| line.contains("one-of-many") && line.contains("\"answered\""))
            .count(),
        1
    );
}

async fn every_line_about_a_request_has_its_id_and_no_other_one(app: TestApp) {
    // At once: each is put aside while its password is hashed and while the store writes.
    let mut registrations = JoinSet::new();
    for number in 0..12 {
        let (client, id) = (app.anonymous(), format!("registration-{number}"));
        registrations.spawn(async move {
            let person =
                json!({"email": format!("{id}@example.org"), "password": PASSWORD, "full_name": "Ada Lovelace"});
            let request = client.request(reqwest::Method::POST, "/auth/register").json(&person);
            let answer = crate::client::send(request.header("x-request-id", &id)).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            (id, answer.json()["id"].clone())
        });
    }
    let answers = registrations.join_all().await;
    let ids = answers.iter().map(|(id, _)| id.as_str()).chain(["the-last-one"]);
    let request = app.anonymous().request(reqwest::Method::GET, "/");
    crate::client::send(request.header("x-request-id", "the-last-one")).await;
    for id in ids {
        app.wait_for_log(|line| line["message"] == "answered" && line["request_id"] == id);
    }
    let logs = app.logs();
    let lines: Vec<Value> = logs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |message| lines.iter().filter(move |line| line["message"] == message);
    for (id, user) in &answers {
        let of_it: Vec<_> = told("registered").filter(|line| line["user_id"] == *user).collect();
        assert!(of_it.len() == 1 && of_it[0]["request_id"] == *id, "{id}: {of_it:?}");
        assert_eq!(
            told("answered").filter(|line| line["request_id"] == *id).count(),
            1,
            "{id}"
        );
    }
    assert!(told("answered").all(|line| line["request_id"].is_string()));
}
