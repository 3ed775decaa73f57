//! `/verify-email`: showing that an address is one's own.

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
use portcullis_application::email_verification::VerifyEmailError;
use portcullis_application::links::LinkView;
use portcullis_application::{EmailVerification, Links};
use portcullis_domain::{LinkPurpose, MailKind, Origin, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/verify-email";

/// Asks whether the address is one's own, or tells what was done.
pub(crate) async fn show(mut visit: Visit, links: Data<dyn Links>) -> Result<HttpResponse, Refusal> {
    let Some(token) = token_of(&visit) else {
        return if visit.notice() == Some(Notice::EmailConfirmed) {
            told::ready(&visit, "verify-email.done", "common.you-can-sign-in")
        } else {
            told::link_expired(&visit, LinkPurpose::VerifyEmail)
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
    verification: Data<dyn EmailVerification>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let token = sent.secret("token");
    if !sent.is_shown {
        let trouble = open_too_long(&visit);
        return ask(&mut visit, &**links, &token, trouble).await;
    }
    visit.is_at(PATH, Some(&token));
    verify(&visit, &**verification, &token, origin.0).await
}

/// Uses the link of that token.
pub(crate) async fn verify(
    visit: &Visit,
    verification: &dyn EmailVerification,
    token: &SecretText,
    origin: Origin,
) -> Result<HttpResponse, Refusal> {
    match verification.verify(token, origin).await {
        Ok(_) => Ok(visit.done_by(token, PATH, Notice::EmailConfirmed)),
        Err(VerifyEmailError::InvalidToken) => {
            told::used_up(visit, LinkPurpose::VerifyEmail, PATH, Notice::EmailConfirmed, token)
        }
        Err(VerifyEmailError::EmailTaken) => told::taken(visit),
        Err(VerifyEmailError::Store(error)) => Err(error.into()),
    }
}

async fn ask(
    visit: &mut Visit,
    links: &dyn Links,
    token: &SecretText,
    trouble: Trouble,
) -> Result<HttpResponse, Refusal> {
    visit.is_at(PATH, Some(token));
    let Some(view) = look(visit, links, LinkPurpose::VerifyEmail, token).await? else {
        return told::link_expired(visit, LinkPurpose::VerifyEmail);
    };
    visit.answer(trouble.status_of_a_button(), &page(visit, &view, token, trouble))
}

fn page<'v>(visit: &'v Visit, view: &LinkView, token: &'v SecretText, trouble: Trouble) -> ConfirmPage<'v> {
    let is_change = view.told.as_ref().is_some_and(|told| told.kind == MailKind::NewEmail);
    let hint = if is_change {
        "verify-email.hint-change"
    } else {
        "verify-email.hint"
    };
    let frame = visit.frame(Gate::Half, visit.text("verify-email.title"));
    let frame = frame.telling(&trouble);
    ConfirmPage {
        question: frame.slot("verify-email.question", "email", &Markup::address(view.email.as_str())),
        confirm: frame.text("verify-email.confirm"),
        hint: frame.text(hint),
        consequence: None,
        action: visit.path(PATH),
        token: token.expose(),
        trouble,
        frame,
    }
}
