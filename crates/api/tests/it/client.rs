//! A plain HTTP client: it sends what it is told, well-formed or not, and keeps what comes back.

use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request that is being written.
#[derive(Clone)]
pub(crate) struct Request {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            head: format!("{method} {target} HTTP/1.1\r\nhost: portcullis.test\r\nconnection: close\r\n").into_bytes(),
            body: Vec::new(),
        }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    pub(crate) fn put(target: &str) -> Self {
        Self::new("PUT", target)
    }

    pub(crate) fn patch(target: &str) -> Self {
        Self::new("PATCH", target)
    }

    pub(crate) fn delete(target: &str) -> Self {
        Self::new("DELETE", target)
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.head.extend_from_slice(name.as_bytes());
        self.head.extend_from_slice(b": ");
        self.head.extend_from_slice(value.as_ref());
        self.head.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn body(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", media_type).untyped(body)
    }

    /// A body without a word on what it is.
    pub(crate) fn untyped(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let mut request = self.header("content-length", body.len().to_string());
        request.body = body;
        request
    }

    /// A body of one chunk, or of none where it is empty, whose length nobody tells before (RFC 9112, section 7.1).
    pub(crate) fn in_chunks(self, body: &str) -> Self {
        let chunk = match body {
            "" => String::new(),
            body => format!("{:x}\r\n{body}\r\n", body.len()),
        };
        let mut request = self.header("transfer-encoding", "chunked");
        request.body = format!("{chunk}0\r\n\r\n").into_bytes();
        request
    }

    pub(crate) fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.body("application/json", body)
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    /// The head with its empty line.
    pub(crate) fn head_bytes(&self) -> Vec<u8> {
        [&self.head[..], b"\r\n"].concat()
    }

    pub(crate) async fn send(self, to: SocketAddr) -> Answer {
        let mut connection = TcpStream::connect(to).await.unwrap();
        connection.write_all(&self.head_bytes()).await.unwrap();
        // The server may have answered and closed already.
        drop(connection.write_all(&self.body).await);
        if self.head.starts_with(b"HEAD ") {
            let answer = Answer::read_head(&mut connection).await;
            assert_eq!(
                connection.read(&mut [0]).await.unwrap(),
                0,
                "HEAD was answered with a body"
            );
            return answer;
        }
        Answer::read(&mut connection).await
    }
}

/// What comes back for bytes that are sent as they are.
pub(crate) async fn sent(to: SocketAddr, bytes: &[u8]) -> Answer {
    let mut connection = TcpStream::connect(to).await.unwrap();
    connection.write_all(bytes).await.unwrap();
    Answer::read(&mut connection).await
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads an answer, and no further than its end.
    pub(crate) async fn read(connection: &mut TcpStream) -> Self {
        let mut answer = Self::read_head(connection).await;
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        answer.body.resize(length, 0);
        connection.read_exact(&mut answer.body).await.unwrap();
        answer
    }

    /// Reads the head of an answer alone.
    pub(crate) async fn read_head(connection: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            let byte = connection.read_u8().await;
            bytes.push(byte.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&bytes))));
        }
        let head = String::from_utf8(bytes).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: Vec::new(),
        }
    }

    /// The value of a header; several are a mistake.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} stands twice");
        value
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that this is a whole problem document of that status and code.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(
            (self.status, problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        problem
    }

    /// Checks that this is a whole problem document of that code which is an error of OAuth, too (RFC 6749, section 5.2).
    #[track_caller]
    pub(crate) fn assert_oauth_error(&self, code: &str, error: &str) -> Value {
        let problem = self.assert_problem(400, code);
        assert_eq!(problem["error"], error, "{problem}");
        assert_eq!(problem["error_description"], problem["detail"], "{problem}");
        let is_allowed = |letter: char| matches!(letter, ' ' | '!' | '#'..='[' | ']'..='~');
        assert!(problem["detail"].as_str().unwrap().chars().all(is_allowed), "{problem}");
        assert_eq!(self.header("www-authenticate"), None);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        problem
    }

    /// The pointers and codes of a refused body, one a line.
    #[track_caller]
    pub(crate) fn flaws(&self) -> String {
        let problem = self.assert_problem(422, "validation_failed");
        let mut lines = String::new();
        for error in problem["errors"].as_array().unwrap() {
            assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
            writeln!(
                lines,
                "{} {}",
                error["pointer"].as_str().unwrap(),
                error["code"].as_str().unwrap()
            )
            .unwrap();
        }
        lines
    }
}
