//! `POST /sign-out` and `/signed-out`.

use crate::browser::SESSION;
use crate::catalogue::Slot;
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::{FORM_EXPIRED, Sent};
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::{SignOut, SignedOut};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/sign-out";
pub(crate) const SIGNED_OUT: &str = "/signed-out";

#[derive(Template)]
#[template(path = "signed-out.html")]
struct SignedOutPage<'v> {
    frame: Frame<'v>,
    /// Where else one is signed in.
    lead: Option<Markup>,
    sign_in: String,
}

/// Signs the browser out.
pub(crate) async fn sign_out(
    visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    service: Data<dyn SignOut>,
) -> Result<HttpResponse, Refusal> {
    visit.fails_back_to(&visit.path("/account"));
    let sent = Sent::read(&visit, incoming).await?;
    let Some(cookie) = visit.browser.session() else {
        return Ok(visit.go_on(SIGNED_OUT, None).finish());
    };
    if !sent.is_shown {
        return Err(FORM_EXPIRED.into());
    }
    let notice = match service.sign_out_browser(cookie, origin.0).await? {
        SignedOut::Somebody(elsewhere) => Some(Notice::SignedOut(elsewhere)),
        SignedOut::Nobody => None,
    };
    let mut answer = visit.go_on(SIGNED_OUT, notice);
    answer.append_header((SET_COOKIE, visit.pages.settings.cookies.clear(SESSION)));
    Ok(answer.finish())
}

/// Tells that one is signed out. A link from elsewhere does not make it say so to somebody who is signed in.
pub(crate) async fn show(visit: Visit) -> Result<HttpResponse, Refusal> {
    if visit.browser.session().is_some() {
        return Ok(visit.go_on("/account", None).finish());
    }
    let lead = match visit.notice() {
        Some(Notice::SignedOut(elsewhere)) => {
            Some(visit.text_with("signed-out.lead", &[("devices", Slot::Number(elsewhere))]))
        }
        _ => None,
    };
    let frame = visit.frame(Gate::Down, visit.text("signed-out.title"));
    visit.answer_once(&SignedOutPage {
        sign_in: frame.path("/sign-in"),
        frame,
        lead,
    })
}
