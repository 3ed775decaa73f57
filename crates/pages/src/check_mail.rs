//! `/forgot-password/check-mail`, `/verify-email/code` and `/sign-up/check-mail`: a page that waits for the code of a mail.

use crate::asked_mail;
use crate::continuation::Continuation;
use crate::forms::{CODE, open_too_long, wrong_code};
use crate::frame::{Frame, Gate};
use crate::markup::Markup;
use crate::new_password::{self, Way};
use crate::notice::Notice;
use crate::sent::Sent;
use crate::told;
use crate::trouble::Trouble;
use crate::verify_email;
use crate::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use portcullis_application::email_verification::VerifyEmailError;
use portcullis_application::mailed_codes::{CodeAttempt, MailedCodeError};
use portcullis_application::{EmailVerification, Links, MailedCodes};
use portcullis_domain::{Email, LinkPurpose, SecretText};
use portcullis_web::{Incoming, Refusal, RequestOrigin};

pub(crate) const FOR_PASSWORD: &str = "/forgot-password/check-mail";
pub(crate) const FOR_VERIFICATION: &str = "/verify-email/code";
pub(crate) const FOR_SIGN_UP: &str = "/sign-up/check-mail";

/// What a mail is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    NewPassword,
    Verification,
    SignUp,
}

impl Wait {
    /// What the link beside the code is good for.
    const fn purpose(self) -> LinkPurpose {
        match self {
            Self::NewPassword => LinkPurpose::ResetPassword,
            Self::Verification | Self::SignUp => LinkPurpose::VerifyEmail,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::NewPassword => FOR_PASSWORD,
            Self::Verification => FOR_VERIFICATION,
            Self::SignUp => FOR_SIGN_UP,
        }
    }

    /// Where one begins with another address.
    const fn begins_at(self) -> &'static str {
        match self {
            Self::SignUp => "/sign-up",
            Self::NewPassword | Self::Verification => asked_mail::asked_at(self.purpose()),
        }
    }

    /// What the page says of the mail.
    const fn lead(self) -> &'static str {
        match self {
            Self::NewPassword | Self::Verification => "check-mail.sent",
            Self::SignUp => "check-mail.sent-to",
        }
    }
}

#[derive(Template)]
#[template(path = "check-mail.html")]
struct CheckMailPage<'v> {
    frame: Frame<'v>,
    trouble: Trouble,
    lead: Markup,
    email: &'v str,
    action: String,
    /// Where somebody who signed up goes on to.
    goes_on: Option<String>,
    /// Where the mail is asked for again.
    again: String,
    /// Where one begins with another address.
    another: String,
    /// Whom it comes from.
    from: Option<Markup>,
}

/// Waits for the code of a mail with a link to a new password.
pub(crate) async fn show_for_password(visit: Visit) -> Result<HttpResponse, Refusal> {
    show(&visit, Wait::NewPassword, &Continuation::default())
}

/// Waits for the code of a mail with a link that shows whose an address is.
pub(crate) async fn show_for_verification(visit: Visit) -> Result<HttpResponse, Refusal> {
    show(&visit, Wait::Verification, &Continuation::default())
}

/// Waits for the code of a mail to somebody who signed up.
pub(crate) async fn show_for_sign_up(mut visit: Visit) -> Result<HttpResponse, Refusal> {
    let goes_on = Continuation::parse(&visit.parameter("continue").unwrap_or_default());
    visit.is_reached_by(&goes_on.behind(FOR_SIGN_UP));
    show(&visit, Wait::SignUp, &goes_on)
}

/// Takes the code of somebody who signed up, and lets them sign in.
pub(crate) async fn take_for_sign_up(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    codes: Data<dyn MailedCodes>,
    verification: Data<dyn EmailVerification>,
) -> Result<HttpResponse, Refusal> {
    let (token, goes_on) = match take(&mut visit, incoming, &**codes, Wait::SignUp).await? {
        Ok(taken) => taken,
        Err(answer) => return Ok(answer),
    };
    let sign_in = goes_on.behind("/sign-in");
    match verification.verify(&token, origin.0).await {
        Ok(_) => Ok(visit.done_by(&token, &sign_in, Notice::EmailConfirmed)),
        Err(VerifyEmailError::InvalidToken) => told::used_up(
            &visit,
            LinkPurpose::VerifyEmail,
            &sign_in,
            Notice::EmailConfirmed,
            &token,
        ),
        Err(VerifyEmailError::EmailTaken) => told::taken(&visit),
        Err(VerifyEmailError::Store(error)) => Err(error.into()),
    }
}

