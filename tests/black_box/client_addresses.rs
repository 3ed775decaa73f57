//! Whose address sessions, the audit trail and the log show: behind real proxies, and by headers that were made up.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens, send};
use crate::fenced_blocks::block;
use crate::system_programs::{find, start};
use crate::{caddy, nginx};
use reqwest::Method;
use serde_json::json;
use std::net::IpAddr;

const DOCUMENT: &str = "docs/operations.md";

/// Where the tests' clients call from. On Linux every address of 127.0.0.0/8 is this machine's.
const CLIENT: &str = "127.0.0.2";

const ADA: &str = "ada@example.org";

/// Headers by which a client might wish to be somebody else.
const FORGED: [(&str, &str); 5] = [
    ("x-forwarded-for", "6.6.6.6"),
    ("forwarded", "for=6.6.6.6"),
    ("x-real-ip", "6.6.6.6"),
    ("x-client-ip", "6.6.6.6"),
    ("true-client-ip", "6.6.6.6"),
];

/// Signs Ada in, with those headers, and asks for the address that her newest session has.
async fn address_of_a_session(client: &Client, prefix: &str, headers: &[(&str, &str)]) -> String {
    let body = json!({"email": ADA, "password": PASSWORD});
    let mut request = client
        .request(Method::POST, &format!("{prefix}/auth/login"))
        .json(&body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let tokens = Tokens::of(&send(request).await);
    let sessions = client
        .with_token(&tokens.access)
        .get(&format!("{prefix}/users/me/sessions"))
        .await;
    let items = sessions.json()["items"].as_array().unwrap().clone();
    let own = items.iter().find(|session| session["current"] == true).unwrap();
    own["ip"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_two_proxies_in_a_row_everything_shows_the_clients_own_address() {
    let (Some(inner_program), Some(program)) = (find("nginx"), find("caddy")) else {
        return;
    };
    let settings = [
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("PUBLIC_URL", "https://example.org/sso"),
    ];
    let app = TestApp::on_sqlite(&settings);
    let folders = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let (_inner, inner) = start(folders[0].path(), |port| {
        let http = block(DOCUMENT, "nginx", "server {")
            .replace("{port}", &port.to_string())
            .replace("{portcullis_port}", &app.address().port().to_string());
        nginx::command(&inner_program, folders[0].path(), &http)
    })
    .await;
    let (_outer, outer) = start(folders[1].path(), |port| {
        let text = block(DOCUMENT, "caddyfile", "{")
            .replace("{port}", &port.to_string())
            .replace("{nginx_port}", &inner.port().to_string());
        caddy::command(&program, folders[1].path(), &text)
    })
    .await;
    assert_eq!(app.anonymous().register(ADA).await.status, 201);

    for entrance in [inner, outer] {
        let client = Client::from(entrance, CLIENT.parse().unwrap());
        assert_eq!(address_of_a_session(&client, "/sso", &[]).await, CLIENT);
        assert_eq!(address_of_a_session(&client, "/sso", &FORGED).await, CLIENT);
        for header in FORGED {
            assert_eq!(
                address_of_a_session(&client, "/sso", &[header]).await,
                CLIENT,
                "{header:?}"
            );
        }
    }
    let client = Client::from(outer, CLIENT.parse().unwrap());
    let refused = json!({"email": ADA, "password": "another password"});
    let id = "seen-through-two-proxies";
    let request = client.request(Method::POST, "/sso/auth/login").json(&refused);
    assert_eq!(send(request.header("x-request-id", id)).await.status, 401);
    app.wait_for_log(|line| line["request_id"] == id && line["client"] == CLIENT);
    let root = app.admin("root@example.org").await;
    let events = app
        .anonymous()
        .with_token(&root.tokens.access)
        .get("/admin/audit-events?type=login")
        .await;
    assert!(events.text.contains(CLIENT), "{events:?}");
    assert!(!app.logs().contains("6.6.6.6") && !events.text.contains("6.6.6.6"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_trust_no_header_moves_the_address_and_the_server_warns_once() {
    let app = TestApp::on_sqlite(&[]);
    assert_eq!(app.anonymous().register(ADA).await.status, 201);
    let client = Client::from(app.address(), CLIENT.parse().unwrap());
    for header in FORGED {
        assert_eq!(address_of_a_session(&client, "", &[header]).await, CLIENT, "{header:?}");
    }
    let warned = app.wait_for_log(|line| line["level"] == "WARN" && line["peer"] == CLIENT);
    assert!(warned["request_id"].is_string(), "{warned}");
    assert!(
        warned["message"].as_str().unwrap().contains("TRUSTED_PROXIES"),
        "{warned}"
    );
    assert_eq!(app.logs().matches("TRUSTED_PROXIES").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_trusted_peer_no_header_is_a_failure_however_it_is_written() {
    let app = TestApp::on_sqlite(&[("TRUSTED_PROXIES", "127.0.0.2, 10.0.0.0/8")]);
    assert_eq!(app.anonymous().register(ADA).await.status, 201);
    let own: IpAddr = CLIENT.parse().unwrap();
    let client = Client::from(app.address(), own);
    let long = "10.0.0.1, ".repeat(49);
    let endless = "10.0.0.1,".repeat(5_000);
    let commas = ",".repeat(60_000);
    for (name, value, expected) in [
        ("x-forwarded-for", "203.0.113.7", "203.0.113.7"),
        ("x-forwarded-for", "6.6.6.6, 203.0.113.7:443, 10.1.1.1", "203.0.113.7"),
        ("forwarded", "for=\"[2001:db8::7]:443\";proto=https", "2001:db8::7"),
        ("x-forwarded-for", "::ffff:203.0.113.7", "203.0.113.7"),
        (
            "x-forwarded-for",
            &format!("203.0.113.7, {long}10.0.0.2"),
            "203.0.113.7",
        ),
        ("x-forwarded-for", &endless, CLIENT),
        ("x-forwarded-for", &commas, CLIENT),
        ("forwarded", &commas, CLIENT),
        ("forwarded", "for=unknown", CLIENT),
        ("forwarded", "for=\"", CLIENT),
        ("x-forwarded-for", "\u{fc}ber, <script>", CLIENT),
    ] {
        let session = address_of_a_session(&client, "", &[(name, value)]).await;
        assert_eq!(session, expected, "{name}: {value:.60}");
    }
    let lines = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-for", "10.0.0.1"),
    ];
    assert_eq!(address_of_a_session(&client, "", &lines).await, "203.0.113.7");
    let contradiction = [("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=6.6.6.6")];
    assert_eq!(address_of_a_session(&client, "", &contradiction).await, CLIENT);
    app.wait_for_log(|line| line["level"] == "WARN" && line["message"].to_string().contains("different addresses"));

    // Somebody who is in the list by no network is who they are.
    let stranger = Client::from(app.address(), "127.0.0.3".parse().unwrap());
    let headers = [("x-forwarded-for", "203.0.113.7")];
    assert_eq!(address_of_a_session(&stranger, "", &headers).await, "127.0.0.3");
}
