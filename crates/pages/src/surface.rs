//! Refusals as pages.

use crate::account::hall::Place;
use crate::catalogue::Slot;
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::sent::{CROSS_SITE, FORM_EXPIRED};
use crate::visit::{HEADERS, Visit};
use actix_web::HttpRequest;
use actix_web::http::{Method, StatusCode};
use askama::Template;
use chrono::SecondsFormat;
use portcullis_web::{OwnAddress, Refusal, Surface, kind};

/// Refusals for people.
pub(crate) const PAGES: Surface = Surface {
    media_type: "text/html; charset=utf-8",
    headers: HEADERS,
    write: page,
};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame<'a>,
    lead: Markup,
    /// Whether the server failed.
    is_ours: bool,
    code: &'static str,
    /// The time for programs, and for people.
    moment: String,
    time: String,
    /// What a button says, and where it leads.
    way_on: Option<(Markup, String)>,
}

/// What a kind of refusal is told by.
struct Texts {
    title: &'static str,
    lead: &'static str,
    way_on: Option<(&'static str, Way)>,
}

/// Where one goes on from a refusal.
#[derive(Clone, Copy)]
enum Way {
    /// To the page that it is about, once more.
    Again,
    /// To one's account.
    Account,
}

fn page(refusal: &Refusal, request: &HttpRequest, _: &OwnAddress) -> String {
    let Some(visit) = Visit::of(request) else {
        return String::new();
    };
    let texts = texts_of(refusal, request.method());
    let seconds = usize::try_from(refusal.kind().retry_after().unwrap_or_default()).unwrap_or_default();
    let code = refusal.kind().code;
    let frame = visit
        .frame(Gate::Down, visit.text(texts.title))
        .with_code(code)
        .without_cookies();
    let now = visit.pages.ports.clock.now();
    let page = ErrorPage {
        lead: visit.text_with(texts.lead, &[("seconds", Slot::Number(seconds))]),
        is_ours: refusal.status().is_server_error() && refusal.kind() != kind::BUSY,
        code,
        moment: now.to_rfc3339_opts(SecondsFormat::Secs, true),
        time: now.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        way_on: texts.way_on.map(|(key, way)| (visit.text(key), leads_to(way, &visit))),
        frame,
    };
    page.render().unwrap_or_default()
}

fn leads_to(way: Way, visit: &Visit) -> String {
    match way {
        Way::Again => visit.here().to_owned(),
        Way::Account => visit.path(Place::Overview.path()),
    }
}

/// What a GET changed is known: nothing. Of another call nobody knows how far it came.
fn texts_of(refusal: &Refusal, method: &Method) -> Texts {
    let again = Some(("error.again", Way::Again));
    let open = Some(("unreadable.open", Way::Again));
    if refusal.kind() == CROSS_SITE {
        return Texts {
            title: "elsewhere.title",
            lead: "elsewhere.lead",
            way_on: None,
        };
    }
    if refusal.kind() == FORM_EXPIRED {
        return Texts {
            title: "common.too-long-open",
            lead: "common.press-again",
            way_on: open,
        };
    }
    if refusal.kind() == kind::BUSY {
        return Texts {
            title: "busy.title",
            lead: "busy.lead",
            way_on: again,
        };
    }
    match refusal.status() {
        StatusCode::NOT_FOUND => Texts {
            title: "not-found.title",
            lead: "not-found.lead",
            way_on: Some(("not-found.go-to-account", Way::Account)),
        },
        StatusCode::TOO_MANY_REQUESTS => Texts {
            title: "throttled.title",
            lead: "throttled.lead",
            way_on: again,
        },
        status if status.is_server_error() => Texts {
            title: "error.title",
            lead: if method == Method::GET {
                "error.ours-unchanged"
            } else {
                "error.ours"
            },
            way_on: again,
        },
        _ => Texts {
            title: "unreadable.title",
            lead: "unreadable.lead",
            way_on: open,
        },
    }
}
