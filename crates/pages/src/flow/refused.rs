//! Pages that tell why an app gets no answer.

use crate::catalogue::Slot;
use crate::flow::{FormTarget, in_window};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use portcullis_web::Refusal;

/// That the user may not use an app.
#[derive(Debug, Clone)]
pub struct AccessRefused<'a> {
    /// What people know the app by.
    pub app: &'a str,
    /// Where the app is answered.
    pub goes_to: &'a FormTarget,
    /// How the app is told, as the answer to its request.
    pub back: WayBack<'a>,
}

/// How an answer goes to an app, once a person wants it to.
#[derive(Debug, Clone, Copy)]
pub enum WayBack<'a> {
    /// By the query of an address.
    Link(&'a str),
    /// By a form (OAuth 2.0 Form Post Response Mode, section 2).
    Form {
        /// The address that the form goes to.
        address: &'a str,
        /// The fields, by name and value.
        fields: &'a [(&'a str, &'a str)],
    },
}

#[derive(Template)]
#[template(path = "flow-refused.html")]
struct RefusedPage<'v> {
    frame: Frame<'v>,
    lead: Markup,
    /// What is wrong, for whoever made the app.
    cause: Option<&'v str>,
    hint: Option<Markup>,
    /// What leads back to the app, and how.
    back: Option<(Markup, WayBack<'v>)>,
}

/// Tells that a request is none that can be answered, and to nobody else: the address to answer at was not checked, or is not
/// the app's. `code` is the error of RFC 6749, section 4.1.2.1; `cause` says in a plain sentence what is wrong.
///
/// # Errors
/// A page that can't be written.
pub fn request_refused(visit: &Visit, code: &'static str, cause: &str) -> Result<HttpResponse, Refusal> {
    refused(visit, ["flow-refused.title", "flow-refused.lead"], code, cause)
}

/// Tells the same of an app that asks to sign somebody out. Nothing was done.
///
/// # Errors
/// A page that can't be written.
pub fn sign_out_refused(visit: &Visit, code: &'static str, cause: &str) -> Result<HttpResponse, Refusal> {
    refused(
        visit,
        ["app-sign-out.refused", "app-sign-out.refused-lead"],
        code,
        cause,
    )
}

fn refused(
    visit: &Visit,
    [title, lead]: [&'static str; 2],
    code: &'static str,
    cause: &str,
) -> Result<HttpResponse, Refusal> {
    let frame = visit.frame(Gate::Down, visit.text(title));
    let page = RefusedPage {
        lead: frame.text(lead),
        cause: Some(cause),
        hint: None,
        back: None,
        frame: frame.with_code(code),
    };
    visit.answer(StatusCode::BAD_REQUEST, &page)
}

/// Tells that the user may not use an app, who can help, and the way back.
///
/// # Errors
/// A page that can't be written.
pub fn access_refused(visit: &Visit, refused: &AccessRefused<'_>) -> Result<HttpResponse, Refusal> {
    let name = Markup::plain_name(refused.app);
    let client = [("client", Slot::Markup(&name))];
    let frame = visit
        .frame(Gate::Down, visit.text_with("flow-refused.no-access", &client))
        .in_window(in_window(visit, "flow-refused.no-access", refused.app));
    let page = RefusedPage {
        lead: visit.text_with("flow-refused.no-access-lead", &client),
        cause: None,
        hint: Some(visit.whom_to_ask("sign-in.write-to", "sign-in.ask")),
        back: Some((visit.text_with("flow-refused.back", &client), refused.back)),
        frame: frame.with_code("access_denied"),
    };
    Ok(refused.goes_to.allowed_by(visit.answer(StatusCode::FORBIDDEN, &page)?))
}
