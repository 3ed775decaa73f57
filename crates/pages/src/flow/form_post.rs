//! The page that answers an app by a form, which the browser sends (OAuth 2.0 Form Post Response Mode, section 2).

use crate::flow::FormTarget;
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_web::Refusal;
use sha2::{Digest as _, Sha256};

/// All that runs in a page of ours from its own text. Its digest stands in the policy of the pages that have it.
pub(super) const SCRIPT: &str = "document.forms[0].submit()";

/// What is sent, and where.
#[derive(Debug, Clone)]
pub struct FormPost<'a> {
    /// What people know the app by.
    pub app: &'a str,
    /// The address that the form goes to.
    pub address: &'a str,
    /// The origin of that address.
    pub goes_to: &'a FormTarget,
    /// The fields, by name and value.
    pub fields: &'a [(&'a str, &'a str)],
}

#[derive(Template)]
#[template(path = "form-post.html")]
struct FormPostPage<'v> {
    frame: Frame<'v>,
    lead: Markup,
    address: &'v str,
    fields: &'v [(&'v str, &'v str)],
    script: &'static str,
}

/// Shows it. Where scripts run it sends itself; elsewhere the button `continue` does.
///
/// # Errors
/// A page that can't be written.
pub fn form_post(visit: &Visit, sent: &FormPost<'_>) -> Result<HttpResponse, Refusal> {
    let frame = visit.frame(Gate::Half, visit.text("form-post.title")).without_cookies();
    let page = FormPostPage {
        lead: frame.slot("form-post.lead", "client", &Markup::name(sent.app)),
        address: sent.address,
        fields: sent.fields,
        script: SCRIPT,
        frame,
    };
    let answer = visit.answer(StatusCode::OK, &page)?;
    Ok(sent.goes_to.allowed_with_script(answer, &digest()))
}

/// The digest of the script, as a policy names it.
pub(super) fn digest() -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(SCRIPT)))
}
