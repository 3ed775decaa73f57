//! `/was-it-you`: "this was not me", from a notice.

use crate::device;
use crate::forms::open_too_long;
use crate::frame::{Frame, Gate};
use crate::links::{look, token_of};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::places;
use crate::sent::Sent;
use crate::times;
use crate::told;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use chrono::SecondsFormat;
use portcullis_application::links::{LinkView, Told};
use portcullis_application::not_me::NotMeError;
use portcullis_application::{Links, NotMe};
use portcullis_domain::{LinkPurpose, MailKind, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/was-it-you";

#[derive(Template)]
#[template(path = "was-it-you.html")]
struct WasItYouPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    lead: Markup,
    account: Markup,
    event: Option<Event>,
    action: String,
    token: &'v str,
}

/// What the notice told of.
struct Event {
    /// The device that it came from, as far as it said what it is.
    device: Option<Markup>,
    /// Where the address that it came from is, where a file tells of that.
    place: Option<Markup>,
    address: Option<String>,
    /// When, for programs and for people.
    moment: String,
    time: String,
}

/// Asks, or tells what was done.
pub(crate) async fn show(mut visit: Visit, links: Data<dyn Links>) -> Result<HttpResponse, Refusal> {
    let Some(token) = token_of(&visit) else {
        return match visit.notice() {
            Some(Notice::AccountSecured) => told::done(&visit, "was-it-you.done", "was-it-you.done-lead"),
            Some(Notice::NothingChanged) => told::done(&visit, "was-it-you.stays", "common.close-page"),
            _ => told::link_expired(&visit, LinkPurpose::NotMe),
        };
    };
    ask(&mut visit, &**links, &token, Trouble::default()).await
}

/// Uses the link, unless it was the person after all. A form without an answer means that it was not.
pub(crate) async fn answer(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    links: Data<dyn Links>,
    not_me: Data<dyn NotMe>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let token = sent.secret("token");
    if !sent.is_shown {
        let trouble = open_too_long(&visit);
        return ask(&mut visit, &**links, &token, trouble).await;
    }
    if sent.text("answer") == "yes" {
        return Ok(visit.done(PATH, Notice::NothingChanged));
    }
    visit.is_at(PATH, Some(&token));
    match not_me.secure(&token, origin.0).await {
        Ok(()) => Ok(visit.done_by(&token, PATH, Notice::AccountSecured)),
        Err(NotMeError::InvalidToken) => {
            told::used_up(&visit, LinkPurpose::NotMe, PATH, Notice::AccountSecured, &token)
        }
        Err(NotMeError::Store(error)) => Err(error.into()),
    }
}

async fn ask(
    visit: &mut Visit,
    links: &dyn Links,
    token: &SecretText,
    trouble: Trouble,
) -> Result<HttpResponse, Refusal> {
    visit.is_at(PATH, Some(token));
    let Some(view) = look(visit, links, LinkPurpose::NotMe, token).await? else {
        return told::link_expired(visit, LinkPurpose::NotMe);
    };
    visit.answer(trouble.status_of_a_button(), &page(visit, &view, token, trouble))
}

fn page<'v>(visit: &'v Visit, view: &LinkView, token: &'v SecretText, trouble: Trouble) -> WasItYouPage<'v> {
    let frame = visit
        .frame(Gate::Half, visit.text("was-it-you.title"))
        .telling(&trouble);
    let event = |told: &Told| Event {
        device: told.device.name().map(|name| device::name(visit, Some(name))),
        place: places::place(told.device.address, visit),
        address: told.device.address.map(|address| address.to_string()),
        moment: told.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        time: times::shown(told.at, visit.pages.settings.time_zone, visit.language),
    };
    let kind = view.told.as_ref().map(|told| told.kind);
    WasItYouPage {
        lead: match kind {
            Some(MailKind::NewDevice) => frame.text("was-it-you.new-sign-in"),
            Some(MailKind::PasswordChanged) => frame.text("was-it-you.password"),
            Some(MailKind::SessionReplayed) => frame.text("was-it-you.replayed"),
            _ => frame.slot("was-it-you.lead", "email", &Markup::address(view.email.as_str())),
        },
        account: frame.slot("common.for-account", "email", &Markup::address(view.email.as_str())),
        event: view.told.as_ref().map(event),
        action: visit.path(PATH),
        token: token.expose(),
        trouble,
        frame,
    }
}
