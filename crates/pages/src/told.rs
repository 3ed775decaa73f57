//! A page that tells something and asks for nothing.

use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use portcullis_domain::{LinkPurpose, SecretText};
use portcullis_web::Refusal;

/// What is told.
#[derive(Template)]
#[template(path = "told.html")]
struct ToldPage<'v> {
    frame: Frame<'v>,
    lead: Markup,
    hint: Option<Markup>,
    /// What a button says, and where it leads.
    way_on: Option<(Markup, String)>,
    /// The way back to sign in.
    sign_in: Option<String>,
}

/// That something was done just now. It is told once.
pub(crate) fn done(visit: &Visit, title: &str, lead: &str) -> Result<HttpResponse, Refusal> {
    visit.answer_once(&ToldPage {
        frame: visit.frame(Gate::Half, visit.text(title)),
        lead: visit.text(lead),
        hint: None,
        way_on: None,
        sign_in: None,
    })
}

/// The same of what lets somebody sign in, who goes on to do that.
pub(crate) fn ready(visit: &Visit, title: &str, lead: &str) -> Result<HttpResponse, Refusal> {
    visit.answer_once(&ToldPage {
        frame: visit.frame(Gate::Half, visit.text(title)),
        lead: visit.text(lead),
        hint: None,
        way_on: Some((visit.text("sign-in.sign-in"), visit.path("/sign-in"))),
        sign_in: None,
    })
}

/// That not everybody may sign up.
pub(crate) fn sign_up_closed(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let frame = visit.frame(Gate::Down, visit.text("sign-up.closed"));
    let page = ToldPage {
        frame: frame.with_code("registration_closed"),
        lead: visit.text("sign-up.closed-lead"),
        hint: None,
        way_on: Some((visit.text("sign-in.sign-in"), visit.path("/sign-in"))),
        sign_in: None,
    };
    visit.answer(StatusCode::FORBIDDEN, &page)
}

/// That a link is none, or not any more, and what to do instead.
pub(crate) fn link_expired(visit: &Visit, purpose: LinkPurpose) -> Result<HttpResponse, Refusal> {
    let (lead, hint, way_on) = match purpose {
        LinkPurpose::VerifyEmail => (
            "link-expired.lead",
            Some("link-expired.confirmed-already"),
            Some(("link-expired.send", "/verify-email/again")),
        ),
        LinkPurpose::ResetPassword => (
            "link-expired.lead",
            None,
            Some(("link-expired.send", "/forgot-password")),
        ),
        LinkPurpose::UndoEmail | LinkPurpose::NotMe => (
            "link-expired.lead-days",
            Some("link-expired.secure"),
            Some(("new-password.title", "/forgot-password")),
        ),
        LinkPurpose::Join => ("link-expired.lead-week", Some("link-expired.ask-again"), None),
    };
    let frame = visit.frame(Gate::Down, visit.text("link-expired.title"));
    let page = ToldPage {
        frame: frame.with_code("invalid_token"),
        lead: visit.text(lead),
        hint: hint.map(|key| visit.text(key)),
        way_on: way_on.map(|(key, path)| (visit.text(key), visit.path(path))),
        sign_in: Some(visit.path("/sign-in")),
    };
    visit.answer(StatusCode::BAD_REQUEST, &page)
}

/// The same of a link that was to be used. Where this browser has used it just now, its button was pressed twice, and the
/// answer is that of the first time.
pub(crate) fn used_up(
    visit: &Visit,
    purpose: LinkPurpose,
    path: &str,
    notice: Notice,
    token: &SecretText,
) -> Result<HttpResponse, Refusal> {
    if visit.has_done(notice, token) {
        return Ok(visit.done_by(token, path, notice));
    }
    link_expired(visit, purpose)
}

/// That an address has an account by now.
pub(crate) fn taken(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let frame = visit.frame(Gate::Down, visit.text("taken.title"));
    let page = ToldPage {
        frame: frame.with_code("email_taken"),
        lead: visit.text("taken.lead"),
        hint: None,
        way_on: Some((visit.text("new-password.title"), visit.path("/forgot-password"))),
        sign_in: Some(visit.path("/sign-in")),
    };
    visit.answer(StatusCode::CONFLICT, &page)
}
