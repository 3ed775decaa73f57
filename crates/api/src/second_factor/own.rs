//! The caller's own second factor.

use crate::caller::signed_in::Enrolling;
use crate::problem::Problem;
use crate::second_factor::bodies::{
    ConfirmBody, EnrolmentBody, FactorStateBody, PasswordBody, RecoveryCodesBody, RemoveFactorBody,
};
use crate::second_factor::problems::{
    ConfirmProblems, EnrolProblems, FactorStateProblems, RecoveryCodesProblems, RemoveFactorProblems,
};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, post};
use portcullis_application::SecondFactors;
use portcullis_web::{Fields, Incoming};

/// Read your second factor
#[utoipa::path(
    tag = "account",
    operation_id = "get_second_factor",
    security(("password" = []), ("bearer" = [])),
    responses((status = 200, description = "What there is.", body = FactorStateBody), FactorStateProblems),
)]
#[get("/users/me/mfa")]
pub(crate) async fn state(
    caller: Enrolling,
    factors: Data<dyn SecondFactors>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    Fields::refuse_any(request.query_string())?;
    Ok(Json(FactorStateBody::from(factors.state(&caller.0).await?)))
}

/// Begin to set up an authenticator app
///
/// Gives the secret for the app, this once. Nothing changes until a code of the app is confirmed, within an hour; an app that
/// counts already goes on until then.
#[utoipa::path(
    tag = "account",
    operation_id = "create_totp",
    security(("password" = []), ("bearer" = [])),
    request_body = PasswordBody,
    responses((status = 201, description = "What the app is given.", body = EnrolmentBody), EnrolProblems),
)]
#[post("/users/me/mfa/totp")]
pub(crate) async fn enrol(
    caller: Enrolling,
    factors: Data<dyn SecondFactors>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = PasswordBody::read(incoming.json().await?, caller.0.user())?;
    let enrolment = factors.enrol(&caller.0, body.password).await?;
    Ok((Json(EnrolmentBody::from(&enrolment)), StatusCode::CREATED))
}

/// Turn the second factor on
///
/// By a code of the app. The caller's other sessions end; this one counts as one of two factors from now on.
#[utoipa::path(
    tag = "account",
    operation_id = "verify_totp",
    security(("password" = []), ("bearer" = [])),
    request_body = ConfirmBody,
    responses((status = 200, description = "The recovery codes, told this once.", body = RecoveryCodesBody), ConfirmProblems),
)]
#[post("/users/me/mfa/totp/confirm")]
pub(crate) async fn confirm(
    caller: Enrolling,
    factors: Data<dyn SecondFactors>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = ConfirmBody::read(incoming.json().await?)?;
    let codes = factors.confirm(&caller.0, body.code).await?;
    Ok(Json(RecoveryCodesBody::of(&codes)))
}

/// Make new recovery codes
///
/// All old ones stop working.
#[utoipa::path(
    tag = "account",
    operation_id = "create_recovery_codes",
    security(("password" = []), ("bearer" = [])),
    request_body = PasswordBody,
    responses((status = 200, description = "The recovery codes, told this once.", body = RecoveryCodesBody), RecoveryCodesProblems),
)]
#[post("/users/me/mfa/recovery-codes")]
pub(crate) async fn renew_recovery_codes(
    caller: Enrolling,
    factors: Data<dyn SecondFactors>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = PasswordBody::read(incoming.json().await?, caller.0.user())?;
    let codes = factors.renew_recovery_codes(&caller.0, body.password).await?;
    Ok(Json(RecoveryCodesBody::of(&codes)))
}

/// Turn the second factor off
///
/// The caller's other sessions end; this one stays.
#[utoipa::path(
    tag = "account",
    operation_id = "delete_totp",
    security(("password" = []), ("bearer" = [])),
    request_body = RemoveFactorBody,
    responses((status = 204, description = "The second factor is off."), RemoveFactorProblems),
)]
#[delete("/users/me/mfa/totp")]
pub(crate) async fn remove(
    caller: Enrolling,
    factors: Data<dyn SecondFactors>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = RemoveFactorBody::read(incoming.json().await?, caller.0.user())?;
    factors.remove(&caller.0, body.password, body.code).await?;
    Ok(HttpResponse::NoContent().finish())
}
