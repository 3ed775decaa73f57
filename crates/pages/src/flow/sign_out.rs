//! The page that asks whether to sign out, because an app says so.

use crate::catalogue::Slot;
use crate::continuation::Continuation;
use crate::flow::form_post::{SCRIPT, digest};
use crate::flow::form_target::with_policy;
use crate::flow::{FlowForm, FormTarget, LOG_OUT_DECISION, Showing};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::trouble::Trouble;
use crate::visit::{POLICY, Visit};
use actix_web::HttpResponse;
use askama::Template;
use portcullis_domain::Email;
use portcullis_web::Refusal;

/// What is asked.
#[derive(Debug, Clone)]
pub struct AppSignOut<'a> {
    /// What people know the app by, where it said who it is.
    pub app: Option<&'a str>,
    /// Who is signed in.
    pub user: &'a Email,
    /// Where the browser goes behind it, where the app may say so.
    pub goes_to: Option<&'a FormTarget>,
    /// What the app asked for: the path and query of `/oauth2/logout`.
    pub goes_on: &'a str,
    /// Whether the person has to be asked.
    pub asking: Asking,
}

/// Whether a person has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// They have to press a button.
    Person,
    /// The app showed that it speaks of this very sign-in: the form sends itself where scripts run.
    Nobody,
}

#[derive(Template)]
#[template(path = "app-sign-out.html")]
struct AppSignOutPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    lead: Markup,
    action: String,
    proof: String,
    goes_on: String,
    script: Option<&'static str>,
}

/// Shows it. Its buttons are called `decision`: `sign-out`, which is the first, and `stay`.
///
/// # Errors
/// A page that can't be written.
pub fn app_sign_out(visit: &Visit, asked: &AppSignOut<'_>, showing: Showing) -> Result<HttpResponse, Refusal> {
    let trouble = showing.trouble(visit);
    let goes_on = Continuation::parse(asked.goes_on);
    let frame = visit
        .frame(Gate::Half, visit.text("app-sign-out.title"))
        .telling(&trouble);
    let user = Markup::address(asked.user.as_str());
    let lead = match asked.app {
        Some(app) => {
            let app = Markup::name(app);
            let slots = [("client", Slot::Markup(&app)), ("email", Slot::Markup(&user))];
            visit.text_with("app-sign-out.lead", &slots)
        }
        None => frame.slot("app-sign-out.lead-nameless", "email", &user),
    };
    let script = match asked.asking {
        Asking::Nobody if trouble.is_none() => Some(SCRIPT),
        Asking::Nobody | Asking::Person => None,
    };
    let status = trouble.status_of_a_button();
    let page = AppSignOutPage {
        lead,
        action: frame.path(LOG_OUT_DECISION),
        proof: FlowForm::SignOut.proof(visit, &goes_on),
        goes_on: goes_on.path(),
        script,
        trouble,
        frame,
    };
    let answer = visit.answer(status, &page)?;
    Ok(match (asked.goes_to, script) {
        (Some(target), Some(_)) => target.allowed_with_script(answer, &digest()),
        (Some(target), None) => target.allowed_by(answer),
        (None, Some(_)) => {
            let policy = POLICY.replace("script-src 'self'", &format!("script-src '{}'", digest()));
            with_policy(answer, &policy)
        }
        (None, None) => answer,
    })
}
