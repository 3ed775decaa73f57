//! Cookies and web apps of other origins, by the settings.

use crate::app::TestApp;
use crate::client::{PASSWORD, send};
use crate::on_sqlite;
use reqwest::Method;
use serde_json::json;

on_sqlite!(
    a_web_app_signs_in_and_out_by_the_cookie,
    a_server_without_tls_for_other_machines_sets_no_cookie_and_says_so,
    the_start_warns_of_web_apps_of_another_site,
);

const APP: &str = "https://app.example.org";
const NAME: &str = "__Host-portcullis-refresh";

async fn a_web_app_signs_in_and_out_by_the_cookie(mut app: TestApp) {
    app.restart(&[
        ("PUBLIC_URL", "https://auth.example.org"),
        ("CORS_ALLOWED_ORIGINS", APP),
    ]);
    let client = app.anonymous();
    client.register("ada@example.org").await;
    let call = |path: &str, origin: &str| client.request(Method::POST, path).header("origin", origin);
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    let login = send(call("/auth/login?cookie=true", APP).json(&credentials)).await;
    assert_eq!(login.status, 200, "{login:?}");
    assert_eq!(login.header("access-control-allow-origin"), APP);
    assert!(login.json().get("refresh_token").is_none());
    let (cookie, attributes) = login.header("set-cookie").split_once("; ").unwrap();
    assert!(cookie.starts_with(&format!("{NAME}=prt_")), "{cookie}");
    assert_eq!(attributes, "Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure");

    let refused = send(call("/auth/refresh", "https://evil.example").header("cookie", cookie)).await;
    refused.assert_problem(403, "cross_site_request");
    let refreshed = send(call("/auth/refresh", APP).header("cookie", cookie)).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let (next, _) = refreshed.header("set-cookie").split_once(';').unwrap();
    assert_ne!(next, cookie);
    let access = client.with_token(&refreshed.member("access_token"));
    assert_eq!(access.me().await.status, 200);

    let out = send(call("/auth/logout", APP).header("cookie", next)).await;
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie")
            .starts_with(&format!("{NAME}=; Path=/; Max-Age=0;"))
    );
    assert_eq!(access.me().await.status, 401);
    assert!(!app.logs().contains("prt_"), "a token is in the log");
}

async fn a_server_without_tls_for_other_machines_sets_no_cookie_and_says_so(mut app: TestApp) {
    assert!(!app.logs().contains("no cookies"));
    app.restart(&[("PUBLIC_URL", "http://auth.example.org")]);
    app.wait_for_log(|line| {
        line["message"]
            .as_str()
            .is_some_and(|text| text.contains("given no cookies"))
    });
    let client = app.anonymous();
    client.register("ada@example.org").await;
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    let login = client.post("/auth/login?cookie=true", &credentials).await;
    login.assert_problem(409, "cookies_off");
    assert_eq!(client.log_in("ada@example.org", PASSWORD).await.status, 200);
}

async fn the_start_warns_of_web_apps_of_another_site(mut app: TestApp) {
    let origins = format!("{APP},https://app.example.com");
    app.restart(&[
        ("PUBLIC_URL", "https://auth.example.org"),
        ("CORS_ALLOWED_ORIGINS", &origins),
    ]);
    app.wait_for_log(|line| line["level"] == "WARN" && line["origin"] == "https://app.example.com");
    let warned = app
        .logs()
        .lines()
        .filter(|line| line.contains("of another site"))
        .count();
    assert_eq!(warned, 1, "{}", app.logs());
    let doctor = app.run(&["doctor"]);
    let line = doctor.stdout.lines().find(|line| line.contains("browsers")).unwrap();
    assert!(
        line.contains("warn") && line.contains("https://app.example.com"),
        "{line}"
    );
}
