//! Mail from end to end, by the mailbox inside: verified addresses, forgotten passwords, changed addresses, invitations.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

const KEPT: (&str, &str) = ("MAILBOX", "on");
const NEW_PASSWORD: &str = "another correct horse";

/// Far more than the job takes that sends mails.
const PATIENCE: u32 = 400;

/// The newest mail of that kind to that address, present or to come.
pub(crate) async fn mail(app: &TestApp, kind: &str, to: &str) -> Value {
    for _ in 0..PATIENCE {
        let kept = mails(app).await;
        let mut found = kept.iter().filter(|mail| mail["kind"] == kind && mail["to"] == to);
        if let Some(mail) = found.next() {
            return mail.clone();
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("no {kind} came to {to}: {}", app.logs());
}

async fn mails(app: &TestApp) -> Vec<Value> {
    let answer = app.anonymous().get("/dev/mailbox.json").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["items"].as_array().unwrap().clone()
}

/// The text of the link in a mail.
pub(crate) fn token(mail: &Value) -> String {
    let link = mail["link"].as_str().unwrap();
    link.split_once("?token=").unwrap().1.to_owned()
}

pub(crate) async fn use_link(client: &Client, path: &str, token: &str) -> u16 {
    client.post(path, &json!({"token": token})).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn people_verify_their_address_and_choose_a_new_password_on_sqlite() {
    verify_and_reset(&TestApp::on_sqlite(&[KEPT, ("REQUIRE_VERIFIED_EMAIL", "true")])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_verify_their_address_and_choose_a_new_password_on_postgres() {
    let settings = [KEPT, ("REQUIRE_VERIFIED_EMAIL", "true")];
    if let Some(app) = TestApp::on_postgres(&settings).await {
        verify_and_reset(&app).await;
    }
}

async fn verify_and_reset(app: &TestApp) {
    let client = app.anonymous();
    let registered = client.register("ada@example.org").await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let verification = mail(app, "verify_email", "ada@example.org").await;
    let base = format!("http://127.0.0.1:{}/verify-email?token=", app.address().port());
    assert!(
        verification["link"].as_str().unwrap().starts_with(&base),
        "{verification}"
    );
    client
        .log_in("ada@example.org", PASSWORD)
        .await
        .assert_problem(403, "email_not_verified");
    client
        .log_in("ada@example.org", "wrong")
        .await
        .assert_problem(401, "invalid_credentials");
    // The refused sign-in mailed another link, which took the place of the first.
    let newer = loop {
        let newest = mail(app, "verify_email", "ada@example.org").await;
        if newest["id"] != verification["id"] {
            break newest;
        }
        sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(
        use_link(&client, "/auth/email/verify", &token(&verification)).await,
        400
    );
    assert_eq!(use_link(&client, "/auth/email/verify", &token(&newer)).await, 204);
    assert_eq!(use_link(&client, "/auth/email/verify", &token(&newer)).await, 400);
    let tokens = Tokens::of(&client.log_in("ada@example.org", PASSWORD).await);
    assert_eq!(
        client.with_token(&tokens.access).me().await.json()["email_verified"],
        true
    );

    for address in ["ada@example.org", "nobody@example.org", "no address"] {
        let asked = client.post("/auth/password/forgot", &json!({"email": address})).await;
        assert_eq!((asked.status, asked.text.as_str()), (202, ""), "{asked:?}");
    }
    let reset = token(&mail(app, "reset_password", "ada@example.org").await);
    let set = |password: &str| {
        let body = json!({"token": reset, "new_password": password});
        let client = client.clone();
        async move { client.post("/auth/password/reset", &body).await }
    };
    assert_eq!(set("short").await.status, 422);
    assert_eq!(set("password1").await.status, 422);
    assert_eq!(set(NEW_PASSWORD).await.status, 204);
    set(NEW_PASSWORD).await.assert_problem(400, "invalid_token");
    assert_eq!(client.with_token(&tokens.access).me().await.status, 401);
    assert_eq!(client.log_in("ada@example.org", NEW_PASSWORD).await.status, 200);
    let notice = mail(app, "password_changed", "ada@example.org").await;
    assert_eq!(use_link(&client, "/auth/was-not-me", &token(&notice)).await, 202);
    client
        .log_in("ada@example.org", NEW_PASSWORD)
        .await
        .assert_problem(401, "invalid_credentials");
    mail(app, "account_secured", "ada@example.org").await;
    // No text of a link is in the store.
    let dump = app.dump().await;
    assert!(!dump.contains("pml_") && !dump.contains(&reset[4..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_waits_for_its_link_and_can_be_taken_back() {
    let app = TestApp::on_sqlite(&[KEPT]);
    let client = app.anonymous();
    let tokens = client.signed_in("ada@example.org").await;
    let caller = client.with_token(&tokens.access);
    let other = Tokens::of(&client.log_in("ada@example.org", PASSWORD).await);
    let changed = caller.put("/users/me", &json!({"email": "new@example.org"})).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.member("email"), "ada@example.org");
    assert_eq!(changed.member("pending_email"), "new@example.org");
    let undo = token(&mail(&app, "email_changing", "ada@example.org").await);
    let proof = token(&mail(&app, "new_email", "new@example.org").await);
    assert_eq!(use_link(&client, "/auth/email/undo", &proof).await, 400);
    assert_eq!(use_link(&client, "/auth/email/verify", &proof).await, 204);
    assert_eq!(caller.me().await.member("email"), "new@example.org");
    assert_eq!(client.with_token(&other.access).me().await.status, 401);
    client
        .register("ada@example.org")
        .await
        .assert_problem(409, "email_taken");
    assert_eq!(use_link(&client, "/auth/email/undo", &undo).await, 204);
    assert_eq!(caller.me().await.status, 401);
    let secured = token(&mail(&app, "account_secured", "ada@example.org").await);
    let body = json!({"token": secured, "new_password": NEW_PASSWORD});
    assert_eq!(client.post("/auth/password/reset", &body).await.status, 204);
    assert_eq!(client.log_in("ada@example.org", NEW_PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_invites_and_mails_links() {
    let admin = [
        KEPT,
        ("REGISTRATION", "invited"),
        ("ADMIN_EMAIL", "root@example.org"),
        ("ADMIN_PASSWORD", PASSWORD),
    ];
    let app = TestApp::on_sqlite(&admin);
    let client = app.anonymous();
    client
        .register("ada@example.org")
        .await
        .assert_problem(403, "registration_closed");
    let tokens = Tokens::of(&client.log_in("root@example.org", PASSWORD).await);
    let root = client.with_token(&tokens.access);
    assert_eq!(root.me().await.json()["email_verified"], true);
    let invited = json!({"email": "guest@example.org", "full_name": "<b>{{7*7}}</b>\u{202e}", "role": "ADMIN"});
    assert_eq!(root.post("/admin/invitations", &invited).await.status, 422);
    let invited = json!({"email": "guest@example.org", "full_name": "<b>{{7*7}}</b>", "role": "ADMIN"});
    let invited = root.post("/admin/invitations", &invited).await;
    assert_eq!(invited.status, 201, "{invited:?}");
    let invitation = mail(&app, "invitation", "guest@example.org").await;
    assert!(!invitation["html"].as_str().unwrap().contains("<b>"), "{invitation}");
    assert!(
        invitation["text"].as_str().unwrap().contains("<b>{{7*7}}</b>"),
        "{invitation}"
    );
    let join = json!({"token": token(&invitation), "full_name": "Grace Hopper", "password": PASSWORD});
    let joined = client.post("/auth/join", &join).await;
    assert_eq!(
        (joined.status, joined.member("role").as_str()),
        (201, "ADMIN"),
        "{joined:?}"
    );
    client
        .post("/auth/join", &join)
        .await
        .assert_problem(400, "invalid_token");
    let made = json!({"email": "made@example.org", "full_name": "Made", "role": "USER", "password": PASSWORD});
    let made = root.post("/admin/users", &made).await;
    mail(&app, "verify_email", "made@example.org").await;
    let path = format!("/admin/users/{}", made.member("id"));
    assert_eq!(
        root.post(&format!("{path}/password-reset"), &json!({})).await.status,
        202
    );
    mail(&app, "reset_password", "made@example.org").await;
    let moved = root.patch(&path, &json!({"email": "moved@example.org"})).await;
    assert_eq!(
        (moved.status, moved.member("email").as_str()),
        (200, "moved@example.org")
    );
    mail(&app, "email_changed", "made@example.org").await;
    mail(&app, "new_email", "moved@example.org").await;
    let outbox = root.get("/admin/outbox?state=sent").await;
    assert!(outbox.json()["items"].as_array().unwrap().len() >= 5, "{outbox:?}");
    assert!(!outbox.text.contains("pml_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_come_from_settings_and_the_mailbox_is_for_this_machine_alone() {
    let app = TestApp::on_sqlite(&[KEPT, ("MAIL_LINK_VERIFY", "https://app.example/verify?a=b")]);
    let client = app.anonymous();
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "full_name": "Ada Lovelace"});
    let forged = client
        .request(Method::POST, "/auth/register")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example")
        .header("origin", "https://evil.example")
        .header("accept-language", "ko-KR,ko;q=0.9")
        .json(&body);
    assert_eq!(crate::client::send(forged).await.status, 201);
    let verification = mail(&app, "verify_email", "ada@example.org").await;
    let link = verification["link"].as_str().unwrap();
    assert!(link.starts_with("https://app.example/verify?a=b&token=pml_"), "{link}");
    assert!(!verification.to_string().contains("evil"), "{verification}");
    assert!(verification["html"].as_str().unwrap().contains("<html lang=\"ko\">"));
    let html = format!("/dev/mailbox/{}", verification["id"].as_str().unwrap());
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=x"),
    ] {
        for path in ["/dev/mailbox", "/dev/mailbox.json", "/dev/mailbox.css", html.as_str()] {
            let answer = client.request(Method::GET, path).header(name, value);
            crate::client::send(answer).await.assert_problem(404, "not_found");
        }
    }
    let page = client.get("/dev/mailbox").await;
    assert!(page.header("content-type").starts_with("text/html") && page.text.contains("ada@example.org"));
    assert!(
        page.text.contains(&format!("href=\"{}\"", &html["/dev/".len()..])),
        "{}",
        page.text
    );
    let mail = client.get(&html).await;
    assert_eq!(mail.text, verification["html"]);
    assert!(
        mail.header("content-security-policy")
            .starts_with("default-src 'none'; style-src 'unsafe-inline';")
    );
    let off = TestApp::on_sqlite(&[]);
    off.anonymous()
        .get("/dev/mailbox")
        .await
        .assert_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_shows_and_previews_mails() {
    let from = "Orchard <no-reply@example.org>";
    let app = TestApp::on_sqlite(&[KEPT, ("MAIL_FROM", from), ("THEME_NAME", "Orchard")]);
    app.anonymous().register("ada@example.org").await;
    let id = mail(&app, "verify_email", "ada@example.org").await["id"].clone();
    let id = id.as_str().unwrap();
    let run = |arguments: &[&str]| {
        let settings: Vec<_> = app
            .settings()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let output = crate::process::run(app.folder(), &settings, arguments);
        let (out, errors) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        (output.status.code(), out, errors)
    };
    let (status, listed, _) = run(&["mail", "list"]);
    let line: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!(
        (status, &line["id"], &line["state"]),
        (Some(0), &json!(id), &json!("sent"))
    );
    let (status, shown, errors) = run(&["mail", "show", id]);
    assert_eq!(status, Some(0), "{errors}");
    assert!(
        shown.starts_with(&format!("From: {from}\nTo: ada@example.org\nSubject: "))
            && shown.contains("/verify-email?token=pml_")
            && shown.contains("your Orchard account"),
        "{shown}"
    );
    assert_eq!(mail(&app, "verify_email", "ada@example.org").await["from"], from);
    let (_, preview, _) = run(&["mail", "preview", "reset_password", "--language", "ko"]);
    assert!(preview.starts_with("Subject: 새 비밀번호를 정하세요"), "{preview}");
    let (status, _, errors) = run(&["mail", "test", "ada@example.org"]);
    assert!(status == Some(1) && errors.contains("SMTP_URL"), "{errors}");
    let (status, _, errors) = run(&["mail", "preview", "nothing"]);
    assert_eq!(status, Some(2), "{errors}");
}
