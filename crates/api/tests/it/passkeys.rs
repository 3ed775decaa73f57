//! Passkeys, as programs are told of them.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use crate::second_factor::turn_on;
use chrono::TimeDelta;
use portcullis_domain::{Origin, SecretText, UserId};
use portcullis_testkit::FakePasskey;
use portcullis_testkit::build::PASSWORD;
use serde_json::{Value, json};

async fn ask(running: &Running, path: &str, token: Option<&str>) -> Value {
    let request = Request::post(path).json("{}");
    asked(
        running,
        match token {
            Some(token) => request.bearer(token),
            None => request,
        },
    )
    .await
}

/// Asks to go on with a sign-in.
async fn ask_for_second_half(running: &Running, mfa_token: &Value) -> Value {
    let body = json!({"mfa_token": mfa_token}).to_string();
    asked(running, Request::post("/auth/passkeys/options").json(body)).await
}

async fn asked(running: &Running, request: Request) -> Value {
    let asked = running.send(request).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(asked.header("cache-control"), Some("no-store"));
    let asked = asked.json();
    assert!(asked["publicKey"]["challenge"].is_string(), "{asked}");
    asked
}

/// What a device answers, as a body.
fn answer(passkey: &FakePasskey, asked: &Value) -> Value {
    let challenge = SecretText::new(asked["challenge"].as_str().unwrap().to_owned());
    let shown = passkey.answer(&challenge);
    let credential: Value = serde_json::from_str(shown.credential.expose()).unwrap();
    json!({"challenge": challenge.expose(), "credential": credential})
}

async fn add(running: &Running, token: &str, id: u8, name: Option<&str>) -> (FakePasskey, Answer) {
    let user = user_of(running, token).await;
    let passkey = FakePasskey::of(user, id);
    let asked = ask(running, "/users/me/passkeys/options", Some(token)).await;
    let mut body = answer(&passkey, &asked);
    if let Some(name) = name {
        body["name"] = name.into();
    }
    let added = Request::post("/users/me/passkeys").bearer(token).json(body.to_string());
    (passkey, running.send(added).await)
}

async fn user_of(running: &Running, token: &str) -> UserId {
    let actor = running.app.authentication.authenticate(token, Origin::default());
    actor.await.unwrap().user().id
}

async fn log_in(running: &Running, passkey: &FakePasskey) -> Answer {
    let asked = ask(running, "/auth/passkeys/options", None).await;
    let body = answer(passkey, &asked).to_string();
    running.send(Request::post("/auth/passkeys").json(body)).await
}

