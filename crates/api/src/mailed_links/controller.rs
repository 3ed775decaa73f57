//! What mails ask for: their links are used here, and mails are asked for.

use crate::mailed_links::bodies::{JoinBody, LinkTokenBody, MailRequestBody, ResetPasswordBody};
use crate::mailed_links::problems::{
    JoinProblems, MailRequestProblems, NotMeProblems, ResetPasswordProblems, VerifyEmailProblems,
};
use crate::problem::Problem;
use crate::users::bodies::UserBody;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder, post};
use portcullis_application::{EmailVerification, Invitations, NotMe, PasswordReset};
use portcullis_domain::PasswordPolicy;
use portcullis_web::{Incoming, RequestLocale, RequestOrigin};

/// Verify an address
///
/// Uses up a mailed link. The address of a sign-up counts as verified; of a change, the new address takes the place of the
/// old one, and other sessions than the one that asked end.
#[utoipa::path(
    tag = "auth",
    operation_id = "verify_email",
    request_body = LinkTokenBody,
    responses((status = 204, description = "The address is verified."), VerifyEmailProblems),
)]
#[post("/auth/email/verify")]
pub(crate) async fn verify_email(
    verification: Data<dyn EmailVerification>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = LinkTokenBody::read(incoming.json().await?)?;
    verification.verify(body.token(), origin.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mail the verification once more
///
/// The answer is the same whether there is such an account or not. The new address of a change gets its link again, too; so
/// it does by `PUT /users/me` with that address.
#[utoipa::path(
    tag = "auth",
    operation_id = "resend_email_verification",
    request_body = MailRequestBody,
    responses((status = 202, description = "If an account needs it, a mail is on its way."), MailRequestProblems),
)]
#[post("/auth/email/verify/resend")]
pub(crate) async fn resend_verification(
    verification: Data<dyn EmailVerification>,
    origin: RequestOrigin,
    locale: RequestLocale,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = MailRequestBody::read(incoming.json().await?)?;
    verification.resend(body.request(locale.0, origin.0)).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Ask for a new password
///
/// Mails a link. The answer is the same, and takes the same time, whether there is such an account or not.
#[utoipa::path(
    tag = "auth",
    operation_id = "request_password_reset",
    request_body = MailRequestBody,
    responses((status = 202, description = "If there is such an account, a mail is on its way."), MailRequestProblems),
)]
#[post("/auth/password/forgot")]
pub(crate) async fn forgot_password(
    passwords: Data<dyn PasswordReset>,
    origin: RequestOrigin,
    locale: RequestLocale,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = MailRequestBody::read(incoming.json().await?)?;
    passwords.ask(body.request(locale.0, origin.0)).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Set a new password by a link
///
/// Uses up a mailed link and ends every session of the user. Nobody is signed in. A password that is refused leaves the
/// link good.
#[utoipa::path(
    tag = "auth",
    operation_id = "reset_password",
    request_body = ResetPasswordBody,
    responses((status = 204, description = "The password is set."), ResetPasswordProblems),
)]
#[post("/auth/password/reset")]
pub(crate) async fn reset_password(
    passwords: Data<dyn PasswordReset>,
    policy: Data<PasswordPolicy>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = ResetPasswordBody::read(incoming.json().await?, **policy)?;
    passwords.reset(&body.token, body.new_password, origin.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take an address back
///
/// Uses up the link that the old address was mailed. The old address is back, and all that `report_not_me` does.
#[utoipa::path(
    tag = "auth",
    operation_id = "undo_email_change",
    request_body = LinkTokenBody,
    responses((status = 204, description = "The old address is back."), NotMeProblems),
)]
#[post("/auth/email/undo")]
pub(crate) async fn undo_email(
    not_me: Data<dyn NotMe>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = LinkTokenBody::read(incoming.json().await?)?;
    not_me.undo_email(body.token(), origin.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Say that it was somebody else
///
/// Uses up the link of a notice. Every session ends, the password stops working, links that are out die, and a link to a
/// new password is mailed.
#[utoipa::path(
    tag = "auth",
    operation_id = "report_not_me",
    request_body = LinkTokenBody,
    responses((status = 202, description = "The account is secured, and a mail is on its way."), NotMeProblems),
)]
#[post("/auth/was-not-me")]
pub(crate) async fn was_not_me(
    not_me: Data<dyn NotMe>,
    origin: RequestOrigin,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = LinkTokenBody::read(incoming.json().await?)?;
    not_me.secure(body.token(), origin.0).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Join by an invitation
///
/// Uses up a mailed link and makes the account, whose address counts as verified. A password that is refused leaves the
/// link good.
#[utoipa::path(
    tag = "auth",
    operation_id = "accept_invitation",
    request_body = JoinBody,
    responses((status = 201, description = "The new account.", body = UserBody), JoinProblems),
)]
#[post("/auth/join")]
pub(crate) async fn join(
    invitations: Data<dyn Invitations>,
    policy: Data<PasswordPolicy>,
    origin: RequestOrigin,
    locale: RequestLocale,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let (token, joining) = JoinBody::read(incoming.json().await?, **policy)?.joining(locale.0);
    let user = invitations.join(&token, joining, origin.0).await?;
    Ok((Json(UserBody::from(&user)), StatusCode::CREATED))
}
