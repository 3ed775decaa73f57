//! The caller's own account.

use crate::account::bodies::{ChangePasswordBody, ChangeProfileBody, DeleteAccountBody};
use crate::account::problems::{ChangePasswordProblems, ChangeProfileProblems, DeleteAccountProblems, ProfileProblems};
use crate::caller::signed_in::{Enrolling, SignedIn};
use crate::problem::Problem;
use crate::users::bodies::UserBody;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, put};
use portcullis_application::{Passwords, Profile};
use portcullis_domain::PasswordPolicy;
use portcullis_web::{Fields, Incoming};

/// Read your profile
#[utoipa::path(
    tag = "account",
    operation_id = "get_profile",
    security(("password" = []), ("bearer" = [])),
    responses((status = 200, description = "The caller.", body = UserBody), ProfileProblems),
)]
#[get("/users/me")]
pub(crate) async fn profile(caller: Enrolling, request: HttpRequest) -> Result<impl Responder, Problem> {
    Fields::refuse_any(request.query_string())?;
    Ok(Json(UserBody::from(caller.0.user())))
}

/// Change your profile
///
/// What is left out stays as it is. With mail another address waits until its mailed link is used; the old one is told, with
/// a link that takes it back. Without mail it changes at once, and is unverified.
#[utoipa::path(
    tag = "account",
    operation_id = "change_profile",
    security(("password" = []), ("bearer" = [])),
    request_body = ChangeProfileBody,
    responses((status = 200, description = "The caller after the change.", body = UserBody), ChangeProfileProblems),
)]
#[put("/users/me")]
pub(crate) async fn change_profile(
    caller: SignedIn,
    account: Data<dyn Profile>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = ChangeProfileBody::read(incoming.json().await?)?;
    let user = account.change(&caller.0, body.into()).await?;
    Ok(Json(UserBody::from(&user)))
}

/// Change your password
///
/// The caller's other sessions end; this one stays. An account without a password gets its first one.
#[utoipa::path(
    tag = "account",
    operation_id = "change_password",
    security(("password" = []), ("bearer" = [])),
    request_body = ChangePasswordBody,
    responses((status = 204, description = "The password was changed."), ChangePasswordProblems),
)]
#[put("/users/me/password")]
pub(crate) async fn change_password(
    caller: SignedIn,
    passwords: Data<dyn Passwords>,
    policy: Data<PasswordPolicy>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = ChangePasswordBody::read(incoming.json().await?, **policy, caller.0.user())?;
    passwords
        .change(&caller.0, body.current_password, body.new_password)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Delete your account
///
/// For good, with all sessions. What the audit trail says of it stays. The last active administrator is not deleted.
#[utoipa::path(
    tag = "account",
    operation_id = "delete_account",
    security(("password" = []), ("bearer" = [])),
    request_body = DeleteAccountBody,
    responses((status = 204, description = "The account is gone."), DeleteAccountProblems),
)]
#[delete("/users/me")]
pub(crate) async fn delete_account(
    caller: SignedIn,
    account: Data<dyn Profile>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = DeleteAccountBody::read(incoming.json().await?, caller.0.user())?;
    account.delete_account(&caller.0, body.password).await?;
    Ok(HttpResponse::NoContent().finish())
}