fn access_token(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn passkeys_are_added_renamed_used_and_removed() {
    let running = Running::start();
    let token = access_token(&running.tokens().await);
    let (passkey, added) = add(&running, &token, 1, Some(" <b>My key</b> ")).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let added = added.json();
    assert_eq!(
        (
            &added["name"],
            &added["synced"],
            &added["last_used_at"],
            &added["last_used_on"]
        ),
        (&json!("<b>My key</b>"), &json!(true), &json!(null), &json!(null))
    );
    let (_, second) = add(&running, &token, 2, None).await;
    assert!(second.json()["name"].as_str().is_some_and(|name| !name.is_empty()));
    let (_, known) = add(&running, &token, 1, None).await;
    known.assert_problem(409, "passkey_known");
    let inside = log_in(&running, &passkey).await;
    assert_eq!(inside.status, 200, "{}", inside.text());
    let own = Request::get("/users/me/passkeys").bearer(&token);
    let items = running.send(own).await.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert!(items[0]["last_used_at"].is_string(), "{items}");
    let state = Request::get("/users/me/mfa").bearer(&token);
    let state = running.send(state).await.json();
    assert_eq!(state, json!({"totp": false, "passkeys": 2, "recovery_codes_left": 0}));
    let one = format!("/users/me/passkeys/{}", added["id"].as_str().unwrap());
    for (name, code) in [
        ("\u{200b}", "required"),
        (&"x".repeat(101), "too_long"),
        ("a\nb", "control_character"),
    ] {
        let body = json!({"name": name}).to_string();
        let refused = running.send(Request::patch(&one).bearer(&token).json(body)).await;
        let refused = refused.assert_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let body = json!({"name": "Work"}).to_string();
    let renamed = running.send(Request::patch(&one).bearer(&token).json(body)).await;
    assert_eq!(renamed.json()["name"], "Work");
    let gone = running.send(Request::new("DELETE", &one).bearer(&token)).await;
    assert_eq!(gone.status, 204);
    let again = running.send(Request::new("DELETE", &one).bearer(&token)).await;
    again.assert_problem(404, "not_found");
    log_in(&running, &passkey).await.assert_problem(401, "invalid_passkey");
}

#[tokio::test]
async fn an_answer_is_refused_by_what_is_wrong_with_it() {
    let running = Running::start();
    let token = access_token(&running.tokens().await);
    let (passkey, _) = add(&running, &token, 1, None).await;
    let post = async |body: Value| {
        running
            .send(Request::post("/auth/passkeys").json(body.to_string()))
            .await
    };
    for body in [
        json!({}),
        json!({"challenge": "ppc_"}),
        json!({"challenge": "ppc_", "credential": "text"}),
        json!({"challenge": 7, "credential": {}}),
        json!({"challenge": "ppc_", "credential": {}, "name": "x"}),
    ] {
        post(body).await.assert_problem(422, "validation_failed");
    }
    post(json!({"challenge": "ppc_", "credential": {"any": "member"}}))
        .await
        .assert_problem(401, "invalid_passkey");
    let asked = ask(&running, "/auth/passkeys/options", None).await;
    let good = answer(&passkey, &asked);
    assert_eq!(post(good.clone()).await.status, 200);
    post(good).await.assert_problem(401, "invalid_passkey");
    let unverified = FakePasskey {
        verifies: false,
        ..passkey.clone()
    };
    log_in(&running, &unverified)
        .await
        .assert_problem(401, "invalid_passkey");
    let asked = ask(&running, "/auth/passkeys/options", None).await;
    running.app.clock.advance(TimeDelta::minutes(5));
    post(answer(&passkey, &asked))
        .await
        .assert_problem(401, "invalid_passkey");
}

#[tokio::test]
async fn a_new_passkey_is_refused_by_what_is_wrong_with_it() {
    let running = Running::start();
    let token = access_token(&running.tokens().await);
    let post = async |body: Value| {
        let request = Request::post("/users/me/passkeys")
            .bearer(&token)
            .json(body.to_string());
        running.send(request).await
    };
    let passkey = FakePasskey::of(user_of(&running, &token).await, 1);
    let asked = ask(&running, "/users/me/passkeys/options", Some(&token)).await;
    post(json!({"challenge": asked["challenge"], "credential": {"any": "member"}}))
        .await
        .assert_problem(400, "invalid_credential");
    let to_sign_in = ask(&running, "/auth/passkeys/options", None).await;
    post(answer(&passkey, &to_sign_in))
        .await
        .assert_problem(400, "invalid_challenge");
    assert_eq!(post(answer(&passkey, &asked)).await.status, 201);
}

#[tokio::test]
async fn a_passkey_is_the_second_half_of_a_sign_in_and_a_fresh_proof() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let token = access_token(&tokens);
    let (passkey, _) = add(&running, &token, 1, None).await;
    turn_on(&running, &token).await;
    let log_in_by_password = async || {
        let body = json!({"email": ADA, "password": PASSWORD}).to_string();
        running.send(Request::post("/auth/login").json(body)).await
    };
    let halfway = log_in_by_password().await.assert_problem(401, "mfa_required");
    assert_eq!(halfway["methods"], json!(["totp", "recovery_code", "passkey"]));
    let asked = ask_for_second_half(&running, &halfway["mfa_token"]).await;
    let shown = answer(&passkey, &asked);
    let both = json!({"mfa_token": halfway["mfa_token"], "code": "123456", "passkey": shown});
    let refused = running
        .send(Request::post("/auth/login/mfa").json(both.to_string()))
        .await;
    let refused = refused.assert_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["pointer"], "#/code");
    let odd = json!({"mfa_token": halfway["mfa_token"], "passkey": {"challenge": 7, "credental": {}}});
    let refused = running
        .send(Request::post("/auth/login/mfa").json(odd.to_string()))
        .await;
    let refused = refused.assert_problem(422, "validation_failed");
    let pointers: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].clone())
        .collect();
    assert!(pointers.contains(&json!("#/passkey/challenge")), "{pointers:?}");
    assert!(pointers.contains(&json!("#/passkey/credental")), "{pointers:?}");
    let body = json!({"mfa_token": halfway["mfa_token"], "passkey": shown}).to_string();
    let inside = running.send(Request::post("/auth/login/mfa").json(body)).await;
    assert_eq!(inside.status, 200, "{}", inside.text());
    // A passkey alone is two factors: no second step follows.
    assert_eq!(log_in(&running, &passkey).await.status, 200);
    let token = access_token(&inside.json());
    let asked = ask(&running, "/auth/passkeys/options", Some(&token)).await;
    let body = json!({"passkey": answer(&passkey, &asked)}).to_string();
    let proved = running
        .send(Request::post("/auth/reauthenticate").bearer(&token).json(body))
        .await;
    assert_eq!(proved.status, 200, "{}", proved.text());
    let somebody_elses = running.app.register("ben@example.org").await;
    let tokens = running.log_in("ben@example.org").await;
    let (bens, _) = add(&running, &access_token(&tokens), 9, None).await;
    assert_eq!(bens.user, somebody_elses.id);
    let token = access_token(&proved.json());
    let asked = ask(&running, "/auth/passkeys/options", Some(&token)).await;
    let body = json!({"passkey": answer(&bens, &asked)}).to_string();
    running
        .send(Request::post("/auth/reauthenticate").bearer(&token).json(body))
        .await
        .assert_problem(401, "invalid_passkey");
}

