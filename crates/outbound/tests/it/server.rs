//! A server of a test: it answers each path with what it is told, well-formed or not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a path is answered with.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A status and a body.
    Body(u16, String),
    /// A redirect.
    Redirect(String),
    /// A body that never ends.
    Endless,
    /// A byte a second.
    Drip,
    /// Nothing at all.
    Silence,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) base: String,
    replies: Arc<Mutex<HashMap<String, Reply>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            base: format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port()),
            replies: Arc::default(),
            requests: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        server
    }

    pub(crate) fn answer(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    pub(crate) fn json(&self, path: &str, body: &serde_json::Value) {
        self.answer(path, Reply::Body(200, body.to_string()));
    }

    /// The requests so far, each whole.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How many were for that path.
    pub(crate) fn count(&self, path: &str) -> usize {
        let line = format!(" {path} ");
        self.requests().iter().filter(|request| request.contains(&line)).count()
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
            request.extend_from_slice(buffer.get(..read)?);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                break;
            }
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let target = text.split(' ').nth(1)?.to_owned();
        let path = target.split('?').next()?.to_owned();
        self.requests.lock().unwrap().push(text);
        let reply = self.replies.lock().unwrap().get(&path).cloned();
        match reply.unwrap_or(Reply::Body(404, String::new())) {
            Reply::Body(status, body) => {
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(head.as_bytes()).await.ok()?;
                stream.write_all(body.as_bytes()).await.ok()?;
            }
            Reply::Redirect(to) => {
                let head =
                    format!("HTTP/1.1 302 X\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).await.ok()?;
            }
            Reply::Endless => {
                stream
                    .write_all(b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n")
                    .await
                    .ok()?;
                loop {
                    stream.write_all(&[b' '; 4096]).await.ok()?;
                }
            }
            Reply::Drip => {
                stream
                    .write_all(b"HTTP/1.1 200 X\r\ncontent-length: 100000\r\n\r\n")
                    .await
                    .ok()?;
                loop {
                    stream.write_all(b" ").await.ok()?;
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
            Reply::Silence => tokio::time::sleep(Duration::from_mins(1)).await,
        }
        Some(())
    }
}
