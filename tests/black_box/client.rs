//! A typed client of the HTTP contract, and an untyped one for what no honest client sends.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The password of every test's user.
pub(crate) const PASSWORD: &str = "correct horse battery";

const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A member of the body, as text; empty where it is none.
    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// A header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Fails the test unless this is a problem (RFC 9457) of that status and code, complete in form.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.member("code").as_str()), (status, code), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], status, "{self:?}");
        assert_eq!(
            body["request_id"].as_str(),
            Some(self.header("x-request-id")),
            "{self:?}"
        );
        for member in ["type", "title", "detail"] {
            assert!(
                body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {self:?}"
            );
        }
        if status == 401 {
            assert!(self.header("www-authenticate").starts_with("Bearer"), "{self:?}");
        }
    }

    /// The pointers of a validation problem's field errors.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str().map(str::to_owned))
            .collect()
    }
}

/// What a sign-in or a refresh gave.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// Takes the tokens out of an answer that must hold some.
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer:?}");
        Self {
            access: answer.member("access_token"),
            refresh: answer.member("refresh_token"),
        }
    }
}

/// A client of one server, with or without a token.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    /// What a URL begins with.
    origin: String,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            http: reqwest::Client::new(),
            address,
            origin: format!("http://{address}"),
            token: None,
        }
    }

    /// A client that calls from that address of this machine.
    pub(crate) fn from(address: SocketAddr, own: IpAddr) -> Self {
        Self {
            http: reqwest::Client::builder().local_address(own).build().unwrap(),
            ..Self::new(address)
        }
    }

    /// A client that calls from that address, over TLS and by a name, and trusts that certificate alone.
    pub(crate) fn over_tls(address: SocketAddr, own: IpAddr, name: &str, certificate: &[u8]) -> Self {
        let http = reqwest::Client::builder()
            .local_address(own)
            .resolve(name, address)
            .tls_certs_only([reqwest::Certificate::from_pem(certificate).unwrap()]);
        Self {
            http: http.build().unwrap(),
            origin: format!("https://{name}:{}", address.port()),
            ..Self::new(address)
        }
    }

    /// Which server it is a client of.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same client with an access token.
    pub(crate) fn with_token(&self, access: &str) -> Self {
        Self {
            token: Some(access.to_owned()),
            ..self.clone()
        }
    }

    /// The same client with connections of its own: those of another test end with it.
    pub(crate) fn anew(&self) -> Self {
        Self {
            http: reqwest::Client::new(),
            ..self.clone()
        }
    }

    /// A request to a path, to be completed by the test.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.origin));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PATCH, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn register(&self, email: &str) -> Answer {
        self.post(
            "/auth/register",
            &json!({"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}),
        )
        .await
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post("/auth/login", &json!({"email": email, "password": password}))
            .await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/auth/refresh", &json!({"refresh_token": refresh_token}))
            .await
    }

    pub(crate) async fn log_out(&self, refresh_token: &str) -> Answer {
        self.post("/auth/logout", &json!({"refresh_token": refresh_token}))
            .await
    }

    pub(crate) async fn me(&self) -> Answer {
        self.get("/users/me").await
    }

    /// Registers a user and signs them in.
    pub(crate) async fn signed_in(&self, email: &str) -> Tokens {
        let registered = self.register(email).await;
        assert_eq!(registered.status, 201, "{registered:?}");
        Tokens::of(&self.log_in(email, PASSWORD).await)
    }

    /// Sends bytes as they are on a connection of its own and reads until the server closes it.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let (mut reading, mut writing) = TcpStream::connect(self.address).await.unwrap().into_split();
        // The server may refuse before it has read all, so nobody may wait for the whole to be sent.
        let bytes = bytes.to_vec();
        let sending = tokio::spawn(async move {
            let _ = writing.write_all(&bytes).await;
            writing
        });
        let mut answer = Vec::new();
        let closed = timeout(PATIENCE, reading.read_to_end(&mut answer)).await;
        sending.abort();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(closed.is_ok(), "the connection stays open after {answer:?}");
        answer
    }
}

/// Sends a request and reads the answer whole.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    try_send(request).await.unwrap()
}

/// The same where the server may be gone before it has answered.
pub(crate) async fn try_send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let again = request.try_clone();
    let mut response = request.send().await;
    // A connection that was opened and not used for a while is closed with 408, before or under a request that comes just
    // then. It was not read, so it is sent again (RFC 9110, section 15.5.9).
    let is_unread = match &response {
        Ok(answer) => answer.status() == 408,
        Err(error) => format!("{error:?}").contains("UnexpectedMessage"),
    };
    if let Some(again) = again.filter(|_| is_unread) {
        response = again.send().await;
    }
    let response = response?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    assert!(!text.contains("$2b$"), "an answer holds a password hash: {text}");
    Ok(Answer { status, headers, text })
}
