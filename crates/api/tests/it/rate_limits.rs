//! What a client sees of limits, and the cookie by which its device is known.

use crate::client::{Answer, Request};
use crate::running::{ADA, Running};
use portcullis_testkit::build::PASSWORD;
use serde_json::json;

const WRONG: &str = "not the password";

fn by_json(email: &str, password: &str) -> Request {
    Request::post("/auth/login").json(json!({"email": email, "password": password}).to_string())
}

fn by_form(path: &str, password: &str) -> Request {
    let username = ADA.replace('@', "%40");
    Request::post(path).form(&format!("username={username}&password={}", password.replace(' ', "+")))
}

async fn use_up(running: &Running, email: &str) {
    for _ in 0..10 {
        running
            .send(by_json(email, WRONG))
            .await
            .assert_problem(401, "invalid_credentials");
    }
}

/// The cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_refused_attempt_says_when_to_come_back() {
    let running = Running::start();
    running.app.register(ADA).await;
    use_up(&running, ADA).await;
    let answer = running.send(by_json(ADA, PASSWORD)).await;
    answer.assert_problem(429, "too_many_requests");
    assert_eq!(answer.header("retry-after"), Some("90"));
    assert_eq!(answer.header("ratelimit"), Some("\"login\";r=0;t=90"));
    assert_eq!(answer.header("ratelimit-policy"), Some("\"login\";q=10;w=900"));
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn forms_and_json_share_one_counter() {
    let running = Running::start();
    running.app.register(ADA).await;
    for number in 0_u32..10 {
        let status = match number % 3 {
            0 => running.send(by_json(ADA, WRONG)).await.status,
            1 => running.send(by_form("/auth/login", WRONG)).await.status,
            _ => running.send(by_form("/auth/token", WRONG)).await.status,
        };
        assert_eq!(status, if number.is_multiple_of(3) { 401 } else { 400 });
    }
    running
        .send(by_json(ADA, PASSWORD))
        .await
        .assert_problem(429, "too_many_requests");
    for path in ["/auth/login", "/auth/token"] {
        let answer = running.send(by_form(path, PASSWORD)).await;
        let problem = answer.assert_problem(429, "too_many_requests");
        assert_eq!(problem["error"], "temporarily_unavailable");
        assert_eq!(problem["error_description"], problem["detail"]);
        assert_eq!(answer.header("retry-after"), Some("90"));
    }
}

#[tokio::test]
async fn headers_that_nobody_vouches_for_make_no_other_client() {
    let running = Running::start();
    for number in 0..100 {
        let mut request = by_json(&format!("user-{number}@example.com"), WRONG);
        for name in [
            "x-forwarded-for",
            "forwarded",
            "x-real-ip",
            "x-client-ip",
            "true-client-ip",
        ] {
            let value = if name == "forwarded" { "for=" } else { "" };
            request = request.header(name, format!("{value}203.0.113.{number}"));
        }
        running.send(request).await.assert_problem(401, "invalid_credentials");
    }
    let answer = running
        .send(by_json("another@example.com", WRONG).header("x-forwarded-for", "192.0.2.1"))
        .await;
    answer.assert_problem(429, "too_many_requests");
    assert_eq!(answer.header("ratelimit-policy"), Some("\"login-address\";q=100;w=900"));
}

#[tokio::test]
async fn every_sign_in_gives_the_device_a_cookie_that_keeps_strangers_from_slowing_it() {
    let running = Running::start();
    running.app.register(ADA).await;
    let mut cookies = Vec::new();
    for request in [
        by_json(ADA, PASSWORD),
        by_form("/auth/login", PASSWORD),
        by_form("/auth/token", PASSWORD),
    ] {
        let answer = running.send(request).await;
        let set = answer.header("set-cookie").unwrap();
        assert!(set.starts_with("portcullis-device="), "{set}");
        assert!(
            set.ends_with("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"),
            "{set}"
        );
        cookies.push(cookie_of(&answer));
    }
    use_up(&running, ADA).await;
    running
        .send(by_json(ADA, PASSWORD))
        .await
        .assert_problem(429, "too_many_requests");
    let cookie = cookies.first().unwrap();
    let known = running.send(by_json(ADA, PASSWORD).header("cookie", cookie)).await;
    assert_eq!(known.status, 200);
    assert_eq!(&cookie_of(&known), cookie);
    let among_others = format!("a=1; {cookie}; b=2");
    assert_eq!(
        running
            .send(by_json(ADA, PASSWORD).header("cookie", among_others))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_cookie_that_is_none_of_the_account_makes_an_unknown_device_and_no_error() {
    let running = Running::start();
    running.app.register(ADA).await;
    running.app.register("ben@example.com").await;
    let cookie = cookie_of(&running.send(by_json(ADA, PASSWORD)).await);
    let of_ben = cookie_of(&running.send(by_json("ben@example.com", PASSWORD)).await);
    let too_long = format!("portcullis-device={}", "a".repeat(5_000));
    let foreign = [
        format!("{cookie}; {cookie}"),
        format!("{cookie}; portcullis-device=x"),
        "portcullis-device=".to_owned(),
        "portcullis-device=\"; é".to_owned(),
        format!("__Host-{cookie}"),
        of_ben,
        too_long,
    ];
    for cookie in &foreign {
        let answer = running.send(by_json(ADA, PASSWORD).header("cookie", cookie)).await;
        assert_eq!(answer.status, 200, "{cookie}");
    }
    use_up(&running, ADA).await;
    for cookie in &foreign {
        let answer = running.send(by_json(ADA, PASSWORD).header("cookie", cookie)).await;
        answer.assert_problem(429, "too_many_requests");
    }
    assert_eq!(
        running
            .send(by_json(ADA, PASSWORD).header("cookie", cookie))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn registrations_refreshes_and_own_passwords_are_limited_too() {
    let running = Running::start();
    let tokens = running.tokens().await;
    let access = tokens["access_token"].as_str().unwrap();
    let change = || {
        let body = json!({"current_password": WRONG, "new_password": "another long password 1"}).to_string();
        running.send(Request::put("/users/me/password").bearer(access).json(body))
    };
    for _ in 0..10 {
        change().await.assert_problem(403, "wrong_password");
    }
    let refused = change().await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"login-device\";q=10;w=900"));

    let body = json!({"email": ADA, "password": PASSWORD, "full_name": "Ada"}).to_string();
    let register = || running.send(Request::post("/auth/register").json(body.clone()));
    for _ in 0..20 {
        register().await.assert_problem(409, "email_taken");
    }
    let refused = register().await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.header("ratelimit"), Some("\"register\";r=0;t=180"));

    let mut refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    let send =
        |token: &str| running.send(Request::post("/auth/refresh").json(json!({"refresh_token": token}).to_string()));
    for _ in 0..60 {
        refresh = send(&refresh).await.json()["refresh_token"]
            .as_str()
            .unwrap()
            .to_owned();
    }
    let refused = send(&refresh).await;
    refused.assert_problem(429, "too_many_requests");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"refresh\";q=60;w=60"));
}
