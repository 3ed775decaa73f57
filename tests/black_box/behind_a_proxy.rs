//! The server itself behind the real nginx: under a path of its own, by the configuration of `docs/operations.md`, and where
//! nginx offers every request another protocol.

use crate::app::TestApp;
use crate::client::{Client, PASSWORD, Tokens, send};
use crate::fenced_blocks::block;
use crate::nginx;
use crate::process::Killed;
use crate::system_programs::{find, start};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

const DOCUMENT: &str = "docs/operations.md";

/// The path that the document's example takes away.
const PREFIX: &str = "/sso";

/// A server behind nginx.
struct Proxied {
    app: TestApp,
    proxy: Client,
    _running: Killed,
    _folder: TempDir,
}

impl Proxied {
    /// `None`, said aloud, where nginx is not installed.
    async fn start(settings: &[(&str, &str)], configuration: &str) -> Option<Self> {
        let program = find("nginx")?;
        let app = TestApp::on_sqlite(settings);
        let folder = tempfile::tempdir().unwrap();
        let (running, address) = start(folder.path(), |port| {
            let http = configuration
                .replace("{port}", &port.to_string())
                .replace("{portcullis_port}", &app.address().port().to_string());
            nginx::command(&program, folder.path(), &http)
        })
        .await;
        Some(Self {
            app,
            proxy: Client::new(address),
            _running: running,
            _folder: folder,
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_path_that_nginx_takes_away_every_link_leads_somewhere() {
    let public_url = format!("https://example.org{PREFIX}");
    let settings = [("PUBLIC_URL", public_url.as_str())];
    let Some(proxied) = Proxied::start(&settings, &block(DOCUMENT, "nginx", "server {")).await else {
        return;
    };
    let visitor = &proxied.proxy;

    // From the front door to the page, and to all that it loads.
    let greeting = visitor.get(&format!("{PREFIX}/")).await;
    let page = visitor.get(&greeting.member("docs")).await;
    assert_eq!(page.status, 200, "{greeting:?} {page:?}");
    let script = visitor.get(&format!("{PREFIX}/docs/initializer.js")).await;
    let texts = format!("{}{}", page.text, script.text);
    let links: Vec<&str> = texts.split('"').filter(|text| text.starts_with('/')).collect();
    assert_eq!(links.len(), 6, "{texts}");
    for link in &links {
        let loaded = visitor.get(link).await;
        assert!(
            loaded.status == 200 && !loaded.text.is_empty(),
            "{link}: {}",
            loaded.status
        );
    }

    // What the document says can be called, and signed in by.
    let path_of_document = links.iter().find(|link| link.ends_with("/openapi.json")).unwrap();
    let document = visitor.get(path_of_document).await.json();
    let server = document["servers"][0]["url"].as_str().unwrap();
    let root = proxied.app.admin("root@example.org").await;
    let token_url = &document["components"]["securitySchemes"]["password"]["flows"]["password"]["tokenUrl"];
    let form = [("username", "root@example.org"), ("password", PASSWORD)];
    let signed_in = send(visitor.request(Method::POST, token_url.as_str().unwrap()).form(&form)).await;
    let admin = visitor.with_token(&Tokens::of(&signed_in).access);
    assert_ne!(root.tokens.access, Tokens::of(&signed_in).access);

    // What is made says where it is, and what goes wrong what it is.
    let body = json!({"email": "ada@example.org", "full_name": "Ada Lovelace", "role": "USER"});
    let made = admin.post(&format!("{server}/admin/users"), &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        admin.get(made.header("location")).await.member("email"),
        "ada@example.org"
    );
    let refused = visitor.get(&format!("{server}/users/me")).await;
    refused.assert_problem(401, "missing_access_token");
    assert_eq!(
        refused.member("type"),
        format!("{PREFIX}/problems/missing_access_token")
    );
    assert_eq!(visitor.get("/docs").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_where_nginx_offers_each_of_them_a_websocket() {
    let configuration = "server {
        listen 127.0.0.1:{port};
        location / {
            proxy_pass http://127.0.0.1:{portcullis_port};
            proxy_http_version 1.1;
            proxy_read_timeout 10s;
            proxy_set_header Host $host;
            proxy_set_header Upgrade websocket;
            proxy_set_header Connection upgrade;
        }
    }";
    let Some(proxied) = Proxied::start(&[], configuration).await else {
        return;
    };
    let tokens = proxied.proxy.signed_in("ada@example.org").await;
    let ada = proxied.proxy.with_token(&tokens.access);
    assert_eq!(ada.me().await.status, 200);
    assert_eq!(
        ada.put("/users/me", &json!({"full_name": "Ada King"})).await.status,
        200
    );
    let large = json!({"full_name": "x".repeat(60_000)});
    ada.put("/users/me", &large)
        .await
        .assert_problem(422, "validation_failed");
    let next = Tokens::of(&proxied.proxy.refresh(&tokens.refresh).await);
    assert_eq!(proxied.proxy.log_out(&next.refresh).await.status, 204);
    proxied
        .proxy
        .get("/users/me")
        .await
        .assert_problem(401, "missing_access_token");
}
