//! `/forgot-password/check-mail` and `/verify-email/code`: a page that waits for the code of a mail.

use crate::asked_mail;
use crate::forms::{CODE, open_too_long, wrong_code};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::new_password::{self, Way};
use crate::sent::Sent;
use crate::trouble::Trouble;
use crate::verify_email;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::mailed_codes::{CodeAttempt, MailedCodeError};
use portcullis_application::{EmailVerification, Links, MailedCodes};
use portcullis_domain::{Email, LinkPurpose, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const FOR_PASSWORD: &str = "/forgot-password/check-mail";
pub(crate) const FOR_VERIFICATION: &str = "/verify-email/code";

#[derive(Template)]
#[template(path = "check-mail.html")]
struct CheckMailPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    address: Markup,
    email: &'v str,
    action: String,
    /// Where the mail is asked for again.
    again: String,
    /// Whom it comes from.
    from: Option<Markup>,
}

/// Waits for the code of a mail with a link to a new password.
pub(crate) async fn show_for_password(visit: Visit) -> Result<HttpResponse, Refusal> {
    show(&visit, LinkPurpose::ResetPassword)
}

/// Waits for the code of a mail with a link that shows whose an address is.
pub(crate) async fn show_for_verification(visit: Visit) -> Result<HttpResponse, Refusal> {
    show(&visit, LinkPurpose::VerifyEmail)
}

/// Takes the code, and asks for the new password. The token is in that form alone.
pub(crate) async fn take_for_password(
    mut visit: Visit,
    incoming: Incoming,
    codes: Data<dyn MailedCodes>,
    links: Data<dyn Links>,
) -> Result<HttpResponse, Refusal> {
    match take(&visit, incoming, &**codes, LinkPurpose::ResetPassword).await? {
        Ok(token) => new_password::ask(&mut visit, &**links, &token, Way::Code, None).await,
        Err(answer) => Ok(answer),
    }
}

/// Takes the code, which shows that the address is one's own.
pub(crate) async fn take_for_verification(
    visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    codes: Data<dyn MailedCodes>,
    verification: Data<dyn EmailVerification>,
) -> Result<HttpResponse, Refusal> {
    match take(&visit, incoming, &**codes, LinkPurpose::VerifyEmail).await? {
        Ok(token) => verify_email::verify(&visit, &**verification, &token, origin.0).await,
        Err(answer) => Ok(answer),
    }
}

fn show(visit: &Visit, purpose: LinkPurpose) -> Result<HttpResponse, Refusal> {
    match asked_mail::find(visit) {
        Some(email) => visit.answer(StatusCode::OK, &page(visit, purpose, &email, Trouble::default())),
        None => Ok(ask_first(visit, purpose)),
    }
}

/// The token that the code stands for, or what is answered instead.
async fn take(
    visit: &Visit,
    incoming: Incoming,
    codes: &dyn MailedCodes,
    purpose: LinkPurpose,
) -> Result<Result<SecretText, HttpResponse>, Refusal> {
    let mut sent = Sent::read(visit, incoming).await?;
    let Some(email) = asked_mail::find(visit) else {
        return Ok(Err(ask_first(visit, purpose)));
    };
    if !sent.is_shown {
        let page = page(visit, purpose, &email, open_too_long(visit));
        return Ok(Err(visit.answer(StatusCode::FORBIDDEN, &page)?));
    }
    let attempt = CodeAttempt {
        purpose,
        email: email.clone(),
        browser: visit.browser.secret().clone(),
        code: sent.secret(CODE),
    };
    match codes.exchange(attempt).await {
        Ok(token) => Ok(Ok(token)),
        Err(MailedCodeError::Wrong) => {
            let page = page(visit, purpose, &email, wrong_code(visit));
            Ok(Err(visit.answer(StatusCode::UNAUTHORIZED, &page)?))
        }
        Err(MailedCodeError::Store(error)) => Err(error.into()),
    }
}

/// To where a mail is asked for: nobody waits for one here.
fn ask_first(visit: &Visit, purpose: LinkPurpose) -> HttpResponse {
    visit.see_other(&visit.path(asked_mail::asked_at(purpose))).finish()
}

fn page<'v>(visit: &'v Visit, purpose: LinkPurpose, email: &'v Email, trouble: Trouble) -> CheckMailPage<'v> {
    let frame = visit
        .frame(Gate::Half, visit.text("check-mail.title"))
        .telling(&trouble);
    let from = visit.pages.settings.mail_from.as_ref();
    let path = match purpose {
        LinkPurpose::VerifyEmail => FOR_VERIFICATION,
        LinkPurpose::ResetPassword | LinkPurpose::UndoEmail | LinkPurpose::NotMe | LinkPurpose::Join => FOR_PASSWORD,
    };
    CheckMailPage {
        address: Markup::address(email.as_str()),
        email: email.as_str(),
        action: visit.path(path),
        again: visit.path(asked_mail::asked_at(purpose)),
        from: from.map(|from| Markup::address(from)),
        trouble,
        frame,
    }
}
