//! A server whose every answer a test decides.

use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Listens on this machine. Requests wait until the test takes and answers them.
pub(crate) struct Server {
    pub(crate) address: String,
    keys: Mutex<mpsc::UnboundedReceiver<Request>>,
    feed: Mutex<mpsc::UnboundedReceiver<Request>>,
    task: JoinHandle<()>,
}

/// A request that waits for its answer. Dropped, its connection is closed without one.
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    head: String,
    answer: oneshot::Sender<Vec<u8>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (keys_sender, keys) = mpsc::unbounded_channel();
        let (feed_sender, feed) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, keys_sender.clone(), feed_sender.clone()));
            }
        });
        Self {
            address,
            keys: Mutex::new(keys),
            feed: Mutex::new(feed),
            task,
        }
    }

    /// The next request for keys.
    pub(crate) async fn keys(&self) -> Request {
        next(&self.keys).await
    }

    /// The next request for revocations.
    pub(crate) async fn feed(&self) -> Request {
        next(&self.feed).await
    }

    /// How many requests for keys wait to be taken.
    pub(crate) async fn waiting_for_keys(&self) -> usize {
        self.keys.lock().await.len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn next(requests: &Mutex<mpsc::UnboundedReceiver<Request>>) -> Request {
    let mut requests = requests.lock().await;
    tokio::time::timeout(Duration::from_secs(10), requests.recv())
        .await
        .expect("no request came")
        .unwrap()
}

async fn serve(
    mut stream: TcpStream,
    keys: mpsc::UnboundedSender<Request>,
    feed: mpsc::UnboundedSender<Request>,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    let path = target.split('?').next().unwrap();
    let requests = match path {
        "/.well-known/jwks.json" | "/oauth2/jwks.json" => keys,
        "/revocations" => feed,
        _ => panic!("{path} is no endpoint"),
    };
    let (answer, answered) = oneshot::channel();
    requests.send(Request { target, head, answer }).ok()?;
    stream.write_all(&answered.await.ok()?).await.ok()?;
    stream.shutdown().await.ok()
}

impl Request {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// Answers 200.
    pub(crate) fn found(self, headers: &str, body: &str) {
        self.answer("200 OK", headers, body);
    }

    /// Answers 304.
    pub(crate) fn unchanged(self) {
        self.answer("304 Not Modified", "", "");
    }

    /// `headers` are lines, each with its end.
    pub(crate) fn answer(self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        self.raw(format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ));
    }

    /// Answers with these bytes.
    pub(crate) fn raw(self, answer: String) {
        // The client may have given up.
        let _ = self.answer.send(answer.into_bytes());
    }
}
