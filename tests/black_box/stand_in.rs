//! A stand-in for a server elsewhere: it answers each path with the JSON that a test gives it, and keeps what it was asked.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A stand-in on this machine. It lives as long as the test.
#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) base: String,
    answers: Arc<Mutex<HashMap<String, (u16, String)>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stand_in = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::default(),
            requests: Arc::default(),
        };
        let serving = stand_in.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        stand_in
    }

    /// Has a path answered with that.
    pub(crate) fn json(&self, path: &str, body: &Value) {
        self.answers
            .lock()
            .unwrap()
            .insert(path.to_owned(), (200, body.to_string()));
    }

    /// Has a path answered by nothing.
    pub(crate) fn silence(&self, path: &str) {
        self.answers.lock().unwrap().insert(path.to_owned(), (0, String::new()));
    }

    /// What it was asked, each request whole.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        let text = loop {
            let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break text;
            }
        };
        let path = text.split([' ', '?']).nth(1)?.to_owned();
        self.requests.lock().unwrap().push(text);
        let (status, body) = self
            .answers
            .lock()
            .unwrap()
            .get(&path)
            .cloned()
            .unwrap_or((404, "{}".to_owned()));
        if status == 0 {
            // Until whoever asked has gone.
            let _ = stream.read(&mut buffer);
            return None;
        }
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()
    }
}
