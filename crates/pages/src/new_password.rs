//! `/new-password`: setting a new password by a mailed link or code.

use crate::check_mail;
use crate::forms::{Faults, NEW_PASSWORD, open_too_long};
use crate::frame::{Frame, Gate};
use crate::links::{look, token_of};
use crate::markup::Markup;
use crate::notice::Notice;
use crate::sent::Sent;
use crate::told;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::password_reset::ResetPasswordError;
use portcullis_application::{Links, PasswordReset};
use portcullis_domain::{LinkPurpose, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const PATH: &str = "/new-password";

/// How somebody came to the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the link, whose address holds the token.
    Link,
    /// By a code. The token is in the form, and in no address.
    Code,
}

#[derive(Template)]
#[template(path = "new-password.html")]
struct NewPasswordPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    address: Markup,
    email: &'v str,
    action: String,
    token: &'v str,
    is_by_code: bool,
    least: usize,
}

/// Asks for the new password, or tells that it is set.
pub(crate) async fn show(mut visit: Visit, links: Data<dyn Links>) -> Result<HttpResponse, Refusal> {
    let Some(token) = token_of(&visit) else {
        return if visit.notice() == Some(Notice::PasswordChanged) {
            told::ready(&visit, "new-password.done", "new-password.done-lead")
        } else {
            told::link_expired(&visit, LinkPurpose::ResetPassword)
        };
    };
    ask(&mut visit, &**links, &token, Way::Link, None).await
}

/// Sets it.
pub(crate) async fn save(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    links: Data<dyn Links>,
    reset: Data<dyn PasswordReset>,
) -> Result<HttpResponse, Refusal> {
    let mut sent = Sent::read(&visit, incoming).await?;
    let token = sent.secret("token");
    let way = if sent.text("by") == "code" {
        Way::Code
    } else {
        Way::Link
    };
    come_by(&mut visit, way, &token);
    if !sent.is_shown {
        let trouble = (StatusCode::FORBIDDEN, open_too_long(&visit));
        return ask(&mut visit, &**links, &token, way, Some(trouble)).await;
    }
    let mut faults = Faults::of(&visit);
    let Some(password) = faults.new_password(sent.secret(NEW_PASSWORD)) else {
        let trouble = (StatusCode::UNPROCESSABLE_ENTITY, faults.told());
        return ask(&mut visit, &**links, &token, way, Some(trouble)).await;
    };
    match reset.reset(&token, password, origin.0).await {
        Ok(()) => Ok(visit.done_by(&token, PATH, Notice::PasswordChanged)),
        Err(ResetPasswordError::InvalidToken) => told::used_up(
            &visit,
            LinkPurpose::ResetPassword,
            PATH,
            Notice::PasswordChanged,
            &token,
        ),
        Err(ResetPasswordError::TooCommon(_)) => {
            let trouble = Faults::of(&visit).common_password();
            let trouble = Some((StatusCode::UNPROCESSABLE_ENTITY, trouble));
            ask(&mut visit, &**links, &token, way, trouble).await
        }
        Err(ResetPasswordError::Hasher(error)) => Err(error.into()),
        Err(ResetPasswordError::Store(error)) => Err(error.into()),
    }
}

/// The form, and with which status it tells what is wrong.
pub(crate) async fn ask(
    visit: &mut Visit,
    links: &dyn Links,
    token: &SecretText,
    way: Way,
    trouble: Option<(StatusCode, Trouble)>,
) -> Result<HttpResponse, Refusal> {
    come_by(visit, way, token);
    let Some(view) = look(visit, links, LinkPurpose::ResetPassword, token).await? else {
        return told::link_expired(visit, LinkPurpose::ResetPassword);
    };
    let (status, trouble) = trouble.unwrap_or((StatusCode::OK, Trouble::default()));
    let frame = visit
        .frame(Gate::Half, visit.text("new-password.title"))
        .telling(&trouble);
    let page = NewPasswordPage {
        frame,
        trouble,
        address: Markup::address(view.email.as_str()),
        email: view.email.as_str(),
        action: visit.path(PATH),
        token: token.expose(),
        is_by_code: way == Way::Code,
        least: visit.pages.settings.password_policy.min_characters(),
    };
    visit.answer(status, &page)
}

fn come_by(visit: &mut Visit, way: Way, token: &SecretText) {
    match way {
        Way::Link => visit.is_at(PATH, Some(token)),
        Way::Code => visit.is_at(check_mail::FOR_PASSWORD, None),
    }
}
