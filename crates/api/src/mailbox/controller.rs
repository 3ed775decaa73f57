//! The mailbox inside, for whoever calls from this machine. It is no part of the OpenAPI document: it is there on the first
//! day, and for tests.

use crate::mailbox::bodies::{KeptMailBody, KeptMailListBody};
use crate::problem::Problem;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderName};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portcullis_application::Mailbox;
use portcullis_application::mailbox::{KeptMail, MailboxError};
use portcullis_web::kind;
use std::fmt::Write as _;
use std::net::IpAddr;

/// What a proxy adds. Who calls through one may be anybody.
const OF_PROXIES: [&str; 6] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
];

/// Who mails are from, where that is set.
struct MailFrom(Option<String>);

/// Mounts both forms, of mails that are from that sender.
pub(crate) fn mount(config: &mut ServiceConfig, from: Option<String>) {
    config
        .app_data(Data::new(MailFrom(from)))
        .route("/dev/mailbox", web::get().to(page))
        .route("/dev/mailbox.json", web::get().to(list));
}

async fn list(mailbox: Data<dyn Mailbox>, from: Data<MailFrom>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    refuse_strangers(&request)?;
    let mails = mailbox.newest().await?;
    let from = from.0.as_deref();
    let items = mails.iter().map(|mail| KeptMailBody::of(mail, from)).collect();
    Ok(HttpResponse::Ok().json(KeptMailListBody { items }))
}

async fn page(mailbox: Data<dyn Mailbox>, from: Data<MailFrom>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    refuse_strangers(&request)?;
    let mails = mailbox.newest().await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(written(&mails, from.0.as_deref())))
}

/// Who calls by another name than one of this machine was led here by a name server, and who calls through a proxy may be
/// anybody. Both find nothing.
fn refuse_strangers(request: &HttpRequest) -> Result<(), Problem> {
    let headers = request.headers();
    let is_forwarded = OF_PROXIES
        .iter()
        .any(|name| headers.contains_key(HeaderName::from_static(name)));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    if !is_forwarded && host.is_some_and(is_loopback) {
        Ok(())
    } else {
        Err(kind::NOT_FOUND.into())
    }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_address = |name: &str| name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    name.eq_ignore_ascii_case("localhost") || is_address(name)
}

/// The page: plain text and links, nothing else.
fn written(mails: &[KeptMail], from: Option<&str>) -> String {
    let mut html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
                    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
                    <meta name=\"color-scheme\" content=\"light dark\"><title>Mailbox</title></head><body><main>\
                    <h1>Mailbox</h1><p>MAILBOX=on keeps mails inside. None is sent.</p>"
        .to_owned();
    if let Some(from) = from {
        let _ = write!(html, "<p>All are from {}.</p>", escaped(from));
    }
    if mails.is_empty() {
        html.push_str("<p>There is no mail yet.</p>");
    }
    for KeptMail { mail, written } in mails {
        let _ = write!(
            html,
            "<article id=\"{}\"><h2>{}</h2><p>To {}, {}</p><p>",
            mail.id,
            escaped(&written.subject),
            escaped(mail.to.as_str()),
            mail.created_at.format("%Y-%m-%d %H:%M:%S UTC"),
        );
        for line in written.text.lines() {
            if written.link.as_deref() == Some(line) {
                let _ = write!(html, "<a href=\"{}\">{}</a><br>", escaped(line), breakable(line));
            } else {
                let _ = write!(html, "{}<br>", breakable(line));
            }
        }
        html.push_str("</p></article>");
    }
    html.push_str("</main></body></html>\n");
    html
}

/// With places where a long word may go on in the next line: the page has no styles, and phones are narrow.
fn breakable(text: &str) -> String {
    const LONGEST: usize = 24;
    let mut html = String::new();
    let mut letters = 0;
    for character in text.chars() {
        letters = if character.is_whitespace() { 0 } else { letters + 1 };
        html.push_str(&escaped(character.encode_utf8(&mut [0; 4])));
        if letters == LONGEST {
            html.push_str("<wbr>");
            letters = 0;
        }
    }
    html
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

impl From<MailboxError> for Problem {
    fn from(error: MailboxError) -> Self {
        match error {
            MailboxError::Unwritable(error) => Self::internal(&error),
            MailboxError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for good in [
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1:8000",
            "127.1.2.3",
            "[::1]:8000",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "evil.test",
            "localhost.evil.test",
            "10.0.0.1",
            "[::2]",
            "",
            "127.0.0.1.evil.test:80",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
