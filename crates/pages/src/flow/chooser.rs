//! The page that asks with which account to go on.

use crate::continuation::Continuation;
use crate::flow::{ACCOUNT, FlowForm, FormTarget, Showing};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use portcullis_domain::Email;
use portcullis_web::Refusal;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Chooser<'a> {
    /// What people know the app by.
    pub app: &'a str,
    /// Where the app is answered.
    pub goes_to: &'a FormTarget,
    /// Who is signed in.
    pub user: &'a Email,
    /// What the app asked for: the path and query of `/oauth2/authorize`.
    pub goes_on: &'a str,
}

#[derive(Template)]
#[template(path = "chooser.html")]
struct ChooserPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    lead: Markup,
    action: String,
    proof: String,
    goes_on: String,
    current: Markup,
}

/// Shows it. Its buttons are called `account`: `current`, which is meant where none is named, and `other`.
///
/// # Errors
/// A page that can't be written.
pub fn chooser(visit: &Visit, asked: &Chooser<'_>, showing: Showing) -> Result<HttpResponse, Refusal> {
    let trouble = showing.trouble(visit);
    let goes_on = Continuation::parse(asked.goes_on);
    let frame = visit.frame(Gate::Half, visit.text("chooser.title")).telling(&trouble);
    let status = trouble.status_of_a_button();
    let page = ChooserPage {
        lead: frame.slot("sign-in.for-app", "client", &Markup::name(asked.app)),
        action: frame.path(ACCOUNT),
        proof: FlowForm::Chooser.proof(visit, &goes_on),
        goes_on: goes_on.path(),
        current: frame.slot("chooser.current", "email", &Markup::plain_address(asked.user.as_str())),
        trouble,
        frame,
    };
    Ok(asked.goes_to.allowed_by(visit.answer(status, &page)?))
}
