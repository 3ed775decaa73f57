//! `/undo-email`: taking a changed address back.

use crate::confirm::ConfirmPage;
use crate::forms::open_too_long;
use crate::frame::Gate;
use crate::links::{look, token_of};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::told;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::web::Data;
use portcullis_application::links::LinkView;
use portcullis_application::not_me::NotMeError;
use portcullis_application::{Links, NotMe};
use portcullis_domain::{LinkPurpose, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/undo-email";

/// Asks whether the old address shall come back, or tells that it did.
pub(crate) async fn show(mut visit: Visit, links: Data<dyn Links>) -> Result<HttpResponse, Refusal> {
    let Some(token) = token_of(&visit) else {
        return if visit.notice() == Some(Notice::EmailRestored) {
            told::done(&visit, "undo-email.done", "undo-email.done-lead")
        } else {
            told::link_expired(&visit, LinkPurpose::UndoEmail)
        };
    };
    ask(&mut visit, &**links, &token, Trouble::default()).await
}

/// Uses the link.
pub(crate) async fn confirm(
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
    visit.is_at(PATH, Some(&token));
    match not_me.undo_email(&token, origin.0).await {
        Ok(()) => Ok(visit.done_by(&token, PATH, Notice::EmailRestored)),
        Err(NotMeError::InvalidToken) => {
            told::used_up(&visit, LinkPurpose::UndoEmail, PATH, Notice::EmailRestored, &token)
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
    let Some(view) = look(visit, links, LinkPurpose::UndoEmail, token).await? else {
        return told::link_expired(visit, LinkPurpose::UndoEmail);
    };
    visit.answer(trouble.status_of_a_button(), &page(visit, &view, token, trouble))
}

fn page<'v>(visit: &'v Visit, view: &LinkView, token: &'v SecretText, trouble: Trouble) -> ConfirmPage<'v> {
    let frame = visit
        .frame(Gate::Half, visit.text("undo-email.title"))
        .telling(&trouble);
    ConfirmPage {
        question: frame.slot("undo-email.lead", "email", &Markup::address(view.email.as_str())),
        consequence: Some(frame.text("undo-email.consequence")),
        confirm: frame.text("undo-email.confirm"),
        hint: frame.text("undo-email.hint"),
        action: visit.path(PATH),
        token: token.expose(),
        trouble,
        frame,
    }
}