/// Takes the code, and asks for the new password. The token is in that form alone.
pub(crate) async fn take_for_password(
    mut visit: Visit,
    incoming: Incoming,
    codes: Data<dyn MailedCodes>,
    links: Data<dyn Links>,
) -> Result<HttpResponse, Refusal> {
    match take(&mut visit, incoming, &**codes, Wait::NewPassword).await? {
        Ok((token, _)) => new_password::ask(&mut visit, &**links, &token, Way::Code, None).await,
        Err(answer) => Ok(answer),
    }
}

/// Takes the code, which shows that the address is one's own.
pub(crate) async fn take_for_verification(
    mut visit: Visit,
    incoming: Incoming,
    origin: RequestOrigin,
    codes: Data<dyn MailedCodes>,
    verification: Data<dyn EmailVerification>,
) -> Result<HttpResponse, Refusal> {
    match take(&mut visit, incoming, &**codes, Wait::Verification).await? {
        Ok((token, _)) => verify_email::verify(&visit, &**verification, &token, origin.0).await,
        Err(answer) => Ok(answer),
    }
}

fn show(visit: &Visit, wait: Wait, goes_on: &Continuation) -> Result<HttpResponse, Refusal> {
    match asked_mail::find(visit) {
        Some(email) => visit.answer(StatusCode::OK, &page(visit, wait, goes_on, &email, Trouble::default())),
        None => Ok(begin(visit, wait, goes_on)),
    }
}

/// The token that the code stands for and where its user goes on to, or what is answered instead.
async fn take(
    visit: &mut Visit,
    incoming: Incoming,
    codes: &dyn MailedCodes,
    wait: Wait,
) -> Result<Result<(SecretText, Continuation), HttpResponse>, Refusal> {
    let mut sent = Sent::read(visit, incoming).await?;
    let goes_on = Continuation::parse(&sent.text("continue"));
    visit.is_reached_by(&goes_on.behind(wait.path()));
    let Some(email) = asked_mail::find(visit) else {
        return Ok(Err(begin(visit, wait, &goes_on)));
    };
    if !sent.is_shown {
        let page = page(visit, wait, &goes_on, &email, open_too_long(visit));
        return Ok(Err(visit.answer(StatusCode::FORBIDDEN, &page)?));
    }
    let attempt = CodeAttempt {
        purpose: wait.purpose(),
        email: email.clone(),
        browser: visit.browser.secret().clone(),
        code: sent.secret(CODE),
    };
    match codes.exchange(attempt).await {
        Ok(token) => Ok(Ok((token, goes_on))),
        Err(MailedCodeError::Wrong) => {
            let page = page(visit, wait, &goes_on, &email, wrong_code(visit));
            Ok(Err(visit.answer(StatusCode::UNAUTHORIZED, &page)?))
        }
        Err(MailedCodeError::Store(error)) => Err(error.into()),
    }
}

/// To where a mail is asked for: nobody waits for one here.
fn begin(visit: &Visit, wait: Wait, goes_on: &Continuation) -> HttpResponse {
    visit.go_on(&goes_on.behind(wait.begins_at()), None).finish()
}

fn page<'v>(
    visit: &'v Visit,
    wait: Wait,
    goes_on: &Continuation,
    email: &'v Email,
    trouble: Trouble,
) -> CheckMailPage<'v> {
    let frame = visit
        .frame(Gate::Half, visit.text("check-mail.title"))
        .telling(&trouble);
    let from = visit.pages.settings.mail_from.as_ref();
    CheckMailPage {
        lead: frame.slot(wait.lead(), "email", &Markup::address(email.as_str())),
        email: email.as_str(),
        action: visit.path(wait.path()),
        goes_on: (wait == Wait::SignUp).then(|| goes_on.path()),
        again: visit.path(asked_mail::asked_at(wait.purpose())),
        another: visit.path(&goes_on.behind(wait.begins_at())),
        from: from.map(|from| Markup::address(from)),
        trouble,
        frame,
    }
}
