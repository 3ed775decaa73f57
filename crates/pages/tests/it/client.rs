//! A browser as far as tests need one: it keeps cookies, and sends the forms of the pages that it is shown.

use crate::flows;
use crate::people::People;
use crate::services::Mails;
use crate::serving::{self, Flows};
use actix_web::dev::ServerHandle;
use portcullis_application::SignUpPolicy;
use portcullis_pages::{PagesSettings, Theme};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server of pages on a free port. It stops when it is dropped.
pub(crate) struct Running {
    pub(crate) mails: Mails,
    pub(crate) people: People,
    address: SocketAddr,
    handle: ServerHandle,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    /// With other settings.
    pub(crate) fn with(change: impl FnOnce(&mut PagesSettings)) -> Self {
        let mails = Mails::default();
        Self::serving(People::new(true), Some(&mails), mails.clone(), change, flows::mount)
    }

    /// With a registry of apps, which they lead people here by.
    pub(crate) fn with_registry() -> Self {
        let mails = Mails::default();
        Self::serving(People::new(true), Some(&mails), mails.clone(), |_| {}, |_, _| {})
    }

    /// As where not everybody may sign up.
    pub(crate) fn closed() -> Self {
        Self::closed_by(SignUpPolicy::Closed)
    }

    /// The same by one of the ways to say so.
    pub(crate) fn closed_by(sign_up: SignUpPolicy) -> Self {
        let mails = Mails::default();
        let change = |settings: &mut PagesSettings| settings.sign_up = sign_up;
        Self::serving(People::closed(), Some(&mails), mails.clone(), change, flows::mount)
    }

    /// As where mail is off.
    pub(crate) fn without_mail() -> Self {
        Self::serving(People::new(false), None, Mails::default(), |_| {}, flows::mount)
    }

    fn serving(
        people: People,
        served: Option<&Mails>,
        mails: Mails,
        change: impl FnOnce(&mut PagesSettings),
        answers: Flows,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut settings = serving::settings(&listener, Theme::default());
        change(&mut settings);
        let running = serving::serving(listener, settings, &people, served, answers);
        let handle = running.handle();
        tokio::spawn(running);
        Self {
            mails,
            people,
            address,
            handle,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            address: self.address,
            cookies: BTreeMap::new(),
            headers: vec![("origin".to_owned(), format!("http://{}", self.address))],
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

pub(crate) struct Browser {
    address: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Browser {
    /// Sends that header with every request, in the place of the one that it has.
    pub(crate) fn sends(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub(crate) async fn get(&mut self, target: &str) -> Answer {
        self.send("GET", target, "").await
    }

    /// Sends fields as a form, with the proof of the page before.
    pub(crate) async fn post(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let proof = page.csrf();
        let fields = [("csrf", proof.as_str())].into_iter().chain(fields.iter().copied());
        let encoded = |text: &str| -> String {
            let one = |byte: u8| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                byte => format!("%{byte:02x}"),
            };
            text.bytes().map(one).collect()
        };
        let body: Vec<String> = fields
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        self.send("POST", path, &body.join("&")).await
    }

    /// Goes where an answer sends it.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{}", answer.text());
        let target = answer.header("location").unwrap().to_owned();
        self.get(&target).await
    }

    pub(crate) async fn send(&mut self, method: &str, target: &str, body: &str) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let own: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let own = own.concat();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: pages.test\r\nconnection: close\r\n{own}cookie: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        );
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status,
            headers,
            body: answer[end + 4..].to_vec(),
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        values.next().map(|(_, value)| value.as_str())
    }

    /// All values of that header.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.headers.iter().filter(move |(header, _)| header == name);
        values.map(|(_, value)| value.as_str())
    }

    /// The value of a hidden field, as a browser would send it.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let value = self.between(&format!("type=\"hidden\" name=\"{name}\" value=\""), "\"");
        value.replace("&#38;", "&")
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The text between two others.
    pub(crate) fn between(&self, start: &str, end: &str) -> &str {
        let (_, rest) = self
            .text()
            .split_once(start)
            .unwrap_or_else(|| panic!("no {start} in {}", self.text()));
        rest.split_once(end).unwrap().0
    }

    pub(crate) fn title(&self) -> &str {
        self.between("<title>", "</title>")
    }

    /// The path of the style sheet.
    pub(crate) fn style_sheet(&self) -> &str {
        self.between("<link rel=\"stylesheet\" href=\"", "\"")
    }

    fn csrf(&self) -> String {
        self.between("name=\"csrf\" value=\"", "\"").to_owned()
    }

    #[track_caller]
    pub(crate) fn assert_shows(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status, status, "{}", self.text());
        for text in texts {
            assert!(self.text().contains(text), "no {text} in {}", self.text());
        }
    }
}
