//! `/forgot-password` and `/verify-email/again`: asking for a mail. The answer is the same for every address.

use crate::asked_mail;
use crate::check_mail;
use crate::forms::{Faults, USERNAME, open_too_long};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::sent::Sent;
use crate::trouble::Trouble;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::email_verification::MailRequest;
use portcullis_application::{EmailVerification, PasswordReset};
use portcullis_domain::{Email, Origin};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const FORGOT_PASSWORD: &str = "/forgot-password";
pub(crate) const VERIFY_AGAIN: &str = "/verify-email/again";

#[derive(Template)]
#[template(path = "ask-for-mail.html")]
struct AskForMailPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    lead: Markup,
    action: String,
    username: &'v str,
    send: Markup,
}

/// What a mail is asked for.
#[derive(Clone, Copy)]
enum Wish {
    NewPassword,
    Verification,
}

/// Asks for the address of an account whose password was forgotten.
pub(crate) async fn show_forgot_password(visit: Visit) -> Result<HttpResponse, Refusal> {
    visit.answer(StatusCode::OK, &page(&visit, Wish::NewPassword, "", Trouble::default()))
}

/// Has a link to a new password mailed.
pub(crate) async fn send_password_link(
    visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    reset: Data<dyn PasswordReset>,
) -> Result<HttpResponse, Refusal> {
    let email = match read(&visit, incoming, Wish::NewPassword).await? {
        Ok(email) => email,
        Err(page) => return Ok(page),
    };
    reset.ask(request(&visit, &email, origin.0)).await?;
    Ok(check_your_mail(&visit, &email, check_mail::FOR_PASSWORD))
}

/// Asks for the address that another link shall go to.
pub(crate) async fn show_verify_again(visit: Visit) -> Result<HttpResponse, Refusal> {
    visit.answer(
        StatusCode::OK,
        &page(&visit, Wish::Verification, "", Trouble::default()),
    )
}

/// Has another link mailed that shows whose an address is.
pub(crate) async fn send_verification_link(
    visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    verification: Data<dyn EmailVerification>,
) -> Result<HttpResponse, Refusal> {
    let email = match read(&visit, incoming, Wish::Verification).await? {
        Ok(email) => email,
        Err(page) => return Ok(page),
    };
    verification.resend(request(&visit, &email, origin.0)).await?;
    Ok(check_your_mail(&visit, &email, check_mail::FOR_VERIFICATION))
}

/// The address that was sent, or the page that tells what is wrong with it.
async fn read(visit: &Visit, incoming: Incoming, wish: Wish) -> Result<Result<Email, HttpResponse>, Refusal> {
    let mut sent = Sent::read(visit, incoming).await?;
    let username = sent.text(USERNAME);
    if !sent.is_shown {
        let page = page(visit, wish, &username, open_too_long(visit));
        return Ok(Err(visit.answer(StatusCode::FORBIDDEN, &page)?));
    }
    let mut faults = Faults::of(visit);
    if let Some(email) = faults.email(USERNAME, &username) {
        return Ok(Ok(email));
    }
    let page = page(visit, wish, &username, faults.told());
    Ok(Err(visit.answer(StatusCode::UNPROCESSABLE_ENTITY, &page)?))
}

fn request(visit: &Visit, email: &Email, origin: Origin) -> MailRequest {
    MailRequest {
        email: Some(email.clone()),
        locale: visit.locale(),
        origin,
        browser: Some(visit.browser.secret().clone()),
    }
}

fn check_your_mail(visit: &Visit, email: &Email, path: &str) -> HttpResponse {
    let mut answer = visit.see_other(&visit.path(path));
    if let Some(cookie) = asked_mail::set_cookie(email, visit) {
        answer.append_header((SET_COOKIE, cookie));
    }
    answer.finish()
}

fn page<'v>(visit: &'v Visit, wish: Wish, username: &'v str, trouble: Trouble) -> AskForMailPage<'v> {
    let (title, lead, send, path) = match wish {
        Wish::NewPassword => (
            "forgot-password.title",
            "forgot-password.lead",
            "forgot-password.send",
            FORGOT_PASSWORD,
        ),
        Wish::Verification => (
            "verify-email.title",
            "verify-email.again-lead",
            "link-expired.send",
            VERIFY_AGAIN,
        ),
    };
    let frame = visit.frame(Gate::Down, visit.text(title)).telling(&trouble);
    AskForMailPage {
        lead: frame.text(lead),
        send: frame.text(send),
        action: visit.path(path),
        username,
        trouble,
        frame,
    }
}
