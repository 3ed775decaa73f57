//! The proxy configurations of `docs/forward-auth.md`, in the real proxies.

use crate::app::TestApp;
use crate::client::{Answer, Client, send};
use crate::genuine_token::part;
use crate::process::Killed;
use crate::system_programs::{find, start};
use crate::{caddy, nginx};
use reqwest::Method;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const DOCUMENT: &str = include_str!("../../docs/forward-auth.md");

#[tokio::test(flavor = "multi_thread")]
async fn nginx_guards_a_service() {
    let Some(program) = find("nginx") else { return };
    assert_guards(|folder, snippet| nginx::command(&program, folder, &snippet), "nginx").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_guards_a_service() {
    let Some(program) = find("caddy") else { return };
    assert_guards(
        |folder, snippet| caddy::command(&program, folder, &snippet),
        "caddyfile",
    )
    .await;
}

/// The document's example in that language, for these ports.
fn snippet(language: &str, proxy: u16, service: u16, portcullis: u16) -> String {
    let opening = format!("```{language}\n");
    let (_, rest) = DOCUMENT.split_once(&opening).expect("the document has an example");
    let (snippet, _) = rest.split_once("\n```").unwrap();
    snippet
        .replace("{port}", &proxy.to_string())
        .replace("{app_port}", &service.to_string())
        .replace("{portcullis_port}", &portcullis.to_string())
}

/// A service behind a proxy: it answers with the request that it got.
struct Service {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let mut buffer = [0; 4096];
                    while !is_whole(&request) {
                        let read = connection.read(&mut buffer).await.unwrap_or_default();
                        if read == 0 {
                            return;
                        }
                        request.extend_from_slice(&buffer[..read]);
                    }
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                        request.len()
                    );
                    let _ = connection.write_all(&[head.as_bytes(), &request].concat()).await;
                });
            }
        });
        Self {
            address,
            asked,
            serving,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Whether the head is there and, where it tells a length, the body.
fn is_whole(request: &[u8]) -> bool {
    let request = String::from_utf8_lossy(request);
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = headers(head, "content-length");
    length
        .first()
        .is_none_or(|length| body.len() >= length.parse::<usize>().unwrap())
}

/// The values of a header in a request as it was sent.
fn headers(request: &str, name: &str) -> Vec<String> {
    let lines = request.lines().skip(1).take_while(|line| !line.is_empty());
    lines
        .filter_map(|line| line.split_once(':'))
        .filter(|(known, _)| known.replace('_', "-").eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .collect()
}

/// A proxy in front of a service, and the server that it asks.
struct Guarded {
    app: TestApp,
    service: Service,
    proxy: Client,
    proxy_address: SocketAddr,
    _running: Killed,
    _folder: TempDir,
}

impl Guarded {
    fn assert_stopped(&self, answer: &Answer, status: u16, asked: usize) {
        assert_eq!((answer.status, self.service.asked()), (status, asked), "{answer:?}");
    }
}

/// Fails the test unless the service was asked, by whom the token names and nobody else.
#[track_caller]
fn assert_passes(answer: &Answer, access: &str) {
    assert_eq!(answer.status, 200, "{answer:?}");
    let claims = part(access, 1);
    for (header, claim) in [
        ("x-auth-user-id", "sub"),
        ("x-auth-email", "email"),
        ("x-auth-role", "role"),
        ("x-auth-session-id", "sid"),
    ] {
        let expected = claims[claim].as_str().unwrap();
        assert_eq!(headers(&answer.text, header), [expected], "{header}: {answer:?}");
    }
}

async fn assert_guards(proxy: impl Fn(&Path, String) -> Command, language: &str) {
    let app = TestApp::on_sqlite(&[]);
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (running, proxy_address) = start(folder.path(), |port| {
        let snippet = snippet(language, port, service.address.port(), app.address().port());
        proxy(folder.path(), snippet)
    })
    .await;
    let mut guarded = Guarded {
        app,
        service,
        proxy: Client::new(proxy_address),
        proxy_address,
        _running: running,
        _folder: folder,
    };
    let grace = guarded.app.admin("grace@example.org").await;
    let ada = guarded.app.anonymous().signed_in("ada@example.org").await;
    let [user, admin] = [&ada.access, &grace.tokens.access].map(|access| guarded.proxy.with_token(access));

    // Nobody passes who is not signed in.
    let answer = guarded.proxy.get("/page").await;
    guarded.assert_stopped(&answer, 401, 0);
    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
    let answer = guarded.proxy.with_token("a.b.c").get("/page").await;
    guarded.assert_stopped(&answer, 401, 0);

    // Who is signed in passes, whatever the method, and the service is told who it is.
    assert_passes(&user.get("/page").await, &ada.access);
    let posted = user.post("/page", &serde_json::json!({"of": "the caller"})).await;
    assert_passes(&posted, &ada.access);
    assert!(
        posted.text.starts_with("POST /page ") && posted.text.ends_with(r#"{"of":"the caller"}"#),
        "{posted:?}"
    );
    assert_passes(&admin.get("/admin/page").await, &grace.tokens.access);

    // Nobody is somebody else by saying so.
    for separator in ["-", "_"] {
        let mut request = user.request(Method::GET, "/page");
        for (name, value) in [
            ("user-id", "1"),
            ("email", "grace@example.org"),
            ("role", "ADMIN"),
            ("session-id", "1"),
        ] {
            let name = format!("x-auth-{name}").replace('-', separator);
            request = request.header(&name, value).header(name.to_uppercase(), value);
        }
        assert_passes(&send(request).await, &ada.access);
    }

    // What is for administrators is not for others, however the path is written.
    for path in [
        "/admin/page",
        "/admin/",
        "//admin/page",
        "/x/../admin/page",
        "/%61dmin/page",
        "/admin%2fpage",
    ] {
        let written = raw_get(&guarded, path, Some(&ada.access)).await;
        assert!(written.starts_with("HTTP/1.1 403"), "{path}: {written}");
    }

    assert_decides_whatever_the_query(&guarded, &ada.access, &grace.tokens.access).await;
    assert_decides_whatever_the_host(&guarded, &ada.access).await;

    // Who signed out is stopped at once, and when nobody can tell, everybody is.
    let asked = guarded.service.asked();
    assert_eq!(guarded.app.anonymous().log_out(&ada.refresh).await.status, 204);
    let answer = user.get("/page").await;
    guarded.assert_stopped(&answer, 401, asked);
    guarded.app.kill();
    let answer = admin.get("/page").await;
    assert!(answer.status >= 500, "{answer:?}");
    assert_eq!(guarded.service.asked(), asked);
}

/// The query is the service's: it neither stops a caller nor opens anything, and arrives as it was sent.
async fn assert_decides_whatever_the_query(guarded: &Guarded, user: &str, admin: &str) {
    for query in [
        "?",
        "?x=1",
        "?a=1&a=2",
        "?role=USER",
        "?role=ADMIN",
        "?role=",
        "?role=USER&role=ADMIN",
        "?%72ole=ADMIN",
        "?x=%26role%3DADMIN%23%ff+%20",
    ] {
        for (path, by_user) in [("/page", 200), ("/admin/page", 403)] {
            for (access, status) in [(None, 401), (Some(user), by_user), (Some(admin), 200)] {
                let asked = guarded.service.asked();
                let written = raw_get(guarded, &format!("{path}{query}"), access).await;
                let place = format!("{path}{query}, {status} is right: {written}");
                assert!(written.starts_with(&format!("HTTP/1.1 {status} ")), "{place}");
                let passes = usize::from(status == 200);
                assert_eq!(guarded.service.asked() - asked, passes, "{place}");
                let arrived = written.matches(&format!("\r\n\r\nGET {path}{query} HTTP/1.")).count();
                assert_eq!(arrived, passes, "{place}");
            }
        }
    }
}

/// The service is reached, and guarded, by every name, and where a WebSocket is asked for.
async fn assert_decides_whatever_the_host(guarded: &Guarded, user: &str) {
    let usual = guarded.proxy_address.to_string();
    for (host, connection) in [
        ("service.example.org", "close"),
        ("localhost", "close"),
        (&usual, "close, upgrade\r\nupgrade: websocket"),
    ] {
        for (access, status) in [(None, 401), (Some(user), 200)] {
            let asked = guarded.service.asked();
            let written = raw(guarded, "/page", host, connection, access).await;
            let place = format!("{host}, {connection}: {written}");
            assert!(written.starts_with(&format!("HTTP/1.1 {status} ")), "{place}");
            assert_eq!(guarded.service.asked() - asked, usize::from(status == 200), "{place}");
        }
    }
}

/// A request with its target as it is written here, which clients would tidy up.
async fn raw_get(guarded: &Guarded, target: &str, access: Option<&str>) -> String {
    raw(guarded, target, &guarded.proxy_address.to_string(), "close", access).await
}

/// The same, for that host.
async fn raw(guarded: &Guarded, target: &str, host: &str, connection: &str, access: Option<&str>) -> String {
    let authorization = access.map_or_else(String::new, |access| format!("authorization: Bearer {access}\r\n"));
    let head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: {connection}\r\n{authorization}\r\n");
    guarded.proxy.raw(head.as_bytes()).await
}
