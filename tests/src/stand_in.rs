//! A stand-in for a server elsewhere: it answers each path with what a test gives it, well-formed or not, and keeps what it was
//! asked.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a path is answered with.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status and a body.
    Body(u16, String),
    /// A redirect.
    Redirect(String),
    /// A body that never ends.
    Endless,
    /// A byte every half second.
    Drip,
    /// Nothing at all.
    Silence,
}

/// A stand-in on this machine. It lives as long as the test.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// Its origin, without a slash at the end.
    pub base: String,
    answers: Arc<Mutex<HashMap<String, Reply>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    /// Starts one at a free port.
    #[must_use]
    pub fn start() -> Self {
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

    /// Has a path answered with that JSON.
    pub fn json(&self, path: &str, body: &impl Display) {
        self.answer(path, Reply::Body(200, body.to_string()));
    }

    /// Has a path answered so.
    pub fn answer(&self, path: &str, reply: Reply) {
        self.answers.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// Has a path answered by nothing.
    pub fn silence(&self, path: &str) {
        self.answer(path, Reply::Silence);
    }

    /// What it was asked, each request whole.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How often it was asked at that path.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        let line = format!(" {path} ");
        self.requests().iter().filter(|request| request.contains(&line)).count()
    }

    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        let text = loop {
            let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            request.extend_from_slice(buffer.get(..read)?);
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
        let reply = self.answers.lock().unwrap().get(&path).cloned();
        let head =
            |more: &str| format!("HTTP/1.1 {more}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n");
        match reply.unwrap_or(Reply::Body(404, "{}".to_owned())) {
            Reply::Body(status, body) => {
                let more = format!("{status} X\r\ncontent-length: {}", body.len());
                stream.write_all(head(&more).as_bytes()).ok()?;
                stream.write_all(body.as_bytes()).ok()
            }
            Reply::Redirect(to) => {
                let more = format!("302 X\r\nlocation: {to}\r\ncontent-length: 0");
                stream.write_all(head(&more).as_bytes()).ok()
            }
            Reply::Endless => {
                stream.write_all(head("200 X").as_bytes()).ok()?;
                loop {
                    stream.write_all(&[b' '; 4096]).ok()?;
                }
            }
            Reply::Drip => {
                stream
                    .write_all(head("200 X\r\ncontent-length: 100000").as_bytes())
                    .ok()?;
                // It waits for a byte that never comes, and then writes one.
                stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
                loop {
                    stream.write_all(b" ").ok()?;
                    let _ = stream.read(&mut buffer);
                }
            }
            Reply::Silence => {
                // Until whoever asked has gone.
                let _ = stream.read(&mut buffer);
                None
            }
        }
    }
}
