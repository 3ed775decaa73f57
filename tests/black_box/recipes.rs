//! Two replicas behind the proxies of `docs/operations.md`: the real programs, by the files that stand there.

use crate::app::{Replica, TestApp};
use crate::certificate::{CLIENT, Certificate, NAME, SETTINGS, assert_told_to_use_https, replaced};
use crate::client::{Client, PASSWORD, Tokens, send};
use crate::fenced_blocks::block;
use crate::system_programs::{find, free_port, start};
use crate::{caddy, nginx};
use reqwest::Method;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};

const DOCUMENT: &str = "docs/operations.md";

const ADA: &str = "ada@example.org";

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_two_replicas_serve_as_one() {
    let (Some(program), Some(certificate)) = (find("nginx"), Certificate::made()) else {
        return;
    };
    let configuration = block(DOCUMENT, "nginx", "upstream portcullis");
    let folder = tempfile::tempdir().unwrap();
    let plain = free_port();
    let Some(replicas) = Replicas::start().await else {
        return;
    };
    let (_running, address) = start(folder.path(), |port| {
        let http = replaced(
            &certificate.placed_in(&configuration, replicas.addresses()),
            &[
                ("listen 80;", &format!("listen 127.0.0.1:{plain};")),
                ("listen 443 ssl;", &format!("listen 127.0.0.1:{port} ssl;")),
            ],
        );
        nginx::command(&program, folder.path(), &http)
    })
    .await;
    let unencrypted = Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, plain)));
    let request = format!("GET /users/me?x=1 HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n\r\n");
    let moved = unencrypted.raw(request.as_bytes()).await;
    assert!(
        moved.starts_with("HTTP/1.1 301 ") && moved.contains("\r\nLocation: https://auth.example.org/users/me?x=1\r\n"),
        "{moved}"
    );
    replicas.assert_serve_as_one(certificate.client_of(address)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_caddy_two_replicas_serve_as_one() {
    let (Some(program), Some(certificate)) = (find("caddy"), Certificate::made()) else {
        return;
    };
    let configuration = block(DOCUMENT, "caddyfile", "auth.example.org {");
    let folder = tempfile::tempdir().unwrap();
    let Some(replicas) = Replicas::start().await else {
        return;
    };
    let (_running, address) = start(folder.path(), |port| {
        let text = at_port(&certificate.placed_in(&configuration, replicas.addresses()), port);
        caddy::command(&program, folder.path(), &text)
    })
    .await;
    replicas.assert_serve_as_one(certificate.client_of(address)).await;
}

/// The document's `Caddyfile` on that port, and on no other.
pub(crate) fn at_port(caddyfile: &str, port: u16) -> String {
    let here = format!("{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n\n{NAME}:{port} {{\n\tbind 127.0.0.1");
    replaced(caddyfile, &[("auth.example.org {", &here)])
}

/// Two servers on one PostgreSQL database.
struct Replicas {
    first: TestApp,
    second: Replica,
}

impl Replicas {
    /// `None`, said aloud, where there is no PostgreSQL.
    async fn start() -> Option<Self> {
        let first = TestApp::on_postgres(&SETTINGS).await?;
        let second = first.replica();
        Some(Self { first, second })
    }

    fn addresses(&self) -> [SocketAddr; 2] {
        [self.first.address(), self.second.anonymous().address()]
    }

    /// Signing in, refreshing and signing out, whichever replica a call comes to; and all goes on where one has stopped.
    async fn assert_serve_as_one(mut self, client: Client) {
        let mut tokens = client.signed_in(ADA).await;
        for _ in 0..12 {
            tokens = Tokens::of(&client.refresh(&tokens.refresh).await);
            // Two, so that the next refresh comes to the other replica where they take turns.
            for _ in 0..2 {
                assert_eq!(client.with_token(&tokens.access).me().await.status, 200);
            }
        }
        for path in ["/auth/refresh", "/users/me"] {
            self.first.wait_for_line(|line| line.contains(path));
            self.second.wait_for_line(|line| line.contains(path));
        }

        // Browsers are told to come by HTTPS alone, and the session is the client's, whatever it says of itself.
        let body = json!({"email": ADA, "password": PASSWORD});
        let request = client.request(Method::POST, "/auth/login").json(&body);
        let forged = request
            .header("x-forwarded-for", "6.6.6.6")
            .header("forwarded", "for=6.6.6.6");
        let signed_in = send(forged).await;
        assert_told_to_use_https(&signed_in);
        let other = client.with_token(&Tokens::of(&signed_in).access);
        let sessions = other.get("/users/me/sessions").await.json();
        let items = sessions["items"].as_array().unwrap().iter();
        let addresses: Vec<_> = items.map(|session| session["ip"].as_str().unwrap()).collect();
        assert_eq!(addresses, [CLIENT.to_string(), CLIENT.to_string()], "{sessions}");

        // What one replica ended has ended at the other.
        assert_eq!(client.log_out(&tokens.refresh).await.status, 204);
        for _ in 0..6 {
            assert_eq!(client.with_token(&tokens.access).me().await.status, 401);
        }

        self.second.stop();
        for _ in 0..12 {
            assert_eq!(other.me().await.status, 200);
        }
        let again = Tokens::of(&client.log_in(ADA, PASSWORD).await);
        Tokens::of(&client.refresh(&again.refresh).await);
    }
}
