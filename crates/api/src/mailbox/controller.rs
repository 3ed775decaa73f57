//! The mailbox inside, for whoever calls from this machine. It is no part of the OpenAPI document: it is there on the first
//! day, and for tests.

use crate::mailbox::bodies::{KeptMailBody, KeptMailListBody};
use crate::mailbox::page::{STYLE, written};
use crate::path_id::path_id;
use crate::problem::Problem;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portcullis_application::Mailbox;
use portcullis_application::mailbox::MailboxError;
use portcullis_web::kind;
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

const HTML: &str = "text/html; charset=utf-8";

/// The page has a style sheet of its own, and nothing else.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A mail brings its styles along. Nothing else of it is loaded or run.
const MAIL_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Who mails are from, where that is set.
struct MailFrom(Option<String>);

/// Mounts both forms, of mails that are from that sender.
pub(crate) fn mount(config: &mut ServiceConfig, from: Option<String>) {
    config
        .app_data(Data::new(MailFrom(from)))
        .route("/dev/mailbox", web::get().to(page))
        .route("/dev/mailbox.json", web::get().to(list))
        .route("/dev/mailbox.css", web::get().to(style))
        .route("/dev/mailbox/{id}", web::get().to(html));
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
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(written(&mails, from.0.as_deref())))
}

async fn style(request: HttpRequest) -> Result<HttpResponse, Problem> {
    refuse_strangers(&request)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .body(STYLE))
}

/// A mail as people get it.
async fn html(mailbox: Data<dyn Mailbox>, id: Path<String>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    refuse_strangers(&request)?;
    let found = mailbox.find(path_id(&id)?).await?;
    let kept = found.ok_or(kind::NOT_FOUND)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HTML))
        .insert_header((CONTENT_SECURITY_POLICY, MAIL_POLICY))
        .body(kept.written.html))
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
