//! Other people's accounts, for administrators.

use crate::admin::bodies::{ChangeUserBody, CreateUserBody, UserListBody, UsersQuery};
use crate::admin::problems::{
    ChangeUserProblems, CreateUserProblems, DeleteUserProblems, EndUserSessionsProblems, FindUserProblems,
    ListUserSessionsProblems, ListUsersProblems, SendLinkProblems,
};
use crate::caller::signed_in::{ProvenAdmin, SignedInAdmin};
use crate::lists::{ListCall, PageQuery};
use crate::path_id::path_id;
use crate::problem::Problem;
use crate::sessions::bodies::SessionListBody;
use crate::users::bodies::UserBody;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, patch, post};
use portcullis_application::ports::ListName;
use portcullis_application::{EmailVerification, PasswordReset, Sessions, Users};
use portcullis_domain::PasswordPolicy;
use portcullis_web::{Fields, Incoming, OwnAddress, kind};

/// List users
///
/// Newest first. One call looks at a bounded number of users, so a page may come short and still name the next one.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_users",
    security(("password" = []), ("bearer" = [])),
    params(UsersQuery, PageQuery),
    responses((status = 200, description = "A page of users.", body = UserListBody), ListUsersProblems),
)]
#[get("/admin/users")]
pub(crate) async fn list_users(
    caller: SignedInAdmin,
    users: Data<dyn Users>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let cursors = call.cursors(ListName::Users);
    let (filter, page) = UsersQuery::read(call.query(), cursors)?;
    let page = users.list(caller.0.authority(), filter, page).await?;
    Ok(Json(UserListBody::new(&page, cursors)))
}

/// Make an account
///
/// Without a password, nobody can sign in to it until it has one.
#[utoipa::path(
    tag = "admin",
    operation_id = "create_user",
    security(("password" = []), ("bearer" = [])),
    request_body = CreateUserBody,
    responses(
        (status = 201, description = "The new account.", body = UserBody,
            headers(("location" = String, description = "The path of the account."))),
        CreateUserProblems,
    ),
)]
#[post("/admin/users")]
pub(crate) async fn create_user(
    caller: ProvenAdmin,
    users: Data<dyn Users>,
    policy: Data<PasswordPolicy>,
    address: Data<OwnAddress>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let body = CreateUserBody::read(incoming.json().await?, **policy)?;
    let user = users.create(caller.0.authority(), body.into()).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, address.path_to(&format!("/admin/users/{}", user.id))))
        .json(UserBody::from(&user)))
}

/// Read a user
#[utoipa::path(
    tag = "admin",
    operation_id = "get_user",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 200, description = "The user.", body = UserBody), FindUserProblems),
)]
#[get("/admin/users/{id}")]
pub(crate) async fn find_user(
    caller: SignedInAdmin,
    users: Data<dyn Users>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    let user = users.find(caller.0.authority(), id).await?;
    Ok(Json(UserBody::from(&user.ok_or(kind::NOT_FOUND)?)))
}

/// Change a user
///
/// What is left out stays as it is. Of two changes at once each is done whole, one after the other; where both set the
/// same member, the later one stays. The last active administrator keeps the role and stays active.
#[utoipa::path(
    tag = "admin",
    operation_id = "change_user",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    request_body = ChangeUserBody,
    responses((status = 200, description = "The user after the change.", body = UserBody), ChangeUserProblems),
)]
#[patch("/admin/users/{id}")]
pub(crate) async fn change_user(
    caller: ProvenAdmin,
    users: Data<dyn Users>,
    id: Path<String>,
    incoming: Incoming,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    let body = ChangeUserBody::read(incoming.json().await?)?;
    let user = users.change(caller.0.authority(), id, body.into()).await?;
    Ok(Json(UserBody::from(&user)))
}

/// Delete a user
///
/// For good, with all sessions. What the audit trail says of the user stays. The last active administrator is not
/// deleted.
#[utoipa::path(
    tag = "admin",
    operation_id = "delete_user",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The account is gone."), DeleteUserProblems),
)]
#[delete("/admin/users/{id}")]
pub(crate) async fn delete_user(
    caller: ProvenAdmin,
    users: Data<dyn Users>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    users.delete(caller.0.authority(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mail a user a link to a new password
///
/// The present password works until the link is used.
#[utoipa::path(
    tag = "admin",
    operation_id = "send_password_reset",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 202, description = "The mail is on its way."), SendLinkProblems),
)]
#[post("/admin/users/{id}/password-reset")]
pub(crate) async fn send_password_reset(
    caller: ProvenAdmin,
    passwords: Data<dyn PasswordReset>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    passwords.send(caller.0.authority(), id).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Mail a user a link that verifies their address
#[utoipa::path(
    tag = "admin",
    operation_id = "send_email_verification",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 202, description = "The mail is on its way, unless the address is verified."), SendLinkProblems),
)]
#[post("/admin/users/{id}/email-verification")]
pub(crate) async fn send_email_verification(
    caller: ProvenAdmin,
    verification: Data<dyn EmailVerification>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    verification.send(caller.0.authority(), id).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// List a user's sessions
///
/// Those that are live, newest sign-in first.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_user_sessions",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27"), PageQuery),
    responses((status = 200, description = "A page of sessions.", body = SessionListBody), ListUserSessionsProblems),
)]
#[get("/admin/users/{id}/sessions")]
pub(crate) async fn list_sessions(
    caller: SignedInAdmin,
    sessions: Data<dyn Sessions>,
    id: Path<String>,
    call: ListCall,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    let cursors = call.cursors(ListName::UserSessions(id));
    let page = PageQuery::read(call.query(), cursors)?;
    let page = sessions.list(caller.0.authority(), id, page).await?;
    Ok(Json(SessionListBody::new(
        &page.ok_or(kind::NOT_FOUND)?,
        caller.0.actor(),
        cursors,
    )))
}

/// End a user's sessions
///
/// All of them. Their refresh tokens and access tokens stop working at once.
#[utoipa::path(
    tag = "admin",
    operation_id = "end_user_sessions",
    security(("password" = []), ("bearer" = [])),
    params(("id" = String, Path, format = Uuid, description = "The user.",
        example = "019338a1-7c00-7a3b-8d52-6f1e0c9b4a27")),
    responses((status = 204, description = "The sessions are over."), EndUserSessionsProblems),
)]
#[delete("/admin/users/{id}/sessions")]
pub(crate) async fn end_sessions(
    caller: ProvenAdmin,
    sessions: Data<dyn Sessions>,
    id: Path<String>,
    request: HttpRequest,
) -> Result<impl Responder, Problem> {
    let id = path_id(&id)?;
    Fields::refuse_any(request.query_string())?;
    sessions.end_all(caller.0.authority(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}