#[tokio::test]
async fn options_say_what_they_are_for_by_the_token_that_is_sent_along() {
    let running = Running::start();
    let token = access_token(&running.tokens().await);
    let (passkey, _) = add(&running, &token, 1, None).await;
    turn_on(&running, &token).await;
    let reauthenticate = async |asked: &Value| {
        let body = json!({"passkey": answer(&passkey, asked)}).to_string();
        let request = Request::post("/auth/reauthenticate").bearer(&token).json(body);
        running.send(request).await
    };
    // What was given to sign in steps nothing up.
    let to_sign_in = ask(&running, "/auth/passkeys/options", None).await;
    reauthenticate(&to_sign_in).await.assert_problem(401, "invalid_passkey");
    let in_session = ask(&running, "/auth/passkeys/options", Some(&token)).await;
    let body = answer(&passkey, &in_session).to_string();
    running
        .send(Request::post("/auth/passkeys").json(body))
        .await
        .assert_problem(401, "invalid_passkey");
    assert_eq!(reauthenticate(&in_session).await.status, 200);
    let options = |body: Value| Request::post("/auth/passkeys/options").json(body.to_string());
    for (request, status, code) in [
        (options(json!({"mfa_token": "pmc_"})), 401, "invalid_mfa_token"),
        (options(json!({"mfa_token": 7})), 422, "validation_failed"),
        (options(json!({"other": 7})), 422, "validation_failed"),
        (options(json!({})).bearer("nonsense"), 401, "invalid_access_token"),
    ] {
        running.send(request).await.assert_problem(status, code);
    }
    let token = access_token(&log_in(&running, &passkey).await.json());
    let both = options(json!({"mfa_token": "pmc_"})).bearer(&token);
    let refused = running.send(both).await.assert_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "not_both");
    // The name of a new one is looked at before a device makes it.
    let request = |name: &str| {
        let body = json!({"name": name}).to_string();
        Request::post("/users/me/passkeys/options").bearer(&token).json(body)
    };
    let refused = running.send(request(&"x".repeat(101))).await;
    let refused = refused.assert_problem(422, "validation_failed");
    assert_eq!(refused["errors"][0]["code"], "too_long");
    assert_eq!(running.send(request("Work")).await.status, 200);
}

#[tokio::test]
async fn who_has_no_password_sets_one_and_deletes_the_account_by_a_fresh_proof() {
    for method in ["PUT", "DELETE"] {
        let running = Running::start();
        let token = access_token(&running.tokens().await);
        let (passkey, _) = add(&running, &token, 1, None).await;
        let (target, body) = match method {
            "PUT" => ("/users/me/password", json!({"new_password": "another long password"})),
            _ => ("/users/me", json!({})),
        };
        let send = async |token: &str| {
            let request = Request::new(method, target).bearer(token).json(body.to_string());
            running.send(request).await
        };
        send(&token).await.assert_problem(422, "validation_failed");
        running.app.remove_password(user_of(&running, &token).await).await;
        running.app.clock.advance(TimeDelta::minutes(11));
        send(&token).await.assert_problem(403, "reauthentication_required");
        let token = access_token(&log_in(&running, &passkey).await.json());
        let done = send(&token).await;
        assert_eq!(done.status, 204, "{}", done.text());
    }
}

#[tokio::test]
async fn adding_and_removing_take_a_fresh_proof_and_the_last_way_in_stays() {
    let running = Running::start();
    let token = access_token(&running.tokens().await);
    let (passkey, added) = add(&running, &token, 1, None).await;
    let one = format!("/users/me/passkeys/{}", added.json()["id"].as_str().unwrap());
    running.app.clock.advance(TimeDelta::minutes(11));
    for request in [
        Request::post("/users/me/passkeys/options").json("{}"),
        Request::post("/users/me/passkeys").json(r#"{"challenge": "ppc_", "credential": {}}"#),
        Request::new("DELETE", &one),
    ] {
        running
            .send(request.bearer(&token))
            .await
            .assert_problem(403, "reauthentication_required");
    }
    running.app.remove_password(user_of(&running, &token).await).await;
    let token = access_token(&log_in(&running, &passkey).await.json());
    let refused = running.send(Request::new("DELETE", &one).bearer(&token)).await;
    refused.assert_problem(409, "last_way_in");
    let (_, second) = add(&running, &token, 2, None).await;
    assert_eq!(second.status, 201);
    let gone = running.send(Request::new("DELETE", &one).bearer(&token)).await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn browsers_are_told_which_pages_use_passkeys() {
    let running = Running::start();
    let told = running.send(Request::get("/.well-known/webauthn")).await;
    assert_eq!(told.json(), json!({"origins": ["http://localhost:8000"]}));
}
